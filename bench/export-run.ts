/** `daybook ledger export` of the large ledger, in a process of its own whose memory is watched. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { largeLedger } from './large-ledger.ts';
import type { Measure } from './measure.ts';
import { root } from './running-app.ts';

const goalBytes = 150_000_000;
const lookEveryMs = 250;

/** @returns how long the command took and the most memory it was seen with. */
async function runWatched(args: readonly string[]): Promise<{ seconds: number; peakBytes: number }> {
  const startedMs = performance.now();
  const child = spawn(process.execPath, ['src/cli/daybook.js', ...args], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
  let peakBytes = 0;
  const watching = setInterval(() => (peakBytes = Math.max(peakBytes, residentBytes(child.pid))), lookEveryMs);
  try {
    const [code] = (await once(child, 'exit')) as [number | null];
    if (code !== 0) throw new Error(`daybook ${args.join(' ')} ended with ${code}.`);
  } finally {
    clearInterval(watching);
  }
  return { seconds: (performance.now() - startedMs) / 1000, peakBytes };
}

/** 0 where the system does not say. */
function residentBytes(pid: number | undefined): number {
  try {
    return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}

/** Beside it a command that opens the same ledger and reads one answer. */
export async function measureExport(dataFolder: string, ledgerBytes: number): Promise<Measure[]> {
  const small = await runWatched(['--data', dataFolder, 'ledger', 'trial-balance', '--json']);
  const folder = mkdtempSync(join(tmpdir(), 'daybook-export-'));
  const file = join(folder, 'ledger.journal');
  try {
    const whole = await runWatched(['--data', dataFolder, 'ledger', 'export', '--format', 'hledger', '--output', file]);
    const growth = whole.peakBytes - small.peakBytes;
    const megabytes = (bytes: number): number => Math.round(bytes / 1e6);
    const entries = largeLedger.transactions + largeLedger.invoices;
    return [{
      name: 'export of all books: memory beyond a command that only opens them', ours: megabytes(growth), reference: megabytes(small.peakBytes), ratio: growth / small.peakBytes, goal: `< ${megabytes(goalBytes)} MB`, holds: growth < goalBytes, unit: 'MB',
      note: `${entries.toLocaleString('en-US')} entries of a ledger of ${megabytes(ledgerBytes)} MB as a journal of ${megabytes(statSync(file).size)} MB in ${Math.round(whole.seconds)} s, ${Math.round(entries / whole.seconds).toLocaleString('en-US')} entries a second`,
    }];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
