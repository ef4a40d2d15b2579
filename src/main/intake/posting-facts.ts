/**
 * What the posting rules are told about the gateway's facts: plain values, days already in the reporting zone. Pure.
 */
import type { LocalDate } from '../../shared/calendar/local-date.ts';
import type { BookedBy, UnvaluedPosting } from '../ledger/valuation.ts';
import type { ReviewFinding } from '../ledger/review-items.ts';
import type { CreditPart } from './customer-credit-calculation.ts';

export interface InvoiceLineFact {
  /** Before discount and billing credits; with the tax in it when the tax is inclusive. */
  readonly amountMinor: number;
  readonly discountMinor: number;
  /** Of credit grants, used before tax. */
  readonly billingCreditMinor?: number;
  /** The tax that the amount holds. */
  readonly inclusiveTaxMinor: number;
  readonly isForSubscription: boolean;
  readonly startOn: LocalDate | null;
  /** Exclusive. */
  readonly endOn: LocalDate | null;
}

/** Tax that is owed to one jurisdiction; null where it is not known to which. */
export interface TaxPart {
  readonly jurisdiction: string | null;
  readonly amountMinor: number;
}

/** What a credit note took back of an invoice, as far as voiding the invoice must know it. */
export interface NoteAtVoid {
  readonly taxMinor: number;
  /** Given back after payment: refunded, to the customer's credit or outside. */
  readonly postPaymentMinor: number;
  /** Its tax by jurisdiction, where the note itself says which. */
  readonly taxes?: readonly TaxPart[];
}

/** A credit note of an invoice, as far as the others must know when and what it took of the tax. */
export interface NoteOfInvoice {
  readonly id: string;
  /** Epoch milliseconds by the gateway's clock. */
  readonly createdAt: number;
  readonly voidedAt: number | null;
  readonly taxMinor: number;
  /** Its tax by jurisdiction, where the note itself says which. */
  readonly taxes?: readonly TaxPart[];
}

/** What paid an invoice: the tie between a payment and an invoice. */
export interface InvoicePaymentFact {
  readonly id: string;
  readonly amountMinor: number;
  readonly paymentIntentId: string | null;
  readonly chargeId: string | null;
  readonly createdAt: number;
  readonly paidAt: number;
  readonly paidOn: LocalDate;
}

export interface InvoiceFact {
  readonly id: string;
  readonly customerId: string | null;
  readonly currency: string;
  readonly status: string;
  readonly totalMinor: number;
  readonly taxMinor: number;
  readonly amountDueMinor: number;
  readonly amountPaidMinor: number;
  /** How much of the customer's credit balance the invoice used; negative when it added to it. */
  readonly balanceAppliedMinor: number;
  readonly finalisedOn: LocalDate;
  readonly paidOn: LocalDate | null;
  readonly voidedOn: LocalDate | null;
  readonly uncollectibleAt: number | null;
  readonly uncollectibleOn: LocalDate | null;
  /** The tax by jurisdiction, in the order of their codes; the parts sum to it. Left out where nothing is known. */
  readonly taxes?: readonly TaxPart[];
  readonly lines: readonly InvoiceLineFact[];
  /** The paid ones. */
  readonly payments: readonly InvoicePaymentFact[];
  /** What credit notes that stand took from what was owed, one by one. */
  readonly prePaymentNotesMinor: readonly number[];
  /** Those of them that came after it was given up: the last ones. */
  readonly notesAfterGivenUpMinor?: readonly number[];
  /** The credit notes that stood when it was voided; only of a void invoice with tax. */
  readonly notesAtVoid?: readonly NoteAtVoid[];
  /** All its credit notes, where it charged tax in a foreign currency: loaded where notes or a void take of it. */
  readonly notes?: readonly NoteOfInvoice[];
  readonly voidedAt?: number | null;
  /** Which portions of the customer's credit went and came, where the invoice is in a foreign currency and moved it. */
  readonly credit?: { readonly applied: readonly CreditPart[]; readonly returned: readonly CreditPart[] };
}

/** An invoice as a payment's tie. */
export interface TieFact {
  readonly invoicePaymentId: string;
  readonly invoiceId: string;
  readonly invoiceFinalisedOn: LocalDate;
  readonly customerId: string | null;
  readonly amountMinor: number;
  /** From when on the payment belongs to the invoice: both exist and are tied. */
  readonly tiedAt: number;
  readonly tiedOn: LocalDate;
}

export interface CheckoutFact {
  readonly sessionId: string;
  readonly totalMinor: number;
  readonly taxMinor: number;
}

export interface ChargeFact {
  readonly id: string;
  readonly customerId: string | null;
  /** What was captured. */
  readonly amountMinor: number;
  /** What was authorised: more, where only a part was captured. */
  readonly authorisedMinor: number;
  readonly currency: string;
  /** The money stayed: neither pending nor failed. */
  readonly hasSucceeded: boolean;
  /** The entry of the payment itself; null while the gateway names no balance transaction for it. */
  readonly bookedBy: BookedBy | null;
  readonly ties: readonly TieFact[];
  /** A session in payment mode that makes no invoice: a sale of its own. */
  readonly checkout: CheckoutFact | null;
  /** The first tied invoice with its lines; only loaded where money goes back. */
  readonly invoice: InvoiceFact | null;
}

export interface BalanceTransactionFact {
  readonly id: string;
  readonly type: string;
  readonly reportingCategory: string;
  /** Signed, in the settlement currency. */
  readonly amountMinor: number;
  readonly feeMinor: number;
  readonly netMinor: number;
  readonly currency: string;
  readonly createdAt: number;
  readonly createdOn: LocalDate;
  readonly sourceId: string | null;
  readonly charge: ChargeFact | null;
  /** For refunds: what was refunded in the currency of the charge, and how much of it a credit note had announced, or an earlier refund that failed had left owed. */
  readonly refund: { readonly id: string; readonly amountMinor: number; readonly currency: string; readonly announcedMinor: number; readonly paidAnewMinor?: number } | null;
  /** `returnedMinor`: what a reinstatement returns of it, in its own currency, where that is not all. */
  readonly dispute: { readonly id: string; readonly amountMinor: number; readonly currency: string; readonly createdOn: LocalDate; readonly returnedMinor?: number } | null;
  /** For refunds and disputes of a part: what was refunded of the same payment before, oldest first. */
  readonly refundedBefore?: readonly EarlierRefund[];
}

/** In the currency of the charge, without what a credit note had announced (that went by the note) and what was sent again after it had failed. */
export interface EarlierRefund {
  readonly amountMinor: number;
  /** Epoch milliseconds. */
  readonly at: number;
}

export interface CreditNoteFact {
  readonly id: string;
  readonly customerId: string | null;
  readonly currency: string;
  readonly totalMinor: number;
  readonly taxMinor: number;
  /** Takes from what is still owed. */
  readonly prePaymentMinor: number;
  readonly outOfBandMinor: number;
  readonly customerBalanceMinor: number;
  /** Paid back by refunds made with or after the note. */
  readonly refundedMinor: number;
  /** Refunds that were there before the note: already booked as refunds. */
  readonly earlierRefundsMinor: number;
  /** Epoch milliseconds by the gateway's clock. */
  readonly createdAt: number;
  readonly createdOn: LocalDate;
  readonly voidedOn: LocalDate | null;
  readonly invoice: InvoiceFact | null;
  /** Its tax by jurisdiction, where the note itself says which. */
  readonly taxes?: readonly TaxPart[];
  /** What the note gave to the customer's credit, and what its voiding took back, where it is in a foreign currency. */
  readonly credit?: { readonly given: readonly CreditPart[]; readonly takenBack: readonly CreditPart[] };
}

/** What moved a customer's credit and is told by no invoice and no credit note. */
export interface CustomerBalanceFact {
  readonly id: string;
  readonly customerId: string;
  readonly currency: string;
  /** Stripe's own word. */
  readonly type: string;
  /** As Stripe signs it, and as credit is debited: below zero adds to the customer's credit. */
  readonly amountMinor: number;
  readonly description: string | null;
  readonly createdOn: LocalDate;
  /** Which portions of the credit it moved, where it is in a foreign currency. */
  readonly parts?: readonly CreditPart[];
}

const typesTold: ReadonlySet<unknown> = new Set(['applied_to_invoice', 'unapplied_from_invoice', 'invoice_too_small', 'invoice_too_large', 'credit_note']);

/** Whether an invoice or a credit note tells of it, whose entries move the credit then. Migration 0062 has the same list. */
export const isToldByDocument = (type: unknown): boolean => typesTold.has(type);

/** An entry before its postings are valued and its key is made whole. */
export interface EntryFromFact {
  /** The gateway's object and id in the key. */
  readonly keyObject: string;
  readonly keyId: string;
  readonly kind: string;
  readonly entryDate: LocalDate;
  readonly sourceType: string;
  readonly sourceId: string;
  readonly memo: string;
  readonly postings: readonly UnvaluedPosting[];
  /** The end of the key under which earlier rules told of this and more: where an entry of that amount stands, this one is not posted. */
  readonly formerly?: { readonly key: string; readonly amountMinor: number };
}

/** A receivable that came to zero, with what brought it there: each part was valued for itself. */
export interface ClearedReceivable {
  readonly invoiceId: string;
  readonly customerId: string | null;
  readonly currency: string;
  readonly totalMinor: number;
  readonly finalisedOn: LocalDate;
  readonly clearedOn: LocalDate;
  /** They sum to the total. */
  readonly partsMinor: readonly number[];
}

export interface FactPostings {
  readonly entries: readonly EntryFromFact[];
  readonly findings: readonly ReviewFinding[];
  /** Of an invoice that was cleared in several parts. */
  readonly cleared?: ClearedReceivable;
}

/** Ends of the keys of the entries that move a customer's credit: they name its portions. */
export const creditMovementIds = {
  applied: (invoiceId: string): string => `invoice/${invoiceId}/customer-balance-applied`,
  returned: (invoiceId: string): string => `invoice/${invoiceId}/invoice-voided`,
  given: (noteId: string): string => `credit_note/${noteId}/credit-note-issued`,
  byHand: (transactionId: string): string => `customer_balance_transaction/${transactionId}/customer-credit-adjusted`,
  takenBack: (noteId: string): string => `credit_note/${noteId}/credit-note-voided`,
};

/** The entry that booked an invoice: what clears or takes back the invoice does so at its rate. */
export function invoiceBooking(invoiceId: string, finalisedOn: LocalDate): BookedBy {
  return { entry: `invoice/${invoiceId}/invoice-finalised`, on: finalisedOn };
}
