/** What the local twin writes: on a desk without a shared database these tables are no copies but the records themselves. */
import { sql, type ReadableDatabase, type Sql, type WritableDatabase } from '../database/handles.ts';
import type { ChangeOperation, ChangeSet, FieldChange, FieldValue } from './change-set.ts';
import type { Choice } from './change-evaluation.ts';
import type { Clash, StandingRecord } from './change-merge.ts';
import { mergedFields, type MergedEntity } from './contract-fields.ts';
import { valueOfCell, type RecordValues } from './contract-values.ts';

const tables: Readonly<Record<MergedEntity, string>> = { partner: 'partners', contract: 'partner_contracts', amendment: 'contract_amendments' };

interface RecordStatements {
  readonly find: Sql;
  readonly write: Sql;
}

function statementsOf(entity: MergedEntity): RecordStatements {
  const columns = mergedFields[entity].map((field) => field.column);
  return {
    find: sql(`local-changes.find-${entity}`, `SELECT version, deleted_at, ${columns.join(', ')} FROM ${tables[entity]} WHERE id = ?`),
    write: sql(
      `local-changes.write-${entity}`,
      `INSERT INTO ${tables[entity]} (id, ${columns.join(', ')}, version, deleted_at, updated_at) VALUES (:id, ${columns.map((column) => `:${column}`).join(', ')}, :version, :deletedAt, :at)
       ON CONFLICT (id) DO UPDATE SET ${columns.map((column) => `${column} = excluded.${column}`).join(', ')}, version = excluded.version, deleted_at = excluded.deleted_at, updated_at = excluded.updated_at`,
    ),
  };
}

const statements: Readonly<Record<MergedEntity, RecordStatements>> = { partner: statementsOf('partner'), contract: statementsOf('contract'), amendment: statementsOf('amendment') };
const insertVersion = sql('local-changes.version', 'INSERT INTO entity_versions (entity, entity_id, version, change_id, author, reason, body, recorded_at) VALUES (:entity, :entityId, :version, :changeId, :author, :reason, :body, :at) ON CONFLICT DO NOTHING');
const findOther = sql('local-changes.other-amendment', 'SELECT id FROM contract_amendments WHERE contract_id = ? AND effective_from = ? AND deleted_at IS NULL AND id <> ?');
const countLater = sql('local-changes.later-versions', `SELECT count(*) AS count FROM entity_versions AS v WHERE v.entity = :entity AND v.entity_id = :entityId AND v.version > :version
  AND NOT EXISTS (SELECT 1 FROM change_sets AS o WHERE o.id = v.change_id AND o.author = :author AND o.desk = :desk)`);

/** Deleted ones too. */
export function findStandingRecord(database: ReadableDatabase, entity: MergedEntity, id: string): StandingRecord | null {
  const row = database.get<Readonly<Record<string, string | number | null>>>(statements[entity].find, [id]);
  if (!row) return null;
  return { version: Number(row['version']), isDeleted: row['deleted_at'] !== null, values: Object.fromEntries(mergedFields[entity].map((field) => [field.column, valueOfCell(field, row[field.column] ?? null)])) };
}

function toCell(value: FieldValue | undefined): string | number | null {
  if (value === undefined || value === null) return null;
  return typeof value === 'object' || typeof value === 'boolean' ? JSON.stringify(value) : value;
}

export interface WrittenRecord {
  readonly entity: MergedEntity;
  readonly id: string;
  readonly version: number;
  readonly values: RecordValues;
  readonly isDeleted: boolean;
  readonly changeId: string | null;
  readonly author: string;
  readonly reason: string | null;
  readonly at: number;
}

/** The record and the version of it, which is never changed afterwards. */
export function writeRecord(database: WritableDatabase, record: WrittenRecord): void {
  const { entity, id, version, values, isDeleted, at } = record;
  const cells = Object.fromEntries(mergedFields[entity].map(({ column }) => [column, toCell(values[column])]));
  database.run(statements[entity].write, { id, ...cells, version, deletedAt: isDeleted ? at : null, at });
  keepVersion(database, record);
}

/** A version that stood before anything was edited here is kept as well. */
export function keepVersion(database: WritableDatabase, { entity, id, version, changeId, author, reason, values, isDeleted, at }: WrittenRecord): void {
  database.run(insertVersion, { entity, entityId: id, version, changeId, author, reason, body: JSON.stringify({ ...values, version, is_deleted: isDeleted }), at });
}

export function findOtherAmendmentId(database: ReadableDatabase, contractId: string, day: string, exceptId: string): string | undefined {
  return database.get<{ id: string }>(findOther, [contractId, day, exceptId])?.id;
}

export function hasLaterVersionsOfOthers(database: ReadableDatabase, change: { readonly entity: MergedEntity; readonly entityId: string; readonly version: number; readonly author: string; readonly desk: string }): boolean {
  return (database.get<{ count: number }>(countLater, { ...change })?.count ?? 0) > 0;
}

/** A change as the twin keeps it: the author's words, and what is in force of them. */
export interface LocalChange extends ChangeSet {
  readonly author: string;
  readonly desk: string;
  readonly state: 'applied' | 'merged' | 'conflict' | 'withdrawn' | 'refused';
  readonly resultVersion: number | null;
  readonly conflictId: string | null;
  readonly refusalCode: string | null;
  readonly refusalMessage: string | null;
  readonly effective: { readonly operation: ChangeOperation; readonly entityId: string; readonly fields: Readonly<Record<string, FieldChange>>; readonly baseVersion: number; readonly restores: boolean };
  readonly resolvedBy: string | null;
}

const upsertChange = sql(
  'local-changes.change',
  `INSERT INTO change_sets (id, entity, entity_id, operation, base_version, fields, reason, author, desk, created_at, received_at, state, result_version, conflict_id, approval_id, refusal_code, refusal_message, four_eyes,
     effective_operation, effective_id, effective_fields, effective_base, restores, resolved_by, changed_at)
   VALUES (:id, :entity, :entityId, :operation, :baseVersion, :fields, :reason, :author, :desk, :createdAt, :at, :state, :resultVersion, :conflictId, NULL, :refusalCode, :refusalMessage, 'off',
     :effectiveOperation, :effectiveId, :effectiveFields, :effectiveBase, :restores, :resolvedBy, :at)
   ON CONFLICT (id) DO UPDATE SET state = excluded.state, result_version = excluded.result_version, conflict_id = excluded.conflict_id, refusal_code = excluded.refusal_code, refusal_message = excluded.refusal_message,
     effective_operation = excluded.effective_operation, effective_id = excluded.effective_id, effective_fields = excluded.effective_fields, effective_base = excluded.effective_base, restores = excluded.restores,
     resolved_by = excluded.resolved_by, changed_at = excluded.changed_at`,
);
const findChange = sql(
  'local-changes.find-change',
  `SELECT id, entity, entity_id AS entityId, operation, base_version AS baseVersion, fields, reason, author, desk, created_at AS createdAt, state, result_version AS resultVersion, conflict_id AS conflictId, refusal_code AS refusalCode,
     refusal_message AS refusalMessage, effective_operation AS effectiveOperation, effective_id AS effectiveId, effective_fields AS effectiveFields, effective_base AS effectiveBase, restores, resolved_by AS resolvedBy
   FROM change_sets WHERE id = ?`,
);
const insertConflict = sql(
  'local-changes.conflict',
  `INSERT INTO change_conflicts (id, change_id, entity, entity_id, fields, their_version, their_author, their_reason, raised_at, state)
   SELECT :id, :changeId, :entity, :entityId, :fields, :version, v.author, v.reason, :at, 'open' FROM (SELECT 1) LEFT JOIN entity_versions AS v ON v.entity = :entity AND v.entity_id = :entityId AND v.version = :version`,
);
const closeConflict = sql('local-changes.close-conflict', "UPDATE change_conflicts SET state = 'resolved', resolved_by = :by, resolved_at = :at, resolution_reason = :reason, kept = :kept WHERE id = :id AND state = 'open'");

interface StoredLocalChange extends Omit<LocalChange, 'fields' | 'effective'> {
  readonly fields: string;
  readonly effectiveOperation: ChangeOperation;
  readonly effectiveId: string;
  readonly effectiveFields: string;
  readonly effectiveBase: number;
  readonly restores: number;
}

export function upsertLocalChange(database: WritableDatabase, change: LocalChange, at: number): void {
  const { effective, fields, id, entity, entityId, operation, baseVersion, reason, author, desk, createdAt, state, resultVersion, conflictId, refusalCode, refusalMessage, resolvedBy } = change;
  database.run(upsertChange, {
    id, entity, entityId, operation, baseVersion, reason, author, desk, createdAt, state, resultVersion, conflictId, refusalCode, refusalMessage, resolvedBy, at, fields: JSON.stringify(fields), effectiveOperation: effective.operation,
    effectiveId: effective.entityId, effectiveFields: JSON.stringify(effective.fields), effectiveBase: effective.baseVersion, restores: effective.restores ? 1 : 0,
  });
}

export function findLocalChange(database: ReadableDatabase, id: string): LocalChange | undefined {
  const stored = database.get<StoredLocalChange>(findChange, [id]);
  if (!stored) return undefined;
  const { effectiveOperation, effectiveId, effectiveFields, effectiveBase, restores, fields, ...rest } = stored;
  return {
    ...rest, fields: JSON.parse(fields) as Record<string, FieldChange>,
    effective: { operation: effectiveOperation, entityId: effectiveId, fields: JSON.parse(effectiveFields) as Record<string, FieldChange>, baseVersion: effectiveBase, restores: restores === 1 },
  };
}

export function insertLocalConflict(database: WritableDatabase, conflict: { readonly id: string; readonly changeId: string; readonly entity: MergedEntity; readonly entityId: string; readonly clashes: readonly Clash[]; readonly version: number; readonly at: number }): void {
  const { clashes, ...rest } = conflict;
  database.run(insertConflict, { ...rest, fields: JSON.stringify(clashes) });
}

export function closeLocalConflict(database: WritableDatabase, id: string, resolution: { readonly by: string; readonly at: number; readonly reason: string; readonly kept: Readonly<Record<string, Choice>> }): void {
  database.run(closeConflict, { id, by: resolution.by, at: resolution.at, reason: resolution.reason, kept: JSON.stringify(resolution.kept) });
}
