/**
 * Random worlds of three stores: what the engine finds is what a plain comparison record by record finds, and a run after random changes is a run over
 * everything.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fixedClock } from '../../shared/calendar/clock.ts';
import type { LocalDate } from '../../shared/calendar/local-date.ts';
import { TimeZone } from '../../shared/calendar/time-zone.ts';
import { createAuditLog } from '../audit/audit-log.ts';
import { sql } from '../database/handles.ts';
import type { SqliteDatabase } from '../database/sqlite-database.ts';
import { unattended } from '../platform/work-control.ts';
import { linkTargets } from '../reporting/link-targets.queries.ts';
import { comparedAccounts, listedGateway, postEntry } from '../testing/reconciliation-world.ts';
import { openTemporaryDatabase } from '../testing/temporary-database.ts';
import type { ListedBalanceTransaction } from './gateway-balance-transactions.ts';
import { compareWithLedger, type LedgerSide } from './ledger-matching.ts';
import { createDiscrepancyWork } from './discrepancy-work.ts';
import { discrepancyIdOf } from './finding-intake.ts';
import { createReconciliation } from './reconciliation.ts';
import { compareWithPaymentHistory, duplicateOf, entryMissingAtStripe, expectedStatusOf, missingAtStripe, paymentKindOf, type Finding, type GatewayTransaction, type PaymentHistoryRow, type PaymentKind } from './transaction-matching.ts';

const zone = new TimeZone('America/New_York');
const now = Date.UTC(2026, 10, 18, 14, 14);
const hourMs = 3_600_000;
const runs = process.env['DAYBOOK_LONG'] ? 1_500 : 25;

/** Few ids, so that records meet: payments, refunds and disputes of eight transactions, some of the same source. */
const shapes = [['charge', 'charge', 1, 'ch_1'], ['refund', 'refund', -1, 're_1'], ['refund', 'refund', -1, 're_1'], ['adjustment', 'dispute', -1, 'dp_1'], ['adjustment', 'dispute_reversal', 1, 'dp_1'], ['payout', 'payout', -1, 'po_1'], ['charge', 'charge', 1, 'ch_2'], ['stripe_fee', 'fee', -1, null], ['charge', 'charge', 1, 'ch_gone']] as const;
const transactionAt = (index: number): ListedBalanceTransaction => {
  const [type, reportingCategory, sign, sourceId] = shapes[index] ?? shapes[0];
  // The second refund is of another amount than the first.
  return { id: `txn_${index}`, type, reportingCategory, sourceId, amountMinor: sign * (index === 2 ? 990 : 1_000), feeMinor: type === 'charge' ? 30 : 0, currency: 'usd', createdAt: now - (10 + index * 7) * hourMs };
};

interface Row {
  readonly id: number;
  readonly paymentId: string;
  readonly transactionId: string | null;
  readonly kind: string;
  readonly amountMinor: number;
  readonly status: string;
  readonly shiftHours: number;
}
type Change =
  /** `more`: what Stripe lists of it now is other than what it listed before. */
  | { readonly does: 'list'; readonly index: number; readonly more: number }
  | { readonly does: 'post'; readonly index: number; readonly net: number; readonly held: number; readonly dayShift: number }
  | { readonly does: 'record'; readonly row: Row }
  | { readonly does: 'erase'; readonly id: number }
  /** A person says something of one of the differences that stand, the nth of them. */
  | { readonly does: 'refuse' | 'link' | 'ignore' | 'undo'; readonly nth: number };

const index = fc.nat(shapes.length - 1);
const change: fc.Arbitrary<Change> = fc.oneof(
  fc.record({ does: fc.constant('list' as const), index: fc.nat(shapes.length - 2), more: fc.constantFrom(0, 0, 0, 5) }),
  fc.record({ does: fc.constant('post' as const), index, net: fc.constantFrom(0, 0, 0, 5), held: fc.constantFrom(0, 0, 1_000, -1_000), dayShift: fc.constantFrom(0, 0, 1, 3, 25) }),
  fc.record({
    does: fc.constant('record' as const),
    row: fc.record({ id: fc.integer({ min: 1, max: 12 }), paymentId: fc.constantFrom('ch_1', 'ch_2', 're_1', 'dp_1', 'ch_x'), transactionId: fc.option(fc.constantFrom(...shapes.map((_, at) => `txn_${at}`), 'txn_x')), kind: fc.constantFrom('payment', 'refund', 'dispute'),
      amountMinor: fc.constantFrom(1_000, -1_000, 1_000, -1_000, 990, -990), status: fc.constantFrom('succeeded', 'succeeded', 'disputed', 'reversed', 'failed'), shiftHours: fc.constantFrom(0, 0, 12, 30, 60) }),
  }),
  fc.record({ does: fc.constant('erase' as const), id: fc.integer({ min: 1, max: 12 }) }),
  fc.record({ does: fc.constantFrom('refuse' as const, 'link' as const, 'ignore' as const, 'undo' as const), nth: fc.nat(11) }),
);

const upsert = sql(
  'test.upsert',
  `INSERT INTO payment_history (id, gateway, gateway_payment_id, gateway_balance_transaction_id, kind, amount_minor, currency, status, fee_minor, net_minor, refunded_minor, created_at) VALUES (?, 'stripe', ?, ?, ?, ?, 'usd', ?, ?, 0, 0, ?)
   ON CONFLICT (id) DO UPDATE SET gateway_payment_id = excluded.gateway_payment_id, gateway_balance_transaction_id = excluded.gateway_balance_transaction_id, kind = excluded.kind, amount_minor = excluded.amount_minor, status = excluded.status, fee_minor = excluded.fee_minor, created_at = excluded.created_at`,
);
const erase = sql('test.erase', 'DELETE FROM payment_history WHERE id = ?');
const refundsOf = sql('test.refunds', "INSERT INTO stripe_refunds VALUES ('re_1', 'ch_2', NULL, NULL, 1000, 'usd', 'succeeded', NULL, 0, 0, '{}')");
const disputesOf = sql('test.disputes', "INSERT INTO stripe_disputes VALUES ('dp_1', 'ch_1', NULL, 1000, 'usd', 'lost', NULL, 0, 0, '{}')");

/** Which records belong to which transactions of one payment, kind and direction: by amount first, then by order. */
function recordsOf(transactions: readonly GatewayTransaction[], rows: readonly PaymentHistoryRow[]): Map<string, PaymentHistoryRow[]> {
  const records = new Map<string, PaymentHistoryRow[]>(transactions.map((one) => [one.id, []]));
  const left = [...transactions];
  const others: PaymentHistoryRow[] = [];
  for (const row of rows) {
    const equal = left.findIndex((one) => one.amountMinor === row.amountMinor && one.currency === row.currency);
    if (equal < 0) others.push(row);
    else records.get(left.splice(equal, 1)[0]!.id)?.push(row);
  }
  for (const [nth, row] of others.entries()) {
    const one = left.length > 0 ? left[Math.min(nth, left.length - 1)] : (transactions.findLast((each) => each.amountMinor === row.amountMinor && each.currency === row.currency) ?? transactions.at(-1));
    if (one) records.get(one.id)?.push(row);
  }
  return records;
}

/** The three stores as plain lists. */
class World {
  readonly listed = new Map<string, ListedBalanceTransaction>();
  refused = new Set<string>();
  readonly entries: { readonly id: string; readonly net: number; readonly fee: number; readonly held: number; readonly on: LocalDate }[] = [];
  readonly rows = new Map<number, PaymentHistoryRow>();

  /** What people said before a run, as the ledger keeps it: differences settled at an amount (null: at any), pairs called one. */
  settled = new Map<string, number | null>();
  linked = new Set<string>();

  listen(database: SqliteDatabase): void {
    const said = database.all<Said>(people);
    const nameOfPair = (one: Said): string => `${one.transactionId}|${one.rowId === null ? one.pairId : `payment_history/${one.rowId}`}`;
    this.settled = new Map(said.filter((one) => one.pairId === null).map((one) => [one.id, one.status === 'ignored' ? null : one.amountMinor]));
    this.refused = new Set(said.filter((one) => one.linkTo === 'refused/pair').map(nameOfPair));
    this.linked = new Set(said.filter((one) => one.pairId !== null && one.linkTo !== 'refused/pair').map(nameOfPair));
  }

  act(database: SqliteDatabase, { does, nth }: Extract<Change, { does: 'refuse' | 'link' | 'ignore' | 'undo' }>): void {
    const known = database.all<{ id: string; isPair: number; isOver: number; isSaid: number }>(standingWork).filter((each) => (does === 'undo' ? each.isOver && each.isSaid : !each.isOver && (does !== 'refuse' || each.isPair)));
    const one = known[nth % Math.max(1, known.length)];
    if (!one) return;
    const work = createDiscrepancyWork({ readable: database, linkTargets, unitOfWork: database.unitOfWork, clock: fixedClock(now), zone, auditLog: createAuditLog({ clock: fixedClock(now) }) });
    const by = { id: one.id, actor: 'ana' };
    if (does === 'undo') work.undo(by);
    else if (does === 'refuse') work.refuse({ ...by, reason: 'another payment' });
    else if (does === 'ignore') work.ignore({ ...by, reason: 'known' });
    else {
      // To what has the amount of the difference: so it is settled at that amount.
      database.unitOfWork.run('explain', (writable) => writable.run(explaining, [`ii_of_${one.id}`, one.id]));
      work.link({ ...by, target: { kind: 'gateway-object', id: `ii_of_${one.id}` }, note: 'known' });
    }
  }

  apply(database: SqliteDatabase, made: Change): void {
    if (made.does === 'refuse' || made.does === 'link' || made.does === 'ignore' || made.does === 'undo') return this.act(database, made);
    database.unitOfWork.run('change', (writable) => {
      if (made.does === 'list') {
        const transaction = transactionAt(made.index);
        this.listed.set(transaction.id, { ...transaction, amountMinor: transaction.amountMinor + made.more });
      }
      if (made.does === 'erase') {
        this.rows.delete(made.id);
        writable.run(erase, [made.id]);
      }
      if (made.does === 'post') {
        const transaction = transactionAt(made.index);
        const net = transaction.amountMinor - transaction.feeMinor + made.net;
        const fee = transaction.type === 'stripe_fee' ? -transaction.amountMinor : transaction.feeMinor;
        const on = zone.dateOf(transaction.createdAt + made.dayShift * 24 * hourMs);
        this.entries.push({ id: transaction.id, net, fee, held: made.held, on });
        postEntry(writable, this.entries.length, `entry-${this.entries.length}`, on, transaction, { net, held: made.held });
      }
      if (made.does === 'record') {
        const { id, paymentId, transactionId, kind, amountMinor, status, shiftHours } = made.row;
        const feeMinor = kind === 'payment' ? 30 : 0;
        const createdAt = now - (10 + shiftHours) * hourMs;
        this.rows.set(id, { id, gatewayPaymentId: paymentId, balanceTransactionId: transactionId, kind, amountMinor, feeMinor, currency: 'usd', status, createdAt, createdOn: zone.dateOf(createdAt) });
        writable.run(upsert, [id, paymentId, transactionId, kind, amountMinor, status, feeMinor, createdAt]);
      }
    });
  }

  /** What a person with three lists and much time would find. */
  findings(): Finding[] {
    const found: Finding[] = [];
    const transactions = [...this.listed.values()].map(({ type, reportingCategory, availableAt: _availableAt, ...one }): GatewayTransaction => ({ ...one, exchangeRate: null, kind: paymentKindOf(type, reportingCategory), createdOn: zone.dateOf(one.createdAt) })).toSorted((a, b) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1));
    const rows = [...this.rows.values()].filter((row) => row.status !== 'failed').toSorted((a, b) => a.id - b.id);
    const heldBy = (source: string): number => transactions.filter((one) => one.sourceId === source).flatMap((one) => this.entries.filter((entry) => entry.id === one.id)).reduce((sum, entry) => sum + entry.held, 0);
    for (const transaction of transactions) {
      const own = this.entries.filter((entry) => entry.id === transaction.id);
      const last = own.at(-1);
      const ledger: LedgerSide | null = last ? { netMinor: own.reduce((sum, entry) => sum + entry.net, 0), feeMinor: own.reduce((sum, entry) => sum + entry.fee, 0), otherCurrency: null, entries: own.length, entryDate: last.on, concernsMonth: null, converted: null, heldMinor: own.reduce((sum, entry) => sum + entry.held, 0) } : null;
      const payment = transaction.sourceId === 're_1' ? { isListed: this.listed.has('txn_6'), heldMinor: 0, heldByDisputeMinor: 0 } : transaction.sourceId === 'dp_1' ? { isListed: this.listed.has('txn_0'), heldMinor: heldBy('ch_1'), heldByDisputeMinor: heldBy('dp_1') } : null;
      const finding = compareWithLedger(transaction, ledger, payment);
      if (finding) found.push(finding);
    }
    for (const id of new Set(this.entries.map((entry) => entry.id))) {
      const own = this.entries.filter((entry) => entry.id === id);
      const amountMinor = own.reduce((sum, entry) => sum + entry.net, 0);
      if (!this.listed.has(id) && amountMinor !== 0) found.push(entryMissingAtStripe({ balanceTransactionId: id, entryDate: own.map((entry) => entry.on).toSorted()[0]!, currency: 'usd', amountMinor }));
    }
    const payments = transactions.filter((one): one is GatewayTransaction & { kind: PaymentKind } => one.kind !== null);
    const byId = new Map(payments.map((one) => [one.id, rows.filter((row) => row.balanceTransactionId === one.id)]));
    const free = rows.filter((row) => row.balanceTransactionId === null || !byId.has(row.balanceTransactionId));
    const taken = new Set<number>();
    const isAlike = (row: PaymentHistoryRow, one: GatewayTransaction): boolean => row.gatewayPaymentId === one.sourceId && row.kind === one.kind && Math.sign(row.amountMinor) === Math.sign(one.amountMinor);
    for (const one of payments) {
      let mine = byId.get(one.id) ?? [];
      if (mine.length === 0) {
        const alike = payments.filter((other) => (byId.get(other.id) ?? []).length === 0 && other.sourceId === one.sourceId && other.kind === one.kind && Math.sign(other.amountMinor) === Math.sign(one.amountMinor));
        mine = recordsOf(alike, free.filter((row) => isAlike(row, one))).get(one.id) ?? [];
        for (const row of mine) taken.add(row.id);
      }
      found.push(...compareWithPaymentHistory(one, mine));
    }
    for (const row of free.filter(({ id }) => !taken.has(id))) {
      const twin = row.balanceTransactionId === null ? payments.find((one) => isAlike(row, one)) : undefined;
      found.push(twin ? duplicateOf(twin, row) : missingAtStripe(row));
    }
    return this.paired(found, transactions, rows);
  }

  /** What no id brought together, one by one with each other: only what nothing else fits is one. */
  paired(found: readonly Finding[], transactions: readonly GatewayTransaction[], rows: readonly PaymentHistoryRow[]): Finding[] {
    let left = [...found];
    for (const store of ['ledger', 'payment_history'] as const) {
      const free = (finding: Finding): boolean => {
        const settledAt = this.settled.get(discrepancyIdOf('transactions', finding));
        return finding.store === store && settledAt !== null && settledAt !== finding.amountMinor;
      };
      const lacking = left.filter((finding) => free(finding) && finding.reason === (store === 'ledger' ? 'missing-in-ledger' : 'missing-in-payment-history')).flatMap((finding) => {
        const one = transactions.find(({ id }) => id === finding.subjectIds[0]);
        return one?.kind ? [{ finding, key: one.id, kind: one.kind as string, amountMinor: one.amountMinor, feeMinor: one.feeMinor, currency: one.currency, status: store === 'ledger' ? null : expectedStatusOf(one.kind, one.amountMinor), at: store === 'ledger' ? Date.parse(one.createdOn) : one.createdAt, on: one.createdOn }] : [];
      });
      const strays = left.filter((finding) => free(finding) && finding.reason === 'missing-at-stripe').flatMap((finding) => {
        const row = rows.find(({ id }) => finding.subjectIds[0] === `payment_history/${id}`);
        if (row) return [{ finding, key: `payment_history/${row.id}`, kind: row.kind, amountMinor: row.amountMinor, feeMinor: row.feeMinor, currency: row.currency, status: row.status as string | null, at: row.createdAt, on: row.createdOn }];
        const own = this.entries.filter((entry) => entry.id === finding.objectId);
        const feeMinor = own.reduce((sum, entry) => sum + entry.fee, 0);
        return store === 'ledger' ? [{ finding, key: finding.objectId, kind: 'payment', amountMinor: feeMinor - finding.amountMinor, feeMinor, currency: 'usd', status: null, at: Date.parse(finding.occurredOn), on: finding.occurredOn }] : [];
      });
      type Side = (typeof lacking)[number] | (typeof strays)[number];
      const taken = new Set<Side>();
      const apart = (a: Side, b: Side): number => Math.abs(a.at - b.at);
      const differs = (a: Side, b: Side): string[] => (['currency', 'amountMinor', 'feeMinor', 'status'] as const).filter((field) => a[field] !== b[field]);
      const isAlike = (a: Side, b: Side): boolean => a.kind === b.kind && Math.sign(a.amountMinor) === Math.sign(b.amountMinor);
      const atOnce = (a: Side, b: Side): boolean => isAlike(a, b) && apart(a, b) <= 60_000 && differs(a, b).length === 0;
      const within = (a: Side, b: Side): boolean => {
        const [only, ...more] = differs(a, b);
        if (!isAlike(a, b) || apart(a, b) > 86_400_000 || more.length > 0) return false;
        if (only === 'currency' || only === 'amountMinor') return store !== 'ledger' && apart(a, b) <= 60_000 && (only === 'currency' || a.feeMinor !== 0);
        return true;
      };
      const tell = (one: (typeof lacking)[number], other: (typeof strays)[number]): void => {
        taken.add(one).add(other);
        const apartIn = differs(one, other)[0] ?? (one.on.slice(0, 7) === other.on.slice(0, 7) ? undefined : 'month');
        const reason = apartIn === undefined ? 'id-differs' : (`id-and-${apartIn.replace('Minor', '')}-differ` as Finding['reason']);
        const amountMinor = apartIn === 'currency' ? one.amountMinor : apartIn === 'amountMinor' ? one.amountMinor - other.amountMinor : apartIn === 'feeMinor' ? one.feeMinor - other.feeMinor : 0;
        left = [...left.filter((finding) => finding !== one.finding && finding !== other.finding), { ...one.finding, reason, amountMinor }];
      };
      for (const name of this.linked) {
        const [one, other] = [lacking.find(({ key }) => name.startsWith(`${key}|`)), strays.find(({ key }) => name.endsWith(`|${key}`))];
        if (one && other) tell(one, other);
      }
      for (const fits of [atOnce, within]) {
        const free = { lacking: lacking.filter((one) => !taken.has(one)), strays: strays.filter((one) => !taken.has(one)) };
        const may = (one: Side, other: Side): boolean => fits(one, other) && !this.refused.has(`${one.key}|${other.key}`);
        for (const one of free.lacking) {
          const others = free.strays.filter((other) => may(one, other));
          const [other] = others;
          if (other && others.length === 1 && free.lacking.filter((each) => may(each, other)).length === 1) tell(one, other);
        }
      }
    }
    return left;
  }
}

const nameOf = (finding: Finding): string => `${finding.reason} ${finding.objectId} ${finding.balanceTransactionId ?? '-'} ${finding.amountMinor}`;
const standing = sql('test.standing', "SELECT d.reason || ' ' || d.object_id || ' ' || coalesce(d.balance_transaction_id, '-') || ' ' || d.amount_minor AS name FROM discrepancy_spells s JOIN discrepancies d ON d.id = s.discrepancy_id WHERE s.level = 'transactions' AND s.ended_sequence IS NULL");
const explaining = sql('test.explaining', "INSERT OR REPLACE INTO stripe_invoice_items (id, customer_id, amount_minor, currency, is_proration, is_deleted, created_at, observed_at, raw) SELECT ?, 'cus_1', amount_minor, currency, 0, 0, 0, 0, '{}' FROM discrepancies WHERE id = ?");
const standingWork = sql(
  'test.standing-work',
  `SELECT d.id, json_extract(d.detail, '$.pair') IS NOT NULL AS "isPair", d.status IN ('ignored', 'resolved') AS "isOver",
          EXISTS (SELECT 1 FROM discrepancy_steps st WHERE st.discrepancy_id = d.id AND st.actor = 'ana' AND st.undoes IS NULL AND st.rowid = (SELECT max(rowid) FROM discrepancy_steps WHERE discrepancy_id = d.id)) AS "isSaid"
     FROM discrepancies d WHERE EXISTS (SELECT 1 FROM discrepancy_spells s WHERE s.discrepancy_id = d.id AND s.level = 'transactions' AND s.ended_sequence IS NULL) OR d.link_to = 'refused/pair' ORDER BY d.id`,
);
interface Said {
  readonly id: string;
  readonly transactionId: string;
  readonly status: string;
  readonly amountMinor: number;
  readonly linkTo: string | null;
  readonly rowId: number | null;
  readonly pairId: string | null;
}
const people = sql(
  'test.people',
  `SELECT id, balance_transaction_id AS "transactionId", status, amount_minor AS "amountMinor", link_to AS "linkTo", json_extract(detail, '$.other.rowId') AS "rowId", json_extract(detail, '$.pair.objectId') AS "pairId" FROM discrepancies
    WHERE status = 'ignored' OR (status = 'resolved' AND marked_as = 'linked')`,
);
const working = sql('test.working', "SELECT count(*) AS count FROM discrepancies WHERE status IN ('open', 'assigned', 'on-hold')");
const standingUnsettled = sql('test.unsettled', "SELECT count(*) AS count FROM discrepancy_spells s JOIN discrepancies d ON d.id = s.discrepancy_id WHERE s.level = 'transactions' AND s.ended_sequence IS NULL AND d.status NOT IN ('ignored', 'resolved')");
const runsOf = sql('test.runs', 'SELECT method, appeared, remaining, gone, found FROM reconciliation_runs ORDER BY sequence');

describe('random worlds', () => {
  it(`are found as a plain comparison finds them, and after a change as by a run over everything (${runs} worlds)`, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(change, { maxLength: 14 }), { minLength: 2, maxLength: 4 }), async (steps) => {
        using ledger = openTemporaryDatabase();
        const { database } = ledger;
        database.unitOfWork.run('links', (writable) => {
          writable.run(refundsOf);
          writable.run(disputesOf);
        });
        const world = new World();
        let before: string[] = [];
        for (const [step, changes] of steps.entries()) {
          for (const made of changes) world.apply(database, made);
          const service = createReconciliation({ gateway: listedGateway([...world.listed.values()]), database, unitOfWork: database.unitOfWork, clock: fixedClock(now + step * hourMs), zone, accounts: comparedAccounts, chunkSize: 4 });
          world.listen(database);
          const result = await service.reconcileTransactions({}, unattended);
          const expected = world.findings().map(nameOf).toSorted();
          const found = database.all<{ name: string }>(standing).map(({ name }) => name).toSorted();
          expect(result.method).toBe(step === 0 ? 'full' : 'incremental');
          expect(found).toEqual(expected);
          // What a person settled stays settled at its amount; everything else that stands is open, and nothing else is.
          expect(database.get(working)).toEqual(database.get(standingUnsettled));
          const full = await service.reconcileTransactions({ isFull: true }, unattended);
          const told = ({ compared, matched, found: count, sums, byReason, inputsHash }: typeof full) => ({ compared, matched, count, sums, byReason, inputsHash });
          expect(told(result)).toEqual(told(full));
          expect(full).toMatchObject({ method: 'full', appeared: 0, gone: 0, remaining: expected.length, opened: 0, settled: 0, reopened: 0 });
          expect(result.appeared - result.gone).toBe(expected.length - before.length);
          before = expected;
        }
        expect(database.all(runsOf)).toHaveLength(steps.length * 2);
      }),
      { numRuns: runs },
    );
  }, 60_000 + runs * 1_000);
});
