/**
 * Forward-only, checksummed migrations of the local ledger, one transaction each (architecture.md §7).
 */
import { copyFileSync, existsSync, renameSync, rmSync } from 'node:fs';
import { StorageError } from '../../shared/errors/errors.ts';
import type { Migration } from '../platform/migration-files.ts';
import { sql } from './handles.ts';
import type { SqliteDatabase } from './sqlite-database.ts';
import { toStorageError } from './storage-errors.ts';

export { readMigrations, type Migration } from '../platform/migration-files.ts';

interface AppliedMigration {
  readonly name: string;
  readonly checksum: string;
}

const createTable = sql('migrations.create', 'CREATE TABLE IF NOT EXISTS applied_migrations (name TEXT PRIMARY KEY, checksum TEXT NOT NULL, applied_at INTEGER NOT NULL) STRICT');
const listApplied = sql('migrations.list', 'SELECT name, checksum FROM applied_migrations ORDER BY name');
const recordApplied = sql('migrations.record', 'INSERT INTO applied_migrations (name, checksum, applied_at) VALUES (?, ?, ?)');

/**
 * Brings the file up to date. The file is copied aside first when it holds data and something will change.
 * @returns the names applied now.
 * @throws StorageError `disk-full` when there is no room for the copy; `database-newer` when the file was written by a newer Daybook; `migration-changed` when an applied one differs from ours.
 */
export function migrateDatabase(database: SqliteDatabase, migrations: readonly Migration[], nowMs: number): string[] {
  database.run(createTable);
  const applied = new Map(database.all<AppliedMigration>(listApplied).map((row) => [row.name, row.checksum]));
  const known = new Map(migrations.map((migration) => [migration.name, migration.checksum]));
  for (const [name, checksum] of applied) {
    if (!known.has(name)) {
      throw new StorageError('database-newer', `This ledger was written by a newer Daybook (it knows “${name}”). It was left untouched.`, { data: { migration: name }, nextStep: 'Install the newest Daybook and open the ledger again.' });
    }
    if (known.get(name) !== checksum) {
      throw new StorageError('migration-changed', `The step “${name}” that shaped this ledger is not the one this Daybook knows.`, { data: { migration: name }, nextStep: 'Install the Daybook this ledger was made with, or start a fresh data folder.' });
    }
  }
  const waiting = migrations.filter((migration) => !applied.has(migration.name));
  if (waiting.length === 0) return [];
  if (applied.size > 0) copyAside(database, applied.size);
  for (const migration of waiting) {
    database.transaction(`migrate ${migration.name}`, (writable) => {
      database.connection.exec(migration.text);
      writable.run(recordApplied, [migration.name, migration.checksum, nowMs]);
    });
  }
  return waiting.map((migration) => migration.name);
}

/** Whole or not at all: a half copy of a start that was killed must not pass for the ledger as it was. */
function copyAside(database: SqliteDatabase, version: number): void {
  const file = database.connection.name;
  if (file === ':memory:' || file === '') return;
  const copy = `${file}.before-migration-${version}`;
  const draft = `${copy}.partial`;
  try {
    database.connection.pragma('wal_checkpoint(TRUNCATE)');
    if (!existsSync(copy)) {
      copyFileSync(file, draft);
      renameSync(draft, copy);
    }
  } catch (error) {
    throw toStorageError(error, 'copy the ledger aside');
  } finally {
    rmSync(draft, { force: true });
  }
}
