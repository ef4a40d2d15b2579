import { sql, type ReadableDatabase, type WritableDatabase } from '../database/handles.ts';

export interface AuditRow {
  readonly sequence: number;
  readonly entity: string;
  readonly entityId: string;
  readonly action: string;
  readonly actor: string;
  /** Canonical JSON. */
  readonly diff: string;
  readonly requestId: string | null;
  readonly recordedAt: number;
  readonly previousHash: string;
  readonly hash: string;
}

const columns =
  'sequence, entity, entity_id AS "entityId", action, actor, diff, request_id AS "requestId", recorded_at AS "recordedAt", previous_hash AS "previousHash", hash';
const selectHead = sql('audit-log.head', 'SELECT sequence, hash FROM audit_log ORDER BY sequence DESC LIMIT 1');
const selectAll = sql('audit-log.all', `SELECT ${columns} FROM audit_log ORDER BY sequence`);
const selectOfEntity = sql('audit-log.of-entity', `SELECT ${columns} FROM audit_log WHERE entity = ? AND entity_id = ? ORDER BY sequence`);
const insertRow = sql(
  'audit-log.append',
  `INSERT INTO audit_log (sequence, entity, entity_id, action, actor, diff, request_id, recorded_at, previous_hash, hash)
   VALUES (:sequence, :entity, :entityId, :action, :actor, :diff, :requestId, :recordedAt, :previousHash, :hash)`,
);

export function findAuditHead(database: ReadableDatabase): { sequence: number; hash: string } | undefined {
  return database.get(selectHead);
}

export function insertAuditRow(database: WritableDatabase, row: AuditRow): void {
  database.run(insertRow, { ...row });
}

export function iterateAuditRows(database: ReadableDatabase): IterableIterator<AuditRow> {
  return database.iterate<AuditRow>(selectAll);
}

export function listAuditRowsOf(database: ReadableDatabase, entity: string, entityId: string): AuditRow[] {
  return database.all<AuditRow>(selectOfEntity, [entity, entityId]);
}
