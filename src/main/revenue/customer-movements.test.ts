import { describe, expect, it } from 'vitest';
import { TimeZone } from '../../shared/calendar/time-zone.ts';
import { minorUnits } from '../../shared/money/money.ts';
import { contributionsOf } from './revenue-contributions.ts';
import { movementPartsOf, type MovementPart } from './customer-movements.ts';
import { createDayEnds } from './movement-terms.ts';
import { policyPresets } from './mrr-policy.ts';
import { rebuildItem, type BilledLine, type MrrStretch } from './mrr-segments.ts';

const zone = new TimeZone('UTC');
const at = (day: string): number => Date.parse(`${day}T12:00:00Z`);
const nowAt = at('2026-06-30');
const terms = { zone, functionalCurrency: 'usd', dayEnds: createDayEnds(zone, nowAt), names: { planOf: (id: string) => `{${id}}`, endReasonOf: () => null } };

function stretch(item: string, priceId: string, from: string, until: string, mrr: number, more: Partial<MrrStretch> = {}): MrrStretch {
  return { subscriptionItemId: item, subscriptionId: `sub_${item}`, customerId: 'cus', startsAt: at(from), endsAt: at(until), priceId, quantity: 1, currency: 'usd', mrr: minorUnits(mrr), rate: '1', functionalMrr: minorUnits(mrr), source: 'invoice-line', invoiceId: 'in', invoiceLineId: 'il', explanation: '', ...more };
}
const told = (stretches: readonly MrrStretch[]): unknown[] => movementPartsOf(stretches, terms).map(({ day, kind, priceId, amountMinor, nativeMinor }: MovementPart) => [day, kind, priceId, amountMinor, nativeMinor]);

describe('movements in parts', () => {
  it('a change of plan is one expansion: the old plan loses what it had, the new one gains', () => {
    expect(told([stretch('si', 'pro', '2026-01-10', '2026-02-10', 2_000), stretch('si', 'team', '2026-02-10', '2026-08-10', 5_000)])).toEqual([
      ['2026-01-10', 'new', 'pro', 2_000, 2_000], ['2026-02-10', 'expansion', 'pro', -2_000, -2_000], ['2026-02-10', 'expansion', 'team', 5_000, 5_000],
    ]);
  });

  it('a plan of the same worth moves the plans and not the whole', () => {
    const parts = movementPartsOf([stretch('si', 'pro', '2026-01-10', '2026-02-10', 2_000), stretch('si', 'team', '2026-02-10', '2026-08-10', 2_000)], terms);
    const sums = contributionsOf(parts.map((part) => ({ ...part, policies: 7 })), 'IE');
    const of = (key: string): unknown => { const sum = sums.get(key); return sum && [sum.amountMinor, sum.movements, sum.customersJoined, sum.customersLeft]; };
    expect([of('7/all/*//2026-02/expansion'), of('7/plan/*/pro/2026-02/expansion'), of('7/plan/*/team/2026-02/expansion')]).toEqual([undefined, [-2_000, 1, 0, 1], [2_000, 1, 1, 0]]);
    expect([of('7/all/*//2026-01/new'), of('7/country/usd/IE/2026-01/new'), of('7/cohort/*/2026-01/2026-01/new')]).toEqual([[2_000, 1, 1, 0], [2_000, 1, 1, 0], [2_000, 1, 1, 0]]);
  });

  it('what has no exchange rate moves only its own currency', () => {
    const unrated = { currency: 'eur', rate: null, functionalMrr: minorUnits(0) };
    const stretches = [stretch('si', 'pro_eur', '2026-01-10', '2026-02-10', 2_000, unrated), stretch('si', 'pro_eur', '2026-02-10', '2026-03-10', 1_500, unrated)];
    expect(told(stretches)).toEqual([['2026-01-10', 'new', 'pro_eur', 0, 2_000], ['2026-02-10', 'contraction', 'pro_eur', 0, -500], ['2026-03-10', 'churn', 'pro_eur', 0, -1_500]]);
    const sums = contributionsOf(movementPartsOf(stretches, terms).map((part) => ({ ...part, policies: 7 })), '');
    expect([...sums.keys()].some((key) => key.startsWith('7/all/*/'))).toBe(false);
    expect(sums.get('7/all/eur//2026-03/churn')).toMatchObject({ amountMinor: -1_500, functionalMinor: 0, customersLeft: 1 });
  });

  it('a rate moves what was there, and no customer', () => {
    const euros = (rate: string, functional: number): Partial<MrrStretch> => ({ currency: 'eur', rate, functionalMrr: minorUnits(functional) });
    expect(told([stretch('si', 'pro_eur', '2026-01-10', '2026-02-10', 2_000, euros('1.1', 2_200)), stretch('si', 'pro_eur', '2026-02-10', '2026-08-10', 2_000, euros('1.2', 2_400))])).toEqual([
      ['2026-01-10', 'new', 'pro_eur', 2_200, 2_000], ['2026-02-10', 'exchange-rate', 'pro_eur', 200, 0],
    ]);
  });
});

describe('policies', () => {
  const price = { id: 'pro', productName: 'Pro', currency: 'usd', unitAmountMinor: 3_000, isTiered: false, interval: 'month', intervalCount: 1, isMetered: false };
  const line = (from: string, until: string, more: Partial<BilledLine> = {}): BilledLine => ({ lineId: `il_${from}`, invoiceId: `in_${from}`, invoicedAt: at(from), lineIndex: 0, priceId: 'pro', quantity: 1, amountMinor: 3_000, unitAmountDecimal: '3000', isProration: false, foreverPercentOff: '0', periodStartAt: at(from), periodEndAt: at(until), ...more });
  const worths = (lines: readonly BilledLine[]): unknown => Object.fromEntries(policyPresets.map((policy) => [policy.name, rebuildItem(
    { itemId: 'si', subscription: { id: 'sub', customerId: 'cus', status: 'canceled', endedAt: at('2026-06-10'), trialStartAt: null, trialEndAt: null, isCollectionPaused: false }, present: null, lines },
    { priceOf: () => price, rateOn: () => null, zone, functionalCurrency: 'usd', nowAt, runningMonthStartAt: at('2026-06-01'), policy },
  ).stretches.map(({ startsAt, endsAt, mrr }) => [zone.dateOf(startsAt), zone.dateOf(endsAt), mrr])]));

  it('differ by what was billed after discounts; a change within a period keeps its share', () => {
    const lines = [line('2026-01-10', '2026-02-10', { discountMinor: 1_500 }), line('2026-01-25', '2026-02-10', { amountMinor: 3_097, quantity: 2, isProration: true }), line('2026-02-10', '2026-03-10', { amountMinor: 6_000, quantity: 2 })];
    const [whole, half] = [[['2026-01-10', '2026-01-25', 3_000], ['2026-01-25', '2026-02-10', 6_000], ['2026-02-10', '2026-03-10', 6_000]], [['2026-01-10', '2026-01-25', 1_500], ['2026-01-25', '2026-02-10', 3_000], ['2026-02-10', '2026-03-10', 6_000]]];
    expect(worths(lines)).toEqual({ standard: whole, 'all-discounts': half, strict: whole });
  });

  it('differ by what is past due: out from the day after until it is paid', () => {
    const pastDue = { fromAt: at('2026-01-15'), untilAt: at('2026-01-28') };
    const never = { fromAt: at('2026-02-15'), untilAt: null };
    const lines = [line('2026-01-10', '2026-02-10', { pastDue }), line('2026-02-10', '2026-03-10', { pastDue: never })];
    const whole = [['2026-01-10', '2026-02-10', 3_000], ['2026-02-10', '2026-03-10', 3_000]];
    expect(worths(lines)).toEqual({ standard: whole, 'all-discounts': whole, strict: [['2026-01-10', '2026-01-15', 3_000], ['2026-01-28', '2026-02-10', 3_000], ['2026-02-10', '2026-02-15', 3_000]] });
  });
});
