/**
 * How long after one desk has committed an edit the other one has it, by the notice alone: against what the line itself takes, a bare LISTEN and NOTIFY with the same
 * number of questions behind it that a fetch asks.
 */
import pg from 'pg';
import { startPostgres } from '../sandbox/postgres.ts';
import { fixedClock } from '../src/shared/calendar/clock.ts';
import { findStandingRecord } from '../src/main/contracts/local-changes.repository.ts';
import { createChangeNotices } from '../src/main/integrations/postgres/change-notices.ts';
import { silentLogger } from '../src/main/platform/logger.ts';
import { unattended } from '../src/main/platform/work-control.ts';
import { createLiveSync } from '../src/main/sync/live-sync.ts';
import { makeSharedDatabase, openDesk, seedContract, sharedContractId } from '../src/main/testing/shared-desks.ts';
import type { Measure } from './measure.ts';

const commits = 100;
const goalMs = 50;

/** A notice, and eight questions one after the other. */
async function measureLine(url: string): Promise<number> {
  const [from, to] = [new pg.Client({ connectionString: url }), new pg.Client({ connectionString: url })];
  await Promise.all([from.connect(), to.connect()]);
  await to.query('LISTEN bench');
  const times: number[] = [];
  for (let n = 0; n < commits; n += 1) {
    const { promise, resolve } = Promise.withResolvers<void>();
    to.once('notification', () => resolve());
    const startedMs = performance.now();
    await from.query('NOTIFY bench');
    await promise;
    for (let question = 0; question < 8; question += 1) await to.query('SELECT 1');
    times.push(performance.now() - startedMs);
  }
  await Promise.all([from.end(), to.end()]);
  return percentile(times, 95);
}

export async function measureLiveEdits(): Promise<Measure[]> {
  const server = await startPostgres();
  try {
    await using world = await makeSharedDatabase(server);
    await world.owner.query('UPDATE daybook.ledger SET price_changes_need_approval = false');
    await seedContract(world.owner);
    const clock = fixedClock(0);
    const benUrl = await world.urlOf('ben', 'admin');
    await using ada = openDesk({ person: 'ada', url: await world.urlOf('ada', 'admin'), clock });
    await using ben = openDesk({ person: 'ben', url: benUrl, clock });
    for (const desk of [ada, ben]) await desk.exchange();
    let arrived: () => void = () => undefined;
    const live = createLiveSync({
      notices: createChangeNotices({ url: benUrl }), logger: silentLogger, pollMs: 3_600_000, onExchanged: () => arrived(), onLine: () => arrived(),
      async exchange() {
        const { written, heldBackSince } = await ben.sync.pull(unattended);
        return { isBehind: heldBackSince !== null, entities: Object.keys(written) };
      },
    });
    const feeAt = (desk: typeof ben): unknown => findStandingRecord(desk.ledger.database, 'contract', sharedContractId)?.values['flat_fee_minor'];
    const until = async (isThere: () => boolean): Promise<void> => {
      while (!isThere()) await new Promise<void>((resolve) => { arrived = resolve; });
    };
    await until(() => live.isFollowing());
    const times: number[] = [];
    for (let n = 1; n <= commits; n += 1) {
      const fee = 10_000 + n;
      ada.changes.submit({ entity: 'contract', entityId: sharedContractId, operation: 'update', baseVersion: n, values: { flat_fee_minor: fee }, reason: 'bench' }, { actor: 'ada' });
      const seen = until(() => feeAt(ben) === fee);
      await ada.sending.sendPending(unattended);
      const committedMs = performance.now();
      await seen;
      times.push(performance.now() - committedMs);
      await ada.sync.pull(unattended);
    }
    await live.close();
    const [ours, reference] = [percentile(times, 95), await measureLine(world.ownerUrl)];
    return [{ name: 'sync an edit, from one desk’s commit to the other desk’s copy', ours: Math.round(ours), reference: Math.round(reference), ratio: reference / ours, goal: `95 of 100 within ${goalMs} ms on loopback`, holds: ours <= goalMs, unit: 'ms', note: `median ${Math.round(percentile(times, 50))} ms, slowest ${Math.round(Math.max(...times))} ms` }];
  } finally {
    await server.stop();
  }
}

function percentile(values: readonly number[], share: number): number {
  const ordered = [...values].sort((a, b) => a - b);
  return ordered[Math.min(ordered.length - 1, Math.floor((ordered.length * share) / 100))] ?? 0;
}
