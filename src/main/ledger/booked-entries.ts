/**
 * The postings of an entry by its key: what is released later is released at the figures it was booked at.
 */
import { minorUnits } from '../../shared/money/money.ts';
import type { ReadableDatabase } from '../database/handles.ts';
import { postingsUnderKeys, type BookedPostingRow } from './booked-entries.repository.ts';
import type { PostingDraft } from './journal-entry.ts';

export interface BookedEntries {
  /** In the order of their lines; none when nothing is booked under the key. */
  postingsOf(key: string): readonly PostingDraft[];
}

/** @param keys whose postings are read together, now; others are read when they are asked for. */
export function createBookedEntries(database: ReadableDatabase, keys: readonly string[] = []): BookedEntries {
  const together = new Set(keys);
  const booked = together.size === 0 ? new Map<string, BookedPostingRow[]>() : postingsUnderKeys(database, [...together]);
  return {
    postingsOf: (key) =>
      ((together.has(key) ? booked : postingsUnderKeys(database, [key])).get(key) ?? []).map((row) => ({
        accountCode: row.account_code, direction: row.direction, amount: minorUnits(row.amount_minor), currency: row.currency, functionalAmount: minorUnits(row.functional_amount_minor), rate: row.rate, partyId: row.party_id,
      })),
  };
}
