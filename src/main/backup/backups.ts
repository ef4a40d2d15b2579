/**
 * Backups of one ledger: made while it is in use, verified before an older one goes, kept beside it (docs/operations.md). Invoice PDFs are not copied: each is made
 * again from the books, byte for byte, and the ledger's own list of them (with their hashes) is in the copy.
 */
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../../shared/calendar/clock.ts';
import { StorageError } from '../../shared/errors/errors.ts';
import { openDatabase } from '../database/open-database.ts';
import { toStorageError } from '../database/storage-errors.ts';
import { faultOfAnchors, headsOfLogs, type Anchor, type AnchorSource } from '../ledger/anchors.ts';
import { faultOfSettings, type SettingSeen } from '../ledger/ledger-surroundings.ts';
import type { WorkControl } from '../platform/work-control.ts';
import { anchorsOfManifest, backupsToPrune, copyName, findManifest, listManifests, newBackupId, removeBackup, settingsOfManifest, writeManifest, type BackupFault, type BackupManifest } from './backup-manifest.ts';
import { faultOfBackup, type BackupVerificationDependencies } from './backup-verification.ts';
import { copyLedger, sha256OfFile } from './ledger-copy.ts';
import { readFacts } from './ledger-file.repository.ts';

export interface BackupsDependencies extends BackupVerificationDependencies {
  readonly ledgerFile: string;
  /** Where the backups lie; made when the first one is. */
  readonly folder: string;
  readonly clock: Clock;
  readonly version: string;
  /** Left out: what the disk says. */
  readonly freeBytes?: (folder: string) => number;
}

export interface BackupResult {
  readonly backup: BackupManifest;
  /** Ids of older ones that went. */
  readonly pruned: readonly string[];
}

export interface Backups {
  readonly folder: string;
  /** Newest first. */
  list(): BackupManifest[];
  /**
   * Copies, verifies the copy, keeps it, and only then lets go of what is beyond the newest thirty of its kind.
   * @throws StorageError `backup-no-space`, `disk-full`, `backup-unsound` (the ledger does not hold, in itself or against what earlier backups saw of it: nothing was kept and nothing let go).
   */
  create(kind: BackupManifest['kind'], control: WorkControl): Promise<BackupResult>;
  /**
   * Looks at a backup again and writes down how it is; the newest when no id is given.
   * @throws NotFoundError `backup-unknown`.
   */
  verify(id: string | undefined, control: WorkControl): Promise<BackupManifest>;
  /** What the backups saw of the chain. */
  readonly anchors: AnchorSource;
}

const unfinished = /^(.+\.partial(-journal)?|verifying-.+)$/;

export function createBackups(dependencies: BackupsDependencies): Backups {
  const { folder, ledgerFile, clock, logger } = dependencies;

  function prepareFolder(): void {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    // What a killed one left behind.
    for (const name of readdirSync(folder)) if (unfinished.test(name)) rmSync(join(folder, name), { recursive: true, force: true });
  }

  async function describe(file: string, id: string, kind: BackupManifest['kind'], createdAt: number, control: WorkControl): Promise<BackupManifest> {
    const copy = openDatabase({ file, logger, isReadOnly: true });
    try {
      const { rows, ...facts } = readFacts(copy);
      const { months, audit } = headsOfLogs(copy);
      return { format: 1, id, createdAt, kind, appVersion: dependencies.version, ...facts, logHeads: { months, audit }, rows, byteLength: statSync(file).size, sha256: await sha256OfFile(file, control.signal), verifiedAt: createdAt, fault: null, leftBehindAt: null };
    } finally {
      copy.close();
    }
  }

  const manifestsHere = (): BackupManifest[] => (existsSync(folder) ? listManifests(folder).filter((manifest) => manifest.leftBehindAt === null) : []);
  const anchorsHere = (): Anchor[] => manifestsHere().flatMap(anchorsOfManifest);
  const settingsHere = (): SettingSeen[] => manifestsHere().flatMap(settingsOfManifest);

  /** A ledger that lost what an earlier backup saw is not copied: in thirty days its copies would take the place of the ones that still have it. */
  function faultBeforeOthers(file: string): BackupFault | null {
    const copy = openDatabase({ file, logger, isReadOnly: true });
    try {
      return faultOfAnchors(copy, anchorsHere()) ?? faultOfSettings(copy, settingsHere()) ?? null;
    } finally {
      copy.close();
    }
  }

  /** A copy without its description would be in nobody's list and never go. */
  function keep(draft: string, backup: BackupManifest): void {
    renameSync(draft, join(folder, copyName(backup.id)));
    try {
      writeManifest(folder, backup);
    } catch (error) {
      removeBackup(folder, backup.id);
      throw error;
    }
  }

  async function create(kind: BackupManifest['kind'], control: WorkControl): Promise<BackupResult> {
    prepareFolder();
    const createdAt = clock.now();
    const id = newBackupId(folder, createdAt);
    const draft = join(folder, `${id}.partial`);
    try {
      await copyLedger({ ledgerFile, copyFile: draft, folder, logger, ...(dependencies.freeBytes ? { freeBytes: dependencies.freeBytes } : {}) }, control);
      const backup = await describe(draft, id, kind, createdAt, control);
      const fault = (await faultOfBackup(dependencies, draft, backup, control)) ?? faultBeforeOthers(draft);
      if (fault) {
        throw new StorageError('backup-unsound', `The ledger cannot be backed up as it is: ${fault.message} (${fault.code}) The backups made before are as they were.`, { data: { fault: fault.code }, nextStep: 'Run daybook ledger verify; then restore the newest backup (daybook backup list) and sync.' });
      }
      keep(draft, backup);
      const pruned = backupsToPrune(listManifests(folder), backup).map((manifest) => manifest.id);
      for (const old of pruned) removeBackup(folder, old);
      return { backup, pruned };
    } catch (error) {
      throw toStorageError(error, 'backup');
    } finally {
      rmSync(draft, { force: true });
    }
  }

  return {
    folder,
    list: () => listManifests(folder),
    create,
    async verify(id, control) {
      const manifest = findManifest(folder, id ?? listManifests(folder)[0]?.id ?? '(none)');
      const fault = await faultOfBackup(dependencies, join(folder, copyName(manifest.id)), manifest, control);
      const verified = { ...manifest, verifiedAt: clock.now(), fault };
      writeManifest(folder, verified);
      return verified;
    },
    anchors: { known: () => Promise.resolve(anchorsHere()), settings: settingsHere },
  };
}
