/** `daybook relay` as an operator runs it: a process of its own, told by variables, stopped by a signal. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { withClient } from '../../sandbox/postgres.ts';
import { runDaybook, startDaybook, type Environment, type StartedCommand } from '../main/testing/cli-desk.ts';
import { paystackKey, relaySecret, sendPaystack, sendStripe, startRelayDatabase, stripeEventBody, stripeSignature, type RelayDatabase } from '../main/testing/relay-desk.ts';

let database: RelayDatabase;
let env: Environment;

beforeAll(async () => {
  database = await startRelayDatabase();
  env = { DAYBOOK_STRIPE_WEBHOOK_SECRET: relaySecret, DAYBOOK_PAYSTACK_SECRET_KEY: paystackKey, DAYBOOK_POSTGRES_URL: database.logins.relayUrl };
});
afterAll(() => database.server.stop());

interface Addresses {
  readonly url: string;
  readonly metricsUrl: string;
}

async function start(...flags: string[]): Promise<StartedCommand & Addresses> {
  const started = startDaybook(['relay', '--port', '0', '--json', ...flags], env);
  const [part] = (await once(started.child.stdout ?? started.child, 'data')) as [Buffer];
  return { ...started, ...(JSON.parse(part.toString()) as Addresses) };
}

const storedIds = (): Promise<string[]> => withClient(database.ownerUrl, async (client) => (await client.query<{ id: string }>('SELECT id FROM daybook.webhook_events ORDER BY sequence')).rows.map(({ id }) => id));

describe.each(['SIGTERM', 'SIGINT'] as const)('daybook relay, ended by %s', (signal) => {
  test('takes webhooks of both gateways, finishes what it has begun, and exits 0 without a secret in its words', async () => {
    await withClient(database.ownerUrl, (client) => client.query('TRUNCATE daybook.webhook_events'));
    const relay = await start();
    expect((await sendStripe(relay.url, stripeEventBody('evt_first'))).status).toBe(200);
    expect((await sendPaystack(relay.url, JSON.stringify({ event: 'charge.success', data: { id: 1, domain: 'test' } }))).status).toBe(200);
    expect((await fetch(`${relay.metricsUrl}/ready`)).status).toBe(200);
    expect(await (await fetch(`${relay.metricsUrl}/metrics`)).text()).toContain('daybook_relay_stored_total{gateway="paystack"} 1');
    const acknowledged: string[] = [];
    const senders = Array.from({ length: 8 }, async (_, own) => {
      for (let number = 0; ; number += 1) {
        const id = `evt_${own}_${number}`;
        const answer = await sendStripe(relay.url, stripeEventBody(id)).catch(() => null);
        if (answer === null) return; // nobody listens any more
        if (answer.status === 200) acknowledged.push(id);
        if (own === 0 && number === 20) relay.child.kill(signal);
      }
    });
    await Promise.all(senders);
    const { code, stderr } = await relay.ended;
    expect(code).toBe(0);
    const stored = new Set(await storedIds());
    expect(acknowledged.filter((id) => !stored.has(id))).toEqual([]);
    expect(acknowledged.length).toBeGreaterThan(20);
    const lines = stderr.trim().split('\n').map((line) => JSON.parse(line) as { event: string });
    expect(lines.map(({ event }) => event)).toEqual(['relay started', 'inbox open', 'relay stopped']);
    for (const secret of [relaySecret, paystackKey, new URL(database.logins.relayUrl).password]) expect(stderr).not.toContain(secret);
  });
});

describe('daybook relay', () => {
  test.each([
    ['without a port', [], {}, 2, 'usage-invalid'],
    ['with a port that is none', ['--port', '70000'], {}, 2, 'usage-invalid'],
    ['without a secret', ['--port', '0'], { DAYBOOK_STRIPE_WEBHOOK_SECRET: undefined, DAYBOOK_PAYSTACK_SECRET_KEY: undefined }, 1, 'relay-secret-missing'],
    ['with a public key for a secret one', ['--port', '0'], { DAYBOOK_PAYSTACK_SECRET_KEY: 'pk_test_public' }, 1, 'relay-secret-invalid'],
    ['without a shared database', ['--port', '0'], { DAYBOOK_POSTGRES_URL: undefined }, 1, 'postgres-url-missing'],
    ['with an address that is none', ['--port', '0'], { DAYBOOK_POSTGRES_URL: 'mysql://db' }, 1, 'postgres-url-invalid'],
    ['for all the world, unencrypted', ['--port', '0', '--host', '0.0.0.0'], {}, 1, 'relay-not-private'],
  ])('%s says so and ends', async (_, flags, change, code, error) => {
    const outcome = await runDaybook(['relay', ...flags, '--json'], { ...env, ...change });
    expect([outcome.code, JSON.parse(outcome.stdout)]).toEqual([code, { error: expect.objectContaining({ code: error, nextStep: expect.any(String) }) }]);
  });

  test('on a port that is taken says so and ends', async () => {
    const first = await start();
    const outcome = await runDaybook(['relay', '--port', new URL(first.url).port, '--metrics-port', '0', '--json'], env);
    expect([outcome.code, JSON.parse(outcome.stdout)]).toEqual([1, { error: expect.objectContaining({ code: 'relay-port-taken' }) }]);
    first.child.kill('SIGTERM');
    expect((await first.ended).code).toBe(0);
  });

  test('told twice to stop still finishes what it has begun', async () => {
    const relay = await start();
    const body = stripeEventBody('evt_slow');
    const socket = connect(Number(new URL(relay.url).port), '127.0.0.1');
    socket.write(`POST /webhooks/stripe HTTP/1.1\r\nHost: relay\r\nStripe-Signature: ${stripeSignature(body)}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body.slice(0, 10)}`);
    const read = async (path: string): Promise<string> => (await fetch(`${relay.metricsUrl}${path}`)).text();
    while (!(await read('/metrics')).includes('daybook_relay_body_bytes 10'));
    relay.child.kill('SIGTERM');
    while (!(await read('/ready')).includes('stopping'));
    relay.child.kill('SIGTERM');
    socket.write(body.slice(10));
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(answer.toString()).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*connection: close/i);
    expect((await relay.ended).code).toBe(0);
    expect(await storedIds()).toContain('evt_slow');
  });

  test('told in words where it listens', async () => {
    const started = startDaybook(['relay', '--port', '0'], env);
    const [part] = (await once(started.child.stdout ?? started.child, 'data')) as [Buffer];
    started.child.kill('SIGTERM');
    const { stdout } = await started.ended;
    expect(part.toString() + stdout).toMatch(/Receiving webhooks at http:\/\/127\.0\.0\.1:\d+\/webhooks\/stripe and/);
  });

  test('with a login that may do more warns of it', async () => {
    const relay = startDaybook(['relay', '--port', '0', '--json'], { ...env, DAYBOOK_POSTGRES_URL: database.ownerUrl });
    let said = '';
    await new Promise<void>((resolve) =>
      relay.child.stderr?.on('data', (part: Buffer) => {
        said += part.toString();
        if (said.includes('login wider than needed')) resolve();
      }),
    );
    relay.child.kill('SIGTERM');
    const { code, stderr } = await relay.ended;
    expect([code, stderr]).toEqual([0, expect.stringContaining('login wider than needed')]);
  });
});
