import { createRouterClient } from '@orpc/server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCompany } from '../../../sandbox/company/company.ts';
import { deferredFigures } from '../../shared/api/revenue-screens.contract.ts';
import { fixedClock } from '../../shared/calendar/clock.ts';
import { createCommandLog } from '../database/command-log.ts';
import { silentLogger } from '../platform/logger.ts';
import { unattended } from '../platform/work-control.ts';
import { createRevenueRollups } from '../revenue/revenue-rollups.ts';
import { mirrorCompany } from '../testing/mirror-of-company.ts';
import { openTemporaryDatabase } from '../testing/temporary-database.ts';
import { createRevenueMeasuresHandlers } from './revenue-measures-handlers.ts';
import { createRevenueScreensHandlers } from './revenue-screens-handlers.ts';

const nowAt = Date.parse('2026-11-18T14:14:00Z');
const clock = fixedClock(nowAt);
const settings = () => ({ functionalCurrency: 'usd', reportingTimeZone: 'America/New_York' });

describe('why a figure of a screen is what it is', () => {
  const ledger = openTemporaryDatabase();
  const context = { context: { user: 'mia', role: 'viewer', host: 'cli', logger: silentLogger, commands: createCommandLog(ledger.database, clock) } } as const;
  const dependencies = { readable: ledger.database, clock, settings };
  const client = createRouterClient(createRevenueScreensHandlers(dependencies), context);
  const measures = createRouterClient(createRevenueMeasuresHandlers(dependencies), context);
  beforeAll(async () => {
    mirrorCompany(ledger.database, createCompany({ size: 'small', seed: 1 }), nowAt);
    await createRevenueRollups({ ...dependencies, unitOfWork: ledger.database.unitOfWork }).refresh(unattended);
  });
  afterAll(() => ledger[Symbol.dispose]());

  it('a member’s share, of all and within a plan', async () => {
    for (const by of ['plan', 'country', 'currency'] as const) {
      const { rows, total } = await measures.breakdown({ by, from: '2026-10', to: '2026-10' });
      const [row] = rows;
      const why = await client.why({ of: 'share', by, month: '2026-10', member: row?.member ?? '' });
      expect(why.inputs.map(({ amount }) => amount?.amount)).toEqual([row?.endMinor, total.endMinor]);
      expect(why.figure).toBe(`${((row?.share ?? 0) / 100).toFixed(2)} %`);
    }
    await expect(client.why({ of: 'share', by: 'plan', month: '2026-10', member: 'price_none' })).rejects.toMatchObject({ code: 'revenue-figure-unknown' });
  });

  it('each kind of figure of a cohort’s cell, with the customers behind it', async () => {
    const { rows } = await measures.cohorts({ from: '2026-06', to: '2026-06' });
    const cell = rows[0]?.cells[2];
    for (const figure of ['size', 'customers', 'mrr', 'logo-retention', 'revenue-retention'] as const) {
      const why = await client.why({ of: 'cohort', cohort: '2026-06', offset: 2, figure });
      expect(why.inputs[0]?.count).toBe(rows[0]?.customers);
      if (figure === 'size') continue;
      expect(why.inputs[1]).toMatchObject({ count: cell?.customers, amount: { amount: cell?.mrrMinor } });
      expect(why.sources.length).toBe(Math.min(12, cell?.customers ?? 0));
    }
    await expect(client.why({ of: 'cohort', cohort: '2026-10', offset: 40, figure: 'mrr' })).rejects.toMatchObject({ code: 'revenue-figure-unknown' });
  });

  it('refuses what is not there, and a point that is neither a day nor a month', async () => {
    for (const figure of deferredFigures) await expect(client.why({ of: 'deferred', month: '2026-10', currency: 'usd', figure })).rejects.toMatchObject({ code: 'revenue-figure-unknown' });
    await expect(client.why({ of: 'earned', month: '2026-10', currency: 'usd' })).rejects.toMatchObject({ code: 'earned-point-unclear' });
    await expect(client.earnedInvoices({ filter: { month: '2026-10', currency: 'usd', day: '2026-10-05', later: '2026-11' } })).rejects.toMatchObject({ code: 'earned-point-unclear' });
  });
});
