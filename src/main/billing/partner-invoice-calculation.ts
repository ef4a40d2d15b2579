/**
 * What a partner owes for a month: usage and terms to lines and totals (domain.md §4). Pure; preview and finalise call the same function.
 *
 * Order: lines → discount → minimum → subtotal → tax → total → withholding → due. One rounding per line, half away from zero; tax and
 * withholding once each on the subtotal. A month with an amendment inside is rated in parts: fee, minimum, included units and tier bounds by days, each
 * part with its own usage, discount and top-up; tax and withholding once per rate on what the parts of that rate come to.
 */
import type { ContractTerms, PriceTiers, TaxTreatment, UnitPricing } from '../contracts/contract-terms.ts';
import { describedIn, ratingWords, type RatingWords, type UnitName } from './rating-words.ts';
import { daysBetween, daysIn, endOf, firstDayOf, localDate, type LocalDate, type Month } from '../../shared/calendar/local-date.ts';
import { currencyExponent } from '../../shared/money/currency.ts';
import { addMinorUnits, minorUnits, mulDiv, negateMinorUnits, parseDecimal, priceTimesQuantity, toDecimalString, zeroMinorUnits, type MinorUnits } from '../../shared/money/money.ts';

export const invoiceRounding = 'half-away-from-zero' as const;
const requestsPerBlock = 1000;

/** Quantities inside the billed part of the month, already counted once. */
export interface MeteredUsage {
  readonly deeds: number;
  readonly requests: number;
}

/** One line as it is stored and printed: the amount and everything that made it. */
export interface PartnerInvoiceLine {
  readonly kind: 'flat-fee' | 'usage' | 'minimum' | 'late-usage' | 'manual';
  readonly description: string;
  /** Only where the line is not written in English: the name that edits of the draft know it by, whatever the language. */
  readonly key?: string;
  /** Decimal text; null where the line is not a quantity times a price. */
  readonly quantity: string | null;
  /** Major units, decimal text. */
  readonly unitPrice: string | null;
  readonly amountMinor: MinorUnits;
  /** Days billed of the month's days when the contract was in force only part of it. */
  readonly fraction: { readonly numerator: number; readonly denominator: number } | null;
  readonly rounding: typeof invoiceRounding;
  /** The calculation in words and figures. */
  readonly explanation: string;
  /** Only where the lines of an invoice have different rates. */
  readonly taxRateBasisPoints?: number;
  /** Only where the lines of an invoice are withheld from by different shares. */
  readonly withholdingRateBasisPoints?: number;
  /** Only where the line has a discount of its own, within the invoice's `discountMinor`. */
  readonly discountMinor?: number;
  /** Only where the line is taxed otherwise than the invoice says. */
  readonly tax?: { readonly treatment: TaxTreatment; readonly basisPoints: number };
}

export interface InvoiceTotals {
  /** Discount taken off the lines, not negative for ordinary invoices. */
  readonly discountMinor: MinorUnits;
  /** Lines less discount, before tax. */
  readonly subtotalMinor: MinorUnits;
  readonly taxMinor: MinorUnits;
  readonly totalMinor: MinorUnits;
  /** What the partner keeps back for the tax authority. */
  readonly withholdingMinor: MinorUnits;
  readonly dueMinor: MinorUnits;
}

/** Terms and the usage of the days on which they hold, see {@link billedPartOf}. */
export interface RatedPart {
  readonly terms: ContractTerms;
  readonly usage: MeteredUsage;
}

/** A line about an earlier month (late-usage.ts): beside the month's own lines, so that neither its discount nor its minimum touches it. */
export interface LateCharge {
  /** Terms of the month the line is about: its rates hold for it. */
  readonly terms: ContractTerms;
  readonly line: PartnerInvoiceLine;
}

/** One rate of tax or withholding with what it is taken of. */
export interface RateShare {
  /** Only where it is not the one of the whole invoice. */
  readonly treatment?: TaxTreatment;
  readonly basisPoints: number;
  /** Before tax. */
  readonly baseMinor: MinorUnits;
  readonly amountMinor: MinorUnits;
}

export interface PartnerInvoiceCalculation extends InvoiceTotals {
  readonly currency: string;
  /** First and exclusive last day billed. */
  readonly billingStart: LocalDate;
  readonly billingEnd: LocalDate;
  /** Deeds or requests, whichever the model bills; 0 for a flat fee. Where parts count differently, what the last one counts. */
  readonly units: number;
  readonly lines: readonly PartnerInvoiceLine[];
  /** In the order of the parts, each rate once; `taxMinor` and `withholdingMinor` are their sums. */
  readonly taxes: readonly RateShare[];
  readonly withholdings: readonly RateShare[];
}

interface BilledPart {
  readonly start: LocalDate;
  readonly end: LocalDate;
  readonly days: number;
  readonly daysInMonth: number;
  /** What an explanation begins with: empty, or the part's days. */
  readonly opening: string;
  readonly words: RatingWords;
  readonly month: Month;
  readonly isOneOfSeveral: boolean;
}

/** The part of the month in which the contract was in force: half-open days. */
export function billedPartOf(terms: Pick<ContractTerms, 'effectiveFrom' | 'effectiveTo'>, month: Month): { start: LocalDate; end: LocalDate } {
  const from = localDate(terms.effectiveFrom);
  const to = terms.effectiveTo === null ? null : localDate(terms.effectiveTo);
  const start = from > firstDayOf(month) ? from : firstDayOf(month);
  const end = to !== null && to < endOf(month) ? to : endOf(month);
  return { start, end };
}

/**
 * Rates one contract's month: one part, or one for each of the terms that hold in it, in the order of their days; then what is charged for earlier months.
 * @param words of the language its lines are written in.
 * @throws RangeError without a part.
 */
export function calculatePartnerInvoice(parts: readonly RatedPart[], month: Month, late: readonly LateCharge[] = [], words: RatingWords = ratingWords()): PartnerInvoiceCalculation {
  const [first, last] = [parts[0], parts.at(-1)];
  if (!first || !last) throw new RangeError('A month without terms cannot be rated.');
  const charged: (ChargedPart & { readonly lines: readonly PartnerInvoiceLine[] })[] = [...rateParts(parts, month, words), ...late.map(({ terms, line }) => ({ terms, lines: [line], discountMinor: zeroMinorUnits }))];
  const totals = totalsOf(charged, last.terms.taxTreatment);
  const ownTax = (terms: ChargedPart['terms']): Pick<PartnerInvoiceLine, 'taxRateBasisPoints' | 'tax'> =>
    terms.taxTreatment === last.terms.taxTreatment ? { taxRateBasisPoints: taxRateOf(terms) } : { tax: { treatment: terms.taxTreatment, basisPoints: taxRateOf(terms) } };
  const ratesOf = ({ terms }: ChargedPart): Pick<PartnerInvoiceLine, 'taxRateBasisPoints' | 'tax' | 'withholdingRateBasisPoints'> => ({
    ...(totals.taxes.length === 1 ? {} : ownTax(terms)), ...(totals.withholdings.length === 1 ? {} : { withholdingRateBasisPoints: terms.withholdingRateBasisPoints }),
  });
  const lines = charged.flatMap((part) => part.lines.map((line: PartnerInvoiceLine) => ({ ...line, ...ratesOf(part) })));
  const units = parts.filter(({ terms }) => meterOf(terms) === meterOf(last.terms)).reduce((sum, { terms, usage }) => sum + unitsOf(terms, usage), 0);
  return { currency: last.terms.currency, billingStart: billedPartOf(first.terms, month).start, billingEnd: billedPartOf(last.terms, month).end, units, lines, ...totals };
}

type Meter = keyof MeteredUsage;

/** What the terms count; null for a flat fee. */
export function meterOf({ pricing }: Pick<ContractTerms, 'pricing'>): Meter | null {
  return pricing.model === 'flat' ? null : pricing.model === 'per_request' ? 'requests' : 'deeds';
}

function unitsOf(terms: ContractTerms, usage: MeteredUsage): number {
  const meter = meterOf(terms);
  return meter === null ? 0 : usage[meter];
}

export interface ChargedPart {
  readonly lines: readonly Pick<PartnerInvoiceLine, 'amountMinor'>[];
  readonly discountMinor: MinorUnits;
  readonly terms: Pick<ContractTerms, 'taxTreatment' | 'taxRateBasisPoints' | 'withholdingRateBasisPoints'>;
}

/** Each part with its lines and its discount. */
export function rateParts(parts: readonly RatedPart[], month: Month, words: RatingWords = ratingWords()): (ChargedPart & { readonly lines: readonly PartnerInvoiceLine[] })[] {
  return parts.map((part) => chargePart(part, month, parts.length > 1, words));
}

function chargePart({ terms, usage }: RatedPart, month: Month, isOneOfSeveral: boolean, words: RatingWords): ChargedPart & { readonly lines: readonly PartnerInvoiceLine[] } {
  const { start, end } = billedPartOf(terms, month);
  const part: BilledPart = { start, end, days: daysBetween(start, end), daysInMonth: daysIn(month), month, isOneOfSeveral, words, opening: isOneOfSeveral ? `${words.span(start, end)}: ` : '' };
  const charges = chargeLines(terms, part, usage);
  const chargeSum = addMinorUnits(...charges.map((line) => line.amountMinor));
  const discountMinor = shareOf(chargeSum, terms.discountBasisPoints);
  const minimum = minimumLine(terms, part, minorUnits(chargeSum - discountMinor));
  return { terms, discountMinor, lines: minimum ? [...charges, minimum] : charges };
}

/**
 * Tax and withholding on what lines less discounts come to, once per rate and treatment: what is charged for a month of before the customer's tax treatment changed keeps its own. Odd in its
 * arguments: negated lines give exactly negated totals.
 * @param treatment of the whole invoice; left out: the last part's.
 */
export function totalsOf(parts: readonly ChargedPart[], treatment: TaxTreatment | undefined = parts.at(-1)?.terms.taxTreatment): InvoiceTotals & Pick<PartnerInvoiceCalculation, 'taxes' | 'withholdings'> {
  const bases = parts.map(({ lines, discountMinor, terms }) => ({ terms, baseMinor: addMinorUnits(...lines.map((line) => line.amountMinor), negateMinorUnits(discountMinor)) }));
  const taxes = [...Map.groupBy(bases, ({ terms }) => terms.taxTreatment)].flatMap(([own, alike]) =>
    sharesByRate(alike.map(({ terms, baseMinor }) => ({ basisPoints: taxRateOf(terms), baseMinor }))).map((share) => (own === treatment ? share : { treatment: own, ...share })));
  const withholdings = sharesByRate(bases.map(({ terms, baseMinor }) => ({ basisPoints: terms.withholdingRateBasisPoints, baseMinor })));
  const subtotalMinor = addMinorUnits(...bases.map(({ baseMinor }) => baseMinor));
  const taxMinor = addMinorUnits(...taxes.map((share) => share.amountMinor));
  const totalMinor = addMinorUnits(subtotalMinor, taxMinor);
  const withholdingMinor = addMinorUnits(...withholdings.map((share) => share.amountMinor));
  return { discountMinor: addMinorUnits(...parts.map((part) => part.discountMinor)), subtotalMinor, taxMinor, totalMinor, withholdingMinor, dueMinor: minorUnits(totalMinor - withholdingMinor), taxes, withholdings };
}

function taxRateOf(terms: ChargedPart['terms']): number {
  return terms.taxTreatment === 'standard' ? terms.taxRateBasisPoints : 0;
}

function sharesByRate(bases: readonly { basisPoints: number; baseMinor: MinorUnits }[]): RateShare[] {
  return [...Map.groupBy(bases, ({ basisPoints }) => basisPoints)].map(([basisPoints, ofRate]) => {
    const baseMinor = addMinorUnits(...ofRate.map((base) => base.baseMinor));
    return { basisPoints, baseMinor, amountMinor: shareOf(baseMinor, basisPoints) };
  });
}

function shareOf(amount: MinorUnits, basisPoints: number): MinorUnits {
  return mulDiv(amount, basisPoints, 10_000, invoiceRounding);
}

function chargeLines(terms: ContractTerms, part: BilledPart, usage: MeteredUsage): PartnerInvoiceLine[] {
  switch (terms.pricing.model) {
    case 'flat':
      return [flatFeeLine(terms, terms.pricing.flatFeeMinor, part)];
    case 'per_deed':
      return deedLines(terms, terms.pricing.deeds, part, usage.deeds);
    case 'hybrid':
      return [flatFeeLine(terms, terms.pricing.flatFeeMinor, part), ...deedLines(terms, terms.pricing.deeds, part, usage.deeds)];
    case 'per_request':
      return requestLines(terms, terms.pricing.blocks, part, usage.requests);
  }
}

/** 'October 2026', or '1 to 15 October 2026' where the month has several parts. */
function describe(part: BilledPart, name: 'apiAccess' | 'deedsFiled' | 'requests' | 'minimum'): Pick<PartnerInvoiceLine, 'description' | 'key'> {
  return describedIn(part.words, (words) => words.text[name](part.isOneOfSeveral ? `${words.span(part.start, part.end)} ${part.month.slice(0, 4)}` : words.month(part.month)));
}

const isWhole = (part: BilledPart): boolean => part.days === part.daysInMonth;
const fractionOf = (part: BilledPart): PartnerInvoiceLine['fraction'] => (isWhole(part) ? null : { numerator: part.days, denominator: part.daysInMonth });
const daysText = ({ words, days, daysInMonth }: BilledPart): string => words.text.daysOf(days, daysInMonth);

function flatFeeLine(terms: ContractTerms, feeMinor: number, part: BilledPart): PartnerInvoiceLine {
  const amountMinor = mulDiv(feeMinor, part.days, part.daysInMonth, invoiceRounding);
  const isExact = (BigInt(feeMinor) * BigInt(part.days)) % BigInt(part.daysInMonth) === 0n;
  return {
    kind: 'flat-fee', ...describe(part, 'apiAccess'), quantity: '1', unitPrice: toDecimalString(feeMinor, terms.currency), amountMinor, fraction: fractionOf(part), rounding: invoiceRounding,
    explanation: isWhole(part) ? part.words.text.wholeFlatFee : `${part.opening}${part.words.amount(feeMinor, terms.currency)} × ${daysText(part)}${isExact ? '' : part.words.text.rounded}`,
  };
}

function includedUnitsOf(terms: ContractTerms, part: BilledPart): number {
  return mulDiv(terms.includedUnits, part.days, part.daysInMonth, 'down');
}

function includedNote(terms: ContractTerms, part: BilledPart, included: number): string {
  const { text, count } = part.words;
  return terms.includedUnits === 0 ? '' : text.included(count(included), isWhole(part) ? null : text.scaledDown(count(terms.includedUnits), daysText(part)));
}

function deedLines(terms: ContractTerms, pricing: UnitPricing, part: BilledPart, deeds: number): PartnerInvoiceLine[] {
  const { count, units } = part.words;
  const included = includedUnitsOf(terms, part);
  const billed = Math.max(0, deeds - included);
  const counted = terms.includedUnits === 0 ? '' : `${units(deeds, 'deeds')}${includedNote(terms, part, included)} = ${count(billed)}; `;
  return unitLines({ terms, pricing, part, units: billed, counted, unitName: 'deeds', named: describe(part, 'deedsFiled') });
}

function requestLines(terms: ContractTerms, pricing: UnitPricing, part: BilledPart, requests: number): PartnerInvoiceLine[] {
  const { text, units } = part.words;
  const included = includedUnitsOf(terms, part);
  const billed = Math.max(0, requests - included);
  const blocks = Number((BigInt(billed) + BigInt(requestsPerBlock) - 1n) / BigInt(requestsPerBlock));
  const counted = `${units(requests, 'requests')}${includedNote(terms, part, included)}${text.blocksOf(units(blocks, 'started blocks'))}`;
  return unitLines({ terms, pricing, part, units: blocks, counted, unitName: 'blocks', named: describe(part, 'requests') });
}

interface UnitLineInput {
  readonly terms: ContractTerms;
  readonly pricing: UnitPricing;
  readonly part: BilledPart;
  readonly units: number;
  /** How the billed units were counted, ending in a separator, or empty. */
  readonly counted: string;
  readonly unitName: UnitName;
  readonly named: Pick<PartnerInvoiceLine, 'description' | 'key'>;
}

function unitLines(input: UnitLineInput): PartnerInvoiceLine[] {
  const { pricing, units, part } = input;
  const { text, count } = part.words;
  if (!pricing.tiers) return [unitLine(input, units, pricing.unitPrice, '')];
  const bounds = scaledTiers(pricing.tiers, part);
  const scaling = isWhole(part) ? '' : text.tierBounds(daysText(part));
  if (pricing.tiers.mode === 'volume') {
    const tier = bounds.find((candidate) => candidate.upTo === null || units <= candidate.upTo);
    return [unitLine(input, units, tier?.unitPrice ?? '0', `${tier?.upTo === null || !tier ? text.lastVolumeTier : text.volumeTier(count(tier.upTo))}${scaling}`)];
  }
  if (units === 0) return [unitLine(input, 0, bounds[0]?.unitPrice ?? '0', '')];
  const lines: PartnerInvoiceLine[] = [];
  let below = 0;
  for (const tier of bounds) {
    const inTier = (tier.upTo === null ? units : Math.min(units, tier.upTo)) - below;
    if (inTier > 0) {
      const range = tier.upTo === null ? text.tierFrom(input.unitName, count(below + 1)) : text.tierTo(input.unitName, count(below + 1), count(tier.upTo));
      lines.push(unitLine(lines.length === 0 ? input : { ...input, counted: '' }, inTier, tier.unitPrice, `${range}${scaling}`));
    }
    if (tier.upTo !== null) below = Math.min(units, tier.upTo);
  }
  return lines;
}

/** Tier bounds × days ÷ days in the month, rounded down. */
function scaledTiers(tiers: PriceTiers, part: BilledPart): PriceTiers['tiers'] {
  return tiers.tiers.map((tier) => ({ ...tier, upTo: tier.upTo === null ? null : mulDiv(tier.upTo, part.days, part.daysInMonth, 'down') }));
}

function unitLine(input: UnitLineInput, units: number, unitPrice: string, note: string): PartnerInvoiceLine {
  const { currency } = input.terms;
  const { words } = input.part;
  const amountMinor = priceTimesQuantity(unitPrice, units, currency, invoiceRounding);
  const price = parseDecimal(unitPrice);
  const isExact = (price.numerator * 10n ** BigInt(currencyExponent(currency)) * BigInt(units)) % price.denominator === 0n;
  return {
    kind: 'usage', ...input.named, quantity: String(units), unitPrice, amountMinor, fraction: fractionOf(input.part), rounding: invoiceRounding,
    explanation: `${input.part.opening}${input.counted}${words.units(units, input.unitName)} × ${words.price(unitPrice, currency)}${note}${isExact ? '' : words.text.rounded}`,
  };
}

function minimumLine(terms: ContractTerms, part: BilledPart, chargedMinor: MinorUnits): PartnerInvoiceLine | null {
  if (terms.minimumCommitmentMinor === 0) return null;
  const minimumMinor = mulDiv(terms.minimumCommitmentMinor, part.days, part.daysInMonth, invoiceRounding);
  const missing = minorUnits(Math.max(0, minimumMinor - chargedMinor));
  if (missing === 0) return null;
  const isExact = (BigInt(terms.minimumCommitmentMinor) * BigInt(part.days)) % BigInt(part.daysInMonth) === 0n;
  const { amount, text } = part.words;
  const scaled = `${amount(terms.minimumCommitmentMinor, terms.currency)} × ${daysText(part)}${isExact ? '' : text.rounded}`;
  const minimumText = `${amount(minimumMinor, terms.currency)}${isWhole(part) ? '' : ` (${scaled})`}`;
  return {
    kind: 'minimum', ...describe(part, 'minimum'), quantity: null, unitPrice: null, amountMinor: missing, fraction: fractionOf(part), rounding: invoiceRounding,
    explanation: `${part.opening}${text.minimumLess(minimumText, amount(chargedMinor, terms.currency))}`,
  };
}
