import { expect, test } from 'vitest';
import { progressLine } from './job-waiting.ts';

const run = { title: 'Refill from Stripe', note: 'Reading from Stripe', done: 12_300, total: 41_000, isTotalEstimated: true, ratePerSecond: 839.6, secondsLeft: 34 };

test.each([
  [{}, 'Refill from Stripe: Reading from Stripe, 12,300 of about 41,000, 840 a second, about 34 s left'],
  [{ isTotalEstimated: false, secondsLeft: 600 }, 'Refill from Stripe: Reading from Stripe, 12,300 of 41,000, 840 a second, 10 min left'],
  [{ total: null, ratePerSecond: null, secondsLeft: null, note: null }, 'Refill from Stripe: working, 12,300'],
] as const)('a line of progress says what is known (%#)', (change, line) => {
  expect(progressLine({ ...run, ...change })).toBe(line);
});
