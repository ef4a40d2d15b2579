/** The rate at which what people do is booked, and its refusal: invoices, receipts, payments to customers, matches of bank lines (domain.md §8: rates are daily). Pure. */
import { addDays, type LocalDate } from '../../shared/calendar/local-date.ts';
import { ValidationError } from '../../shared/errors/errors.ts';

/** The last rate that is known on or before a day. */
export interface DatedRate {
  /** Units of the functional currency for one, decimal text. */
  readonly rate: string;
  readonly on: LocalDate;
  /** A later day's is known as well: then the days between had none (docs/adr/0010). */
  readonly hasLater: boolean;
}

/** So many days may pass without a rate: round Easter and the turn of the year the European Central Bank leaves out four. */
const longestWithoutRate = 7;

/** Whether a rate stands for a day: what is proposed goes by it, as what is booked does. */
export function standsFor(known: DatedRate, on: LocalDate): boolean {
  return known.hasLater || addDays(known.on, longestWithoutRate) >= on;
}

/**
 * The day's own rate may come only after it was needed, so an earlier one stands for it; not one of long ago.
 * @param what is booked, as in “too old for {what} of 2026-11-18”.
 * @throws ValidationError `exchange-rate-missing`, also where the last one is too old to stand for the day and no later day's shows that there was none.
 */
export function rateOfDay(known: DatedRate | undefined, currency: string, functionalCurrency: string, on: LocalDate, what: 'an invoice' | 'a payment' | 'a bank line'): string {
  if (known === undefined) throw missingRate(currency, functionalCurrency, on);
  if (standsFor(known, on)) return known.rate;
  throw new ValidationError('exchange-rate-missing', `The last rate from ${currency.toUpperCase()} to ${functionalCurrency.toUpperCase()} that is known is of ${known.on}: too old for ${what} of ${on}. Nothing was booked.`, {
    data: { currency, functionalCurrency, on, knownOn: known.on }, nextStep: 'Import the newer exchange rates, or sync the shared database, then try again.',
  });
}

export function missingRate(currency: string, functionalCurrency: string, on: string): ValidationError {
  return new ValidationError('exchange-rate-missing', `No rate from ${currency.toUpperCase()} to ${functionalCurrency.toUpperCase()} is known on or before ${on}.`, { data: { currency, functionalCurrency, on }, nextStep: 'Pull the exchange rates from the shared database, then run again.' });
}
