import { describe, expect, it } from 'vitest';
import { createCompany } from './company.ts';
import { rebuildMrr } from './testing/rebuild-mrr.ts';

/** The long form: many seeds of the small company, a few of the medium one, against the slow rebuild. The seed is in the failing test's name. */
const cases = [
  ...Array.from({ length: 300 }, (_, at) => ({ size: 'small' as const, seed: at + 1 })),
  ...Array.from({ length: 5 }, (_, at) => ({ size: 'medium' as const, seed: at + 1 })),
];

describe('the company of many seeds', () => {
  it.each(cases)('has the MRR its invoice lines say and ties its payouts: $size, seed $seed', ({ size, seed }) => {
    const { population, manifest, world } = createCompany({ size, seed });
    expect(rebuildMrr(population, world.rates.published)).toEqual(manifest.mrr.map((month) => ({ ...month, undatedSubscriptionIds: [] })));
    expect(manifest.mrr.flatMap((month) => month.undatedSubscriptionIds)).toHaveLength(2);
    expect(new Set(manifest.plantedBreaks.map((one) => one.objectId)).size).toBe(size === 'small' ? 16 : 32);
    for (const payout of world.payouts) {
      const paid = world.transactions.filter((one) => one.payout === payout.number && one !== payout.transaction);
      expect(paid.reduce((sum, one) => sum + one.amount - one.fee, 0)).toBe(payout.amount);
    }
  });
});
