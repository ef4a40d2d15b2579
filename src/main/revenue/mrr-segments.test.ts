import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TimeZone } from '../../shared/calendar/time-zone.ts';
import { customerRevenue } from './customer-revenue.ts';
import { createDayEnds } from './movement-terms.ts';
import type { PriceTerms } from './mrr-item-calculation.ts';
import { policyPresets } from './mrr-policy.ts';
import { rebuildItem, type BilledLine, type ItemHistory, type MrrTerms, type PresentDiscount, type PresentItem, type SubscriptionState } from './mrr-segments.ts';

const zone = new TimeZone('America/New_York');
const at = (text: string): number => Date.parse(`${text.length === 10 ? `${text}T12:00` : text}:00Z`);
const nowAt = at('2026-11-18T14:14');

const monthly: PriceTerms = { id: 'pro', productName: 'Pro', currency: 'usd', unitAmountMinor: 10_000, isTiered: false, interval: 'month', intervalCount: 1, isMetered: false };
const prices = new Map<string, PriceTerms>(
  [
    monthly,
    { ...monthly, id: 'enterprise', productName: 'Enterprise', unitAmountMinor: 25_000 },
    { ...monthly, id: 'annual', unitAmountMinor: 120_000, interval: 'year' },
    { ...monthly, id: 'euro', currency: 'eur' },
    { ...monthly, id: 'metered', isMetered: true },
    { ...monthly, id: 'one-off', interval: null },
  ].map((price) => [price.id, price]),
);
const terms: MrrTerms = {
  priceOf: (id) => prices.get(id), rateOn: (_currency, day) => (day < '2026-10-01' ? '1.100000' : '1.200000'), zone, functionalCurrency: 'usd', nowAt, runningMonthStartAt: zone.boundsOf(zone.monthOf(nowAt)).start,
};

let lineNumber = 0;
function line(from: string, until: string, overrides: Partial<BilledLine> = {}): BilledLine {
  lineNumber += 1;
  return {
    lineId: `il_${lineNumber}`, invoiceId: `in_${lineNumber}`, invoicedAt: at(from), lineIndex: 0, priceId: 'pro', quantity: 1, amountMinor: 10_000, unitAmountDecimal: null, isProration: false, foreverPercentOff: '0', periodStartAt: at(from), periodEndAt: at(until),
    ...overrides,
  };
}
const remaining = (from: string, until: string, overrides: Partial<BilledLine>): BilledLine => line(from, until, { isProration: true, amountMinor: 5_000, ...overrides });
const unused = (from: string, until: string): BilledLine => line(from, until, { isProration: true, amountMinor: -5_000 });

function history(lines: BilledLine[], subscription: Partial<SubscriptionState> = {}, present: Partial<PresentItem> | null = {}): ItemHistory {
  return {
    itemId: 'si_1',
    subscription: { id: 'sub_1', customerId: 'cus_1', status: 'active', endedAt: null, trialStartAt: null, trialEndAt: null, isCollectionPaused: false, ...subscription },
    present: present === null ? null : { priceId: 'pro', quantity: 1, currentPeriodStartAt: null, currentPeriodEndAt: null, discount: { foreverPercentOff: '0', startedAt: null }, ...present },
    lines,
  };
}

/** 'from..until mrr', dates only. */
function told(item: ItemHistory): string[] {
  return rebuildItem(item, terms).stretches.map((stretch) => `${day(stretch.startsAt)}..${day(stretch.endsAt)} ${stretch.functionalMrr}`);
}
const day = (instant: number): string => new Date(instant).toISOString().slice(0, 10);
const undatedOf = (item: ItemHistory): string[] => rebuildItem(item, terms).undated.map(({ from, until }) => `${day(from)}..${day(until)}`);

const october = (overrides: Partial<BilledLine> = {}): BilledLine => line('2026-10-10', '2026-11-10', overrides);
const november = (overrides: Partial<BilledLine> = {}): BilledLine => line('2026-11-10', '2026-12-10', overrides);
const ended = { status: 'canceled', endedAt: at('2026-10-20') };

describe('what an item was worth from when to when', () => {
  it.each<[string, ItemHistory, string[]]>([
    ['each billed period is a stretch', history([october(), november()]), ['2026-10-10..2026-11-10 10000', '2026-11-10..2026-12-10 10000']],
    ['the order of arrival does not matter', history([november(), october()]), ['2026-10-10..2026-11-10 10000', '2026-11-10..2026-12-10 10000']],
    [
      'an upgrade counts from its day at its full price',
      history([october(), unused('2026-10-25', '2026-11-10'), remaining('2026-10-25', '2026-11-10', { priceId: 'enterprise' }), november({ priceId: 'enterprise' })], {}, { priceId: 'enterprise' }),
      ['2026-10-10..2026-10-25 10000', '2026-10-25..2026-11-10 25000', '2026-11-10..2026-12-10 25000'],
    ],
    [
      'a prorated switch of 100 to 250 half-way is worth 250, not the 125 billed (worked example B15)',
      history([line('2026-11-01', '2026-12-01'), unused('2026-11-16', '2026-12-01'), remaining('2026-11-16', '2026-12-01', { priceId: 'enterprise', amountMinor: 12_500 })], {}, { priceId: 'enterprise' }),
      ['2026-11-01..2026-11-16 10000', '2026-11-16..2026-12-01 25000'],
    ],
    [
      'a switch of 10 to 20 exactly half-way, billed −5 and +10, moves MRR from 10 to 20 (worked example C1)',
      history([line('2026-11-01', '2026-12-01', { unitAmountDecimal: '1000', amountMinor: 1_000 }), remaining('2026-11-16', '2026-12-01', { unitAmountDecimal: '2000', amountMinor: 1_000 })]),
      ['2026-11-01..2026-11-16 1000', '2026-11-16..2026-12-01 2000'],
    ],
    [
      'a seat added on the way counts whole (worked example B17)',
      history([line('2026-11-01', '2026-12-01'), remaining('2026-11-16', '2026-12-01', { quantity: 2, amountMinor: 5_000 })], {}, { quantity: 2 }),
      ['2026-11-01..2026-11-16 10000', '2026-11-16..2026-12-01 20000'],
    ],
    ['an end cuts the period it falls into', history([october()], ended, null), ['2026-10-10..2026-10-20 10000']],
    ['what was billed for after the end never was', history([october(), november()], ended, null), ['2026-10-10..2026-10-20 10000']],
    ['a free trial line sets nothing', history([october({ amountMinor: 0 }), november()], { trialStartAt: at('2026-10-10'), trialEndAt: at('2026-11-10') }), ['2026-11-10..2026-12-10 10000']],
    ['what was billed inside a trial counts from its end', history([november()], { trialStartAt: at('2026-11-10'), trialEndAt: at('2026-11-14') }), ['2026-11-14..2026-12-10 10000']],
    ['a forever discount counts', history([november({ foreverPercentOff: '20' })], {}, { discount: { foreverPercentOff: '20', startedAt: at('2026-11-10') } }), ['2026-11-10..2026-12-10 8000']],
    [
      'a proration goes on with the forever discount of its period',
      history([november({ foreverPercentOff: '20' }), remaining('2026-11-15', '2026-12-10', { quantity: 2 })], {}, { quantity: 2, discount: { foreverPercentOff: '20', startedAt: at('2026-11-10') } }),
      ['2026-11-10..2026-11-15 8000', '2026-11-15..2026-12-10 16000'],
    ],
    [
      'a line whose discount cannot be resolved goes on with the one before',
      history([october({ foreverPercentOff: '20' }), november({ foreverPercentOff: null })], {}, { discount: null }),
      ['2026-10-10..2026-11-10 8000', '2026-11-10..2026-12-10 8000'],
    ],
    [
      'a fixed amount for ever counts as it was split over the lines, and goes on with a proration',
      history([november({ foreverOffMinor: 334, discountMinor: 334 }), remaining('2026-11-15', '2026-12-10', { quantity: 2 })], {}, { quantity: 2, discount: { foreverPercentOff: '0', foreverOffMinor: 400, startedAt: at('2026-11-10') } }),
      ['2026-11-10..2026-11-15 9666', '2026-11-15..2026-12-10 19666'],
    ],
    ['a proration with its own part of it is brought to the full period', history([remaining('2026-11-16', '2026-12-10', { foreverOffMinor: 250 })], {}, { discount: { foreverPercentOff: '0', foreverOffMinor: 500, startedAt: at('2026-11-16') } }), ['2026-11-16..2026-12-10 9500']],
    [
      'a fixed amount given in the running period counts from its start',
      history([november()], {}, { discount: { foreverPercentOff: '0', foreverOffMinor: 500, startedAt: at('2026-11-12') } }),
      ['2026-11-10..2026-11-12 10000', '2026-11-12..2026-12-10 9500'],
    ],
    [
      'a fixed amount taken away counts no longer in the running month',
      history([november({ foreverOffMinor: 500 })], {}, { discount: { foreverPercentOff: '0', startedAt: null } }),
      ['2026-11-10..2026-12-10 10000'],
    ],
    [
      'a renewal whose invoice is still a draft has its share of the amount',
      history([october()], {}, { currentPeriodStartAt: at('2026-11-10'), currentPeriodEndAt: at('2026-12-10'), discount: { foreverPercentOff: '0', foreverOffMinor: 167, startedAt: at('2026-10-01') } }),
      ['2026-10-10..2026-11-10 10000', '2026-11-10..2026-12-10 9833'],
    ],
    ['metered and one-off lines are no part', history([november({ priceId: 'metered' }), november({ priceId: 'one-off' })], {}, { priceId: 'metered' }), []],
    ['of two lines from the same moment the later invoice holds', history([november(), november({ priceId: 'enterprise', invoicedAt: at('2026-11-11') })], {}, { priceId: 'enterprise' }), ['2026-11-10..2026-12-10 25000']],
    ['a subscription that was never paid for never began', history([november()], { status: 'incomplete' }), []],
    ['past due counts', history([november()], { status: 'past_due' }), ['2026-11-10..2026-12-10 10000']],
    ['unpaid counts no longer in the running month', history([october({ periodEndAt: at('2026-12-10') })], { status: 'unpaid' }), ['2026-10-10..2026-11-01 10000']],
    ['a paused one stops with what was billed', history([october()], { isCollectionPaused: true }), ['2026-10-10..2026-11-10 10000']],
    [
      'a renewal whose invoice is still a draft counts by the subscription itself',
      history([october()], {}, { currentPeriodStartAt: at('2026-11-10'), currentPeriodEndAt: at('2026-12-10'), quantity: 3 }),
      ['2026-10-10..2026-11-10 10000', '2026-11-10..2026-12-10 30000'],
    ],
    ['an item taken off ends where its unused time was credited', history([november(), unused('2026-11-14', '2026-12-10')], {}, null), ['2026-11-10..2026-11-14 10000']],
    ['an item taken off without a credit ends with the month before', history([october({ periodEndAt: at('2027-01-10') })], {}, null), ['2026-10-10..2026-11-01 10000']],
    [
      'a forever discount given in the running period counts from its start',
      history([november()], {}, { discount: { foreverPercentOff: '50', startedAt: at('2026-11-12') } }),
      ['2026-11-10..2026-11-12 10000', '2026-11-12..2026-12-10 5000'],
    ],
    ['a proration that waits for its invoice counts from its day', history([november(), remaining('2026-11-15', '2026-12-10', { lineId: null, invoiceId: null, quantity: 4 })], {}, { quantity: 4 }), ['2026-11-10..2026-11-15 10000', '2026-11-15..2026-12-10 40000']],
    ['a price changed without a line counts from its first line on', history([november()], {}, { priceId: 'enterprise' }), ['2026-11-10..2026-12-10 10000']],
    ['a subscription the mirror does not hold follows its lines', history([november()], { status: 'unknown' }, null), ['2026-11-10..2026-12-10 10000']],
  ])('%s', (_name, item, expected) => {
    expect(told(item)).toEqual(expected);
  });

  it('converts at the rate of the start of each service period', () => {
    const item = history([line('2026-09-10', '2026-10-10', { priceId: 'euro' }), october({ priceId: 'euro' }), november({ priceId: 'euro' })], {}, { priceId: 'euro' });
    expect(rebuildItem(item, terms).stretches.map((stretch) => stretch.functionalMrr)).toEqual([11_000, 12_000, 12_000]);
  });

  it('names the prices it does not know', () => {
    expect(rebuildItem(history([november({ priceId: 'gone' })]), terms)).toEqual({ stretches: [], undated: [], unknownPriceIds: ['gone'] });
  });
});

describe('changes without a line to date them', () => {
  it.each<[string, ItemHistory, string[]]>([
    ['nothing changed', history([october(), november()]), []],
    ['a proration dates the change', history([october(), remaining('2026-10-25', '2026-11-10', { priceId: 'enterprise' }), november({ priceId: 'enterprise' })], {}, { priceId: 'enterprise' }), []],
    ['a new price with a whole period came about in the period before', history([october(), november({ priceId: 'enterprise' })], {}, { priceId: 'enterprise' }), ['2026-10-10..2026-11-10']],
    ['more seats with a whole period, too', history([october(), november({ quantity: 2 })], {}, { quantity: 2 }), ['2026-10-10..2026-11-10']],
    ['a change to annual billing within the period is dated by its own invoice', history([october(), line('2026-10-20', '2027-10-20', { priceId: 'annual', amountMinor: 120_000 })], {}, { priceId: 'annual' }), []],
    ['the present price is not the last one billed', history([november()], {}, { priceId: 'enterprise' }), ['2026-11-10..2026-11-18']],
    ['a pause began somewhere in the last billed period', history([october()], { isCollectionPaused: true }), ['2026-10-10..2026-11-10']],
    ['months were not billed', history([line('2026-08-10', '2026-09-10'), october(), november()]), ['2026-09-10..2026-10-10']],
  ])('%s', (_name, item, expected) => {
    expect(undatedOf(item)).toEqual(expected);
  });
});

describe('for any lines of an item', () => {
  const hour = 3_600_000;
  const anyLine = fc
    .record({ start: fc.integer({ min: 0, max: 8_000 }), hours: fc.integer({ min: 1, max: 800 }), amount: fc.integer({ min: -5_000, max: 50_000 }), quantity: fc.integer({ min: 1, max: 9 }), priceId: fc.constantFrom('pro', 'enterprise', 'annual', 'euro', 'metered', 'gone'), isProration: fc.boolean() })
    .map(({ start, hours, amount, quantity, priceId, isProration }): BilledLine => {
      const periodStartAt = at('2026-01-01') + start * hour;
      return { ...line('2026-01-01', '2026-02-01'), periodStartAt, periodEndAt: periodStartAt + hours * hour, invoicedAt: periodStartAt, amountMinor: amount, quantity, priceId, isProration };
    });
  const anyHistory = fc.record({
    lines: fc.array(anyLine, { maxLength: 12 }),
    status: fc.constantFrom('active', 'past_due', 'unpaid', 'trialing', 'paused', 'canceled', 'unknown'),
    endedAfter: fc.option(fc.integer({ min: 0, max: 8_000 })),
    isCollectionPaused: fc.boolean(),
    present: fc.option(fc.record({ priceId: fc.constantFrom('pro', 'annual', 'metered'), quantity: fc.integer({ min: 1, max: 9 }), startedBefore: fc.integer({ min: 0, max: 800 }), off: fc.constantFrom('0', '20', '100') })),
  });

  it('stretches follow each other without overlap, end with the subscription, and do not depend on the order of the lines', () => {
    fc.assert(
      fc.property(anyHistory, fc.integer(), ({ lines, status, endedAfter, isCollectionPaused, present }, turn) => {
        const endedAt = endedAfter === null ? null : at('2026-01-01') + endedAfter * hour;
        const presentItem = present && {
          priceId: present.priceId, quantity: present.quantity, currentPeriodStartAt: nowAt - present.startedBefore * hour, currentPeriodEndAt: nowAt + 400 * hour, discount: { foreverPercentOff: present.off, startedAt: nowAt - 90 * hour },
        };
        const distinct = lines.filter((one, index) => lines.findIndex((other) => other.periodStartAt === one.periodStartAt) === index);
        const turned = distinct.map((_, index) => distinct[(index + Math.abs(turn)) % distinct.length]).filter((one) => one !== undefined);
        const rebuilt = rebuildItem(history(distinct, { status, endedAt, isCollectionPaused }, presentItem), terms);
        expect(rebuildItem(history(turned, { status, endedAt, isCollectionPaused }, presentItem), terms).stretches).toEqual(rebuilt.stretches);
        let before = Number.NEGATIVE_INFINITY;
        for (const stretch of rebuilt.stretches) {
          expect(stretch.startsAt).toBeGreaterThanOrEqual(before);
          expect(stretch.endsAt).toBeGreaterThan(stretch.startsAt);
          expect(stretch.endsAt).toBeLessThanOrEqual(endedAt ?? Number.POSITIVE_INFINITY);
          before = stretch.endsAt;
        }
      }),
    );
  });
});

it('a forever amount that is given within a period billed in full makes the policies differ, as a percentage does', () => {
  const customerTerms = { ...terms, dayEnds: createDayEnds(zone, nowAt), runningMonthEndsAt: zone.boundsOf(zone.monthOf(nowAt)).end - 1 };
  const given = (discount: Partial<PresentDiscount>): (readonly [number, number])[] => {
    const item = history([november()], {}, { discount: { foreverPercentOff: '0', startedAt: at('2026-11-15'), ...discount } });
    const { movements } = customerRevenue([item], [item.subscription], { endReasonOf: () => null }, customerTerms);
    return policyPresets.map(({ bit }) => [bit, movements.reduce((sum, { policies, amountMinor }) => sum + ((policies & bit) === 0 ? 0 : amountMinor), 0)] as const);
  };
  expect(given({ foreverPercentOff: '10' })).toEqual([[1, 9_000], [2, 10_000], [4, 9_000]]);
  expect(given({ foreverOffMinor: 1_000 })).toEqual([[1, 9_000], [2, 10_000], [4, 9_000]]);
});
