/**
 * Opens the ledger file with the settings everything else relies on.
 */
import { chmodSync, existsSync } from 'node:fs';
import { dirname } from 'node:path';
import Sqlite from 'better-sqlite3';
import { StorageError } from '../../shared/errors/errors.ts';
import type { Logger } from '../platform/logger.ts';
import { SqliteDatabase } from './sqlite-database.ts';
import { toStorageError } from './storage-errors.ts';
import type { WriteTurn } from './write-turns.ts';

/** Before this version a WAL file could be reset under a reader (a corruption bug of SQLite's). */
const minimumSqliteVersion = [3, 51, 3] as const;

export interface OpenDatabaseOptions {
  /** `:memory:`: of this connection alone, gone with it. */
  readonly file: string;
  readonly logger: Logger;
  readonly isReadOnly?: boolean;
  /** Pages this connection keeps in memory. Left out: what a writer of many random pages needs. */
  readonly cacheKilobytes?: number;
  /** How the connection takes turns with others of its process that write to the file. Left out where there are none. */
  readonly turn?: WriteTurn;
}

/**
 * WAL, foreign keys on, FULL synchronisation (what was acknowledged survives a power cut), no memory mapping of a written file.
 * @throws StorageError `database-corrupt`, `database-unreachable`, `sqlite-too-old`.
 */
export function openDatabase(options: OpenDatabaseOptions): SqliteDatabase {
  let connection: Sqlite.Database | undefined;
  try {
    const isNew = options.file !== ':memory:' && !existsSync(options.file);
    if (isNew && !existsSync(dirname(options.file))) {
      throw new StorageError('database-unreachable', `The folder ${dirname(options.file)} does not exist.`, { nextStep: 'Check that the data folder exists, belongs to you and is writable.' });
    }
    connection = new Sqlite(options.file, { readonly: options.isReadOnly ?? false, timeout: 5_000 });
    assertSqliteVersion(connection);
    if (!options.isReadOnly) {
      if (isNew) chmodSync(options.file, 0o600);
      connection.pragma('journal_mode = WAL');
      connection.pragma('synchronous = FULL');
    }
    connection.pragma('foreign_keys = ON');
    connection.pragma('recursive_triggers = ON'); // a REPLACE must not slip past a DELETE trigger
    connection.pragma(`cache_size = -${options.cacheKilobytes ?? 65_536}`);
    connection.pragma('temp_store = MEMORY');
    return new SqliteDatabase(connection, options.logger, options.turn);
  } catch (error) {
    connection?.close();
    throw toStorageError(error, 'open');
  }
}

function assertSqliteVersion(connection: Sqlite.Database): void {
  const version = String((connection.prepare('SELECT sqlite_version() AS version').get() as { version: string }).version);
  const parts = version.split('.').map(Number);
  for (const [index, minimum] of minimumSqliteVersion.entries()) {
    const part = parts[index] ?? 0;
    if (part > minimum) return;
    if (part < minimum) throw new StorageError('sqlite-too-old', `SQLite ${version} has a known corruption bug; ${minimumSqliteVersion.join('.')} or newer is needed.`, { nextStep: 'Run npm ci again.' });
  }
}
