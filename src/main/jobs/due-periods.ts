/**
 * Which periods of a job are due: pure arithmetic over its cron times (architecture.md §8: a laptop sleeps; missed periods run oldest first,
 * from the job's activation on).
 */
import { Cron } from 'croner';
import type { Instant, TimeZone } from '../../shared/calendar/time-zone.ts';
import { addMonths } from '../../shared/calendar/local-date.ts';
import type { ScheduledJob } from './schedule.ts';

/** A laptop that slept for years need not walk through every minute of them. */
const maximumMissedTimes = 1_000;

/** When a job comes next, strictly after an instant; null for a job without a schedule. */
export function nextRunAt(job: ScheduledJob, after: Instant, zone: TimeZone): Instant | null {
  if (job.cron === null) return null;
  return new Cron(job.cron, { timezone: zone.name, paused: true }).nextRun(new Date(after))?.getTime() ?? null;
}

/**
 * What a cron time stands for: a monthly job at the start of November bills October; a daily one at 06:00 is for that day.
 */
export function periodOf(job: ScheduledJob, scheduledAt: Instant, zone: TimeZone): string {
  switch (job.periodKind) {
    case 'month':
      return addMonths(zone.monthOf(scheduledAt), -1);
    case 'day':
      return zone.dateOf(scheduledAt);
    case 'none':
      return new Date(scheduledAt).toISOString();
  }
}

/**
 * The periods whose time has come since activation and that have no success yet, oldest first.
 * @param activatedAt from when on the schedule counts; nothing before it is ever caught up.
 * @param hasSucceeded whether a period is done already.
 */
export function duePeriods(job: ScheduledJob, activatedAt: Instant, now: Instant, zone: TimeZone, hasSucceeded: (period: string) => boolean): string[] {
  if (job.cron === null || job.periodKind === 'none') return [];
  const cron = new Cron(job.cron, { timezone: zone.name, paused: true });
  const due: string[] = [];
  let cursor = new Date(activatedAt);
  for (let count = 0; count < maximumMissedTimes; count += 1) {
    const next = cron.nextRun(cursor);
    if (!next || next.getTime() > now) break;
    due.push(periodOf(job, next.getTime(), zone));
    cursor = next;
  }
  if (job.catchUp === 'every-missed') return due.filter((period) => !hasSucceeded(period));
  return due.slice(-1).filter((period) => !hasSucceeded(period));
}
