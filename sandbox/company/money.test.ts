import { describe, expect, it } from 'vitest';
import { convertToUsd, mulDiv, shareOf } from './money.ts';

describe('the generator’s money', () => {
  it.each([
    [139_350, 2_100, 10_000, 29_264],
    [139_350, 1_500, 10_000, 20_903],
    [5, 1, 2, 3],
    [-5, 1, 2, -3],
    [-7, 1, 3, -2],
    [0, 9, 4, 0],
    [200_000, 100, 1_200, 16_667],
    [9_007_199_254_740, 1_000_003, 1_000_000, 9_007_226_276_338],
  ])('%i × %i ÷ %i is %i, half away from zero', (amount, numerator, denominator, expected) => {
    expect(mulDiv(amount, numerator, denominator)).toBe(expected);
  });

  it('keeps the last digit of a KWD amount 0, and of no other', () => {
    expect([shareOf('kwd', 24_250, 1, 3), shareOf('usd', 24_250, 1, 3)]).toEqual([8_080, 8_083]);
    expect(shareOf('kwd', -24_250, 1, 2)).toBe(-12_130);
  });

  it.each([
    ['jpy', 11_800, 6_790, 8_012],
    ['kwd', 24_250, 3_246_000, 7_872],
    ['eur', 7_300, 1_085_000, 7_921],
    ['usd', 7_900, 1_000_000, 7_900],
  ] as const)('turns minor units of %s into cents by a rate between major units', (currency, amount, rateMicros, cents) => {
    expect(convertToUsd(amount, currency, rateMicros)).toBe(cents);
  });
});
