import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Manifest } from './manifest.ts';
import { withClient } from './postgres.ts';
import { createClient } from './stripe/testing/start-with-client.ts';
import { applyMigrationFiles } from './testing/apply-migration-files.ts';
import { type World, startWorld } from './world.ts';

let dataDir: string;
let world: World | undefined;
let migrated = 0;

const start = async (seed = 1): Promise<World> => {
  world = await startWorld({
    size: 'small',
    seed,
    dataDir,
    migrate: async (url) => {
      migrated += 1;
      await applyMigrationFiles(url);
    },
  });
  return world;
};

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'daybook-world-test-'));
});
afterEach(async () => {
  await world?.stop();
  world = undefined;
});
afterAll(() => rm(dataDir, { recursive: true, force: true }));

const count = (url: string, table: string): Promise<number> =>
  withClient(url, async (client) => Number((await client.query<{ count: string }>(`SELECT count(*) FROM daybook.${table}`)).rows[0]?.count));

describe('the world of the demo', () => {
  test('is up: Stripe holds what the manifest counts, the tables are filled, each login may do its part', async () => {
    const { document } = await start();
    const manifest = JSON.parse(await readFile(document.manifest, 'utf8')) as Manifest;
    expect(document.now).toBe(manifest.now);
    const state = (await (await fetch(`${document.stripe.url}/_sandbox/state`)).json()) as { collections: Record<string, number> };
    expect(state.collections).toMatchObject(manifest.counts);
    expect(await count(document.postgres.ownerUrl, 'payment_history')).toBeGreaterThan(1_000);
    expect(await count(document.postgres.financeUrl, 'payment_history')).toBeGreaterThan(1_000);
    await expect(count(document.postgres.managerUrl, 'payment_history')).rejects.toMatchObject({ code: '42501' });
    await expect(count(document.postgres.relayUrl, 'invoices')).rejects.toMatchObject({ code: '42501' });
  });

  test('starts again as it was: nothing migrated or filled anew, the same addresses', async () => {
    const first = (await start()).document;
    const rows = await count(first.postgres.ownerUrl, 'payment_history');
    const migrations = migrated;
    await world?.stop();
    const second = (await start()).document;
    expect(second).toEqual(first);
    expect([migrated, await count(second.postgres.ownerUrl, 'payment_history')]).toEqual([migrations, rows]);
  });

  test('plants what follows the refill once, and still has it after a restart', async () => {
    const { stripe, company } = await start();
    const balance = async (): Promise<Record<string, number>> => {
      const { available, pending } = await createClient(world!.stripe).balance.retrieve();
      const sums: Record<string, number> = {};
      for (const { currency, amount } of [...available, ...pending]) sums[currency] = (sums[currency] ?? 0) + amount;
      return sums;
    };
    const expected = (moment: 'atCreationMinor' | 'afterRefillMinor'): Record<string, number> =>
      Object.fromEntries(company.manifest.stripeBalance.map((entry) => [entry.currency, entry[moment]]));
    const late = company.manifest.plantedBreaks.filter(({ plantedAfter }) => plantedAfter === 'refill');
    expect(late.length).toBeGreaterThan(0);
    const client = createClient(stripe);
    for (const { objectId } of late) await expect(client.charges.retrieve(objectId)).rejects.toMatchObject({ statusCode: 404 });
    expect(await balance()).toEqual(expected('atCreationMinor'));

    for (let repeat = 0; repeat < 2; repeat += 1) {
      const answer = await fetch(`${stripe.url}/_sandbox/plant`, { method: 'POST' });
      expect(await answer.json()).toMatchObject({ planted: 'refill', objects: 3 * late.length });
    }
    expect(await balance()).toEqual(expected('afterRefillMinor'));
    expect((await fetch(`${stripe.url}/_sandbox/plant`, { method: 'POST', body: '{"name":"weeds"}' })).status).toBe(500);

    await world?.stop();
    await start();
    expect(await balance()).toEqual(expected('afterRefillMinor'));
    const planted = await createClient(world!.stripe).charges.retrieve(late[0]!.objectId, { expand: ['balance_transaction', 'payment_intent'] });
    expect(planted).toMatchObject({ balance_transaction: { id: late[0]!.balanceTransactionId }, payment_intent: { status: 'succeeded' } });
  });

  test('another company is not put into the same folder', async () => {
    await expect(start(2)).rejects.toThrow(/holds the small company of seed 1/);
  });

  test('a failed start leaves nothing running', async () => {
    const other = await mkdtemp(join(tmpdir(), 'daybook-world-test-'));
    await expect(startWorld({ size: 'small', seed: 1, dataDir: other, migrate: () => Promise.reject(new Error('no schema today')) })).rejects.toThrow('no schema today');
    const note = JSON.parse(await readFile(join(other, 'postgres.owner.json'), 'utf8')) as { pid: number | null };
    expect(note.pid).toBeNull();
    await rm(other, { recursive: true, force: true });
  });
});
