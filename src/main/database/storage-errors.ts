/**
 * SQLite's own errors, and the system's when a file cannot grow, as sentences with a next step. Whatever a domain threw inside a transaction passes unchanged.
 */
import { DaybookError, InvariantError, StorageError } from '../../shared/errors/errors.ts';

interface SqliteErrorLike {
  readonly code: string;
  readonly message: string;
}

function isSqliteError(error: unknown): error is Error & SqliteErrorLike {
  return error instanceof Error && error.name === 'SqliteError' && 'code' in error;
}

/** What the system says when a file cannot grow: no room, no quota, the largest size allowed. */
const noRoomCodes: ReadonlySet<unknown> = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

const diskFull = (during: string, cause: unknown): StorageError =>
  new StorageError('disk-full', 'The disk is full. The step was undone and everything saved before it is safe.', { data: { during }, cause, nextStep: 'Free some space, then run the step again.' });

/** @param during the statement's or transaction's name; it is kept for the log, values are not. */
export function toStorageError(error: unknown, during: string): unknown {
  if (error instanceof Error && 'code' in error && noRoomCodes.has(error.code)) return diskFull(during, error);
  if (error instanceof DaybookError || !isSqliteError(error)) return error;
  const data = { during, sqliteCode: error.code };
  if (error.code === 'SQLITE_FULL') return diskFull(during, error);
  if (error.code.startsWith('SQLITE_CORRUPT') || error.code === 'SQLITE_NOTADB') {
    return new StorageError('database-corrupt', 'The ledger file is damaged or is not a Daybook ledger. Nothing was written to it.', {
      data, cause: error, nextStep: 'Keep the file as it is, restore the newest backup into a fresh data folder and sync again.',
    });
  }
  if (error.code.startsWith('SQLITE_BUSY')) {
    return new StorageError('database-busy', 'Another process is writing to the ledger file.', { data, cause: error, nextStep: 'Close the other Daybook and try again.' });
  }
  if (error.code.startsWith('SQLITE_READONLY') || error.code.startsWith('SQLITE_CANTOPEN') || error.code.startsWith('SQLITE_IOERR') || error.code === 'SQLITE_PERM') {
    return new StorageError('database-unreachable', 'The ledger file cannot be opened or written.', { data, cause: error, nextStep: 'Check that the data folder exists, belongs to you and is writable.' });
  }
  if (error.code === 'SQLITE_CONSTRAINT_TRIGGER') {
    return new InvariantError(error.message, `The ledger refused a write: ${error.message}.`, { data, cause: error });
  }
  if (error.code.startsWith('SQLITE_CONSTRAINT')) {
    return new InvariantError('constraint-violated', `A rule of the database refused a write (${error.message}).`, { data, cause: error });
  }
  return new StorageError('database-error', 'The ledger file answered with an error.', { data, cause: error, nextStep: 'Try again; if it happens again, send the log of today to your administrator.' });
}
