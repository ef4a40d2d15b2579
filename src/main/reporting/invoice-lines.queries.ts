/** Lines of invoices as files want them, ours and the gateway's in one list. */
import { month } from '../../shared/calendar/local-date.ts';
import { percentDecimal } from '../../shared/money/basis-points.ts';
import { minorUnits } from '../../shared/money/money.ts';
import { lineDiscountsOf } from '../billing/line-discounts.ts';
import type { PartnerInvoice } from '../billing/partner-invoice.ts';
import { sql, type ReadableDatabase } from '../database/handles.ts';
import type { DocumentTax } from '../documents/document-model.ts';
import { taxesOfLines } from '../documents/partner-invoice-document.ts';
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
  /** Its own and its share of the invoice's, off the amount. Null on Stripe's lines. */
  readonly discountMinor: number | null;
  /** Amount less discount, before tax: together the invoice's subtotal. Null on Stripe's lines. */
  readonly netMinor: number | null;
  /** How the line is taxed, as the invoice says it. Null on Stripe's lines. */
  readonly taxTreatment: DocumentTax['treatment'] | null;
  /** Percent, as decimal text. Null on Stripe's lines. */
  readonly taxPercent: string | null;
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

const listOwn = sql(
  'export.own-lines', 'SELECT id, line_items AS lines, customer_snapshot AS snapshot, billing_month AS billingMonth, discount_minor AS discountMinor, subtotal_minor AS subtotalMinor, tax_minor AS taxMinor FROM invoices WHERE id IN (SELECT value FROM json_each(:ids))',
);
interface OwnRow { readonly id: string; readonly lines: string; readonly snapshot: string; readonly billingMonth: string | null; readonly discountMinor: number; readonly subtotalMinor: number; readonly taxMinor: number }

type Charged = Pick<ExportedLine, 'discountMinor' | 'netMinor' | 'taxTreatment' | 'taxPercent'>;
const notByLine: Charged = { discountMinor: null, netMinor: null, taxTreatment: null, taxPercent: null };

/** What is taken off each line and how it is taxed, as its invoice has it on paper. */
function chargedOf({ lines: lineText, snapshot: snapshotText, billingMonth, discountMinor, subtotalMinor, taxMinor }: OwnRow): Charged[] {
  const lines = JSON.parse(lineText) as PartnerInvoice['lines'];
  const snapshot = JSON.parse(snapshotText) as PartnerInvoice['snapshot'];
  const discounts = lineDiscountsOf({ lines, snapshot, discountMinor: minorUnits(discountMinor), month: billingMonth === null ? null : month(billingMonth) });
  const taxes = taxesOfLines({ lines, snapshot, subtotalMinor: minorUnits(subtotalMinor), taxMinor: minorUnits(taxMinor) });
  return lines.map(({ amountMinor }, index): Charged => {
    const [discount, tax] = [discounts[index] ?? 0, taxes[index]];
    return { discountMinor: discount, netMinor: amountMinor - discount, taxTreatment: tax?.treatment ?? null, taxPercent: tax ? percentDecimal(tax.basisPoints) : null };
  });
}

/** The lines of these invoices, in the order of their ids and of the lines. */
export function readLinesForExport(database: ReadableDatabase, ids: readonly string[], standpoint: Standpoint): ExportedLine[] {
  const lines = Map.groupBy(database.all<LineRow>(listLines, { ids: JSON.stringify(ids) }), (line) => line.invoiceId);
  const charged = new Map(database.all<OwnRow>(listOwn, { ids: JSON.stringify(ids) }).map((row) => [row.id, chargedOf(row)]));
  return readInvoicesForExport(database, ids, standpoint).flatMap(({ id, number, customer, status, issuedOn, billingMonth, currency }) =>
    (lines.get(id) ?? []).toSorted((one, other) => one.place - other.place).map(({ minorPrice, ...line }) => ({ ...line, ...(charged.get(id)?.[line.place - 1] ?? notByLine), number, customer, status, issuedOn, billingMonth, currency, unitPrice: minorPrice === null ? line.unitPrice : minorToMajor(minorPrice, currency) })));
}
