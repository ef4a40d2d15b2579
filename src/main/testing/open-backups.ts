import { join } from 'node:path';
import { fixedClock } from '../../shared/calendar/clock.ts';
import { createAuditLog } from '../audit/audit-log.ts';
import { createBackups, type Backups } from '../backup/backups.ts';
import { readMigrations } from '../database/migrate.ts';
import { createLedgerVerification } from '../ledger/ledger-verification.ts';
import { silentLogger } from '../platform/logger.ts';
import { migrationsFolder } from '../platform/resources.ts';

/** The backups of a data folder, looked at from outside. */
export function openBackups(dataFolder: string): Backups {
  const clock = fixedClock(0);
  return createBackups({
    ledgerFile: join(dataFolder, 'ledger.sqlite'), folder: join(dataFolder, 'backups'), clock, version: '0.0.0', logger: silentLogger, migrations: readMigrations(migrationsFolder('sqlite')),
    books: { verify: (readable, control) => createLedgerVerification({ readable, audit: createAuditLog({ clock }) }).verify(control) },
  });
}
