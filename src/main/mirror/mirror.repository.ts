/** All SQL that writes the mirror. */
import { sql, type ReadableDatabase, type Sql, type SqlValue, type WritableDatabase } from '../database/handles.ts';
import { allOfKeys, keysStatement, rowsStatement, runKeys, runRows, type KeysStatement, type RowsStatement } from '../database/multi-row.ts';
import type { CouponTerms } from './discounts.ts';
import { invoiceLineColumns, mirrorColumns, type MirrorTable } from './stripe-tables.ts';

/** An older observation never overwrites a newer one (domain.md §2). */
function upsertOf(table: MirrorTable): RowsStatement {
  const columns = [...mirrorColumns[table], 'observed_at', 'raw'];
  const updates = columns.slice(1).map((column) => `${column} = excluded.${column}`);
  return rowsStatement(`mirror.upsert.${table}`, `INSERT INTO ${table} (${columns.join(', ')}) VALUES`, columns.length, `ON CONFLICT (id) DO UPDATE SET ${updates.join(', ')} WHERE excluded.observed_at >= ${table}.observed_at`);
}

function byTable<Made>(make: (table: MirrorTable) => Made): Record<MirrorTable, Made> {
  return Object.fromEntries((Object.keys(mirrorColumns) as MirrorTable[]).map((table) => [table, make(table)])) as Record<MirrorTable, Made>;
}

const upserts = byTable(upsertOf);
const findObserved: Record<MirrorTable, KeysStatement> = byTable((table) => keysStatement(`mirror.observed.${table}`, (ids) => `SELECT id, observed_at FROM ${table} WHERE id IN (${ids})`));
const markDeleted: Partial<Record<MirrorTable, Sql>> = {
  stripe_customers: sql('mirror.delete.customer', 'UPDATE stripe_customers SET is_deleted = 1, observed_at = ? WHERE id = ? AND observed_at <= ?'),
  stripe_products: sql('mirror.delete.product', 'UPDATE stripe_products SET is_deleted = 1, is_active = 0, observed_at = ? WHERE id = ? AND observed_at <= ?'),
  stripe_coupons: sql('mirror.delete.coupon', 'UPDATE stripe_coupons SET is_deleted = 1, observed_at = ? WHERE id = ? AND observed_at <= ?'),
  stripe_invoice_items: sql('mirror.delete.invoice-item', 'UPDATE stripe_invoice_items SET is_deleted = 1, observed_at = ? WHERE id = ? AND observed_at <= ?'),
};
const deleteDraftInvoice = sql('mirror.delete.invoice', "DELETE FROM stripe_invoices WHERE id = ? AND status = 'draft'");
const deleteLines = keysStatement('mirror.lines.delete', (ids) => `DELETE FROM stripe_invoice_lines WHERE invoice_id IN (${ids})`);
const insertLines = rowsStatement(
  'mirror.lines.insert', `INSERT INTO stripe_invoice_lines (${invoiceLineColumns.join(', ')}) VALUES`, invoiceLineColumns.length,
  `ON CONFLICT (id) DO UPDATE SET ${invoiceLineColumns.slice(1).map((column) => `${column} = excluded.${column}`).join(', ')}`,
);
const deleteNoteRefunds = sql('mirror.note-refunds.delete', 'DELETE FROM stripe_credit_note_refunds WHERE credit_note_id = ?');
const insertNoteRefund = sql('mirror.note-refunds.insert', 'INSERT INTO stripe_credit_note_refunds (credit_note_id, refund_id, amount_minor) VALUES (?, ?, ?) ON CONFLICT (credit_note_id, refund_id) DO UPDATE SET amount_minor = excluded.amount_minor');
const findCoupon = sql('mirror.coupon', 'SELECT duration, percent_off, amount_off_minor, currency FROM stripe_coupons WHERE id = ?');
const deleteOtherItems = sql('mirror.items.delete', 'DELETE FROM stripe_subscription_items WHERE subscription_id = ? AND id NOT IN (SELECT value FROM json_each(?))');

/** A row with the moment at which it was true and the text it came as. */
export interface ObservedRow {
  readonly values: readonly SqlValue[];
  readonly observedAt: number;
  readonly raw: string;
}

/** @returns false when a newer observation is already there. */
export function upsertMirrorRow(database: WritableDatabase, table: MirrorTable, values: readonly SqlValue[], observedAt: number, raw: string): boolean {
  return database.run(upserts[table].single, [...values, observedAt, raw]) > 0;
}

/** As {@link upsertMirrorRow} for many rows. @returns how many were stored; {@link observedRows} says which. */
export function upsertMirrorRows(database: WritableDatabase, table: MirrorTable, rows: readonly ObservedRow[]): number {
  const values: SqlValue[] = [];
  for (const row of rows) {
    for (const value of row.values) values.push(value);
    values.push(row.observedAt, row.raw);
  }
  return runRows(database, upserts[table], values);
}

/** When those of the rows that are there were observed, by id. */
export function observedRows(database: ReadableDatabase, table: MirrorTable, ids: readonly string[]): Map<string, number> {
  return new Map(allOfKeys<{ id: string; observed_at: number }>(database, findObserved[table], ids).map((row) => [row.id, row.observed_at]));
}

export function deleteInvoiceLines(database: WritableDatabase, invoiceIds: readonly string[]): void {
  runKeys(database, deleteLines, invoiceIds);
}

export function insertInvoiceLines(database: WritableDatabase, lines: readonly (readonly SqlValue[])[]): void {
  runRows(database, insertLines, lines.flat());
}

export function replaceCreditNoteRefunds(database: WritableDatabase, creditNoteId: string, refunds: readonly { readonly refundId: string; readonly amountMinor: number }[]): void {
  database.run(deleteNoteRefunds, [creditNoteId]);
  for (const refund of refunds) database.run(insertNoteRefund, [creditNoteId, refund.refundId, refund.amountMinor]);
}

/** Items that a subscription no longer has go: its present items are the truth. */
export function deleteItemsExcept(database: WritableDatabase, subscriptionId: string, itemIds: readonly string[]): void {
  database.run(deleteOtherItems, [subscriptionId, JSON.stringify(itemIds)]);
}

export function couponTerms(database: ReadableDatabase, id: string): CouponTerms | undefined {
  const row = database.get<{ duration: string; percent_off: string | null; amount_off_minor: number | null; currency: string | null }>(findCoupon, [id]);
  return row && { duration: row.duration, percentOff: row.percent_off, ...(row.amount_off_minor === null ? {} : { amountOff: { minor: row.amount_off_minor, currency: row.currency ?? '' } }) };
}

/** Marks what the gateway deleted; a draft invoice goes with its lines. @returns whether the table knows deletion. */
export function markMirrorRowDeleted(database: WritableDatabase, table: MirrorTable | 'draft-invoice', id: string, observedAt: number): boolean {
  if (table === 'draft-invoice') {
    if (database.run(deleteDraftInvoice, [id]) > 0) deleteInvoiceLines(database, [id]);
    return true;
  }
  const statement = markDeleted[table];
  if (!statement) return false;
  database.run(statement, [observedAt, id, observedAt]);
  return true;
}

const settleAvailable = sql('mirror.settle-available', "UPDATE stripe_balance_transactions SET status = 'available' WHERE status = 'pending' AND available_at <= ?");

/** `available_on` settles the status of a balance transaction (domain.md §2). @returns how many. */
export const settleAvailableTransactions = (database: WritableDatabase, asOf: number): number => database.run(settleAvailable, [asOf]);

const unobservedIn = (table: MirrorTable, isThere: string): Sql => sql(`mirror.unobserved.${table}`, `SELECT id FROM ${table} WHERE id > ? AND ${isThere} AND observed_at < ? ORDER BY id LIMIT ?`);
const unobserved = {
  customer: unobservedIn('stripe_customers', 'is_deleted = 0'), product: unobservedIn('stripe_products', 'is_deleted = 0'), coupon: unobservedIn('stripe_coupons', 'is_deleted = 0'), invoiceitem: unobservedIn('stripe_invoice_items', 'is_deleted = 0'),
  invoice: unobservedIn('stripe_invoices', "status = 'draft'"),
} as const;

/** Ids of what is held as there and was last observed before a moment, in their order. */
export function findUnobserved(database: ReadableDatabase, kind: keyof typeof unobserved, before: number, afterId: string, limit: number): string[] {
  return database.all<{ id: string }>(unobserved[kind], [afterId, before, limit]).map((row) => row.id);
}

/** When the state that is kept was true, epoch milliseconds; undefined where there is none. */
export function observedAtOf(database: ReadableDatabase, table: MirrorTable, id: string): number | undefined {
  return database.get<{ observed_at: number }>(sql(`mirror.observed-at.${table}`, `SELECT observed_at FROM ${table} WHERE id = ?`), [id])?.observed_at;
}
