/**
 * What a month's state is and how it may change (domain.md §3). Pure.
 *
 * Months are closed in their order and opened again from the last one back, so the closed ones are all up to some month: what lies before a closed
 * month is closed with it, whether or not anything was ever posted there.
 */
import { createHash } from 'node:crypto';
import { addMonths, firstDayOf, monthOf, type LocalDate, type Month } from '../../shared/calendar/local-date.ts';
import { StateError } from '../../shared/errors/errors.ts';

export type PeriodAction = 'close' | 'request-reopen' | 'decline-reopen' | 'reopen';

/** One row of the log of periods. */
export interface PeriodLogRow {
  readonly sequence: number;
  readonly month: Month;
  readonly action: PeriodAction;
  /** Who: the login of the shared database, or the one person of a desk of its own. */
  readonly actor: string;
  readonly reason: string | null;
  /** Epoch milliseconds. */
  readonly at: number;
  /** `off` in the single-desk product, and recorded so. */
  readonly fourEyes: 'on' | 'off';
  /** The chain's head at that moment; 0 and zeros before the first entry. */
  readonly headSequence: number;
  readonly headHash: string;
  /** JSON text: what the checklist said, which reasons were accepted. */
  readonly evidence: string;
  readonly previousHash: string;
  readonly hash: string;
}

/** What the first row names as the hash before it. */
export const periodLogStart = '0'.repeat(64);

/** SHA-256 over the row in a fixed order of its fields. The shared database makes the same text. */
export function hashOfPeriodLogRow(row: Omit<PeriodLogRow, 'hash'>): string {
  const text = JSON.stringify([row.sequence, row.month, row.action, row.actor, row.reason, row.at, row.fourEyes, row.headSequence, row.headHash, row.evidence, row.previousHash]);
  return createHash('sha256').update(text).digest('hex');
}

export interface ReopenRequest {
  readonly actor: string;
  readonly at: number;
  readonly reason: string;
}

export interface MonthState {
  readonly month: Month;
  readonly state: 'open' | 'closed';
  /** The close in force. */
  readonly close: PeriodLogRow | null;
  /** Somebody wants the month open again and waits for a second person. */
  readonly request: ReopenRequest | null;
}

/** The months the log speaks of, as they stand after its last row. */
export function monthStatesOf(log: Iterable<PeriodLogRow>): Map<Month, MonthState> {
  const states = new Map<Month, MonthState>();
  for (const row of log) {
    const { month } = row;
    const before = states.get(month) ?? { month, state: 'open', close: null, request: null };
    switch (row.action) {
      case 'close':
        states.set(month, { month, state: 'closed', close: row, request: null });
        break;
      case 'request-reopen':
        states.set(month, { ...before, request: { actor: row.actor, at: row.at, reason: row.reason ?? '' } });
        break;
      case 'decline-reopen':
        states.set(month, { ...before, request: null });
        break;
      case 'reopen':
        states.set(month, { month, state: 'open', close: null, request: null });
    }
  }
  return states;
}

/** The last closed month: it and every month before it are closed. */
export function lastClosedMonth(closed: Iterable<string>): Month | null {
  let last: string | null = null;
  for (const month of closed) if (last === null || month > last) last = month;
  return last as Month | null;
}

/** The first open month at or after the given one. */
export function firstOpenMonthAfter(wanted: Month, lastClosed: Month | null): Month {
  return lastClosed !== null && wanted <= lastClosed ? addMonths(lastClosed, 1) : wanted;
}

/** Where an entry goes: to its own day, or to the first day of the first open month, marked with the month it concerns. */
export function datedForOpenMonth(draft: { readonly entryDate: LocalDate; readonly concernsMonth?: Month | null }, lastClosed: Month | null): { entryDate: LocalDate; concernsMonth: Month | null } {
  const month = monthOf(draft.entryDate);
  const open = firstOpenMonthAfter(month, lastClosed);
  if (open === month) return { entryDate: draft.entryDate, concernsMonth: draft.concernsMonth ?? null };
  return { entryDate: firstDayOf(open), concernsMonth: draft.concernsMonth ?? month };
}

/**
 * The month that may be closed next: the one after the last closed one, or the first month of the books.
 * @param firstMonth the month of the earliest entry; null for books without one.
 */
export function nextToClose(lastClosed: Month | null, firstMonth: Month | null): Month | null {
  return lastClosed === null ? firstMonth : addMonths(lastClosed, 1);
}

/**
 * @throws StateError `period-closed-already`, `earlier-month-open`.
 */
export function assertNextToClose(month: Month, lastClosed: Month | null, firstMonth: Month | null): void {
  if (lastClosed !== null && month <= lastClosed) throw new StateError('period-closed-already', `${month} is closed already.`, { data: { month }, nextStep: 'Nothing needs to be done.' });
  const next = nextToClose(lastClosed, firstMonth);
  if (next !== null && month > next) {
    throw new StateError('earlier-month-open', `${next} is still open, and months are closed in their order. ${month} was left open.`, { data: { month, open: next }, nextStep: `Close ${next} first.` });
  }
}

/**
 * Only the last closed month can be opened again: an earlier one would change what the later ones began with.
 * @throws StateError `period-not-closed`, `later-month-closed`.
 */
export function assertLastClosed(month: Month, lastClosed: Month | null): void {
  if (lastClosed === null || month > lastClosed) throw new StateError('period-not-closed', `${month} is not closed.`, { data: { month }, nextStep: 'Nothing needs to be done.' });
  if (month < lastClosed) {
    throw new StateError('later-month-closed', `${lastClosed} is closed as well, and it began with what ${month} ended with. Nothing was opened.`, { data: { month, closed: lastClosed }, nextStep: `Open ${lastClosed} again first.` });
  }
}

/** Both people's words are kept: a wish needs a reason. @throws StateError `reopen-reason-missing`. */
export function assertReason(reason: string): void {
  if (reason.trim().length < 3) throw new StateError('reopen-reason-missing', 'Opening a closed month needs a reason. Nothing was changed.', { nextStep: 'Write why the month has to be opened again.' });
}
