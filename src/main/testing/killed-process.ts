/** A process that is killed at a moment: by itself before a statement, or from outside after a time, wherever it then is. */
import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { CommandOutcome, Environment, StartedCommand } from './cli-desk.ts';
import { nothingAcknowledged, readAcknowledged, type Acknowledged } from './crash-checks.ts';

export type Thread = 'main' | 'worker';
export type Moment = { readonly kind: 'statement'; readonly thread: Thread; readonly at: number } | { readonly kind: 'time'; readonly afterMs: number };

const hook = join(import.meta.dirname, 'die-at-statement.ts');

const withHook = (value: string): Environment => ({ NODE_OPTIONS: `--import ${hook}`, DAYBOOK_TEST_DIE: value });

/** How many statements one of its threads gives to SQLite when nobody kills it, and how long it takes. */
export async function measure(start: (env: Environment) => StartedCommand, thread: Thread, countFile: string): Promise<{ statements: number; elapsedMs: number }> {
  const startedMs = performance.now();
  const outcome = await start(withHook(`${thread}:${countFile}`)).ended;
  if (outcome.code !== 0) throw new Error(`It does not come to its end undisturbed: ${outcome.code} ${outcome.stdout} ${outcome.stderr}`);
  return { statements: Number(readFileSync(countFile, 'utf8')), elapsedMs: performance.now() - startedMs };
}

export interface Killing {
  /** False: it came to its end before. */
  readonly isKilled: boolean;
  readonly outcome: CommandOutcome;
  /** What could be read of the ledger while it lived. */
  readonly acknowledged: Acknowledged;
}

const lookEveryMs = 15;

/** Starts it, reads the ledger beside it now and then, and kills it at the moment. @throws Error when it ends by itself with a code that is not good. */
export async function killAt(start: (env: Environment) => StartedCommand, ledgerFile: string, moment: Moment, goodCodes: readonly (number | null)[] = [0]): Promise<Killing> {
  const { child, ended } = start(moment.kind === 'statement' ? withHook(`${moment.thread}:${moment.at}`) : {});
  let acknowledged = readAcknowledged(ledgerFile) ?? nothingAcknowledged;
  let isLooking = true;
  const looking = (async () => {
    while (isLooking) {
      if (child.exitCode === null && child.signalCode === null) acknowledged = readAcknowledged(ledgerFile) ?? acknowledged;
      await wait(lookEveryMs);
    }
  })();
  if (moment.kind === 'time') void killAfter(child, moment.afterMs, ended);
  const outcome = await ended;
  isLooking = false;
  await looking;
  const isKilled = child.signalCode === 'SIGKILL';
  if (!isKilled && !goodCodes.includes(outcome.code)) throw new Error(`It ended with ${outcome.code}, and nobody had killed it: ${outcome.stdout} ${outcome.stderr}`);
  return { isKilled, outcome, acknowledged };
}

async function killAfter(child: ChildProcess, afterMs: number, ended: Promise<unknown>): Promise<void> {
  await Promise.race([wait(afterMs), ended]);
  if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
}

export const momentText = (moment: Moment): string => (moment.kind === 'statement' ? `before statement ${moment.at}` : `after ${Math.round(moment.afterMs)} ms`);
