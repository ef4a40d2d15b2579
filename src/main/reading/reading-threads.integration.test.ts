/** Real threads on a real ledger file: what they answer is what the backend's own thread answers. */
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { createRouterClient, type AnyRouter } from '@orpc/server';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fixedClock } from '../../shared/calendar/clock.ts';
import type { DaybookClient } from '../../shared/api/contract.ts';
import type { ApiContext } from '../api/implementer.ts';
import { composeReading, type ReadingSetup } from '../composition/reading.ts';
import { ledgerTimeZone } from '../composition/ledger-settings.ts';
import { createCommandLog } from '../database/command-log.ts';
import { sql } from '../database/handles.ts';
import { entryPoint } from '../platform/entry-points.ts';
import { silentLogger } from '../platform/logger.ts';
import { openReadingDesk, readingNow, type ReadingDesk } from '../testing/reading-desk.ts';
import { createReadingPool, type ReadingPool, type ReadingWorkerData } from './reading-pool.ts';

const defaults = { reportingTimeZone: 'America/New_York', functionalCurrency: 'usd' };
let desk: ReadingDesk;
let pool: ReadingPool;
let workers: Worker[];
let threaded: DaybookClient;
let direct: DaybookClient;

beforeAll(async () => {
  desk = await openReadingDesk(3);
  const { database } = desk;
  const clock = fixedClock(readingNow);
  const setup: ReadingSetup = { dataFolder: desk.folder, ledgerFile: join(desk.folder, 'ledger.sqlite'), defaults };
  workers = [];
  pool = createReadingPool({
    clock, logger: silentLogger,
    spawnWorker(withdrawn) {
      const worker = new Worker(entryPoint('reading-worker'), { workerData: { setup, withdrawn } satisfies ReadingWorkerData<ReadingSetup> });
      workers.push(worker);
      return worker;
    },
  });
  const router: AnyRouter = composeReading({ readable: database, clock, timeZone: ledgerTimeZone(database, defaults), settings: () => defaults });
  const context: ApiContext = { user: 'mia', role: 'viewer', host: 'browser', logger: silentLogger, commands: createCommandLog(database, clock) };
  direct = createRouterClient(router, { context }) as DaybookClient;
  threaded = createRouterClient(router, { context: { ...context, readings: pool } }) as DaybookClient;
});
afterAll(async () => {
  await pool?.close();
  await desk?.[Symbol.asyncDispose]();
});

const questions: Readonly<Record<string, (client: DaybookClient) => Promise<unknown>>> = {
  'payments by text': (client) => client.payments.list({ filter: { text: 'a' }, limit: 20 }),
  'payments as CSV': (client) => client.payments.exportCsv({ filter: { status: 'refunded' } }),
  'customers by what they ever paid': (client) => client.customers.list({ sort: { column: 'lifetimePaid', direction: 'descending' }, limit: 20 }),
  'customers as CSV': (client) => client.customers.exportCsv({}),
  'invoices by text': (client) => client.invoices.list({ filter: { text: '1' }, limit: 20 }),
  'invoices as CSV': (client) => client.invoices.exportCsv({ filter: { status: 'open' } }),
  'balance transactions as CSV': (client) => client.invoices.exportBalanceTransactions({}),
  'entries by a word': (client) => client.ledger.entries({ filter: { text: 'payment' }, limit: 20 }),
  'the trial balance': (client) => client.ledger.trialBalance({ asOf: '2026-10-31' }),
  'a statement': (client) => client.ledger.statement({ accountCode: '1100-stripe-clearing', currency: 'usd', limit: 20 }),
  'a part of an export': (client) => client.ledger.exportPart({ format: 'hledger' }),
  'the global search': (client) => client.system.search({ text: 'in_', limit: 20 }),
};

describe('a reading thread', () => {
  test.each(Object.entries(questions))('answers %s as the backend’s own thread does', async (_, ask) => {
    expect(await ask(threaded)).toEqual(await ask(direct));
  });

  test.each<[string, (client: DaybookClient) => Promise<unknown>]>([
    ['what the contract refuses', (client) => client.payments.list({ limit: 9_999 })],
    ['what the books cannot know', (client) => client.ledger.trialBalance({ knownAt: 1 })],
    ['a cursor of another kind', (client) => client.ledger.exportPart({ format: 'csv', cursor: 'elsewhere' })],
    ['an account that is none', (client) => client.ledger.statement({ accountCode: '9999-none' })],
  ])('refuses %s in the same words', async (_, ask) => {
    const refusal = (client: DaybookClient): Promise<unknown> => ask(client).then(() => 'answered', ({ code, status, message, data }) => ({ code, status, message, data }));
    const told = await refusal(threaded);
    expect(told).toEqual(await refusal(direct));
    expect(told).toMatchObject({ code: expect.not.stringMatching('INTERNAL'), data: { kind: expect.any(String) } });
  });

  test('sees what was committed before it was asked', async () => {
    const countOf = async (): Promise<number> => (await threaded.customers.list({ filter: { text: 'Nightjar Deeds' } })).total;
    expect(await countOf()).toBe(0);
    desk.database.run(sql('test.customer', "INSERT INTO stripe_customers (id, name, created_at, observed_at, raw) VALUES ('cus_nightjar', 'Nightjar Deeds', 0, 0, '{}')"));
    expect(await countOf()).toBe(1);
  });

  test('is not needed by what is short', async () => {
    expect(pool.isLong(['payments', 'show'])).toBe(false);
    expect(workers.length).toBeLessThanOrEqual(2);
  });

  test('that is ended fails its question, and the next question is answered', async () => {
    const answer = threaded.ledger.exportPart({ format: 'hledger' });
    await Promise.all(workers.map((worker) => worker.terminate()));
    await answer.catch((error: unknown) => expect(error).toMatchObject({ code: 'reading-interrupted', data: { kind: 'storage' } }));
    await expect(threaded.ledger.accounts({})).resolves.toBeDefined();
    await expect(threaded.ledger.entries({ limit: 1 })).resolves.toMatchObject({ rows: [expect.anything()] });
  });

  test('that is asked no more is refused before it is asked', async () => {
    await expect(threaded.payments.list({}, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'request-withdrawn' });
  });
});
