import { describe, expect, it } from 'vitest';
import { isClosableWith, type PeriodCheck } from './period-view.ts';

const check = (code: PeriodCheck['code'], more: Partial<PeriodCheck> = {}): PeriodCheck => ({ code, title: code, isFine: true, detail: null, count: 0, reasons: [], ...more });
const waiting = (count: number, ...codes: string[]) => check('facts-posted', { isFine: false, detail: 'Facts wait.', count, reasons: codes.map((code) => ({ code, count: 2, isAccepted: false })) });

describe('closing a month from its checklist', () => {
  it('may be done when everything is fine', () => {
    expect(isClosableWith([check('month-over'), check('facts-posted')], new Set())).toBe(true);
  });
  it('waits for every reason to be taken on', () => {
    const checklist = [check('month-over'), waiting(4, 'rate-missing', 'charge-unknown')];
    expect(isClosableWith(checklist, new Set(['rate-missing']))).toBe(false);
    expect(isClosableWith(checklist, new Set(['rate-missing', 'charge-unknown']))).toBe(true);
  });
  it('cannot take on what nothing has looked at, nor anything else that stands in the way', () => {
    expect(isClosableWith([waiting(5, 'rate-missing')], new Set(['rate-missing']))).toBe(false);
    expect(isClosableWith([waiting(2)], new Set())).toBe(false);
    expect(isClosableWith([check('month-over', { isFine: false, count: 1 })], new Set())).toBe(false);
  });
});
