/**
 * How far a refill is. Stripe does not say how many objects a list has; but lists go from the newest to the oldest, so that the dates which were passed tell
 * what part of a slice is read, and the objects in it how many there will be. Pure.
 */

export interface SliceRange {
  /** Epoch seconds of the oldest object there can be; null: not known. */
  readonly from: number | null;
  /** Epoch seconds behind the newest one. */
  readonly before: number;
}

interface SliceState {
  readonly range: SliceRange;
  rows: number;
  /** Epoch seconds of the oldest object read in this run. */
  reached: number | null;
  isComplete: boolean;
}

export interface RefillProgress {
  /** A slice is known, with what an earlier run had read of it. */
  add(source: string, range: SliceRange, known: { readonly rows: number; readonly isComplete: boolean }): void;
  /** @param created epoch seconds of the page's oldest object, null where it says none. */
  stored(source: string, rows: number, created: number | null, isLast: boolean): void;
  /** A slice is read anew from its beginning. */
  restarted(source: string): void;
  done(): number;
  /** null until half of the slices have given an idea of themselves; the others are taken for their like. Exact once everything is read. */
  total(): { readonly rows: number; readonly isEstimate: boolean } | null;
}

/** Below this part of its time a slice's objects say too little about it. */
const leastPart = 0.002;

function totalOfSlice({ range, rows, reached, isComplete }: SliceState): number | null {
  if (isComplete) return rows;
  if (range.from === null || reached === null) return null;
  const whole = range.before - range.from;
  const part = Math.min(1, (range.before - reached) / Math.max(1, whole));
  return part < leastPart ? null : Math.max(rows, Math.round(rows / part));
}

export function createRefillProgress(): RefillProgress {
  const slices = new Map<string, SliceState>();
  return {
    add: (source, range, known) => void slices.set(source, { range, rows: known.rows, reached: null, isComplete: known.isComplete }),
    stored(source, rows, created, isLast) {
      const slice = slices.get(source);
      if (!slice) return;
      slice.rows += rows;
      if (created !== null) slice.reached = Math.min(created, slice.reached ?? created);
      slice.isComplete = isLast;
    },
    restarted(source) {
      const slice = slices.get(source);
      if (slice) Object.assign(slice, { rows: 0, reached: null, isComplete: false });
    },
    done: () => [...slices.values()].reduce((sum, slice) => sum + slice.rows, 0),
    total() {
      const all = [...slices.values()];
      const known = all.map(totalOfSlice).filter((total) => total !== null);
      if (known.length === 0 || known.length < all.length / 2) return null;
      const usual = known.reduce((sum, total) => sum + total, 0) / known.length;
      const rows = all.reduce((sum, slice) => sum + (totalOfSlice(slice) ?? Math.max(slice.rows, Math.round(usual))), 0);
      return { rows, isEstimate: all.some((slice) => !slice.isComplete) };
    },
  };
}
