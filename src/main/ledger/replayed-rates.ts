/**
 * The rate an entry was valued at when it was first booked (domain.md §3, Shape): the day's rate, or the latest earlier one that was known then. A rate
 * that was published later changes nothing that stands, so a rebuild takes the one this ledger took, provided it was published at all.
 */
import type { LocalDate } from '../../shared/calendar/local-date.ts';
import type { ReadableDatabase } from '../database/handles.ts';
import { idFromKey } from '../platform/ids.ts';
import { settledRate } from './exchange-rates.repository.ts';
import { bookedRates, publishedOn } from './ledger-rebuild.repository.ts';

export interface ReplayedRates {
  /** Units of functional currency for one of a currency, for an entry of a day; undefined where the day's own rate holds. */
  rateOf(key: string, currency: string, on: LocalDate): string | undefined;
  /** How many entries were valued at an earlier day's rate than is known now. */
  replayed(): number;
}

/** @param here the ledger that was there first, with all rates it knows. */
export function createReplayedRates(here: ReadableDatabase, functionalCurrency: string): ReplayedRates {
  const keys = new Set<string>();
  return {
    rateOf(key, currency, on) {
      const booked = bookedRates(here, idFromKey(key), currency);
      const settled = settledRate(here, currency, functionalCurrency, on);
      if (booked.length === 0 || (settled !== undefined && booked.includes(settled))) return undefined;
      const published = booked.flatMap((rate) => {
        const day = publishedOn(here, currency, functionalCurrency, on, rate);
        return day === null ? [] : [{ rate, day }];
      });
      const newest = published.sort((one, other) => (one.day < other.day ? 1 : -1))[0];
      if (newest) keys.add(key);
      return newest?.rate;
    },
    replayed: () => keys.size,
  };
}
