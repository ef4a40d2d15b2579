/**
 * What an event asks for. An event is a trigger, not a truth (domain.md §2): its snapshot is used where nothing newer can be meant, else the object
 * is fetched. Pure.
 */
import type { DeletableKind } from '../mirror/mirror.ts';
import { isJson, readReference, readText, type Json } from '../mirror/stripe-fields.ts';
import type { GatewayList } from './stripe-sync.ports.ts';

/** The list an object of an event can be fetched from. */
export const listOfObject: Readonly<Record<string, GatewayList>> = {
  charge: 'charges', payment_intent: 'payment_intents', customer: 'customers', product: 'products', price: 'prices', coupon: 'coupons', tax_rate: 'tax_rates', subscription: 'subscriptions', invoice: 'invoices', invoice_payment: 'invoice_payments', invoiceitem: 'invoiceitems',
  'checkout.session': 'checkout_sessions', refund: 'refunds', dispute: 'disputes', payout: 'payouts', credit_note: 'credit_notes',
};

/** The list an object that may be deleted is asked for in. */
export const listOfDeletable: Readonly<Record<DeletableKind, GatewayList>> = { customer: 'customers', product: 'products', coupon: 'coupons', invoiceitem: 'invoiceitems', invoice: 'invoices' };

export const isDeletable = (objectName: string): objectName is DeletableKind => Object.hasOwn(listOfDeletable, objectName);

const handled = /^(customer\.subscription|invoice|invoice_payment|invoiceitem|payment_intent|charge|refund|checkout\.session|payout|customer|price|product|coupon|tax_rate|credit_note|subscription_schedule)\./;

export type EventRoute =
  | { readonly road: 'unhandled' }
  /** A known type that changes nothing the mirror keeps: a card, a tax id, the announcement of an invoice. */
  | { readonly road: 'nothing' }
  /** The object as it was when the event was made. */
  | { readonly road: 'snapshot'; readonly list: GatewayList; readonly id: string; readonly object: Json }
  /** The object must be fetched: the snapshot does not hold what is needed. */
  | { readonly road: 'fetch'; readonly list: GatewayList; readonly id: string; readonly object: Json | null }
  /** The object as it was when it was deleted. */
  | { readonly road: 'deleted'; readonly objectName: DeletableKind; readonly id: string; readonly object: Json };

/**
 * Objects whose snapshot lacks what is posted or counted: expanded discounts and further lines; of a credit note, how much each of its refunds paid back and how much went to the
 * customer's credit. A snapshot has the account's own API version, and until 2025 a note named one refund without its amount.
 */
const alwaysFetched: ReadonlySet<string> = new Set(['invoice', 'subscription', 'credit_note']);

const deletions: Readonly<Record<string, DeletableKind>> = { 'customer.deleted': 'customer', 'product.deleted': 'product', 'coupon.deleted': 'coupon', 'invoiceitem.deleted': 'invoiceitem', 'invoice.deleted': 'invoice' };

/** @param event the event's JSON. */
export function routeEvent(event: Json): EventRoute {
  const type = readText(event, 'type') ?? '';
  const data = event['data'];
  const object = isJson(data) && isJson(data['object']) ? data['object'] : null;
  const id = object ? readText(object, 'id') : null;
  if (!handled.test(type)) return { road: 'unhandled' };
  if (!object) return { road: 'nothing' };
  const name = readText(object, 'object') ?? '';
  const deleted = deletions[type];
  if (deleted !== undefined && id !== null) return { road: 'deleted', objectName: deleted, id, object };
  // A schedule or a discount shows in its subscription.
  const subscriptionId = name === 'subscription_schedule' || name === 'discount' ? readReference(object, 'subscription') : null;
  if (subscriptionId !== null) return { road: 'fetch', list: 'subscriptions', id: subscriptionId, object: null };
  // Before 2015 a dispute was a part of its charge and had no id.
  const chargeId = name === 'dispute' && id === null ? readReference(object, 'charge') : null;
  if (chargeId !== null) return { road: 'fetch', list: 'charges', id: chargeId, object: null };
  const list = listOfObject[name];
  if (list === undefined || id === null) return { road: 'nothing' };
  return alwaysFetched.has(name) ? { road: 'fetch', list, id, object } : { road: 'snapshot', list, id, object };
}
