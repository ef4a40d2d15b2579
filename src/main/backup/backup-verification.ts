/**
 * Whether a copy is what its manifest says and holds sound books: its bytes, SQLite's own check, its rows, the head of its chain, and every entry as `ledger
 * verify` looks at it. A copy of an older Daybook is brought up to date aside first, as restoring it would do.
 */
import { copyFileSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { ReadableDatabase } from '../database/handles.ts';
import { migrateDatabase, type Migration } from '../database/migrate.ts';
import { openDatabase } from '../database/open-database.ts';
import { toStorageError } from '../database/storage-errors.ts';
import { DaybookError } from '../../shared/errors/errors.ts';
import { headsOfLogs, type LogHeads } from '../ledger/anchors.ts';
import type { Logger } from '../platform/logger.ts';
import type { WorkControl } from '../platform/work-control.ts';
import type { BackupFault, BackupManifest } from './backup-manifest.ts';
import { sha256OfFile } from './ledger-copy.ts';
import { integrityOf, readFacts } from './ledger-file.repository.ts';

/** Port: the ledger's own verification over a handle. */
export interface BooksVerifier {
  verify(readable: ReadableDatabase, control: WorkControl): Promise<{ readonly firstFault: BackupFault | null }>;
}

export interface BackupVerificationDependencies {
  readonly logger: Logger;
  readonly books: BooksVerifier;
  /** Those this Daybook knows. */
  readonly migrations: readonly Migration[];
}

const fault = (code: string, message: string): BackupFault => ({ code, message });

/**
 * @returns the first thing that is wrong, null when nothing is.
 * @throws the reason of an aborted signal; StorageError `disk-full` when an older copy cannot be brought up to date aside.
 */
export async function faultOfBackup(dependencies: BackupVerificationDependencies, copyFile: string, manifest: BackupManifest, control: WorkControl): Promise<BackupFault | null> {
  const bytes = statSync(copyFile, { throwIfNoEntry: false })?.size;
  if (bytes === undefined) return fault('backup-file-missing', `The copy ${copyFile} is gone.`);
  control.report({ done: 0, total: null, note: 'Reading the backup' });
  if (bytes !== manifest.byteLength || (await sha256OfFile(copyFile, control.signal)) !== manifest.sha256) return fault('backup-file-altered', `The copy ${copyFile} is not the one that was made: its bytes have changed.`);
  const newest = dependencies.migrations.at(-1)?.name ?? '';
  if (manifest.schemaVersion > newest) return fault('database-newer', `The backup was made by a newer Daybook (it knows “${manifest.schemaVersion}”).`);
  try {
    return faultOfFacts(dependencies, copyFile, manifest) ?? (await faultOfBooks(dependencies, copyFile, manifest.schemaVersion < newest, control));
  } catch (error) {
    control.signal.throwIfAborted();
    if (error instanceof DaybookError && error.code !== 'disk-full') return fault(error.code, error.message);
    throw toStorageError(error, 'verify a backup');
  }
}

function faultOfFacts({ logger }: BackupVerificationDependencies, copyFile: string, manifest: BackupManifest): BackupFault | null {
  const copy = openDatabase({ file: copyFile, logger, isReadOnly: true });
  try {
    const integrity = integrityOf(copy);
    if (integrity !== 'ok') return fault('database-corrupt', `SQLite finds the copy damaged: ${integrity}.`);
    const { head, rows, ...facts } = readFacts(copy);
    const isSame = head?.sequence === manifest.head?.sequence && head?.hash === manifest.head?.hash && facts.schemaVersion === manifest.schemaVersion && facts.gatewayAccount === manifest.gatewayAccount && facts.mode === manifest.mode
      && [undefined, facts.functionalCurrency].includes(manifest.functionalCurrency) && [undefined, facts.reportingTimeZone].includes(manifest.reportingTimeZone);
    const areLogsSame = manifest.logHeads === undefined || isSameHeads(manifest.logHeads, headsOfLogs(copy));
    const tables = new Set([...Object.keys(rows), ...Object.keys(manifest.rows)]);
    const differing = [...tables].find((table) => rows[table] !== manifest.rows[table]);
    if (!isSame || !areLogsSame || differing !== undefined) return fault('backup-manifest-differs', `The backup’s description does not tell of this copy${differing === undefined ? '' : ` (table ${differing})`}.`);
    return null;
  } finally {
    copy.close();
  }
}

function isSameHeads(told: NonNullable<BackupManifest['logHeads']>, found: LogHeads): boolean {
  return (['months', 'audit'] as const).every((log) => told[log]?.sequence === found[log]?.sequence && told[log]?.hash === found[log]?.hash);
}

async function faultOfBooks(dependencies: BackupVerificationDependencies, copyFile: string, isOlder: boolean, control: WorkControl): Promise<BackupFault | null> {
  if (!isOlder) return verifyBooks(dependencies, copyFile, control);
  const aside = mkdtempSync(join(copyFile, '..', 'verifying-'));
  try {
    const file = join(aside, 'ledger.sqlite');
    copyFileSync(copyFile, file);
    const database = openDatabase({ file, logger: dependencies.logger });
    try {
      migrateDatabase(database, dependencies.migrations, 0);
    } finally {
      database.close();
    }
    return await verifyBooks(dependencies, file, control);
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
}

async function verifyBooks({ logger, books }: BackupVerificationDependencies, file: string, control: WorkControl): Promise<BackupFault | null> {
  const copy = openDatabase({ file, logger, isReadOnly: true });
  try {
    const { firstFault } = await books.verify(copy, control);
    return firstFault && { code: firstFault.code, message: firstFault.message };
  } finally {
    copy.close();
  }
}
