import { EventEmitter } from 'node:events';
import type { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { fixedClock } from '../../shared/calendar/clock.ts';
import { silentLogger } from '../platform/logger.ts';
import { createReadingPool, type ReadingMessage, type ReadingOrder, type ReadingRequest } from './reading-pool.ts';

/** Stands where a thread would: it answers when it is told to. */
class StandInThread extends EventEmitter {
  readonly withdrawn: Int32Array;
  readonly orders: ReadingOrder[] = [];
  constructor(withdrawn: SharedArrayBuffer) {
    super();
    this.withdrawn = new Int32Array(withdrawn);
  }
  postMessage(request: ReadingRequest): void {
    if (request.kind === 'ask') this.orders.push(request.order);
    else this.emit('exit', 0);
  }
  answer(answer: unknown): void {
    this.say({ kind: 'answered', number: this.orders.at(-1)?.number ?? 0, answer });
  }
  say(message: ReadingMessage): void {
    this.emit('message', message);
  }
  get asked(): unknown[] {
    return this.orders.map((order) => order.input);
  }
}

const asker = { user: 'mia', role: 'viewer', host: 'browser' } as const;

function openPool() {
  const threads: StandInThread[] = [];
  const pool = createReadingPool({
    clock: fixedClock(7), logger: silentLogger,
    spawnWorker(withdrawn) {
      const thread = new StandInThread(withdrawn);
      threads.push(thread);
      return thread as unknown as Worker;
    },
  });
  const ask = (input: unknown, signal?: AbortSignal): Promise<unknown> => {
    const answer = pool.ask(['payments', 'list'], input, asker, signal);
    answer.catch(() => undefined);
    return answer;
  };
  const thread = (index: number): StandInThread => {
    const found = threads[index];
    if (!found) throw new Error(`There is no thread ${index}.`);
    return found;
  };
  return { pool, threads, ask, thread };
}

const code = (expected: string) => expect.objectContaining({ code: expected });

describe('the threads that read', () => {
  it('are started when they are needed, two at most; the others wait in their order', async () => {
    const { threads, ask, thread } = openPool();
    expect(threads).toHaveLength(0);
    const answers = ['a', 'b', 'c', 'd'].map((input) => ask(input));
    expect(threads.map((each) => each.asked)).toEqual([['a'], ['b']]);
    thread(1).answer('B');
    expect(thread(1).asked).toEqual(['b', 'c']);
    thread(1).answer('C');
    thread(0).answer('A');
    thread(1).answer('D');
    await expect(Promise.all(answers)).resolves.toEqual(['A', 'B', 'C', 'D']);
    expect(thread(0).orders[0]).toMatchObject({ path: ['payments', 'list'], now: 7, asker });
  });

  it('say what went wrong in the words of the contract', async () => {
    const { ask, thread } = openPool();
    const answer = ask('a');
    thread(0).say({ kind: 'failed', number: 1, failure: { code: 'not-known-then', status: 400, message: 'Too early.', data: { kind: 'validation', nextStep: 'Later.', data: {} } } });
    await expect(answer).rejects.toMatchObject({ code: 'not-known-then', message: 'Too early.', data: { nextStep: 'Later.' } });
  });

  it('never see a question that was taken back while it waited', async () => {
    const { ask, thread } = openPool();
    const typing = new AbortController();
    void ask('a');
    void ask('b');
    const waiting = ask('c', typing.signal);
    typing.abort();
    await expect(waiting).rejects.toEqual(code('request-withdrawn'));
    thread(0).answer('A');
    expect(thread(0).asked).toEqual(['a']);
  });

  it('are told of one that is taken back while they are at it, and take the next when they have left it', async () => {
    const { threads, ask, thread } = openPool();
    const typing = new AbortController();
    const first = ask('a', typing.signal);
    void ask('b');
    const third = ask('c');
    expect(Atomics.load(thread(0).withdrawn, 0)).toBe(0);
    typing.abort();
    await expect(first).rejects.toEqual(code('request-withdrawn'));
    expect(Atomics.load(thread(0).withdrawn, 0)).toBe(1);
    expect(thread(0).asked).toEqual(['a']);
    thread(0).say({ kind: 'failed', number: 1, failure: { code: 'request-withdrawn', status: 400, message: '', data: {} } });
    expect(thread(0).asked).toEqual(['a', 'c']);
    thread(0).answer('C');
    await expect(third).resolves.toBe('C');
    expect(threads).toHaveLength(2);
  });

  it('that end by themselves fail their question; the next one gets another thread', async () => {
    const { threads, ask, thread } = openPool();
    const lost = ask('a');
    thread(0).emit('error', new Error('gone'));
    thread(0).emit('exit', 1);
    await expect(lost).rejects.toEqual(code('reading-interrupted'));
    const next = ask('b');
    expect(threads).toHaveLength(2);
    thread(1).answer('B');
    await expect(next).resolves.toBe('B');
  });

  it('end when the pool is closed, and what waited or ran is refused', async () => {
    const { pool, ask } = openPool();
    const answers = ['a', 'b', 'c'].map((input) => ask(input));
    await pool.close();
    for (const answer of answers) await expect(answer).rejects.toEqual(code('request-withdrawn'));
    await expect(ask('d')).rejects.toEqual(code('request-withdrawn'));
  });

  it('are one after warming up, and no more', () => {
    const { pool, threads } = openPool();
    pool.warmUp();
    pool.warmUp();
    expect(threads).toHaveLength(1);
  });
});
