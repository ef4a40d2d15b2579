/** Days, months and instants as a person reads them. */
const formatters = new Map<string, Intl.DateTimeFormat>();

function formatterFor(locale: string, name: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${locale}/${name}/${options.timeZone ?? ''}`;
  let formatter = formatters.get(key);
  if (!formatter) {
    formatter = new Intl.DateTimeFormat(locale, options);
    formatters.set(key, formatter);
  }
  return formatter;
}

/** '2026-11-03' → '3 Nov 2026'. */
export function formatDay(date: string, locale: string): string {
  return formatterFor(locale, 'day', { day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' }).format(Date.parse(`${date}T00:00:00Z`));
}

/** The days from one instant up to, not including, another: 'Nov 1 – 18, 2026'. */
export function formatDayRange(from: number, to: number, locale: string, timeZone: string): string {
  return formatterFor(locale, 'day-in-zone', { day: 'numeric', month: 'short', year: 'numeric', timeZone }).formatRange(from, Math.max(from, to - 1));
}

/** '2026-11' → 'Nov 2026'; `long`: 'November 2026'; `short`: 'Nov'. */
export function formatMonth(month: string, locale: string, style: 'normal' | 'long' | 'short' = 'normal'): string {
  const options: Intl.DateTimeFormatOptions = style === 'short' ? { month: 'short', timeZone: 'UTC' } : { month: style === 'long' ? 'long' : 'short', year: 'numeric', timeZone: 'UTC' };
  return formatterFor(locale, `month-${style}`, options).format(Date.parse(`${month}-01T00:00:00Z`));
}

/** An instant in the reporting zone: '3 Nov 2026, 09:14'. */
export function formatInstant(instant: number, locale: string, timeZone: string): string {
  return formatterFor(locale, 'instant', { day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZone }).format(instant);
}

export function formatTime(instant: number, locale: string, timeZone: string): string {
  return formatterFor(locale, 'time', { hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZone }).format(instant);
}

/** How long ago, in the largest unit that is at least one: '2 min ago'. */
export function formatAgo(instant: number, now: number, locale: string): string {
  const seconds = Math.round((instant - now) / 1000);
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto', style: 'short' });
  if (Math.abs(seconds) < 60) return 'just now';
  if (Math.abs(seconds) < 3600) return relative.format(Math.round(seconds / 60), 'minute');
  if (Math.abs(seconds) < 172_800) return relative.format(Math.round(seconds / 3600), 'hour');
  return relative.format(Math.round(seconds / 86_400), 'day');
}

/** '4 min', '35 s', '2 h': what is left of a job. */
export function formatDuration(seconds: number): string {
  if (seconds < 60) return `${Math.max(1, Math.round(seconds))} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return `${Math.round(seconds / 3600)} h`;
}

/** The month an instant falls in, in the reporting zone: '2026-11'. */
export function monthOfInstant(instant: number, timeZone: string): string {
  const parts = formatterFor('en-CA', 'iso-month', { year: 'numeric', month: '2-digit', timeZone }).formatToParts(instant);
  const part = (type: string) => parts.find((each) => each.type === type)?.value ?? '';
  return `${part('year')}-${part('month')}`;
}

/** The day an instant falls on, in the reporting zone: '2026-11-03'. */
export function dayOfInstant(instant: number, timeZone: string): string {
  const parts = formatterFor('en-CA', 'iso-day', { year: 'numeric', month: '2-digit', day: '2-digit', timeZone }).formatToParts(instant);
  const part = (type: string) => parts.find((each) => each.type === type)?.value ?? '';
  return `${part('year')}-${part('month')}-${part('day')}`;
}
