/**
 * A few threads that only read, for questions that take long (ADR 0013). Each has a connection of its own that cannot write; it is started when it is first
 * needed and answers one question at a time, the others wait in their order.
 *
 * A question that is taken back is refused at once. If it still waits, no thread ever sees it; if a thread is at it, that thread leaves it before its next
 * statement: SQLite cannot be interrupted from outside through our driver, and ending a thread waits for its statement just as long.
 */
import type { Worker } from 'node:worker_threads';
import { ORPCError } from '@orpc/server';
import type { Clock } from '../../shared/calendar/clock.ts';
import { StateError, StorageError } from '../../shared/errors/errors.ts';
import type { Asker, Readings } from '../api/implementer.ts';
import type { Logger } from '../platform/logger.ts';
import { isLongReading } from './long-readings.ts';

/** What a thread is started with. */
export interface ReadingWorkerData<Setup = unknown> {
  readonly setup: Setup;
  /** One 32-bit number: up to and with this question's number, all were taken back. */
  readonly withdrawn: SharedArrayBuffer;
}

export interface ReadingOrder {
  /** Counts up in one thread, from 1. */
  readonly number: number;
  readonly path: readonly string[];
  /** As it came: the thread checks it. */
  readonly input: unknown;
  /** Epoch milliseconds. */
  readonly now: number;
  readonly asker: Asker;
}

/** An error as the contract's middleware made it. */
export interface ReadingFailure {
  readonly code: string;
  readonly status: number;
  readonly message: string;
  readonly data: unknown;
}

export type ReadingMessage = { readonly kind: 'answered'; readonly number: number; readonly answer: unknown } | { readonly kind: 'failed'; readonly number: number; readonly failure: ReadingFailure };
/** What a thread is sent; it ends with `close`. */
export type ReadingRequest = { readonly kind: 'ask'; readonly order: ReadingOrder } | { readonly kind: 'close' };

export interface ReadingPoolOptions {
  spawnWorker(withdrawn: SharedArrayBuffer): Worker;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface ReadingPool extends Readings {
  /** Starts the first thread, so that the first question does not wait for it. */
  warmUp(): void;
  /** Refuses what waits and ends the threads; their connections are closed when this resolves. */
  close(): Promise<void>;
}

const mostThreads = 2;

interface Question {
  readonly order: Omit<ReadingOrder, 'number'>;
  resolve(answer: unknown): void;
  reject(error: unknown): void;
}

interface ReadingThread {
  readonly worker: Worker;
  readonly withdrawn: Int32Array;
  readonly ended: Promise<void>;
  lastNumber: number;
  /** What it is at; a question that was taken back stays here until the thread has left it. */
  current: Question | null;
}

const takenBack = (): StateError => new StateError('request-withdrawn', 'The question was taken back before it was answered.');

export function createReadingPool({ spawnWorker, clock, logger }: ReadingPoolOptions): ReadingPool {
  const threads = new Set<ReadingThread>();
  const waiting: Question[] = [];
  let isClosed = false;

  function startThread(): ReadingThread {
    const withdrawn = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
    const worker = spawnWorker(withdrawn);
    const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
    const thread: ReadingThread = { worker, withdrawn: new Int32Array(withdrawn), ended, lastNumber: 0, current: null };
    threads.add(thread);
    worker.on('message', (message: ReadingMessage) => {
      const question = thread.current;
      if (message.number !== thread.lastNumber || !question) return;
      thread.current = null;
      if (message.kind === 'answered') question.resolve(message.answer);
      else question.reject(new ORPCError(message.failure.code, { status: message.failure.status, message: message.failure.message, data: message.failure.data }));
      handOut();
    });
    worker.once('error', (error) => logger.error('reading-thread-failed', { error }));
    worker.once('exit', () => lose(thread));
    return thread;
  }

  /** A thread that ended by itself takes its question with it; the next question starts another. */
  function lose(thread: ReadingThread): void {
    threads.delete(thread);
    thread.current?.reject(new StorageError('reading-interrupted', 'The thread that was reading the ledger ended before it had an answer. Nothing is lost: it only reads.', { nextStep: 'Ask again; if it happens again, send the log of today to your administrator.' }));
    thread.current = null;
    if (!isClosed) handOut();
  }

  function handOut(): void {
    while (waiting.length > 0) {
      const idle = [...threads].find((thread) => thread.current === null) ?? (threads.size < mostThreads ? startThread() : undefined);
      const question = idle && waiting.shift();
      if (!question) return;
      idle.current = question;
      idle.lastNumber += 1;
      idle.worker.postMessage({ kind: 'ask', order: { ...question.order, number: idle.lastNumber } } satisfies ReadingRequest);
    }
  }

  function withdraw(question: Question): void {
    const place = waiting.indexOf(question);
    if (place >= 0) waiting.splice(place, 1);
    for (const thread of threads) if (thread.current === question) Atomics.store(thread.withdrawn, 0, thread.lastNumber);
    question.reject(takenBack());
  }

  return {
    isLong: isLongReading,
    ask: (path, input, asker, signal) =>
      new Promise((resolve, reject) => {
        if (isClosed || signal?.aborted) return reject(takenBack());
        const question: Question = { order: { path, input, asker, now: clock.now() }, resolve: (answer) => settle(() => resolve(answer)), reject: (error) => settle(() => reject(error)) };
        const onAbort = (): void => withdraw(question);
        function settle(end: () => void): void {
          signal?.removeEventListener('abort', onAbort);
          end();
        }
        signal?.addEventListener('abort', onAbort, { once: true });
        waiting.push(question);
        handOut();
      }),
    warmUp() {
      if (!isClosed && threads.size === 0) startThread();
    },
    async close() {
      isClosed = true;
      for (const question of waiting.splice(0)) withdraw(question);
      await Promise.all([...threads].map((thread) => {
        if (thread.current) withdraw(thread.current);
        thread.worker.postMessage({ kind: 'close' } satisfies ReadingRequest);
        return thread.ended;
      }));
    },
  };
}
