import { once } from 'node:events';
import { type IncomingMessage, type Server, createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import Stripe from 'stripe';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { worldNow } from './testing/small-world.ts';
import { type SandboxWithClient, createClient, startWithClient } from './testing/start-with-client.ts';
import { Webhooks } from './webhooks.ts';
import { buildEndpoint } from './writing/webhook-routes.ts';

let world: SandboxWithClient;
let stripe: Stripe;

beforeEach(async () => {
  world = await startWithClient();
  stripe = world.stripe;
});
afterEach(() => world.sandbox.stop());

describe('idempotency keys', () => {
  const post = (key: string, form: string, path = '/v1/customers'): ReturnType<SandboxWithClient['send']> => world.send('POST', path, { form, headers: { 'idempotency-key': key } });

  test('the same key and the same body give the stored answer, and one customer', async () => {
    const first = await post('key-1', 'name=Once');
    const again = await post('key-1', 'name=Once');
    expect(again.body).toEqual(first.body);
    expect([first.headers.get('idempotent-replayed'), again.headers.get('idempotent-replayed')]).toEqual([null, 'true']);
    expect(again.headers.get('original-request')).toBe(first.headers.get('request-id'));
    expect((await stripe.events.list({ type: 'customer.created', created: { gte: worldNow } })).data).toHaveLength(1);
  });

  test('another body or another path with the same key is refused', async () => {
    await post('key-2', 'name=Once');
    expect(await post('key-2', 'name=Other')).toMatchObject({ status: 400, body: { error: { type: 'idempotency_error' } } });
    expect(await post('key-2', 'name=Once', '/v1/products')).toMatchObject({ status: 400, body: { error: { type: 'idempotency_error' } } });
  });

  test('while the first is being processed, a second one is refused with 409', async () => {
    await world.control('POST', 'faults', { latencyMs: 300 });
    const answers = await Promise.all([post('key-3', 'name=Once'), post('key-3', 'name=Once')]);
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 409]);
    expect(answers.find(({ status }) => status === 409)?.body).toMatchObject({ error: { code: 'idempotency_key_in_use' } });
  });

  test('a request refused for its parameters does not use its key up; a declined card does', async () => {
    expect(await post('key-4', 'amount=5', '/v1/payment_intents')).toMatchObject({ status: 400 });
    expect(await post('key-4', 'amount=500&currency=usd', '/v1/payment_intents')).toMatchObject({ status: 200 });
    const declined = 'amount=500&currency=usd&confirm=true&payment_method=pm_card_chargeDeclined';
    const first = await post('key-5', declined, '/v1/payment_intents');
    const again = await post('key-5', declined, '/v1/payment_intents');
    expect([first.status, again.status, again.headers.get('idempotent-replayed')]).toEqual([402, 402, 'true']);
    expect(again.body).toEqual(first.body);
  });
});

describe('faults', () => {
  test('a lost reply: the deed is done, and the client’s retry finds it done once', async () => {
    const retrying = createClient(world.sandbox, world.sandbox.secretKey, 1);
    world.sandbox.faults.dropNextReplies(1, '/v1/refunds');
    const refund = await retrying.refunds.create({ charge: 'ch_100', amount: 100 });
    expect((await stripe.refunds.list({ charge: 'ch_100' })).data.map(({ id }) => id)).toEqual([refund.id]);
    expect(await stripe.charges.retrieve('ch_100')).toMatchObject({ amount_refunded: 100 });
    expect(world.sandbox.requestCounts()['POST /v1/refunds']).toBe(2);
  });

  test('the next requests below a path answer 500, and nothing is done', async () => {
    await world.control('POST', 'faults', { failures: [{ pathPrefix: '/v1/customers', remaining: 2 }] });
    await expect(stripe.customers.create({ name: 'Refused' })).rejects.toMatchObject({ statusCode: 500, type: 'StripeAPIError' });
    expect((await stripe.charges.list()).data).toHaveLength(10);
    await expect(stripe.customers.list()).rejects.toMatchObject({ statusCode: 500 });
    expect((await stripe.customers.list({ created: { gte: worldNow } })).data).toEqual([]);
  });

  test('an endpoint’s limit and the account’s limit answer 429 with Retry-After', async () => {
    await world.control('POST', 'faults', { rateLimit: { accountPerSecond: 1_000, endpointPerSecond: 3 } });
    const answers = await Promise.all(Array.from({ length: 5 }, () => world.send('GET', '/v1/charges')));
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused).toHaveLength(2);
    expect(refused[0]?.headers.get('retry-after')).toBe('1');
    expect(refused[0]?.headers.get('stripe-rate-limited-reason')).toBe('endpoint-rate');
    expect(refused[0]?.body).toMatchObject({ error: { code: 'rate_limit' } });
    expect((await world.send('GET', '/v1/refunds')).status).toBe(200);
    await world.control('POST', 'faults', { reset: true, rateLimit: { accountPerSecond: 2, endpointPerSecond: 100 } });
    const spread = await Promise.all(['charges', 'refunds', 'customers'].map((name) => world.send('GET', `/v1/${name}`)));
    expect(spread.map(({ status }) => status).toSorted()).toEqual([200, 200, 429]);
    expect(spread.find(({ status }) => status === 429)?.headers.get('stripe-rate-limited-reason')).toBe('global-rate');
    await world.control('POST', 'faults', { reset: true });
    expect((await world.send('GET', '/v1/charges')).status).toBe(200);
  });

  test('an unknown switch is refused, and the state tells what is set and counted', async () => {
    expect((await world.control('POST', 'faults', { gravity: 0 })).status).toBe(400);
    await stripe.charges.list();
    await stripe.charges.retrieve('ch_001');
    const { body } = await world.control('GET', 'state');
    expect(body).toMatchObject({ now: worldNow, collections: { charges: 230, customers: 12 }, requests: { 'GET /v1/charges': 1, 'GET /v1/charges/:id': 1 }, faults: { rateLimit: null } });
  });

  test('planting runs the hook of whoever started the sandbox', async () => {
    expect((await world.control('POST', 'plant')).status).toBe(404);
    const planted: string[] = [];
    const other = await startWithClient({ onPlant: (name) => ({ planted: planted.push(name) }) });
    expect((await other.control('POST', 'plant', { name: 'refill' })).body).toEqual({ planted: 1 });
    expect(planted).toEqual(['refill']);
    await other.sandbox.stop();
  });
});

/** Takes requests and answers none. */
async function startSilent(heard: () => void) {
  const server = createServer(() => heard());
  const cut = Promise.withResolvers<void>();
  server.on('connection', (socket) => socket.once('close', () => cut.resolve()));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    /** Fulfilled when a caller has gone. */
    cut: cut.promise,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

interface Delivery {
  body: string;
  signature: string;
}

describe('what no client of Stripe’s sends', () => {
  test.each(['//', '///', '//[', 'http://[', '*'])('the request target %s is answered, and the sandbox goes on', async (target) => {
    const asked = request({ host: '127.0.0.1', port: world.sandbox.port, path: target, headers: { authorization: `Bearer ${world.sandbox.secretKey}` } }).end();
    const [answer] = (await once(asked, 'response')) as [IncomingMessage];
    expect([answer.statusCode, await json(answer)]).toEqual([404, { error: expect.objectContaining({ message: expect.stringContaining('Unrecognized request URL') as string }) as unknown }]);
    expect((await stripe.charges.list({ limit: 1 })).data).toHaveLength(1);
  });

  test.each(['%', '%ff', '%E0%A4'])('an id that is no percent-encoding is an id nobody has: %s', async (id) => {
    expect(await world.send('GET', `/v1/charges/${id}`)).toMatchObject({ status: 404, body: { error: { code: 'resource_missing', message: `No such charge: '${id}'` } } });
  });

  test.each(['__proto__', 'constructor', 'customer.constructor', 'toString.name'])('what every object answers to cannot be expanded: %s', async (path) => {
    expect(await world.send('GET', `/v1/charges/ch_001?expand[]=${path}`)).toMatchObject({ status: 400, body: { error: { param: 'expand' } } });
  });

  test('a switch of another shape is refused and nothing is set', async () => {
    for (const wrong of [{ failures: 'all' }, { failures: [{ pathPrefix: '/v1/' }] }, { rateLimit: 5 }, { latencyMs: -1 }, { latencyPathPrefix: null }]) {
      expect(await world.control('POST', 'faults', { reset: true, ...wrong }), JSON.stringify(wrong)).toMatchObject({ status: 400 });
    }
    expect((await world.control('GET', 'faults')).body).toEqual({ rateLimit: null, failures: [], droppedReplies: [], latencyMs: 0, latencyPathPrefix: '/v1/' });
  });

  test('the clock does not go where no date is', async () => {
    expect((await world.control('POST', 'clock', { advanceSeconds: 1e300 })).status).toBe(400);
    expect(world.sandbox.now()).toBe(worldNow);
  });
});

describe('webhooks', () => {
  let receiver: Server;
  let deliveries: Delivery[];
  let answers: number[];
  let url: string;

  beforeEach(async () => {
    deliveries = [];
    answers = [];
    receiver = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        deliveries.push({ body, signature: String(request.headers['stripe-signature']) });
        response.writeHead(answers.shift() ?? 200).end();
      });
    });
    await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`;
  });
  afterEach(() => new Promise((resolve) => {
    receiver.closeAllConnections();
    receiver.close(resolve);
  }));

  test('are signed with the secret told once, as Stripe’s own library checks it', async () => {
    const endpoint = await stripe.webhookEndpoints.create({ url, enabled_events: ['customer.created'] });
    const secret = String(endpoint.secret);
    await stripe.customers.create({ name: 'Heard' });
    await stripe.products.create({ name: 'Not listened for' });
    expect(await world.sandbox.flushWebhooks()).toEqual({ delivered: 1, pending: 0, failed: 0 });
    const [{ body, signature } = { body: '', signature: '' }] = deliveries;
    expect(Stripe.webhooks.constructEvent(body, signature, secret, 300, undefined, worldNow * 1000)).toMatchObject({ type: 'customer.created', data: { object: { name: 'Heard' } } });
    expect(() => Stripe.webhooks.constructEvent(body.replace('Heard', 'Forged'), signature, secret, 300, undefined, worldNow * 1000)).toThrow();
    expect(() => Stripe.webhooks.constructEvent(body, signature, 'whsec_other', 300, undefined, worldNow * 1000)).toThrow();
    expect(await stripe.webhookEndpoints.retrieve(endpoint.id)).not.toHaveProperty('secret');
  });

  test('are tried again until the receiver answers 2xx, and given up in the end', async () => {
    const other = await startWithClient({ webhookEndpoints: [{ url }], webhookRetryDelaysMs: [60_000, 60_000] });
    answers = [500, 302, 200, 500, 500, 500];
    await other.stripe.customers.create({ name: 'Heard at last' });
    while (deliveries.length < 1) await new Promise((resolve) => setImmediate(resolve));
    expect(await other.sandbox.flushWebhooks()).toMatchObject({ pending: 1 });
    expect((await other.control('POST', 'webhooks/flush')).body).toEqual({ delivered: 1, pending: 0, failed: 0 });
    expect(deliveries).toHaveLength(3);
    expect(new Set(deliveries.map(({ body }) => body)).size).toBe(1);
    expect(Stripe.webhooks.constructEvent(deliveries[2]?.body ?? '', deliveries[2]?.signature ?? '', other.sandbox.webhookSecret, 300, undefined, worldNow * 1000).type).toBe('customer.created');
    await other.stripe.customers.create({ name: 'Never heard' });
    await other.sandbox.flushWebhooks();
    await other.sandbox.flushWebhooks();
    expect(await other.sandbox.flushWebhooks()).toEqual({ delivered: 1, pending: 0, failed: 1 });
    await other.sandbox.stop();
  });

  test('a failed request announces nothing; a declined card announces its failure', async () => {
    await stripe.webhookEndpoints.create({ url, enabled_events: ['*'] });
    await expect(stripe.customers.update('cus_none', { name: 'x' })).rejects.toThrow();
    await expect(stripe.paymentIntents.create({ amount: 500, currency: 'usd', confirm: true, payment_method: 'pm_card_chargeDeclined' })).rejects.toThrow();
    await world.sandbox.flushWebhooks();
    expect(deliveries.map(({ body }) => (JSON.parse(body) as { type: string }).type).toSorted()).toEqual(['charge.failed', 'payment_intent.created', 'payment_intent.payment_failed']);
  });

  test('a receiver that never answers does not keep the sandbox from ending', async () => {
    const heard = Promise.withResolvers<void>();
    await using silent = await startSilent(heard.resolve);
    const webhooks = new Webhooks({ retryDelaysMs: [], signatureSeconds: () => worldNow, timeoutMs: 86_400_000 });
    webhooks.register(buildEndpoint('we_silent', silent.url, ['*'], worldNow), 'whsec_test');
    webhooks.announce({ id: 'evt_1', object: 'event', type: 'customer.created', created: worldNow });
    await heard.promise;
    await webhooks.stop();
    await silent.cut;
  });

  test('only an address that HTTP can reach is taken', async () => {
    for (const wrong of ['javascript:alert(1)', 'file:///etc/passwd', 'hook']) await expect(stripe.webhookEndpoints.create({ url: wrong, enabled_events: ['*'] })).rejects.toMatchObject({ code: 'url_invalid' });
  });

  test('a removed endpoint hears nothing more', async () => {
    const endpoint = await stripe.webhookEndpoints.create({ url, enabled_events: ['*'] });
    expect((await stripe.webhookEndpoints.list()).data).toHaveLength(1);
    await stripe.webhookEndpoints.del(endpoint.id);
    await stripe.customers.create({ name: 'Unheard' });
    expect(await world.sandbox.flushWebhooks()).toEqual({ delivered: 0, pending: 0, failed: 0 });
    expect(deliveries).toEqual([]);
  });
});
