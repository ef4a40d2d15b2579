import { expect, test } from 'vitest';
import { addDays, daysBetween, localDate, localDateOfEpochDay } from './local-date.ts';

test('a day keeps its name, however many others were asked for in between', () => {
  const origin = localDate('1970-01-01');
  const wrong: number[] = [];
  for (let round = 0; round < 2; round += 1) {
    for (let day = -30_000; day < 30_000; day += 1) if (daysBetween(origin, localDateOfEpochDay(day)) !== day) wrong.push(day);
  }
  expect(wrong).toEqual([]);
  expect(localDateOfEpochDay(20_786)).toBe('2026-11-29');
});

test.each(['0000-01-01', '0000-02-29', '0001-01-01', '0004-02-29', '0049-12-31', '0050-01-01', '0099-12-31', '0100-01-01', '1900-01-01', '9999-12-31'])('%s is a day of its own year: counted from, and come back to', (text) => {
  const day = localDate(text);
  expect(daysBetween(day, localDate('1970-01-01'))).toBe((Date.parse('1970-01-01T00:00:00Z') - Date.parse(`${text}T00:00:00Z`)) / 86_400_000);
  expect(addDays(addDays(day, 0), 0)).toBe(text);
});

test.each([['9999-12-31', 1], ['0000-01-01', -1], ['2026-11-30', 4_000_000], ['2026-11-30', -4_000_000], ['2026-11-30', 1e12]])('%s and %i days is no day that can be written: refused aloud', (text, days) => {
  expect(() => addDays(localDate(text), days)).toThrow(expect.objectContaining({ code: 'date-invalid', message: expect.stringContaining('0000') as string }));
});

test('what is no day of the calendar has no name', () => {
  expect(() => localDateOfEpochDay(Number.NaN)).toThrow(RangeError);
  expect(() => localDateOfEpochDay(Number.NaN)).toThrow(RangeError);
});
