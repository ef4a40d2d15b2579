/** What the status strip says of a source of facts: how fresh it is, and since when it is cut off. Pure. */
import { dayOfInstant, formatAgo, formatInstant, formatTime } from '../lib/dates.ts';
import type { Status } from './workspaces.ts';

/** 'last in step 10:42'; with its day where that is not today. @param instant and `now`: epoch milliseconds. */
export function inStepWords(instant: number, now: number, locale: string, timeZone: string): string {
  const isToday = dayOfInstant(instant, timeZone) === dayOfInstant(now, timeZone);
  return `last in step ${isToday ? formatTime(instant, locale, timeZone) : formatInstant(instant, locale, timeZone)}`;
}

/** A source in a few words: 'just now', 'offline, last in step 10:42'. Nothing that is cut off is said to be fresh. */
export function sourceWords(source: Status['sources'][number], now: number, locale: string, timeZone: string): string {
  const { state, lastSuccessAt } = source;
  switch (state) {
    case 'ready': return lastSuccessAt === null ? 'ready' : formatAgo(lastSuccessAt, now, locale);
    case 'syncing': return 'syncing';
    case 'offline': return lastSuccessAt === null ? 'offline' : `offline, ${inStepWords(lastSuccessAt, now, locale, timeZone)}`;
    case 'not-connected': return 'not connected';
    case 'failing': return lastSuccessAt === null ? 'failing' : `failing, ${inStepWords(lastSuccessAt, now, locale, timeZone)}`;
  }
}
