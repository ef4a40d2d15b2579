/** Sealed entries whole, as they travel. */
import { sql, type ReadableDatabase } from '../database/handles.ts';
import type { PostingDraft } from './journal-entry.ts';
import type { JournalEntryRow } from './journal.repository.ts';

const listEntries = sql('upload.entries', 'SELECT * FROM journal_entries WHERE ledger_sequence > ? ORDER BY ledger_sequence LIMIT ?');
const listPostings = sql('upload.postings', 'SELECT account_code AS accountCode, direction, amount_minor AS amount, currency, functional_amount_minor AS functionalAmount, rate, party_id AS partyId FROM postings WHERE entry_id = ? ORDER BY line_number');

export function entriesToUpload(database: ReadableDatabase, afterSequence: number, limit: number): { readonly row: JournalEntryRow; readonly postings: readonly PostingDraft[] }[] {
  return database.all<JournalEntryRow>(listEntries, [afterSequence, limit]).map((row) => ({ row, postings: database.all<PostingDraft>(listPostings, [row.id]) }));
}
