/**
 * Read models of the invoices screen: partner invoices and the gateway's own in one list, and one invoice with how it came about.
 *
 * `month` in a filter means the billed month of a partner invoice and the month of issue of any other. Our own are listed by their day of issue, which may lie before the day on which they were
 * finalised; Stripe's by the moment they were finalised (drafts by the moment they were made).
 */
import type { z } from 'zod';
import type { invoiceDetailSchema, invoiceRowSchema } from '../../shared/api/invoices.contract.ts';
import { addDays, endOf, firstDayOf, localDate, month as toMonth, monthOf } from '../../shared/calendar/local-date.ts';
import type { Instant, TimeZone } from '../../shared/calendar/time-zone.ts';
import { currencyExponent } from '../../shared/money/currency.ts';
import { formatBasisPoints } from '../contracts/contract-terms.ts';
import { sql, type ReadableDatabase, type SqlValue } from '../database/handles.ts';
import { listMailHistory } from './mail.queries.ts';

export type InvoiceRowView = z.infer<typeof invoiceRowSchema>;
export type InvoiceDetailView = z.infer<typeof invoiceDetailSchema>;

/** Where and when a reader stands. */
export interface Standpoint {
  readonly timeZone: TimeZone;
  readonly now: Instant;
}

export interface InvoiceWindow {
  readonly startAt: number;
  readonly limit: number;
  readonly sort?: { readonly column: string; readonly direction: 'ascending' | 'descending' } | undefined;
  readonly filter?: { readonly origin?: InvoiceRowView['origin'] | undefined; readonly status?: InvoiceRowView['status'] | undefined; readonly month?: string | undefined; readonly customerId?: string | undefined; readonly from?: string | undefined; readonly to?: string | undefined; readonly text?: string | undefined } | undefined;
}

interface ListedRow {
  readonly id: string;
  readonly origin: InvoiceRowView['origin'];
  readonly number: string | null;
  readonly customerName: string;
  readonly status: InvoiceRowView['status'];
  readonly issuedAt: number | null;
  readonly issueDate: string | null;
  readonly dueAt: number | null;
  readonly dueDate: string | null;
  readonly billingMonth: string | null;
  readonly totalMinor: number;
  readonly dueMinor: number;
  readonly currency: string;
  readonly totalsFingerprint: string | null;
}

/** The two sources under the same names. */
const ownColumns = `i.id AS id, i.kind AS origin, i.invoice_number AS number, coalesce(p.name, json_extract(i.customer_snapshot, '$.customer.name'), '') AS customerName, i.status AS status,
  i.finalised_at AS issuedAt, i.issue_date AS issueDate, NULL AS dueAt, i.due_date AS dueDate, i.billing_month AS billingMonth, i.total_minor AS totalMinor, i.amount_due_minor AS dueMinor, i.currency AS currency, i.totals_fingerprint AS totalsFingerprint`;
const stripeColumns = `s.id AS id, 'stripe' AS origin, s.number AS number, coalesce(c.name, c.email, s.customer_id, '') AS customerName, coalesce(s.status, 'draft') AS status,
  s.finalised_at AS issuedAt, NULL AS issueDate, s.due_at AS dueAt, NULL AS dueDate, NULL AS billingMonth, s.total_minor AS totalMinor, s.amount_remaining_minor AS dueMinor, s.currency AS currency, NULL AS totalsFingerprint`;
const ownTables = 'invoices i LEFT JOIN partners p ON p.id = i.partner_id';
const stripeTables = 'stripe_invoices s LEFT JOIN stripe_customers c ON c.id = s.customer_id';

const ownMoment = 'coalesce(i.finalised_at, i.created_at)';
/**
 * The moment an own invoice is listed at: that at which it was finalised, or the end of its day of issue, which a person may have chosen earlier. The day is one of UTC, since an index knows no time zone
 * (`invoices_by_day_of_issue`): west of it its end lies within the day there; east of it see {@link ownArms}.
 */
const ownListedAt = `min(${ownMoment}, coalesce(unixepoch(i.issue_date) * 1000 + 86400000, ${ownMoment}))`;
/** Whether the day an own invoice says to be issued on, or the moment it was made where it says none, lies on that side of a day. */
const ownIssued = (side: '>=' | '<', day: string, moment: string): string => `CASE WHEN i.issue_date IS NULL THEN ${ownMoment} ${side} ${moment} ELSE i.issue_date ${side} ${day} END`;

/** What the list is put in order by, for each source; names are joined only where they are asked for. */
const ownSort: Readonly<Record<string, string>> = { number: 'i.invoice_number', customerName: "coalesce(p.name, json_extract(i.customer_snapshot, '$.customer.name'), '')", issuedOn: ownListedAt, total: 'i.total_minor', status: 'i.status' };
const stripeSort: Readonly<Record<string, string>> = { number: 's.number', customerName: "coalesce(c.name, c.email, s.customer_id, '')", issuedOn: 'coalesce(s.finalised_at, s.created_at)', total: 's.total_minor', status: "coalesce(s.status, 'draft')" };

interface Conditions {
  /** Null: this source has nothing to give. */
  readonly own: string | null;
  readonly stripe: string | null;
  readonly values: Record<string, SqlValue>;
}

/** Only the conditions that are asked for, so that SQLite can use the index that fits them. */
function conditionsOf(filter: InvoiceWindow['filter'], timeZone: TimeZone): Conditions {
  const own: string[] = [];
  const stripe: string[] = [];
  const values: Record<string, SqlValue> = {};
  const origin = filter?.origin;
  if (origin !== undefined && origin !== 'stripe') {
    own.push('i.kind = :origin');
    values['origin'] = origin;
  }
  if (filter?.status !== undefined) {
    own.push('i.status = :status');
    stripe.push('s.status = :status');
    values['status'] = filter.status;
  }
  if (filter?.month !== undefined) {
    const bounds = timeZone.boundsOf(toMonth(filter.month));
    own.push(`(i.billing_month = :month OR (i.billing_month IS NULL AND ${ownIssued('>=', ':firstDay', ':start')} AND ${ownIssued('<', ':dayAfter', ':end')}))`);
    stripe.push('coalesce(s.finalised_at, s.created_at) >= :start AND coalesce(s.finalised_at, s.created_at) < :end');
    Object.assign(values, { month: filter.month, start: bounds.start, end: bounds.end, firstDay: firstDayOf(toMonth(filter.month)), dayAfter: endOf(toMonth(filter.month)) });
  }
  if (filter?.from !== undefined) {
    own.push(ownIssued('>=', ':fromDay', ':from'));
    stripe.push('coalesce(s.finalised_at, s.created_at) >= :from');
    Object.assign(values, { fromDay: filter.from, from: timeZone.startOf(localDate(filter.from)) });
  }
  if (filter?.to !== undefined) {
    own.push(ownIssued('<', ':untilDay', ':until'));
    stripe.push('coalesce(s.finalised_at, s.created_at) < :until');
    const untilDay = addDays(localDate(filter.to), 1);
    Object.assign(values, { untilDay, until: timeZone.startOf(untilDay) });
  }
  if (filter?.customerId !== undefined) {
    own.push('(i.partner_id = :customerId OR i.user_id = :customerId)');
    stripe.push('s.customer_id = :customerId');
    values['customerId'] = filter.customerId;
  }
  const text = filter?.text?.trim();
  if (text) {
    own.push("(i.invoice_number LIKE :text ESCAPE '\\' OR p.name LIKE :text ESCAPE '\\' OR (i.partner_id IS NULL AND json_extract(i.customer_snapshot, '$.customer.name') LIKE :text ESCAPE '\\') OR i.id = :exact)");
    stripe.push(`(s.number LIKE :text ESCAPE '\\' OR s.customer_id IN (SELECT id FROM stripe_customers WHERE name LIKE :text ESCAPE '\\' OR email LIKE :text ESCAPE '\\') OR s.id = :exact)`);
    Object.assign(values, { text: `%${text.replaceAll(/[\\%_]/g, (character) => `\\${character}`)}%`, exact: text });
  }
  const where = (parts: readonly string[]): string => (parts.length === 0 ? '' : ` WHERE ${parts.join(' AND ')}`);
  return { own: origin === 'stripe' ? null : where(own), stripe: origin !== undefined && origin !== 'stripe' ? null : where(stripe), values };
}

interface OwnArms {
  readonly arms: readonly { readonly key: string; /** With its WHERE, or empty. */ readonly where: string }[];
  readonly values: Record<string, SqlValue>;
}

const dayMs = 24 * 3_600_000;
/** Listed at the end of a day of UTC or within the hours before it that its zone is ahead, asked of the index alone: among these is every invoice that was finalised after its day was over there. */
const isLate = `(i.issue_date IS NOT NULL AND (${ownListedAt} + :eastmostMs) % ${dayMs} <= :eastmostMs)`;
/** Ends of days by month and day: an object of thousands of names is searched name by name. */
const lateListedAt = `min(${ownMoment}, json_extract(:dayEnds, '$."' || substr(i.issue_date, 1, 7) || '"."' || i.issue_date || '"'))`;

/**
 * The own invoices in the order that is asked for; by day of issue, by the day in the reporting time zone. East of UTC a day is over before that of UTC is: what may have been finalised after its day was over
 * there, as invoices that are dated back are, is put at the last moment of its day there and sorted; all others are read from the index.
 */
function ownArms(database: ReadableDatabase, where: string | null, values: Conditions['values'], tables: string, column: string, timeZone: TimeZone): OwnArms {
  if (where === null) return { arms: [], values };
  const key = ownSort[column] ?? ownListedAt;
  const eastmostMs = key === ownListedAt ? eastmostOffsetOf(timeZone) : 0;
  if (eastmostMs <= 0) return { arms: [{ key, where }], values };
  const and = where === '' ? ' WHERE' : `${where} AND`;
  const bounds = { ...values, eastmostMs };
  const days = database.all<{ day: string }>(sql('invoices.late-days', `SELECT DISTINCT i.issue_date AS day FROM ${tables}${and} ${isLate}`), bounds).map(({ day }) => localDate(day));
  if (days.length === 0) return { arms: [{ key, where }], values };
  const ofMonths = [...Map.groupBy(days, monthOf)].map(([month, some]) => [month, Object.fromEntries(some.map((day) => [day, timeZone.startOf(addDays(day, 1)) - 1]))]);
  const dayEnds = JSON.stringify(Object.fromEntries(ofMonths));
  return { arms: [{ key, where: `${and} NOT ${isLate}` }, { key: lateListedAt, where: `${and} ${isLate}` }], values: { ...bounds, dayEnds } };
}

const eastmostOffsets = new Map<string, number>();

/** The farthest that a zone's clocks are ahead of UTC, in milliseconds, by the first of each month of the years in which invoices are dated; not above zero where they never are. */
function eastmostOffsetOf(timeZone: TimeZone): number {
  const known = eastmostOffsets.get(timeZone.name);
  if (known !== undefined) return known;
  const months = Array.from({ length: 12 * 50 }, (_, index) => Date.UTC(2000, index, 1));
  const eastmost = Math.max(...months.map((instant) => timeZone.offsetMsAt(instant)));
  eastmostOffsets.set(timeZone.name, eastmost);
  return eastmost;
}

const detailsOfOwn = sql('invoices.rows-own', `SELECT ${ownColumns} FROM ${ownTables} WHERE i.id IN (SELECT value FROM json_each(?))`);
const detailsOfStripe = sql('invoices.rows-stripe', `SELECT ${stripeColumns} FROM ${stripeTables} WHERE s.id IN (SELECT value FROM json_each(?))`);

interface SumRow {
  readonly status: InvoiceRowView['status'] | null;
  readonly currency: string;
  readonly amount: number;
  readonly count: number;
}

/** Where a walk through the list stands: behind this row. */
export interface InvoiceMark {
  readonly sortKey: string | number;
  readonly id: string;
}

/** The ids of the next rows of a walk through the whole list, from a mark on; rows that come in meanwhile do not move it. */
export function walkInvoices(database: ReadableDatabase, { filter, sort }: Pick<InvoiceWindow, 'filter' | 'sort'>, after: InvoiceMark | undefined, limit: number, { timeZone }: Standpoint): { ids: string[]; next: InvoiceMark | null } {
  const conditions = conditionsOf(filter, timeZone);
  const column = sort?.column ?? 'issuedOn';
  const direction = (sort?.direction ?? 'descending') === 'ascending' ? 'ASC' : 'DESC';
  const part = (where: string | null, from: string, key: string, id: string): string[] => {
    if (where === null) return [];
    // A draft without a number is put where the empty number would be, as the list puts it.
    const sortKey = column === 'number' ? `coalesce(${key}, '')` : key;
    const behind = after === undefined ? '' : `${where === '' ? ' WHERE' : ' AND'} (${sortKey}, ${id}) ${direction === 'ASC' ? '>' : '<'} (:afterKey, :afterId)`;
    return [`SELECT ${sortKey} AS sortKey, ${id} AS id FROM ${from}${where}${behind}`];
  };
  const own = ownArms(database, conditions.own, conditions.values, ownTables, column, timeZone);
  const keys = [...own.arms.flatMap(({ key, where }) => part(where, ownTables, key, 'i.id')), ...part(conditions.stripe, column === 'customerName' ? stripeTables : 'stripe_invoices s', stripeSort[column] ?? '', 's.id')];
  const found = database.all<InvoiceMark>(sql(`invoices.walk-by-${column}`, `${keys.join(' UNION ALL ')} ORDER BY sortKey ${direction}, id ${direction} LIMIT :limit`), { ...own.values, limit: limit + 1, ...(after ? { afterKey: after.sortKey, afterId: after.id } : {}) });
  const shown = found.slice(0, limit);
  return { ids: shown.map((row) => row.id), next: found.length > limit ? (shown.at(-1) ?? null) : null };
}

/** What the whole filtered list comes to: what is real, and drafts apart. Void invoices are only counted. */
export interface InvoiceSums {
  readonly total: number;
  readonly sums: { amount: number; currency: string }[];
  readonly drafts: { count: number; sums: { amount: number; currency: string }[] };
  readonly voided: number;
}

/** A window of both sources in one order: first the keys, read from an index where there is one, then the rows of the window alone. */
export function listInvoices(database: ReadableDatabase, window: InvoiceWindow, standpoint: Standpoint): InvoiceSums & { rows: InvoiceRowView[] } {
  const conditions = conditionsOf(window.filter, standpoint.timeZone);
  const column = window.sort?.column ?? 'issuedOn';
  const direction = (window.sort?.direction ?? 'descending') === 'ascending' ? 'ASC' : 'DESC';
  const isSearch = conditions.values['text'] !== undefined;
  const own = isSearch || column === 'customerName' ? ownTables : 'invoices i';
  const stripe = column === 'customerName' ? stripeTables : 'stripe_invoices s';
  // The keys are read in their order, until the window is full: not gathered by status (the +) and sorted then.
  const { arms, values } = ownArms(database, conditions.own, conditions.values, own, column, standpoint.timeZone);
  const keys = [
    ...arms.map(({ key, where }) => `SELECT ${key} AS sortKey, i.id AS id FROM ${own}${where}`),
    conditions.stripe === null ? null : `SELECT ${stripeSort[column] ?? stripeSort['issuedOn']} AS sortKey, s.id AS id FROM ${stripe}${conditions.stripe.replace('s.status = ', '+s.status = ')}`,
  ].filter((part) => part !== null).join(' UNION ALL ');
  const ids = database.all<{ id: string }>(sql(`invoices.keys-by-${column}`, `${keys} ORDER BY sortKey ${direction}, id ${direction} LIMIT :limit OFFSET :startAt`), { ...values, limit: window.limit, startAt: window.startAt }).map((row) => row.id);
  const wanted = [JSON.stringify(ids)];
  const found = new Map([...database.all<ListedRow>(detailsOfOwn, wanted), ...database.all<ListedRow>(detailsOfStripe, wanted)].map((row) => [row.id, row]));
  const rows = ids.flatMap((id) => found.get(id) ?? []);
  // A window that holds the whole list says itself what it sums to.
  if (window.startAt === 0 && ids.length < window.limit) return { rows: rows.map((row) => toRowView(row, standpoint)), ...sumsOf(rows.map(({ status, currency, totalMinor }) => ({ status, currency, amount: totalMinor, count: 1 }))) };
  // By status and currency, as the index has them; summed over the statuses here. A search reads the index it searched (the + keeps it from the other).
  const stripeGroup = isSearch ? '+s.status, +s.currency' : 's.status, s.currency';
  const sums = [
    ...(conditions.own === null ? [] : database.all<SumRow>(sql('invoices.sums-own', `SELECT i.status AS status, i.currency AS currency, sum(i.total_minor) AS amount, count(*) AS count FROM ${own}${conditions.own} GROUP BY i.status, i.currency`), conditions.values)),
    ...(conditions.stripe === null ? [] : database.all<SumRow>(sql('invoices.sums-stripe', `SELECT s.status AS status, s.currency AS currency, sum(s.total_minor) AS amount, count(*) AS count FROM stripe_invoices s${conditions.stripe} GROUP BY ${stripeGroup}`), conditions.values)),
  ];
  return { rows: rows.map((row) => toRowView(row, standpoint)), ...sumsOf(sums) };
}

function sumsOf(groups: readonly SumRow[]): InvoiceSums {
  const countOf = (some: readonly SumRow[]): number => some.reduce((total, { count }) => total + count, 0);
  // Stripe names no status in the oldest versions; the list shows such an invoice as a draft.
  const drafts = groups.filter(({ status }) => status === null || status === 'draft');
  const real = groups.filter(({ status }) => status !== null && status !== 'draft' && status !== 'void');
  return { total: countOf(groups), sums: sumByCurrency(real), drafts: { count: countOf(drafts), sums: sumByCurrency(drafts) }, voided: countOf(groups.filter(({ status }) => status === 'void')) };
}

function sumByCurrency(sums: readonly Pick<SumRow, 'currency' | 'amount'>[]): { amount: number; currency: string }[] {
  const amounts = new Map<string, number>();
  for (const { currency, amount } of sums) amounts.set(currency, (amounts.get(currency) ?? 0) + amount);
  return [...amounts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([currency, amount]) => ({ amount, currency }));
}

const settledStatuses: readonly InvoiceRowView['status'][] = ['draft', 'paid', 'void', 'uncollectible'];

function toRowView(row: ListedRow, { timeZone, now }: Standpoint): InvoiceRowView {
  const dueOn = row.dueDate ?? (row.dueAt === null ? null : timeZone.dateOf(row.dueAt));
  return {
    id: row.id, origin: row.origin, number: row.number, customerName: row.customerName, status: row.status, isOverdue: dueOn !== null && !settledStatuses.includes(row.status) && row.dueMinor > 0 && dueOn < timeZone.dateOf(now),
    issuedOn: row.issueDate ?? (row.issuedAt === null ? null : timeZone.dateOf(row.issuedAt)), dueOn, billingMonth: row.billingMonth, total: { amount: row.totalMinor, currency: row.currency },
    due: { amount: row.status === 'void' ? 0 : row.dueMinor, currency: row.currency }, totalsFingerprint: row.totalsFingerprint,
  };
}

// ── One invoice ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

const findOwn = sql(
  'invoices.own',
  `SELECT ${ownColumns}, i.subtotal_minor AS subtotalMinor, i.discount_minor AS discountMinor, i.tax_minor AS taxMinor, i.withholding_minor AS withholdingMinor, i.amount_paid_minor AS paidMinor, i.line_items AS lines,
     i.customer_snapshot AS snapshot, i.partner_id AS partnerId, i.contract_id AS contractId, i.replaces, i.notes, i.void_reason AS voidReason
   FROM ${ownTables} WHERE i.id = :id OR i.invoice_number = :id`,
);
const findStripe = sql(
  'invoices.stripe',
  `SELECT ${stripeColumns}, s.subtotal_minor AS subtotalMinor, s.discount_minor AS discountMinor, s.tax_minor AS taxMinor, s.shipping_minor - s.shipping_tax_minor AS shippingMinor, s.amount_paid_minor AS paidMinor, s.created_at AS createdAt, s.paid_at AS paidAt, s.voided_at AS voidedAt,
     s.marked_uncollectible_at AS uncollectibleAt, s.raw FROM ${stripeTables} WHERE s.id = :id OR s.number = :id LIMIT 1`,
);
const listStripeLines = sql('invoices.stripe-lines', 'SELECT description, quantity, unit_amount_decimal AS unitAmountDecimal, amount_minor AS amountMinor, billing_credit_minor AS billingCreditMinor, currency, is_proration AS isProration, period_start_at AS startAt, period_end_at AS endAt FROM stripe_invoice_lines WHERE invoice_id = ? ORDER BY line_index');
const listEntries = sql('invoices.entries', 'SELECT id FROM journal_entries WHERE source_type = ? AND source_id = ? ORDER BY ledger_sequence');
const listHistory = sql('invoices.history', "SELECT recorded_at AS at, actor, action, json_extract(diff, '$.reason') AS note FROM audit_log WHERE entity = 'invoice' AND entity_id = ? ORDER BY sequence");

interface OwnRow extends ListedRow {
  readonly subtotalMinor: number;
  readonly discountMinor: number;
  readonly taxMinor: number;
  readonly withholdingMinor: number;
  readonly paidMinor: number;
  readonly lines: string;
  readonly snapshot: string;
  readonly partnerId: string | null;
  readonly contractId: string | null;
  readonly replaces: string | null;
  readonly notes: string | null;
}

interface StripeRow extends ListedRow {
  readonly subtotalMinor: number;
  readonly discountMinor: number;
  readonly taxMinor: number;
  /** Without its tax. */
  readonly shippingMinor: number;
  readonly paidMinor: number;
  readonly createdAt: number;
  readonly paidAt: number | null;
  readonly voidedAt: number | null;
  readonly uncollectibleAt: number | null;
  readonly raw: string;
}

interface StripeLineRow {
  readonly description: string | null;
  readonly quantity: number | null;
  readonly unitAmountDecimal: string | null;
  readonly amountMinor: number;
  readonly billingCreditMinor: number;
  readonly currency: string;
  readonly isProration: number;
  readonly startAt: number | null;
  readonly endAt: number | null;
}

/** One invoice by its id or its number; undefined when neither source knows it. */
export function readInvoice(database: ReadableDatabase, id: string, standpoint: Standpoint): InvoiceDetailView | undefined {
  const own = database.get<OwnRow>(findOwn, { id });
  if (own) return ownDetail(database, own, standpoint);
  const stripe = database.get<StripeRow>(findStripe, { id });
  return stripe && stripeDetail(database, stripe, standpoint);
}

function entriesOf(database: ReadableDatabase, sourceType: string, sourceId: string): string[] {
  return database.all<{ id: string }>(listEntries, [sourceType, sourceId]).map((row) => row.id);
}

function ownDetail(database: ReadableDatabase, row: OwnRow, standpoint: Standpoint): InvoiceDetailView {
  const lines = JSON.parse(row.lines) as { description: string; quantity: string | null; unitPrice: string | null; amountMinor: number; explanation: string | null }[];
  const snapshot = JSON.parse(row.snapshot) as SnapshotRates;
  return {
    ...toRowView(row, standpoint),
    lines: lines.map(({ description, quantity, unitPrice, amountMinor, explanation }) => ({ description, quantity, unitPrice, amountMinor, explanation })),
    subtotalMinor: row.subtotalMinor, discountMinor: row.discountMinor, taxMinor: row.taxMinor, taxLabel: taxLabelOf(snapshot), totalMinor: row.totalMinor, withholdingMinor: row.withholdingMinor, paidMinor: row.paidMinor, dueMinor: row.status === 'void' ? 0 : row.dueMinor,
    partnerId: row.partnerId, contractId: row.contractId, replaces: row.replaces, notes: row.notes, hasPdf: true, journalEntryIds: entriesOf(database, 'invoice', row.id),
    history: [...database.all<{ at: number; actor: string; action: string; note: string | null }>(listHistory, [row.id]), ...listMailHistory(database, row.id)].sort((a, b) => a.at - b.at), raw: null,
  };
}

interface SnapshotRates {
  readonly taxTreatment?: string;
  readonly taxRateBasisPoints?: number;
  /** Where lines are taxed otherwise than the invoice says, or differently. */
  readonly taxes?: readonly { readonly treatment?: string; readonly basisPoints: number }[];
}

/** 'standard' with its rate in basis points reads 'Tax 21 %', with several 'Tax 21 % and 10 %'; the other treatments read as themselves, beside a rate 'Tax 21 % and reverse charge'. */
function taxLabelOf(snapshot: SnapshotRates): string | null {
  if (snapshot.taxTreatment === undefined) return null;
  const whole = snapshot.taxTreatment;
  const shares = snapshot.taxes ?? [{ basisPoints: snapshot.taxRateBasisPoints ?? 0 }];
  const isTaxed = (share: { readonly treatment?: string }): boolean => (share.treatment ?? whole) === 'standard';
  const rates = shares.filter(isTaxed).map((share) => formatBasisPoints(share.basisPoints));
  const untaxed = shares.filter((share) => !isTaxed(share)).map((share) => (share.treatment ?? whole).replaceAll('-', ' '));
  return `${rates.length > 0 ? 'Tax ' : ''}${[...new Set([...rates, ...untaxed])].join(' and ')}`;
}

function stripeDetail(database: ReadableDatabase, row: StripeRow, standpoint: Standpoint): InvoiceDetailView {
  const moments: [number | null, string][] = [[row.createdAt, 'created'], [row.issuedAt, 'finalised'], [row.paidAt, 'paid'], [row.voidedAt, 'voided'], [row.uncollectibleAt, 'marked uncollectible']];
  const lines = database.all<StripeLineRow>(listStripeLines, [row.id]);
  const beside = linesBeside(lines.reduce((sum, line) => sum + line.billingCreditMinor, 0), row.shippingMinor);
  return {
    ...toRowView(row, standpoint),
    lines: [...lines.map((line) => ({
      description: line.description ?? '', quantity: line.quantity === null ? null : String(line.quantity), unitPrice: line.unitAmountDecimal === null ? null : minorToMajor(line.unitAmountDecimal, line.currency), amountMinor: line.amountMinor,
      explanation: explainStripeLine(line, standpoint.timeZone),
    })), ...beside],
    // Stripe's subtotal stands before its discounts; everywhere here it stands after them (domain.md §4).
    subtotalMinor: beside.reduce((sum, line) => sum + line.amountMinor, row.subtotalMinor - row.discountMinor), discountMinor: row.discountMinor, taxMinor: row.taxMinor, taxLabel: null, totalMinor: row.totalMinor, withholdingMinor: 0, paidMinor: row.paidMinor, dueMinor: row.status === 'void' ? 0 : row.dueMinor,
    partnerId: null, contractId: null, replaces: null, notes: null, hasPdf: false, journalEntryIds: entriesOf(database, 'stripe-invoice', row.id),
    history: moments.flatMap(([at, action]) => (at === null ? [] : [{ at, actor: 'Stripe', action, note: null }])), raw: row.raw,
  };
}

/** What is in the total of a Stripe invoice and in none of its lines, as lines. */
function linesBeside(billingCreditMinor: number, shippingMinor: number): InvoiceDetailView['lines'] {
  const line = (description: string, amountMinor: number, explanation: string) => (amountMinor === 0 ? [] : [{ description, quantity: null, unitPrice: null, amountMinor, explanation }]);
  return [...line('Billing credits', -billingCreditMinor, 'Credit grants that the lines used before tax.'), ...line('Shipping', shippingMinor, 'Before its tax.')];
}

/** A unit amount in minor units with decimals ('1250.5' cents) in major units ('12.505'), by moving the point. */
export function minorToMajor(decimal: string, currency: string): string {
  const exponent = currencyExponent(currency);
  const [sign, digits] = decimal.startsWith('-') ? ['-', decimal.slice(1)] : ['', decimal];
  const [whole = '0', fraction = ''] = digits.split('.');
  const padded = whole.padStart(exponent + 1, '0');
  const decimals = padded.slice(padded.length - exponent) + fraction;
  return `${sign}${padded.slice(0, padded.length - exponent)}${decimals === '' ? '' : `.${decimals}`}`;
}

function explainStripeLine(line: StripeLineRow, timeZone: TimeZone): string | null {
  const period = line.startAt !== null && line.endAt !== null && line.endAt > line.startAt ? `${timeZone.dateOf(line.startAt)} to ${timeZone.dateOf(line.endAt)}` : null;
  const parts = [line.isProration === 1 ? 'Prorated by Stripe' : null, period].filter((part) => part !== null);
  return parts.length > 0 ? parts.join(', ') : null;
}
