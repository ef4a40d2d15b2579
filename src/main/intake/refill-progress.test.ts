import { describe, expect, it } from 'vitest';
import { createRefillProgress } from './refill-progress.ts';

describe('how far a refill is', () => {
  it('is not known until half of the slices have given an idea of themselves', () => {
    const progress = createRefillProgress();
    for (const list of ['charges', 'invoices', 'refunds']) progress.add(list, { from: 0, before: 1_000 }, { rows: 0, isComplete: false });
    progress.stored('charges', 100, 900, false);
    expect([progress.done(), progress.total()]).toEqual([100, null]);
    progress.stored('invoices', 100, 500, false);
    // The third is taken for the mean of the two.
    expect(progress.total()).toEqual({ rows: 1_000 + 200 + 600, isEstimate: true });
    progress.stored('refunds', 10, 300, true);
    expect(progress.total()).toEqual({ rows: 1_000 + 200 + 10, isEstimate: true });
  });

  it('comes closer with each page and is exact at the end', () => {
    const progress = createRefillProgress();
    progress.add('charges', { from: 0, before: 1_000 }, { rows: 0, isComplete: false });
    // A growing company: most of it lies in the newest part.
    const reached = [900, 800, 650, 400];
    const totals = reached.map((created) => {
      progress.stored('charges', 100, created, false);
      return progress.total()?.rows ?? 0;
    });
    expect(totals).toEqual([1_000, 1_000, 857, 667]);
    progress.stored('charges', 40, 20, true);
    expect(progress.total()).toEqual({ rows: 440, isEstimate: false });
  });

  it('counts what an earlier run had read, and nothing twice when a slice is read anew', () => {
    const progress = createRefillProgress();
    progress.add('coupons', { from: 0, before: 1_000 }, { rows: 7, isComplete: true });
    progress.add('charges', { from: 0, before: 1_000 }, { rows: 300, isComplete: false });
    progress.stored('charges', 100, 600, false);
    expect([progress.done(), progress.total()]).toEqual([407, { rows: 7 + 1_000, isEstimate: true }]);
    progress.restarted('charges');
    expect([progress.done(), progress.total()]).toEqual([7, { rows: 7 + 7, isEstimate: true }]);
  });

  it('is never less than what was read, and stays open where no beginning is known', () => {
    const progress = createRefillProgress();
    progress.add('customers', { from: 500, before: 1_000 }, { rows: 0, isComplete: false });
    // Brought over from another system: older than the account.
    progress.stored('customers', 100, 100, false);
    expect(progress.total()).toEqual({ rows: 100, isEstimate: true });
    const undated = createRefillProgress();
    undated.add('payouts', { from: null, before: 1_000 }, { rows: 0, isComplete: false });
    undated.stored('payouts', 100, 900, false);
    expect(undated.total()).toBeNull();
  });
});
