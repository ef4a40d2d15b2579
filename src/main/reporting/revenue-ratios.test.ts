import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { averageRevenuePerAccount, basisPoints, ratiosOf, twelveMonthRetention, type MonthMovements } from './revenue-ratios.ts';

function month(overrides: Partial<MonthMovements>): MonthMovements {
  return { startMinor: 0, newMinor: 0, expansionMinor: 0, contractionMinor: 0, churnMinor: 0, reactivationMinor: 0, ...overrides };
}

describe('ratios of recurring revenue, published worked examples', () => {
  it('B5: an end of 10 and a downgrade by 25 lose 35', () => {
    expect(ratiosOf(month({ startMinor: 10_000, churnMinor: -1_000, contractionMinor: -2_500 })).grossChurn).toBe(3_500);
  });

  it('B19: 100 → 95 is 5 % gross churn; 100 → 120 with 10 of new business is −10 % net churn', () => {
    expect(ratiosOf(month({ startMinor: 10_000, churnMinor: -500 })).grossChurn).toBe(500);
    expect(ratiosOf(month({ startMinor: 10_000, newMinor: 1_000, expansionMinor: 1_000 })).netChurn).toBe(-1_000);
  });

  it('B21: of 34,500 losing two of 3,000 is 17.39 %, losing the one of 10,000 is 28.99 %', () => {
    expect(ratiosOf(month({ startMinor: 3_450_000, churnMinor: -600_000 })).grossChurn).toBe(1_739);
    expect(ratiosOf(month({ startMinor: 3_450_000, churnMinor: -1_000_000 })).grossChurn).toBe(2_899);
    expect([basisPoints(2, 10), basisPoints(1, 10)]).toEqual([2_000, 1_000]);
  });

  it('B23: (20k new + 8k expansion) ÷ (5k churn + 3k contraction) is 3.5', () => {
    expect(ratiosOf(month({ newMinor: 2_000_000, expansionMinor: 800_000, churnMinor: -500_000, contractionMinor: -300_000 })).quickRatio).toBe(35_000);
  });
});

describe('ratios of recurring revenue', () => {
  it('retention leaves new and reactivation out, net churn counts reactivation', () => {
    const ratios = ratiosOf(month({ startMinor: 100_000, newMinor: 50_000, reactivationMinor: 2_000, expansionMinor: 5_000, contractionMinor: -1_000, churnMinor: -3_000 }));
    expect(ratios).toEqual({ grossChurn: 400, netChurn: -300, netRevenueRetention: 10_100, grossRevenueRetention: 9_600, quickRatio: 142_500 });
  });

  it('is not applicable where nothing was there before, or nothing was lost', () => {
    expect(ratiosOf(month({ newMinor: 100 }))).toEqual({ grossChurn: null, netChurn: null, netRevenueRetention: null, grossRevenueRetention: null, quickRatio: null });
    expect(averageRevenuePerAccount(0, 0)).toBeNull();
  });

  it('ARPA is MRR by customers, rounded half away from zero', () => {
    expect(averageRevenuePerAccount(1_000, 16)).toBe(63);
  });

  it('twelve months need twelve, and start with the first', () => {
    const months = Array.from({ length: 12 }, (_, index) => month({ startMinor: 10_000 + index, expansionMinor: 100, churnMinor: -50, newMinor: 900 }));
    expect(twelveMonthRetention(months)).toBe(10_600);
    expect(twelveMonthRetention(months.slice(1))).toBeNull();
  });

  it('gross churn and gross retention are one whole, to the rounding', () => {
    const amount = fc.integer({ min: 0, max: 1_000_000_000 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_000_000_000 }), amount, amount, (startMinor, churn, contraction) => {
        const { grossChurn, grossRevenueRetention } = ratiosOf(month({ startMinor, churnMinor: -churn, contractionMinor: -contraction }));
        expect(Math.abs((grossChurn ?? 0) + (grossRevenueRetention ?? 0) - 10_000)).toBeLessThanOrEqual(1);
      }),
    );
  });
});

it('net churn is exact, half away from zero', () => {
  const nothing = { newMinor: 0, churnMinor: 0, contractionMinor: 0, expansionMinor: 0, reactivationMinor: 0 };
  expect(ratiosOf({ ...nothing, startMinor: 20_000, expansionMinor: 1 }).netChurn).toBe(-1);
  expect(ratiosOf({ ...nothing, startMinor: 20_000, churnMinor: -1 }).netChurn).toBe(1);
  expect(ratiosOf({ ...nothing, startMinor: 4_503_599_627_370_498, churnMinor: -2_251_799_813_685_249, contractionMinor: -225_179_981_368_525 }).netChurn).toBe(5_500);
});
