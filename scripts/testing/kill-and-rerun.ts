/** Kills the demo at a moment, runs it again to its end, and tells what stands then. */
import { setTimeout as wait } from 'node:timers/promises';
import { endLeftovers, killDemo, placesOf, runDemo, startDemo, type DemoProcess } from './demo-process.ts';
import { digestOfBooks, type LedgerDigest } from '../../src/main/testing/ledger-digest.ts';

export type Victim = Parameters<typeof killDemo>[1];

/** A moment of the demo: after a line of its account, and then so many milliseconds. null: counted from its start. */
export interface KillMoment {
  readonly after: RegExp | null;
  readonly delayMs: number;
  readonly victim: Victim;
}

/** What the demo prints as each step ends; the kill falls into the step that follows. */
export const stepLines: readonly RegExp[] = [/the outside world is up/, /^Shared database/m, /^(Refill|Sync) from Stripe/m, /^Bill 20/m, /^Reconcile/m, /^Recognise revenue/m, /^Close the months/m, /^MRR and ARR/m, /^Revenue/m, /^Verify the ledger/m];

/** Whether it got as far as the line; false: it ended before. */
async function reaches(demo: DemoProcess, line: RegExp): Promise<boolean> {
  let isEnded = false;
  void demo.ended.then(() => (isEnded = true));
  while (!line.test(demo.text())) {
    if (isEnded) return false;
    await wait(5);
  }
  return true;
}

/** Runs the demo on the folder and kills it at the moment, or lets it end when the moment never comes. */
export async function runAndKill(data: string, { after, delayMs, victim }: KillMoment): Promise<void> {
  const demo = startDemo({ data });
  if (after !== null && !(await reaches(demo, after))) return;
  await Promise.race([wait(delayMs), demo.ended]);
  await killDemo(demo, victim, placesOf({ data }).world);
}

/** Kills at each moment in turn, then runs to the end. @throws Error with the demo's words when it does not come to its end. */
export async function booksAfterKills(data: string, moments: readonly KillMoment[]): Promise<LedgerDigest> {
  try {
    for (const moment of moments) await runAndKill(data, moment);
    const text = await runDemo({ data });
    if (!text.includes('Every figure equals the manifest of truth.')) throw new Error(text);
    return digestOfBooks(placesOf({ data }).ledger);
  } finally {
    endLeftovers(placesOf({ data }).world);
  }
}
