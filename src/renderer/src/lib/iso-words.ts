import { formatDay, formatMonth } from './dates.ts';

/** Days and months that a sentence of the backend names as 2026-11-18 or 2026-11, as the person writes them. What is part of an id or a number stays. */
export function withLocalDates(text: string, locale: string): string {
  return text
    .replaceAll(/(?<![\w-])\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])(?![\w-])/g, (day) => formatDay(day, locale))
    .replaceAll(/(?<![\w-])\d{4}-(?:0[1-9]|1[0-2])(?![\w-])/g, (month) => formatMonth(month, locale));
}
