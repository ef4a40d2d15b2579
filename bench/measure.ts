/** One figure of the benchmarks: ours beside a reference run in the same process, as a ratio with a goal. */
export interface Measure {
  readonly name: string;
  /** Ours, in `unit`. */
  readonly ours: number;
  /** The reference run beside it, in the same unit. */
  readonly reference: number;
  readonly ratio: number;
  /** In words with its bound: '≥ 0.3', '< 50 ms'. */
  readonly goal: string;
  readonly holds: boolean;
  readonly unit?: string;
  readonly note?: string;
}

/** Milliseconds a piece of work takes. */
export async function timed(work: () => unknown): Promise<number> {
  const startedMs = performance.now();
  await work();
  return performance.now() - startedMs;
}

/** The smallest of several runs: what the machine can do when nothing else disturbs it. */
export async function fastest(runs: number, work: () => unknown): Promise<number> {
  let best = Number.POSITIVE_INFINITY;
  for (let run = 0; run < runs; run += 1) best = Math.min(best, await timed(work));
  return best;
}

/** One round of ours and of the reference, one right after the other. */
export interface Round {
  readonly oursMs: number;
  readonly referenceMs: number;
}

/**
 * The rounds together, each side by its median; the ratio is the median of the rounds' own, as what else the machine does at the time slows both sides of a
 * round.
 */
export function mediansOf(rounds: readonly Round[]): Round & { readonly ratio: number } {
  const median = (values: readonly number[]): number => percentile(values, 50);
  return { oursMs: median(rounds.map(({ oursMs }) => oursMs)), referenceMs: median(rounds.map(({ referenceMs }) => referenceMs)), ratio: median(rounds.map(({ oursMs, referenceMs }) => referenceMs / oursMs)) };
}

/** The value below which a share of the samples lies: `percentile(samples, 95)`. */
export function percentile(samples: readonly number[], percent: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil((percent / 100) * sorted.length) - 1)] ?? Number.NaN;
}
