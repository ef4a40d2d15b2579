import { describe, expect, it } from 'vitest';
import { fixedClock } from '../../shared/calendar/clock.ts';
import { sql } from '../database/handles.ts';
import { unattended } from '../platform/work-control.ts';
import { createRevenueQueries } from '../reporting/revenue.queries.ts';
import { loadExchangeRates, openStripeDesk, startStripeWorld } from '../testing/stripe-desk.ts';
import { openTemporaryDatabase } from '../testing/temporary-database.ts';
import { createRevenueRollups } from './revenue-rollups.ts';

const caveatKinds = sql('test.caveat-kinds', 'SELECT kind, count(DISTINCT object_id) AS objects FROM revenue_caveats GROUP BY kind');

describe('from Stripe over HTTP to the Revenue screen', () => {
  it.each([1, 2])('the demo company small, seed %i, has the MRR and the revenue of its manifest', async (seed) => {
    await using world = await startStripeWorld('small', seed);
    using ledger = openTemporaryDatabase();
    const { manifest } = world.company;
    loadExchangeRates(ledger.database, world.company);
    const { sync, nowMs } = openStripeDesk(ledger.database, world);
    await sync.refill(unattended);

    const dependencies = { readable: ledger.database, unitOfWork: ledger.database.unitOfWork, clock: fixedClock(nowMs), settings: () => ({ functionalCurrency: manifest.functionalCurrency, reportingTimeZone: manifest.reportingTimeZone }) };
    const rollups = createRevenueRollups(dependencies);
    expect((await rollups.refresh(unattended)).customers).toBeGreaterThan(50);
    expect((await rollups.refresh(unattended)).customers).toBe(0);
    expect(ledger.database.all(caveatKinds)).toEqual([{ kind: 'change-undated', objects: 2 }]);

    const queries = createRevenueQueries(dependencies);
    const months = queries.mrrSeries({ from: '2023-12' }).months.map((row) => ({
      month: row.month, mrrMinor: row.endMinor, arrMinor: row.arrMinor, customers: row.customers,
      movements: { new: row.newMinor, expansion: row.expansionMinor, contraction: row.contractionMinor, churn: row.churnMinor, reactivation: row.reactivationMinor, exchangeRate: row.exchangeRateMinor },
    }));
    expect(months).toEqual(manifest.mrr.map(({ month, mrrMinor, arrMinor, customers, movements }) => ({ month, mrrMinor, arrMinor, customers, movements })));

    const revenue = queries.breakdown({ from: '2023-12' }).months.map(({ month, currency, grossMinor, feesMinor, refundsMinor, netMinor, payments }) => ({ month, currency, grossMinor, feesMinor, refundsMinor, netMinor, payments }));
    expect(revenue).toEqual([...manifest.revenue].sort((a, b) => (a.month + a.currency < b.month + b.currency ? -1 : 1)));
  });
});
