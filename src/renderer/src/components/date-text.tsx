import { formatAgo, formatDay, formatInstant, formatMonth } from '../lib/dates.ts';
import { usePreferences } from '../lib/preferences.tsx';

export type DateTextProps = { day: string | null } | { month: string | null } | { instant: number | null; isRelative?: boolean };

/** A day, a month or an instant in the person's locale and the reporting zone; machine-readable beside it. */
export function DateText(props: DateTextProps) {
  const { locale, timeZone, now } = usePreferences();
  if ('day' in props) return props.day === null ? <span className="muted">—</span> : <time className="nowrap" dateTime={props.day}>{formatDay(props.day, locale)}</time>;
  if ('month' in props) return props.month === null ? <span className="muted">—</span> : <time className="nowrap" dateTime={props.month}>{formatMonth(props.month, locale)}</time>;
  if (props.instant === null) return <span className="muted">—</span>;
  const exact = formatInstant(props.instant, locale, timeZone);
  return <time className="nowrap" dateTime={new Date(props.instant).toISOString()} title={`${exact}, ${timeZone}`}>{props.isRelative ? formatAgo(props.instant, now, locale) : exact}</time>;
}
