import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { fixedClock, type Clock } from '../../shared/calendar/clock.ts';
import { TimeZone } from '../../shared/calendar/time-zone.ts';
import { silentLogger } from '../platform/logger.ts';
import { openTemporaryDatabase, type TemporaryDatabase } from '../testing/temporary-database.ts';
import { createJobRunStore, type JobRunStore } from './job-run-store.ts';
import { createJobRunner, type JobOrder, type JobRunner } from './job-runner.ts';
import { createScheduler } from './scheduler.ts';

const at = (text: string) => Date.parse(text);
const now = at('2026-11-18T14:14:00Z');

/** Real worker threads, with small work of their own in place of the services. */
const workers: Readonly<Record<string, string>> = {
  done: `const { parentPort } = require('node:worker_threads'); parentPort.postMessage({ kind: 'progress', progress: { done: 1, total: 2, note: 'half' } }); parentPort.postMessage({ kind: 'done', result: '{"posted":2}' });`,
  untilCancelled: `const { parentPort } = require('node:worker_threads'); parentPort.postMessage({ kind: 'progress', progress: { done: 1, total: null, note: 'on its way' } }); parentPort.on('message', (word) => { if (word === 'cancel') { parentPort.postMessage({ kind: 'cancelled' }); parentPort.close(); } });`,
  failing: `const { parentPort } = require('node:worker_threads'); parentPort.postMessage({ kind: 'failed', error: { code: 'stripe-unreachable', kind: 'provider', message: 'Stripe cannot be reached.', nextStep: 'Try again later.', data: {} } });`,
  unfinished: `const { parentPort } = require('node:worker_threads'); parentPort.postMessage({ kind: 'failed', error: { code: 'partners-not-billed', kind: 'state', message: '1 of 6 partner invoices could not be made.', nextStep: 'Correct it.', data: {} }, result: '{"failed":[{"name":"Meridian"}]}' });`,
  long: `const { parentPort } = require('node:worker_threads'); parentPort.postMessage({ kind: 'progress', progress: { done: 1, total: 2, note: 'x'.repeat(100_000) } }); parentPort.postMessage({ kind: 'done', result: JSON.stringify('x'.repeat(100_000)) });`,
  dying: `process.exit(3);`,
  closingLate: `const { parentPort, workerData } = require('node:worker_threads'); parentPort.postMessage({ kind: 'done', result: 'null' }); const word = new Int32Array(workerData); Atomics.wait(word, 0, 0); word[1] = 1;`,
  neverClosing: `const { parentPort } = require('node:worker_threads'); parentPort.postMessage({ kind: 'done', result: 'null' }); setInterval(() => undefined, 1_000);`,
};

let ledger: TemporaryDatabase;
let store: JobRunStore;
let runner: JobRunner;
let orders: JobOrder[];
let behaviour: string;
/** What the test and its workers both see: whether they may end, and whether they came to their end. */
const shared = new SharedArrayBuffer(8);
const changes: string[] = [];

function start(clock: Clock = fixedClock(now)): void {
  runner = createJobRunner({
    store, clock, logger: silentLogger,
    spawnWorker(order) {
      orders.push(order);
      return new Worker(workers[behaviour] ?? '', { eval: true, workerData: shared });
    },
    onChange: (entity) => void changes.push(entity),
  });
}

beforeEach(() => {
  ledger = openTemporaryDatabase();
  store = createJobRunStore(ledger.database);
  orders = [];
  changes.length = 0;
  behaviour = 'done';
  start();
});
afterEach(async () => {
  await runner.close();
  ledger[Symbol.dispose]();
});

/** Waits for a state of the rows, told by the runner's own changes. */
async function until(isReached: () => boolean): Promise<void> {
  while (!isReached()) await new Promise((resolve) => setImmediate(resolve));
}

describe('on a disk that is full', () => {
  it('a run ends as it ended, whoever waits is told, and it is written down when there is room', async () => {
    behaviour = 'long';
    const pages = (count: number) => ledger.database.connection.pragma(`max_page_count = ${count}`);
    pages(Number(ledger.database.connection.pragma('page_count', { simple: true })));
    const run = runner.start({ job: 'stripe-sync', trigger: 'person' });
    expect(await runner.waitFor(run.id)).toMatchObject({ status: 'succeeded', errorCode: null });
    expect(store.find(run.id)).toMatchObject({ status: 'running' });
    pages(1_000_000);
    behaviour = 'done';
    await runner.waitFor(runner.start({ job: 'drift-check', trigger: 'person' }).id);
    expect(store.find(run.id)).toMatchObject({ status: 'succeeded', done: 1 });
  });

  it('the schedule is looked at again', async () => {
    const events: string[] = [];
    const scheduler = createScheduler({ runner, store: createJobRunStore(closedDatabase()), clock: fixedClock(now), logger: { ...silentLogger, error: (event) => void events.push(event) }, zone: new TimeZone('UTC'), canRun: () => true, tickMs: 1 });
    await until(() => events.length >= 2);
    scheduler.stop();
    expect(new Set(events)).toEqual(new Set(['schedule-not-looked-at']));
  });
});

/** One that answers every statement with an error. */
function closedDatabase() {
  const { database, [Symbol.dispose]: dispose } = openTemporaryDatabase();
  dispose();
  return database;
}

describe('a job', () => {
  it('leaves a row with its result and its last progress', async () => {
    const run = runner.start({ job: 'stripe-sync', trigger: 'person' });
    expect(run).toMatchObject({ status: 'running', job: 'stripe-sync' });
    expect(await runner.waitFor(run.id)).toMatchObject({ status: 'succeeded', result: '{"posted":2}', done: 1, total: 2, note: 'half', finishedAt: now });
    expect(changes).toContain('jobs');
  });
  it('says how far it is to whoever asks, and writes nothing beside its work meanwhile', async () => {
    behaviour = 'untilCancelled';
    const run = runner.start({ job: 'stripe-sync', trigger: 'person' });
    await until(() => store.find(run.id)?.done === 1);
    expect(store.last('stripe-sync')).toMatchObject({ done: 1, total: null, note: 'on its way' });
    expect(store.running()).toMatchObject([{ done: 1, note: 'on its way' }]);
    expect(store.recent(null, 1)).toMatchObject([{ done: 1, note: 'on its way' }]);
    const file = createJobRunStore(ledger.database);
    expect(file.find(run.id)).toMatchObject({ done: 0, note: null });
    runner.cancel(run.id);
    await runner.waitFor(run.id);
    expect(file.find(run.id)).toMatchObject({ status: 'cancelled', done: 1, note: 'on its way' });
  });
  it('runs one after the other', async () => {
    behaviour = 'untilCancelled';
    const first = runner.start({ job: 'stripe-sync', trigger: 'person' });
    const second = runner.start({ job: 'revenue-rebuild', trigger: 'person' });
    expect(orders.map((order) => order.job)).toEqual(['stripe-sync']);
    behaviour = 'done';
    runner.cancel(first.id);
    expect(await runner.waitFor(first.id)).toMatchObject({ status: 'cancelled' });
    expect(await runner.waitFor(second.id)).toMatchObject({ status: 'succeeded' });
  });
  it('asked for twice while it runs is the same run', async () => {
    behaviour = 'untilCancelled';
    const first = runner.start({ job: 'partner-billing', period: '2026-10', trigger: 'person' });
    expect(runner.start({ job: 'partner-billing', period: '2026-10', trigger: 'person' }).id).toBe(first.id);
    expect(runner.start({ job: 'partner-billing', period: '2026-09', trigger: 'person' }).id).not.toBe(first.id);
    runner.cancel(first.id);
    await runner.waitFor(first.id);
  });
  it('that waits can be cancelled before it begins', async () => {
    behaviour = 'untilCancelled';
    const first = runner.start({ job: 'stripe-sync', trigger: 'person' });
    const second = runner.start({ job: 'revenue-rebuild', trigger: 'person' });
    expect(runner.cancel(second.id)).toMatchObject({ status: 'cancelled' });
    runner.cancel(first.id);
    await runner.waitFor(first.id);
    expect(orders).toHaveLength(1);
  });
  it('that fails keeps code, sentence and next step', async () => {
    behaviour = 'failing';
    const run = runner.start({ job: 'stripe-sync', trigger: 'person' });
    expect(await runner.waitFor(run.id)).toMatchObject({ status: 'failed', errorCode: 'stripe-unreachable', errorMessage: 'Stripe cannot be reached.', errorNextStep: 'Try again later.' });
  });
  it('whose worker dies is said to be interrupted', async () => {
    behaviour = 'dying';
    const run = runner.start({ job: 'stripe-sync', trigger: 'person' });
    expect(await runner.waitFor(run.id)).toMatchObject({ status: 'interrupted' });
  });
  it('is over when its worker has closed its connections, and not when it has said what came of it', async () => {
    behaviour = 'closingLate';
    const word = new Int32Array(shared).fill(0);
    expect(await runner.waitFor(runner.start({ job: 'ledger-verify', trigger: 'person' }).id)).toMatchObject({ status: 'succeeded' });
    const closing = runner.close();
    Atomics.store(word, 0, 1);
    Atomics.notify(word, 0);
    await closing;
    expect(word[1]).toBe(1);
  });
  it('whose worker cannot close its connections keeps nobody waiting for ever', async () => {
    behaviour = 'neverClosing';
    await runner.waitFor(runner.start({ job: 'ledger-verify', trigger: 'person' }).id);
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const closing = runner.close();
      vi.advanceTimersByTime(5_000);
      await closing;
    } finally {
      vi.useRealTimers();
    }
    expect(runner.isBusy()).toBe(false);
  });
  it('left over from a process that died is said to be interrupted', () => {
    store.start({ id: 'left', job: 'stripe-refill', period: 'x', trigger: 'person', startedAt: now });
    expect(store.interruptLeftovers(now)).toBe(1);
    expect(store.find('left')).toMatchObject({ status: 'interrupted', errorCode: 'interrupted' });
  });
  it('nobody knows is refused', () => {
    expect(() => runner.start({ job: 'make-coffee', trigger: 'person' })).toThrow(expect.objectContaining({ code: 'job-unknown' }));
  });
});

describe('the schedule', () => {
  const zone = new TimeZone('America/New_York');
  it('after a sleep over two month ends bills both months, oldest first, each once', async () => {
    let moment = at('2026-09-15T12:00:00Z');
    const clock: Clock = { now: () => moment };
    await runner.close();
    start(clock);
    const scheduler = createScheduler({ runner, store, clock, logger: silentLogger, zone, canRun: (job) => job.name === 'partner-billing', tickMs: 3_600_000 });
    expect(scheduler.tick()).toEqual([]);
    moment = at('2026-11-02T12:00:00Z');
    expect(scheduler.tick()).toEqual([{ job: 'partner-billing', period: '2026-09' }]);
    await until(() => store.hasSucceeded('partner-billing', '2026-09'));
    await until(() => !runner.isBusy());
    expect(scheduler.tick()).toEqual([{ job: 'partner-billing', period: '2026-10' }]);
    await until(() => !runner.isBusy());
    expect(scheduler.tick()).toEqual([]);
    expect(store.recent('partner-billing', 10).map((run) => [run.period, run.trigger, run.status])).toEqual(expect.arrayContaining([['2026-09', 'catch-up', 'succeeded'], ['2026-10', 'schedule', 'succeeded']]));
    scheduler.stop();
  });
  it('a month in which a partner was left out keeps no later month waiting, and comes back within the hour', async () => {
    let moment = at('2026-09-15T12:00:00Z');
    const clock: Clock = { now: () => moment };
    behaviour = 'unfinished';
    await runner.close();
    start(clock);
    const scheduler = createScheduler({ runner, store, clock, logger: silentLogger, zone, canRun: (job) => job.name === 'partner-billing', tickMs: 3_600_000 });
    scheduler.tick();
    const look = async (): Promise<(string | undefined)[]> => {
      const started = scheduler.tick().map(({ period }) => period);
      await until(() => !runner.isBusy());
      return started;
    };
    moment = at('2026-11-02T12:00:00Z');
    expect(await look()).toEqual(['2026-09']);
    moment += 60_000;
    behaviour = 'done';
    expect(await look()).toEqual(['2026-10']);
    moment += 60_000;
    expect(await look()).toEqual([]);
    moment += 3_600_000;
    expect(await look()).toEqual(['2026-09']);
    expect(await look()).toEqual([]);
    expect(store.recent('partner-billing', 10).map((run) => [run.period, run.status, run.result])).toEqual([['2026-09', 'succeeded', '{"posted":2}'], ['2026-10', 'succeeded', '{"posted":2}'], ['2026-09', 'failed', '{"failed":[{"name":"Meridian"}]}']]);
    scheduler.stop();
  });
  it('does not hammer: a period that failed waits an hour', async () => {
    let moment = at('2026-11-17T12:00:00Z');
    const clock: Clock = { now: () => moment };
    behaviour = 'failing';
    await runner.close();
    start(clock);
    const scheduler = createScheduler({ runner, store, clock, logger: silentLogger, zone, canRun: (job) => job.name === 'daily-reconciliation', tickMs: 3_600_000 });
    scheduler.tick();
    moment = at('2026-11-18T12:00:00Z');
    expect(scheduler.tick()).toHaveLength(1);
    await until(() => !runner.isBusy());
    moment += 60_000;
    expect(scheduler.tick()).toEqual([]);
    moment += 3_600_000;
    expect(scheduler.tick()).toHaveLength(1);
    await until(() => !runner.isBusy());
    scheduler.stop();
  });
  it('a success of the schedule is unique per job and period, a person’s is not', () => {
    for (const [id, trigger] of [['a', 'schedule'], ['b', 'person'], ['c', 'schedule']] as const) store.start({ id, job: 'partner-billing', period: '2026-10', trigger, startedAt: now });
    store.finish('a', { status: 'succeeded', finishedAt: now });
    store.finish('b', { status: 'succeeded', finishedAt: now });
    expect(() => store.finish('c', { status: 'succeeded', finishedAt: now })).toThrow(expect.objectContaining({ code: 'constraint-violated' }));
  });
});
