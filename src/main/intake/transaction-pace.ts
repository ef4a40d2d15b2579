/**
 * How much goes into one write transaction, found while writing: as much as this machine commits in about 18 ms, so that a person's command never
 * waits longer than the 25 ms of architecture.md §3, and a quick disk is not made to commit more often than it must.
 */
export interface TransactionPace {
  /** Pieces for the next transaction. */
  size(): number;
  /** What the last one took: pieces and milliseconds. */
  took(pieces: number, milliseconds: number): void;
}

export interface TransactionPaceOptions {
  readonly first: number;
  readonly least: number;
  readonly most: number;
}

const aimMs = 18;
/** One quick commit says little: the size grows by steps and falls at once. */
const largestGrowth = 1.5;

export function createTransactionPace({ first, least, most }: TransactionPaceOptions): TransactionPace {
  let size = first;
  return {
    size: () => Math.round(size),
    took(pieces, milliseconds) {
      if (pieces === 0) return;
      const wanted = (pieces * aimMs) / Math.max(milliseconds, 0.1);
      size = Math.min(most, Math.max(least, Math.min(wanted, size * largestGrowth)));
    },
  };
}
