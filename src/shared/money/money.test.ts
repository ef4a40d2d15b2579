import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { allocate, convertMinorUnits, fromDecimalString, minorUnits, mulDiv, parseDecimal, priceTimesQuantity, toDecimalString } from './money.ts';
import { formatAmount, formatMoney } from './format.ts';
import { divideRounded, type Rounding } from './rounding.ts';

describe('rounding is always named', () => {
  const cases: [Rounding, bigint, bigint, bigint][] = [
    ['half-away-from-zero', 5n, 2n, 3n], ['half-away-from-zero', -5n, 2n, -3n], ['half-even', 5n, 2n, 2n], ['half-even', 7n, 2n, 4n], ['half-even', -5n, 2n, -2n],
    ['down', -7n, 2n, -3n], ['up', -7n, 2n, -4n], ['floor', -7n, 2n, -4n], ['ceiling', -7n, 2n, -3n], ['floor', 7n, -2n, -4n], ['ceiling', 7n, 2n, 4n],
  ];
  it.each(cases)('%s: %d / %d = %d', (rounding, numerator, denominator, expected) => {
    expect(divideRounded(numerator, denominator, rounding)).toBe(expected);
  });
  it('a reversal is the exact negation', () => {
    fc.assert(fc.property(fc.maxSafeInteger(), fc.integer({ min: 1, max: 1_000_000 }), fc.integer({ min: 1, max: 1_000_000 }), (amount, numerator, denominator) => {
      const small = Math.trunc(amount / 1_000_000_000);
      expect(mulDiv(-small, numerator, denominator, 'half-away-from-zero')).toBe(minorUnits(-mulDiv(small, numerator, denominator, 'half-away-from-zero')));
    }));
  });
});

describe('minor units', () => {
  it.each([1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])('refuses %d', (value) => {
    expect(() => minorUnits(value)).toThrow(expect.objectContaining({ code: 'unsafe-amount' }));
  });
  it('knows no negative zero', () => {
    expect(Object.is(minorUnits(-0), 0)).toBe(true);
  });
});

describe('the published partner invoice', () => {
  it('1393.50 + 21 % − 15 % withholding = 1477.11', () => {
    const subtotal = fromDecimalString('1393.50', 'usd');
    const tax = mulDiv(subtotal, 2_100, 10_000, 'half-away-from-zero');
    const withholding = mulDiv(subtotal, 1_500, 10_000, 'half-away-from-zero');
    expect([tax, withholding, subtotal + tax - withholding]).toEqual([29_264, 20_903, 147_711]);
  });
});

describe('allocation', () => {
  it('gives left-over cents to the largest remainders', () => {
    expect(allocate(1_000, [10_000, 5_000, 3_000, 2_000])).toEqual([500, 250, 150, 100]);
    expect(allocate(100, [1, 1, 1])).toEqual([34, 33, 33]);
    expect(allocate(-100, [1, 1, 1])).toEqual([-34, -33, -33]);
  });
  it('always sums to the total', () => {
    fc.assert(fc.property(fc.integer(), fc.array(fc.nat(), { minLength: 1, maxLength: 20 }).filter((weights) => weights.some((weight) => weight > 0)), (total, weights) => {
      expect(allocate(total, weights).reduce((sum, part) => sum + part, 0)).toBe(total);
    }));
  });
  it('refuses weights that say nothing', () => {
    expect(() => allocate(1, [0, 0])).toThrow(expect.objectContaining({ code: 'weights-invalid' }));
    expect(() => allocate(1, [2, -1])).toThrow(expect.objectContaining({ code: 'weights-invalid' }));
  });
});

describe('prices and rates are decimal strings', () => {
  it.each([['0.045', 1_500, 'usd', 6_750], ['0.01', 5_000, 'usd', 5_000], ['1.5', 3, 'jpy', 5], ['0.0005', 1, 'kwd', 1]] as const)('%s × %d %s', (price, quantity, currency, expected) => {
    expect(priceTimesQuantity(price, quantity, currency, 'half-away-from-zero')).toBe(expected);
  });
  it('counts krónur, shillings of Uganda and ariary as Stripe does', () => {
    expect([['isk', 500], ['ugx', 500], ['mga', 500]].map(([currency, minor]) => formatMoney(Number(minor), String(currency), 'en-US'))).toEqual(['5.00 ISK', '5.00 UGX', '500 MGA']);
    // 500,000 krónur at 0.0075
    expect(convertMinorUnits(50_000_000, 'isk', 'usd', '0.0075', 'half-away-from-zero')).toBe(375_000);
    expect([fromDecimalString('5000', 'isk'), fromDecimalString('5000', 'mga')]).toEqual([500_000, 5_000]);
  });
  it('converts between exponents', () => {
    expect(convertMinorUnits(1_000, 'jpy', 'usd', '0.006700', 'half-away-from-zero')).toBe(670);
    expect(convertMinorUnits(2_999, 'usd', 'eur', '0.92', 'half-away-from-zero')).toBe(2_759);
    expect(convertMinorUnits(5_120, 'kwd', 'usd', '3.250000', 'half-away-from-zero')).toBe(1_664);
  });
  it.each(['', '1.', '.5', '1e3', '1,5', ' 1', '0x10'])('refuses “%s” as a decimal', (text) => {
    expect(() => parseDecimal(text)).toThrow(expect.objectContaining({ code: 'decimal-invalid' }));
  });
});

describe('decimal text', () => {
  it.each([[-5, 'usd', '-0.05'], [1_234, 'jpy', '1234'], [5_120, 'kwd', '5.120'], [0, 'usd', '0.00']] as const)('%d %s is %s and back', (amount, currency, text) => {
    expect(toDecimalString(amount, currency)).toBe(text);
    expect(fromDecimalString(text, currency)).toBe(amount);
  });
  it('refuses more decimals than the currency has', () => {
    expect(() => fromDecimalString('1.5', 'jpy')).toThrow(expect.objectContaining({ code: 'amount-too-precise' }));
  });
  it('is exact beyond what a float can print', () => {
    expect(formatAmount(Number.MAX_SAFE_INTEGER, 'usd', 'en-US')).toBe('90,071,992,547,409.91');
    expect(formatMoney(-123_450, 'eur', 'de-DE')).toBe('−1.234,50 EUR');
  });
});
