/** Subscriptions and their items as objects, and how they are stored: the items live in their own list as well. */
import type { Changes } from '../changes.ts';
import { type Json, readNumber, readText } from '../object-paths.ts';
import type { StripeObject } from '../population.ts';
import { invalidRequest } from '../stripe-error.ts';
import { addInterval, formatAmount } from './amounts.ts';
import type { Discount } from './invoice-objects.ts';

export interface Price extends StripeObject {
  currency: string;
  unit_amount: number;
  recurring: { interval: string; interval_count: number; usage_type: string } | null;
}

export interface SubscriptionItem extends StripeObject {
  current_period_end: number;
  current_period_start: number;
  price: Price;
  quantity: number;
  subscription: string;
}

export interface Subscription extends StripeObject {
  billing_cycle_anchor: number;
  collection_method: string;
  currency: string;
  customer: string;
  discounts: Discount[];
  items: { object: 'list'; data: SubscriptionItem[]; has_more: boolean; url: string };
  latest_invoice: string | null;
  status: string;
  trial_end: number | null;
}

export function requireSubscription(changes: Changes, id: string): Subscription {
  return changes.state.require('subscriptions', id, 'id') as Subscription;
}

/** @throws StripeError 400 for a price that does not recur. */
export function requireRecurringPrice(changes: Changes, id: string, param: string): Price {
  const price = changes.state.require('prices', id, param, 400) as Price;
  if (price.recurring === null) throw invalidRequest('The price specified is set to `type=one_time` but this field only accepts prices with `type=recurring`.', param);
  return price;
}

export function intervalOf(price: Price): { interval: string; count: number } {
  return { interval: price.recurring?.interval ?? 'month', count: price.recurring?.interval_count ?? 1 };
}

/** The older `plan` object Stripe still shows beside the price. */
function planOf(price: Price): Json {
  return {
    id: price.id,
    object: 'plan',
    active: price['active'],
    amount: price.unit_amount,
    amount_decimal: price['unit_amount_decimal'] ?? String(price.unit_amount),
    billing_scheme: 'per_unit',
    created: price['created'],
    currency: price.currency,
    interval: price.recurring?.interval,
    interval_count: price.recurring?.interval_count,
    livemode: false,
    metadata: price['metadata'] ?? {},
    meter: null,
    nickname: price['nickname'] ?? null,
    product: price['product'],
    tiers_mode: null,
    transform_usage: null,
    trial_period_days: null,
    usage_type: price.recurring?.usage_type,
  };
}

export function buildItem(changes: Changes, subscription: string, price: Price, quantity: number, period: { start: number; end: number }): SubscriptionItem {
  return {
    id: changes.id('si'),
    object: 'subscription_item',
    billing_thresholds: null,
    created: changes.now(),
    current_period_end: period.end,
    current_period_start: period.start,
    current_trial: null,
    discounts: [],
    metadata: {},
    plan: planOf(price),
    price,
    quantity,
    subscription,
    tax_rates: [],
  };
}

export function repriceItem(item: SubscriptionItem, price: Price): SubscriptionItem {
  return { ...item, price, plan: planOf(price) };
}

export function buildSubscription(changes: Changes, customer: string, currency: string, fields: Json): Subscription {
  const id = changes.id('sub');
  const now = changes.now();
  return {
    id,
    object: 'subscription',
    application: null,
    application_fee_percent: null,
    automatic_tax: { disabled_reason: null, enabled: false, liability: null },
    billing_cycle_anchor: now,
    billing_cycle_anchor_config: null,
    billing_mode: { flexible: null, type: 'classic' },
    billing_schedules: [],
    billing_thresholds: null,
    cancel_at: null,
    cancel_at_period_end: false,
    canceled_at: null,
    cancellation_details: { comment: null, feedback: null, reason: null },
    collection_method: 'charge_automatically',
    created: now,
    currency,
    customer,
    customer_account: null,
    days_until_due: null,
    default_payment_method: null,
    default_source: null,
    default_tax_rates: [],
    description: null,
    discounts: [],
    ended_at: null,
    invoice_settings: { account_tax_ids: null, custom_fields: null, description: null, footer: null, issuer: { type: 'self' } },
    items: { object: 'list', data: [], has_more: false, url: `/v1/subscription_items?subscription=${id}` },
    latest_invoice: null,
    livemode: false,
    managed_payments: null,
    metadata: {},
    next_pending_invoice_item_invoice: null,
    on_behalf_of: null,
    pause_collection: null,
    payment_settings: { payment_method_options: null, payment_method_types: null, save_default_payment_method: 'off' },
    pending_invoice_item_interval: null,
    pending_setup_intent: null,
    pending_update: null,
    schedule: null,
    start_date: now,
    status: 'incomplete',
    test_clock: null,
    transfer_data: null,
    trial_end: null,
    trial_settings: { end_behavior: { missing_payment_method: 'create_invoice' } },
    trial_start: null,
    ...fields,
  };
}

/** Stores a subscription and its items; items it no longer has leave their list. Events are the caller's. */
export function storeSubscription(changes: Changes, subscription: Subscription, ...eventTypes: string[]): Subscription {
  const { state } = changes;
  const before = state.collection('subscriptions').get(subscription.id) as Subscription | undefined;
  const kept = new Set(subscription.items.data.map((item) => item.id));
  for (const item of before?.items.data ?? []) if (!kept.has(item.id)) state.remove('subscription_items', item.id);
  for (const item of subscription.items.data) state.put('subscription_items', item);
  if (before === undefined) return changes.create('subscriptions', subscription, ...eventTypes);
  return changes.update('subscriptions', subscription, ...eventTypes);
}

export function describeItem(changes: Changes, { price, quantity }: SubscriptionItem): string {
  const productId = readText(price, 'product');
  const product = productId === undefined ? undefined : changes.state.collection('products').get(productId);
  const { interval, count } = intervalOf(price);
  const every = count === 1 ? interval : `${count} ${interval}s`;
  return `${quantity} × ${readText(product, 'name') ?? 'Subscription'} (at ${formatAmount(price.unit_amount, price.currency)} / ${every})`;
}

export function amountOf({ price, quantity }: SubscriptionItem): number {
  return readNumber(price, 'unit_amount') * quantity;
}

/** The period that begins at `start`, by the price's interval. */
export function periodFrom(start: number, price: Price): { start: number; end: number } {
  const { interval, count } = intervalOf(price);
  return { start, end: addInterval(start, interval, count) };
}
