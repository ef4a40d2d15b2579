/**
 * What keeping the sums of revenue costs beside the ingest they follow: a company is read over HTTP into an empty ledger, once with the triggers that fill the queue and once
 * without, and then all its customers are worked out. By processor time, so that what else the machine does does not count.
 */
import { fixedClock } from '../src/shared/calendar/clock.ts';
import { unattended } from '../src/main/platform/work-control.ts';
import { createRevenueRollups } from '../src/main/revenue/revenue-rollups.ts';
import { loadExchangeRates, openStripeDesk, startStripeWorld } from '../src/main/testing/stripe-desk.ts';
import { openTemporaryDatabase } from '../src/main/testing/temporary-database.ts';
import { percentile, type Measure } from './measure.ts';

const rounds = 2;

async function processorMs(work: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/** Reading a whole company; then what the sums make of it. */
async function round(size: 'small' | 'medium', hasTriggers: boolean): Promise<{ ingestMs: number; refreshMs: number }> {
  await using world = await startStripeWorld(size, 1);
  using ledger = openTemporaryDatabase();
  const { database } = ledger;
  if (!hasTriggers) {
    const triggers = database.connection.prepare("SELECT name FROM sqlite_master WHERE type = 'trigger' AND (name LIKE 'revenue_stale_%' OR name LIKE 'charge_outcomes_%')").all() as { name: string }[];
    for (const { name } of triggers) database.connection.exec(`DROP TRIGGER ${name}`);
  }
  database.transaction('rates', (writable) => loadExchangeRates(writable, world.company));
  const ingestMs = await processorMs(() => openStripeDesk(database, world).sync.sync({ isFull: false }, unattended));
  const rollups = createRevenueRollups({ readable: database, unitOfWork: database.unitOfWork, clock: fixedClock(Date.parse(world.company.manifest.now)), settings: () => ({ functionalCurrency: 'usd', reportingTimeZone: world.company.manifest.reportingTimeZone }) });
  return { ingestMs, refreshMs: hasTriggers ? await processorMs(() => rollups.refresh(unattended)) : 0 };
}

export async function measureUpkeep(): Promise<Measure[]> {
  await round('small', true); // both warm up
  await round('small', false);
  const [withThem, without, refresh]: number[][] = [[], [], []];
  for (let index = 0; index < rounds; index += 1) {
    // In turn first and second: who comes later finds a warmer process.
    for (const hasTriggers of index % 2 === 0 ? [true, false] : [false, true]) {
      const { ingestMs, refreshMs } = await round('medium', hasTriggers);
      (hasTriggers ? withThem : without)?.push(ingestMs);
      if (hasTriggers) refresh?.push(refreshMs);
    }
  }
  const [bare, kept, worked] = [without, withThem, refresh].map((samples) => percentile(samples ?? [], 50)) as [number, number, number];
  const upkeep = Math.max(0, kept - bare) + worked;
  return [{
    name: `keeping the sums of revenue beside the ingest of a whole company (medium, processor time, medians of ${rounds})`, ours: upkeep, reference: bare, ratio: upkeep / bare, goal: '≤ 0.10', holds: upkeep / bare <= 0.1, unit: 'ms',
    note: `${Math.round(worked)} ms of it to work out all customers, ${Math.round(kept - bare)} ms triggers`,
  }];
}
