/**
 * From what a source publishes to the rates of a ledger, and what an import may change of those that are known (docs/adr/0010). Pure.
 */
import { addDays, type LocalDate } from '../../shared/calendar/local-date.ts';
import type { CurrencyCode } from '../../shared/money/currency.ts';
import { parseDecimal } from '../../shared/money/money.ts';
import { divideRounded } from '../../shared/money/rounding.ts';
import type { PublishedRates } from './exchange-rate-imports.ports.ts';

/** Units of the ledger's functional currency for one unit of `base`, both in major units, as decimal text. */
export interface RateRow {
  readonly base: CurrencyCode;
  readonly on: LocalDate;
  readonly rate: string;
}

/** What a ledger has of one currency. */
export interface KnownRates {
  /** The first and the last day that is known, both included. */
  readonly first: string;
  readonly last: string;
  /** Within the days that are imported. */
  readonly byDay: ReadonlyMap<string, string>;
  /** Whether anything in this currency is in the books: then its known days stand. */
  readonly isBooked: boolean;
}

export interface DifferingRate {
  readonly base: CurrencyCode;
  readonly on: LocalDate;
  /** null: the day was known to have none. */
  readonly known: string | null;
  readonly published: string;
}

export interface ImportPlan {
  /** In the order in which they are to be stored: cut off anywhere, no day between known days is missing. */
  readonly toSave: readonly RateRow[];
  readonly added: number;
  readonly corrected: number;
  readonly unchanged: number;
  /** Known at another figure by which entries were valued: what is known stands. */
  readonly differing: readonly DifferingRate[];
  /** Days between known days of a currency in the books: they were taken as days without a rate, and stay so. */
  readonly late: readonly DifferingRate[];
}

/** Decimals of a cross rate; six would leave a rupiah in dollars two digits. */
export const crossRateDecimals = 12;

/** '1.0850' → '1.085': the same rate is the same text. */
function withoutTrailingZeros(text: string): string {
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}

/** numerator ÷ denominator, both decimal text, to {@link crossRateDecimals} decimals, half away from zero. */
export function divideRates(numerator: string, denominator: string): string {
  const [above, below] = [parseDecimal(numerator), parseDecimal(denominator)];
  const scaled = divideRounded(above.numerator * below.denominator * 10n ** BigInt(crossRateDecimals), above.denominator * below.numerator, 'half-away-from-zero');
  const digits = String(scaled).padStart(crossRateDecimals + 1, '0');
  return withoutTrailingZeros(`${digits.slice(0, -crossRateDecimals)}.${digits.slice(-crossRateDecimals)}`);
}

/**
 * Every published currency in units of the functional one. The source's own currency has exactly the published figure; the others are crossed through it.
 * A day on which the source has none for the functional currency has no rates.
 */
export function ratesInto(functional: CurrencyCode, { base, days }: Pick<PublishedRates, 'base' | 'days'>): RateRow[] {
  const rows: RateRow[] = [];
  for (const { on, perBase } of days) {
    const ofFunctional = functional === base ? '1' : perBase.get(functional);
    if (ofFunctional === undefined) continue;
    if (functional !== base) rows.push({ base, on, rate: withoutTrailingZeros(ofFunctional) });
    for (const [currency, ofCurrency] of perBase) if (currency !== functional) rows.push({ base: currency, on, rate: divideRates(ofFunctional, ofCurrency) });
  }
  return rows;
}

/**
 * What an import does. Days behind and before what is known are added. Between known days nothing changes once a currency is in the books: an entry was
 * or may have been valued by what was known, and a rebuild has to find the same.
 */
export function planImport(rows: readonly RateRow[], known: ReadonlyMap<string, KnownRates>): ImportPlan {
  const [forwards, backwards, differing, late]: [RateRow[], RateRow[], DifferingRate[], DifferingRate[]] = [[], [], [], []];
  let corrected = 0;
  let unchanged = 0;
  for (const row of rows) {
    const ofCurrency = known.get(row.base);
    if (!ofCurrency || row.on > ofCurrency.last) forwards.push(row);
    else if (row.on < ofCurrency.first) backwards.push(row);
    else {
      const standing = ofCurrency.byDay.get(row.on);
      if (standing === row.rate) unchanged += 1;
      else if (ofCurrency.isBooked) (standing === undefined ? late : differing).push({ base: row.base, on: row.on, known: standing ?? null, published: row.rate });
      else {
        if (standing !== undefined) corrected += 1;
        forwards.push(row);
      }
    }
  }
  const byDay = (one: RateRow, other: RateRow): number => (one.on < other.on ? -1 : one.on > other.on ? 1 : 0);
  const toSave = [...forwards.toSorted(byDay), ...backwards.toSorted((one, other) => byDay(other, one))];
  return { toSave, added: toSave.length - corrected, corrected, unchanged, differing, late };
}

/**
 * Days on which the source publishes and that lie between what is known and what is to be imported: a day that is merely not in the file must not pass
 * for a day without a rate.
 */
export function daysLeftOut(known: { readonly first: LocalDate; readonly last: LocalDate }, published: { readonly first: LocalDate; readonly last: LocalDate }, publishesOn: (day: LocalDate) => boolean): LocalDate[] {
  const between = published.first > known.last ? [known.last, published.first] : published.last < known.first ? [published.last, known.first] : undefined;
  if (!between) return [];
  const [from, to] = between as [LocalDate, LocalDate];
  const days: LocalDate[] = [];
  for (let day = addDays(from, 1); day < to; day = addDays(day, 1)) if (publishesOn(day)) days.push(day);
  return days;
}
