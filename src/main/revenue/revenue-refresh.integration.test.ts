import { afterAll, describe, expect, it } from 'vitest';
import { createCompany } from '../../../sandbox/company/company.ts';
import { fixedClock } from '../../shared/calendar/clock.ts';
import { sql } from '../database/handles.ts';
import { unattended } from '../platform/work-control.ts';
import { createRevenueQueries, type RevenueQueries } from '../reporting/revenue.queries.ts';
import { mirrorCompany } from '../testing/mirror-of-company.ts';
import { openTemporaryDatabase, type TemporaryDatabase } from '../testing/temporary-database.ts';
import { countKeptCustomers, publishSums, readRollupState } from './revenue-rollups.repository.ts';
import { createRevenueRollups, type RevenueRollups } from './revenue-rollups.ts';

const nowAt = Date.parse('2026-11-18T14:14:00Z');
const settings = () => ({ functionalCurrency: 'usd', reportingTimeZone: 'America/New_York' });

function rollupsOn({ database }: TemporaryDatabase, now = nowAt): RevenueRollups {
  return createRevenueRollups({ readable: database, unitOfWork: database.unitOfWork, clock: fixedClock(now), settings });
}
function queriesOn({ database }: TemporaryDatabase, now = nowAt): RevenueQueries {
  return createRevenueQueries({ readable: database, clock: fixedClock(now), settings });
}
const allMonths = (ledger: TemporaryDatabase): ReturnType<RevenueQueries['mrrSeries']>['months'] => queriesOn(ledger).mrrSeries({ from: '2023-12' }).months;

describe.each([
  ['small', 1],
  ['small', 2],
  ['medium', 1],
] as const)('the demo company %s, seed %i', (size, seed) => {
  const company = createCompany({ size, seed });
  const ledger = openTemporaryDatabase();
  afterAll(() => ledger[Symbol.dispose]());

  it('has the MRR, customers and movements of the manifest in all 36 months', async () => {
    mirrorCompany(ledger.database, company, nowAt);
    await rollupsOn(ledger).refresh(unattended);
    const found = allMonths(ledger).map((row) => ({
      month: row.month, mrrMinor: row.endMinor, arrMinor: row.arrMinor, customers: row.customers,
      movements: { new: row.newMinor, expansion: row.expansionMinor, contraction: row.contractionMinor, churn: row.churnMinor, reactivation: row.reactivationMinor, exchangeRate: row.exchangeRateMinor },
    }));
    expect(found).toEqual(company.manifest.mrr.map(({ month, mrrMinor, arrMinor, customers, movements }) => ({ month, mrrMinor, arrMinor, customers, movements })));
    expect(ledger.database.all(sql('test.caveats', "SELECT DISTINCT kind FROM revenue_caveats WHERE kind <> 'change-undated'"))).toEqual([]);
  });

  it('flags the two changes it cannot date, in their months, and no other subscription', () => {
    const flagged = new Map(allMonths(ledger).map((row) => [row.month as string, row.undatedSubscriptionIds]));
    const marked = company.manifest.mrr.filter((month) => month.undatedSubscriptionIds.length > 0);
    for (const { month, undatedSubscriptionIds } of marked) expect(flagged.get(month)).toEqual(expect.arrayContaining(undatedSubscriptionIds));
    expect(new Set([...flagged.values()].flat())).toEqual(new Set(marked.flatMap((month) => month.undatedSubscriptionIds)));
  });

  it('lists movements and items that sum to each month', () => {
    const queries = queriesOn(ledger);
    for (const { month, startMinor, endMinor } of allMonths(ledger)) {
      expect([month, queries.movements({ startAt: 0, limit: 1, filter: { month } }).sums]).toEqual([month, [{ amount: endMinor - startMinor, currency: 'usd' }]]);
      expect([month, queries.mrrItems({ startAt: 0, limit: 1, filter: { month } }).sums]).toEqual([month, [{ amount: endMinor, currency: 'usd' }]]);
    }
  });
});

describe('a refresh', () => {
  const company = createCompany({ size: 'small', seed: 3 });

  it('works out nobody while neither a source nor the moment has changed', async () => {
    using ledger = openTemporaryDatabase();
    mirrorCompany(ledger.database, company, nowAt);
    expect((await rollupsOn(ledger).refresh(unattended)).customers).toBeGreaterThan(50);
    expect(await rollupsOn(ledger).refresh(unattended)).toEqual({ customers: 0, asOf: nowAt });
    ledger.database.run(sql('test.observe', 'UPDATE stripe_invoices SET observed_at = observed_at + 1 WHERE id = (SELECT MIN(id) FROM stripe_invoices)'));
    expect((await rollupsOn(ledger).refresh(unattended)).customers).toBe(1);
    ledger.database.run(sql('test.rate', "INSERT INTO exchange_rates (base, quote, rate_on, rate) VALUES ('eur', 'usd', '2020-01-01', '1.000000')"));
    const { euros } = ledger.database.get<{ euros: number }>(sql('test.euros', "SELECT count(*) AS euros FROM revenue_customer_currencies WHERE currency = 'eur'")) ?? { euros: 0 };
    expect((await rollupsOn(ledger).refresh(unattended)).customers).toBe(euros);
    expect(euros).toBeGreaterThan(0);
  });

  it('works out whose service period has ended or begun, and shows the month that has turned', async () => {
    using ledger = openTemporaryDatabase();
    mirrorCompany(ledger.database, company, nowAt);
    await rollupsOn(ledger).refresh(unattended);
    const later = Date.parse('2026-12-01T06:00:00Z');
    expect((await rollupsOn(ledger, later).refresh(unattended)).customers).toBeGreaterThan(0);
    const { months } = queriesOn(ledger, later).mrrSeries({ from: '2023-12' });
    expect(months).toHaveLength(37);
    expect(queriesOn(ledger, later).mrrItems({ startAt: 0, limit: 1, filter: { month: '2026-12' } }).sums).toEqual([{ amount: months.at(-1)?.endMinor, currency: 'usd' }]);
  });

  it('when cancelled leaves a queue that the next one works off', async () => {
    using ledger = openTemporaryDatabase();
    using whole = openTemporaryDatabase();
    for (const each of [ledger, whole]) mirrorCompany(each.database, company, nowAt);
    const abort = new AbortController();
    const run = rollupsOn(ledger).refresh({ signal: abort.signal, report: () => abort.abort(new Error('cancelled')) });
    await expect(run).rejects.toThrow('cancelled');
    expect(queriesOn(ledger).mrrSeries({})).toEqual({ months: [], asOf: null });
    await rollupsOn(ledger).refresh(unattended);
    await rollupsOn(whole).refresh(unattended);
    expect(allMonths(ledger)).toEqual(allMonths(whole));
  });

  it('fills the items and the cohorts of a ledger whose sums were kept by older rules, and nothing is late by it', async () => {
    using ledger = openTemporaryDatabase();
    mirrorCompany(ledger.database, company, nowAt);
    expect(rollupsOn(ledger).isOutdated()).toBe(false); // nothing is shown yet
    await rollupsOn(ledger).refresh(unattended);
    expect(rollupsOn(ledger).isOutdated()).toBe(false);
    const sums = (): unknown[] => ledger.database.all(sql('test.sums', 'SELECT * FROM revenue_rollups ORDER BY policy, dimension, currency, member, month, kind'));
    const whole = [allMonths(ledger), queriesOn(ledger).mrrItems({ startAt: 0, limit: 500, filter: { month: '2026-10' } }), sums()];
    ledger.database.connection.exec("DELETE FROM revenue_items; DELETE FROM revenue_rollups WHERE kind = 'first'; UPDATE revenue_rollup_state SET rules_version = 2");
    expect(rollupsOn(ledger).isOutdated()).toBe(true);
    expect((await rollupsOn(ledger).refresh(unattended)).customers).toBeGreaterThan(50);
    expect(rollupsOn(ledger).isOutdated()).toBe(false);
    expect([allMonths(ledger), queriesOn(ledger).mrrItems({ startAt: 0, limit: 500, filter: { month: '2026-10' } }), sums()]).toEqual(whole);
    expect(ledger.database.get(sql('test.late', 'SELECT count(*) AS late FROM revenue_late_changes'))).toEqual({ late: 0 });
  });

  it('publishes its first sums only of the customers they were added up from', async () => {
    using ledger = openTemporaryDatabase();
    const { unitOfWork } = ledger.database;
    mirrorCompany(ledger.database, company, nowAt);
    const abort = new AbortController();
    await expect(rollupsOn(ledger).refresh({ signal: abort.signal, report: () => abort.abort(new Error('cancelled')) })).rejects.toThrow('cancelled');
    const { customersKept } = readRollupState(ledger.database);
    expect(customersKept).toBeGreaterThan(0);
    // Another refresh kept one more since the adding up began.
    unitOfWork.run('test: kept', (database) => countKeptCustomers(database, 1));
    expect(unitOfWork.run('test: publish', (database) => publishSums(database, new Map(), customersKept, nowAt))).toBe(false);
    expect(queriesOn(ledger).mrrSeries({})).toEqual({ months: [], asOf: null });
    expect(unitOfWork.run('test: publish', (database) => publishSums(database, new Map(), customersKept + 1, nowAt))).toBe(true);
    expect(queriesOn(ledger).mrrSeries({}).asOf).toBe(nowAt);
  });

  it('of an empty ledger gives nothing to show', async () => {
    using ledger = openTemporaryDatabase();
    expect(await rollupsOn(ledger).refresh(unattended)).toEqual({ customers: 0, asOf: nowAt });
    expect(queriesOn(ledger).mrrSeries({})).toEqual({ months: [], asOf: nowAt });
  });

  it('counts a currency without a rate as nothing and says so', async () => {
    using ledger = openTemporaryDatabase();
    mirrorCompany(ledger.database, company, nowAt);
    ledger.database.run(sql('test.no-euros', "DELETE FROM exchange_rates WHERE base = 'eur'"));
    await rollupsOn(ledger).refresh(unattended);
    expect(queriesOn(ledger).why({ figure: 'mrr', month: '2026-10' }).caveats.join()).toContain('No exchange rate is known on or before the start of some service periods in EUR');
    expect(queriesOn(ledger).mrrItems({ startAt: 0, limit: 500, filter: { month: '2026-10' } }).rows.filter(({ native }) => native.currency === 'eur')).toEqual([]);
  });
});
