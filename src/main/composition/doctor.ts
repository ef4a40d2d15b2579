/**
 * Looks at everything Daybook leans on and says what is wrong and what to do: `daybook doctor`, and the test of a key or an address before it is kept.
 */
import { statfsSync } from 'node:fs';
import { listBackups } from '../backup/backup-list.ts';
import type { Check } from '../api/system-handlers.ts';
import type { Clock } from '../../shared/calendar/clock.ts';
import { toErrorOnTheWire } from '../../shared/errors/errors.ts';
import { firstDamage, sqliteVersion } from '../database/file-health.ts';
import type { ReadableDatabase } from '../database/handles.ts';
import { openPostgres } from '../integrations/postgres/connection.ts';
import { createSharedLedgerSource } from '../integrations/postgres/shared-ledger-source.ts';
import { createSharedRecordJoins } from '../integrations/postgres/shared-record-joins.ts';
import type { SharedAllowance } from '../integrations/stripe/shared-allowance.ts';
import type { Config } from '../platform/config.ts';
import { redactText } from '../platform/logger.ts';
import { readLedgerSetting } from '../reporting/status.queries.ts';
import { assertSameLedger, compareVersions } from '../sync/postgres-sync.ts';
import { foreseeJoining } from '../sync/record-joining.ts';
import type { SharedRecordJoins } from '../sync/record-joining.ports.ts';
import type { SharedLedgerIdentity } from '../sync/shared-ledger-source.ts';
import { placesIn } from './restore-ledger.ts';
import { checksOfReport, reportOnStripeKey } from './stripe-key-check.ts';

const fine = (name: string, message: string): Check => ({ name, isFine: true, message, nextStep: null });
const wrong = (name: string, message: string, nextStep: string | null): Check => ({ name, isFine: false, message, nextStep });

function failed(name: string, error: unknown): Check {
  const wire = toErrorOnTheWire(error);
  return wrong(name, `${redactText(wire.message)} (${wire.code})`, wire.nextStep);
}

const probeTimeoutMs = 10_000;
/** Below this a day's sync may not fit. */
const leastFreeBytes = 512 * 1024 * 1024;

/** Asks Stripe who the key belongs to, whether that fits this ledger, and what it may read. The key is not kept. */
export async function checkStripe(config: Config, database: ReadableDatabase, openAllowance: () => SharedAllowance): Promise<Check[]> {
  return checksOfReport(await reportOnStripeKey(config, database, openAllowance));
}

/**
 * Asks the shared database who we are there, whether it fits this Daybook and whether this desk can join it. The address is not kept. A ledger that has joined one is no single
 * desk without its database: what is posted waits.
 */
export async function checkPostgres(config: Config, version: string, database: ReadableDatabase): Promise<Check[]> {
  if (config.postgresUrl === null && readLedgerSetting(database, 'shared_ledger_id') !== null) return [wrong('Shared database', 'This ledger is shared, and its database is not connected: what is posted waits to be sealed, and months cannot be closed. (postgres-not-connected)', 'Connect it in Settings, or set DAYBOOK_POSTGRES_URL.')];
  if (config.postgresUrl === null) return [fine('Shared database', 'None is connected: Daybook works as a single desk, and approvals by a second person are off. To connect one, set DAYBOOK_POSTGRES_URL.')];
  try {
    const postgres = openPostgres({ url: config.postgresUrl, allowsPlaintext: config.postgresPlaintext === 'allowed', statementTimeoutMs: probeTimeoutMs });
    try {
      const identity = await createSharedLedgerSource(postgres).identity();
      if (compareVersions(version, identity.minimumClientVersion) < 0) return [wrong('Shared database', `It needs Daybook ${identity.minimumClientVersion} or newer; this is ${version}. (client-too-old)`, 'Install the newest Daybook.')];
      return [fine('Shared database', `${identity.companyName}; signed in as ${identity.user} with the role ${identity.role}.`), ...(await checkJoining(database, identity, createSharedRecordJoins(postgres, 'doctor')))];
    } finally {
      await postgres.close();
    }
  } catch (error) {
    return [failed('Shared database', error)];
  }
}

/** Whether this desk belongs to that ledger, or can join it, and what it would bring; nothing where that is settled. */
async function checkJoining(database: ReadableDatabase, identity: SharedLedgerIdentity, shared: SharedRecordJoins): Promise<Check[]> {
  try {
    assertSameLedger(database, identity);
    const brings = readLedgerSetting(database, 'shared_ledger_id') === null ? await foreseeJoining(database, identity, shared) : '';
    return brings === '' ? [] : [fine('Joining', `The first sync brings ${brings} of this desk into the shared database, and its books. Until all of it is there, nothing changes.`)];
  } catch (error) {
    return [failed('Joining', error)];
  }
}

/** How the newest backup was when somebody last looked. */
function checkBackups(dataFolder: string): Check {
  const { backups } = listBackups(placesIn(dataFolder).backupsFolder);
  const newest = backups[0];
  if (!newest) return fine('Backups', 'None yet; one is made each day while Daybook is open, or by daybook backup create.');
  if (newest.fault) return wrong('Backups', `The newest, ${newest.id}, is not sound: ${newest.fault.message} (${newest.fault.code})`, 'Run daybook backup create.');
  return fine('Backups', `${backups.length}, the newest of ${new Date(newest.createdAt).toISOString()}`);
}

export async function runDoctor(options: { dataFolder: string; config: Config; database: ReadableDatabase; clock: Clock; version: string; openAllowance: () => SharedAllowance }): Promise<Check[]> {
  const { dataFolder, config, database, clock, version } = options;
  const checks: Check[] = [fine('Node', process.versions.node), fine('SQLite', sqliteVersion(database))];
  try {
    const { bavail, bsize } = statfsSync(dataFolder);
    const free = bavail * bsize;
    const megabytes = Math.floor(free / 1_048_576).toLocaleString('en-US');
    checks.push(free >= leastFreeBytes ? fine('Data folder', `${dataFolder}, ${megabytes} MB free`) : wrong('Data folder', `Only ${megabytes} MB are free in ${dataFolder}. (disk-nearly-full)`, 'Free some space before the next sync.'));
    const damage = firstDamage(database);
    checks.push(damage === null ? fine('Ledger file', 'whole') : wrong('Ledger file', `It is damaged: ${damage}. (database-corrupt)`, 'Keep the file, restore the newest backup into a fresh data folder and sync again.'));
  } catch (error) {
    checks.push(failed('Ledger file', error));
  }
  checks.push(checkBackups(dataFolder));
  checks.push(config.now === null ? fine('Clock', new Date(clock.now()).toISOString()) : fine('Clock', `fixed at ${new Date(clock.now()).toISOString()}`));
  checks.push(...(await checkStripe(config, database, options.openAllowance)), ...(await checkPostgres(config, version, database)));
  return checks;
}
