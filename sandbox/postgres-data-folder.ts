/** The data folder of a PostgreSQL server: made once, locked by one process, taken over after a crash. */
import { execFile, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { chmod, chown, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { PostgresBinaries, UnixUser } from './postgres-binaries.ts';

const run = promisify(execFile);

/** What this module keeps beside the server's own files. */
interface OwnerNote {
  /** The process that holds the folder; null when it was stopped in order. */
  pid: number | null;
  /** The port of the last run, tried first at the next. */
  port: number | null;
  password: string;
}

const noteFile = (folder: string): string => `${folder}.owner.json`;

async function readNote(folder: string): Promise<OwnerNote | null> {
  try {
    return JSON.parse(await readFile(noteFile(folder), 'utf8')) as OwnerNote;
  } catch {
    return null; // a first start, or a note cut short by a crash
  }
}

async function writeNote(folder: string, note: OwnerNote): Promise<void> {
  await writeFile(noteFile(folder), JSON.stringify(note), { mode: 0o600 });
}

/** Whether a process of this number lives, ours or another's. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** The command line of a process, '' when it is gone. */
async function commandOf(pid: number): Promise<string> {
  try {
    if (process.platform === 'linux') return (await readFile(`/proc/${pid}/cmdline`, 'utf8')).replaceAll('\0', ' ');
    return (await run('ps', ['-o', 'command=', '-p', String(pid)])).stdout;
  } catch {
    return '';
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/** A server left running by a process that was killed is stopped; a pid file nobody stands behind is removed. */
async function clearLeftover(cluster: string): Promise<void> {
  const pidFile = join(cluster, 'postmaster.pid');
  const first = (await readFile(pidFile, 'utf8').catch(() => '')).split('\n')[0] ?? '';
  const pid = Number(first);
  if (!Number.isInteger(pid) || pid <= 0) return;
  const command = await commandOf(pid);
  if (command.includes('postgres') && command.includes(cluster)) {
    process.kill(pid, 'SIGINT');
    for (let attempt = 0; attempt < 200 && isAlive(pid); attempt += 1) await wait(50);
    if (isAlive(pid)) throw new Error(`PostgreSQL (process ${pid}) still holds ${cluster} and does not stop.`);
  }
  await rm(pidFile, { force: true });
}

/** Folders from the root down to the parent of `folder`. */
function ancestorsOf(folder: string): string[] {
  const parent = dirname(folder);
  return parent === folder ? [parent] : [...ancestorsOf(parent), parent];
}

/**
 * Where the cluster lies. The server's user must be able to walk there, and root's own folders are closed to it: folders made for the demo
 * or a test are opened for passing through (not for listing); where the way leads through root's home, the cluster lies below /var/tmp.
 */
async function placeCluster(folder: string, user: UnixUser | null): Promise<{ cluster: string; isElsewhere: boolean }> {
  await mkdir(dirname(folder), { recursive: true });
  if (user === null) return { cluster: folder, isElsewhere: false };
  const closed: { path: string; mode: number }[] = [];
  for (const path of ancestorsOf(folder)) {
    const { mode } = await stat(path);
    if ((mode & 0o001) === 0) closed.push({ path, mode });
  }
  if (closed.some(({ path }) => path === '/' || homedir() === path || homedir().startsWith(`${path}/`))) {
    const name = createHash('sha256').update(folder).digest('hex').slice(0, 16);
    return { cluster: `/var/tmp/daybook-sandbox-postgres-${name}`, isElsewhere: true };
  }
  for (const { path, mode } of closed) await chmod(path, (mode & 0o777) | 0o011);
  return { cluster: folder, isElsewhere: false };
}

/** Whether the process that held a folder is gone; one whose parent was killed is on its way out and is waited for. */
async function isGivenUp(pid: number): Promise<boolean> {
  for (let attempt = 0; attempt < 30; attempt += 1) {
    if (pid === process.pid || !isAlive(pid) || !(await commandOf(pid)).includes('node')) return true;
    await wait(100);
  }
  return false;
}

export interface ClaimedFolder {
  /** Where the cluster lies: `folder`, unless the server's user cannot get there. */
  cluster: string;
  password: string;
  lastPort: number | null;
  /** Notes the port in use, and whether the server runs. */
  remember(port: number | null, isRunning: boolean): Promise<void>;
}

/**
 * Makes the folder ready and claims it for this process.
 * @throws Error when another living process holds it, or initdb fails.
 */
export async function claimDataFolder(given: string, binaries: PostgresBinaries, user: UnixUser | null, isDurable: boolean): Promise<ClaimedFolder> {
  const folder = resolve(given);
  const { cluster, isElsewhere } = await placeCluster(folder, user);
  const known = await readNote(folder);
  if (known?.pid && !(await isGivenUp(known.pid))) {
    throw new Error(`${folder} is in use by process ${known.pid}. Stop it first, or choose another data folder.`);
  }
  await clearLeftover(cluster);
  const hasCluster = await exists(join(cluster, 'PG_VERSION'));
  if (known === null && hasCluster && !isElsewhere) {
    throw new Error(`${folder} holds a PostgreSQL cluster this sandbox did not make (${noteFile(folder)} is missing). Choose another data folder.`);
  }
  const isKept = known !== null && hasCluster;
  const note: OwnerNote = isKept ? known : { pid: null, port: null, password: randomBytes(18).toString('base64url') };
  await writeNote(folder, { ...note, pid: process.pid }); // first: whoever finds a whole cluster must find its password
  if (!isKept) await initialise(cluster, binaries, user, note.password, isDurable);
  return {
    cluster,
    password: note.password,
    lastPort: note.port,
    remember: async (port, isRunning) => {
      const isGone = !isRunning && !(await exists(dirname(folder))); // removed under a running server: nothing is left to remember
      if (!isGone) await writeNote(folder, { ...note, port, pid: isRunning ? process.pid : null });
    },
  };
}

/**
 * Makes a cluster from nothing, aside, and moves it into place when it is whole; what interrupted attempts left is cleared away. Each attempt has a
 * place of its own, as the initdb of a killed one may still be writing.
 */
async function initialise(cluster: string, { initdb }: PostgresBinaries, user: UnixUser | null, password: string, isDurable: boolean): Promise<void> {
  const making = `${basename(cluster)}.making-`;
  for (const name of await readdir(dirname(cluster))) if (name.startsWith(making)) await rm(join(dirname(cluster), name), { recursive: true, force: true, maxRetries: 5 });
  await rm(cluster, { recursive: true, force: true });
  const place = join(dirname(cluster), `${making}${randomBytes(6).toString('hex')}`);
  await mkdir(place, { mode: 0o700 });
  const passwordFile = `${place}.password`;
  await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
  if (user) for (const path of [place, passwordFile]) await chown(path, user.uid, user.gid);
  const flags = ['--auth=scram-sha-256', '--username=postgres', `--pwfile=${passwordFile}`, '--encoding=UTF8', '--locale=C'];
  try {
    await runQuietly(initdb, [`--pgdata=${place}`, ...flags, ...(isDurable ? [] : ['--no-sync'])], user);
    await rename(place, cluster);
  } catch (error) {
    await rm(place, { recursive: true, force: true });
    throw error;
  } finally {
    await rm(passwordFile, { force: true });
  }
}

function runQuietly(command: string, args: string[], user: UnixUser | null): Promise<void> {
  return new Promise((done, reject) => {
    const child = spawn(command, args, { ...user, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, LC_ALL: 'C' } });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.on('error', (error) => reject(new Error(`PostgreSQL's initdb could not be run: ${error.message}`, { cause: error })));
    child.on('close', (code) => {
      if (code === 0) done();
      else reject(new Error(`PostgreSQL's initdb failed (code ${code}):\n${output.trim()}`));
    });
  });
}
