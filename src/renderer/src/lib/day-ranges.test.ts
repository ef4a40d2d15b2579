import { expect, it } from 'vitest';
import { usualRanges } from './day-ranges.ts';

const rangeOf = (today: string, name: string) => {
  const range = usualRanges(today).find((each) => each.name === name);
  return [range?.from, range?.to];
};

it.each([
  ['2026-11-18', 'This month', '2026-11-01', '2026-11-18'],
  ['2026-11-18', 'Last month', '2026-10-01', '2026-10-31'],
  ['2026-11-18', 'This quarter', '2026-10-01', '2026-11-18'],
  ['2026-11-18', 'Last quarter', '2026-07-01', '2026-09-30'],
  ['2026-01-05', 'Last month', '2025-12-01', '2025-12-31'],
  ['2026-01-05', 'Last quarter', '2025-10-01', '2025-12-31'],
  ['2024-03-31', 'Last month', '2024-02-01', '2024-02-29'],
  ['2026-11-18', 'This year', '2026-01-01', '2026-11-18'],
  ['2026-11-18', 'Last year', '2025-01-01', '2025-12-31'],
  ['2026-11-18', 'All days', null, null],
])('on %s “%s” runs from %s to %s', (today, name, from, to) => {
  expect(rangeOf(today, name)).toEqual([from, to]);
});
