import { describe, expect, it } from 'vitest';
import { month } from '../../shared/calendar/local-date.ts';
import { lastClosedAt, type RebuildRecord } from './replaying-sealer.ts';

const row = (action: RebuildRecord['periods'][number]['action'], text: string, headSequence: number) => ({ month: month(text), action, headSequence });

describe('the last month that was closed at a place in the chain', () => {
  const periods = [row('close', '2026-01', 10), row('close', '2026-02', 20), row('request-reopen', '2026-02', 30), row('reopen', '2026-02', 40), row('close', '2026-02', 50), row('reopen', '2026-02', 60), row('reopen', '2026-01', 70)];
  it.each([[5, null], [10, null], [11, '2026-01'], [21, '2026-02'], [35, '2026-02'], [41, '2026-01'], [51, '2026-02'], [61, '2026-01'], [71, null]])('at %i: %j', (at, expected) => {
    expect(lastClosedAt(periods, at)).toBe(expected);
  });
});
