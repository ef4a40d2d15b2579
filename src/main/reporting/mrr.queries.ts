/**
 * MRR by month, what moved it and the items it is the sum of, under the standard policy: the kept sums (migrations 0042, 0057) as windows of rows.
 */
import type { z } from 'zod';
import type { movementKinds, movementRowSchema, mrrItemRowSchema, mrrMonthSchema } from '../../shared/api/revenue.contract.ts';
import { endOf, firstDayOf, monthsFromTo, type Month } from '../../shared/calendar/local-date.ts';
import type { TimeZone } from '../../shared/calendar/time-zone.ts';
import { minorUnits } from '../../shared/money/money.ts';
import { sql, type ReadableDatabase, type Sql } from '../database/handles.ts';
import { presetOf } from '../revenue/mrr-policy.ts';
import { stretchOf } from './revenue-measure-calculation.ts';
import { findSumsStanding, readScope } from './revenue-sums.queries.ts';

export type MrrMonthView = z.infer<typeof mrrMonthSchema>;
export type MovementRow = z.infer<typeof movementRowSchema>;
export type MrrItemRow = z.infer<typeof mrrItemRowSchema>;
export type MovementKind = (typeof movementKinds)[number];

/** How far the sums go. */
export interface MrrStanding {
  /** The present moment of the running month. */
  readonly asOfAt: number;
  /** The month that holds it. */
  readonly month: Month;
  readonly functionalCurrency: string;
  readonly zone: TimeZone;
}

export interface Sort {
  readonly column: string;
  readonly direction: 'ascending' | 'descending';
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

const undatedChanges = sql('mrr.undated-changes', "SELECT DISTINCT object_id AS subscriptionId, from_month AS fromMonth, to_month AS toMonth FROM revenue_caveats WHERE kind = 'change-undated' AND from_month <= :to AND to_month >= :from ORDER BY object_id");
const kindTotals = sql(
  'mrr.kind-totals',
  `SELECT kind, count(*) AS movements, count(DISTINCT customerId) AS customers, sum(amountMinor) AS amountMinor FROM (
     SELECT kind, customer_id AS customerId, sum(amount_minor) AS amountMinor FROM revenue_movements INDEXED BY revenue_movements_by_day WHERE day_on >= :from AND day_on < :until AND (policies & 1) <> 0 GROUP BY customer_id, day_on, kind HAVING amountMinor <> 0)
   GROUP BY kind`,
);

/** What is in force just before `:moment`. */
export const isInForce = 'i.starts_at < :moment AND i.ends_at >= :moment';
const currencyTotals = sql(
  'mrr.currency-totals',
  `SELECT currency, count(*) AS items, sum(mrr_minor) AS nativeMinor, sum(functional_mrr_minor) AS functionalMinor FROM revenue_items AS i WHERE ${isInForce} GROUP BY currency ORDER BY functionalMinor DESC`,
);
const itemTotal = sql('mrr.item-total', `SELECT count(*) AS total, coalesce(sum(functional_mrr_minor), 0) AS sumMinor FROM revenue_items AS i WHERE ${isInForce}`);
const customerTotals = sql('mrr.customer-totals', `SELECT customer_id AS id, sum(functional_mrr_minor) AS amount FROM revenue_items AS i WHERE ${isInForce} GROUP BY customer_id`);

const asText = `'%' || replace(replace(replace(:text, '\\', '\\\\'), '%', '\\%'), '_', '\\_') || '%' ESCAPE '\\'`;
/** The period in force was billed by the latest invoice that counts; a row of renewals names the last of them. */
const invoiceInForce = `iif(i.invoice_id IS NULL, NULL, coalesce((SELECT l.invoice_id FROM stripe_invoice_lines AS l CROSS JOIN stripe_invoices AS v ON v.id = l.invoice_id
   WHERE l.subscription_item_id = i.subscription_item_id AND l.subscription_item_id IS NOT NULL AND l.period_start_at < :moment AND l.amount_minor > 0 AND l.price_id = i.price_id AND v.status IN ('open', 'paid', 'uncollectible')
   ORDER BY l.period_start_at DESC, v.created_at DESC, l.line_index DESC LIMIT 1), i.invoice_id))`;
const itemColumns = `i.subscription_item_id AS subscriptionItemId, i.subscription_id AS subscriptionId, i.customer_id AS customerId, coalesce(c.name, c.email, i.customer_id) AS customerName, i.price_id AS priceId,
  coalesce(d.name, i.price_id) AS productName, i.quantity, i.currency, i.mrr_minor AS mrrMinor, i.rate, i.functional_mrr_minor AS functionalMinor, i.source, ${invoiceInForce} AS invoiceId, i.starts_at AS since,
  coalesce(d.name, i.price_id) || ': ' || i.explanation AS explanation`;
const customerJoin = 'LEFT JOIN stripe_customers AS c INDEXED BY stripe_customers_names ON c.id = i.customer_id';
const productJoins = 'LEFT JOIN stripe_prices AS p ON p.id = i.price_id LEFT JOIN stripe_products AS d ON d.id = p.product_id';
const itemFilter = `${isInForce} AND (:customerId IS NULL OR i.customer_id = :customerId)`;
const itemText = `(coalesce(c.name, c.email, i.customer_id) LIKE ${asText} OR d.name LIKE ${asText} OR i.customer_id = :text OR i.subscription_item_id = :text OR i.subscription_id = :text OR ${invoiceInForce} = :text)`;

const directions = { ascending: 'ASC', descending: 'DESC' } as const;
const itemOrder: Readonly<Record<string, { readonly key: string; readonly joins: string }>> = {
  amount: { key: 'i.functional_mrr_minor', joins: '' }, customerName: { key: 'coalesce(c.name, c.email, i.customer_id) COLLATE NOCASE', joins: customerJoin },
};

/** One statement per way to sort, made once. The window is cut before anything is looked up beside it. */
const itemWindows = new Map<string, Sql>();
const itemTextWindows = new Map<string, Sql>();
for (const [direction, word] of Object.entries(directions)) {
  for (const [column, { key, joins }] of Object.entries(itemOrder)) {
    const order = (from: string): string => `ORDER BY ${from} ${word}, i.subscription_item_id ${word}`;
    const cut = `SELECT i.customer_id, i.subscription_item_id, i.starts_at, ${key} AS sorted_by FROM revenue_items AS i ${joins} WHERE ${itemFilter} ${order(key)} LIMIT :limit OFFSET :startAt`;
    const rows = `FROM (${cut}) AS k CROSS JOIN revenue_items AS i ON i.customer_id = k.customer_id AND i.subscription_item_id = k.subscription_item_id AND i.starts_at = k.starts_at`;
    itemWindows.set(`${column}/${direction}`, sql(`mrr.items-by-${column}`, `SELECT ${itemColumns} ${rows} ${customerJoin} ${productJoins} ${order('k.sorted_by')}`));
    itemTextWindows.set(`${column}/${direction}`, sql(`mrr.items-by-${column}-text`, `SELECT ${itemColumns} FROM revenue_items AS i ${customerJoin} ${productJoins} WHERE ${itemFilter} AND ${itemText} ${order(key)} LIMIT :limit OFFSET :startAt`));
  }
}
const countItems = sql('mrr.count-items', `SELECT count(*) AS total, coalesce(sum(i.functional_mrr_minor), 0) AS sumMinor FROM revenue_items AS i WHERE ${itemFilter}`);
const countItemsText = sql('mrr.count-items-text', `SELECT count(*) AS total, coalesce(sum(i.functional_mrr_minor), 0) AS sumMinor FROM revenue_items AS i ${customerJoin} ${productJoins} WHERE ${itemFilter} AND ${itemText}`);

/** How far MRR goes; undefined before the sums were first worked out. */
export function findMrrStanding(database: ReadableDatabase, zone: TimeZone, functionalCurrency: string): MrrStanding | undefined {
  const standing = findSumsStanding(database);
  return standing && { asOfAt: standing.asOfAt, month: zone.monthOf(standing.asOfAt), functionalCurrency, zone };
}

/** When a month's items are looked at: at its exclusive end, in the running one at the moment the sums are of. Epoch milliseconds. */
export function momentOf(month: Month, { asOfAt, zone }: Pick<MrrStanding, 'asOfAt' | 'zone'>): number {
  return Math.min(zone.boundsOf(month).end, asOfAt);
}

/** Months from the first that MRR moved in up to the one the sums reach; start + movements = end by construction. @param running the month that runs now. */
export function readMrrMonths(database: ReadableDatabase, from: Month, to: Month, standing: MrrStanding, running: Month): MrrMonthView[] {
  const moves = readScope(database, { policyBit: presetOf('standard').bit, plan: null, country: null, currency: '*', isConverted: false }, to);
  const first = moves[0]?.month;
  if (first === undefined) return [];
  const [begin, last] = [from > first ? from : first, to < standing.month ? to : standing.month];
  if (begin > last) return [];
  const undated = database.all<{ subscriptionId: string; fromMonth: string; toMonth: string }>(undatedChanges, { from: begin, to: last });
  return monthsFromTo(begin, last).map((month) => {
    const { startMinor, newMinor, expansionMinor, contractionMinor, churnMinor, reactivationMinor, exchangeRateMinor, endMinor, customersAtEnd } = stretchOf(moves, month, month);
    return {
      month, currency: standing.functionalCurrency, startMinor, newMinor, expansionMinor, contractionMinor, churnMinor, reactivationMinor, exchangeRateMinor, endMinor, arrMinor: minorUnits(12 * endMinor), customers: customersAtEnd, isRunning: month === running,
      undatedSubscriptionIds: [...new Set(undated.filter(({ fromMonth, toMonth }) => fromMonth <= month && month <= toMonth).map(({ subscriptionId }) => subscriptionId))],
    };
  });
}

type ItemFilter = { readonly moment: number; readonly customerId: string | null; readonly text?: string };
const filterOf = ({ month, customerId, text }: ItemWindow, standing: MrrStanding): ItemFilter => ({ moment: momentOf(month, standing), customerId, ...(text === null ? {} : { text }) });

/** The items in force at the end of a month, without what they come to. */
export function readMrrItemRows(database: ReadableDatabase, window: ItemWindow, standing: MrrStanding): MrrItemRow[] {
  const { text, sort, startAt, limit } = window;
  const statement = (text === null ? itemWindows : itemTextWindows).get(`${sort.column}/${sort.direction}`);
  const rows = statement ? database.all<Omit<MrrItemRow, 'native' | 'functional'> & { currency: string; mrrMinor: number; functionalMinor: number }>(statement, { ...filterOf(window, standing), startAt, limit }) : [];
  return rows.map(({ currency, mrrMinor, functionalMinor, ...row }) => ({ ...row, native: { amount: mrrMinor, currency }, functional: { amount: functionalMinor, currency: standing.functionalCurrency } }));
}

/** The items in force at the end of a month; they sum to its MRR. */
export function readMrrItems(database: ReadableDatabase, window: ItemWindow, standing: MrrStanding): WindowOf<MrrItemRow> {
  const { total, sumMinor } = database.get<{ total: number; sumMinor: number }>(window.text === null ? countItems : countItemsText, filterOf(window, standing)) ?? { total: 0, sumMinor: 0 };
  const { startAt, sort } = window;
  if (startAt <= total / 2) return { rows: readMrrItemRows(database, window, standing), total, sumMinor };
  // What is nearer to the end is counted from there: SQLite keeps in order whatever stands before a window.
  const limit = Math.max(0, Math.min(window.limit, total - startAt));
  const fromEnd: ItemWindow = { ...window, startAt: Math.max(0, total - startAt - limit), limit, sort: { ...sort, direction: sort.direction === 'ascending' ? 'descending' : 'ascending' } };
  return { rows: readMrrItemRows(database, fromEnd, standing).reverse(), total, sumMinor };
}

export interface KindTotal {
  readonly kind: MovementKind;
  readonly movements: number;
  readonly customers: number;
  readonly amountMinor: number;
}
export function readKindTotals(database: ReadableDatabase, month: Month): KindTotal[] {
  return database.all(kindTotals, { from: firstDayOf(month), until: endOf(month) });
}

export interface CurrencyTotal {
  readonly currency: string;
  readonly items: number;
  readonly nativeMinor: number;
  readonly functionalMinor: number;
}
export function readCurrencyTotals(database: ReadableDatabase, month: Month, standing: MrrStanding): CurrencyTotal[] {
  return database.all(currencyTotals, { moment: momentOf(month, standing) });
}

export function readItemTotal(database: ReadableDatabase, month: Month, standing: MrrStanding): { total: number; sumMinor: number } {
  return database.get<{ total: number; sumMinor: number }>(itemTotal, { moment: momentOf(month, standing) }) ?? { total: 0, sumMinor: 0 };
}

/** MRR of each customer that has some, at the moment the sums are of: minor units of the functional currency. */
export function readMrrOfCustomers(database: ReadableDatabase, { asOfAt }: Pick<MrrStanding, 'asOfAt'>): Map<string, number> {
  return new Map(database.all<{ id: string; amount: number }>(customerTotals, { moment: asOfAt }).map(({ id, amount }) => [id, amount]));
}

