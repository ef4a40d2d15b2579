import { addMonths, month as toMonth, type Month } from '../../shared/calendar/local-date.ts';
import { ValidationError } from '../../shared/errors/errors.ts';

/**
 * A month that may be billed: it is over.
 * @throws ValidationError `month-invalid`, `period-in-future`, `period-not-over`.
 */
export function billablePeriod(text: string, current: Month): Month {
  const period = toMonth(text);
  if (period > current) throw new ValidationError('period-in-future', `${period} has not begun yet.`, { data: { period }, nextStep: `The last month that can be billed is ${addMonths(current, -1)}.` });
  if (period === current) throw new ValidationError('period-not-over', `${period} is still running: its usage is not complete.`, { data: { period }, nextStep: `The last month that can be billed is ${addMonths(current, -1)}.` });
  return period;
}
