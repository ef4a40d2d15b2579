/** What is read of an entry to reverse it. */
import type { Month } from '../../shared/calendar/local-date.ts';
import { sql, type ReadableDatabase } from '../database/handles.ts';
import type { JournalEntryDraft, PostingDraft } from './journal-entry.ts';

const findEntry = sql('reversal.entry', 'SELECT id, entry_date AS entryDate, kind, source_type AS sourceType, source_id AS sourceId, idempotency_key AS key, memo, concerns_month AS concernsMonth FROM journal_entries WHERE id = ?');
const listPostings = sql('reversal.postings', 'SELECT account_code AS accountCode, direction, amount_minor AS amount, currency, functional_amount_minor AS functionalAmount, rate, party_id AS partyId FROM postings WHERE entry_id = ? ORDER BY line_number');
const findReversal = sql('reversal.existing', 'SELECT id FROM journal_entries WHERE reverses_entry_id = ?');
const findPending = sql('reversal.pending', 'SELECT id FROM provisional_entries WHERE id = ?');
const findDay = sql('reversal.day', 'SELECT entry_date AS day FROM journal_entries WHERE id = ? UNION ALL SELECT entry_date FROM provisional_entries WHERE id = ? LIMIT 1');

export function sealedEntry(database: ReadableDatabase, id: string): JournalEntryDraft | undefined {
  const found = database.get<Omit<JournalEntryDraft, 'postings' | 'concernsMonth'> & { readonly concernsMonth: Month | null }>(findEntry, [id]);
  if (!found) return undefined;
  const { concernsMonth, ...entry } = found;
  return { ...entry, ...(concernsMonth === null ? {} : { concernsMonth }), postings: database.all<PostingDraft>(listPostings, [id]) };
}

export const reversalOfEntry = (database: ReadableDatabase, id: string): string | undefined => database.get<{ id: string }>(findReversal, [id])?.id;
export const isPending = (database: ReadableDatabase, id: string): boolean => database.get(findPending, [id]) !== undefined;
export const dayOfEntry = (database: ReadableDatabase, id: string): string | undefined => database.get<{ day: string }>(findDay, [id, id])?.day;
