import { describe, expect, test } from 'vitest';
import { barsOf, scaleOf, waterfallBars } from './report-geometry.ts';

describe('the scale of a chart', () => {
  test.each([
    ['amounts', [124_083, 98_000], { low: 0, high: 150_000, ticks: [0, 50_000, 100_000, 150_000] }],
    ['gains and losses', [3_000, -2_500], { low: -4_000, high: 4_000, ticks: [-4_000, -2_000, 0, 2_000, 4_000] }],
    ['nothing at all', [0, 0], { low: 0, high: 1, ticks: [0, 1] }],
    ['losses alone', [-10], { low: -10, high: 0, ticks: [-10, -5, 0] }],
  ])('of %s is round and holds zero', (_, values, expected) => {
    const scale = scaleOf(values);
    expect(scale.ticks).toContain(0);
    expect(scale).toEqual(expected);
  });
});

describe('bars', () => {
  const series = [{ label: 'New', colour: 0, values: [100, 0] }, { label: 'Expansion', colour: 1, values: [50, 20] }, { label: 'Churn', colour: 2, values: [-30, -40] }];

  test('stacked, gains stand upon gains and losses hang below zero', () => {
    expect(barsOf(series, 2, true).map(({ from, to, colour }) => [from, to, colour])).toEqual([[0, 100, 0], [100, 150, 1], [0, -30, 2], [0, 20, 1], [0, -40, 2]]);
  });

  test('grouped, all stand on zero, side by side within their month', () => {
    const bars = barsOf(series, 2, false);
    expect(bars.every((bar) => bar.from === 0)).toBe(true);
    expect([bars[0], bars[2], bars[4]].map((bar) => [bar?.x, bar?.width])).toEqual([[850, 1100], [1950, 1100], [3050, 1100]]);
  });

  test('of a waterfall, each change begins where the step before it ended, and the end is the sum', () => {
    const bars = waterfallBars([{ label: 'Start', kind: 'total', value: 1000 }, { label: 'New', kind: 'change', value: 200 }, { label: 'Churn', kind: 'change', value: -150 }, { label: 'End', kind: 'total', value: 1050 }]);
    expect(bars.map(({ from, to, colour }) => [from, to, colour])).toEqual([[0, 1000, 0], [1000, 1200, 1], [1200, 1050, 2], [0, 1050, 0]]);
  });
});
