/** Lines of invoices as files want them, ours and the gateway's in one list. */
import { sql, type ReadableDatabase } from '../database/handles.ts';
import { readInvoicesForExport } from './export.queries.ts';
import { minorToMajor, type Standpoint } from './invoices.queries.ts';

export interface ExportedLine {
  readonly invoiceId: string;
  readonly number: string | null;
  readonly customer: string;
  readonly status: string;
  readonly issuedOn: string | null;
  readonly billingMonth: string | null;
  readonly currency: string;
  /** Counted from 1. */
  readonly place: number;
  readonly description: string;
  readonly quantity: string | null;
  /** Major units. */
  readonly unitPrice: string | null;
  readonly amountMinor: number;
  readonly explanation: string | null;
}

type LineRow = Pick<ExportedLine, 'invoiceId' | 'place' | 'description' | 'quantity' | 'unitPrice' | 'amountMinor' | 'explanation'> & { readonly minorPrice: string | null };

const listLines = sql(
  'export.lines',
  `SELECT i.id AS invoiceId, l.key + 1 AS place, json_extract(l.value, '$.description') AS description, json_extract(l.value, '$.quantity') AS quantity, json_extract(l.value, '$.unitPrice') AS unitPrice, NULL AS minorPrice,
     json_extract(l.value, '$.amountMinor') AS amountMinor, json_extract(l.value, '$.explanation') AS explanation
   FROM invoices i JOIN json_each(i.line_items) AS l WHERE i.id IN (SELECT value FROM json_each(:ids))
   UNION ALL
   SELECT s.invoice_id, s.line_index + 1, coalesce(s.description, ''), CAST(s.quantity AS TEXT), NULL, s.unit_amount_decimal, s.amount_minor, CASE s.is_proration WHEN 1 THEN 'Prorated by Stripe' END
   FROM stripe_invoice_lines s WHERE s.invoice_id IN (SELECT value FROM json_each(:ids))`,
);

/** The lines of these invoices, in the order of their ids and of the lines. */
export function readLinesForExport(database: ReadableDatabase, ids: readonly string[], standpoint: Standpoint): ExportedLine[] {
  const lines = Map.groupBy(database.all<LineRow>(listLines, { ids: JSON.stringify(ids) }), (line) => line.invoiceId);
  return readInvoicesForExport(database, ids, standpoint).flatMap(({ id, number, customer, status, issuedOn, billingMonth, currency }) =>
    (lines.get(id) ?? []).toSorted((one, other) => one.place - other.place).map(({ minorPrice, ...line }) => ({ ...line, number, customer, status, issuedOn, billingMonth, currency, unitPrice: minorPrice === null ? line.unitPrice : minorToMajor(minorPrice, currency) })));
}
