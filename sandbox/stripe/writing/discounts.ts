/** Discounts: a coupon laid on a customer's subscription or invoice. */
import type { Changes } from '../changes.ts';
import { type Parameters, readHashes, requireString } from '../parameters.ts';
import { addInterval } from './amounts.ts';
import type { Discount } from './invoice-objects.ts';

/** Reads `discounts[0][coupon]=…` and lays each coupon on. */
export function readDiscounts(changes: Changes, parameters: Parameters, owner: { customer: string; subscription?: string; invoice?: string }): Discount[] {
  return (readHashes(parameters, 'discounts') ?? []).map((given, index) => {
    const coupon = changes.state.require('coupons', requireString(given, 'coupon'), `discounts[${index}][coupon]`, 400);
    changes.update('coupons', { ...coupon, times_redeemed: Number(coupon['times_redeemed']) + 1 });
    const months = coupon['duration'] === 'repeating' ? Number(coupon['duration_in_months']) : null;
    return {
      id: changes.id('di'),
      object: 'discount',
      checkout_session: null,
      customer: owner.customer,
      customer_account: null,
      end: months === null ? null : addInterval(changes.now(), 'month', months),
      invoice: owner.invoice ?? null,
      invoice_item: null,
      promotion_code: null,
      source: { coupon: coupon.id, type: 'coupon' },
      start: changes.now(),
      subscription: owner.subscription ?? null,
      subscription_item: null,
    };
  });
}
