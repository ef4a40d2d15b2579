/** Reading and walking Stripe objects, whose fields are `unknown` until looked at. */
import type { CollectionName, StripeObject } from './population.ts';

export type Json = Record<string, unknown>;

export function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value at a dotted path, or undefined when any step is missing. */
export function readPath(object: unknown, path: string): unknown {
  let value: unknown = object;
  for (const key of path.split('.')) {
    if (!isJson(value)) return undefined;
    value = value[key];
  }
  return value;
}

export function readText(object: unknown, path: string): string | undefined {
  const value = readPath(object, path);
  return typeof value === 'string' ? value : undefined;
}

/** The number at a path; 0 when there is none. */
export function readNumber(object: unknown, path: string): number {
  const value = readPath(object, path);
  return typeof value === 'number' ? value : 0;
}

/** The id of a reference, whether it stands as an id or as an object. */
export function readReference(object: unknown, path: string): string | undefined {
  const value = readPath(object, path);
  if (typeof value === 'string') return value;
  return isJson(value) && typeof value['id'] === 'string' ? value['id'] : undefined;
}

/** The elements of an embedded list object (`{ object: 'list', data: […] }`) at a path. */
export function readListData(object: unknown, path: string): Json[] {
  const data = readPath(object, `${path}.data`);
  return Array.isArray(data) ? data.filter(isJson) : [];
}

/** Where a filterable attribute lies in the object, when not under its own name. */
const attributePaths: Partial<Record<CollectionName, Record<string, string>>> = {
  invoices: { subscription: 'parent.subscription_details.subscription' },
  invoiceitems: { subscription: 'parent.subscription_details.subscription' },
  invoice_payments: { payment_intent: 'payment.payment_intent', charge: 'payment.charge' },
  prices: { interval: 'recurring.interval', usage_type: 'recurring.usage_type' },
};

/** Attributes Stripe filters by but does not show on the object; the store keeps them beside it. */
export const hiddenAttributes: Partial<Record<CollectionName, readonly string[]>> = { balance_transactions: ['payout'] };

/** A filterable attribute of an object as text, undefined when null or absent. */
export function readAttribute(collection: CollectionName, object: StripeObject, name: string): string | undefined {
  const path = attributePaths[collection]?.[name] ?? name;
  const value = readPath(object, path);
  if (typeof value === 'boolean' || typeof value === 'number') return String(value);
  return readReference(object, path);
}

/** The object's place in time: `created`, or `date` for invoice items. */
export function readCreated(object: StripeObject): number {
  return typeof object['created'] === 'number' ? object['created'] : readNumber(object, 'date');
}
