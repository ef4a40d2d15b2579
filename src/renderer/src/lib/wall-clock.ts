/** An instant as a clock on the wall of a zone shows it, and back: what date fields speak. */
import { TimeZone } from '../../../shared/calendar/time-zone.ts';

/** '2026-11-18 09:14:00', to the minute. */
export function toWallClock(instant: number, timeZone: string): string {
  const local = new Date(instant + new TimeZone(timeZone).offsetMsAt(instant));
  return `${local.toISOString().slice(0, 16).replace('T', ' ')}:00`;
}

/** The instant of a wall clock's text; an hour that the clocks skip is the one after it. null: no such text. */
export function fromWallClock(text: string, timeZone: string): number | null {
  const asUtc = Date.parse(`${text.replace(' ', 'T')}Z`);
  if (Number.isNaN(asUtc)) return null;
  const zone = new TimeZone(timeZone);
  return asUtc - zone.offsetMsAt(asUtc - zone.offsetMsAt(asUtc));
}
