/** All SQL of what this desk has put away, and of what it has yet to put away. */
import { sql, type ReadableDatabase, type WritableDatabase } from '../database/handles.ts';
import type { ArchivedSubject, ArchivedType } from './archiving.ports.ts';

export interface ArchivedDocument {
  readonly type: ArchivedType;
  readonly id: string;
  readonly number: string;
  readonly state: 'waiting' | 'stored' | 'failed';
  readonly attempts: number;
  readonly nextAttemptAt: number | null;
  readonly errorCode: string | null;
  readonly errorMessage: string | null;
  readonly location: string | null;
  readonly sha256: string | null;
  readonly storedAt: number | null;
  readonly queuedAt: number;
}

const columns = `subject_type AS type, subject_id AS id, document_number AS number, state, attempts, next_attempt_at AS nextAttemptAt, error_code AS errorCode, error_message AS errorMessage, location, sha256, stored_at AS storedAt, queued_at AS queuedAt`;

const isMissing = (type: ArchivedType, id: string): string => `NOT EXISTS (SELECT 1 FROM archived_documents AS d WHERE d.subject_type = '${type}' AND d.subject_id = ${id} AND d.destination = :destination)`;
const issued = `SELECT 'invoice' AS type, i.id, i.invoice_number AS number FROM invoices AS i INDEXED BY invoices_issued WHERE i.invoice_number IS NOT NULL AND i.status <> 'draft' AND ${isMissing('invoice', 'i.id')}
  UNION ALL SELECT 'credit-note', a.id, a.document_number FROM receivable_acts AS a INDEXED BY receivable_acts_credit_notes WHERE a.kind = 'credit-note' AND a.document_number IS NOT NULL AND ${isMissing('credit-note', 'a.id')}`;
const hasUnnoted = sql('archive.has-unnoted', `SELECT 1 AS found FROM (${issued}) LIMIT 1`);
const noteIssued = sql('archive.note-issued', `INSERT INTO archived_documents (subject_type, subject_id, destination, document_number, state, next_attempt_at, queued_at) SELECT type, id, :destination, number, 'waiting', :now, :now FROM (${issued} LIMIT 5000)`);
const hasDue = sql('archive.has-due', "SELECT 1 AS found FROM archived_documents WHERE destination = :destination AND state <> 'stored' AND next_attempt_at <= :now LIMIT 1");
const listDue = sql('archive.due', `SELECT ${columns} FROM archived_documents WHERE destination = :destination AND state <> 'stored' AND next_attempt_at <= :now ORDER BY next_attempt_at, document_number LIMIT :limit`);
const makeAllDue = sql('archive.all-due', "UPDATE archived_documents SET next_attempt_at = :now WHERE destination = :destination AND state <> 'stored' AND next_attempt_at > :now");
const stored = sql(
  'archive.stored',
  "UPDATE archived_documents SET state = 'stored', attempts = attempts + 1, next_attempt_at = NULL, error_code = NULL, error_message = NULL, location = :location, sha256 = :sha256, byte_length = :byteLength, stored_at = :now WHERE subject_type = :type AND subject_id = :id AND destination = :destination",
);
const missed = sql('archive.missed', "UPDATE archived_documents SET state = :state, attempts = attempts + 1, next_attempt_at = :nextAttemptAt, error_code = :errorCode, error_message = :errorMessage WHERE subject_type = :type AND subject_id = :id AND destination = :destination AND state <> 'stored'");
const forgetElsewhere = sql('archive.forget-elsewhere', "DELETE FROM archived_documents WHERE destination IS NOT :destination AND state <> 'stored'");
const countStates = sql('archive.counts', 'SELECT state, count(*) AS count, max(stored_at) AS lastStoredAt FROM archived_documents WHERE destination = ? GROUP BY state');
const filtered = "FROM archived_documents WHERE destination = :destination AND (:state IS NULL OR state = :state) AND (:text = '' OR instr(lower(document_number), lower(:text)) > 0)";
const listInOrder = {
  ascending: sql('archive.list', `SELECT ${columns} ${filtered} ORDER BY queued_at, document_number LIMIT :limit OFFSET :startAt`),
  descending: sql('archive.list-newest', `SELECT ${columns} ${filtered} ORDER BY queued_at DESC, document_number DESC LIMIT :limit OFFSET :startAt`),
} as const;
const countFiltered = sql('archive.list-count', `SELECT count(*) AS count ${filtered}`);
const ofSubject = sql('archive.of-subject', `SELECT ${columns} FROM archived_documents WHERE subject_type = ? AND subject_id = ? ORDER BY queued_at`);

/** An issued document this desk has not noted for the place yet. */
export const hasUnnotedDocuments = (database: ReadableDatabase, destination: string): boolean => database.get(hasUnnoted, { destination }) !== undefined;

/** Notes issued documents as waiting, a few thousand at a time. @returns how many. */
export const noteIssuedDocuments = (database: WritableDatabase, destination: string, now: number): number => database.run(noteIssued, { destination, now });

export const hasDueDocuments = (database: ReadableDatabase, destination: string, now: number): boolean => database.get(hasDue, { destination, now }) !== undefined;

export const listDueDocuments = (database: ReadableDatabase, destination: string, now: number, limit: number): ArchivedDocument[] => database.all<ArchivedDocument>(listDue, { destination, now, limit });

/** A person asked: nothing waits for its time. */
export const makeDocumentsDue = (database: WritableDatabase, destination: string, now: number): void => void database.run(makeAllDue, { destination, now });

export function noteStored(database: WritableDatabase, { type, id }: ArchivedSubject, destination: string, file: { readonly location: string; readonly sha256: string; readonly byteLength: number }, now: number): void {
  database.run(stored, { type, id, destination, ...file, now });
}

export function noteMissed(database: WritableDatabase, { type, id }: ArchivedSubject, destination: string, missing: { readonly state: 'waiting' | 'failed'; readonly nextAttemptAt: number; readonly errorCode: string; readonly errorMessage: string }): void {
  database.run(missed, { type, id, destination, ...missing });
}

/** What was yet to go to another place goes there no more. @param destination null: nowhere. */
export const forgetOpenElsewhere = (database: WritableDatabase, destination: string | null): void => void database.run(forgetElsewhere, { destination });

export interface ArchiveCounts {
  readonly stored: number;
  readonly waiting: number;
  readonly failed: number;
  readonly lastStoredAt: number | null;
}

export function countArchived(database: ReadableDatabase, destination: string): ArchiveCounts {
  const rows = database.all<{ state: ArchivedDocument['state']; count: number; lastStoredAt: number | null }>(countStates, [destination]);
  const of = (state: ArchivedDocument['state']) => rows.find((row) => row.state === state);
  return { stored: of('stored')?.count ?? 0, waiting: of('waiting')?.count ?? 0, failed: of('failed')?.count ?? 0, lastStoredAt: of('stored')?.lastStoredAt ?? null };
}

export interface ArchivedWindow {
  readonly state?: ArchivedDocument['state'] | undefined;
  readonly text?: string | undefined;
  readonly startAt: number;
  readonly limit: number;
  readonly direction: 'ascending' | 'descending';
}

export function listArchived(database: ReadableDatabase, destination: string, { state, text, startAt, limit, direction }: ArchivedWindow): { readonly rows: ArchivedDocument[]; readonly total: number } {
  const asked = { destination, state: state ?? null, text: text ?? '' };
  return { rows: database.all<ArchivedDocument>(listInOrder[direction], { ...asked, startAt, limit }), total: database.get<{ count: number }>(countFiltered, asked)?.count ?? 0 };
}

/** In every place this desk ever put it, or is about to. */
export const listArchivedOf = (database: ReadableDatabase, { type, id }: ArchivedSubject): ArchivedDocument[] => database.all<ArchivedDocument>(ofSubject, [type, id]);
