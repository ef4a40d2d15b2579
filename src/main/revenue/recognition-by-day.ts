/**
 * What each day of a month earns of what was invoiced in advance (domain.md §7), and when the rest at its end will be earned if nothing is taken back: the
 * waterfall, whose sum is what the account of deferred revenue holds.
 */
import { addDays, addMonths, daysIn, endOf, firstDayOf, monthOf, type LocalDate, type Month } from '../../shared/calendar/local-date.ts';
import type { RecognitionDependencies } from './recognition.ts';
import { deferralsOf } from './recognition.ts';
import { linesByDay, type Deferral } from './recognition-calculation.ts';
import * as repository from './recognition.repository.ts';

export interface EarnedDay {
  readonly day: LocalDate;
  readonly currency: string;
  readonly earnedMinor: number;
}
export interface EarnedMonth {
  readonly month: Month;
  readonly currency: string;
  readonly earnedMinor: number;
}

export interface RecognitionByDay {
  /** Days in which something was earned or given back. */
  readonly days: readonly EarnedDay[];
  /** Later months with what of the rest they will earn. */
  readonly waterfall: readonly EarnedMonth[];
  /** Lines that are or were being earned. */
  readonly lines: number;
}

/** What an invoice earns at a point: a day of a month, or a later month. */
export interface EarnedInvoice {
  readonly invoiceId: string;
  readonly customerId: string | null;
  /** How many of its lines are or were being earned. */
  readonly lines: number;
  readonly earnedMinor: number;
}

/** The invoices in a currency behind one day or later month of {@link recognitionByDay}: they sum to it. */
export function earnedInvoices(dependencies: Pick<RecognitionDependencies, 'readable' | 'timeZone' | 'settings'>, month: Month, currency: string, point: { readonly day: LocalDate } | { readonly later: Month }): EarnedInvoice[] {
  const { functionalCurrency } = dependencies.settings();
  const [until, before] = 'day' in point ? [point.day, addDays(point.day, -1)] : [addDays(endOf(point.later), -1), addDays(firstDayOf(point.later), -1)];
  return [...deferralsIn(dependencies, month)].flatMap((deferral): EarnedInvoice[] => {
    if (deferral.currency !== currency) return [];
    const earnedBy = earnedUpTo(deferral, month, functionalCurrency);
    const earnedMinor = earnedBy(until) - earnedBy(before);
    return earnedMinor === 0 ? [] : [{ invoiceId: deferral.invoiceId, customerId: deferral.customerId, lines: deferral.lines.length, earnedMinor }];
  });
}

const invoicesAtATime = 500;

function* deferralsIn(dependencies: Pick<RecognitionDependencies, 'readable' | 'timeZone' | 'settings'>, month: Month): Iterable<Deferral> {
  const { start } = dependencies.timeZone.boundsOf(month);
  const invoices = repository.invoicesOfMonth(dependencies.readable, { startAt: start, endAt: Number.MAX_SAFE_INTEGER, from: firstDayOf(month), before: endOf(month) });
  for (let from = 0; from < invoices.length; from += invoicesAtATime) yield* deferralsOf(dependencies, invoices.slice(from, from + invoicesAtATime), month);
}

/** What an invoice has earned by the end of a day, as is known of it at the month's end. */
function earnedUpTo(deferral: Deferral, month: Month, functionalCurrency: string): (day: LocalDate) => number {
  const known: Deferral = { ...deferral, movements: deferral.movements.filter(({ bookedOn }) => bookedOn < endOf(month)) };
  return (day) => (day < (known.bookedOn ?? day) ? 0 : linesByDay(known, functionalCurrency, day).reduce((sum, { earned }) => sum + earned.minor, 0));
}

/** In each currency's own minor units. Facts booked in the month count from their day on, later ones not at all. */
export function recognitionByDay(dependencies: Pick<RecognitionDependencies, 'readable' | 'timeZone' | 'settings'>, month: Month): RecognitionByDay {
  const { functionalCurrency } = dependencies.settings();
  const days = new Map<string, number>();
  const waterfall = new Map<string, number>();
  let lines = 0;
  for (const deferral of deferralsIn(dependencies, month)) {
    lines += deferral.lines.length;
    addDeferral(deferral, { month, functionalCurrency, days, waterfall });
  }
  const rows = (sums: ReadonlyMap<string, number>): [string, string, number][] => [...sums].filter(([, sum]) => sum !== 0).sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, sum]) => [...(key.split(' ') as [string, string]), sum]);
  return { days: rows(days).map(([day, currency, earnedMinor]) => ({ day: day as LocalDate, currency, earnedMinor })), waterfall: rows(waterfall).map(([later, currency, earnedMinor]) => ({ month: later as Month, currency, earnedMinor })), lines };
}

interface Sums {
  readonly month: Month;
  readonly functionalCurrency: string;
  readonly days: Map<string, number>;
  readonly waterfall: Map<string, number>;
}

function addDeferral(deferral: Deferral, { month, functionalCurrency, days, waterfall }: Sums): void {
  const earnedBy = earnedUpTo(deferral, month, functionalCurrency);
  const add = (sums: Map<string, number>, key: string, amount: number): void => void sums.set(`${key} ${deferral.currency}`, (sums.get(`${key} ${deferral.currency}`) ?? 0) + amount);
  let before = earnedBy(addDays(firstDayOf(month), -1));
  for (let index = 0; index < daysIn(month); index += 1) {
    const day = addDays(firstDayOf(month), index);
    const earned = earnedBy(day);
    if (earned !== before) add(days, day, earned - before);
    before = earned;
  }
  const lastOn = deferral.lines.reduce((last, { period }) => (period.endOn > last ? period.endOn : last), firstDayOf(month));
  for (let later = addMonths(month, 1); later <= monthOf(addDays(lastOn, -1)); later = addMonths(later, 1)) {
    const earned = earnedBy(addDays(endOf(later), -1));
    if (earned !== before) add(waterfall, later, earned - before);
    before = earned;
  }
}
