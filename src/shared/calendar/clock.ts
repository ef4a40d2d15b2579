import type { Instant } from './time-zone.ts';

/** The present moment as a parameter (architecture.md §4): nobody below the composition root asks the system. */
export interface Clock {
  now(): Instant;
}

export function fixedClock(instant: Instant): Clock {
  return { now: () => instant };
}
