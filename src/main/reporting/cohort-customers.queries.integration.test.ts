/** The customers behind each cell of the cohort table of a demo company: as many as the cell counts, summing to what it says. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createCompany } from '../../../sandbox/company/company.ts';
import { addMonths, month as asMonth } from '../../shared/calendar/local-date.ts';
import { fixedClock } from '../../shared/calendar/clock.ts';
import { TimeZone } from '../../shared/calendar/time-zone.ts';
import { unattended } from '../platform/work-control.ts';
import { createRevenueRollups } from '../revenue/revenue-rollups.ts';
import { mirrorCompany } from '../testing/mirror-of-company.ts';
import { RevenueWorld } from '../testing/revenue-world.ts';
import { openTemporaryDatabase, type TemporaryDatabase } from '../testing/temporary-database.ts';
import { readCohortCustomers } from './cohort-customers.queries.ts';
import { createRevenueMeasures } from './revenue-measures.queries.ts';
import { createRevenueViews } from './revenue-view.ts';

const nowAt = Date.parse('2026-11-18T14:14:00Z');
const ledger = openTemporaryDatabase();
const dependencies = { readable: ledger.database, clock: fixedClock(nowAt), settings: () => ({ functionalCurrency: 'usd', reportingTimeZone: 'America/New_York' }) };
const views = createRevenueViews(dependencies);

beforeAll(async () => {
  mirrorCompany(ledger.database, createCompany({ size: 'small', seed: 1 }), nowAt);
  await createRevenueRollups({ ...dependencies, unitOfWork: ledger.database.unitOfWork }).refresh(unattended);
});
afterAll(() => ledger[Symbol.dispose]());

type Asked = Parameters<ReturnType<typeof createRevenueMeasures>['cohorts']>[0];

/** @returns how many cohorts there are. */
function checkEachCell({ database }: TemporaryDatabase, on: Pick<typeof dependencies, 'readable' | 'clock' | 'settings'>, asked: Asked): number {
  const view = createRevenueViews(on).view(asked);
  const { rows } = createRevenueMeasures(on).cohorts(asked);
  for (const row of rows) {
    expect(row.customers).toBeGreaterThanOrEqual(Math.max(1, ...row.cells.map(({ customers }) => customers)));
    for (const cell of row.cells) {
      const listed = readCohortCustomers(database, view, { cohort: asMonth(row.cohort), month: addMonths(asMonth(row.cohort), cell.offset), text: null, sort: { column: 'amount', direction: 'descending' }, startAt: 0, limit: 500 });
      expect([row.cohort, cell.offset, listed.total, listed.sumMinor]).toEqual([row.cohort, cell.offset, cell.customers, cell.mrrMinor]);
      expect(listed.rows.reduce((sum, each) => sum + each.mrr.amount, 0)).toBe(cell.mrrMinor);
      for (const each of listed.rows) expect(each.since.slice(0, 7)).toBe(row.cohort);
    }
  }
  return rows.length;
}

test.each([{ policy: 'standard' }, { policy: 'strict' }, { policy: 'all-discounts', currency: 'eur' }] as const)('each cell under $policy, $currency', (asked) => {
  expect(checkEachCell(ledger, dependencies, { from: '2023-12', to: '2026-11', ...asked })).toBeGreaterThan(5);
});

test('each cell where customers begin in one currency and add another, and rates are missing at first', async () => {
  using random = openTemporaryDatabase();
  const zone = new TimeZone('America/New_York');
  const world = new RevenueWorld(random.database, { seed: 2, zone, startAt: Date.parse('2025-01-10T15:00:00Z'), isUnruly: true });
  for (let change = 0; change < 160; change += 1) world.step();
  const on = { ...dependencies, readable: random.database, clock: fixedClock(world.nowAt) };
  await createRevenueRollups({ ...on, unitOfWork: random.database.unitOfWork }).refresh(unattended);
  for (const currency of [undefined, 'usd', 'eur', 'kwd']) expect(checkEachCell(random, on, { from: '2025-01', policy: 'standard', currency })).toBeGreaterThan(1);
});

test('a name narrows the list, and the order is the one asked for', () => {
  const list = (text: string | null, column: string) => readCohortCustomers(ledger.database, views.view({ policy: 'standard' }), { cohort: asMonth('2026-07'), month: asMonth('2026-07'), text, sort: { column, direction: 'ascending' }, startAt: 0, limit: 500 }).rows;
  const all = list(null, 'customerName');
  expect(all.map((row) => row.customerName)).toEqual(all.map((row) => row.customerName).toSorted((a, b) => a.localeCompare(b)));
  const [first] = all;
  expect(list(first?.customerName ?? '', 'since').map((row) => row.customerId)).toEqual([first?.customerId]);
  expect(list('100% nobody_', 'amount')).toEqual([]);
});
