import { describe, expect, it } from 'vitest';
import type { MrrMonth } from '../../charts/mrr-series.ts';
import { mrrFigures } from './mrr-figures.tsx';

const october: MrrMonth = {
  month: '2026-10', currency: 'usd', startMinor: 12_000_000, newMinor: 130_021, expansionMinor: 0, contractionMinor: 0, churnMinor: 0, reactivationMinor: 0, exchangeRateMinor: 0,
  endMinor: 12_130_021, arrMinor: 145_560_252, customers: 1500, isRunning: false, undatedSubscriptionIds: [],
};
const november: MrrMonth = {
  month: '2026-11', currency: 'usd', startMinor: 12_130_021, newMinor: 341_250, expansionMinor: 189_000, contractionMinor: -81_208, churnMinor: -190_500, reactivationMinor: 24_000, exchangeRateMinor: -4_230,
  endMinor: 12_408_333, arrMinor: 148_899_996, customers: 1512, isRunning: true, undatedSubscriptionIds: [],
};

describe('MRR by month as a table', () => {
  const table = mrrFigures([october, november], '2026-11', 'en-US', { policy: 'standard' }, () => undefined);

  it('gives a file ISO months, the currency in a column of its own, and exact decimals', () => {
    expect(table.columns.map((column) => column.title)).toEqual(['Month', 'Currency', 'Start', 'New', 'Expansion', 'Reactivation', 'Contraction', 'Churn', 'Exchange rates', 'End', 'Customers']);
    expect(table.columns.map((column) => column.text(november))).toEqual(['2026-11', 'USD', '121300.21', '3412.50', '1890.00', '240.00', '-812.08', '-1905.00', '-42.30', '124083.33', '1512']);
  });

  it('begins with the newest month and marks the one looked at', () => {
    expect(table.rows.map((row) => [row.month, table.isOn?.(row)])).toEqual([['2026-11', true], ['2026-10', false]]);
  });
});
