import { describe, expect, it } from 'vitest';
import { companyMonths, nowSeconds } from './calendar.ts';
import { createCompany, type Company } from './company.ts';
import { computeMrr } from './mrr.ts';
import { everyObject, rebuildMrr } from './testing/rebuild-mrr.ts';

const cases = [
  { size: 'small', seed: 1 },
  { size: 'small', seed: 2 },
  { size: 'small', seed: 3 },
  { size: 'medium', seed: 1 },
] as const;

describe.each(cases)('MRR of the $size company, seed $seed', ({ size, seed }) => {
  const company = createCompany({ size, seed });
  const { mrr } = company.manifest;

  it('is what a slow rebuild from invoice lines finds, month by month, movement by movement', () => {
    const rebuilt = rebuildMrr(company.population, company.world.rates.published);
    expect(rebuilt).toEqual(mrr.map((month) => ({ ...month, undatedSubscriptionIds: [] })));
  });

  it('ties: the start of a month and its movements give its end', () => {
    let start = 0;
    for (const month of mrr) {
      const sum = Object.values(month.movements).reduce((total, movement) => total + movement, 0);
      expect({ month: month.month, end: start + sum }).toEqual({ month: month.month, end: month.mrrMinor });
      start = month.mrrMinor;
    }
    expect(mrr).toHaveLength(36);
    expect(mrr.at(-1)?.month).toBe('2026-11');
  });

  it('knows every kind of movement, each with its sign', () => {
    const sums = { new: 0, expansion: 0, contraction: 0, churn: 0, reactivation: 0, exchangeRate: 0 };
    for (const { movements } of mrr) {
      for (const kind of ['new', 'expansion', 'contraction', 'churn', 'reactivation', 'exchangeRate'] as const) {
        sums[kind] += movements[kind];
      }
      expect([movements.new, movements.expansion, movements.reactivation].every((movement) => movement >= 0)).toBe(true);
      expect([movements.contraction, movements.churn].every((movement) => movement <= 0)).toBe(true);
    }
    expect(Object.values(sums).every((sum) => sum !== 0)).toBe(true);
  });

  it('flags exactly the silent change and the pause, in the month in which their lines show it', () => {
    const flagged = mrr.flatMap((month) => month.undatedSubscriptionIds.map((id) => ({ month: month.month, id })));
    expect(flagged).toHaveLength(2);
    expect(flagged.map(({ month }) => month)).toEqual(monthsOfEvidence(company));
  });

  it('shows the present state of a living subscription as its last line has it', () => {
    for (const item of company.world.items) {
      const { subscription } = item;
      const isAlive = subscription.endedAt === 0 && subscription.trialEnd < nowSeconds;
      if (isAlive && subscription.pausedAt === 0) {
        const segment = item.segments.at(-1);
        const state = item.states.at(-1);
        expect([segment?.price, segment?.quantity, segment?.end]).toEqual([state?.price, state?.quantity, state?.periodEnd]);
        expect(segment?.end).toBeGreaterThan(nowSeconds);
      }
    }
  });
});

/** The silent change shows at its next line; the pause where the last counted line ends. */
function monthsOfEvidence(company: Company): string[] {
  const monthOf = (moment: number): string => companyMonths.findLast((month) => month.start <= moment)?.name ?? '';
  const moments = company.world.subscriptions.flatMap((subscription) => {
    const { segments } = subscription.item;
    if (subscription.silentChangeAt > 0) {
      return segments.find((segment) => segment.start > subscription.silentChangeAt)?.start ?? 0;
    }
    return subscription.pausedAt > 0 ? (segments.at(-1)?.end ?? 0) : [];
  });
  return moments.sort((a, b) => a - b).map(monthOf);
}

describe('a subscription from the first second of July to the first second of November', () => {
  const { world } = createCompany({ size: 'small', seed: 5 });
  const found = world.subscriptions.find((subscription) => subscription.created === Date.UTC(2025, 6, 1, 4) / 1000);

  it('counts at the ends of July to October only', () => {
    expect(found?.endedAt).toBe(Date.UTC(2025, 10, 1, 4) / 1000);
    const alone = found === undefined ? [] : [{ ...found.customer, subscriptions: [found] }];
    const months = computeMrr({ ...world, customers: alone }).filter((month) => month.mrrMinor > 0);
    expect(months.map((month) => [month.month, month.mrrMinor])).toEqual(['2025-07', '2025-08', '2025-09', '2025-10'].map((month) => [month, 15_800]));
  });
});

describe('the two changes history cannot rebuild', () => {
  const company = createCompany({ size: 'small', seed: 5 });

  it('are on Stripe a paused subscription and one whose price differs without a proration', () => {
    const paused = everyObject(company.population, 'subscriptions').filter((subscription) => subscription.pause_collection !== null);
    expect(paused).toHaveLength(1);
    const silent = company.world.subscriptions.filter((subscription) => subscription.silentChangeAt > 0);
    expect(silent).toHaveLength(1);
    const item = silent[0]?.item;
    const prorated = company.world.invoices.flatMap((invoice) => invoice.lines).filter((line) => line.item === item && line.invoiceItem !== null);
    expect(prorated).toEqual([]);
  });
});
