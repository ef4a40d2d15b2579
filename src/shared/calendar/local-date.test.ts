import { expect, test } from 'vitest';
import { daysBetween, localDate, localDateOfEpochDay } from './local-date.ts';

test('a day keeps its name, however many others were asked for in between', () => {
  const origin = localDate('1970-01-01');
  const wrong: number[] = [];
  for (let round = 0; round < 2; round += 1) {
    for (let day = -30_000; day < 30_000; day += 1) if (daysBetween(origin, localDateOfEpochDay(day)) !== day) wrong.push(day);
  }
  expect(wrong).toEqual([]);
  expect(localDateOfEpochDay(20_786)).toBe('2026-11-29');
});

test('what is no day of the calendar has no name', () => {
  expect(() => localDateOfEpochDay(Number.NaN)).toThrow(RangeError);
  expect(() => localDateOfEpochDay(Number.NaN)).toThrow(RangeError);
});
