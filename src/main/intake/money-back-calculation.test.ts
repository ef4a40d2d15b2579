import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { partReturned, refundsPaidAnew, type RefundMove } from './money-back-calculation.ts';

const refund = (id: string, at: number, amountMinor: number, failedAt: number | null = null, announcedMinor = 0): RefundMove => ({ id, at, amountMinor, failedAt, announcedMinor });

describe('a refund that is made again', () => {
  it.each<[string, RefundMove[], Record<string, number>]>([
    ['after it failed pays what is owed', [refund('re_1', 1, 100, 5), refund('re_2', 9, 100)], { re_2: 100 }],
    ['twice pays it each time', [refund('re_1', 1, 100, 5), refund('re_2', 9, 100, 12), refund('re_3', 20, 100)], { re_2: 100, re_3: 100 }],
    ['before it failed is not made again', [refund('re_1', 1, 60, 9), refund('re_2', 5, 40)], {}],
    ['of the rest of the payment is a refund of its own', [refund('re_1', 1, 40, 5), refund('re_2', 9, 60)], {}],
    ['beyond the payment pays what is owed with what goes beyond it', [refund('re_1', 1, 40, 5), refund('re_2', 9, 60), refund('re_3', 12, 40)], { re_3: 40 }],
    ['and announced by a note is the note’s', [refund('re_1', 1, 100, 5), refund('re_2', 9, 100, null, 100)], {}],
    ['and failed in the moment in which it was made is owed after it', [refund('re_1', 5, 100, 5), refund('re_2', 5_000, 100)], { re_2: 100 }],
  ])('%s', (_, refunds, expected) => {
    expect(Object.fromEntries(refundsPaidAnew(refunds, 100))).toEqual(expected);
  });

  it('takes back no more than was paid, while every refund that failed is owed or was sent again', () => {
    fc.assert(fc.property(fc.array(fc.record({ amountMinor: fc.integer({ min: 1, max: 100 }), fails: fc.boolean() }), { maxLength: 8 }), (wishes) => {
      const refunds: RefundMove[] = [];
      let outMinor = 0; // what the customer has
      for (const [index, { amountMinor, fails }] of wishes.entries()) {
        const sent = Math.min(amountMinor, 100 - outMinor);
        if (sent === 0) break;
        refunds.push(refund(`re_${index}`, index * 10, sent, fails ? index * 10 + 5 : null));
        if (!fails) outMinor += sent;
      }
      const anew = refundsPaidAnew(refunds, 100);
      const takenBack = refunds.reduce((sum, { id, amountMinor }) => sum + amountMinor - (anew.get(id) ?? 0), 0);
      const owed = refunds.reduce((sum, { id, amountMinor, failedAt }) => sum + (failedAt === null ? 0 : amountMinor) - (anew.get(id) ?? 0), 0);
      expect(takenBack).toBeLessThanOrEqual(100);
      expect([owed >= 0, takenBack - owed]).toEqual([true, outMinor]);
    }));
  });
});

describe('what a reinstatement returns of a dispute of 100.00 in another currency', () => {
  const move = (amountMinor: number, exchangeRate: string | null = null) => ({ amountMinor, exchangeRate });
  it.each([
    ['all of it, at the same amount', move(9_200), move(9_200), 10_000],
    ['half of it', move(9_200), move(4_600), 5_000],
    ['all of it, at another rate that is not told', move(9_200), move(8_800), 10_000],
    ['all of it, at another rate', move(9_200, '0.92'), move(8_800, '0.88'), 10_000],
    ['half of it, at another rate', move(9_200, '0.92'), move(4_400, '0.88'), 5_000],
    ['nearly all of it, which no rounding explains', move(9_200, '0.92'), move(8_740, '0.92'), 9_500],
    ['all of it, but for the rounding of both amounts', move(9_157, '0.91568'), move(8_799, '0.87992'), 10_000],
    ['all of it, where nothing was withdrawn that is known', undefined, move(4_600), 10_000],
    ['half of it, where a rate cannot be read', move(9_200, '9.2e-1'), move(4_600, '0.92'), 5_000],
  ])('is %s', (_, withdrawn, returned, expected) => {
    expect(partReturned(10_000, withdrawn, returned)).toBe(expected);
  });
});
