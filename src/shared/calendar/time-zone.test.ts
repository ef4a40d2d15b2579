import { describe, expect, it } from 'vitest';
import { addDays, addMonths, daysIn, localDate, month, monthsFromTo } from './local-date.ts';
import { TimeZone } from './time-zone.ts';

const at = (text: string) => Date.parse(text);

describe('months of the reporting zone are half-open', () => {
  it('November in New York begins in summer time and ends in winter time', () => {
    expect(new TimeZone('America/New_York').boundsOf(month('2026-11'))).toEqual({ start: at('2026-11-01T04:00:00Z'), end: at('2026-12-01T05:00:00Z') });
  });
  it('a second before midnight belongs to the day before', () => {
    const zone = new TimeZone('Asia/Kolkata');
    expect(zone.dateOf(at('2026-10-31T18:29:59Z'))).toBe('2026-10-31');
    expect(zone.dateOf(at('2026-10-31T18:30:00Z'))).toBe('2026-11-01');
  });
  it('a day whose midnight the clocks skipped begins when they went on', () => {
    expect(new TimeZone('America/Sao_Paulo').startOf(localDate('2017-10-15'))).toBe(at('2017-10-15T03:00:00Z'));
    expect(new TimeZone('Africa/Cairo').startOf(localDate('2024-04-26'))).toBe(at('2024-04-25T22:00:00Z'));
  });
  it('agrees with Intl on every quarter hour around the changes of a year', () => {
    for (const name of ['America/New_York', 'Europe/London', 'Australia/Lord_Howe', 'Asia/Tehran']) {
      const zone = new TimeZone(name);
      const format = new Intl.DateTimeFormat('sv-SE', { timeZone: name, dateStyle: 'short' });
      for (let instant = at('2021-03-01T00:00:00Z'); instant < at('2021-04-15T00:00:00Z'); instant += 900_000) expect(zone.dateOf(instant)).toBe(format.format(instant));
    }
  });
  it('every day begins on itself', () => {
    const zone = new TimeZone('America/New_York');
    for (let day = localDate('2026-01-01'); day < '2027-01-01'; day = addDays(day, 1)) {
      expect(zone.dateOf(zone.startOf(day))).toBe(day);
      expect(zone.dateOf(zone.startOf(day) - 1)).toBe(addDays(day, -1));
    }
  });
  it.each(['UTC', 'America/New_York', 'Asia/Kolkata', 'Europe/Amsterdam'])('in %s an instant of the first years falls on the day that Intl says', (name) => {
    const zone = new TimeZone(name);
    const format = new Intl.DateTimeFormat('en-US', { timeZone: name, calendar: 'iso8601', era: 'short', year: 'numeric', month: '2-digit', day: '2-digit' });
    const dayOf = (instant: number): string => {
      const parts = Object.fromEntries(format.formatToParts(instant).map(({ type, value }) => [type, value]));
      return `${(parts['year'] ?? '').padStart(4, '0')}-${parts['month'] ?? ''}-${parts['day'] ?? ''}`;
    };
    for (const text of ['0001-06-15', '0049-12-31', '0050-01-01', '0099-12-31', '0100-01-01', '1899-12-31', '9999-06-15']) {
      for (const hour of ['00', '05', '12', '23']) expect(zone.dateOf(at(`${text}T${hour}:30:00Z`))).toBe(dayOf(at(`${text}T${hour}:30:00Z`)));
      expect(zone.dateOf(zone.startOf(localDate(text)))).toBe(text);
    }
  });
  it('an instant before the year 0 or after 9999 has no day that can be written: refused aloud', () => {
    const zone = new TimeZone('America/New_York');
    for (const instant of [at('-000001-12-31T00:00:00Z'), at('+010000-01-02T00:00:00Z'), -8.64e15, 8.64e15]) {
      expect(() => zone.dateOf(instant)).toThrow(expect.objectContaining({ code: 'date-invalid' }));
    }
  });
  it('refuses a zone nobody knows', () => {
    expect(() => new TimeZone('Mars/Olympus')).toThrow(expect.objectContaining({ code: 'time-zone-unknown' }));
  });
});

describe('days and months', () => {
  it.each(['2026-02-29', '2026-13-01', '2026-1-1', 'today', '2026-10-31T00:00'])('refuses “%s” as a day', (text) => {
    expect(() => localDate(text)).toThrow(expect.objectContaining({ code: 'date-invalid' }));
  });
  it('ends with the year 9999', () => {
    expect(monthsFromTo(month('9999-11'), month('9999-12'))).toEqual(['9999-11', '9999-12']);
    expect(monthsFromTo(month('2026-11'), month('2026-10'))).toEqual([]);
    for (const [value, count] of [['9999-12', 1], ['0000-01', -1], ['2026-01', 1e6]] as const) expect(() => addMonths(month(value), count)).toThrow(expect.objectContaining({ code: 'month-invalid' }));
  });
  it('counts across years', () => {
    expect(addMonths(month('2026-11'), 3)).toBe('2027-02');
    expect(addMonths(month('2026-01'), -13)).toBe('2024-12');
    expect(daysIn(month('2028-02'))).toBe(29);
    expect(monthsFromTo(month('2026-11'), month('2027-02'))).toEqual(['2026-11', '2026-12', '2027-01', '2027-02']);
  });
});
