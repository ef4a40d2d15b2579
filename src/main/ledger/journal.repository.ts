/** All SQL of the journal. */
import { sql, type ReadableDatabase, type SqlValue, type WritableDatabase } from '../database/handles.ts';
import { allOfKeys, keysStatement, rowsStatement, runRows } from '../database/multi-row.ts';
import { isSubAccount, subAccountNamed, type Account } from './chart-of-accounts.ts';
import type { PostingDraft } from './journal-entry.ts';

export interface JournalEntryRow {
  readonly ledger_sequence: number;
  readonly id: string;
  readonly entry_date: string;
  readonly recorded_at: number;
  readonly kind: string;
  readonly source_type: string;
  readonly source_id: string;
  readonly idempotency_key: string;
  readonly input_hash: string;
  readonly reverses_entry_id: string | null;
  readonly concerns_month: string | null;
  readonly memo: string;
  readonly previous_hash: string;
  readonly hash: string;
}

const countAccounts = sql('accounts.count', "SELECT count(*) AS count FROM accounts WHERE instr(code, ':') = 0");
const insertAccount = sql('accounts.insert', 'INSERT INTO accounts (code, name, type, normal_side, description) VALUES (?, ?, ?, ?, ?) ON CONFLICT (code) DO NOTHING');
const findAccounts = keysStatement('accounts.known', (codes) => `SELECT code FROM accounts WHERE code IN (${codes})`);
const findInputHashes = keysStatement('journal.input-hashes', (ids) => `SELECT id, input_hash FROM journal_entries WHERE id IN (${ids})`);
const findHead = sql('journal.head', 'SELECT ledger_sequence, hash FROM journal_entries ORDER BY ledger_sequence DESC LIMIT 1');
const listClosedMonths = sql('periods.closed', "SELECT month FROM ledger_periods WHERE state = 'closed'");
const insertPostings = rowsStatement('postings.insert', 'INSERT INTO posting_lines (ledger_sequence, line_number, account_code, direction, amount_minor, currency, functional_amount_minor, rate, party_id) VALUES', 9);
const insertEntries = rowsStatement(
  'journal.insert',
  'INSERT INTO journal_entries (ledger_sequence, id, entry_date, recorded_at, kind, source_type, source_id, idempotency_key, input_hash, reverses_entry_id, concerns_month, memo, previous_hash, hash) VALUES',
  14,
);
const insertReviewItem = sql('review-items.raise', 'INSERT INTO review_items (id, code, subject_type, subject_id, message, data, raised_at) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING');

/** Puts the chart in place where an account is missing. */
export function ensureAccounts(database: WritableDatabase, chart: readonly Account[]): void {
  if ((database.get<{ count: number }>(countAccounts)?.count ?? 0) >= chart.length) return;
  for (const account of chart) insertOne(database, account);
}

const insertOne = (database: WritableDatabase, account: Account): void => void database.run(insertAccount, [account.code, account.name, account.type, account.normalSide, account.description]);

/** A sub-account comes with the first entry that uses it; one that the chart does not have stays missing, and its entry fails. */
function ensureSubAccounts(database: WritableDatabase, entries: readonly SealedEntry[]): void {
  const codes = new Set<string>();
  for (const { postings } of entries) for (const { accountCode } of postings) if (isSubAccount(accountCode)) codes.add(accountCode);
  for (const { code } of allOfKeys<{ code: string }>(database, findAccounts, [...codes])) codes.delete(code);
  for (const code of codes) {
    const account = subAccountNamed(code);
    if (account) insertOne(database, account);
  }
}

/** The input hashes of those of the entries that are in the books, by id. */
export function inputHashesOfEntries(database: ReadableDatabase, ids: readonly string[]): Map<string, string> {
  return new Map(allOfKeys<{ id: string; input_hash: string }>(database, findInputHashes, ids).map(({ id, input_hash }) => [id, input_hash]));
}

export function inputHashOfEntry(database: ReadableDatabase, id: string): string | undefined {
  return inputHashesOfEntries(database, [id]).get(id);
}

export function headOfChain(database: ReadableDatabase): { ledger_sequence: number; hash: string } | undefined {
  return database.get(findHead);
}

export function closedMonths(database: ReadableDatabase): Set<string> {
  return new Set(database.all<{ month: string }>(listClosedMonths).map((row) => row.month));
}

export interface SealedEntry {
  readonly row: JournalEntryRow;
  readonly postings: readonly PostingDraft[];
}

/** Postings first, then the entries, whose trigger sums them. */
export function insertSealedEntries(database: WritableDatabase, entries: readonly SealedEntry[]): void {
  ensureSubAccounts(database, entries);
  const postingValues: SqlValue[] = [];
  const entryValues: SqlValue[] = [];
  for (const { row, postings } of entries) {
    let lineNumber = 0;
    for (const posting of postings) {
      lineNumber += 1;
      postingValues.push(row.ledger_sequence, lineNumber, posting.accountCode, posting.direction, posting.amount, posting.currency, posting.functionalAmount, posting.rate, posting.partyId);
    }
    entryValues.push(
      row.ledger_sequence, row.id, row.entry_date, row.recorded_at, row.kind, row.source_type, row.source_id, row.idempotency_key, row.input_hash, row.reverses_entry_id, row.concerns_month, row.memo, row.previous_hash, row.hash,
    );
  }
  runRows(database, insertPostings, postingValues);
  runRows(database, insertEntries, entryValues);
}

export function insertSealedEntry(database: WritableDatabase, row: JournalEntryRow, postings: readonly PostingDraft[]): void {
  insertSealedEntries(database, [{ row, postings }]);
}

export interface ReviewItem {
  readonly id: string;
  readonly code: string;
  readonly subjectType: string;
  readonly subjectId: string;
  readonly message: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly raisedAt: number;
}

/** @returns true when it was not there yet. */
export function raiseReviewItem(database: WritableDatabase, item: ReviewItem): boolean {
  return database.run(insertReviewItem, [item.id, item.code, item.subjectType, item.subjectId, item.message, JSON.stringify(item.data), item.raisedAt]) > 0;
}
