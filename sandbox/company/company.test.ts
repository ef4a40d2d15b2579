import { describe, expect, it } from 'vitest';
import { collectionNames, type CollectionName, type StripeObject } from '../stripe/population.ts';
import { nowSeconds } from './calendar.ts';
import { createCompany, type Company } from './company.ts';
import { everyObject } from './testing/rebuild-mrr.ts';

type Loose = Record<string, unknown>;
const cases = [
  { size: 'small', seed: 1 },
  { size: 'small', seed: 2 },
] as const;

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function numberIn(object: Loose, field: string): number {
  const value = object[field];
  if (typeof value !== 'number') {
    throw new Error(`${String(object.id)}.${field} is ${String(value)}, not a number.`);
  }
  return value;
}

function dataOf(list: unknown): Loose[] {
  return (list as { data: Loose[] }).data;
}

/** Every string in an object that looks like a Stripe id of a collection, with the path it stands at. */
const collectionByPrefix: Record<string, CollectionName> = {
  ch: 'charges', cn: 'credit_notes', cus: 'customers', du: 'disputes', ii: 'invoiceitems', in: 'invoices', inpay: 'invoice_payments', pi: 'payment_intents',
  po: 'payouts', price: 'prices', prod: 'products', re: 'refunds', si: 'subscription_items', sub: 'subscriptions', txn: 'balance_transactions', cs: 'checkout_sessions',
};
const idPattern = /^(ch|cn|cus|du|ii|in|inpay|pi|po|price|prod|re|si|sub|txn|cs_test)_1[A-Za-z0-9]{21}$/;

function* referencesIn(value: unknown): Generator<string> {
  if (typeof value === 'string') {
    if (idPattern.test(value)) {
      yield value;
    }
  } else if (typeof value === 'object' && value !== null) {
    for (const inner of Object.values(value)) {
      yield* referencesIn(inner);
    }
  }
}

describe.each(cases)('the $size company, seed $seed', ({ size, seed }) => {
  const company = createCompany({ size, seed });
  const { population, manifest } = company;

  it('is the same company every time, and another one for another seed', () => {
    const again = createCompany({ size, seed });
    expect(again.manifest).toEqual(manifest);
    for (const name of collectionNames) {
      expect(JSON.stringify(everyObject(again.population, name))).toBe(JSON.stringify(everyObject(population, name)));
    }
    expect(again.partnerBook).toEqual(company.partnerBook);
    expect(createCompany({ size, seed: seed + 100 }).manifest.gatewayAccountId).not.toBe(manifest.gatewayAccountId);
  });

  it('lists every collection in order of creation, up to now, with ids that are found again', () => {
    for (const name of collectionNames) {
      const collection = population.collection(name);
      let before = 0;
      for (let index = 0; index < collection.size; index += 1) {
        const created = collection.createdAt(index);
        expect(created).toBeGreaterThanOrEqual(before);
        expect(created).toBeLessThanOrEqual(nowSeconds);
        expect(collection.indexOf(collection.idAt(index))).toBe(index);
        before = created;
      }
      expect(collection.indexOf('xx_unknown')).toBe(-1);
      expect(manifest.counts[name]).toBe(collection.size);
    }
  });

  it('lets nothing of a customer happen before they are there', () => {
    const customers = population.collection('customers');
    for (const name of ['subscriptions', 'invoices', 'charges', 'checkout_sessions'] as const) {
      for (const object of everyObject(population, name)) {
        expect(customers.createdAt(customers.indexOf(object.customer as string))).toBeLessThanOrEqual(numberIn(object, 'created'));
      }
    }
  });

  it('gives attributes that agree with the objects', () => {
    const fields: Partial<Record<CollectionName, string[]>> = {
      balance_transactions: ['type', 'currency', 'source'], charges: ['customer', 'payment_intent', 'status'], invoices: ['customer', 'status', 'collection_method'],
      subscriptions: ['customer', 'status'], refunds: ['charge', 'payment_intent'], disputes: ['charge', 'status'], payouts: ['status'],
      checkout_sessions: ['customer', 'payment_intent', 'status'], invoiceitems: ['customer', 'invoice'], events: ['type'], prices: ['product', 'type'], customers: ['email'],
    };
    for (const [name, names] of Object.entries(fields)) {
      const collection = population.collection(name as CollectionName);
      for (let index = 0; index < collection.size; index += 7) {
        const object = collection.render(index);
        for (const field of names) {
          expect([name, field, collection.attribute(index, field)]).toEqual([name, field, object[field] ?? undefined]);
        }
      }
    }
  });

  it('has unique ids throughout, and references that all resolve but those of money that went back without a payment', () => {
    const seen = new Set<string>();
    const withoutPayment = new Set(manifest.plantedBreaks.filter(({ reason }) => reason === 'orphan-refund' || reason === 'dispute-without-write-off').map(({ objectId }) => objectId));
    for (const name of collectionNames) {
      for (const object of everyObject(population, name)) {
        expect(seen.has(object.id)).toBe(false);
        seen.add(object.id);
        for (const reference of referencesIn(object)) {
          const target = collectionByPrefix[reference.slice(0, reference.indexOf('_'))];
          const found = target === undefined ? -1 : population.collection(target).indexOf(reference);
          if (found < 0 && !withoutPayment.has(object.id)) {
            throw new Error(`${object.id} names ${reference}, which does not exist.`);
          }
        }
      }
    }
    const lineIds = everyObject(population, 'invoices').flatMap((invoice) => dataOf(invoice.lines).map((line) => line.id));
    expect(new Set(lineIds).size).toBe(lineIds.length);
  });

  it('adds its invoices up: lines − discounts + taxes = total, what is due and paid, KWD ending in 0', () => {
    for (const invoice of everyObject(population, 'invoices')) {
      checkInvoice(invoice);
    }
  });

  it('pays every paid invoice by exactly its payment intent, charge and balance transaction', () => {
    const payments = new Map(everyObject(population, 'invoice_payments').map((payment) => [payment.invoice as string, payment]));
    for (const invoice of everyObject(population, 'invoices')) {
      const payment = payments.get(invoice.id);
      if (payment === undefined) {
        expect([invoice.id, invoice.status === 'paid' ? invoice.amount_due : 0]).toEqual([invoice.id, 0]);
        continue;
      }
      const intents = population.collection('payment_intents');
      const intent = intents.render(intents.indexOf((payment.payment as Loose).payment_intent as string));
      expect([intent.amount_received, intent.amount]).toEqual([invoice.amount_paid, invoice.amount_due]);
      expect(payment.status === 'paid').toBe(invoice.status === 'paid');
    }
  });

  it('ties its money: transactions to the balance, payouts to what they pay', () => {
    const transactions = population.collection('balance_transactions');
    const byCurrency = new Map<string, number>();
    const byPayout = new Map<string, number>();
    for (let index = 0; index < transactions.size; index += 1) {
      const transaction = transactions.render(index);
      const net = numberIn(transaction, 'amount') - numberIn(transaction, 'fee');
      expect(transaction.net).toBe(net);
      expect(transaction.status).toBe(numberIn(transaction, 'available_on') <= nowSeconds ? 'available' : 'pending');
      expect(sum((transaction.fee_details as Loose[]).map((detail) => numberIn(detail, 'amount')))).toBe(transaction.fee);
      const currency = transaction.currency as string;
      byCurrency.set(currency, (byCurrency.get(currency) ?? 0) + net);
      const payout = transactions.attribute(index, 'payout');
      if (payout !== undefined && transaction.type !== 'payout') {
        byPayout.set(payout, (byPayout.get(payout) ?? 0) + net);
      }
    }
    const balance = population.balance();
    for (const { currency, atCreationMinor } of manifest.stripeBalance) {
      const shown = [...(balance.available as Loose[]), ...(balance.pending as Loose[])].filter((entry) => entry.currency === currency);
      expect([currency, byCurrency.get(currency)]).toEqual([currency, atCreationMinor]);
      expect(sum(shown.map((entry) => numberIn(entry, 'amount')))).toBe(atCreationMinor);
    }
    for (const payout of everyObject(population, 'payouts')) {
      expect([payout.id, byPayout.get(payout.id)]).toEqual([payout.id, payout.amount]);
    }
    expect(byPayout.size).toBe(population.collection('payouts').size);
    expect(new Set(byCurrency.keys())).toEqual(new Set(['usd', 'eur', 'gbp']));
  });

  it('earns per month what its balance transactions say', () => {
    const total = (field: 'grossMinor' | 'feesMinor' | 'refundsMinor', currency: string): number =>
      sum(manifest.revenue.filter((row) => row.currency === currency).map((row) => row[field]));
    for (const currency of ['usd', 'eur', 'gbp']) {
      const own = everyObject(population, 'balance_transactions').filter((transaction) => transaction.currency === currency);
      const of = (...types: string[]): number => sum(own.filter((one) => types.includes(one.type as string)).map((one) => numberIn(one, 'amount')));
      expect(total('grossMinor', currency)).toBe(of('charge', 'payment'));
      expect(total('refundsMinor', currency)).toBe(-of('refund', 'payment_refund'));
      expect(total('feesMinor', currency)).toBe(sum(own.map((one) => numberIn(one, 'fee'))) - of('stripe_fee'));
    }
    expect(manifest.revenue.every((row) => row.netMinor === row.grossMinor - row.feesMinor - row.refundsMinor)).toBe(true);
  });

  it('tells events only of the last 30 days, about objects that are there', () => {
    const events = everyObject(population, 'events');
    expect(events.length).toBeGreaterThan(300);
    const latest = new Map<string, StripeObject>();
    for (const event of events) {
      expect(numberIn(event, 'created')).toBeGreaterThan(nowSeconds - 30 * 86_400);
      const { object } = event.data as { object: StripeObject };
      expect(object.object).not.toBe('balance_transaction');
      latest.set(`${object.object} ${object.id}`, object);
    }
    // The last event about an invoice shows it as it is now, whatever came before.
    const invoices = population.collection('invoices');
    for (const object of latest.values()) {
      if (object.object === 'invoice') {
        const present = invoices.render(invoices.indexOf(object.id));
        expect([object.id, object.status, object.total]).toEqual([object.id, present.status, present.total]);
      }
    }
  });

  it('holds everything the specification names', () => {
    expect(missingFeatures(company)).toEqual([]);
  });
});

function checkInvoice(invoice: StripeObject): void {
  const lines = dataOf(invoice.lines);
  const discounts = sum(lines.flatMap((line) => (line.discount_amounts as Loose[]).map((entry) => numberIn(entry, 'amount'))));
  const taxes = sum(lines.flatMap((line) => (line.taxes as Loose[]).map((entry) => numberIn(entry, 'amount'))));
  const subtotal = sum(lines.map((line) => numberIn(line, 'amount')));
  expect([invoice.id, invoice.subtotal, invoice.total_excluding_tax, invoice.total]).toEqual([invoice.id, subtotal, subtotal - discounts, subtotal - discounts + taxes]);
  expect(sum((invoice.total_discount_amounts as Loose[]).map((entry) => numberIn(entry, 'amount')))).toBe(discounts);
  expect(sum((invoice.total_taxes as Loose[]).map((entry) => numberIn(entry, 'amount')))).toBe(taxes);
  const due = numberIn(invoice, 'total') + numberIn(invoice, 'starting_balance') - numberIn(invoice, 'pre_payment_credit_notes_amount');
  expect(numberIn(invoice, 'amount_due') + (invoice.status === 'draft' ? 0 : numberIn(invoice, 'ending_balance'))).toBe(invoice.status === 'draft' ? Math.max(0, due) : due);
  expect(numberIn(invoice, 'amount_paid') + numberIn(invoice, 'amount_remaining')).toBe(invoice.amount_due);
  expect(invoice.number === null).toBe(invoice.status === 'draft');
  if (invoice.currency === 'kwd') {
    const amounts = [...lines.map((line) => numberIn(line, 'amount')), discounts, taxes, numberIn(invoice, 'total')];
    expect(amounts.every((amount) => amount % 10 === 0)).toBe(true);
  }
}

/** What a company of any size must have, by name; those it lacks are returned. */
function missingFeatures({ population, manifest, world }: Company): string[] {
  const has = (name: CollectionName, test: (object: StripeObject) => boolean): boolean => everyObject(population, name).some(test);
  const lines = everyObject(population, 'invoices').flatMap((invoice) => dataOf(invoice.lines).map((line) => ({ invoice, line })));
  const isProration = (line: Loose): boolean => ((line.parent as Loose).subscription_item_details as Loose | null)?.proration === true;
  const features: Record<string, boolean> = {
    'every subscription status': ['active', 'canceled', 'past_due', 'trialing', 'incomplete_expired'].every((status) => has('subscriptions', (one) => one.status === status)),
    'every invoice status': ['paid', 'open', 'void', 'uncollectible'].every((status) => has('invoices', (one) => one.status === status)),
    'a cancellation that waits for the period end': has('subscriptions', (one) => one.status === 'active' && one.cancel_at_period_end === true),
    'prorations invoiced at once': lines.some(({ invoice, line }) => isProration(line) && invoice.billing_reason === 'subscription_update'),
    'prorations on the next invoice': lines.some(({ invoice, line }) => isProration(line) && invoice.billing_reason === 'subscription_cycle'),
    'a credit balance used later': has('invoices', (one) => numberIn(one, 'starting_balance') < 0 && numberIn(one, 'amount_paid') > 0),
    'a trial line of nothing': lines.some(({ line }) => line.amount === 0 && ((line.pricing as Loose).unit_amount_decimal as string) === '0'),
    'every currency': ['usd', 'eur', 'gbp', 'jpy', 'kwd'].every((currency) => has('charges', (one) => one.currency === currency && one.status === 'succeeded')),
    'converted payments': has('balance_transactions', (one) => one.type === 'charge' && one.exchange_rate !== null),
    'every type of transaction': ['charge', 'payment', 'refund', 'adjustment', 'stripe_fee', 'payout', 'payout_failure'].every((type) => has('balance_transactions', (one) => one.type === type)),
    'disputes lost and won': ['lost', 'won'].every((status) => has('disputes', (one) => one.status === status)),
    'failed charges': has('charges', (one) => one.status === 'failed'),
    'credit notes before and after payment': ['pre_payment', 'post_payment'].every((type) => has('credit_notes', (one) => one.type === type)),
    'checkouts paid and expired': ['complete', 'expired'].every((status) => has('checkout_sessions', (one) => one.status === status)),
    'filing fees on subscription invoices': lines.some(({ invoice, line }) => invoice.parent !== null && (line.parent as Loose).type === 'invoice_item_details'),
    'every coupon': everyObject(population, 'coupons').every((coupon) => numberIn(coupon, 'times_redeemed') > 0),
    'customers with two subscriptions': world.customers.some((customer) => customer.subscriptions.filter((one) => one.endedAt === 0).length > 1),
    'all months': new Set(manifest.revenue.map((row) => row.month)).size === 36,
  };
  return Object.entries(features).flatMap(([name, isThere]) => (isThere ? [] : [name]));
}
