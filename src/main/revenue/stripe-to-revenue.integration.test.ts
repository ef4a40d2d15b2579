import { describe, expect, it } from 'vitest';
import { fixedClock } from '../../shared/calendar/clock.ts';
import { sql } from '../database/handles.ts';
import { unattended } from '../platform/work-control.ts';
import { createRevenueQueries } from '../reporting/revenue.queries.ts';
import { loadExchangeRates, openStripeDesk, startStripeWorld } from '../testing/stripe-desk.ts';
import { openTemporaryDatabase } from '../testing/temporary-database.ts';
import { createRevenueRollups } from './revenue-rollups.ts';

const caveatKinds = sql('test.caveat-kinds', 'SELECT kind, count(DISTINCT object_id) AS objects FROM revenue_caveats GROUP BY kind');

const seenSum = (table: 'stripe_charges' | 'stripe_refunds') => sql(`test.seen-${table}`, `SELECT sum(o.amount_minor) AS sum FROM stripe_balance_transactions AS b JOIN ${table} AS o ON o.id = b.source_id WHERE o.currency = ? AND b.currency <> o.currency AND b.type IN ('charge', 'payment', 'refund', 'payment_refund')`);
const seenIn = { stripe_charges: seenSum('stripe_charges'), stripe_refunds: seenSum('stripe_refunds') };

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

    const { months: presented } = queries.presentment({ from: '2023-12', to: '2026-11' });
    const settled = [...Map.groupBy(presented, ({ month, settledIn }) => `${month} ${settledIn}`)].map(([key, rows]) => [key, ...(['settledMinor', 'settledRefundsMinor', 'payments'] as const).map((field) => rows.reduce((sum, row) => sum + row[field], 0))]);
    expect(new Set(settled.map(String))).toEqual(new Set(revenue.filter(({ grossMinor, refundsMinor }) => grossMinor !== 0 || refundsMinor !== 0).map(({ month, currency, grossMinor, refundsMinor, payments }) => `${month} ${currency},${grossMinor},${refundsMinor},${payments}`)));
    for (const currency of ['jpy', 'kwd']) {
      const [paid, refunded] = (['stripe_charges', 'stripe_refunds'] as const).map((table) => ledger.database.get<{ sum: number }>(seenIn[table], [currency])?.sum ?? 0);
      const sum = (field: 'paidMinor' | 'refundedMinor'): number => presented.filter(({ paidIn, settledIn }) => paidIn === currency && settledIn === 'usd').reduce((total, row) => total + row[field], 0);
      expect([sum('paidMinor'), sum('refundedMinor')], currency).toEqual([paid, refunded]);
      expect(paid).toBeGreaterThan(0);
    }
    expect(queries.presentment({}).months.every(({ month }) => month === '2026-11')).toBe(true);
  });
});
