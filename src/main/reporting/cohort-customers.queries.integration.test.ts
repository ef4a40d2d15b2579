/** The customers behind each cell of the cohort table of a demo company: as many as the cell counts, summing to what it says. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createCompany } from '../../../sandbox/company/company.ts';
import { addMonths, month as asMonth } from '../../shared/calendar/local-date.ts';
import { fixedClock } from '../../shared/calendar/clock.ts';
import { unattended } from '../platform/work-control.ts';
import { createRevenueRollups } from '../revenue/revenue-rollups.ts';
import { mirrorCompany } from '../testing/mirror-of-company.ts';
import { openTemporaryDatabase } from '../testing/temporary-database.ts';
import { readCohortCustomers } from './cohort-customers.queries.ts';
import { createRevenueMeasures } from './revenue-measures.queries.ts';
import { createRevenueViews } from './revenue-view.ts';

const nowAt = Date.parse('2026-11-18T14:14:00Z');
const ledger = openTemporaryDatabase();
const dependencies = { readable: ledger.database, clock: fixedClock(nowAt), settings: () => ({ functionalCurrency: 'usd', reportingTimeZone: 'America/New_York' }) };
const measures = createRevenueMeasures(dependencies);
const views = createRevenueViews(dependencies);

beforeAll(async () => {
  mirrorCompany(ledger.database, createCompany({ size: 'small', seed: 1 }), nowAt);
  await createRevenueRollups({ ...dependencies, unitOfWork: ledger.database.unitOfWork }).refresh(unattended);
});
afterAll(() => ledger[Symbol.dispose]());

test.each([{ policy: 'standard' }, { policy: 'strict' }, { policy: 'all-discounts', currency: 'eur' }] as const)('each cell under $policy, $currency', (asked) => {
  const { rows } = measures.cohorts({ from: '2023-12', to: '2026-11', ...asked });
  expect(rows.length).toBeGreaterThan(5);
  for (const row of rows) {
    for (const cell of row.cells) {
      const listed = readCohortCustomers(ledger.database, views.view(asked), { cohort: asMonth(row.cohort), month: addMonths(asMonth(row.cohort), cell.offset), text: null, sort: { column: 'amount', direction: 'descending' }, startAt: 0, limit: 500 });
      expect([row.cohort, cell.offset, listed.total, listed.sumMinor]).toEqual([row.cohort, cell.offset, cell.customers, cell.mrrMinor]);
      expect(listed.rows.reduce((sum, each) => sum + each.mrr.amount, 0)).toBe(cell.mrrMinor);
    }
  }
});

test('a name narrows the list, and the order is the one asked for', () => {
  const list = (text: string | null, column: string) => readCohortCustomers(ledger.database, views.view({ policy: 'standard' }), { cohort: asMonth('2026-07'), month: asMonth('2026-07'), text, sort: { column, direction: 'ascending' }, startAt: 0, limit: 500 }).rows;
  const all = list(null, 'customerName');
  expect(all.map((row) => row.customerName)).toEqual(all.map((row) => row.customerName).toSorted((a, b) => a.localeCompare(b)));
  const [first] = all;
  expect(list(first?.customerName ?? '', 'since').map((row) => row.customerId)).toEqual([first?.customerId]);
  expect(list('100% nobody_', 'amount')).toEqual([]);
});
