/**
 * Which rate values a posting: that of the entry's day, or, where a later day's is known, that of the latest earlier day (docs/adr/0010). Until then
 * nobody can tell whether the day's own rate is still to come, so there is none: never a later rate, and never a guess (domain.md §3).
 */
import type { LocalDate } from '../../shared/calendar/local-date.ts';
import type { CurrencyCode } from '../../shared/money/currency.ts';
import type { ReadableDatabase } from '../database/handles.ts';
import { areRatesIncomplete, settledRate } from './exchange-rates.repository.ts';
import type { RateOf } from './valuation.ts';

export interface ExchangeRates {
  /** Units of the functional currency per unit of a currency on a day, for `valuePostings`. */
  ratesOn(date: LocalDate): RateOf;
}

/** Rates looked up once per currency and day: make one for a run, so that rates that arrive later are seen by the next. */
export function createExchangeRates(database: ReadableDatabase, functionalCurrency: CurrencyCode): ExchangeRates {
  const known = new Map<string, string | undefined>();
  // A first copy of the company's table that was cut off has holes that look like days without a rate.
  const isUsable = !areRatesIncomplete(database);
  return {
    ratesOn: (date) => (currency) => {
      if (currency === functionalCurrency) return '1';
      if (!isUsable) return undefined;
      const key = `${currency}/${date}`;
      if (!known.has(key)) known.set(key, settledRate(database, currency, functionalCurrency, date));
      return known.get(key);
    },
  };
}
