/**
 * Renders PDFs in child processes: the backend's thread stays free, and two processes give twice the pace of one (two threads would fight over
 * Typst's cache). Workers start when there is work and go when there was none for a while.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { InvariantError, StorageError } from '../../shared/errors/errors.ts';
import { resourcePath } from '../platform/resources.ts';
import type { RenderJob, RenderReply } from './render-worker.ts';
import type { RenderRequest } from './typst-compiler.ts';

export interface PdfRenderer {
  /**
   * @throws InvariantError `template-failed`: a bug in a template or in its data.
   * @throws StorageError `document-renderer-failed`: the process that renders could not start or died.
   */
  render(request: RenderRequest): Promise<Uint8Array>;
  /** Ends the workers; renders under way fail. */
  close(): void;
}

export interface PdfRendererOptions {
  /** At most this many processes; two unless said otherwise. */
  readonly maximumWorkers?: number;
  readonly idleTimeoutMs?: number;
  /** The built worker's file, where the code does not run from its source. */
  readonly workerFile?: string;
  readonly resources?: string;
  /** One thread in place of processes, as in a packaged Electron, which cannot fork itself as Node (the fuse is off). */
  readonly isThreaded?: boolean;
}

interface Waiting {
  readonly job: RenderJob;
  readonly resolve: (bytes: Uint8Array) => void;
  readonly reject: (error: Error) => void;
}

interface RenderWorker {
  readonly busy: Map<number, Waiting>;
  send(job: RenderJob): void;
  /** Whether the worker keeps its parent alive. */
  hold(isHeld: boolean): void;
  stop(): void;
}

/** So many jobs are with a worker at once, so that it never waits for the next message. */
const jobsInFlight = 2;

export function createPdfRenderer(options: PdfRendererOptions = {}): PdfRenderer {
  const isThreaded = options.isThreaded ?? process.versions['electron'] !== undefined;
  const maximumWorkers = !isThreaded ? (options.maximumWorkers ?? 2) : 1;
  const idleTimeoutMs = options.idleTimeoutMs ?? 10_000;
  const file = options.workerFile ?? join(import.meta.dirname, 'render-worker.ts');
  const resources = options.resources ?? resourcePath();
  const workers = new Set<RenderWorker>();
  const queue: Waiting[] = [];
  let nextId = 1;
  let idleTimer: NodeJS.Timeout | undefined;

  function onReply(worker: RenderWorker, reply: RenderReply): void {
    const waiting = worker.busy.get(reply.id);
    worker.busy.delete(reply.id);
    if ('bytes' in reply) waiting?.resolve(reply.bytes);
    else waiting?.reject(new InvariantError('template-failed', reply.message));
    pump();
  }

  function onEnd(worker: RenderWorker): void {
    workers.delete(worker);
    for (const waiting of worker.busy.values()) waiting.reject(new StorageError('document-renderer-failed', 'The process that makes PDFs ended unexpectedly.', { nextStep: 'Open the document again; it is made anew.' }));
    worker.busy.clear();
    pump();
  }

  function pump(): void {
    clearTimeout(idleTimer);
    while (queue.length > 0) {
      const worker = leastBusy();
      if (!worker) break;
      const waiting = queue.shift();
      if (!waiting) break;
      worker.busy.set(waiting.job.id, waiting);
      worker.hold(true);
      worker.send(waiting.job);
    }
    let isBusy = false;
    for (const worker of workers) {
      if (worker.busy.size > 0) isBusy = true;
      else worker.hold(false);
    }
    if (!isBusy && workers.size > 0) idleTimer = setTimeout(stopAll, idleTimeoutMs).unref();
  }

  /** An idle worker, a new one while there may be more, else one that can take another job. */
  function leastBusy(): RenderWorker | undefined {
    const [first] = [...workers].sort((a, b) => a.busy.size - b.busy.size);
    if (first && first.busy.size === 0) return first;
    if (workers.size < maximumWorkers) {
      const start = isThreaded ? startThread : startProcess;
      const worker = start(file, resources, onReply, onEnd);
      workers.add(worker);
      return worker;
    }
    return first && first.busy.size < jobsInFlight ? first : undefined;
  }

  function stopAll(): void {
    for (const worker of workers) {
      workers.delete(worker); // what comes from now on goes to a new one
      worker.stop();
    }
  }

  return {
    render: (request) =>
      new Promise((resolve, reject) => {
        queue.push({ job: { id: nextId++, request }, resolve, reject });
        pump();
      }),
    close() {
      clearTimeout(idleTimer);
      for (const waiting of queue.splice(0)) waiting.reject(new StorageError('document-renderer-failed', 'Daybook is closing.'));
      stopAll();
    },
  };
}

type OnReply = (worker: RenderWorker, reply: RenderReply) => void;
type OnEnd = (worker: RenderWorker) => void;

function startProcess(file: string, resources: string, onReply: OnReply, onEnd: OnEnd): RenderWorker {
  const child: ChildProcess = fork(file, [resources], { serialization: 'advanced', stdio: ['ignore', 'ignore', 'ignore', 'ipc'], execArgv: [] });
  const worker: RenderWorker = {
    busy: new Map(),
    send: (job) => void child.send(job, () => undefined), // a failed send shows as the end of the process
    hold(isHeld) {
      if (isHeld) {
        child.ref();
        child.channel?.ref();
      } else {
        child.unref();
        child.channel?.unref();
      }
    },
    stop: () => void child.kill(),
  };
  child.on('message', (reply) => onReply(worker, reply as RenderReply));
  let hasEnded = false;
  const end = (): void => {
    if (!hasEnded) onEnd(worker);
    hasEnded = true;
  };
  child.on('exit', end);
  child.on('error', end);
  return worker;
}

function startThread(file: string, resources: string, onReply: OnReply, onEnd: OnEnd): RenderWorker {
  const thread = new Worker(file, { workerData: resources });
  const worker: RenderWorker = {
    busy: new Map(),
    send: (job) => thread.postMessage(job),
    hold: (isHeld) => (isHeld ? thread.ref() : thread.unref()),
    stop: () => void thread.terminate(),
  };
  thread.on('message', (reply: RenderReply) => onReply(worker, reply));
  thread.on('error', () => undefined); // 'exit' follows
  thread.on('exit', () => onEnd(worker));
  return worker;
}
