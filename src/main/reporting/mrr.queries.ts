/**
 * The published MRR figures (migration 0006) as windows of rows. Every statement finds the generation to read by itself, so that what it answers is
 * of one rebuild.
 */
import type { z } from 'zod';
import type { movementKinds, movementRowSchema, mrrItemRowSchema, mrrMonthSchema } from '../../shared/api/revenue.contract.ts';
import type { Month } from '../../shared/calendar/local-date.ts';
import { minorUnits } from '../../shared/money/money.ts';
import { sql, type ReadableDatabase, type Sql } from '../database/handles.ts';

export type MrrMonthView = z.infer<typeof mrrMonthSchema>;
export type MovementRow = z.infer<typeof movementRowSchema>;
export type MrrItemRow = z.infer<typeof mrrItemRowSchema>;
export type MovementKind = (typeof movementKinds)[number];

export interface Published {
  readonly asOfAt: number;
  readonly functionalCurrency: string;
  /** JSON, as the rebuild stored it. */
  readonly policy: string;
  readonly summary: string;
}

export interface Sort {
  readonly column: string;
  readonly direction: 'ascending' | 'descending';
}

export interface MovementWindow {
  readonly month: Month;
  readonly kind: MovementKind | null;
  readonly text: string | null;
  readonly sort: Sort;
  readonly startAt: number;
  readonly limit: number;
}

export interface ItemWindow {
  readonly month: Month;
  readonly customerId: string | null;
  readonly text: string | null;
  readonly sort: Sort;
  readonly startAt: number;
  readonly limit: number;
}

export interface WindowOf<Row> {
  readonly rows: Row[];
  readonly total: number;
  readonly sumMinor: number;
}

const generation = '(SELECT generation FROM revenue_rebuilds WHERE id = 1)';

const findPublished = sql(
  'mrr.published',
  'SELECT as_of_at AS asOfAt, functional_currency AS functionalCurrency, policy, summary FROM revenue_rebuilds WHERE id = 1 AND generation IS NOT NULL',
);
const listMonths = sql(
  'mrr.months',
  `SELECT month, start_minor AS startMinor, new_minor AS newMinor, expansion_minor AS expansionMinor, contraction_minor AS contractionMinor, churn_minor AS churnMinor, reactivation_minor AS reactivationMinor,
          exchange_rate_minor AS exchangeRateMinor, end_minor AS endMinor, customers, items, is_running AS isRunning, undated_subscription_ids AS undatedSubscriptionIds
     FROM mrr_months WHERE generation = ${generation} AND month BETWEEN :from AND :to ORDER BY month`,
);
const kindTotals = sql('mrr.kind-totals', `SELECT kind, COUNT(*) AS movements, COUNT(DISTINCT customer_id) AS customers, SUM(amount_minor) AS amountMinor FROM mrr_movements WHERE generation = ${generation} AND month = :month GROUP BY kind`);
const currencyTotals = sql(
  'mrr.currency-totals',
  `SELECT currency, COUNT(*) AS items, SUM(mrr_minor) AS nativeMinor, SUM(functional_mrr_minor) AS functionalMinor FROM mrr_month_items WHERE generation = ${generation} AND month = :month GROUP BY currency ORDER BY functionalMinor DESC`,
);
const itemTotal = sql('mrr.item-total', `SELECT COUNT(*) AS total, COALESCE(SUM(functional_mrr_minor), 0) AS sumMinor FROM mrr_month_items WHERE generation = ${generation} AND month = :month`);

const asText = `'%' || replace(replace(replace(:text, '\\', '\\\\'), '%', '\\%'), '_', '\\_') || '%' ESCAPE '\\'`;
const movementColumns = `m.customer_id AS customerId, COALESCE(c.name, c.email, m.customer_id) AS customerName, m.day_on AS day, m.kind, m.cause, m.subscription_id AS subscriptionId, m.invoice_id AS invoiceId, m.amount_minor AS amountMinor`;
const movementFilter = `m.generation = ${generation} AND m.month = :month AND (:kind IS NULL OR m.kind = :kind)`;
const movementText = `(m.customer_name LIKE ${asText} OR m.cause LIKE ${asText} OR m.customer_id = :text OR m.invoice_id = :text OR m.subscription_id = :text)`;

const itemColumns = `i.subscription_item_id AS subscriptionItemId, s.subscription_id AS subscriptionId, i.customer_id AS customerId, COALESCE(c.name, c.email, i.customer_id) AS customerName, s.price_id AS priceId,
  COALESCE(d.name, s.price_id) AS productName, s.quantity, s.currency, s.mrr_minor AS mrrMinor, COALESCE(s.rate, '') AS rate, s.functional_mrr_minor AS functionalMinor, s.source, s.invoice_id AS invoiceId, s.starts_at AS since, s.explanation`;
const itemJoins = `JOIN mrr_segments s ON s.generation = i.generation AND s.subscription_item_id = i.subscription_item_id AND s.starts_at = i.starts_at
  LEFT JOIN stripe_customers c ON c.id = i.customer_id LEFT JOIN stripe_prices p ON p.id = s.price_id LEFT JOIN stripe_products d ON d.id = p.product_id`;
const itemText = `(i.customer_name LIKE ${asText} OR d.name LIKE ${asText} OR i.customer_id = :text OR i.subscription_item_id = :text OR s.subscription_id = :text OR s.invoice_id = :text)`;
const itemFilter = `i.generation = ${generation} AND i.month = :month AND (:customerId IS NULL OR i.customer_id = :customerId)`;

const directions = { ascending: 'ASC', descending: 'DESC' } as const;
const movementOrder: Readonly<Record<string, string>> = { day: 'm.day_on', kind: 'm.kind', amount: 'm.amount_minor', customerName: 'm.customer_name' };
const itemOrder: Readonly<Record<string, string>> = { amount: 'i.functional_mrr_minor', customerName: 'i.customer_name' };

/** One statement per way to sort, made once. The window is cut before anything is looked up beside it. */
const movementWindows = new Map<string, Sql>();
const movementTextWindows = new Map<string, Sql>();
const itemWindows = new Map<string, Sql>();
const itemTextWindows = new Map<string, Sql>();
for (const [direction, word] of Object.entries(directions)) {
  for (const [column, expression] of Object.entries(movementOrder)) {
    const order = `ORDER BY ${expression} ${word}, m.customer_id, m.day_on, m.kind`;
    const cut = (filter: string): string => `SELECT m.* FROM mrr_movements m WHERE ${filter} ${order} LIMIT :limit OFFSET :startAt`;
    const named = (filter: string): string => `SELECT ${movementColumns} FROM (${cut(filter)}) m LEFT JOIN stripe_customers c ON c.id = m.customer_id ${order}`;
    movementWindows.set(`${column}/${direction}`, sql(`mrr.movements-by-${column}`, named(movementFilter)));
    movementTextWindows.set(`${column}/${direction}`, sql(`mrr.movements-by-${column}-text`, named(`${movementFilter} AND ${movementText}`)));
  }
  for (const [column, expression] of Object.entries(itemOrder)) {
    const order = `ORDER BY ${expression} ${word}, i.subscription_item_id ${word}`;
    const cut = `SELECT i.* FROM mrr_month_items i WHERE ${itemFilter} ${order} LIMIT :limit OFFSET :startAt`;
    itemWindows.set(`${column}/${direction}`, sql(`mrr.items-by-${column}`, `SELECT ${itemColumns} FROM (${cut}) i ${itemJoins} ${order}`));
    itemTextWindows.set(`${column}/${direction}`, sql(`mrr.items-by-${column}-text`, `SELECT ${itemColumns} FROM mrr_month_items i ${itemJoins} WHERE ${itemFilter} AND ${itemText} ${order} LIMIT :limit OFFSET :startAt`));
  }
}
const countMovements = sql('mrr.count-movements', `SELECT COUNT(*) AS total, COALESCE(SUM(m.amount_minor), 0) AS sumMinor FROM mrr_movements m WHERE ${movementFilter}`);
const countMovementsText = sql('mrr.count-movements-text', `SELECT COUNT(*) AS total, COALESCE(SUM(m.amount_minor), 0) AS sumMinor FROM mrr_movements m WHERE ${movementFilter} AND ${movementText}`);
const countItems = sql('mrr.count-items', `SELECT COUNT(*) AS total, COALESCE(SUM(i.functional_mrr_minor), 0) AS sumMinor FROM mrr_month_items i WHERE ${itemFilter}`);
const countItemsText = sql('mrr.count-items-text', `SELECT COUNT(*) AS total, COALESCE(SUM(i.functional_mrr_minor), 0) AS sumMinor FROM mrr_month_items i ${itemJoins} WHERE ${itemFilter} AND ${itemText}`);

interface MonthRow extends Omit<MrrMonthView, 'currency' | 'arrMinor' | 'isRunning' | 'undatedSubscriptionIds'> {
  readonly isRunning: number;
  readonly undatedSubscriptionIds: string;
}

/** What stands to be read; undefined before the first rebuild has come to its end. */
export function findPublishedMrr(database: ReadableDatabase): Published | undefined {
  return database.get(findPublished);
}

export function readMrrMonths(database: ReadableDatabase, from: Month, to: Month, currency: string): MrrMonthView[] {
  return database.all<MonthRow>(listMonths, { from, to }).map((row) => ({
    month: row.month, currency, startMinor: row.startMinor, newMinor: row.newMinor, expansionMinor: row.expansionMinor, contractionMinor: row.contractionMinor, churnMinor: row.churnMinor, reactivationMinor: row.reactivationMinor,
    exchangeRateMinor: row.exchangeRateMinor, endMinor: row.endMinor, arrMinor: minorUnits(12 * row.endMinor), customers: row.customers, isRunning: row.isRunning === 1,
    undatedSubscriptionIds: JSON.parse(row.undatedSubscriptionIds) as string[],
  }));
}

export function readMovements(database: ReadableDatabase, window: MovementWindow, currency: string): WindowOf<MovementRow> {
  const { month, kind, text, sort, startAt, limit } = window;
  const filter = { month, kind, ...(text === null ? {} : { text }) };
  const statement = (text === null ? movementWindows : movementTextWindows).get(`${sort.column}/${sort.direction}`);
  const rows = statement ? database.all<Omit<MovementRow, 'amount'> & { amountMinor: number }>(statement, { ...filter, startAt, limit }) : [];
  const counted = database.get<{ total: number; sumMinor: number }>(text === null ? countMovements : countMovementsText, filter);
  return { rows: rows.map(({ amountMinor, ...row }) => ({ ...row, amount: { amount: amountMinor, currency } })), total: counted?.total ?? 0, sumMinor: counted?.sumMinor ?? 0 };
}

export function readMrrItems(database: ReadableDatabase, window: ItemWindow, functionalCurrency: string): WindowOf<MrrItemRow> {
  const { month, customerId, text, sort, startAt, limit } = window;
  const filter = { month, customerId, ...(text === null ? {} : { text }) };
  const statement = (text === null ? itemWindows : itemTextWindows).get(`${sort.column}/${sort.direction}`);
  const rows = statement ? database.all<Omit<MrrItemRow, 'native' | 'functional'> & { currency: string; mrrMinor: number; functionalMinor: number }>(statement, { ...filter, startAt, limit }) : [];
  const counted = database.get<{ total: number; sumMinor: number }>(text === null ? countItems : countItemsText, filter);
  return {
    rows: rows.map(({ currency, mrrMinor, functionalMinor, ...row }) => ({ ...row, native: { amount: mrrMinor, currency }, functional: { amount: functionalMinor, currency: functionalCurrency } })),
    total: counted?.total ?? 0, sumMinor: counted?.sumMinor ?? 0,
  };
}

export interface KindTotal {
  readonly kind: MovementKind;
  readonly movements: number;
  readonly customers: number;
  readonly amountMinor: number;
}
export function readKindTotals(database: ReadableDatabase, month: Month): KindTotal[] {
  return database.all(kindTotals, { month });
}

export interface CurrencyTotal {
  readonly currency: string;
  readonly items: number;
  readonly nativeMinor: number;
  readonly functionalMinor: number;
}
export function readCurrencyTotals(database: ReadableDatabase, month: Month): CurrencyTotal[] {
  return database.all(currencyTotals, { month });
}

export function readItemTotal(database: ReadableDatabase, month: Month): { total: number; sumMinor: number } {
  return database.get<{ total: number; sumMinor: number }>(itemTotal, { month }) ?? { total: 0, sumMinor: 0 };
}
