/** The rows a measure is the sum of, as far as they are not movements of MRR: trials, failed charges, entries of partner revenue; the latest of them. */
import type { Why } from '../../shared/api/primitives.ts';
import { formatMoney } from '../../shared/money/format.ts';
import { sql, type ReadableDatabase } from '../database/handles.ts';
import { accountCodes } from '../ledger/account-codes.ts';
import type { MonthRange } from './revenue-measure-calculation.ts';

type Source = Why['sources'][number];

const endedTrials = sql(
  'measure-sources.trials',
  `SELECT t.subscription_id AS id, coalesce(c.name, c.email, t.customer_id) AS name, t.started_month AS startedMonth, t.ended_month AS endedMonth, t.is_converted AS isConverted FROM revenue_trials AS t LEFT JOIN stripe_customers AS c ON c.id = t.customer_id
    WHERE t.started_month BETWEEN :from AND :to OR t.ended_month BETWEEN :from AND :to ORDER BY coalesce(t.ended_month, t.started_month) DESC, t.subscription_id LIMIT :limit`,
);
const failedCharges = sql(
  'measure-sources.failed',
  `SELECT id, amount_minor AS amountMinor, currency, failure_code AS failureCode FROM stripe_charges WHERE created_at >= :start AND created_at < :end AND status = 'failed' AND (:currency IS NULL OR currency = :currency) ORDER BY created_at DESC, id DESC LIMIT :limit`,
);
const partnerEntries = sql(
  'measure-sources.partner-entries',
  `SELECT e.id, e.entry_date AS entryDate, e.memo, p.currency, sum(iif(p.direction = 'credit', p.amount_minor, -p.amount_minor)) AS amountMinor FROM posting_lines AS p CROSS JOIN journal_entries AS e ON e.ledger_sequence = p.ledger_sequence
    WHERE p.account_code = '${accountCodes.partnerRevenue}' AND e.entry_date >= :from AND e.entry_date < :until AND (:currency IS NULL OR p.currency = :currency) GROUP BY p.ledger_sequence, p.currency ORDER BY abs(amountMinor) DESC, p.ledger_sequence LIMIT :limit`,
);
const locale = 'en-US';

export function readEndedTrials(database: ReadableDatabase, { from, to }: MonthRange, limit: number): Source[] {
  const rows = database.all<{ id: string; name: string; startedMonth: string; endedMonth: string | null; isConverted: number }>(endedTrials, { from, to, limit });
  return rows.map(({ id, name, startedMonth, endedMonth, isConverted }) => ({ kind: 'stripe-subscription', id, label: `${name}: begun ${startedMonth}, ${endedMonth === null ? 'still running' : `ended ${endedMonth}, ${isConverted === 1 ? 'paid for afterwards' : 'not paid for'}`}` }));
}

export function readFailedCharges(database: ReadableDatabase, wanted: { start: number; end: number; currency: string | null; limit: number }): Source[] {
  const rows = database.all<{ id: string; amountMinor: number; currency: string; failureCode: string | null }>(failedCharges, wanted);
  return rows.map(({ id, amountMinor, currency, failureCode }) => ({ kind: 'stripe-charge', id, label: `${formatMoney(amountMinor, currency, locale)}${failureCode === null ? '' : `, ${failureCode}`}` }));
}

export function readPartnerEntries(database: ReadableDatabase, wanted: { from: string; until: string; currency: string | null; limit: number }): Source[] {
  const rows = database.all<{ id: string; entryDate: string; memo: string; currency: string; amountMinor: number }>(partnerEntries, wanted);
  return rows.map(({ id, entryDate, memo, currency, amountMinor }) => ({ kind: 'journal-entry', id, label: `${entryDate}, ${memo}: ${formatMoney(amountMinor, currency, locale)}` }));
}
