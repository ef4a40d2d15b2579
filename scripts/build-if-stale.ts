/**
 * Builds the window's pages (and, for Electron, its processes) when they are missing or older than their sources.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createRequire } from 'node:module';

const sources = ['src', 'electron.vite.config.ts', 'package.json', 'tsconfig.json'];

export interface BuildOptions {
  readonly root: string;
  /** Files of the build that must be there. */
  readonly needed: readonly string[];
  say(line: string): void;
}

export function isStale(root: string, needed: readonly string[]): boolean {
  const built = needed.map((file) => join(root, file));
  if (built.some((file) => !existsSync(file))) return true;
  const builtMs = Math.min(...built.map((file) => statSync(file).mtimeMs));
  return sources.some((source) => newestMs(join(root, source)) > builtMs);
}

/**
 * Two who start at once build once: the second waits and finds the work done.
 * @throws Error when the build fails; its own output has said why.
 */
export async function buildIfStale({ root, needed, say }: BuildOptions): Promise<void> {
  if (!isStale(root, needed)) return;
  say('Building the window’s pages…');
  mkdirSync(join(root, 'out'), { recursive: true });
  const { tryLockFile } = await import('../src/main/database/file-lock.ts');
  let lock = tryLockFile(join(root, 'out', 'build.lock'));
  while (!lock) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    lock = tryLockFile(join(root, 'out', 'build.lock'));
  }
  try {
    if (isStale(root, needed)) await build(root);
  } finally {
    lock.release();
  }
}

async function build(root: string): Promise<void> {
  const cli = join(dirname(createRequire(import.meta.url).resolve('electron-vite/package.json')), 'bin', 'electron-vite.js');
  const code = await new Promise<number | null>((resolve, reject) => {
    const child = spawn(process.execPath, [cli, 'build', '--logLevel', 'warn'], { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
    child.on('error', reject);
    child.on('exit', resolve);
  });
  if (code !== 0) throw new Error('The build failed; what it printed says why.');
}

/** Tests are no source of the build. */
function newestMs(path: string): number {
  if (!existsSync(path) || /\.test\.tsx?$/.test(path)) return 0;
  const found = statSync(path);
  if (!found.isDirectory()) return found.mtimeMs;
  return Math.max(0, ...readdirSync(path).map((name) => newestMs(join(path, name))));
}
