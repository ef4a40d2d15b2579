/** The Stripe population of the company: facts in order of creation, rendered when asked for. */
import { collectionNames, type CollectionName, type PopulatedCollection, type Population, type StripeObject } from '../stripe/population.ts';
import { nowSeconds } from './calendar.ts';
import { coupons, prices, products, taxRates } from './catalog.ts';
import type { World } from './facts.ts';
import type { Kind } from './identifiers.ts';
import { renderAccount, renderCoupon, renderCustomer, renderProduct, renderSubscription, renderSubscriptionItem, statusOf } from './render/catalog-objects.ts';
import { renderEvent } from './render/events.ts';
import {
  invoicePaymentStatusOf,
  invoiceStatusOf,
  renderCreditNote,
  renderInvoice,
  renderInvoiceItem,
  renderInvoicePayment,
  renderTaxRate,
} from './render/invoice-objects.ts';
import { payoutStatusOf, renderPayout, renderTransaction, sourceIdOf } from './render/balance-objects.ts';
import { disputeStatusOf, renderCharge, renderDispute, renderIntent, renderRefund } from './render/money-objects.ts';
import { renderSession, sessionStatusOf } from './render/session-objects.ts';
import { catalogSeconds, renderPrice } from './render/parts.ts';

interface Shape<T> {
  kind: Kind;
  facts: readonly T[];
  created(fact: T): number;
  render(fact: T): StripeObject;
  /** Filterable attributes that need no rendering; others are read off the rendered object. */
  attributes: Record<string, (fact: T) => string | undefined>;
  isAbsent?(fact: T): boolean;
}

const createdPlaces = 2 ** 26;

/** Positions in order of creation, ties in order of generation, found by sorting (created, number) packed into one double. */
function orderOf<T>(shape: Shape<T>): { order: Uint32Array; ranks: Int32Array } {
  const { facts } = shape;
  const keys = new Float64Array(facts.length);
  let count = 0;
  facts.forEach((fact, number) => {
    if (shape.isAbsent?.(fact) !== true) {
      keys[count] = (shape.created(fact) - catalogSeconds) * createdPlaces + number;
      count += 1;
    }
  });
  const order = new Uint32Array(count);
  const ranks = new Int32Array(facts.length).fill(-1);
  keys.subarray(0, count).sort().forEach((key, position) => {
    const number = key % createdPlaces;
    order[position] = number;
    ranks[number] = position;
  });
  return { order, ranks };
}

function collectionOf<T>(world: World, shape: Shape<T>): PopulatedCollection {
  const { order, ranks } = orderOf(shape);
  const factAt = (index: number): T => {
    const number = order[index];
    const fact = number === undefined ? undefined : shape.facts[number];
    if (fact === undefined) {
      throw new RangeError(`There is no object ${index} in this collection.`);
    }
    return fact;
  };
  return {
    size: order.length,
    createdAt: (index) => shape.created(factAt(index)),
    idAt: (index) => {
      const number = order[index];
      if (number === undefined) {
        throw new RangeError(`There is no object ${index} in this collection.`);
      }
      return world.ids.idOf(shape.kind, number);
    },
    indexOf: (id) => {
      const number = world.ids.numberOf(shape.kind, id);
      return number < 0 ? -1 : (ranks[number] ?? -1);
    },
    attribute: (index, name) => {
      const known = shape.attributes[name];
      return known === undefined ? textOf(shape.render(factAt(index))[name]) : known(factAt(index));
    },
    render: (index) => shape.render(factAt(index)),
  };
}

function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') {
    return value;
  }
  return typeof value === 'boolean' || typeof value === 'number' ? String(value) : undefined;
}

/** Coupons are the one collection whose ids were chosen by people. */
function couponCollection(world: World): PopulatedCollection {
  const redeemed = coupons.map(() => 0);
  for (const discount of world.discounts) {
    redeemed[discount.coupon] = (redeemed[discount.coupon] ?? 0) + 1;
  }
  const couponAt = (index: number): StripeObject => {
    const coupon = coupons[index];
    if (coupon === undefined) {
      throw new RangeError(`There is no coupon ${index}.`);
    }
    return renderCoupon(coupon, redeemed[index] ?? 0);
  };
  return {
    size: coupons.length,
    createdAt: () => catalogSeconds,
    idAt: (index) => couponAt(index).id,
    indexOf: (id) => coupons.findIndex((coupon) => coupon.id === id),
    attribute: (index, name) => textOf(couponAt(index)[name]),
    render: couponAt,
  };
}

/** Tax rates are of the catalogue, as coupons are; every customer's country has had the same one all the time. */
function taxRateCollection(world: World): PopulatedCollection {
  const rateAt = (index: number): StripeObject => renderTaxRate(world, index);
  return {
    size: taxRates.length,
    createdAt: (index) => Number(rateAt(index)['created']),
    idAt: (index) => rateAt(index).id,
    indexOf: (id) => taxRates.findIndex((rate) => rateAt(rate.number).id === id),
    attribute: (index, name) => textOf(rateAt(index)[name]),
    render: rateAt,
  };
}

function shapesOf(world: World): Record<Exclude<CollectionName, 'coupons' | 'tax_rates'>, PopulatedCollection> {
  return { ...peopleAndPlans(world), ...billingCollections(world), ...moneyCollections(world) };
}

type Some<K extends CollectionName> = Record<K, PopulatedCollection>;

function peopleAndPlans(world: World): Some<'customers' | 'products' | 'prices' | 'subscriptions' | 'subscription_items' | 'events'> {
  const { ids } = world;
  const at = nowSeconds;
  return {
    customers: collectionOf(world, {
      kind: 'customer',
      facts: world.customers,
      created: (customer) => customer.created,
      render: (customer) => renderCustomer(world, customer, at),
      attributes: { email: (customer) => customer.email },
    }),
    products: collectionOf(world, {
      kind: 'product',
      facts: products,
      created: () => catalogSeconds,
      render: (product) => renderProduct(world, product),
      attributes: {},
    }),
    prices: collectionOf(world, {
      kind: 'price',
      facts: prices,
      created: () => catalogSeconds,
      render: (price) => renderPrice(world, price),
      attributes: {},
    }),
    subscriptions: collectionOf(world, {
      kind: 'subscription',
      facts: world.subscriptions,
      created: (subscription) => subscription.created,
      render: (subscription) => renderSubscription(world, subscription, at),
      attributes: {
        customer: (subscription) => ids.idOf('customer', subscription.customer.number),
        status: (subscription) => statusOf(subscription, at),
        price: (subscription) => ids.idOf('price', subscription.item.states.at(-1)?.price ?? 0),
        collection_method: () => 'charge_automatically',
      },
    }),
    subscription_items: collectionOf(world, {
      kind: 'subscriptionItem',
      facts: world.items,
      created: (item) => item.subscription.created,
      render: (item) => renderSubscriptionItem(world, item, at),
      attributes: { subscription: (item) => ids.idOf('subscription', item.subscription.number) },
    }),
    events: collectionOf(world, {
      kind: 'event',
      facts: world.events.map((event, number) => ({ event, number })),
      created: ({ event }) => event.created,
      render: ({ number }) => renderEvent(world, number),
      attributes: { type: ({ event }) => event.type },
    }),
  };
}

function billingCollections(world: World): Some<'invoices' | 'invoice_payments' | 'invoiceitems' | 'credit_notes' | 'checkout_sessions'> {
  const { ids } = world;
  const at = nowSeconds;
  const customerId = (fact: { customer: { number: number } }): string => ids.idOf('customer', fact.customer.number);
  return {
    invoices: collectionOf(world, {
      kind: 'invoice',
      facts: world.invoices,
      created: (invoice) => invoice.created,
      render: (invoice) => renderInvoice(world, invoice, at),
      attributes: {
        customer: customerId,
        status: (invoice) => invoiceStatusOf(invoice, at),
        subscription: ({ subscription }) => (subscription === null ? undefined : ids.idOf('subscription', subscription.number)),
        collection_method: (invoice) => (invoice.daysUntilDue < 0 ? 'charge_automatically' : 'send_invoice'),
      },
    }),
    invoice_payments: collectionOf(world, {
      kind: 'invoicePayment',
      facts: world.invoicePayments,
      created: (payment) => payment.created,
      render: (payment) => renderInvoicePayment(world, payment, at),
      attributes: {
        invoice: ({ invoice }) => ids.idOf('invoice', invoice.number),
        payment_intent: ({ invoice: { intent } }) => (intent === null ? undefined : ids.idOf('intent', intent.number)),
        status: (payment) => invoicePaymentStatusOf(payment, at),
      },
    }),
    invoiceitems: collectionOf(world, {
      kind: 'invoiceItem',
      facts: world.invoiceItems,
      created: (item) => item.created,
      render: (item) => renderInvoiceItem(world, item, at),
      attributes: {
        customer: customerId,
        invoice: ({ line }) => (line === null ? undefined : ids.idOf('invoice', line.invoice.number)),
        pending: ({ line }) => String(line === null),
      },
    }),
    credit_notes: collectionOf(world, {
      kind: 'creditNote',
      facts: world.creditNotes,
      created: (note) => note.created,
      render: (note) => renderCreditNote(world, note),
      attributes: { customer: ({ invoice }) => customerId(invoice), invoice: ({ invoice }) => ids.idOf('invoice', invoice.number) },
    }),
    checkout_sessions: collectionOf(world, {
      kind: 'checkoutSession',
      facts: world.sessions,
      created: (session) => session.created,
      render: (session) => renderSession(world, session, at),
      attributes: {
        customer: customerId,
        status: (session) => sessionStatusOf(session, at),
        payment_intent: ({ intent }) => (intent === null ? undefined : ids.idOf('intent', intent.number)),
        subscription: () => undefined,
      },
    }),
  };
}

function moneyCollections(world: World): Some<'balance_transactions' | 'charges' | 'payment_intents' | 'refunds' | 'disputes' | 'payouts'> {
  const { ids } = world;
  const at = nowSeconds;
  return {
    balance_transactions: collectionOf(world, {
      kind: 'transaction',
      facts: world.transactions,
      created: (transaction) => transaction.created,
      render: (transaction) => renderTransaction(world, transaction, at),
      isAbsent: (transaction) => transaction.isLate,
      attributes: {
        type: (transaction) => transaction.type,
        currency: (transaction) => transaction.currency,
        source: (transaction) => sourceIdOf(world, transaction) ?? undefined,
        payout: ({ payout }) => (payout < 0 ? undefined : ids.idOf('payout', payout)),
      },
    }),
    charges: collectionOf(world, {
      kind: 'charge',
      facts: world.charges,
      created: (charge) => charge.created,
      render: (charge) => renderCharge(world, charge, at),
      isAbsent: (charge) => charge.transaction?.isLate === true,
      attributes: {
        customer: ({ intent }) => ids.idOf('customer', intent.customer.number),
        payment_intent: ({ intent }) => ids.idOf('intent', intent.number),
        status: (charge) => (charge.isPaid ? 'succeeded' : 'failed'),
        transfer_group: () => undefined,
      },
    }),
    payment_intents: collectionOf(world, {
      kind: 'intent',
      facts: world.intents,
      created: (intent) => intent.created,
      render: (intent) => renderIntent(world, intent, at),
      isAbsent: (intent) => intent.charges.some((charge) => charge.transaction?.isLate === true),
      attributes: { customer: ({ customer }) => ids.idOf('customer', customer.number) },
    }),
    refunds: collectionOf(world, {
      kind: 'refund',
      facts: world.refunds,
      created: (refund) => refund.created,
      render: (refund) => renderRefund(world, refund),
      attributes: {
        charge: ({ charge }) => ids.idOf('charge', charge.number),
        payment_intent: ({ charge }) => ids.idOf('intent', charge.intent.number),
      },
    }),
    disputes: collectionOf(world, {
      kind: 'dispute',
      facts: world.disputes,
      created: (dispute) => dispute.created,
      render: (dispute) => renderDispute(world, dispute, at),
      attributes: {
        charge: ({ charge }) => ids.idOf('charge', charge.number),
        payment_intent: ({ charge }) => ids.idOf('intent', charge.intent.number),
        status: (dispute) => disputeStatusOf(dispute, at),
      },
    }),
    payouts: collectionOf(world, {
      kind: 'payout',
      facts: world.payouts,
      created: (payout) => payout.created,
      render: (payout) => renderPayout(world, payout, at),
      attributes: { status: (payout) => payoutStatusOf(payout, at), currency: (payout) => payout.currency },
    }),
  };
}

/** The `GET /v1/balance` object: what is available and what is pending, per settlement currency. */
function renderBalance(world: World): StripeObject {
  const sums = new Map<string, { available: number; pending: number }>();
  for (const transaction of world.transactions) {
    if (!transaction.isLate) {
      const sum = sums.get(transaction.currency) ?? { available: 0, pending: 0 };
      sum[transaction.availableOn <= nowSeconds ? 'available' : 'pending'] += transaction.amount - transaction.fee;
      sums.set(transaction.currency, sum);
    }
  }
  const entries = (kind: 'available' | 'pending'): Record<string, unknown>[] =>
    [...sums].map(([currency, sum]) => ({ amount: sum[kind], currency, source_types: { card: sum[kind] } }));
  return { id: 'balance', object: 'balance', available: entries('available'), livemode: false, pending: entries('pending') };
}

/** The population the sandbox's Stripe server serves. */
export function createPopulation(world: World): Population {
  const collections = { ...shapesOf(world), coupons: couponCollection(world), tax_rates: taxRateCollection(world) };
  for (const name of collectionNames) {
    if (collections[name] === undefined) {
      throw new Error(`The population lacks ${name}.`);
    }
  }
  return {
    account: renderAccount(world),
    nowSeconds,
    collection: (name) => collections[name],
    balance: () => renderBalance(world),
  };
}
