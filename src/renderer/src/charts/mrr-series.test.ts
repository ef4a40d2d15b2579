import { describe, expect, it } from 'vitest';
import { movedMinor, type MrrMonth } from './mrr-series.ts';

const november: MrrMonth = {
  month: '2026-11', currency: 'usd', startMinor: 12_130_021, newMinor: 341_250, expansionMinor: 189_000, contractionMinor: -81_208, churnMinor: -190_500, reactivationMinor: 24_000, exchangeRateMinor: -4_230,
  endMinor: 12_408_333, arrMinor: 148_899_996, customers: 1512, isRunning: true, undatedSubscriptionIds: [],
};

describe('the series behind the MRR chart', () => {
  it('adds every movement: start + Σ = end', () => {
    expect(november.startMinor + movedMinor(november)).toBe(november.endMinor);
  });
});
