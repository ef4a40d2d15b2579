/**
 * The outside world of the demo: the company's Stripe account, its shared PostgreSQL with its tables filled, and the manifest of truth.
 * Everything is kept in one folder, so that a second start finds it as it was.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, statSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { type Company, createCompany, fillCompanyTables } from './company/index.ts';
import type { DemoSize } from './manifest.ts';
import { type RunningPostgres, type DemoLogins, createDemoLogins, findFreePort, startPostgres } from './postgres.ts';
import { type StripeSandbox, startStripeSandbox } from './stripe/server.ts';

const run = promisify(execFile);
const repository = resolve(import.meta.dirname, '..');

export interface WorldOptions {
  size: DemoSize;
  seed: number;
  /** Kept between starts; a temporary folder, removed at the end, when absent. */
  dataDir?: string;
  /** false: what lies in `dataDir` is a copy that nobody wants back; nothing waits for the disk, and the shared database goes away at the end. */
  isKept?: boolean;
  /** Applies the shared schema to an owner's URL; the product's own `daybook postgres migrate` unless given. */
  migrate?: (ownerUrl: string) => Promise<void>;
}

/** What a program needs to know to work in this world. */
export interface WorldDocument {
  stripe: { url: string; secretKey: string; restrictedKey: string; webhookSecret: string };
  postgres: { ownerUrl: string } & DemoLogins;
  /** Path of the manifest of truth. */
  manifest: string;
  /** The world's present moment, ISO 8601 UTC. */
  now: string;
}

export interface World {
  document: WorldDocument;
  company: Company;
  stripe: StripeSandbox;
  postgres: RunningPostgres;
  /** Plants what the manifest marks `plantedAfter: 'refill'`. Doing it twice is doing it once. */
  plant(name: string): Promise<{ planted: string; objects: number }>;
  stop(): Promise<void>;
}

/** Where a kept world has its shared database. */
export const postgresFolderIn = (dataDir: string): string => join(dataDir, 'postgres');

/** What is remembered in the folder. */
interface WorldNote {
  size: DemoSize;
  seed: number;
  stripePort: number | null;
  /** The migrations that stand in the database: a second start with the same ones does not run them again. */
  migrations: string | null;
  planted: string[];
}

async function readNote(folder: string, { size, seed }: WorldOptions): Promise<WorldNote> {
  const text = await readFile(join(folder, 'world.json'), 'utf8').catch(() => null);
  if (text === null) return { size, seed, stripePort: null, migrations: null, planted: [] };
  const note = parseNote(text);
  if (note === null) throw new Error(`${join(folder, 'world.json')} is damaged, so it cannot be told which company lives there. Begin it anew (npm run demo -- --fresh), or choose another folder with --data.`);
  if (note.size !== size || note.seed !== seed) {
    throw new Error(`${folder} holds the ${note.size} company of seed ${note.seed}. Choose another folder for ${size}, seed ${seed}, or remove that one.`);
  }
  return note;
}

function parseNote(text: string): WorldNote | null {
  try {
    const note = JSON.parse(text) as WorldNote | null;
    return typeof note?.size === 'string' && typeof note.seed === 'number' && Array.isArray(note.planted) ? note : null;
  } catch {
    return null;
  }
}

/** Written aside and moved into place: a crash leaves the old file or the new one. */
async function writeWhole(path: string, value: unknown): Promise<void> {
  await writeFile(`${path}.new`, `${JSON.stringify(value, null, 2)}\n`);
  await rename(`${path}.new`, path);
}

async function fingerprintMigrations(): Promise<string> {
  const folder = join(repository, 'migrations', 'postgres');
  const hash = createHash('sha256');
  for (const name of (await readdir(folder)).toSorted()) hash.update(name).update(await readFile(join(folder, name)));
  return hash.digest('hex');
}

/** The product's own command, as an administrator would run it. @throws Error with what the command said. */
async function migrateByProduct(ownerUrl: string): Promise<void> {
  try {
    // Suites that run commands have them in one bundle (scripts/testing/bundled-cli.ts), which starts sooner.
    await run(process.execPath, [process.env['DAYBOOK_BUNDLED_CLI'] ?? join(repository, 'src', 'cli', 'daybook.js'), 'postgres', 'migrate'], {
      env: { ...process.env, DAYBOOK_POSTGRES_URL: ownerUrl },
      cwd: repository,
    });
  } catch (error) {
    const { stderr = '', message } = error as Error & { stderr?: string };
    throw new Error(`The shared schema could not be applied: ${stderr.trim() || message}`, { cause: error });
  }
}

/** Starts the whole world and waits until it can be used. What was started is stopped again when a later step fails. */
export async function startWorld(options: WorldOptions): Promise<World> {
  const temporary = options.dataDir === undefined ? await mkdtemp(join(tmpdir(), 'daybook-world-')) : null;
  const folder = resolve(options.dataDir ?? temporary ?? tmpdir());
  const cleanUps: (() => Promise<unknown>)[] = [];
  if (temporary) cleanUps.push(() => rm(temporary, { recursive: true, force: true }));
  const stop = async (): Promise<void> => {
    for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
  };
  try {
    return await assemble(options, folder, cleanUps, stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

async function assemble(options: WorldOptions, folder: string, cleanUps: (() => Promise<unknown>)[], stop: () => Promise<void>): Promise<World> {
  await makeFolders(folder);
  const note = await readNote(folder, options);
  const remember = (): Promise<void> => writeWhole(join(folder, 'world.json'), note);
  const postgres = await startPostgres(options.dataDir === undefined ? {} : { dataDir: postgresFolderIn(folder), persistent: options.isKept ?? true });
  cleanUps.push(() => postgres.stop());
  const company = createCompany({ size: options.size, seed: options.seed });

  const ownerUrl = await postgres.createDatabase('daybook');
  const migrations = await fingerprintMigrations();
  if (note.migrations !== migrations) await (options.migrate ?? migrateByProduct)(ownerUrl);
  await fillCompanyTables(ownerUrl, company);
  const logins = await createDemoLogins(ownerUrl);

  const plant = async (name: string): Promise<{ planted: string; objects: number }> => {
    if (name !== 'refill') throw new Error(`nothing to plant by the name ${name}`);
    const objects = insertLateObjects(stripe, company);
    if (!note.planted.includes(name)) {
      note.planted.push(name);
      await remember();
    }
    return { planted: name, objects };
  };
  const stripe = await startStripeSandbox({
    population: company.population,
    seed: `${options.size}/${options.seed}`,
    port: await findFreePort(note.stripePort),
    signatureSeconds: () => Math.floor(Date.now() / 1000), // receivers run by the machine's clock, and check that a signature is young
    onPlant: async (name) => ({ ...(await plant(name)) }),
  });
  cleanUps.push(() => stripe.stop());
  if (note.planted.includes('refill')) insertLateObjects(stripe, company);

  const manifest = join(folder, 'manifest.json');
  await writeWhole(manifest, company.manifest);
  await writeFile(join(folder, company.bankFile.name), company.bankFile.text);
  Object.assign(note, { stripePort: stripe.port, migrations });
  await remember();
  const { url, secretKey, restrictedKey, webhookSecret } = stripe;
  const document: WorldDocument = { stripe: { url, secretKey, restrictedKey, webhookSecret }, postgres: { ownerUrl, ...logins }, manifest, now: company.manifest.now };
  return { document, company, stripe, postgres, plant, stop };
}

/** Objects that appear at Stripe without an event; the same ids again change nothing. */
function insertLateObjects(stripe: StripeSandbox, company: Company): number {
  const late = company.breaksAfterRefill();
  for (const { collection, object } of late) stripe.insertObjects(collection, [object]);
  return late.length;
}

/** One by one: where the system takes no folders at all, such as below /proc, making them all at once never ends. */
async function makeFolders(folder: string): Promise<void> {
  if (existsSync(folder) && statSync(folder).isDirectory()) return;
  if (dirname(folder) !== folder) await makeFolders(dirname(folder));
  await mkdir(folder);
}
