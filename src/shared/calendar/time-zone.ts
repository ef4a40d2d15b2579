/**
 * Between instants and days of the reporting time zone. Instants are epoch milliseconds, UTC.
 */
import { ValidationError } from '../errors/errors.ts';
import { endOf, epochDay, firstDayOf, localDateOfEpochDay, utcOf, type LocalDate, type Month } from './local-date.ts';

/** Epoch milliseconds, UTC. */
export type Instant = number;

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/** Zones change their offset on quarter hours of UTC, so an offset found once holds for its quarter hour. */
const quarterMs = hourMs / 4;
/** Well beyond the year 9999, well within what a date object can hold. */
const farthestMs = 8e15;

/** A time zone whose conversions are cached: a ledger's worth of instants costs a few thousand calls to Intl, not a million. */
export class TimeZone {
  readonly #name: string;
  readonly #formatter: Intl.DateTimeFormat;
  readonly #offsetByDay = new Map<number, number | null>();
  readonly #offsetByQuarter = new Map<number, number>();

  /** @throws ValidationError `time-zone-unknown` unless the name is in the IANA database. */
  constructor(name: string) {
    this.#name = name;
    try {
      this.#formatter = new Intl.DateTimeFormat('en-US', {
        timeZone: name, hourCycle: 'h23', era: 'short', year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric',
      });
    } catch (cause) {
      throw new ValidationError('time-zone-unknown', `“${name}” is not a time zone such as Europe/Berlin.`, { cause });
    }
  }

  /** The IANA name, such as America/New_York. */
  get name(): string {
    return this.#name;
  }

  /** Local time − UTC, in milliseconds, at an instant. */
  offsetMsAt(instant: Instant): number {
    const day = Math.floor(instant / dayMs);
    let offset = this.#offsetByDay.get(day);
    if (offset === undefined) {
      const atStart = this.#measure(day * dayMs);
      const atEnd = this.#measure((day + 1) * dayMs - 1);
      offset = atStart === atEnd ? atStart : null; // null: the clocks change within this UTC day
      this.#offsetByDay.set(day, offset);
    }
    if (offset !== null) return offset;
    const quarter = Math.floor(instant / quarterMs);
    let quarterOffset = this.#offsetByQuarter.get(quarter);
    if (quarterOffset === undefined) {
      quarterOffset = this.#measure(quarter * quarterMs);
      this.#offsetByQuarter.set(quarter, quarterOffset);
    }
    return quarterOffset;
  }

  /** The day an instant falls on here, by the calendar of today whatever was in force then. @throws ValidationError `date-invalid` for a day before the year 0000 or after 9999. */
  dateOf(instant: Instant): LocalDate {
    // Intl knows no instants much beyond these; the day of one is refused whatever its offset.
    const offset = Math.abs(instant) > farthestMs ? 0 : this.offsetMsAt(instant);
    return localDateOfEpochDay(Math.floor((instant + offset) / dayMs));
  }

  monthOf(instant: Instant): Month {
    return this.dateOf(instant).slice(0, 7) as Month;
  }

  /** The first instant of a day here (where the clocks skip midnight, the first instant that exists). */
  startOf(date: LocalDate): Instant {
    const asUtc = epochDay(date) * dayMs;
    const early = asUtc - this.offsetMsAt(asUtc - 14 * hourMs);
    const late = asUtc - this.offsetMsAt(asUtc + 14 * hourMs);
    const candidates = [Math.min(early, late), Math.max(early, late)];
    for (const candidate of candidates) {
      if (this.dateOf(candidate) === date && this.dateOf(candidate - 1) < date) return candidate;
    }
    // Midnight was skipped: the day begins where the offset changes, which is on a quarter hour.
    let instant = Math.floor((candidates[0] ?? asUtc) / quarterMs) * quarterMs - 2 * hourMs;
    while (this.dateOf(instant) < date) instant += quarterMs;
    return instant;
  }

  /** A month as a half-open interval of instants. */
  boundsOf(value: Month): { start: Instant; end: Instant } {
    return { start: this.startOf(firstDayOf(value)), end: this.startOf(endOf(value)) };
  }

  #measure(instant: Instant): number {
    const parts: Record<string, string> = {};
    for (const part of this.#formatter.formatToParts(instant)) parts[part.type] = part.value;
    const year = parts['era'] === 'BC' ? 1 - Number(parts['year']) : Number(parts['year']);
    const local = utcOf(year, Number(parts['month']) - 1, Number(parts['day']), Number(parts['hour']), Number(parts['minute']), Number(parts['second']));
    return local - Math.floor(instant / 1000) * 1000;
  }
}
