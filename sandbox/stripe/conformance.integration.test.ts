import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createCompany } from '../company/index.ts';
import { type Json, isJson } from './object-paths.ts';
import { type CollectionName, collectionNames } from './population.ts';
import { type SandboxWithClient, startWithClient } from './testing/start-with-client.ts';
import { StripeShapes, findSharedFolder } from './testing/stripe-shapes.ts';
import { urlOf } from './lists.ts';

const sharedFolder = findSharedFolder();

/** Up to 300 objects of a collection, from both its ends, as they cross the wire. */
async function sample(world: SandboxWithClient, collection: CollectionName, query = ''): Promise<Json[]> {
  const objects: Json[] = [];
  let cursor = '';
  for (let page = 0; page < 3; page += 1) {
    const { body } = await world.send('GET', `${urlOf(collection)}?limit=100${query}${cursor}`);
    const { data, has_more: hasMore } = body as { data: Json[]; has_more: boolean };
    objects.push(...data);
    if (!hasMore) break;
    cursor = `&starting_after=${String(data.at(-1)?.['id'])}`;
  }
  return objects;
}

/** Each fault once, with the first object that has it. */
function collectFaults(shapes: StripeShapes, objects: Json[]): string[] {
  const faults = new Map<string, string>();
  for (const object of objects) {
    for (const fault of shapes.faultsOf(object)) if (!faults.has(fault)) faults.set(fault, String(object['id']));
  }
  return [...faults].map(([fault, id]) => `${fault} [${id}]`);
}

/** Every kind of object the sandbox makes itself. */
async function makeOneOfEach({ stripe, control }: SandboxWithClient): Promise<void> {
  const customer = await stripe.customers.create({ name: 'Payer', invoice_settings: { default_payment_method: 'pm_card_visa' }, address: { city: 'Albany', country: 'US' } });
  const product = await stripe.products.create({ name: 'Deeds' });
  const price = await stripe.prices.create({ product: product.id, currency: 'usd', unit_amount: 2_900, recurring: { interval: 'month' } });
  await stripe.taxRates.create({ display_name: 'VAT', percentage: 19, inclusive: false, country: 'DE', tax_type: 'vat' });
  const coupon = await stripe.coupons.create({ percent_off: 10, duration: 'forever' });
  const subscription = await stripe.subscriptions.create({ customer: customer.id, items: [{ price: price.id, quantity: 2 }], discounts: [{ coupon: coupon.id }] });
  await stripe.subscriptions.update(subscription.id, { items: [{ id: String(subscription.items.data[0]?.id), quantity: 5 }], proration_behavior: 'always_invoice' });
  await stripe.invoiceItems.create({ customer: customer.id, amount: 500, currency: 'usd' });
  const invoice = await stripe.invoices.create({ customer: customer.id, currency: 'usd', pending_invoice_items_behavior: 'include' });
  const paid = await stripe.invoices.pay(invoice.id);
  await stripe.creditNotes.create({ invoice: paid.id, amount: 100, refund_amount: 100 });
  await stripe.invoices.create({ customer: customer.id, currency: 'usd', collection_method: 'send_invoice' });
  await stripe.paymentIntents.create({ amount: 900, currency: 'usd', confirm: true, payment_method: 'pm_card_createDispute' });
  await expect(stripe.paymentIntents.create({ amount: 900, currency: 'jpy', confirm: true, payment_method: 'pm_card_chargeDeclined' })).rejects.toThrow();
  await stripe.payouts.create({ amount: 100, currency: 'usd' });
  const lineItems = [{ price_data: { currency: 'usd', unit_amount: 700, product_data: { name: 'Filing' } }, quantity: 1 }];
  const session = await stripe.checkout.sessions.create({ mode: 'payment', line_items: lineItems });
  await control('POST', `checkout/${session.id}/complete`);
}

describe.skipIf(sharedFolder === null)(`Stripe's published shapes${sharedFolder === null ? ' (skipped: no ../shared beside the repository, and DAYBOOK_SHARED is not set)' : ''}`, () => {
  const shapes = sharedFolder === null ? null : new StripeShapes(sharedFolder);
  const faultsIn = (objects: Json[]): string[] => (shapes === null ? [] : collectFaults(shapes, objects));

  describe('of the demo company', () => {
    let world: SandboxWithClient;
    beforeAll(async () => {
      const company = createCompany({ size: 'small', seed: 1 });
      world = await startWithClient({ population: company.population });
      for (const { collection, object } of company.breaksAfterRefill()) world.sandbox.insertObjects(collection, [object]);
    });
    afterAll(() => world.sandbox.stop());

    test.each(collectionNames.filter((name) => name !== 'subscription_items'))('%s', async (collection) => {
      const objects = await sample(world, collection, collection === 'subscriptions' ? '&status=all' : '');
      expect(objects.length).toBeGreaterThan(0);
      expect(faultsIn(objects)).toEqual([]);
    });

    test('the judge finds what is wrong: a missing key, another type, an unknown word', async () => {
      const [charge] = await sample(world, 'charges');
      const { balance_transaction: _taken, ...withoutKey } = charge ?? {};
      expect(faultsIn([withoutKey])).toEqual([expect.stringContaining('charge.balance_transaction: missing')]);
      expect(faultsIn([{ ...charge, amount: '5.00' }])).toEqual([expect.stringContaining('charge.amount: string where'), expect.stringContaining('charge/amount: must be integer')]);
      expect(faultsIn([{ ...charge, status: 'thriving' }])).toEqual([expect.stringContaining('must be equal to one of the allowed values')]);
    });

    test('subscription items, invoice lines, session items, the account and the balance', async () => {
      const [subscription] = await sample(world, 'subscriptions');
      const [invoice] = await sample(world, 'invoices');
      const [session] = await sample(world, 'checkout_sessions');
      const paths = [
        `/v1/subscription_items?subscription=${String(subscription?.['id'])}`,
        `/v1/invoices/${String(invoice?.['id'])}/lines`,
        `/v1/checkout/sessions/${String(session?.['id'])}/line_items`,
      ];
      for (const path of paths) {
        const { data } = (await world.send('GET', path)).body as { data: Json[] };
        expect(data.length).toBeGreaterThan(0);
        expect(faultsIn(data)).toEqual([]);
      }
      const balance = (await world.send('GET', '/v1/balance')).body as Json;
      expect(faultsIn([balance]).filter((fault) => !fault.includes('connect_reserved'))).toEqual([]);
    });

    test('what the events carry', async () => {
      const carried = (await sample(world, 'events')).map((event) => (isJson(event['data']) ? event['data']['object'] : null));
      expect(faultsIn(carried.filter(isJson))).toEqual([]);
    });
  });

  describe('of what is made over HTTP', () => {
    let world: SandboxWithClient;
    beforeAll(async () => {
      world = await startWithClient();
      await makeOneOfEach(world);
    });
    afterAll(() => world.sandbox.stop());

    const made: Partial<Record<CollectionName, string>> = { subscriptions: '&status=all' };
    test.each(collectionNames.filter((name) => name !== 'subscription_items'))('%s', async (collection) => {
      const { body } = await world.send('GET', `${urlOf(collection)}?limit=100&created[gte]=${world.sandbox.now()}${made[collection] ?? ''}`);
      const { data } = body as { data: Json[] };
      expect(data.length).toBeGreaterThan(0);
      expect(faultsIn(data)).toEqual([]);
    });

    test('what the events carry', async () => {
      const { body } = await world.send('GET', `/v1/events?limit=100&created[gte]=${world.sandbox.now()}`);
      const carried = (body as { data: { data: { object: Json } }[] }).data.map((event) => event.data.object);
      expect(carried.length).toBeGreaterThan(20);
      expect(faultsIn(carried)).toEqual([]);
    });
  });
});
