import { NotFoundError } from '../../shared/errors/errors.ts';
import { addMonths } from '../../shared/calendar/local-date.ts';
import type { TimeZone } from '../../shared/calendar/time-zone.ts';
import type { Clock } from '../../shared/calendar/clock.ts';
import { nextRunAt } from '../jobs/due-periods.ts';
import type { JobRun, JobRunStore } from '../jobs/job-run-store.ts';
import type { JobRunner } from '../jobs/job-runner.ts';
import { jobNames, schedule, scheduledJob, type JobName } from '../jobs/schedule.ts';
import { api, requireRole, type Role } from './implementer.ts';

export interface JobsHandlersDependencies {
  readonly runner: JobRunner;
  readonly store: JobRunStore;
  readonly clock: Clock;
  readonly zone: TimeZone;
  /** Refuses at once what the job would refuse later: a mistyped month leaves no failed run behind. */
  assertRunnable(job: string, period: string | undefined): void;
  /** Whether a scheduled job comes by itself on this desk: one whose source is not set has no next time. */
  comesByItself(job: JobName): boolean;
}

/** Who may start what by hand; reading jobs are open to finance, billing to accountants. */
const roleFor: Readonly<Record<JobName, Role>> = {
  'stripe-sync': 'finance', 'stripe-refill': 'finance', 'postgres-sync': 'viewer', 'exchange-rates': 'accountant', 'bank-import': 'finance', 'bank-reconciliation': 'finance', 'partner-billing': 'accountant', 'daily-reconciliation': 'finance', 'drift-check': 'finance', 'revenue-rebuild': 'viewer', 'revenue-recognition': 'accountant', 'ledger-verify': 'viewer', 'ledger-rebuild': 'finance', 'ledger-backup': 'finance', 'backup-verify': 'viewer', 'invoice-mail': 'accountant', 'fetch-missing': 'finance', 'reconciliation-report': 'finance', 'revenue-report': 'accountant', 'document-archive': 'finance',
};

/** A job's name as people know it; of a job that is no longer in the schedule, the name it had. */
export function jobTitle(job: string): string {
  const name = jobNames.find((candidate) => candidate === job);
  return name ? scheduledJob(name).title : job;
}

/** A run as screens and the CLI see it. */
export function toRunView(run: JobRun, runner: JobRunner) {
  const pace = run.status === 'running' ? runner.pace(run.id) : null;
  return {
    id: run.id, job: run.job, title: jobTitle(run.job), period: run.period, trigger: run.trigger, status: run.status, startedAt: run.startedAt, finishedAt: run.finishedAt, done: run.done, total: run.total, isTotalEstimated: run.isTotalEstimated === 1, note: run.note,
    ratePerSecond: pace?.ratePerSecond ?? null, secondsLeft: pace?.secondsLeft ?? null, errorCode: run.errorCode, errorMessage: run.errorMessage, errorNextStep: run.errorNextStep, result: run.result === null ? null : (JSON.parse(run.result) as unknown),
  };
}

export function createJobsHandlers({ runner, store, clock, zone, assertRunnable, comesByItself }: JobsHandlersDependencies) {
  return {
    list: api.jobs.list.handler(() => ({
      jobs: schedule.map((job) => {
        const last = store.last(job.name);
        return {
          name: job.name, title: job.title, description: job.description, cron: job.cron, timeZone: zone.name, catchUp: job.catchUp, lease: job.lease, nextRunAt: comesByItself(job.name) ? nextRunAt(job, clock.now(), zone) : null, lastRun: last ? toRunView(last, runner) : null, isRunning: last?.status === 'running', periodKind: job.periodKind,
        };
      }),
    })),
    runs: api.jobs.runs.handler(({ input }) => ({ runs: store.recent(input.job ?? null, input.limit).map((run) => toRunView(run, runner)) })),
    run: api.jobs.run.handler(async ({ input, context }) => {
      const name = jobNames.find((candidate) => candidate === input.job);
      if (name) requireRole(context, roleFor[name]);
      // Who asks for partner billing and names no month means the last whole one, as the schedule does.
      const period = input.period ?? (name === 'partner-billing' ? addMonths(zone.monthOf(clock.now()), -1) : undefined);
      assertRunnable(input.job, period);
      const { wait, ...command } = input;
      const { runId } = await context.commands.once('jobs.run', command, () => ({ runId: runner.start({ job: input.job, period, trigger: 'person', options: input.options }).id }));
      const run = wait ? await runner.waitFor(runId) : store.find(runId);
      if (!run) throw new NotFoundError('run-missing', 'There is no such run.', { nextStep: 'List the runs to find the one you mean.' });
      return toRunView(run, runner);
    }),
    cancel: api.jobs.cancel.handler(({ input, context }) => {
      requireRole(context, 'finance');
      return toRunView(runner.cancel(input.runId), runner);
    }),
  };
}
