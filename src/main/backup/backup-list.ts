import { existsSync } from 'node:fs';
import type { BackupView } from '../../shared/api/backups.contract.ts';
import { backupsKept, listManifests, type BackupManifest } from './backup-manifest.ts';
import { freeBytesOf } from './ledger-copy.ts';

/** What lies in a folder of backups, as screens and the CLI show it. */
export interface BackupList {
  readonly folder: string;
  /** How many of each kind are kept. */
  readonly kept: number;
  /** On the backups' disk; null while there is no folder for them. */
  readonly freeBytes: number | null;
  /** Newest first. */
  readonly backups: BackupView[];
}

function toView({ id, createdAt, kind, appVersion, schemaVersion, byteLength, sha256, head, logHeads, rows, verifiedAt, fault, leftBehindAt }: BackupManifest): BackupView {
  return { id, createdAt, kind, appVersion, schemaVersion, byteLength, sha256, head, logHeads: logHeads ?? null, entries: rows['journal_entries'] ?? 0, postings: rows['posting_lines'] ?? rows['postings'] ?? 0, verifiedAt, fault, leftBehindAt };
}

/** Reads the descriptions only: the ledger itself may be damaged, or open elsewhere. */
export function listBackups(folder: string): BackupList {
  return { folder, kept: backupsKept, freeBytes: existsSync(folder) ? freeBytesOf(folder) : null, backups: listManifests(folder).map(toView) };
}
