/**
 * Settings → Exchange rates: which rates are known, from where and since when, and what waits for one.
 */
import type { z } from 'zod';
import type { rateRowSchema, ratesContract, RatesOverview } from '../../shared/api/rates.contract.ts';
import { sql, type ReadableDatabase, type SqlValue } from '../database/handles.ts';

type RateRow = z.infer<typeof rateRowSchema>;
type ListInput = z.output<NonNullable<(typeof ratesContract.list)['~orpc']['inputSchema']>>;

const findStretch = sql('rates.stretch', 'SELECT min(rate_on) AS "firstDay", max(rate_on) AS "lastDay" FROM exchange_rates WHERE quote = ?');
const countCurrencies = sql('rates.currencies', 'SELECT count(*) AS count FROM exchange_rates WHERE quote = ? AND rate_on = (SELECT max(rate_on) FROM exchange_rates WHERE quote = ?)');
const findFreshness = sql(
  'rates.freshness',
  "SELECT last_success_at AS \"freshAt\", CASE WHEN last_error_code IS NOT NULL AND coalesce(last_attempt_at, 0) >= coalesce(last_success_at, 0) THEN last_error_code END AS \"errorCode\" FROM sync_cursors WHERE source = ?",
);
const listAwaited = sql('rates.awaited', "SELECT rate_currency AS currency, rate_on AS \"on\", count(*) AS facts FROM unposted_facts WHERE reason_code = 'exchange-rate-missing' AND rate_on IS NOT NULL GROUP BY rate_on, rate_currency ORDER BY rate_on, rate_currency LIMIT 50");
const countWaiting = sql('rates.waiting', "SELECT count(*) AS count FROM unposted_facts WHERE reason_code = 'exchange-rate-missing'");
const findFirstKnown = sql('rates.first-known', 'SELECT min(rate_on) AS "on" FROM exchange_rates WHERE base = ? AND quote = ?');
const findAny = sql('rates.any', 'SELECT 1 AS found FROM exchange_rates LIMIT 1');

/** @param given what is not in the ledger file: who owns the rates, in which currency, and what the daily job reads. */
export function readRatesOverview(database: ReadableDatabase, given: Pick<RatesOverview, 'owner' | 'functionalCurrency' | 'sourceUrl'>): RatesOverview {
  const { functionalCurrency: quote } = given;
  const stretch = database.get<{ firstDay: string | null; lastDay: string | null }>(findStretch, [quote]);
  const freshness = database.get<{ freshAt: number | null; errorCode: string | null }>(findFreshness, [given.owner === 'desk' ? 'exchange-rates' : 'postgres/feed']);
  return {
    ...given, firstDay: stretch?.firstDay ?? null, lastDay: stretch?.lastDay ?? null, currencies: database.get<{ count: number }>(countCurrencies, [quote, quote])?.count ?? 0, freshAt: freshness?.freshAt ?? null, errorCode: freshness?.errorCode ?? null,
    waiting: { facts: database.get<{ count: number }>(countWaiting)?.count ?? 0, rates: database.all(listAwaited) },
  };
}

/** The first day whose rate of a currency is known; null: none is. */
export function firstKnownDay(database: ReadableDatabase, currency: string, functionalCurrency: string): string | null {
  return database.get<{ on: string | null }>(findFirstKnown, [currency, functionalCurrency])?.on ?? null;
}

/** Whether any rate is known at all. */
export const hasRates = (database: ReadableDatabase): boolean => database.get(findAny) !== undefined;

/** A window of the rates into the functional currency, the newest day first unless asked otherwise. */
export function listRates(database: ReadableDatabase, quote: string, window: ListInput): { rows: RateRow[]; total: number; sums: [] } {
  const { currency, from, to } = window.filter ?? {};
  const conditions: (readonly [string, SqlValue])[] = [['quote = ?', quote], ...(currency ? [['base = ?', currency] as const] : []), ...(from ? [['rate_on >= ?', from] as const] : []), ...(to ? [['rate_on <= ?', to] as const] : [])];
  const where = conditions.map(([text]) => text).join(' AND ');
  const values = conditions.map(([, value]) => value);
  const direction = (window.sort?.direction ?? 'descending') === 'ascending' ? 'ASC' : 'DESC';
  const isByCurrency = window.sort?.column === 'currency';
  const order = isByCurrency ? `base ${direction}, rate_on DESC` : `rate_on ${direction}, base`;
  return {
    rows: database.all<RateRow>(sql(isByCurrency ? 'rates.by-currency' : 'rates.by-day', `SELECT base AS currency, rate_on AS "on", rate, source, fetched_at AS "fetchedAt" FROM exchange_rates WHERE ${where} ORDER BY ${order} LIMIT ? OFFSET ?`), [...values, window.limit, window.startAt]),
    total: database.get<{ total: number }>(sql('rates.total', `SELECT count(*) AS total FROM exchange_rates WHERE ${where}`), values)?.total ?? 0,
    sums: [],
  };
}
