import type { Clock } from '../../shared/calendar/clock.ts';
import { clashLabel } from '../contracts/change-views.ts';
import type { JobRunStore } from '../jobs/job-run-store.ts';
import type { JobRunner } from '../jobs/job-runner.ts';
import type { ReadableDatabase } from '../database/handles.ts';
import { readLedgerSetting, readStatusFigures, type SourceFreshness } from '../reporting/status.queries.ts';
import { readToday } from '../reporting/today.queries.ts';
import type { ChangeHub } from './change-hub.ts';
import { api } from './implementer.ts';
import { jobNames } from '../jobs/schedule.ts';
import { jobTitle, toRunView } from './jobs-handlers.ts';

/** One thing looked at by `daybook doctor` or the first start. */
export interface Check {
  readonly name: string;
  readonly isFine: boolean;
  readonly message: string;
  readonly nextStep: string | null;
}

export interface SystemHandlersDependencies {
  readonly database: ReadableDatabase;
  readonly clock: Clock;
  readonly runner: JobRunner;
  readonly runs: JobRunStore;
  readonly hub: ChangeHub;
  readonly version: string;
  readonly settings: () => { readonly reportingTimeZone: string };
  isConnected(source: SourceFreshness['source']): boolean;
  runDoctor(): Promise<Check[]>;
}

const codesOfSource: Readonly<Record<SourceFreshness['source'], string>> = { stripe: 'stripe-', 'shared-database': 'postgres-' };
const jobsOfSource: Readonly<Record<SourceFreshness['source'], readonly string[]>> = { stripe: ['stripe-sync', 'stripe-refill'], 'shared-database': ['postgres-sync'] };

export function createSystemHandlers(dependencies: SystemHandlersDependencies) {
  const { database, clock, runner, runs, hub } = dependencies;

  function sourceStatus(source: SourceFreshness['source'], freshness: SourceFreshness | undefined, running: readonly string[]) {
    // Whichever job met the source last tells how it is: a billing run notices a database that is gone as well as a sync does.
    const lastRun = jobNames
      .map((job) => runs.last(job))
      .filter((run) => run !== undefined && (jobsOfSource[source].includes(run.job) || (run.errorCode?.startsWith(codesOfSource[source]) ?? false)))
      .sort((a, b) => (b?.startedAt ?? 0) - (a?.startedAt ?? 0) || (b?.id ?? '').localeCompare(a?.id ?? ''))[0];
    const errorCode = lastRun?.status === 'failed' ? lastRun.errorCode : null;
    const isOffline = errorCode !== null && /unreachable|offline|connection/.test(errorCode);
    const state = !dependencies.isConnected(source)
      ? ('not-connected' as const)
      : jobsOfSource[source].some((job) => running.includes(job))
        ? ('syncing' as const)
        : errorCode === null
          ? ('ready' as const)
          : isOffline
            ? ('offline' as const)
            : ('failing' as const);
    return { source, state, lastSuccessAt: freshness?.lastSuccessAt ?? null, errorCode };
  }

  return {
    status: api.system.status.handler(({ context }) => {
      const figures = readStatusFigures(database, context);
      const running = runs.running();
      const names = running.map((run) => run.job);
      const mode = readLedgerSetting(database, 'mode');
      return {
        version: dependencies.version,
        companyName: readLedgerSetting(database, 'company_name'),
        mode: mode === 'live' || mode === 'test' ? mode : ('unset' as const),
        functionalCurrency: readLedgerSetting(database, 'functional_currency'),
        reportingTimeZone: dependencies.settings().reportingTimeZone,
        now: clock.now(),
        user: context.user,
        role: context.role,
        host: context.host,
        sources: (['stripe', 'shared-database'] as const).map((source) => sourceStatus(source, figures.sources.find((row) => row.source === source), names)),
        pendingEdits: figures.pendingEdits,
        conflicts: figures.conflicts,
        runningJobs: running.map((run) => toRunView(run, runner)),
        hasData: figures.hasData,
        counts: {
          today: figures.unsoundLedger + figures.openDiscrepancies + figures.draftInvoices + figures.failedJobs + figures.reviewItems + figures.reopenRequests + figures.problemContracts + figures.stripeProblems + figures.mailAndArchive + figures.decisions,
          invoicesDraft: figures.draftInvoices,
          discrepanciesOpen: figures.openDiscrepancies,
          partnersWithProblems: figures.problemContracts,
        },
      };
    }),
    changes: api.system.changes.handler(({ signal }) => hub.subscribe(signal)),
    today: api.system.today.handler(({ input, context }) => readToday(database, { limit: input.limit, now: clock.now(), jobTitle, clashLabel, user: context.user, role: context.role })),
    doctor: api.system.doctor.handler(async () => ({ checks: await dependencies.runDoctor() })),
  };
}
