import { createRouterClient } from '@orpc/server';
import { describe, expect, it } from 'vitest';
import { createCompany } from '../../../sandbox/company/company.ts';
import { whyFigures } from '../../shared/api/revenue.contract.ts';
import { fixedClock } from '../../shared/calendar/clock.ts';
import { createCommandLog } from '../database/command-log.ts';
import { silentLogger } from '../platform/logger.ts';
import { unattended } from '../platform/work-control.ts';
import { createRevenueRollups } from '../revenue/revenue-rollups.ts';
import { mirrorCompany } from '../testing/mirror-of-company.ts';
import { openTemporaryDatabase, type TemporaryDatabase } from '../testing/temporary-database.ts';
import { createRevenueHandlers } from './revenue-handlers.ts';

const nowAt = Date.parse('2026-11-18T14:14:00Z');
const clock = fixedClock(nowAt);
const settings = () => ({ functionalCurrency: 'usd', reportingTimeZone: 'America/New_York' });

/** Called through the contract: what comes back has passed its output schema. */
function clientOf({ database }: TemporaryDatabase) {
  return createRouterClient(createRevenueHandlers({ readable: database, clock, settings }), { context: { user: 'mia', role: 'viewer', host: 'cli', logger: silentLogger, commands: createCommandLog(database, clock) } });
}

describe('the revenue screen', () => {
  it('answers a manager in the shapes of the contract', async () => {
    using ledger = openTemporaryDatabase();
    const company = createCompany({ size: 'small', seed: 1 });
    mirrorCompany(ledger.database, company, nowAt);
    await createRevenueRollups({ readable: ledger.database, unitOfWork: ledger.database.unitOfWork, clock, settings }).refresh(unattended);
    const client = clientOf(ledger);
    const last = company.manifest.mrr.at(-1);
    const { months } = await client.mrrSeries({ from: '2023-12' });
    expect(months).toHaveLength(36);
    expect(months.at(-1)).toMatchObject({ month: '2026-11', endMinor: last?.mrrMinor, arrMinor: last?.arrMinor, customers: last?.customers });
    expect((await client.breakdown({})).months.length).toBeGreaterThan(12);
    expect((await client.overview({ month: '2026-10' })).rows.map((row) => row.currency)).toContain('usd');
    expect(await client.presentment({})).toMatchObject({ months: [] });
    expect(await client.mrrItems({ limit: 2, sort: { column: 'customerName', direction: 'descending' }, filter: { month: '2026-10' } })).toMatchObject({ rows: [{}, {}], sums: [{ amount: company.manifest.mrr.at(-2)?.mrrMinor }] });
    for (const figure of whyFigures) expect((await client.why({ figure, month: '2026-10' })).title).toContain('2026-10');
  });

  it('says why a month cannot be shown', async () => {
    using ledger = openTemporaryDatabase();
    const client = clientOf(ledger);
    await expect(client.overview({ month: '2026-12' })).rejects.toMatchObject({ code: 'month-in-future', data: { kind: 'validation', nextStep: expect.stringContaining('running one') } });
    await expect(client.overview({ month: '2026-13' })).rejects.toMatchObject({ code: 'input-invalid' });
  });
});
