import { fixedClock, type Clock } from '../../shared/calendar/clock.ts';
import type { Config } from './config.ts';

/** The machine's clock. Only the composition's callers ask for it. */
export const systemClock: Clock = { now: () => Date.now() };

/** The clock in force: a fixed one when the configuration names a moment (`DAYBOOK_NOW`). */
export function clockOf(config: Pick<Config, 'now'>): Clock {
  return config.now === null ? systemClock : fixedClock(config.now);
}
