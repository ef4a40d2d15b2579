/** The short report on reconciliation: what the last day brought, what is open, and what deserves an alert. */
import { addDays, type LocalDate } from '../../shared/calendar/local-date.ts';
import type { TimeZone } from '../../shared/calendar/time-zone.ts';
import { convertMinorUnits } from '../../shared/money/money.ts';
import { sql, type ReadableDatabase } from '../database/handles.ts';
import type { RateOf } from '../ledger/valuation.ts';
import { objectNameSql, readReconciliationSummary, type MoneyRow, type RunRow } from './reconciliation.queries.ts';
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

export interface ReconciliationReport {
  readonly asOf: number;
  readonly day: LocalDate;
  readonly runs: readonly { readonly level: RunRow['level']; readonly finishedAt: number; readonly compared: number; readonly matched: number; readonly found: number }[];
  /** First seen since the day before. */
  readonly fresh: { readonly count: number; readonly atRisk: readonly MoneyRow[] };
  readonly back: number;
  readonly settled: number;
  readonly open: { readonly count: number; readonly overdue: number; readonly unassigned: number; readonly atRisk: readonly MoneyRow[] };
  readonly biggest: readonly { readonly id: string; readonly reason: string; readonly objectId: string; readonly objectName: string; readonly amount: MoneyRow; readonly occurredOn: string; readonly assignee: string | null }[];
  readonly missingMoney: readonly { readonly kind: string; readonly count: number; readonly atRisk: readonly MoneyRow[] }[];
  readonly alerts: readonly { readonly kind: 'many-new' | 'large-amount' | 'no-run' | 'balance-differs'; readonly message: string }[];
}

const unsettled = "status IN ('open', 'assigned', 'on-hold')";
const openCounts = sql('report.open', `SELECT count(*) AS count, coalesce(sum(${isOverdueSql}), 0) AS overdue, coalesce(sum(assignee IS NULL), 0) AS unassigned FROM discrepancies WHERE ${unsettled}`);
const openRisk = sql('report.open-risk', `SELECT currency, sum(abs(amount_minor)) AS amount FROM discrepancies WHERE ${unsettled} GROUP BY currency HAVING amount > 0 ORDER BY currency`);
const freshRows = sql('report.fresh', `SELECT currency, count(*) AS count, sum(abs(amount_minor)) AS amount, max(abs(amount_minor)) AS largest FROM discrepancies WHERE ${unsettled} AND first_seen_at >= ? GROUP BY currency ORDER BY currency`);
const countSteps = sql('report.steps', "SELECT count(DISTINCT discrepancy_id) AS count FROM discrepancy_steps WHERE recorded_at >= :since AND action = :action AND (:isProgram = 0 OR actor = 'daybook') AND (:from = '' OR from_status = :from)");
const biggestRows = sql('report.biggest', `SELECT id, reason, object_id AS "objectId", ${objectNameSql('discrepancies')} AS "objectName", amount_minor AS amount, currency, occurred_on AS "occurredOn", assignee FROM discrepancies WHERE ${unsettled} ORDER BY abs(amount_minor) DESC, id LIMIT 5`);

export function readReconciliationReport(database: ReadableDatabase, question: ReportQuestion): ReconciliationReport {
  const { zone, now, dueDays } = question;
  const day = zone.dateOf(now);
  const since = zone.startOf(addDays(day, -1));
  const fresh = database.all<{ currency: string; count: number; amount: number; largest: number }>(freshRows, [since]);
  const summary = readReconciliationSummary(database);
  const steps = (action: string, isProgram: 0 | 1, from: string): number => database.get<{ count: number }>(countSteps, { since, action, isProgram, from })?.count ?? 0;
  const count = fresh.reduce((sum, row) => sum + row.count, 0);
  return {
    asOf: now, day, runs: summary.runs.map(({ level, finishedAt, compared, matched, found }) => ({ level, finishedAt, compared, matched, found })),
    fresh: { count, atRisk: fresh.filter((row) => row.amount > 0).map(({ amount, currency }) => ({ amount, currency })) }, back: steps('reopen', 1, 'resolved'), settled: steps('resolve', 0, ''),
    open: { ...(database.get<{ count: number; overdue: number; unassigned: number }>(openCounts, { today: day, overdueBefore: overdueBefore({ zone, today: day, dueDays }) }) ?? { count: 0, overdue: 0, unassigned: 0 }), atRisk: database.all<MoneyRow>(openRisk) },
    biggest: database.all<{ id: string; reason: string; objectId: string; objectName: string; amount: number; currency: string; occurredOn: string; assignee: string | null }>(biggestRows).map(({ amount, currency, ...row }) => ({ ...row, amount: { amount, currency } })),
    missingMoney: question.missingMoney.map(({ kind, count: found, atRisk }) => ({ kind, count: found, atRisk })),
    alerts: alertsOf(question, count, fresh, summary),
  };
}

function alertsOf(question: ReportQuestion, count: number, fresh: readonly { readonly currency: string; readonly largest: number }[], summary: ReturnType<typeof readReconciliationSummary>): ReconciliationReport['alerts'] {
  const { alertCount, alertMinor, functionalCurrency, rateOf, now } = question;
  const alerts: { kind: ReconciliationReport['alerts'][number]['kind']; message: string }[] = [];
  const newest = Math.max(0, ...summary.runs.filter((run) => run.level === 'transactions').map((run) => run.finishedAt));
  if (now - newest > 26 * 3_600_000) alerts.push({ kind: 'no-run', message: newest === 0 ? 'Nothing was ever reconciled.' : 'The last reconciliation is more than a day old.' });
  const untied = summary.stripeBalance.filter((row) => row.ledgerMinor !== row.stripeMinor);
  if (untied.length > 0) alerts.push({ kind: 'balance-differs', message: `The clearing account and Stripe say different things in ${untied.map((row) => row.currency.toUpperCase()).join(', ')}.` });
  if (count >= alertCount) alerts.push({ kind: 'many-new', message: `${count.toLocaleString('en-US')} new ${count === 1 ? 'discrepancy' : 'discrepancies'} since yesterday.` });
  const inFunctional = ({ currency, largest }: { currency: string; largest: number }): number => {
    const rate = currency === functionalCurrency ? '1' : rateOf(currency);
    return rate === undefined ? Number.POSITIVE_INFINITY : currency === functionalCurrency ? largest : convertMinorUnits(largest, currency, functionalCurrency, rate, 'half-away-from-zero');
  };
  // Of an amount whose rate nobody knows it cannot be said that it is small.
  if (fresh.some((row) => row.largest > 0 && inFunctional(row) >= alertMinor)) alerts.push({ kind: 'large-amount', message: 'One of the new discrepancies reaches the amount that was set for alerts.' });
  return alerts;
}
