/** What refers to what: the fields Stripe lets a caller expand, by object type, and how an id tells its collection. */
import type { CollectionName } from './population.ts';

/** `reference`: an id of a collection; `any`: an id whose prefix tells; `inline`: kept with the object and shown only when asked for. */
export type Expansion =
  | { kind: 'reference'; collection: CollectionName }
  | { kind: 'any' }
  | { kind: 'account' }
  | { kind: 'discounts' }
  | { kind: 'inline' }
  | { kind: 'list'; collection: CollectionName; attribute: string; url: (id: string) => string }
  /** Expandable at Stripe, but of a kind the sandbox does not hold: stays an id. */
  | { kind: 'opaque' };

const to = (collection: CollectionName): Expansion => ({ kind: 'reference', collection });
const opaque: Expansion = { kind: 'opaque' };
const discounts: Expansion = { kind: 'discounts' };

/** Expandable fields by `object` and dotted path inside it. */
export const expansions: Record<string, Record<string, Expansion>> = {
  balance_transaction: { source: { kind: 'any' } },
  charge: {
    application: opaque,
    balance_transaction: to('balance_transactions'),
    customer: to('customers'),
    failure_balance_transaction: to('balance_transactions'),
    on_behalf_of: opaque,
    payment_intent: to('payment_intents'),
    refunds: { kind: 'list', collection: 'refunds', attribute: 'charge', url: (id) => `/v1/charges/${id}/refunds` },
    review: opaque,
  },
  payment_intent: {
    customer: to('customers'),
    latest_charge: to('charges'),
    on_behalf_of: opaque,
    payment_method: opaque,
    review: opaque,
  },
  customer: {
    default_source: opaque,
    'invoice_settings.default_payment_method': opaque,
    subscriptions: {
      kind: 'list',
      collection: 'subscriptions',
      attribute: 'customer',
      url: (id) => `/v1/customers/${id}/subscriptions`,
    },
    test_clock: opaque,
  },
  product: { default_price: to('prices'), tax_code: opaque },
  price: { product: to('products'), tiers: { kind: 'inline' }, currency_options: { kind: 'inline' } },
  plan: { product: to('products'), tiers: { kind: 'inline' } },
  coupon: { applies_to: { kind: 'inline' } },
  discount: { customer: to('customers'), 'source.coupon': to('coupons'), promotion_code: opaque },
  subscription: {
    customer: to('customers'),
    default_payment_method: opaque,
    default_source: opaque,
    discounts,
    latest_invoice: to('invoices'),
    pending_setup_intent: opaque,
    schedule: opaque,
    test_clock: opaque,
  },
  subscription_item: { discounts },
  invoice: {
    customer: to('customers'),
    default_payment_method: opaque,
    default_source: opaque,
    discounts,
    'from_invoice.invoice': to('invoices'),
    latest_revision: to('invoices'),
    'parent.subscription_details.subscription': to('subscriptions'),
    payments: { kind: 'list', collection: 'invoice_payments', attribute: 'invoice', url: (id) => `/v1/invoice_payments?invoice=${id}` },
    test_clock: opaque,
    'total_discount_amounts.discount': discounts,
  },
  line_item: {
    'discount_amounts.discount': discounts,
    discounts,
    'pricing.price_details.price': to('prices'),
    subscription: to('subscriptions'),
  },
  invoice_payment: {
    invoice: to('invoices'),
    'payment.charge': to('charges'),
    'payment.payment_intent': to('payment_intents'),
  },
  invoiceitem: { customer: to('customers'), discounts, invoice: to('invoices'), 'pricing.price_details.price': to('prices'), test_clock: opaque },
  'checkout.session': {
    customer: to('customers'),
    invoice: to('invoices'),
    line_items: { kind: 'inline' },
    payment_intent: to('payment_intents'),
    payment_link: opaque,
    setup_intent: opaque,
    subscription: to('subscriptions'),
  },
  refund: {
    balance_transaction: to('balance_transactions'),
    charge: to('charges'),
    customer: to('customers'),
    failure_balance_transaction: to('balance_transactions'),
    payment_intent: to('payment_intents'),
    source_transfer_reversal: opaque,
    transfer_reversal: opaque,
  },
  dispute: { charge: to('charges'), payment_intent: to('payment_intents') },
  payout: {
    balance_transaction: to('balance_transactions'),
    destination: opaque,
    failure_balance_transaction: to('balance_transactions'),
    original_payout: to('payouts'),
    reversed_by: to('payouts'),
  },
  credit_note: {
    customer: to('customers'),
    customer_balance_transaction: opaque,
    invoice: to('invoices'),
    'refunds.refund': to('refunds'),
  },
};

const collectionByPrefix: Record<string, CollectionName> = {
  ch: 'charges',
  py: 'charges',
  cn: 'credit_notes',
  cs: 'checkout_sessions',
  cus: 'customers',
  dp: 'disputes',
  du: 'disputes',
  evt: 'events',
  ii: 'invoiceitems',
  in: 'invoices',
  inpay: 'invoice_payments',
  pi: 'payment_intents',
  po: 'payouts',
  price: 'prices',
  prod: 'products',
  pyr: 'refunds',
  re: 'refunds',
  si: 'subscription_items',
  sub: 'subscriptions',
  txn: 'balance_transactions',
};

/** The collection an id belongs to, by its prefix. */
export function collectionOfId(id: string): CollectionName | undefined {
  return collectionByPrefix[id.slice(0, id.indexOf('_'))];
}
