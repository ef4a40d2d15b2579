import { expect, it } from 'vitest';
import { addDays, daysBetween, monthsFromTo, type Month } from '../../shared/calendar/local-date.ts';
import { TimeZone } from '../../shared/calendar/time-zone.ts';
import { unattended } from '../platform/work-control.ts';
import { createRevenueMeasures } from '../reporting/revenue-measures.queries.ts';
import { openOracle, type OracleDay, type OraclePolicy } from '../testing/revenue-oracle.ts';
import { RevenueWorld } from '../testing/revenue-world.ts';
import { openTemporaryDatabase } from '../testing/temporary-database.ts';
import { createRevenueRollups } from './revenue-rollups.ts';

const isLong = process.env['DAYBOOK_LONG'] === '1';
const companies = Number(process.env['DAYBOOK_COMPANIES'] ?? (isLong ? 1_000 : 30));
const firstSeed = Number(process.env['DAYBOOK_SEED'] ?? 1);
const zone = new TimeZone('America/New_York');
const settings = () => ({ functionalCurrency: 'usd', reportingTimeZone: zone.name });
const startAt = Date.parse('2025-01-10T15:00:00Z');

function daysUntil(nowAt: number): OracleDay[] {
  const first = addDays(zone.dateOf(startAt), -1);
  const today = zone.dateOf(nowAt);
  return Array.from({ length: daysBetween(first, today) + 1 }, (_, index) => {
    const day = addDays(first, index);
    return { day, startAt: zone.startOf(day), endAt: day === today ? nowAt : zone.startOf(addDays(day, 1)) };
  });
}

async function compare(seed: number): Promise<void> {
  using ledger = openTemporaryDatabase();
  const { database } = ledger;
  const world = new RevenueWorld(database, { seed, zone, startAt, isUnruly: false });
  for (let change = 0; change < 40 + (seed % 60); change += 1) world.step();
  const clock = { now: () => world.nowAt };
  await createRevenueRollups({ readable: database, unitOfWork: database.unitOfWork, clock, settings }).refresh(unattended);
  const measures = createRevenueMeasures({ readable: database, clock, settings });
  const oracle = await openOracle(database, daysUntil(world.nowAt));
  try {
    for (const policy of ['standard', 'all-discounts', 'strict'] as const satisfies readonly OraclePolicy[]) {
      const months = await oracle.months(policy);
      const [from, to] = [months[0]?.month, months.at(-1)?.month];
      if (from === undefined || to === undefined) {
        // Everything it ever billed was void, or is still a trial.
        expect(measures.monthly({ policy }).months.filter(({ startMinor, endMinor }) => startMinor !== 0 || endMinor !== 0), `seed ${seed}, policy ${policy}`).toEqual([]);
        continue;
      }
      const ours = measures.monthly({ from, to, policy }).months.map((row) => {
        const value = (figure: string): number => row.measures.find((measure) => measure.figure === figure)?.value ?? 0;
        return { month: row.month, end: row.endMinor, customers: value('customers'), new: value('new'), expansion: value('expansion'), contraction: value('contraction'), churn: value('churn'), reactivation: value('reactivation'), 'exchange-rate': value('exchange-rate') };
      });
      expect(ours, `seed ${seed}, policy ${policy}`).toEqual(months);
      const members = monthsFromTo(from as Month, to as Month).flatMap((month) => (['plan', 'country', 'currency'] as const).flatMap((by) => measures.breakdown({ from: month, to: month, policy, by }).rows.filter(({ endMinor }) => endMinor !== 0).map((row) => `${by} ${row.member} ${month} ${row.endMinor} ${row.native?.amount ?? '-'}`)));
      const theirs = (await oracle.members(policy)).map((row) => `${row.dimension} ${row.member} ${row.month} ${row.end} ${row.dimension === 'currency' ? row.native : '-'}`);
      expect(members.toSorted(), `seed ${seed}, policy ${policy}, members`).toEqual(theirs.toSorted());
    }
  } finally {
    oracle.close();
  }
}

it(`agrees to the cent with an independent calculation on ${companies} random companies, from seed ${firstSeed} on`, async () => {
  for (let seed = firstSeed; seed < firstSeed + companies; seed += 1) await compare(seed);
}, 3_600_000);
