/**
 * Days that documents and acts are dated with: one that has not come yet is a slip of the pen, and would take a number of another year's series with it; one in a closed month would give
 * a document of another month than its entry, and tax to a period that is declared.
 */
import { addMonths, daysBetween, firstDayOf, monthOf, type LocalDate, type Month } from '../../shared/calendar/local-date.ts';
import { StateError, ValidationError } from '../../shared/errors/errors.ts';

/**
 * @param today in the reporting zone.
 * @throws ValidationError `day-in-future`.
 */
export function pastDay(day: LocalDate, today: LocalDate, nextStep = 'Choose today or an earlier day.'): LocalDate {
  if (day > today) throw new ValidationError('day-in-future', `${day} has not come yet: today is ${today}.`, { data: { day, today }, nextStep });
  return day;
}

/**
 * The day of issue of a document, which names the year of its number: a year that was mistyped would open a series of its own.
 * @param today in the reporting zone.
 * @throws ValidationError `issue-day-too-early` more than a year back.
 */
export function recentDay(day: LocalDate, today: LocalDate): LocalDate {
  if (Number(day.slice(0, 4)) < Number(today.slice(0, 4)) - 1 || daysBetween(day, today) > 366) throw new ValidationError('issue-day-too-early', `${day} is more than a year ago: its number would be of the series of ${day.slice(0, 4)}. Nothing was issued.`, { data: { day, today }, nextStep: 'Check the year of the issue date.' });
  return day;
}

/** Why a document cannot be dated with a day, in a sentence; null where it can. @param closed the last closed month. */
export function closedDayProblem(day: string | null, closed: Month | null): string | null {
  if (day === null || closed === null || day.slice(0, 7) > closed) return null;
  return `${day} lies in ${day.slice(0, 7)}, which is closed: a document of that day would not be in that month’s books.`;
}

/** Where it would be in the books. */
export const openDayStep = (closed: Month | null): string => (closed === null ? 'Choose a day of an open month.' : `Date it ${firstDayOf(addMonths(closed, 1))} or later, or have the month opened again.`);

/**
 * The day of a document: of an open month (domain.md §3: nothing is written into a closed one; entries of other facts are redated, a document says its own day).
 * @throws StateError `issue-month-closed`.
 */
export function openDay(day: LocalDate, closed: Month | null): LocalDate {
  const problem = closedDayProblem(day, closed);
  if (problem !== null) throw new StateError('issue-month-closed', `${problem} Nothing was issued.`, { data: { day, month: monthOf(day), closedThrough: closed }, nextStep: openDayStep(closed) });
  return day;
}
