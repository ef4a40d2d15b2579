/** What importing rates needs from outside: somebody who publishes them. `integrations/fx` implements it. */
import type { LocalDate } from '../../shared/calendar/local-date.ts';
import type { CurrencyCode } from '../../shared/money/currency.ts';

export interface PublishedDay {
  readonly on: LocalDate;
  /** Units of a currency for one unit of the source's base, as published: decimal text, above zero. A currency without a rate that day is absent. */
  readonly perBase: ReadonlyMap<CurrencyCode, string>;
}

export interface PublishedRates {
  /** Who published them and where they were read, as it is stored beside each rate: 'ECB, eurofxref-hist.csv'. */
  readonly source: string;
  readonly base: CurrencyCode;
  /** Oldest first, each day once, at least one. */
  readonly days: readonly PublishedDay[];
  /** Codes that are no currencies of ISO 4217 any more, upper case: they are left out. */
  readonly unknownCurrencies: readonly string[];
  /** Whether the source publishes rates on a day by its own calendar. */
  publishesOn(day: LocalDate): boolean;
}

export interface RatesSource {
  /**
   * @throws ValidationError `exchange-rates-malformed` with line and reason, `exchange-rates-too-large`, `exchange-rates-address-refused`;
   * ProviderError `exchange-rates-unreachable`.
   */
  fetchFrom(url: string, signal: AbortSignal): Promise<PublishedRates>;
  /** @param name of the file, for people. Errors as {@link fetchFrom}, save the last two. */
  readText(name: string, text: string): PublishedRates;
  /** @throws ValidationError `exchange-rates-address-refused`. */
  assertAddress(url: string): void;
}
