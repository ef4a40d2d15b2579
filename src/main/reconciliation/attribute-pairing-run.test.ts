/** The run itself pairs by attributes what no id brings together; a person says whether it is one or two. */
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
import { createPayoutReconciliation } from './payout-reconciliation.ts';
import { createReconciliation } from './reconciliation.ts';

const zone = new TimeZone('America/New_York');
const now = Date.UTC(2026, 10, 18, 14, 14);
const hourMs = 3_600_000;
const clock = fixedClock(now);

const payment = (place: number, changes: Partial<ListedBalanceTransaction> = {}): ListedBalanceTransaction => ({ id: `txn_${place}`, type: 'charge', reportingCategory: 'charge', sourceId: `ch_${place}`, amountMinor: 1_000 + place, feeMinor: 59, currency: 'usd', createdAt: now - (100 - place) * hourMs, ...changes });
const payments = [payment(1), payment(2), payment(3)];
const [first, second, third] = payments as [ListedBalanceTransaction, ListedBalanceTransaction, ListedBalanceTransaction];
const foreign = { paymentId: 'pi_own', balanceTransactionId: 'txn_own' };

const listAll = sql('test.all', 'SELECT reason, object_id AS "objectId", balance_transaction_id AS "transactionId", amount_minor AS "amountMinor", status FROM discrepancies ORDER BY reason, object_id');
const listStanding = sql('test.standing', `SELECT d.id, d.reason, d.object_id AS "objectId", d.status FROM discrepancy_spells s JOIN discrepancies d ON d.id = s.discrepancy_id WHERE s.level = 'transactions' AND s.ended_sequence IS NULL ORDER BY d.reason, d.object_id`);
const listSteps = sql('test.steps', 'SELECT d.reason, s.action, s.actor, s.note FROM discrepancy_steps s JOIN discrepancies d ON d.id = s.discrepancy_id ORDER BY s.rowid');
const runsOf = sql('test.runs', 'SELECT policy_version AS "policyVersion", method, appeared, remaining, gone, found, matched FROM reconciliation_runs ORDER BY sequence');
const unpost = sql('test.unpost', 'DELETE FROM payment_history WHERE id = ?');
const oldPolicy = sql('test.old-policy', 'UPDATE comparison_marks SET policy_version = 3');

const serviceOn = (database: SqliteDatabase, listed: readonly ListedBalanceTransaction[] = payments) => createReconciliation({ gateway: listedGateway(listed), database, unitOfWork: database.unitOfWork, clock, zone, accounts: comparedAccounts });
const workOn = (database: SqliteDatabase) => createDiscrepancyWork({ readable: database, linkTargets, unitOfWork: database.unitOfWork, clock, zone, auditLog: createAuditLog({ clock }) });
const standing = (database: SqliteDatabase): string[] => database.all<{ reason: string; objectId: string; status: string }>(listStanding).map(({ reason, objectId, status }) => `${reason} ${objectId} ${status}`);
const pairId = (database: SqliteDatabase): string => database.all<{ id: string; reason: string }>(listStanding).find(({ reason }) => reason.startsWith('id-'))?.id ?? '';

/** Three payments in both stores; the first one's record carries ids that Stripe does not know, and differs in what is said. */
function openWorld(wrong: Parameters<typeof recordPayment>[3] = {}) {
  const ledger = openTemporaryDatabase();
  ledger.database.unitOfWork.run('world', (writable) => {
    for (const [index, one] of payments.entries()) postEntry(writable, index + 1, `entry_${index}`, zone.dateOf(one.createdAt), one);
    recordPayment(writable, 1, first, { ...foreign, ...wrong });
    recordPayment(writable, 2, second);
    recordPayment(writable, 3, third);
  });
  return ledger;
}

describe('a payment recorded under ids that Stripe does not know', () => {
  it('is one difference in place of two, at no risk where only the id differs, with score and reasons', async () => {
    using ledger = openWorld();
    const result = await serviceOn(ledger.database).reconcileTransactions({}, unattended);
    expect(ledger.database.all(listAll)).toEqual([{ reason: 'id-differs', objectId: 'ch_1', transactionId: 'txn_1', amountMinor: 0, status: 'open' }]);
    expect(result).toMatchObject({ compared: 3, matched: 2, found: 1, byReason: { 'id-differs': 1 } });
    expect(JSON.parse(ledger.database.get<{ detail: string }>(sql('test.detail', 'SELECT detail FROM discrepancies'))?.detail ?? '')).toMatchObject({
      store: 'payment_history', stripe: { amountMinor: 1_001 }, other: { rowId: 1, amountMinor: 1_001 }, pair: { score: 9_900, objectId: 'pi_own', balanceTransactionId: 'txn_own', reasons: expect.arrayContaining(['At the same moment.', 'Nothing else fits either of them.']) },
    });
    // The sums of the stores are what they are: nothing was merged.
    expect(result.sums).toEqual(['ledger', 'payment_history', 'stripe'].map((store) => ({ store, currency: 'usd', count: 3, amountMinor: 3_006 })));
  });

  it.each([
    ['the amount', { amount: 901 }, 'id-and-amount-differ', 100], ['the fee', { fee: 50 }, 'id-and-fee-differ', 9], ['the currency', { currency: 'eur' }, 'id-and-currency-differ', 1_001], ['the status', { status: 'pending' }, 'id-and-status-differ', 0],
  ] as const)('and the reason says where %s differs too', async (_name, wrong, reason, amountMinor) => {
    using ledger = openWorld(wrong);
    await serviceOn(ledger.database).reconcileTransactions({}, unattended);
    expect(ledger.database.all(listAll)).toEqual([{ reason, objectId: 'ch_1', transactionId: 'txn_1', amountMinor, status: 'open' }]);
  });

  it('stays two where something else fits as well, and becomes one by a run after the other is gone', async () => {
    using ledger = openWorld();
    const { database } = ledger;
    database.unitOfWork.run('another', (writable) => recordPayment(writable, 9, first, { paymentId: 'pi_more', balanceTransactionId: null }));
    await serviceOn(database).reconcileTransactions({}, unattended);
    expect(standing(database)).toEqual(['missing-at-stripe pi_more open', 'missing-at-stripe pi_own open', 'missing-in-payment-history ch_1 open']);
    database.run(unpost, [9]);
    expect(await serviceOn(database).reconcileTransactions({}, unattended)).toMatchObject({ method: 'incremental', appeared: 1, gone: 3, found: 1 });
    expect(standing(database)).toEqual(['id-differs ch_1 open']);
    expect(database.all(listSteps)).toEqual(expect.arrayContaining([
      { reason: 'missing-in-payment-history', action: 'resolve', actor: 'daybook', note: 'told as one with pi_own: id-differs' }, { reason: 'missing-at-stripe', action: 'resolve', actor: 'daybook', note: 'told as one with ch_1: id-differs' }, { reason: 'missing-at-stripe', action: 'resolve', actor: 'daybook', note: 'no longer found' },
    ]));
  });

  it('an entry under another transaction is told so as well, and the proof of the balance still names it', async () => {
    using ledger = openTemporaryDatabase();
    const { database } = ledger;
    database.unitOfWork.run('world', (writable) => {
      for (const [index, one] of payments.entries()) {
        postEntry(writable, index + 1, `entry_${index}`, zone.dateOf(one.createdAt), index === 0 ? { ...one, id: 'txn_own' } : one);
        recordPayment(writable, index + 1, one);
      }
    });
    await serviceOn(database).reconcileTransactions({}, unattended);
    expect(database.all(listAll)).toEqual([{ reason: 'id-differs', objectId: 'ch_1', transactionId: 'txn_1', amountMinor: 0, status: 'open' }]);
    const gateway = { ...listedGateway(payments), listPayouts: () => (async function* none() { yield* await Promise.resolve([]); })(), sumOfPayout: () => Promise.resolve({ transactionIds: [], netMinor: 0 }), balances: () => Promise.resolve([{ currency: 'usd', amountMinor: 3_006 - 177 }]) };
    const payouts = await createPayoutReconciliation({ gateway, readable: database, unitOfWork: database.unitOfWork, clock, zone, accounts: comparedAccounts, keepTies: () => undefined }).reconcilePayouts({}, unattended);
    expect(payouts).toMatchObject({ found: 0, proofs: [{ currency: 'usd', differenceMinor: 0 }] });
  });

  it('both stores wrong are two pairs in place of four, each put right by itself', async () => {
    using ledger = openTemporaryDatabase();
    const { database } = ledger;
    database.unitOfWork.run('world', (writable) => {
      postEntry(writable, 1, 'entry', zone.dateOf(first.createdAt), { ...first, id: 'txn_own' });
      recordPayment(writable, 1, first, foreign);
    });
    expect(await serviceOn(database, [first]).reconcileTransactions({}, unattended)).toMatchObject({ found: 2, byReason: { 'id-differs': 2 }, matched: 0 });
  });
});

describe('a person says what it is', () => {
  it('one: linked, it stays settled from run to run, though another fits by then; with another fee it is news', async () => {
    using ledger = openWorld();
    const { database } = ledger;
    await serviceOn(database).reconcileTransactions({}, unattended);
    workOn(database).link({ id: pairId(database), actor: 'ana', target: { kind: 'payment', id: 'ch_1' }, note: 'recorded under our own id' });
    database.unitOfWork.run('another', (writable) => recordPayment(writable, 9, first, { paymentId: 'pi_more', balanceTransactionId: null }));
    for (const isFull of [false, true]) {
      await serviceOn(database).reconcileTransactions({ isFull }, unattended);
      expect(standing(database)).toEqual(['id-differs ch_1 resolved', 'missing-at-stripe pi_more open']);
    }
    database.run(sql('test.fee', 'UPDATE payment_history SET fee_minor = 1 WHERE id = 1'));
    await serviceOn(database).reconcileTransactions({}, unattended);
    expect(standing(database)).toEqual(['id-and-fee-differ ch_1 open', 'missing-at-stripe pi_more open']);
  });

  it('two: both sides stand at once, no run pairs them again, and taken back they are one', async () => {
    using ledger = openWorld();
    const { database } = ledger;
    await serviceOn(database).reconcileTransactions({}, unattended);
    const id = pairId(database);
    expect(() => workOn(database).refuse({ id, actor: 'ana', reason: ' ' })).toThrow(expect.objectContaining({ code: 'note-required' }));
    expect(workOn(database).refuse({ id, actor: 'ana', reason: 'another customer' })).toEqual({ id, status: 'ignored' });
    const apart = ['missing-at-stripe pi_own open', 'missing-in-payment-history ch_1 open'];
    expect(database.all<{ reason: string; objectId: string; status: string }>(listAll).map(({ reason, objectId, status }) => `${reason} ${objectId} ${status}`)).toEqual(['id-differs ch_1 ignored', ...apart]);
    for (const isFull of [false, true, false]) {
      expect(await serviceOn(database).reconcileTransactions({ isFull }, unattended)).toMatchObject({ found: 2, opened: 0, reopened: 0 });
      expect(standing(database)).toEqual(apart);
    }
    expect(() => workOn(database).refuse({ id: database.all<{ id: string }>(listStanding)[0]?.id ?? '', actor: 'ana', reason: 'no pair' })).toThrow(expect.objectContaining({ code: 'discrepancy-not-a-pair' }));
    workOn(database).undo({ id, actor: 'ana' });
    expect(database.all<{ status: string }>(listAll).map(({ status }) => status)).toEqual(['open', 'resolved', 'resolved']);
    await serviceOn(database).reconcileTransactions({}, unattended);
    expect(standing(database)).toEqual(['id-differs ch_1 open']);
    // Refused again, the two that are known already reopen.
    workOn(database).refuse({ id, actor: 'ana', reason: 'another customer after all' });
    expect(database.all<{ status: string }>(listAll).map(({ status }) => status)).toEqual(['ignored', 'open', 'open']);
  });

  it('what a person ignored or linked on one side is left alone', async () => {
    using ledger = openWorld();
    const { database } = ledger;
    database.unitOfWork.run('another', (writable) => recordPayment(writable, 9, first, { paymentId: 'pi_more', balanceTransactionId: null }));
    await serviceOn(database).reconcileTransactions({}, unattended);
    const [more] = database.all<{ id: string; objectId: string }>(listStanding).filter(({ objectId }) => objectId === 'pi_more');
    workOn(database).ignore({ id: more?.id ?? '', actor: 'ana', reason: 'a test of the back end' });
    await serviceOn(database).reconcileTransactions({}, unattended);
    expect(standing(database)).toEqual(['id-differs ch_1 open', 'missing-at-stripe pi_more ignored']);
  });
});

describe('runs beside each other', () => {
  it('the first run under the policy compares everything and says what it tells otherwise: one appeared, two gone', async () => {
    using ledger = openWorld();
    const { database } = ledger;
    // As it stood under the policy before: the two apart.
    database.unitOfWork.run('another', (writable) => recordPayment(writable, 9, first, { paymentId: 'pi_more', balanceTransactionId: null }));
    await serviceOn(database).reconcileTransactions({}, unattended);
    database.run(unpost, [9]);
    database.run(oldPolicy);
    await serviceOn(database).reconcileTransactions({}, unattended);
    expect(database.all<object>(runsOf).at(-1)).toEqual({ policyVersion: 4, method: 'full', appeared: 1, remaining: 0, gone: 3, found: 1, matched: 2 });
  });

  it('a run over some days and a check for drift make no pairs, and leave those that stand, on whichever side of their edge', async () => {
    using ledger = openWorld({ createdAt: first.createdAt + 20 * hourMs });
    const { database } = ledger;
    const day = zone.dateOf(first.createdAt);
    const next = zone.dateOf(first.createdAt + 20 * hourMs);
    expect(day < next).toBe(true);
    await serviceOn(database).reconcileTransactions({ from: day, to: localDate('2026-11-18') }, unattended);
    expect(standing(database)).toEqual(['missing-at-stripe pi_own open', 'missing-in-payment-history ch_1 open']);
    await serviceOn(database).reconcileTransactions({}, unattended);
    for (const range of [{ from: day, to: next }, { from: next, to: localDate('2026-11-18') }, { from: day, to: localDate('2026-11-18') }]) {
      await serviceOn(database).reconcileTransactions(range, unattended);
      expect(standing(database)).toEqual(['id-differs ch_1 open']);
    }
  });
});
