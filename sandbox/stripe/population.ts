/**
 * The border between the Stripe-compatible server and whoever fills it: a read-only population of objects, rendered only when asked for,
 * so that a million balance transactions cost a few arrays and not a few gigabytes.
 *
 * The server lays its own mutable objects (what is created or changed over HTTP) over the population.
 */

/** Every list the server speaks; the name is also the path below `/v1/` with `_` for `/`. */
export const collectionNames = [
  'balance_transactions',
  'charges',
  'payment_intents',
  'customers',
  'products',
  'prices',
  'coupons',
  'tax_rates',
  'subscriptions',
  'subscription_items',
  'invoices',
  'invoice_payments',
  'invoiceitems',
  'checkout_sessions',
  'refunds',
  'disputes',
  'payouts',
  'credit_notes',
  'events',
] as const;
export type CollectionName = (typeof collectionNames)[number];

/** A Stripe object as it crosses the wire, in the pinned API version (2026-10-28.endive). */
export interface StripeObject {
  id: string;
  object: string;
  [field: string]: unknown;
}

/** One collection, in ascending order of `created`; ties keep the order of generation. Lists are served from its end. */
export interface PopulatedCollection {
  readonly size: number;
  /** Epoch seconds. */
  createdAt(index: number): number;
  idAt(index: number): string;
  /** -1 when no object has this id. */
  indexOf(id: string): number;
  /** A filterable attribute (`payout`, `type`, `customer`, `status`, `subscription`, `invoice`, `charge`, …) without rendering the object. */
  attribute(index: number, name: string): string | undefined;
  /** A fresh plain object each time: the caller may change it. References are ids, never expanded objects. */
  render(index: number): StripeObject;
}

export interface Population {
  /** The `GET /v1/account` object. */
  readonly account: StripeObject;
  /** The sandbox's present moment, epoch seconds: events older than 30 days before it are gone. */
  readonly nowSeconds: number;
  collection(name: CollectionName): PopulatedCollection;
  /** The `GET /v1/balance` object. */
  balance(): StripeObject;
}
