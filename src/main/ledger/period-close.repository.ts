/** All SQL of closing and opening months on this desk. */
import type { LocalDate, Month } from '../../shared/calendar/local-date.ts';
import { sql, type ReadableDatabase, type WritableDatabase } from '../database/handles.ts';
import type { PeriodLogRow } from './period-state.ts';

const logColumns = 'sequence, month, action, actor, reason, at, four_eyes AS fourEyes, head_sequence AS headSequence, head_hash AS headHash, evidence, previous_hash AS previousHash, hash';
const listLog = sql('periods.log', `SELECT ${logColumns} FROM period_log ORDER BY sequence`);
const findLogHead = sql('periods.log-head', 'SELECT sequence, hash FROM period_log ORDER BY sequence DESC LIMIT 1');
const insertLog = sql(
  'periods.log-insert',
  'INSERT INTO period_log (sequence, month, action, actor, reason, at, four_eyes, head_sequence, head_hash, evidence, previous_hash, hash) VALUES (:sequence, :month, :action, :actor, :reason, :at, :fourEyes, :headSequence, :headHash, :evidence, :previousHash, :hash)',
);
const putState = sql(
  'periods.put-state',
  'INSERT INTO ledger_periods (month, state, changed_at, changed_by) VALUES (?, ?, ?, ?) ON CONFLICT (month) DO UPDATE SET state = excluded.state, changed_at = excluded.changed_at, changed_by = excluded.changed_by',
);
const listStates = sql('periods.states', 'SELECT month, state, changed_at AS changedAt, changed_by AS changedBy FROM ledger_periods ORDER BY month');
const findFirstDay = sql('periods.first-day', 'SELECT min(entry_date) AS day FROM journal_entries');
const countByMonth = sql('periods.entries-by-month', "SELECT substr(day_on, 1, 7) AS month, sum(entries) AS entries FROM account_daily_totals WHERE account_code = '' AND currency = '' GROUP BY 1");
const listImbalances = sql(
  'periods.imbalances',
  `SELECT currency, sum(debit_minor) - sum(credit_minor) AS difference FROM account_daily_totals WHERE account_code <> '' AND currency <> '' AND day_on < :end GROUP BY currency HAVING sum(debit_minor) <> sum(credit_minor)
   UNION ALL SELECT 'functional', sum(functional_minor) FROM account_daily_totals WHERE account_code <> '' AND currency <> '' AND day_on < :end HAVING sum(functional_minor) <> 0`,
);
/** An invoice waits since its draft was made; its entries stand on the days on which it was finalised, paid, voided and given up. */
const isInvoiceOfMonth = ['finalised_at', 'paid_at', 'voided_at', 'marked_uncollectible_at'].map((column) => `(i.${column} >= :start AND i.${column} < :end)`).join(' OR ');
const countUnposted = sql(
  'periods.unposted',
  `SELECT coalesce(reason_code, '') AS reason, count(*) AS count FROM unposted_facts WHERE occurred_at >= :start AND occurred_at < :end AND object_type <> 'invoice' GROUP BY 1
   UNION ALL SELECT coalesce(u.reason_code, ''), count(*) FROM unposted_facts AS u LEFT JOIN stripe_invoices AS i ON i.id = u.object_id
    WHERE u.occurred_at < :end AND u.object_type = 'invoice' AND CASE WHEN i.finalised_at IS NULL THEN u.occurred_at >= :start ELSE ${isInvoiceOfMonth} END GROUP BY 1
   UNION ALL SELECT CASE status WHEN 'staged' THEN '' ELSE coalesce(reason_code, 'parked') END, count(*) FROM sync_inbox WHERE status IN ('staged', 'parked') AND created_at >= :start AND created_at < :end GROUP BY 1 ORDER BY 1`,
);
const countPending = sql('periods.pending', "SELECT coalesce(reason_code, '') AS reason, count(*) AS count FROM provisional_entries WHERE entry_date < ? GROUP BY 1 ORDER BY 1");
/**
 * Up to when Stripe was read, by its own clock: since the lists were begun that a refill read to their end, or both what happened to objects and what moved money. One of the two without the
 * other is half of the truth.
 */
const findStripeFreshness = sql(
  'periods.stripe-freshness',
  `SELECT count(*) AS sources, nullif(max(coalesce(max(CASE WHEN source = 'stripe/refill' AND is_complete = 1 THEN cursor ->> '$.startedAt' END), 0),
            min(coalesce(max(CASE source WHEN 'stripe/events' THEN last_success_at END), 0), coalesce(max(CASE source WHEN 'stripe/balance_transactions' THEN last_success_at END), 0))), 0) AS at
     FROM sync_cursors WHERE source LIKE 'stripe/%'`,
);

export interface StoredPeriod {
  readonly month: Month;
  readonly state: 'open' | 'closed';
  readonly changedAt: number;
  readonly changedBy: string;
}

/** Oldest first. */
export function readPeriodLog(database: ReadableDatabase): PeriodLogRow[] {
  return database.all<PeriodLogRow>(listLog);
}

export function headOfPeriodLog(database: ReadableDatabase): { readonly sequence: number; readonly hash: string } | undefined {
  return database.get(findLogHead);
}

/** Writes a row and what it comes to. The row's sequence and hashes are given: by the local twin or by the shared database. */
export function appendPeriodLog(database: WritableDatabase, row: PeriodLogRow): void {
  database.run(insertLog, { ...row });
  if (row.action === 'close' || row.action === 'reopen') database.run(putState, [row.month, row.action === 'close' ? 'closed' : 'open', row.at, row.actor]);
}

export function storedPeriods(database: ReadableDatabase): StoredPeriod[] {
  return database.all<StoredPeriod>(listStates);
}

export function firstEntryDay(database: ReadableDatabase): LocalDate | null {
  return database.get<{ day: LocalDate | null }>(findFirstDay)?.day ?? null;
}

export function entriesByMonth(database: ReadableDatabase): Map<string, number> {
  return new Map(database.all<{ month: string; entries: number }>(countByMonth).map((row) => [row.month, row.entries]));
}

/** Currencies whose debits and credits differ before a day; none, or the books are wrong. */
export function imbalancesBefore(database: ReadableDatabase, end: LocalDate): { readonly currency: string; readonly difference: number }[] {
  return database.all(listImbalances, { end });
}

export interface UnpostedGroup {
  /** Why they wait; '' for what was not looked at yet. */
  readonly reason: string;
  readonly count: number;
}

/** Facts whose entries belong to [start, end), in epoch milliseconds, and that have none yet, by reason. */
export function unpostedBetween(database: ReadableDatabase, start: number, end: number): UnpostedGroup[] {
  const counts = new Map<string, number>();
  for (const { reason, count } of database.all<UnpostedGroup>(countUnposted, { start, end })) counts.set(reason, (counts.get(reason) ?? 0) + count);
  return [...counts].map(([reason, count]) => ({ reason, count }));
}

/** Entries dated before a day that wait for the sealer, by why it left them; '' where it was not asked yet. */
export function pendingBefore(database: ReadableDatabase, end: LocalDate): UnpostedGroup[] {
  return database.all<UnpostedGroup>(countPending, [end]);
}

/** Up to when Stripe was read to its end, epoch milliseconds by its own clock; null: not yet. `isConnected` false where it never was asked. */
export function stripeFreshness(database: ReadableDatabase): { readonly isConnected: boolean; readonly at: number | null } {
  const row = database.get<{ sources: number; at: number | null }>(findStripeFreshness);
  return { isConnected: (row?.sources ?? 0) > 0, at: row?.at ?? null };
}
