/** Where the tests of `npm test` put what they throw away: in memory where there is room for it, as a quarter of their time was waiting for the disk. */
import { accessSync, chmodSync, constants, mkdtempSync, readdirSync, readFileSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isAlive } from '../sandbox/postgres-data-folder.ts';

/** Linux keeps what lies here in memory. */
const memory = '/dev/shm';
/** The most that was seen at one time is below a quarter of it. */
const neededBytes = 6 * 1024 ** 3;
const prefix = 'daybook-test-';

/** Whether the folder is in memory, may hold programs (the browser is unpacked into the temporary folder) and has room. */
function isFit(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    const mounted = readFileSync('/proc/mounts', 'utf8').split('\n').map((line) => line.split(' ')).findLast(([, place]) => place === folder);
    if (mounted?.[2] !== 'tmpfs' || (mounted[3] ?? '').split(',').includes('noexec')) return false;
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize >= neededBytes;
  } catch {
    return false;
  }
}

/** What a run that was killed left in memory would stay there until the machine is restarted. */
function removeLeftovers(folder: string): void {
  for (const name of readdirSync(folder)) {
    const pid = Number(new RegExp(`^${prefix}(\\d+)-`).exec(name)?.[1]);
    if (!(pid > 0) || isAlive(pid)) continue;
    try {
      rmSync(join(folder, name), { recursive: true, force: true });
    } catch {
      // another user's: it is theirs to take away
    }
  }
}

export interface ScratchFolder {
  readonly path: string;
  /** What the tests' processes find it by; nothing where the system's own temporary folder is as good. */
  readonly environment: Readonly<Record<string, string>>;
}

/** Makes an empty folder for one run; the caller removes it. A `TMPDIR` that somebody chose is kept to. */
export function makeScratchFolder(): ScratchFolder {
  const isInMemory = process.env['TMPDIR'] === undefined && isFit(memory);
  if (isInMemory) removeLeftovers(memory);
  const path = mkdtempSync(join(isInMemory ? memory : tmpdir(), `${prefix}${process.pid}-`));
  if (isInMemory) chmodSync(path, 0o1777); // as the system's own: some tests run commands as another user
  return { path, environment: isInMemory ? { TMPDIR: path } : {} };
}
