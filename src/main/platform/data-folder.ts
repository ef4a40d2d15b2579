/**
 * The folder that holds a ledger and everything beside it. One process owns it (architecture.md §3); folders are 0700, files 0600 (§12, Files).
 */
import { accessSync, chmodSync, constants, existsSync, mkdirSync, readFileSync, readdirSync, realpathSync, rmSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, posix, resolve, win32 } from 'node:path';
import { ConflictError, StorageError } from '../../shared/errors/errors.ts';
import { tryLockFile } from '../database/file-lock.ts';
import { writePrivateFile } from './private-file.ts';

const lockFileName = 'owner.lock';
const ownerFileName = 'owner.json';

export type Host = 'electron' | 'browser' | 'cli';

/** Who owns a data folder, as the owner wrote it down. */
export interface DataFolderOwner {
  readonly pid: number;
  readonly host: Host;
  /** Epoch milliseconds, of the system's clock. */
  readonly since: number;
}

export interface OwnedDataFolder {
  readonly path: string;
  /** Gives the folder back; may be called twice. */
  release(): void;
}

export interface PlaceOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly platform?: NodeJS.Platform;
  readonly home?: string;
}

/**
 * Where the data lies unless said otherwise: `DAYBOOK_DATA`, else the place each system has for it
 * (`~/.local/share/daybook` or `$XDG_DATA_HOME/daybook`, `~/Library/Application Support/Daybook`, `%LOCALAPPDATA%\Daybook`).
 */
export function defaultDataFolder({ env = process.env, platform = process.platform, home = homedir() }: PlaceOptions = {}): string {
  const said = env['DAYBOOK_DATA'];
  if (said) return resolve(said);
  if (platform === 'darwin') return posix.join(home, 'Library', 'Application Support', 'Daybook');
  if (platform === 'win32') return win32.join(env['LOCALAPPDATA'] ?? win32.join(home, 'AppData', 'Local'), 'Daybook');
  const base = env['XDG_DATA_HOME'];
  return posix.join(base && posix.isAbsolute(base) ? base : posix.join(home, '.local', 'share'), 'daybook');
}

/** From now on every file this process makes is readable by its user only: SQLite's side files, exports, PDFs. */
export function keepNewFilesPrivate(): void {
  process.umask(0o077);
}

/**
 * Makes the folder (0700) where it is missing and closes one of ours that others could read.
 * @returns the folder's real path, the same whichever way it was reached.
 * @throws StorageError `data-folder-unusable` when it cannot be made, is a file, has too long a path, or is a folder of something else that others can read.
 */
export function prepareDataFolder(folder: string): string {
  try {
    assertShortEnough(resolve(folder)); // before any of it is made
    makeFolders(resolve(folder));
    const path = realpathSync(folder);
    assertShortEnough(path);
    if (isOpenToOthers(path)) {
      assertOurs(path);
      chmodSync(path, 0o700);
    }
    return path;
  } catch (error) {
    throw error instanceof StorageError ? error : dataFolderUnusable(folder, error);
  }
}

/** Whether {@link prepareDataFolder} would take that folder, or can make it; nothing is made or changed. @throws StorageError `data-folder-unusable`. */
export function assertUsablePlace(folder: string): void {
  try {
    assertShortEnough(resolve(folder));
    let standing = resolve(folder);
    while (!existsSync(standing) && dirname(standing) !== standing) standing = dirname(standing);
    if (!statSync(standing).isDirectory()) throw dataFolderUnusable(folder, undefined);
    accessSync(standing, constants.W_OK | constants.X_OK);
    if (standing === resolve(folder) && isOpenToOthers(standing)) assertOurs(standing);
  } catch (error) {
    throw error instanceof StorageError ? error : dataFolderUnusable(folder, error);
  }
}

/** SQLite opens no file whose path has more bytes, on Linux and macOS; Windows has its own say. */
const longestPathBytes = 490;

function assertShortEnough(path: string): void {
  const bytes = Buffer.byteLength(path);
  if (process.platform === 'win32' || bytes <= longestPathBytes) return;
  throw new StorageError('data-folder-unusable', `The path of the data folder is too long: it has ${bytes} bytes, and a ledger can be opened below ${longestPathBytes} at most.`, {
    data: { folder: path }, nextStep: 'Name a folder with a shorter path.',
  });
}

/** What is said of a folder that the system does not let us make, enter or look into. */
export function dataFolderUnusable(folder: string, cause: unknown): StorageError {
  return new StorageError('data-folder-unusable', `The data folder ${folder} cannot be made or read.`, { cause, data: { folder }, nextStep: 'Choose another folder with --data, or give yourself the right to write there.' });
}

const isOpenToOthers = (path: string): boolean => process.platform !== 'win32' && (statSync(path).mode & 0o077) !== 0;

/** One by one: where the system takes no folders at all, such as below /proc, making them all at once never ends. */
function makeFolders(folder: string): void {
  if (existsSync(folder)) return;
  if (dirname(folder) !== folder) makeFolders(dirname(folder));
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    if (!existsSync(folder)) throw error; // another process was quicker
  }
}

function assertOurs(path: string): void {
  const names = readdirSync(path);
  const isOurs = names.length === 0 || names.includes(lockFileName) || names.includes('config.json') || names.includes('ledger.sqlite');
  if (!isOurs) {
    throw new StorageError('data-folder-unusable', `The folder ${path} holds other files and can be read by others, so it is no place for a ledger.`, { data: { folder: path }, nextStep: 'Name a new or empty folder.' });
  }
}

/** A folder inside the data folder, made private where it is missing. */
export function dataSubfolder(dataFolder: string, ...parts: string[]): string {
  const path = join(dataFolder, ...parts);
  mkdirSync(path, { recursive: true, mode: 0o700 });
  return path;
}

/**
 * Takes the folder for this process until `release` or until the process ends. The lock is the operating system's own, so one left by a process that was
 * killed is free at once, and a process id that was given to another program means nothing.
 * @throws ConflictError `data-folder-in-use` with the owner's pid; StorageError `data-folder-unusable`.
 */
export function acquireDataFolder(folder: string, host: Host = 'cli'): OwnedDataFolder {
  const path = prepareDataFolder(folder);
  const lock = tryLockFile(join(path, lockFileName));
  if (!lock) throw inUse(path);
  const ownerFile = join(path, ownerFileName);
  try {
    const owner: DataFolderOwner = { pid: process.pid, host, since: Date.now() };
    writePrivateFile(ownerFile, JSON.stringify(owner));
  } catch (error) {
    lock.release();
    throw error;
  }
  let isHeld = true;
  return {
    path,
    release() {
      if (!isHeld) return;
      isHeld = false;
      rmSync(ownerFile, { force: true });
      lock.release();
    },
  };
}

/** What the owner wrote down, null when nothing (readable) is there. It says who, never whether: only the lock says that. */
export function readOwner(folder: string): DataFolderOwner | null {
  try {
    const value: unknown = JSON.parse(readFileSync(join(folder, ownerFileName), 'utf8'));
    return isOwner(value) ? value : null;
  } catch {
    return null;
  }
}

function isOwner(value: unknown): value is DataFolderOwner {
  return typeof value === 'object' && value !== null && 'pid' in value && Number.isInteger(value.pid) && 'host' in value && typeof value.host === 'string' && 'since' in value && typeof value.since === 'number';
}

function inUse(path: string): ConflictError {
  const owner = readOwner(path);
  const who = owner ? `by process ${owner.pid} (${hostNames[owner.host] ?? owner.host})` : 'by another process that is just starting';
  return new ConflictError('data-folder-in-use', `The data folder ${path} is in use ${who}.`, {
    data: { folder: path, ...(owner ? { pid: owner.pid, host: owner.host } : {}) },
    nextStep: owner?.host === 'cli' ? 'Run it again when that command has ended, or name another folder with --data.' : 'Use that window, close it first, or name another folder with --data.',
  });
}

const hostNames: Readonly<Record<string, string>> = { electron: 'the Daybook window', browser: 'Daybook in a browser', cli: 'a daybook command' };
