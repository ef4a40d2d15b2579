import { describe, expect, it } from 'vitest';
import { createRunPace, type RunPace } from './run-pace.ts';

/** Notes `perSecond` more each half second, from `fromMs` to `toMs`. */
function work(pace: RunPace, fromMs: number, toMs: number, done: number, perSecond: number, total: number | null = 10_000, note = 'Reading'): number {
  let sum = done;
  for (let atMs = fromMs; atMs <= toMs; atMs += 500) {
    pace.note({ done: sum, total, note }, atMs);
    sum += perSecond / 2;
  }
  return sum - perSecond / 2;
}

describe('the pace of a run', () => {
  it('is not told before there is something to tell', () => {
    const pace = createRunPace();
    expect(pace.at(0)).toBeNull();
    pace.note({ done: 0, total: 100, note: 'Reading' }, 1_000);
    expect(pace.at(5_000)).toBeNull();
  });

  it('is a rate and the time that is left at it', () => {
    const pace = createRunPace();
    const done = work(pace, 0, 10_000, 0, 100);
    expect(done).toBe(1_000);
    expect(pace.at(10_000)).toEqual({ ratePerSecond: 100, secondsLeft: 90 });
    work(pace, 10_500, 12_000, 1_050, 100, null);
    expect(pace.at(12_000)).toEqual({ ratePerSecond: 100, secondsLeft: null });
  });

  it('follows a change within the last stretch, and falls while nothing comes', () => {
    const pace = createRunPace();
    const done = work(pace, 0, 60_000, 0, 100, 20_000);
    work(pace, 60_500, 85_000, done + 10, 20, 20_000);
    expect(pace.at(85_000)?.ratePerSecond).toBeCloseTo(20, 0);
    expect(pace.at(105_000)?.ratePerSecond).toBeLessThan(12);
  });

  it('begins anew with what counts something else', () => {
    const pace = createRunPace();
    work(pace, 0, 10_000, 0, 1_000, 10_000, 'Reading from Stripe');
    work(pace, 10_500, 14_500, 0, 250, 2_000, 'Posting to the ledger');
    expect(pace.at(14_500)).toEqual({ ratePerSecond: 250, secondsLeft: 4 });
  });

  it('counts from where a resumed run was', () => {
    const pace = createRunPace();
    work(pace, 0, 4_000, 900_000, 100, 1_000_000);
    expect(pace.at(4_000)).toEqual({ ratePerSecond: 100, secondsLeft: 996 });
  });
});
