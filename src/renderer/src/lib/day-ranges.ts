/** The ranges of days a person asks for most. */
import { addDays, addMonths, endOf, firstDayOf, localDate, month as asMonth, monthOf } from '../../../shared/calendar/local-date.ts';

export interface DayRange {
  /** Both inclusive; null: without a bound. */
  readonly from: string | null;
  readonly to: string | null;
}

const wholeMonths = (first: string, last: string): DayRange => ({ from: firstDayOf(asMonth(first)), to: addDays(endOf(asMonth(last)), -1) });

/** Named ranges as of a day. */
export function usualRanges(today: string): readonly (DayRange & { readonly name: string })[] {
  const running = monthOf(localDate(today));
  const year = running.slice(0, 4);
  const quarterStart = `${year}-${String(Math.floor((Number(running.slice(5)) - 1) / 3) * 3 + 1).padStart(2, '0')}`;
  const lastMonth = addMonths(running, -1);
  return [
    { name: 'This month', from: firstDayOf(running), to: today },
    { name: 'Last month', ...wholeMonths(lastMonth, lastMonth) },
    { name: 'This quarter', from: firstDayOf(asMonth(quarterStart)), to: today },
    { name: 'Last quarter', ...wholeMonths(addMonths(asMonth(quarterStart), -3), addMonths(asMonth(quarterStart), -1)) },
    { name: 'This year', from: `${year}-01-01`, to: today },
    { name: 'Last year', ...wholeMonths(`${Number(year) - 1}-01`, `${Number(year) - 1}-12`) },
    { name: 'All days', from: null, to: null },
  ];
}
