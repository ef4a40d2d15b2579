import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CouponTerms } from '../mirror/discounts.ts';
import type { PriceTerms } from './mrr-item-calculation.ts';
import { presentDiscountOf } from './present-discount.ts';

const price = (id: string, unitAmountMinor: number, more: Partial<PriceTerms> = {}): [string, PriceTerms] => [id, { id, productName: id, currency: 'usd', unitAmountMinor, isTiered: false, interval: 'month', intervalCount: 1, isMetered: false, ...more }];
const prices = new Map([price('ten', 1_000), price('twenty', 2_000), price('usage', 5_000, { isMetered: true }), price('euro', 1_000, { currency: 'eur' })]);
const coupons: Readonly<Record<string, CouponTerms>> = {
  FIVE: { duration: 'forever', percentOff: null, amountOff: { minor: 500, currency: 'usd' } }, ONCE: { duration: 'once', percentOff: null, amountOff: { minor: 500, currency: 'usd' } }, TENTH: { duration: 'forever', percentOff: '10' },
};
const item = (priceId: string, discounts: unknown[] = [], quantity = 1) => ({ id: `si_${priceId}`, price: { id: priceId }, quantity, discounts });
const laid = (coupon: string) => ({ id: `di_${coupon}`, start: 9, source: { coupon } });

function offOf(of: string, items: ReturnType<typeof item>[], discounts: unknown[]) {
  const found = items.find(({ id }) => id === `si_${of}`) ?? item(of);
  return presentDiscountOf({ subscription: { discounts }, item: found, items }, (id) => coupons[id], (id) => prices.get(id));
}

describe('a forever coupon of a fixed amount now', () => {
  it('is split over the items it covers, the left-over cent to the largest remainder (worked example C3)', () => {
    const items = [item('ten'), item('twenty')];
    expect(offOf('ten', items, [laid('FIVE')])).toEqual({ foreverPercentOff: '0', foreverOffMinor: 167, startedAt: 9_000 });
    expect(offOf('twenty', items, [laid('FIVE')])).toEqual({ foreverPercentOff: '0', foreverOffMinor: 333, startedAt: 9_000 });
  });

  it.each([
    ['one item bears it alone', 'ten', [item('ten')], [laid('FIVE')], 500],
    ['usage bears none of it', 'ten', [item('ten'), item('usage')], [laid('FIVE')], 500],
    ['an item’s own falls on it alone', 'ten', [item('ten', [laid('FIVE')]), item('twenty')], [], 500],
    ['and not on others', 'twenty', [item('ten', [laid('FIVE')]), item('twenty')], [], undefined],
    ['never more than the items cost', 'ten', [item('ten', [], 0), item('twenty', [], 0)], [laid('FIVE')], undefined],
    ['a percentage after it takes its part of it', 'ten', [item('ten', [laid('FIVE')])], [laid('TENTH')], 450],
    ['once is not for ever', 'ten', [item('ten')], [laid('ONCE')], undefined],
  ])('%s', (_name, of, items, discounts, off) => {
    expect(offOf(of, items, discounts)?.foreverOffMinor).toBe(off);
  });

  it('in another currency is not known', () => {
    expect(offOf('euro', [item('euro')], [laid('FIVE')])).toBeNull();
  });

  it('is all there: shares sum to the amount, or to what the items cost', () => {
    fc.assert(fc.property(fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 6 }), (quantities) => {
      const items = quantities.map((quantity, index) => ({ ...item(index % 2 === 0 ? 'ten' : 'twenty', [], quantity), id: `si_${index}` }));
      const cost = quantities.reduce((sum, quantity, index) => sum + quantity * (index % 2 === 0 ? 1_000 : 2_000), 0);
      const shares = items.map((each) => presentDiscountOf({ subscription: { discounts: [laid('FIVE')] }, item: each, items }, (id) => coupons[id], (id) => prices.get(id))?.foreverOffMinor ?? 0);
      expect(shares.reduce((sum, share) => sum + share, 0)).toBe(Math.min(500, cost));
    }), { numRuns: 60, verbose: 1 });
  });
});
