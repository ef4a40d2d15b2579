import { describe, expect, it } from 'vitest';
import { localDate } from '../../shared/calendar/local-date.ts';
import { fitOfCounterparts, type CounterpartSide } from './counterpart-matching.ts';

const side = (changes: Partial<CounterpartSide> = {}): CounterpartSide => ({ occurredOn: localDate('2026-11-10'), feeMinor: 320, status: 'succeeded', ...changes });

describe('counterparts by attributes', () => {
  it('what agrees in everything is nearly certain, and never quite', () => {
    expect(fitOfCounterparts(side(), side(), false)).toEqual({ score: 9_500, reasons: ['The same amount in the same currency.', 'Of the same day.', 'The same fee.', 'The same status.'] });
  });
  it.each([
    ['a day apart', side({ occurredOn: localDate('2026-11-11') }), false, 9_100], ['four days apart, before', side({ occurredOn: localDate('2026-11-06') }), false, 7_900], ['another fee', side({ feeMinor: 310 }), false, 8_500],
    ['another status', side({ status: 'refunded' }), false, 9_000], ['something else fits', side(), true, 7_500],
  ])('%s: less', (_, other, isAmbiguous, score) => {
    expect(fitOfCounterparts(side(), other, isAmbiguous).score).toBe(score);
    expect(fitOfCounterparts(other, side(), isAmbiguous).score).toBe(score);
  });
  it('what neither of them says is no agreement', () => {
    const silent = side({ feeMinor: null, status: null });
    expect(fitOfCounterparts(silent, silent, false)).toEqual({ score: 8_000, reasons: ['The same amount in the same currency.', 'Of the same day.'] });
  });
});
