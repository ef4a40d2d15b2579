/**
 * What takes long on the large ledger, asked through the threads that read: how long a person waits, and how long the backend's own thread is held meanwhile, which
 * answers everything else. Beside each the same question on that thread. Then how soon a thread is free that was asked something nobody wants any more, and what an export of all
 * books costs.
 */
import { rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { createRouterClient, type AnyRouter } from '@orpc/server';
import type { DaybookClient } from '../src/shared/api/contract.ts';
import { fixedClock } from '../src/shared/calendar/clock.ts';
import { composeReading, type ReadingSetup } from '../src/main/composition/reading.ts';
import { ledgerTimeZone } from '../src/main/composition/ledger-settings.ts';
import { createCommandLog } from '../src/main/database/command-log.ts';
import { openDatabase } from '../src/main/database/open-database.ts';
import type { SqliteDatabase } from '../src/main/database/sqlite-database.ts';
import { entryPoint } from '../src/main/platform/entry-points.ts';
import { silentLogger } from '../src/main/platform/logger.ts';
import { createReadingPool, type ReadingPool, type ReadingWorkerData } from '../src/main/reading/reading-pool.ts';
import { measureExport } from './export-run.ts';
import { makeLargeDataFolder } from './large-data-folder.ts';
import { largeLedger } from './large-ledger.ts';
import { percentile, timed, type Measure } from './measure.ts';

const rounds = 8;
const answeredMs = 200;
const heldMs = 50;
const halfWayAt = Date.parse('2025-05-25T00:00:00Z');
const defaults = { reportingTimeZone: largeLedger.timeZone, functionalCurrency: 'usd' };

type Question = readonly [name: string, ask: (client: DaybookClient, round: number) => Promise<unknown>];
const questions: readonly Question[] = [
  ['a word among all entries', (client, round) => client.ledger.entries({ limit: 200, filter: { text: `word ${round}` } })],
  ['a word that most entries have', (client, round) => client.ledger.entries({ limit: 200, filter: { text: 'received'.slice(0, 8 - (round % 4)) } })],
  ['an amount among all entries', (client, round) => client.ledger.entries({ limit: 200, filter: { amount: `${100 + round}.00` } })],
  ['payments by one letter', (client, round) => client.payments.list({ limit: 200, filter: { text: String(round + 1) } })],
  ['customers by what they ever paid', (client, round) => client.customers.list({ limit: 200, sort: { column: 'lifetimePaid', direction: 'descending' }, filter: { text: `ap${round + 1}` } })],
  ['the books as known half way', (client, round) => client.ledger.trialBalance({ knownAt: halfWayAt + round })],
  ['a part of an export', (client) => client.ledger.exportPart({ format: 'hledger' })],
];

/** The longest that this thread did not come round to its next turn while the work ran. */
async function longestHoldMs(work: () => Promise<unknown>): Promise<number> {
  let longest = 0;
  let isDone = false;
  const working = work().finally(() => (isDone = true));
  for (let before = performance.now(); !isDone; ) {
    await nextTurn();
    const now = performance.now();
    longest = Math.max(longest, now - before);
    before = now;
  }
  await working;
  return longest;
}

interface Desk {
  readonly threaded: DaybookClient;
  readonly direct: DaybookClient;
  readonly pool: ReadingPool;
}

function openDesk(dataFolder: string, database: SqliteDatabase): Desk {
  const clock = fixedClock(largeLedger.now);
  const setup: ReadingSetup = { dataFolder, ledgerFile: join(dataFolder, 'ledger.sqlite'), defaults };
  const pool = createReadingPool({ clock, logger: silentLogger, spawnWorker: (withdrawn) => new Worker(entryPoint('reading-worker'), { workerData: { setup, withdrawn } satisfies ReadingWorkerData<ReadingSetup> }) });
  const router: AnyRouter = composeReading({ readable: database, clock, timeZone: ledgerTimeZone(database, defaults), settings: () => defaults });
  const context = { user: 'bench', role: 'admin' as const, host: 'browser' as const, logger: silentLogger, commands: createCommandLog(database, clock) };
  return { pool, direct: createRouterClient(router, { context }) as DaybookClient, threaded: createRouterClient(router, { context: { ...context, readings: pool } }) as DaybookClient };
}

async function measureQuestion({ threaded, direct }: Desk, [name, ask]: Question): Promise<Measure[]> {
  await ask(threaded, rounds);
  const answered: number[] = [];
  const held: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    let answeredInMs = 0;
    held.push(await longestHoldMs(async () => (answeredInMs = await timed(() => ask(threaded, round)))));
    answered.push(answeredInMs);
  }
  await ask(direct, rounds);
  const own: number[] = [];
  for (let round = 0; round < 3; round += 1) own.push(await longestHoldMs(() => ask(direct, round)));
  const reference = percentile(own, 95);
  const figure = (what: string, ours: number, goalMs: number): Measure => ({ name: `reading, large ledger: ${name}, ${what} (p95)`, ours, reference, ratio: ours / reference, goal: `≤ ${goalMs} ms`, holds: ours <= goalMs, unit: 'ms' });
  return [figure('answered', percentile(answered, 95), answeredMs), figure('the backend’s thread held', percentile(held, 95), heldMs)];
}

/** Both threads are asked what takes long and are told to leave it; a short question then waits until one has. */
async function measureTakenBack({ threaded }: Desk): Promise<Measure> {
  const short = () => threaded.ledger.entries({ limit: 1 });
  await short();
  const reference = await timed(short);
  const samples: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const typing = new AbortController();
    const asked = [0, 1].map((each) => threaded.payments.list({ filter: { text: String((round + each) % 9) }, limit: 200 }, { signal: typing.signal }).catch(() => undefined));
    await new Promise((resolve) => setTimeout(resolve, 60));
    typing.abort();
    samples.push(await timed(short));
    await Promise.all(asked);
  }
  const ours = percentile(samples, 95);
  return { name: 'reading, large ledger: the next question after two that were taken back (p95)', ours, reference, ratio: ours / reference, goal: `≤ ${answeredMs} ms`, holds: ours <= answeredMs, unit: 'ms' };
}

export async function measure(): Promise<Measure[]> {
  // The ledger takes minutes to make: one that was kept is measured as it is.
  const kept = process.env['DAYBOOK_BENCH_LEDGER'];
  const dataFolder = kept ?? makeLargeDataFolder();
  try {
    const file = join(dataFolder, 'ledger.sqlite');
    const database = openDatabase({ file, logger: silentLogger });
    const measures: Measure[] = [];
    const desk = openDesk(dataFolder, database);
    try {
      for (const question of questions) measures.push(...(await measureQuestion(desk, question)));
      measures.push(await measureTakenBack(desk));
    } finally {
      await desk.pool.close();
      database.close();
    }
    return [...measures, ...(await measureExport(dataFolder, statSync(file).size))];
  } finally {
    if (kept === undefined) rmSync(dataFolder, { recursive: true, force: true });
  }
}
