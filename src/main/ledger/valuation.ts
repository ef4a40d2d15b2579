/**
 * Functional amounts of an entry's postings. Pure.
 *
 * The rule: within an entry, what has the same currency and the same rate is valued as a whole. The debits' sum is converted once and rounded half
 * away from zero; the first debit is converted by itself, the others share what is left by their amounts, and so do the credits. So functional debits
 * equal functional credits at every rate of the entry, no rounding difference needs a posting of its own, and a receivable, which is always the first
 * of its side, is given up at exactly the figure at which it was booked.
 *
 * What was booked before is released at the rate at which it was booked (`bookedBy`), not at the day's: the difference is realised, and stands on the
 * conversion account until the entry beside it takes it away (domain.md §3, Shape).
 */
import type { LocalDate } from '../../shared/calendar/local-date.ts';
import { InvariantError } from '../../shared/errors/errors.ts';
import type { CurrencyCode } from '../../shared/money/currency.ts';
import { allocate, convertMinorUnits, minorUnits, type MinorUnits } from '../../shared/money/money.ts';
import { accountCodes } from './account-codes.ts';
import type { Direction, PostingDraft } from './journal-entry.ts';

/** The entry that booked what a posting releases, named by the end of its key: `invoice/in_1/invoice-finalised`. */
export interface BookedBy {
  readonly entry: string;
  /** The day of that entry's fact: its rate is the rate of this day while the entry itself is not in the books. */
  readonly on: LocalDate;
  /** The account on which that entry booked it, where it has several rates. */
  readonly accountCode?: string;
  /** Where what was booked goes in parts: they are valued one on top of the other, so that the last leaves no cent. */
  readonly portion?: BookedPortion;
}

export interface BookedPortion {
  readonly id: string;
  /** How much of it went before this part, in minor units. */
  readonly releasedBefore: number;
}

export interface UnvaluedPosting {
  readonly accountCode: string;
  readonly direction: Direction;
  readonly amount: MinorUnits;
  readonly currency: CurrencyCode;
  readonly partyId: string | null;
  /** Left out for what is valued at the rate of the entry's own day. */
  readonly bookedBy?: BookedBy;
}

/** Functional units per unit of the currency (major units, decimal text) in force on the entry's day, or at which an earlier entry booked; undefined while the day's rate is not known. */
export type RateOf = (currency: CurrencyCode, bookedBy?: BookedBy) => string | undefined;

export type Valuation =
  | { readonly isValued: true; readonly postings: PostingDraft[] }
  /** Never valued with a guess: the fact waits until a rate is known. */
  | { readonly isValued: false; readonly missingCurrency: CurrencyCode; /** Where it is not the entry's own day. */ readonly missingOn?: LocalDate };

/** A posting of a signed amount: positive debits the account, negative credits it; zero gives nothing. */
export function signedPosting(accountCode: string, signedDebit: number, currency: CurrencyCode, partyId: string | null, bookedBy?: BookedBy): UnvaluedPosting[] {
  if (signedDebit === 0) return [];
  return [{ accountCode, direction: signedDebit > 0 ? 'debit' : 'credit', amount: minorUnits(Math.abs(signedDebit)), currency, partyId, ...(bookedBy ? { bookedBy } : {}) }];
}

const signed = (posting: UnvaluedPosting): number => (posting.direction === 'debit' ? posting.amount : -posting.amount);
const groupOf = (posting: UnvaluedPosting): string => `${posting.currency}/${posting.bookedBy?.entry ?? ''}/${posting.bookedBy?.portion?.id ?? ''}`;

/**
 * Makes what stands at different rates within a currency balance at each of them, through the conversion account. Functional currency has no rate, and
 * a booking of the same day has the day's; a portion keeps apart even then, because its parts are valued on top of each other.
 * @throws InvariantError `entry-unbalanced` when debits and credits differ in a currency.
 */
export function separateRates(postings: readonly UnvaluedPosting[], entryDate: LocalDate, functionalCurrency: CurrencyCode): UnvaluedPosting[] {
  if (!postings.some((posting) => posting.bookedBy)) return [...postings];
  const separated = postings.map(({ bookedBy, ...posting }): UnvaluedPosting => (bookedBy === undefined || posting.currency === functionalCurrency || (bookedBy.on === entryDate && !bookedBy.portion) ? posting : { ...posting, bookedBy }));
  if (!separated.some((posting) => posting.bookedBy)) return separated;
  const byCurrency = Map.groupBy(separated, (posting) => posting.currency);
  for (const [currency, ofCurrency] of byCurrency) {
    const difference = ofCurrency.reduce((sum, posting) => sum + signed(posting), 0);
    if (difference !== 0) throw new InvariantError('entry-unbalanced', `Debits and credits differ in ${currency.toUpperCase()}.`, { data: { currency, difference } });
    for (const group of Map.groupBy(ofCurrency, groupOf).values()) {
      const sum = group.reduce((total, posting) => total + signed(posting), 0);
      separated.push(...signedPosting(accountCodes.currencyConversion, -sum, currency, null, group[0]?.bookedBy));
    }
  }
  return separated;
}

/** @throws InvariantError `entry-unbalanced` when debits and credits differ in a currency at a rate. */
export function valuePostings(postings: readonly UnvaluedPosting[], functionalCurrency: CurrencyCode, rateOf: RateOf): Valuation {
  const foreign = new Set<string>();
  for (const posting of postings) if (posting.currency !== functionalCurrency) foreign.add(groupOf(posting));
  const valued = postings.map(({ accountCode, direction, amount, currency, partyId }): PostingDraft => ({ accountCode, direction, amount, currency, partyId, functionalAmount: amount, rate: null }));
  for (const group of foreign) {
    const places = postings.flatMap((posting, index) => (groupOf(posting) === group ? [index] : []));
    const { currency, bookedBy } = postings[places[0] ?? 0] ?? { currency: functionalCurrency, bookedBy: undefined };
    const rate = rateOf(currency, bookedBy);
    if (rate === undefined) return { isValued: false, missingCurrency: currency, ...(bookedBy ? { missingOn: bookedBy.on } : {}) };
    const amountsOf = (direction: Direction): { index: number; amount: number }[] => places.flatMap((index) => (postings[index]?.direction === direction ? [{ index, amount: postings[index].amount }] : []));
    const sides = [amountsOf('debit'), amountsOf('credit')];
    const [debits = 0, credits = 0] = sides.map((side) => side.reduce((sum, { amount }) => sum + amount, 0));
    if (debits !== credits) throw new InvariantError('entry-unbalanced', `Debits and credits differ in ${currency.toUpperCase()}.`, { data: { currency, difference: debits - credits } });
    const convert = (amount: number): MinorUnits => convertMinorUnits(amount, currency, functionalCurrency, rate, 'half-away-from-zero');
    const before = bookedBy?.portion?.releasedBefore ?? 0;
    const functionalTotal = minorUnits(convert(before + debits) - convert(before));
    for (const side of sides) {
      const parts = splitFunctional(side.map(({ amount }) => amount), functionalTotal, convert);
      for (const [order, { index }] of side.entries()) {
        const posting = valued[index];
        if (posting) valued[index] = { ...posting, functionalAmount: parts[order] ?? minorUnits(0), rate };
      }
    }
  }
  return { isValued: true, postings: valued };
}

/** The first amount by itself, the others by their shares of the rest. */
function splitFunctional(amounts: readonly number[], functionalTotal: MinorUnits, convert: (amount: number) => MinorUnits): MinorUnits[] {
  const [first = 0, ...others] = amounts;
  if (others.length === 0) return [functionalTotal];
  const own = convert(first);
  return [own, ...allocate(functionalTotal - own, others)];
}
