/** The log of signatures under months. */
import { endOf, type Month } from '../../shared/calendar/local-date.ts';
import { sql, type ReadableDatabase, type WritableDatabase } from '../database/handles.ts';

export interface SignOffRow {
  readonly id: string;
  readonly month: Month;
  readonly action: 'sign-off' | 'withdraw';
  readonly actor: string;
  readonly note: string | null;
  /** Canonical JSON: the checks as they were signed. */
  readonly checks: string;
  readonly headSequence: number;
  readonly headHash: string;
  readonly recordedAt: number;
}

const columns = 'id, month, action, actor, note, checks, head_sequence AS "headSequence", head_hash AS "headHash", recorded_at AS "recordedAt"';
const listOfMonth = sql('sign-offs.of-month', `SELECT ${columns} FROM close_sign_offs WHERE month = ? ORDER BY recorded_at, id`);
const listNewest = sql('sign-offs.newest', `SELECT ${columns} FROM close_sign_offs AS s WHERE NOT EXISTS (SELECT 1 FROM close_sign_offs AS later WHERE later.month = s.month AND (later.recorded_at, later.id) > (s.recorded_at, s.id)) ORDER BY month`);
const insertRow = sql('sign-offs.insert', 'INSERT INTO close_sign_offs (id, month, action, actor, note, checks, head_sequence, head_hash, recorded_at) VALUES (:id, :month, :action, :actor, :note, :checks, :headSequence, :headHash, :recordedAt)');
const findHead = sql('sign-offs.head', 'SELECT ledger_sequence AS sequence, hash FROM journal_entries ORDER BY ledger_sequence DESC LIMIT 1');
// Of the month or before it, by their day or because they came too late for a closed month.
const selectMovedSince = sql('sign-offs.moved-since', 'SELECT 1 AS found FROM journal_entries WHERE ledger_sequence > :head AND (entry_date < :end OR concerns_month <= :month) LIMIT 1');
const listUnsentRows = sql('sign-offs.unsent', `SELECT ${columns} FROM close_sign_offs WHERE sent_at IS NULL ORDER BY recorded_at, id LIMIT ?`);
const markSentRow = sql('sign-offs.sent', 'UPDATE close_sign_offs SET sent_at = ? WHERE id = ?');

/** Oldest first. */
export const listSignOffs = (database: ReadableDatabase, month: Month): SignOffRow[] => database.all<SignOffRow>(listOfMonth, [month]);
/** How each month that was ever signed stands. */
export const listStandingSignOffs = (database: ReadableDatabase): SignOffRow[] => database.all<SignOffRow>(listNewest);
export const insertSignOff = (database: WritableDatabase, row: SignOffRow): void => void database.run(insertRow, { ...row });
/** The head of the chain; null for books without an entry. */
export const chainHead = (database: ReadableDatabase): { readonly sequence: number; readonly hash: string } | null => database.get<{ sequence: number; hash: string }>(findHead) ?? null;
/** Whether entries that belong to the month or an earlier one came after a place in the chain; what is of a later month does not change what was signed. */
export const hasMovedSince = (database: ReadableDatabase, month: Month, headSequence: number): boolean => database.get(selectMovedSince, { head: headSequence, end: endOf(month), month }) !== undefined;
export const listUnsentSignOffs = (database: ReadableDatabase, limit: number): SignOffRow[] => database.all<SignOffRow>(listUnsentRows, [limit]);
export const markSignOffSent = (database: WritableDatabase, id: string, at: number): void => void database.run(markSentRow, [at, id]);
