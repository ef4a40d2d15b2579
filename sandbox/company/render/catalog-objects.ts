/** Account, balance, customers, products, coupons, subscriptions and their items as Stripe shows them at a moment. */
import { companyDetails } from '../company-details.ts';
import type { StripeObject } from '../../stripe/population.ts';
import { couponNumbered, priceFor, priceNumbered, type CouponFact, type ProductFact } from '../catalog.ts';
import type { CustomerFact, ItemState, SubscriptionFact, SubscriptionItemFact, World } from '../facts.ts';
import { catalogSeconds, emptyAddress, invoicePrefixOf, listOf, momentBy, renderDiscount, renderPlan, renderPrice } from './parts.ts';

export const companyName = 'Meridian Deeds';

const noRequirements = {
  alternatives: [],
  current_deadline: null,
  currently_due: [],
  disabled_reason: null,
  errors: [],
  eventually_due: [],
  past_due: [],
  pending_verification: [],
};

export function renderAccount(world: World): StripeObject {
  return {
    id: world.ids.accountId,
    object: 'account',
    business_profile: {
      annual_revenue: null,
      estimated_worker_count: null,
      mcc: '5734',
      name: companyName,
      product_description: null,
      support_address: { city: companyDetails.postal.city, country: companyDetails.postal.country, line1: companyDetails.postal.line1, line2: companyDetails.postal.line2, postal_code: companyDetails.postal.postcode, state: companyDetails.postal.region },
      support_email: 'support@meridian-deeds.example',
      support_phone: null,
      support_url: null,
      url: 'https://meridian-deeds.example',
    },
    business_type: 'company',
    capabilities: { card_payments: 'active', sepa_debit_payments: 'active', transfers: 'active' },
    charges_enabled: true,
    controller: { type: 'account' },
    country: 'US',
    created: catalogSeconds - 86_400,
    default_currency: 'usd',
    details_submitted: true,
    email: 'finance@meridian-deeds.example',
    external_accounts: listOf([], `/v1/accounts/${world.ids.accountId}/external_accounts`),
    future_requirements: noRequirements,
    metadata: {},
    payouts_enabled: true,
    requirements: noRequirements,
    settings: {
      dashboard: { display_name: companyName, timezone: 'America/New_York' },
      payouts: { debit_negative_balances: true, schedule: { delay_days: 2, interval: 'weekly', weekly_anchor: 'tuesday' }, statement_descriptor: null },
    },
    tos_acceptance: { date: null, ip: null, user_agent: null },
    type: 'standard',
  };
}

export function renderCustomer(world: World, customer: CustomerFact, at: number): StripeObject {
  const isDelinquent = customer.subscriptions.some((subscription) => statusOf(subscription, at) === 'past_due');
  return {
    id: world.ids.idOf('customer', customer.number),
    object: 'customer',
    address: emptyAddress(customer.country),
    balance: customer.balance,
    created: customer.created,
    currency: customer.currency,
    default_source: null,
    delinquent: isDelinquent,
    description: null,
    discount: null,
    email: customer.email,
    invoice_prefix: invoicePrefixOf(world, customer),
    invoice_settings: {
      custom_fields: null,
      default_payment_method: world.ids.idOf('paymentMethod', customer.number),
      footer: null,
      rendering_options: null,
    },
    livemode: false,
    metadata: {},
    name: customer.name,
    next_invoice_sequence: customer.invoiceCount + 1,
    phone: null,
    preferred_locales: [],
    shipping: null,
    tax_exempt: 'none',
    test_clock: null,
  };
}

export function renderProduct(world: World, product: ProductFact): StripeObject {
  const isOneTime = product.number >= 4;
  return {
    id: world.ids.idOf('product', product.number),
    object: 'product',
    active: true,
    created: catalogSeconds,
    default_price: world.ids.idOf('price', priceFor(product.name, 'usd', isOneTime ? 0 : 1).number),
    description: product.description,
    images: [],
    livemode: false,
    marketing_features: [],
    metadata: {},
    name: product.title,
    package_dimensions: null,
    shippable: null,
    statement_descriptor: null,
    tax_code: null,
    type: 'service',
    unit_label: product.unitLabel,
    updated: catalogSeconds,
    url: null,
  };
}

export function renderCoupon(coupon: CouponFact, timesRedeemed: number): StripeObject {
  return {
    id: coupon.id,
    object: 'coupon',
    amount_off: null,
    created: catalogSeconds,
    currency: null,
    duration: coupon.duration,
    duration_in_months: coupon.durationMonths,
    livemode: false,
    max_redemptions: null,
    metadata: {},
    name: coupon.name,
    percent_off: coupon.percentOff,
    redeem_by: null,
    times_redeemed: timesRedeemed,
    valid: true,
  };
}

export function statusOf(subscription: SubscriptionFact, at: number): string {
  if (subscription.endReason === 'incomplete') {
    return at < subscription.endedAt ? 'incomplete' : 'incomplete_expired';
  }
  if (subscription.endedAt > 0 && at >= subscription.endedAt) {
    return 'canceled';
  }
  if (at < subscription.trialEnd) {
    return 'trialing';
  }
  const isPastDue = subscription.pastDueSpans.some((span) => at >= span.from && (span.to === 0 || at < span.to));
  return isPastDue ? 'past_due' : 'active';
}

function stateOf(item: SubscriptionItemFact, at: number): ItemState {
  let found = item.states[0];
  for (const state of item.states) {
    if (state.from <= at) {
      found = state;
    }
  }
  if (found === undefined) {
    throw new Error(`Subscription item ${item.number} has no state.`);
  }
  return found;
}

export function renderSubscriptionItem(world: World, item: SubscriptionItemFact, at: number): StripeObject {
  const state = stateOf(item, at);
  const price = priceNumbered(state.price);
  return {
    id: world.ids.idOf('subscriptionItem', item.number),
    object: 'subscription_item',
    billing_thresholds: null,
    created: item.subscription.created,
    current_period_end: state.periodEnd,
    current_period_start: state.periodStart,
    discounts: [],
    metadata: {},
    plan: renderPlan(world, price),
    price: renderPrice(world, price),
    quantity: state.quantity,
    subscription: world.ids.idOf('subscription', item.subscription.number),
    tax_rates: [],
  };
}

/** The discounts a subscription still carries at a moment: a `once` one is gone with the first invoice. */
function discountsOf(world: World, subscription: SubscriptionFact, at: number): StripeObject[] {
  const { discount } = subscription;
  if (discount === null || (discount.end > 0 && at >= discount.end)) {
    return [];
  }
  const isUsedUp = couponNumbered(discount.coupon).duration === 'once' && at > discount.start;
  return isUsedUp ? [] : [renderDiscount(world, discount)];
}

function cancellationReason(subscription: SubscriptionFact): string | null {
  switch (subscription.endReason) {
    case 'requested':
      return 'cancellation_requested';
    case 'payment_failed':
    case 'incomplete':
      return 'payment_failed';
    default:
      return subscription.cancelsAtPeriodEnd ? 'cancellation_requested' : null;
  }
}

export function renderSubscription(world: World, subscription: SubscriptionFact, at: number): StripeObject {
  const { ids } = world;
  const id = ids.idOf('subscription', subscription.number);
  const latestInvoice = subscription.invoices.findLast((invoice) => invoice.created <= at);
  const canceledAt = momentBy(subscription.cancelRequestedAt, at);
  const cancelsAtPeriodEnd = subscription.cancelsAtPeriodEnd && canceledAt !== null;
  const state = stateOf(subscription.item, at);
  return {
    id,
    object: 'subscription',
    application: null,
    application_fee_percent: null,
    automatic_tax: { disabled_reason: null, enabled: false, liability: null },
    billing_cycle_anchor: subscription.anchor,
    billing_cycle_anchor_config: null,
    billing_mode: { flexible: null, type: 'classic' },
    billing_schedules: [],
    billing_thresholds: null,
    cancel_at: cancelsAtPeriodEnd ? state.periodEnd : null,
    cancel_at_period_end: cancelsAtPeriodEnd,
    canceled_at: canceledAt,
    cancellation_details: { comment: null, feedback: null, reason: canceledAt === null ? null : cancellationReason(subscription) },
    collection_method: 'charge_automatically',
    created: subscription.created,
    currency: subscription.customer.currency,
    customer: ids.idOf('customer', subscription.customer.number),
    customer_account: null,
    days_until_due: null,
    default_payment_method: null,
    default_source: null,
    default_tax_rates: [],
    description: null,
    discounts: discountsOf(world, subscription, at),
    ended_at: momentBy(subscription.endedAt, at),
    invoice_settings: { account_tax_ids: null, custom_fields: null, description: null, footer: null, issuer: { type: 'self' } },
    items: listOf([renderSubscriptionItem(world, subscription.item, at)], `/v1/subscription_items?subscription=${id}`),
    latest_invoice: latestInvoice === undefined ? null : ids.idOf('invoice', latestInvoice.number),
    livemode: false,
    managed_payments: null,
    metadata: {},
    next_pending_invoice_item_invoice: null,
    on_behalf_of: null,
    pause_collection: momentBy(subscription.pausedAt, at) === null ? null : { behavior: 'void', resumes_at: null },
    payment_settings: { payment_method_options: null, payment_method_types: null, save_default_payment_method: 'off' },
    pending_invoice_item_interval: null,
    pending_setup_intent: null,
    pending_update: null,
    schedule: null,
    start_date: subscription.created,
    status: statusOf(subscription, at),
    test_clock: null,
    transfer_data: null,
    trial_end: subscription.trialEnd === 0 ? null : subscription.trialEnd,
    trial_settings: { end_behavior: { missing_payment_method: 'cancel' } },
    trial_start: subscription.trialEnd === 0 ? null : subscription.created,
  };
}
