/**
 * A desk without a shared database imports exchange rates by itself; where there is one the company's own table is read and nothing is imported
 * (domain.md §1, docs/adr/0010). What stands is never changed by an import: what differs is said.
 */
import type { Clock } from '../../shared/calendar/clock.ts';
import { addDays, dayInWords, type LocalDate } from '../../shared/calendar/local-date.ts';
import type { TimeZone } from '../../shared/calendar/time-zone.ts';
import { DaybookError, StateError, ValidationError } from '../../shared/errors/errors.ts';
import type { ReadableDatabase, UnitOfWork, WritableDatabase } from '../database/handles.ts';
import type { WorkControl } from '../platform/work-control.ts';
import { daysLeftOut, planImport, ratesInto, type DifferingRate, type ImportPlan, type KnownRates, type RateRow } from './exchange-rate-import-calculation.ts';
import type { PublishedRates, RatesSource } from './exchange-rate-imports.ports.ts';
import { belongsToSharedLedger, noteFailedImport, noteImport, readKnownRates, saveImportedRates } from './exchange-rates.repository.ts';
import type { PeriodAuditPort } from './period-close.ports.ts';
import { raiseReview } from './review-items.ts';

export interface ExchangeRateImportsDependencies {
  readonly readable: ReadableDatabase;
  readonly unitOfWork: UnitOfWork;
  readonly audit: PeriodAuditPort;
  readonly clock: Clock;
  readonly timeZone: TimeZone;
  readonly source: RatesSource;
  /** Whether a shared database is connected. */
  readonly hasSharedDatabase: boolean;
  functionalCurrency(): string;
}

/** Where rates are read from: an address, or the text of a file somebody gave. */
export type RatesPlace = { readonly url: string } | { readonly fileName: string; readonly text: string };

/** What a source holds, for whoever wants to know before anything is imported. */
export interface RatesOutline {
  readonly source: string;
  readonly firstDay: LocalDate;
  readonly lastDay: LocalDate;
  readonly days: number;
  /** Against the ledger's functional currency, on the last day. */
  readonly currencies: number;
}

export interface RatesImport extends RatesOutline {
  /** Rates of days that were not known, changed where nothing was booked in the currency, and known already. */
  readonly added: number;
  readonly corrected: number;
  readonly unchanged: number;
  /** Rates that stand at another figure, and days that were taken as days without a rate: left as they are. */
  readonly differing: number;
  readonly late: number;
  /** The first few of both. */
  readonly examples: readonly DifferingRate[];
  /** Codes that ISO 4217 does not know any more. */
  readonly unknownCurrencies: readonly string[];
}

export interface ExchangeRateImports {
  /**
   * @throws StateError `exchange-rates-read-only` where the company's table is the owner; ValidationError `exchange-rates-gap`,
   * `exchange-rates-in-the-future`, `exchange-rates-currency-missing`; what the source throws.
   */
  importFrom(place: RatesPlace, actor: string, control: WorkControl): Promise<RatesImport>;
  /** Reads and looks, keeps nothing. Errors as {@link importFrom}. */
  look(place: RatesPlace, signal: AbortSignal): Promise<RatesOutline>;
  /** Whether this desk imports its rates by itself. */
  isAllowed(): boolean;
  /** @throws StateError `exchange-rates-read-only`. */
  assertAllowed(): void;
  /** @throws ValidationError `exchange-rates-address-refused`. */
  assertAddress(url: string): void;
}

const mostExamples = 5;
/** About thirty currencies a day; a transaction of a thousand rows takes a few milliseconds. */
const rowsPerTransaction = 1_000;

export function createExchangeRateImports(dependencies: ExchangeRateImportsDependencies): ExchangeRateImports {
  const { readable, unitOfWork, audit, clock, timeZone, source } = dependencies;

  const isAllowed = (): boolean => !dependencies.hasSharedDatabase && !belongsToSharedLedger(readable);

  function assertAllowed(): void {
    if (isAllowed()) return;
    throw new StateError('exchange-rates-read-only', 'This ledger takes its exchange rates from the company’s own table in the shared database. Nothing was imported.', { nextStep: 'Have the missing day published there (daybook.exchange_rates); the next sync brings it and posts what waits.' });
  }

  async function read(place: RatesPlace, signal: AbortSignal): Promise<{ readonly published: PublishedRates; readonly rows: RateRow[] }> {
    assertAllowed();
    const published = 'url' in place ? await source.fetchFrom(place.url, signal) : source.readText(place.fileName, place.text);
    const functional = dependencies.functionalCurrency();
    const rows = ratesInto(functional, published);
    if (rows.length === 0) throw new ValidationError('exchange-rates-currency-missing', `${published.source} has no rate of ${functional.toUpperCase()}, the currency of this ledger. Nothing was imported.`, { data: { currency: functional }, nextStep: 'Take rates from a source that publishes this currency.' });
    const tomorrow = addDays(timeZone.dateOf(clock.now()), 1);
    const future = published.days.find(({ on }) => on > tomorrow);
    if (future) throw new ValidationError('exchange-rates-in-the-future', `${published.source} has a rate of ${dayInWords(future.on)}, which has not come yet. Nothing was imported.`, { data: { day: future.on }, nextStep: 'Check the file, and the clock of this machine.' });
    return { published, rows };
  }

  function refuseGap(published: PublishedRates, known: ReadonlyMap<string, KnownRates>): void {
    const [first, last] = [published.days[0]?.on, published.days.at(-1)?.on];
    const ends = [...known.values()];
    if (ends.length === 0 || first === undefined || last === undefined) return;
    const stretch = { first: ends.reduce((least, { first: day }) => (day < least ? day : least), '9999-12-31') as LocalDate, last: ends.reduce((most, { last: day }) => (day > most ? day : most), '') as LocalDate };
    const missing = daysLeftOut(stretch, { first, last }, (day) => published.publishesOn(day));
    const [from, to] = [missing[0], missing.at(-1)];
    if (from === undefined || to === undefined) return;
    const days = from === to ? dayInWords(from) : `${missing.length} days from ${dayInWords(from)} to ${dayInWords(to)}`;
    throw new ValidationError('exchange-rates-gap', `${published.source} leaves out ${days}: those days would count as days without a rate. Nothing was imported.`, { data: { from, to, days: missing.length }, nextStep: 'Import the rates of the last 90 days (eurofxref-hist-90d.xml) or all of them (eurofxref-hist.xml), which hold the days between.' });
  }

  /** In short transactions, and in an order in which a stop anywhere leaves no hole. */
  async function save(rows: readonly RateRow[], quote: string, name: string, at: number, control: WorkControl): Promise<void> {
    let done = 0;
    while (done < rows.length) {
      control.signal.throwIfAborted();
      let end = Math.min(done + rowsPerTransaction, rows.length);
      while (end < rows.length && rows[end]?.on === rows[end - 1]?.on) end += 1; // a day is whole
      const part = rows.slice(done, end);
      unitOfWork.run('import exchange rates', (database) => saveImportedRates(database, part, quote, name, at));
      done = end;
      control.report({ done, total: rows.length, note: 'Importing exchange rates' });
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  function sayWhatDiffers(database: WritableDatabase, published: PublishedRates, { differing, late }: ImportPlan, at: number): void {
    const say = (code: string, rates: readonly DifferingRate[], sentence: (first: DifferingRate) => string): void => {
      const [first] = rates;
      if (first) raiseReview(database, { code, subjectType: 'exchange-rates', subjectId: `${first.base}/${first.on}/${first.published}`, message: sentence(first), data: { source: published.source, count: rates.length, base: first.base, on: first.on, known: first.known, published: first.published } }, at);
    };
    const more = (rates: readonly DifferingRate[]): string => (rates.length === 1 ? '' : ` The same goes for ${rates.length - 1} more.`);
    say('exchange-rate-differs', differing, ({ base, on, known, published: figure }) => `${published.source} has ${figure} for ${base.toUpperCase()} on ${dayInWords(on)}; entries stand on ${known ?? ''}, which stays.${more(differing)}`);
    say('exchange-rate-late', late, ({ base, on }) => `${published.source} has a rate for ${base.toUpperCase()} on ${dayInWords(on)}, which entries took for a day without one; that stays.${more(late)}`);
  }

  async function importNow(place: RatesPlace, actor: string, control: WorkControl): Promise<RatesImport> {
    const { published, rows } = await read(place, control.signal);
    const quote = dependencies.functionalCurrency();
    const outline = outlineOf(published, rows);
    const known = readKnownRates(readable, quote, outline.firstDay, outline.lastDay);
    refuseGap(published, known);
    const plan = planImport(rows, known);
    const at = clock.now();
    await save(plan.toSave, quote, published.source, at, control);
    unitOfWork.run('note an import of exchange rates', (database) => {
      sayWhatDiffers(database, published, plan, at);
      noteImport(database, outline.lastDay, plan.toSave.length, at);
      if (plan.toSave.length > 0) audit.append(database, { entity: 'exchange-rates', entityId: quote, action: 'import', actor, diff: { source: published.source, firstDay: outline.firstDay, lastDay: outline.lastDay, added: plan.added, corrected: plan.corrected } });
    });
    return {
      ...outline, added: plan.added, corrected: plan.corrected, unchanged: plan.unchanged, differing: plan.differing.length, late: plan.late.length,
      examples: [...plan.differing.slice(0, mostExamples), ...plan.late.slice(0, mostExamples)], unknownCurrencies: published.unknownCurrencies,
    };
  }

  return {
    isAllowed,
    assertAllowed,
    assertAddress: (url) => source.assertAddress(url),
    async look(place, signal) {
      const { published, rows } = await read(place, signal);
      return outlineOf(published, rows);
    },
    async importFrom(place, actor, control) {
      assertAllowed();
      try {
        return await importNow(place, actor, control);
      } catch (error) {
        // A person who cancels is no failure of the source.
        if (!control.signal.aborted) unitOfWork.run('note a failed import', (database) => noteFailedImport(database, error instanceof DaybookError ? error.code : 'unexpected', clock.now()));
        throw error;
      }
    },
  };
}

function outlineOf({ source, days }: PublishedRates, rows: readonly RateRow[]): RatesOutline {
  const lastDay = rows.reduce((most, { on }) => (on > most ? on : most), '') as LocalDate;
  const firstDay = rows.reduce((least, { on }) => (on < least ? on : least), '9999-12-31') as LocalDate;
  return { source, firstDay, lastDay, days: new Set(rows.map(({ on }) => on)).size || days.length, currencies: rows.filter(({ on }) => on === lastDay).length };
}
