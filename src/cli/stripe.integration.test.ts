/** A desk of its own (no shared database) on the sandbox's Stripe: the key and what it may read, whose ledger it is, the log, what waits. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openCliDesk, type CliDesk, type ErrorDocument } from '../main/testing/cli-desk.ts';
import { startStripeFront, type StripeFront } from '../main/testing/stripe-front.ts';
import { startStripeWorld, type StripeWorld } from '../main/testing/stripe-desk.ts';
import { makeTemporaryFolder } from '../main/testing/temporary-folder.ts';
import { startBackend } from '../main/backend.ts';
import type { KeyReport } from '../shared/api/system.contract.ts';

const folder = makeTemporaryFolder();
let world: StripeWorld;
let desk: CliDesk;

/** A data folder whose Stripe is at an address. */
function makeDesk(name: string, apiBase: string, key: string): CliDesk {
  const dataFolder = join(folder.path, name);
  mkdirSync(dataFolder, { mode: 0o700 });
  writeFileSync(join(dataFolder, 'config.json'), JSON.stringify({ stripeApiBase: apiBase, now: world.company.manifest.now, reportingTimeZone: world.company.manifest.reportingTimeZone, functionalCurrency: 'usd', stripeLimiter: 'off' }), { mode: 0o600 });
  return openCliDesk(dataFolder, { DAYBOOK_STRIPE_KEY: key });
}
const requests = (): number => Object.values(world.sandbox.requestCounts()).reduce((sum, count) => sum + count, 0);

beforeAll(async () => {
  world = await startStripeWorld('small', 1);
  desk = makeDesk('desk', world.sandbox.url, world.sandbox.restrictedKey);
  expect((await desk.json('sync', 'stripe')).code).toBe(0);
});
afterAll(async () => {
  await world[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

describe('stripe check', () => {
  test('a restricted key that may read everything is fine, and each permission says what for', async () => {
    const { code, answer } = await desk.json<KeyReport>('stripe', 'check');
    expect([code, answer.isFine, answer.keyKind]).toEqual([0, true, 'restricted']);
    expect(answer.account).toMatchObject({ id: world.company.manifest.gatewayAccountId, mode: 'test' });
    expect(answer.permissions.map((permission) => permission.state)).toEqual(Array.from({ length: 19 }, () => 'fine'));
    expect(answer.permissions.every((permission) => permission.purpose.endsWith('.'))).toBe(true);
    expect((await desk.run('stripe', 'check')).stdout).toMatch(/ok +disputes +Disputes +Posts chargebacks/);
  });

  test('a permission that is missing is named with what to set', async () => {
    await using front = await startStripeFront({ stripe: world.sandbox, forbidden: /^\/v1\/(disputes|payouts)/ });
    const { code, answer } = await makeDesk('lacking', front.url, world.sandbox.restrictedKey).json<KeyReport>('stripe', 'check');
    expect([code, answer.isFine]).toEqual([1, false]);
    const missing = answer.permissions.filter((permission) => permission.state !== 'fine');
    expect(missing.map(({ list, state, code: why }) => [list, state, why])).toEqual([['disputes', 'missing', 'stripe-key-lacks-permission'], ['payouts', 'missing', 'stripe-key-lacks-permission']]);
    expect(missing[0]?.nextStep).toBe('In Stripe’s dashboard, edit the key and set “Disputes” to Read.');
  });
});

describe('a ledger belongs to one account and one mode', () => {
  const liveKey = 'rk_live_51NeverToBeSentAnywhere';

  test('a live key in a test ledger is refused before anything is sent, by sync and by check', async () => {
    const before = requests();
    const live = desk.with({ DAYBOOK_STRIPE_KEY: liveKey });
    const synced = await live.json<ErrorDocument>('sync', 'stripe');
    expect([synced.code, synced.answer.error.code, synced.answer.error.message]).toEqual([1, 'stripe-mode-mismatch', 'This is a test-mode ledger and the key is for live mode.']);
    expect(synced.answer.error.nextStep).toBe('Use a test-mode key. Live books need a data folder of their own: start Daybook with --data and the name of a new one.');
    const checked = await live.json<KeyReport>('stripe', 'check');
    expect([checked.code, checked.answer.checks]).toMatchObject([1, [{ name: 'This ledger', isFine: false, message: 'This is a test-mode ledger and the key is for live mode. (stripe-mode-mismatch)' }]]);
    expect(requests()).toBe(before);
  });

  test('a key of another account is refused by sync and by check', async () => {
    await using front: StripeFront = await startStripeFront({ stripe: world.sandbox, change: (path, body) => (path === '/v1/account' ? { ...body, id: 'acct_other' } : body) });
    writeFileSync(join(desk.dataFolder, 'config.json'), JSON.stringify({ stripeApiBase: front.url, now: world.company.manifest.now, reportingTimeZone: world.company.manifest.reportingTimeZone, functionalCurrency: 'usd', stripeLimiter: 'off' }), { mode: 0o600 });
    try {
      const { code, answer } = await desk.json<ErrorDocument>('sync', 'stripe');
      expect([code, answer.error]).toEqual([1, { code: 'stripe-account-mismatch', message: 'The Stripe key belongs to another account than this ledger.', nextStep: `Use a key of ${world.company.manifest.gatewayAccountId}, or start a fresh data folder for acct_other.` }]);
      const checked = await desk.json<KeyReport>('stripe', 'check');
      expect(checked.answer.checks.at(-1)).toMatchObject({ name: 'This ledger', isFine: false });
      expect(new Set(checked.answer.permissions.map((permission) => permission.state))).toEqual(new Set(['untested']));
    } finally {
      writeFileSync(join(desk.dataFolder, 'config.json'), JSON.stringify({ stripeApiBase: world.sandbox.url, now: world.company.manifest.now, reportingTimeZone: world.company.manifest.reportingTimeZone, functionalCurrency: 'usd', stripeLimiter: 'off' }), { mode: 0o600 });
    }
  });

  test('Settings refuses both, keeps what stood before, and keeps a key that fits', async () => {
    const backend = await startBackend({ dataFolder: desk.dataFolder, host: 'cli', env: {} });
    try {
      const client = backend.clientFor('cli');
      const enter = (key: string) => client.settings.setStripeKey({ commandId: crypto.randomUUID(), key });
      expect((await enter(liveKey)).checks).toMatchObject([{ isFine: false, message: expect.stringContaining('stripe-mode-mismatch') as string }]);
      expect((await enter('pk_test_1234567890')).checks).toMatchObject([{ isFine: false, message: expect.stringContaining('stripe-key-invalid') as string }]);
      expect(await client.settings.get({})).toMatchObject({ hasStripeKey: false });
      expect((await enter(world.sandbox.restrictedKey)).report).toMatchObject({ isFine: true });
      expect(await client.settings.get({})).toMatchObject({ hasStripeKey: true, stripeLimiter: 'off', requestHeadroomPercent: 50 });
      expect(await client.stripe.setHeadroom({ commandId: crypto.randomUUID(), percent: 20 })).toEqual({ headroomPercent: 20 });
      expect((await client.stripe.overview({})).limits).toMatchObject({ limiter: 'off', headroomPercent: 20, accountPerSecond: null });
      await expect(client.stripe.setHeadroom({ commandId: crypto.randomUUID(), percent: 95 })).rejects.toMatchObject({ code: 'input-invalid' });
    } finally {
      await backend.close();
    }
  });
});

describe('what came in and what waits', () => {
  interface Events {
    events: { id: string; type: string; state: string; objectId: string | null }[];
    total: number;
  }

  test('the log is listed by state, type and id', async () => {
    const all = (await desk.json<Events>('stripe', 'events')).answer;
    expect(all.total).toBeGreaterThan(3);
    expect(new Set(all.events.map((event) => event.state))).toEqual(new Set(['projected']));
    expect((await desk.json<Events>('stripe', 'events', '--state', 'parked')).answer).toEqual({ events: [], total: 0 });
    const paid = (await desk.json<Events>('stripe', 'events', '--type', 'invoice.')).answer;
    expect(paid.total).toBeGreaterThan(0);
    expect(paid.events.every((event) => event.type.startsWith('invoice.'))).toBe(true);
    const one = all.events[0];
    expect((await desk.json<Events>('stripe', 'events', '--text', one?.objectId ?? '')).answer.events).toContainEqual(one);
    expect((await desk.run('stripe', 'events', '--limit', '2')).stdout).toMatch(/taken in[\s\S]*2 of \d+\./);
    expect((await desk.run('stripe', 'events', '--state', 'lost')).code).toBe(2);
  });

  test('facts without a rate are listed with what to do: exit 1', async () => {
    const { code, answer } = await desk.json<{ facts: { reasonCode: string; nextStep: string }[]; factsTotal: number; messagesTotal: number }>('stripe', 'parked');
    expect([code, answer.messagesTotal]).toEqual([1, 0]);
    expect(answer.factsTotal).toBeGreaterThan(0);
    expect(answer.facts[0]).toMatchObject({ reasonCode: 'exchange-rate-missing', nextStep: expect.stringContaining('is imported: Settings, Exchange rates') as string, awaitedRate: { currency: expect.any(String) as string, on: expect.stringMatching(/^\d{4}-/) as string } });
    expect((await desk.run('stripe', 'parked')).stdout).toMatch(/facts wait to be posted[\s\S]*It waits for the rate of \d+ \w+ \d{4} from [A-Z]{3} to USD/);
  });

  test('a retry of nothing says so; any object of the mirror can be looked at', async () => {
    expect((await desk.json('stripe', 'retry')).answer).toEqual({ retried: 0, stillParked: 0 });
    const backend = await startBackend({ dataFolder: desk.dataFolder, host: 'cli', env: {} });
    try {
      const client = backend.clientFor('cli');
      const [event] = (await client.stripe.events({ limit: 1 })).rows;
      const shown = await client.stripe.event({ id: event?.id ?? '' });
      expect(JSON.parse(shown.raw)).toMatchObject({ id: event?.id, object: 'event' });
      const raw = await client.stripe.rawObject({ kind: 'account', id: world.company.manifest.gatewayAccountId });
      expect(JSON.parse(raw.raw)).toMatchObject({ object: 'account' });
      await expect(client.stripe.rawObject({ kind: 'charge', id: 'ch_none' })).rejects.toMatchObject({ code: 'stripe-object-not-found' });
      await expect(client.stripe.event({ id: 'evt_none' })).rejects.toMatchObject({ code: 'stripe-event-not-found' });
    } finally {
      await backend.close();
    }
  });
});
