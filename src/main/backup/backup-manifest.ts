/**
 * What is written beside each copy of the ledger: whose it is, how far it goes, what is in it and what its bytes hash to. The head of its chain is an anchor: it was
 * seen outside the ledger's file.
 */
import { existsSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Instant } from '../../shared/calendar/time-zone.ts';
import { NotFoundError, StorageError } from '../../shared/errors/errors.ts';
import type { Anchor, AnchoredLog, LogHead } from '../ledger/anchors.ts';
import type { SettingSeen } from '../ledger/ledger-surroundings.ts';
import { writePrivateFile } from '../platform/private-file.ts';

const faultSchema = z.object({ code: z.string(), message: z.string() });
const headSchema = z.object({ sequence: z.number().int().positive(), hash: z.string() });

const manifestSchema = z.object({
  format: z.literal(1),
  /** Its name: the two files are `<id>.sqlite` and `<id>.json`. */
  id: z.string().regex(/^[0-9A-Za-z-]{1,80}$/),
  createdAt: z.number().int(),
  /** `daily`: by the schedule; `asked`: by a person. */
  kind: z.enum(['daily', 'asked']),
  appVersion: z.string(),
  /** The newest migration in it. */
  schemaVersion: z.string(),
  /** Null before the first contact with the gateway. */
  gatewayAccount: z.string().nullable(),
  mode: z.string().nullable(),
  /** As `gatewayAccount`. Backups made before these were anchored do not say. */
  functionalCurrency: z.string().nullable().optional(),
  reportingTimeZone: z.string().nullable().optional(),
  /** Null while nothing was posted. */
  head: headSchema.nullable(),
  /** Where the other logs ended. Backups made before they were anchored do not say. */
  logHeads: z.object({ months: headSchema.nullable(), audit: headSchema.nullable() }).optional(),
  /** Rows by table. */
  rows: z.record(z.string(), z.number().int()),
  byteLength: z.number().int(),
  /** Of the copy's bytes, hex. */
  sha256: z.string(),
  /** How the copy was when somebody last looked. */
  verifiedAt: z.number().int(),
  fault: faultSchema.nullable(),
  /** When an older ledger was put in the place of the one this was taken from: what it saw of the chain holds no longer. */
  leftBehindAt: z.number().int().nullable(),
});
export type BackupManifest = z.infer<typeof manifestSchema>;
export type BackupFault = z.infer<typeof faultSchema>;

export const copyName = (id: string): string => `${id}.sqlite`;
const manifestName = (id: string): string => `${id}.json`;

/** `20261118T060000Z`, and `…-2` when there is one of that second already. */
export function newBackupId(folder: string, createdAt: Instant): string {
  const stamp = new Date(createdAt).toISOString().replace(/[-:]|\.\d+/g, '');
  for (let count = 1; ; count += 1) {
    const id = count === 1 ? stamp : `${stamp}-${count}`;
    if (!existsSync(join(folder, copyName(id))) && !existsSync(join(folder, manifestName(id)))) return id;
  }
}

/** @throws StorageError `backup-manifest-unreadable`. */
export function readManifestFile(file: string): BackupManifest {
  try {
    return manifestSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (cause) {
    throw new StorageError('backup-manifest-unreadable', `The description ${file} of a backup is missing or cannot be read.`, { cause, data: { file }, nextStep: 'Use another backup; this one cannot be told from any other file.' });
  }
}

export function writeManifest(folder: string, manifest: BackupManifest): void {
  writePrivateFile(join(folder, manifestName(manifest.id)), `${JSON.stringify(manifest, null, 2)}\n`);
}

/** Newest first. Files that are no manifest are left out. */
export function listManifests(folder: string): BackupManifest[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .flatMap((name) => {
      try {
        return readManifestFile(join(folder, name));
      } catch {
        return [];
      }
    })
    .sort((left, right) => right.createdAt - left.createdAt || right.id.localeCompare(left.id, 'en', { numeric: true }));
}

/** @throws NotFoundError `backup-unknown`. */
export function findManifest(folder: string, id: string): BackupManifest {
  const found = listManifests(folder).find((manifest) => manifest.id === id);
  if (!found) throw new NotFoundError('backup-unknown', `There is no backup ${id} in ${folder}.`, { data: { id, folder }, nextStep: 'See daybook backup list.' });
  return found;
}

/** What a backup saw of the ledger's logs, also when its copy was damaged since. */
const nameOf = ({ createdAt }: BackupManifest): string => `the backup of ${new Date(createdAt).toISOString().slice(0, 16).replace('T', ' ')} UTC`;

/** What a backup saw of the settings that never change. */
export function settingsOfManifest(manifest: BackupManifest): SettingSeen[] {
  const { gatewayAccount, mode, functionalCurrency, reportingTimeZone } = manifest;
  const seen = [['gateway_account', gatewayAccount], ['mode', mode], ['functional_currency', functionalCurrency], ['reporting_time_zone', reportingTimeZone]] as const;
  return seen.flatMap(([name, value]) => (value === null || value === undefined ? [] : [{ name, value, where: nameOf(manifest) }]));
}

export function anchorsOfManifest(manifest: BackupManifest): Anchor[] {
  const { head, logHeads } = manifest;
  const where = nameOf(manifest);
  const seen: readonly (readonly [AnchoredLog, LogHead | null])[] = [['entries', head], ['months', logHeads?.months ?? null], ['audit', logHeads?.audit ?? null]];
  return seen.flatMap(([log, at]) => (at ? [{ log, ...at, where }] : []));
}

/** The manifest goes last: what has none was never a backup. */
export function removeBackup(folder: string, id: string): void {
  rmSync(join(folder, copyName(id)), { force: true });
  rmSync(join(folder, manifestName(id)), { force: true });
}

/** How many backups of each kind are kept. */
export const backupsKept = 30;

/** Those beyond the newest thirty of the kind of the one that was just made. That one stays, whatever the clock said when it was made. */
export function backupsToPrune(manifests: readonly BackupManifest[], made: BackupManifest): BackupManifest[] {
  return manifests.filter((manifest) => manifest.kind === made.kind && manifest.id !== made.id).toSorted((left, right) => right.createdAt - left.createdAt).slice(backupsKept - 1);
}
