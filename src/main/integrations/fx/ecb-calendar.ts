/** The days on which the European Central Bank publishes its reference rates: TARGET's working days. */
import { addDays, epochDay, localDate, type LocalDate } from '../../../shared/calendar/local-date.ts';

/** Closed in every year since 2002. */
const fixedHolidays: ReadonlySet<string> = new Set(['01-01', '05-01', '12-25', '12-26']);

/** Gregorian Easter by the anonymous (Meeus/Jones/Butcher) algorithm; integers only. */
export function easterSunday(year: number): LocalDate {
  const whole = (numerator: number, denominator: number): number => Math.floor(numerator / denominator);
  const [a, b, c] = [year % 19, whole(year, 100), year % 100];
  const h = (19 * a + b - whole(b, 4) - whole(b - whole(b + 8, 25) + 1, 3) + 15) % 30;
  const l = (32 + 2 * (b % 4) + 2 * whole(c, 4) - h - (c % 4)) % 7;
  const m = whole(a + 11 * h + 22 * l, 451);
  const sum = h + l - 7 * m + 114;
  return localDate(`${String(year).padStart(4, '0')}-${String(whole(sum, 31)).padStart(2, '0')}-${String((sum % 31) + 1).padStart(2, '0')}`);
}

export function isEcbWorkingDay(day: LocalDate): boolean {
  const weekday = (epochDay(day) + 4) % 7; // 1970-01-01 was a Thursday; 0 is Sunday
  if (weekday === 0 || weekday === 6 || fixedHolidays.has(day.slice(5))) return false;
  const easter = easterSunday(Number(day.slice(0, 4)));
  return day !== addDays(easter, -2) && day !== addDays(easter, 1);
}
