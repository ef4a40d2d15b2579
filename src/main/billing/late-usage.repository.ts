/** What a contract's other invoices say about a month, for usage that came late. */
import { month as toMonth, type Month } from '../../shared/calendar/local-date.ts';
import { sql, type ReadableDatabase } from '../database/handles.ts';
import type { InvoicedMonth, LateUsageShare, RatedBasis } from './late-usage.ts';

interface InvoicedRow {
  readonly id: string;
  readonly billingMonth: string;
  readonly number: string | null;
  readonly status: string;
  readonly currency: string;
  readonly rated: string | null;
  readonly late: string | null;
}

const listInvoiced = sql(
  'billing.invoiced-months',
  `SELECT id, billing_month AS billingMonth, invoice_number AS number, status, currency, json_extract(customer_snapshot, '$.rated') AS rated, json_extract(customer_snapshot, '$.lateUsage') AS late
   FROM invoices WHERE contract_id = ? AND billing_month >= ? AND kind = 'partner' AND status <> 'void' ORDER BY billing_month`,
);

/** The contract's invoices that stand, from a month on, drafts too. */
export function listInvoicedMonths(database: ReadableDatabase, contractId: string, from: Month): InvoicedMonth[] {
  return database.all<InvoicedRow>(listInvoiced, [contractId, from]).map((row) => ({
    invoiceId: row.id, month: toMonth(row.billingMonth), number: row.number, isDraft: row.status === 'draft', currency: row.currency,
    rated: row.rated === null ? null : (JSON.parse(row.rated) as RatedBasis), late: row.late === null ? [] : (JSON.parse(row.late) as LateUsageShare[]),
  }));
}
