import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { bulkTurn, commandTurn, createWriteTurns, shortestPatienceMs } from './write-turns.ts';

/** What a job's thread does: it says that it has come, takes its turn, and notes whether the command had begun by then. */
const job = `
  const { workerData } = require('node:worker_threads');
  import(workerData.module).then(({ bulkTurn }) => {
    const log = new Int32Array(workerData.log);
    const turn = bulkTurn(workerData.turns);
    Atomics.store(log, 0, 1);
    Atomics.notify(log, 0);
    turn.begin(() => Atomics.store(log, 2, 1 + Atomics.load(log, 1)));
  });`;

describe('turns of writing', () => {
  it('a job does not begin while a command waits', async () => {
    const turns = createWriteTurns();
    const log = new SharedArrayBuffer(4 * Int32Array.BYTES_PER_ELEMENT);
    const seen = new Int32Array(log);
    let worker: Worker | undefined;
    commandTurn(turns).begin(() => {
      worker = new Worker(job, { eval: true, workerData: { module: new URL('write-turns.ts', import.meta.url).href, turns, log } });
      Atomics.wait(seen, 0, 0); // until the job has come
      Atomics.wait(seen, 2, 0, 100); // a job that does not give way begins now
      Atomics.store(seen, 1, 1);
    });
    if (worker) await once(worker, 'exit');
    expect(Atomics.load(seen, 2)).toBe(2);
  });

  it('a job goes on where whoever waits does not wait for it', () => {
    const turns = createWriteTurns();
    let nowMs = 0;
    const bulk = bulkTurn(turns, () => (nowMs += 400));
    expect(commandTurn(turns).begin(() => bulk.begin(() => 'begun'))).toBe('begun');
  });

  it('a job takes short transactions as soon as somebody writes, and long ones again when it has been quiet', () => {
    const turns = createWriteTurns();
    let nowMs = 10_000;
    const bulk = bulkTurn(turns, () => nowMs);
    const command = commandTurn(turns);
    expect(bulk.patienceMs()).toBe(100);
    command.begin(() => undefined);
    expect(bulk.patienceMs()).toBe(shortestPatienceMs);
    nowMs += 1_999;
    expect(bulk.patienceMs()).toBe(shortestPatienceMs);
    nowMs += 1;
    expect(bulk.patienceMs()).toBe(100);
    expect(command.patienceMs()).toBe(shortestPatienceMs);
  });

  it('a command that could not begin does not keep the job away', () => {
    const turns = createWriteTurns();
    expect(() => commandTurn(turns).begin(() => { throw new Error('locked'); })).toThrow('locked');
    let hasAskedAClock = 0;
    bulkTurn(turns, () => (hasAskedAClock += 1)).begin(() => undefined);
    expect(hasAskedAClock).toBe(1);
  });
});
