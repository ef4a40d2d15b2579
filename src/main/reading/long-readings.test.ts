import { expect, test } from 'vitest';
import { contract } from '../../shared/api/contract.ts';
import { fixedClock } from '../../shared/calendar/clock.ts';
import { TimeZone } from '../../shared/calendar/time-zone.ts';
import { composeReading } from '../composition/reading.ts';
import type { ReadableDatabase } from '../database/handles.ts';
import { isLongReading, longReadings } from './long-readings.ts';

const nothing: ReadableDatabase = { get: () => undefined, all: () => [], iterate: function* () {} };
const answered: Readonly<Record<string, Readonly<Record<string, unknown>>>> = composeReading({ readable: nothing, clock: fixedClock(0), timeZone: new TimeZone('UTC'), settings: () => ({ functionalCurrency: 'usd', reportingTimeZone: 'UTC' }) });
const named: Readonly<Record<string, Readonly<Record<string, unknown>>>> = contract;

test.each(longReadings)('%s is a procedure of the contract, and a reading thread answers it', (name) => {
  const [domain = '', procedure = ''] = name.split('.');
  expect(named[domain]?.[procedure]).toBeDefined();
  expect(answered[domain]?.[procedure]).toBeDefined();
  expect(isLongReading([domain, procedure])).toBe(true);
});

test('each is named once, and no others are', () => {
  expect(new Set(longReadings).size).toBe(longReadings.length);
  expect(isLongReading(['system', 'status'])).toBe(false);
  expect(isLongReading(['list'])).toBe(false);
});
