import type { BackupList } from '../../main/backup/backup-list.ts';
import type { BackupManifest } from '../../main/backup/backup-manifest.ts';
import type { RestoreResult } from '../../main/backup/restore.ts';
import { instantText, type HumanOutput } from '../output.ts';
import type { CommandAction } from './command.ts';

const wholeNumber = (count: number): string => count.toLocaleString('en-US');
const megabytes = (bytes: number): string => `${wholeNumber(Math.max(1, Math.round(bytes / 1_048_576)))} MB`;
const headText = (head: BackupManifest['head']): string => (head ? `entry ${wholeNumber(head.sequence)}, ${head.hash.slice(0, 16)}` : 'no entry yet');

export function createBackup(): CommandAction {
  return async ({ output, runJob }) => {
    const { backup, pruned } = (await runJob('ledger-backup')).result as { backup: BackupManifest; pruned: string[] };
    output.answer({ backup, pruned }, (out) => {
      out.line(`Backup ${backup.id}: ${megabytes(backup.byteLength)}, ${headText(backup.head)}. It was verified.`);
      if (pruned.length > 0) out.line(`${pruned.length} older ${pruned.length === 1 ? 'one' : 'ones'} went: ${pruned.join(', ')}.`);
    });
    return 0;
  };
}

/** Times are UTC, as the names are. */
export function printBackups(out: HumanOutput, { backups, folder, kept }: BackupList): void {
  if (backups.length === 0) {
    out.line('There is no backup yet. Make one with daybook backup create.');
    return;
  }
  out.table(backups, [
    { title: 'Backup', text: (backup) => backup.id },
    { title: 'Made by', text: (backup) => (backup.kind === 'daily' ? 'schedule' : 'person') },
    { title: 'Size', align: 'right', text: (backup) => megabytes(backup.byteLength) },
    { title: 'Head', text: (backup) => headText(backup.head) },
    { title: 'Verified (UTC)', text: (backup) => instantText(backup.verifiedAt, 'UTC') },
    { title: 'State', text: (backup) => [backup.fault?.code ?? 'sound', ...(backup.leftBehindAt === null ? [] : ['left behind by a restore'])].join(', ') },
  ]);
  out.line();
  out.line(`In ${folder}; the newest ${kept} of each kind are kept.`);
}

export function verifyBackup(id: string | undefined): CommandAction {
  return async ({ output, runJob }) => {
    const backup = (await runJob('backup-verify', id === undefined ? {} : { options: { id } })).result as BackupManifest;
    output.answer(backup, (out) => {
      if (backup.fault) out.line(`The backup ${backup.id} is NOT sound: ${backup.fault.message} (${backup.fault.code})`);
      else out.line(`The backup ${backup.id} is sound: ${wholeNumber(backup.rows['journal_entries'] ?? 0)} entries, ${headText(backup.head)}.`);
    });
    return backup.fault ? 1 : 0;
  };
}

/** What was put in place, what it does not have, and where that is. */
export function printRestore(out: HumanOutput, { backup, replaced, leftBehind }: RestoreResult, isRehearsal: boolean): void {
  out.line(`${isRehearsal ? 'Would restore' : 'Restored'} the backup ${backup.id} of ${new Date(backup.createdAt).toISOString()}: ${headText(backup.head)}.`);
  if (replaced?.fault) out.line(`The ledger that ${isRehearsal ? 'is' : 'was'} there cannot be read (${replaced.fault}): what it had beyond the backup is not known.`);
  else if (replaced) {
    const missing = replaced.entriesAfter.map(({ kind, count }) => `${wholeNumber(count)} ${kind}`).join(', ');
    if (!replaced.isContinuation) out.line('The ledger that was there did not grow out of this backup.');
    out.line(missing === '' ? 'The backup has every entry of the ledger that was there.' : `Entries it does not have: ${missing}. A sync brings back those that come from Stripe and the shared database.`);
    if (replaced.invoiceNumbersAfter.length > 0) out.line(`Invoices it does not have: ${replaced.invoiceNumbersAfter.join(', ')}. Without a shared database they are in the replaced ledger only.`);
  }
  if (replaced?.keptAs) out.line(`The ledger that was there is kept as ${replaced.keptAs}.`);
  if (leftBehind.length > 0) out.line(`Backups of what was replaced stay, and are marked: ${leftBehind.join(', ')}.`);
  if (!isRehearsal) out.line('Next: daybook sync postgres, daybook sync stripe, daybook ledger verify.');
}
