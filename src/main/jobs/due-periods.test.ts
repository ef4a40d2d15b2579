import { describe, expect, it } from 'vitest';
import { TimeZone } from '../../shared/calendar/time-zone.ts';
import { duePeriods, nextRunAt, periodOf } from './due-periods.ts';
import { scheduledJob } from './schedule.ts';

const newYork = new TimeZone('America/New_York');
const at = (text: string) => Date.parse(text);
const billing = scheduledJob('partner-billing');
const reconciliation = scheduledJob('daily-reconciliation');

describe('monthly partner billing', () => {
  it('comes at local midnight of the first, whatever the clocks did', () => {
    expect(nextRunAt(billing, at('2026-10-20T00:00:00Z'), newYork)).toBe(at('2026-11-01T04:00:00Z'));
    expect(nextRunAt(billing, at('2026-11-02T00:00:00Z'), newYork)).toBe(at('2026-12-01T05:00:00Z'));
  });
  it('on 1 November bills October', () => {
    expect(periodOf(billing, at('2026-11-01T04:00:00Z'), newYork)).toBe('2026-10');
  });
  it('after three months of sleep runs every missed month, oldest first', () => {
    expect(duePeriods(billing, at('2026-07-15T00:00:00Z'), at('2026-10-20T00:00:00Z'), newYork, () => false)).toEqual(['2026-07', '2026-08', '2026-09']);
  });
  it('leaves out a month that succeeded and everything before activation', () => {
    expect(duePeriods(billing, at('2026-07-15T00:00:00Z'), at('2026-10-20T00:00:00Z'), newYork, (period) => period === '2026-08')).toEqual(['2026-07', '2026-09']);
    expect(duePeriods(billing, at('2026-10-19T00:00:00Z'), at('2026-10-20T00:00:00Z'), newYork, () => false)).toEqual([]);
  });
});

describe('daily reconciliation', () => {
  it('after a week of sleep runs only for the newest day', () => {
    expect(duePeriods(reconciliation, at('2026-11-10T00:00:00Z'), at('2026-11-18T14:00:00Z'), newYork, () => false)).toEqual(['2026-11-18']);
  });
  it('before six in the morning is still for the day before', () => {
    expect(duePeriods(reconciliation, at('2026-11-10T00:00:00Z'), at('2026-11-18T10:59:59Z'), newYork, () => false)).toEqual(['2026-11-17']);
  });
});

describe('a job without periods', () => {
  it('has nothing to catch up', () => {
    expect(duePeriods(scheduledJob('stripe-sync'), 0, at('2026-11-18T14:00:00Z'), newYork, () => false)).toEqual([]);
  });
});
