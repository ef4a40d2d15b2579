/**
 * How quickly a run gets on, for a rate and a time left that a person can use: over the last stretch, not since the start, and anew with each part of the
 * work that counts something else.
 */
import type { Progress } from '../../shared/api/progress.ts';

export interface Pace {
  readonly ratePerSecond: number;
  /** null while the total is not known. */
  readonly secondsLeft: number | null;
}

export interface RunPace {
  /** @param nowMs milliseconds of a steady clock. */
  note(progress: Progress, nowMs: number): void;
  /** null until there is something to tell. */
  at(nowMs: number): Pace | null;
}

interface Sample {
  readonly atMs: number;
  readonly done: number;
}

/** Long enough to be steady, short enough to follow when a share is changed or a line gets slow. */
const stretchMs = 20_000;
/** A part of the work that has only just begun says nothing about its rate. */
const leastMs = 250;
const betweenSamplesMs = 250;

export function createRunPace(): RunPace {
  let samples: Sample[] = [];
  let latest: { readonly progress: Progress; readonly atMs: number } | undefined;
  return {
    note(progress, nowMs) {
      const isOtherPart = latest !== undefined && (progress.done < latest.progress.done || progress.note !== latest.progress.note);
      if (isOtherPart) samples = [];
      latest = { progress, atMs: nowMs };
      if (samples.length > 0 && nowMs - (samples.at(-1)?.atMs ?? 0) < betweenSamplesMs) return;
      samples.push({ atMs: nowMs, done: progress.done });
      // One from before the stretch stays: what was done in it is counted from there.
      while ((samples[1]?.atMs ?? nowMs) <= nowMs - stretchMs) samples.shift();
    },
    at(nowMs) {
      const first = samples[0];
      if (!latest || !first || nowMs - first.atMs < leastMs) return null;
      const { done, total } = latest.progress;
      if (done <= first.done) return null;
      const ratePerSecond = ((done - first.done) * 1_000) / (nowMs - first.atMs);
      return { ratePerSecond, secondsLeft: total === null ? null : Math.max(0, Math.round((total - done) / ratePerSecond)) };
    },
  };
}
