import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createCompany } from '../../../sandbox/company/company.ts';
import { movementKinds, movementRowSchema, mrrItemRowSchema, mrrMonthSchema, revenueCardsSchema, revenueMonthSchema, whyFigures } from '../../shared/api/revenue.contract.ts';
import { whySchema } from '../../shared/api/primitives.ts';
import type { Month } from '../../shared/calendar/local-date.ts';
import { fixedClock } from '../../shared/calendar/clock.ts';
import { unattended } from '../platform/work-control.ts';
import { sql } from '../database/handles.ts';
import { CustomerWork } from '../revenue/customer-work.ts';
import { createRevenueRollups } from '../revenue/revenue-rollups.ts';
import { mirrorCompany } from '../testing/mirror-of-company.ts';
import { openTemporaryDatabase, type TemporaryDatabase } from '../testing/temporary-database.ts';
import { createRevenueMeasures } from './revenue-measures.queries.ts';
import { createRevenueQueries, type RevenueQueries } from './revenue.queries.ts';

const nowAt = Date.parse('2026-11-18T14:14:00Z');
const settings = () => ({ functionalCurrency: 'usd', reportingTimeZone: 'America/New_York' });

function queriesOn(ledger: TemporaryDatabase, now = nowAt): RevenueQueries {
  return createRevenueQueries({ readable: ledger.database, clock: fixedClock(now), settings });
}

describe.each([1, 2])('revenue of the demo company small, seed %i', (seed) => {
  const company = createCompany({ size: 'small', seed });
  const ledger = openTemporaryDatabase();
  const queries = queriesOn(ledger);
  const { manifest } = company;
  beforeAll(async () => {
    mirrorCompany(ledger.database, company, nowAt);
    await createRevenueRollups({ readable: ledger.database, unitOfWork: ledger.database.unitOfWork, clock: fixedClock(nowAt), settings }).refresh(unattended);
  });
  afterAll(() => ledger[Symbol.dispose]());

  it('has the gross, fees, refunds, net and payments of the manifest in every month and settlement currency', () => {
    const { months } = queries.breakdown({ from: '2023-12', to: '2026-11' });
    const found = months.map(({ month, currency, grossMinor, feesMinor, refundsMinor, netMinor, payments }) => ({ month, currency, grossMinor, feesMinor, refundsMinor, netMinor, payments }));
    const inOrder = [...manifest.revenue].sort((a, b) => (a.month + a.currency < b.month + b.currency ? -1 : 1));
    expect(found).toEqual(inOrder);
    z.array(revenueMonthSchema).parse(months);
  });

  it('shows the months of the manifest, twelve unless told otherwise', () => {
    const { months, asOf } = queries.mrrSeries({ from: '2023-12' });
    expect(z.array(mrrMonthSchema).parse(months).map(({ month, endMinor, arrMinor, customers }) => [month, endMinor, arrMinor, customers])).toEqual(manifest.mrr.map(({ month, mrrMinor, arrMinor, customers }) => [month, mrrMinor, arrMinor, customers]).slice(-36));
    expect(asOf).toBe(nowAt);
    expect(queries.mrrSeries({}).months.map(({ month }) => month)).toEqual(manifest.mrr.slice(-12).map(({ month }) => month));
  });

  it('puts the running month on the cards, the month before beside it', () => {
    const cards = revenueCardsSchema.parse(queries.cards({}));
    const [before, last] = manifest.mrr.slice(-2);
    expect(cards).toMatchObject({ month: '2026-11', isRunning: true, asOf: nowAt, current: { endMinor: last?.mrrMinor }, previous: { endMinor: before?.mrrMinor } });
    expect(cards.ratios.twelveMonthNetRevenueRetention).not.toBeNull();
    expect(revenueCardsSchema.parse(queries.cards({ month: '2023-12' }))).toMatchObject({ previous: null, ratios: { netChurn: null, twelveMonthNetRevenueRetention: null } });
  });

  it('lists movements that sum to what was clicked, whatever the kind', () => {
    for (const month of queries.mrrSeries({ from: '2023-12' }).months) {
      const amounts = { new: month.newMinor, expansion: month.expansionMinor, contraction: month.contractionMinor, churn: month.churnMinor, reactivation: month.reactivationMinor, 'exchange-rate': month.exchangeRateMinor };
      for (const kind of movementKinds) {
        const listed = queries.movements({ startAt: 0, limit: 500, filter: { month: month.month, kind } });
        expect(listed.rows.reduce((sum, row) => sum + row.amount.amount, 0)).toBe(amounts[kind]);
        expect(listed.sums).toEqual([{ amount: amounts[kind], currency: 'usd' }]);
        expect(listed.total).toBe(listed.rows.length);
        z.array(movementRowSchema).parse(listed.rows);
      }
    }
  });

  it('lists the items behind MRR, which sum to it', () => {
    for (const { month, endMinor } of queries.mrrSeries({ from: '2023-12' }).months) {
      const listed = queries.mrrItems({ startAt: 0, limit: 500, filter: { month } });
      expect(listed.sums).toEqual([{ amount: endMinor, currency: 'usd' }]);
      expect(z.array(mrrItemRowSchema).parse(listed.rows).reduce((sum, row) => sum + row.functional.amount, 0)).toBe(endMinor);
    }
  });

  it('says of each item what its own calculation says, with the invoice of the period in force', () => {
    const work = new CustomerWork({ readable: ledger.database, clock: fixedClock(nowAt), settings });
    for (const month of ['2024-03', '2026-06', '2026-11'] as Month[]) {
      const { rows } = queries.mrrItems({ startAt: 0, limit: 500, filter: { month } });
      expect(rows.length).toBeGreaterThan(10);
      const worked = [...new Set(rows.map(({ customerId }) => customerId))].flatMap((id) => work.itemsInForce(id, month, 'standard')).filter(({ functionalMrr }) => functionalMrr !== 0);
      const told = worked.map((item) => [item.subscriptionItemId, item.subscriptionId, item.quantity, item.mrr, item.currency, item.rate, item.functionalMrr, item.source, item.invoiceId, item.explanation]);
      expect(rows.map((row) => [row.subscriptionItemId, row.subscriptionId, row.quantity, row.native.amount, row.native.currency, row.rate, row.functional.amount, row.source, row.invoiceId, row.explanation]).toSorted()).toEqual(told.toSorted());
      expect(rows.every(({ subscriptionItemId, since }) => since <= (worked.find((item) => item.subscriptionItemId === subscriptionItemId)?.startsAt ?? 0))).toBe(true);
      const [row] = rows.filter(({ invoiceId }) => invoiceId !== null);
      expect(queries.mrrItems({ startAt: 0, limit: 500, filter: { month, text: row?.invoiceId ?? '' } }).rows).toContainEqual(row);
    }
  });

  it('windows join without a gap in every order', () => {
    const filter = { month: '2026-06' };
    for (const column of ['customerName', 'kind', 'day', 'amount']) {
      for (const direction of ['ascending', 'descending'] as const) {
        const sort = { column, direction };
        const whole = queries.movements({ startAt: 0, limit: 500, sort, filter });
        const parts = [queries.movements({ startAt: 0, limit: 3, sort, filter }), queries.movements({ startAt: 3, limit: 500, sort, filter })];
        expect(whole.total).toBeGreaterThan(4);
        expect(parts.flatMap((part) => part.rows)).toEqual(whole.rows);
        expect(parts.map((part) => part.total)).toEqual([whole.total, whole.total]);
      }
    }
    for (const column of ['customerName', 'amount']) {
      const sort = { column, direction: 'ascending' as const };
      const whole = queries.mrrItems({ startAt: 0, limit: 500, sort, filter });
      expect([...queries.mrrItems({ startAt: 0, limit: 5, sort, filter }).rows, ...queries.mrrItems({ startAt: 5, limit: 500, sort, filter }).rows]).toEqual(whole.rows);
    }
  });

  it('sorts by amount, both ways', () => {
    const amounts = (direction: 'ascending' | 'descending') => queries.movements({ startAt: 0, limit: 500, sort: { column: 'amount', direction }, filter: { month: '2026-06' } }).rows.map((row) => row.amount.amount);
    expect(amounts('ascending')).toEqual([...amounts('ascending')].sort((a, b) => a - b));
    expect(amounts('descending')).toEqual(amounts('ascending').sort((a, b) => b - a));
  });

  it('finds by name and by id, and reads wildcards as letters', () => {
    const filter = { month: '2026-10' };
    const [first] = queries.mrrItems({ startAt: 0, limit: 1, filter }).rows;
    const found = queries.mrrItems({ startAt: 0, limit: 500, filter: { ...filter, text: ` ${first?.customerName.toUpperCase()} ` } });
    expect(new Set(found.rows.map((row) => row.customerName))).toEqual(new Set([first?.customerName]));
    expect(queries.mrrItems({ startAt: 0, limit: 500, filter: { ...filter, text: first?.subscriptionItemId } }).rows).toEqual([first]);
    expect(queries.mrrItems({ startAt: 0, limit: 500, filter: { ...filter, customerId: first?.customerId } }).rows).toEqual(found.rows);
    expect(queries.mrrItems({ startAt: 0, limit: 500, filter: { ...filter, text: '%' } })).toMatchObject({ total: 0, rows: [], sums: [{ amount: 0, currency: 'usd' }] });
    const [movement] = queries.movements({ startAt: 0, limit: 1, filter }).rows;
    expect(queries.movements({ startAt: 0, limit: 500, filter: { ...filter, text: movement?.customerId } }).rows).toContainEqual(movement);
  });

  it.each(['amount', 'customerName'] as const)('cuts windows of items by %s out of the same list wherever they begin', (column) => {
    for (const direction of ['ascending', 'descending'] as const) {
      const window = (startAt: number, limit: number) => queries.mrrItems({ startAt, limit, sort: { column, direction }, filter: { month: '2026-06' } });
      const whole = window(0, 500);
      expect(whole.total).toBe(whole.rows.length);
      for (const startAt of [1, 17, Math.floor(whole.total / 2), Math.floor(whole.total / 2) + 1, whole.total - 3, whole.total, whole.total + 5]) expect(window(startAt, 7)).toEqual({ ...whole, rows: whole.rows.slice(startAt, startAt + 7) });
    }
  });

  it('says of movements what all of them come to, in whatever window and by whatever is looked for', () => {
    const list = (startAt: number, text?: string) => queries.movements({ startAt, limit: 5, filter: { month: '2026-06', ...(text === undefined ? {} : { text }) } });
    const whole = queries.movements({ startAt: 0, limit: 500, filter: { month: '2026-06' } });
    expect(whole.sums[0]?.amount).toBe(whole.rows.reduce((sum, { amount }) => sum + amount.amount, 0));
    for (const startAt of [0, 3, whole.total, whole.total + 9]) expect(list(startAt)).toEqual({ ...whole, rows: whole.rows.slice(startAt, startAt + 5) });
    for (const field of ['customerId', 'subscriptionId', 'invoiceId'] as const) {
      const named = whole.rows.find((row) => row[field] !== null);
      const found = list(0, named?.[field] ?? '');
      expect(found.rows).toContainEqual(named);
      expect(found.total).toBe(whole.rows.filter((row) => row[field] === named?.[field]).length);
    }
  });

  it.each(whyFigures)('says why for %s', (figure) => {
    const why = whySchema.parse(queries.why({ figure, month: '2026-06' }));
    expect(why.formula).not.toBe('');
    expect(why.inputs.length).toBeGreaterThan(0);
    expect(new Set(why.inputs.map((input) => input.label)).size).toBe(why.inputs.length);
    if (figure === 'mrr' || figure === 'gross' || figure === 'fees' || figure === 'refunds' || figure === 'net-revenue') {
      const usd = queries.overview({ month: '2026-06' }).rows.find((row) => row.currency === 'usd');
      const value = { mrr: queries.cards({ month: '2026-06' }).current.endMinor, gross: usd?.grossMinor, fees: usd?.feesMinor, refunds: usd?.refundsMinor, 'net-revenue': usd?.netMinor }[figure];
      expect(why.inputs.reduce((sum, input) => sum + (input.amount?.amount ?? 0), 0)).toBe(value);
    }
  });

  it('says in the month of a change it cannot date that it cannot', () => {
    const marked = manifest.mrr.find((month) => month.undatedSubscriptionIds.length > 0);
    const why = queries.why({ figure: 'mrr', month: marked?.month ?? '' });
    expect(why.caveats.join()).toContain('Rebuilt, change date unknown');
    expect(why.caveats.join()).toContain(marked?.undatedSubscriptionIds[0]);
  });

  it('refuses what cannot be answered', () => {
    expect(() => queries.overview({ month: '2026-12' })).toThrow(expect.objectContaining({ code: 'month-in-future' }));
    expect(() => queries.breakdown({ from: '2026-10', to: '2026-09' })).toThrow(expect.objectContaining({ code: 'range-invalid' }));
    const later = queriesOn(ledger, Date.parse('2027-01-10T12:00:00Z'));
    expect(() => later.cards({ month: '2027-01' })).toThrow(expect.objectContaining({ code: 'mrr-not-rebuilt' }));
    expect(later.cards({}).month).toBe('2026-11');
    expect(later.why({ figure: 'disputes', month: '2027-01' }).asOf).toBeGreaterThan(0);
  });
});

describe('what came to nothing, and fees under other names', () => {
  const facts = [
    ['charge', 'payment', 10_000, 320], ['payment', 'payment', 4_000, 35], ['payment_failure_refund', 'payment-failed', -4_000, 0], ['refund', 'payment-uncaptured', -600, 0], ['refund', 'refund', -2_500, 0], ['payment_refund', 'refund', -1_000, 0],
    ['refund_failure', 'refund-failed', 2_500, 0], ['stripe_fee', 'gateway-fee', -200, 0], ['stripe_fx_fee', 'gateway-fee', -30, 0], ['tax_fee', 'gateway-tax', -7, 0], ['payment_network_cost', 'gateway-fee', -11, 0], ['adjustment', 'gateway-fee', -13, 0],
    ['adjustment', 'dispute', -900, 1_500], ['adjustment', 'adjustment', -77, 0], ['payout', 'payout', -5_000, 0],
  ] as const;
  const day = sql('test.day', "INSERT INTO balance_daily_totals (day_on, currency, type, kind, transactions, amount_minor, fee_minor, net_minor) VALUES ('2026-11-02', 'usd', ?, ?, 1, ?, ?, 0)");
  const whole = { grossMinor: 10_000 - 600, feesMinor: 320 + 35 + 1_500 + 200 + 30 + 7 + 11 + 13, refundsMinor: 1_000, disputesMinor: 900, payments: 2 };
  const netMinor = whole.grossMinor - whole.feesMinor - whole.refundsMinor;

  it('are in the cash view as they are in the books', async () => {
    using ledger = openTemporaryDatabase();
    for (const fact of facts) ledger.database.run(day, [...fact]);
    await createRevenueRollups({ readable: ledger.database, unitOfWork: ledger.database.unitOfWork, clock: fixedClock(nowAt), settings }).refresh(unattended);
    const queries = queriesOn(ledger);
    expect(queries.overview({}).rows).toEqual([{ month: '2026-11', currency: 'usd', isRunning: true, ...whole, netMinor }]);
    const measures = createRevenueMeasures({ readable: ledger.database, clock: fixedClock(nowAt), settings }).overview({ policy: 'standard' }).cards;
    expect(['gross-payments', 'fees', 'refunds', 'net-revenue'].map((figure) => measures.find((card) => card.figure === figure)?.value)).toEqual([whole.grossMinor, whole.feesMinor, whole.refundsMinor, netMinor]);
    for (const [figure, value] of [['gross', whole.grossMinor], ['fees', whole.feesMinor], ['refunds', whole.refundsMinor], ['disputes', whole.disputesMinor], ['net-revenue', netMinor]] as const) {
      expect(queries.why({ figure, month: '2026-11' }).inputs.reduce((sum, { amount }) => sum + (amount?.amount ?? 0), 0), figure).toBe(value);
    }
  });
});

describe('an empty ledger', () => {
  it('answers with nothing, not with an error', () => {
    using ledger = openTemporaryDatabase();
    const queries = queriesOn(ledger);
    expect(revenueCardsSchema.parse(queries.cards({}))).toMatchObject({ current: { endMinor: 0, customers: 0 }, previous: null, averageRevenuePerAccountMinor: null });
    expect(queries.mrrSeries({})).toEqual({ months: [], asOf: null });
    expect(queries.overview({})).toEqual({ month: '2026-11', asOf: null, rows: [] });
    expect(queries.movements({ startAt: 0, limit: 10 })).toEqual({ rows: [], total: 0, sums: [{ amount: 0, currency: 'usd' }] });
    for (const figure of whyFigures) whySchema.parse(queries.why({ figure, month: '2026-11' }));
  });
});
