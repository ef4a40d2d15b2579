/**
 * The list of customers with what each is worth and owes. Filtered and put in order from one index; sums over invoices, charges and MRR are added for the
 * window, and for all customers only where the list is ordered by them.
 */
import type { z } from 'zod';
import type { customerFilterSchema, customerRowSchema, customerSortSchema } from '../../shared/api/customers.contract.ts';
import { convertMinorUnits } from '../../shared/money/money.ts';
import { sql, type ReadableDatabase, type SqlValue } from '../database/handles.ts';
import type { Standpoint } from './invoices.queries.ts';
import { readMrrOfCustomers } from './mrr.queries.ts';
import type { RememberedAnswers } from './remembered-answers.ts';
import { findFirstRevenueMonth, findSumsStanding } from './revenue-sums.queries.ts';

export type CustomerRowView = z.infer<typeof customerRowSchema>;
export type CustomerFilter = z.infer<typeof customerFilterSchema>;
export type CustomerSort = z.infer<typeof customerSortSchema>;
type Money = { readonly amount: number; readonly currency: string };

export interface CustomerWindow {
  readonly startAt: number;
  /** Of a walk from part to part: the customer the part before ended with. The window begins behind it, wherever it stands now; at `startAt` where it is in the list no longer. */
  readonly afterId?: string | undefined;
  readonly limit: number;
  readonly sort?: CustomerSort | undefined;
  readonly filter?: CustomerFilter | undefined;
}

/** Where a list of customers is read from. */
export interface CustomerStandpoint extends Standpoint {
  readonly functionalCurrency: string;
  readonly remembered: RememberedAnswers;
}

const activeStatuses = "('active', 'trialing', 'past_due')";
const listOpen = sql('customers.open-receivables', "SELECT customer_id AS id, currency, sum(amount_remaining_minor) AS amount FROM stripe_invoices WHERE status = 'open' AND customer_id IS NOT NULL GROUP BY customer_id, currency");
const paid = "sum(CASE WHEN status NOT IN ('failed', 'pending') THEN amount_minor - amount_refunded_minor ELSE 0 END)";
// Nearly every customer pays in one currency: then the index gives the sum without a sort.
const listPaid = sql('customers.all-paid', `SELECT customer_id AS id, min(currency) AS currency, max(currency) AS otherCurrency, ${paid} AS amount FROM stripe_charges INDEXED BY stripe_charges_by_customer WHERE customer_id IS NOT NULL GROUP BY customer_id`);
const listPaidOf = sql('customers.paid', `SELECT h.customer_id AS id, h.currency, ${paid} AS amount FROM json_each(?) k CROSS JOIN stripe_charges h ON h.customer_id = k.value GROUP BY h.customer_id, h.currency`);
const listSubscribed = sql('customers.subscribed', `SELECT s.customer_id AS id, count(*) AS count FROM json_each(?) k CROSS JOIN stripe_subscriptions s ON s.customer_id = k.value WHERE s.status IN ${activeStatuses} GROUP BY s.customer_id`);
const listRows = sql('customers.rows', 'SELECT c.id, c.name, c.email, c.country, c.currency, c.is_deleted AS isDeleted, c.balance_minor AS balanceMinor, c.created_at AS createdAt FROM stripe_customers c WHERE c.id IN (SELECT value FROM json_each(?))');
const listRates = sql('customers.rates', 'SELECT base, rate, max(rate_on) FROM exchange_rates WHERE quote = ? GROUP BY base');

interface StoredCustomer {
  readonly id: string;
  readonly name: string | null;
  readonly email: string | null;
  readonly country: string | null;
  readonly currency: string | null;
  readonly isDeleted: number;
  readonly balanceMinor: number;
  readonly createdAt: number;
}

interface Condition {
  readonly where: string;
  readonly values: Readonly<Record<string, SqlValue>>;
}

function conditionOf(filter: CustomerFilter): Condition {
  const parts: string[] = [];
  const values: Record<string, SqlValue> = {};
  if (filter.country !== undefined) {
    parts.push('c.country = :country');
    values['country'] = filter.country;
  }
  if (filter.currency !== undefined) {
    parts.push('c.currency = :currency');
    values['currency'] = filter.currency;
  }
  if (filter.standing === 'subscribed') parts.push(`EXISTS (SELECT 1 FROM stripe_subscriptions s WHERE s.customer_id = c.id AND s.status IN ${activeStatuses})`);
  if (filter.standing === 'owing') parts.push("EXISTS (SELECT 1 FROM stripe_invoices s WHERE s.customer_id = c.id AND s.status = 'open' AND s.amount_remaining_minor > 0)");
  if (filter.standing === 'in-credit') parts.push('c.balance_minor < 0');
  if (filter.standing === 'deleted') parts.push('c.is_deleted = 1');
  const text = filter.text?.trim();
  if (text) {
    parts.push("(c.name LIKE :text ESCAPE '\\' OR c.email LIKE :text ESCAPE '\\' OR c.id = :exact)");
    Object.assign(values, { text: `%${text.replaceAll(/[\\%_]/g, (character) => `\\${character}`)}%`, exact: text });
  }
  return { where: parts.length === 0 ? '' : ` WHERE ${parts.join(' AND ')}`, values };
}

const orderOf: Readonly<Record<string, string>> = { name: "coalesce(c.name, c.email, c.id) COLLATE NOCASE", country: "coalesce(c.country, '~')", createdOn: 'c.created_at' };

/** The month whose MRR is shown: the one the sums are of; null before they were first worked out or where nothing ever moved. */
export function findMrrMonthShown(database: ReadableDatabase, { timeZone }: Pick<CustomerStandpoint, 'timeZone'>): string | null {
  const standing = findSumsStanding(database);
  return standing && findFirstRevenueMonth(database) !== null ? timeZone.monthOf(standing.asOfAt) : null;
}

function mrrByCustomer(database: ReadableDatabase, standpoint: CustomerStandpoint): ReadonlyMap<string, number> | null {
  const standing = findSumsStanding(database);
  if (!standing || findMrrMonthShown(database, standpoint) === null) return null;
  return standpoint.remembered.recall('customers.mrr', standing.asOfAt, () => readMrrOfCustomers(database, standing));
}

function byCustomer(rows: readonly (Money & { readonly id: string })[]): Map<string, Money[]> {
  const amounts = new Map<string, Money[]>();
  for (const { id, amount, currency } of rows) if (amount !== 0) amounts.set(id, [...(amounts.get(id) ?? []), { amount, currency }]);
  return amounts;
}

function openByCustomer(database: ReadableDatabase, remembered: RememberedAnswers): ReadonlyMap<string, Money[]> {
  return remembered.recall('customers.open', null, () => byCustomer(database.all(listOpen)));
}

function paidByCustomer(database: ReadableDatabase): ReadonlyMap<string, Money[]> {
  const sums = database.all<Money & { readonly id: string; readonly otherCurrency: string }>(listPaid);
  const mixed = sums.filter((row) => row.currency !== row.otherCurrency).map((row) => row.id);
  return byCustomer([...sums.filter((row) => row.currency === row.otherCurrency), ...database.all<Money & { readonly id: string }>(listPaidOf, [JSON.stringify(mixed)])]);
}

/** What an order by value compares: amounts of all currencies in functional currency at the newest rates. Only the order is made of it. */
function weightsOf(database: ReadableDatabase, column: 'mrr' | 'openReceivable' | 'lifetimePaid', standpoint: CustomerStandpoint): ReadonlyMap<string, number> {
  if (column === 'mrr') return mrrByCustomer(database, standpoint) ?? new Map();
  const { remembered, functionalCurrency } = standpoint;
  const rates = new Map(database.all<{ base: string; rate: string }>(listRates, [functionalCurrency]).map((row) => [row.base, row.rate]));
  const weigh = ({ amount, currency }: Money): number => {
    const rate = currency === functionalCurrency ? '1' : rates.get(currency);
    return rate === undefined ? 0 : convertMinorUnits(amount, currency, functionalCurrency, rate, 'half-even');
  };
  const amounts = column === 'openReceivable' ? openByCustomer(database, remembered) : paidByCustomer(database);
  return new Map([...amounts].map(([id, list]) => [id, list.reduce((sum, each) => sum + weigh(each), 0)]));
}

/** The ids of the whole list in its order. */
function orderedIds(database: ReadableDatabase, condition: Condition, sort: CustomerSort, standpoint: CustomerStandpoint): string[] {
  const { column, direction } = sort;
  const order = orderOf[column] ?? orderOf['name'];
  const word = direction === 'ascending' ? 'ASC' : 'DESC';
  return standpoint.remembered.recall('customers.order', [condition, sort], () => {
    const ids = database.all<{ id: string }>(sql(`customers.keys-by-${column}`, `SELECT c.id FROM stripe_customers c INDEXED BY stripe_customers_by_created${condition.where} ORDER BY ${order} ${word}, c.id ${word}`), condition.values).map((row) => row.id);
    if (column !== 'mrr' && column !== 'openReceivable' && column !== 'lifetimePaid') return ids;
    const weights = weightsOf(database, column, standpoint);
    const sign = direction === 'ascending' ? 1 : -1;
    return ids.sort((a, b) => sign * ((weights.get(a) ?? 0) - (weights.get(b) ?? 0)) || (a < b ? -1 : 1));
  });
}

/** These customers with their figures, in the order of the ids. */
export function readCustomerRows(database: ReadableDatabase, ids: readonly string[], standpoint: CustomerStandpoint): CustomerRowView[] {
  const asked = [JSON.stringify(ids)];
  const found = new Map(database.all<StoredCustomer>(listRows, asked).map((row) => [row.id, row]));
  const mrr = mrrByCustomer(database, standpoint);
  const open = openByCustomer(database, standpoint.remembered);
  const collected = byCustomer(database.all(listPaidOf, asked));
  const subscribed = new Map(database.all<{ id: string; count: number }>(listSubscribed, asked).map((row) => [row.id, row.count]));
  return ids.flatMap((id) => found.get(id) ?? []).map((row) => ({
    id: row.id, name: row.name ?? row.email ?? row.id, email: row.email, country: row.country, isDeleted: row.isDeleted === 1, createdOn: standpoint.timeZone.dateOf(row.createdAt),
    mrr: mrr === null ? null : { amount: mrr.get(row.id) ?? 0, currency: standpoint.functionalCurrency }, openReceivable: open.get(row.id) ?? [], lifetimePaid: collected.get(row.id) ?? [],
    balance: row.balanceMinor === 0 ? null : { amount: row.balanceMinor, currency: row.currency ?? standpoint.functionalCurrency }, activeSubscriptions: subscribed.get(row.id) ?? 0,
  }));
}

const byName: CustomerSort = { column: 'name', direction: 'ascending' };

/** A window of the list with the place behind its last row, how many there are in all and what they owe on open invoices. */
export function listCustomers(database: ReadableDatabase, window: CustomerWindow, standpoint: CustomerStandpoint): { rows: CustomerRowView[]; total: number; endsAt: number; sums: { amount: number; currency: string }[] } {
  const ids = orderedIds(database, conditionOf(window.filter ?? {}), window.sort ?? byName, standpoint);
  const behind = window.afterId === undefined ? 0 : ids.indexOf(window.afterId) + 1;
  const startAt = behind === 0 ? window.startAt : behind;
  const open = openByCustomer(database, standpoint.remembered);
  const sums = new Map<string, number>();
  const listed = open.size === 0 ? [] : ids;
  for (const id of listed) for (const { amount, currency } of open.get(id) ?? []) sums.set(currency, (sums.get(currency) ?? 0) + amount);
  return {
    rows: readCustomerRows(database, ids.slice(startAt, startAt + window.limit), standpoint), total: ids.length, endsAt: Math.min(startAt + window.limit, ids.length),
    sums: [...sums].sort(([a], [b]) => (a < b ? -1 : 1)).map(([currency, amount]) => ({ amount, currency })),
  };
}
