/** The relay on a real PostgreSQL: what it acknowledges stands in the inbox, once, as it was received. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { withClient } from '../../sandbox/postgres.ts';
import { paystackKey, paystackSignature, relaySecret, sendPaystack, sendStripe, startRelayDatabase, stripeEventBody, type RelayDatabase } from '../main/testing/relay-desk.ts';
import { migratePostgres } from '../main/integrations/postgres/postgres-migrations.ts';
import { readMigrations } from '../main/platform/migration-files.ts';
import { migrationsFolder } from '../main/platform/resources.ts';
import { startRelay, type RelayLog } from './relay.ts';
import { readRelayConfig } from './relay-config.ts';
import type { RelayServer } from './relay-server.ts';

const quiet: RelayLog = { info() {}, warn() {}, error() {} };
let database: RelayDatabase;
let relay: RelayServer;

beforeAll(async () => {
  database = await startRelayDatabase();
});
beforeEach(async () => {
  await withClient(database.ownerUrl, (client) => client.query('TRUNCATE daybook.webhook_events'));
  relay = await start(database.logins.relayUrl);
});
afterEach(() => relay.stop());
afterAll(() => database.server.stop());

function start(postgresUrl: string, log: RelayLog = quiet): Promise<RelayServer> {
  const env = { DAYBOOK_STRIPE_WEBHOOK_SECRET: relaySecret, DAYBOOK_PAYSTACK_SECRET_KEY: paystackKey, DAYBOOK_POSTGRES_URL: postgresUrl };
  return startRelay({ config: readRelayConfig({ port: 0 }, env), log, now: Date.now });
}

interface StoredRow {
  readonly gateway: string;
  readonly id: string;
  readonly body: string;
  readonly sequence: string;
}
const rows = (): Promise<StoredRow[]> => withClient(database.ownerUrl, async (client) => (await client.query<StoredRow>("SELECT gateway, id, convert_from(payload, 'UTF8') AS body, sequence FROM daybook.webhook_events ORDER BY sequence")).rows);

async function metrics(): Promise<string> {
  return (await fetch(`${relay.metricsUrl}/metrics`)).text();
}

describe('what was acknowledged', () => {
  test('stands in the inbox byte for byte, with its gateway, account, mode, version and time', async () => {
    const body = stripeEventBody('evt_1', { account: 'acct_1', data: { object: { id: 'cus_1', note: '\u0000 \ud800 “quoted” ₦' } } });
    expect(await sendStripe(relay.url, body)).toEqual({ status: 200, reason: undefined, retryAfter: null });
    await withClient(database.ownerUrl, async (client) => {
      const { rows: [row] } = await client.query("SELECT *, convert_from(payload, 'UTF8') AS body, extract(epoch FROM occurred_at)::int AS at FROM daybook.webhook_events");
      expect(row).toMatchObject({ gateway: 'stripe', id: 'evt_1', type: 'customer.updated', body, verified: true, mode: 'test', account: 'acct_1', api_version: '2026-10-28.endive', at: 1_763_000_000, status: 'received' });
    });
  });

  test('stands there once, however often it is sent, one after the other and at once', async () => {
    const body = stripeEventBody('evt_storm');
    const answers = await Promise.all(Array.from({ length: 60 }, () => sendStripe(relay.url, body)));
    answers.push(await sendStripe(relay.url, body), await sendStripe(relay.url, stripeEventBody('evt_other')), await sendStripe(relay.url, body));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect((await rows()).map(({ id }) => id)).toEqual(['evt_storm', 'evt_other']);
    expect(await metrics()).toContain('daybook_relay_duplicates_total{gateway="stripe"} 61');
  });

  test('has numbers without holes, in the order of their commits, whatever was sent twice', async () => {
    await Promise.all(Array.from({ length: 200 }, (_, number) => sendStripe(relay.url, stripeEventBody(`evt_${number % 150}`))));
    const stored = await rows();
    expect(stored).toHaveLength(150);
    const first = Number(stored[0]?.sequence);
    expect(stored.map(({ sequence }) => Number(sequence))).toEqual(stored.map((_, place) => first + place));
    const commits = Number(/^daybook_relay_commits_total (\d+)$/m.exec(await metrics())?.[1]);
    expect(commits).toBeLessThan(150); // several events share a commit
  });

  test('of Paystack is told apart by event and id, or by its body where there is no id', async () => {
    const charge = (event: string, id: number | undefined, amount: number): string => JSON.stringify({ event, data: { ...(id === undefined ? {} : { id }), domain: 'test', amount } });
    const bodies = [charge('charge.success', 7, 100), charge('charge.success', 7, 100), charge('charge.dispute.create', 7, 100), charge('charge.success', 8, 100), charge('refund.pending', undefined, 1), charge('refund.pending', undefined, 2), charge('refund.pending', undefined, 1)];
    for (const body of bodies) expect(await sendPaystack(relay.url, body)).toMatchObject({ status: 200 });
    expect((await rows()).map(({ id }) => id.replace(/[0-9a-f]{64}/, 'body'))).toEqual(['charge.success/7', 'charge.dispute.create/7', 'charge.success/8', 'refund.pending/body', 'refund.pending/body']);
  });
});

describe('a database that is not ready', () => {
  test('keeps the relay alive and not ready; senders are asked to come again', async () => {
    const url = new URL(database.logins.relayUrl);
    url.pathname = '/nowhere';
    const heard: unknown[] = [];
    const other = await start(url.toString(), { ...quiet, warn: (event, fields) => heard.push([event, fields?.['code']]) });
    try {
      expect(await sendStripe(other.url, stripeEventBody('evt_1'))).toEqual({ status: 503, reason: 'inbox-unavailable', retryAfter: '5' });
      expect((await fetch(`${other.metricsUrl}/health`)).status).toBe(200);
      const ready = await fetch(`${other.metricsUrl}/ready`);
      expect([ready.status, await ready.json()]).toEqual([503, { status: 'not ready', code: 'postgres-database-missing' }]);
      expect(heard).toEqual([['inbox unavailable', 'postgres-database-missing']]);
      expect(await (await fetch(`${other.metricsUrl}/metrics`)).text()).toContain('daybook_relay_inbox_up 0');
    } finally {
      await other.stop();
    }
  });

  test('is taken up again as soon as it is there', async () => {
    const missing = `late_${Date.now()}`;
    const url = new URL(database.logins.relayUrl);
    url.pathname = `/${missing}`;
    let said: () => void;
    const back = new Promise<void>((resolve) => (said = resolve));
    const other = await start(url.toString(), { ...quiet, info: (event) => event === 'inbox available' && said() });
    try {
      expect((await sendStripe(other.url, stripeEventBody('evt_1'))).status).toBe(503);
      await withClient(database.ownerUrl, (client) => client.query(`CREATE DATABASE ${missing} TEMPLATE template0`));
      const owner = new URL(database.ownerUrl);
      owner.pathname = `/${missing}`;
      await migratePostgres(owner.toString());
      await withClient(owner.toString(), (client) => client.query("INSERT INTO daybook.ledger (id, company_name, gateway, gateway_account, mode, functional_currency, reporting_time_zone) VALUES (gen_random_uuid(), 'Late', 'stripe', 'acct_2', 'test', 'usd', 'UTC')"));
      await back;
      expect((await sendStripe(other.url, stripeEventBody('evt_1'))).status).toBe(200);
    } finally {
      await other.stop();
    }
  });
});

test('a database of before keeps the rows it has, numbered by their arrival', async () => {
  const url = await database.server.createDatabase(`before_${Date.now()}`);
  const all = readMigrations(migrationsFolder('postgres'));
  await migratePostgres(url, all.filter(({ name }) => name < '0006'));
  await withClient(url, (client) => client.query(`INSERT INTO daybook.webhook_events (id, gateway, type, payload, verified, received_at) VALUES ('evt_2', 'stripe', 'x', '{"a": "ö"}', true, '2026-01-02'), ('evt_1', 'stripe', 'x', '{}', true, '2026-01-01')`));
  expect((await migratePostgres(url, all)).applied).toContain(all.find(({ name }) => name.startsWith('0006'))?.name);
  await withClient(url, async (client) => {
    expect((await client.query("SELECT id, convert_from(payload, 'UTF8') AS body, sequence FROM daybook.webhook_events ORDER BY sequence")).rows).toEqual([{ id: 'evt_1', body: '{}', sequence: '1' }, { id: 'evt_2', body: '{"a": "ö"}', sequence: '2' }]);
    expect((await client.query('SELECT last_sequence FROM daybook.webhook_inbox')).rows).toEqual([{ last_sequence: '2' }]);
  });
});

describe('the relay’s login', () => {
  const refused = expect.objectContaining({ code: '42501' });

  test.each([
    'SELECT * FROM daybook.webhook_events',
    "INSERT INTO daybook.webhook_events (id, gateway, type, payload, verified, sequence) VALUES ('evt_x', 'stripe', 'x', 'x', true, 1)",
    "UPDATE daybook.webhook_events SET type = 'other'",
    'DELETE FROM daybook.webhook_events',
    'TRUNCATE daybook.webhook_events',
    'SELECT * FROM daybook.webhook_inbox',
    'UPDATE daybook.webhook_inbox SET last_sequence = 0',
    'SELECT * FROM daybook.ledger',
    'SELECT * FROM daybook.partners',
    'SELECT * FROM daybook.change_feed',
    'SELECT * FROM daybook.payment_history',
    "INSERT INTO daybook.payment_history (gateway, gateway_payment_id, kind, amount_minor, currency, status, net_minor, created_at) VALUES ('stripe', 'x', 'payment', 1, 'usd', 'x', 1, now())",
    "SELECT daybook.append_audit('x', 'x', 'x', '{}', NULL)",
    "SELECT daybook.acquire_lease('stripe-sync', 'x', 1000)",
    'SELECT * FROM daybook_migrations.applied',
    'CREATE TABLE daybook.mine (id int)',
  ])('may not: %s', async (statement) => {
    await withClient(database.logins.relayUrl, (client) => expect(client.query(statement)).rejects.toEqual(refused));
  });

  test.each(['managerUrl', 'companyBackendUrl', 'adminUrl'] as const)('is the only one that can put events there: not %s', async (login) => {
    await withClient(database.logins[login], (client) => expect(client.query("SELECT * FROM daybook.receive_webhooks('[]', '')")).rejects.toEqual(refused));
  });

  test('can put nothing there of another account or mode, nor bodies that are not as long as it says', async () => {
    const call = (event: object, body: string) => withClient(database.logins.relayUrl, (client) => client.query('SELECT * FROM daybook.receive_webhooks($1, $2)', [JSON.stringify([{ gateway: 'stripe', id: 'evt_1', type: 'x', mode: 'test', bytes: 2, ...event }]), Buffer.from(body)]));
    await expect(call({ mode: 'live' }, '{}')).rejects.toMatchObject({ detail: 'webhook-of-another-ledger' });
    await expect(call({ account: 'acct_2' }, '{}')).rejects.toMatchObject({ detail: 'webhook-of-another-ledger' });
    await expect(call({}, '{} ')).rejects.toMatchObject({ detail: 'webhook-batch-invalid' });
    await expect(call({ bytes: null }, '{}')).rejects.toMatchObject({ detail: 'webhook-batch-invalid' });
    expect(await rows()).toEqual([]);
    expect((await call({ account: 'acct_1' }, '{}')).rows).toEqual([{ gateway: 'stripe', stored: '1' }]);
  });

  test('is answered after a flush to disk, even where the server’s default is not to wait for one', async () => {
    await withClient(database.logins.relayUrl, async (client) => {
      await client.query('BEGIN');
      await client.query('SET LOCAL synchronous_commit = off');
      await client.query('SELECT * FROM daybook.receive_webhooks($1, $2)', [JSON.stringify([{ gateway: 'stripe', id: 'evt_1', type: 'x', mode: 'test', bytes: 2 }]), Buffer.from('{}')]);
      expect((await client.query('SHOW synchronous_commit')).rows).toEqual([{ synchronous_commit: 'on' }]);
      await client.query('COMMIT');
    });
  });

  test('a batch that commits late keeps its place: nothing becomes visible behind what was read', async () => {
    await withClient(database.logins.relayUrl, async (slow) => {
      await slow.query('BEGIN');
      const put = (client: { query(text: string, values: unknown[]): Promise<unknown> }, id: string) => client.query('SELECT * FROM daybook.receive_webhooks($1, $2)', [JSON.stringify([{ gateway: 'stripe', id, type: 'x', mode: 'test', bytes: 2 }]), Buffer.from('{}')]);
      await put(slow, 'evt_slow');
      const quick = sendStripe(relay.url, stripeEventBody('evt_quick')); // waits for the lock
      await withClient(database.ownerUrl, async (client) => {
        const isWaiting = async (): Promise<boolean> => (await client.query("SELECT FROM pg_stat_activity WHERE application_name = 'daybook relay' AND wait_event_type = 'Lock'")).rowCount === 1;
        while (!(await isWaiting()));
      });
      expect(await rows()).toEqual([]);
      await slow.query('COMMIT');
      expect((await quick).status).toBe(200);
      const stored = await rows();
      expect(stored.map(({ id }) => id)).toEqual(['evt_slow', 'evt_quick']);
      expect(Number(stored[1]?.sequence)).toBe(Number(stored[0]?.sequence) + 1);
    });
  });
});

test('what a signature does not cover is refused before it is read: a body changed by one byte, another key, a replayed time', async () => {
  const body = stripeEventBody('evt_1');
  expect(await sendStripe(relay.url, `${body} `, undefined)).toMatchObject({ status: 200 });
  const charge = JSON.stringify({ event: 'charge.success', data: { id: 1, domain: 'test' } });
  expect(await sendPaystack(relay.url, `${charge} `, paystackSignature(charge))).toEqual({ status: 400, reason: 'signature-mismatch', retryAfter: null });
  expect(await metrics()).toContain('daybook_relay_refused_total{gateway="paystack",reason="signature-mismatch"} 1');
});
