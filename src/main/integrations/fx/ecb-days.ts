/** What the XML and the CSV form of the ECB's reference rates have in common: how a day, a currency and a rate must look, and how a file is refused. */
import { localDate, type LocalDate } from '../../../shared/calendar/local-date.ts';
import { ValidationError } from '../../../shared/errors/errors.ts';
import { isCurrencyCode } from '../../../shared/money/currency.ts';
import type { PublishedDay } from '../../ledger/exchange-rate-imports.ports.ts';

export interface EcbDays {
  readonly days: PublishedDay[];
  readonly unknownCurrencies: string[];
}

/** @param line from 1 on; null where there is none to name. */
export function malformed(name: string, line: number | null, reason: string): ValidationError {
  const place = line === null ? name : `${name}, line ${line}`;
  return new ValidationError('exchange-rates-malformed', `${place}: ${reason} Nothing was imported.`, { data: { file: name, line, reason }, nextStep: 'Take the file as the European Central Bank publishes it: eurofxref-daily.xml, eurofxref-hist-90d.xml, eurofxref-hist.xml or the CSV of the same name.' });
}

/** What could not be read, quoted shortly and on one line. */
export const quoted = (text: string): string => `“${text.replace(/[^\x20-\x7e]/g, '?').slice(0, 40)}”`;

/** Collects days while a file is read; each day and each currency of a day once. */
export class EcbDayCollector {
  readonly #name: string;
  readonly #days = new Map<LocalDate, Map<string, string>>();
  readonly #unknown = new Set<string>();

  constructor(name: string) {
    this.#name = name;
  }

  /** @throws ValidationError `exchange-rates-malformed`. */
  startDay(text: string, line: number): LocalDate {
    let on: LocalDate;
    try {
      on = localDate(text);
    } catch {
      throw malformed(this.#name, line, `${quoted(text)} is not a day.`);
    }
    if (this.#days.has(on)) throw malformed(this.#name, line, `${on} stands in the file twice.`);
    this.#days.set(on, new Map());
    return on;
  }

  /** @throws ValidationError `exchange-rates-malformed`. */
  add(on: LocalDate, currency: string, rate: string, line: number): void {
    const code = currency.toLowerCase();
    if (!/^[a-z]{3}$/.test(code)) throw malformed(this.#name, line, `${quoted(currency)} is not a currency.`);
    if (!/^\d{1,12}(\.\d{1,12})?$/.test(rate) || /^[0.]+$/.test(rate)) throw malformed(this.#name, line, `${quoted(rate)} is not a rate of ${currency.toUpperCase()}.`);
    if (code === 'eur') throw malformed(this.#name, line, 'The euro has a rate: these are not rates for one euro.');
    if (!isCurrencyCode(code)) {
      this.#unknown.add(code.toUpperCase());
      return;
    }
    const ofDay = this.#days.get(on);
    if (ofDay?.has(code)) throw malformed(this.#name, line, `${currency.toUpperCase()} has two rates on ${on}.`);
    ofDay?.set(code, rate);
  }

  /** @throws ValidationError `exchange-rates-malformed` when there is no rate at all. */
  finish(): EcbDays {
    const days = [...this.#days].filter(([, perBase]) => perBase.size > 0).map(([on, perBase]): PublishedDay => ({ on, perBase }));
    if (days.length === 0) throw malformed(this.#name, null, 'There are no rates in it.');
    return { days: days.sort((one, other) => (one.on < other.on ? -1 : 1)), unknownCurrencies: [...this.#unknown].sort() };
  }
}
