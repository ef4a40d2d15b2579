/** How an amount of a line of an invoice of ours came about: from what it was rated on, and from what people made of it. Pure. */
import { parseDecimal } from '../../shared/money/money.ts';
import { currencyExponent } from '../../shared/money/currency.ts';
import type { Why } from '../../shared/api/primitives.ts';
import { composeDraft, type ComposedLine } from '../../shared/invoicing/draft-document.ts';
import { formatPrice } from '../contracts/price-format.ts';
import { formatBasisPoints, type PriceTiers } from '../contracts/contract-terms.ts';
import type { LateUsageShare } from './late-usage.ts';
import { lineDiscountsOf } from './line-discounts.ts';
import { billedPartOf, meterOf, rateParts, type PartnerInvoiceLine, type RatedPart } from './partner-invoice-calculation.ts';
import { ratingWords } from './rating-words.ts';
import type { PartnerInvoice } from './partner-invoice.ts';
import { amountInput, countInput, figureUnknown, moneyText, noteInput, roundedOnce } from './why-text.ts';

export type WhyParts = Pick<Why, 'title' | 'formula' | 'policy' | 'rounding' | 'inputs' | 'caveats'> & { readonly amountMinor: number };

interface Origin {
  readonly line: PartnerInvoiceLine;
  /** On a draft that people edited. */
  readonly composed: ComposedLine | null;
  /** What it was rated on; null for what a person wrote, and for invoices of before that was kept. */
  readonly rated: { readonly part: RatedPart; readonly line: PartnerInvoiceLine; readonly ofPart: readonly PartnerInvoiceLine[]; readonly discountMinor: number; readonly isOneOfSeveral: boolean } | null;
  readonly late: LateUsageShare | null;
}

function originOf(invoice: PartnerInvoice, index: number): Origin {
  const line = invoice.lines[index];
  if (!line) throw figureUnknown('line');
  const counted = invoice.edits ? composeDraft(invoice.edits).counted : null;
  const composed = counted?.[index] ?? null;
  const place = composed ? (invoice.edits?.basis.lines.findIndex(({ id }) => id === composed.id) ?? -1) : index;
  const { rated, lateUsage } = invoice.snapshot;
  if (!rated || invoice.month === null || place === -1) return { line, composed, rated: null, late: null };
  const parts = rateParts(rated.parts, invoice.month);
  let before = 0;
  for (const [at, part] of parts.entries()) {
    const [own, ratedPart] = [part.lines[place - before], rated.parts[at]];
    if (own && ratedPart) return { line, composed, rated: { part: ratedPart, line: own, ofPart: part.lines, discountMinor: part.discountMinor, isOneOfSeveral: parts.length > 1 }, late: null };
    before += part.lines.length;
  }
  return { line, composed, rated: null, late: lateUsage?.[place - before] ?? null };
}

/** @throws NotFoundError `figure-unknown`. */
export function explainLine(invoice: PartnerInvoice, index: number): WhyParts {
  const origin = originOf(invoice, index);
  const { line, composed, rated, late } = origin;
  const { currency, snapshot } = invoice;
  const how = rated ? explainRated(invoice, rated) : late ? explainLate(late, currency) : explainWritten(line, currency);
  const edit = composed?.edit ?? null;
  const isChanged = composed?.rated !== undefined && composed?.rated !== null && composed.amountMinor !== composed.rated.amountMinor;
  const policy = [
    ...(rated || late ? [{ name: 'Terms', value: snapshot.terms }, { name: 'Contract version', value: String(snapshot.contractVersion) }] : []),
    ...how.policy,
    ...(edit ? [{ name: 'Edited', value: `${edit.reason} (${edit.by}, ${new Date(edit.at).toISOString().slice(0, 10)})` }] : []),
    ...(snapshot.priceMode === 'inclusive' ? [{ name: 'Prices', value: 'Written with their tax; the line is kept as what it is without it.' }] : []),
  ];
  const edited = isChanged && composed.rated ? [amountInput('Rated', composed.rated.amountMinor, currency), amountInput('As edited', composed.amountMinor, currency, composed.quantity !== null && composed.unitPrice !== null ? `${composed.quantity} × ${formatPrice(composed.unitPrice, currency)}` : null)] : [];
  const clash = composed?.clash ? [`A billing run has rated the line anew since: ${moneyText(composed.clash.ratedThenMinor, currency)} then, ${composed.clash.ratedNowMinor === null ? 'gone' : moneyText(composed.clash.ratedNowMinor, currency)} now.`] : [];
  return {
    title: line.description, amountMinor: line.amountMinor, formula: isChanged ? `A person's figure in place of the rated one. Rated: ${how.formula}` : how.formula, policy, rounding: how.rounding, inputs: [...how.inputs, ...edited],
    caveats: [...clash, ...(rated || late || line.kind === 'manual' || composed?.origin === 'added' ? [] : ['What it was rated on was not kept when this invoice was made: the line says how it was calculated.'])],
  };
}

type How = Pick<WhyParts, 'formula' | 'policy' | 'rounding' | 'inputs'>;

function explainWritten(line: PartnerInvoiceLine, currency: string): How {
  const isCounted = line.quantity !== null && line.unitPrice !== null;
  return {
    formula: isCounted ? 'quantity × price' : line.explanation || 'An amount that a person wrote.', policy: [], rounding: isCounted ? roundedOnce : 'None: as written.',
    inputs: isCounted ? [...quantityInput(line), noteInput('Price', `${formatPrice(line.unitPrice, currency)} ${currency.toUpperCase()}`), ...exactInput(line, currency)] : [],
  };
}

function explainLate({ month, ratedMinor, invoicedMinor, units, unitsInvoiced }: LateUsageShare, currency: string): How {
  return {
    formula: `${month} rated again with all its usage − what was invoiced for it already`, policy: [{ name: 'Late usage', value: 'A line beside the month’s own: neither its discount nor its minimum touches it (docs/adr/0024).' }], rounding: 'The month is rated as its own invoice was, once per line.',
    inputs: [countInput('Units known now', units), countInput('Units when it was invoiced', unitsInvoiced), amountInput('Rated now', ratedMinor, currency), amountInput('Invoiced already', -invoicedMinor, currency)],
  };
}

function explainRated(invoice: PartnerInvoice, { part, line, ofPart, discountMinor, isOneOfSeveral }: NonNullable<Origin['rated']>): How {
  const { currency, month } = invoice;
  if (month === null) throw figureUnknown('line');
  const { terms, usage } = part;
  const { start, end } = billedPartOf(terms, month);
  const span = ratingWords().span(start, end);
  const fraction = line.fraction;
  const days = fraction ? [countInput('Days billed', fraction.numerator, `of ${fraction.denominator}, ${span}`)] : [];
  const policy = isOneOfSeveral ? [{ name: 'Part of the month', value: `${span}: terms changed within the month, each part is rated by its own` }] : [];
  if (line.kind === 'minimum') {
    const charged = ofPart.filter((other) => other.kind !== 'minimum').reduce((sum, other) => sum + other.amountMinor, 0);
    return {
      formula: 'max(0, minimum commitment − lines after discount); undiscounted', policy, rounding: roundedOnce,
      inputs: [amountInput('Minimum of a whole month', terms.minimumCommitmentMinor, currency), ...days, amountInput('Lines of the contract', charged, currency), ...(discountMinor === 0 ? [] : [amountInput('Discount', -discountMinor, currency)]), amountInput('Charged after discount', charged - discountMinor, currency)],
    };
  }
  if (line.kind === 'flat-fee') {
    const fee = terms.pricing.model === 'flat' || terms.pricing.model === 'hybrid' ? terms.pricing.flatFeeMinor : 0;
    return { formula: fraction ? 'flat fee × days billed ÷ days in the month' : 'flat fee', policy, rounding: fraction ? roundedOnce : 'None: the fee as agreed.', inputs: [amountInput('Flat fee of a month', fee, currency), ...days] };
  }
  const meter = meterOf(terms);
  const isBlocks = meter === 'requests';
  const pricing = terms.pricing.model === 'per_request' ? terms.pricing.blocks : terms.pricing.model === 'flat' ? null : terms.pricing.deeds;
  const included = terms.includedUnits === 0 ? [] : [countInput('Included units of a month', terms.includedUnits, fraction ? `× ${fraction.numerator} of ${fraction.denominator} days, rounded down` : null)];
  return {
    formula: `${isBlocks ? 'started blocks of 1,000 requests' : 'units'} × price${pricing?.tiers ? ` of ${pricing.tiers.mode === 'graduated' ? 'their tier' : 'the tier all of them reach'}` : ''}`, policy: [...policy, ...tierPolicy(pricing?.tiers ?? null, currency, fraction !== null)], rounding: roundedOnce,
    inputs: [
      ...(meter === null ? [] : [countInput(isBlocks ? 'Requests counted' : 'Deeds counted', usage[meter], `${span}, once per request id`)]), ...included, ...days, ...quantityInput(line),
      ...(line.unitPrice === null ? [] : [noteInput('Price', `${formatPrice(line.unitPrice, currency)} ${currency.toUpperCase()}`)]), ...exactInput(line, currency),
    ],
  };
}

function tierPolicy(tiers: PriceTiers | null, currency: string, isScaled: boolean): Why['policy'] {
  if (!tiers) return [];
  const steps = tiers.tiers.map((tier) => `${tier.upTo === null ? 'beyond' : `up to ${tier.upTo.toLocaleString('en-US')}`}: ${formatPrice(tier.unitPrice, currency)}`).join('; ');
  return [{ name: tiers.mode === 'graduated' ? 'Graduated tiers' : 'Volume tiers', value: `${steps}${isScaled ? ' (bounds × days billed ÷ days in the month, rounded down)' : ''}` }];
}

/** A quantity may have decimals: it is then said as it is written. */
function quantityInput(line: PartnerInvoiceLine): Why['inputs'] {
  if (line.quantity === null) return [];
  return /^-?\d{1,15}$/.test(line.quantity) ? [countInput('Quantity billed', Number(line.quantity))] : [noteInput('Quantity billed', line.quantity)];
}

/** The product before it was rounded, where rounding changed it. */
function exactInput({ quantity, unitPrice, amountMinor }: PartnerInvoiceLine, currency: string): Why['inputs'] {
  if (quantity === null || unitPrice === null) return [];
  const [count, price] = [parseDecimal(quantity), parseDecimal(unitPrice)];
  const [numerator, denominator] = [count.numerator * price.numerator, count.denominator * price.denominator];
  if (numerator * 10n ** BigInt(currencyExponent(currency)) === BigInt(amountMinor) * denominator) return [];
  return [noteInput('Before rounding', decimalText(numerator, denominator))];
}

/** The denominator is a power of ten. */
function decimalText(numerator: bigint, denominator: bigint): string {
  const places = String(denominator).length - 1;
  const digits = String(numerator < 0n ? -numerator : numerator).padStart(places + 1, '0');
  const decimals = places === 0 ? '' : digits.slice(-places).replace(/0+$/, '');
  return `${numerator < 0n ? '−' : ''}${digits.slice(0, digits.length - places)}${decimals === '' ? '' : `.${decimals}`}`;
}

/** @throws NotFoundError `figure-unknown`. */
export function explainLineDiscount(invoice: PartnerInvoice, index: number): WhyParts {
  const { line, composed, rated } = originOf(invoice, index);
  const { currency, edits } = invoice;
  const discount = lineDiscountsOf(invoice)[index] ?? 0;
  const own = composed?.discount ?? null;
  const ofWhole = edits?.edits.discount ?? null;
  const shareOfContract = rated && !own ? [{ name: 'Contract’s discount', value: `${formatBasisPoints(rated.part.terms.discountBasisPoints)} of the part’s lines, spread in proportion to them` }] : [];
  return {
    title: `Discount on ${line.description}`, amountMinor: -discount, formula: own ? 'the line’s own discount' : 'the discount × the line ÷ all lines that bear it', rounding: 'Half away from zero; the shares add up to the discount exactly.',
    policy: [...(own ? [{ name: 'Line’s discount', value: own.kind === 'percentage' ? formatBasisPoints(own.basisPoints) : moneyText(own.amountMinor, currency) }] : shareOfContract), ...(ofWhole ? [{ name: 'Invoice’s discount', value: ofWhole.kind === 'percentage' ? formatBasisPoints(ofWhole.basisPoints) : moneyText(ofWhole.amountMinor, currency) }] : []), ...(composed?.edit ? [{ name: 'Edited', value: composed.edit.reason }] : [])],
    inputs: [amountInput('Line before discount', line.amountMinor, currency), amountInput('Its discount', -discount, currency), amountInput('Line after discount', line.amountMinor - discount, currency)], caveats: [],
  };
}
