import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addDays, localDate } from '../../shared/calendar/local-date.ts';
import { splitByEarned, unearnedOfLine } from './earned-split-calculation.ts';
import type { InvoiceLineFact } from './posting-facts.ts';

const line = (amountMinor: number, startOn: string | null, endOn: string | null): InvoiceLineFact => ({
  amountMinor, discountMinor: 0, inclusiveTaxMinor: 0, isForSubscription: true, startOn: startOn === null ? null : localDate(startOn), endOn: endOn === null ? null : localDate(endOn),
});

describe('what is taken back from an invoice', () => {
  it.each([
    ['120.00 for the year, refunded on 28 February: 59 days are earned', 12_000, 0, [line(12_000, '2026-01-01', '2027-01-01')], '2026-02-28', { taxMinor: 0, deferredMinor: 10_060, earnedMinor: 1_940 }],
    ['a service that is over is all earned', 3_100, 0, [line(3_100, '2026-01-15', '2026-02-15')], '2026-03-01', { taxMinor: 0, deferredMinor: 0, earnedMinor: 3_100 }],
    ['a service that has not begun is all deferred', 3_100, 0, [line(3_100, '2026-01-15', '2026-02-15')], '2026-01-10', { taxMinor: 0, deferredMinor: 3_100, earnedMinor: 0 }],
    ['a filing fee is earned at once', 5_000, 0, [line(5_000, '2026-01-15', '2026-01-15')], '2026-01-15', { taxMinor: 0, deferredMinor: 0, earnedMinor: 5_000 }],
    ['half of an invoice with 20 % tax takes half of its tax', 6_000, 2_000, [line(10_000, '2026-01-01', '2026-01-31')], '2025-12-01', { taxMinor: 1_000, deferredMinor: 5_000, earnedMinor: 0 }],
  ])('%s', (_, amount, tax, lines, on, split) => {
    const totalMinor = lines.reduce((sum, one) => sum + one.amountMinor, 0) + tax;
    expect(splitByEarned(amount, { totalMinor, taxMinor: tax, lines }, localDate(on))).toEqual(split);
  });

  it('always sums to the amount, and its negation is the exact negation', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ amount: fc.integer({ min: -50_000, max: 500_000 }), from: fc.integer({ min: 0, max: 400 }), days: fc.integer({ min: 0, max: 400 }) }), { minLength: 1, maxLength: 5 }), fc.integer({ min: 0, max: 100_000 }), fc.integer({ min: 0, max: 500 }), fc.integer({ min: 1, max: 500_000 }), (parts, tax, day, amount) => {
        const first = localDate('2026-01-01');
        const lines = parts.map((part) => line(part.amount, addDays(first, part.from), addDays(first, part.from + part.days)));
        const invoice = { totalMinor: lines.reduce((sum, one) => sum + one.amountMinor, 0) + tax, taxMinor: tax, lines };
        const split = splitByEarned(amount, invoice, addDays(first, day));
        const back = splitByEarned(-amount, invoice, addDays(first, day));
        expect(split.taxMinor + split.deferredMinor + split.earnedMinor).toBe(amount);
        expect([back.taxMinor + split.taxMinor, back.deferredMinor + split.deferredMinor, back.earnedMinor + split.earnedMinor]).toEqual([0, 0, 0]);
      }),
    );
  });

  it('earns the start day and not the end day', () => {
    expect(unearnedOfLine(line(3_100, '2026-01-15', '2026-02-15'), localDate('2026-01-31'))).toBe(1_400);
  });
});
