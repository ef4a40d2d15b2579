import { describe, expect, test } from 'vitest';
import { amendmentOf, flatContract } from '../testing/billing-fixtures.ts';
import { spanOn, spansWithin, timelineOf } from './contract-timeline.ts';

const year = { ...flatContract, effectiveFrom: '2026-01-01', effectiveTo: '2027-01-01' };
const amended = (id: string, effectiveFrom: string, flatFeeMinor: number) => amendmentOf(year, { id, effectiveFrom, flatFeeMinor });
const spansOf = (...amendments: ReturnType<typeof amended>[]) => timelineOf(year, amendments).map(({ row, amendment }) => [row.effectiveFrom, row.effectiveTo, row.flatFeeMinor, amendment?.id ?? null]);

describe('the terms of a contract over its life', () => {
  test.each<[string, ReturnType<typeof amended>[], unknown[]]>([
    ['without amendments: its own', [], [['2026-01-01', '2027-01-01', 139_350, null]]],
    ['amended twice, given in any order', [amended('b', '2026-10-16', 300), amended('a', '2026-06-01', 200)], [['2026-01-01', '2026-06-01', 139_350, null], ['2026-06-01', '2026-10-16', 200, 'a'], ['2026-10-16', '2027-01-01', 300, 'b']]],
    ['amended before it begins: from its first day on', [amended('a', '2025-12-01', 200)], [['2026-01-01', '2027-01-01', 200, 'a']]],
    ['amended on its first day: its own never hold', [amended('a', '2026-01-01', 200)], [['2026-01-01', '2027-01-01', 200, 'a']]],
    ['amended on the day it ends: never', [amended('a', '2027-01-01', 200)], [['2026-01-01', '2027-01-01', 139_350, null]]],
    ['amended twice from one day: one of them holds, on every desk the same', [amended('b', '2026-06-01', 300), amended('a', '2026-06-01', 200)], [['2026-01-01', '2026-06-01', 139_350, null], ['2026-06-01', '2027-01-01', 300, 'b']]],
  ])('%s', (_name, amendments, spans) => expect(spansOf(...amendments)).toEqual(spans));

  test('within a month and on a day', () => {
    const timeline = timelineOf(year, [amended('a', '2026-10-16', 200)]);
    const fees = (spans: readonly { row: { flatFeeMinor: number } }[]) => spans.map(({ row }) => row.flatFeeMinor);
    expect(fees(spansWithin(timeline, '2026-10-01', '2026-11-01'))).toEqual([139_350, 200]);
    expect(fees(spansWithin(timeline, '2026-09-01', '2026-10-01'))).toEqual([139_350]);
    expect(fees(spansWithin(timeline, '2027-01-01', '2027-02-01'))).toEqual([]);
    expect(['2020-01-01', '2026-10-15', '2026-10-16', '2030-01-01'].map((day) => spanOn(timeline, day)?.row.flatFeeMinor)).toEqual([139_350, 139_350, 200, 200]);
  });

  test('what an amendment does not say stays as the contract has it', () => {
    const [, span] = timelineOf(year, [amended('a', '2026-10-16', 200)]);
    expect(span?.row).toEqual({ ...year, effectiveFrom: '2026-10-16', flatFeeMinor: 200 });
  });
});
