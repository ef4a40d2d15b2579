import { sql, type ReadableDatabase, type WritableDatabase } from '../database/handles.ts';

export interface RequestShareRow {
  readonly reader: string;
  readonly total: number;
  readonly parts: number;
  readonly inUse: number;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
}

const list = sql('request-shares.list', 'SELECT reader, total, parts, in_use AS "inUse", expires_at AS "expiresAt" FROM request_shares');
const drop = sql('request-shares.drop', 'DELETE FROM request_shares WHERE expires_at <= ? OR expires_at > ?');
const upsert = sql(
  'request-shares.upsert',
  `INSERT INTO request_shares (reader, total, parts, in_use, expires_at) VALUES (:reader, :total, :parts, :inUse, :expiresAt)
   ON CONFLICT (reader) DO UPDATE SET total = excluded.total, parts = excluded.parts, in_use = excluded.in_use, expires_at = excluded.expires_at`,
);
const end = sql('request-shares.end', 'UPDATE request_shares SET expires_at = min(expires_at, ?) WHERE reader = ?');

export const listRequestShares = (database: ReadableDatabase): RequestShareRow[] => database.all<RequestShareRow>(list);

/** Drops what ended by the one moment, and what ends later than the other: nobody is given so much, so the clock was set back since. */
export function dropRequestShares(database: WritableDatabase, endedBy: number, endsAfter: number): void {
  database.run(drop, [endedBy, endsAfter]);
}

export function upsertRequestShare(database: WritableDatabase, share: RequestShareRow): void {
  database.run(upsert, { ...share });
}

export function endRequestShare(database: WritableDatabase, reader: string, endsAt: number): void {
  database.run(end, [endsAt, reader]);
}
