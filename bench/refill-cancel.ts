/**
 * Refills of a whole backend, each cancelled by a person in its middle: `node refill-cancel.ts URL NOW OBJECTS…` prints the milliseconds from each cancel to the
 * run's end, where it was cancelled after so many objects. Each goes on where the one before it stopped.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startBackend } from '../src/main/backend.ts';

const [url = '', now = '0', ...cancelAfter] = process.argv.slice(2);
const dataFolder = mkdtempSync(join(tmpdir(), 'daybook-bench-'));
try {
  writeFileSync(join(dataFolder, 'config.json'), JSON.stringify({ stripeApiBase: url, now: new Date(Number(now)).toISOString(), stripeLimiter: 'off' }));
  const backend = await startBackend({ dataFolder, host: 'cli', env: { DAYBOOK_STRIPE_KEY: 'rk_test_generated' } });
  const client = backend.clientFor('cli');
  const tookMs: number[] = [];
  for (const objects of cancelAfter.map(Number)) {
    const command = { commandId: crypto.randomUUID(), job: 'stripe-refill' };
    const { id } = await client.jobs.run(command);
    for (let done = 0; done < objects; ) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      const run = (await client.jobs.runs({ job: 'stripe-refill', limit: 1 })).runs[0];
      if (run?.status !== 'running') throw new Error(`The refill ended ${run?.status ?? 'without a row'} before it could be cancelled: ${run?.errorMessage ?? ''}`);
      done = run.done;
    }
    const startedMs = performance.now();
    await client.jobs.cancel({ commandId: crypto.randomUUID(), runId: id });
    const { status } = await client.jobs.run({ ...command, wait: true });
    tookMs.push(performance.now() - startedMs);
    if (status !== 'cancelled') throw new Error(`The refill ended ${status}.`);
  }
  await backend.close();
  console.log(JSON.stringify(tookMs));
} finally {
  rmSync(dataFolder, { recursive: true, force: true });
}
