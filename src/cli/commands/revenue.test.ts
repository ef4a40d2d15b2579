import { createRouterClient } from '@orpc/server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCompany } from '../../../sandbox/company/company.ts';
import { createRevenueHandlers } from '../../main/api/revenue-handlers.ts';
import { createRevenueMeasuresHandlers } from '../../main/api/revenue-measures-handlers.ts';
import { createCommandLog } from '../../main/database/command-log.ts';
import { silentLogger } from '../../main/platform/logger.ts';
import { unattended } from '../../main/platform/work-control.ts';
import { createRevenueRollups } from '../../main/revenue/revenue-rollups.ts';
import { mirrorCompany } from '../../main/testing/mirror-of-company.ts';
import { openTemporaryDatabase } from '../../main/testing/temporary-database.ts';
import type { DaybookClient } from '../../shared/api/contract.ts';
import { toDecimalString } from '../../shared/money/money.ts';
import { fixedClock } from '../../shared/calendar/clock.ts';
import { createOutput } from '../output.ts';
import type { CommandAction } from './command.ts';
import { compareRevenue, listMovements, showChurn, showCohorts, showRecognition } from './revenue-measures.ts';
import { ratioDecimal } from '../../shared/money/basis-points.ts';
import { showMrr, showRevenueBreakdown, showRevenueOverview } from './revenue.ts';

const nowAt = Date.parse('2026-11-18T14:14:00Z');
const clock = fixedClock(nowAt);
const settings = () => ({ functionalCurrency: 'usd', reportingTimeZone: 'America/New_York' });

it.each([[35_000, '3.5000'], [13_416, '1.3416'], [0, '0.0000'], [-15_000, '-1.5000'], [-5, '-0.0005'], [-1, '-0.0001']])('writes a ratio of %i basis points as %s', (points, text) => {
  expect(ratioDecimal(points)).toBe(text);
});

describe('daybook revenue', () => {
  const company = createCompany({ size: 'small', seed: 1 });
  const ledger = openTemporaryDatabase();
  const { database } = ledger;
  const context = { context: { user: 'mia', role: 'viewer' as const, host: 'cli' as const, logger: silentLogger, commands: createCommandLog(database, clock) } };
  const dependencies = { readable: database, unitOfWork: database.unitOfWork, clock, settings };
  const client = { revenue: createRouterClient(createRevenueHandlers(dependencies), context), revenueMeasures: createRouterClient(createRevenueMeasuresHandlers(dependencies), context) } as unknown as DaybookClient;

  async function say(action: CommandAction, isJson = false): Promise<string> {
    let said = '';
    const output = createOutput(isJson, (text) => { said += text; });
    const code = await action({ client, output, timeZone: 'America/New_York', runJob: () => Promise.resolve({} as never) });
    expect([code, /undefined|NaN|\[object/.test(said)]).toEqual([0, false]);
    return said;
  }

  beforeAll(async () => {
    mirrorCompany(database, company, nowAt);
    await createRevenueRollups(dependencies).refresh(unattended);
  });
  afterAll(() => ledger[Symbol.dispose]());

  const october = { from: '2026-10', to: '2026-10' };
  it.each([
    ['overview', (csv: boolean) => showRevenueOverview({ month: '2026-10', csv }), /^Month/, /^Figure,Value,Unit/],
    ['breakdown', (csv: boolean) => showRevenueBreakdown({ csv }), /^Month/, /^Month,Currency,Count,Payments,Fees,Refunds,Net,"Disputes, apart"/],
    ['breakdown --by plan', (csv: boolean) => showRevenueBreakdown({ by: 'plan', csv }), /Enterprise/, /^Member,Name,Start/],
    ['mrr', (csv: boolean) => showMrr({ csv }), /2026-11 \(running\)/, /^Month,MRR,ARR/],
    ['mrr --policy strict --currency eur', (csv: boolean) => showMrr({ policy: 'strict', currency: 'eur', csv }), /EUR|€/, /^Month,MRR,ARR/],
    ['movements', (csv: boolean) => listMovements({ ...october, kind: 'churn', limit: 100, csv }), /movements/, /^Day,Customer,Kind,Amount/],
    ['churn', (csv: boolean) => showChurn({ from: '2026-08', to: '2026-10', csv }), /^Month .*Net churn.*LTV/, /^Month,Start,Churn/],
    ['cohorts', (csv: boolean) => showCohorts({ from: '2024-01', of: 'mrr', csv }), /^Cohort/, /^Cohort,Size,Months later/],
    ['recognition', (csv: boolean) => showRecognition({ csv }), /^Month .*Difference/, /^Month,Currency,Opening/],
    ['recognition --days', (csv: boolean) => showRecognition({ days: '2026-10', csv }), /^Day or later month/, /^Day or later month,Currency,Earned/],
    ['compare --of figures', (csv: boolean) => compareRevenue({ month: '2026-10', limit: 20, of: 'figures', csv }), /All discounts count/, /^Figure,Unit,Standard,All discounts count[^]*\nmrr,USD,\d+\.\d\d,/],
    ['compare', (csv: boolean) => compareRevenue({ month: '2026-10', limit: 20, csv }), /All discounts count/, /^Customer,Standard,All discounts count/],
  ] as const)('%s speaks to people and prints CSV', async (_name, action, human, csv) => {
    expect(await say(action(false))).toMatch(human);
    const text = await say(action(true));
    expect(text).toMatch(csv);
    expect(new Set(text.trimEnd().split(/\r?\n/).map((line) => line.replace(/"[^"]*"/g, '').split(',').length)).size).toBe(1);
  });

  it('answers programs with the figures of the manifest', async () => {
    const truth = company.manifest.mrr.find(({ month }) => month === '2026-10');
    expect(JSON.parse(await say(listMovements({ ...october, kind: 'churn', limit: 1 }), true))).toMatchObject({ sums: [{ amount: truth?.movements.churn }] });
    expect(JSON.parse(await say(showChurn(october), true))).toMatchObject({ months: [{ month: '2026-10', endMinor: truth?.mrrMinor }] });
    const viewed = JSON.parse(await say(showMrr({ ...october, policy: 'all-discounts' }), true)) as { months: { endMinor: number }[] };
    expect(viewed.months[0]?.endMinor).toBeLessThan(truth?.mrrMinor ?? 0);
    const overview = JSON.parse(await say(showRevenueOverview({ month: '2026-10', compare: 'previous-year' }), true)) as { measures: { cards: { figure: string; value: number }[] } };
    expect(overview.measures.cards.find(({ figure }) => figure === 'failed-payment-rate')?.value).toBeGreaterThan(0);
  });

  it('writes the measures into a file as all other files have them: amounts in major units, shares in percent', async () => {
    const truth = company.manifest.mrr.find(({ month }) => month === '2026-10');
    const rows = new Map((await say(showRevenueOverview({ month: '2026-10', csv: true }))).trimEnd().split(/\r?\n/).map((line) => [line.split(',')[0], line.split(',')]));
    expect(rows.get('mrr')?.slice(1, 3)).toEqual([toDecimalString(truth?.mrrMinor ?? 0, 'usd'), 'USD']);
    expect(rows.get('customers')?.slice(1, 3)).toEqual([String(truth?.customers), '']);
    expect(rows.get('gross-revenue-retention')?.slice(1, 3)).toEqual([expect.stringMatching(/^\d+\.\d\d$/), '%']);
    expect(rows.get('quick-ratio')?.[1]).toMatch(/^\d+\.\d{4}$/);
  });

  it('writes cash as the Cash room and the report have it: fees and refunds below zero, so that payments + fees + refunds = net', async () => {
    const written = (await say(showRevenueBreakdown({ from: '2026-09', to: '2026-11', csv: true }))).trimEnd().split(/\r?\n/).slice(1).map((line) => line.split(',').slice(0, 7).join());
    const decimal = (amount: number, currency: string): string => toDecimalString(amount === 0 ? 0 : amount, currency);
    expect(written).toEqual(company.manifest.revenue.filter(({ month }) => month >= '2026-09' && month <= '2026-11').map((row) => [
      row.month, row.currency.toUpperCase(), row.payments, decimal(row.grossMinor, row.currency), decimal(-row.feesMinor, row.currency), decimal(-row.refundsMinor, row.currency), decimal(row.netMinor, row.currency),
    ].join()));
    expect(written.join('\n')).toMatch(/,-\d+\.\d\d,-\d+\.\d\d,/);
  });

  type CashAnswer = { rows: { month: string; currency: string; grossMinor: number }[]; months: { currency: string }[]; measures: { cards: { figure: string; value: number }[] } };
  it('shows cash of the months and the currency that its measures are of, and none of a plan', async () => {
    const range = { from: '2026-08', to: '2026-10' };
    const { rows, measures } = JSON.parse(await say(showRevenueOverview({ ...range, currency: 'eur' }), true)) as CashAnswer;
    expect(rows.map(({ month, currency }) => `${month} ${currency}`)).toEqual(['2026-08 eur', '2026-09 eur', '2026-10 eur']);
    expect(rows.reduce((sum, { grossMinor }) => sum + grossMinor, 0)).toBe(measures.cards.find(({ figure }) => figure === 'gross-payments')?.value);
    expect(new Set((JSON.parse(await say(showRevenueBreakdown({ ...range, currency: 'gbp' }), true)) as CashAnswer).months.map(({ currency }) => currency))).toEqual(new Set(['gbp']));
    expect((JSON.parse(await say(showRevenueOverview({ country: 'DE' }), true)) as CashAnswer).rows).toEqual([]);
  });

  it.each([
    ['a plan without --by', () => showRevenueBreakdown({ plan: 'price_1' }), 'usage-invalid', '--plan needs --by'],
    ['a policy and a country without --by', () => showRevenueBreakdown({ policy: 'strict', country: 'DE' }), 'usage-invalid', '--policy, --country need --by'],
    ['one policy beside all', () => compareRevenue({ policy: 'strict', limit: 5 }), 'usage-invalid', '--policy needs --known-at'],
    ['a plan that is none', () => showMrr({ plan: 'price_nope' }), 'plan-unknown', 'price_nope'],
    ['a country without customers', () => showRevenueBreakdown({ by: 'plan', country: 'ZZ' }), 'country-unknown', 'ZZ'],
  ] as const)('refuses %s', async (_name, action, code, text) => {
    await expect(say(action())).rejects.toMatchObject({ code, message: expect.stringContaining(text) as string });
  });
});
