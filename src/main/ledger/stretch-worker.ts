/**
 * The thread that verifies one stretch of the chain on a connection of its own, which only reads. It ends with its order.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { toErrorOnTheWire } from '../../shared/errors/errors.ts';
import { openDatabase } from '../database/open-database.ts';
import { silentLogger } from '../platform/logger.ts';
import { verifyStretch } from './chain-stretch.ts';
import type { StretchMessage, StretchWorkerData } from './stretch-thread.ts';

const port = parentPort;
if (!port) throw new Error('stretch-worker.ts is the entry of a worker thread.');
const say = (message: StretchMessage): void => port.postMessage(message);
const { file, order } = workerData as StretchWorkerData;

try {
  const database = openDatabase({ file, logger: silentLogger, isReadOnly: true });
  try {
    // Whoever ordered it ends this thread when it is no longer wanted.
    say({ kind: 'done', result: await verifyStretch(database, order, { signal: new AbortController().signal, report: (done) => say({ kind: 'progress', done }) }) });
  } finally {
    database.close();
  }
} catch (error) {
  say({ kind: 'failed', error: toErrorOnTheWire(error) });
}
