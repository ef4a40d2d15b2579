import { describe, expect, test } from 'vitest';
import { isAgreed, termsBefore } from './terms-before.ts';

const terms = (effectiveFrom: string, fee: number, version = 1) => ({ effectiveFrom, version, values: { contract_id: 'k', effective_from: effectiveFrom, flat_fee_minor: fee } });

describe('what a new amendment begins with', () => {
  test('is what holds on the day before it, without the day and the contract', () => {
    const timeline = [terms('2026-01-01', 100), terms('2026-06-01', 200)];
    expect(termsBefore(timeline, '2026-06-02')).toEqual({ flat_fee_minor: 200 });
    expect(termsBefore(timeline, '2026-06-01')).toEqual({ flat_fee_minor: 100 });
    expect(termsBefore(timeline, '2025-12-31')).toEqual({ flat_fee_minor: 100 });
  });

  test('leaves out what is only wanted yet', () => {
    expect(termsBefore([terms('2026-01-01', 100), terms('2026-06-01', 200, 0)], '2026-07-01')).toEqual({ flat_fee_minor: 100 });
    expect(termsBefore([], '2026-07-01')).toEqual({});
  });
});

test.each([[undefined, false], [null, false], ['', false], [0, false], [[], false], [{}, false], ['x', true], [5, true], [['dp_pk_A'], true], [{ city: 'Rotterdam' }, true]] as const)('%j is agreed: %s', (value, expected) => {
  expect(isAgreed(value)).toBe(expected);
});
