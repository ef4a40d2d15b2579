/** Billing a subscription: its invoices, their collection, its renewal and its end. */
import type { Changes } from '../changes.ts';
import { readText } from '../object-paths.ts';
import { type Invoice, addSubscriptionLine, buildInvoice, recalculate } from './invoice-objects.ts';
import { collectInvoice, finalizeInvoice, takePendingItems } from './invoicing.ts';
import { prorate } from './proration.ts';
import { type Subscription, type SubscriptionItem, amountOf, describeItem, periodFrom, storeSubscription } from './subscription-objects.ts';

export interface SubscriptionInvoiceContent {
  billingReason: 'subscription_create' | 'subscription_cycle' | 'subscription_update' | 'manual';
  /** Items billed for their whole current period. */
  items: SubscriptionItem[];
  /** Trial lines cost nothing. */
  isTrial?: boolean;
}

/** Bills now: items and pending items on one invoice, finalised and, where cards are charged, collected. */
export function billSubscription(changes: Changes, subscription: Subscription, content: SubscriptionInvoiceContent, paymentMethod?: unknown): { invoice: Invoice; isPaid: boolean } {
  const customer = changes.state.require('customers', subscription.customer, 'customer', 400);
  const [first] = subscription.items.data;
  const draft = buildInvoice(changes, {
    customer,
    currency: subscription.currency,
    billingReason: content.billingReason,
    subscription: subscription.id,
    collectionMethod: subscription.collection_method,
    daysUntilDue: typeof subscription['days_until_due'] === 'number' ? subscription['days_until_due'] : null,
    discounts: subscription.discounts.filter((discount) => discount['end'] === null || Number(discount['end']) > changes.now()),
    period: { start: first?.current_period_start ?? changes.now(), end: first?.current_period_end ?? changes.now() },
    defaultPaymentMethod: readText(subscription, 'default_payment_method') ?? null,
  });
  changes.create('invoices', draft);
  takePendingItems(changes, draft);
  for (const item of content.items) {
    const line = {
      amount: content.isTrial ? 0 : amountOf(item),
      quantity: item.quantity,
      description: content.isTrial ? `Trial period for ${describeItem(changes, item)}` : describeItem(changes, item),
      period: { start: item.current_period_start, end: item.current_period_end },
      price: item.price,
    };
    addSubscriptionLine(changes, draft, line, subscription.id, item.id);
  }
  changes.state.put('invoices', recalculate(changes, draft));
  changes.emit('invoice.created', draft);
  const invoice = finalizeInvoice(changes, draft);
  if (invoice.status === 'paid') return { invoice, isPaid: true };
  if (subscription.collection_method !== 'charge_automatically') return { invoice, isPaid: false };
  const outcome = collectInvoice(changes, invoice, paymentMethod, subscription['default_payment_method']);
  return { invoice: outcome.invoice, isPaid: outcome.failure === null };
}

/** The next period begins: a control deed, since the sandbox's clock does not run by itself. */
export function renewSubscription(changes: Changes, subscription: Subscription): Subscription {
  if (subscription['cancel_at_period_end'] === true) return endSubscription(changes, subscription);
  const data = subscription.items.data.map((item) => {
    const period = periodFrom(item.current_period_end, item.price);
    return { ...item, current_period_start: period.start, current_period_end: period.end };
  });
  const renewed: Subscription = { ...subscription, status: 'active', items: { ...subscription.items, data } };
  const { invoice, isPaid } = billSubscription(changes, renewed, { billingReason: 'subscription_cycle', items: data });
  const isOwed = !isPaid && subscription.collection_method === 'charge_automatically';
  return storeSubscription(changes, { ...renewed, latest_invoice: invoice.id, status: isOwed ? 'past_due' : 'active' }, 'customer.subscription.updated');
}

/** Ends it now; with `prorate`, the unused time becomes a pending credit. */
export function endSubscription(changes: Changes, subscription: Subscription, options: { prorate?: boolean; invoiceNow?: boolean } = {}): Subscription {
  const now = changes.now();
  if (options.prorate) for (const item of subscription.items.data) prorate(changes, subscription, item, null, now);
  const ended: Subscription = {
    ...subscription,
    status: 'canceled',
    cancel_at_period_end: false,
    canceled_at: subscription['canceled_at'] ?? now,
    ended_at: now,
    cancellation_details: { comment: null, feedback: null, reason: 'cancellation_requested' },
  };
  if (options.invoiceNow) ended.latest_invoice = billSubscription(changes, subscription, { billingReason: 'manual', items: [] }).invoice.id;
  return storeSubscription(changes, ended, 'customer.subscription.deleted');
}
