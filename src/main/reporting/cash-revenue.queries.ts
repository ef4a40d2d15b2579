/**
 * Revenue in the cash view (domain.md §7): what balance transactions moved, per settlement currency, by their local day. Read from the daily totals,
 * so that a month costs the same on a small ledger and a large one.
 */
import type { z } from 'zod';
import type { revenueMonthSchema } from '../../shared/api/revenue.contract.ts';
import { endOf, firstDayOf, type Month } from '../../shared/calendar/local-date.ts';
import { sql, type ReadableDatabase } from '../database/handles.ts';
import type { BalanceTransactionKind } from '../intake/stripe-balance-kinds.ts';
import { cashColumns, disputesColumn } from './cash-figures.ts';

export type RevenueMonth = z.infer<typeof revenueMonthSchema>;

/** What Stripe calls one type and the books post as one kind, in a month and settlement currency. */
export interface TypeTotal {
  readonly type: string;
  readonly kind: BalanceTransactionKind;
  readonly transactions: number;
  readonly amountMinor: number;
  readonly feeMinor: number;
}

const cashMonths = sql(
  'revenue.cash-months',
  `SELECT substr(day_on, 1, 7) AS month, currency,
          ${cashColumns}, ${disputesColumn}
     FROM balance_daily_totals
    WHERE day_on >= :from AND day_on < :until
    GROUP BY substr(day_on, 1, 7), currency
   HAVING SUM(transactions) > 0
    ORDER BY 1, 2`,
);
const typeTotals = sql(
  'revenue.type-totals',
  `SELECT type, kind, SUM(transactions) AS transactions, SUM(amount_minor) AS amountMinor, SUM(fee_minor) AS feeMinor FROM balance_daily_totals
    WHERE day_on >= :from AND day_on < :until AND currency = :currency GROUP BY type, kind HAVING SUM(transactions) > 0 ORDER BY type, kind`,
);
const latestTransactions = sql(
  'revenue.latest-transactions',
  `SELECT id, type, currency, created_on AS createdOn, amount_minor AS amountMinor, fee_minor AS feeMinor FROM stripe_balance_transactions
    WHERE created_at >= :start AND created_at < :end AND (:currency IS NULL OR currency = :currency) AND kind IN (SELECT value FROM json_each(:kinds)) ORDER BY created_at DESC, id DESC LIMIT :limit`,
);
const firstCashDay = sql('revenue.first-cash-day', 'SELECT MIN(day_on) AS day FROM balance_daily_totals');

interface CashRow extends Omit<RevenueMonth, 'netMinor' | 'isRunning'> {
  readonly month: string;
}

/** Every month and settlement currency with activity, oldest first. net = gross − fees − refunds; disputes stand apart (their fee is in the fees). */
export function readCashMonths(database: ReadableDatabase, from: Month, to: Month, running: Month): RevenueMonth[] {
  return database
    .all<CashRow>(cashMonths, { from: firstDayOf(from), until: endOf(to) })
    .map((row) => ({ ...row, netMinor: row.grossMinor - row.feesMinor - row.refundsMinor, isRunning: row.month === running }));
}

export function readTypeTotals(database: ReadableDatabase, month: Month, currency: string): TypeTotal[] {
  return database.all(typeTotals, { from: firstDayOf(month), until: endOf(month), currency });
}

export interface TransactionSource {
  readonly id: string;
  readonly type: string;
  readonly currency: string;
  readonly createdOn: string;
  readonly amountMinor: number;
  readonly feeMinor: number;
}

/** The latest balance transactions of some kinds within [start, end). @param wanted.currency null: in all. */
export function readLatestTransactions(database: ReadableDatabase, wanted: { start: number; end: number; currency: string | null; kinds: readonly BalanceTransactionKind[]; limit: number }): TransactionSource[] {
  return database.all(latestTransactions, { ...wanted, kinds: JSON.stringify(wanted.kinds) });
}

export function findFirstCashMonth(database: ReadableDatabase): Month | null {
  return (database.get<{ day: string | null }>(firstCashDay)?.day?.slice(0, 7) as Month | undefined) ?? null;
}
