/** What the verification reads: everything, in the order of the chain, a stretch at a time. */
import { sql, type ReadableDatabase } from '../database/handles.ts';
import type { PostingDraft } from './journal-entry.ts';
import type { JournalEntryRow } from './journal.repository.ts';

const listEntries = sql('verify.entries', 'SELECT * FROM journal_entries WHERE ledger_sequence > ? AND ledger_sequence <= ? ORDER BY ledger_sequence LIMIT ?');
const findHead = sql('verify.head', 'SELECT coalesce(max(ledger_sequence), 0) AS sequence FROM journal_entries');
const findLowest = sql('verify.lowest', 'SELECT min(ledger_sequence) AS sequence FROM journal_entries');
const findHash = sql('verify.hash-at', 'SELECT hash FROM journal_entries WHERE ledger_sequence = ?');
const listPostings = sql(
  'verify.postings',
  'SELECT ledger_sequence AS sequence, line_number AS lineNumber, account_code AS accountCode, direction, amount_minor AS amount, currency, functional_amount_minor AS functionalAmount, rate, party_id AS partyId FROM posting_lines WHERE ledger_sequence > ? AND ledger_sequence <= ? ORDER BY ledger_sequence, line_number',
);
const countEntries = sql('verify.count-entries', 'SELECT count(*) AS count FROM journal_entries');
const countPostings = sql('verify.count-postings', 'SELECT count(*) AS count FROM posting_lines');
const findOrphan = sql('verify.orphan', 'SELECT ledger_sequence FROM posting_lines p WHERE NOT EXISTS (SELECT 1 FROM journal_entries e WHERE e.ledger_sequence = p.ledger_sequence) LIMIT 1');
const listAccounts = sql('verify.accounts', 'SELECT code, name, type, normal_side AS normalSide FROM accounts');
const rebuiltTotals = 'SELECT created_on AS day_on, currency, type, kind, count(*) AS transactions, sum(amount_minor) AS amount_minor, sum(fee_minor) AS fee_minor, sum(net_minor) AS net_minor FROM stripe_balance_transactions GROUP BY created_on, currency, type, kind';
const keptTotals = 'SELECT day_on, currency, type, kind, transactions, amount_minor, fee_minor, net_minor FROM balance_daily_totals WHERE transactions <> 0 OR amount_minor <> 0 OR fee_minor <> 0 OR net_minor <> 0';
const findTotalsDifference = sql('verify.daily-totals', `SELECT day_on, currency, type, kind FROM (SELECT * FROM (${rebuiltTotals} EXCEPT ${keptTotals}) UNION ALL SELECT * FROM (${keptTotals} EXCEPT ${rebuiltTotals})) ORDER BY day_on, currency, type, kind LIMIT 1`);

/** A posting as it lies in the file. */
export interface VerifiedPosting extends PostingDraft {
  readonly sequence: number;
  readonly lineNumber: number;
}

export const headSequence = (database: ReadableDatabase): number => database.get<{ sequence: number }>(findHead)?.sequence ?? 0;
/** The sequence of the first entry that lies in the file, wherever that is. */
export const lowestSequence = (database: ReadableDatabase): number | null => database.get<{ sequence: number | null }>(findLowest)?.sequence ?? null;
export const hashAt = (database: ReadableDatabase, sequence: number): string | undefined => database.get<{ hash: string }>(findHash, [sequence])?.hash;
export const entriesAfter = (database: ReadableDatabase, after: number, upTo: number, limit: number): JournalEntryRow[] => database.all<JournalEntryRow>(listEntries, [after, upTo, limit]);
export const postingsBetween = (database: ReadableDatabase, after: number, upTo: number): VerifiedPosting[] => database.all<VerifiedPosting>(listPostings, [after, upTo]);
export const entryCount = (database: ReadableDatabase): number => database.get<{ count: number }>(countEntries)?.count ?? 0;
export const postingCount = (database: ReadableDatabase): number => database.get<{ count: number }>(countPostings)?.count ?? 0;
export const orphanPosting = (database: ReadableDatabase): number | undefined => database.get<{ ledger_sequence: number }>(findOrphan)?.ledger_sequence;
export interface VerifiedAccount {
  readonly code: string;
  readonly name: string;
  readonly type: string;
  readonly normalSide: string;
}
export const knownAccounts = (database: ReadableDatabase): Map<string, VerifiedAccount> => new Map(database.all<VerifiedAccount>(listAccounts).map((row) => [row.code, row]));
export const differingDailyTotal = (database: ReadableDatabase): { day_on: string; currency: string; type: string; kind: string } | undefined => database.get(findTotalsDifference);
