/**
 * Amounts of money: whole minor units beside their currency (architecture.md §4).
 */
import { InvariantError, ValidationError } from '../errors/errors.ts';
import { currencyExponent, type CurrencyCode } from './currency.ts';
import { divideRounded, type Rounding } from './rounding.ts';

declare const minorUnitsBrand: unique symbol;

/** A whole number of a currency's smallest unit: cents of USD, yen of JPY, fils of KWD. Always a safe integer. */
export type MinorUnits = number & { readonly [minorUnitsBrand]: true };

export interface Money {
  readonly amount: MinorUnits;
  readonly currency: CurrencyCode;
}

/**
 * The one way to make minor units.
 * @throws InvariantError `unsafe-amount` when the number is not a safe integer.
 */
export function minorUnits(value: number | bigint): MinorUnits {
  const number = Number(value);
  if (!Number.isSafeInteger(number)) throw new InvariantError('unsafe-amount', `${String(value)} is not a whole number of minor units that can be kept exactly.`);
  return (number === 0 ? 0 : number) as MinorUnits;
}

export const zeroMinorUnits = minorUnits(0);

/** @throws ValidationError `currency-unknown` when the currency is not in ISO 4217. */
export function money(amount: number | bigint, currency: string): Money {
  const code = currency.toLowerCase();
  currencyExponent(code);
  return { amount: minorUnits(amount), currency: code };
}

/** @throws InvariantError when the sum leaves the safe range. */
export function addMinorUnits(...amounts: readonly number[]): MinorUnits {
  let sum = 0;
  for (const amount of amounts) sum += amount;
  return minorUnits(sum);
}

/**
 * Sums of one currency.
 * @throws InvariantError `currency-mixed` when they are not.
 */
export function addMoney(first: Money, ...others: readonly Money[]): Money {
  for (const other of others) {
    if (other.currency !== first.currency) throw new InvariantError('currency-mixed', `${first.currency} and ${other.currency} cannot be added.`);
  }
  return { amount: addMinorUnits(first.amount, ...others.map((other) => other.amount)), currency: first.currency };
}

export function negateMinorUnits(amount: number): MinorUnits {
  return minorUnits(-amount);
}

/** amount × numerator ÷ denominator in whole minor units, in exact integer arithmetic. */
export function mulDiv(amount: number | bigint, numerator: number | bigint, denominator: number | bigint, rounding: Rounding): MinorUnits {
  return minorUnits(divideRounded(BigInt(amount) * BigInt(numerator), BigInt(denominator), rounding));
}

/**
 * Splits a total by weights so that the parts sum to it exactly: each part gets its share rounded down, the left-over minor units go to the
 * largest remainders, earlier parts first.
 * @throws ValidationError `weights-invalid` when a weight is negative or all are zero.
 */
export function allocate(total: number, weights: readonly (number | bigint)[]): MinorUnits[] {
  const parts = weights.map((weight) => BigInt(weight));
  const weightSum = parts.reduce((sum, weight) => sum + weight, 0n);
  if (weightSum <= 0n || parts.some((weight) => weight < 0n)) {
    throw new ValidationError('weights-invalid', 'An amount can only be split by weights that are not negative and not all zero.');
  }
  const isNegative = total < 0;
  const magnitude = BigInt(Math.abs(total));
  const shares = parts.map((weight, index) => ({ index, share: (magnitude * weight) / weightSum, remainder: (magnitude * weight) % weightSum }));
  let left = magnitude - shares.reduce((sum, part) => sum + part.share, 0n);
  for (const part of [...shares].sort((a, b) => (a.remainder === b.remainder ? a.index - b.index : a.remainder > b.remainder ? -1 : 1))) {
    if (left === 0n) break;
    part.share += 1n;
    left -= 1n;
  }
  return shares.map((part) => minorUnits(isNegative ? -part.share : part.share));
}

const decimalPattern = /^(-?)(\d+)(?:\.(\d+))?$/;

/** A decimal string as an exact fraction: '0.045' → 45 / 1000. */
export interface DecimalRatio {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

/** @throws ValidationError `decimal-invalid` for anything but digits with an optional sign and one point. */
export function parseDecimal(text: string): DecimalRatio {
  const match = decimalPattern.exec(text);
  if (!match) throw new ValidationError('decimal-invalid', `“${text}” is not a decimal number such as 12.50.`);
  const [, sign = '', whole = '0', fraction = ''] = match;
  const numerator = BigInt(whole + fraction);
  return { numerator: sign === '-' ? -numerator : numerator, denominator: 10n ** BigInt(fraction.length) };
}

/**
 * quantity × a unit price in major units, as minor units: 1,500 deeds × '0.045' USD → 6750.
 * Rates and sub-cent prices are decimal strings (architecture.md §4).
 */
export function priceTimesQuantity(unitPriceMajor: string, quantity: number | bigint, currency: CurrencyCode, rounding: Rounding): MinorUnits {
  const price = parseDecimal(unitPriceMajor);
  const scale = 10n ** BigInt(currencyExponent(currency));
  return minorUnits(divideRounded(price.numerator * scale * BigInt(quantity), price.denominator, rounding));
}

/**
 * Converts by a rate given as units of the target for one unit of the source, both in major units; the exponents of both currencies count
 * (1,000 JPY at 0.0067 → 6.70 USD).
 */
export function convertMinorUnits(amount: number, from: CurrencyCode, to: CurrencyCode, rate: string, rounding: Rounding): MinorUnits {
  return converterBy(from, to, rate, rounding)(amount);
}

/** {@link convertMinorUnits} at one rate, for many amounts: the rate is read once. */
export function converterBy(from: CurrencyCode, to: CurrencyCode, rate: string, rounding: Rounding): (amount: number) => MinorUnits {
  if (from === to) return minorUnits;
  const ratio = parseDecimal(rate);
  const factor = ratio.numerator * 10n ** BigInt(currencyExponent(to));
  const divisor = ratio.denominator * 10n ** BigInt(currencyExponent(from));
  return (amount) => minorUnits(divideRounded(BigInt(amount) * factor, divisor, rounding));
}

/** Minor units as a plain decimal in major units with a point, for exports and machine-readable output: −1234 USD → '-12.34'. */
export function toDecimalString(amount: number, currency: CurrencyCode): string {
  const exponent = currencyExponent(currency);
  const digits = String(Math.abs(amount)).padStart(exponent + 1, '0');
  const sign = amount < 0 ? '-' : '';
  return exponent === 0 ? sign + digits : `${sign}${digits.slice(0, -exponent)}.${digits.slice(-exponent)}`;
}

/**
 * Reads a decimal in major units: '12.34' USD → 1234.
 * @throws ValidationError `amount-too-precise` when it has more decimals than the currency.
 */
export function fromDecimalString(text: string, currency: CurrencyCode): MinorUnits {
  const ratio = parseDecimal(text);
  const scaled = ratio.numerator * 10n ** BigInt(currencyExponent(currency));
  if (scaled % ratio.denominator !== 0n) throw new ValidationError('amount-too-precise', `${text} has more decimals than ${currency.toUpperCase()} knows.`);
  return minorUnits(scaled / ratio.denominator);
}
