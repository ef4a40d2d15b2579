/**
 * From the mirror's rows and raw JSON to what the rebuild understands: discounts in force, pauses, prorations that wait for an invoice.
 */
import type { LocalDate } from '../../shared/calendar/local-date.ts';
import type { CurrencyCode } from '../../shared/money/currency.ts';
import type { CouponOf } from '../mirror/discounts.ts';
import { invoiceItemNames, itemPeriodOf } from '../mirror/stripe-mapping.ts';
import type { PriceTerms } from './mrr-item-calculation.ts';
import { unknownStatus, type BilledLine, type PresentItem, type SubscriptionState } from './mrr-segments.ts';
import { presentDiscountOf, priceIdIn } from './present-discount.ts';

interface SubscriptionSource {
  readonly id: string;
  readonly customerId: string;
  readonly status: string;
  readonly endedAt: number | null;
  readonly trialStartAt: number | null;
  readonly trialEndAt: number | null;
}

interface ItemSource {
  readonly priceId: string;
  readonly quantity: number | null;
  readonly currentPeriodStartAt: number | null;
  readonly currentPeriodEndAt: number | null;
}

interface LineSource extends Omit<BilledLine, 'isProration' | 'quantity'> {
  readonly isProration: number;
  readonly quantity: number | null;
}

export type CouponLookup = CouponOf;

type Json = Readonly<Record<string, unknown>>;

function asObject(value: unknown): Json | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : null;
}

export function parseRaw(raw: string): Json {
  return asObject(JSON.parse(raw)) ?? {};
}

export function subscriptionStateOf(row: SubscriptionSource, raw: Json): SubscriptionState {
  return {
    id: row.id, customerId: row.customerId, status: row.status, endedAt: row.endedAt, trialStartAt: row.trialStartAt, trialEndAt: row.trialEndAt,
    isCollectionPaused: asObject(raw['pause_collection']) !== null,
  };
}

/** A subscription the mirror does not hold: its lines speak alone. */
export function unknownSubscription(id: string, customerId: string): SubscriptionState {
  return { id, customerId, status: unknownStatus, endedAt: null, trialStartAt: null, trialEndAt: null, isCollectionPaused: false };
}

/**
 * The item as its subscription shows it; the mirror's own row of the item only where the subscription embeds not all of its items.
 * null when the subscription has the item no longer.
 */
export function presentItemOf(itemId: string, row: (ItemSource & { readonly raw: string }) | undefined, subscriptionRaw: Json, coupons: CouponLookup, priceOf: (priceId: string) => PriceTerms | undefined): PresentItem | null {
  const list = asObject(subscriptionRaw['items']);
  const embedded = Array.isArray(list?.['data']) ? list['data'].map(asObject) : null;
  const shown = embedded?.find((item) => item?.['id'] === itemId) ?? null;
  if (!shown && (!row || (embedded !== null && list?.['has_more'] !== true))) return null;
  const itemRaw = shown ?? parseRaw(row?.raw ?? '{}');
  const period = itemPeriodOf(itemRaw, subscriptionRaw);
  return {
    priceId: priceIdIn(itemRaw) ?? row?.priceId ?? '', quantity: numberIn(itemRaw['quantity']) ?? row?.quantity ?? 1,
    currentPeriodStartAt: period.startAt ?? row?.currentPeriodStartAt ?? null,
    currentPeriodEndAt: period.endAt ?? row?.currentPeriodEndAt ?? null,
    discount: presentDiscountOf({ subscription: subscriptionRaw, item: itemRaw, items: embedded?.filter((each) => each !== null) ?? [itemRaw] }, coupons, priceOf),
  };
}

function numberIn(value: unknown): number | null {
  return typeof value === 'number' ? value : null;
}

export function billedLineOf(row: LineSource): BilledLine {
  return { ...row, isProration: row.isProration === 1, quantity: row.quantity ?? 1 };
}

/** A proration that waits for its invoice dates a change as well as a line would. null when the item names no subscription item. */
export function waitingProrationOf(raw: Json): { itemId: string; line: BilledLine } | null {
  const { subscriptionItemId: itemId, priceId: price, unitAmountDecimal } = invoiceItemNames(raw);
  const period = asObject(raw['period']);
  const { amount, quantity } = raw;
  if (itemId === null || price === null || typeof amount !== 'number') return null;
  const [start, end] = [period?.['start'], period?.['end']];
  if (typeof start !== 'number' || typeof end !== 'number') return null;
  return {
    itemId,
    line: {
      lineId: null, invoiceId: null, invoicedAt: Number.MAX_SAFE_INTEGER, lineIndex: 0, priceId: price, quantity: typeof quantity === 'number' ? quantity : 1, amountMinor: amount, unitAmountDecimal,
      isProration: true, foreverPercentOff: '0', periodStartAt: start * 1000, periodEndAt: end * 1000,
    },
  };
}

/** The latest rate that is not after the day. Rates come ordered by currency and day. */
export function createRateLookup(rates: readonly { base: string; rateOn: LocalDate; rate: string }[]): (currency: CurrencyCode, day: LocalDate) => string | null {
  const byCurrency = new Map<string, { days: LocalDate[]; values: string[] }>();
  for (const { base, rateOn, rate } of rates) {
    let known = byCurrency.get(base);
    if (!known) byCurrency.set(base, (known = { days: [], values: [] }));
    known.days.push(rateOn);
    known.values.push(rate);
  }
  return (currency, day) => {
    const known = byCurrency.get(currency);
    if (!known) return null;
    let low = 0;
    let high = known.days.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((known.days[middle] ?? '') <= day) low = middle + 1;
      else high = middle;
    }
    return known.values[low - 1] ?? null;
  };
}
