import { describe, expect, it } from 'vitest';
import { combinePercentOff, countsTowardsMrr, fullPeriodChargeOf, itemMrr, itemWorth, type PriceTerms } from './mrr-item-calculation.ts';
import type { LocalDate } from '../../shared/calendar/local-date.ts';

function price(overrides: Partial<PriceTerms> = {}): PriceTerms {
  return { id: 'price_1', productName: 'Pro', currency: 'usd', unitAmountMinor: 2000, isTiered: false, interval: 'month', intervalCount: 1, isMetered: false, ...overrides };
}

function mrrOf(overrides: Partial<PriceTerms>, unit: string, quantity = 1, off = '0'): number {
  return itemMrr(price(overrides), { unitAmountDecimal: unit, quantity }, off);
}

const day = '2026-03-02' as LocalDate;

describe('MRR of an item', () => {
  it.each([
    ['a monthly plan counts as it is', {}, '10000', 1, '0', 10_000],
    ['600 a year counts 50 a month', { interval: 'year' }, '60000', 1, '0', 5_000],
    ['2,000 a year counts 166.67', { interval: 'year' }, '200000', 1, '0', 16_667],
    ['a quarter is divided by three', { intervalCount: 3 }, '30000', 1, '0', 10_000],
    ['two years are divided by twenty-four', { interval: 'year', intervalCount: 2 }, '240000', 1, '0', 10_000],
    ['a week counts 52/12', { interval: 'week' }, '1200', 1, '0', 5_200],
    ['a day counts 365/12', { interval: 'day' }, '120', 1, '0', 3_650],
    ['seats multiply', { interval: 'year' }, '29500', 3, '0', 7_375],
    ['a forever discount of half halves it', {}, '10000', 1, '50', 5_000],
    ['100 % for ever counts nothing', {}, '10000', 4, '100', 0],
    ['a third off rounds half away from zero', {}, '1', 5, '50', 3],
    ['a price below a cent keeps its fraction', {}, '0.5', 1001, '0', 501],
    ['yen have no decimals', { currency: 'jpy', interval: 'year' }, '43900', 1, '0', 3_658],
    ['dinars have three', { currency: 'kwd', interval: 'year' }, '90750', 2, '20', 12_100],
  ])('%s', (_name, overrides, unit, quantity, off, expected) => {
    expect(mrrOf(overrides, unit, quantity, off)).toBe(expected);
  });

  it.each([
    ['5 off 100 a month', {}, '10000', 1, '0', 500, 9_500],
    ['12 off 120 a year counts 1 a month', { interval: 'year' }, '12000', 1, '0', 1_200, 900],
    ['3 off a week counts 52/12', { interval: 'week' }, '1200', 1, '0', 300, 3_900],
    ['percent first, then the amount', {}, '10000', 2, '10', 500, 17_500],
    ['more than there is counts nothing', {}, '400', 1, '0', 500, 0],
  ])('less a fixed amount for ever: %s', (_name, overrides, unit, quantity, percent, foreverOffMinor, expected) => {
    const worth = itemWorth(price(overrides), { unitAmountDecimal: unit, quantity, foreverOffMinor }, percent, 'usd', null, day);
    expect(worth.mrr).toBe(expected);
    expect(worth.explanation).toContain(`less ${(foreverOffMinor / 100).toFixed(2)} USD for ever`);
  });

  it('adds up as the published example: 100 at 100 a month and 50 at 600 a year are 12,500', () => {
    expect(100 * mrrOf({}, '10000') + 50 * mrrOf({ interval: 'year' }, '60000')).toBe(1_250_000);
  });

  it.each([
    ['metered', { isMetered: true }, false],
    ['one-off', { interval: null }, false],
    ['licensed and recurring', {}, true],
  ])('a %s price counts or not', (_name, overrides, expected) => {
    expect(countsTowardsMrr(price(overrides))).toBe(expected);
  });

  it('brings a tiered proration to its full interval by seconds', () => {
    const line = { unitAmountDecimal: null, quantity: 12, amountMinor: 2500, isProration: true, periodStartAt: Date.UTC(2026, 2, 16), periodEndAt: Date.UTC(2026, 3, 1) };
    expect(fullPeriodChargeOf(price({ isTiered: true, unitAmountMinor: null }), line)).toEqual({ unitAmountDecimal: '4844', quantity: 1 }); // 25.00 × 31 ÷ 16
    expect(fullPeriodChargeOf(price({ isTiered: true, unitAmountMinor: null }), { ...line, isProration: false })).toEqual({ unitAmountDecimal: '2500', quantity: 1 });
  });

  it('chains percentages exactly', () => {
    expect(combinePercentOff('10', '20')).toBe('28');
    expect(combinePercentOff('0', '33.33')).toBe('33.33');
    expect(combinePercentOff('0', '0')).toBe('0');
    expect(combinePercentOff('100', '10')).toBe('100');
  });

  it.each([
    ['euros by the rate', { currency: 'eur', unitAmountMinor: 2700 }, '2700', '1.085500', 2931, '27.00 EUR × 1 = 27.00 EUR; × 1.085500 (rate of 2026-03-02) = 29.31 USD'],
    ['yen without decimals', { currency: 'jpy', unitAmountMinor: 4300 }, '4300', '0.006790', 2920, '4300 JPY × 1 = 4300 JPY; × 0.006790 (rate of 2026-03-02) = 29.20 USD'],
    ['dinars with three', { currency: 'kwd', unitAmountMinor: 8900 }, '8900', '3.246000', 2889, '8.900 KWD × 1 = 8.900 KWD; × 3.246000 (rate of 2026-03-02) = 28.89 USD'],
  ])('converts %s and says so', (_name, overrides, unit, rate, expected, explanation) => {
    const worth = itemWorth(price(overrides), { unitAmountDecimal: unit, quantity: 1 }, '0', 'usd', rate, day);
    expect(worth.functionalMrr).toBe(expected);
    expect(worth.explanation).toBe(explanation);
  });

  it('explains quantity, interval and discount', () => {
    expect(itemWorth(price({ interval: 'year' }), { unitAmountDecimal: '200000', quantity: 3 }, '10', 'usd', null, day).explanation).toBe('2000.00 USD × 3 less 10 % for ever ÷ 12 = 450.00 USD');
    expect(itemWorth(price(), { unitAmountDecimal: '0.5', quantity: 10 }, '0', 'usd', null, day).explanation).toBe('0.005 USD × 10 = 0.05 USD');
    expect(itemWorth(price({ currency: 'jpy' }), { unitAmountDecimal: '12.5', quantity: 10 }, '0', 'jpy', null, day).explanation).toBe('12.5 JPY × 10 = 125 JPY');
  });

  it('counts 0 and says so when no rate is known', () => {
    const worth = itemWorth(price({ currency: 'eur' }), { unitAmountDecimal: '2700', quantity: 1 }, '0', 'usd', null, day);
    expect(worth).toMatchObject({ mrr: 2700, rate: null, functionalMrr: 0 });
    expect(worth.explanation).toContain('no exchange rate is known on or before 2026-03-02');
  });
});
