/** Two desks on one shared database read from one Stripe account at the same time: over HTTP, against the sandbox's limiter. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createDemoLogins, startPostgres, withClient, type DemoLogins, type RunningPostgres } from '../../../../sandbox/postgres.ts';
import { partsOf } from '../../sync/request-shares.ts';
import { mostInOneSecond } from '../../testing/made-up-time.ts';
import { startStripeWorld, type StripeWorld } from '../../testing/stripe-desk.ts';
import { createSharedAllowance } from '../stripe/shared-allowance.ts';
import { createStripeSource } from '../stripe/stripe-source.ts';
import { openPostgres } from './connection.ts';
import { migratePostgres } from './postgres-migrations.ts';
import { createPostgresRequestShares } from './request-shares.ts';

const limit = 25;
let server: RunningPostgres;
let ownerUrl: string;
let logins: DemoLogins;
let world: StripeWorld;

beforeAll(async () => {
  [server, world] = await Promise.all([startPostgres(), startStripeWorld('small', 1)]);
  ownerUrl = await server.createDatabase('shares');
  await migratePostgres(ownerUrl);
  logins = await createDemoLogins(ownerUrl);
});
beforeEach(() => withClient(ownerUrl, async (client) => void (await client.query('TRUNCATE daybook.request_shares'))));
afterAll(() => Promise.all([server.stop(), world[Symbol.asyncDispose]()]));

/** A desk with a login and a connection of its own, that asks for pages of several lists until it is stopped. */
function startDesk(name: string, url: string) {
  const postgres = openPostgres({ url });
  const allowance = createSharedAllowance({ shares: createPostgresRequestShares(postgres), total: () => limit, desk: name });
  const leftMs: number[] = [];
  const source = createStripeSource({
    key: world.sandbox.secretKey, apiBase: world.sandbox.url, headroomShare: () => 0, allowance,
    now: () => {
      leftMs.push(performance.now());
      return 0;
    },
  });
  const stop = new AbortController();
  const lanes = (['charges', 'invoices', 'payouts', 'customers', 'refunds', 'disputes'] as const).map(async (list) => {
    while (!stop.signal.aborted) await source.list(list, { limit: 1 }, stop.signal).catch(() => undefined);
  });
  return {
    leftMs,
    /** Resolves once it has asked for so many pages. */
    asked: (count: number) => expect.poll(() => leftMs.length, { timeout: 60_000, interval: 20 }).toBeGreaterThanOrEqual(count),
    async [Symbol.asyncDispose]() {
      stop.abort(new Error('enough'));
      await Promise.all(lanes);
      await allowance.close();
      await postgres.close();
    },
  };
}

describe('two desks', () => {
  it('together never send more than the limit in any second, both get on, and one alone has all of it', async () => {
    world.sandbox.faults.set({ rateLimit: { accountPerSecond: limit, endpointPerSecond: limit } });
    await using first = startDesk('first', logins.financeUrl);
    await first.asked(3 * limit);
    expect(mostInOneSecond(first.leftMs)).toBeGreaterThan(limit / 2 + 1);
    let sentBySecond: readonly number[];
    {
      await using second = startDesk('second', logins.accountantUrl);
      await second.asked(3 * limit);
      sentBySecond = second.leftMs;
    }
    const aloneFrom = first.leftMs.length;
    await first.asked(aloneFrom + 7 * limit);
    expect(mostInOneSecond(first.leftMs.slice(aloneFrom))).toBeGreaterThan(limit / 2 + 1);
    expect(mostInOneSecond([...first.leftMs, ...sentBySecond])).toBeLessThanOrEqual(limit);
  }, 120_000);
});

describe('the server function', () => {
  it('gives what the local twin gives', async () => {
    const cases = [
      { total: 25, others: [] },
      { total: 25, others: [{ total: 25, parts: 25, inUse: 0 }] },
      { total: 25, others: [{ total: 25, parts: 12, inUse: 25 }] },
      { total: 25, others: [{ total: 25, parts: 10, inUse: 0, isEnded: true }] },
      { total: 25, others: [{ total: 12, parts: 4, inUse: 6 }, { total: 20, parts: 1, inUse: 0 }] },
      { total: 25, others: [{ total: 12, parts: 0, inUse: 0, isEnded: true }] },
      { total: 2, others: [{ total: 2, parts: 1, inUse: 0 }, { total: 2, parts: 1, inUse: 1 }] },
    ] as const;
    const postgres = openPostgres({ url: logins.financeUrl });
    const shares = createPostgresRequestShares(postgres);
    for (const { total, others } of cases) {
      await withClient(ownerUrl, async (client) => {
        await client.query('TRUNCATE daybook.request_shares');
        for (const [index, other] of others.entries()) {
          await client.query("INSERT INTO daybook.request_shares VALUES ($1, $2, $3, $4, clock_timestamp() + $5::bigint * interval '1 millisecond')", [`other ${index}`, other.total, other.parts, other.inUse, 'isEnded' in other ? 0 : 60_000]);
        }
      });
      const expected = partsOf(total, others.map((other) => ({ ...other, expiresAt: 'isEnded' in other ? 0 : 100 })), 50);
      expect(await shares.renew({ reader: 'mine', total, inUse: 0, ttlMs: 10_000 })).toBe(expected);
    }
    await postgres.close();
  });

  it('lets nobody leave for somebody else, and lets nobody in who may not read from Stripe', async () => {
    const [mine, theirs, nobodys] = [openPostgres({ url: logins.financeUrl }), openPostgres({ url: logins.accountantUrl }), openPostgres({ url: logins.relayUrl })];
    const claim = { reader: 'desk/1', total: limit, inUse: 0, ttlMs: 60_000 };
    expect(await createPostgresRequestShares(mine).renew(claim)).toBe(limit);
    await createPostgresRequestShares(theirs).leave('desk/1');
    expect(await createPostgresRequestShares(theirs).renew({ ...claim, reader: 'desk/2' })).toBe(0);
    await expect(createPostgresRequestShares(nobodys).renew(claim)).rejects.toMatchObject({ code: 'postgres-not-permitted' });
    await Promise.all([mine, theirs, nobodys].map((connection) => connection.close()));
  });
});
