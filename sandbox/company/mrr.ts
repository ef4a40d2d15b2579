/** MRR, ARR and their movements out of the service segments: what a correct rebuild from invoice lines must find. */
import type { ManifestMrrMonth } from '../manifest.ts';
import { companyMonths, localDayOf, monthPositionOf, nowSeconds, startOfLocalDay } from './calendar.ts';
import { couponNumbered, priceNumbered } from './catalog.ts';
import type { CustomerFact, SubscriptionItemFact, World } from './facts.ts';
import { convertToUsd, mulDiv, type Currency } from './money.ts';

/** An item's MRR while one service segment is in force. */
interface Worth {
  start: number;
  end: number;
  currency: Currency;
  /** In the item's own currency. */
  native: number;
  rateMicros: number;
  usd: number;
}

type ItemWorth = readonly Worth[];

/** One row per month of the company's life. */
export function computeMrr(world: World): ManifestMrrMonth[] {
  const months = companyMonths.map((month): ManifestMrrMonth => ({
    month: month.name,
    mrrMinor: 0,
    arrMinor: 0,
    customers: 0,
    movements: { new: 0, expansion: 0, contraction: 0, churn: 0, reactivation: 0, exchangeRate: 0 },
    undatedSubscriptionIds: [],
  }));
  for (const customer of world.customers) {
    const items = customer.subscriptions.map((subscription) => worthOf(world, subscription.item));
    if (items.some((item) => item.length > 0)) {
      addMonthEnds(months, items);
      addMovements(months, items);
    }
    flagUndated(world, months, customer);
  }
  for (const month of months) {
    month.arrMinor = month.mrrMinor * 12;
  }
  return months;
}

function worthOf(world: World, item: SubscriptionItemFact): ItemWorth {
  const { discount, customer } = item.subscription;
  const coupon = discount === null ? null : couponNumbered(discount.coupon);
  const percentOff = coupon !== null && coupon.duration === 'forever' ? coupon.percentOff : 0;
  if (percentOff === 100) {
    return [];
  }
  const { currency } = customer;
  return item.segments.map((segment) => {
    const price = priceNumbered(segment.price);
    const native = mulDiv(price.unitAmount * segment.quantity, 100 - percentOff, 100 * price.months);
    const rateMicros = world.rates.microsOn(currency, localDayOf(segment.start));
    return { start: segment.start, end: segment.end, currency, native, rateMicros, usd: convertToUsd(native, currency, rateMicros) };
  });
}

/** The segment in force just before a moment: start < moment ≤ end. */
function worthBefore(item: ItemWorth, moment: number): Worth | null {
  for (let position = item.length - 1; position >= 0; position -= 1) {
    const worth = item[position];
    if (worth !== undefined && worth.start < moment) {
      return moment <= worth.end ? worth : null;
    }
  }
  return null;
}

function addMonthEnds(months: readonly ManifestMrrMonth[], items: readonly ItemWorth[]): void {
  companyMonths.forEach((month, position) => {
    const moment = Math.min(month.end, nowSeconds);
    const sum = items.reduce((total, item) => total + (worthBefore(item, moment)?.usd ?? 0), 0);
    const row = months[position];
    if (row !== undefined && sum > 0) {
      row.mrrMinor += sum;
      row.customers += 1;
    }
  });
}

/** Local days on which anything of the customer's begins or ends before now, in order. */
function daysOfChange(items: readonly ItemWorth[]): number[] {
  const days = new Set<number>();
  for (const item of items) {
    for (const worth of item) {
      for (const moment of [worth.start, worth.end]) {
        if (moment < nowSeconds) {
          days.add(localDayOf(moment));
        }
      }
    }
  }
  return [...days].sort((a, b) => a - b);
}

function addMovements(months: readonly ManifestMrrMonth[], items: readonly ItemWorth[]): void {
  let before: (Worth | null)[] = items.map(() => null);
  let sumBefore = 0;
  let hadAny = false;
  for (const day of daysOfChange(items)) {
    const moment = Math.min(startOfLocalDay(day + 1), nowSeconds);
    const after = items.map((item) => worthBefore(item, moment));
    const sumAfter = after.reduce((total, worth) => total + (worth?.usd ?? 0), 0);
    const movements = months[monthPositionOf(startOfLocalDay(day))]?.movements;
    if (movements === undefined) {
      throw new RangeError(`Local day ${day} belongs to no month.`);
    }
    const fx = exchangeImpact(before, after);
    const rest = sumAfter - sumBefore - fx;
    movements.exchangeRate += fx;
    if (sumBefore === 0 && sumAfter > 0) {
      movements[hadAny ? 'reactivation' : 'new'] += rest;
      hadAny = true;
    } else if (sumBefore > 0 && sumAfter === 0) {
      movements.churn += rest;
    } else if (rest !== 0) {
      movements[rest > 0 ? 'expansion' : 'contraction'] += rest;
    }
    before = after;
    sumBefore = sumAfter;
  }
}

function exchangeImpact(before: readonly (Worth | null)[], after: readonly (Worth | null)[]): number {
  let impact = 0;
  before.forEach((old, position) => {
    const current = after[position];
    if (old !== null && current !== null && current !== undefined && old.native !== 0 && current.native !== 0) {
      impact += convertToUsd(old.native, old.currency, current.rateMicros) - old.usd;
    }
  });
  return impact;
}

function flagUndated(world: World, months: readonly ManifestMrrMonth[], customer: CustomerFact): void {
  for (const subscription of customer.subscriptions) {
    for (const moment of [subscription.silentChangeAt, subscription.pausedAt]) {
      if (moment > 0) {
        months[monthPositionOf(moment)]?.undatedSubscriptionIds.push(world.ids.idOf('subscription', subscription.number));
      }
    }
  }
}
