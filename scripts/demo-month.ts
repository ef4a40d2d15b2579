/**
 * The month's work of the demo, step by step, with a short account of each and a look at the manifest of truth.
 */
import { randomUUID } from 'node:crypto';
import type { DaybookClient } from '../src/shared/api/contract.ts';
import type { Manifest } from '../sandbox/manifest.ts';
import { billPartners, closeMonths, compareRevenue, computeMrr, count, pullSharedDatabase, readBankStatements, readStripe, recogniseRevenue, reconcile, verifyLedger, type DemoDesk } from './demo-steps.ts';

export interface DemoMonthOptions {
  readonly client: DaybookClient;
  readonly manifest: Manifest;
  readonly stripeUrl: string;
  /** Where the bank's statements lie. */
  readonly bankFolder: string;
  readonly dataFolder: string;
  /** The last month to close; the month that is billed when absent. */
  readonly closesThrough?: string;
  say(line: string): void;
}

/** More differences than so many are not listed. */
const mostListed = 20;

/**
 * Refill, pull, bill, reconcile, recognise, close, compute; idempotent as a whole.
 * @returns whether every figure equals the manifest.
 */
export async function runDemoMonth(options: DemoMonthOptions): Promise<boolean> {
  const { client, manifest, stripeUrl, say } = options;
  const desk = openDesk(options);
  const step = async (title: string, work: (desk: DemoDesk) => Promise<string>): Promise<void> => {
    const startedMs = performance.now();
    const account = await work(desk);
    say(`${title.padEnd(24)} ${account} (${((performance.now() - startedMs) / 1_000).toFixed(1)} s)`);
  };
  const { hasData } = await client.system.status({});
  await step('Shared database', pullSharedDatabase);
  await step(hasData ? 'Sync from Stripe' : 'Refill from Stripe', () => readStripe(desk, hasData ? 'stripe-sync' : 'stripe-refill'));
  await plantBreaks(stripeUrl);
  await step(`Bill ${manifest.billingMonth}`, billPartners);
  await step('Reconcile', reconcile);
  await step('Bank statements', readBankStatements);
  await step('Recognise revenue', recogniseRevenue);
  await step('Close the months', closeMonths);
  await step('MRR and ARR', computeMrr);
  await step('Revenue', compareRevenue);
  await step('Verify the ledger', verifyLedger);

  const { differences } = desk;
  if (differences.length === 0) say('Every figure equals the manifest of truth.');
  else {
    say(`${count(differences.length)} figures differ from the manifest:`);
    for (const difference of differences.slice(0, mostListed)) say(`  ${difference}`);
  }
  return differences.length === 0;
}

function openDesk({ client, manifest, bankFolder, dataFolder, closesThrough = manifest.billingMonth }: DemoMonthOptions): DemoDesk {
  const differences: string[] = [];
  return {
    client, manifest, bankFolder, dataFolder, closesThrough, differences,
    expectEqual(what, found, expected) {
      if (found !== expected) differences.push(`${what}: found ${count(found)}, the manifest says ${count(expected)}`);
    },
    async job(name, { period, options = {} } = {}) {
      const run = await client.jobs.run({ commandId: randomUUID(), job: name, wait: true, options: { ...options }, ...(period ? { period } : {}) });
      if (run.status !== 'succeeded') throw new Error(`${run.title}: ${run.errorMessage ?? run.status} (${run.errorCode ?? ''})`);
      return run.result;
    },
  };
}

/** Puts the breaks in place that a refill would otherwise have taken in. Does nothing the second time. */
async function plantBreaks(stripeUrl: string): Promise<void> {
  const response = await fetch(new URL('/_sandbox/plant', stripeUrl), { method: 'POST' });
  if (!response.ok) throw new Error(`The sandbox could not plant its breaks (${response.status}).`);
}
