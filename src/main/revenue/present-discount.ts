/** Which forever coupons a subscription's item has now (domain.md §7, default policy), with its share of those of a fixed amount. Pure. */
import { allocate, mulDiv, parseDecimal } from '../../shared/money/money.ts';
import { foreverAmountOff, type CouponOf, type CouponTerms } from '../mirror/discounts.ts';
import { discountsOf, termsOfDiscount } from '../mirror/stripe-mapping.ts';
import { combinePercentOff, countsTowardsMrr, type PriceTerms } from './mrr-item-calculation.ts';
import type { PresentDiscount } from './mrr-segments.ts';

type Json = Readonly<Record<string, unknown>>;

interface Holders {
  readonly subscription: Json;
  readonly item: Json;
  /** All items of the subscription, the item among them. */
  readonly items: readonly Json[];
}

interface Applied {
  readonly terms: CouponTerms;
  readonly startedAt: number | null;
  /** Of a fixed amount; null when it is in another currency than the price: what it takes off is not known then. */
  readonly offMinor: number | null;
}

/** null when a discount is known by its id alone, or its amount is in another currency. */
export function presentDiscountOf(holders: Holders, coupons: CouponOf, priceOf: (priceId: string) => PriceTerms | undefined): PresentDiscount | null {
  const applied: Applied[] = [];
  // Stripe takes an item's own discounts off before those of its subscription.
  for (const [holder, covered] of [[holders.item, [holders.item]], [holders.subscription, holders.items]] as const) {
    for (const discount of discountsOf(holder)) {
      const terms = isJson(discount) ? termsOfDiscount(discount, coupons) : undefined;
      if (!isJson(discount) || !terms) return null;
      if (terms.duration !== 'forever') continue;
      const offMinor = terms.amountOff ? shareOf(terms.amountOff, holders.item, covered, priceOf) : 0;
      if (offMinor === null) return null;
      applied.push({ terms, offMinor, startedAt: typeof discount['start'] === 'number' ? discount['start'] * 1000 : null });
    }
  }
  const starts = applied.flatMap(({ startedAt, terms }) => (startedAt === null || (terms.percentOff === null && !terms.amountOff) ? [] : [startedAt]));
  const off = foreverAmountOff(applied.map(({ offMinor }, index) => ({ discountId: String(index), amountMinor: offMinor ?? 0 })), new Map(applied.map(({ terms }, index) => [String(index), terms])));
  return {
    foreverPercentOff: applied.reduce((percent, { terms }) => (terms.percentOff === null ? percent : combinePercentOff(percent, terms.percentOff)), '0'), startedAt: starts.length === 0 ? null : Math.max(...starts),
    ...(off === 0 ? {} : { foreverOffMinor: off }),
  };
}

/** An amount is split over the items it covers by what they cost, the left-over minor units going to the largest remainders, as Stripe does on an invoice. */
function shareOf({ minor, currency }: NonNullable<CouponTerms['amountOff']>, item: Json, covered: readonly Json[], priceOf: (priceId: string) => PriceTerms | undefined): number | null {
  const weights = covered.map((each) => costOf(each, priceOf));
  const price = priceOf(priceIdIn(item) ?? '');
  if (price && price.currency !== currency) return null;
  const sum = weights.reduce((total, weight) => total + weight, 0);
  if (sum === 0) return 0;
  return allocate(Math.min(minor, sum), weights)[covered.findIndex((each) => each['id'] === item['id'])] ?? 0;
}

/** What an item costs for a period, in minor units; 0 for what is billed by usage. A tiered price counts by the first unit it names, if any. */
function costOf(item: Json, priceOf: (priceId: string) => PriceTerms | undefined): number {
  const price = priceOf(priceIdIn(item) ?? '');
  if (price && !countsTowardsMrr(price)) return 0;
  const embedded = item['price'];
  const written = isJson(embedded) && typeof embedded['unit_amount_decimal'] === 'string' ? embedded['unit_amount_decimal'] : null;
  const unit = written ?? (price?.unitAmountMinor == null ? null : String(price.unitAmountMinor));
  if (unit === null) return 0;
  const { numerator, denominator } = parseDecimal(unit);
  return Math.max(0, mulDiv(typeof item['quantity'] === 'number' ? item['quantity'] : 1, numerator, denominator, 'half-away-from-zero'));
}

/** The price of an item, by id or expanded. */
export function priceIdIn(itemRaw: Json): string | null {
  const price = itemRaw['price'];
  const id = isJson(price) ? price['id'] : price;
  return typeof id === 'string' ? id : null;
}

function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
