/**
 * What closing several months in a row would come to: each month's own checklist, up to the first that cannot be closed. It changes nothing: each month is
 * closed by itself, by the close service, and has its own row in the log.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { monthsFromTo, type Month } from '../../shared/calendar/local-date.ts';
import { StateError } from '../../shared/errors/errors.ts';
import { isClosable, type PeriodCheck } from './period-checklist.ts';
import type { PeriodClose } from './period-close.ts';

export interface ClosePreviewMonth {
  readonly month: Month;
  readonly isClosable: boolean;
  readonly checklist: readonly PeriodCheck[];
}

export interface ClosePreview {
  /** From the next month to close on; the last one is the first that cannot be closed, or the month asked for. */
  readonly months: readonly ClosePreviewMonth[];
  /** The first month that cannot be closed; null: all can. */
  readonly stopsAt: Month | null;
}

/**
 * @param acceptedReasons reasons a person takes on, for all the months.
 * @throws StateError `period-unknown` for books without an entry, `period-closed-already`, `period-not-over`.
 */
export async function previewClosing(periodClose: Pick<PeriodClose, 'list' | 'checklist'>, through: Month, acceptedReasons: readonly string[] = []): Promise<ClosePreview> {
  const { periods } = periodClose.list();
  const first = periods.find((period) => period.isNextToClose)?.month;
  const refusal = (code: string, sentence: string, nextStep: string): StateError => new StateError(code, sentence, { data: { month: through }, nextStep });
  if (periods.some((period) => period.month >= through && period.state === 'closed')) throw refusal('period-closed-already', `${through} is closed already.`, 'Name a later month.');
  if (first === undefined || periods.some((period) => period.month <= through && period.state === 'running')) throw refusal('period-not-over', `${through} is not over yet.`, 'Name a month that is.');
  if (through < first) throw refusal('period-unknown', `${through} lies before the books.`, 'Name a month between the first entry and the running month.');
  const months: ClosePreviewMonth[] = [];
  for (const month of monthsFromTo(first, through)) {
    // The months before it are closed by then: they stand in this list.
    const checklist = periodClose.checklist(month, acceptedReasons).map((item): PeriodCheck => (item.code === 'earlier-months-closed' ? { ...item, isFine: true, detail: null, count: 0 } : item));
    months.push({ month, isClosable: isClosable(checklist), checklist });
    if (!isClosable(checklist)) return { months, stopsAt: month };
    await nextTurn();
  }
  return { months, stopsAt: null };
}
