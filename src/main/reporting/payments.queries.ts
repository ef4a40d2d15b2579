/**
 * The list of payments: charges, refunds, disputes and payments that never came to a charge, in one order.
 *
 * A window is found by its keys, which the indexes of migration 0015 give in order; only its own rows are then read. What the whole list comes to is
 * read from the same indexes and remembered until somebody writes.
 */
import type { z } from 'zod';
import { paymentKinds, type paymentFilterSchema, type paymentRowSchema, type paymentStatusSchema, type paymentsContract } from '../../shared/api/payments.contract.ts';
import { addDays, localDate, month as toMonth } from '../../shared/calendar/local-date.ts';
import type { TimeZone } from '../../shared/calendar/time-zone.ts';
import { sql, type ReadableDatabase, type Sql, type SqlValue } from '../database/handles.ts';
import { amountCondition } from './amount-condition.ts';
import type { Standpoint } from './invoices.queries.ts';
import { readPaymentRows } from './payment-rows.queries.ts';
import { paymentSources, type PaymentKind, type PaymentSource } from './payment-sources.ts';
import type { RememberedAnswers } from './remembered-answers.ts';

export type PaymentRowView = z.infer<typeof paymentRowSchema>;
export type PaymentStatus = z.infer<typeof paymentStatusSchema>;
export type PaymentFilter = z.infer<typeof paymentFilterSchema>;
type PaymentsList = z.infer<NonNullable<(typeof paymentsContract.list)['~orpc']['outputSchema']>>;
export type PaymentGroup = PaymentsList['groups'][number];

export interface PaymentSort {
  /** 'createdAt' or 'amount'. */
  readonly column: string;
  readonly direction: 'ascending' | 'descending';
}

export interface PaymentWindow {
  readonly startAt: number;
  readonly limit: number;
  readonly sort?: PaymentSort | undefined;
  readonly filter?: PaymentFilter | undefined;
}

/** Where a walk through the list stands: behind this row. */
export interface PaymentMark {
  readonly sortKey: number;
  readonly id: string;
}

const newestFirst: PaymentSort = { column: 'createdAt', direction: 'descending' };
const statusesOf: Readonly<Record<PaymentKind, readonly PaymentStatus[]>> = {
  charge: ['succeeded', 'pending', 'failed', 'partly-refunded', 'refunded', 'disputed'], refund: ['succeeded', 'pending', 'failed', 'canceled'], dispute: ['needs-response', 'under-review', 'won', 'lost', 'closed'], intent: ['incomplete', 'pending', 'canceled'],
};

interface Chosen {
  readonly source: PaymentSource;
  /** With WHERE, or empty. */
  readonly where: string;
}

interface Conditions {
  readonly chosen: readonly Chosen[];
  /** Nothing but kinds, statuses and currencies is asked for: the index by standing knows what charges come to. */
  readonly isByStanding: boolean;
  readonly values: Readonly<Record<string, SqlValue>>;
}

const isOfText = "(coalesce(name, '') LIKE :text ESCAPE '\\' OR coalesce(email, '') LIKE :text ESCAPE '\\')";
const countCustomers = sql('payments.count-customers-by-text', `SELECT count(*) AS every, sum(${isOfText}) AS fitting FROM stripe_customers`);
const findCustomers = sql('payments.customers-by-text', `SELECT id FROM stripe_customers WHERE ${isOfText} = :isFitting`);
const nextFailure = sql('payments.next-failure', 'SELECT min(failure_code) AS code FROM stripe_charges WHERE failure_code > ?');
/** More customers than these are not looked up one by one: the list is walked in its order and each row is asked for its customer. */
const fewCustomers = 100;

function spanOf(filter: PaymentFilter, timeZone: TimeZone): { start?: number; end?: number } {
  const bounds = filter.month === undefined ? undefined : timeZone.boundsOf(toMonth(filter.month));
  const starts = [bounds?.start, filter.from === undefined ? undefined : timeZone.startOf(localDate(filter.from))].filter((at) => at !== undefined);
  const ends = [bounds?.end, filter.to === undefined ? undefined : timeZone.startOf(addDays(localDate(filter.to), 1))].filter((at) => at !== undefined);
  return { ...(starts.length > 0 ? { start: Math.max(...starts) } : {}), ...(ends.length > 0 ? { end: Math.min(...ends) } : {}) };
}

/** Only the conditions that are asked for, so that SQLite can use the index that fits them. */
function conditionsOf(database: ReadableDatabase, filter: PaymentFilter, timeZone: TimeZone): Conditions {
  const values: Record<string, SqlValue> = {};
  const parts: ((source: PaymentSource) => string | null)[] = [(source) => source.always ?? ''];
  const { start, end } = spanOf(filter, timeZone);
  if (start !== undefined) {
    values['start'] = start;
    parts.push(({ alias }) => `${alias}.created_at >= :start`);
  }
  if (end !== undefined) {
    values['end'] = end;
    parts.push(({ alias }) => `${alias}.created_at < :end`);
  }
  if (filter.currency !== undefined) {
    values['currency'] = filter.currency;
    // The + leaves the walk to the index that is in the list's order.
    parts.push(({ alias }) => `+${alias}.currency = :currency`);
  }
  if (filter.status !== undefined) {
    const wanted = filter.status;
    values['status'] = wanted;
    parts.push((source) => (statusesOf[source.kind].includes(wanted) ? `${source.status} = :status` : null));
  }
  if (filter.customerId !== undefined) {
    values['customerId'] = filter.customerId;
    parts.push((source) => (source.kind === 'charge' || source.kind === 'intent' ? `${source.customerId} = :customerId` : `${source.alias}.charge_id IN (SELECT id FROM stripe_charges WHERE customer_id = :customerId)`));
  }
  if (filter.amount !== undefined && filter.amount.trim() !== '') {
    const condition = amountCondition(filter.amount);
    Object.assign(values, condition?.named);
    parts.push((source) => condition?.text(`${source.alias}.amount_minor`, `${source.alias}.currency`) ?? null);
  }
  const text = filter.text?.trim();
  if (text) parts.push(textCondition(database, text, values));
  const chosen = paymentKinds.filter((kind) => filter.kind === undefined || kind === filter.kind).flatMap((kind): Chosen[] => {
    const source = paymentSources[kind];
    const own = parts.map((part) => part(source));
    if (own.includes(null)) return [];
    const asked = own.filter((part) => part !== '');
    return [{ source, where: asked.length === 0 ? '' : ` WHERE ${asked.join(' AND ')}` }];
  });
  const { kind: _kind, status: _status, currency: _currency, ...rest } = filter;
  return { chosen, isByStanding: Object.values(rest).every((value) => value === undefined || value === ''), values };
}

const looksLikeId = /^(ch|py|pi|re|pyr|du|dp|txn|po|in|cus)_\w+$/;

/** An id finds what it names and what belongs to it; any other text a customer by name or e-mail, or a failure. */
function textCondition(database: ReadableDatabase, text: string, values: Record<string, SqlValue>): (source: PaymentSource) => string | null {
  if (looksLikeId.test(text)) {
    Object.assign(values, { id: text, idEnd: `${text}\uffff` });
    const charges = "SELECT id FROM stripe_charges WHERE payment_intent_id = :id UNION SELECT charge_id FROM stripe_invoice_payments WHERE invoice_id = :id UNION SELECT h.id FROM stripe_invoice_payments p JOIN stripe_charges h ON h.payment_intent_id = p.payment_intent_id WHERE p.invoice_id = :id UNION SELECT id FROM stripe_charges WHERE customer_id = :id";
    const moved = 'SELECT source_id FROM stripe_balance_transactions WHERE id = :id UNION SELECT source_id FROM stripe_balance_transactions WHERE payout_id = :id UNION SELECT b.source_id FROM stripe_payout_ties t CROSS JOIN stripe_balance_transactions b ON b.id = t.balance_transaction_id WHERE t.payout_id = :id';
    return ({ kind, alias }) => {
      const named = `${alias}.id >= :id AND ${alias}.id < :idEnd`;
      if (kind === 'intent') return `(${named} OR ${alias}.customer_id = :id)`;
      const ofCharge = kind === 'charge' ? `${alias}.id IN (${charges})` : `${alias}.charge_id = :id OR ${alias}.charge_id IN (${charges})`;
      return `(${named} OR ${ofCharge} OR ${alias}.id IN (${moved}))`;
    };
  }
  values['text'] = `%${text.replaceAll(/[\\%_]/g, (character) => `\\${character}`)}%`;
  const { every, fitting } = database.get<{ every: number; fitting: number | null }>(countCustomers, { text: values['text'] }) ?? { every: 0, fitting: 0 };
  // Of many customers those that do not fit are the fewer.
  const isInverted = (fitting ?? 0) > every / 2;
  values['customers'] = JSON.stringify(database.all<{ id: string }>(findCustomers, { text: values['text'], isFitting: isInverted ? 0 : 1 }).map((row) => row.id));
  const fitsAll = isInverted && fitting === every;
  const isOneOf = (customerId: string): string => (fitsAll ? `${customerId} IS NOT NULL` : isInverted ? `(${customerId} IS NOT NULL AND ${customerId} NOT IN (SELECT value FROM json_each(:customers)))` : `${customerId} IN (SELECT value FROM json_each(:customers))`);
  const isFew = !isInverted && (fitting ?? 0) <= fewCustomers;
  const failures = failuresLike(database, text);
  values['failures'] = JSON.stringify(failures);
  return ({ kind, alias, customerId, failureCode }) => {
    if (kind === 'charge') {
      if (!isFew) return failures.length === 0 ? isOneOf(`+${customerId}`) : `(${isOneOf(`+${customerId}`)} OR ${failureCode} IN (SELECT value FROM json_each(:failures)))`;
      return `${alias}.rowid IN (SELECT rowid FROM stripe_charges WHERE customer_id IN (SELECT value FROM json_each(:customers)) UNION ALL SELECT rowid FROM stripe_charges WHERE failure_code IN (SELECT value FROM json_each(:failures)))`;
    }
    if (isFew && kind !== 'intent') return `${alias}.charge_id IN (SELECT id FROM stripe_charges WHERE customer_id IN (SELECT value FROM json_each(:customers)))`;
    return isOneOf(kind === 'intent' && isFew ? customerId : `+${customerId}`);
  };
}

/** The failures a text is a part of: there are a few dozen, found from one to the next in their index. */
function failuresLike(database: ReadableDatabase, text: string): string[] {
  const found: string[] = [];
  for (let code = ''; ; ) {
    const next = database.get<{ code: string | null }>(nextFailure, [code])?.code ?? null;
    if (next === null) return found;
    if (next.toLowerCase().includes(text.toLowerCase())) found.push(next);
    code = next;
  }
}

/** The keys of a window in its order, read from an index where there is one. */
function listKeys(database: ReadableDatabase, { chosen, values }: Conditions, sort: PaymentSort, place: { readonly limit: number; readonly startAt: number; readonly after?: PaymentMark | undefined }): (PaymentMark & { readonly kind: PaymentKind })[] {
  if (chosen.length === 0) return [];
  const direction = sort.direction === 'ascending' ? 'ASC' : 'DESC';
  const beyond = sort.direction === 'ascending' ? '>' : '<';
  const keys = chosen.map(({ source, where }) => {
    const sortKey = sort.column === 'amount' ? source.amount : `${source.alias}.created_at`;
    const behind = place.after === undefined ? '' : `${where === '' ? ' WHERE' : ' AND'} (${sortKey}, ${source.alias}.id) ${beyond} (:afterKey, :afterId)`;
    return `SELECT ${sortKey} AS sortKey, ${source.alias}.id AS id, '${source.kind}' AS kind FROM ${source.table} ${source.alias}${where}${behind}`;
  });
  const statement = sql(`payments.keys-by-${sort.column}`, `${keys.join(' UNION ALL ')} ORDER BY sortKey ${direction}, id ${direction} LIMIT :limit OFFSET :startAt`);
  return database.all(statement, { ...values, limit: place.limit, startAt: place.startAt, ...(place.after ? { afterKey: place.after.sortKey, afterId: place.after.id } : {}) });
}

type CountedGroup = PaymentGroup & { readonly movedMinor: number };

function groupsOf(database: ReadableDatabase, conditions: Conditions): CountedGroup[] {
  const { chosen, values, isByStanding } = conditions;
  return chosen.flatMap(({ source, where }) => {
    if (isByStanding && source.kind === 'charge') return chargesByStanding(database, values);
    // Intents without a charge are few, and have an index of their own.
    const slices = values['customers'] === undefined || source.kind === 'intent' ? [] : slicesOf(database, source);
    const inSlice = slices.length === 0 ? where : `${where}${where === '' ? ' WHERE' : ' AND'} ${source.alias}.created_at >= :sliceStart AND ${source.alias}.created_at < :sliceEnd`;
    const statement = sql(
      `payments.groups-${source.kind}`,
      `SELECT '${source.kind}' AS kind, ${source.status} AS status, ${source.alias}.currency AS currency, count(*) AS count, sum(${source.amount}) AS amountMinor, sum(CASE WHEN ${source.hasMoved} THEN ${source.amount} ELSE 0 END) AS movedMinor
       FROM ${source.table} ${source.alias}${inSlice} GROUP BY 2, 3`,
    );
    if (slices.length === 0) return database.all<CountedGroup>(statement, values);
    return together(slices.flatMap((slice) => database.all<CountedGroup>(statement, { ...values, ...slice })));
  });
}

const slicesOfLongList = 24;

/** Every row of a long list is asked for its customer: in slices of time, so that whoever types on is not waited for. */
function slicesOf(database: ReadableDatabase, { table, kind }: PaymentSource): { sliceStart: number; sliceEnd: number }[] {
  const edge = (which: 'min' | 'max'): number | null => database.get<{ at: number | null }>(sql(`payments.${which}-created-${kind}`, `SELECT ${which}(created_at) AS at FROM ${table}`))?.at ?? null;
  const [first, last] = [edge('min'), edge('max')];
  if (first === null || last === null) return [];
  const step = Math.ceil((last - first + 1) / slicesOfLongList);
  return Array.from({ length: slicesOfLongList }, (_, index) => ({ sliceStart: first + index * step, sliceEnd: first + (index + 1) * step }));
}

function together(groups: readonly CountedGroup[]): CountedGroup[] {
  const sums = new Map<string, CountedGroup>();
  for (const group of groups) {
    const key = `${group.status}/${group.currency}`;
    const sum = sums.get(key);
    sums.set(key, sum ? { ...sum, count: sum.count + group.count, amountMinor: sum.amountMinor + group.amountMinor, movedMinor: sum.movedMinor + group.movedMinor } : group);
  }
  return [...sums.values()];
}

const byStanding = 'FROM stripe_charges INDEXED BY stripe_charges_by_standing WHERE';
const nextCurrency = sql('payments.next-currency', `SELECT min(currency) AS value ${byStanding} currency > ?`);
const nextStatus = sql('payments.next-status', `SELECT min(status) AS value ${byStanding} currency = ? AND status > ?`);
const sumStanding = sql('payments.charges-of-standing', `SELECT count(*) AS count, coalesce(sum(amount_minor), 0) AS amountMinor ${byStanding} currency = :currency AND status = :status AND is_disputed = :isDisputed`);
const sumGoneBack = sql(
  'payments.charges-gone-back',
  `SELECT count(*) AS count, coalesce(sum(amount_minor), 0) AS amountMinor, coalesce(sum(amount_refunded_minor >= amount_minor), 0) AS wholeCount, coalesce(sum(iif(amount_refunded_minor >= amount_minor, amount_minor, 0)), 0) AS wholeMinor
   ${byStanding} currency = :currency AND status = :status AND is_disputed = 0 AND amount_refunded_minor > 0`,
);

interface Sum {
  readonly count: number;
  readonly amountMinor: number;
}
const nothing: Sum = { count: 0, amountMinor: 0 };

function stepsOf(database: ReadableDatabase, next: Sql, ...scope: readonly string[]): string[] {
  const values: string[] = [];
  for (;;) {
    const value = database.get<{ value: string | null }>(next, [...scope, values.at(-1) ?? ''])?.value ?? null;
    if (value === null) return values;
    values.push(value);
  }
}

/** All charges of a filter by standing: each part of the index is walked once, and only where it is asked for. Those that went back are taken out of those that stand. */
function chargesByStanding(database: ReadableDatabase, values: Conditions['values']): CountedGroup[] {
  const wanted = values['status'];
  const groups: CountedGroup[] = [];
  const add = (status: PaymentStatus, currency: string, { count, amountMinor }: Sum, hasMoved = true): void => {
    if (count > 0 && (wanted === undefined || wanted === status)) groups.push({ kind: 'charge', status, currency, count, amountMinor, movedMinor: hasMoved ? amountMinor : 0 });
  };
  const asks = (...statuses: readonly PaymentStatus[]): boolean => wanted === undefined || statuses.some((status) => status === wanted);
  const currencies = typeof values['currency'] === 'string' ? [values['currency']] : stepsOf(database, nextCurrency);
  for (const currency of currencies) {
    for (const status of stepsOf(database, nextStatus, currency)) {
      const sum = (isDisputed: 0 | 1): Sum => database.get<Sum>(sumStanding, { currency, status, isDisputed }) ?? nothing;
      if (status === 'failed' || status === 'pending') {
        if (!asks(status)) continue;
        const [plain, disputed] = [sum(0), sum(1)];
        add(status, currency, { count: plain.count + disputed.count, amountMinor: plain.amountMinor + disputed.amountMinor }, false);
        continue;
      }
      if (asks('disputed')) add('disputed', currency, sum(1));
      if (!asks('succeeded', 'refunded', 'partly-refunded')) continue;
      const back = database.get<Sum & { wholeCount: number; wholeMinor: number }>(sumGoneBack, { currency, status }) ?? { ...nothing, wholeCount: 0, wholeMinor: 0 };
      add('refunded', currency, { count: back.wholeCount, amountMinor: back.wholeMinor });
      add('partly-refunded', currency, { count: back.count - back.wholeCount, amountMinor: back.amountMinor - back.wholeMinor });
      if (!asks('succeeded')) continue;
      const all = sum(0);
      add('succeeded', currency, { count: all.count - back.count, amountMinor: all.amountMinor - back.amountMinor });
    }
  }
  return groups;
}

function totalsOf(groups: readonly CountedGroup[]): Pick<PaymentsList, 'total' | 'sums' | 'groups'> {
  const sums = new Map<string, number>();
  for (const { currency, movedMinor } of groups) sums.set(currency, (sums.get(currency) ?? 0) + movedMinor);
  return {
    total: groups.reduce((total, group) => total + group.count, 0),
    sums: [...sums].sort(([a], [b]) => (a < b ? -1 : 1)).map(([currency, amount]) => ({ amount, currency })),
    groups: groups.map(({ kind, status, currency, count, amountMinor }) => ({ kind, status, currency, count, amountMinor })),
  };
}

/** A window of the list, how many rows it has in all and what they moved. */
export function listPayments(database: ReadableDatabase, window: PaymentWindow, standpoint: Standpoint, remembered: RememberedAnswers): PaymentsList {
  const conditions = conditionsOf(database, window.filter ?? {}, standpoint.timeZone);
  const totals = remembered.recall('payments', [conditions.chosen.map(({ where }) => where), conditions.values], () => totalsOf(groupsOf(database, conditions)));
  const { startAt, limit } = window;
  const sort = window.sort ?? newestFirst;
  const left = Math.min(limit, totals.total - startAt);
  if (left <= 0) return { rows: [], ...totals };
  // The second half of a list is reached sooner from its end.
  const isNearEnd = startAt > totals.total / 2;
  const fromEnd: PaymentSort = { column: sort.column, direction: sort.direction === 'ascending' ? 'descending' : 'ascending' };
  const keys = isNearEnd ? listKeys(database, conditions, fromEnd, { limit: left, startAt: totals.total - startAt - left }).reverse() : listKeys(database, conditions, sort, window);
  return { rows: readPaymentRows(database, keys, standpoint), ...totals };
}

/** The next rows of a walk through the whole list, from a mark on; rows that come in meanwhile do not move it. */
export function walkPayments(database: ReadableDatabase, filter: PaymentFilter, sort: PaymentSort | undefined, after: PaymentMark | undefined, limit: number, standpoint: Standpoint): { rows: PaymentRowView[]; next: PaymentMark | null } {
  const keys = listKeys(database, conditionsOf(database, filter, standpoint.timeZone), sort ?? newestFirst, { limit: limit + 1, startAt: 0, after });
  const shown = keys.slice(0, limit);
  const last = shown.at(-1);
  return { rows: readPaymentRows(database, shown, standpoint), next: keys.length > limit && last ? { sortKey: last.sortKey, id: last.id } : null };
}
