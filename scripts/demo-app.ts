/**
 * The whole app on a small demo world, in one process and on temporary folders: what the end-to-end tests and the benchmarks of the screens open.
 */
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { chown, cp, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { startBackend } from '../src/main/backend.ts';
import { startBrowserHost, type BrowserHost } from '../src/main/hosts/browser/browser-host.ts';
import type { DaybookClient } from '../src/shared/api/contract.ts';
import type { DemoSize, Manifest } from '../sandbox/manifest.ts';
import { findServerUser } from '../sandbox/postgres-binaries.ts';
import { postgresFolderIn, startWorld, type World } from '../sandbox/world.ts';
import { runDemoMonth } from './demo-month.ts';

const rendererFolder = join(import.meta.dirname, '..', 'out', 'renderer');

export interface DemoApp {
  readonly world: World;
  readonly manifest: Manifest;
  /** The same procedures the page calls, for looking at what a test should find. */
  readonly client: DaybookClient;
  readonly dataFolder: string;
  /** The variables that carry the secrets, for a process of its own on the data folder. */
  readonly secrets: Readonly<Record<string, string>>;
  /** A fresh one-time link for each page. */
  startUrl(): string;
  /** A desk of its own for another person, the admin: opened and brought up to date with the shared database when it is first asked for. @returns a fresh one-time link to it. */
  secondDeskUrl(): Promise<string>;
  close(): Promise<void>;
}

export interface DemoAppOptions {
  readonly size?: DemoSize;
  readonly seed?: number;
  /** false: the ledger stays empty, as at a first start. */
  readonly isMonthDone?: boolean;
  /** The last month to close; the months after it are left for whoever looks at the screens. */
  readonly closesThrough?: string;
  /** false: once the month is done the data folder is given back, for a window of its own; there are no links then. */
  readonly isBackendKept?: boolean;
  /** true: a desk of its own, which no shared database is connected to. */
  readonly isAlone?: boolean;
  readonly say?: (line: string) => void;
  /** A finished company ({@link keepFinishedCompany}) of the same size and seed: a copy of it is opened, which takes a tenth of doing the month's work again. */
  readonly finishedIn?: string | undefined;
  /** Puts something between the second desk and the shared database. */
  readonly lineOf?: (postgresUrl: string) => Promise<string>;
}

/** @throws Error when the month's figures do not equal the manifest. */
export async function startDemoApp({ size = 'small', seed = 1, isMonthDone = true, closesThrough = '2026-07', isBackendKept = true, isAlone = false, say = () => undefined, finishedIn, lineOf = async (url) => url }: DemoAppOptions = {}): Promise<DemoApp> {
  const place = mkdtempSync(join(tmpdir(), 'daybook-app-'));
  const dataFolder = join(place, 'desk');
  const cleanUps: (() => unknown)[] = [() => rmSync(place, { recursive: true, force: true })];
  const close = async (): Promise<void> => {
    for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
  };
  try {
    if (finishedIn === undefined) mkdirSync(dataFolder, { mode: 0o700 });
    else await copyFinishedCompany(finishedIn, place);
    const world = await startWorld({ size, seed, ...(finishedIn === undefined ? {} : { dataDir: join(place, 'world'), isKept: false }) });
    cleanUps.push(() => world.stop());
    const { document, company } = world;
    const { manifest } = company;
    const config = writeConfig(dataFolder, world, 'demo accountant');
    let secondHost: ReturnType<typeof openSecondDesk> | undefined;
    const secondDeskUrl = async (): Promise<string> => (await (secondHost ??= lineOf(document.postgres.adminUrl).then((url) => openSecondDesk({ ...config, user: 'demo admin' }, url, cleanUps)))).createStartUrl();
    const secrets = { DAYBOOK_STRIPE_KEY: document.stripe.restrictedKey, ...(isAlone ? {} : { DAYBOOK_POSTGRES_URL: document.postgres.accountantUrl }) };
    const backend = await startBackend({ dataFolder, host: 'browser', env: secrets });
    cleanUps.push(() => backend.close());
    const client = backend.clientFor('browser');
    if (isMonthDone && finishedIn === undefined) await doMonth({ client, world, dataFolder, closesThrough, say });
    if (!isBackendKept) {
      await backend.close();
      return { world, manifest, client, dataFolder, secrets, startUrl: noLinks, secondDeskUrl, close };
    }
    const host = await startBrowserHost({ dataFolder, logger: backend.logger, rendererFolder, openConnection: backend.openConnection('browser') });
    cleanUps.push(() => host.close());
    return { world, manifest, client, dataFolder, secrets, startUrl: () => host.createStartUrl(), secondDeskUrl, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function writeConfig(dataFolder: string, { document, company: { manifest } }: World, user: string) {
  const config = { stripeApiBase: document.stripe.url, now: document.now, reportingTimeZone: manifest.reportingTimeZone, functionalCurrency: manifest.functionalCurrency, stripeLimiter: 'off', user };
  writeFileSync(join(dataFolder, 'config.json'), JSON.stringify(config), { mode: 0o600 });
  return config;
}

async function doMonth({ client, world, dataFolder, closesThrough, say }: { readonly client: DaybookClient; readonly world: World; readonly dataFolder: string; readonly closesThrough: string; say(line: string): void }): Promise<void> {
  const { document, company: { manifest } } = world;
  if (!(await runDemoMonth({ client, manifest, stripeUrl: document.stripe.url, bankFolder: dirname(document.manifest), dataFolder, closesThrough, say }))) throw new Error('The demo month’s figures do not equal the manifest of truth.');
}

/**
 * Does a small company's month and leaves it in an empty folder, for {@link startDemoApp} to copy: its world, and the data folder of its accountant.
 * @returns whether it can be copied: a server of the machine's own keeps no files here, and a folder that PostgreSQL's user cannot reach has its cluster elsewhere.
 * @throws Error when the month's figures do not equal the manifest.
 */
export async function keepFinishedCompany(folder: string): Promise<boolean> {
  if (process.env['DAYBOOK_TEST_POSTGRES_URL']) return false;
  const dataFolder = join(folder, 'desk');
  mkdirSync(dataFolder, { mode: 0o700 });
  const world = await startWorld({ size: 'small', seed: 1, dataDir: join(folder, 'world') });
  try {
    writeConfig(dataFolder, world, 'demo accountant');
    const backend = await startBackend({ dataFolder, host: 'browser', env: { DAYBOOK_STRIPE_KEY: world.document.stripe.restrictedKey, DAYBOOK_POSTGRES_URL: world.document.postgres.accountantUrl } });
    await doMonth({ client: backend.clientFor('browser'), world, dataFolder, closesThrough: '2026-07', say: () => undefined }).finally(() => backend.close());
  } finally {
    await world.stop();
  }
  return existsSync(join(postgresFolderIn(join(folder, 'world')), 'PG_VERSION'));
}

async function copyFinishedCompany(folder: string, place: string): Promise<void> {
  for (const part of ['world', 'desk']) await cp(join(folder, part), join(place, part), { recursive: true, filter: (path) => basename(path) !== 'owner.lock' }); // its owner is gone
  const user = await findServerUser();
  if (user === null) return;
  const cluster = postgresFolderIn(join(place, 'world'));
  for (const entry of [cluster, ...(await readdir(cluster, { recursive: true })).map((name) => join(cluster, name))]) await chown(entry, user.uid, user.gid);
}

/** Another data folder on the same shared database, with the books copied from there; it has no key of its own for Stripe. */
async function openSecondDesk(config: Readonly<Record<string, unknown>>, postgresUrl: string, cleanUps: (() => unknown)[]): Promise<BrowserHost> {
  const dataFolder = mkdtempSync(join(tmpdir(), 'daybook-second-desk-'));
  cleanUps.push(() => rmSync(dataFolder, { recursive: true, force: true }));
  writeFileSync(join(dataFolder, 'config.json'), JSON.stringify(config), { mode: 0o600 });
  const backend = await startBackend({ dataFolder, host: 'browser', env: { DAYBOOK_POSTGRES_URL: postgresUrl } });
  cleanUps.push(() => backend.close());
  const run = await backend.clientFor('browser').jobs.run({ commandId: randomUUID(), job: 'postgres-sync', wait: true, options: {} });
  if (run.status !== 'succeeded') throw new Error(`The second desk cannot be brought up to date: ${run.errorMessage ?? run.status} (${run.errorCode ?? ''})`);
  const host = await startBrowserHost({ dataFolder, logger: backend.logger, rendererFolder, openConnection: backend.openConnection('browser') });
  cleanUps.push(() => host.close());
  return host;
}

function noLinks(): never {
  throw new Error('The data folder was given back: a window of its own opens it.');
}
