/**
 * An amount earned evenly over the days of a service (domain.md §7, Recognition): the start day counts, the end day does not.
 */
import { daysBetween, type LocalDate } from '../calendar/local-date.ts';
import { minorUnits, mulDiv, type MinorUnits } from './money.ts';

/** A stretch of service; `endOn` is exclusive. */
export interface ServicePeriod {
  readonly startOn: LocalDate;
  readonly endOn: LocalDate;
}

/** What is earned by the end of a day, rounded half away from zero; a negative amount gives the exact negation. A period without a day is earned at once. */
export function earnedByDay(amountMinor: number, { startOn, endOn }: ServicePeriod, on: LocalDate): MinorUnits {
  const days = daysBetween(startOn, endOn);
  if (days <= 0) return minorUnits(amountMinor);
  const elapsed = Math.min(days, Math.max(0, daysBetween(startOn, on) + 1));
  return mulDiv(amountMinor, elapsed, days, 'half-away-from-zero');
}

/** What is not earned yet by the end of a day. */
export function unearnedByDay(amountMinor: number, period: ServicePeriod, on: LocalDate): MinorUnits {
  return minorUnits(amountMinor - earnedByDay(amountMinor, period, on));
}
