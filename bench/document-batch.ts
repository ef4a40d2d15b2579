/**
 * A batch of PDFs as one run makes it: memory while it goes on, and how soon it stops when it is cancelled. 10,000 with `--size large`, else 600. The backend is a process of its own
 * (document-batch-run.ts): what the other measures hold is not counted.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Measure } from './measure.ts';

const isLarge = process.argv.includes('--size=large') || process.argv[process.argv.indexOf('--size') + 1] === 'large';
const batch = isLarge ? 10_000 : 600;
const goalMb = 500;
const goalStopMs = 2_000;

export interface BatchFigures {
  readonly backendMb: number;
  /** Of the processes that render, each at its largest, together; null where the system does not tell. */
  readonly renderersMb: number | null;
  readonly stopMs: number;
  readonly ms: number;
}

export async function measureBatch(): Promise<Measure[]> {
  const { backendMb, renderersMb, stopMs, ms } = await runApart();
  const rest = `the rest of it after a cancel, in ${Math.round(ms / 1000)} s${renderersMb === null ? '' : `; the two processes that render ${Math.round(renderersMb)} MB together`}`;
  return [
    { name: `memory of the backend in a batch of ${batch.toLocaleString('en-US')} PDFs`, unit: 'MB', ours: backendMb, reference: goalMb, ratio: backendMb / goalMb, goal: `≤ ${goalMb} MB`, holds: backendMb <= goalMb, note: rest },
    { name: 'a cancelled batch of PDFs stops', unit: 'ms', ours: stopMs, reference: goalStopMs, ratio: stopMs / goalStopMs, goal: `≤ ${goalStopMs.toLocaleString('en-US')} ms`, holds: stopMs <= goalStopMs },
  ];
}

async function runApart(): Promise<BatchFigures> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'document-batch-run.ts'), String(batch)], { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  child.stdout.on('data', (data: Buffer) => { said += data.toString(); });
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  if (code !== 0) throw new Error(`The batch ended with ${code ?? 'a signal'}.`);
  return JSON.parse(said) as BatchFigures;
}
