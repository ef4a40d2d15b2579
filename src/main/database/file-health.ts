/** What SQLite itself says about the ledger file. */
import { sql, type ReadableDatabase } from './handles.ts';

const version = sql('file-health.version', 'SELECT sqlite_version() AS version');
const quickCheck = sql('file-health.quick-check', 'PRAGMA quick_check(1)');

export function sqliteVersion(database: ReadableDatabase): string {
  return database.get<{ version: string }>(version)?.version ?? 'unknown';
}

/** The first damage found in pages and rows, in SQLite's words; null when the file is whole. */
export function firstDamage(database: ReadableDatabase): string | null {
  const said = database.get<{ quick_check: string }>(quickCheck)?.quick_check ?? 'unknown';
  return said === 'ok' ? null : said;
}
