/** Drill-downs of the revenue measures: movements, customers with MRR, and customers in whom policies differ, as windows of rows. */
import type { z } from 'zod';
import type { customerMrrSchema, measureMovementSchema } from '../../shared/api/revenue-measures.contract.ts';
import { endOf, firstDayOf, type Month } from '../../shared/calendar/local-date.ts';
import type { TimeZone } from '../../shared/calendar/time-zone.ts';
import { sql, type ReadableDatabase, type Sql } from '../database/handles.ts';
import { policyPresets, type MrrPolicyName } from '../revenue/mrr-policy.ts';
import { isInForce, momentOf, type MovementKind, type Sort, type WindowOf } from './mrr.queries.ts';
import { findSumsStanding, readPlanNames } from './revenue-sums.queries.ts';
import type { MonthRange } from './revenue-measure-calculation.ts';
import type { View } from './revenue-view.ts';

export type MeasureMovement = z.infer<typeof measureMovementSchema>;
export type CustomerMrr = z.infer<typeof customerMrrSchema>;

export interface ListWindow {
  readonly startAt: number;
  readonly limit: number;
  readonly sort: Sort;
  readonly text: string | null;
}

const named = 'coalesce(c.name, c.email, m.customer_id)';
const asText = `'%' || replace(replace(replace(:text, '\\', '\\\\'), '%', '\\%'), '_', '\\_') || '%' ESCAPE '\\'`;
const directions = { ascending: 'ASC', descending: 'DESC' } as const;
const amount = 'sum(iif(:native IS NULL, m.amount_minor, m.native_minor))';
const inView = `(m.policies & :policyBit) <> 0 AND (:only IS NULL OR m.currency = :only) AND (:plan IS NULL OR m.price_id = :plan)
  AND (:country IS NULL OR EXISTS (SELECT 1 FROM revenue_customers AS r WHERE r.customer_id = m.customer_id AND r.country = :country))`;
const textFilter = `(:text IS NULL OR m.customer_id = :text OR ${named} LIKE ${asText})`;
const customerJoin = 'LEFT JOIN stripe_customers AS c INDEXED BY stripe_customers_names ON c.id = m.customer_id';

/** What is looked for: nothing; words, which only names hold; or what may be an id of Stripe's, which what speaks for a movement may be as well. */
const searches = { nothing: '', words: `AND ${textFilter}`, id: `AND (${textFilter} OR m.subscription_id = :text OR m.invoice_id = :text)` } as const;
type Search = keyof typeof searches;
const searchFor = (text: string | null): Search => (text === null ? 'nothing' : /^\S+_\S+$/.test(text) ? 'id' : 'words');

/** What moved a customer on a day, kind by kind: read from the index by day alone unless an id is looked for, and without names where none is looked for or puts it in order. */
function movedIn(search: Search, hasNames: boolean): string {
  return `SELECT m.customer_id, m.day_on, m.kind, ${amount} AS amountMinor${hasNames ? `, ${named} AS customerName` : ''} FROM revenue_movements AS m INDEXED BY revenue_movements_by_day ${search !== 'nothing' || hasNames ? customerJoin : ''}
    WHERE m.day_on >= :from AND m.day_on < :until AND ${inView} AND (:kind IS NULL OR m.kind = :kind) AND (:customerId IS NULL OR m.customer_id = :customerId) ${searches[search]}
    GROUP BY m.customer_id, m.day_on, m.kind HAVING amountMinor <> 0`;
}
/** The same for each part of a movement. */
const spoken = (column: string): string => `(SELECT min(p.${column}) FROM revenue_movements AS p WHERE p.customer_id = m.customer_id AND p.day_on = m.day_on AND p.kind = m.kind AND (p.policies & :policyBit) <> 0 AND (:only IS NULL OR p.currency = :only) AND (:plan IS NULL OR p.price_id = :plan))`;
const movementColumns = `m.customer_id AS customerId, ${named} AS customerName, m.day_on AS day, m.kind, m.amountMinor, ${spoken('cause')} AS cause, ${spoken('subscription_id')} AS subscriptionId, ${spoken('invoice_id')} AS invoiceId`;
const movementOrder: Readonly<Record<string, string>> = { amount: 'm.amountMinor', day: 'm.day_on', kind: 'm.kind', customerName: 'm.customerName COLLATE NOCASE' };

/** Customers by what all their movements come to. */
const byMovements = `SELECT m.customer_id, ${amount} AS amountMinor FROM revenue_movements AS m WHERE m.day_on < :until AND ${inView} GROUP BY m.customer_id HAVING amountMinor <> 0`;
/** The same under the standard policy, converted: what their items in force come to, which is less to read. */
const byItems = `SELECT i.customer_id, sum(i.functional_mrr_minor) AS amountMinor FROM revenue_items AS i WHERE ${isInForce} AND (:only IS NULL OR i.currency = :only) AND (:plan IS NULL OR i.price_id = :plan)
  AND (:country IS NULL OR EXISTS (SELECT 1 FROM revenue_customers AS r WHERE r.customer_id = i.customer_id AND r.country = :country)) GROUP BY i.customer_id HAVING amountMinor <> 0`;
const customerColumns = `m.customer_id AS customerId, ${named} AS customerName, (SELECT r.country FROM revenue_customers AS r WHERE r.customer_id = m.customer_id) AS country, m.amountMinor,
  (SELECT min(p.day_on) FROM revenue_movements AS p WHERE p.customer_id = m.customer_id AND (p.policies & :policyBit) <> 0 AND (:only IS NULL OR p.currency = :only) AND (:plan IS NULL OR p.price_id = :plan)) AS since`;

const movementWindows = new Map<string, Sql>();
const movementCounts = new Map<Search, Sql>();
const customerWindows = new Map<string, Sql>();
const customerCounts = new Map<string, Sql>();
const counted = 'count(*) AS total, coalesce(sum(amountMinor), 0) AS sumMinor';
for (const search of ['nothing', 'words', 'id'] as const) {
  movementCounts.set(search, sql('revenue-lists.count-movements', `SELECT ${counted} FROM (${movedIn(search, false)})`));
  for (const [direction, word] of Object.entries(directions)) {
    for (const [column, expression] of Object.entries(movementOrder)) {
      const order = `ORDER BY ${expression} ${word}, m.customer_id, m.day_on, m.kind`;
      // Worked out once, for the window and for what all of them come to.
      const moved = `WITH moved AS MATERIALIZED (${movedIn(search, column === 'customerName')}), counted AS (SELECT ${counted} FROM moved)`;
      const cut = `SELECT * FROM moved AS m ${order} LIMIT :limit OFFSET :startAt`;
      movementWindows.set(`${search}/${column}/${direction}`, sql(`revenue-lists.movements-by-${column}`, `${moved} SELECT ${movementColumns}, counted.total, counted.sumMinor FROM (${cut}) AS m CROSS JOIN counted ${customerJoin} ${order}`));
    }
  }
}
for (const [from, source] of Object.entries({ movements: byMovements, items: byItems })) {
  for (const hasText of [false, true]) {
    const found = `FROM (${source}) AS m ${hasText ? `${customerJoin} WHERE ${textFilter}` : ''}`;
    customerCounts.set(`${from}/${hasText}`, sql('revenue-lists.count-customers', `SELECT count(*) AS total, coalesce(sum(m.amountMinor), 0) AS sumMinor ${found}`));
    for (const [direction, word] of Object.entries(directions)) {
      customerWindows.set(`${from}/${hasText}/amount/${direction}`, sql('revenue-lists.customers-by-amount', `SELECT ${customerColumns} FROM (SELECT m.* ${found} ORDER BY m.amountMinor ${word}, m.customer_id LIMIT :limit OFFSET :startAt) AS m ${customerJoin} ORDER BY m.amountMinor ${word}, m.customer_id`));
      const byName = (names: string): string => `ORDER BY ${names} COLLATE NOCASE ${word}, m.customer_id`;
      customerWindows.set(`${from}/${hasText}/customerName/${direction}`, sql('revenue-lists.customers-by-name', `SELECT ${customerColumns} FROM (SELECT m.*, ${named} AS sortedBy FROM (${source}) AS m ${customerJoin} ${hasText ? `WHERE ${textFilter}` : ''} ${byName('sortedBy')} LIMIT :limit OFFSET :startAt) AS m ${customerJoin} ${byName('m.sortedBy')}`));
    }
  }
}

function valuesOf({ scope, native }: View): { policyBit: number; native: string | null; only: string | null; plan: string | null; country: string | null } {
  return { policyBit: scope.policyBit, native, only: scope.currency === '*' ? null : scope.currency, plan: scope.plan, country: scope.country };
}

/** What moved MRR in a range: one row per customer, day and kind. */
export function readMovementWindow(database: ReadableDatabase, view: View, range: MonthRange, filter: { kind: MovementKind | null; customerId: string | null }, window: ListWindow): WindowOf<MeasureMovement> {
  const values = { ...valuesOf(view), ...filter, text: window.text, from: firstDayOf(range.from), until: endOf(range.to) };
  const search = searchFor(window.text);
  const statement = movementWindows.get(`${search}/${window.sort.column}/${window.sort.direction}`);
  const rows = statement ? database.all<Omit<MeasureMovement, 'amount'> & { amountMinor: number; total: number; sumMinor: number }>(statement, { ...values, limit: window.limit, startAt: window.startAt }) : [];
  const count = movementCounts.get(search);
  const all = rows[0] ?? (count && database.get<{ total: number; sumMinor: number }>(count, values));
  const prices = [...new Set(rows.flatMap(({ cause }) => [...cause.matchAll(/\{([^}]+)\}/g)].map(([, id = '']) => id)))];
  const names = readPlanNames(database, prices);
  return {
    rows: rows.map(({ amountMinor, total: _total, sumMinor: _sumMinor, ...row }) => ({ ...row, cause: row.cause.replace(/\{([^}]+)\}/g, (_whole, id: string) => names.get(id) ?? id), amount: { amount: amountMinor, currency: view.currency } })),
    total: all?.total ?? 0, sumMinor: all?.sumMinor ?? 0,
  };
}

/** Customers with MRR at the end of a month; they sum to it. @param zone months end by. */
export function readCustomerWindow(database: ReadableDatabase, view: View, month: Month, window: ListWindow, zone: TimeZone): WindowOf<CustomerMrr> {
  // What has no exchange rate stands among movements alone: items are what converted MRR is the sum of.
  const from = view.preset.name === 'standard' && view.native === null ? 'items' : 'movements';
  const values = { ...valuesOf(view), until: endOf(month), moment: momentOf(month, { asOfAt: findSumsStanding(database)?.asOfAt ?? 0, zone }), ...(window.text === null ? {} : { text: window.text }) };
  const [statement, count] = [customerWindows.get(`${from}/${window.text !== null}/${window.sort.column}/${window.sort.direction}`), customerCounts.get(`${from}/${window.text !== null}`)];
  const rows = statement ? database.all<Omit<CustomerMrr, 'mrr'> & { amountMinor: number }>(statement, { ...values, limit: window.limit, startAt: window.startAt }) : [];
  const counted = count && database.get<{ total: number; sumMinor: number }>(count, values);
  return { rows: rows.map(({ amountMinor, ...row }) => ({ ...row, country: row.country ?? '', mrr: { amount: amountMinor, currency: view.currency } })), total: counted?.total ?? 0, sumMinor: counted?.sumMinor ?? 0 };
}

const sumUnder = (bit: number): string => `sum(iif((m.policies & ${bit}) <> 0, m.amount_minor, 0))`;
/** Whether the customer moved within the month as one of both policies has it alone: lost and won back by it, the end may be the same. */
const movedUnder = (bit: number): string => `max(m.day_on >= :from AND ((m.policies & 1) <> 0) <> ((m.policies & ${bit}) <> 0))`;
const differing = `FROM revenue_movements AS m LEFT JOIN stripe_customers AS c ON c.id = m.customer_id WHERE m.customer_id IN (SELECT customer_id FROM revenue_movements WHERE policies <> 7) AND m.day_on < :until
  GROUP BY m.customer_id HAVING NOT (standard = allDiscounts AND standard = strict) OR movedByDiscounts = 1 OR movedByPastDue = 1`;
const movedMinor = 'sum(iif(m.day_on >= :from AND m.policies <> 7, abs(m.amount_minor), 0))';
const differingColumns = `m.customer_id AS customerId, ${named} AS customerName, ${sumUnder(1)} AS standard, ${sumUnder(2)} AS allDiscounts, ${sumUnder(4)} AS strict, ${movedUnder(2)} AS movedByDiscounts, ${movedUnder(4)} AS movedByPastDue, ${movedMinor} AS movedMinor`;
const largestDifference = 'max(abs(standard - allDiscounts), abs(standard - strict))';
const listDiffering = sql('revenue-lists.differing', `SELECT *, ${largestDifference} AS difference FROM (SELECT ${differingColumns} ${differing}) ORDER BY difference DESC, movedMinor DESC, customerId LIMIT :limit OFFSET :startAt`);
const countDiffering = sql('revenue-lists.count-differing', `SELECT count(*) AS total, coalesce(sum(allDiscounts - standard), 0) AS byDiscounts, coalesce(sum(strict - standard), 0) AS byPastDue FROM (SELECT ${differingColumns} ${differing})`);

export interface PolicyDifference {
  readonly customerId: string;
  readonly customerName: string;
  readonly mrr: { policy: MrrPolicyName; amount: { amount: number; currency: string } }[];
  readonly because: string;
}

const boundsOf = (month: Month) => ({ from: firstDayOf(month), until: endOf(month) });

export const countDifferingCustomers = (database: ReadableDatabase, month: Month): number => database.get<{ total: number }>(countDiffering, boundsOf(month))?.total ?? 0;

interface DifferingRow {
  readonly customerId: string;
  readonly customerName: string;
  readonly standard: number;
  readonly allDiscounts: number;
  readonly strict: number;
  readonly movedByDiscounts: number;
  readonly movedByPastDue: number;
}

/**
 * Customers in whom a month is not the same under every policy, the largest difference of their MRR at its end first; what they add up to explains the whole difference. Behind them those who end
 * it alike but moved within it otherwise: lost and won back by one policy, they make its churn another.
 */
export function readPolicyDifferences(database: ReadableDatabase, month: Month, window: { startAt: number; limit: number }, currency: string): { rows: PolicyDifference[]; total: number; byDiscounts: number; byPastDue: number } {
  const rows = database.all<DifferingRow>(listDiffering, { ...boundsOf(month), ...window });
  const counted = database.get<{ total: number; byDiscounts: number; byPastDue: number }>(countDiffering, boundsOf(month)) ?? { total: 0, byDiscounts: 0, byPastDue: 0 };
  return {
    ...counted,
    rows: rows.map((row) => {
      const amounts = { standard: row.standard, 'all-discounts': row.allDiscounts, strict: row.strict };
      return { customerId: row.customerId, customerName: row.customerName, mrr: policyPresets.map(({ name }) => ({ policy: name, amount: { amount: amounts[name], currency } })), because: becauseOf(row) };
    }),
  };
}

function becauseOf({ standard, allDiscounts, strict, movedByDiscounts, movedByPastDue }: DifferingRow): string {
  const reasons = [
    ...(allDiscounts !== standard ? ['a discount the standard policy leaves out'] : movedByDiscounts === 1 ? ['within the month, a discount the standard policy leaves out'] : []),
    ...(strict !== standard ? ['an invoice is past due'] : movedByPastDue === 1 ? ['within the month, an invoice was past due'] : []),
  ];
  return reasons.join('; ').replace(/^./, (first) => first.toUpperCase());
}
