import { describe, expect, it } from 'vitest';
import { month, type Month } from '../../shared/calendar/local-date.ts';
import { previewClosing } from './close-preview.ts';
import type { PeriodCheck } from './period-checklist.ts';
import type { PeriodView } from './period-close.ts';

const item = (code: PeriodCheck['code'], isFine: boolean): PeriodCheck => ({ code, title: code, isFine, detail: isFine ? null : 'Not yet.', count: isFine ? 0 : 1, reasons: [] });
const view = (text: string, state: PeriodView['state'], isNextToClose = false): PeriodView => ({ month: month(text), state, entries: 1, isNextToClose, checklist: null, closedAt: null, closedBy: null, headSequence: null, headHash: null, revaluation: null, reopenRequest: null, history: [] });

/** Books with months in a state, of which some are not recognised; every month but the next waits for the one before it. */
const booksOf = (periods: PeriodView[], unrecognised: readonly string[] = []) => ({
  list: () => ({ fourEyes: 'on' as const, revaluation: 'off' as const, periods }),
  checklist: (wanted: Month, accepted: readonly string[] = []) => [item('earlier-months-closed', periods.some((each) => each.month === wanted && each.isNextToClose)), item('recognition-done', !unrecognised.includes(wanted) || accepted.includes('as it is'))],
});
const some = [view('2026-07', 'closed'), view('2026-08', 'open', true), view('2026-09', 'open'), view('2026-10', 'open'), view('2026-11', 'running')];
const through = (text: string, unrecognised: string[] = [], accepted: string[] = [], periods = some) => previewClosing(booksOf(periods, unrecognised), month(text), accepted);

describe('what closing several months would come to', () => {
  it('lists each from the next one on: the ones before it are closed by then', async () => {
    const { months, stopsAt } = await through('2026-10');
    expect([months.map((each) => [each.month, each.isClosable]), stopsAt]).toEqual([[['2026-08', true], ['2026-09', true], ['2026-10', true]], null]);
  });

  it('ends at the first that cannot be closed and says why', async () => {
    const { months, stopsAt } = await through('2026-10', ['2026-09', '2026-10']);
    expect([months.map((each) => each.month), stopsAt, months.at(-1)?.checklist.filter((each) => !each.isFine).map((each) => each.code)]).toEqual([['2026-08', '2026-09'], '2026-09', ['recognition-done']]);
    expect((await through('2026-10', ['2026-09'], ['as it is'])).stopsAt).toBeNull();
  });

  it.each([['2026-07', 'period-closed-already'], ['2026-06', 'period-closed-already'], ['2026-11', 'period-not-over'], ['2027-01', 'period-not-over']])('through %s is refused as %s', async (text, code) => {
    await expect(through(text)).rejects.toMatchObject({ code });
  });

  it('needs books: a month before them is none, and a ledger whose only month is running has nothing to close', async () => {
    await expect(through('2026-07', [], [], some.slice(1))).rejects.toMatchObject({ code: 'period-unknown' });
    await expect(through('2026-10', [], [], [view('2026-11', 'running')])).rejects.toMatchObject({ code: 'period-not-over' });
  });
});
