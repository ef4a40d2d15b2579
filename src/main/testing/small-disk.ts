/**
 * A disk of a few megabytes: a tmpfs of its own where this user may mount one (as root, or by sudo without a password), else a limit on the size of each file, which
 * fails at another call and with another word of the system's. Which of the two it was is said, never skipped.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, statfsSync } from 'node:fs';
import { startCommand, type Environment, type StartedCommand } from './cli-desk.ts';

export interface SmallDisk extends Disposable {
  readonly kind: 'tmpfs' | 'file-size-limit';
  readonly path: string;
  /** How much may be written beyond what is there (of a limit on files: how large each may grow). */
  leave(kilobytes: number): void;
  /** Starts a script with Node on it. */
  start(script: string, args: readonly string[], env: Environment): StartedCommand;
}

function runQuietly(command: readonly string[]): boolean {
  try {
    execFileSync(command[0] ?? '', command.slice(1), { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** The words before `mount`, undefined where nobody may. */
function mountingAs(path: string, options: string): readonly string[] | undefined {
  return [[], ['sudo', '-n']].find((prefix) => runQuietly([...prefix, 'mount', '-t', 'tmpfs', '-o', options, 'tmpfs', path]));
}

const roomy = 400_000;

/** There is room for a beginning until something else is said. */
export function makeSmallDisk(path: string): SmallDisk {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const owner = process.getuid ? `,uid=${process.getuid()},gid=${process.getgid?.() ?? 0}` : '';
  const prefix = mountingAs(path, `size=${roomy}k,mode=0700${owner}`);
  if (prefix) {
    return {
      kind: 'tmpfs', path,
      leave(wanted) {
        const { blocks, bfree, bsize } = statfsSync(path);
        const size = Math.ceil(((blocks - bfree) * bsize) / 1_024) + wanted;
        const [program = 'mount', ...rest] = [...prefix, 'mount', '-o', `remount,size=${size}k`, path];
        execFileSync(program, rest, { stdio: 'ignore' });
      },
      start: (script, args, env) => startCommand([process.execPath, script, ...args], env),
      [Symbol.dispose]: () => void runQuietly([...prefix, 'umount', path]),
    };
  }
  let limit = roomy;
  return {
    kind: 'file-size-limit', path,
    leave: (wanted) => void (limit = wanted),
    // POSIX counts in blocks of 512 bytes.
    start: (script, args, env) => startCommand(['sh', '-c', `ulimit -f ${limit * 2} && exec "$@"`, 'sh', process.execPath, script, ...args], env),
    [Symbol.dispose]() {},
  };
}
