/**
 * Opens a data folder for one command line: talks to its owner when a window has it open, else opens it itself (architecture.md §3).
 */
import { existsSync, statSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { DaybookClient } from '../shared/api/contract.ts';
import { ConflictError, NotFoundError, StateError } from '../shared/errors/errors.ts';
import { startBackendWith } from '../main/backend-serving.ts';
import type { withSharedPeople } from '../main/composition-root.ts';
import { connectToOwner, type OwnerConnection } from '../main/hosts/owner-connection.ts';
import { loadConfig, secretInForce, type ConfigFlags } from '../main/platform/config.ts';
import { dataFolderUnusable, defaultDataFolder } from '../main/platform/data-folder.ts';
import { createKeyFileSecretStore } from '../main/platform/secrets.ts';
import { unattended } from '../main/platform/work-control.ts';

/** All that Daybook does is read when a command needs it: a usage error, or a command that the folder's owner answers, needs none of it. */
const everything = () => import('../main/composition-root.ts');
type Everything = Awaited<ReturnType<typeof everything>>;

/** An owner that is just starting or just ending does not answer yet, or no more; in a moment it does, or the folder is free. */
const ownerPatienceMs = 5_000;
const ownerLookMs = 50;

export interface Session {
  readonly client: DaybookClient;
  close(): Promise<void>;
}

export interface SessionOptions extends PlaceOptions {
  /** Told at the end, when another command still works through this one. */
  readonly waitsForOthers?: () => void;
  /** Whether a ledger is begun where there is none. */
  readonly mayBegin: boolean;
}

export interface PlaceOptions {
  /** undefined: this user's default place. */
  readonly dataFolder: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly flags?: ConfigFlags;
}

/**
 * @throws NotFoundError `ledger-not-begun`; ConflictError `data-folder-in-use` when its owner does not answer, `settings-of-owner` when it does and this command asks for settings
 *   of its own; whatever opening the ledger throws.
 */
export async function openSession(options: SessionOptions): Promise<Session> {
  const dataFolder = options.dataFolder ?? defaultDataFolder({ env: options.env });
  if (!options.mayBegin) assertBegun(dataFolder);
  for (const refusedAfterMs = performance.now() + ownerPatienceMs; ; await setTimeout(ownerLookMs)) {
    try {
      const backend = await startBackendWith(async (given) => (await everything()).composeBackend(given), { dataFolder, host: 'cli', env: options.env, ...(options.flags ? { flags: options.flags } : {}) });
      return { client: backend.clientFor('cli'), close: () => backend.closeOnceLeft(options.waitsForOthers ?? (() => undefined)) };
    } catch (error) {
      if (!(error instanceof ConflictError && error.code === 'data-folder-in-use')) throw error;
      const owner = await connectToOwner(dataFolder);
      if (owner) return withoutSettings(owner, options.flags);
      if (performance.now() >= refusedAfterMs) throw error;
    }
  }
}

/** @throws ConflictError `settings-of-owner`. */
async function withoutSettings(owner: OwnerConnection, flags: ConfigFlags = {}): Promise<Session> {
  if (Object.keys(flags).length === 0) return owner;
  await owner.close();
  throw new ConflictError('settings-of-owner', 'The data folder is open in another Daybook, whose settings hold.', { nextStep: 'Leave --now and --stripe-api-base out, or close the other one first.' });
}

/**
 * A folder that was mistyped is no first start: an empty ledger in it would answer every question, and be sound.
 * @throws NotFoundError `ledger-not-begun`; StorageError `data-folder-unusable` where the system lets nobody look. One that is gone from where it was is told by whoever opens it.
 */
function assertBegun(dataFolder: string): void {
  if (existsSync(dataFolder) && !statSync(dataFolder).isDirectory()) return;
  const ledger = lookAt(dataFolder, 'ledger.sqlite');
  // A file of no bytes is what an interrupted beginning leaves: nothing is in it.
  if ((ledger !== undefined && (!ledger.isFile() || ledger.size > 0)) || ['documents', 'backups'].some((name) => existsSync(join(dataFolder, name)))) return;
  throw new NotFoundError('ledger-not-begun', `There is no ledger in ${dataFolder}. Nothing was made there.`, {
    data: { folder: dataFolder }, nextStep: 'Name the folder with --data or DAYBOOK_DATA. A new ledger is begun by what brings facts in: daybook sync stripe --full, daybook sync postgres, or opening Daybook.',
  });
}

function lookAt(dataFolder: string, name: string): Stats | undefined {
  try {
    return statSync(join(dataFolder, name), { throwIfNoEntry: false });
  } catch (error) {
    throw dataFolderUnusable(dataFolder, error); // another user's, or no name for a folder
  }
}

/** What can be looked at where no ledger could be opened. @param fault why; null: none has been begun. */
export async function examineWithoutLedger({ dataFolder, env, flags }: PlaceOptions, fault: unknown): Promise<Awaited<ReturnType<Everything['examineWithoutLedger']>>> {
  return (await everything()).examineWithoutLedger({ dataFolder: dataFolder ?? defaultDataFolder({ env }), env, ...(flags ? { flags } : {}), fault });
}

/**
 * Applies what is missing of the shared schema.
 * @returns the names applied now.
 * @throws StateError `postgres-url-missing`.
 */
export async function migrateSharedDatabase({ dataFolder, env }: Pick<PlaceOptions, 'dataFolder' | 'env'>): Promise<string[]> {
  const { url, allowsPlaintext } = ownerAddress({ dataFolder, env });
  const { migrateShared } = await everything();
  return migrateShared(url, allowsPlaintext);
}

/** The people of the shared database, as the owner or as an admin. @throws StateError `postgres-url-missing`. */
export async function askSharedPeople<Result>(options: Pick<PlaceOptions, 'dataFolder' | 'env'>, work: Parameters<typeof withSharedPeople<Result>>[2]): Promise<Result> {
  const { url, allowsPlaintext } = ownerAddress(options);
  return (await everything()).withSharedPeople(url, allowsPlaintext, work);
}

function ownerAddress({ dataFolder, env }: Pick<PlaceOptions, 'dataFolder' | 'env'>): { url: string; allowsPlaintext: boolean } {
  const folder = dataFolder ?? defaultDataFolder({ env });
  const config = loadConfig({ dataFolder: folder, env });
  const url = secretInForce('postgres-url', config, createKeyFileSecretStore(folder));
  if (!url) throw new StateError('postgres-url-missing', 'The address of the shared database is not known.', { nextStep: 'Set DAYBOOK_POSTGRES_URL to an owner’s login and run it again.' });
  return { url, allowsPlaintext: config.postgresPlaintext === 'allowed' };
}

/** What backups there are; needs no ledger that can be opened. */
export async function readBackupList({ dataFolder, env }: Pick<PlaceOptions, 'dataFolder' | 'env'>): Promise<ReturnType<Everything['listBackupsOf']>> {
  const { listBackupsOf } = await everything();
  return listBackupsOf(dataFolder ?? defaultDataFolder({ env }));
}

/**
 * Puts a backup in the place of the ledger. The folder must be free: an owner is not asked to give its ledger away.
 * @throws ConflictError `data-folder-in-use`; whatever restoring throws.
 */
export async function restoreFromBackup({ dataFolder, env }: Pick<PlaceOptions, 'dataFolder' | 'env'>, backup: string, isRehearsal: boolean): ReturnType<Everything['restoreLedger']> {
  const { restoreLedger } = await everything();
  return restoreLedger({ dataFolder: dataFolder ?? defaultDataFolder({ env }), env, backup, isRehearsal }, unattended);
}
