/** The short report on reconciliation: what the last day brought, what is open, and what deserves an alert. */
import { addDays, type LocalDate } from '../../shared/calendar/local-date.ts';
import type { TimeZone } from '../../shared/calendar/time-zone.ts';
import { sql, type ReadableDatabase } from '../database/handles.ts';
import type { RateOf } from '../ledger/valuation.ts';
import { leastAmountsText, leastWorth, worthOf, type LeastAmount } from './functional-worth.ts';
import { objectNameSql, readReconciliationSummary, shownMinorSql, type MoneyRow, type RunRow } from './reconciliation.queries.ts';
import type { MissingMoneyFinding } from './missing-money.queries.ts';
import { isOverdueSql, overdueBefore } from './workbench-filter.ts';

export interface ReportQuestion {
  readonly zone: TimeZone;
  readonly now: number;
  readonly dueDays: number;
  readonly alertCount: number;
  /** In functional currency, minor units. */
  readonly alertMinor: number;
  readonly functionalCurrency: string;
  readonly rateOf: RateOf;
  readonly missingMoney: readonly MissingMoneyFinding[];
}

/** A difference as the report names it. */
export interface ReportedDiscrepancy {
  readonly id: string;
  readonly reason: string;
  readonly objectId: string;
  readonly objectName: string;
  readonly amount: MoneyRow;
  /** In functional currency, without sign; null: no rate of its currency is known. */
  readonly worth: MoneyRow | null;
  readonly occurredOn: string;
  readonly assignee: string | null;
}

export interface ReportAlert {
  readonly kind: 'many-new' | 'large-amount' | 'no-run' | 'balance-differs';
  readonly message: string;
  /** Where all that it is about stands. */
  readonly link: string;
  /** The largest of what it is about, at most {@link namedAtMost}. */
  readonly discrepancies: readonly ReportedDiscrepancy[];
  /** So many more than are named. */
  readonly more: number;
}

export interface ReconciliationReport {
  readonly asOf: number;
  readonly day: LocalDate;
  readonly runs: readonly { readonly level: RunRow['level']; readonly finishedAt: number; readonly compared: number; readonly matched: number; readonly found: number }[];
  /** First seen since the day before. */
  readonly fresh: { readonly count: number; readonly atRisk: readonly MoneyRow[] };
  readonly back: number;
  /** What was settled since the day before in any way (resolved, posted, written off, linked, ignored, marked as timing, no longer found) and is so still. */
  readonly settled: number;
  readonly open: { readonly count: number; readonly overdue: number; readonly unassigned: number; readonly atRisk: readonly MoneyRow[] };
  /** By what they are worth in functional currency; after them the largest of each currency without a rate. */
  readonly biggest: readonly ReportedDiscrepancy[];
  /** Currencies of what is open that no rate is known of: nobody can say where their amounts stand among the others. */
  readonly unrated: readonly string[];
  readonly missingMoney: readonly { readonly kind: string; readonly count: number; readonly atRisk: readonly MoneyRow[] }[];
  readonly alerts: readonly ReportAlert[];
}

export const namedAtMost = 5;

const unsettled = "status IN ('open', 'assigned', 'on-hold')";
const openCounts = sql('report.open', `SELECT count(*) AS count, coalesce(sum(${isOverdueSql}), 0) AS overdue, coalesce(sum(assignee IS NULL), 0) AS unassigned FROM discrepancies WHERE ${unsettled}`);
const openRisk = sql('report.open-risk', `SELECT currency, sum(abs(amount_minor)) AS amount FROM discrepancies WHERE ${unsettled} GROUP BY currency ORDER BY currency`);
const freshRows = sql('report.fresh', `SELECT currency, count(*) AS count, sum(abs(amount_minor)) AS amount FROM discrepancies WHERE ${unsettled} AND first_seen_at >= ? GROUP BY currency ORDER BY currency`);
const countReaching = sql('report.reaching', `SELECT count(*) AS count FROM discrepancies WHERE ${unsettled} AND first_seen_at >= :since AND currency = :currency AND abs(amount_minor) >= :least`);
// Of one currency at a time: within it the larger amount is worth more, whatever the rate.
const largestOf = sql(
  'report.largest',
  `SELECT id, reason, object_id AS "objectId", ${objectNameSql('discrepancies')} AS "objectName", ${shownMinorSql('discrepancies')} AS amount, currency, occurred_on AS "occurredOn", assignee FROM discrepancies
    WHERE ${unsettled} AND first_seen_at >= :since AND currency = :currency AND abs(amount_minor) >= :least ORDER BY abs(amount_minor) DESC, id LIMIT ${namedAtMost}`,
);
const countReturned = sql('report.returned', "SELECT count(DISTINCT discrepancy_id) AS count FROM discrepancy_steps WHERE recorded_at >= ? AND action = 'reopen' AND actor = 'daybook' AND from_status = 'resolved'");
// Taking a reopening back settles nothing anew. What came back since, or was taken back, is not settled now.
const countSettled = sql(
  'report.settled',
  `SELECT count(DISTINCT step.discrepancy_id) AS count FROM discrepancy_steps AS step CROSS JOIN discrepancies AS d ON d.id = step.discrepancy_id
    WHERE step.recorded_at >= ? AND step.action <> 'undo' AND ((step.to_status IN ('resolved', 'ignored') AND step.from_status NOT IN ('resolved', 'ignored')) OR step.action = 'mark-timing')
      AND (d.status IN ('resolved', 'ignored') OR (d.status = 'on-hold' AND d.marked_as = 'timing'))`,
);

export function readReconciliationReport(database: ReadableDatabase, question: ReportQuestion): ReconciliationReport {
  const { zone, now, dueDays } = question;
  const day = zone.dateOf(now);
  const since = zone.startOf(addDays(day, -1));
  const fresh = database.all<CurrencyRow>(freshRows, [since]);
  const inCurrencies = database.all<MoneyRow>(openRisk);
  const atRisk = inCurrencies.filter(({ amount }) => amount > 0);
  const summary = readReconciliationSummary(database);
  return {
    asOf: now, day, runs: summary.runs.map(({ level, finishedAt, compared, matched, found }) => ({ level, finishedAt, compared, matched, found })),
    fresh: { count: sumOf(fresh), atRisk: fresh.filter((row) => row.amount > 0).map(({ amount, currency }) => ({ amount, currency })) }, back: database.get<{ count: number }>(countReturned, [since])?.count ?? 0, settled: database.get<{ count: number }>(countSettled, [since])?.count ?? 0,
    open: { ...(database.get<{ count: number; overdue: number; unassigned: number }>(openCounts, { today: day, overdueBefore: overdueBefore({ zone, today: day, dueDays }) }) ?? { count: 0, overdue: 0, unassigned: 0 }), atRisk },
    biggest: biggestOf(database, question, inCurrencies.map(({ currency }) => ({ currency, amountMinor: 0 })), 0), unrated: atRisk.map(({ currency }) => currency).filter((currency) => worthOf(1, currency, question) === null),
    missingMoney: question.missingMoney.map(({ kind, count: found, atRisk: missing }) => ({ kind, count: found, atRisk: missing })),
    alerts: alertsOf(database, question, { since, fresh }, summary),
  };
}

interface CurrencyRow {
  readonly currency: string;
  readonly count: number;
  readonly amount: number;
}

const sumOf = (rows: readonly { readonly count: number }[]): number => rows.reduce((sum, row) => sum + row.count, 0);

/** The largest by their worth; after them the largest of each currency without a rate. @param least from which amount on they count, for each currency that is asked for. @param since first seen then or later. */
function biggestOf(database: ReadableDatabase, question: ReportQuestion, least: readonly LeastAmount[], since: number): ReportedDiscrepancy[] {
  const rows = least.map(({ currency, amountMinor }) => database.all<Omit<ReportedDiscrepancy, 'amount' | 'worth'> & { amount: number; currency: string }>(largestOf, { since, currency, least: amountMinor }).map(({ amount, currency: of, ...row }): ReportedDiscrepancy => {
    const worth = worthOf(amount, of, question);
    return { ...row, amount: { amount, currency: of }, worth: worth === null ? null : { amount: worth, currency: question.functionalCurrency } };
  }));
  const rated = rows.flat().filter((row) => row.worth !== null).toSorted((one, other) => (other.worth?.amount ?? 0) - (one.worth?.amount ?? 0) || (one.id < other.id ? -1 : 1));
  const unrated = rows.flatMap((list) => list.filter((row) => row.worth === null).slice(0, 1));
  return [...rated.slice(0, namedAtMost), ...unrated.slice(0, namedAtMost)];
}

function alertsOf(database: ReadableDatabase, question: ReportQuestion, { since, fresh }: { readonly since: number; readonly fresh: readonly CurrencyRow[] }, summary: ReturnType<typeof readReconciliationSummary>): ReportAlert[] {
  const { alertCount, now } = question;
  const alerts: ReportAlert[] = [];
  const add = (alert: Pick<ReportAlert, 'kind' | 'message' | 'link'> & Partial<ReportAlert>): void => void alerts.push({ discrepancies: [], more: 0, ...alert });
  const newest = Math.max(0, ...summary.runs.filter((run) => run.level === 'transactions').map((run) => run.finishedAt));
  if (now - newest > 26 * 3_600_000) add({ kind: 'no-run', message: newest === 0 ? 'Nothing was ever reconciled on this desk.' : 'The last reconciliation is more than a day old.', link: '/reconciliation/runs' });
  const untied = summary.stripeBalance.filter((row) => row.ledgerMinor !== row.stripeMinor);
  const payoutRun = summary.runs.find((run) => run.level === 'payouts');
  if (untied.length > 0) add({ kind: 'balance-differs', message: `The clearing account and Stripe say different things in ${untied.map((row) => row.currency.toUpperCase()).join(', ')}.`, link: payoutRun ? `/reconciliation/runs/${payoutRun.id}` : '/reconciliation' });
  const large = largeAlert(database, question, since, fresh);
  const count = sumOf(fresh);
  if (count >= alertCount) {
    // Each is named once: those that are large by the alert that says so.
    const named = new Set(large?.discrepancies.map(({ id }) => id));
    const others = biggestOf(database, question, fresh.map(({ currency }) => ({ currency, amountMinor: 0 })), since).filter(({ id }) => !named.has(id)).slice(0, namedAtMost);
    add({ kind: 'many-new', message: `${count.toLocaleString('en-US')} new ${count === 1 ? 'discrepancy' : 'discrepancies'} since yesterday.`, link: '/reconciliation?status=unsettled&age=0-1', discrepancies: others, more: count - others.length - named.size });
  }
  if (large) add(large);
  return alerts;
}

/** What is new and reaches the amount for alerts; of an amount whose rate nobody knows it cannot be said that it is small. */
function largeAlert(database: ReadableDatabase, question: ReportQuestion, since: number, fresh: readonly CurrencyRow[]): ReportAlert | null {
  const least = fresh.filter((row) => row.amount > 0).map(({ currency }) => leastWorth(Math.max(1, question.alertMinor), currency, question));
  const reaching = least.map((each) => ({ ...each, count: database.get<{ count: number }>(countReaching, { since, currency: each.currency, least: each.amountMinor })?.count ?? 0 })).filter((each) => each.count > 0);
  const count = sumOf(reaching);
  if (count === 0) return null;
  const discrepancies = biggestOf(database, question, reaching, since);
  const unrated = reaching.map(({ currency }) => currency).filter((currency) => worthOf(1, currency, question) === null);
  return {
    kind: 'large-amount',
    message: `${count === 1 ? 'One of the new discrepancies reaches' : `${count.toLocaleString('en-US')} of the new discrepancies reach`} the amount that was set for alerts.${unratedWords(unrated)}`,
    link: `/reconciliation?status=unsettled&age=0-1&reaching=${leastAmountsText(reaching)}`, discrepancies, more: count - discrepancies.length,
  };
}

/** What has to be said where amounts of some currencies cannot be weighed. */
const unratedWords = (currencies: readonly string[]): string => (currencies.length === 0 ? '' : ` No exchange rate of ${currencies.map((currency) => currency.toUpperCase()).join(', ')} is known: what is in ${currencies.length === 1 ? 'it' : 'them'} counts as large.`);
