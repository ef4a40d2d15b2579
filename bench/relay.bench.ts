/**
 * The relay in a process of its own, on a PostgreSQL that writes to disk, beside a bare server that reads each body and answers 200. Ten seconds by
 * default, the whole minute with `--long`; then once more while PostgreSQL is restarted, where senders try again as Stripe does.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDemoLogins, startPostgres, withClient, type RunningPostgres } from '../sandbox/postgres.ts';
import { migratePostgres } from '../src/main/integrations/postgres/postgres-migrations.ts';
import { percentile, type Measure } from './measure.ts';
import { benchSecret, createWebhookSender, sendFlatOut, sendSteadily, type SteadyLoad } from './webhook-sender.ts';

const perSecond = 1_000;
const seconds = process.argv.includes('--long') ? 60 : 10;
const restartSeconds = 10;
const connections = 64;

interface Server {
  readonly url: string;
  stop(): Promise<void>;
}

/** A program that prints where it listens as JSON; it ends with its standard input or by SIGTERM. */
async function startServer(file: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Server> {
  const child: ChildProcess = spawn(process.execPath, [join(import.meta.dirname, file), ...args], { env: { ...process.env, ...env }, stdio: ['pipe', 'pipe', 'ignore'] });
  let text = '';
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout?.on('data', (part: Buffer) => {
      text += part.toString();
      const found = /"url":\s*"([^"]+)"/.exec(text)?.[1];
      if (found) resolve(found);
    });
    child.once('exit', (code) => reject(new Error(`${file} ended with ${code} before it listened.`)));
  });
  return {
    url,
    async stop() {
      child.kill('SIGTERM');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    },
  };
}

async function steady(server: Server, prefix: string, during?: () => Promise<void>): Promise<SteadyLoad> {
  const sender = createWebhookSender(server.url, 4 * connections);
  try {
    return await sendSteadily(sender, prefix, { perSecond, seconds: during ? restartSeconds : seconds, ...(during ? { during } : {}) });
  } finally {
    sender.close();
  }
}

async function flatOut(server: Server, prefix: string): Promise<number> {
  const sender = createWebhookSender(server.url, connections);
  try {
    return await sendFlatOut(sender, prefix, connections, 5);
  } finally {
    sender.close();
  }
}

/** Acknowledged events that are not in the inbox, and rows beyond one for each. */
async function missingFrom(ownerUrl: string, acknowledged: readonly string[], prefix: string): Promise<{ lost: number; doubled: number }> {
  const stored = await withClient(ownerUrl, async (client) => (await client.query<{ id: string }>('SELECT id FROM daybook.webhook_events WHERE starts_with(id, $1)', [`evt_${prefix}_`])).rows.map(({ id }) => id));
  const known = new Set(stored);
  return { lost: acknowledged.filter((id) => !known.has(id)).length, doubled: stored.length - known.size };
}

async function prepare(server: RunningPostgres): Promise<{ ownerUrl: string; relayUrl: string }> {
  const ownerUrl = await server.createDatabase('bench');
  await migratePostgres(ownerUrl);
  await withClient(ownerUrl, (client) => client.query("INSERT INTO daybook.ledger (id, company_name, gateway, gateway_account, mode, functional_currency, reporting_time_zone) VALUES (gen_random_uuid(), 'Bench', 'stripe', 'acct_1', 'test', 'usd', 'UTC')"));
  return { ownerUrl, relayUrl: (await createDemoLogins(ownerUrl)).relayUrl };
}

export async function measure(): Promise<Measure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'daybook-bench-'));
  const dataDir = join(folder, 'postgres');
  let postgres = await startPostgres({ dataDir });
  const { port } = postgres;
  const stops: (() => Promise<void>)[] = [];
  try {
    const { ownerUrl, relayUrl } = await prepare(postgres);
    const bare = await startServer('bare-webhook-server.ts', []);
    stops.push(() => bare.stop());
    const relay = await startServer('../src/cli/daybook.js', ['relay', '--port', '0', '--json'], { DAYBOOK_POSTGRES_URL: relayUrl, DAYBOOK_STRIPE_WEBHOOK_SECRET: benchSecret });
    stops.push(() => relay.stop());
    for (const server of [bare, relay]) await flatOut(server, 'warm'); // both compiled before anything is counted
    const [bareLoad, load] = [await steady(bare, 'bare'), await steady(relay, 'steady')];
    const [barePerSecond, relayPerSecond] = [await flatOut(bare, 'bareflat'), await flatOut(relay, 'flat')];
    const restarted = await steady(relay, 'restart', async () => {
      await new Promise((resolve) => setTimeout(resolve, (restartSeconds * 1000) / 4));
      await postgres.stop();
      postgres = await startPostgres({ dataDir, port });
    });
    const steadyTruth = await missingFrom(ownerUrl, load.acknowledged, 'steady');
    const restartTruth = await missingFrom(ownerUrl, restarted.acknowledged, 'restart');
    const [p50, p99, bareP99] = [percentile(load.latenciesMs, 50), percentile(load.latenciesMs, 99), percentile(bareLoad.latenciesMs, 99)];
    const isWhole = steadyTruth.lost + steadyTruth.doubled + restartTruth.lost + restartTruth.doubled === 0;
    const kept = restarted.acknowledged.length - restartTruth.lost;
    return [
      { name: `relay ${perSecond.toLocaleString('en-US')} events/s for ${seconds} s, p99`, ours: p99, reference: bareP99, ratio: bareP99 / p99, goal: '< 50 ms', holds: p99 < 50 && load.latenciesMs.length === perSecond * seconds, unit: 'ms', note: `p50 ${p50.toFixed(1)} ms, from the moment each was due; every event committed and flushed${seconds < 60 ? '; --long takes the whole minute' : ''}` },
      { name: 'relay as many events as it takes', ours: relayPerSecond, reference: barePerSecond, ratio: relayPerSecond / barePerSecond, goal: '≥ 0.2 × a server that stores nothing', holds: relayPerSecond / barePerSecond >= 0.2, unit: 'events/s', note: `${connections} connections` },
      { name: 'relay acknowledged events that stand in the inbox, once, with PostgreSQL restarted meanwhile', ours: kept, reference: restarted.acknowledged.length, ratio: kept / restarted.acknowledged.length, goal: '= 1', holds: isWhole && restarted.acknowledged.length === perSecond * restartSeconds, unit: 'events', note: `${(restarted.attempts - restarted.acknowledged.length).toLocaleString('en-US')} attempts were answered 503 and made again` },
    ];
  } finally {
    for (const stop of stops) await stop();
    await postgres.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}
