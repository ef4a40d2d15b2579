import { describe, expect, it } from 'vitest';
import type { LocalDate } from '../../shared/calendar/local-date.ts';
import { createRateLookup, presentItemOf, subscriptionStateOf, waitingProrationOf, type CouponLookup } from './mrr-sources.ts';

const coupons: CouponLookup = (id) => ({ FOREVER20: { duration: 'forever', percentOff: '20' }, ONCE50: { duration: 'once', percentOff: '50' } })[id];
const priceOf = (): undefined => undefined;
const row = { priceId: 'price_row', quantity: 7, currentPeriodStartAt: 1_000, currentPeriodEndAt: 2_000, raw: '{"id":"si_1","price":"price_raw"}' };
const shown = { id: 'si_1', price: { id: 'price_1' }, quantity: 3, current_period_start: 10, current_period_end: 20, discounts: [] };
const subscription = (fields: object) => ({ discounts: [], items: { data: [shown], has_more: false }, ...fields });

describe('the item as its subscription shows it', () => {
  it('comes from the subscription, newer than any row', () => {
    expect(presentItemOf('si_1', row, subscription({}), coupons, priceOf)).toEqual({ priceId: 'price_1', quantity: 3, currentPeriodStartAt: 10_000, currentPeriodEndAt: 20_000, discount: { foreverPercentOff: '0', startedAt: null } });
  });

  it('is gone when the subscription shows all its items and not this one, even if a row is left', () => {
    expect(presentItemOf('si_2', row, subscription({}), coupons, priceOf)).toBeNull();
  });

  it('comes from its row where the subscription shows only some of its items', () => {
    expect(presentItemOf('si_2', row, subscription({ items: { data: [shown], has_more: true } }), coupons, priceOf)).toMatchObject({ priceId: 'price_raw', quantity: 7, currentPeriodStartAt: 1_000 });
    expect(presentItemOf('si_2', undefined, subscription({ items: { data: [shown], has_more: true } }), coupons, priceOf)).toBeNull();
  });

  it('takes the period of older API versions from the subscription', () => {
    const old = { discount: null, current_period_start: 5, current_period_end: 6, items: { data: [{ id: 'si_1', price: { id: 'price_1' } }] } };
    expect(presentItemOf('si_1', undefined, old, coupons, priceOf)).toMatchObject({ currentPeriodStartAt: 5_000, currentPeriodEndAt: 6_000, quantity: 1 });
  });
});

describe('the discount in force', () => {
  it.each([
    ['a forever coupon by id', [{ id: 'di_1', start: 9, source: { coupon: 'FOREVER20' } }], { foreverPercentOff: '20', startedAt: 9_000 }],
    ['a forever coupon expanded', [{ id: 'di_1', start: 9, source: { coupon: { duration: 'forever', percent_off: 33.33 } } }], { foreverPercentOff: '33.33', startedAt: 9_000 }],
    ['the shape of older versions', [{ id: 'di_1', start: 9, coupon: { duration: 'forever', percent_off: 10 } }], { foreverPercentOff: '10', startedAt: 9_000 }],
    ['a coupon for once does not count', [{ id: 'di_1', start: 9, source: { coupon: 'ONCE50' } }], { foreverPercentOff: '0', startedAt: null }],
    ['two forever coupons one after the other', [{ start: 9, source: { coupon: 'FOREVER20' } }, { start: 12, source: { coupon: 'FOREVER20' } }], { foreverPercentOff: '36', startedAt: 12_000 }],
    ['a discount known by its id alone is not known', ['di_1'], null],
    ['a coupon nobody knows is not known', [{ id: 'di_1', source: { coupon: 'GONE' } }], null],
  ])('%s', (_name, discounts, expected) => {
    expect(presentItemOf('si_1', undefined, subscription({ discounts }), coupons, priceOf)?.discount).toEqual(expected);
  });

  it('of the item adds to that of the subscription', () => {
    const both = subscription({ discounts: [{ start: 1, source: { coupon: 'FOREVER20' } }], items: { data: [{ ...shown, discounts: [{ start: 2, source: { coupon: { duration: 'forever', percent_off: 10 } } }] }] } });
    expect(presentItemOf('si_1', undefined, both, coupons, priceOf)?.discount).toEqual({ foreverPercentOff: '28', startedAt: 2_000 });
  });
});

it('a subscription is paused when collection is', () => {
  const state = { id: 'sub_1', customerId: 'cus_1', status: 'active', endedAt: null, trialStartAt: null, trialEndAt: null };
  expect(subscriptionStateOf(state, { pause_collection: { behavior: 'void' } }).isCollectionPaused).toBe(true);
  expect(subscriptionStateOf(state, { pause_collection: null }).isCollectionPaused).toBe(false);
});

describe('a proration that waits for its invoice', () => {
  const item = {
    amount: 500, quantity: 4, period: { start: 10, end: 20 }, pricing: { price_details: { price: 'price_1' }, unit_amount_decimal: '1000' }, parent: { subscription_details: { subscription: 'sub_1', subscription_item: 'si_1' } },
  };

  it('reads as a line without an invoice', () => {
    expect(waitingProrationOf(item)).toMatchObject({ itemId: 'si_1', line: { lineId: null, invoiceId: null, priceId: 'price_1', quantity: 4, unitAmountDecimal: '1000', isProration: true, periodStartAt: 10_000, periodEndAt: 20_000 } });
    expect(waitingProrationOf({ ...item, parent: null, pricing: null, subscription_item: 'si_2', price: { id: 'price_2' } })).toMatchObject({ itemId: 'si_2', line: { priceId: 'price_2', unitAmountDecimal: null } });
  });

  it('is left out when it names no item or no period', () => {
    expect(waitingProrationOf({ ...item, parent: null })).toBeNull();
    expect(waitingProrationOf({ ...item, period: null })).toBeNull();
  });
});

describe('the rate of a day', () => {
  const day = (text: string) => text as LocalDate;
  const rateOn = createRateLookup([
    { base: 'eur', rateOn: day('2026-03-02'), rate: '1.08' },
    { base: 'eur', rateOn: day('2026-03-05'), rate: '1.09' },
    { base: 'gbp', rateOn: day('2026-03-03'), rate: '1.26' },
  ]);

  it.each([
    ['eur', '2026-03-01', null],
    ['eur', '2026-03-02', '1.08'],
    ['eur', '2026-03-04', '1.08'],
    ['eur', '2026-03-05', '1.09'],
    ['eur', '2030-01-01', '1.09'],
    ['gbp', '2026-03-04', '1.26'],
    ['jpy', '2026-03-04', null],
  ])('%s on %s is the latest that is not later', (currency, on, expected) => {
    expect(rateOn(currency, day(on))).toBe(expected);
  });
});
