/** What a change inside a billing period credits and charges, by the second. */
import type { Changes } from '../changes.ts';
import { type Json, readPath } from '../object-paths.ts';
import { multiplyDivide } from './amounts.ts';
import { type Invoice, createInvoiceItem } from './invoice-objects.ts';
import { type Subscription, type SubscriptionItem, amountOf, describeItem } from './subscription-objects.ts';

/** The lines of the latest invoice that billed the item for the running period: what a credit gives back. */
function creditedLines(changes: Changes, subscription: Subscription, item: SubscriptionItem): Json | null {
  if (subscription.latest_invoice === null) return null;
  const invoice = changes.state.collection('invoices').get(subscription.latest_invoice) as Invoice | undefined;
  const lines = (invoice?.lines.data ?? [])
    .filter((line) => readPath(line, 'parent.subscription_item_details.subscription_item') === item.id && line.amount > 0)
    .map((line) => line.id);
  if (invoice === undefined || lines.length === 0) return null;
  return { invoice_line_item_details: { invoice: invoice.id, invoice_line_items: lines }, type: 'invoice_line_items' };
}

/**
 * Creates the proration items of one changed item: the unused time of its old form, the remaining time of its new one (null: removed,
 * or billed whole from now on).
 */
export function prorate(changes: Changes, subscription: Subscription, before: SubscriptionItem, after: SubscriptionItem | null, at: number): void {
  const { current_period_start: start, current_period_end: end } = before;
  if (at >= end || end <= start) return;
  const day = new Date(at * 1000).toISOString().slice(0, 10);
  const add = (item: SubscriptionItem, sign: 1 | -1, text: string, creditedItems: Json | null): void => {
    createInvoiceItem(changes, {
      amount: sign * multiplyDivide(amountOf(item), end - Math.max(at, start), end - start),
      currency: subscription.currency,
      customer: subscription.customer,
      description: `${text} on ${describeItem(changes, item)} after ${day}`,
      period: { start: at, end },
      price: item.price,
      quantity: item.quantity,
      proration: { subscription: subscription.id, subscriptionItem: before.id, creditedItems },
    });
  };
  add(before, -1, 'Unused time', creditedLines(changes, subscription, before));
  if (after) add(after, 1, 'Remaining time', null);
}
