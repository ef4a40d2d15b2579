/**
 * What is typed behind an option, read or refused with a sentence.
 */
import { InvalidArgumentError } from 'commander';
import { localDate, month } from '../shared/calendar/local-date.ts';
import { isCurrencyCode } from '../shared/money/currency.ts';

export function checked<Value>(read: (text: string) => Value): (text: string) => Value {
  return (text) => {
    try {
      return read(text);
    } catch (error) {
      throw new InvalidArgumentError(error instanceof Error ? error.message : 'Not valid.');
    }
  };
}

export const readMonth = checked(month);
export const readDate = checked(localDate);

/** Epoch milliseconds. */
export const readInstant = checked((text) => {
  const at = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})$/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(at)) throw new Error('A moment looks like 2026-11-18T14:14:00Z.');
  return at;
});

/** In lower case. */
export const readCurrency = checked((text) => {
  const code = text.toLowerCase();
  if (!isCurrencyCode(code)) throw new Error('A currency looks like EUR.');
  return code;
});

function readRows(most: number): (text: string) => number {
  return checked((text) => {
    const limit = Number(text);
    if (!Number.isInteger(limit) || limit < 1 || limit > most) throw new Error(`Between 1 and ${most} rows.`);
    return limit;
  });
}
export const readLimit = readRows(500);
/** For lists that are read to the end: page by page. */
export const readLongLimit = readRows(100_000);
