import { describe, expect, it } from 'vitest';
import { fixedClock } from '../../shared/calendar/clock.ts';
import { localDate } from '../../shared/calendar/local-date.ts';
import { TimeZone } from '../../shared/calendar/time-zone.ts';
import { sql } from '../database/handles.ts';
import { payoutTies } from '../mirror/payout-ties.ts';
import { unattended } from '../platform/work-control.ts';
import { readReconciliationSummary } from '../reporting/reconciliation.queries.ts';
import { comparedAccounts, listedGateway, postEntry } from '../testing/reconciliation-world.ts';
import { openTemporaryDatabase, type TemporaryDatabase } from '../testing/temporary-database.ts';
import type { GatewayBalance, ListedBalanceTransaction, ListedPayout } from './gateway-balance-transactions.ts';
import { createPayoutReconciliation } from './payout-reconciliation.ts';
import { createReconciliation } from './reconciliation.ts';

const now = Date.UTC(2026, 10, 18, 14, 14);
const zone = new TimeZone('America/New_York');
const payout = (id: string, amountMinor: number, daysAgo: number, isAutomatic = true): ListedPayout => ({ id, amountMinor, currency: 'usd', balanceTransactionId: `txn_${id}`, isAutomatic, isListWhole: isAutomatic, status: 'paid', method: 'standard', arrivesAt: now - (daysAgo - 2) * 86_400_000, createdAt: now - daysAgo * 86_400_000 });

function serviceOn(ledger: TemporaryDatabase, payouts: readonly ListedPayout[], sums: Readonly<Record<string, number>>, balances: readonly GatewayBalance[] = [], transactions: readonly ListedBalanceTransaction[] = []) {
  const gateway = {
    list: listedGateway(transactions).list,
    async *listPayouts({ createdFrom }: { createdFrom: number | undefined }) {
      yield await Promise.resolve(payouts.filter((one) => createdFrom === undefined || one.createdAt >= createdFrom));
    },
    balances: () => Promise.resolve(balances),
    sumOfPayout: ({ id }: ListedPayout) => Promise.resolve({ transactionIds: [`txn_of_${id}`], netMinor: sums[id] ?? 0 }),
  };
  return createPayoutReconciliation({
    gateway, readable: ledger.database, unitOfWork: ledger.database.unitOfWork, clock: fixedClock(now), zone, accounts: comparedAccounts,
    keepTies: (database, payoutId, transactionIds, listedAt) => payoutTies.store(database, { payoutId, transactionIds, transactions: transactionIds.length, cursor: null, listedAt }),
  });
}

/** The balance transaction of a payout, or of anything else. */
const moved = (id: string, type: string, amountMinor: number, daysAgo: number, feeMinor = 0): ListedBalanceTransaction => ({ id, type, reportingCategory: type, sourceId: null, amountMinor, feeMinor, currency: 'usd', createdAt: now - daysAgo * 86_400_000, availableAt: now - (daysAgo - 2) * 86_400_000 });

describe('reconciling payouts', () => {
  it('finds the payout that does not pay what its transactions sum to, and settles it once it does', async () => {
    using ledger = openTemporaryDatabase();
    const payouts = [payout('po_1', 500, 30), payout('po_2', 700, 10)];
    expect(await serviceOn(ledger, payouts, { po_1: 500, po_2: 695 }).reconcilePayouts({}, unattended)).toMatchObject({ compared: 2, tied: 1, found: 1, settled: 0 });
    expect(ledger.database.all(sql('test.found', 'SELECT level, reason, object_id, amount_minor, status FROM discrepancies'))).toEqual([{ level: 'payouts', reason: 'amount-differs', object_id: 'po_2', amount_minor: 5, status: 'open' }]);
    expect(await serviceOn(ledger, payouts, { po_1: 500, po_2: 700 }).reconcilePayouts({ from: localDate('2026-11-01') }, unattended)).toMatchObject({ compared: 1, tied: 1, found: 0, settled: 1 });
  });

  it('keeps which transactions each automatic payout named, unless Stripe still puts its list together', async () => {
    using ledger = openTemporaryDatabase();
    const payouts = [payout('po_1', 500, 30), { ...payout('po_2', 700, 1), isListWhole: false }, payout('po_manual', 900, 5, false)];
    for (let run = 0; run < 2; run += 1) await serviceOn(ledger, payouts, { po_1: 500, po_2: 700 }, [], []).reconcilePayouts({}, unattended);
    expect(ledger.database.all(sql('test.ties', 'SELECT * FROM stripe_payout_ties'))).toEqual([{ balance_transaction_id: 'txn_of_po_1', payout_id: 'po_1' }]);
    expect(ledger.database.all(sql('test.listings', 'SELECT payout_id, is_complete, transactions, listed_at FROM stripe_payout_listings'))).toEqual([{ payout_id: 'po_1', is_complete: 1, transactions: 1, listed_at: now }]);
  });

  it('puts what Stripe says it holds beside the clearing account, and does not call it tied when money is missing in the books', async () => {
    using ledger = openTemporaryDatabase();
    const posted = { id: 'txn_1', type: 'charge', reportingCategory: 'charge', sourceId: 'ch_1', amountMinor: 1_000, feeMinor: 59, currency: 'usd', createdAt: now };
    ledger.database.unitOfWork.run('world', (writable) => postEntry(writable, 1, 'entry-1', '2026-11-18', posted));
    await serviceOn(ledger, [], {}, [{ currency: 'eur', amountMinor: 200 }, { currency: 'usd', amountMinor: 941 }], [posted]).reconcilePayouts({}, unattended);
    expect(readReconciliationSummary(ledger.database).stripeBalance).toEqual([{ currency: 'eur', ledgerMinor: 0, stripeMinor: 200 }, { currency: 'usd', ledgerMinor: 941, stripeMinor: 941 }]);
  });

  it('checks payouts made by hand by the balance around them, as lines of an account', async () => {
    using ledger = openTemporaryDatabase();
    const payouts = [payout('po_hand', 4_000, 20, false), { ...payout('po_instant', 900, 5, false), method: 'instant' }, payout('po_auto', 1_000, 10), payout('po_wrong', 300, 1, false)];
    const transactions = [moved('txn_a', 'charge', 5_000, 30), moved('txn_po_hand', 'payout', -4_000, 20), moved('txn_b', 'charge', 2_059, 12, 59), moved('txn_po_auto', 'payout', -1_000, 10), moved('txn_po_instant', 'payout', -900, 5, 9), moved('txn_po_wrong', 'payout', -290, 1)];
    const result = await serviceOn(ledger, payouts, { po_auto: 1_000 }, [{ currency: 'usd', amountMinor: 801, pendingMinor: 0 }], transactions).reconcilePayouts({}, unattended);
    const line = { currency: 'usd', otherPayoutsMinor: 0, feeMinor: 0, ledgerClosingMinor: 0, isTied: true };
    expect(result.account.map(({ createdAt: _createdAt, method: _method, ...rest }) => rest)).toEqual([
      { ...line, payoutId: 'po_hand', openingMinor: 0, activityMinor: 5_000, payoutMinor: -4_000, closingMinor: 1_000 },
      { ...line, payoutId: 'po_instant', openingMinor: 1_000, activityMinor: 2_000, otherPayoutsMinor: -1_000, payoutMinor: -900, feeMinor: -9, closingMinor: 1_091 },
      { ...line, payoutId: 'po_wrong', openingMinor: 1_091, activityMinor: 0, payoutMinor: -290, closingMinor: 801, isTied: false },
    ]);
    expect(result).toMatchObject({ compared: 4, tied: 3, found: 1 });
    expect(ledger.database.all(sql('test.wrong', 'SELECT reason, object_id, amount_minor FROM discrepancies'))).toEqual([{ reason: 'amount-differs', object_id: 'po_wrong', amount_minor: 10 }]);
    const later = await serviceOn(ledger, payouts.slice(1), { po_auto: 1_000 }, [{ currency: 'usd', amountMinor: 801 }], transactions).reconcilePayouts({ from: localDate('2026-11-01') }, unattended);
    expect(later.account[0]).toMatchObject({ payoutId: 'po_instant', openingMinor: 1_000, closingMinor: 1_091 });
    expect(later.proofs).toMatchObject([{ openingMinor: 1_000, activityMinor: 2_000, payoutsMinor: -2_199, endingMinor: 801, stripeMinor: 801, differenceMinor: 0 }]);
  });

  it('proves the balance: start + activity − payouts is what Stripe says, and what the books have otherwise is named', async () => {
    using ledger = openTemporaryDatabase();
    const { database } = ledger;
    const transactions = [moved('txn_a', 'charge', 5_000, 30, 100), moved('txn_b', 'charge', 2_000, 1), moved('txn_po_1', 'payout', -3_000, 10)];
    database.unitOfWork.run('world', (writable) => {
      postEntry(writable, 1, 'entry-1', '2026-10-19', transactions[0]!);
      postEntry(writable, 2, 'entry-2', '2026-11-08', transactions[2]!);
    });
    await createReconciliation({ gateway: listedGateway(transactions), database, unitOfWork: database.unitOfWork, clock: fixedClock(now), zone, accounts: comparedAccounts }).reconcileTransactions({}, unattended);
    const proof = { currency: 'usd', openingMinor: 0, activityMinor: 6_900, payoutsMinor: -3_000, endingMinor: 3_900, stripeMinor: 3_900, differenceMinor: 0, ledgerMinor: 1_900, clearingMinor: 1_900, explainedMinor: 2_000, unexplainedMinor: 0, namedMinor: 0, pendingMinor: 2_000, stripePendingMinor: 2_000 };
    const proved = await serviceOn(ledger, [payout('po_1', 3_000, 10)], { po_1: 3_000 }, [{ currency: 'usd', amountMinor: 3_900, pendingMinor: 2_000 }], transactions).reconcilePayouts({}, unattended);
    expect(proved).toMatchObject({ proofs: [proof], found: 0 });
    // A transaction that came between the two runs counts too; a balance of more than its transactions does not pass.
    const late = moved('txn_c', 'charge', 500, 0);
    const unproved = await serviceOn(ledger, [payout('po_1', 3_000, 10)], { po_1: 3_000 }, [{ currency: 'usd', amountMinor: 4_401 }], [...transactions, late]).reconcilePayouts({}, unattended);
    expect(unproved).toMatchObject({ proofs: [{ endingMinor: 4_400, differenceMinor: 1 }], found: 1 });
    expect(database.all(sql('test.unproved', "SELECT reason, object_id, amount_minor, status FROM discrepancies WHERE level = 'payouts'"))).toEqual([{ reason: 'balance-not-proved', object_id: 'balance-usd', amount_minor: 1, status: 'open' }]);
    // A posting on the clearing account from no transaction: the books have it, Stripe does not.
    database.unitOfWork.run('by-hand', (writable) => postEntry(writable, 3, 'entry-3', '2026-11-17', { ...late, id: 'nothing' }, { sourceType: 'manual' }));
    await serviceOn(ledger, [payout('po_1', 3_000, 10)], { po_1: 3_000 }, [{ currency: 'usd', amountMinor: 4_400 }], [...transactions, late]).reconcilePayouts({}, unattended);
    expect(database.all(sql('test.by-hand', "SELECT object_id, amount_minor, status FROM discrepancies WHERE level = 'payouts' ORDER BY object_id"))).toEqual([{ object_id: 'balance-usd', amount_minor: 1, status: 'resolved' }, { object_id: 'clearing-usd', amount_minor: -500, status: 'open' }]);
  });

  describe('what is posted between the two levels', () => {
    const charge = moved('txn_a', 'charge', 5_000, 30, 100);
    const later = moved('txn_b', 'charge', 2_000, 1);
    const unproved = sql('test.clearing', "SELECT object_id, amount_minor, status FROM discrepancies WHERE level = 'payouts' ORDER BY object_id");

    /** Level 2 has compared both; the books have the first alone. */
    async function compared(ledger: TemporaryDatabase) {
      const { database } = ledger;
      let sequence = 0;
      const post = (transaction: ListedBalanceTransaction, posted: Parameters<typeof postEntry>[5] = {}): void => {
        sequence += 1;
        const place = sequence;
        database.unitOfWork.run('world', (writable) => postEntry(writable, place, `entry-${place}`, '2026-11-17', transaction, posted));
      };
      const compare = (listed: readonly ListedBalanceTransaction[]) => createReconciliation({ gateway: listedGateway(listed), database, unitOfWork: database.unitOfWork, clock: fixedClock(now), zone, accounts: comparedAccounts }).reconcileTransactions({}, unattended);
      const prove = async (listed: readonly ListedBalanceTransaction[]) => {
        const amountMinor = listed.reduce((sum, one) => sum + one.amountMinor - one.feeMinor, 0);
        return serviceOn(ledger, [], {}, [{ currency: 'usd', amountMinor }], listed).reconcilePayouts({}, unattended);
      };
      post(charge);
      await compare([charge, later]);
      return { post, compare, prove };
    }

    it('is proved: what was fetched, what a webhook brought that level 2 has not seen, and what it has', async () => {
      using ledger = openTemporaryDatabase();
      const { post, prove } = await compared(ledger);
      expect(await prove([charge, later])).toMatchObject({ found: 0, proofs: [{ ledgerMinor: 4_900, clearingMinor: 4_900, explainedMinor: 2_000 }] });
      post(later); // fetched
      expect(await prove([charge, later])).toMatchObject({ found: 0, proofs: [{ ledgerMinor: 6_900, clearingMinor: 6_900, explainedMinor: 0, unexplainedMinor: 0 }] });
      const [posted, waiting] = [moved('txn_c', 'charge', 300, 0, 20), moved('txn_d', 'charge', 70, 0)];
      post(posted);
      expect(await prove([charge, later, posted, waiting])).toMatchObject({ found: 0, proofs: [{ ledgerMinor: 7_180, clearingMinor: 7_180, explainedMinor: 70, unexplainedMinor: 0 }] });
      // Reversed and posted anew with another amount: level 2 says so, not the proof.
      post(charge, { net: -4_900, fee: -100 });
      post(charge, { net: 4_000, fee: 100 });
      expect(await prove([charge, later, posted, waiting])).toMatchObject({ found: 0, proofs: [{ ledgerMinor: 6_280, clearingMinor: 6_280, explainedMinor: 970, unexplainedMinor: 0 }] });
    });

    it('is not proved where it is from no transaction, or from one that Stripe does not list', async () => {
      using ledger = openTemporaryDatabase();
      const { post, prove, compare } = await compared(ledger);
      post(later);
      post(moved('manual', 'charge', 33, 0), { sourceType: 'manual' });
      expect(await prove([charge, later])).toMatchObject({ found: 1, proofs: [{ unexplainedMinor: 33 }] });
      expect(ledger.database.all(unproved)).toEqual([{ object_id: 'clearing-usd', amount_minor: -33, status: 'open' }]);
      const stranger = moved('txn_stranger', 'charge', 500, 0);
      post(stranger);
      await prove([charge, later]);
      expect(ledger.database.all(unproved)).toEqual([{ object_id: 'clearing-usd', amount_minor: -533, status: 'open' }]);
      // Level 2 names the second; once Stripe lists it after all it is a transaction like the others.
      await compare([charge, later]);
      await prove([charge, later]);
      expect(ledger.database.all(unproved)).toEqual([{ object_id: 'clearing-usd', amount_minor: -33, status: 'open' }]);
      expect(await prove([charge, later, stranger])).toMatchObject({ proofs: [{ ledgerMinor: 7_400, clearingMinor: 7_433, unexplainedMinor: 33 }] });
      expect(ledger.database.all(unproved)).toEqual([{ object_id: 'clearing-usd', amount_minor: -33, status: 'open' }]);
    });

    it('is proved by as much as settles a difference that stands, and by no more', async () => {
      using ledger = openTemporaryDatabase();
      const { post, prove } = await compared(ledger);
      const [lacking] = ledger.database.all<{ id: string }>(sql('test.lacking', "SELECT id FROM discrepancies WHERE reason = 'missing-in-ledger'"));
      const settle = (net: number) => post({ ...later, id: lacking?.id ?? '' }, { net, sourceType: 'discrepancy' });
      settle(1_500);
      expect(await prove([charge, later])).toMatchObject({ found: 0, proofs: [{ unexplainedMinor: 1_500, namedMinor: 1_500 }] });
      settle(600);
      expect(await prove([charge, later])).toMatchObject({ found: 1, proofs: [{ unexplainedMinor: 2_100, namedMinor: 2_000 }] });
      expect(ledger.database.all(unproved)).toEqual([{ object_id: 'clearing-usd', amount_minor: -100, status: 'open' }]);
      settle(-2_200);
      await prove([charge, later]);
      expect(ledger.database.all(unproved)).toEqual([{ object_id: 'clearing-usd', amount_minor: 100, status: 'open' }]);
      settle(2_100);
      await prove([charge, later]);
      expect(ledger.database.all(unproved)).toMatchObject([{ status: 'resolved' }]);
      // Written off, and then it came after all: the books have it twice.
      post(later);
      await prove([charge, later]);
      expect(ledger.database.all(unproved)).toEqual([{ object_id: 'clearing-usd', amount_minor: -2_000, status: 'open' }]);
    });
  });

  it('says what is on its way, and what should have arrived', async () => {
    using ledger = openTemporaryDatabase();
    const payouts = [{ ...payout('po_1', 500, 5), status: 'in_transit' }, { ...payout('po_2', 700, 0), status: 'pending' }, payout('po_3', 100, 20), { ...payout('po_4', 100, 1), status: 'in_transit', arrivesAt: null }];
    const result = await serviceOn(ledger, payouts, { po_1: 500, po_2: 700, po_3: 100, po_4: 100 }).reconcilePayouts({}, unattended);
    expect(result.underWay).toEqual([
      { payoutId: 'po_1', amountMinor: 500, currency: 'usd', status: 'in_transit', arrivesOn: '2026-11-15', isLate: true },
      { payoutId: 'po_2', amountMinor: 700, currency: 'usd', status: 'pending', arrivesOn: '2026-11-20', isLate: false },
      { payoutId: 'po_4', amountMinor: 100, currency: 'usd', status: 'in_transit', arrivesOn: null, isLate: false },
    ]);
  });
});
