import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fixedClock } from '../../shared/calendar/clock.ts';
import { localDate } from '../../shared/calendar/local-date.ts';
import { TimeZone } from '../../shared/calendar/time-zone.ts';
import { createAuditLog } from '../audit/audit-log.ts';
import { sql } from '../database/handles.ts';
import type { SqliteDatabase } from '../database/sqlite-database.ts';
import { unattended } from '../platform/work-control.ts';
import { linkTargets } from '../reporting/link-targets.queries.ts';
import { comparedAccounts, listedGateway, postEntry, recordPayment } from '../testing/reconciliation-world.ts';
import { openTemporaryDatabase } from '../testing/temporary-database.ts';
import { createDiscrepancyWork } from './discrepancy-work.ts';
import type { ListedBalanceTransaction } from './gateway-balance-transactions.ts';
import { createReconciliation } from './reconciliation.ts';
import { compareWithLedger } from './ledger-matching.ts';
import { compareWithPaymentHistory, paymentKindOf } from './transaction-matching.ts';

const zone = new TimeZone('America/New_York');
const now = Date.UTC(2026, 10, 18, 14, 14);
const hourMs = 3_600_000;
const clock = fixedClock(now);

/** A transaction every six hours up to an hour ago; the last four lie within the last 24 hours. */
function makeTransactions(count: number): ListedBalanceTransaction[] {
  const shapes = [['charge', 'charge', 1], ['charge', 'charge', 1], ['refund', 'refund', -1], ['adjustment', 'dispute', -1], ['adjustment', 'dispute_reversal', 1], ['payout', 'payout', -1], ['stripe_fee', 'fee', -1]] as const;
  return Array.from({ length: count }, (_, index) => {
    const [type, reportingCategory, sign] = shapes[index % shapes.length] ?? shapes[0];
    return {
      id: `txn_${index}`, type, reportingCategory, sourceId: type === 'stripe_fee' ? null : `src_${index}`, amountMinor: sign * (1_000 + index), feeMinor: type === 'charge' ? 59 : 0, currency: index % 3 === 0 ? 'eur' : 'usd',
      createdAt: now - hourMs - (count - 1 - index) * 6 * hourMs,
    };
  });
}

const listRows = sql('test.discrepancies', 'SELECT reason, object_id AS "objectId", status, amount_minor AS "amountMinor" FROM discrepancies ORDER BY object_id, reason');
const listSteps = sql('test.steps', 'SELECT action, actor, from_status AS "fromStatus", to_status AS "toStatus", note FROM discrepancy_steps ORDER BY recorded_at, rowid');

function agreeing(database: SqliteDatabase, transactions: readonly ListedBalanceTransaction[], except: { ledger?: readonly string[]; history?: readonly string[] } = {}): void {
  database.unitOfWork.run('world', (writable) => {
    for (const [index, transaction] of transactions.entries()) {
      if (!except.ledger?.includes(transaction.id)) postEntry(writable, index + 1, `entry_${transaction.id}`, zone.dateOf(transaction.createdAt), transaction);
      if (!except.history?.includes(transaction.id)) recordPayment(writable, index + 1, transaction);
    }
  });
}

function serviceOn(database: SqliteDatabase, transactions: readonly ListedBalanceTransaction[], chunkSize = 50) {
  return createReconciliation({ gateway: listedGateway(transactions), database, unitOfWork: database.unitOfWork, clock, zone, accounts: comparedAccounts, chunkSize });
}

describe('reconciling transactions', () => {
  it('pairs what no id brings together by amount before order: two refunds of one payment recorded the other way round agree', async () => {
    using ledger = openTemporaryDatabase();
    const { database } = ledger;
    const refunds: ListedBalanceTransaction[] = [-1_000, -3_000].map((amountMinor, index) => ({ id: `txn_${index}`, type: 'refund', reportingCategory: 'refund', sourceId: 're_1', amountMinor, feeMinor: 0, currency: 'usd', createdAt: now - (20 - index) * hourMs }));
    const [first, second] = refunds as [ListedBalanceTransaction, ListedBalanceTransaction];
    database.unitOfWork.run('world', (writable) => {
      for (const [index, refund] of refunds.entries()) postEntry(writable, index + 1, `entry_${index}`, zone.dateOf(refund.createdAt), refund);
      recordPayment(writable, 1, second, { balanceTransactionId: null });
      recordPayment(writable, 2, first, { balanceTransactionId: null });
    });
    const service = serviceOn(database, refunds);
    expect(await service.reconcileTransactions({}, unattended)).toMatchObject({ matched: 2, found: 0 });
    // A record too many is a duplicate of the one that has its amount; one of no refund's amount is told with the last.
    database.unitOfWork.run('world', (writable) => {
      recordPayment(writable, 3, first, { balanceTransactionId: null });
      recordPayment(writable, 4, first, { balanceTransactionId: null, amount: -700 });
    });
    expect(await service.reconcileTransactions({}, unattended)).toMatchObject({ found: 2, byReason: { 'duplicate-in-payment-history': 2 } });
    expect(database.all(sql('test.duplicates', 'SELECT balance_transaction_id AS id, amount_minor AS amount FROM discrepancies ORDER BY 1'))).toEqual([{ id: 'txn_0', amount: 1_000 }, { id: 'txn_1', amount: 700 }]);
  });

  it('finds nothing where the three stores agree, and says what it compared', async () => {
    using ledger = openTemporaryDatabase();
    const transactions = makeTransactions(210);
    agreeing(ledger.database, transactions);
    const result = await serviceOn(ledger.database, transactions).reconcileTransactions({}, unattended);
    expect(result).toMatchObject({ compared: 210, matched: 210, found: 0, opened: 0, settled: 0 });
    const sums = (store: string) => result.sums.filter((sum) => sum.store === store).map(({ currency, count, amountMinor }) => ({ currency, count, amountMinor }));
    expect(sums('stripe')).toHaveLength(2);
    expect(sums('ledger')).toEqual(sums('stripe'));
    expect(sums('payment_history')).toEqual(sums('stripe'));
  });

  it('finds each planted break once, in whichever chunk it lies, and nothing else', async () => {
    using ledger = openTemporaryDatabase();
    const transactions = makeTransactions(210);
    const at = (index: number): ListedBalanceTransaction => transactions[index] ?? transactions[0]!;
    agreeing(ledger.database, transactions, { ledger: ['txn_7', 'txn_205'], history: ['txn_14', 'txn_21', 'txn_28', 'txn_35', 'txn_42', 'txn_49', 'txn_56', 'txn_63'] });
    ledger.database.unitOfWork.run('breaks', (writable) => {
      recordPayment(writable, 1021, at(21), { amount: at(21).amountMinor + 5 });
      recordPayment(writable, 1028, at(28), { fee: 1 });
      recordPayment(writable, 1035, at(35), { currency: 'gbp' });
      recordPayment(writable, 1042, at(42), { status: 'pending' });
      recordPayment(writable, 1049, at(49), { createdAt: at(49).createdAt + 72 * hourMs });
      recordPayment(writable, 1056, at(56), { balanceTransactionId: null }); // matched by payment, kind and sign: no break
      recordPayment(writable, 1063, at(63), { balanceTransactionId: 'txn_unknown' }); // likewise
      recordPayment(writable, 2001, at(70)); // the second row of the same transaction
      recordPayment(writable, 2002, at(77), { balanceTransactionId: null }); // a second row that lost its transaction's id
      recordPayment(writable, 2003, at(84), { paymentId: 'ch_ghost', balanceTransactionId: 'txn_ghost' });
      recordPayment(writable, 2004, at(91), { status: 'failed', paymentId: 'ch_failed', balanceTransactionId: null, amount: 0, fee: 0 }); // never compared
    });
    const service = serviceOn(ledger.database, transactions);
    const result = await service.reconcileTransactions({}, unattended);
    const rows = ledger.database.all(listRows);
    expect(rows).toEqual([
      { reason: 'missing-at-stripe', objectId: 'ch_ghost', status: 'open', amountMinor: -at(84).amountMinor },
      { reason: 'missing-in-payment-history', objectId: 'src_14', status: 'open', amountMinor: at(14).amountMinor },
      { reason: 'missing-in-ledger', objectId: 'src_205', status: 'open', amountMinor: at(205).amountMinor },
      { reason: 'amount-differs', objectId: 'src_21', status: 'open', amountMinor: -5 },
      { reason: 'fee-differs', objectId: 'src_28', status: 'open', amountMinor: 58 },
      { reason: 'currency-differs', objectId: 'src_35', status: 'open', amountMinor: at(35).amountMinor },
      { reason: 'status-differs', objectId: 'src_42', status: 'open', amountMinor: 0 },
      { reason: 'timing', objectId: 'src_49', status: 'open', amountMinor: 0 },
      { reason: 'missing-in-ledger', objectId: 'src_7', status: 'open', amountMinor: at(7).amountMinor },
      { reason: 'duplicate-in-payment-history', objectId: 'src_70', status: 'open', amountMinor: -at(70).amountMinor },
      { reason: 'duplicate-in-payment-history', objectId: 'src_77', status: 'open', amountMinor: -at(77).amountMinor },
    ]);
    expect(result).toMatchObject({ found: 11, opened: 11, compared: 210 });

    const again = await service.reconcileTransactions({}, unattended);
    expect(again).toMatchObject({ found: 11, opened: 0, reopened: 0, settled: 0 });
    expect(ledger.database.all(listRows)).toEqual(rows);
    expect(ledger.database.all(listSteps)).toEqual([]);
  });

  it('finds wrong postings and entries Stripe does not know', async () => {
    using ledger = openTemporaryDatabase();
    const transactions = makeTransactions(14);
    agreeing(ledger.database, transactions, { ledger: ['txn_0', 'txn_1', 'txn_5'] });
    ledger.database.unitOfWork.run('breaks', (writable) => {
      postEntry(writable, 101, 'wrong-amount', '2026-11-15', transactions[0]!, { net: 1 });
      postEntry(writable, 102, 'wrong-currency', '2026-11-15', transactions[1]!, { currency: 'gbp' });
      postEntry(writable, 103, 'wrong-payout', '2026-11-15', transactions[5]!, { net: -7 });
      postEntry(writable, 104, 'ghost', '2026-11-15', { ...transactions[0]!, id: 'txn_ghost' });
    });
    await serviceOn(ledger.database, transactions).reconcileTransactions({}, unattended);
    expect(ledger.database.all(listRows)).toMatchObject([
      { reason: 'amount-differs', objectId: 'src_0' }, { reason: 'currency-differs', objectId: 'src_1' }, { reason: 'amount-differs', objectId: 'src_5' }, { reason: 'missing-at-stripe', objectId: 'txn_ghost' },
    ]);
  });

  it('takes the sum of a reversal and its correction for what is posted', async () => {
    using ledger = openTemporaryDatabase();
    const transactions = makeTransactions(2);
    agreeing(ledger.database, transactions, { ledger: ['txn_0', 'txn_1'] });
    ledger.database.unitOfWork.run('corrections', (writable) => {
      const [right, wrong] = [transactions[0]!, transactions[1]!];
      postEntry(writable, 101, 'a-wrong', '2026-11-15', right, { net: 1, fee: 2 });
      postEntry(writable, 102, 'a-reversed', '2026-11-15', right, { net: -1, fee: -2 });
      postEntry(writable, 103, 'a-corrected', '2026-11-15', right);
      postEntry(writable, 104, 'b-posted', '2026-11-15', wrong);
      postEntry(writable, 105, 'b-posted-again', '2026-11-15', wrong);
    });
    await serviceOn(ledger.database, transactions).reconcileTransactions({}, unattended);
    expect(ledger.database.all(listRows)).toMatchObject([{ reason: 'duplicate-in-ledger', objectId: 'src_1', amountMinor: -transactions[1]!.amountMinor }]);
  });

  it('leaves the connection free when Stripe lists a transaction that cannot be staged', async () => {
    using ledger = openTemporaryDatabase();
    const transactions = makeTransactions(3);
    agreeing(ledger.database, transactions);
    const broken = transactions.map((transaction) => ({ ...transaction, currency: null as unknown as string }));
    await expect(serviceOn(ledger.database, broken).reconcileTransactions({}, unattended)).rejects.toMatchObject({ code: 'constraint-violated' });
    expect(ledger.database.connection.inTransaction).toBe(false);
    expect(await serviceOn(ledger.database, transactions).reconcileTransactions({}, unattended)).toMatchObject({ found: 0, compared: 3 });
  });

  it('settles what is no longer found and reopens what comes back', async () => {
    using ledger = openTemporaryDatabase();
    const transactions = makeTransactions(14);
    agreeing(ledger.database, transactions, { history: ['txn_7'] });
    const service = serviceOn(ledger.database, transactions);
    await service.reconcileTransactions({}, unattended);
    ledger.database.unitOfWork.run('repair', (writable) => recordPayment(writable, 500, transactions[7]!));
    expect(await service.reconcileTransactions({}, unattended)).toMatchObject({ found: 0, settled: 1 });
    ledger.database.run(sql('test.break-again', 'DELETE FROM payment_history WHERE id = 500'));
    expect(await service.reconcileTransactions({}, unattended)).toMatchObject({ found: 1, opened: 0, reopened: 1 });
    expect(ledger.database.all(listSteps)).toEqual([
      { action: 'resolve', actor: 'daybook', fromStatus: 'open', toStatus: 'resolved', note: 'no longer found' },
      { action: 'reopen', actor: 'daybook', fromStatus: 'resolved', toStatus: 'open', note: 'found again' },
    ]);
  });

  it('compares a range without mistaking its borders for breaks', async () => {
    using ledger = openTemporaryDatabase();
    const transactions = makeTransactions(80);
    agreeing(ledger.database, transactions, { history: ['txn_30', 'txn_70'] });
    ledger.database.run(sql('test.late-rows', 'UPDATE payment_history SET created_at = created_at + 39600000')); // each row eleven hours late: never a timing break, but across borders
    await expect(serviceOn(ledger.database, transactions).reconcileTransactions({ from: localDate('2027-01-01'), to: localDate('2026-01-02') }, unattended)).rejects.toMatchObject({ code: 'range-invalid', message: 'The first day comes after the last.', nextStep: 'For one day give that day as the first and the last.' });
    const result = await serviceOn(ledger.database, transactions).reconcileTransactions({ from: localDate('2026-11-05'), to: localDate('2026-11-10') }, unattended);
    expect(result.compared).toBe(20);
    expect(ledger.database.all(listRows).map((found) => (found as { reason: string }).reason)).toEqual(['missing-in-payment-history']);
    await expect(serviceOn(ledger.database, transactions).reconcileTransactions({ from: localDate('2026-11-05'), to: localDate('2026-11-05') }, unattended)).rejects.toMatchObject({ code: 'range-invalid' });
  });

  it('stops when asked and leaves no run behind', async () => {
    using ledger = openTemporaryDatabase();
    const transactions = makeTransactions(300);
    agreeing(ledger.database, transactions);
    const stop = new AbortController();
    const service = serviceOn(ledger.database, transactions);
    await expect(service.reconcileTransactions({}, { signal: stop.signal, report: () => stop.abort(new Error('cancelled')) })).rejects.toThrow('cancelled');
    expect(ledger.database.get(sql('test.runs', 'SELECT count(*) AS count FROM reconciliation_runs'))).toEqual({ count: 0 });
    expect(await service.reconcileTransactions({}, unattended)).toMatchObject({ compared: 300, found: 0 });
  });

  it('sieves in SQL exactly what the rules would find one by one', async () => {
    const change = fc.record({ index: fc.nat(20), amount: fc.constantFrom(0, 0, 1), fee: fc.constantFrom(0, 0, 1), currency: fc.constantFrom('usd', 'eur'), status: fc.constantFrom('succeeded', 'disputed', 'reversed', 'failed'), shiftHours: fc.constantFrom(0, 0, 12, 23, 24, 25, 47, 49), net: fc.constantFrom(0, 0, 3), entryDays: fc.constantFrom(0, 0, 1, 2, -20), isPosted: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(change, { maxLength: 12 }), async (changes) => {
        using ledger = openTemporaryDatabase();
        const transactions = makeTransactions(21);
        const expected: string[] = [];
        ledger.database.unitOfWork.run('world', (writable) => {
          for (const [index, transaction] of transactions.entries()) {
            const made = changes.filter((entry) => entry.index === index);
            const isPosted = made.every((entry) => entry.isPosted);
            const netError = made[0]?.net ?? 0;
            const entryShift = made[0]?.entryDays ?? 0;
            if (isPosted) postEntry(writable, index + 1, `e${index}`, zone.dateOf(transaction.createdAt + entryShift * 24 * hourMs), transaction, netError === 0 ? {} : { net: transaction.amountMinor - transaction.feeMinor + netError });
            const staged = { ...transaction, exchangeRate: null, kind: paymentKindOf(transaction.type, transaction.reportingCategory), createdOn: zone.dateOf(transaction.createdAt) };
            const inLedger = compareWithLedger(staged, isPosted ? { netMinor: transaction.amountMinor - transaction.feeMinor + netError, feeMinor: transaction.type === 'stripe_fee' ? -transaction.amountMinor : transaction.feeMinor, otherCurrency: null, entries: 1, entryDate: zone.dateOf(transaction.createdAt + entryShift * 24 * hourMs), concernsMonth: null, converted: null, heldMinor: 0 } : null, null);
            if (inLedger) expected.push(`${transaction.id} ${inLedger.reason}`);
            if (staged.kind === null) continue;
            const rows = made.map((entry, nth) => {
              const row = { amount: transaction.amountMinor + entry.amount, fee: transaction.feeMinor + entry.fee, currency: entry.currency, status: entry.status, createdAt: transaction.createdAt + entry.shiftHours * hourMs };
              const id = index * 100 + nth + 1;
              recordPayment(writable, id, transaction, row);
              return { id, gatewayPaymentId: transaction.sourceId ?? '', balanceTransactionId: transaction.id, kind: staged.kind ?? '', amountMinor: row.amount, feeMinor: row.fee, currency: row.currency, status: row.status, createdAt: row.createdAt, createdOn: zone.dateOf(row.createdAt) };
            });
            for (const finding of compareWithPaymentHistory({ ...staged, kind: staged.kind }, rows.filter((row) => row.status !== 'failed'))) expected.push(`${transaction.id} ${finding.reason}`);
          }
        });
        await serviceOn(ledger.database, transactions, 8).reconcileTransactions({}, unattended);
        const found = ledger.database.all<{ id: string; reason: string }>(sql('test.found', 'SELECT balance_transaction_id AS id, reason FROM discrepancies')).map((row) => `${row.id} ${row.reason}`);
        expect(found.toSorted()).toEqual(expected.toSorted());
      }),
      { numRuns: 40 },
    );
  });
});

describe('drift of the last 24 hours', () => {
  it('shows the sums per store and the ids that make the difference', async () => {
    using ledger = openTemporaryDatabase();
    const transactions = makeTransactions(40).map((transaction) => ({ ...transaction, type: 'charge', reportingCategory: 'charge', currency: 'usd', amountMinor: 2_500, sourceId: `ch_${transaction.id}` }));
    agreeing(ledger.database, transactions, { history: ['txn_38', 'txn_3'] });
    const drift = await serviceOn(ledger.database, transactions).reconcileDrift(unattended);
    expect(drift.sums).toEqual([
      { store: 'ledger', currency: 'usd', count: 4, amountMinor: 10_000 },
      { store: 'payment_history', currency: 'usd', count: 3, amountMinor: 7_500 },
      { store: 'stripe', currency: 'usd', count: 4, amountMinor: 10_000 },
    ]);
    expect(drift.missing).toEqual([{ reason: 'missing-in-payment-history', objectId: 'ch_txn_38', balanceTransactionId: 'txn_38', currency: 'usd', amountMinor: 2_500 }]);
  });
});

describe('work on a difference', () => {
  it('goes from open over assigned and hold to settled, each step with its actor, and survives another run', async () => {
    using ledger = openTemporaryDatabase();
    const transactions = makeTransactions(14);
    agreeing(ledger.database, transactions, { history: ['txn_7'] });
    const service = serviceOn(ledger.database, transactions);
    await service.reconcileTransactions({}, unattended);
    const auditLog = createAuditLog({ clock });
    const work = createDiscrepancyWork({ readable: ledger.database, linkTargets, unitOfWork: ledger.database.unitOfWork, clock, zone, auditLog });
    const id = ledger.database.get<{ id: string }>(sql('test.id', 'SELECT id FROM discrepancies'))?.id ?? '';
    expect(() => work.reopen({ id, actor: 'ana' })).toThrow(expect.objectContaining({ code: 'discrepancy-state' }));
    expect(work.assign({ id, actor: 'ana', assignee: 'ben' })).toEqual({ id, status: 'assigned' });
    expect(() => work.hold({ id, actor: 'ben', until: '2026-11-18' })).toThrow(expect.objectContaining({ code: 'hold-in-past' }));
    expect(work.hold({ id, actor: 'ben', until: '2026-11-25' })).toEqual({ id, status: 'on-hold' });
    expect(() => work.ignore({ id, actor: 'ben', reason: '  ' })).toThrow(expect.objectContaining({ code: 'note-required' }));
    expect(work.ignore({ id, actor: 'ben', reason: 'known test payment' })).toEqual({ id, status: 'ignored' });
    await service.reconcileTransactions({}, unattended);
    expect(ledger.database.all(listRows)).toMatchObject([{ status: 'ignored' }]);
    expect(ledger.database.all(listSteps)).toMatchObject([{ action: 'assign', actor: 'ana' }, { action: 'hold', actor: 'ben' }, { action: 'ignore', actor: 'ben', note: 'known test payment' }]);
    expect(auditLog.verify(ledger.database)).toMatchObject({ rows: 3, firstBroken: null });
    expect(() => work.resolve({ id: 'nothing', actor: 'ana', note: 'done' })).toThrow(expect.objectContaining({ code: 'discrepancy-not-found' }));
  });

  it('opens again when the day it was put on hold for has come', async () => {
    using ledger = openTemporaryDatabase();
    const transactions = makeTransactions(14);
    agreeing(ledger.database, transactions, { history: ['txn_7'] });
    await serviceOn(ledger.database, transactions).reconcileTransactions({}, unattended);
    const id = ledger.database.get<{ id: string }>(sql('test.id', 'SELECT id FROM discrepancies'))?.id ?? '';
    createDiscrepancyWork({ readable: ledger.database, linkTargets, unitOfWork: ledger.database.unitOfWork, clock, zone, auditLog: createAuditLog({ clock }) }).hold({ id, actor: 'ben', until: '2026-11-20' });
    const later = createReconciliation({ gateway: listedGateway(transactions), database: ledger.database, unitOfWork: ledger.database.unitOfWork, clock: fixedClock(now + 48 * hourMs), zone, accounts: comparedAccounts });
    expect(await later.reconcileTransactions({}, unattended)).toMatchObject({ found: 1, reopened: 1 });
    expect(ledger.database.all(listRows)).toMatchObject([{ status: 'open' }]);
  });
});
