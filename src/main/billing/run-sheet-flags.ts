/** What is unusual about a partner's month beside the one before it: what an accountant looks at first on the run sheet. Pure. */
import { mulDiv } from '../../shared/money/money.ts';
import { checkVatId, euStates } from '../../shared/tax/vat-id.ts';
import { isTaxRoundedAs } from './draft-editing.ts';
import { hasSameRecords } from './draft-records.ts';
import { meterOf, type MeteredUsage } from './partner-invoice-calculation.ts';
import type { InvoiceDraft } from './partner-invoice.ts';

export const runSheetFlags = [
  'failed', 'late-usage-unbilled', 'draft-outdated', 'new-partner', 'usage-up', 'usage-down', 'zero-usage', 'price-changed', 'late-usage', 'late-usage-other-currency', 'negative-total', 'email-missing', 'tax-number-missing', 'vat-id-invalid', 'address-missing',
] as const;
export type RunSheetFlag = (typeof runSheetFlags)[number];

/** A change of usage of so much or more is flagged: half of last month's. */
const outlierBasisPoints = 5_000;

/** What of an invoice or draft the sheet compares. */
export type ComparedInvoice = Pick<InvoiceDraft, 'currency' | 'totalMinor' | 'snapshot'>;

/** What the month counts; null for a flat fee, and where it cannot be told. */
export function meterOfInvoice({ snapshot }: Pick<ComparedInvoice, 'snapshot'>): keyof MeteredUsage | null {
  const last = snapshot.rated?.parts.at(-1);
  if (last) return meterOf(last.terms);
  return snapshot.pricingModel === 'flat' ? null : snapshot.pricingModel === 'per_request' ? 'requests' : 'deeds';
}

/** Units of both months, where both count the same. */
export function comparedUnits(now: ComparedInvoice, previous: ComparedInvoice | null): { units: number; previous: number } | null {
  const meter = meterOfInvoice(now);
  return previous === null || meter === null || meterOfInvoice(previous) !== meter ? null : { units: now.snapshot.units, previous: previous.snapshot.units };
}

/** Against last month, in basis points of it, half away from zero: 5000 is half as much again. Null where there is nothing to compare, or it was 0. */
export function changeBasisPoints(now: ComparedInvoice, previous: ComparedInvoice | null): number | null {
  const units = comparedUnits(now, previous);
  return units === null || units.previous === 0 ? null : mulDiv(units.units - units.previous, 10_000, units.previous, 'half-away-from-zero');
}

/**
 * @param previous the invoice of the month before, draft or not, or what that month would have been billed.
 * @param isNew there was nothing to bill in the month before.
 */
export function flagsOf(now: ComparedInvoice, previous: ComparedInvoice | null, isNew: boolean): RunSheetFlag[] {
  const { snapshot } = now;
  const units = comparedUnits(now, previous);
  const change = changeBasisPoints(now, previous);
  const flags: [RunSheetFlag, boolean][] = [
    ['new-partner', isNew],
    ['usage-up', change !== null ? change >= outlierBasisPoints : units !== null && units.units > 0],
    ['usage-down', change !== null && change <= -outlierBasisPoints],
    ['zero-usage', meterOfInvoice(now) !== null && snapshot.units === 0],
    ['price-changed', (snapshot.rated?.parts.length ?? 1) > 1 || (previous !== null && isPricedOtherwise(now, previous))],
    ['late-usage', (snapshot.lateUsage?.length ?? 0) > 0],
    ['negative-total', now.totalMinor < 0],
    ['email-missing', (snapshot.customer.email ?? '').trim() === ''],
    ['tax-number-missing', snapshot.taxTreatment === 'reverse-charge' && (snapshot.customer.taxNumber ?? '').trim() === ''],
    ['vat-id-invalid', snapshot.taxTreatment === 'reverse-charge' && hasWrongVatId(snapshot.customer)],
    ['address-missing', snapshot.customer.address.length === 0],
  ];
  return flags.filter(([, isSo]) => isSo).map(([flag]) => flag);
}

/** Where VAT ids are given, one that does not hold; elsewhere a number is whatever it is. */
function hasWrongVatId({ taxNumber, postal }: ComparedInvoice['snapshot']['customer']): boolean {
  const country = postal?.country ?? null;
  return country !== null && (euStates.has(country) || country === 'GB') && checkVatId(taxNumber, country).state === 'invalid';
}

/** Price, tiers, included units, minimum or discount at the end of the two months; of invoices of before terms were kept, the terms in words. */
function isPricedOtherwise(now: ComparedInvoice, previous: ComparedInvoice): boolean {
  const [ours, theirs] = [pricedBy(now), pricedBy(previous)];
  return ours === null || theirs === null ? now.snapshot.terms !== previous.snapshot.terms : ours !== theirs;
}

function pricedBy({ snapshot, currency }: ComparedInvoice): string | null {
  const terms = snapshot.rated?.parts.at(-1)?.terms;
  if (!terms) return null;
  const { pricing } = terms;
  const unit = pricing.model === 'flat' ? null : pricing.model === 'per_request' ? pricing.blocks : pricing.deeds;
  const fee = pricing.model === 'flat' || pricing.model === 'hybrid' ? pricing.flatFeeMinor : 0;
  return JSON.stringify([currency, pricing.model, fee, unit?.unitPrice ?? null, unit?.tiers?.mode ?? null, unit?.tiers?.tiers.map((tier) => [tier.upTo, tier.unitPrice]) ?? null, terms.includedUnits, terms.minimumCommitmentMinor, terms.discountBasisPoints]);
}

type DatedDraft = Pick<InvoiceDraft, 'snapshot' | 'totalsFingerprint'> & { readonly edits?: InvoiceDraft['edits'] };

/** Whether the draft was made of something else than usage, terms, names, addresses and the rounding of tax are now; what a person changed on it does not count. */
export function isOutdated(draft: DatedDraft, now: DatedDraft): boolean {
  if (!hasSameRecords(draft, now) || !isTaxRoundedAs(now.snapshot.taxRounding ?? 'per-invoice', draft)) return true;
  if (draft.snapshot.rated === undefined) return draft.totalsFingerprint !== now.totalsFingerprint;
  return ratedOn(draft.snapshot) !== ratedOn(now.snapshot);
}

function ratedOn({ rated, lateUsage, taxTreatment, taxRateBasisPoints, withholdingRateBasisPoints }: InvoiceDraft['snapshot']): string {
  return JSON.stringify([rated?.subtotalMinor, rated?.parts.map(({ usage }) => [usage.deeds, usage.requests]), lateUsage?.map((share) => [share.month, share.amountMinor]) ?? [], taxTreatment, taxRateBasisPoints, withholdingRateBasisPoints]);
}
