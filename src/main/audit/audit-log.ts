/**
 * Who did what, append-only and chained: each row's hash covers the row and the hash before it, so that a row changed or taken out behind our
 * back breaks the chain at that place. Rows are written inside the unit of work of the act they tell of.
 */
import { createHash } from 'node:crypto';
import type { Clock } from '../../shared/calendar/clock.ts';
import type { ReadableDatabase, WritableDatabase } from '../database/handles.ts';
import { findAuditHead, insertAuditRow, iterateAuditRows, listAuditRowsOf, type AuditRow } from './audit-log.repository.ts';
import { canonicalJson, type JsonValue } from './canonical-json.ts';

export interface AuditEntry {
  /** 'invoice', 'discrepancy', 'contract', … */
  readonly entity: string;
  readonly entityId: string;
  /** A verb of the domain: 'finalise', 'void', 'assign', … */
  readonly action: string;
  /** The person signed in at this desk, or 'daybook' for what the program did by itself. */
  readonly actor: string;
  /** What changed: field → [before, after], or the facts of the act. No secrets. */
  readonly diff: JsonValue;
  /** The command that asked for it, where there is one. */
  readonly requestId?: string | undefined;
}

export interface AuditChainReport {
  readonly rows: number;
  readonly headHash: string;
  /** The first row whose hash or link is wrong. */
  readonly firstBroken: { readonly sequence: number; readonly entity: string; readonly entityId: string } | null;
}

export interface AuditLog {
  /** Appends one row in the caller's unit of work. */
  append(database: WritableDatabase, entry: AuditEntry): void;
  /** The rows of one entity, oldest first. */
  listOf(database: ReadableDatabase, entity: string, entityId: string): AuditRow[];
  /** Recomputes the chain from its first row. */
  verify(database: ReadableDatabase): AuditChainReport;
}

/** The hash before the first row. */
export const auditChainOrigin = '0'.repeat(64);

export function createAuditLog(dependencies: { readonly clock: Clock }): AuditLog {
  return {
    append(database, entry) {
      const head = findAuditHead(database);
      const row = {
        sequence: (head?.sequence ?? 0) + 1,
        entity: entry.entity,
        entityId: entry.entityId,
        action: entry.action,
        actor: entry.actor,
        diff: canonicalJson(entry.diff),
        requestId: entry.requestId ?? null,
        recordedAt: dependencies.clock.now(),
        previousHash: head?.hash ?? auditChainOrigin,
      };
      insertAuditRow(database, { ...row, hash: hashAuditRow(row) });
    },
    listOf: listAuditRowsOf,
    verify(database) {
      let previousHash = auditChainOrigin;
      let rows = 0;
      for (const row of iterateAuditRows(database)) {
        rows += 1;
        const { hash, ...content } = row;
        if (row.sequence !== rows || row.previousHash !== previousHash || hash !== hashAuditRow(content)) {
          return { rows, headHash: hash, firstBroken: { sequence: row.sequence, entity: row.entity, entityId: row.entityId } };
        }
        previousHash = hash;
      }
      return { rows, headHash: previousHash, firstBroken: null };
    },
  };
}

function hashAuditRow(row: Omit<AuditRow, 'hash'>): string {
  return createHash('sha256').update(canonicalJson({ ...row })).digest('hex');
}
