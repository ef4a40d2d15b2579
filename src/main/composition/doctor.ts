/**
 * Looks at everything Daybook leans on and says what is wrong and what to do: `daybook doctor`, and the test of a key or an address before it is kept.
 */
import { existsSync, statfsSync } from 'node:fs';
import { listBackups } from '../backup/backup-list.ts';
import type { Check } from '../api/system-handlers.ts';
import type { Clock } from '../../shared/calendar/clock.ts';
import { toErrorOnTheWire } from '../../shared/errors/errors.ts';
import { openDatabase } from '../database/open-database.ts';
import { migrateDatabase, readMigrations } from '../database/migrate.ts';
import { firstDamage, sqliteVersion } from '../database/file-health.ts';
import type { ReadableDatabase } from '../database/handles.ts';
import { openPostgres } from '../integrations/postgres/connection.ts';
import { createSharedLedgerSource } from '../integrations/postgres/shared-ledger-source.ts';
import { createSharedRecordJoins } from '../integrations/postgres/shared-record-joins.ts';
import { createSharedAllowance, type SharedAllowance } from '../integrations/stripe/shared-allowance.ts';
import { allowedEndpointRate } from '../integrations/stripe/request-pacing.ts';
import { loadConfig, secretInForce, type Config, type LoadConfigOptions } from '../platform/config.ts';
import { assertUsablePlace } from '../platform/data-folder.ts';
import { redactText, silentLogger } from '../platform/logger.ts';
import { migrationsFolder, readVersion } from '../platform/resources.ts';
import { createKeyFileSecretStore } from '../platform/secrets.ts';
import { clockOf } from '../platform/system-clock.ts';
import { readLedgerSetting } from '../reporting/status.queries.ts';
import { assertSameLedger, compareVersions } from '../sync/postgres-sync.ts';
import { foreseeJoining } from '../sync/record-joining.ts';
import type { SharedRecordJoins } from '../sync/record-joining.ports.ts';
import { createLocalRequestShares } from '../sync/request-shares.ts';
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

function checkRoom(dataFolder: string): Check {
  try {
    const { bavail, bsize } = statfsSync(dataFolder);
    const free = bavail * bsize;
    const megabytes = Math.floor(free / 1_048_576).toLocaleString('en-US');
    return free >= leastFreeBytes ? fine('Data folder', `${dataFolder}, ${megabytes} MB free`) : wrong('Data folder', `Only ${megabytes} MB are free in ${dataFolder}. (disk-nearly-full)`, 'Free some space before the next sync.');
  } catch (error) {
    return failed('Data folder', error);
  }
}

/** Whether a ledger can be begun there; of a folder that is still to be made there is nothing to say but that it can be. */
function checkPlace(dataFolder: string): Check[] {
  try {
    assertUsablePlace(dataFolder);
  } catch (error) {
    return [failed('Data folder', error)];
  }
  return existsSync(dataFolder) ? [checkRoom(dataFolder)] : [];
}

function checkClock(config: Config, clock: Clock): Check {
  const now = new Date(clock.now()).toISOString();
  return fine('Clock', config.now === null ? now : `fixed at ${now}`);
}

export async function runDoctor(options: { dataFolder: string; config: Config; database: ReadableDatabase; clock: Clock; version: string; openAllowance: () => SharedAllowance }): Promise<Check[]> {
  const { dataFolder, config, database, clock, version } = options;
  const checks: Check[] = [fine('Node', process.versions.node), fine('SQLite', sqliteVersion(database)), checkRoom(dataFolder)];
  try {
    const damage = firstDamage(database);
    checks.push(damage === null ? fine('Ledger file', 'whole') : wrong('Ledger file', `It is damaged: ${damage}. (database-corrupt)`, 'Keep the file, restore the newest backup into a fresh data folder and sync again.'));
  } catch (error) {
    checks.push(failed('Ledger file', error));
  }
  checks.push(checkBackups(dataFolder), checkClock(config, clock), ...(await checkStripe(config, database, options.openAllowance)), ...(await checkPostgres(config, version, database)));
  return checks;
}

/**
 * The same look where no ledger could be opened: what is wrong with it is one line, and everything else is looked at all the same. Nothing is made or kept in the folder.
 * @param fault why the ledger was not opened; null: none has been begun.
 * @returns as {@link runDoctor}, without what only a ledger can tell.
 */
export async function examineWithoutLedger({ fault, ...place }: LoadConfigOptions & { readonly fault: unknown }): Promise<Check[]> {
  const { dataFolder } = place;
  const checks: Check[] = [fine('Node', process.versions.node), ...checkPlace(dataFolder)];
  checks.push(fault === null ? fine('Ledger file', `There is none yet in ${dataFolder}; the first sync begins it.`) : failed('Ledger file', fault));
  let config: Config;
  try {
    config = loadConfig(place);
  } catch (error) {
    return [...checks, failed('Settings', error)];
  }
  checks.push(checkBackups(dataFolder), checkClock(config, clockOf(config)));
  try {
    const secrets = createKeyFileSecretStore(dataFolder);
    config = { ...config, stripeKey: secretInForce('stripe-key', config, secrets), postgresUrl: secretInForce('postgres-url', config, secrets) };
  } catch (error) {
    checks.push(failed('Key file', error));
  }
  const sources = await checkSourcesAlone(config);
  // What the empty one in memory says of itself is true of a ledger that is not begun, and of no other.
  return [...checks, ...sources.filter(({ name }) => fault === null || (name !== 'This ledger' && name !== 'Joining'))];
}

/** Whether the key and the shared database answer, held against an empty ledger in memory: whether they fit the real one only that can say. */
async function checkSourcesAlone(config: Config): Promise<Check[]> {
  const database = openDatabase({ file: ':memory:', logger: silentLogger });
  try {
    migrateDatabase(database, readMigrations(migrationsFolder('sqlite')), Date.now());
    const openAllowance = () => createSharedAllowance({ shares: createLocalRequestShares({ unitOfWork: database.unitOfWork, nowMs: Date.now }), total: () => allowedEndpointRate(config.requestHeadroomPercent / 100), desk: 'doctor', onCutOff: () => undefined });
    return [...(await checkStripe(config, database, openAllowance)), ...(await checkPostgres(config, readVersion(), database))];
  } finally {
    database.close();
  }
}
