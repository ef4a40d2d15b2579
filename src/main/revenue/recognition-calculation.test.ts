import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addDays, endOf, localDate, month, monthsFromTo, type LocalDate } from '../../shared/calendar/local-date.ts';
import { linesByDay, spread, type Deferral, type DeferralMovement } from './recognition-calculation.ts';
import { recognitionEntry } from './recognition-postings.ts';

const line = (netMinor: number, startOn: string, endOn: string, id = 'il_1') => ({ id, netMinor, period: { startOn: localDate(startOn), endOn: localDate(endOn) }, revenueAccount: '4000-revenue-subscription' });
const taken = (on: string, takenMinor: number, more: Partial<DeferralMovement> = {}): DeferralMovement => ({ bookedOn: localDate(on), splitOn: localDate(on), takenMinor, takenFunctionalMinor: takenMinor, ...more });
const deferral = (lines: Deferral['lines'], movements: readonly DeferralMovement[] = [], more: Partial<Deferral> = {}): Deferral => ({
  invoiceId: 'in_1', customerId: 'cus_1', currency: 'usd', rate: null, functionalMinor: lines.reduce((sum, one) => sum + one.netMinor, 0), lines, movements, ...more,
});

/** What each month gets, all lines together, over a range of months. */
function byMonth(one: Deferral, first: string, last: string): number[] {
  let before = 0;
  return monthsFromTo(month(first), month(last)).map((current) => {
    const earned = linesByDay(one, 'usd', addDays(endOf(current), -1)).reduce((sum, state) => sum + state.earned.minor, 0);
    const part = earned - before;
    before = earned;
    return part;
  });
}

describe('recognition by day', () => {
  it.each<[string, Deferral, string, string, number[]]>([
    ['31.00 from 15 January for a month', deferral([line(3_100, '2026-01-15', '2026-02-15')]), '2026-01', '2026-02', [1_700, 1_400]],
    ['120.00 for a year, refunded whole on 28 February: 19.40 stay earned, 100.60 were never', deferral([line(12_000, '2026-01-01', '2027-01-01')], [taken('2026-02-28', 10_060)]), '2026-01', '2026-04', [1_019, 921, 0, 0]],
    ['90.00 for three months, a tenth refunded on 1 February', deferral([line(9_000, '2026-01-01', '2026-04-01')], [taken('2026-01-31', 590)]), '2026-01', '2026-03', [3_100, 2_520, 2_790]],
    ['four months from 15 June', deferral([line(12_000, '2026-06-15', '2026-10-13')]), '2026-06', '2026-10', [1_600, 3_100, 3_100, 3_000, 1_200]],
    ['credit note of half of 90.00 before the second month', deferral([line(9_000, '2026-01-01', '2026-04-01')], [taken('2026-01-31', 2_950)]), '2026-01', '2026-03', [3_100, 1_400, 1_550]],
    ['dispute on 31 January, won on 15 March: February is made up for', deferral([line(9_000, '2026-01-01', '2026-04-01')], [taken('2026-01-31', 5_900), taken('2026-03-15', -5_900, { splitOn: localDate('2026-01-31') })]), '2026-01', '2026-03', [3_100, 0, 5_900]],
    ['dispute won after the service was over', deferral([line(9_000, '2026-01-01', '2026-04-01')], [taken('2026-01-31', 5_900), taken('2026-05-15', -5_900, { splitOn: localDate('2026-01-31') })]), '2026-01', '2026-05', [3_100, 0, 0, 0, 5_900]],
    ['billed after the service: all of it in the month of the invoice', deferral([line(3_100, '2026-01-01', '2026-02-01')]), '2026-03', '2026-04', [3_100, 0]],
    ['upgrade on 21 April: 30.00 given back for the rest of the month, 40.00 asked for it', deferral([line(-3_000, '2026-04-21', '2026-05-01'), line(4_000, '2026-04-21', '2026-05-01', 'il_2'), line(12_000, '2026-05-01', '2026-06-01', 'il_3')]), '2026-04', '2026-05', [1_000, 12_000]],
    ['voided on the first day but one', deferral([line(3_000, '2026-04-01', '2026-05-01')], [taken('2026-04-01', 2_900)]), '2026-04', '2026-05', [100, 0]],
    ['1,000 yen', deferral([line(1_000, '2026-01-15', '2026-02-15')], [], { currency: 'jpy', rate: '0.0067', functionalMinor: 670 }), '2026-01', '2026-02', [548, 452]],
    ['10.001 dinars', deferral([line(10_001, '2026-01-15', '2026-02-15')], [], { currency: 'kwd', rate: '3.25', functionalMinor: 3_250 }), '2026-01', '2026-02', [5_484, 4_517]],
  ])('%s', (_, one, first, last, expected) => {
    expect(byMonth(one, first, last)).toEqual(expected);
  });

  it('in a foreign currency goes at the rate of the deferral, to the last cent', () => {
    const euros = deferral([line(3_100, '2026-01-15', '2026-02-15'), line(1_001, '2026-01-15', '2026-04-15', 'il_2')], [], { currency: 'eur', rate: '1.107', functionalMinor: 4_540 });
    const states = linesByDay(euros, 'usd', localDate('2026-04-30'));
    expect(states.map((state) => state.earned)).toEqual([{ minor: 3_100, functionalMinor: 3_432 }, { minor: 1_001, functionalMinor: 1_108 }]);
    expect(states.map((state) => state.rest)).toEqual([{ minor: 0, functionalMinor: 0 }, { minor: 0, functionalMinor: 0 }]);
  });

  it('ends with nothing deferred, whatever was taken back when, and never leaves more or less than was booked', () => {
    const day = fc.integer({ min: 0, max: 420 });
    const first = localDate('2026-01-01');
    fc.assert(
      fc.property(fc.array(fc.record({ net: fc.integer({ min: -40_000, max: 200_000 }), from: fc.integer({ min: 0, max: 60 }), days: fc.integer({ min: 1, max: 366 }) }), { minLength: 1, maxLength: 4 }), fc.array(fc.record({ day, share: fc.integer({ min: 1, max: 100 }) }), { maxLength: 4 }), day, (parts, returns, today) => {
        const lines = parts.map(({ net, from, days }, index) => ({ id: `il_${index}`, netMinor: net, period: { startOn: addDays(first, from), endOn: addDays(first, from + days) }, revenueAccount: '4000-revenue-subscription' }));
        const unearned = (on: LocalDate): number => linesByDay(deferral(lines), 'usd', on).reduce((sum, state) => sum + state.rest.minor, 0);
        const movements = returns.flatMap((one) => {
          const on = addDays(first, one.day);
          const amount = Math.floor((Math.max(0, unearned(on)) * one.share) / 400);
          return amount > 0 ? [{ bookedOn: on, splitOn: on, takenMinor: amount, takenFunctionalMinor: amount }] : [];
        });
        const one = deferral(lines, movements);
        const on = addDays(first, today);
        const booked = one.functionalMinor - movements.filter((movement) => movement.bookedOn <= on).reduce((sum, movement) => sum + movement.takenMinor, 0);
        const states = linesByDay(one, 'usd', on);
        expect(states.reduce((sum, state) => sum + state.earned.minor + state.rest.minor, 0)).toBe(booked);
        expect(linesByDay(one, 'usd', addDays(first, 1_000)).map((state) => state.rest)).toEqual(lines.map(() => ({ minor: 0, functionalMinor: 0 })));
      }),
    );
  });

  it('spreads by signed shares exactly', () => {
    expect(spread(100, [1, 1, 1])).toEqual([33, 34, 33]);
    expect(spread(10, [-30, 40])).toEqual([-30, 40]);
    expect(spread(7, [5, -5])).toEqual([0, 7]);
  });
});

describe('the entry of a month', () => {
  const one = deferral([line(3_100, '2026-01-15', '2026-02-15')]);
  it('takes from deferred revenue what is earned, on the last day', () => {
    expect(recognitionEntry(one, line(3_100, '2026-01-15', '2026-02-15'), month('2026-01'), { minor: 1_700, functionalMinor: 1_700 }, 1)).toMatchObject({
      key: 'recognition/il_1/2026-01', entryDate: '2026-01-31', kind: 'recognition', sourceId: 'il_1', postings: [{ accountCode: '2100-deferred-revenue', direction: 'debit', amount: 1_700, partyId: 'cus_1' }, { accountCode: '4000-revenue-subscription', direction: 'credit', amount: 1_700 }],
    });
  });
  it('gives back what was recognised too early, under a key of its own', () => {
    expect(recognitionEntry(one, line(3_100, '2026-01-15', '2026-02-15'), month('2026-01'), { minor: -50, functionalMinor: -50 }, 2)).toMatchObject({ key: 'recognition/il_1/2026-01/2', postings: [{ accountCode: '2100-deferred-revenue', direction: 'credit', amount: 50 }, { direction: 'debit' }] });
  });
  it('is none where nothing is earned', () => {
    expect(recognitionEntry(one, line(3_100, '2026-01-15', '2026-02-15'), month('2026-01'), { minor: 0, functionalMinor: 1 }, 1)).toBeUndefined();
  });
});
