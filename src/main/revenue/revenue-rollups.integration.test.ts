import { afterAll, describe, expect, it } from 'vitest';
import { createCompany } from '../../../sandbox/company/company.ts';
import { fixedClock } from '../../shared/calendar/clock.ts';
import type { Month } from '../../shared/calendar/local-date.ts';
import { sql } from '../database/handles.ts';
import { unattended } from '../platform/work-control.ts';
import { mirrorCompany } from '../testing/mirror-of-company.ts';
import { openTemporaryDatabase } from '../testing/temporary-database.ts';
import { readCustomerWindow } from '../reporting/revenue-lists.queries.ts';
import { createRevenueMeasures } from '../reporting/revenue-measures.queries.ts';
import { createRevenueViews } from '../reporting/revenue-view.ts';
import { createRevenueRollups } from './revenue-rollups.ts';

const nowAt = Date.parse('2026-11-18T14:14:00Z');
const settings = () => ({ functionalCurrency: 'usd', reportingTimeZone: 'America/New_York' });
const isLong = process.env['DAYBOOK_LONG'] === '1';
const companies = [['small', 1], ['small', 2], ['small', 5], ...(isLong ? ([['medium', 1], ['small', 8], ['small', 13]] as const) : [])] as const;

const membersThatDoNotSum = sql(
  'test.members',
  `WITH sums AS (SELECT policy, dimension, currency, month, kind, sum(amount_minor) AS amount, sum(functional_minor) AS functional FROM revenue_rollups GROUP BY 1, 2, 3, 4, 5)
   SELECT a.policy, d.dimension, a.currency, a.month, a.kind, a.amount, s.amount AS members FROM (SELECT * FROM sums WHERE dimension = 'all') AS a
     CROSS JOIN (SELECT 'plan' AS dimension UNION SELECT 'country' UNION SELECT 'cohort') AS d
     LEFT JOIN sums AS s ON s.policy = a.policy AND s.dimension = d.dimension AND s.currency = a.currency AND s.month = a.month AND s.kind = a.kind WHERE coalesce(s.amount, 0) <> a.amount`,
);

describe.each(companies)('the kept sums of the demo company %s, seed %i', (size, seed) => {
  const company = createCompany({ size, seed });
  const ledger = openTemporaryDatabase();
  const { database } = ledger;
  const dependencies = { readable: database, clock: fixedClock(nowAt), settings };
  const measures = createRevenueMeasures(dependencies);
  const views = createRevenueViews(dependencies);
  afterAll(() => ledger[Symbol.dispose]());

  it('are the MRR, customers and movements of the manifest in all 36 months', async () => {
    mirrorCompany(database, company, nowAt);
    await createRevenueRollups({ ...dependencies, unitOfWork: database.unitOfWork }).refresh(unattended);
    const { months, currency } = measures.monthly({ from: '2023-12', policy: 'standard' });
    const found = months.map(({ month, measures: of }) => {
      const value = (figure: string): number => of.find((measure) => measure.figure === figure)?.value ?? Number.NaN;
      return { month, mrrMinor: value('mrr'), arrMinor: value('arr'), customers: value('customers'), movements: { new: value('new'), expansion: value('expansion'), contraction: value('contraction'), churn: value('churn'), reactivation: value('reactivation'), exchangeRate: value('exchange-rate') } };
    });
    expect(currency).toBe('usd');
    expect(found).toEqual(company.manifest.mrr.map(({ month, mrrMinor, arrMinor, customers, movements }) => ({ month, mrrMinor, arrMinor, customers, movements })));
  });

  it('are summed by every member of every dimension, month by month and kind by kind', () => {
    expect(database.all(membersThatDoNotSum)).toEqual([]);
  });

  it.each(['standard', 'all-discounts', 'strict'] as const)('lead from each start to each end under the policy %s, by plan, country and currency, and customers sum to MRR', (policy) => {
    for (const month of ['2024-06', '2025-12', '2026-10', '2026-11'] as Month[]) {
      for (const by of ['plan', 'country', 'currency'] as const) {
        const { rows, total } = measures.breakdown({ from: month, to: month, policy, by });
        for (const row of [...rows, total]) expect(row.startMinor + row.newMinor + row.expansionMinor + row.contractionMinor + row.churnMinor + row.reactivationMinor + row.exchangeRateMinor).toBe(row.endMinor);
        expect(rows.reduce((sum, { endMinor }) => sum + endMinor, 0)).toBe(total.endMinor);
        expect(rows.reduce((sum, { startMinor }) => sum + startMinor, 0)).toBe(total.startMinor);
      }
      const { sumMinor, total } = readCustomerWindow(database, views.view({ policy }), month, { startAt: 0, limit: 500, sort: { column: 'amount', direction: 'descending' }, text: null }, views.zone());
      const whole = measures.breakdown({ from: month, to: month, policy, by: 'plan' }).total;
      expect(sumMinor).toBe(whole.endMinor);
      expect(total).toBe(whole.customers);
    }
  });
});
