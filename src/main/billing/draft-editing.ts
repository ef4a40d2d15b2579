/**
 * Between a draft as it is stored and as people edit it. Pure.
 */
import { composeDraft, isTaxRoundingChosen, noEdits, type ComposedDraft, type ComposedLine, type DraftBasis, type RatedLine, type StoredEdits } from '../../shared/invoicing/draft-document.ts';
import type { LineTax, TaxRounding } from '../../shared/invoicing/invoice-totals.ts';
import { minorUnits } from '../../shared/money/money.ts';
import { lineDiscountsOf } from './line-discounts.ts';
import { invoiceRounding, type PartnerInvoiceLine, type RateShare } from './partner-invoice-calculation.ts';
import { ratingWords, type RatingWords } from './rating-words.ts';
import type { TaxTreatment } from '../contracts/contract-terms.ts';
import type { InvoiceDraft } from './partner-invoice.ts';
import { totalsFingerprint } from './totals-fingerprint.ts';

/** What of a rated month its edits and its tax stand on. */
export type RatedInvoice = Pick<InvoiceDraft, 'lines' | 'discountMinor' | 'month'> & { readonly snapshot: Pick<InvoiceDraft['snapshot'], 'rated' | 'taxTreatment' | 'taxRateBasisPoints' | 'withholdingRateBasisPoints' | 'purchaseOrderNumber' | 'taxRounding'> };

/** What a billing run rated, as edits stand on it: each line with its share of the contract's discount, and with its own rates where the month's parts have different ones. */
export function basisOf(rated: RatedInvoice): DraftBasis {
  const { snapshot, lines } = rated;
  const discounts = lineDiscountsOf(rated);
  const ordinals = new Map<string, number>();
  return {
    lines: lines.map((line, index): RatedLine => {
      const name = `${line.kind}/${line.key ?? line.description}`;
      const ordinal = (ordinals.get(name) ?? 0) + 1;
      ordinals.set(name, ordinal);
      const { kind, description, quantity, unitPrice, amountMinor, explanation, withholdingRateBasisPoints } = line;
      const own = withholdingRateBasisPoints === undefined ? {} : { withholdingBasisPoints: withholdingRateBasisPoints };
      return { id: `${name}/${ordinal}`, kind, description, quantity, unitPrice, amountMinor, explanation, discountMinor: discounts[index] ?? 0, tax: taxOf(line, snapshot.taxTreatment), ...own };
    }),
    tax: { treatment: snapshot.taxTreatment, basisPoints: snapshot.taxRateBasisPoints }, withholdingBasisPoints: snapshot.withholdingRateBasisPoints, purchaseOrderNumber: snapshot.purchaseOrderNumber,
    taxRounding: snapshot.taxRounding ?? noEdits.taxRounding,
  };
}

function taxOf({ tax, taxRateBasisPoints }: PartnerInvoiceLine, treatment: TaxTreatment): RatedLine['tax'] {
  return tax ?? (taxRateBasisPoints === undefined ? null : { treatment, basisPoints: taxRateBasisPoints });
}

/** The draft as its edits leave it. */
export function editedDraft(draft: InvoiceDraft, stored: StoredEdits): InvoiceDraft {
  const words = ratingWords(draft.snapshot.document?.language);
  const composed = composeDraft(stored, words.text.edited);
  const { figures, tax, withholdingBasisPoints } = composed;
  const { basis, edits } = stored;
  const isInclusive = edits.priceMode === 'inclusive';
  const lines = composed.counted.map((line, index) => storedLine(line, figures.lineNets[index] ?? 0, figures.lineDiscounts[index] ?? 0, isInclusive, words));
  const shares = figures.taxes.map(({ treatment, basisPoints, baseMinor, amountMinor }) => ({ treatment, basisPoints, baseMinor, amountMinor }));
  const withholdings = figures.withholdings.filter((share) => share.baseMinor !== 0);
  const { taxes: _taxes, withholdings: _withholdings, ...snapshot } = draft.snapshot;
  const facts = {
    ...draft, lines, discountMinor: isInclusive ? minorUnits(0) : figures.discountMinor, subtotalMinor: figures.subtotalMinor, taxMinor: figures.taxMinor, totalMinor: figures.totalMinor, withholdingMinor: figures.withholdingMinor, dueMinor: figures.payableMinor,
  };
  return {
    ...facts, notes: edits.notes, edits: stored, totalsFingerprint: totalsFingerprint(facts),
    snapshot: {
      ...snapshot, purchaseOrderNumber: edits.purchaseOrderNumber === undefined ? basis.purchaseOrderNumber : edits.purchaseOrderNumber, taxTreatment: tax.treatment, taxRateBasisPoints: tax.basisPoints, withholdingRateBasisPoints: withholdingBasisPoints,
      taxRounding: edits.taxRounding, priceMode: edits.priceMode, exemptionReason: edits.exemptionReason, isDiscountEdited: isDiscountEdited(composed, edits.discount !== null), ...(isTaxOfAll(shares, tax) ? {} : { taxes: shares }), ...(withholdings.length > 1 ? { withholdings } : {}),
    },
  };
}

/** Whether a draft's tax is rounded as the ledger says by now, or as a person chose for it. */
export function isTaxRoundedAs(taxRounding: TaxRounding, { snapshot, edits }: { readonly snapshot: Pick<InvoiceDraft['snapshot'], 'taxRounding'>; readonly edits?: InvoiceDraft['edits'] }): boolean {
  return (edits ? isTaxRoundingChosen(edits) : false) || (snapshot.taxRounding ?? noEdits.taxRounding) === taxRounding;
}

/** Lines may all be taxed otherwise than the invoice says: then what the invoice says is on none of them. */
function isTaxOfAll(shares: readonly RateShare[], { treatment, basisPoints }: LineTax): boolean {
  const rate = treatment === 'standard' ? basisPoints : 0;
  return shares.every((share) => share.treatment === treatment && share.basisPoints === rate);
}

/** With prices inclusive of tax a line is kept as what it is without it, its discount taken off: net amounts are what an invoice adds up. */
function storedLine(line: ComposedLine, netMinor: number, discountMinor: number, isInclusive: boolean, { text }: RatingWords): PartnerInvoiceLine {
  const own = discountMinor === 0 || isInclusive ? {} : { discountMinor };
  const tax = line.tax === null ? {} : { tax: line.tax };
  const withholding = typeof line.rated?.withholdingBasisPoints === 'number' ? { withholdingRateBasisPoints: line.rated.withholdingBasisPoints } : {};
  return {
    kind: kindOf(line.kind), description: line.description, quantity: isInclusive ? null : line.quantity, unitPrice: isInclusive ? null : line.unitPrice, amountMinor: minorUnits(isInclusive ? netMinor : line.amountMinor), fraction: null, rounding: invoiceRounding,
    explanation: [line.explanation, isInclusive ? text.shownWithoutTax : null].filter((part) => part !== null).join('. '), ...own, ...tax, ...withholding,
  };
}

const kindOf = (kind: string): PartnerInvoiceLine['kind'] => (kind === 'flat-fee' || kind === 'usage' || kind === 'minimum' || kind === 'late-usage' ? kind : 'manual');

const isDiscountEdited = (composed: ComposedDraft, hasOwn: boolean): boolean => hasOwn || composed.counted.some((line) => line.discount !== null || (line.rated !== null && line.discountMinor !== line.rated.discountMinor) || (line.rated === null && line.discountMinor !== 0));
