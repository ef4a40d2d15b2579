/** A real PostgreSQL for the demo and the tests, from the packaged binaries; or the server DAYBOOK_TEST_POSTGRES_URL names. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHmac, randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import { forgetForeignPostgresSettings } from './foreign-settings.ts';
import { type PostgresBinaries, type UnixUser, findPostgresBinaries, findServerUser } from './postgres-binaries.ts';
import { claimDataFolder } from './postgres-data-folder.ts';

export interface PostgresOptions {
  /** Where the cluster lives; a temporary folder, removed at the end, when absent. */
  dataDir?: string;
  /** Whether data must outlive a crash and `stop()`. True when `dataDir` is given, unless said otherwise. */
  persistent?: boolean;
  /** 0 or absent: the one of the last run if free, else the system's choice. */
  port?: number;
}

export interface RunningPostgres {
  /** The owner's (superuser's) URL of the database `postgres`. */
  url: string;
  port: number;
  /** Makes a database if it is missing, and gives the owner's URL of it. */
  createDatabase(name: string): Promise<string>;
  stop(): Promise<void>;
}

/** Runs a few statements on one connection. */
export async function withClient<Result>(url: string, work: (client: pg.Client) => Promise<Result>): Promise<Result> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined); // a server stopped in mid-sentence reports itself through the query
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

export type SqlClient = pg.Client;

/** One connection that stays; its owner ends it. */
export async function openClient(url: string): Promise<SqlClient> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

function withDatabase(url: string, database: string): string {
  const changed = new URL(url);
  changed.pathname = `/${database}`;
  return changed.toString();
}

async function createDatabase(url: string, name: string): Promise<string> {
  await withClient(url, async (client) => {
    const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [name]);
    if (rowCount === 0) await client.query(`CREATE DATABASE ${client.escapeIdentifier(name)}`);
  });
  return withDatabase(url, name);
}

/** A database of our own on a server that runs already; dropped at the end. */
async function useRunningServer(url: string): Promise<RunningPostgres> {
  const made = new Set<string>();
  const prefix = `sandbox_${randomBytes(4).toString('hex')}`;
  const create = async (name: string): Promise<string> => {
    const unique = `${prefix}_${name}`;
    made.add(unique);
    return createDatabase(url, unique);
  };
  return {
    url: await create('postgres'),
    port: Number(new URL(url).port || '5432'),
    createDatabase: create,
    stop: async () => {
      await withClient(url, async (client) => {
        for (const name of made) await client.query(`DROP DATABASE IF EXISTS ${client.escapeIdentifier(name)} WITH (FORCE)`);
      });
    },
  };
}

async function isPortFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}

/** A port for `listen`: the wished one if free, else one the system chooses. */
export async function findFreePort(wished: number | null): Promise<number> {
  if (wished && (await isPortFree(wished))) return wished;
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}

class StartFailure extends Error {
  /** Worth another try: a port taken meanwhile, or backends of a killed server still going down. */
  readonly isTransient: boolean;
  constructor(output: string, code: number | null) {
    super(`PostgreSQL did not start (code ${code}). Its last words:\n${output.trim()}`);
    this.isTransient = /Address already in use|could not create any TCP\/IP sockets|pre-existing shared memory block|lock file "postmaster.pid" already exists/.test(output);
  }
}

const readySign = 'database system is ready to accept connections';

function spawnServer(binaries: PostgresBinaries, user: UnixUser | null, folder: string, port: number, isDurable: boolean): Promise<ChildProcess> {
  const settings = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'timezone=UTC', 'log_timezone=UTC', 'max_connections=60'];
  if (!isDurable) settings.push('fsync=off', 'synchronous_commit=off', 'full_page_writes=off');
  const args = ['-D', folder, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])];
  return new Promise((resolve, reject) => {
    // Its own process group: Ctrl-C in a terminal reaches us, and we stop the server after its clients.
    const child = spawn(binaries.postgres, args, { ...user, stdio: ['ignore', 'ignore', 'pipe'], detached: true, env: { ...process.env, LC_ALL: 'C' } });
    let output = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-4_000);
      if (output.includes(readySign)) resolve(child);
    });
    child.on('error', (error) => reject(new Error(`PostgreSQL could not be run: ${error.message}`, { cause: error })));
    child.on('close', (code) => reject(new StartFailure(output, code)));
  });
}

async function spawnWithRetries(spawnOn: (port: number) => Promise<ChildProcess>, wishedPort: number | null): Promise<{ child: ChildProcess; port: number }> {
  for (let attempt = 1; ; attempt += 1) {
    const port = await findFreePort(attempt <= 2 ? wishedPort : null);
    try {
      return { child: await spawnOn(port), port };
    } catch (error) {
      if (attempt >= 20 || !(error instanceof StartFailure) || !error.isTransient) throw error;
      await wait(250);
    }
  }
}

function stopServer(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) {
      resolve();
      return;
    }
    child.once('exit', () => resolve());
    child.kill('SIGINT'); // fast shutdown: open transactions are rolled back, a checkpoint is written
  });
}

/**
 * Starts PostgreSQL on 127.0.0.1 and waits until it answers. A folder left behind by a killed process is taken over.
 * @throws Error with PostgreSQL's last words when it cannot start, or naming the process that holds the folder.
 */
export async function startPostgres(options: PostgresOptions = {}): Promise<RunningPostgres> {
  const isDurable = options.persistent ?? options.dataDir !== undefined;
  const external = process.env['DAYBOOK_TEST_POSTGRES_URL'];
  if (external && !isDurable) return useRunningServer(external);
  forgetForeignPostgresSettings();

  const [binaries, user] = await Promise.all([findPostgresBinaries(), findServerUser()]);
  const temporary = options.dataDir === undefined ? await mkdtemp(join(tmpdir(), 'daybook-postgres-')) : null;
  const folder = options.dataDir ?? join(temporary ?? tmpdir(), 'cluster');
  const claimed = await claimDataFolder(folder, binaries, user, isDurable);
  const wishedPort = options.port || claimed.lastPort;
  const spawnOn = (candidate: number): Promise<ChildProcess> => spawnServer(binaries, user, claimed.cluster, candidate, isDurable);
  const { child, port } = await spawnWithRetries(spawnOn, wishedPort).catch(async (error: unknown) => {
    await claimed.remember(wishedPort, false);
    throw error;
  });
  await claimed.remember(port, true);
  const killAtExit = (): void => void child.kill('SIGINT');
  process.once('exit', killAtExit);

  const url = `postgres://postgres:${encodeURIComponent(claimed.password)}@127.0.0.1:${port}/postgres`;
  return {
    url,
    port,
    createDatabase: (name) => createDatabase(url, name),
    stop: async () => {
      process.off('exit', killAtExit);
      await stopServer(child);
      await claimed.remember(port, false);
      if (isDurable) return;
      for (const path of [claimed.cluster, `${folder}.owner.json`, ...(temporary ? [temporary] : [])]) await rm(path, { recursive: true, force: true });
    },
  };
}

export interface DemoLogins {
  adminUrl: string;
  accountantUrl: string;
  financeUrl: string;
  managerUrl: string;
  relayUrl: string;
  companyBackendUrl: string;
}

const demoLogins = [
  ['adminUrl', 'demo_admin', 'daybook_admin'],
  ['accountantUrl', 'demo_accountant', 'daybook_accountant'],
  ['financeUrl', 'demo_finance', 'daybook_finance'],
  ['managerUrl', 'demo_manager', 'daybook_viewer'],
  ['relayUrl', 'demo_relay', 'daybook_relay'],
  ['companyBackendUrl', 'demo_company_backend', 'daybook_company_backend'],
] as const satisfies readonly (readonly [keyof DemoLogins, string, string])[];

/**
 * The people and programs of the demo, each a login with one of the shared schema's roles. Passwords derive from the owner's, so that a
 * restart on the same data gives the same URLs.
 */
export async function createDemoLogins(ownerUrl: string): Promise<DemoLogins> {
  const urls: Partial<DemoLogins> = {};
  const ownerPassword = decodeURIComponent(new URL(ownerUrl).password);
  await withClient(ownerUrl, async (client) => {
    for (const [key, login, role] of demoLogins) {
      const password = createHmac('sha256', ownerPassword).update(login).digest('base64url');
      await client.query(`DO $$ BEGIN CREATE ROLE ${login} LOGIN; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$`);
      await client.query(`ALTER ROLE ${login} LOGIN PASSWORD ${client.escapeLiteral(password)}`);
      await client.query(`GRANT ${role} TO ${login}`);
      const url = new URL(ownerUrl);
      url.username = login;
      url.password = password;
      urls[key] = url.toString();
    }
  });
  return urls as DemoLogins;
}
