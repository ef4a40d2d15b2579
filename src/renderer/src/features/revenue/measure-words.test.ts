import { describe, expect, test } from 'vitest';
import { measureFigures } from '../../../../shared/api/revenue-measures.contract.ts';
import { movedMinor } from '../../charts/mrr-series.ts';
import { measureNames } from '../../../../shared/revenue/measure-names.ts';
import { differenceText, mrrMonthOf, stretchOf, tendencyOf, type MeasureMonth } from './measure-words.ts';

const month = (name: string, startMinor: number, newMinor: number, churnMinor: number): MeasureMonth => ({
  month: name, isRunning: false, startMinor, endMinor: startMinor + newMinor + churnMinor, customersAtStart: 1,
  measures: [{ figure: 'new', unit: 'money', currency: 'usd', value: newMinor, absence: null }, { figure: 'churn', unit: 'money', currency: 'usd', value: churnMinor, absence: null }, { figure: 'customers', unit: 'count', currency: null, value: 7, absence: null }],
});

describe('measures of months', () => {
  const months = [month('2026-09', 1_000, 300, -50), month('2026-10', 1_250, 0, -250)].map((each) => mrrMonthOf(each, 'usd'));

  test('as the chart takes them: start + movements = end', () => {
    for (const each of months) expect(each.startMinor + movedMinor(each)).toBe(each.endMinor);
    expect(months[1]).toMatchObject({ month: '2026-10', currency: 'usd', churnMinor: -250, expansionMinor: 0, customers: 7 });
  });

  test('as one stretch: the first start, all movements, the last end', () => {
    const stretch = stretchOf(months);
    expect(stretch).toMatchObject({ startMinor: 1_000, newMinor: 300, churnMinor: -300, endMinor: 1_000, month: '2026-10' });
    expect((stretch?.startMinor ?? 0) + (stretch ? movedMinor(stretch) : 0)).toBe(stretch?.endMinor);
    expect(stretchOf([])).toBeUndefined();
  });

  test('each has a name, and losing less is good', () => {
    for (const figure of measureFigures) expect(measureNames[figure]).not.toBe('');
    expect([tendencyOf('logo-churn'), tendencyOf('mrr'), tendencyOf('exchange-rate')]).toEqual(['down', 'up', 'neither']);
  });

  test('a difference carries its sign; of shares it is in points', () => {
    const of = (figure: 'mrr' | 'net-churn' | 'quick-ratio' | 'customers', unit: 'money' | 'basis-points' | 'count', difference: number) => differenceText({ figure, unit, currency: unit === 'money' ? 'usd' : null }, difference, 'en-US');
    expect([of('mrr', 'money', 15_546), of('mrr', 'money', -15_546), of('mrr', 'money', 0)]).toEqual(['+155.46 USD', '−155.46 USD', '0.00 USD']);
    expect([of('net-churn', 'basis-points', 210), of('net-churn', 'basis-points', -40), of('quick-ratio', 'basis-points', -3_000)]).toEqual(['+2.1 pt', '−0.4 pt', '−0.3']);
    expect([of('customers', 'count', 1_200), of('customers', 'count', -3)]).toEqual(['+1,200', '−3']);
  });
});
