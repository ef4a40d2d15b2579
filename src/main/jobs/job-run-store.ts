/**
 * The rows of job runs: one per attempt, a success unique per (job, period) for what the schedule starts (architecture.md §8).
 */
import { sql, type ReadableDatabase, type WritableDatabase } from '../database/handles.ts';
import type { Instant } from '../../shared/calendar/time-zone.ts';
import type { Progress } from '../../shared/api/progress.ts';

export type RunStatus = 'running' | 'succeeded' | 'failed' | 'cancelled' | 'interrupted';
export type RunTrigger = 'schedule' | 'catch-up' | 'person';

export interface JobRun {
  readonly id: string;
  readonly job: string;
  readonly period: string;
  readonly trigger: RunTrigger;
  readonly status: RunStatus;
  readonly startedAt: Instant;
  readonly finishedAt: Instant | null;
  readonly done: number;
  readonly total: number | null;
  /** 1: the total is worked out while reading. */
  readonly isTotalEstimated: 0 | 1;
  readonly note: string | null;
  /** JSON text of what the job answered. */
  readonly result: string | null;
  readonly errorCode: string | null;
  readonly errorMessage: string | null;
  readonly errorNextStep: string | null;
}

const columns = `id, job, period, trigger_kind AS "trigger", status, started_at AS startedAt, finished_at AS finishedAt, progress_done AS done,
  progress_total AS total, progress_is_estimate AS isTotalEstimated, progress_note AS note, result, error_code AS errorCode, error_message AS errorMessage, error_next_step AS errorNextStep`;
const insertRun = sql('job-runs.insert', "INSERT INTO job_runs (id, job, period, trigger_kind, status, started_at) VALUES (?, ?, ?, ?, 'running', ?)");
const updateProgress = sql('job-runs.progress', 'UPDATE job_runs SET progress_done = ?, progress_total = ?, progress_is_estimate = ?, progress_note = ? WHERE id = ?');
const finishRun = sql('job-runs.finish', 'UPDATE job_runs SET status = ?, finished_at = ?, result = ?, error_code = ?, error_message = ?, error_next_step = ? WHERE id = ?');
const interruptRuns = sql('job-runs.interrupt', "UPDATE job_runs SET status = 'interrupted', finished_at = ?, error_code = 'interrupted', error_message = 'Daybook stopped while this was running; what it had saved is kept.' WHERE status = 'running'");
const findRun = sql('job-runs.find', `SELECT ${columns} FROM job_runs WHERE id = ?`);
const lastRun = sql('job-runs.last', `SELECT ${columns} FROM job_runs WHERE job = ? ORDER BY started_at DESC, id DESC LIMIT 1`);
const lastRunOfPeriod = sql('job-runs.last-of-period', `SELECT ${columns} FROM job_runs WHERE job = ? AND period = ? ORDER BY started_at DESC, id DESC LIMIT 1`);
const recentRuns = sql('job-runs.recent', `SELECT ${columns} FROM job_runs WHERE (:job IS NULL OR job = :job) ORDER BY started_at DESC, id DESC LIMIT :limit`);
const runningRuns = sql('job-runs.running', `SELECT ${columns} FROM job_runs WHERE status = 'running' ORDER BY started_at`);
const hasSuccess = sql('job-runs.has-success', "SELECT 1 AS found FROM job_runs WHERE job = ? AND period = ? AND status = 'succeeded' LIMIT 1");
const activate = sql('job-activations.insert', 'INSERT INTO job_activations (job, activated_at) VALUES (?, ?) ON CONFLICT (job) DO NOTHING');
const findActivation = sql('job-activations.find', 'SELECT activated_at AS activatedAt FROM job_activations WHERE job = ?');

export interface JobRunStore {
  start(run: { id: string; job: string; period: string; trigger: RunTrigger; startedAt: Instant }): void;
  /**
   * What a run says of its progress, for whoever asks this store: kept in memory until it ends. A row in the file would wait behind the run's own
   * transactions, holding the thread that answers screens, and would make the run's connection forget every page it has read.
   */
  noteProgress(id: string, progress: Progress): void;
  /** Writes down what was noted last; `finish` does so by itself. */
  saveProgress(id: string): void;
  finish(id: string, outcome: { status: RunStatus; finishedAt: Instant; result?: string; errorCode?: string; errorMessage?: string; errorNextStep?: string | null }): void;
  /** What was running when the process died is said to be interrupted. Called once, at start. */
  interruptLeftovers(now: Instant): number;
  find(id: string): JobRun | undefined;
  last(job: string): JobRun | undefined;
  lastOfPeriod(job: string, period: string): JobRun | undefined;
  recent(job: string | null, limit: number): JobRun[];
  running(): JobRun[];
  hasSucceeded(job: string, period: string): boolean;
  /** From when on the job's schedule counts; the first call decides. */
  activationOf(job: string, now: Instant): Instant;
}

export function createJobRunStore(database: ReadableDatabase & WritableDatabase): JobRunStore {
  const noted = new Map<string, Progress>();
  const withNoted = (run: JobRun): JobRun => {
    const progress = noted.get(run.id);
    return progress ? { ...run, done: progress.done, total: progress.total, isTotalEstimated: progress.isEstimate ? 1 : 0, note: progress.note } : run;
  };
  const one = (run: JobRun | undefined): JobRun | undefined => run && withNoted(run);
  function saveProgress(id: string): void {
    const progress = noted.get(id);
    if (progress) database.run(updateProgress, [progress.done, progress.total, progress.isEstimate ? 1 : 0, progress.note, id]);
  }
  return {
    start: (run) => void database.run(insertRun, [run.id, run.job, run.period, run.trigger, run.startedAt]),
    noteProgress: (id, progress) => void noted.set(id, progress),
    saveProgress,
    finish(id, outcome) {
      saveProgress(id);
      database.run(finishRun, [outcome.status, outcome.finishedAt, outcome.result ?? null, outcome.errorCode ?? null, outcome.errorMessage ?? null, outcome.errorNextStep ?? null, id]);
      noted.delete(id);
    },
    interruptLeftovers: (now) => database.run(interruptRuns, [now]),
    find: (id) => one(database.get<JobRun>(findRun, [id])),
    last: (job) => one(database.get<JobRun>(lastRun, [job])),
    lastOfPeriod: (job, period) => one(database.get<JobRun>(lastRunOfPeriod, [job, period])),
    recent: (job, limit) => database.all<JobRun>(recentRuns, { job, limit }).map(withNoted),
    running: () => database.all<JobRun>(runningRuns).map(withNoted),
    hasSucceeded: (job, period) => database.get(hasSuccess, [job, period]) !== undefined,
    activationOf(job, now) {
      database.run(activate, [job, now]);
      return database.get<{ activatedAt: Instant }>(findActivation, [job])?.activatedAt ?? now;
    },
  };
}
