/** Daily exchange rates: the company's, copied from the shared database, or those this desk imported. Rates are decimal text. */
import { sql, type ReadableDatabase, type WritableDatabase } from '../database/handles.ts';
import { rowsStatement, runRows } from '../database/multi-row.ts';
import type { KnownRates, RateRow } from './exchange-rate-import-calculation.ts';

// Not by EXISTS, which SQLite makes a join of: then every earlier day is read and put in order.
const findSettledRate = sql(
  'exchange-rates.settled',
  `SELECT rate FROM exchange_rates WHERE base = :base AND quote = :quote AND rate_on <= :on AND (SELECT max(rate_on) FROM exchange_rates WHERE base = :base AND quote = :quote) >= :on ORDER BY rate_on DESC LIMIT 1`,
);
const findUnfinishedCopy = sql('exchange-rates.unfinished-copy', "SELECT 1 AS found FROM sync_cursors WHERE source = 'postgres/load/exchange_rate' AND is_complete = 0");
const findSharedLedger = sql('exchange-rates.shared-ledger', "SELECT 1 AS found FROM ledger_settings WHERE name = 'shared_ledger_id'");
const listEnds = sql('exchange-rates.ends', 'SELECT base, min(rate_on) AS first, max(rate_on) AS last FROM exchange_rates WHERE quote = ? GROUP BY base');
const listKnownBetween = sql('exchange-rates.between', 'SELECT base, rate_on AS "on", rate FROM exchange_rates WHERE quote = ? AND rate_on BETWEEN ? AND ?');
// Account by account, through their index: no walk over the postings.
const findBooked = sql('exchange-rates.booked', 'SELECT 1 AS found FROM accounts a WHERE EXISTS (SELECT 1 FROM posting_lines p WHERE p.account_code = a.code AND p.currency = ?) LIMIT 1');
const saveRates = rowsStatement('exchange-rates.save', 'INSERT INTO exchange_rates (base, quote, rate_on, rate, source, fetched_at) VALUES', 6, 'ON CONFLICT (base, quote, rate_on) DO UPDATE SET rate = excluded.rate, source = excluded.source, fetched_at = excluded.fetched_at');
const noteSuccess = sql(
  'exchange-rates.note-success',
  `INSERT INTO sync_cursors (source, cursor, is_complete, rows_seen, last_success_at, last_attempt_at) VALUES ('exchange-rates', :cursor, 1, :rows, :at, :at)
   ON CONFLICT (source) DO UPDATE SET cursor = excluded.cursor, rows_seen = rows_seen + excluded.rows_seen, last_success_at = excluded.last_success_at, last_attempt_at = excluded.last_attempt_at, last_error_code = NULL`,
);
const noteFailure = sql('exchange-rates.note-failure', "INSERT INTO sync_cursors (source, last_attempt_at, last_error_code) VALUES ('exchange-rates', :at, :code) ON CONFLICT (source) DO UPDATE SET last_attempt_at = excluded.last_attempt_at, last_error_code = excluded.last_error_code");

/** The day's rate, or the latest earlier one once a later day's is known. */
export function settledRate(database: ReadableDatabase, base: string, quote: string, on: string): string | undefined {
  return database.get<{ rate: string }>(findSettledRate, { base, quote, on })?.rate;
}

/** Whether the first copy of the company's table was begun and has not come to its end. */
export const areRatesIncomplete = (database: ReadableDatabase): boolean => database.get(findUnfinishedCopy) !== undefined;
/** Whether this ledger belongs to a shared database, connected now or not. */
export const belongsToSharedLedger = (database: ReadableDatabase): boolean => database.get(findSharedLedger) !== undefined;

/** The stretch of days that is known of each currency, and its rates within the given days (both included). */
export function readKnownRates(database: ReadableDatabase, quote: string, from: string, to: string): Map<string, KnownRates> {
  const known = new Map<string, KnownRates & { readonly byDay: Map<string, string> }>();
  for (const { base, first, last } of database.all<{ base: string; first: string; last: string }>(listEnds, [quote])) known.set(base, { first, last, byDay: new Map(), isBooked: database.get(findBooked, [base]) !== undefined });
  for (const { base, on, rate } of database.all<RateRow>(listKnownBetween, [quote, from, to])) known.get(base)?.byDay.set(on, rate);
  return known;
}

/** @param fetchedAt epoch milliseconds. */
export function saveImportedRates(database: WritableDatabase, rows: readonly RateRow[], quote: string, source: string, fetchedAt: number): void {
  runRows(database, saveRates, rows.flatMap(({ base, on, rate }) => [base, quote, on, rate, source, fetchedAt]));
}

/** @param lastDay the newest day that is known. */
export const noteImport = (database: WritableDatabase, lastDay: string, rows: number, at: number): void => void database.run(noteSuccess, { cursor: lastDay, rows, at });
export const noteFailedImport = (database: WritableDatabase, code: string, at: number): void => void database.run(noteFailure, { code, at });
