/**
 * A lock on a file that the operating system drops when its process ends, however it ends: no stale locks, no reused process ids.
 * Node has no file locks of its own; SQLite brings the right one for each system, over an empty database file.
 */
import { closeSync, openSync } from 'node:fs';
import Sqlite from 'better-sqlite3';
import { toStorageError } from './storage-errors.ts';

export interface FileLock {
  release(): void;
}

/**
 * Takes the lock, or gives null when another process (or another lock of this process) holds it.
 * @throws StorageError `database-unreachable` when the file cannot be made or opened.
 */
export function tryLockFile(file: string): FileLock | null {
  let connection: Sqlite.Database | undefined;
  try {
    closeSync(openSync(file, 'a', 0o600));
    connection = new Sqlite(file, { timeout: 0 });
    connection.pragma('journal_mode = MEMORY'); // nothing is ever written, so no journal file may appear
    connection.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    connection?.close();
    if (error instanceof Error && 'code' in error && String(error.code).startsWith('SQLITE_BUSY')) return null;
    throw toStorageError(error, 'lock');
  }
  const held = connection;
  return {
    release() {
      if (held.open) held.close();
    },
  };
}
