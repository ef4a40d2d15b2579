/**
 * From a contract in force and its usage to the draft of its invoice. Pure: who reads usage and issuer hands them in.
 */
import type { Month } from '../../shared/calendar/local-date.ts';
import { addMinorUnits, minorUnits } from '../../shared/money/money.ts';
import { addressLines, placeOf, postalAddressOf } from '../contracts/billing-address.ts';
import { taxJurisdictionOf } from '../ledger/tax-jurisdictions.ts';
import type { PartnerContractRow } from '../contracts/contract-terms.ts';
import { describeTerms } from '../contracts/terms-summary.ts';
import type { LateUsage } from './late-usage.ts';
import { ratingWords } from './rating-words.ts';
import { billedPartOf, calculatePartnerInvoice, type PartnerInvoiceCalculation, type RatedPart } from './partner-invoice-calculation.ts';
import { partnerInvoiceId, type BilledTerms, type CustomerSnapshot, type DocumentChoice, type InvoiceDraft, type Issuer } from './partner-invoice.ts';
import { totalsFingerprint } from './totals-fingerprint.ts';

export interface DraftInput {
  /** With the terms that hold at the end of what is billed. */
  readonly row: PartnerContractRow;
  /** The month's parts in the order of their days: one, or one for each of the terms that hold in it. */
  readonly parts: readonly RatedPart[];
  readonly month: Month;
  readonly issuer: Issuer;
  /** Left out: English, Daybook's own look. */
  readonly document?: DocumentChoice;
  /** One more than the void invoices of the month. */
  readonly sequence: number;
  /** Usage of earlier months that came after their invoices. */
  readonly late: LateUsage;
  /** How many months back it was looked for. */
  readonly lateUsageMonths: number;
}

export function draftPartnerInvoice(input: DraftInput): InvoiceDraft {
  const { row, month } = input;
  const calculation = calculatePartnerInvoice(input.parts, month, input.late.charges, ratingWords(input.document?.language));
  const { units: _, taxes: __, withholdings: ___, ...figures } = calculation;
  const facts = { contractId: row.id, month, ...figures };
  return { id: partnerInvoiceId(row.id, month, input.sequence), kind: 'partner', partnerId: row.partnerId, partyId: row.partnerId, apiKeyPrefix: row.apiKeyPrefix, ...facts, snapshot: snapshotOf(input, calculation), totalsFingerprint: totalsFingerprint(facts) };
}

function snapshotOf({ row, parts, month, issuer, document, late, lateUsageMonths }: DraftInput, { units, taxes, withholdings, subtotalMinor }: PartnerInvoiceCalculation): CustomerSnapshot {
  const last = parts.at(-1)?.terms;
  if (!last) throw new RangeError('A month without terms has no invoice.');
  const words = ratingWords(document?.language);
  const describe = (terms: RatedPart['terms']): string => describeTerms(terms, words.language);
  const billedTerms = parts.map(({ terms }): BilledTerms => ({ ...billedPartOf(terms, month), terms: describe(terms), discountBasisPoints: terms.discountBasisPoints }));
  const inParts = billedTerms.map((part) => `${words.span(part.start, part.end)}: ${part.terms}`).join(' ');
  return {
    customer: { name: row.partnerName, legalName: row.partnerLegalName, address: addressLines(row.billingAddress), email: row.billingEmail, taxNumber: row.taxNumber, postal: postalAddressOf(row.billingAddress) },
    issuer,
    purchaseOrderNumber: row.purchaseOrderNumber, paymentTermsDays: last.paymentTermsDays, pricingModel: last.pricing.model, contractVersion: row.version, terms: parts.length === 1 ? describe(last) : inParts,
    discountBasisPoints: last.discountBasisPoints, taxTreatment: last.taxTreatment, taxJurisdiction: jurisdictionOf(row), taxRateBasisPoints: last.taxRateBasisPoints, withholdingRateBasisPoints: last.withholdingRateBasisPoints, units,
    ...(parts.length > 1 ? { parts: billedTerms } : {}), ...(taxes.length > 1 ? { taxes } : {}), ...(withholdings.length > 1 ? { withholdings } : {}),
    rated: { parts, subtotalMinor: minorUnits(subtotalMinor - addMinorUnits(...late.shares.map((share) => share.amountMinor))) }, ...(late.shares.length > 0 ? { lateUsage: late.shares } : {}), measured: late.measured, lateUsageMonths, ...(document ? { document } : {}),
  };
}

function jurisdictionOf(row: PartnerContractRow): string | null {
  const { country, state } = placeOf(row.billingAddress);
  return taxJurisdictionOf(country, state);
}
