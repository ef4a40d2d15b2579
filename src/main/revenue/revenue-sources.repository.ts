/** What the mirror holds of one customer and of what all share, as far as it bears on revenue. All SQL of the sources of the kept sums. */
import type { LocalDate } from '../../shared/calendar/local-date.ts';
import type { Instant } from '../../shared/calendar/time-zone.ts';
import { sql, type ReadableDatabase } from '../database/handles.ts';
import type { CouponTerms } from '../mirror/discounts.ts';
import type { PriceTerms } from './mrr-item-calculation.ts';
import type { BilledLine } from './mrr-segments.ts';

export interface SubscriptionRow {
  readonly id: string;
  readonly customerId: string;
  readonly status: string;
  readonly endedAt: Instant | null;
  readonly trialStartAt: Instant | null;
  readonly trialEndAt: Instant | null;
  readonly raw: string;
}

export interface SubscriptionItemRow {
  readonly id: string;
  readonly subscriptionId: string;
  readonly priceId: string;
  readonly quantity: number | null;
  readonly currentPeriodStartAt: Instant | null;
  readonly currentPeriodEndAt: Instant | null;
  readonly raw: string;
}

export interface LineRow extends Omit<BilledLine, 'isProration' | 'quantity'> {
  readonly subscriptionId: string | null;
  readonly customerId: string | null;
  readonly isProration: number;
  readonly quantity: number | null;
}

const listRates = sql('revenue.rates', 'SELECT base, rate_on AS rateOn, rate FROM exchange_rates WHERE quote = ? ORDER BY base, rate_on');
const listPrices = sql(
  'revenue.prices',
  `SELECT p.id, COALESCE(d.name, p.nickname, p.product_id) AS productName, p.currency, p.unit_amount_minor AS unitAmountMinor, p.billing_scheme AS billingScheme, p.recurring_interval AS interval,
          p.recurring_interval_count AS intervalCount, p.usage_type AS usageType
     FROM stripe_prices p LEFT JOIN stripe_products d ON d.id = p.product_id`,
);
const listCoupons = sql('revenue.coupons', 'SELECT id, percent_off AS percentOff, duration, amount_off_minor AS amountOffMinor, currency FROM stripe_coupons');
const listSubscriptions = sql(
  'revenue.subscriptions-of-customer',
  'SELECT id, customer_id AS customerId, status, ended_at AS endedAt, trial_start_at AS trialStartAt, trial_end_at AS trialEndAt, raw FROM stripe_subscriptions WHERE customer_id = ? ORDER BY id',
);
const listItems = sql(
  'revenue.items-of-customer',
  `SELECT i.id, i.subscription_id AS subscriptionId, i.price_id AS priceId, i.quantity, i.current_period_start_at AS currentPeriodStartAt, i.current_period_end_at AS currentPeriodEndAt, i.raw
     FROM stripe_subscriptions s CROSS JOIN stripe_subscription_items i ON i.subscription_id = s.id WHERE s.customer_id = ? ORDER BY i.id`,
);
const listLines = sql(
  'revenue.lines-of-customer',
  `SELECT l.subscription_item_id AS itemId, l.id AS lineId, l.invoice_id AS invoiceId, i.created_at AS invoicedAt, l.line_index AS lineIndex, l.subscription_id AS subscriptionId, i.customer_id AS customerId, l.price_id AS priceId, l.quantity,
          l.amount_minor AS amountMinor, l.discount_minor AS discountMinor, l.unit_amount_decimal AS unitAmountDecimal, l.is_proration AS isProration, l.forever_percent_off AS foreverPercentOff, l.forever_off_minor AS foreverOffMinor, l.period_start_at AS periodStartAt,
          l.period_end_at AS periodEndAt, i.status, coalesce(i.due_at, i.finalised_at, i.created_at) AS dueAt, i.paid_at AS paidAt
     FROM stripe_invoices i CROSS JOIN stripe_invoice_lines l ON l.invoice_id = i.id
    WHERE i.customer_id = ? AND i.status IN ('open', 'paid', 'uncollectible') AND l.subscription_item_id IS NOT NULL AND l.price_id IS NOT NULL AND l.period_start_at IS NOT NULL AND l.period_end_at IS NOT NULL
    ORDER BY l.subscription_item_id, l.period_start_at, i.created_at, l.line_index, l.id`,
);
const listWaiting = sql('revenue.waiting-prorations', 'SELECT raw FROM stripe_invoice_items WHERE customer_id = ? AND is_proration = 1 AND invoice_id IS NULL AND is_deleted = 0 ORDER BY id');
const isOfAnother = sql('revenue.subscription-owner', 'SELECT customer_id AS customerId FROM stripe_subscriptions WHERE id = ?');
const findCountry = sql('revenue.country-of-customer', 'SELECT country FROM stripe_customers WHERE id = ?');

interface PriceRow {
  readonly id: string;
  readonly productName: string;
  readonly currency: string;
  readonly unitAmountMinor: number | null;
  readonly billingScheme: string;
  readonly interval: string | null;
  readonly intervalCount: number | null;
  readonly usageType: string | null;
}

export interface CustomerLineRow extends LineRow {
  readonly itemId: string;
  readonly discountMinor: number;
  readonly status: string;
  /** When its invoice was to be paid: Stripe's due date, else when it was finalised. */
  readonly dueAt: number;
  readonly paidAt: number | null;
}

export interface CustomerSources {
  readonly subscriptions: readonly SubscriptionRow[];
  readonly items: readonly SubscriptionItemRow[];
  readonly lines: readonly CustomerLineRow[];
  /** Raw JSON. */
  readonly waiting: readonly string[];
  /** '' where none is known. */
  readonly country: string;
}

export function readCustomerSources(database: ReadableDatabase, customerId: string): CustomerSources {
  const one = [customerId];
  return {
    subscriptions: database.all(listSubscriptions, one), items: database.all(listItems, one), lines: database.all(listLines, one), waiting: database.all<{ raw: string }>(listWaiting, one).map(({ raw }) => raw),
    country: database.get<{ country: string | null }>(findCountry, one)?.country ?? '',
  };
}

/** The customer a subscription belongs to; undefined where the mirror does not hold it. */
export function ownerOfSubscription(database: ReadableDatabase, subscriptionId: string): string | undefined {
  return database.get<{ customerId: string }>(isOfAnother, [subscriptionId])?.customerId;
}

/** Rates into a currency, by currency and day. */
export function readRates(database: ReadableDatabase, quote: string): { base: string; rateOn: LocalDate; rate: string }[] {
  return database.all(listRates, [quote]);
}

/** Every price, as far as MRR asks. */
export function readPrices(database: ReadableDatabase): PriceTerms[] {
  return database.all<PriceRow>(listPrices).map((row) => ({
    id: row.id, productName: row.productName, currency: row.currency, unitAmountMinor: row.unitAmountMinor, isTiered: row.billingScheme === 'tiered', interval: row.interval, intervalCount: row.intervalCount ?? 1,
    isMetered: row.usageType === 'metered',
  }));
}

/** Every coupon, as far as MRR asks. */
export function readCoupons(database: ReadableDatabase): (CouponTerms & { readonly id: string })[] {
  return database.all<{ id: string; percentOff: string | null; duration: string; amountOffMinor: number | null; currency: string | null }>(listCoupons)
    .map(({ id, percentOff, duration, amountOffMinor, currency }) => ({ id, percentOff, duration, ...(amountOffMinor === null ? {} : { amountOff: { minor: amountOffMinor, currency: currency ?? '' } }) }));
}
