import { expect, it } from 'vitest';
import { fromWallClock, toWallClock } from './wall-clock.ts';

it.each([
  ['2026-11-18T14:14:00Z', 'America/New_York', '2026-11-18 09:14:00'],
  ['2026-03-29T00:30:00Z', 'Europe/Berlin', '2026-03-29 01:30:00'],
  ['2026-03-29T01:30:00Z', 'Europe/Berlin', '2026-03-29 03:30:00'],
  ['2026-03-29T20:00:00Z', 'Europe/Berlin', '2026-03-29 22:00:00'],
  ['2026-10-25T05:00:00Z', 'Europe/Berlin', '2026-10-25 06:00:00'],
  ['2026-01-01T00:00:00Z', 'Asia/Kolkata', '2026-01-01 05:30:00'],
])('%s in %s is %s, and back', (utc, zone, wall) => {
  expect(toWallClock(Date.parse(utc), zone)).toBe(wall);
  expect(fromWallClock(wall, zone)).toBe(Date.parse(utc));
});

it('takes no text that is no time', () => {
  expect(fromWallClock('soon', 'UTC')).toBeNull();
});
