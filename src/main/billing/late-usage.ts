/**
 * Usage of a month that is known only after its invoice: the whole month rated again, less what was invoiced for it already, as a line on the next invoice (domain.md §4,
 * docs/adr/0024). Pure.
 *
 * The month is rated again under the terms its own invoice was made with, which that invoice keeps: only usage makes a difference. A price corrected backwards is a matter of
 * voiding and regenerating. What a person changed on a draft, and what was credited, was meant as it is, so it is the rated amounts that are compared.
 */
import { addMonths, type Month } from '../../shared/calendar/local-date.ts';
import type { ContractTerms } from '../contracts/contract-terms.ts';
import { addMinorUnits, minorUnits, negateMinorUnits, zeroMinorUnits, type MinorUnits } from '../../shared/money/money.ts';
import { describedIn, ratingWords, type RatingWords } from './rating-words.ts';
import { calculatePartnerInvoice, invoiceRounding, meterOf, type LateCharge, type MeteredUsage, type RatedPart } from './partner-invoice-calculation.ts';

/** How many months before the billed one are looked at, where the ledger has no setting of its own. */
export const defaultLateUsageMonths = 12;
export const mostLateUsageMonths = 60;
/** Its name among the ledger's settings. */
export const lateUsageSetting = 'late_usage_months';

/** What a month's own lines were rated on and came to: kept with its invoice, so that later usage can be measured against it. */
export interface RatedBasis {
  readonly parts: readonly RatedPart[];
  /** Lines less discount, without lines about other months. */
  readonly subtotalMinor: MinorUnits;
}

/** One month on an invoice: rated now − invoiced = amount. Of the invoice's own month `ratedMinor` is 0, since its own lines have it. */
export interface LateUsageShare {
  readonly month: Month;
  readonly ratedMinor: MinorUnits;
  readonly invoicedMinor: MinorUnits;
  readonly amountMinor: MinorUnits;
  /** Deeds or requests of the month: known now, and when its invoice was made. */
  readonly units: number;
  readonly unitsInvoiced: number;
}

/** What a month had been invoiced for when an invoice was made: the register holds it against what is invoiced when it gives the number. */
export interface MeasuredMonth {
  readonly month: Month;
  readonly invoicedMinor: MinorUnits;
}

/** An invoice of the contract as far as other months need it. */
export interface InvoicedMonth {
  readonly invoiceId: string;
  readonly month: Month;
  /** Null while it is a draft. */
  readonly number: string | null;
  readonly isDraft: boolean;
  readonly currency: string;
  /** Null on invoices of before it was kept: what came late for them cannot be told. */
  readonly rated: RatedBasis | null;
  readonly late: readonly Pick<LateUsageShare, 'month' | 'amountMinor'>[];
}

export interface LateUsage {
  readonly charges: readonly LateCharge[];
  readonly shares: readonly LateUsageShare[];
  /** Every month that was looked at, whether it came to a line or not. */
  readonly measured: readonly MeasuredMonth[];
  /** Months whose difference is in another currency than the invoice: shown to a person, on no invoice. */
  readonly inOtherCurrency: readonly LateUsageShare[];
}

export interface LateUsageInput {
  readonly month: Month;
  /** Those that hold at the end of it. */
  readonly terms: ContractTerms;
  /** The contract's invoices that stand, of any month. */
  readonly invoices: readonly InvoicedMonth[];
  readonly monthsBack: number;
  /** Of the language the lines are written in; left out: English. */
  readonly words?: RatingWords;
  /** Usage of a part of a past month as it is known now. */
  usageOf(part: RatedPart, month: Month): MeteredUsage;
}

/**
 * What an invoice for `month` says about earlier ones. Counted as invoiced is what stands on every other invoice with a number, of whatever month, and on drafts of earlier
 * months, which come first; so a voided invoice gives its share back, and of two drafts only one has it. An invoice that is made again after its own month's late usage was
 * charged elsewhere has that taken off.
 */
export function lateUsageFor(input: LateUsageInput): LateUsage {
  const words = input.words ?? ratingWords();
  const result = { charges: [] as LateCharge[], shares: [] as LateUsageShare[], measured: [] as MeasuredMonth[], inOtherCurrency: [] as LateUsageShare[] };
  const earliest = addMonths(input.month, -input.monthsBack);
  for (const invoiced of input.invoices) {
    if (invoiced.isDraft || invoiced.rated === null || invoiced.month >= input.month || invoiced.month < earliest) continue;
    const carried = carriedFor(invoiced.month, input.month, input.invoices);
    const share = shareOf(invoiced, invoiced.rated, carried, input);
    result.measured.push({ month: share.month, invoicedMinor: share.invoicedMinor });
    if (share.amountMinor === 0) continue;
    if (invoiced.currency !== input.terms.currency) {
      result.inOtherCurrency.push(share);
      continue;
    }
    result.shares.push(share);
    result.charges.push(chargeOf(share, invoiced, invoiced.rated, carried, words));
  }
  const elsewhere = carriedFor(input.month, input.month, input.invoices);
  const invoicedMinor = addMinorUnits(...elsewhere.map((carried) => carried.amountMinor));
  result.measured.push({ month: input.month, invoicedMinor });
  if (invoicedMinor !== 0) {
    result.shares.push({ month: input.month, ratedMinor: zeroMinorUnits, invoicedMinor, amountMinor: negateMinorUnits(invoicedMinor), units: 0, unitsInvoiced: 0 });
    result.charges.push(takenOff(input, elsewhere, invoicedMinor, words));
  }
  return result;
}

/**
 * Whether an invoice still follows from what else stands: what it took as invoiced for each month is what is invoiced now. The shared register asks the same
 * (migrations/postgres/0023).
 */
export function isLateUsageStanding(measured: readonly MeasuredMonth[], month: Month, invoices: readonly InvoicedMonth[]): boolean {
  return measured.every((one) => {
    const own = one.month === month ? zeroMinorUnits : invoices.find((candidate) => candidate.month === one.month && !candidate.isDraft)?.rated?.subtotalMinor;
    return own !== undefined && addMinorUnits(own, ...carriedFor(one.month, month, invoices).map(({ amountMinor }) => amountMinor)) === one.invoicedMinor;
  });
}

/** What invoices other than that of `month` charge for a past month. */
function carriedFor(past: Month, month: Month, invoices: readonly InvoicedMonth[]): CarriedShare[] {
  const others = invoices.filter((other) => other.month !== month && (!other.isDraft || other.month < month));
  return others.flatMap((other) => other.late.filter((share) => share.month === past).map(({ amountMinor }) => ({ amountMinor, other })));
}

interface CarriedShare {
  readonly amountMinor: MinorUnits;
  readonly other: InvoicedMonth;
}

const nameOf = (invoice: InvoicedMonth, words: RatingWords): string => invoice.number ?? words.text.draftOf(words.month(invoice.month));

/** Of an invoice that is made again: its own lines count all usage of the month, and some of it was charged as late meanwhile. */
function takenOff({ month, terms }: LateUsageInput, elsewhere: readonly CarriedShare[], invoicedMinor: MinorUnits, words: RatingWords): LateCharge {
  const { text } = words;
  const where = elsewhere.map(({ amountMinor, other }) => text.on(words.amount(amountMinor, terms.currency), nameOf(other, words))).join(text.and);
  return {
    terms,
    line: {
      kind: 'late-usage', ...describedIn(words, (inWords) => inWords.text.invoicedAlready(inWords.month(month))), quantity: null, unitPrice: null, amountMinor: negateMinorUnits(invoicedMinor), fraction: null, rounding: invoiceRounding,
      explanation: text.carriedElsewhere(words.month(month), where),
    },
  };
}

function shareOf({ month }: InvoicedMonth, rated: RatedBasis, carried: readonly CarriedShare[], { usageOf }: LateUsageInput): LateUsageShare {
  const parts = rated.parts.map((part) => ({ terms: part.terms, usage: usageOf(part, month) }));
  const isAsInvoiced = parts.every(({ usage }, index) => usage.deeds === rated.parts[index]?.usage.deeds && usage.requests === rated.parts[index]?.usage.requests);
  const ratedMinor = isAsInvoiced ? rated.subtotalMinor : calculatePartnerInvoice(parts, month).subtotalMinor;
  const invoicedMinor = addMinorUnits(rated.subtotalMinor, ...carried.map((share) => share.amountMinor));
  return { month, ratedMinor, invoicedMinor, amountMinor: minorUnits(ratedMinor - invoicedMinor), units: unitsOf(parts), unitsInvoiced: unitsOf(rated.parts) };
}

/** Parts may count differently; what the last one counts is what is told. */
function unitsOf(parts: readonly RatedPart[]): number {
  const meter = lastMeterOf(parts);
  return meter === null ? 0 : parts.filter(({ terms }) => meterOf(terms) === meter).reduce((sum, { usage }) => sum + usage[meter], 0);
}

function lastMeterOf(parts: readonly RatedPart[]): keyof MeteredUsage | null {
  const last = parts.at(-1);
  return last ? meterOf(last.terms) : null;
}

function chargeOf(share: LateUsageShare, invoiced: InvoicedMonth, rated: RatedBasis, carried: readonly CarriedShare[], words: RatingWords): LateCharge {
  const last = rated.parts.at(-1);
  if (!last) throw new RangeError('A rated month has at least one part.');
  const { currency } = invoiced;
  const { text } = words;
  const invoicedText = [text.on(words.amount(rated.subtotalMinor, currency), nameOf(invoiced, words)), ...carried.map(({ amountMinor, other }) => text.on(words.amount(amountMinor, currency), nameOf(other, words)))].join(text.and);
  const meter = lastMeterOf(rated.parts);
  const units = meter === null ? '' : text.unitsThen(words.count(share.units), meter, words.count(share.unitsInvoiced));
  return {
    terms: last.terms,
    line: {
      kind: 'late-usage', ...describedIn(words, (inWords) => inWords.text[share.amountMinor < 0 ? 'takenBack' : 'lateUsage'](inWords.month(share.month))), quantity: null, unitPrice: null, amountMinor: share.amountMinor, fraction: null, rounding: invoiceRounding,
      explanation: text.ratedAgain(words.month(share.month), units, words.amount(share.ratedMinor, currency), invoicedText),
    },
  };
}
