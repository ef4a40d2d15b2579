/** PostgreSQL is stopped, and crashed, under load: nothing that was acknowledged is lost, nothing is doubled, and the relay goes on by itself. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startPostgres, withClient, type RunningPostgres } from '../../sandbox/postgres.ts';
import { relaySecret, sendStripe, startRelayDatabase, stripeEventBody } from '../main/testing/relay-desk.ts';
import { makeTemporaryFolder } from '../main/testing/temporary-folder.ts';
import { startRelay } from './relay.ts';
import { readRelayConfig } from './relay-config.ts';

const senders = 16;
const events = process.env['DAYBOOK_LONG'] ? 20_000 : 1_500;
const seed = Number(process.env['DAYBOOK_SEED'] ?? Date.now() % 1_000_000);

/** A small generator with a seed, so that a failure can be repeated (mulberry32). */
function random(state: number): () => number {
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

test(`webhooks outlive restarts of the shared database (seed ${seed})`, async () => {
  using folder = makeTemporaryFolder();
  const dataDir = join(folder.path, 'postgres');
  const database = await startRelayDatabase({ dataDir });
  let server: RunningPostgres = database.server;
  const { port } = server;
  const relay = await startRelay({ config: readRelayConfig({ port: 0 }, { DAYBOOK_STRIPE_WEBHOOK_SECRET: relaySecret, DAYBOOK_POSTGRES_URL: database.logins.relayUrl }), log: { info() {}, warn() {}, error() {} }, now: Date.now });
  const acknowledged = new Set<string>();
  let postponed = 0;
  const reached: { readonly count: number; readonly resolve: () => void }[] = [];
  const untilAcknowledged = (count: number): Promise<void> => new Promise((resolve) => void reached.push({ count, resolve }));
  const next = random(seed);
  let number = 0;

  /** As a gateway does: an event is sent until it is answered with 2xx, and now and then once more after that. */
  async function send(): Promise<void> {
    while (number < events) {
      const id = `evt_${(number += 1)}`;
      for (let isOver = false; !isOver; ) {
        const { status } = await sendStripe(relay.url, stripeEventBody(id));
        if (status === 503) postponed += 1;
        else expect(status).toBe(200);
        isOver = status === 200 && next() > 0.2;
        if (status === 200) acknowledged.add(id);
      }
      for (const { count, resolve } of reached) if (acknowledged.size >= count) resolve();
    }
  }

  try {
    const sent = Promise.all(Array.from({ length: senders }, send));
    await untilAcknowledged(events / 5);
    await server.stop();
    server = await startPostgres({ dataDir, port });
    await untilAcknowledged((events * 3) / 5);
    process.kill(Number(readFileSync(join(dataDir, 'postmaster.pid'), 'utf8').split('\n')[0]), 'SIGQUIT'); // at once, without a checkpoint: as in a crash
    await server.stop();
    server = await startPostgres({ dataDir, port });
    await sent;
    expect(postponed).toBeGreaterThan(0);
    expect(acknowledged.size).toBe(events);
    const stored = await withClient(database.ownerUrl, async (client) => (await client.query<{ id: string; sequence: string }>('SELECT id, sequence FROM daybook.webhook_events ORDER BY sequence')).rows);
    expect(new Set(stored.map(({ id }) => id))).toEqual(acknowledged);
    expect(stored.map(({ sequence }) => Number(sequence))).toEqual(Array.from({ length: events }, (_, place) => place + 1));
  } finally {
    await relay.stop();
    await server.stop();
  }
});
