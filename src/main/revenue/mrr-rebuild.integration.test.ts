import { afterAll, describe, expect, it } from 'vitest';
import { createCompany } from '../../../sandbox/company/company.ts';
import { fixedClock } from '../../shared/calendar/clock.ts';
import { sql } from '../database/handles.ts';
import { unattended } from '../platform/work-control.ts';
import { mirrorCompany } from '../testing/mirror-of-company.ts';
import { openTemporaryDatabase, type TemporaryDatabase } from '../testing/temporary-database.ts';
import { createMrrRebuild, type MrrRebuild } from './mrr-rebuild.ts';

const nowAt = Date.parse('2026-11-18T14:14:00Z');

function rebuildOn(ledger: TemporaryDatabase, now = nowAt): MrrRebuild {
  const { database } = ledger;
  return createMrrRebuild({ readable: database, unitOfWork: database.unitOfWork, clock: fixedClock(now), settings: () => ({ functionalCurrency: 'usd', reportingTimeZone: 'America/New_York' }) });
}

interface MonthRow {
  readonly month: string;
  readonly end_minor: number;
  readonly customers: number;
  readonly new_minor: number;
  readonly expansion_minor: number;
  readonly contraction_minor: number;
  readonly churn_minor: number;
  readonly reactivation_minor: number;
  readonly exchange_rate_minor: number;
  readonly undated_subscription_ids: string;
}

const publishedMonths = sql('test.months', 'SELECT * FROM mrr_months WHERE generation = (SELECT generation FROM revenue_rebuilds) ORDER BY month');
const monthsThatDoNotTie = sql(
  'test.do-not-tie',
  `SELECT m.month FROM mrr_months m
    WHERE m.end_minor - m.start_minor <> (SELECT COALESCE(SUM(amount_minor), 0) FROM mrr_movements v WHERE v.generation = m.generation AND v.month = m.month)
       OR m.end_minor <> (SELECT COALESCE(SUM(functional_mrr_minor), 0) FROM mrr_month_items i WHERE i.generation = m.generation AND i.month = m.month)
       OR m.items <> (SELECT COUNT(*) FROM mrr_month_items i WHERE i.generation = m.generation AND i.month = m.month)`,
);
const generationsKept = sql(
  'test.generations',
  `SELECT (SELECT COUNT(DISTINCT generation) FROM mrr_segments) AS segments, (SELECT COUNT(DISTINCT generation) FROM mrr_month_items) AS items, (SELECT COUNT(DISTINCT generation) FROM mrr_movements) AS movements,
          (SELECT COUNT(DISTINCT generation) FROM mrr_months) AS months`,
);
const monthsOf = (ledger: TemporaryDatabase): MonthRow[] => ledger.database.all<MonthRow>(publishedMonths);

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
    const result = await rebuildOn(ledger).run(unattended);
    expect(result).toMatchObject({ outcome: 'rebuilt', months: 36, caveats: { unknownPrices: 0, stretchesWithoutRate: 0, undatedSubscriptions: 2 } });
    const found = monthsOf(ledger).map((row) => ({
      month: row.month, mrrMinor: row.end_minor, arrMinor: 12 * row.end_minor, customers: row.customers,
      movements: { new: row.new_minor, expansion: row.expansion_minor, contraction: row.contraction_minor, churn: row.churn_minor, reactivation: row.reactivation_minor, exchangeRate: row.exchange_rate_minor },
    }));
    expect(found).toEqual(company.manifest.mrr.map(({ month, mrrMinor, arrMinor, customers, movements }) => ({ month, mrrMinor, arrMinor, customers, movements })));
  });

  it('flags the two changes it cannot date, in their months, and no other subscription', () => {
    const flagged = new Map(monthsOf(ledger).map((row) => [row.month, JSON.parse(row.undated_subscription_ids) as string[]]));
    const marked = company.manifest.mrr.filter((month) => month.undatedSubscriptionIds.length > 0);
    for (const { month, undatedSubscriptionIds } of marked) expect(flagged.get(month)).toEqual(expect.arrayContaining(undatedSubscriptionIds));
    expect(new Set([...flagged.values()].flat())).toEqual(new Set(marked.flatMap((month) => month.undatedSubscriptionIds)));
  });

  it('lists movements and items that sum to each month', () => {
    expect(ledger.database.all(monthsThatDoNotTie)).toEqual([]);
  });
});

describe('a rebuild', () => {
  const company = createCompany({ size: 'small', seed: 3 });

  it('is skipped while neither a source nor the moment has changed', async () => {
    using ledger = openTemporaryDatabase();
    mirrorCompany(ledger.database, company, nowAt);
    const first = await rebuildOn(ledger).run(unattended);
    const second = await rebuildOn(ledger).run(unattended);
    expect(second).toEqual({ ...first, outcome: 'unchanged' });
    ledger.database.run(sql('test.observe', 'UPDATE stripe_invoices SET observed_at = observed_at + 1 WHERE id = (SELECT MIN(id) FROM stripe_invoices)'));
    expect(await rebuildOn(ledger).run(unattended)).toEqual(first);
    ledger.database.run(sql('test.rate', "INSERT INTO exchange_rates (base, quote, rate_on, rate) VALUES ('eur', 'usd', '2020-01-01', '1.000000')"));
    expect((await rebuildOn(ledger).run(unattended)).outcome).toBe('rebuilt');
  });

  it('runs again once a service period has ended or begun, or the month has turned', async () => {
    using ledger = openTemporaryDatabase();
    mirrorCompany(ledger.database, company, nowAt);
    await rebuildOn(ledger).run(unattended);
    const later = await rebuildOn(ledger, Date.parse('2026-12-01T06:00:00Z')).run(unattended);
    expect(later).toMatchObject({ outcome: 'rebuilt', months: 37 });
  });

  it('keeps only the rows of the figures that are shown', async () => {
    using ledger = openTemporaryDatabase();
    mirrorCompany(ledger.database, company, nowAt);
    await rebuildOn(ledger).run(unattended);
    await rebuildOn(ledger, nowAt - 86_400_000).run(unattended);
    expect(ledger.database.get(generationsKept)).toEqual({ segments: 1, items: 1, movements: 1, months: 1 });
  });

  it('when cancelled leaves what was shown, and the next one starts afresh', async () => {
    using ledger = openTemporaryDatabase();
    mirrorCompany(ledger.database, company, nowAt);
    await rebuildOn(ledger).run(unattended);
    const before = monthsOf(ledger);
    const abort = new AbortController();
    const run = rebuildOn(ledger, nowAt - 86_400_000).run({ signal: abort.signal, report: ({ note }) => note.startsWith('Working') && abort.abort(new Error('cancelled')) });
    await expect(run).rejects.toThrow('cancelled');
    expect(monthsOf(ledger)).toEqual(before);
    expect(await rebuildOn(ledger, nowAt - 86_400_000).run(unattended)).toMatchObject({ outcome: 'rebuilt' });
    expect(ledger.database.get(generationsKept)).toEqual({ segments: 1, items: 1, movements: 1, months: 1 });
  });

  it('may not publish once a later one has begun', async () => {
    using ledger = openTemporaryDatabase();
    mirrorCompany(ledger.database, company, nowAt);
    const [first, second] = await Promise.allSettled([rebuildOn(ledger).run(unattended), rebuildOn(ledger).run(unattended)]);
    expect(first).toMatchObject({ status: 'rejected', reason: { code: 'mrr-rebuild-superseded' } });
    expect(second).toMatchObject({ status: 'fulfilled', value: { outcome: 'rebuilt' } });
    expect(monthsOf(ledger)).toHaveLength(36);
  });

  it('of an empty ledger publishes nothing to show', async () => {
    using ledger = openTemporaryDatabase();
    expect(await rebuildOn(ledger).run(unattended)).toMatchObject({ outcome: 'rebuilt', months: 0 });
  });

  it('counts a currency without a rate as nothing and says so', async () => {
    using ledger = openTemporaryDatabase();
    mirrorCompany(ledger.database, company, nowAt);
    ledger.database.run(sql('test.no-euros', "DELETE FROM exchange_rates WHERE base = 'eur'"));
    const { caveats } = await rebuildOn(ledger).run(unattended);
    expect(caveats.stretchesWithoutRate).toBeGreaterThan(0);
  });
});
