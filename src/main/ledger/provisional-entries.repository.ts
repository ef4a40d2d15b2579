/** All SQL of entries that wait for the sealer. */
import { sql, type ReadableDatabase, type WritableDatabase } from '../database/handles.ts';
import { keysStatement, rowsStatement, runKeys, runRows } from '../database/multi-row.ts';
import type { PostingDraft } from './journal-entry.ts';

const insert = rowsStatement('provisional.insert', 'INSERT INTO provisional_entries (id, idempotency_key, entry_date, recorded_at, input_hash, body) VALUES', 6);
const findInputHash = sql('provisional.input-hash', 'SELECT input_hash FROM provisional_entries WHERE id = ?');
const findOne = sql('provisional.find', 'SELECT body, reason_code AS "reasonCode" FROM provisional_entries WHERE id = ?');
const countAll = sql('provisional.count', 'SELECT count(*) AS count FROM provisional_entries');
const list = sql('provisional.list', 'SELECT rowid AS place, id, body FROM provisional_entries WHERE rowid > ? ORDER BY rowid LIMIT ?');
const drop = keysStatement('provisional.drop', (keys) => `DELETE FROM provisional_entries WHERE id IN (${keys})`);
const listDiffering = sql('provisional.differing', "SELECT p.id, p.input_hash AS inputHash, p.body FROM json_each(?) AS k JOIN provisional_entries AS p ON p.id = k.value ->> 0 WHERE p.input_hash <> k.value ->> 1");
const findLater = sql('provisional.find-later', 'SELECT 1 AS found FROM provisional_entries WHERE recorded_at > ? LIMIT 1');
// A number is bound as a float: the text of the body keeps a whole one.
const recordLaterAt = sql('provisional.record-later-at', "UPDATE provisional_entries SET recorded_at = :now, body = json_set(body, '$.recordedAt', CAST(:now AS INTEGER)), reason_code = NULL WHERE recorded_at > :now");
const mark = sql('provisional.mark', 'UPDATE provisional_entries SET reason_code = ? WHERE id = ? AND reason_code IS NOT ?');

/** An entry as it travels to the sealer; the body is its JSON text. */
export interface ProvisionalEntry {
  readonly id: string;
  readonly key: string;
  readonly entryDate: string;
  readonly recordedAt: number;
  readonly kind: string;
  readonly sourceType: string;
  readonly sourceId: string;
  readonly memo: string;
  readonly inputHash: string;
  readonly reversesEntryId: string | null;
  readonly concernsMonth: string | null;
  readonly postings: readonly PostingDraft[];
}

export interface WaitingEntry {
  /** Entries are sealed in the order in which they were posted. */
  readonly place: number;
  readonly id: string;
  readonly body: string;
}

export function insertProvisional(database: WritableDatabase, entries: readonly ProvisionalEntry[]): void {
  runRows(database, insert, entries.flatMap((entry) => [entry.id, entry.key, entry.entryDate, entry.recordedAt, entry.inputHash, JSON.stringify(entry)]));
}

export function provisionalInputHash(database: ReadableDatabase, id: string): string | undefined {
  return database.get<{ input_hash: string }>(findInputHash, [id])?.input_hash;
}

/** An entry that waits, and why the sealer left it; undefined when none of that id does. */
export function findProvisional(database: ReadableDatabase, id: string): { readonly body: string; readonly reasonCode: string | null } | undefined {
  return database.get(findOne, [id]);
}

/** Whether something waits that was recorded after a moment (epoch milliseconds). */
export const hasRecordedAfter = (database: ReadableDatabase, at: number): boolean => database.get(findLater, [at]) !== undefined;

/** What was recorded after a moment was recorded then. */
export const recordLaterOnesAt = (database: WritableDatabase, now: number): void => void database.run(recordLaterAt, { now });

export function countProvisional(database: ReadableDatabase): number {
  return database.get<{ count: number }>(countAll)?.count ?? 0;
}

export function waitingAfter(database: ReadableDatabase, place: number, limit: number): WaitingEntry[] {
  return database.all<WaitingEntry>(list, [place, limit]);
}

/** Of these entries, by id and input hash, those that wait here with another input hash. */
export function differingTwins(database: ReadableDatabase, sealed: ReadonlyMap<string, string>): { readonly id: string; readonly inputHash: string; readonly body: string }[] {
  return database.all(listDiffering, [JSON.stringify([...sealed])]);
}

/** Takes entries off the waiting list, those that are on it. */
export function dropProvisional(database: WritableDatabase, ids: readonly string[]): void {
  runKeys(database, drop, ids);
}

export function markProvisional(database: WritableDatabase, id: string, reasonCode: string): void {
  database.run(mark, [reasonCode, id, reasonCode]);
}

export const parseProvisional = (body: string): ProvisionalEntry => JSON.parse(body) as ProvisionalEntry;
