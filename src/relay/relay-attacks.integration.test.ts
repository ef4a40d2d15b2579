/** The relay attacked over bare sockets, on a real PostgreSQL: what it answers, that it answers the next one as before, that it stored exactly what it acknowledged, and that a desk can read that. */
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { withClient } from '../../sandbox/postgres.ts';
import { sql } from '../main/database/handles.ts';
import { createSharedInbox } from '../main/intake/shared-inbox.ts';
import { openPostgres, type PostgresConnection } from '../main/integrations/postgres/connection.ts';
import { createSharedInboxSource } from '../main/integrations/postgres/shared-inbox-source.ts';
import { unattended } from '../main/platform/work-control.ts';
import { paystackKey, relaySecret, sendStripe, startRelayDatabase, stripeEventBody, stripeSignature, type RelayDatabase } from '../main/testing/relay-desk.ts';
import { openTemporaryDatabase } from '../main/testing/temporary-database.ts';
import { startRelay } from './relay.ts';
import { readRelayConfig } from './relay-config.ts';
import type { RelayServer } from './relay-server.ts';

let database: RelayDatabase;
let postgres: PostgresConnection;
let relay: RelayServer;
const problems: unknown[] = [];

beforeAll(async () => {
  database = await startRelayDatabase();
  postgres = openPostgres({ url: database.logins.financeUrl });
  relay = await start();
});
beforeEach(async () => {
  problems.length = 0;
  await withClient(database.ownerUrl, (client) => client.query('TRUNCATE daybook.webhook_events'));
});
afterAll(async () => {
  await relay.stop();
  await postgres.close();
  await database.server.stop();
});

const start = (): Promise<RelayServer> =>
  startRelay({ config: readRelayConfig({ port: 0 }, { DAYBOOK_STRIPE_WEBHOOK_SECRET: `whsec_old_one,${relaySecret}`, DAYBOOK_PAYSTACK_SECRET_KEY: paystackKey, DAYBOOK_POSTGRES_URL: database.logins.relayUrl }), log: { info() {}, warn() {}, error: (event, fields) => void problems.push([event, fields]) }, now: Date.now });

const stored = (): Promise<string[]> => withClient(database.ownerUrl, async (client) => (await client.query<{ id: string }>('SELECT id FROM daybook.webhook_events ORDER BY sequence')).rows.map(({ id }) => id));

interface Raw {
  readonly socket: Socket;
  heard(): string;
  readonly closed: Promise<void>;
}
async function openRaw(to = relay): Promise<Raw> {
  const socket = connect(Number(new URL(to.url).port), '127.0.0.1');
  let heard = '';
  socket.on('data', (part: Buffer) => (heard += part.toString('latin1')));
  socket.on('error', () => undefined); // a reset is an answer too
  const closed = new Promise<void>((resolve) => void socket.once('close', () => resolve()));
  await once(socket, 'connect');
  return { socket, heard: () => heard, closed };
}

const statusesOf = (heard: string): number[] => [...heard.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => Number(status)).filter((status) => status !== 100);

/** Writes bytes on a connection of their own and waits until the relay ends it. @returns every status that was answered. */
async function say(bytes: string | Uint8Array, to = relay): Promise<number[]> {
  const raw = await openRaw(to);
  raw.socket.write(bytes);
  await raw.closed;
  return statusesOf(raw.heard());
}

const bodyBytes = (body: string | Uint8Array): Buffer => (typeof body === 'string' ? Buffer.from(body) : Buffer.from(body));
function request(body: string | Uint8Array, headers: readonly string[], first = 'POST /webhooks/stripe HTTP/1.1'): Buffer {
  const bytes = bodyBytes(body);
  return Buffer.concat([Buffer.from(`${[first, 'Host: relay', `Content-Length: ${bytes.length}`, ...headers].join('\r\n')}\r\n\r\n`, 'latin1'), bytes]);
}
const signed = (body: string | Uint8Array, signature = stripeSignature(bodyBytes(body))): Buffer => request(body, [`Stripe-Signature: ${signature}`, 'Connection: close']);
const mac = (body: string | Uint8Array, seconds: number, secret = relaySecret): string => createHmac('sha256', secret).update(`${seconds}.`).update(body).digest('hex');
const nowSeconds = (): number => Math.floor(Date.now() / 1000);

/** The relay is as it was: a genuine event is taken, and nothing was logged as unforeseen. */
async function isAsBefore(id = 'evt_after'): Promise<void> {
  expect((await sendStripe(relay.url, stripeEventBody(id))).status).toBe(200);
  expect(await stored()).toContain(id);
  expect(problems).toEqual([]);
}

describe('a signature header', () => {
  const body = stripeEventBody('evt_1');
  test.each<[string, (seconds: number) => readonly string[], number]>([
    ['twice, the genuine one first', (seconds) => [`Stripe-Signature: t=${seconds},v1=${mac(body, seconds)}`, `Stripe-Signature: t=${seconds},v1=${'0'.repeat(64)}`], 400],
    ['twice, both genuine', (seconds) => [`Stripe-Signature: t=${seconds},v1=${mac(body, seconds)}`, `Stripe-Signature: t=${seconds},v1=${mac(body, seconds)}`], 400],
    ['with two times', (seconds) => [`Stripe-Signature: t=${seconds},t=${seconds - 9_000},v1=${mac(body, seconds)}`], 400],
    ['with an older time behind the genuine one, signed for', (seconds) => [`Stripe-Signature: t=${seconds - 9_000},v1=${mac(body, seconds - 9_000)},t=${seconds}`], 400],
    ['with a wrong and a right v1', (seconds) => [`Stripe-Signature: t=${seconds},v1=${'f'.repeat(64)},v1=${mac(body, seconds)}`], 200],
    ['with the old secret’s v1 during a rotation', (seconds) => [`Stripe-Signature: t=${seconds},v1=${mac(body, seconds, 'whsec_old_one')}`], 200],
    ['with another secret’s v1', (seconds) => [`Stripe-Signature: t=${seconds},v1=${mac(body, seconds, 'whsec_another')}`], 400],
    ['with the right signature as v0', (seconds) => [`Stripe-Signature: t=${seconds},v0=${mac(body, seconds)}`], 400],
    ['in capital letters', (seconds) => [`Stripe-Signature: t=${seconds},v1=${mac(body, seconds).toUpperCase()}`], 400],
    ['one digit short', (seconds) => [`Stripe-Signature: t=${seconds},v1=${mac(body, seconds).slice(1)}`], 400],
    ['299 s old', (seconds) => [`Stripe-Signature: t=${seconds - 299},v1=${mac(body, seconds - 299)}`], 200],
    ['302 s old', (seconds) => [`Stripe-Signature: t=${seconds - 302},v1=${mac(body, seconds - 302)}`], 400],
    ['298 s ahead', (seconds) => [`Stripe-Signature: t=${seconds + 298},v1=${mac(body, seconds + 298)}`], 200],
    ['305 s ahead', (seconds) => [`Stripe-Signature: t=${seconds + 305},v1=${mac(body, seconds + 305)}`], 400],
    ['with a time of letters', () => [`Stripe-Signature: t=now,v1=${mac(body, 0)}`], 400],
    ['with a time beyond all numbers', () => [`Stripe-Signature: t=${'9'.repeat(400)},v1=${mac(body, 0)}`], 400],
    ['of a thousand wrong signatures', (seconds) => [`Stripe-Signature: t=${seconds}${`,v1=${'a'.repeat(64)}`.repeat(150)}`], 400],
    ['of NULs and bytes beyond ASCII', () => ['Stripe-Signature: t=1,v1=\u00ff\u0080\u0081'], 400],
    ['that is empty', () => ['Stripe-Signature: '], 400],
    ['that is none', () => [], 400],
  ])('%s', async (_, headersOf, status) => {
    expect(await say(request(body, [...headersOf(nowSeconds()), 'Connection: close']))).toEqual([status]);
    expect(await stored()).toEqual(status === 200 ? ['evt_1'] : []);
    await isAsBefore();
  });
});

describe('what is no plain HTTP', () => {
  const chunk = (text: string): string => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;
  const head = (...lines: readonly string[]): string => `${['POST /webhooks/stripe HTTP/1.1', 'Host: relay', ...lines].join('\r\n')}\r\n\r\n`;
  const body = stripeEventBody('evt_1');

  test('a genuine body in chunks of one letter, with trailers, is taken as it was signed', async () => {
    expect(await say(`${head(`Stripe-Signature: ${stripeSignature(body)}`, 'Transfer-Encoding: chunked', 'Connection: close')}${[...body].map(chunk).join('')}0\r\nX-Trailer: ${'x'.repeat(100)}\r\n\r\n`)).toEqual([200]);
    expect(await stored()).toEqual(['evt_1']);
  });

  test.each<[string, () => string | Buffer]>([
    ['length and chunks at once', () => `${head('Content-Length: 5', 'Transfer-Encoding: chunked', `Stripe-Signature: ${stripeSignature(body)}`)}${chunk(body)}0\r\n\r\n`],
    ['two lengths', () => `${head(`Content-Length: ${body.length}`, 'Content-Length: 1', `Stripe-Signature: ${stripeSignature(body)}`)}${body}`],
    ['a length below zero', () => head('Content-Length: -1', `Stripe-Signature: ${stripeSignature(body)}`)],
    ['a length of letters', () => head('Content-Length: 0x10', `Stripe-Signature: ${stripeSignature(body)}`)],
    ['a length beyond all numbers', () => head(`Content-Length: ${'9'.repeat(30)}`)],
    ['a coding nobody knows', () => `${head('Transfer-Encoding: chunked, gzip', `Stripe-Signature: ${stripeSignature(body)}`)}${chunk(body)}0\r\n\r\n`],
    ['chunks with a size of letters', () => `${head('Transfer-Encoding: chunked')}zz\r\n${body}\r\n0\r\n\r\n`],
    ['chunks with a size beyond all numbers', () => `${head('Transfer-Encoding: chunked')}${'f'.repeat(40)}\r\n`],
    ['a chunk with an endless extension', () => `${head('Transfer-Encoding: chunked')}1;${'x'.repeat(40_000)}\r\na\r\n0\r\n\r\n`],
    ['headers that are folded', () => `POST /webhooks/stripe HTTP/1.1\r\nHost: relay\r\nStripe-Signature: t=1,\r\n v1=2\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`],
    ['a NUL among the headers', () => head('X-Name: a\u0000b', 'Content-Length: 0')],
    ['no host', () => 'POST /webhooks/stripe HTTP/1.1\r\nContent-Length: 0\r\n\r\n'],
    ['a version that is none', () => 'POST /webhooks/stripe HTTP/9.9\r\nHost: relay\r\n\r\n'],
    ['headers of 40 KB', () => head(`X-Name: ${'x'.repeat(40_000)}`)],
    ['three thousand headers', () => head(...Array.from({ length: 3_000 }, (_, index) => `X-${index}: 1`), 'Content-Length: 0')],
    ['bytes at random', () => Buffer.from(Array.from({ length: 5_000 }, (_, index) => (index * 7919) % 256))],
    ['another request hidden in the body of a refused one', () => request(`GET /metrics HTTP/1.1\r\nHost: relay\r\n\r\n`, ['Stripe-Signature: t=1,v1=2', 'Connection: close'])],
  ])('%s is refused, and stores nothing', async (_, bytes) => {
    const statuses = await say(bytes());
    expect(statuses.filter((status) => status < 400)).toEqual([]);
    expect(await stored()).toEqual([]);
    await isAsBefore();
  });

  test('HTTP/1.0 and absolute addresses are answered and closed', async () => {
    expect(await say(request(body, [`Stripe-Signature: ${stripeSignature(body)}`], 'POST /webhooks/stripe HTTP/1.0'))).toEqual([200]);
    expect(await say(request('', ['Connection: close'], 'POST http://elsewhere/webhooks/stripe HTTP/1.1'))).toEqual([404]);
    expect(await say('CONNECT 127.0.0.1:5432 HTTP/1.1\r\nHost: relay\r\n\r\n')).toEqual([]);
    expect(await say(request('', ['Connection: Upgrade, close', 'Upgrade: websocket'], 'GET /webhooks/stripe HTTP/1.1'))).toEqual([405]);
    expect(await stored()).toEqual(['evt_1']);
    await isAsBefore();
  });

  test('a hundred requests at once on one connection are answered in their order, each by itself', async () => {
    const ids = Array.from({ length: 100 }, (_, index) => `evt_${index}`);
    const bytes = ids.map((id, index) => {
      const text = stripeEventBody(id);
      return request(text, [`Stripe-Signature: ${index % 3 === 0 ? 't=1,v1=2' : stripeSignature(text)}`, ...(index === 99 ? ['Connection: close'] : [])]);
    });
    expect(await say(Buffer.concat(bytes))).toEqual(ids.map((_, index) => (index % 3 === 0 ? 400 : 200)));
    expect((await stored()).toSorted()).toEqual(ids.filter((_, index) => index % 3 !== 0).toSorted());
  });

  test('a body that is gzip is nobody’s event, even signed', async () => {
    const packed = gzipSync(body);
    expect(await say(request(packed, [`Stripe-Signature: ${stripeSignature(packed)}`, 'Content-Encoding: gzip', 'Connection: close']))).toEqual([400]);
    const bomb = gzipSync(Buffer.alloc(200 * 1024 * 1024, 32));
    expect(await say(request(bomb, [`Stripe-Signature: ${stripeSignature(bomb)}`, 'Content-Encoding: gzip', 'Connection: close']))).toEqual([400]);
    expect(await stored()).toEqual([]);
    await isAsBefore();
  });

  test.each(['/metrics', '/webhooks/../metrics', '/webhooks/stripe/../../metrics', '/%2e%2e/metrics', '/ready', '/health', '//webhooks/stripe', '/webhooks/stripe/', '/WEBHOOKS/stripe', '/webhooks/stripe%00', '/webhooks/__proto__', '/constructor', '/webhooks/stripe;x=1', '*'])('%s is nothing on the gateways’ port', async (path) => {
    expect(await say(request('', ['Connection: close'], `POST ${path} HTTP/1.1`))).toEqual([404]);
  });

  test.each(['/metrics/../health', '/%6detrics', '/metrics/', '/../../etc/passwd', '/webhooks/stripe', '/__proto__', 'http://x/metrics'])('%s is nothing on the port of those who look after it', async (path) => {
    const watched = { ...relay, url: relay.metricsUrl };
    expect(await say(`GET ${path} HTTP/1.1\r\nHost: relay\r\nConnection: close\r\n\r\n`, watched)).toEqual([404]);
  });
});

/** What Stripe would have to sign for: with the secret, and all the same no event of its own. */
describe('a signed body', () => {
  const deep = (levels: number): string => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;
  const withObject = (id: string, object: string): string => stripeEventBody(id).replace(/"data": \{[\s\S]*?\n  \},/, `"data": {"object": ${object}},`);
  const cases: readonly (readonly [string, string | Uint8Array, number])[] = [
    ['with bytes that are no UTF-8', Buffer.concat([Buffer.from('{"id":"evt_x","note":"'), Buffer.from([0xff, 0xfe, 0xc0, 0x80]), Buffer.from('"}')]), 400],
    ['with UTF-8 that is longer than it need be', Buffer.concat([Buffer.from('{"id":"evt_x","note":"'), Buffer.from([0xc0, 0xaf]), Buffer.from('"}')]), 400],
    ['in UTF-16', Buffer.from(stripeEventBody('evt_x'), 'utf16le'), 400],
    ['with a NUL as it is', stripeEventBody('evt_x').replace('cus_1', 'cus_\u0000'), 400],
    ['that is empty', '', 400],
    ['that is a list', '[]', 400],
    ['that is null', 'null', 400],
    ['of a million brackets', '['.repeat(1_000_000), 400],
    ['with an id of 10,000 letters', stripeEventBody(`evt_${'x'.repeat(10_000)}`), 400],
    ['with an id with a NUL', stripeEventBody('evt_\u0000'), 400],
    ['with an id with a line end', stripeEventBody('evt_1\nevt_2'), 400],
    ['with an id that is a number', stripeEventBody('x', { id: 7 }), 400],
    ['with a type of 10,000 letters', stripeEventBody('evt_t', { type: 'x'.repeat(10_000) }), 400],
    ['of the other mode', stripeEventBody('evt_m', { livemode: true }), 403],
    ['of another account', stripeEventBody('evt_a', { account: 'acct_2' }), 403],
    ['of an account that is an object', stripeEventBody('evt_o', { account: { id: 'acct_1' } }), 403],
  ];
  test.each(cases)('%s is refused', async (_, body, status) => {
    expect(await say(signed(body))).toEqual([status]);
    expect(await stored()).toEqual([]);
    await isAsBefore();
  });

  test('that is odd and an event is kept byte for byte, and a desk reads it without harm', async () => {
    const odd: Readonly<Record<string, string>> = {
      evt_nul: stripeEventBody('evt_nul', { data: { object: { id: 'cus_\u0000', object: 'customer', name: 'a\u0000b \ud800', created: 1 } } }),
      evt_deep: withObject('evt_deep', deep(100_000)),
      evt_wide: withObject('evt_wide', `{"id":"cus_1","object":"customer","metadata":{${Array.from({ length: 40_000 }, (_, index) => `"k${index}":"v"`).join(',')}}}`),
      evt_twice: stripeEventBody('evt_first').replace('"object": "event"', '"object": "event", "id": "evt_twice", "livemode": true, "livemode": false'),
      evt_proto: withObject('evt_proto', '{"id":"__proto__","object":"__proto__","__proto__":{"polluted":true}}'),
      evt_future: stripeEventBody('evt_future', { created: 99_999_999_999_999 }),
      evt_before: stripeEventBody('evt_before', { created: -99_999_999_999 }),
      evt_text: stripeEventBody('evt_text', { created: 'yesterday' }),
      evt_none: stripeEventBody('evt_none', { data: null }),
      evt_type: stripeEventBody('evt_type', { type: '__proto__' }),
      evt_float: withObject('evt_float', '{"id":"cus_1","object":"customer","balance":1e400,"created":1}'),
      "evt_'--": stripeEventBody("evt_'--", { type: "');DROP/**/TABLE/**/journal_entries;--" }),
    };
    const answers = new Map<string, number[]>();
    for (const [id, body] of Object.entries(odd)) answers.set(id, await say(signed(body)));
    expect([...answers]).toEqual(Object.keys(odd).map((id) => [id, [200]]));
    expect(await stored()).toEqual(Object.keys(odd));
    const kept = await withClient(database.ownerUrl, async (client) => (await client.query<{ id: string; payload: Buffer }>('SELECT id, payload FROM daybook.webhook_events ORDER BY sequence')).rows);
    for (const { id, payload } of kept) expect(payload.equals(Buffer.from(odd[id] ?? '')), id).toBe(true);

    using ledger = openTemporaryDatabase();
    const inbox = createSharedInbox({ source: createSharedInboxSource(postgres), readable: ledger.database, unitOfWork: ledger.database.unitOfWork, clock: { now: () => Date.now() } });
    const pulled = await inbox.pull(unattended);
    expect(pulled).toMatchObject({ skipped: null });
    const read = ledger.database.all<{ id: string; status: string }>(sql('test.inbox', 'SELECT provider_id AS id, status FROM sync_inbox ORDER BY sequence'));
    expect(pulled.read - read.length).toBe(0);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    await isAsBefore();
  });
});

describe('a relay that is stopped in the midst of it', () => {
  test('answers 200 for nothing that is not in the inbox', async () => {
    const other = await start();
    const ids = Array.from({ length: 200 }, (_, index) => `evt_${index}`);
    const sending = ids.map(async (id) => {
      const answer = await sendStripe(other.url, stripeEventBody(id)).catch(() => null);
      return answer?.status === 200 ? id : null;
    });
    await sending[20];
    await other.stop();
    const acknowledged = (await Promise.all(sending)).filter((id) => id !== null);
    expect(acknowledged.length).toBeGreaterThan(0);
    const kept = new Set(await stored());
    expect(acknowledged.filter((id) => !kept.has(id))).toEqual([]);
    expect(problems).toEqual([]);
  });
});
