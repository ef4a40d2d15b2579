/**
 * Decimal numbers of any length, exactly: what the checker adds, multiplies and compares. Pure bigint arithmetic, no floats.
 */
import { divideRounded } from '../../../shared/money/rounding.ts';

/** units ÷ 10^scale. */
export interface ExactDecimal {
  readonly units: bigint;
  readonly scale: number;
}

export const zero: ExactDecimal = { units: 0n, scale: 0 };

const pattern = /^([+-]?)(\d*)(?:\.(\d*))?$/;
/** XML Schema demands 18 digits at least; more than this no invoice has. */
const mostDigits = 60;

/** The number a text stands for as XML Schema's `decimal` has it; null for anything else, exponents and empty texts among it. */
export function readDecimal(text: string | null): ExactDecimal | null {
  const match = text === null ? null : pattern.exec(text.trim());
  if (!match) return null;
  const [, sign = '', whole = '', fraction = ''] = match;
  if (whole + fraction === '' || whole.length + fraction.length > mostDigits) return null;
  const magnitude = BigInt(whole + fraction);
  return { units: sign === '-' ? -magnitude : magnitude, scale: fraction.length };
}

/** Digits behind the point, as written: '12.500' has three. */
export function decimalPlacesOf(text: string): number {
  return (text.trim().split('.')[1] ?? '').length;
}

function raised(value: ExactDecimal, scale: number): bigint {
  return value.units * 10n ** BigInt(scale - value.scale);
}

export function addDecimals(...values: readonly ExactDecimal[]): ExactDecimal {
  const scale = Math.max(0, ...values.map((value) => value.scale));
  return { units: values.reduce((sum, value) => sum + raised(value, scale), 0n), scale };
}

export function negateDecimal(value: ExactDecimal): ExactDecimal {
  return { units: -value.units, scale: value.scale };
}

export function multiplyDecimals(a: ExactDecimal, b: ExactDecimal): ExactDecimal {
  return { units: a.units * b.units, scale: a.scale + b.scale };
}

/** Negative, zero or positive as a is smaller, equal or greater. */
export function compareDecimals(a: ExactDecimal, b: ExactDecimal): number {
  const scale = Math.max(a.scale, b.scale);
  const difference = raised(a, scale) - raised(b, scale);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

export function isSameDecimal(a: ExactDecimal, b: ExactDecimal): boolean {
  return compareDecimals(a, b) === 0;
}

/** Rounded half away from zero to so many decimals. */
export function roundDecimal(value: ExactDecimal, decimals: number): ExactDecimal {
  if (value.scale <= decimals) return value;
  return { units: divideRounded(value.units, 10n ** BigInt(value.scale - decimals), 'half-away-from-zero'), scale: decimals };
}

/** A number that is one however it is written: '7', '7.0' and '7.00' give the same key. */
export function decimalKey(value: ExactDecimal): string {
  let { units, scale } = value;
  while (scale > 0 && units % 10n === 0n) {
    units /= 10n;
    scale -= 1;
  }
  return `${units}e-${scale}`;
}
