/**
 * What one subscription item is worth a month (domain.md §7): price × quantity, brought to a month, less forever discounts, rounded once in its own
 * currency and once more when it is converted.
 */
import type { LocalDate } from '../../shared/calendar/local-date.ts';
import type { CurrencyCode } from '../../shared/money/currency.ts';
import { currencyExponent } from '../../shared/money/currency.ts';
import { convertMinorUnits, minorUnits, parseDecimal, toDecimalString, type DecimalRatio, type MinorUnits } from '../../shared/money/money.ts';
import { divideRounded } from '../../shared/money/rounding.ts';

/** What MRR needs to know of a price. */
export interface PriceTerms {
  readonly id: string;
  readonly productName: string;
  readonly currency: CurrencyCode;
  readonly unitAmountMinor: number | null;
  readonly isTiered: boolean;
  readonly interval: string | null;
  readonly intervalCount: number;
  readonly isMetered: boolean;
}

/** How much of a billing interval a month is: 1/12 for a year, 52/12 for a week. */
interface MonthShare {
  readonly numerator: bigint;
  readonly denominator: bigint;
  readonly words: string;
}

/** The sum an item is billed for a full interval before discounts and tax, as its parts. */
export interface FullPeriodCharge {
  /** Minor units, decimal text: Stripe's `unit_amount_decimal`. For a tiered price the whole sum, with quantity 1. */
  readonly unitAmountDecimal: string;
  readonly quantity: number;
  /** What of the period's line was left after its discounts, where all discounts count; the percent for ever is then not applied once more. */
  readonly billed?: { readonly netMinor: number; readonly fullMinor: number } | undefined;
  /** What forever coupons of a fixed amount take off the full interval, after what is off by percent; minor units. */
  readonly foreverOffMinor?: number | undefined;
}

export interface ItemWorth {
  readonly mrr: MinorUnits;
  readonly rate: string | null;
  readonly functionalMrr: MinorUnits;
  readonly explanation: string;
}

const daySeconds = 86_400;
const dayMs = daySeconds * 1000;

/** Recurring and licensed: one-off and metered prices are no part of MRR. */
export function countsTowardsMrr(price: PriceTerms): boolean {
  return !price.isMetered && monthShareOf(price) !== null;
}

function monthShareOf(price: PriceTerms): MonthShare | null {
  const count = BigInt(price.intervalCount);
  if (count <= 0n) return null;
  switch (price.interval) {
    case 'month':
      return { numerator: 1n, denominator: count, words: count === 1n ? '' : ` ÷ ${count}` };
    case 'year':
      return { numerator: 1n, denominator: 12n * count, words: ` ÷ ${12n * count}` };
    case 'week':
      return { numerator: 52n, denominator: 12n * count, words: ` × 52 ÷ ${12n * count}` };
    case 'day':
      return { numerator: 365n, denominator: 12n * count, words: ` × 365 ÷ ${12n * count}` };
    default:
      return null;
  }
}

/**
 * A line's sum for its full interval. A tiered price has no unit amount: the line's own sum counts, scaled by full ÷ prorated time when the line
 * covers only the rest of an interval.
 */
export function fullPeriodChargeOf(price: PriceTerms, line: { unitAmountDecimal: string | null; quantity: number; amountMinor: number; isProration: boolean; periodStartAt: number; periodEndAt: number }): FullPeriodCharge | null {
  if (!price.isTiered) {
    const unit = line.unitAmountDecimal ?? (price.unitAmountMinor === null ? null : String(price.unitAmountMinor));
    return unit === null ? null : { unitAmountDecimal: unit, quantity: line.quantity };
  }
  if (!line.isProration) return { unitAmountDecimal: String(line.amountMinor), quantity: 1 };
  const fullMs = line.periodEndAt - startOfInterval(price, line.periodEndAt);
  const proratedMs = line.periodEndAt - line.periodStartAt;
  if (proratedMs <= 0) return null;
  return { unitAmountDecimal: String(divideRounded(BigInt(line.amountMinor) * BigInt(fullMs), BigInt(proratedMs), 'half-away-from-zero')), quantity: 1 };
}

/** The start of the interval that ends at an instant: Stripe counts whole months in UTC, the day clamped to the month's length. */
function startOfInterval(price: PriceTerms, endAt: number): number {
  if (price.interval === 'day') return endAt - price.intervalCount * dayMs;
  if (price.interval === 'week') return endAt - 7 * price.intervalCount * dayMs;
  const months = price.interval === 'year' ? 12 * price.intervalCount : price.intervalCount;
  const end = new Date(endAt);
  const lastDay = new Date(Date.UTC(end.getUTCFullYear(), end.getUTCMonth() - months + 1, 0)).getUTCDate();
  return Date.UTC(end.getUTCFullYear(), end.getUTCMonth() - months, Math.min(end.getUTCDate(), lastDay)) + (endAt % dayMs);
}

/**
 * MRR of an item in its own currency: round((unit amount × quantity × (100 − forever percent off) ÷ 100 − forever amount off) × share of the interval), never below 0.
 * @param foreverPercentOff decimal text; '0' for none.
 */
export function itemMrr(price: PriceTerms, charge: FullPeriodCharge, foreverPercentOff: string): MinorUnits {
  const share = monthShareOf(price);
  if (share === null) return minorUnits(0);
  const unit = parseDecimal(charge.unitAmountDecimal);
  const kept = charge.billed ? { numerator: 100n * BigInt(charge.billed.netMinor), denominator: BigInt(charge.billed.fullMinor) } : keptPercent(foreverPercentOff);
  const denominator = unit.denominator * kept.denominator * 100n;
  const left = unit.numerator * BigInt(charge.quantity) * kept.numerator - BigInt(charge.foreverOffMinor ?? 0) * denominator;
  return minorUnits(left <= 0n ? 0 : divideRounded(left * share.numerator, denominator * share.denominator, 'half-away-from-zero'));
}

/** 100 − percent, as a fraction; never below 0. */
function keptPercent(foreverPercentOff: string): DecimalRatio {
  const off = parseDecimal(foreverPercentOff);
  const numerator = 100n * off.denominator - off.numerator;
  return { numerator: numerator < 0n ? 0n : numerator, denominator: off.denominator };
}

/** Two percentages off one after the other as one: 10 and 20 → '28'. */
export function combinePercentOff(first: string, second: string): string {
  const keptFirst = keptPercent(first);
  const keptSecond = keptPercent(second);
  const denominator = keptFirst.denominator * keptSecond.denominator * 100n;
  return writeDecimal(100n * denominator - keptFirst.numerator * keptSecond.numerator, denominator);
}

/** Exact: the denominators here are powers of ten. */
function writeDecimal(numerator: bigint, denominator: bigint): string {
  const places = denominator.toString().length - 1;
  const digits = numerator.toString().padStart(places + 1, '0');
  const fraction = digits.slice(digits.length - places).replace(/0+$/, '');
  return digits.slice(0, digits.length - places) + (fraction ? `.${fraction}` : '');
}

/**
 * An item's worth with its explanation: '20.00 USD × 3 less 10 % ÷ 12 = 4.50 USD'.
 * @param rate functional units per unit of the price's currency, decimal text; null when none is known: then the item counts 0 and says so.
 */
export function itemWorth(price: PriceTerms, charge: FullPeriodCharge, foreverPercentOff: string, functionalCurrency: CurrencyCode, rate: string | null, rateOn: LocalDate): ItemWorth {
  const share = monthShareOf(price);
  const mrr = itemMrr(price, charge, foreverPercentOff);
  const code = price.currency.toUpperCase();
  const { billed, foreverOffMinor = 0 } = charge;
  const asBilled = billed && billed.netMinor !== billed.fullMinor ? `, of which ${toDecimalString(minorUnits(billed.netMinor), price.currency)} of ${toDecimalString(minorUnits(billed.fullMinor), price.currency)} was billed after discounts` : '';
  const less = billed ? asBilled : foreverPercentOff === '0' ? '' : ` less ${foreverPercentOff} % for ever`;
  const fixed = foreverOffMinor === 0 ? '' : ` less ${toDecimalString(minorUnits(foreverOffMinor), price.currency)} ${code} for ever`;
  const own = `${unitInMajor(charge.unitAmountDecimal, price.currency)} ${code} × ${charge.quantity}${less}${fixed}${share?.words ?? ''} = ${toDecimalString(mrr, price.currency)} ${code}`;
  if (price.currency === functionalCurrency) return { mrr, rate: '1', functionalMrr: mrr, explanation: own };
  if (rate === null) return { mrr, rate: null, functionalMrr: minorUnits(0), explanation: `${own}; no exchange rate is known on or before ${rateOn}, so it counts 0` };
  const functionalMrr = convertMinorUnits(mrr, price.currency, functionalCurrency, rate, 'half-away-from-zero');
  return { mrr, rate, functionalMrr, explanation: `${own}; × ${rate} (rate of ${rateOn}) = ${toDecimalString(functionalMrr, functionalCurrency)} ${functionalCurrency.toUpperCase()}` };
}

/** A unit amount in minor units, decimal text, as a plain decimal in major units: '2000' USD → '20.00', '0.5' USD → '0.005'. */
function unitInMajor(unitAmountDecimal: string, currency: CurrencyCode): string {
  const [whole = '0', fraction = ''] = unitAmountDecimal.split('.');
  const sub = fraction.replace(/0+$/, '');
  const exponent = currencyExponent(currency);
  const sign = whole.startsWith('-') ? '-' : '';
  const digits = whole.replace('-', '').padStart(exponent + 1, '0');
  const decimals = digits.slice(digits.length - exponent) + sub;
  const major = digits.slice(0, digits.length - exponent);
  return sign + (exponent === 0 && sub === '' ? digits : `${exponent === 0 ? digits : major}.${exponent === 0 ? sub : decimals}`);
}
