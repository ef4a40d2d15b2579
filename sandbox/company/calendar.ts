/** Time as the demo company knows it: epoch seconds, and the local days of the reporting time zone. */
import { Temporal } from 'temporal-polyfill';

export const reportingTimeZone = 'America/New_York';
export const daySeconds = 86_400;
export const hourSeconds = 3_600;

/** The fixed present moment: 2026-11-18T14:14:00Z, 09:14 in New York. */
export const nowSeconds = Date.UTC(2026, 10, 18, 14, 14, 0) / 1000;
export const nowText = '2026-11-18T14:14:00.000Z';

const firstDay = '2023-10-01';
// What was sold for a year on the last day runs on.
const afterLastDay = '2028-01-01';

const dayStarts: number[] = [];
const dayNames: string[] = [];
for (
  let day = Temporal.PlainDate.from(firstDay);
  Temporal.PlainDate.compare(day, afterLastDay) < 0;
  day = day.add({ days: 1 })
) {
  dayStarts.push(Math.floor(day.toZonedDateTime(reportingTimeZone).epochMilliseconds / 1000));
  dayNames.push(day.toString());
}

/** The number of the local day (counted from 2023-10-01) that holds a moment. */
export function localDayOf(seconds: number): number {
  const origin = dayStarts[0] ?? 0;
  let day = Math.floor((seconds - origin) / daySeconds);
  while (startOfLocalDay(day + 1) <= seconds) {
    day += 1;
  }
  while (startOfLocalDay(day) > seconds) {
    day -= 1;
  }
  return day;
}

/** The first second of a local day. */
export function startOfLocalDay(day: number): number {
  const start = dayStarts[day];
  if (start === undefined) {
    throw new RangeError(`Local day ${day} lies outside the demo's calendar.`);
  }
  return start;
}

/** `YYYY-MM-DD` of a local day. */
export function nameOfLocalDay(day: number): string {
  const name = dayNames[day];
  if (name === undefined) {
    throw new RangeError(`Local day ${day} lies outside the demo's calendar.`);
  }
  return name;
}

export function localDayNamed(name: string): number {
  const day = dayNames.indexOf(name);
  if (day < 0) {
    throw new RangeError(`${name} lies outside the demo's calendar.`);
  }
  return day;
}

/** 0 for Sunday … 6 for Saturday. 2023-10-01 was a Sunday. */
export function weekdayOf(day: number): number {
  return day % 7;
}

export interface LocalMonth {
  /** `YYYY-MM`. */
  name: string;
  firstDay: number;
  start: number;
  /** Exclusive; for the running month still its calendar end. */
  end: number;
}

function listMonths(): LocalMonth[] {
  const months: LocalMonth[] = [];
  for (let position = 0; position < 36; position += 1) {
    const year = 2023 + Math.floor((11 + position) / 12);
    const month = ((11 + position) % 12) + 1;
    const followingYear = month === 12 ? year + 1 : year;
    const following = month === 12 ? 1 : month + 1;
    const name = monthName(year, month);
    const day = localDayNamed(`${name}-01`);
    const end = startOfLocalDay(localDayNamed(`${monthName(followingYear, following)}-01`));
    months.push({ name, firstDay: day, start: startOfLocalDay(day), end });
  }
  return months;
}

function monthName(year: number, month: number): string {
  return `${year}-${String(month).padStart(2, '0')}`;
}

/** The 36 months of the company's life, 2023-12 … 2026-11; the last one is running. */
export const companyMonths: readonly LocalMonth[] = listMonths();
/** The company opens its doors at local midnight of 2023-12-01. */
export const openingSeconds = companyMonths[0]?.start ?? 0;
/** The last whole month before the present moment. */
export const billingMonthName = '2026-10';

/** The position (0 … 35) of the local month that holds a moment. */
export function monthPositionOf(seconds: number): number {
  let low = 0;
  let high = companyMonths.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((companyMonths[middle]?.start ?? Infinity) <= seconds) {
      low = middle;
    } else {
      high = middle - 1;
    }
  }
  return low;
}

/** Stripe's billing arithmetic: whole months in UTC from the anchor, the day clamped to the month's length. */
export function addMonths(anchor: number, months: number): number {
  const date = new Date(anchor * 1000);
  const target = date.getUTCMonth() + months;
  const lastDay = new Date(Date.UTC(date.getUTCFullYear(), target + 1, 0)).getUTCDate();
  const day = Math.min(date.getUTCDate(), lastDay);
  return (
    Date.UTC(date.getUTCFullYear(), target, day, date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()) / 1000
  );
}

/**
 * A cycle invoice stays a draft for an hour. So that none is a draft at the present moment, no billing anchor falls into the
 * hours before it: such a moment is moved three hours back.
 */
export function awayFromPresentHour(seconds: number): number {
  const timeOfDay = seconds % daySeconds;
  return timeOfDay >= 12 * hourSeconds && timeOfDay < 15 * hourSeconds ? seconds - 3 * hourSeconds : seconds;
}
