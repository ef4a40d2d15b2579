/**
 * A copy of the ledger as it stands at one moment, made while others write to it: a connection of its own holds that moment (WAL: readers and writers do not wait for
 * each other) and SQLite copies page by page from it. The time it takes is the file's size over the disk's speed, however much is written meanwhile.
 */
import { createHash } from 'node:crypto';
import { chmodSync, closeSync, createReadStream, fsyncSync, openSync, rmSync, statfsSync } from 'node:fs';
import { StorageError } from '../../shared/errors/errors.ts';
import { openDatabase } from '../database/open-database.ts';
import { toStorageError } from '../database/storage-errors.ts';
import type { Logger } from '../platform/logger.ts';
import type { WorkControl } from '../platform/work-control.ts';
import { byteLengthOf, readHead } from './ledger-file.repository.ts';

export interface LedgerCopyRequest {
  readonly ledgerFile: string;
  /** Made anew. */
  readonly copyFile: string;
  /** Where the copy's disk is asked for its free space. */
  readonly folder: string;
  readonly logger: Logger;
  readonly freeBytes?: (folder: string) => number;
}

/** 16 MB of pages between two looks at the signal. */
const pagesAtATime = 4_096;
/** What a disk must keep free beside the copy: the ledger goes on being written. */
const spareBytes = 64 * 1024 * 1024;

export function freeBytesOf(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}

/**
 * Whole and on the disk when this resolves; removed when it fails or is cancelled. The copy needs no side files to be read.
 * @throws StorageError `backup-no-space` before anything is written, `disk-full`, `database-corrupt`, `database-unreachable`.
 */
export async function copyLedger(request: LedgerCopyRequest, control: WorkControl): Promise<void> {
  const { ledgerFile, copyFile, folder, logger, freeBytes = freeBytesOf } = request;
  const source = openDatabase({ file: ledgerFile, logger, isReadOnly: true });
  try {
    source.connection.exec('BEGIN');
    readHead(source); // from here on this connection sees one moment
    const needed = byteLengthOf(source);
    const free = freeBytes(folder);
    if (free < needed + spareBytes) {
      throw new StorageError('backup-no-space', `A backup needs ${megabytes(needed + spareBytes)} MB and ${megabytes(free)} MB are free in ${folder}. Nothing was written, and the backups there are as they were.`, { data: { folder, neededBytes: needed + spareBytes, freeBytes: free }, nextStep: 'Free some space, then run daybook backup create.' });
    }
    closeSync(openSync(copyFile, 'wx', 0o600));
    await source.connection.backup(copyFile, {
      progress({ totalPages, remainingPages }) {
        control.signal.throwIfAborted();
        control.report({ done: totalPages - remainingPages, total: totalPages, note: 'Copying the ledger' });
        return pagesAtATime;
      },
    });
    makeSingleFile(copyFile, logger);
  } catch (error) {
    rmSync(copyFile, { force: true });
    throw toStorageError(error, 'backup');
  } finally {
    source.close();
  }
}

const megabytes = (bytes: number): string => Math.ceil(bytes / 1_048_576).toLocaleString('en-US');

/** The pages say that they belong to a file with a write-ahead log; a copy has none and shall need none. */
function makeSingleFile(file: string, logger: Logger): void {
  const copy = openDatabase({ file, logger });
  try {
    copy.connection.pragma('journal_mode = DELETE');
  } finally {
    copy.close();
  }
  chmodSync(file, 0o600);
  syncToDisk(file);
}

export function syncToDisk(file: string): void {
  const descriptor = openSync(file, 'r+');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** SHA-256 of a file's bytes, hex, in bounded memory. */
export async function sha256OfFile(file: string, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  for await (const part of createReadStream(file, { highWaterMark: 1_048_576 })) {
    signal.throwIfAborted();
    hash.update(part as Buffer);
  }
  return hash.digest('hex');
}
