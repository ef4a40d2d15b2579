/** The command line as a person uses it: a process of its own, on a data folder, against the demo's world. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import type { World } from '../../../sandbox/world.ts';

/** As `npm run cli` runs it. */
const daybookSource = join(import.meta.dirname, '..', '..', 'cli', 'daybook.js');
/** The same in one bundle where the suite has made one (scripts/testing/bundled-cli.ts). */
export const daybookEntry = process.env['DAYBOOK_BUNDLED_CLI'] ?? daybookSource;

export interface CommandOutcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ErrorDocument {
  readonly error: { readonly code: string; readonly message: string; readonly nextStep: string | null };
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** The machine's own environment without anything of Daybook's. */
function bareEnvironment(): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('DAYBOOK_')));
}

export interface StartedCommand {
  readonly child: ChildProcess;
  readonly ended: Promise<CommandOutcome>;
}

/** Starts `daybook …` and does not wait. */
export const startDaybook = (args: readonly string[], env: Environment = {}): StartedCommand => startScript(daybookEntry, args, env);

/** Starts a script with Node and does not wait. */
export const startScript = (script: string, args: readonly string[], env: Environment = {}): StartedCommand => startCommand([process.execPath, script, ...args], env);

/** Starts a program without anything of Daybook's in its environment but what is given. */
export function startCommand([program = '', ...args]: readonly string[], env: Environment = {}): StartedCommand {
  const child = spawn(program, args, { env: { ...bareEnvironment(), ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (part: Buffer) => (stdout += part.toString()));
  child.stderr.on('data', (part: Buffer) => (stderr += part.toString()));
  return { child, ended: once(child, 'close').then(([code]) => ({ code: code as number | null, stdout, stderr })) };
}

export const runDaybook = (args: readonly string[], env: Environment = {}): Promise<CommandOutcome> => startDaybook(args, env).ended;

export interface CliDesk {
  readonly dataFolder: string;
  readonly env: Environment;
  /** As a person reads it. */
  run(...args: string[]): Promise<CommandOutcome>;
  /** With `--json`: the one document of the standard output. @throws SyntaxError when that is not one document. */
  json<Answer>(...args: string[]): Promise<{ readonly code: number | null; readonly answer: Answer }>;
  /** The same desk with other variables; undefined takes one away. */
  with(env: Environment): CliDesk;
}

export function openCliDesk(dataFolder: string, env: Environment): CliDesk {
  return {
    dataFolder,
    env,
    run: (...args) => runDaybook([...args, '--data', dataFolder], env),
    async json<Answer>(...args: string[]) {
      const { code, stdout, stderr } = await runDaybook([...args, '--data', dataFolder, '--json'], env);
      try {
        return { code, answer: JSON.parse(stdout) as Answer };
      } catch {
        throw new SyntaxError(`daybook ${args.join(' ')} (exit ${code}) answered no document:\n${stdout}\n${stderr}`);
      }
    },
    with: (changed) => openCliDesk(dataFolder, { ...env, ...changed }),
  };
}

/** A desk of the demo's accountant: what is no secret in config.json, the secrets in the environment. */
export function openDemoDesk(world: World, dataFolder: string): CliDesk {
  const { document, company } = world;
  mkdirSync(dataFolder, { recursive: true, mode: 0o700 });
  const config = { stripeApiBase: document.stripe.url, now: document.now, reportingTimeZone: company.manifest.reportingTimeZone, functionalCurrency: company.manifest.functionalCurrency, stripeLimiter: 'off', user: 'demo accountant' };
  writeFileSync(join(dataFolder, 'config.json'), JSON.stringify(config), { mode: 0o600 });
  return openCliDesk(dataFolder, { DAYBOOK_STRIPE_KEY: document.stripe.restrictedKey, DAYBOOK_POSTGRES_URL: document.postgres.accountantUrl });
}

/** Every path of names in a document, once; elements of a list share theirs: `months[].endMinor`. */
export function namesIn(value: unknown): string[] {
  const names = new Set<string>();
  const walk = (inner: unknown, path: string): void => {
    if (Array.isArray(inner)) for (const item of inner) walk(item, `${path}[]`);
    else if (inner !== null && typeof inner === 'object') {
      for (const [name, item] of Object.entries(inner)) {
        const own = path === '' ? name : `${path}.${name}`;
        names.add(own);
        walk(item, own);
      }
    }
  };
  walk(value, '');
  return [...names].sort();
}

/** A backend with the browser host's rights in a process of its own, as an open window is. Resolves when it owns the folder. */
export async function startOwner(desk: CliDesk): Promise<{ readonly pid: number; stop(): Promise<void> }> {
  const script = `const { startBackend } = await import(${JSON.stringify(join(import.meta.dirname, '..', 'backend.ts'))});
    const backend = await startBackend({ dataFolder: ${JSON.stringify(desk.dataFolder)}, host: 'browser', env: process.env });
    process.once('SIGTERM', async () => { await backend.close(); process.exit(0); });
    console.log('up');
    setInterval(() => undefined, 60_000);`;
  const file = join(desk.dataFolder, 'owner-under-test.mjs');
  writeFileSync(file, script);
  const child = spawn(process.execPath, [file], { env: { ...bareEnvironment(), ...desk.env }, stdio: ['ignore', 'pipe', 'inherit'] });
  await Promise.race([once(child.stdout, 'data'), once(child, 'exit').then(([code]) => Promise.reject(new Error(`The owner ended with ${code}.`)))]);
  return {
    pid: child.pid ?? 0,
    async stop() {
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
}

/** Rows of a desk's ledger as they lie in its file, while no command or several are at work on it. */
export function readLedgerFile<Row>({ dataFolder }: Pick<CliDesk, 'dataFolder'>, text: string): Row[] {
  const connection = new Sqlite(join(dataFolder, 'ledger.sqlite'), { readonly: true });
  try {
    return connection.prepare<[], Row>(text).all();
  } finally {
    connection.close();
  }
}
