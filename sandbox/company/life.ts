/** A subscription while it lives: what was planned for it and where it stands. */
import { couponNumbered, type PriceFact } from './catalog.ts';
import type { DiscountFact, InvoiceItemFact, LineFact, SubscriptionFact, SubscriptionItemFact, World } from './facts.ts';
import type { Script } from './period-plan.ts';
import type { Random } from './random.ts';

export interface SubscriptionPlan {
  start: number;
  price: PriceFact;
  quantity: number;
  trial: 'none' | 'paid' | 'lapses';
  coupon: number;
  /** The very first payment fails for good: Stripe expires the subscription after 23 hours. */
  neverStarts: boolean;
  /** A downgrade may be invoiced at once and leave a credit on the customer's balance. */
  mayCredit: boolean;
  script: Script | null;
}

export interface Life {
  world: World;
  random: Random;
  plan: SubscriptionPlan;
  subscription: SubscriptionFact;
  item: SubscriptionItemFact;
  price: PriceFact;
  quantity: number;
  anchor: number;
  cycle: number;
  periodNumber: number;
  pending: InvoiceItemFact[];
  currentLine: LineFact | null;
  /** After a credit the next payments succeed: a credited invoice has nothing to fail on. */
  mayFail: boolean;
}

/** The discount a subscription's invoice of a moment carries. */
export function discountAt(subscription: SubscriptionFact, at: number): DiscountFact | null {
  const { discount } = subscription;
  if (discount === null) {
    return null;
  }
  const { duration } = couponNumbered(discount.coupon);
  if (duration === 'once') {
    return at === discount.start ? discount : null;
  }
  return discount.end === 0 || at < discount.end ? discount : null;
}

/** Notes what Stripe shows of the item from a moment on. */
export function showState(life: Life, from: number, periodStart: number, periodEnd: number): void {
  life.item.states.push({ from, price: life.price.number, quantity: life.quantity, periodStart, periodEnd });
}

/** Cuts the service segment in force at a moment. */
export function truncateSegment(item: SubscriptionItemFact, at: number): void {
  const last = item.segments.at(-1);
  if (last !== undefined && last.end > at) {
    last.end = at;
  }
}
