import { expect, it } from 'vitest';
import { cadenceWords } from './cadence-words.ts';

it.each([
  ['0 6 * * *', 'Daily, 06:00'],
  ['0 0 1 * *', 'Monthly on day 1, 00:00'],
  ['* * * * *', 'Every minute'],
  ['*/15 * * * *', 'Every 15 minutes'],
  ['5 * * * *', 'Every hour'],
  ['30 7 * * 1', 'Every Monday, 07:30'],
  ['0 6-9 * * 1-5', '0 6-9 * * 1-5'],
])('says %s as “%s”', (cron, words) => {
  expect(cadenceWords(cron)).toBe(words);
});
