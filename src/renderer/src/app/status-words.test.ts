import { expect, it } from 'vitest';
import { inStepWords, sourceWords } from './status-words.ts';

const now = Date.UTC(2026, 10, 18, 15, 43);
const at = (hour: number, minute: number, day = 18): number => Date.UTC(2026, 10, day, hour, minute);
const words = (state: 'ready' | 'syncing' | 'offline' | 'not-connected' | 'failing', lastSuccessAt: number | null): string => sourceWords({ source: 'shared-database', state, lastSuccessAt, errorCode: null }, now, 'en-GB', 'America/New_York');

it('says by the clock since when a source that is cut off was last in step, however short ago', () => {
  expect(words('offline', at(15, 42))).toBe('offline, last in step 10:42');
  expect(words('failing', at(15, 42))).toBe('failing, last in step 10:42');
  expect(words('ready', at(15, 42) + 59_000)).toBe('just now');
  expect([words('offline', null), words('ready', null), words('syncing', at(15, 42)), words('not-connected', at(15, 42))]).toEqual(['offline', 'ready', 'syncing', 'not connected']);
});

it('names the day where it is not today’s in the reporting zone', () => {
  expect(inStepWords(at(3, 30), now, 'en-GB', 'America/New_York')).toBe('last in step 17 Nov 2026, 22:30');
  expect(inStepWords(at(5, 30), now, 'en-GB', 'America/New_York')).toBe('last in step 00:30');
});
