import { describe, expect, it } from 'vitest';
import { addMonths, awayFromPresentHour, companyMonths, localDayOf, monthPositionOf, nameOfLocalDay, nowSeconds, startOfLocalDay, weekdayOf } from './calendar.ts';

function seconds(text: string): number {
  return Date.parse(text) / 1000;
}
function text(moment: number): string {
  return new Date(moment * 1000).toISOString();
}

describe('the calendar', () => {
  it('has 36 months, half-open in New York’s time, the last one running', () => {
    expect(companyMonths.map((month) => month.name)).toEqual(expect.arrayContaining(['2023-12', '2024-02', '2026-11']));
    expect(companyMonths).toHaveLength(36);
    const november = companyMonths.find((month) => month.name === '2024-11');
    expect([text(november?.start ?? 0), text(november?.end ?? 0)]).toEqual(['2024-11-01T04:00:00.000Z', '2024-12-01T05:00:00.000Z']);
    expect(companyMonths.at(-1)?.end).toBeGreaterThan(nowSeconds);
  });

  it.each([
    ['2024-02-01T04:59:59Z', '2024-01-31', '2024-01'],
    ['2024-02-01T05:00:00Z', '2024-02-01', '2024-02'],
    ['2025-11-01T03:59:59Z', '2025-10-31', '2025-10'],
    ['2025-11-01T04:00:00Z', '2025-11-01', '2025-11'],
    ['2025-03-09T06:59:59Z', '2025-03-09', '2025-03'],
    ['2025-11-03T04:59:59Z', '2025-11-02', '2025-11'],
  ])('puts %s on the local day %s of %s', (moment, day, month) => {
    expect(nameOfLocalDay(localDayOf(seconds(moment)))).toBe(day);
    expect(companyMonths[monthPositionOf(seconds(moment))]?.name).toBe(month);
  });

  it('knows days of 23 and 25 hours, and weekdays', () => {
    const spring = localDayOf(seconds('2025-03-09T12:00:00Z'));
    const autumn = localDayOf(seconds('2025-11-02T12:00:00Z'));
    expect(startOfLocalDay(spring + 1) - startOfLocalDay(spring)).toBe(23 * 3_600);
    expect(startOfLocalDay(autumn + 1) - startOfLocalDay(autumn)).toBe(25 * 3_600);
    expect([weekdayOf(spring), weekdayOf(localDayOf(nowSeconds))]).toEqual([0, 3]);
  });

  it.each([
    ['2024-01-31T10:00:00Z', 1, '2024-02-29T10:00:00.000Z'],
    ['2024-01-31T10:00:00Z', 2, '2024-03-31T10:00:00.000Z'],
    ['2024-02-29T10:00:00Z', 12, '2025-02-28T10:00:00.000Z'],
    ['2024-11-30T04:30:00Z', 3, '2025-02-28T04:30:00.000Z'],
    ['2025-12-15T00:00:00Z', 1, '2026-01-15T00:00:00.000Z'],
  ])('bills from %s, %i months on, at %s', (anchor, months, expected) => {
    expect(text(addMonths(seconds(anchor), months))).toBe(expected);
  });

  it('lets no cycle invoice be a draft at the present moment', () => {
    for (let minute = 0; minute < 1_440; minute += 7) {
      const moved = awayFromPresentHour(seconds('2025-05-18T00:00:00Z') + minute * 60);
      const cycle = addMonths(moved, 18);
      expect(cycle > nowSeconds || nowSeconds - cycle > 70 * 60 || localDayOf(cycle) !== localDayOf(nowSeconds)).toBe(true);
    }
  });
});
