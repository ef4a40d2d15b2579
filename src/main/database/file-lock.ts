/**
 * A lock on a file that the operating system drops when its process ends, however it ends: no stale locks, no reused process ids.
 * Node has no file locks of its own; SQLite brings the right one for each system, over an empty database file.
 */
import { closeSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import Sqlite from 'better-sqlite3';
import { StorageError } from '../../shared/errors/errors.ts';
import { toStorageError } from './storage-errors.ts';

export interface FileLock {
  release(): void;
}

/** What the system says of a file that is another's, or of a disk that is read only. */
const notOurs: ReadonlySet<unknown> = new Set(['EACCES', 'EPERM', 'EROFS']);

/**
 * Takes the lock, or gives null when another process (or another lock of this process) holds it.
 * @throws StorageError `data-folder-unusable` when its folder may not be written; `database-unreachable` when the file cannot be opened.
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
    if (error instanceof Error && 'code' in error && notOurs.has(error.code)) {
      const folder = dirname(file);
      throw new StorageError('data-folder-unusable', `The data folder ${folder} may not be written.`, { cause: error, data: { folder }, nextStep: 'Choose another folder with --data, or give yourself the right to write there.' });
    }
    throw toStorageError(error, 'lock');
  }
  const held = connection;
  return {
    release() {
      if (held.open) held.close();
    },
  };
}
