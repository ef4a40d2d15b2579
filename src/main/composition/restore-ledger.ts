/**
 * `daybook backup restore`: takes the folder for itself, so no Daybook may have it open, and works without opening the ledger that is there: it may be damaged.
 */
import { join } from 'node:path';
import { TimeZone } from '../../shared/calendar/time-zone.ts';
import { createAuditLog } from '../audit/audit-log.ts';
import { listBackups, type BackupList } from '../backup/backup-list.ts';
import { suspendHeldBlocks } from '../billing/held-numbers.repository.ts';
import { restoreBackup, type RestoreResult } from '../backup/restore.ts';
import { duePeriods } from '../jobs/due-periods.ts';
import { schedule } from '../jobs/schedule.ts';
import { doubtUnsentReport } from '../mailing/restored-reports.ts';
import { doubtUnsentMail } from '../mailing/mail-outbox.repository.ts';
import type { WritableDatabase } from '../database/handles.ts';
import { readMigrations } from '../database/migrate.ts';
import { readLedgerSettings } from './ledger-settings.ts';
import { createLedgerVerification } from '../ledger/ledger-verification.ts';
import { loadConfig, type Config } from '../platform/config.ts';
import { acquireDataFolder, keepNewFilesPrivate } from '../platform/data-folder.ts';
import { createFileLogger } from '../platform/file-logger.ts';
import { migrationsFolder } from '../platform/resources.ts';
import { clockOf } from '../platform/system-clock.ts';
import type { WorkControl } from '../platform/work-control.ts';

export interface RestoreLedgerOptions {
  readonly dataFolder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** A backup's name, or the path of its file. */
  readonly backup: string;
  /** Says what would be lost and changes nothing. */
  readonly isRehearsal: boolean;
}

/** Where the ledger, its backups and one that is rebuilt beside it lie in a data folder. */
export const placesIn = (dataFolder: string): { ledgerFile: string; backupsFolder: string; rebuildFolder: string } => ({ ledgerFile: join(dataFolder, 'ledger.sqlite'), backupsFolder: join(dataFolder, 'backups'), rebuildFolder: join(dataFolder, 'rebuild') });

/** The backups of a data folder, whoever has it open and however its ledger is. */
export const listBackupsOf = (dataFolder: string): BackupList => listBackups(placesIn(dataFolder).backupsFolder);

/** @throws ConflictError `data-folder-in-use`; whatever `restoreBackup` throws. */
export async function restoreLedger({ dataFolder, env, backup, isRehearsal }: RestoreLedgerOptions, control: WorkControl): Promise<RestoreResult> {
  keepNewFilesPrivate();
  const owned = acquireDataFolder(dataFolder, 'cli');
  try {
    const config = loadConfig({ dataFolder: owned.path, env });
    const clock = clockOf(config);
    const audit = createAuditLog({ clock });
    return await restoreBackup(
      {
        logger: createFileLogger({ dataFolder: owned.path, fields: { pid: process.pid, part: 'restore' } }), clock, migrations: readMigrations(migrationsFolder('sqlite')),
        books: { verify: (readable, watched) => createLedgerVerification({ readable, audit }).verify(watched) },
        recordRestore(database, { id, head }) {
          const suspended = suspendHeldBlocks(database); // which of their numbers were used since, this ledger no longer knows
          const mailsInDoubt = doubtUnsentMail(database, clock.now(), config.user);
          const reportsInDoubt = doubtDueReport(database, config, clock.now());
          audit.append(database, { entity: 'ledger', entityId: 'ledger', action: 'restore', actor: config.user, diff: { backup: id, headSequence: head?.sequence ?? 0, suspendedNumberBlocks: suspended, mailsInDoubt, reportsInDoubt } });
        },
      },
      placesIn(owned.path), backup, isRehearsal, control,
    );
  } finally {
    owned.release();
  }
}

/** Longer than any month: at least one time of a monthly job lies within. */
const reachBackMs = 32 * 86_400_000;

/** The report the schedule would take up next. */
function doubtDueReport(database: WritableDatabase, config: Config, now: number): number {
  const job = schedule.find(({ name }) => name === 'revenue-report');
  const month = job && duePeriods(job, now - reachBackMs, now, new TimeZone(readLedgerSettings(database, config).reportingTimeZone), () => false).at(-1);
  return month === undefined ? 0 : doubtUnsentReport(database, { month, now, actor: config.user });
}
