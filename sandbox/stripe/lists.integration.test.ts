import type Stripe from 'stripe';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type SandboxWithClient, createClient, startWithClient } from './testing/start-with-client.ts';
import { worldNow } from './testing/small-world.ts';

let world: SandboxWithClient;
let stripe: Stripe;
const day = 86_400;

beforeAll(async () => {
  world = await startWithClient();
  stripe = world.stripe;
});
afterAll(() => world.sandbox.stop());

const ids = (list: { data: { id: string }[] }): string[] => list.data.map(({ id }) => id);

describe('pages', () => {
  test('the real client walks a whole list, newest first', async () => {
    const seen: string[] = [];
    for await (const charge of stripe.charges.list({ limit: 100 })) seen.push(charge.id);
    expect(seen).toEqual(Array.from({ length: 230 }, (_, at) => `ch_${String(230 - at).padStart(3, '0')}`));
  });

  test('a page has ten objects unless asked otherwise, and says whether there are more', async () => {
    const first = await stripe.charges.list();
    expect(first).toMatchObject({ object: 'list', has_more: true, url: '/v1/charges' });
    expect(first.data).toHaveLength(10);
    const last = await stripe.charges.list({ limit: 10, starting_after: 'ch_011' });
    expect([last.data.length, last.data.at(-1)?.id, last.has_more]).toEqual([10, 'ch_001', false]);
  });

  test('ending_before gives the objects just newer than the cursor, in list order', async () => {
    const page = await stripe.charges.list({ limit: 3, ending_before: 'ch_100' });
    expect([ids(page), page.has_more]).toEqual([['ch_103', 'ch_102', 'ch_101'], true]);
    const newest = await stripe.charges.list({ limit: 3, ending_before: 'ch_229' });
    expect([ids(newest), newest.has_more]).toEqual([['ch_230'], false]);
  });

  test('checkout sessions lie below checkout/', async () => {
    expect(await stripe.checkout.sessions.list()).toMatchObject({ url: '/v1/checkout/sessions', data: [] });
  });
});

describe('filters', () => {
  test('created as a range and as a second', async () => {
    const { created } = await stripe.charges.retrieve('ch_100');
    expect(ids(await stripe.charges.list({ created }))).toEqual(['ch_100']);
    expect(ids(await stripe.charges.list({ created: { gt: created, lte: created + 2 * day } }))).toEqual(['ch_102', 'ch_101']);
    expect(ids(await stripe.charges.list({ created: { gte: created, lt: created + day } }))).toEqual(['ch_100']);
  });

  test('the transactions of a payout, which no field of theirs shows', async () => {
    const page = await stripe.balanceTransactions.list({ payout: 'po_001', limit: 100 });
    expect(page.data).toHaveLength(25);
    expect(page.data[0]).not.toHaveProperty('payout');
    expect(ids(await stripe.balanceTransactions.list({ source: 'ch_007' }))).toEqual(['txn_007']);
    expect((await stripe.balanceTransactions.list({ type: 'refund' })).data).toEqual([]);
    expect((await stripe.balanceTransactions.list({ currency: 'eur' })).data).toEqual([]);
  });

  test('a filtered list is paged like any other', async () => {
    const whole: string[] = [];
    for await (const charge of stripe.charges.list({ customer: 'cus_005', limit: 3 })) whole.push(charge.id);
    expect(whole).toHaveLength(19);
    expect(new Set(whole).size).toBe(19);
    const page = await stripe.charges.list({ customer: 'cus_005', limit: 2, ending_before: whole[2] ?? '' });
    expect(ids(page)).toEqual(whole.slice(0, 2));
  });

  test('subscriptions: canceled ones only when asked for', async () => {
    expect((await stripe.subscriptions.list({ limit: 100 })).data).toHaveLength(11);
    expect((await stripe.subscriptions.list({ limit: 100, status: 'all' })).data).toHaveLength(12);
    expect(ids(await stripe.subscriptions.list({ status: 'canceled' }))).toEqual(['sub_012']);
    expect(ids(await stripe.subscriptions.list({ status: 'trialing' }))).toEqual(['sub_011']);
    expect(await stripe.subscriptions.list({ price: 'price_pro', status: 'all' })).toMatchObject({ data: Array.from({ length: 6 }, () => ({})) });
    expect(ids(await stripe.subscriptionItems.list({ subscription: 'sub_003' }))).toEqual(['si_003']);
  });

  test('invoice payments by invoice and by payment intent', async () => {
    expect(ids(await stripe.invoicePayments.list({ invoice: 'in_002' }))).toEqual(['inpay_001']);
    expect(ids(await stripe.invoicePayments.list({ payment: { type: 'payment_intent', payment_intent: 'pi_004' } }))).toEqual(['inpay_004']);
  });

  test('invoices by subscription and status', async () => {
    expect(ids(await stripe.invoices.list({ subscription: 'sub_004' }))).toEqual(['in_004']);
    expect(ids(await stripe.invoices.list({ status: 'open' }))).toEqual(['in_012', 'in_009', 'in_006', 'in_003']);
  });
});

describe('events', () => {
  test('are forgotten after 30 days', async () => {
    const kept: Stripe.Event[] = [];
    for await (const event of stripe.events.list({ limit: 100 })) kept.push(event);
    expect(kept).toHaveLength(30);
    expect(Math.min(...kept.map(({ created }) => created))).toBeGreaterThanOrEqual(worldNow - 30 * day);
    expect((await stripe.events.list({ created: { lt: worldNow - 30 * day } })).data).toEqual([]);
    await expect(stripe.events.retrieve('evt_000')).rejects.toMatchObject({ statusCode: 404, code: 'resource_missing' });
    expect(await stripe.events.retrieve('evt_059')).toMatchObject({ id: 'evt_059' });
  });

  test('by type, by types and by prefix', async () => {
    expect((await stripe.events.list({ type: 'customer.created', limit: 100 })).data).toHaveLength(15);
    expect((await stripe.events.list({ types: ['customer.created', 'customer.updated'], limit: 100 })).data).toHaveLength(30);
    expect((await stripe.events.list({ type: 'customer.*', limit: 100 })).data).toHaveLength(30);
    expect((await stripe.events.list({ type: 'invoice.paid', limit: 100 })).data).toEqual([]);
  });
});

describe('expand', () => {
  test('references become objects, on lists and on single objects, several levels deep', async () => {
    const charge = await stripe.charges.retrieve('ch_005', { expand: ['customer', 'balance_transaction', 'payment_intent.latest_charge'] });
    expect(charge).toMatchObject({ customer: { object: 'customer', id: 'cus_006' }, balance_transaction: { fee: 60 }, payment_intent: { latest_charge: { id: 'ch_005' } } });
    const list = await stripe.balanceTransactions.list({ limit: 2, expand: ['data.source.payment_intent.customer'] });
    expect(list.data[0]).toMatchObject({ source: { object: 'charge', payment_intent: { customer: { email: expect.stringContaining('@') } } } });
  });

  test('discounts are ids until expanded', async () => {
    expect((await stripe.subscriptions.retrieve('sub_001')).discounts).toEqual(['di_loyal']);
    const expanded = await stripe.subscriptions.retrieve('sub_001', { expand: ['discounts', 'discounts.source.coupon'] });
    expect(expanded.discounts[0]).toMatchObject({ id: 'di_loyal', source: { coupon: { id: 'loyal10', percent_off: 10 } } });
    const [invoice] = (await stripe.invoices.list({ subscription: 'sub_001', expand: ['data.discounts'] })).data;
    expect(invoice?.discounts[0]).toMatchObject({ source: { coupon: 'loyal10' } });
  });

  test('lists that are made when asked for: an invoice’s payments, a charge’s refunds, a line’s price', async () => {
    const invoice = await stripe.invoices.retrieve('in_002', { expand: ['payments', 'customer.subscriptions'] });
    expect(invoice).toMatchObject({ payments: { data: [{ id: 'inpay_001' }] }, customer: { subscriptions: { data: [{ id: 'sub_002' }] } } });
    const lines = await stripe.invoices.listLineItems('in_002', { expand: ['data.pricing.price_details.price'] });
    expect(lines.data[0]?.pricing?.price_details?.price).toMatchObject({ id: 'price_pro', unit_amount: 9_900 });
  });

  test.each([
    [['amount'], 'This property cannot be expanded (amount).'],
    [['no_such_field'], 'This property cannot be expanded (no_such_field).'],
    [['customer.email'], 'This property cannot be expanded (customer.email).'],
    [['customer.subscriptions.data.items.data'], 'You cannot expand more than 4 levels'],
  ])('what cannot be expanded is refused: %s', async (expand, message) => {
    await expect(stripe.charges.retrieve('ch_001', { expand })).rejects.toMatchObject({ statusCode: 400, message: expect.stringContaining(message) });
  });

  test('on a list the path begins with data.', async () => {
    await expect(stripe.charges.list({ expand: ['customer'] })).rejects.toMatchObject({ message: expect.stringContaining("'data.customer'") });
  });
});

describe('embedded lists', () => {
  test('an invoice shows ten lines; its own list gives them all, in order', async () => {
    const invoice = await stripe.invoices.retrieve('in_001');
    expect([invoice.lines.data.length, invoice.lines.has_more]).toEqual([10, true]);
    const lines: string[] = [];
    for await (const line of stripe.invoices.listLineItems('in_001', { limit: 5 })) lines.push(line.id);
    expect(lines).toEqual(Array.from({ length: 14 }, (_, at) => `il_001_${at}`));
  });
});

describe('single objects and the account', () => {
  test('the account, the balance', async () => {
    expect(await stripe.accounts.retrieveCurrent()).toMatchObject({ id: 'acct_1Sandbox000000001' });
    expect(await stripe.accounts.retrieve('acct_1Sandbox000000001')).toMatchObject({ object: 'account' });
    await expect(stripe.accounts.retrieve('acct_other')).rejects.toMatchObject({ statusCode: 403, code: 'account_invalid' });
    const { available } = await stripe.balance.retrieve();
    expect(available).toEqual([{ amount: 230 * 1_000 + (230 * 231) / 2 - 230 * 60, currency: 'usd', source_types: expect.anything() }]);
  });

  test('objects laid over the population appear in the order of created, and again after a repeat', async () => {
    const { created } = await stripe.charges.retrieve('ch_200');
    const planted = { ...(await stripe.charges.retrieve('ch_200')), id: 'ch_planted', created: created + 10 };
    const transaction = { ...(await stripe.balanceTransactions.retrieve('txn_200')), id: 'txn_planted', source: 'ch_planted', payout: 'po_001', created: created + 10 };
    const { lastResponse: _charge, ...plainCharge } = planted;
    const { lastResponse: _transaction, ...plainTransaction } = transaction;
    const before = await stripe.balance.retrieve();
    for (let repeat = 0; repeat < 2; repeat += 1) {
      world.sandbox.insertObjects('charges', [plainCharge]);
      world.sandbox.insertObjects('balance_transactions', [plainTransaction]);
    }
    expect(ids(await stripe.charges.list({ starting_after: 'ch_201', limit: 2 }))).toEqual(['ch_planted', 'ch_200']);
    const page = await stripe.balanceTransactions.list({ payout: 'po_001', limit: 1 });
    expect(ids(page)).toEqual(['txn_planted']);
    expect(page.data[0]).not.toHaveProperty('payout');
    const after = await stripe.balance.retrieve();
    expect((after.available[0]?.amount ?? 0) - (before.available[0]?.amount ?? 0)).toBe(transaction.net);
  });
});

describe('errors', () => {
  test('have Stripe’s shape', async () => {
    const { status, headers, body } = await world.send('GET', '/v1/customers/cus_none');
    const requestId = headers.get('request-id');
    expect(requestId).toMatch(/^req_\w{14}$/);
    expect([status, body]).toEqual([
      404,
      {
        error: {
          code: 'resource_missing',
          doc_url: 'https://stripe.com/docs/error-codes/resource-missing',
          message: "No such customer: 'cus_none'",
          param: 'id',
          request_log_url: `https://dashboard.stripe.com/test/logs/${requestId}?t=${worldNow}`,
          type: 'invalid_request_error',
        },
      },
    ]);
  });

  test.each([
    ['/v1/charges?limit=101', 400, 'parameter_invalid_integer', 'limit'],
    ['/v1/charges?limit=x', 400, 'parameter_invalid_integer', 'limit'],
    ['/v1/charges?colour=red', 400, 'parameter_unknown', 'colour'],
    ['/v1/charges?created[around]=5', 400, 'parameter_unknown', 'created[around]'],
    ['/v1/charges?starting_after=ch_none', 400, 'resource_missing', 'starting_after'],
    ['/v1/charges?starting_after=ch_001&ending_before=ch_002', 400, undefined, undefined],
    ['/v1/subscription_items', 400, 'parameter_missing', 'subscription'],
    ['/v1/invoice_payments?payment[payment_intent]=pi_1', 400, 'parameter_missing', 'payment[type]'],
    ['/v1/no_such_thing', 404, undefined, undefined],
    ['/v1/payment_intents/pi_none', 404, 'resource_missing', 'intent'],
  ])('%s', async (path, status, code, param) => {
    const answer = await world.send('GET', path);
    expect(answer.status).toBe(status);
    expect(answer.body).toMatchObject({ error: { type: 'invalid_request_error', ...(code ? { code } : {}), ...(param ? { param } : {}) } });
  });

  test('a wrong key, no key, another version, another account', async () => {
    expect(await world.send('GET', '/v1/charges', { key: 'sk_test_wrong_key_1234' })).toMatchObject({ status: 401, body: { error: { message: expect.stringContaining('Invalid API Key provided: sk_test_') } } });
    expect((await fetch(`${world.sandbox.url}/v1/charges`)).status).toBe(401);
    expect(await world.send('GET', '/v1/charges', { headers: { 'stripe-version': '2020-08-27' } })).toMatchObject({ status: 400 });
    expect(await world.send('GET', '/v1/charges', { headers: { 'stripe-account': 'acct_other' } })).toMatchObject({ status: 403 });
  });

  test('the restricted key reads and is refused every write', async () => {
    const restricted = createClient(world.sandbox, world.sandbox.restrictedKey);
    expect((await restricted.charges.list()).data).toHaveLength(10);
    await expect(restricted.customers.create({ name: 'Refused' })).rejects.toMatchObject({ statusCode: 403, type: 'StripePermissionError', message: expect.stringContaining('rak_customer_write') });
    await expect(restricted.subscriptions.cancel('sub_001')).rejects.toMatchObject({ statusCode: 403 });
  });
});
