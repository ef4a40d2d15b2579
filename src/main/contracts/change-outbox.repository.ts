/** What this desk wants of partners and contracts, in the order in which it was wanted: written by commands, moved on by answers of the shared database. */
import { sql, type ReadableDatabase, type WritableDatabase } from '../database/handles.ts';
import { finalChangeStates, type ChangeSet, type ChangeState, type FieldChange } from './change-set.ts';

export interface OutboxChange extends ChangeSet {
  readonly sequence: number;
  readonly author: string;
  readonly state: ChangeState;
  readonly attempts: number;
  /** Epoch milliseconds; null: at once. */
  readonly nextAttemptAt: number | null;
  readonly errorCode: string | null;
  readonly errorMessage: string | null;
}

interface StoredChange extends Omit<OutboxChange, 'fields'> {
  readonly fields: string;
}

const columns = `sequence, o.id, entity, entity_id AS entityId, operation, base_version AS baseVersion, fields, reason, author, created_at AS createdAt, (SELECT k.state FROM own_changes AS k WHERE k.id = o.id) AS state, attempts, next_attempt_at AS nextAttemptAt, error_code AS errorCode,
  error_message AS errorMessage FROM outbox_changes AS o`;
// A change that others decided on meanwhile is settled, though this desk was not told by an answer.
const openStates = "o.state NOT IN ('applied', 'merged', 'rejected', 'withdrawn')";
const insertOne = sql(
  'outbox-changes.insert',
  `INSERT INTO outbox_changes (id, entity, entity_id, operation, base_version, fields, reason, author, created_at, state) VALUES (:id, :entity, :entityId, :operation, :baseVersion, :fields, :reason, :author, :createdAt, 'pending')`,
);
const findOne = sql('outbox-changes.find', `SELECT ${columns} WHERE o.id = ?`);
const listOpenOnes = sql('outbox-changes.open', `SELECT ${columns} WHERE ${openStates} ORDER BY sequence`);
const listOpenOf = sql('outbox-changes.open-of', `SELECT ${columns} WHERE entity_id = ? AND ${openStates} ORDER BY sequence`);
const listAheadOf = sql('outbox-changes.ahead-of', `SELECT ${columns} WHERE entity_id = :entityId AND o.state IN ('applied', 'merged') AND o.result_version > :version ORDER BY o.result_version, sequence`);
const answerOne = sql(
  'outbox-changes.answer',
  `UPDATE outbox_changes SET state = :state, result_version = :resultVersion, conflict_id = :conflictId, approval_id = :approvalId, error_code = :errorCode, error_message = :errorMessage, sent_at = coalesce(sent_at, :at), next_attempt_at = NULL WHERE id = :id`,
);
// Only what is still wanted; the first time counts.
const leaveOne = sql('outbox-changes.leave', "UPDATE outbox_changes SET sent_at = coalesce(sent_at, :at) WHERE id = :id AND state = 'pending'");
const failOne = sql('outbox-changes.fail', 'UPDATE outbox_changes SET attempts = :attempts, next_attempt_at = :nextAttemptAt, error_code = :errorCode, error_message = :errorMessage WHERE id = :id');
const parkOne = sql('outbox-changes.park', "UPDATE outbox_changes SET state = 'parked', attempts = :attempts, next_attempt_at = NULL, error_code = :errorCode, error_message = :errorMessage WHERE id = :id");
const reviveOne = sql('outbox-changes.revive', "UPDATE outbox_changes SET state = 'pending', attempts = 0, next_attempt_at = NULL, error_code = NULL, error_message = NULL WHERE id = ?");
const withdrawOne = sql('outbox-changes.withdraw', "UPDATE outbox_changes SET state = 'withdrawn', next_attempt_at = NULL, error_code = NULL, error_message = NULL WHERE id = ?");

function toOutboxChange(stored: StoredChange): OutboxChange {
  return { ...stored, fields: JSON.parse(stored.fields) as Record<string, FieldChange> };
}

export function insertOutboxChange(database: WritableDatabase, change: ChangeSet & { readonly author: string }): void {
  const { id, entity, entityId, operation, baseVersion, fields, reason, author, createdAt } = change;
  database.run(insertOne, { id, entity, entityId, operation, baseVersion, fields: JSON.stringify(fields), reason, author, createdAt });
}

export function findOutboxChange(database: ReadableDatabase, id: string): OutboxChange | undefined {
  const stored = database.get<StoredChange>(findOne, [id]);
  return stored && toOutboxChange(stored);
}

/** All that are neither applied nor given up, in their order. */
export function listOpenOutboxChanges(database: ReadableDatabase): OutboxChange[] {
  return database.all<StoredChange>(listOpenOnes).map(toOutboxChange).filter((change) => !finalChangeStates.has(change.state));
}

export function listOpenOutboxChangesOf(database: ReadableDatabase, entityId: string): OutboxChange[] {
  return database.all<StoredChange>(listOpenOf, [entityId]).map(toOutboxChange).filter((change) => !finalChangeStates.has(change.state));
}

/** Own edits that stand in the shared database already, while this desk's copy of the record is still at that version. */
export function listOutboxChangesAheadOf(database: ReadableDatabase, entityId: string, version: number): OutboxChange[] {
  return database.all<StoredChange>(listAheadOf, { entityId, version }).map(toOutboxChange);
}

/** What the shared database (or the local twin) said of a change. */
export interface RecordedAnswer {
  readonly state: ChangeState;
  readonly resultVersion: number | null;
  readonly conflictId: string | null;
  readonly approvalId: string | null;
  readonly errorCode: string | null;
  readonly errorMessage: string | null;
}

export function recordOutboxAnswer(database: WritableDatabase, id: string, answer: RecordedAnswer, at: number): void {
  const { state, resultVersion, conflictId, approvalId, errorCode, errorMessage } = answer;
  database.run(answerOne, { id, state, resultVersion, conflictId, approvalId, errorCode, errorMessage, at });
}

/** Before it is sent: whatever becomes of the line, the shared database may know it from now on. @returns false for one that was taken back meanwhile. */
export function recordLeaving(database: WritableDatabase, id: string, at: number): boolean {
  return database.run(leaveOne, { id, at }) > 0;
}

export interface FailedAttempt {
  readonly attempts: number;
  readonly errorCode: string;
  readonly errorMessage: string;
}

/** It is tried again, not before that moment. */
export function recordFailedAttempt(database: WritableDatabase, id: string, failed: FailedAttempt & { readonly nextAttemptAt: number | null }): void {
  const { attempts, errorCode, errorMessage, nextAttemptAt } = failed;
  database.run(failOne, { id, attempts, errorCode, errorMessage, nextAttemptAt });
}

export function parkOutboxChange(database: WritableDatabase, id: string, { attempts, errorCode, errorMessage }: FailedAttempt): void {
  database.run(parkOne, { id, attempts, errorCode, errorMessage });
}

export function reviveOutboxChange(database: WritableDatabase, id: string): void {
  database.run(reviveOne, [id]);
}

export function withdrawOutboxChange(database: WritableDatabase, id: string): void {
  database.run(withdrawOne, [id]);
}
