/** Why a figure of an invoice of ours is what it is (interface.md: every figure answers “why”). Pure: it reads what was stored and recalculates nothing but shares. */
import type { InvoiceFigureName } from '../../shared/api/invoice-why.contract.ts';
import type { Why } from '../../shared/api/primitives.ts';
import { composeDraft, noEdits } from '../../shared/invoicing/draft-document.ts';
import { formatBasisPoints } from '../contracts/contract-terms.ts';
import { basisOf } from './draft-editing.ts';
import { explainLine, explainLineDiscount, type WhyParts } from './invoice-line-why.ts';
import { lineDiscountsOf } from './line-discounts.ts';
import type { PartnerInvoice } from './partner-invoice.ts';
import { amountInput, distinct, distinctPolicy, exactSum, figureUnknown, moneyText, noteInput, roundedOnce, shortened, shownInputs } from './why-text.ts';

export type CalculatedFigure = Extract<InvoiceFigureName, 'line' | 'line-discount' | 'discount' | 'subtotal' | 'tax' | 'total' | 'withholding' | 'payable'>;

export interface InvoiceWhyQuestion {
  readonly invoice: PartnerInvoice;
  readonly figure: CalculatedFigure;
  /** Of a line: its place, or its id on a draft. */
  readonly line?: string | undefined;
  readonly now: number;
  readonly journalEntryIds: readonly string[];
}

/** @throws NotFoundError `figure-unknown`. */
export function explainInvoiceFigure({ invoice, figure, line, now, journalEntryIds }: InvoiceWhyQuestion): Why {
  const { amountMinor, inputs, ...parts } = partsOf(invoice, figure, line);
  const { currency } = invoice;
  return {
    ...parts, figure: moneyText(amountMinor, currency), policy: distinctPolicy(parts.policy), inputs: distinct(shortened(inputs, currency)), asOf: invoice.finalisedAt ?? now, sources: sourcesOf(invoice, journalEntryIds),
    caveats: [...parts.caveats, ...(invoice.status === 'draft' ? ['A draft: usage, terms and edits may still change it.'] : invoice.status === 'void' ? ['The invoice is void: its entry was reversed.'] : [])],
  };
}

/** The invoice, its partner, and what was booked. */
export function sourcesOf(invoice: PartnerInvoice, journalEntryIds: readonly string[]): Why['sources'] {
  return [
    { kind: 'invoice', id: invoice.id, label: invoice.number ?? 'Draft' }, ...(invoice.partnerId ? [{ kind: 'partner', id: invoice.partnerId, label: invoice.snapshot.customer.name }] : []),
    ...journalEntryIds.map((id, index) => ({ kind: 'journal-entry', id, label: `Entry ${index + 1}` })),
  ];
}

function partsOf(invoice: PartnerInvoice, figure: CalculatedFigure, line: string | undefined): WhyParts {
  switch (figure) {
    case 'line': return explainLine(invoice, placeOf(invoice, line));
    case 'line-discount': return explainLineDiscount(invoice, placeOf(invoice, line));
    case 'discount': return explainDiscount(invoice);
    case 'subtotal': return explainSubtotal(invoice);
    case 'tax': return explainTax(invoice);
    case 'total': return explainTotal(invoice);
    case 'withholding': return explainWithholding(invoice);
    case 'payable': return explainPayable(invoice);
  }
}

function placeOf(invoice: PartnerInvoice, line: string | undefined): number {
  if (line === undefined) throw figureUnknown('line');
  if (/^\d{1,5}$/.test(line)) return Number(line);
  return composeDraft(invoice.edits ?? { basis: basisOf(invoice), edits: noEdits }).counted.findIndex((candidate) => candidate.id === line);
}

const linesAt = (invoice: PartnerInvoice, of: (index: number) => number): Why['inputs'] => invoice.lines.map((line, index) => amountInput(line.description, of(index), invoice.currency));
const reasonsAbout = (invoice: PartnerInvoice, about: 'discount' | 'tax'): Why['policy'] => (invoice.edits?.edits.reasons ?? []).filter((each) => each.about === about).map(({ reason, by, at }) => ({ name: 'Edited', value: `${reason} (${by}, ${new Date(at).toISOString().slice(0, 10)})` }));

function explainDiscount(invoice: PartnerInvoice): WhyParts {
  const { snapshot, currency, discountMinor, edits } = invoice;
  const shares = lineDiscountsOf(invoice);
  const parts = snapshot.parts ?? [];
  const ofContract = snapshot.isDiscountEdited ? [] : parts.length > 1 ? parts.map((part) => ({ name: `Discount of ${part.start} to ${part.end}`, value: formatBasisPoints(part.discountBasisPoints) })) : [{ name: 'Contract’s discount', value: formatBasisPoints(snapshot.discountBasisPoints) }];
  const ofWhole = edits?.edits.discount ?? null;
  return {
    title: 'Discount', amountMinor: discountMinor === 0 ? 0 : -discountMinor, formula: snapshot.isDiscountEdited ? 'discounts that people gave, of lines and of the whole' : 'the contract’s discount × the lines that bear it', rounding: roundedOnce,
    policy: [...ofContract, ...(ofWhole ? [{ name: 'Invoice’s discount', value: ofWhole.kind === 'percentage' ? formatBasisPoints(ofWhole.basisPoints) : moneyText(ofWhole.amountMinor, currency) }] : []), { name: 'Bears none', value: 'A minimum’s top-up and lines about earlier months.' }, ...reasonsAbout(invoice, 'discount')],
    inputs: linesAt(invoice, (index) => -(shares[index] ?? 0)).filter((input) => input.amount?.amount !== 0), caveats: [],
  };
}

function explainSubtotal(invoice: PartnerInvoice): WhyParts {
  const { subtotalMinor, discountMinor, currency } = invoice;
  return {
    title: 'Subtotal', amountMinor: subtotalMinor, formula: 'lines − discount', rounding: exactSum, policy: [], caveats: [],
    inputs: [...shortened(linesAt(invoice, (index) => invoice.lines[index]?.amountMinor ?? 0), currency, shownInputs - 1), ...(discountMinor === 0 ? [] : [amountInput('Discount', -discountMinor, currency)])],
  };
}

const treatments = { standard: 'Taxed', 'reverse-charge': 'Reverse charge: the customer accounts for the tax', exempt: 'Exempt', 'outside-scope': 'Outside the scope of tax' } as const;
/** Where no tax is charged there is no rate to name. */
const untaxed = { 'reverse-charge': 'reverse charge', exempt: 'exempt', 'outside-scope': 'outside the scope' } as const;
const vatIdWords = { missing: 'None was given.', invalid: 'Its check digits do not hold.', unverified: 'Form and check digits hold; the tax authority was not asked.' } as const;

function explainTax(invoice: PartnerInvoice): WhyParts {
  const { snapshot, currency, taxMinor, subtotalMinor } = invoice;
  const shares = snapshot.taxes ?? [{ treatment: snapshot.taxTreatment, basisPoints: snapshot.taxTreatment === 'standard' ? snapshot.taxRateBasisPoints : 0, baseMinor: subtotalMinor, amountMinor: taxMinor }];
  const isPerLine = snapshot.taxRounding === 'per-line';
  const isInclusive = snapshot.priceMode === 'inclusive';
  return {
    title: 'Tax', amountMinor: taxMinor, formula: isInclusive ? 'amount with tax × rate ÷ (100 % + rate), by rate' : 'subtotal × rate, by rate', rounding: `Half away from zero to the minor unit, once ${isPerLine ? 'per line' : 'per rate of the invoice (EN 16931)'}.`,
    policy: [
      { name: 'Treatment', value: treatments[snapshot.taxTreatment] }, { name: 'Where', value: snapshot.taxJurisdiction ?? 'not known' }, { name: 'Rates', value: 'Those stored on the invoice when it was made.' },
      ...(snapshot.vatIdState ? [{ name: 'VAT id', value: vatIdWords[snapshot.vatIdState] }] : []), ...(snapshot.exemptionReason ? [{ name: 'Reason', value: snapshot.exemptionReason }] : []), ...reasonsAbout(invoice, 'tax'),
    ],
    inputs: shares.flatMap((share) => {
      const treatment = share.treatment ?? snapshot.taxTreatment;
      const [base, tax] = treatment === 'standard' ? [`Base of ${formatBasisPoints(share.basisPoints)}`, `Tax at ${formatBasisPoints(share.basisPoints)}`] : [`Base, ${untaxed[treatment]}`, `Tax, ${untaxed[treatment]}`];
      return [noteInput(base, moneyText(share.baseMinor, currency)), amountInput(tax, share.amountMinor, currency)];
    }),
    caveats: [],
  };
}

function explainTotal({ subtotalMinor, taxMinor, totalMinor, currency }: PartnerInvoice): WhyParts {
  return { title: 'Total', amountMinor: totalMinor, formula: 'subtotal + tax', rounding: exactSum, policy: [], inputs: [amountInput('Subtotal', subtotalMinor, currency), amountInput('Tax', taxMinor, currency)], caveats: [] };
}

function explainWithholding(invoice: PartnerInvoice): WhyParts {
  const { snapshot, currency, withholdingMinor, subtotalMinor } = invoice;
  const shares = snapshot.withholdings ?? [{ basisPoints: snapshot.withholdingRateBasisPoints, baseMinor: subtotalMinor, amountMinor: withholdingMinor }];
  return {
    title: 'Withholding', amountMinor: withholdingMinor === 0 ? 0 : -withholdingMinor, formula: 'subtotal × share that the customer keeps back for the tax authority', rounding: 'Half away from zero to the minor unit, once per share.', caveats: [],
    policy: [{ name: 'In the books', value: 'Withholding tax receivable, until the certificate comes.' }, ...reasonsAbout(invoice, 'tax')],
    inputs: shares.flatMap((share) => [noteInput(`Base of ${formatBasisPoints(share.basisPoints)}`, moneyText(share.baseMinor, currency)), amountInput(`Withheld at ${formatBasisPoints(share.basisPoints)}`, -share.amountMinor, currency)]),
  };
}

function explainPayable({ totalMinor, withholdingMinor, dueMinor, currency, functionalRate, issueDate }: PartnerInvoice): WhyParts {
  return {
    title: 'Payable', amountMinor: dueMinor, formula: 'total − withholding', rounding: exactSum, caveats: dueMinor < 0 ? ['It comes to less than nothing: what is owed to the customer is kept as its credit.'] : [],
    policy: functionalRate === null ? [] : [{ name: 'Rate in the books', value: `${functionalRate} on ${issueDate ?? ''}` }], inputs: [amountInput('Total', totalMinor, currency), ...(withholdingMinor === 0 ? [] : [amountInput('Withholding', -withholdingMinor, currency)])],
  };
}
