/**
 * A backup in the place of the ledger, in a folder that nobody has open. What stood there is kept aside under another name; the swap is one rename, and one that
 * was interrupted is finished when the folder is opened next.
 */
import { chmodSync, copyFileSync, existsSync, linkSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';
import type { Clock } from '../../shared/calendar/clock.ts';
import { ConflictError, NotFoundError, StorageError } from '../../shared/errors/errors.ts';
import type { ReadableDatabase, WritableDatabase } from '../database/handles.ts';
import { openDatabase } from '../database/open-database.ts';
import { toStorageError } from '../database/storage-errors.ts';
import { faultOfAnchors } from '../ledger/anchors.ts';
import type { Logger } from '../platform/logger.ts';
import { syncFolder, writePrivateFile } from '../platform/private-file.ts';
import type { WorkControl } from '../platform/work-control.ts';
import { anchorsOfManifest, copyName, listManifests, readManifestFile, writeManifest, type BackupManifest } from './backup-manifest.ts';
import { faultOfBackup, type BackupVerificationDependencies } from './backup-verification.ts';
import { freeBytesOf, sha256OfFile, syncToDisk } from './ledger-copy.ts';
import { entriesAfter, invoiceNumbers, readIdentity } from './ledger-file.repository.ts';

export interface RestorePlaces {
  /** Owned by this process. */
  readonly ledgerFile: string;
  /** The folder's own backups. */
  readonly backupsFolder: string;
}

export interface RestoreDependencies extends BackupVerificationDependencies {
  readonly clock: Clock;
  /** Port: leaves a trace in the restored ledger's audit log. */
  recordRestore(database: WritableDatabase, backup: BackupManifest): void;
  /** Left out: what the disk says. */
  readonly freeBytes?: (folder: string) => number;
}

/** The ledger that stood there, as far as it can be read. */
export interface ReplacedLedger {
  /** Where it is kept; null in a rehearsal. */
  readonly keptAs: string | null;
  /** Why it cannot be read, null when it can. */
  readonly fault: string | null;
  /** Whether the backup is a former state of it. */
  readonly isContinuation: boolean;
  /** Entries the backup does not have, by kind. */
  readonly entriesAfter: readonly { readonly kind: string; readonly count: number }[];
  /** Numbers given since; of a desk without a shared database they are nowhere else. */
  readonly invoiceNumbersAfter: readonly string[];
}

export interface RestoreResult {
  readonly backup: BackupManifest;
  /** Null where no ledger was. */
  readonly replaced: ReplacedLedger | null;
  /** Backups of what was replaced that are no former state of the restored ledger. They stay, and what they saw of the chain counts no longer. */
  readonly leftBehind: readonly string[];
}

const draftOf = (ledgerFile: string): string => `${ledgerFile}.restoring`;
const noteOf = (ledgerFile: string): string => join(dirname(ledgerFile), 'restore.json');
const spareBytes = 64 * 1024 * 1024;

/** A backup by its name in the folder, or by the path of either of its files. @throws NotFoundError `backup-unknown`; StorageError `backup-manifest-unreadable`. */
export function locateBackup(backupsFolder: string, given: string): { manifest: BackupManifest; copyFile: string } {
  const own = listManifests(backupsFolder).find((manifest) => manifest.id === given);
  if (own) return { manifest: own, copyFile: join(backupsFolder, copyName(own.id)) };
  const id = basename(given, extname(given));
  if (!['.sqlite', '.json'].includes(extname(given)) || !existsSync(given)) {
    throw new NotFoundError('backup-unknown', `There is no backup ${given} in ${backupsFolder}.`, { data: { id: given, folder: backupsFolder }, nextStep: 'See daybook backup list, or name the file of a backup that lies elsewhere.' });
  }
  return { manifest: readManifestFile(join(dirname(given), `${id}.json`)), copyFile: join(dirname(given), copyName(id)) };
}

/**
 * Verifies the backup, says what it does not have, and puts it in place unless this is a rehearsal.
 * @param given a backup's name or file.
 * @throws NotFoundError `backup-unknown`; StorageError `backup-unusable`, `restore-no-space`, `disk-full`; ConflictError `backup-of-other-ledger`. The ledger is as it was then.
 */
export async function restoreBackup(dependencies: RestoreDependencies, places: RestorePlaces, given: string, isRehearsal: boolean, control: WorkControl): Promise<RestoreResult> {
  const { ledgerFile, backupsFolder } = places;
  finishRestore(places, dependencies.logger);
  const { manifest, copyFile } = locateBackup(backupsFolder, given);
  const fault = await faultOfBackup(dependencies, copyFile, manifest, control);
  if (fault) throw new StorageError('backup-unusable', `The backup ${manifest.id} was not restored: ${fault.message} (${fault.code}) The ledger is as it was.`, { data: { id: manifest.id, fault: fault.code }, nextStep: fault.code === 'database-newer' ? 'Install the newest Daybook and restore again.' : 'Restore another one: daybook backup list.' });
  const replaced = existsSync(ledgerFile) ? describeReplaced(dependencies.logger, places, manifest, copyFile) : null;
  if (isRehearsal) return { backup: manifest, replaced, leftBehind: [] };

  const draft = draftOf(ledgerFile);
  try {
    await prepareDraft(dependencies, manifest, copyFile, draft, control);
    const stamp = new Date(dependencies.clock.now()).toISOString().replace(/[-:]|\.\d+/g, '');
    const keptAs = replaced && keepAside(ledgerFile, stamp);
    writePrivateFile(noteOf(ledgerFile), `${JSON.stringify({ backup: manifest.id, restoredAt: dependencies.clock.now() })}\n`);
    const leftBehind = finishRestore(places, dependencies.logger);
    return { backup: manifest, replaced: replaced && { ...replaced, keptAs }, leftBehind };
  } catch (error) {
    if (!existsSync(noteOf(ledgerFile))) for (const side of ['', '-wal', '-shm']) rmSync(`${draft}${side}`, { force: true });
    throw toStorageError(error, 'restore');
  }
}

/**
 * Ends a restore that was interrupted after everything was ready; does nothing where none was. To be called before a ledger is opened.
 * @returns the backups that were left behind.
 */
export function finishRestore({ ledgerFile, backupsFolder }: RestorePlaces, logger: Logger): string[] {
  const note = noteOf(ledgerFile);
  if (!existsSync(note)) return [];
  const { restoredAt } = JSON.parse(readFileSync(note, 'utf8')) as { restoredAt: number };
  const draft = draftOf(ledgerFile);
  if (existsSync(draft)) {
    // The log of the ledger that was there must not be read into the one that comes.
    for (const side of ['-wal', '-shm']) rmSync(`${ledgerFile}${side}`, { force: true });
    syncFolder(dirname(ledgerFile));
    renameSync(draft, ledgerFile);
    syncFolder(dirname(ledgerFile));
  }
  const leftBehind = leaveBehind(ledgerFile, backupsFolder, restoredAt, logger);
  rmSync(note);
  return leftBehind;
}

async function prepareDraft(dependencies: RestoreDependencies, manifest: BackupManifest, copyFile: string, draft: string, control: WorkControl): Promise<void> {
  const folder = dirname(draft);
  const free = (dependencies.freeBytes ?? freeBytesOf)(folder);
  if (free < manifest.byteLength + spareBytes) {
    throw new StorageError('restore-no-space', `Restoring needs ${Math.ceil((manifest.byteLength + spareBytes) / 1_048_576)} MB free in ${folder}: the ledger that is there is kept. Nothing was changed.`, { data: { folder, freeBytes: free }, nextStep: 'Free some space, or restore into a new folder with --data.' });
  }
  for (const side of ['', '-wal', '-shm']) rmSync(`${draft}${side}`, { force: true });
  control.report({ done: 0, total: null, note: 'Copying the backup' });
  copyFileSync(copyFile, draft);
  chmodSync(draft, 0o600);
  if ((await sha256OfFile(draft, control.signal)) !== manifest.sha256) throw new StorageError('backup-unusable', `The backup ${manifest.id} could not be copied without a difference. The ledger is as it was.`, { data: { id: manifest.id, fault: 'backup-file-altered' }, nextStep: 'Have the disk looked at, then restore again.' });
  const database = openDatabase({ file: draft, logger: dependencies.logger });
  try {
    database.transaction('record a restore', (writable) => dependencies.recordRestore(writable, manifest));
    database.connection.pragma('journal_mode = DELETE');
  } finally {
    database.close();
  }
  syncToDisk(draft);
}

/** What the backup lacks of the ledger that is there. @throws ConflictError `backup-of-other-ledger`. */
function describeReplaced(logger: Logger, { ledgerFile, backupsFolder }: RestorePlaces, backup: BackupManifest, copyFile: string): ReplacedLedger {
  const inBackup = new Set(readFrom(copyFile, logger, invoiceNumbers));
  const unreadable = (fault: string): ReplacedLedger => ({ keptAs: null, fault, isContinuation: false, entriesAfter: [], invoiceNumbersAfter: [] });
  let facts: { readonly identity: Pick<BackupManifest, 'gatewayAccount' | 'mode'>; readonly ledger: ReplacedLedger };
  try {
    const after = backup.head?.sequence ?? 0;
    facts = readFrom(ledgerFile, logger, (standing) => ({
      identity: readIdentity(standing),
      ledger: { keptAs: null, fault: null, isContinuation: faultOfAnchors(standing, anchorsOfManifest(backup)) === undefined, entriesAfter: entriesAfter(standing, after), invoiceNumbersAfter: invoiceNumbers(standing).filter((number) => !inBackup.has(number)) },
    }));
  } catch (error) {
    // Damaged: whose ledger it was, its newest backup knows.
    const newest = listManifests(backupsFolder)[0];
    facts = { identity: newest ?? { gatewayAccount: null, mode: null }, ledger: unreadable(error instanceof StorageError ? error.code : 'database-error') };
  }
  assertSameLedger(facts.identity, backup);
  return facts.ledger;
}

function assertSameLedger(standing: Pick<BackupManifest, 'gatewayAccount' | 'mode'>, backup: BackupManifest): void {
  const isOther = (here: string | null, there: string | null): boolean => here !== null && there !== null && here !== there;
  if (!isOther(standing.gatewayAccount, backup.gatewayAccount) && !isOther(standing.mode, backup.mode)) return;
  throw new ConflictError('backup-of-other-ledger', `The backup is of ${backup.gatewayAccount ?? 'no account'} in ${backup.mode ?? 'no'} mode; the ledger in this folder is of ${standing.gatewayAccount ?? 'no account'} in ${standing.mode ?? 'no'} mode. Nothing was changed.`, {
    data: { id: backup.id, backupAccount: backup.gatewayAccount, ledgerAccount: standing.gatewayAccount }, nextStep: 'Restore it into a folder of its own: --data NEW.',
  });
}

/** A second name for the same bytes where the disk can, else a copy. The log that belongs to the file goes with it. */
function keepAside(ledgerFile: string, stamp: string): string {
  let kept = `${ledgerFile}.before-restore-${stamp}`;
  for (let count = 2; existsSync(kept); count += 1) kept = `${ledgerFile}.before-restore-${stamp}-${count}`;
  for (const side of ['-wal', '']) {
    if (!existsSync(`${ledgerFile}${side}`)) continue;
    try {
      linkSync(`${ledgerFile}${side}`, `${kept}${side}`);
    } catch {
      copyFileSync(`${ledgerFile}${side}`, `${kept}${side}`);
    }
  }
  syncFolder(dirname(ledgerFile));
  return kept;
}

function leaveBehind(ledgerFile: string, backupsFolder: string, at: number, logger: Logger): string[] {
  const left = readFrom(ledgerFile, logger, (restored) => listManifests(backupsFolder).filter((manifest) => manifest.leftBehindAt === null && faultOfAnchors(restored, anchorsOfManifest(manifest)) !== undefined));
  for (const manifest of left) writeManifest(backupsFolder, { ...manifest, leftBehindAt: at });
  return left.map((manifest) => manifest.id);
}

function readFrom<Result>(file: string, logger: Logger, read: (database: ReadableDatabase) => Result): Result {
  const database = openDatabase({ file, logger, isReadOnly: true });
  try {
    return read(database);
  } finally {
    database.close();
  }
}
