/** What several Stripe objects share. */
import type { StripeObject } from '../../stripe/population.ts';
import { openingSeconds } from '../calendar.ts';
import { couponNumbered, priceNumbered, type PriceFact } from '../catalog.ts';
import type { CustomerFact, DiscountFact, World } from '../facts.ts';
import { mix32 } from '../random.ts';

export const catalogSeconds = openingSeconds - 10 * 86_400;

/** Stripe's null for a moment that has not come. */
export function momentBy(moment: number, at: number): number | null {
  return moment > 0 && moment <= at ? moment : null;
}

export function listOf(data: StripeObject[] | Record<string, unknown>[], url: string): Record<string, unknown> {
  return { object: 'list', data, has_more: false, url };
}

export function emptyAddress(country: string | null): Record<string, unknown> {
  return { city: null, country, line1: null, line2: null, postal_code: null, state: null };
}

/** The prefix of a customer's invoice numbers: eight characters of their own. */
export function invoicePrefixOf(world: World, customer: CustomerFact): string {
  const base = mix32(world.seed * 31 + customer.number * 2 + 1).toString(36).toUpperCase();
  return `${customer.number.toString(36).toUpperCase().padStart(4, '0')}${base.padStart(7, 'X').slice(0, 4)}`;
}

export function renderDiscount(world: World, discount: DiscountFact): StripeObject {
  return {
    id: world.ids.idOf('discount', discount.number),
    object: 'discount',
    checkout_session: null,
    customer: world.ids.idOf('customer', discount.customer),
    customer_account: null,
    end: discount.end === 0 ? null : discount.end,
    invoice: null,
    invoice_item: null,
    promotion_code: null,
    source: { coupon: couponNumbered(discount.coupon).id, type: 'coupon' },
    start: discount.start,
    subscription: world.ids.idOf('subscription', discount.subscription),
    subscription_item: null,
  };
}

export function renderPrice(world: World, price: PriceFact): StripeObject {
  const { ids } = world;
  return {
    id: ids.idOf('price', price.number),
    object: 'price',
    active: true,
    billing_scheme: 'per_unit',
    created: catalogSeconds,
    currency: price.currency,
    custom_unit_amount: null,
    livemode: false,
    lookup_key: null,
    metadata: {},
    nickname: null,
    product: ids.idOf('product', price.product),
    recurring:
      price.months === 0
        ? null
        : { interval: price.months === 12 ? 'year' : 'month', interval_count: 1, meter: null, trial_period_days: null, usage_type: 'licensed' },
    tax_behavior: 'exclusive',
    tiers_mode: null,
    transform_quantity: null,
    type: price.months === 0 ? 'one_time' : 'recurring',
    unit_amount: price.unitAmount,
    unit_amount_decimal: String(price.unitAmount),
  };
}

/** The older twin of a recurring price that subscription items still carry. */
export function renderPlan(world: World, price: PriceFact): StripeObject {
  const { ids } = world;
  return {
    id: ids.idOf('price', price.number),
    object: 'plan',
    active: true,
    amount: price.unitAmount,
    amount_decimal: String(price.unitAmount),
    billing_scheme: 'per_unit',
    created: catalogSeconds,
    currency: price.currency,
    interval: price.months === 12 ? 'year' : 'month',
    interval_count: 1,
    livemode: false,
    metadata: {},
    meter: null,
    nickname: null,
    product: ids.idOf('product', price.product),
    tiers_mode: null,
    transform_usage: null,
    trial_period_days: null,
    usage_type: 'licensed',
  };
}

export function renderPricing(world: World, priceNumber: number, isFree: boolean): Record<string, unknown> {
  const price = priceNumbered(priceNumber);
  return {
    type: 'price_details',
    price_details: { price: world.ids.idOf('price', price.number), product: world.ids.idOf('product', price.product) },
    unit_amount_decimal: isFree ? '0' : String(price.unitAmount),
  };
}

/** The card (or account) a customer pays with: the same at every payment. */
export function renderPaymentMethod(world: World, customer: CustomerFact): Record<string, unknown> {
  const mixed = mix32(world.seed ^ (customer.number * 7 + 3));
  const last4 = String(mixed % 10_000).padStart(4, '0');
  if (customer.paysByDebit) {
    return {
      type: 'sepa_debit',
      sepa_debit: { bank_code: '37040044', branch_code: null, country: customer.country, expected_debit_date: null, fingerprint: mixed.toString(16), last4, mandate: null },
    };
  }
  const brand = ['visa', 'mastercard', 'amex', 'visa'][mixed & 3] ?? 'visa';
  return {
    type: 'card',
    card: {
      amount_authorized: null,
      brand,
      checks: { address_line1_check: null, address_postal_code_check: null, cvc_check: 'pass' },
      country: customer.country,
      exp_month: (mixed % 12) + 1,
      exp_year: 2028,
      fingerprint: mixed.toString(16),
      funding: 'credit',
      installments: null,
      last4,
      mandate: null,
      network: brand,
      network_token: { used: false },
      three_d_secure: null,
      wallet: null,
    },
  };
}

export function taxEntry(world: World, taxRate: number, amount: number, taxableAmount: number): Record<string, unknown> {
  return {
    amount,
    tax_behavior: 'exclusive',
    tax_rate_details: { tax_rate: world.ids.idOf('taxRate', taxRate) },
    taxability_reason: 'standard_rated',
    taxable_amount: taxableAmount,
    type: 'tax_rate_details',
  };
}
