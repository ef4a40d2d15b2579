/**
 * Runs jobs one after the other in a worker thread of their own, with progress, cancel and a row per attempt (architecture.md §3, §8).
 */
import { Worker } from 'node:worker_threads';
import { InvariantError, NotFoundError, StateError, StorageError, ValidationError, toErrorOnTheWire, type ErrorOnTheWire } from '../../shared/errors/errors.ts';
import type { Clock } from '../../shared/calendar/clock.ts';
import type { Progress } from '../../shared/api/progress.ts';
import { newId } from '../platform/ids.ts';
import type { Logger } from '../platform/logger.ts';
import type { JobRun, JobRunStore, RunTrigger } from './job-run-store.ts';
import { createRunPace, type Pace, type RunPace } from './run-pace.ts';
import { jobNames, type JobName } from './schedule.ts';

export type JobOptions = Readonly<Record<string, string | boolean | number>>;

/** What the worker is told to do. */
export interface JobOrder {
  readonly runId: string;
  readonly job: JobName;
  readonly period: string;
  readonly trigger: RunTrigger;
  readonly options: JobOptions;
}

/** What the worker says. */
export type WorkerMessage =
  | { readonly kind: 'progress'; readonly progress: Progress }
  | { readonly kind: 'stale'; readonly entity: string; readonly ids: readonly string[] }
  | { readonly kind: 'done'; readonly result: string }
  | { readonly kind: 'cancelled' }
  /** With a result: it did what it could, and that is kept. */
  | { readonly kind: 'failed'; readonly error: ErrorOnTheWire; readonly result?: string };

export interface JobRunnerOptions {
  readonly store: JobRunStore;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Makes the worker that carries one order out: its own thread, its own connection. */
  spawnWorker(order: JobOrder): Worker;
  onChange(entity: string, ids: readonly string[]): void;
}

export interface JobRunner {
  /** Puts a job in the queue. The row exists when this returns. */
  start(request: { job: string; period?: string | undefined; trigger: RunTrigger; options?: JobOptions }): JobRun;
  /** Resolves with the final row. */
  waitFor(runId: string): Promise<JobRun>;
  /** Asks a run to stop; it ends `cancelled` at its next transaction border. @throws StateError `run-not-running`. */
  cancel(runId: string): JobRun;
  /** The rate of the last stretch and the time left at it. */
  pace(runId: string): Pace | null;
  isBusy(): boolean;
  /** Ends what runs, takes back what waits. The connections of all workers are closed when this resolves, also of those whose work is long done: the data folder is free then. */
  close(): Promise<void>;
}

interface ActiveRun {
  readonly order: JobOrder;
  worker: Worker | null;
  isCancelAsked: boolean;
  readonly pace: RunPace;
  toldMs: number;
  savedMs: number;
  readonly ended: Promise<JobRun>;
  end(run: JobRun): void;
}

/** Progress is for people: two notices a second are plenty. */
const progressIntervalMs = 500;
/** How far a run is said to have come that died with its process; see {@link JobRunStore.noteProgress} for why not oftener. */
const progressRowMs = 30_000;
/** How long a worker may take to close its connections. */
const closingPatienceMs = 5_000;

type RunOutcome = Parameters<JobRunStore['finish']>[1];

function newActiveRun(order: JobOrder): ActiveRun {
  const { promise, resolve } = Promise.withResolvers<JobRun>();
  return { order, worker: null, isCancelAsked: false, pace: createRunPace(), toldMs: 0, savedMs: performance.now(), ended: promise, end: resolve };
}

function outcomeOf(message: Extract<WorkerMessage, { kind: 'done' | 'cancelled' | 'failed' }>, finishedAt: number): RunOutcome {
  switch (message.kind) {
    case 'done':
      return { status: 'succeeded', finishedAt, result: message.result };
    case 'cancelled':
      return { status: 'cancelled', finishedAt, errorCode: 'cancelled', errorMessage: 'Cancelled. What it had saved is kept and complete.' };
    case 'failed':
      return { status: 'failed', finishedAt, errorCode: message.error.code, errorMessage: message.error.message, errorNextStep: message.error.nextStep, ...(message.result === undefined ? {} : { result: message.result }) };
  }
}

/** A connection that cannot be closed, as its server answers no more, does not keep Daybook open. */
async function endSoon(worker: Worker, ended: Promise<void>): Promise<void> {
  const late = setTimeout(() => void worker.terminate(), closingPatienceMs);
  await ended;
  clearTimeout(late);
}

export function createJobRunner(options: JobRunnerOptions): JobRunner {
  const { store, clock, logger } = options;
  const waiting: ActiveRun[] = [];
  const active = new Map<string, ActiveRun>();
  /** A worker still closes its connections after it has said how its work went; each with its end. */
  const threads = new Map<Worker, Promise<void>>();
  let current: ActiveRun | null = null;
  let isClosing = false;

  function tell(runId: string): void {
    options.onChange('jobs', [runId]);
    options.onChange('status', []);
  }

  /** What could not be written down, as a full disk does not take it: tried again with the next run. */
  const unrecorded = new Map<string, () => void>();

  /** A row that cannot be written is no reason to end with it: the run ended as it ended, and whoever waits is told. */
  function record(runId: string, write: () => void): boolean {
    unrecorded.delete(runId);
    try {
      write();
      return true;
    } catch (error) {
      if (error instanceof StorageError) unrecorded.set(runId, write);
      logger.error('job-run-not-recorded', { runId, error });
      return false;
    }
  }

  function settle(run: ActiveRun, outcome: RunOutcome): void {
    const { runId } = run.order;
    if (!active.delete(runId)) return;
    const leftovers = [...unrecorded]; // one that fails again is put back while we go through them
    for (const [id, write] of leftovers) record(id, write);
    const isRecorded = record(runId, () => store.finish(runId, outcome));
    if (current === run) current = null;
    tell(runId);
    const row = store.find(runId);
    if (row) run.end(!isRecorded ? { ...row, ...outcome } : row);
    startNext();
  }

  function startNext(): void {
    if (current || isClosing) return;
    const run = waiting.shift();
    if (!run) return;
    current = run;
    const worker = options.spawnWorker(run.order);
    run.worker = worker;
    threads.set(worker, new Promise((resolve) => worker.once('exit', () => {
      threads.delete(worker);
      resolve();
    })));
    if (run.isCancelAsked) worker.postMessage('cancel');
    worker.on('message', (message: WorkerMessage) => receive(run, message));
    worker.on('error', (error) => {
      logger.error('job-worker-failed', { job: run.order.job, error });
      const wire = toErrorOnTheWire(error);
      settle(run, { status: 'failed', finishedAt: clock.now(), errorCode: wire.code, errorMessage: wire.message, errorNextStep: wire.nextStep });
    });
    worker.on('exit', () => settle(run, { status: 'interrupted', finishedAt: clock.now(), errorCode: 'interrupted', errorMessage: 'The job’s worker ended before its work did; what it had saved is kept.' }));
  }

  /** Progress is for people: one that cannot be saved is not worth a run. */
  function saveProgress(runId: string): void {
    try {
      store.saveProgress(runId);
    } catch (error) {
      logger.warn('job-progress-not-saved', { runId, error });
    }
  }

  function receive(run: ActiveRun, message: WorkerMessage): void {
    if (message.kind === 'progress') noteProgress(run, message.progress);
    else if (message.kind === 'stale') options.onChange(message.entity, message.ids);
    else settle(run, outcomeOf(message, clock.now()));
  }

  function noteProgress(run: ActiveRun, progress: Progress): void {
    const { runId } = run.order;
    store.noteProgress(runId, progress);
    const nowMs = performance.now();
    run.pace.note(progress, nowMs);
    if (nowMs - run.savedMs >= progressRowMs) {
      run.savedMs = nowMs;
      saveProgress(runId);
    }
    if (nowMs - run.toldMs < progressIntervalMs) return;
    run.toldMs = nowMs;
    tell(runId);
  }

  function start(request: Parameters<JobRunner['start']>[0]): JobRun {
    const job = jobNames.find((name) => name === request.job);
    if (!job) throw new ValidationError('job-unknown', `There is no job “${request.job}”.`, { nextStep: 'See the list of jobs.' });
    const already = [...active.values()].find((run) => run.order.job === job && run.order.period === (request.period ?? run.order.period) && !run.isCancelAsked);
    const existing = already && store.find(already.order.runId);
    if (existing && JSON.stringify(already.order.options) === JSON.stringify(request.options ?? {})) return existing;
    const runId = newId();
    const startedAt = clock.now();
    const order: JobOrder = { runId, job, period: request.period ?? new Date(startedAt).toISOString(), trigger: request.trigger, options: request.options ?? {} };
    store.start({ id: runId, job, period: order.period, trigger: request.trigger, startedAt });
    const run = newActiveRun(order);
    active.set(runId, run);
    waiting.push(run);
    tell(runId);
    startNext();
    const row = store.find(runId);
    if (!row) throw new InvariantError('run-missing', 'The run could not be recorded.');
    return row;
  }

  return {
    start,
    async waitFor(runId) {
      const run = active.get(runId);
      if (run) return run.ended;
      const row = store.find(runId);
      if (!row) throw new NotFoundError('run-missing', 'There is no such run.', { nextStep: 'See the list of runs; old ones are kept.' });
      return row;
    },
    cancel(runId) {
      const run = active.get(runId);
      const row = store.find(runId);
      if (!run || !row) throw new StateError('run-not-running', 'This run has already ended.', { nextStep: 'Nothing needs to be done.' });
      run.isCancelAsked = true;
      if (run.worker) run.worker.postMessage('cancel');
      else {
        waiting.splice(waiting.indexOf(run), 1);
        settle(run, { status: 'cancelled', finishedAt: clock.now(), errorCode: 'cancelled', errorMessage: 'Cancelled before it began.' });
      }
      return store.find(runId) ?? row;
    },
    pace(runId) {
      return active.get(runId)?.pace.at(performance.now()) ?? null;
    },
    isBusy: () => active.size > 0,
    async close() {
      isClosing = true;
      for (const run of waiting.splice(0)) settle(run, { status: 'cancelled', finishedAt: clock.now(), errorCode: 'cancelled', errorMessage: 'Daybook was closed before this began.' });
      const run = current;
      if (run?.worker) {
        run.worker.postMessage('cancel');
        await run.ended;
      }
      await Promise.all([...threads].map(([worker, ended]) => endSoon(worker, ended)));
    },
  };
}
