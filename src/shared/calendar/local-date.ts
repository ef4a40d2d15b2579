/**
 * Days and months without a time of day: entry, due and service dates (architecture.md §4). Period ends are exclusive.
 */
import { ValidationError } from '../errors/errors.ts';

declare const localDateBrand: unique symbol;
declare const monthBrand: unique symbol;

/** 'YYYY-MM-DD' in the reporting zone. Sorts as text. */
export type LocalDate = string & { readonly [localDateBrand]: true };
/** 'YYYY-MM'. Sorts as text. */
export type Month = string & { readonly [monthBrand]: true };

const dayMs = 86_400_000;

/** @throws ValidationError `date-invalid` unless the text is a day of the calendar as YYYY-MM-DD. */
export function localDate(text: string): LocalDate {
  const isDay = /^\d{4}-\d{2}-\d{2}$/.test(text);
  const ms = isDay ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  if (Number.isNaN(ms) || new Date(ms).toISOString().slice(0, 10) !== text) {
    throw new ValidationError('date-invalid', `“${text}” is not a date such as 2026-10-31.`);
  }
  return text as LocalDate;
}

/** As `Date.UTC`, which takes the years 0 to 99 for 1900 to 1999. @param month from 0. */
export function utcOf(year: number, month: number, day: number, ...time: readonly number[]): number {
  const ms = Date.UTC(year, month, day, ...time);
  return year >= 0 && year < 100 ? new Date(ms).setUTCFullYear(year, month, day) : ms;
}

/** Days since 1970-01-01. */
export function epochDay(date: LocalDate): number {
  return utcOf(Number(date.slice(0, 4)), Number(date.slice(5, 7)) - 1, Number(date.slice(8, 10))) / dayMs;
}

/** Days that were asked for already: a ledger has a few thousand, and asks for each a thousand times. */
const knownDays = new Map<number, LocalDate>();
const mostKnownDays = 20_000;

/** 0000-01-01 and 9999-12-31: a date is written with four digits of the year. */
const [firstDay, lastDay] = [-719_528, 2_932_896];

/**
 * @param day days since 1970-01-01.
 * @throws ValidationError `date-invalid` for a day before the year 0000 or after 9999; RangeError for what is no number of days.
 */
export function localDateOfEpochDay(day: number): LocalDate {
  const known = knownDays.get(day);
  if (known !== undefined) return known;
  if (day < firstDay || day > lastDay) throw new ValidationError('date-invalid', 'A day lies outside the years 0000 to 9999 and cannot be written as a date.', { data: { epochDay: day }, nextStep: 'Correct the date or the moment that was given.' });
  const made = new Date(day * dayMs).toISOString().slice(0, 10) as LocalDate;
  if (knownDays.size >= mostKnownDays) knownDays.clear();
  knownDays.set(day, made);
  return made;
}

export function addDays(date: LocalDate, days: number): LocalDate {
  return localDateOfEpochDay(epochDay(date) + days);
}

const monthNames = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** '27 Nov 2026', for sentences that are made here and not on a screen. */
export function dayInWords(date: LocalDate): string {
  return `${Number(date.slice(8, 10))} ${monthNames[Number(date.slice(5, 7)) - 1] ?? ''} ${date.slice(0, 4)}`;
}

/** later − earlier, in days. */
export function daysBetween(earlier: LocalDate, later: LocalDate): number {
  return epochDay(later) - epochDay(earlier);
}

/** @throws ValidationError `range-invalid` where the first day of a range comes after its last: an empty answer would hide the slip. */
export function assertInOrder(from: string | undefined, to: string | undefined): void {
  if (from !== undefined && to !== undefined && from > to) throw new ValidationError('range-invalid', `${from} comes after ${to}.`, { nextStep: 'Give the first day first.' });
}

/** @throws ValidationError `month-invalid` unless the text is YYYY-MM. */
export function month(text: string): Month {
  if (!/^\d{4}-(0[1-9]|1[0-2])$/.test(text)) throw new ValidationError('month-invalid', `“${text}” is not a month such as 2026-10.`, { nextStep: 'Write a month as its year and its number: 2026-10.' });
  return text as Month;
}

export function monthOf(date: LocalDate): Month {
  return date.slice(0, 7) as Month;
}

/** @throws ValidationError `month-invalid` for a month before the year 0000 or after 9999. */
export function addMonths(value: Month, count: number): Month {
  const index = Number(value.slice(0, 4)) * 12 + Number(value.slice(5, 7)) - 1 + count;
  if (!(index >= 0 && index < 120_000)) throw new ValidationError('month-invalid', 'A month lies outside the years 0000 to 9999.', { data: { month: value, count }, nextStep: 'Write a month as its year and its number: 2026-10.' });
  return `${String(Math.floor(index / 12)).padStart(4, '0')}-${String((index % 12) + 1).padStart(2, '0')}` as Month;
}

export function firstDayOf(value: Month): LocalDate {
  return `${value}-01` as LocalDate;
}

/** The first day of the next month: the exclusive end. */
export function endOf(value: Month): LocalDate {
  return firstDayOf(addMonths(value, 1));
}

export function daysIn(value: Month): number {
  return daysBetween(firstDayOf(value), endOf(value));
}

/** Every month from first to last, both included; empty when last comes before first. */
export function monthsFromTo(first: Month, last: Month): Month[] {
  const months: Month[] = [];
  if (first > last) return months;
  let current = first;
  for (; current < last; current = addMonths(current, 1)) months.push(current);
  return [...months, current];
}
