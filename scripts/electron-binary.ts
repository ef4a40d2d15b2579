/**
 * Electron's binary: where it is, or a short try to have it. Offline this fails within about three seconds.
 */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

const reachTimeoutMs = 3_000;
const downloadTimeoutMs = 300_000;

export type ElectronBinary = { readonly path: string } | { readonly reason: string };

export interface ElectronSearch {
  /** The folder of the npm package. */
  readonly packageFolder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  say(line: string): void;
}

/** The folder of the installed npm package `electron`, null when it was left out. */
export function electronPackageFolder(): string | null {
  try {
    return dirname(createRequire(import.meta.url).resolve('electron/package.json'));
  } catch {
    return null;
  }
}

/** The installed binary; else one downloaded now, when its server can be reached or the archive lies in the cache. */
export async function obtainElectron({ packageFolder, env, say }: ElectronSearch): Promise<ElectronBinary> {
  const installed = installedElectron(packageFolder, env);
  if (installed) return { path: installed };
  const { version } = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8')) as { version: string };
  if (!isCached(version, env)) {
    const server = env['ELECTRON_MIRROR'] ?? env['npm_config_electron_mirror'] ?? 'https://github.com/';
    if (!(await isReachable(server))) return { reason: `Electron’s program is not installed and ${URL.parse(server)?.host ?? 'its server'} does not answer` };
    say(`Downloading Electron ${version}, once…`);
  }
  if (!(await runInstaller(packageFolder, env))) return { reason: 'Electron’s program is not installed and its download failed' };
  const path = installedElectron(packageFolder, env);
  return path ? { path } : { reason: 'Electron’s program is not there after its download' };
}

export function installedElectron(packageFolder: string, env: Readonly<Record<string, string | undefined>>): string | null {
  const note = join(packageFolder, 'path.txt');
  const name = existsSync(note) ? readFileSync(note, 'utf8') : null;
  const folder = env['ELECTRON_OVERRIDE_DIST_PATH'] ?? join(packageFolder, 'dist');
  const path = join(folder, name ?? 'electron');
  return (name !== null || env['ELECTRON_OVERRIDE_DIST_PATH']) && existsSync(path) ? path : null;
}

function isCached(version: string, env: ElectronSearch['env']): boolean {
  const places = { darwin: join(homedir(), 'Library', 'Caches', 'electron'), win32: join(env['LOCALAPPDATA'] ?? homedir(), 'electron', 'Cache') } as Partial<Record<string, string>>;
  const folder = env['electron_config_cache'] ?? places[process.platform] ?? join(env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'electron');
  const archive = `electron-v${version}-${process.platform}-${process.arch}.zip`;
  try {
    return readdirSync(folder, { recursive: true }).some((entry) => String(entry).endsWith(archive));
  } catch {
    return false;
  }
}

async function isReachable(server: string): Promise<boolean> {
  try {
    await fetch(server, { method: 'HEAD', redirect: 'manual', signal: AbortSignal.timeout(reachTimeoutMs) });
    return true;
  } catch {
    return false;
  }
}

function runInstaller(packageFolder: string, env: ElectronSearch['env']): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [join(packageFolder, 'install.js')], { env: env as NodeJS.ProcessEnv, stdio: 'ignore', timeout: downloadTimeoutMs });
    child.on('error', () => resolve(false));
    child.on('exit', (code) => resolve(code === 0));
  });
}
