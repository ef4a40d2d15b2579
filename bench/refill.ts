/** Measures of the refill: how near it comes to the allowed rate, what memory a large account takes, how quickly it is cancelled. */
import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { createStripeSync } from '../src/main/intake/stripe-sync.ts';
import { createSharedAllowance } from '../src/main/integrations/stripe/shared-allowance.ts';
import { createStripeSource } from '../src/main/integrations/stripe/stripe-source.ts';
import { createJournal } from '../src/main/ledger/journal.ts';
import { createLocalRequestShares } from '../src/main/sync/request-shares.ts';
import { openTemporaryDatabase } from '../src/main/testing/temporary-database.ts';
import { fixedClock } from '../src/shared/calendar/clock.ts';
import { TimeZone } from '../src/shared/calendar/time-zone.ts';
import type { Measure } from './measure.ts';
import type { RefillRun } from './refill-run.ts';

const allowedPerSecond = 25;
const small = 100_000;
const large = Number(process.env['DAYBOOK_BENCH_TRANSACTIONS'] ?? '1000000');

function start(file: string, args: readonly string[]): { readonly child: ChildProcess; readonly said: Promise<string> } {
  const child = spawn(process.execPath, [join(import.meta.dirname, file), ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
  const said = new Promise<string>((resolve, reject) => {
    createInterface(child.stdout).once('line', resolve);
    child.once('exit', (code) => reject(new Error(`${file} ended with ${code ?? 'a signal'} before it said anything.`)));
  });
  return { child, said };
}

/** The most that lie in one window of a second, its end left out. */
function mostInOneSecond(timesMs: readonly number[]): number {
  let most = 0;
  for (let first = 0, behind = 0; first < timesMs.length; first += 1) {
    while (behind < timesMs.length && (timesMs[behind] ?? 0) < (timesMs[first] ?? 0) + 1_000) behind += 1;
    most = Math.max(most, behind - first);
  }
  return most;
}

/** A whole refill of the small company against the sandbox's own limiter, with nothing left to others and its share taken as desks take it: the part of it that reads. */
async function refillAtLimit(): Promise<{ readonly perSecond: number; readonly mostInOneSecond: number; readonly note: string }> {
  const { child, said } = start('stripe-server.ts', ['1']);
  try {
    const { url, secretKey } = JSON.parse(await said) as { url: string; secretKey: string };
    await fetch(`${url}/_sandbox/faults`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ rateLimit: { accountPerSecond: allowedPerSecond, endpointPerSecond: allowedPerSecond } }) });
    const clock = fixedClock(Date.now());
    const leftMs: number[] = [];
    using ledger = openTemporaryDatabase();
    const { database } = ledger;
    const allowance = createSharedAllowance({ shares: createLocalRequestShares({ unitOfWork: database.unitOfWork, nowMs: Date.now }), total: () => allowedPerSecond, desk: 'bench' });
    const source = createStripeSource({
      key: secretKey, apiBase: url, headroomShare: () => 0, allowance,
      now: () => {
        leftMs.push(performance.now());
        return clock.now();
      },
    });
    const stop = new AbortController();
    const sync = createStripeSync({ readable: database, unitOfWork: database.unitOfWork, durability: database.durability, source, journal: createJournal({ clock }), clock, timeZone: new TimeZone('America/New_York'), functionalCurrency: 'usd' });
    let objects = 0;
    // What is posted afterwards asks Stripe for nothing.
    await sync.refill({ signal: stop.signal, report: ({ note, done }) => (note.startsWith('Posting') ? stop.abort() : (objects = done)) }).catch((error: unknown) => {
      if (!stop.signal.aborted) throw error;
    });
    await allowance.close();
    const seconds = ((leftMs.at(-1) ?? 0) - (leftMs[0] ?? 0)) / 1_000;
    const perSecond = (leftMs.length - 1) / seconds;
    const most = mostInOneSecond(leftMs);
    return { perSecond, mostInOneSecond: most, note: `${leftMs.length} requests in ${seconds.toFixed(1)} s, ${objects.toLocaleString('en-US')} objects, at most ${most} requests left in one second` };
  } finally {
    child.stdin?.end();
  }
}

/** Runs a script against a generated account of so many balance transactions. */
async function against<Answer>(count: number, file: string, args: readonly string[] = []): Promise<Answer> {
  const server = start('generated-stripe.ts', [String(count)]);
  try {
    const { url, now } = JSON.parse(await server.said) as { url: string; now: number };
    return JSON.parse(await start(file, [url, String(now), ...args]).said) as Answer;
  } finally {
    server.child.stdin?.end();
  }
}

async function measureMemory(): Promise<Measure> {
  const first = await against<RefillRun>(small, 'refill-run.ts');
  const second = await against<RefillRun>(large, 'refill-run.ts');
  const grownMb = second.largestMb - first.largestMb;
  if (second.posted !== large) throw new Error(`${second.posted} entries were posted of ${large}.`);
  return {
    name: `refill of ${large.toLocaleString('en-US')} balance transactions: memory beside ${small.toLocaleString('en-US')}`, ours: second.largestMb, reference: first.largestMb, ratio: second.largestMb / first.largestMb, goal: 'grows by < 100 MB', holds: grownMb < 100, unit: 'MB',
    note: `${grownMb >= 0 ? '+' : ''}${grownMb} MB; ${Math.round(second.objects / second.seconds).toLocaleString('en-US')} objects/s over HTTP and posted, ${Math.round(second.seconds)} s in all`,
  };
}

const cancelledAfter = [5_000, 20_000, 40_000, 60_000, 80_000];

async function measureCancel(): Promise<Measure> {
  const tookMs = await against<number[]>(small, 'refill-cancel.ts', cancelledAfter.map(String));
  const slowestMs = Math.max(...tookMs);
  return { name: 'refill cancelled by a person', ours: slowestMs, reference: 200, ratio: slowestMs / 200, goal: '≤ 200 ms, the slowest of five', holds: slowestMs <= 200, unit: 'ms', note: tookMs.map((ms) => `${Math.round(ms)} ms`).join(', ') };
}

/** The better of two: a machine that is busy elsewhere sends late, never early. Neither may send too much. */
async function measureRate(): Promise<Measure> {
  const runs = [await refillAtLimit(), await refillAtLimit()].toSorted((a, b) => b.perSecond - a.perSecond);
  const [best] = runs;
  const perSecond = best?.perSecond ?? 0;
  const ratio = perSecond / allowedPerSecond;
  const isWithin = runs.every((run) => run.mostInOneSecond <= allowedPerSecond);
  return { name: 'refill at the allowed rate', ours: perSecond, reference: allowedPerSecond, ratio, goal: '≥ 0.95 × the limit, and never more than it in any second', holds: ratio >= 0.95 && isWithin, unit: 'requests/s', note: best?.note ?? '' };
}

export async function measureRefill(): Promise<Measure[]> {
  return [await measureRate(), await measureCancel(), await measureMemory()];
}
