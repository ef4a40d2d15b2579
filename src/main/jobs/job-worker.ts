/**
 * The worker thread of one job: its own connection, its own services; it ends with its order.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { toErrorOnTheWire } from '../../shared/errors/errors.ts';
import { composeJobServices, type JobComposition, type JobWorkerData } from '../composition-root.ts';
import { jobDefinitions } from './job-definitions.ts';
import type { WorkerMessage } from './job-runner.ts';
import { UnfinishedWorkError } from './unfinished-work.ts';

const port = parentPort;
if (!port) throw new Error('job-worker.ts is the entry of a worker thread.');
const say = (message: WorkerMessage): void => port.postMessage(message);

const data = workerData as JobWorkerData;
const abort = new AbortController();
port.on('message', (message: unknown) => {
  if (message === 'cancel') abort.abort();
});

let composition: JobComposition | undefined;
try {
  composition = composeJobServices(data);
  const { services, run } = composition;
  const result = await run(() =>
    jobDefinitions[data.order.job](services, {
      period: data.order.period,
      trigger: data.order.trigger,
      options: data.order.options,
      control: { signal: abort.signal, report: (progress) => say({ kind: 'progress', progress }) },
      publish: (entity, ids = []) => say({ kind: 'stale', entity, ids }),
    }),
  );
  say({ kind: 'done', result: JSON.stringify(result ?? null) });
} catch (error) {
  if (abort.signal.aborted) say({ kind: 'cancelled' });
  else {
    composition?.logger.error('job-failed', { job: data.order.job, period: data.order.period, error });
    say({ kind: 'failed', error: toErrorOnTheWire(error), ...(error instanceof UnfinishedWorkError ? { result: JSON.stringify(error.result) } : {}) });
  }
} finally {
  await composition?.close();
  port.close();
}
