/**
 * A partner invoice as it is kept, in the register and on this desk, and what may become of it.
 */
import type { DocumentLanguage } from './rating-texts.ts';
import type { Instant } from '../../shared/calendar/time-zone.ts';
import type { LocalDate, Month } from '../../shared/calendar/local-date.ts';
import { StateError } from '../../shared/errors/errors.ts';
import type { MinorUnits } from '../../shared/money/money.ts';
import type { PostalAddress } from '../contracts/billing-address.ts';
import type { TaxTreatment } from '../contracts/contract-terms.ts';
import type { StoredEdits } from '../../shared/invoicing/draft-document.ts';
import { idFromKey } from '../platform/ids.ts';
import type { LateUsageShare, MeasuredMonth, RatedBasis } from './late-usage.ts';
import type { InvoiceTotals, PartnerInvoiceLine, RateShare } from './partner-invoice-calculation.ts';

/** Overdue is derived from the due date, never stored. */
export type InvoiceStatus = 'draft' | 'finalised' | 'sent' | 'partly_paid' | 'paid' | 'void' | 'uncollectible';

/** What acts on an invoice can lead to (receivables/receivable-rules.ts), a step back being the reversal of an act. */
const transitions: Readonly<Record<InvoiceStatus, readonly InvoiceStatus[]>> = {
  draft: ['finalised'],
  finalised: ['sent', 'partly_paid', 'paid', 'void', 'uncollectible'],
  sent: ['partly_paid', 'paid', 'void', 'uncollectible'],
  partly_paid: ['finalised', 'sent', 'paid', 'uncollectible'],
  paid: ['finalised', 'sent', 'partly_paid'],
  void: [],
  uncollectible: ['finalised', 'sent', 'partly_paid', 'paid'],
};

/** @throws StateError `invoice-state` when the invoice cannot go from one state to the other. */
export function assertTransition(from: InvoiceStatus, to: InvoiceStatus): void {
  if (!transitions[from].includes(to)) {
    throw new StateError('invoice-state', `An invoice that is ${from.replace('_', ' ')} cannot become ${to.replace('_', ' ')}.`, { data: { from, to }, ...(from === 'draft' ? { nextStep: 'Drafts are refreshed by the next billing run.' } : {}) });
  }
}

export interface PartyDetails {
  readonly name: string;
  readonly legalName: string | null;
  readonly address: readonly string[];
  readonly email: string | null;
  readonly taxNumber: string | null;
  /** The address in its parts. Left out on invoices of before it was kept. */
  readonly postal?: PostalAddress | null;
}

/** Where a customer's transfer goes. */
export interface BankAccount {
  /** Without spaces. */
  readonly iban: string;
  readonly bic: string | null;
  readonly bankName: string | null;
  readonly holder: string | null;
}

/** Who sends the invoice. */
export interface Issuer extends PartyDetails {
  /** Lines telling how to pay: bank, account, reference. */
  readonly paymentInstructions: readonly string[];
  /** With the country in front: 'DE123456789'. */
  readonly vatId?: string | null;
  /** Of the company register. */
  readonly registrationNumber?: string | null;
  readonly bank?: BankAccount | null;
}

export type { DocumentLanguage } from './rating-texts.ts';

/** How the invoice's document is made: frozen with it, so that a lost file is made again as it was. */
export interface DocumentChoice {
  readonly language: DocumentLanguage;
  /** Of the look in force when the draft was made (documents/invoice-look.ts); null for Daybook's own. */
  readonly lookId: string | null;
}

/** Terms that held on some days of the month, in one sentence. */
export interface BilledTerms {
  readonly start: LocalDate;
  /** Exclusive. */
  readonly end: LocalDate;
  readonly terms: string;
  readonly discountBasisPoints: number;
}

/** Everything beside the figures that the document prints, frozen with them: a later change of address does not change an old invoice. */
export interface CustomerSnapshot {
  readonly customer: PartyDetails;
  readonly issuer: Issuer;
  readonly purchaseOrderNumber: string | null;
  readonly paymentTermsDays: number;
  readonly pricingModel: string;
  readonly contractVersion: number;
  /** The terms in one sentence. */
  readonly terms: string;
  readonly discountBasisPoints: number;
  readonly taxTreatment: TaxTreatment;
  /** Where the tax is owed: where the partner is, as tax is charged for service that is supplied there. Left out on invoices of before it was kept. */
  readonly taxJurisdiction?: string | null;
  readonly taxRateBasisPoints: number;
  readonly withholdingRateBasisPoints: number;
  readonly units: number;
  /** Left out: once per invoice and rate. */
  readonly taxRounding?: 'per-invoice' | 'per-line';
  /** Only on edited drafts and one-off invoices: what prices have in them, why no tax is charged, and whose VAT id that rests on. */
  readonly priceMode?: 'exclusive' | 'inclusive';
  readonly exemptionReason?: string | null;
  readonly vatIdState?: 'missing' | 'invalid' | 'unverified' | null;
  /** The discount is a person's, and not the contract's share. */
  readonly isDiscountEdited?: boolean;
  /** Only where an amendment came in force within the month; the rates above are then those of its last part. */
  readonly parts?: readonly BilledTerms[];
  /** Only where the parts have different rates: each with what it was taken of. */
  readonly taxes?: readonly RateShare[];
  readonly withholdings?: readonly RateShare[];
  /** Left out on invoices of before there was a choice: English, Daybook's own look. */
  readonly document?: DocumentChoice;
  /** What the month's own lines were rated on: usage that comes later is measured against it. Left out on invoices of before it was kept. */
  readonly rated?: RatedBasis;
  /** Only where usage of earlier months came late, one for each of its lines. */
  readonly lateUsage?: readonly LateUsageShare[];
  /** What each month that was looked at had been invoiced for: while it is, this invoice may be finalised. */
  readonly measured?: readonly MeasuredMonth[];
  /** How many months back were looked at. */
  readonly lateUsageMonths?: number;
}

/** What a billing run makes, before anyone gave it a number. */
export interface InvoiceDraft extends InvoiceTotals {
  readonly id: string;
  readonly kind: 'partner' | 'one-off';
  /** Null for a customer that was typed in. */
  readonly partnerId: string | null;
  /** Who owes it: the partner, or what a typed customer is known by. */
  readonly partyId: string;
  /** These four are of partner invoices alone. */
  readonly contractId: string | null;
  readonly apiKeyPrefix: string | null;
  readonly month: Month | null;
  readonly currency: string;
  readonly lines: readonly PartnerInvoiceLine[];
  readonly billingStart: LocalDate | null;
  /** Exclusive. */
  readonly billingEnd: LocalDate | null;
  readonly snapshot: CustomerSnapshot;
  readonly totalsFingerprint: string;
  /** Printed on it. */
  readonly notes?: string | null;
  /** What was rated and what people made of it; left out where nobody edited. */
  readonly edits?: StoredEdits | null;
  /** Said by a one-off draft that stands in for a void one; the register finds a partner month's by itself. */
  readonly replaces?: string | null;
}

export interface PartnerInvoice extends InvoiceDraft {
  readonly number: string | null;
  readonly status: InvoiceStatus;
  /** The void invoice this one stands in for. */
  readonly replaces: string | null;
  /** Cash and the customer's credits. */
  readonly paidMinor: MinorUnits;
  /** Credit notes offset against it. */
  readonly creditedMinor: MinorUnits;
  /** Kept back for the tax authority beyond what the invoice foresaw. */
  readonly withheldMinor: MinorUnits;
  /** Rests given up, and what is uncollectible and not recovered. */
  readonly writtenOffMinor: MinorUnits;
  readonly sentAt: Instant | null;
  readonly paidAt: Instant | null;
  readonly issueDate: LocalDate | null;
  readonly dueDate: LocalDate | null;
  readonly finalisedAt: Instant | null;
  readonly voidedAt: Instant | null;
  readonly voidReason: string | null;
  /** Functional units per unit of the invoice's currency on the issue date, decimal text; null in functional currency. */
  readonly functionalRate: string | null;
  readonly createdAt: Instant;
  readonly createdBy: string;
  readonly version: number;
}

/** The id every desk derives for the n-th invoice of a contract's month; n counts from 1 and grows with every void one. */
export function partnerInvoiceId(contractId: string, month: Month, n: number): string {
  return idFromKey(`partner-invoice/${contractId}/${month}/${n}`);
}

/** `API-YYYYMM-<prefix>`; regenerated after a void `…-2`, `…-3` (domain.md §4). */
export function partnerInvoiceNumber(apiKeyPrefix: string, month: Month, n: number): string {
  const number = `API-${month.replace('-', '')}-${apiKeyPrefix}`;
  return n === 1 ? number : `${number}-${n}`;
}

/**
 * The first of these numbers from the n-th on that no invoice has. A prefix can move to another contract within a month that was billed already: its number is taken then (migrations/postgres/0040).
 * @param isTaken whether an invoice of any contract has the number.
 */
export function freePartnerInvoiceNumber(apiKeyPrefix: string, month: Month, n: number, isTaken: (number: string) => boolean): string {
  const number = partnerInvoiceNumber(apiKeyPrefix, month, n);
  return isTaken(number) ? freePartnerInvoiceNumber(apiKeyPrefix, month, n + 1, isTaken) : number;
}

/** What is left of an invoice’s due after what was paid, credited, withheld and given up; of a void one, what voiding it took back. */
export function openMinorOf(invoice: Pick<PartnerInvoice, 'dueMinor' | 'paidMinor' | 'creditedMinor' | 'withheldMinor' | 'writtenOffMinor'>): number {
  return invoice.dueMinor - invoice.paidMinor - invoice.creditedMinor - invoice.withheldMinor - invoice.writtenOffMinor;
}

/** What voiding an invoice took back of what was still to be paid; 0 for every other. */
export function voidedMinorOf(invoice: Pick<PartnerInvoice, 'status' | 'dueMinor' | 'paidMinor' | 'creditedMinor' | 'withheldMinor' | 'writtenOffMinor'>): number {
  return invoice.status === 'void' ? openMinorOf(invoice) : 0;
}

/** What the customer has still to pay; nothing of a void invoice. */
export function owedMinorOf(invoice: Parameters<typeof voidedMinorOf>[0]): number {
  return openMinorOf(invoice) - voidedMinorOf(invoice);
}
