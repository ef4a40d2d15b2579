/**
 * A thread that answers questions from a connection of its own, which only reads. Every answer is one state of the ledger: a snapshot is held from its first
 * statement to its last.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { call, ORPCError, type AnyProcedure } from '@orpc/server';
import { toErrorOnTheWire } from '../../shared/errors/errors.ts';
import { composeReadingThread, type ReadingSetup } from '../composition/reading.ts';
import type { ReadingFailure, ReadingMessage, ReadingOrder, ReadingRequest, ReadingWorkerData } from './reading-pool.ts';

const port = parentPort;
if (!port) throw new Error('reading-worker.ts is the entry of a worker thread.');
const say = (message: ReadingMessage): void => port.postMessage(message);

const { setup, withdrawn } = workerData as ReadingWorkerData<ReadingSetup>;
const lastWithdrawn = new Int32Array(withdrawn);
let current: ReadingOrder | null = null;
const thread = composeReadingThread(setup, { isWithdrawn: () => current !== null && Atomics.load(lastWithdrawn, 0) >= current.number, now: () => current?.now ?? 0 });

function failureOf(error: unknown): ReadingFailure {
  if (error instanceof ORPCError) return { code: String(error.code), status: error.status, message: error.message, data: error.data };
  const { code, message, ...data } = toErrorOnTheWire(error);
  return { code, status: 500, message, data };
}

async function answer(order: ReadingOrder): Promise<ReadingMessage> {
  const { number, path, input, asker } = order;
  current = order;
  try {
    const procedure = thread.procedureAt(path) as AnyProcedure;
    return { kind: 'answered', number, answer: await thread.inOneState(() => call(procedure, input, { context: thread.contextFor(asker), path: [...path] })) };
  } catch (error) {
    return { kind: 'failed', number, failure: failureOf(error) };
  } finally {
    current = null;
  }
}

port.on('message', (request: ReadingRequest) => {
  if (request.kind === 'ask') return void answer(request.order).then(say);
  thread.close();
  port.close();
});
