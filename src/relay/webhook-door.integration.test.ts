/** The relay's doors over real HTTP, with an inbox that does what the test says: who is refused and why, what is bounded, how it stops. */
import { once } from 'node:events';
import { request } from 'node:https';
import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { ProviderError } from '../shared/errors/errors.ts';
import { paystackKey, paystackSignature, relaySecret, sendPaystack, sendStripe, stripeEventBody, stripeSignature } from '../main/testing/relay-desk.ts';
import { makeCertificate } from '../main/testing/self-signed-certificate.ts';
import { startRelay } from './relay.ts';
import type { RelayLimits, RelayServer, TlsIdentity } from './relay-server.ts';
import type { ReceivedEvent, WebhookInbox } from './relay.ports.ts';

const relays: RelayServer[] = [];
afterEach(() => Promise.all(relays.splice(0).map((relay) => relay.stop())));

interface Options {
  readonly store?: WebhookInbox['store'];
  readonly ledger?: WebhookInbox['ledger'];
  readonly limits?: Partial<RelayLimits>;
  readonly secrets?: { readonly stripe: readonly string[]; readonly paystack: readonly string[] };
  readonly now?: () => number;
  readonly tls?: TlsIdentity;
}

async function start(options: Options = {}): Promise<{ relay: RelayServer; stored: string[]; log: [string, unknown][]; count(metric: string): Promise<number> }> {
  const stored: string[] = [];
  const log: [string, unknown][] = [];
  const keep = (events: readonly ReceivedEvent[]): void => void stored.push(...events.map(({ id }) => id));
  const inbox: WebhookInbox = {
    ledger: options.ledger ?? (() => Promise.resolve({ gateway: 'stripe', gatewayAccount: 'acct_1', mode: 'test', mayReadBooks: false })),
    store: async (events) => {
      const answer = options.store ? await options.store(events) : new Map([['stripe' as const, events.length]]);
      keep(events);
      return answer;
    },
    close: () => Promise.resolve(),
  };
  const write = (event: string, fields?: Readonly<Record<string, unknown>>): void => void log.push([event, fields]);
  const relay = await startRelay({
    config: { address: { host: '127.0.0.1', port: 0 }, metricsAddress: { host: '127.0.0.1', port: 0 }, tls: options.tls ?? null, secrets: options.secrets ?? { stripe: [relaySecret], paystack: [paystackKey] }, postgresUrl: '', allowsPlaintext: false },
    log: { info: write, warn: write, error: write }, now: options.now ?? Date.now, inbox, limits: { checkingIntervalMs: 20, ...options.limits },
  });
  relays.push(relay);
  return {
    relay, stored, log,
    async count(metric) {
      const text = await (await fetch(`${relay.metricsUrl}/metrics`)).text();
      return Number(text.split('\n').find((line) => line.startsWith(`${metric} `))?.split(' ')[1] ?? Number.NaN);
    },
  };
}

/** A connection that writes what it is told and keeps what it hears. */
async function openRaw(relay: RelayServer): Promise<{ socket: Socket; heard(): string; closed: Promise<unknown> }> {
  const socket = connect(Number(new URL(relay.url).port), '127.0.0.1');
  let heard = '';
  socket.on('data', (part: Buffer) => (heard += part.toString()));
  socket.on('error', () => undefined); // a reset is an answer too
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  await once(socket, 'connect');
  return { socket, heard: () => heard, closed };
}

/** Resolves once the metric has the value; asks again until then. */
async function reaches(read: () => Promise<number>, value: number): Promise<void> {
  while ((await read()) !== value);
}

describe('refused, and counted', () => {
  const event = stripeEventBody('evt_1');
  const minutesAgo = Math.floor(Date.now() / 1000) - 301;

  test.each([
    ['a forged signature', event, stripeSignature(event, { secret: 'whsec_another' }), 400, 'signature-mismatch'],
    ['a signature of another body', event, stripeSignature(`${event} `), 400, 'signature-mismatch'],
    ['a replayed one', event, stripeSignature(event, { seconds: minutesAgo }), 400, 'signature-outside-tolerance'],
    ['none', event, '', 400, 'signature-missing'],
    ['a live event in a test ledger', stripeEventBody('evt_1', { livemode: true }), undefined, 403, 'wrong-mode'],
    ['an event of another account', stripeEventBody('evt_1', { account: 'acct_2' }), undefined, 403, 'wrong-account'],
    ['what is no JSON', 'payment=1', undefined, 400, 'body-not-json'],
    ['what is no event', '{"object":"charge","id":"ch_1"}', undefined, 400, 'event-malformed'],
    ['an empty body', '', undefined, 400, 'body-not-json'],
  ])('%s', async (_, body, signature, status, reason) => {
    const { relay, stored, count } = await start();
    expect(await sendStripe(relay.url, body, signature)).toEqual({ status, reason, retryAfter: null });
    expect([stored, await count(`daybook_relay_refused_total{gateway="stripe",reason="${reason}"}`)]).toEqual([[], 1]);
  });

  test('what Paystack’s key did not sign, and what is of live mode', async () => {
    const { relay, stored } = await start();
    const charge = (domain: string): string => JSON.stringify({ event: 'charge.success', data: { id: 1, domain } });
    expect(await sendPaystack(relay.url, charge('test'), paystackSignature(charge('test'), 'sk_test_another'))).toMatchObject({ status: 400, reason: 'signature-mismatch' });
    expect(await sendPaystack(relay.url, charge('live'))).toMatchObject({ status: 403, reason: 'wrong-mode' });
    expect(await sendPaystack(relay.url, charge('test'))).toMatchObject({ status: 200 });
    expect(stored).toEqual(['charge.success/1']);
  });

  test('a gateway whose secret is not set, other methods, other paths', async () => {
    const { relay, count } = await start({ secrets: { stripe: [relaySecret], paystack: [] } });
    expect(await sendPaystack(relay.url, '{}')).toMatchObject({ status: 404, reason: 'gateway-not-configured' });
    const got = await fetch(`${relay.url}/webhooks/stripe`);
    expect([got.status, got.headers.get('allow')]).toEqual([405, 'POST']);
    for (const path of ['/', '/webhooks', '/webhooks/stripe/', '/webhooks/stripe/../../x', '/metrics', '/ready', '/__proto__']) expect((await fetch(`${relay.url}${path}`, { method: 'POST' })).status, path).toBe(404);
    expect(await count('daybook_relay_refused_total{gateway="none",reason="not-found"}')).toBe(7);
  });

  test('during a rotation neither secret’s, afterwards the old one’s', async () => {
    const both = await start({ secrets: { stripe: ['whsec_new_secret', relaySecret], paystack: [] } });
    expect((await sendStripe(both.relay.url, event)).status).toBe(200);
    expect((await sendStripe(both.relay.url, event, stripeSignature(event, { secret: 'whsec_new_secret' }))).status).toBe(200);
    const after = await start({ secrets: { stripe: ['whsec_new_secret'], paystack: [] } });
    expect((await sendStripe(after.relay.url, event)).status).toBe(400);
  });
});

describe('bounded', () => {
  const megabyte = 1024 * 1024;

  test('a body of a megabyte is taken, one byte more is not', async () => {
    const { relay, stored } = await start();
    const of = (bytes: number): string => {
      const bare = stripeEventBody('evt_1', { note: '' });
      return stripeEventBody('evt_1', { note: 'x'.repeat(bytes - bare.length) });
    };
    expect(Buffer.byteLength(of(megabyte))).toBe(megabyte);
    expect((await sendStripe(relay.url, of(megabyte))).status).toBe(200);
    expect(stored).toEqual(['evt_1']);
    const { socket, heard, closed } = await openRaw(relay);
    socket.write(`POST /webhooks/stripe HTTP/1.1\r\nHost: relay\r\nContent-Length: ${megabyte + 1}\r\n\r\n`);
    await closed; // refused by what it says, before a byte of it is read
    expect(heard()).toMatch(/^HTTP\/1\.1 413 .*"reason":"body-too-large"/s);
  });

  test('a body that does not say how long it is, is cut off', async () => {
    const { relay, count } = await start();
    const { socket, heard, closed } = await openRaw(relay);
    socket.write('POST /webhooks/stripe HTTP/1.1\r\nHost: relay\r\nTransfer-Encoding: chunked\r\n\r\n');
    const part = `10000\r\n${'x'.repeat(65_536)}\r\n`;
    const feed = (): void => {
      while (socket.writable && socket.write(part));
      if (socket.writable) socket.once('drain', feed);
    };
    feed();
    await closed;
    expect(heard()).toMatch(/^(HTTP\/1\.1 413|$)/); // the answer may be lost where the sender does not stop
    expect(await count('daybook_relay_refused_total{gateway="stripe",reason="body-too-large"}')).toBe(1);
    expect(await count('daybook_relay_body_bytes')).toBe(0);
  });

  test('who sends headers or a body too slowly loses the connection', async () => {
    const { relay, count } = await start({ limits: { headersTimeoutMs: 60, requestTimeoutMs: 120 } });
    const inHeaders = await openRaw(relay);
    inHeaders.socket.write('POST /webhooks/stripe HTTP/1.1\r\nX-Slow: ');
    const inBody = await openRaw(relay);
    inBody.socket.write('POST /webhooks/stripe HTTP/1.1\r\nHost: relay\r\nContent-Length: 100\r\n\r\n{');
    const silent = await openRaw(relay);
    await Promise.all([inHeaders.closed, inBody.closed, silent.closed]);
    expect([inHeaders.heard(), inBody.heard()]).toEqual([expect.stringMatching(/^HTTP\/1\.1 408/), expect.stringMatching(/^HTTP\/1\.1 408/)]);
    expect(await count('daybook_relay_refused_total{gateway="none",reason="request-timeout"}')).toBe(3);
    expect(await count('daybook_relay_body_bytes')).toBe(0);
    expect((await sendStripe(relay.url, stripeEventBody('evt_1'))).status).toBe(200);
  });

  test('connections beyond the cap are closed unheard, and those after are heard', async () => {
    const { relay, count } = await start({ limits: { connections: 3 } });
    const open = await Promise.all([openRaw(relay), openRaw(relay), openRaw(relay)]);
    await reaches(() => count('daybook_relay_connections'), 3);
    const fourth = await openRaw(relay);
    await fourth.closed;
    expect([fourth.heard(), await count('daybook_relay_connections_dropped_total')]).toEqual(['', 1]);
    for (const { socket } of open) socket.destroy();
    await reaches(() => count('daybook_relay_connections'), 0);
    expect((await sendStripe(relay.url, stripeEventBody('evt_1'))).status).toBe(200);
  });

  test('what is no HTTP, or has headers without end, is told so and closed', async () => {
    const { relay, count } = await start();
    const [noise, wide] = [await openRaw(relay), await openRaw(relay)];
    noise.socket.write('\u0016\u0003\u0001\u0002\u0000 hello\r\n\r\n');
    wide.socket.write(`POST /webhooks/stripe HTTP/1.1\r\nX-Wide: ${'x'.repeat(70_000)}\r\n\r\n`);
    await Promise.all([noise.closed, wide.closed]);
    expect(noise.heard()).toMatch(/^HTTP\/1\.1 400/);
    expect(await count('daybook_relay_refused_total{gateway="none",reason="headers-too-large"}')).toBe(1);
    expect((await sendStripe(relay.url, stripeEventBody('evt_1'))).status).toBe(200);
  });

  test('who hangs up in the middle leaves nothing behind', async () => {
    const { relay, count } = await start();
    const { socket } = await openRaw(relay);
    socket.write('POST /webhooks/stripe HTTP/1.1\r\nHost: relay\r\nContent-Length: 100\r\n\r\n{"id"');
    await reaches(() => count('daybook_relay_body_bytes'), 5);
    socket.destroy();
    await reaches(() => count('daybook_relay_body_bytes'), 0);
    expect(await count('daybook_relay_refused_total{gateway="stripe",reason="sender-hung-up"}')).toBe(1);
  });
});

describe('an answer', () => {
  test('of 200 comes after the commit, never before', async () => {
    let commit: () => void = () => {};
    const begun = Promise.withResolvers<void>();
    const { relay, count } = await start({
      store: (events) => new Promise((resolve) => {
        commit = () => resolve(new Map([['stripe', events.length]]));
        begun.resolve();
      }),
    });
    let answered = false;
    const answer = sendStripe(relay.url, stripeEventBody('evt_1')).then((result) => {
      answered = true;
      return result;
    });
    await begun.promise;
    expect(await count('daybook_relay_queue_length')).toBe(1); // a round trip later it still waits
    expect(answered).toBe(false);
    commit();
    expect((await answer).status).toBe(200);
  });

  test('of 503 with Retry-After is given when the commit failed, and the next attempt is taken', async () => {
    let failures = 1;
    const { relay, stored, log } = await start({
      store: (events) => (failures-- > 0 ? Promise.reject(new ProviderError('postgres-unreachable', 'Away.', { provider: 'postgres', isRetryable: true })) : Promise.resolve(new Map([['stripe' as const, events.length]]))),
    });
    const body = stripeEventBody('evt_1');
    expect(await sendStripe(relay.url, body)).toEqual({ status: 503, reason: 'inbox-unavailable', retryAfter: '5' });
    while ((await sendStripe(relay.url, body)).status !== 200);
    expect(stored).toEqual(['evt_1']);
    expect(log.map(([event]) => event)).toEqual(expect.arrayContaining(['inbox unavailable', 'inbox available']));
  });

  test('of 503 is given when something unforeseen happens, and it is in the log without the secret', async () => {
    const { relay, log } = await start({ now: () => { throw new Error('no clock'); } });
    expect(await sendStripe(relay.url, stripeEventBody('evt_1'))).toMatchObject({ status: 503, reason: 'unexpected' });
    expect(log.filter(([event]) => event === 'unexpected')).toHaveLength(1);
  });
});

describe('with a certificate of its own', () => {
  test('the relay speaks TLS, and nothing else on that port', async () => {
    const tls = makeCertificate(Date.now());
    const { relay, stored, count } = await start({ tls });
    expect(relay.url).toMatch(/^https:/);
    const body = stripeEventBody('evt_1');
    const status = await new Promise((resolve, reject) => {
      const call = request(`${relay.url}/webhooks/stripe`, { method: 'POST', ca: tls.certificate, headers: { 'stripe-signature': stripeSignature(body) } }, (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      call.once('error', reject);
      call.end(body);
    });
    expect([status, stored]).toEqual([200, ['evt_1']]);
    const plain = await openRaw(relay);
    plain.socket.write('POST /webhooks/stripe HTTP/1.1\r\nHost: relay\r\n\r\n');
    await plain.closed;
    expect(plain.heard()).not.toContain('200');
    expect(await count('daybook_relay_stored_total{gateway="stripe"}')).toBe(1);
  });

  test('that does not fit its key it does not start', async () => {
    const [one, other] = [makeCertificate(Date.now()), makeCertificate(Date.now())];
    await expect(start({ tls: { certificate: one.certificate, privateKey: other.privateKey } })).rejects.toMatchObject({ code: 'relay-tls-invalid' });
    await expect(start({ tls: { certificate: 'no PEM', privateKey: one.privateKey } })).rejects.toMatchObject({ code: 'relay-tls-invalid' });
  });
});

describe('a graceful stop', () => {
  test('finishes what was received and takes nothing new', async () => {
    let commit: () => void = () => {};
    const begun = Promise.withResolvers<void>();
    const { relay, stored } = await start({
      store: (events) => new Promise((resolve) => {
        commit = () => resolve(new Map([['stripe', events.length]]));
        begun.resolve();
      }),
    });
    const answer = sendStripe(relay.url, stripeEventBody('evt_1'));
    await begun.promise;
    const idle = await openRaw(relay);
    idle.socket.write(`GET /webhooks/stripe HTTP/1.1\r\nHost: relay\r\n\r\n`);
    await once(idle.socket, 'data');
    const stopping = relay.stop();
    await idle.closed; // a connection that waits for another request is not kept
    expect((await fetch(`${relay.metricsUrl}/ready`)).status).toBe(503);
    expect((await fetch(`${relay.metricsUrl}/health`)).status).toBe(200);
    await expect(fetch(`${relay.url}/webhooks/stripe`)).rejects.toThrow();
    commit();
    expect((await answer).status).toBe(200);
    await stopping;
    expect(stored).toEqual(['evt_1']);
    await expect(fetch(`${relay.metricsUrl}/health`)).rejects.toThrow();
  });

  test.each([['plain', undefined], ['TLS', makeCertificate(Date.now())]])('does not wait for ever for a sender that does not go on, %s', async (_, tls) => {
    const { relay } = await start({ limits: { stopTimeoutMs: 50 }, ...(tls ? { tls } : {}) });
    const { socket, closed } = await openRaw(relay);
    if (!tls) socket.write('POST /webhooks/stripe HTTP/1.1\r\nHost: relay\r\nContent-Length: 100\r\n\r\n{');
    await Promise.all([relay.stop(), closed]);
  });
});
