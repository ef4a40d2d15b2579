import { expect, test } from 'vitest';
import { foundText } from './reconcile.ts';

test.each([
  [16, 16, 'found 16'],
  [16, 14, 'found 16; 2 of them are settled and not listed'],
  [1_001, 1_000, 'found 1,001; 1 of them is settled and not listed'],
  // Of an earlier run's range more may be open than this one found.
  [2, 5, 'found 2'],
  [0, 0, 'found 0'],
])('%i found, %i listed', (found, listed, text) => {
  expect(foundText(found, listed)).toBe(text);
});
