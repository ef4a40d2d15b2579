/** A stored partner invoice as a document. Pure: the figures are the stored integers; nothing is recalculated. */
import { localDate, type LocalDate } from '../../shared/calendar/local-date.ts';
import { addMinorUnits } from '../../shared/money/money.ts';
import type { InvoiceDraft, PartnerInvoice } from '../billing/partner-invoice.ts';
import type { TaxTreatment } from '../contracts/contract-terms.ts';
import { ratingWords } from '../billing/rating-words.ts';
import { reasonIn, wordsOf } from './document-words.ts';
import { taxKey, type DocumentDiscount, type DocumentLine, type DocumentTax, type DocumentTaxShare, type DocumentWithholding, type InvoiceDocument } from './document-model.ts';

/** Of a draft that no one has stored yet, only what it would print is known. */
export type PrintableInvoice = InvoiceDraft & Partial<PartnerInvoice>;

/** What says how the lines of an invoice are taxed. */
type Taxed = Pick<InvoiceDraft, 'lines' | 'snapshot' | 'subtotalMinor' | 'taxMinor'>;

/** A credit of the customer that an invoice used up when it was finalised. */
export interface AppliedCredit {
  /** Of the credit note, or the invoice of less than nothing, it was made by; null where it has none. */
  readonly creditNoteNumber: string | null;
  readonly amountMinor: number;
}

/**
 * @param credits what was applied when it was finalised.
 * @param replaced the void invoice it stands in for.
 */
export function documentOfPartnerInvoice(invoice: PrintableInvoice, credits: readonly AppliedCredit[] = [], replaced: Pick<PartnerInvoice, 'number' | 'issueDate'> | null = null): InvoiceDocument {
  const { snapshot } = invoice;
  const status = invoice.status ?? 'draft';
  const taxes = taxesOf(invoice);
  const lines = linesOf(invoice, taxes);
  const words = wordsOf(snapshot.document?.language ?? 'en');
  const { text } = words;
  // What a person chose on a draft stands on it, as it will on the invoice.
  const chosen = status === 'draft' ? invoice.edits?.edits : undefined;
  const dayOf = (given: LocalDate | null | undefined, wanted: string | null | undefined): LocalDate | null => given ?? (wanted ? localDate(wanted) : null);
  const settled = credits.map(({ creditNoteNumber, amountMinor }) => ({ label: creditNoteNumber === null ? text.creditApplied : `${text.creditApplied} (${creditNoteNumber})`, amountMinor }));
  return {
    kind: 'invoice', status: status === 'draft' ? 'draft' : status === 'void' ? 'void' : 'issued', number: invoice.number ?? null, currency: invoice.currency, choice: snapshot.document ?? { language: 'en', lookId: null },
    issueDate: dayOf(invoice.issueDate, chosen?.issueDate), dueDate: dayOf(invoice.dueDate, chosen?.dueDate), paymentTermsDays: snapshot.paymentTermsDays, service: invoice.billingStart && invoice.billingEnd ? { start: invoice.billingStart, end: invoice.billingEnd } : null, issuer: snapshot.issuer, customer: snapshot.customer,
    contractReference: invoice.apiKeyPrefix, purchaseOrderNumber: snapshot.purchaseOrderNumber, preceding: replaced?.number ? [{ number: replaced.number, issueDate: replaced.issueDate }] : [], lines, discounts: discountsOf(invoice, lines, taxes), subtotalMinor: invoice.subtotalMinor, taxes, totalMinor: invoice.totalMinor,
    withholdings: withholdingsOf(invoice), settled, dueMinor: addMinorUnits(invoice.totalMinor, -invoice.withholdingMinor, ...credits.map(({ amountMinor }) => -amountMinor)),
    calculation: invoice.kind === 'one-off' ? null : { terms: snapshot.terms, parts: snapshot.parts?.length ?? 1, discountLabel: discountLabel(invoice), ...(snapshot.taxRounding === 'per-line' ? { isTaxPerLine: true } : {}) }, notes: [invoice.notes, snapshot.exemptionReason && reasonIn(snapshot.exemptionReason, words)].flatMap((note) => (note ? [note] : [])), totalsFingerprint: invoice.totalsFingerprint, madeAt: invoice.finalisedAt ?? invoice.createdAt ?? 0,
  };
}

/** The reason that stands on the invoice is of its own treatment; a line that is taxed otherwise has the words of its treatment. */
function reasonOf({ document, exemptionReason, taxTreatment }: Taxed['snapshot'], treatment: TaxTreatment): Pick<DocumentTax, 'reason'> {
  if (treatment === 'standard') return {};
  const words = wordsOf(document?.language ?? 'en');
  const own = treatment === taxTreatment && exemptionReason ? reasonIn(exemptionReason, words) : null;
  return { reason: own ?? { 'reverse-charge': words.text.reverseCharge, exempt: words.text.exempt, 'outside-scope': words.text.outsideScope }[treatment] };
}

function taxesOf({ snapshot, subtotalMinor, taxMinor }: Taxed): DocumentTaxShare[] {
  const tax = (basisPoints: number, treatment = snapshot.taxTreatment): DocumentTax => ({ treatment, basisPoints: treatment === 'standard' ? basisPoints : 0, ...reasonOf(snapshot, treatment) });
  return snapshot.taxes?.map((share) => ({ tax: tax(share.basisPoints, share.treatment), baseMinor: share.baseMinor, amountMinor: share.amountMinor })) ?? [{ tax: tax(snapshot.taxRateBasisPoints), baseMinor: subtotalMinor, amountMinor: taxMinor }];
}

/** How each line is taxed, in their order; see taxedLines for those that do not say. */
export function taxesOfLines(invoice: Taxed): DocumentTax[] {
  return taxedLines(invoice, taxesOf(invoice));
}

/** How a line is taxed; see taxedLines for those that do not say. */
export function taxOfLine(invoice: PrintableInvoice, lineIndex: number): DocumentTax {
  const taxes = taxesOf(invoice);
  return taxedLines(invoice, taxes)[lineIndex] ?? taxes.at(-1)?.tax ?? { treatment: invoice.snapshot.taxTreatment, basisPoints: 0 };
}

/**
 * A line that does not say its tax has the invoice's. Lines of an invoice with several rates of one treatment that do not say theirs, as those of before it was kept, are taken for lines of its
 * last rate; edited drafts name the treatment of each share, and lines of theirs that differ say so.
 */
function taxedLines(invoice: Taxed, taxes: readonly DocumentTaxShare[]): DocumentTax[] {
  const { taxTreatment: treatment, taxRateBasisPoints, taxes: stored } = invoice.snapshot;
  const whole = { treatment, basisPoints: treatment === 'standard' ? taxRateBasisPoints : 0 };
  const last = stored?.every((share) => share.treatment !== undefined) ? whole : (taxes.at(-1)?.tax ?? whole);
  return invoice.lines.map((line) => {
    const tax = line.tax ?? (line.taxRateBasisPoints === undefined ? last : { treatment, basisPoints: line.taxRateBasisPoints });
    return { ...tax, ...reasonOf(invoice.snapshot, tax.treatment) };
  });
}

function linesOf(invoice: PrintableInvoice, taxes: readonly DocumentTaxShare[]): DocumentLine[] {
  const ofLines = taxedLines(invoice, taxes);
  const whole = { treatment: invoice.snapshot.taxTreatment, basisPoints: 0 };
  return invoice.lines.map(({ description, explanation, quantity, unitPrice, amountMinor }, index) => ({ description, explanation, quantity, unitPrice, amountMinor, tax: ofLines[index] ?? whole }));
}

/** The discount of each tax: what its lines come to, less what it was taken of. */
function discountsOf(invoice: PrintableInvoice, lines: readonly DocumentLine[], taxes: readonly DocumentTaxShare[]): DocumentDiscount[] {
  if (invoice.discountMinor === 0) return [];
  if (taxes.length === 1) return taxes.map(({ tax }) => ({ tax, amountMinor: invoice.discountMinor }));
  return taxes
    .map(({ tax, baseMinor }) => ({ tax, amountMinor: addMinorUnits(...lines.filter((line) => taxKey(line.tax) === taxKey(tax)).map((line) => line.amountMinor), -baseMinor) }))
    .filter(({ amountMinor }) => amountMinor !== 0);
}

function withholdingsOf({ snapshot, subtotalMinor, withholdingMinor }: PrintableInvoice): DocumentWithholding[] {
  if (withholdingMinor === 0) return [];
  return snapshot.withholdings?.filter(({ basisPoints }) => basisPoints > 0) ?? [{ basisPoints: snapshot.withholdingRateBasisPoints, baseMinor: subtotalMinor, amountMinor: withholdingMinor }];
}

/** '7.5 %'; nothing where a person chose it; where the parts of a month have different ones, each with its days. */
function discountLabel({ snapshot }: PrintableInvoice): string {
  if (snapshot.isDiscountEdited) return '';
  const rates = new Set(snapshot.parts?.map((part) => part.discountBasisPoints));
  const language = snapshot.document?.language ?? 'en';
  const { percent } = wordsOf(language);
  if (!snapshot.parts || rates.size < 2) return percent(snapshot.discountBasisPoints);
  return snapshot.parts.map((part) => `${percent(part.discountBasisPoints)} (${ratingWords(language).span(part.start, part.end)})`).join(', ');
}
