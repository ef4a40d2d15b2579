/** Subscriptions over HTTP: created, changed with or without proration, paused, canceled. */
import type { Changes, RequestContext, Route } from '../changes.ts';
import { presentOne } from '../lists.ts';
import type { Json } from '../object-paths.ts';
import { type Parameters, mergeMetadata, readBoolean, readHash, readHashes, readInteger, readString, readStrings, refuseUnknown, requireString } from '../parameters.ts';
import type { StripeObject } from '../population.ts';
import { invalidRequest, missingParameter, noSuchObject } from '../stripe-error.ts';
import { readDiscounts } from './discounts.ts';
import { paymentMethodOf } from './payments.ts';
import { prorate } from './proration.ts';
import { billSubscription, endSubscription } from './subscription-billing.ts';
import {
  type Price,
  type Subscription,
  type SubscriptionItem,
  buildItem,
  buildSubscription,
  intervalOf,
  periodFrom,
  repriceItem,
  requireRecurringPrice,
  requireSubscription,
  storeSubscription,
} from './subscription-objects.ts';

const day = 86_400;
const answer = ({ state, parameters }: RequestContext, object: StripeObject): Json =>
  presentOne(state, structuredClone(object), { expand: readStrings(parameters, 'expand') ?? [] });

const sharedFields = ['cancel_at_period_end', 'collection_method', 'days_until_due', 'default_payment_method', 'description', 'discounts', 'expand', 'items', 'metadata', 'off_session', 'payment_behavior', 'proration_behavior', 'trial_end'];

function readTrialEnd(parameters: Parameters, now: number): number | null {
  const days = readInteger(parameters, 'trial_period_days');
  if (days !== undefined && days > 0) return now + days * day;
  const end = readString(parameters, 'trial_end');
  if (end === undefined || end === 'now' || end === '') return null;
  return readInteger(parameters, 'trial_end') ?? null;
}

interface WantedItem {
  price: Price;
  quantity: number;
}

function readWantedItems(changes: Changes, parameters: Parameters): WantedItem[] {
  const items = readHashes(parameters, 'items') ?? [];
  if (items.length === 0) throw missingParameter('items');
  const wanted = items.map((item, index) => ({
    price: requireRecurringPrice(changes, requireString(item, 'price'), `items[${index}][price]`),
    quantity: readInteger(item, 'quantity') ?? 1,
  }));
  const currencies = new Set(wanted.map(({ price }) => price.currency));
  if (currencies.size > 1) throw invalidRequest('You cannot combine currencies on a single customer.', 'items');
  return wanted;
}

/** Creates a subscription and bills its first period (or its trial). A declined card leaves it incomplete. */
export function createSubscription(changes: Changes, parameters: Parameters): Subscription {
  const now = changes.now();
  const customer = changes.state.require('customers', requireString(parameters, 'customer'), 'customer', 400);
  const wanted = readWantedItems(changes, parameters);
  const trialEnd = readTrialEnd(parameters, now);
  const collectionMethod = readString(parameters, 'collection_method') ?? 'charge_automatically';
  const paymentMethod = readString(parameters, 'default_payment_method');
  if (collectionMethod === 'charge_automatically' && trialEnd === null) paymentMethodOf(changes, customer.id, paymentMethod);
  const subscription = buildSubscription(changes, customer.id, wanted[0]?.price.currency ?? 'usd', {
    billing_cycle_anchor: trialEnd ?? now,
    collection_method: collectionMethod,
    days_until_due: readInteger(parameters, 'days_until_due') ?? null,
    default_payment_method: paymentMethod ?? null,
    description: readString(parameters, 'description') ?? null,
    metadata: mergeMetadata({}, parameters),
    trial_end: trialEnd,
    trial_start: trialEnd === null ? null : now,
  });
  subscription.discounts = readDiscounts(changes, parameters, { customer: customer.id, subscription: subscription.id });
  subscription.items.data = wanted.map(({ price, quantity }) =>
    buildItem(changes, subscription.id, price, quantity, trialEnd === null ? periodFrom(now, price) : { start: now, end: trialEnd }),
  );
  storeSubscription(changes, subscription);
  const isTrial = trialEnd !== null;
  const { invoice, isPaid } = billSubscription(changes, subscription, { billingReason: 'subscription_create', items: subscription.items.data, isTrial }, paymentMethod);
  const isActive = isPaid || collectionMethod === 'send_invoice';
  const started: Subscription = { ...subscription, latest_invoice: invoice.id, status: isTrial ? 'trialing' : isActive ? 'active' : 'incomplete' };
  storeSubscription(changes, started);
  changes.emit('customer.subscription.created', started);
  return applyPeriodEnd(changes, started, parameters);
}

function applyPeriodEnd(changes: Changes, subscription: Subscription, parameters: Parameters): Subscription {
  const wanted = readBoolean(parameters, 'cancel_at_period_end');
  if (wanted === undefined || wanted === subscription['cancel_at_period_end']) return subscription;
  const end = Math.min(...subscription.items.data.map((item) => item.current_period_end));
  const changed = { ...subscription, cancel_at_period_end: wanted, cancel_at: wanted ? end : null, canceled_at: wanted ? changes.now() : null };
  return storeSubscription(changes, changed, 'customer.subscription.updated');
}

interface ItemChange {
  before: SubscriptionItem | null;
  after: SubscriptionItem | null;
}

/** The changes `items[…]` asks for; items not named stay as they are. */
function readItemChanges(changes: Changes, subscription: Subscription, parameters: Parameters): ItemChange[] {
  return (readHashes(parameters, 'items') ?? []).map((given, index) => {
    const id = readString(given, 'id');
    const priceId = readString(given, 'price');
    const price = priceId === undefined ? null : requireRecurringPrice(changes, priceId, `items[${index}][price]`);
    const quantity = readInteger(given, 'quantity');
    if (id === undefined) {
      if (price === null) throw missingParameter(`items[${index}][price]`);
      const period = subscription.items.data[0];
      const span = period ? { start: period.current_period_start, end: period.current_period_end } : periodFrom(changes.now(), price);
      return { before: null, after: buildItem(changes, subscription.id, price, quantity ?? 1, span) };
    }
    const before = subscription.items.data.find((item) => item.id === id) ?? null;
    if (before === null) throw noSuchObject('subscription_item', id, `items[${index}][id]`, 400);
    if (readBoolean(given, 'deleted') === true) return { before, after: null };
    const repriced = price === null ? before : repriceItem(before, price);
    return { before, after: { ...repriced, quantity: quantity ?? repriced.quantity } };
  });
}

function changesInterval({ before, after }: ItemChange): boolean {
  if (before === null || after === null) return false;
  const [old, current] = [intervalOf(before.price), intervalOf(after.price)];
  return old.interval !== current.interval || old.count !== current.count;
}

/** Applies item changes: prorations as asked; a new interval starts a new period now and is billed at once. */
function changeItems(changes: Changes, subscription: Subscription, itemChanges: ItemChange[], parameters: Parameters): Subscription {
  const behavior = readString(parameters, 'proration_behavior') ?? 'create_prorations';
  if (!['create_prorations', 'always_invoice', 'none'].includes(behavior)) {
    throw invalidRequest('Invalid proration_behavior: must be one of create_prorations, none, or always_invoice', 'proration_behavior');
  }
  const at = readInteger(parameters, 'proration_date') ?? changes.now();
  const restarts = itemChanges.some(changesInterval);
  let data = subscription.items.data;
  for (const { before, after } of itemChanges) {
    data = before === null ? [...data, ...(after ? [after] : [])] : data.flatMap((item) => (item.id === before.id ? (after ? [after] : []) : [item]));
    const isBilled = behavior !== 'none' && subscription.status !== 'trialing';
    if (isBilled && before) prorate(changes, subscription, before, restarts ? null : after, at);
    else if (isBilled && after && !restarts) prorateNew(changes, subscription, after, at);
  }
  const now = changes.now();
  if (restarts) data = data.map((item) => ({ ...item, current_period_start: now, current_period_end: periodFrom(now, item.price).end }));
  const changed: Subscription = { ...subscription, items: { ...subscription.items, data }, ...(restarts ? { billing_cycle_anchor: now } : {}) };
  storeSubscription(changes, changed);
  if (!restarts && behavior !== 'always_invoice') return changed;
  const { invoice, isPaid } = billSubscription(changes, changed, { billingReason: 'subscription_update', items: restarts ? data : [] });
  const isOwed = !isPaid && changed.collection_method === 'charge_automatically';
  return { ...changed, latest_invoice: invoice.id, status: isOwed ? 'past_due' : changed.status };
}

/** An item added inside a period is charged for the rest of it; there is nothing to credit. */
function prorateNew(changes: Changes, subscription: Subscription, item: SubscriptionItem, at: number): void {
  const nothing: SubscriptionItem = { ...item, quantity: 0 };
  prorate(changes, subscription, nothing, item, at);
}

function readPause(parameters: Parameters): Json | null {
  const pause = readHash(parameters, 'pause_collection');
  return pause ? { behavior: requireString(pause, 'behavior'), resumes_at: readInteger(pause, 'resumes_at') ?? null } : null;
}

function update(context: RequestContext): Json {
  const { changes, parameters, ids: [id = ''] } = context;
  refuseUnknown(parameters, [...sharedFields, 'pause_collection', 'proration_date']);
  const original = requireSubscription(changes, id);
  if (original.status === 'canceled') throw invalidRequest('A canceled subscription can only update its cancellation_details and metadata.');
  let subscription = structuredClone(original);
  for (const name of ['collection_method', 'default_payment_method', 'description']) {
    const value = readString(parameters, name);
    if (value !== undefined) subscription[name] = value === '' ? null : value;
  }
  subscription['metadata'] = mergeMetadata(subscription['metadata'] as Record<string, string>, parameters);
  if (parameters['pause_collection'] !== undefined) subscription['pause_collection'] = readPause(parameters);
  if (parameters['discounts'] !== undefined) subscription.discounts = readDiscounts(changes, parameters, { customer: subscription.customer, subscription: id });
  if (readString(parameters, 'trial_end') === 'now' && subscription.status === 'trialing') subscription = endTrial(changes, subscription);
  const itemChanges = readItemChanges(changes, subscription, parameters);
  if (itemChanges.length > 0) subscription = changeItems(changes, subscription, itemChanges, parameters);
  announce(changes, original, subscription);
  return answer(context, applyPeriodEnd(changes, subscription, parameters));
}

/** One `customer.subscription.updated` for the whole change, however many steps stored it. */
function announce(changes: Changes, original: Subscription, subscription: Subscription): void {
  changes.state.put('subscriptions', original);
  storeSubscription(changes, subscription, 'customer.subscription.updated');
}

function endTrial(changes: Changes, subscription: Subscription): Subscription {
  const now = changes.now();
  const data = subscription.items.data.map((item) => ({ ...item, current_period_start: now, current_period_end: periodFrom(now, item.price).end }));
  const running: Subscription = { ...subscription, status: 'active', trial_end: now, billing_cycle_anchor: now, items: { ...subscription.items, data } };
  storeSubscription(changes, running);
  const { invoice, isPaid } = billSubscription(changes, running, { billingReason: 'subscription_cycle', items: data });
  return { ...running, latest_invoice: invoice.id, status: isPaid || running.collection_method === 'send_invoice' ? 'active' : 'past_due' };
}

function create(context: RequestContext): Json {
  refuseUnknown(context.parameters, [...sharedFields, 'currency', 'customer', 'trial_period_days']);
  return answer(context, createSubscription(context.changes, context.parameters));
}

function cancel(context: RequestContext): Json {
  const { changes, parameters, ids: [id = ''] } = context;
  refuseUnknown(parameters, ['cancellation_details', 'expand', 'invoice_now', 'prorate']);
  const subscription = requireSubscription(changes, id);
  if (subscription.status === 'canceled') throw noSuchObject('subscription', id, 'id');
  const options = { prorate: readBoolean(parameters, 'prorate') ?? false, invoiceNow: readBoolean(parameters, 'invoice_now') ?? false };
  return answer(context, endSubscription(changes, subscription, options));
}

/** `POST /v1/subscription_items/:id`: the same change, by the item's own address. */
function updateItem(context: RequestContext): Json {
  const { state, changes, parameters, ids: [id = ''] } = context;
  refuseUnknown(parameters, ['expand', 'metadata', 'off_session', 'payment_behavior', 'price', 'proration_behavior', 'proration_date', 'quantity']);
  const item = state.require('subscription_items', id, 'item') as SubscriptionItem;
  const { price, quantity, ...rest } = parameters;
  const change: Parameters = { id, ...(price === undefined ? {} : { price }), ...(quantity === undefined ? {} : { quantity }) };
  const { metadata: _metadata, expand: _expand, ...passedOn } = rest;
  update({ ...context, ids: [item.subscription], parameters: { ...passedOn, items: [change] } });
  const changed = state.require('subscription_items', id, 'item');
  changed['metadata'] = mergeMetadata(changed['metadata'] as Record<string, string>, parameters);
  return answer(context, changes.update('subscription_items', changed));
}

export const subscriptionRoutes: Route[] = [
  { method: 'POST', pattern: '/v1/subscriptions', permission: 'subscription_write', handle: create },
  { method: 'POST', pattern: '/v1/subscriptions/:id', permission: 'subscription_write', handle: update },
  { method: 'DELETE', pattern: '/v1/subscriptions/:id', permission: 'subscription_write', handle: cancel },
  { method: 'POST', pattern: '/v1/subscription_items/:id', permission: 'subscription_write', handle: updateItem },
];
