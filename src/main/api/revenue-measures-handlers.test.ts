import { createRouterClient } from '@orpc/server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCompany } from '../../../sandbox/company/company.ts';
import { measureFigures } from '../../shared/api/revenue-measures.contract.ts';
import { formatMoney } from '../../shared/money/format.ts';
import { fixedClock } from '../../shared/calendar/clock.ts';
import { createCommandLog } from '../database/command-log.ts';
import { silentLogger } from '../platform/logger.ts';
import { unattended } from '../platform/work-control.ts';
import { createRevenueRollups } from '../revenue/revenue-rollups.ts';
import { mirrorCompany } from '../testing/mirror-of-company.ts';
import { openTemporaryDatabase, type TemporaryDatabase } from '../testing/temporary-database.ts';
import { createRevenueMeasuresHandlers } from './revenue-measures-handlers.ts';

const nowAt = Date.parse('2026-11-18T14:14:00Z');
const clock = fixedClock(nowAt);
const settings = () => ({ functionalCurrency: 'usd', reportingTimeZone: 'America/New_York' });

/** Called through the contract: what comes back has passed its output schema. */
function clientOf({ database }: TemporaryDatabase) {
  return createRouterClient(createRevenueMeasuresHandlers({ readable: database, clock, settings }), { context: { user: 'mia', role: 'viewer', host: 'cli', logger: silentLogger, commands: createCommandLog(database, clock) } });
}

describe('the measures of revenue', () => {
  const company = createCompany({ size: 'small', seed: 1 });
  const ledger = openTemporaryDatabase();
  const client = clientOf(ledger);
  const last = company.manifest.mrr.at(-1);
  beforeAll(async () => {
    mirrorCompany(ledger.database, company, nowAt);
    await createRevenueRollups({ readable: ledger.database, unitOfWork: ledger.database.unitOfWork, clock, settings }).refresh(unattended);
  });
  afterAll(() => ledger[Symbol.dispose]());

  it('are a card each, against the period before and the year before', async () => {
    const running = await client.overview({ compare: 'previous-period' });
    expect(running).toMatchObject({ period: { from: '2026-11', to: '2026-11' }, comparedPeriod: { from: '2026-10', to: '2026-10' }, isRunning: true, currency: 'usd', policy: 'standard' });
    expect(running.cards.map(({ figure }) => figure)).toEqual([...measureFigures]);
    const [mrr] = running.cards;
    const before = company.manifest.mrr.at(-2)?.mrrMinor ?? 0;
    expect(mrr).toMatchObject({ value: last?.mrrMinor, comparedValue: before, difference: (last?.mrrMinor ?? 0) - before });
    expect(mrr?.sparkline.map(({ value }) => value)).toEqual(company.manifest.mrr.slice(-12).map(({ mrrMinor }) => mrrMinor));
    const quarter = await client.overview({ from: '2026-07', to: '2026-09', compare: 'previous-year' });
    expect(quarter).toMatchObject({ comparedPeriod: { from: '2025-07', to: '2025-09' }, isRunning: false });
    const sums = company.manifest.mrr.filter(({ month }) => month >= '2026-07' && month <= '2026-09').reduce((sum, { movements }) => sum + movements.new, 0);
    expect(quarter.cards.find(({ figure }) => figure === 'new')?.value).toBe(sums);
  });

  it('sum payments in a currency as the manifest does, and convert the others', async () => {
    const of = async (currency?: string) => new Map((await client.overview({ from: '2026-10', to: '2026-10', ...(currency ? { currency } : {}) })).cards.map(({ figure, value }) => [figure, value]));
    const rows = company.manifest.revenue.filter(({ month }) => month === '2026-10');
    for (const row of rows) {
      const cards = await of(row.currency);
      expect([cards.get('gross-payments'), cards.get('fees'), cards.get('refunds'), cards.get('net-revenue')]).toEqual([row.grossMinor, row.feesMinor, row.refundsMinor, row.netMinor]);
    }
    expect((await of()).get('gross-payments')).toBeGreaterThan(rows.find(({ currency }) => currency === 'usd')?.grossMinor ?? 0);
  });

  it('say why, with Stripe’s ids', async () => {
    for (const figure of measureFigures) {
      const why = await client.why({ figure, from: '2026-08', to: '2026-10' });
      expect(why.title).toContain('2026-08 to 2026-10');
      expect(why.formula.length).toBeGreaterThan(10);
    }
    const why = await client.why({ figure: 'mrr', to: '2026-10' });
    expect(why.sources.length).toBe(12);
    expect(why.sources.every(({ kind, id }) => (kind === 'stripe-invoice' ? id.startsWith('in_') : id.startsWith('sub_')))).toBe(true);
    expect(why.inputs.reduce((sum, { amount }) => sum + (amount?.amount ?? 0), 0)).toBe(company.manifest.mrr.at(-2)?.mrrMinor);
  });

  it('are told for a plan, a country and a currency', async () => {
    const { plans, currencies } = await client.choices({});
    expect(currencies).toContain('eur');
    const plan = plans[0]?.id ?? '';
    const ofPlan = await client.monthly({ plan });
    const rows = await client.breakdown({ by: 'plan' });
    expect(ofPlan.months.at(-1)?.endMinor).toBe(rows.rows.find(({ member }) => member === plan)?.endMinor ?? 0);
    expect(ofPlan.months[0]?.measures.find(({ figure }) => figure === 'fees')).toMatchObject({ value: null, absence: expect.stringContaining('not kept by plan') });
    const inEuros = await client.breakdown({ by: 'plan', currency: 'eur' });
    const euros = (await client.breakdown({ by: 'currency' })).rows.find(({ member }) => member === 'eur');
    expect(inEuros.total.endMinor).toBe(euros?.native?.amount);
    const items = await client.customers({ filter: { plan } });
    expect(items.sums).toEqual([{ amount: ofPlan.months.at(-1)?.endMinor, currency: 'usd' }]);
  });

  it('cross: plan by country by currency, each sum the sum of its parts, customers too where nobody is in two of them', async () => {
    const range = { from: '2026-07', to: '2026-10' };
    const amounts = ({ startMinor, newMinor, expansionMinor, contractionMinor, churnMinor, reactivationMinor, exchangeRateMinor, endMinor }: Awaited<ReturnType<typeof client.breakdown>>['total']) => [startMinor, newMinor, expansionMinor, contractionMinor, churnMinor, reactivationMinor, exchangeRateMinor, endMinor];
    const summed = (rows: readonly number[][]): number[] => [0, 1, 2, 3, 4, 5, 6, 7].map((index) => rows.reduce((sum, row) => sum + (row[index] ?? 0), 0));
    for (const policy of ['standard', 'all-discounts', 'strict'] as const) {
      const plans = await client.breakdown({ ...range, policy, by: 'plan' });
      for (const plan of plans.rows.slice(0, 4)) {
        const inCountries = await client.breakdown({ ...range, policy, by: 'country', plan: plan.member });
        expect(inCountries.total).toMatchObject({ startMinor: plan.startMinor, endMinor: plan.endMinor, customers: plan.customers });
        expect(summed(inCountries.rows.map(amounts))).toEqual(amounts(plan));
        expect(inCountries.rows.reduce((sum, { customers }) => sum + customers, 0)).toBe(plan.customers);
        const place = inCountries.rows[0];
        const view = { ...range, policy, plan: plan.member, country: place?.member ?? '' };
        const inCurrencies = await client.breakdown({ ...view, by: 'currency' });
        expect(summed(inCurrencies.rows.map(amounts))).toEqual(place && amounts(place));
        const listed = await client.customers({ filter: { policy, month: '2026-10', plan: view.plan, country: view.country } });
        expect(listed.sums[0]?.amount).toBe(place?.endMinor);
        expect((await client.why({ ...view, figure: 'mrr' })).title).toContain(`plan ${view.plan}, country ${view.country || 'unknown'}`);
      }
    }
  });

  it.each(['gross-payments', 'fees', 'refunds'] as const)('say of converted %s what each settlement currency adds', async (figure) => {
    const range = { from: '2026-08', to: '2026-10' };
    const value = (await client.overview(range)).cards.find((card) => card.figure === figure)?.value;
    const { inputs } = await client.why({ ...range, figure });
    expect(inputs.map(({ label }) => label)).toEqual(['Settled in USD', 'Settled in EUR', 'Settled in GBP']);
    expect(inputs.reduce((sum, { amount }) => sum + (amount?.amount ?? 0), 0)).toBe(value);
    const inEuro = (await client.overview({ ...range, currency: 'eur' })).cards.find((card) => card.figure === figure)?.value ?? 0;
    expect(inputs[1]?.note).toBe(`${formatMoney(inEuro, 'eur', 'en-US')} in its own currency`);
    expect((await client.why({ ...range, figure, currency: 'eur' })).inputs).toMatchObject([{ amount: { amount: inEuro, currency: 'eur' } }]);
  });

  it('of a currency are told as they stand in the whole, too', async () => {
    const rows = (await client.breakdown({ from: '2026-10', to: '2026-10', by: 'currency' })).rows;
    for (const { member, endMinor, newMinor } of rows) {
      const { cards, currency } = await client.overview({ from: '2026-10', to: '2026-10', currency: member, isConverted: true });
      expect([currency, cards.find(({ figure }) => figure === 'mrr')?.value, cards.find(({ figure }) => figure === 'new')?.value]).toEqual(['usd', endMinor, newMinor]);
      expect((await client.customers({ filter: { month: '2026-10', currency: member, isConverted: true } })).sums).toEqual([{ amount: endMinor, currency: 'usd' }]);
    }
  });

  it('follow cohorts: they begin with everybody and sum to MRR', async () => {
    const { rows } = await client.cohorts({ from: '2023-12' });
    expect(rows.reduce((sum, { cells }) => sum + (cells.at(-1)?.mrrMinor ?? 0), 0)).toBe(last?.mrrMinor);
    expect(rows.reduce((sum, { cells }) => sum + (cells.at(-1)?.customers ?? 0), 0)).toBe(last?.customers);
    for (const { customers, cells } of rows) expect(cells[0]?.customers).toBeLessThanOrEqual(customers);
  });

  it('list movements and the items of a customer', async () => {
    const movements = await client.movements({ filter: { from: '2026-10', to: '2026-10', kind: 'new' } });
    expect(movements.sums[0]?.amount).toBe(company.manifest.mrr.at(-2)?.movements.new);
    expect(movements.rows.every(({ cause }) => !cause.includes('{'))).toBe(true);
    const [largest] = (await client.customers({ limit: 1 })).rows;
    expect(await client.customerItems({ customerId: largest?.customerId ?? '' })).toMatchObject({ total: largest?.mrr });
  });

  it('stand side by side under three policies, with the customers that explain the difference', async () => {
    const { policies, customersThatDiffer } = await client.policies({ month: '2026-10' });
    const mrr = policies.map(({ measures }) => measures.find(({ figure }) => figure === 'mrr')?.value ?? 0);
    const differences = await client.policyDifferences({ filter: { month: '2026-10' }, limit: 500 });
    expect(differences.total).toBe(customersThatDiffer);
    for (const [index, { policy }] of policies.entries()) {
      const explained = differences.rows.reduce((sum, row) => sum + (row.mrr.find((one) => one.policy === policy)?.amount.amount ?? 0) - (row.mrr[0]?.amount.amount ?? 0), 0);
      expect((mrr[index] ?? 0) - (mrr[0] ?? 0)).toBe(explained);
    }
  });

  it('name whoever moved otherwise within a month under a policy, and nobody else', async () => {
    const months = ['2026-08', '2026-09', '2026-10'];
    let onlyWithin = 0;
    for (const month of months) {
      const movementsUnder = async (policy: 'standard' | 'all-discounts' | 'strict'): Promise<Map<string, string>> => {
        const { rows, total } = await client.movements({ filter: { from: month, to: month, policy }, limit: 500 });
        expect(total).toBe(rows.length);
        return new Map([...Map.groupBy(rows, ({ customerId }) => customerId)].map(([customerId, of]) => [customerId, JSON.stringify(of.map(({ kind, day, amount }) => `${kind} ${day} ${amount.amount}`).toSorted())]));
      };
      const [standard, ...others] = [await movementsUnder('standard'), await movementsUnder('all-discounts'), await movementsUnder('strict')];
      const moved = new Set(others.flatMap((under) => [...new Set([...under.keys(), ...standard.keys()])].filter((id) => under.get(id) !== standard.get(id))));
      const { rows } = await client.policyDifferences({ filter: { month }, limit: 500 });
      const isAlike = ({ mrr }: (typeof rows)[number]): boolean => mrr.every(({ amount }) => amount.amount === mrr[0]?.amount.amount);
      expect([...moved].filter((id) => !rows.some(({ customerId }) => customerId === id))).toEqual([]);
      expect(rows.filter((row) => isAlike(row) && !moved.has(row.customerId))).toEqual([]);
      for (const row of rows.filter(isAlike)) expect(row.because).toMatch(/^Within the month, /);
      onlyWithin += rows.filter(isAlike).length;
    }
    expect(onlyWithin).toBeGreaterThan(0);
  });
});

it('say that nothing was worked out yet', async () => {
  using ledger = openTemporaryDatabase();
  await expect(clientOf(ledger).overview({})).rejects.toMatchObject({ code: 'mrr-not-rebuilt' });
  await expect(clientOf(ledger).monthly({ to: '2027-01' })).rejects.toMatchObject({ code: 'month-in-future' });
});

it('refuse a month before there were books, in words', async () => {
  using ledger = openTemporaryDatabase();
  for (const month of ['0000-05', '1969-12']) {
    await expect(clientOf(ledger).overview({ from: month, to: month, compare: 'previous-year' })).rejects.toMatchObject({ code: 'month-invalid' });
    await expect(clientOf(ledger).recognition({ from: month, to: month })).rejects.toMatchObject({ code: 'month-invalid' });
  }
});
