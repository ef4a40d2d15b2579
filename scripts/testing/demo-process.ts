/** The headless demo as a process group of its own, which a test may end as a power cut would. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');

export interface DemoProcess {
  readonly child: ChildProcess;
  /** All it printed so far, on both streams. */
  text(): string;
  /** Resolves with the exit code, null when a signal ended it. */
  readonly ended: Promise<number | null>;
}

export interface DemoProcessOptions {
  readonly data: string;
  readonly size?: 'small' | 'medium';
  readonly seed?: number;
  readonly env?: Readonly<Record<string, string>>;
  /** Reads the sources, as `npm run demo` does; else it runs from the bundle where there is one, whose threads start in half of the time. */
  readonly isFromSources?: boolean;
}

const bundledCli = process.env['DAYBOOK_BUNDLED_CLI'];

export function startDemo({ data, size = 'small', seed = 1, env = {}, isFromSources = false }: DemoProcessOptions): DemoProcess {
  const script = bundledCli === undefined || isFromSources ? join('scripts', 'demo.ts') : join(dirname(bundledCli), 'demo.js');
  const child = spawn(process.execPath, [script, '--headless', '--size', size, '--seed', String(seed), '--data', data], {
    cwd: root, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'], detached: true,
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (part: Buffer) => (text += part.toString()));
  return { child, text: () => text, ended: once(child, 'close').then(([code]) => code as number | null) };
}

/** To its end. @throws Error with all it said unless it ended well. */
export async function runDemo(options: DemoProcessOptions): Promise<string> {
  const demo = startDemo(options);
  const code = await demo.ended;
  if (code !== 0) throw new Error(`The demo ended with ${code ?? 'a signal'}:\n${demo.text()}`);
  return demo.text();
}

/** Where the demo keeps its world and its ledger. */
export const placesOf = ({ data, size = 'small', seed = 1 }: DemoProcessOptions): { world: string; app: string; ledger: string } => {
  const place = join(data, `${size}-${seed}`);
  return { world: join(place, 'world'), app: join(place, 'app'), ledger: join(place, 'app', 'ledger.sqlite') };
};

/**
 * SIGKILL, so that nothing is put in order. 'demo': the one process; 'group': it with the sandbox and all workers; 'machine': PostgreSQL as well,
 * which runs in a group of its own.
 */
export async function killDemo(demo: DemoProcess, victim: 'demo' | 'group' | 'machine', world: string): Promise<void> {
  const { pid } = demo.child;
  if (pid === undefined || demo.child.exitCode !== null) return;
  const postmaster = victim === 'machine' ? readPostmaster(world) : null;
  process.kill(victim === 'demo' ? pid : -pid, 'SIGKILL');
  if (postmaster !== null) killQuietly(postmaster);
  await once(demo.child, 'exit');
}

/** Ends what a killed demo left behind: its PostgreSQL. */
export function endLeftovers(world: string): void {
  const postmaster = readPostmaster(world);
  if (postmaster !== null) killQuietly(postmaster);
}

function readPostmaster(world: string): number | null {
  try {
    const pid = Number(readFileSync(join(world, 'postgres', 'postmaster.pid'), 'utf8').split('\n')[0]);
    return Number.isInteger(pid) && pid > 1 ? pid : null;
  } catch {
    return null;
  }
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // it was gone already
  }
}
