/**
 * What a document of ours says, whatever made it: a partner's month, a one-off invoice, a credit note. Plain figures, as stored; the template and the
 * electronic invoice are both made from it, so that they cannot differ.
 */
import type { BankAccount, DocumentChoice, Issuer, PartyDetails } from '../billing/partner-invoice.ts';
import type { TaxTreatment } from '../contracts/contract-terms.ts';
import type { Instant } from '../../shared/calendar/time-zone.ts';
import type { LocalDate } from '../../shared/calendar/local-date.ts';

export type { BankAccount, DocumentChoice };

/** How something is taxed. */
export interface DocumentTax {
  readonly treatment: TaxTreatment;
  readonly basisPoints: number;
  /** Why there is no tax, where a law has to be named. */
  readonly reason?: string | null;
}

export interface DocumentLine {
  readonly description: string;
  readonly explanation: string | null;
  /** Decimal text. */
  readonly quantity: string | null;
  /** Major units, decimal text. */
  readonly unitPrice: string | null;
  readonly amountMinor: number;
  readonly tax: DocumentTax;
}

/** Taken off lines of one tax. */
export interface DocumentDiscount {
  readonly amountMinor: number;
  readonly tax: DocumentTax;
}

/** What one tax comes to. */
export interface DocumentTaxShare {
  readonly tax: DocumentTax;
  /** Before tax. */
  readonly baseMinor: number;
  readonly amountMinor: number;
}

export interface DocumentWithholding {
  readonly basisPoints: number;
  readonly baseMinor: number;
  readonly amountMinor: number;
}

/** How the lines came about, for a document that explains itself. */
export interface DocumentCalculation {
  /** The terms in a sentence. */
  readonly terms: string;
  /** Of the month: 1, or more where the terms changed within it. */
  readonly parts: number;
  /** Discounts of the parts where they differ: 'the first 15 days 10 %'. */
  readonly discountLabel: string;
  /** Each line's tax was rounded by itself; left out: once for each rate. */
  readonly isTaxPerLine?: boolean;
}

export interface InvoiceDocument {
  readonly kind: 'invoice' | 'credit-note';
  readonly status: 'draft' | 'issued' | 'void';
  /** Null in a draft. */
  readonly number: string | null;
  /** Lower-case ISO 4217. */
  readonly currency: string;
  readonly choice: DocumentChoice;
  readonly issueDate: LocalDate | null;
  readonly dueDate: LocalDate | null;
  readonly paymentTermsDays: number;
  /** The end is exclusive. */
  readonly service: { readonly start: LocalDate; readonly end: LocalDate } | null;
  readonly issuer: Issuer;
  readonly customer: PartyDetails;
  readonly contractReference: string | null;
  readonly purchaseOrderNumber: string | null;
  /** What a credit note credits, what an invoice replaces. */
  readonly preceding: readonly { readonly number: string; readonly issueDate: LocalDate | null }[];
  readonly lines: readonly DocumentLine[];
  readonly discounts: readonly DocumentDiscount[];
  /** Lines less discounts. */
  readonly subtotalMinor: number;
  readonly taxes: readonly DocumentTaxShare[];
  readonly totalMinor: number;
  readonly withholdings: readonly DocumentWithholding[];
  /** What is settled already, by credits or payments, each with its name. */
  readonly settled: readonly { readonly label: string; readonly amountMinor: number }[];
  /** Total less withholdings less what is settled. */
  readonly dueMinor: number;
  readonly calculation: DocumentCalculation | null;
  /** Of a credit note: what becomes of its amount. */
  readonly creditSettlement?: { readonly offsetMinor: number; readonly restMinor: number; readonly restGoes: 'offset' | 'refund' | 'credit' };
  readonly notes: readonly string[];
  readonly totalsFingerprint: string;
  /** When it was finalised, or made; it is the document's own date. */
  readonly madeAt: Instant;
}

/** Two things are taxed alike. */
export function taxKey(tax: DocumentTax): string {
  return `${tax.treatment}/${tax.basisPoints}`;
}
