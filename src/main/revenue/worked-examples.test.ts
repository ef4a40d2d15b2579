/**
 * Published worked examples on recognition, MRR, churn and currency whose rule is one of ours, with their publishers' numbers (docs/worked-examples.md lists the others with the
 * reason). Where the material lies beside the repository, each is held against its own line there, and no example may be missing from both lists.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { addDays, endOf, localDate, month, monthsFromTo, type Month } from '../../shared/calendar/local-date.ts';
import { TimeZone } from '../../shared/calendar/time-zone.ts';
import { convertMinorUnits } from '../../shared/money/money.ts';
import { applicationRoot } from '../platform/resources.ts';
import { figuresOf, stretchOf } from '../reporting/revenue-measure-calculation.ts';
import { measuresOf } from '../reporting/revenue-measure-list.ts';
import type { MonthMove } from '../reporting/revenue-sum-scope.ts';
import { itemMrr, type PriceTerms } from './mrr-item-calculation.ts';
import { createDayEnds } from './movement-terms.ts';
import { movementPartsOf } from './customer-movements.ts';
import { rebuildItem, type BilledLine } from './mrr-segments.ts';
import { linesByDay, type Deferral } from './recognition-calculation.ts';

const page = [process.env['DAYBOOK_SHARED'], resolve(import.meta.dirname, '../../../../shared'), resolve(import.meta.dirname, '../../../../../shared')]
  .filter((folder) => folder !== undefined).map((folder) => join(folder, 'data', 'examples', 'worked-examples.md')).find((file) => existsSync(file));

type Line = readonly [netMinor: number, startOn: string, endOn: string];
type Taken = readonly [on: string, minor: number];

/** What each month of 2026 gets of an invoice's lines, in order, less what was taken back of what was unearned. */
function earned(lines: readonly Line[], first: string, last: string, taken: readonly Taken[] = []): number[] {
  const deferral: Deferral = {
    invoiceId: 'in', customerId: null, currency: 'usd', rate: null, functionalMinor: lines.reduce((sum, [net]) => sum + net, 0),
    lines: lines.map(([netMinor, startOn, endOn], index) => ({ id: `il_${index}`, netMinor, period: { startOn: localDate(startOn), endOn: localDate(endOn) }, revenueAccount: '4000-revenue-subscription' })),
    movements: taken.map(([on, minor]) => ({ bookedOn: localDate(on), splitOn: localDate(on), takenMinor: minor, takenFunctionalMinor: minor })),
  };
  const upTo = (day: string): number => linesByDay(deferral, 'usd', localDate(day)).reduce((sum, state) => sum + state.earned.minor, 0);
  return monthsFromTo(month(first), month(last)).map((current) => upTo(addDays(endOf(current), -1)) - upTo(addDays(localDate(`${current}-01`), -1)));
}

const price = (unitAmountMinor: number, interval = 'month', id = 'price'): PriceTerms => ({ id, productName: 'Plan', currency: 'usd', unitAmountMinor, isTiered: false, interval, intervalCount: 1, isMetered: false });
const mrr = (unit: number, interval = 'month', quantity = 1): number => itemMrr(price(unit, interval), { unitAmountDecimal: String(unit), quantity }, '0');

const march = '2026-03' as Month;
/** A month that began with `start` minor units and customers, and what moved it. */
function figures(start: { minor: number; customers: number }, ...moves: readonly [kind: MonthMove['kind'], amountMinor: number, joined?: number, left?: number][]) {
  const move = (inMonth: Month, kind: MonthMove['kind'], amountMinor: number, joined = 0, left = 0): MonthMove => ({ month: inMonth, kind, amountMinor, functionalMinor: amountMinor, movements: 1, joined, left });
  return figuresOf(stretchOf([move('2026-02' as Month, 'new', start.minor, start.customers), ...moves.map(([kind, amount, joined, left]) => move(march, kind, amount, joined, left))], march, march));
}

/** A monthly plan that goes from one price to another on the 16th of June, by prorations. */
function switched(before: number, after: number, proration: number): { mrr: number; expansion: number } {
  const zone = new TimeZone('UTC');
  const at = (day: string): number => Date.parse(`${day}T00:00:00Z`);
  const line = (id: string, priceId: string, amountMinor: number, unit: number, from: string, isProration: boolean): BilledLine => ({ lineId: id, invoiceId: 'in', invoicedAt: at(from), lineIndex: 0, priceId, quantity: 1, amountMinor, unitAmountDecimal: String(unit), isProration, foreverPercentOff: '0', periodStartAt: at(from), periodEndAt: at('2019-07-01') });
  const nowAt = at('2019-06-20');
  const prices = new Map([['old', price(before, 'month', 'old')], ['next', price(after, 'month', 'next')]]);
  const terms = { priceOf: (id: string) => prices.get(id), rateOn: () => null, zone, functionalCurrency: 'usd', nowAt, runningMonthStartAt: at('2019-06-01') };
  const subscription = { id: 'sub', customerId: 'cus', status: 'active', endedAt: null, trialStartAt: null, trialEndAt: null, isCollectionPaused: false };
  const present = { priceId: 'next', quantity: 1, currentPeriodStartAt: at('2019-06-01'), currentPeriodEndAt: at('2019-07-01'), discount: { foreverPercentOff: '0', startedAt: null } };
  const { stretches } = rebuildItem({ itemId: 'si', subscription, present, lines: [line('a', 'old', before, before, '2019-06-01', false), line('b', 'next', proration, after, '2019-06-16', true)] }, terms);
  const parts = movementPartsOf(stretches, { zone, functionalCurrency: 'usd', dayEnds: createDayEnds(zone, nowAt), names: { planOf: (id) => id, endReasonOf: () => null } });
  return { mrr: stretches.at(-1)?.functionalMrr ?? 0, expansion: parts.filter(({ kind }) => kind === 'expansion').reduce((sum, { amountMinor }) => sum + amountMinor, 0) };
}

interface Example {
  readonly id: string;
  readonly name: string;
  /** What the page says, so that a typing error here shows. */
  readonly says: readonly string[];
  readonly ours: () => unknown;
  readonly theirs: unknown;
}

const examples: readonly Example[] = [
  { id: 'A1', name: 'a month from the 15th', says: ['Monthly 31.00 starting Jan 15', 'Revenue +17.00'], ours: () => earned([[3_100, '2026-01-15', '2026-02-15']], '2026-01', '2026-02'), theirs: [1_700, 1_400] },
  { id: 'A5', name: 'an upgrade that is invoiced within the month', says: ['Apr 21 upgrade to 120.00', '100.00'], ours: () => earned([[9_000, '2026-04-01', '2026-05-01'], [-3_000, '2026-04-21', '2026-05-01'], [4_000, '2026-04-21', '2026-05-01']], '2026-04', '2026-04'), theirs: [10_000] },
  { id: 'A7', name: 'a line without a period beside one with', says: ['Revenue +22.00 (17 + 5)', '14.00'], ours: () => { const [january = 0, february] = earned([[3_100, '2026-01-15', '2026-02-15']], '2026-01', '2026-02'); return [january + 500, february]; }, theirs: [2_200, 1_400] },
  { id: 'A13', name: 'a credit for a period', says: ['-31.00 line', 'Rev -17', 'Rev -14'], ours: () => earned([[-3_100, '2026-01-15', '2026-02-15']], '2026-01', '2026-02'), theirs: [-1_700, -1_400] },
  { id: 'A15', name: 'a tenth of three months is refunded', says: ['Partial refund 9.00', '25.20', '27.90'], ours: () => earned([[9_000, '2026-01-01', '2026-04-01']], '2026-01', '2026-03', [['2026-01-31', 590]]), theirs: [3_100, 2_520, 2_790] },
  { id: 'A17', name: 'given up after a month: what was unearned is never earned', says: ['Def -59', 'BadDebt +31'], ours: () => earned([[9_000, '2026-01-01', '2026-04-01']], '2026-01', '2026-03', [['2026-01-31', 5_900]]), theirs: [3_100, 0, 0] },
  { id: 'A25', name: 'half is credited before the second month', says: ['credit note 45.00', 'Rev +14', '15.50'], ours: () => earned([[9_000, '2026-01-01', '2026-04-01']], '2026-01', '2026-03', [['2026-01-31', 2_950]]), theirs: [3_100, 1_400, 1_550] },
  { id: 'A27', name: 'half of six months is credited before the second', says: ['credit note 90.50', 'Rev 60.50'], ours: () => earned([[18_100, '2026-01-01', '2026-07-01']], '2026-01', '2026-03', [['2026-01-31', 7_500]]).reduce((sum, part) => sum + part, 0), theirs: 6_050 },
  { id: 'A29', name: 'paid elsewhere: the service is earned all the same', says: ['Paid outside Stripe', 'Rev +31'], ours: () => earned([[3_100, '2026-01-01', '2026-02-01']], '2026-01', '2026-02'), theirs: [3_100, 0] },
  { id: 'A31', name: 'four months by day', says: ['by day:               16.00 | 31.00 | 31.00 | 30.00 | 12.00'], ours: () => earned([[12_000, '2026-06-15', '2026-10-13']], '2026-06', '2026-10'), theirs: [1_600, 3_100, 3_100, 3_000, 1_200] },
  { id: 'A35', name: 'a receivable that is paid at another rate', says: ['at 1.20, paid Feb 1 at 1.10', 'FxLoss +3'], ours: () => { const [booked, paid] = ['1.20', '1.10'].map((rate) => convertMinorUnits(3_000, 'eur', 'usd', rate, 'half-away-from-zero')); return [booked, paid, (booked ?? 0) - (paid ?? 0)]; }, theirs: [3_600, 3_300, 300] },
  { id: 'A37', name: 'what settles in its own currency is not converted', says: ['400 NOK (0.10)', 'USD Rev/Cash +40'], ours: () => convertMinorUnits(40_000, 'nok', 'usd', '0.10', 'half-away-from-zero'), theirs: 4_000 },
  { id: 'B1', name: 'monthly and annual plans', says: ['100 subscribers at 100/month + 50 at 600/year', '12,500'], ours: () => 100 * mrr(10_000) + 50 * mrr(60_000, 'year'), theirs: 1_250_000 },
  { id: 'B5', name: 'churn and contraction are lost together', says: ['120/year (10 MRR)', '= 35'], ours: () => mrr(12_000, 'year') + (mrr(5_000) - mrr(2_500)), theirs: 3_500 },
  {
    id: 'B9', name: 'trials that ended and were paid for', says: ['15 of 100 ended = 15%'],
    ours: () => measuresOf({ currency: 'usd', isSegment: false, moves: [], outcomes: [], money: { byMonth: new Map(), withoutRate: new Map() }, trials: [{ month: march, started: 2, ended: 100, converted: 15 }] }, { from: march, to: march }).measures.filter(({ figure }) => figure.startsWith('trial')).map(({ value }) => value), theirs: [2, 100, 1_500],
  },
  { id: 'B13', name: 'customers add up', says: ['5 customers at 5/mo -> MRR 25', '85'], ours: () => [5 * mrr(500), 5 * mrr(500) + 2 * mrr(3_000)], theirs: [2_500, 8_500] },
  { id: 'B15', name: 'a switch within a month counts at full price', says: ['upgrade to 250/mo', 'MRR 250, expansion +150'], ours: () => switched(10_000, 25_000, 12_500), theirs: { mrr: 25_000, expansion: 15_000 } },
  { id: 'B19', name: 'gross churn, and net churn below zero', says: ['gross 5%', '-10%'], ours: () => [figures({ minor: 10_000, customers: 10 }, ['contraction', -500]).grossChurn, figures({ minor: 10_000, customers: 10 }, ['new', 1_000, 1], ['expansion', 1_000]).netChurn], theirs: [500, -1_000] },
  {
    id: 'B21', name: 'MRR churn and customer churn are not the same', says: ['17.39%', '20%', '28.99%', '10%'],
    ours: () => [[-600_000, 2], [-1_000_000, 1]].map(([amount = 0, left = 0]) => { const { grossChurn, logoChurn } = figures({ minor: 3_450_000, customers: 10 }, ['churn', amount, 0, left]); return [grossChurn, logoChurn]; }), theirs: [[1_739, 2_000], [2_899, 1_000]],
  },
  { id: 'B23', name: 'a quick ratio', says: ['(20k new + 8k expansion)/(5k churn + 3k contraction) = 3.5'], ours: () => figures({ minor: 10_000_000, customers: 100 }, ['new', 2_000_000, 9], ['expansion', 800_000], ['churn', -500_000, 0, 2], ['contraction', -300_000]).quickRatio, theirs: 35_000 },
];

describe('published examples of revenue whose rule is ours', () => {
  test.each(examples.map((example) => [`${example.id}: ${example.name}`, example] as const))('%s', (_name, { ours, theirs }) => {
    expect(ours()).toEqual(theirs);
  });

  test('B11, whose page rounds the churn first: LTV is exact, 500 × 110 ÷ 10', () => {
    expect(figures({ minor: 5_500_000, customers: 110 }, ['churn', -500_000, 0, 10]).lifetimeValue).toBe(550_000);
    expect(figures({ minor: 5_500_000, customers: 110 }).lifetimeValue).toBeNull();
  });
});

describe('the figures of the first board pack', () => {
  test('87,500 − 2,537 − 500 = 84,463', () => {
    const byMonth = new Map([[march, { month: march, grossMinor: 8_750_000, feesMinor: 253_700, refundsMinor: 50_000, payments: 1, partnerMinor: 0 }]]);
    const { measures } = measuresOf({ currency: 'usd', isSegment: false, moves: [], outcomes: [], trials: [], money: { byMonth, withoutRate: new Map() } }, { from: march, to: march });
    expect(measures.find(({ figure }) => figure === 'net-revenue')?.value).toBe(8_446_300);
  });

  test('MRR 299,900 → ARR 3,598,800', () => {
    const moves: MonthMove[] = [{ month: march, kind: 'new', amountMinor: 29_990_000, functionalMinor: 29_990_000, movements: 1, joined: 1, left: 0 }];
    const { measures } = measuresOf({ currency: 'usd', isSegment: false, moves, outcomes: [], trials: [], money: { byMonth: new Map(), withoutRate: new Map() } }, { from: march, to: march });
    expect(measures.slice(0, 2).map(({ value }) => value)).toEqual([29_990_000, 359_880_000]);
  });
});

describe.skipIf(page === undefined)('the page of examples (skipped unless the material lies beside the repository or DAYBOOK_SHARED names it)', () => {
  const blocks = new Map<string, string>();
  let current = '';
  for (const line of page === undefined ? [] : readFileSync(page, 'utf8').split('\n')) {
    const id = /^([A-G]\d+)\. /.exec(line)?.[1];
    if (line.startsWith('#')) current = '';
    else if (id !== undefined) blocks.set((current = id), line);
    else if (current !== '') blocks.set(current, `${blocks.get(current) ?? ''}\n${line}`);
  }

  test('says what is held here', () => {
    for (const { id, says } of examples) for (const text of says) expect(`${id}: ${blocks.get(id) ?? ''}`).toContain(text);
  });

  test('has no checked example on recognition, MRR or churn that is neither held nor listed with a reason', () => {
    const told = readFileSync(join(applicationRoot(), 'docs', 'worked-examples.md'), 'utf8');
    const named = new Set([...told.matchAll(/^\| ((?:[A-G]\d+(?:, )?)+) \|/gm)].flatMap(([, ids = '']) => ids.split(', ')));
    const checked = [...blocks].filter(([id, text]) => /^[AB]/.test(id) && /\bOK\b/.test(text)).map(([id]) => id);
    expect(checked.length).toBeGreaterThan(25);
    expect(checked.filter((id) => !named.has(id))).toEqual([]);
    expect(examples.map(({ id }) => id).filter((id) => !named.has(id))).toEqual([]);
  });
});
