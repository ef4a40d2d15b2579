/**
 * Read models of the reconciliation screen: the newest runs, what is open, a window of differences, one difference with its three sides.
 */
import { sql, type ReadableDatabase, type SqlValue } from '../database/handles.ts';
import type { discrepancyReasons } from '../../shared/api/reconciliation.contract.ts';
import type { TimeZone } from '../../shared/calendar/time-zone.ts';
import { lineReason, shownMinorOf } from '../reconciliation/shown-amount.ts';
import type { ComparedStore } from '../reconciliation/transaction-matching.ts';
import { findAccountToMatch, linkOfPayoutToMatch } from './bank-lines.queries.ts';
import { comparedFields } from './compared-fields.ts';
import { readComparedSources, type KeptSide } from './compared-sources.queries.ts';

export interface MoneyRow {
  readonly amount: number;
  readonly currency: string;
}

// ── Summary ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

const newestRuns = sql(
  'reconciliation.newest-runs',
  `SELECT id, level, as_of_at AS "asOf", from_at AS "from", to_at AS "to", finished_at AS "finishedAt", compared, matched, found, summary
     FROM reconciliation_runs AS run
    WHERE NOT EXISTS (SELECT 1 FROM reconciliation_runs AS later WHERE later.level = run.level AND (later.finished_at, later.id) > (run.finished_at, run.id))
    ORDER BY CASE level WHEN 'drift' THEN 1 WHEN 'transactions' THEN 2 WHEN 'payouts' THEN 3 ELSE 4 END`,
);
const openByReason = sql('reconciliation.open-by-reason', "SELECT reason, count(*) AS count FROM discrepancies WHERE status IN ('open', 'assigned', 'on-hold') GROUP BY reason ORDER BY count DESC, reason");
const countByStatus = sql('reconciliation.count-by-status', 'SELECT status, count(*) AS count FROM discrepancies GROUP BY status ORDER BY status');
const atRisk = sql('reconciliation.at-risk', "SELECT sum(abs(amount_minor)) AS amount, currency FROM discrepancies WHERE status IN ('open', 'assigned', 'on-hold') AND amount_minor <> 0 GROUP BY currency ORDER BY currency");
const payoutTies = sql('reconciliation.payout-ties', "SELECT compared AS total, matched AS tied FROM reconciliation_runs WHERE level = 'payouts' ORDER BY finished_at DESC, id DESC LIMIT 1");
const payoutsInTransit = sql('reconciliation.payouts-in-transit', "SELECT sum(amount_minor) AS amount, currency FROM stripe_payouts WHERE status IN ('pending', 'in_transit') GROUP BY currency ORDER BY currency");

export interface RunRow {
  readonly id: string;
  readonly level: 'drift' | 'transactions' | 'payouts' | 'bank';
  readonly asOf: number;
  readonly from: number | null;
  readonly to: number | null;
  readonly finishedAt: number;
  readonly compared: number;
  readonly matched: number;
  readonly found: number;
  readonly summary: string;
}

export interface RunSumView {
  readonly store: 'stripe' | 'ledger' | 'payment_history' | 'bank';
  readonly currency: string;
  readonly count: number;
  readonly amountMinor: number;
}

interface RunSummary {
  readonly sums: RunSumView[];
  /** Of a run over payouts: what Stripe said it held beside the clearing account, at that moment. */
  readonly balances?: readonly { readonly currency: string; readonly stripeMinor: number; readonly ledgerMinor: number }[];
}

export type DiscrepancyReasonName = (typeof discrepancyReasons)[number];
export type DiscrepancyStatusName = 'open' | 'assigned' | 'resolved' | 'ignored' | 'on-hold';

export function readReconciliationSummary(database: ReadableDatabase) {
  const runs = database.all<RunRow>(newestRuns).map(({ summary, ...run }) => ({ run, summary: JSON.parse(summary) as RunSummary }));
  return {
    runs: runs.map(({ run, summary }) => ({ ...run, sums: summary.sums })),
    open: database.all<{ reason: DiscrepancyReasonName; count: number }>(openByReason),
    statusCounts: database.all<{ status: DiscrepancyStatusName; count: number }>(countByStatus),
    atRisk: database.all<MoneyRow>(atRisk),
    stripeBalance: (runs.find(({ run }) => run.level === 'payouts')?.summary.balances ?? []).map(({ currency, stripeMinor, ledgerMinor }) => ({ currency, ledgerMinor, stripeMinor })),
    payouts: { ...(database.get<{ total: number; tied: number }>(payoutTies) ?? { total: 0, tied: 0 }), inTransit: database.all<MoneyRow>(payoutsInTransit) },
  };
}

// ── The list ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

const rowColumns = `id, level, reason, object_id AS "objectId", balance_transaction_id AS "balanceTransactionId", status, assignee, hold_until AS "holdUntil", occurred_on AS "occurredOn", amount_minor AS "amountMinor", currency`;
/** The amount as it is shown (shown-amount.ts). */
export const shownMinorSql = (table: string): string => `iif(${table}.reason = '${lineReason}', -${table}.amount_minor, ${table}.amount_minor)`;
const bankLineName = "coalesce(line.counterparty_name || ': ', '') || line.description";
/** What a person calls the object: a line of a bank statement by its words, everything else by its id. */
export const objectNameSql = (table: string): string =>
  `coalesce((SELECT ${bankLineName} FROM bank_lines AS line WHERE line.id = ${table}.object_id), ${table}.object_id)`;
/** Whether `:text`, in small letters, is in the object’s id, its transaction’s or a bank line’s words. */
export const isNamedSql = `(instr(lower(object_id), :text) > 0 OR instr(lower(coalesce(balance_transaction_id, '')), :text) > 0 OR object_id IN (SELECT line.id FROM bank_lines AS line WHERE instr(lower(${bankLineName}), :text) > 0))`;
const namedRowColumns = `${rowColumns}, ${objectNameSql('discrepancies')} AS "objectName"`;
/** The columns of a {@link DiscrepancyRow} in a statement that joins. */
export const discrepancyRowColumns = (table: string): string => `${rowColumns.split(', ').map((column) => `${table}.${column}`).join(', ')}, ${objectNameSql(table)} AS "objectName"`;

export interface DiscrepancyRow {
  readonly id: string;
  readonly level: RunRow['level'];
  readonly reason: DiscrepancyReasonName;
  readonly objectId: string;
  readonly objectName: string;
  readonly balanceTransactionId: string | null;
  readonly status: DiscrepancyStatusName;
  readonly assignee: string | null;
  readonly holdUntil: string | null;
  readonly occurredOn: string;
  readonly amountMinor: number;
  readonly currency: string;
}

const hints: Readonly<Record<DiscrepancyReasonName, string>> = {
  'missing-in-ledger': 'Stripe lists it, the journal has no entry. Sync with Stripe, then reconcile again.',
  'missing-in-payment-history': 'Stripe lists it, the company’s records do not. Ask the back end for the record.',
  'missing-at-stripe': 'We have a record that Stripe does not list. Check where it came from.',
  'amount-differs': 'The amounts differ. Stripe’s is what was settled.',
  'fee-differs': 'The fees differ. Stripe’s balance transaction decides.',
  'currency-differs': 'The currencies differ. The settlement currency is Stripe’s.',
  'status-differs': 'The record’s status does not follow what happened at Stripe.',
  'duplicate-in-payment-history': 'The company’s records carry the same payment twice.',
  'exchange-rate-differs': 'The books converted at another rate than Stripe. Stripe’s is what was settled at.',
  'duplicate-in-ledger': 'The journal carries the same transaction twice. Reverse the entry that is too many.',
  'orphan-refund': 'Money went back for a payment that Stripe does not list. Find the payment, or write the refund off.',
  'dispute-without-write-off': 'The disputed money is gone and still waits on a holding account. Write it off, or find its payment.',
  'period-cut-off': 'The two records count for different months. One month is short of it, the other has it too many.',
  timing: 'The record is dated more than a day away from the payment.',
  'id-differs': 'Stripe lists it, and a record that Stripe does not list agrees in everything but the id. Link them as one, or say that they are two.',
  'id-and-currency-differ': 'Perhaps the same payment under another id and in another currency. Link them as one, or say that they are two.',
  'id-and-amount-differ': 'Perhaps the same payment under another id and with another amount. Link them as one, or say that they are two.',
  'id-and-fee-differ': 'Perhaps the same payment under another id and with another fee. Link them as one, or say that they are two.',
  'id-and-status-differ': 'Perhaps the same payment under another id and with another status. Link them as one, or say that they are two.',
  'id-and-month-differ': 'Perhaps the same payment under another id, dated in another month. Link them as one, or say that they are two.',
  'balance-not-proved': 'The balance is not what its transactions come to. Reconcile transactions in full, then look at postings on the clearing account.',
  'payout-without-bank-line': 'Stripe paid it out; no bank statement of those days shows it. Ask the bank, or match it by hand.',
  'bank-line-unmatched': 'Nobody has said what this bank line is. Match it, or post it to an account.',
  'bank-residual': 'A match left a difference on suspense. Say where it belongs.',
};

const sortColumns: Readonly<Record<string, string>> = { reason: 'reason', objectId: 'object_id', occurredOn: 'occurred_on', amount: shownMinorSql('discrepancies'), status: 'status' };

export interface DiscrepancyWindow {
  readonly startAt: number;
  readonly limit: number;
  readonly sort?: { readonly column: string; readonly direction: 'ascending' | 'descending' } | undefined;
  readonly filter?: { readonly status?: DiscrepancyStatusName | undefined; readonly reason?: DiscrepancyReasonName | undefined; readonly level?: RunRow['level'] | undefined; readonly from?: string | undefined; readonly to?: string | undefined; readonly assignee?: string | undefined; readonly text?: string | undefined } | undefined;
}

const isListed =
  `(:status IS NULL OR status = :status) AND (:reason IS NULL OR reason = :reason) AND (:level IS NULL OR level = :level) AND (:from IS NULL OR occurred_on >= :from) AND (:to IS NULL OR occurred_on <= :to) AND (:assignee IS NULL OR assignee = :assignee) AND (:text IS NULL OR ${isNamedSql})`;
const listTotal = sql('reconciliation.list-total', `SELECT count(*) AS total FROM discrepancies WHERE ${isListed}`);
const listSums = sql('reconciliation.list-sums', `SELECT sum(${shownMinorSql('discrepancies')}) AS amount, currency FROM discrepancies WHERE ${isListed} GROUP BY currency ORDER BY currency`);

export function listDiscrepancies(database: ReadableDatabase, window: DiscrepancyWindow) {
  const { filter } = window;
  const values: Record<string, SqlValue> = { status: filter?.status ?? null, reason: filter?.reason ?? null, level: filter?.level ?? null, from: filter?.from ?? null, to: filter?.to ?? null, assignee: filter?.assignee ?? null, text: filter?.text ? filter.text.toLowerCase() : null };
  const column = sortColumns[window.sort?.column ?? 'occurredOn'] ?? 'occurred_on';
  const direction = (window.sort?.direction ?? 'descending') === 'ascending' ? 'ASC' : 'DESC';
  const listWindow = sql(`reconciliation.list-by-${window.sort?.column ?? 'occurredOn'}-${direction}`, `SELECT ${namedRowColumns} FROM discrepancies WHERE ${isListed} ORDER BY ${column} ${direction}, id LIMIT :limit OFFSET :startAt`);
  return {
    rows: database.all<DiscrepancyRow>(listWindow, { ...values, limit: window.limit, startAt: window.startAt }).map(toDiscrepancyView),
    total: database.get<{ total: number }>(listTotal, values)?.total ?? 0,
    sums: database.all<MoneyRow>(listSums, values),
  };
}

/** One difference as lists show it, with what to do first; of a settled one nothing is to be done. */
export function toDiscrepancyView({ amountMinor, currency, ...row }: DiscrepancyRow) {
  return { ...row, amount: { amount: shownMinorOf({ reason: row.reason, amountMinor }), currency }, hint: hintOf(row) };
}

function hintOf(row: Pick<DiscrepancyRow, 'status' | 'level' | 'reason'>): string {
  if (row.status === 'resolved') return 'Settled. Its story says how.';
  if (row.status === 'ignored') return 'Ignored. Its story says why.';
  if (row.reason !== 'amount-differs') return hints[row.reason];
  return row.level === 'payouts' ? 'The payout is not what its transactions sum to.' : row.level === 'bank' ? 'The bank line names it, and has another amount.' : hints[row.reason];
}

// ── One difference ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────

const one = sql('reconciliation.one', `SELECT ${namedRowColumns}, detail, first_seen_at AS "firstSeenAt", last_seen_at AS "lastSeenAt" FROM discrepancies WHERE id = ?`);
const steps = sql('reconciliation.steps', 'SELECT recorded_at AS at, actor, action, note FROM discrepancy_steps WHERE discrepancy_id = ? ORDER BY recorded_at, rowid');
const rawOf = sql('reconciliation.raw', 'SELECT raw FROM stripe_balance_transactions WHERE id = ?');

interface Detail {
  readonly store: ComparedStore;
  readonly stripe: KeptSide | null;
  readonly other: KeptSide | null;
  /** Stripe's object, where the reconciliation kept it. */
  readonly raw?: string;
  /** Of a pair: what spoke for it, and the ids of the store's side. */
  readonly pair?: PairView;
}
interface PairView {
  readonly score: number;
  readonly reasons: readonly string[];
  readonly objectId: string;
  readonly balanceTransactionId: string | null;
}

/** Of a payout that no line shows. */
function linkToMatch(database: ReadableDatabase, { reason, objectId, currency, occurredOn }: Pick<DiscrepancyRow, 'reason' | 'objectId' | 'currency' | 'occurredOn'>): string | null {
  return reason === 'payout-without-bank-line' ? linkOfPayoutToMatch({ id: objectId, currency, on: occurredOn, accountId: findAccountToMatch(database, currency) }) : null;
}

/** @param zone the reporting zone: days are compared in it. Undefined when there is none. */
export function readDiscrepancy(database: ReadableDatabase, id: string, zone: TimeZone) {
  const found = database.get<DiscrepancyRow & { detail: string; firstSeenAt: number; lastSeenAt: number }>(one, [id]);
  if (!found) return undefined;
  const { detail: detailText, firstSeenAt, lastSeenAt, ...row } = found;
  const { store, stripe, other, raw, pair } = JSON.parse(detailText) as Detail;
  const answer = readComparedSources(database, { ...row, store, stripe, other, pair: pair ?? null }, zone);
  return {
    ...toDiscrepancyView(row),
    fields: comparedFields({ level: row.level, reason: row.reason, store, objectId: row.objectId }, answer.sides),
    pair: pair && store !== 'bank' ? { score: pair.score, reasons: [...pair.reasons], store, objectId: pair.objectId, balanceTransactionId: pair.balanceTransactionId } : null,
    history: database.all<{ at: number; actor: string; action: string; note: string | null }>(steps, [id]),
    firstSeenAt,
    lastSeenAt,
    raw: answer.raw ?? (row.balanceTransactionId === null ? undefined : database.get<{ raw: string }>(rawOf, [row.balanceTransactionId])?.raw) ?? raw ?? null,
    journalEntryId: answer.journalEntryId,
    bankLink: answer.bankLine?.link ?? linkToMatch(database, row),
    bankLineId: answer.bankLine?.id ?? null,
    bankAccountCode: answer.bankAccountCode ?? null,
  };
}
