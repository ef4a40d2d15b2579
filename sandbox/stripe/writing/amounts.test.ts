import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addInterval, allocate, formatAmount, multiplyDivide, settlementOf } from './amounts.ts';

const seconds = (iso: string): number => Date.parse(iso) / 1000;

describe('amounts', () => {
  test.each([
    [5, 1, 2, 3],
    [-5, 1, 2, -3],
    [999, 15, 30, 500],
    [2_999, 15, 30, 1_500],
    [4, 1, 3, 1],
  ])('%i × %i ÷ %i rounds half away from zero to %i', (amount, numerator, denominator, expected) => {
    expect(multiplyDivide(amount, numerator, denominator)).toBe(expected);
  });

  test('an allocation loses no unit', () => {
    fc.assert(
      fc.property(fc.nat(1_000_000), fc.array(fc.nat(1_000), { minLength: 1, maxLength: 9 }), (total, weights) => {
        fc.pre(weights.some((weight) => weight > 0));
        expect(allocate(total, weights).reduce((a, b) => a + b, 0)).toBe(total);
      }),
    );
  });

  test('yen and dinars settle in dollars by their own exponents', () => {
    expect(settlementOf('jpy').convert(10_000)).toBe(6_700);
    expect(settlementOf('kwd').convert(10_000)).toBe(3_250);
    expect(settlementOf('eur')).toMatchObject({ currency: 'eur', exchangeRate: null });
  });

  test('amounts are written with their currency’s digits', () => {
    expect([formatAmount(9_900, 'usd'), formatAmount(500, 'jpy'), formatAmount(-1_250, 'kwd'), formatAmount(5, 'usd')]).toEqual(['99.00 USD', '500 JPY', '-1.250 KWD', '0.05 USD']);
  });

  test('a month from the 31st ends on the last day of a shorter month', () => {
    expect(addInterval(seconds('2026-01-31T10:00:00Z'), 'month', 1)).toBe(seconds('2026-02-28T10:00:00Z'));
    expect(addInterval(seconds('2024-02-29T10:00:00Z'), 'year', 1)).toBe(seconds('2025-02-28T10:00:00Z'));
  });
});
