/**
 * Rows of the CSV exports, ready in their order. Days are inclusive on both ends and count in the reporting zone.
 */
import { addDays, localDate } from '../../shared/calendar/local-date.ts';
import { sql, type ReadableDatabase } from '../database/handles.ts';
import type { Standpoint } from './invoices.queries.ts';
import { payoutOfTransaction } from './payment-sources.ts';

export interface ExportRange {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

export interface ExportedInvoice {
  readonly id: string;
  readonly origin: string;
  readonly number: string | null;
  readonly customer: string;
  readonly status: string;
  readonly issuedOn: string | null;
  readonly dueOn: string | null;
  readonly billingMonth: string | null;
  readonly currency: string;
  readonly subtotalMinor: number;
  readonly discountMinor: number;
  readonly taxMinor: number;
  readonly totalMinor: number;
  readonly withholdingMinor: number;
  readonly paidMinor: number;
  readonly dueMinor: number;
}

export interface ExportedPayment {
  readonly id: string;
  readonly type: string;
  readonly sourceId: string | null;
  readonly createdAt: number;
  readonly createdOn: string;
  readonly customer: string;
  readonly description: string | null;
  readonly amountMinor: number;
  readonly feeMinor: number;
  readonly netMinor: number;
  readonly currency: string;
  readonly status: string;
  readonly payoutId: string | null;
}

const invoiceRows = sql(
  'export.invoices',
  `SELECT i.id, i.kind AS origin, i.invoice_number AS number, coalesce(p.name, json_extract(i.customer_snapshot, '$.customer.name'), '') AS customer, i.status, i.finalised_at AS issuedAt, i.issue_date AS issueDate, NULL AS dueAt,
     i.due_date AS dueDate, i.billing_month AS billingMonth, i.currency, i.subtotal_minor AS subtotalMinor, i.discount_minor AS discountMinor, i.tax_minor AS taxMinor, i.total_minor AS totalMinor, i.withholding_minor AS withholdingMinor,
     i.amount_paid_minor AS paidMinor, CASE i.status WHEN 'void' THEN 0 ELSE i.amount_due_minor END AS dueMinor
   FROM invoices i LEFT JOIN partners p ON p.id = i.partner_id WHERE i.id IN (SELECT value FROM json_each(:ids))
   UNION ALL
   SELECT s.id, 'stripe', s.number, coalesce(c.name, c.email, s.customer_id, ''), coalesce(s.status, 'draft'), s.finalised_at, NULL, s.due_at, NULL, NULL, s.currency, s.subtotal_minor, s.discount_minor, s.tax_minor,
     s.total_minor, 0, s.amount_paid_minor, CASE s.status WHEN 'void' THEN 0 ELSE s.amount_remaining_minor END
   FROM stripe_invoices s LEFT JOIN stripe_customers c ON c.id = s.customer_id WHERE s.id IN (SELECT value FROM json_each(:ids))`,
);

/** What a payment is made of. (The + leaves the walk to the index in the order of the list.) */
const isPayment = "+b.type IN ('charge', 'payment', 'refund', 'payment_refund', 'adjustment') AND b.created_at >= :start AND b.created_at < :end";
const countPayments = sql('export.payments-total', `SELECT count(*) AS count FROM stripe_balance_transactions b WHERE ${isPayment}`);
const paymentRows = sql(
  'export.payments',
  `SELECT b.id, b.type, b.source_id AS sourceId, b.created_at AS createdAt, b.created_on AS createdOn, coalesce(c.name, c.email, '') AS customer, h.description, b.amount_minor AS amountMinor, b.fee_minor AS feeMinor, b.net_minor AS netMinor,
     b.currency, b.status, ${payoutOfTransaction} AS payoutId
   FROM stripe_balance_transactions b
   LEFT JOIN stripe_refunds r ON r.id = b.source_id LEFT JOIN stripe_disputes d ON d.id = b.source_id LEFT JOIN stripe_charges h ON h.id = coalesce(r.charge_id, d.charge_id, b.source_id) LEFT JOIN stripe_customers c ON c.id = h.customer_id
   WHERE ${isPayment} AND (b.created_at, b.id) > (:afterAt, :afterId) ORDER BY b.created_at, b.id LIMIT :limit`,
);

function boundsOf({ from, to }: ExportRange, { timeZone }: Standpoint): { start: number; end: number } {
  return { start: from === undefined ? 0 : timeZone.startOf(localDate(from)), end: to === undefined ? Number.MAX_SAFE_INTEGER : timeZone.startOf(addDays(localDate(to), 1)) };
}

interface InvoiceRow extends Omit<ExportedInvoice, 'issuedOn' | 'dueOn'> {
  readonly issuedAt: number | null;
  readonly issueDate: string | null;
  readonly dueAt: number | null;
  readonly dueDate: string | null;
}

/** These invoices, in the order of their ids. */
export function readInvoicesForExport(database: ReadableDatabase, ids: readonly string[], { timeZone }: Standpoint): ExportedInvoice[] {
  const found = new Map(database.all<InvoiceRow>(invoiceRows, { ids: JSON.stringify(ids) }).map((row) => [row.id, row]));
  return ids.flatMap((id) => found.get(id) ?? []).map((row) => ({
    ...row, issuedOn: row.issueDate ?? (row.issuedAt === null ? null : timeZone.dateOf(row.issuedAt)), dueOn: row.dueDate ?? (row.dueAt === null ? null : timeZone.dateOf(row.dueAt)),
  }));
}

/** Behind which balance transaction an export stands. */
export interface TransactionMark {
  readonly createdAt: number;
  readonly id: string;
  /** Of the whole list when it was begun. */
  readonly total: number;
}

/** Payments, refunds and disputes as they moved the balance, a part at a time: their sums are those of the revenue overview. */
export function walkBalanceTransactions(database: ReadableDatabase, range: ExportRange, after: TransactionMark | undefined, limit: number, standpoint: Standpoint): { rows: ExportedPayment[]; total: number; next: TransactionMark | null } {
  const bounds = boundsOf(range, standpoint);
  const total = after?.total ?? database.get<{ count: number }>(countPayments, bounds)?.count ?? 0;
  const found = database.all<ExportedPayment>(paymentRows, { ...bounds, afterAt: after?.createdAt ?? -1, afterId: after?.id ?? '', limit: limit + 1 });
  const rows = found.slice(0, limit);
  const last = rows.at(-1);
  return { rows, total, next: found.length > limit && last ? { createdAt: last.createdAt, id: last.id, total } : null };
}
