/** Time that passes only when it is told to; timers ring `latenessMs()` after the moment they were set for, as on a busy machine. */
export function madeUpTime(latenessMs: () => number = () => 0) {
  let nowMs = 0;
  let timers: { atMs: number; ring: () => void }[] = [];
  return {
    steadyNowMs: () => nowMs,
    startTimer(milliseconds: number, ring: () => void): () => void {
      const timer = { atMs: nowMs + Math.max(0, milliseconds) + latenessMs(), ring };
      timers.push(timer);
      return () => { timers = timers.filter((one) => one !== timer); };
    },
    /** Rings timer after timer, each at its time, and lets what waits for them run. */
    async pass(untilMs: number): Promise<void> {
      for (;;) {
        await new Promise((resolve) => setImmediate(resolve));
        const next = timers.toSorted((a, b) => a.atMs - b.atMs)[0];
        if (!next || next.atMs > untilMs) break;
        timers = timers.filter((one) => one !== next);
        nowMs = Math.max(nowMs, next.atMs);
        next.ring();
      }
      nowMs = Math.max(nowMs, untilMs);
    },
  };
}

export type MadeUpTime = ReturnType<typeof madeUpTime>;

/** The most that lie in one window of a second, its end left out. */
export function mostInOneSecond(timesMs: readonly number[]): number {
  const sorted = timesMs.toSorted((a, b) => a - b);
  let most = 0;
  for (let first = 0, behind = 0; first < sorted.length; first += 1) {
    while (behind < sorted.length && (sorted[behind] ?? 0) < (sorted[first] ?? 0) + 1_000) behind += 1;
    most = Math.max(most, behind - first);
  }
  return most;
}
