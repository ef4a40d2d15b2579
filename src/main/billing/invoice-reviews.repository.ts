/** All SQL of reviews of drafts on this desk. */
import type { Month } from '../../shared/calendar/local-date.ts';
import type { TaxRounding } from '../../shared/invoicing/invoice-totals.ts';
import { sql, type ReadableDatabase, type WritableDatabase } from '../database/handles.ts';
import type { InvoiceReview } from './invoice-reviews.ports.ts';
import { lateUsageSetting } from './late-usage.ts';
import { taxRoundingSetting } from './tax-rounding.ts';

const columns = 'r.id, r.totals_fingerprint AS totalsFingerprint, r.reviewed_by AS reviewedBy, r.reviewed_at AS reviewedAt';
const findOne = sql('billing.review', `SELECT ${columns} FROM invoice_reviews r WHERE r.id = ?`);
const listOfMonth = sql('billing.reviews-of-month', `SELECT ${columns} FROM invoices i CROSS JOIN invoice_reviews r ON r.id = i.id WHERE i.billing_month = ? AND i.kind = 'partner'`);
const upsert = sql(
  'billing.save-review',
  `INSERT INTO invoice_reviews (id, totals_fingerprint, reviewed_by, reviewed_at) VALUES (:id, :totalsFingerprint, :reviewedBy, :reviewedAt)
   ON CONFLICT (id) DO UPDATE SET totals_fingerprint = excluded.totals_fingerprint, reviewed_by = excluded.reviewed_by, reviewed_at = excluded.reviewed_at WHERE excluded.totals_fingerprint <> invoice_reviews.totals_fingerprint`,
);
// Of each contract the newest: SQLite gives the other columns of the row that has the maximum.
const listContractsInvoicedSince = sql(
  'billing.contracts-invoiced',
  `SELECT contract_id AS contractId, partner_id AS partnerId, json_extract(customer_snapshot, '$.customer.name') AS partnerName, currency, max(billing_month) AS lastMonth
   FROM invoices WHERE billing_month >= ? AND billing_month < ? AND kind = 'partner' AND status NOT IN ('draft', 'void') GROUP BY contract_id ORDER BY partnerName, contractId`,
);
const putSetting = sql('billing.put-setting', 'INSERT INTO ledger_settings (name, value, set_at) VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value, set_at = excluded.set_at WHERE value <> excluded.value');

export function findReview(database: ReadableDatabase, id: string): InvoiceReview | undefined {
  return database.get<InvoiceReview>(findOne, [id]);
}

/** Reviews of a month's invoices by their ids. */
export function reviewsOfMonth(database: ReadableDatabase, month: Month): ReadonlyMap<string, InvoiceReview> {
  return new Map(database.all<InvoiceReview>(listOfMonth, [month]).map((review) => [review.id, review]));
}

/** @returns whether anything changed. */
export function saveReview(database: WritableDatabase, { id, totalsFingerprint, reviewedBy, reviewedAt }: InvoiceReview): boolean {
  return database.run(upsert, { id, totalsFingerprint, reviewedBy, reviewedAt }) > 0;
}

export interface InvoicedContract {
  readonly contractId: string;
  readonly partnerId: string;
  readonly partnerName: string;
  readonly currency: string;
}

/** Contracts with an invoice that stands in [from, before), as the newest of them names them. */
export function listContractsInvoiced(database: ReadableDatabase, from: Month, before: Month): InvoicedContract[] {
  return database.all<InvoicedContract>(listContractsInvoicedSince, [from, before]);
}

/** @returns whether anything changed. */
export function keepTaxRounding(database: WritableDatabase, taxRounding: TaxRounding, setAt: number): boolean {
  return database.run(putSetting, [taxRoundingSetting, taxRounding, setAt]) > 0;
}

/** @returns whether anything changed. */
export function keepLateUsageMonths(database: WritableDatabase, months: number, setAt: number): boolean {
  return database.run(putSetting, [lateUsageSetting, String(months), setAt]) > 0;
}
