/** What a customer's movements are worked out by: the ends of days, the reporting zone, the functional currency and names for causes. Pure. */
import { addDays, type LocalDate } from '../../shared/calendar/local-date.ts';
import type { Instant, TimeZone } from '../../shared/calendar/time-zone.ts';
import type { CurrencyCode } from '../../shared/money/currency.ts';
import type { CauseNames } from './mrr-movement-cause.ts';

/** The exclusive end of a local day, cut at the present moment; remembered, because every customer asks for the same few hundred days. */
export interface DayEnds {
  readonly today: LocalDate;
  endOf(day: LocalDate): Instant;
}

export function createDayEnds(zone: TimeZone, nowAt: Instant): DayEnds {
  const today = zone.dateOf(nowAt);
  const known = new Map<LocalDate, Instant>([[today, nowAt]]);
  return {
    today,
    endOf(day) {
      let end = known.get(day);
      if (end === undefined) {
        end = zone.startOf(addDays(day, 1));
        known.set(day, end);
      }
      return end;
    },
  };
}

export interface MovementTerms {
  readonly zone: TimeZone;
  readonly functionalCurrency: CurrencyCode;
  /** From {@link createDayEnds}. */
  readonly dayEnds: DayEnds;
  readonly names: CauseNames;
}
