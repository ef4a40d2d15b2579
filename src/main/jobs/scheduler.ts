/**
 * Starts what is due: on start, after a sleep, and at each cron time. It never asks the system for the time; it looks at the clock it was given.
 */
import type { Clock } from '../../shared/calendar/clock.ts';
import type { Instant, TimeZone } from '../../shared/calendar/time-zone.ts';
import { duePeriods, nextRunAt } from './due-periods.ts';
import type { Logger } from '../platform/logger.ts';
import type { JobRunner } from './job-runner.ts';
import type { JobRunStore } from './job-run-store.ts';
import { schedule, type ScheduledJob } from './schedule.ts';

export interface SchedulerOptions {
  readonly runner: JobRunner;
  readonly store: JobRunStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly zone: TimeZone;
  /** Whether a job may run here and now: its sources connected, the signed-in role large enough. */
  canRun(job: ScheduledJob): boolean;
  /** How often the clock is looked at; waking from a sleep is noticed within it. */
  readonly tickMs?: number;
}

export interface Scheduler {
  /** Looks once: starts every due period and every repeating job whose time has come. Returns what it started. */
  tick(): { job: string; period: string }[];
  stop(): void;
}

/** How long a period that failed waits before it is tried again. */
const betweenTriesMs = 3_600_000;

export function createScheduler(options: SchedulerOptions): Scheduler {
  const { runner, store, clock, zone } = options;
  const lastLook = new Map<string, Instant>();

  function tick(): { job: string; period: string }[] {
    const now = clock.now();
    const started: { job: string; period: string }[] = [];
    for (const job of schedule) {
      if (job.cron === null || !options.canRun(job)) continue;
      const activatedAt = store.activationOf(job.name, now);
      if (job.periodKind === 'none') {
        const since = lastLook.get(job.name) ?? now;
        lastLook.set(job.name, now);
        const next = nextRunAt(job, since, zone);
        if (next !== null && next <= now) {
          runner.start({ job: job.name, trigger: 'schedule' });
          started.push({ job: job.name, period: '' });
        }
        continue;
      }
      const due = duePeriods(job, activatedAt, now, zone, (period) => store.hasSucceeded(job.name, period));
      if (store.last(job.name)?.status === 'running') continue;
      for (const [index, period] of due.entries()) {
        const last = store.lastOfPeriod(job.name, period);
        if (last?.status === 'failed' && now - last.startedAt < betweenTriesMs) {
          // One that left something undone, such as a partner of an old month, keeps no later period waiting; what keeps a whole run from going may.
          if (last.result !== null) continue;
          break;
        }
        runner.start({ job: job.name, period, trigger: index === due.length - 1 ? 'schedule' : 'catch-up' });
        started.push({ job: job.name, period });
        break; // oldest first, one at a time: the next one is due again at the next look
      }
    }
    return started;
  }

  /** A disk that is full now may have room at the next look. */
  function look(): void {
    try {
      tick();
    } catch (error) {
      options.logger.error('schedule-not-looked-at', { error });
    }
  }

  const timer = setInterval(look, options.tickMs ?? 20_000);
  timer.unref();
  return { tick, stop: () => clearInterval(timer) };
}
