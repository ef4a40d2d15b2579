/**
 * Every kind of break planted in worlds of up to a million transactions, each of them several times: what is found is what was planted, each once, by its own reason and ids, and nothing else.
 * `DAYBOOK_LONG=1`: a million, and more seeds of smaller worlds; `DAYBOOK_SEED` sets the first.
 */
import { describe, expect, it } from 'vitest';
import { fixedClock } from '../../shared/calendar/clock.ts';
import { addDays, monthOf } from '../../shared/calendar/local-date.ts';
import { TimeZone } from '../../shared/calendar/time-zone.ts';
import { sql, type WritableDatabase } from '../database/handles.ts';
import { unattended } from '../platform/work-control.ts';
import { randomFrom, wholeFrom } from '../testing/random-from.ts';
import { comparedAccounts, listedGateway, postEntry, recordPayment } from '../testing/reconciliation-world.ts';
import { openTemporaryDatabase } from '../testing/temporary-database.ts';
import type { ListedBalanceTransaction } from './gateway-balance-transactions.ts';
import { createReconciliation } from './reconciliation.ts';

const isLong = process.env['DAYBOOK_LONG'] === '1';
const firstSeed = Number(process.env['DAYBOOK_SEED'] ?? 1);
const zone = new TimeZone('America/New_York');
const now = Date.UTC(2026, 10, 18, 14, 14);
const dayMs = 86_400_000;

type Kind = 'charge' | 'refund' | 'dispute';

/** Payments, refunds and disputes by turns, three years long; every amount is there once. */
function transactionAt(index: number, count: number): ListedBalanceTransaction {
  const kind: Kind = index % 10 === 8 ? 'refund' : index % 10 === 9 ? 'dispute' : 'charge';
  const amountMinor = (kind === 'charge' ? 1 : -1) * (1_000 + index);
  return {
    id: `txn_${index}`, type: kind === 'dispute' ? 'adjustment' : kind, reportingCategory: kind, sourceId: `${{ charge: 'ch', refund: 're', dispute: 'du' }[kind]}_${index}`, amountMinor, feeMinor: kind === 'charge' ? 59 : 0,
    currency: index % 3 === 0 ? 'eur' : 'usd', createdAt: now - 3_600_000 - Math.floor((index * 1_095 * dayMs) / count),
  };
}

const insertRefund = sql('test.refund', "INSERT INTO stripe_refunds VALUES (?, ?, NULL, NULL, ?, ?, 'succeeded', NULL, 0, 0, '{}')");

/** What is written of one transaction, with its break; `place` is free for rows and entries of its own. */
interface Plant {
  readonly reason: string;
  readonly of: Kind;
  /** Left out: as the others. False: Stripe does not list it. */
  readonly isListed?: boolean;
  readonly listed?: (transaction: ListedBalanceTransaction) => ListedBalanceTransaction;
  write(database: WritableDatabase, transaction: ListedBalanceTransaction, places: { readonly own: number; readonly further: number }): void;
  /** What Stripe has under no id cannot be told by one: an entry by its transaction, a record by its payment. */
  readonly named?: 'transaction' | 'payment';
}

const dayOf = (transaction: ListedBalanceTransaction, later = 0) => addDays(zone.dateOf(transaction.createdAt), later);
const entered = (database: WritableDatabase, place: number, transaction: ListedBalanceTransaction, posted: Parameters<typeof postEntry>[5] = {}, on = dayOf(transaction)): void => postEntry(database, place, `entry_${place}`, on, transaction, posted);
const both = (database: WritableDatabase, transaction: ListedBalanceTransaction, place: number, posted: Parameters<typeof postEntry>[5], recorded: Parameters<typeof recordPayment>[3]): void => {
  entered(database, place, transaction, posted);
  recordPayment(database, place, transaction, recorded);
};
const wrongRecord = (reason: string, of: Kind, wrong: (transaction: ListedBalanceTransaction) => Parameters<typeof recordPayment>[3]): Plant => ({ reason, of, write: (database, transaction, { own }) => both(database, transaction, own, {}, wrong(transaction)) });
const wrongEntry = (reason: string, of: Kind, wrong: (transaction: ListedBalanceTransaction) => Parameters<typeof postEntry>[5]): Plant => ({ reason, of, write: (database, transaction, { own }) => both(database, transaction, own, wrong(transaction), {}) });
const netOf = ({ amountMinor, feeMinor }: ListedBalanceTransaction): number => amountMinor - feeMinor;

const plants: readonly Plant[] = [
  { reason: 'missing-in-ledger', of: 'charge', write: (database, transaction, { own }) => recordPayment(database, own, transaction) },
  { reason: 'missing-in-ledger', of: 'refund', write: (database, transaction, { own }) => recordPayment(database, own, transaction) },
  { reason: 'missing-in-payment-history', of: 'charge', write: (database, transaction, { own }) => entered(database, own, transaction) },
  { reason: 'missing-in-payment-history', of: 'dispute', write: (database, transaction, { own }) => entered(database, own, transaction) },
  { reason: 'missing-at-stripe', of: 'charge', isListed: false, named: 'payment', write: (database, transaction, { own }) => recordPayment(database, own, transaction) },
  { reason: 'missing-at-stripe', of: 'refund', isListed: false, named: 'transaction', write: (database, transaction, { own }) => entered(database, own, transaction) },
  wrongRecord('amount-differs', 'charge', ({ amountMinor }) => ({ amount: amountMinor + 5 })),
  wrongEntry('amount-differs', 'refund', (transaction) => ({ net: netOf(transaction) - 1 })),
  wrongRecord('fee-differs', 'charge', () => ({ fee: 1 })),
  wrongEntry('fee-differs', 'charge', (transaction) => ({ net: netOf(transaction) - 1, fee: transaction.feeMinor + 1 })),
  wrongRecord('currency-differs', 'charge', () => ({ currency: 'gbp' })),
  wrongEntry('currency-differs', 'charge', () => ({ currency: 'gbp' })),
  wrongRecord('status-differs', 'charge', () => ({ status: 'pending' })),
  wrongRecord('timing', 'refund', ({ createdAt }) => ({ createdAt: createdAt + 3 * dayMs })),
  wrongRecord('period-cut-off', 'charge', ({ createdAt }) => ({ createdAt: createdAt + 32 * dayMs })),
  { reason: 'period-cut-off', of: 'charge', write: (database, transaction, { own }) => { entered(database, own, transaction, {}, dayOf(transaction, 32)); recordPayment(database, own, transaction); } },
  { reason: 'duplicate-in-payment-history', of: 'charge', write: (database, transaction, { own, further }) => { both(database, transaction, own, {}, {}); recordPayment(database, further, transaction); } },
  { reason: 'duplicate-in-ledger', of: 'charge', write: (database, transaction, { own, further }) => { both(database, transaction, own, {}, {}); entered(database, further, transaction); } },
  { reason: 'exchange-rate-differs', of: 'charge', listed: (transaction) => ({ ...transaction, exchangeRate: '0.5' }), write: (database, transaction, { own }) => both(database, transaction, own, { converted: { amountMinor: transaction.amountMinor * 3, currency: 'gbp' } }, {}) },
  {
    reason: 'orphan-refund', of: 'refund', write: (database, transaction, { own }) => {
      database.run(insertRefund, [transaction.sourceId, `ch_gone_${own}`, -transaction.amountMinor, transaction.currency]);
      both(database, transaction, own, {}, {});
    },
  },
  wrongEntry('dispute-without-write-off', 'dispute', ({ amountMinor }) => ({ held: -amountMinor })),
];

const said = (reason: string, objectId: string | null, transactionId: string | null): string => `${reason} ${objectId ?? ''} ${transactionId ?? ''}`;
const listFound = sql('test.found', 'SELECT reason, object_id AS "objectId", balance_transaction_id AS "transactionId" FROM discrepancies');

/** Which index gets which break: of its kind, in the first half of a month, where three days are no other month, and each index one. */
function choose(count: number, times: number, random: () => number): Map<number, Plant> {
  const chosen = new Map<number, Plant>();
  for (let time = 0; time < times; time += 1) {
    for (const plant of plants) {
      for (;;) {
        const at = wholeFrom(random, 0, count);
        const transaction = transactionAt(at, count);
        const on = zone.dateOf(transaction.createdAt);
        if (transaction.reportingCategory !== plant.of || chosen.has(at) || monthOf(addDays(on, 4)) !== monthOf(on) || monthOf(addDays(on, -1)) !== monthOf(on)) continue;
        chosen.set(at, plant);
        break;
      }
    }
  }
  return chosen;
}

function fill(database: WritableDatabase, count: number, chosen: ReadonlyMap<number, Plant>): { readonly listed: ListedBalanceTransaction[]; readonly expected: string[] } {
  const listed: ListedBalanceTransaction[] = [];
  const expected: string[] = [];
  for (let at = count - 1; at >= 0; at -= 1) {
    const transaction = transactionAt(at, count);
    const plant = chosen.get(at);
    const places = { own: at + 1, further: count + at + 1 };
    if (plant?.isListed !== false) listed.push(plant?.listed?.(transaction) ?? transaction);
    if (!plant) {
      both(database, transaction, places.own, {}, {});
      continue;
    }
    plant.write(database, transaction, places);
    expected.push(said(plant.reason, plant.named === 'transaction' ? transaction.id : transaction.sourceId, transaction.id));
  }
  return { listed, expected };
}

const worlds = isLong ? [[1_000_000, 20], [1_000_000, 3], ...Array.from({ length: 20 }, () => [20_000, 15] as const)] as const : [[6_000, 5], [2_000, 4]] as const;

describe('planted breaks', () => {
  it.each(worlds.map(([count, times], nth) => ({ count, times, seed: firstSeed + nth })))('of $count transactions, each kind $times times, seed $seed: all are found and nothing else', async ({ count, times, seed }) => {
    using ledger = openTemporaryDatabase();
    const { database } = ledger;
    const chosen = choose(count, times, randomFrom(seed));
    const { listed, expected } = database.unitOfWork.run('world', (writable) => fill(writable, count, chosen));
    const service = createReconciliation({ gateway: listedGateway(listed), database, unitOfWork: database.unitOfWork, clock: fixedClock(now), zone, accounts: comparedAccounts });
    const result = await service.reconcileTransactions({}, unattended);
    const found = database.all<{ reason: string; objectId: string; transactionId: string | null }>(listFound).map(({ reason, objectId, transactionId }) => said(reason, objectId, transactionId));
    expect(found.toSorted()).toEqual(expected.toSorted());
    expect(result).toMatchObject({ compared: listed.length, found: plants.length * times, opened: plants.length * times });
    expect(await service.reconcileTransactions({ isFull: true }, unattended)).toMatchObject({ found: plants.length * times, opened: 0, reopened: 0, settled: 0, inputsHash: result.inputsHash });
  }, isLong ? 1_800_000 : 60_000);
});
