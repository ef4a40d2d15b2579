import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sql } from '../database/handles.ts';
import { postSales } from '../testing/small-books.ts';
import { openTemporaryDatabase } from '../testing/temporary-database.ts';
import { readBalancesKnownAt, stretchesOf } from './known-at.queries.ts';

describe('the books as known at a moment', () => {
  it('are what was recorded by then, whichever part of the books is the smaller', () => {
    using ledger = openTemporaryDatabase();
    for (const [recordedAt, count] of [[10, 3], [20, 1], [30, 4], [20, 2], [40, 5]] as const) postSales(ledger.database, `at-${recordedAt}-${count}`, count, recordedAt);
    for (const knownAt of [9, 10, 19, 20, 30, 39, 40, 99]) {
      const truth = ledger.database.all<{ accountCode: string; debitMinor: number; creditMinor: number }>(
        sql('test.truth', "SELECT p.account_code AS accountCode, sum(iif(direction = 'debit', amount_minor, 0)) AS debitMinor, sum(iif(direction = 'debit', 0, amount_minor)) AS creditMinor FROM postings p JOIN journal_entries e ON e.id = p.entry_id WHERE e.recorded_at <= ? GROUP BY 1 ORDER BY 1"), [knownAt]);
      const { rows, entries } = readBalancesKnownAt(ledger.database, '2026-12-31', knownAt);
      expect([knownAt, rows.map(({ accountCode, debitMinor, creditMinor }) => ({ accountCode, debitMinor, creditMinor }))]).toEqual([knownAt, truth]);
      expect(entries).toBe(ledger.database.get<{ count: number }>(sql('test.count', 'SELECT count(*) AS count FROM journal_entries WHERE recorded_at <= ?'), [knownAt])?.count);
    }
  });

  it('are summed over stretches that hold every entry once, none longer than asked', () => {
    fc.assert(fc.property(fc.uniqueArray(fc.nat(200)), fc.integer({ min: 1, max: 20 }), (places, longest) => {
      const sorted = places.toSorted((a, b) => a - b);
      const stretches = stretchesOf(sorted, longest);
      expect(stretches.flatMap(([first, last]) => Array.from({ length: last - first + 1 }, (_, index) => first + index))).toEqual(sorted);
      expect(Math.max(0, ...stretches.map(([first, last]) => last - first + 1))).toBeLessThanOrEqual(longest);
    }));
  });
});
