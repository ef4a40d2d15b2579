/**
 * How much goes into one write transaction, found while writing: as much as this machine commits in the time a transaction may take now, so that a
 * person's command never waits longer than architecture.md §3 says, and a disk is not made to commit more often than it must.
 */
import { shortestPatienceMs } from './write-turns.ts';

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
  /** How long a transaction may take now, in milliseconds: {@link UnitOfWork.patienceMs}. Left out: as where somebody else writes. */
  readonly patienceMs?: (() => number) | undefined;
}

/** One quick commit says little: the size grows by steps and falls at once. */
const largestGrowth = 1.5;

export function createTransactionPace({ first, least, most, patienceMs = () => shortestPatienceMs }: TransactionPaceOptions): TransactionPace {
  let size = first;
  let piecesPerMs = Number.POSITIVE_INFINITY;
  const within = (wanted: number): number => Math.min(most, Math.max(least, wanted));
  return {
    // Somebody may have come to write since the last one.
    size: () => Math.round(within(Math.min(size, piecesPerMs * patienceMs()))),
    took(pieces, milliseconds) {
      if (pieces === 0) return;
      piecesPerMs = pieces / Math.max(milliseconds, 0.1);
      size = within(Math.min(piecesPerMs * patienceMs(), size * largestGrowth));
    },
  };
}
