import { expect, it } from 'vitest';
import { wordsOfCounts } from './joined-records.ts';

it.each([
  [{}, ''], [{ partner: 0 }, ''], [{ partner: 1 }, '1 partner'], [{ partner: 3, contract: 1 }, '3 partners and 1 contract'], [{ invoice: 1_204, partner: 2, change_set: 1 }, '2 partners, 1 edit and 1,204 invoices'],
])('%j is said as “%s”', (counts, words) => {
  expect(wordsOfCounts(counts)).toBe(words);
});
