/** The whole second road: the sandbox signs and sends, the relay stores, a desk reads the shared inbox, asks Stripe and posts. */
import Stripe from 'stripe';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { withClient } from '../../../sandbox/postgres.ts';
import { startRelay } from '../../relay/relay.ts';
import { readRelayConfig } from '../../relay/relay-config.ts';
import type { RelayServer } from '../../relay/relay-server.ts';
import { sql } from '../database/handles.ts';
import { openPostgres, type PostgresConnection } from '../integrations/postgres/connection.ts';
import { createSharedInboxSource } from '../integrations/postgres/shared-inbox-source.ts';
import { unattended } from '../platform/work-control.ts';
import { paystackKey, sendPaystack, startRelayDatabase, stripeEventBody, type RelayDatabase } from '../testing/relay-desk.ts';
import { loadExchangeRates, openStripeDesk, startStripeWorld, type StripeWorld } from '../testing/stripe-desk.ts';
import { openTemporaryDatabase, type TemporaryDatabase } from '../testing/temporary-database.ts';
import type { StripeSync } from './stripe-sync.ts';
import type { GatewaySource } from './stripe-sync.ports.ts';

let world: StripeWorld;
let database: RelayDatabase;
let relay: RelayServer;
let stripe: Stripe;
let postgres: PostgresConnection;

beforeAll(async () => {
  world = await startStripeWorld('small', 1);
  database = await startRelayDatabase({}, world.company.manifest.gatewayAccountId);
  const { hostname, port } = new URL(world.sandbox.url);
  stripe = new Stripe(world.sandbox.secretKey, { host: hostname, port, protocol: 'http', maxNetworkRetries: 0, telemetry: false });
  // The relay listens before Stripe says with which secret it will sign: two starts, as in a real rotation of the endpoint.
  const start = (secret: string, at: number): Promise<RelayServer> =>
    startRelay({ config: readRelayConfig({ port: at, metricsPort: 0 }, { DAYBOOK_STRIPE_WEBHOOK_SECRET: secret, DAYBOOK_PAYSTACK_SECRET_KEY: paystackKey, DAYBOOK_POSTGRES_URL: database.logins.relayUrl }), log: { info() {}, warn() {}, error() {} }, now: () => world.sandbox.now() * 1000 });
  relay = await start('whsec_not_known_yet', 0);
  const endpoint = await stripe.webhookEndpoints.create({ url: `${relay.url}/webhooks/stripe`, enabled_events: ['*'] });
  await relay.stop();
  relay = await start(`whsec_not_known_yet,${endpoint.secret}`, Number(new URL(relay.url).port));
  postgres = openPostgres({ url: database.logins.financeUrl });
});
beforeEach(() => owner('TRUNCATE daybook.webhook_events'));
afterAll(async () => {
  await relay.stop();
  await postgres.close();
  await database.server.stop();
  await world[Symbol.asyncDispose]();
});

const owner = (text: string, values: unknown[] = []): Promise<Record<string, unknown>[]> => withClient(database.ownerUrl, async (client) => (await client.query<Record<string, unknown>>(text, values)).rows);

interface Desk extends Disposable {
  readonly ledger: TemporaryDatabase;
  readonly sync: StripeSync;
}

/** Stripe whose list of events has forgotten everything: what happens is told by the relay alone. */
const withoutEvents = (source: GatewaySource): GatewaySource => ({ ...source, list: (list, query, signal) => (list === 'events' && query.limit !== 1 ? Promise.resolve({ objects: [], hasMore: false, observedAt: world.sandbox.now() * 1000 }) : source.list(list, query, signal)) });

async function openDesk(options: { readonly isRelayed?: boolean; readonly asSeen?: (source: GatewaySource) => GatewaySource; readonly connection?: PostgresConnection } = {}): Promise<Desk> {
  const ledger = openTemporaryDatabase();
  ledger.database.transaction('rates', (writable) => loadExchangeRates(writable, world.company));
  const { sync } = openStripeDesk(ledger.database, world, {}, { ...(options.isRelayed === false ? {} : { sharedInbox: createSharedInboxSource(options.connection ?? postgres) }), ...(options.asSeen ? { asSeen: options.asSeen } : {}) });
  await sync.sync({ isFull: false }, unattended);
  return { ledger, sync, [Symbol.dispose]: () => ledger[Symbol.dispose]() };
}

const rows = <Row = Record<string, unknown>>({ ledger }: Desk, text: string): Row[] => ledger.database.all<Row>(sql(text, text));
const books = (desk: Desk): unknown[] =>
  rows(desk, 'SELECT e.idempotency_key, e.entry_date, e.kind, e.concerns_month, p.line_number, p.account_code, p.direction, p.amount_minor, p.currency, p.functional_amount_minor, p.rate, p.party_id FROM journal_entries e JOIN postings p ON p.entry_id = e.id ORDER BY e.idempotency_key, p.line_number');
const inboxOf = (desk: Desk): unknown[] => rows(desk, "SELECT provider, provider_id AS id, type, status, reason_code AS reason, origin FROM sync_inbox WHERE origin = 'relayed' ORDER BY sequence");

/** What somebody who stole the relay's login can do: put rows there, in any number, saying anything. */
const forge = (id: string, body: string): Promise<unknown> =>
  withClient(database.logins.relayUrl, (client) => {
    const { type } = /"type": "(?<type>[^"]+)"/.exec(body)?.groups ?? {};
    return client.query('SELECT * FROM daybook.receive_webhooks($1, $2)', [JSON.stringify([{ gateway: 'stripe', id, type: type ?? 'unknown', mode: 'test', bytes: Buffer.byteLength(body) }]), Buffer.from(body)]);
  });

describe('what Stripe sends to the relay', () => {
  test('comes into the books of a desk whose own polling hears of nothing, as it comes into those of one that polls', async () => {
    const gone = await stripe.customers.create({ name: 'Soon Gone' });
    const coupon = await stripe.coupons.create({ percent_off: 10, duration: 'forever' });
    await world.sandbox.flushWebhooks();
    await owner('TRUNCATE daybook.webhook_events');
    using relayed = await openDesk({ asSeen: withoutEvents });
    using polled = await openDesk({ isRelayed: false });
    const before = books(relayed);
    const charge = (await stripe.charges.list({ limit: 100 })).data.find((one) => one.paid && one.amount_refunded === 0 && !one.disputed && one.currency === 'usd');
    await stripe.refunds.create({ charge: charge?.id ?? '' });
    const open = (await stripe.invoices.list({ status: 'open', limit: 1 })).data[0]?.id ?? '';
    await stripe.invoices.voidInvoice(open);
    const customer = await stripe.customers.create({ name: 'Told By The Relay' });
    await stripe.customers.del(gone.id);
    await stripe.coupons.del(coupon.id); // which Stripe no longer knows afterwards, where it still knows the customer
    await stripe.paymentIntents.create({ amount: 12_345, currency: 'usd', customer: customer.id, confirm: true, payment_method: 'pm_card_visa', automatic_payment_methods: { enabled: true, allow_redirects: 'never' } });
    expect(await world.sandbox.flushWebhooks()).toMatchObject({ pending: 0, failed: 0 });
    const sent = await owner('SELECT count(*)::int AS count FROM daybook.webhook_events');
    const result = await relayed.sync.sync({ isFull: false }, unattended);
    expect(result).toMatchObject({ isRefill: false, refused: 0, waiting: {}, relayed: { read: sent[0]?.['count'], parked: 0, skipped: null }, events: { staged: 0, parked: 0 } });
    expect(result.relayed?.staged).toBeGreaterThan(5);
    await polled.sync.sync({ isFull: false }, unattended);
    expect(books(relayed)).toEqual(books(polled));
    expect(books(relayed).length).toBeGreaterThan(before.length);
    const customers = (desk: Desk): unknown[] => rows(desk, `SELECT id, name, is_deleted FROM stripe_customers WHERE id IN ('${customer.id}', '${gone.id}') ORDER BY name`);
    expect(customers(relayed)).toEqual([{ id: gone.id, name: 'Soon Gone', is_deleted: 1 }, { id: customer.id, name: 'Told By The Relay', is_deleted: 0 }]);
    expect(customers(polled)).toEqual(customers(relayed));
    expect(rows(relayed, `SELECT is_deleted FROM stripe_coupons WHERE id = '${coupon.id}'`)).toEqual([{ is_deleted: 1 }]);
    expect(rows(relayed, `SELECT status FROM stripe_invoices WHERE id = '${open}'`)).toEqual([{ status: 'void' }]);
  });

  test('is staged once where both roads tell of it, at Stripe’s own word, and first seen when the relay saw it', async () => {
    using desk = await openDesk();
    const { id } = await stripe.customers.create({ name: 'Both Roads' });
    await world.sandbox.flushWebhooks();
    const requestsBefore = world.sandbox.requestCounts()['GET /v1/customers/:id'] ?? 0;
    expect(await desk.sync.sync({ isFull: false }, unattended)).toMatchObject({ relayed: { read: 1, staged: 1 } });
    const [received] = await owner('SELECT id, floor(extract(epoch FROM received_at) * 1000)::text AS at FROM daybook.webhook_events');
    expect(rows(desk, `SELECT provider_id AS id, status, origin, received_at AS at FROM sync_inbox WHERE payload LIKE '%${id}%'`)).toEqual([{ id: received?.['id'], status: 'projected', origin: 'polled', at: Number(received?.['at']) }]);
    expect(world.sandbox.requestCounts()['GET /v1/customers/:id'] ?? 0).toBe(requestsBefore); // its own list told, so nothing was asked
    expect(await desk.sync.sync({ isFull: false }, unattended)).toMatchObject({ relayed: { read: 0, staged: 0 } });
  });

  test('waits in the shared database while that is away for the desk, and Stripe is read meanwhile', async () => {
    const away = openPostgres({ url: 'postgres://nobody:nothing@127.0.0.1:1/nowhere' });
    let connection = postgres;
    using desk = await openDesk({ asSeen: withoutEvents, connection: { ...postgres, query: (text, values) => connection.query(text, values) } });
    await stripe.customers.create({ name: 'Patience' });
    await world.sandbox.flushWebhooks();
    connection = away;
    expect(await desk.sync.sync({ isFull: false }, unattended)).toMatchObject({ relayed: { read: 0, skipped: 'postgres-unreachable' } });
    connection = postgres;
    expect(await desk.sync.sync({ isFull: false }, unattended)).toMatchObject({ relayed: { read: 1, staged: 1, skipped: null } });
    await away.close();
  });

  test('is not for those who may not see payments: a viewer’s desk goes without', async () => {
    const connection = openPostgres({ url: database.logins.managerUrl });
    using desk = await openDesk({ connection });
    expect(await desk.sync.sync({ isFull: false }, unattended)).toMatchObject({ relayed: { skipped: 'postgres-not-permitted' } });
    await connection.close();
  });

  test('is read again from its beginning where the shared database went back to an older backup', async () => {
    using desk = await openDesk({ asSeen: withoutEvents });
    await stripe.customers.create({ name: 'Before' });
    await world.sandbox.flushWebhooks();
    await desk.sync.sync({ isFull: false }, unattended);
    await owner('TRUNCATE daybook.webhook_events');
    await owner('UPDATE daybook.webhook_inbox SET last_sequence = 0');
    await stripe.customers.create({ name: 'After' });
    await world.sandbox.flushWebhooks();
    expect(await desk.sync.sync({ isFull: false }, unattended)).toMatchObject({ relayed: { read: 1, staged: 1 } });
    expect(rows(desk, "SELECT name FROM stripe_customers WHERE name IN ('Before', 'After') ORDER BY name")).toEqual([{ name: 'After' }, { name: 'Before' }]);
  });
});

describe('Paystack’s events', () => {
  test('are kept and listed as unhandled, by a desk that is new as well', async () => {
    const body = JSON.stringify({ event: 'charge.success', data: { id: 302961, domain: 'test', amount: 10_000 } });
    expect((await sendPaystack(relay.url, body)).status).toBe(200);
    using desk = await openDesk();
    expect(rows(desk, "SELECT provider, provider_id AS id, type, payload, status FROM sync_inbox WHERE provider = 'paystack'")).toEqual([{ provider: 'paystack', id: 'charge.success/302961', type: 'charge.success', payload: body, status: 'unhandled' }]);
    expect((await sendPaystack(relay.url, JSON.stringify({ event: 'transfer.success', data: { id: 1, domain: 'test' } }))).status).toBe(200);
    expect(await desk.sync.sync({ isFull: false }, unattended)).toMatchObject({ relayed: { read: 1, unhandled: 1 } });
  });
});

describe('a forged row', () => {
  test('posts nothing and changes nothing, whatever it says', async () => {
    using desk = await openDesk();
    const before = books(desk);
    const [invoice, customer] = [rows<{ id: string; raw: string }>(desk, "SELECT id, raw FROM stripe_invoices WHERE status = 'paid' LIMIT 1")[0], rows<{ id: string }>(desk, 'SELECT id FROM stripe_customers LIMIT 1')[0]];
    const event = (id: string, type: string, object: object, change: object = {}): string => stripeEventBody(id, { type, data: { object }, ...change });
    const huge = { object: 'charge', amount: 99_999_900, currency: 'usd', paid: true, status: 'succeeded', created: 1, balance_transaction: 'txn_forged' };
    await forge('evt_f1', event('evt_f1', 'charge.succeeded', { ...huge, id: 'ch_forged' }));
    await forge('evt_f2', event('evt_f2', 'customer.deleted', { id: customer?.id, object: 'customer' }));
    await forge('evt_f3', event('evt_f3', 'invoice.paid', { ...(JSON.parse(invoice?.raw ?? '{}') as object), total: 1, amount_paid: 1 }, { created: 4_000_000_000 }));
    await forge('evt_f4', event('evt_f4', 'balance.available', { object: 'balance' }));
    await forge('evt_f5', 'no JSON at all');
    await forge('evt_f6', event('evt_other', 'charge.succeeded', huge));
    await forge(invoice?.id ?? '', event(invoice?.id ?? '', 'charge.succeeded', huge));
    const result = await desk.sync.sync({ isFull: false }, unattended);
    expect(result).toMatchObject({ posted: 0, refused: 0, relayed: { read: 7, staged: 3, unhandled: 1, parked: 3 } });
    expect(books(desk)).toEqual(before);
    expect(rows(desk, "SELECT id FROM stripe_charges WHERE id = 'ch_forged'")).toEqual([]);
    expect(rows(desk, `SELECT is_deleted FROM stripe_customers WHERE id = '${customer?.id}'`)).toEqual([{ is_deleted: 0 }]);
    expect(rows(desk, `SELECT raw FROM stripe_invoices WHERE id = '${invoice?.id}'`)).toEqual([{ raw: invoice?.raw }]);
    expect(inboxOf(desk)).toEqual([
      ['evt_f1', 'charge.succeeded', 'parked', 'relayed-object-missing'], ['evt_f2', 'customer.deleted', 'projected', null], ['evt_f3', 'invoice.paid', 'projected', null], ['evt_f4', 'balance.available', 'unhandled', null],
      [expect.stringMatching(/^inbox\/\d+$/), 'unknown', 'parked', 'stripe-object-malformed'], [expect.stringMatching(/^inbox\//), 'charge.succeeded', 'parked', 'stripe-object-malformed'], [expect.stringMatching(/^inbox\//), 'charge.succeeded', 'parked', 'stripe-object-malformed'],
    ].map(([id, type, status, reason]) => ({ provider: 'stripe', id, type, status, reason, origin: 'relayed' })));
    expect(await desk.sync.sync({ isFull: false }, unattended)).toMatchObject({ posted: 0, relayed: { read: 0 } });
  });

  test('about an object that cannot even be asked for is set aside, and the others go on', async () => {
    using desk = await openDesk();
    const ids = ['', 'ch_\ud800', '..', `ch_${'x'.repeat(100_000)}`];
    for (const [index, id] of ids.entries()) await forge(`evt_odd${index}`, stripeEventBody(`evt_odd${index}`, { type: 'charge.succeeded', data: { object: { id, object: 'charge' } } }));
    const { id } = await stripe.customers.create({ name: 'Behind The Odd Ones' });
    await world.sandbox.flushWebhooks();
    expect(await desk.sync.sync({ isFull: false }, unattended)).toMatchObject({ posted: 0, relayed: { read: ids.length + 1 }, events: { parked: ids.length } });
    expect(rows(desk, "SELECT DISTINCT status, reason_code AS reason FROM sync_inbox WHERE provider_id LIKE 'evt_odd%'")).toEqual([{ status: 'parked', reason: 'relayed-object-missing' }]);
    expect(rows(desk, `SELECT name FROM stripe_customers WHERE id = '${id}'`)).toEqual([{ name: 'Behind The Odd Ones' }]);
  });

  test('under the id of a true event does not keep that from being heard', async () => {
    using desk = await openDesk();
    const renamed = await stripe.customers.create({ name: 'First' });
    await desk.sync.sync({ isFull: false }, unattended);
    await stripe.customers.update(renamed.id, { name: 'Second' });
    await world.sandbox.flushWebhooks();
    const [truth] = await owner('SELECT id FROM daybook.webhook_events ORDER BY sequence DESC LIMIT 1');
    await owner('TRUNCATE daybook.webhook_events');
    const id = String(truth?.['id']);
    await forge(id, stripeEventBody(id, { type: 'moon.landed', data: { object: { id: 'cus_other', object: 'customer' } } }));
    await desk.sync.sync({ isFull: false }, unattended);
    expect(rows(desk, `SELECT type, status, origin FROM sync_inbox WHERE provider_id = '${id}'`)).toEqual([{ type: 'customer.updated', status: 'projected', origin: 'polled' }]);
    expect(rows(desk, `SELECT name FROM stripe_customers WHERE id = '${renamed.id}'`)).toEqual([{ name: 'Second' }]);
  });
});
