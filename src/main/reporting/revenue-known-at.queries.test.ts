import { describe, expect, it } from 'vitest';
import { monthsFromTo, type Month } from '../../shared/calendar/local-date.ts';
import { TimeZone } from '../../shared/calendar/time-zone.ts';
import { unattended } from '../platform/work-control.ts';
import { presetOf } from '../revenue/mrr-policy.ts';
import { createRevenueRollups } from '../revenue/revenue-rollups.ts';
import { RevenueWorld } from '../testing/revenue-world.ts';
import { postSales } from '../testing/small-books.ts';
import { openTemporaryDatabase } from '../testing/temporary-database.ts';
import { readKnownAt } from './revenue-known-at.queries.ts';
import { createRevenueMeasures } from './revenue-measures.queries.ts';

const zone = new TimeZone('America/New_York');
const settings = () => ({ functionalCurrency: 'usd', reportingTimeZone: zone.name });
const figures = ['mrr', 'new', 'expansion', 'contraction', 'churn', 'reactivation', 'exchange-rate', 'customers'];

describe('a month as known at a moment', () => {
  it.each([11, 12, 13])('is what the figures said at that moment, under every policy (seed %i)', async (seed) => {
    using ledger = openTemporaryDatabase();
    const { database } = ledger;
    const world = new RevenueWorld(database, { seed, zone, startAt: Date.parse('2025-01-10T15:00:00Z'), isUnruly: true });
    const dependencies = { readable: database, unitOfWork: database.unitOfWork, clock: { now: () => world.nowAt }, settings };
    const measures = createRevenueMeasures(dependencies);
    const said: { at: number; month: Month; policy: 'standard' | 'all-discounts' | 'strict'; values: unknown[] }[] = [];
    for (let change = 0; change < 60; change += 1) {
      world.step();
      if (change % 6 > 0) continue;
      await createRevenueRollups(dependencies).refresh(unattended);
      for (const policy of ['standard', 'all-discounts', 'strict'] as const) {
        for (const row of measures.monthly({ from: '2025-01', policy }).months) said.push({ at: world.nowAt, month: row.month as Month, policy, values: figures.map((figure) => row.measures.find((measure) => measure.figure === figure)?.value) });
      }
    }
    await createRevenueRollups(dependencies).refresh(unattended);
    for (const { at, month, policy, values } of said) {
      const answer = readKnownAt(database, { month, knownAt: at, preset: presetOf(policy), functionalCurrency: 'usd', asOf: world.nowAt }, world.nowAt);
      expect([month, policy, answer.mrrAbsence, answer.known.slice(0, figures.length).map(({ amount, count }) => amount?.amount ?? count)]).toEqual([month, policy, null, values]);
      const [then = 0, now = 0] = [answer.known, answer.present].map((of) => of[0]?.amount?.amount ?? 0);
      if (answer.lateFactsTotal <= 100) expect(answer.lateFacts.filter(({ area }) => area === 'mrr').reduce((sum, { amount }) => sum + amount.amount, 0)).toBe(now - then);
    }
    expect(monthsFromTo('2025-01' as Month, zone.monthOf(world.nowAt)).length).toBeGreaterThan(1);
    expect(() => readKnownAt(database, { month: '2025-01' as Month, knownAt: world.nowAt + 1, preset: presetOf('standard'), functionalCurrency: 'usd', asOf: world.nowAt }, world.nowAt)).toThrow(expect.objectContaining({ code: 'not-known-then' }));
    const before = readKnownAt(database, { month: '2025-01' as Month, knownAt: 1, preset: presetOf('standard'), functionalCurrency: 'usd', asOf: world.nowAt }, world.nowAt);
    expect(before).toMatchObject({ mrrAbsence: expect.stringContaining('not known here'), known: expect.arrayContaining([{ figure: 'mrr', name: 'MRR', amount: null, count: null }]) });
  });

  it('tells the books by when entries were recorded, and names those that came later', () => {
    using ledger = openTemporaryDatabase();
    postSales(ledger.database, 'early', 3, 1_000);
    postSales(ledger.database, 'late', 2, 2_000);
    const answer = readKnownAt(ledger.database, { month: '2026-10' as Month, knownAt: 1_500, preset: presetOf('standard'), functionalCurrency: 'usd', asOf: 3_000 }, 3_000);
    const of = (rows: typeof answer.known): unknown => rows.find(({ figure }) => figure === '4030-revenue-one-off')?.amount;
    expect([of(answer.known), of(answer.present)]).toEqual([{ amount: 300, currency: 'usd' }, { amount: 500, currency: 'usd' }]);
    expect(answer.lateFacts.map(({ area, learnedAt, amount }) => [area, learnedAt, amount.amount])).toEqual([['books', 2_000, 100], ['books', 2_000, 100]]);
  });
});
