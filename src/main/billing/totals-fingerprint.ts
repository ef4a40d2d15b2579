/**
 * One hash over what an invoice says in figures. It is checked when a draft is finalised (what was seen is what is finalised), printed in the
 * footer of the PDF and verified when the PDF is opened again.
 */
import { createHash } from 'node:crypto';
import type { InvoiceDraft } from './partner-invoice.ts';

export type FingerprintedTotals = Pick<InvoiceDraft, 'contractId' | 'month' | 'currency' | 'subtotalMinor' | 'discountMinor' | 'taxMinor' | 'totalMinor' | 'withholdingMinor' | 'dueMinor'> & {
  readonly lines: readonly Pick<InvoiceDraft['lines'][number], 'description' | 'quantity' | 'unitPrice' | 'amountMinor'>[];
};

/** SHA-256, hex, over the canonical totals: fixed order, no names, integers as they are. */
export function totalsFingerprint(totals: FingerprintedTotals): string {
  return createHash('sha256').update(JSON.stringify([
    'daybook-totals-1', totals.contractId, totals.month, totals.currency, totals.subtotalMinor, totals.discountMinor, totals.taxMinor, totals.totalMinor, totals.withholdingMinor, totals.dueMinor,
    totals.lines.map((line) => [line.description, line.quantity, line.unitPrice, line.amountMinor]),
  ])).digest('hex');
}

/** The first 16 digits in groups of four, as printed: '3f2a 9c01 77be d402'. */
export function shortFingerprint(fingerprint: string): string {
  return fingerprint.slice(0, 16).replace(/(.{4})(?=.)/g, '$1 ');
}
