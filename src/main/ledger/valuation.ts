/**
 * Functional amounts of an entry's postings. Pure.
 *
 * The rule: within an entry, what has the same currency and the same rate is valued as a whole. The debits' sum is converted once and rounded half
 * away from zero; the first debit is converted by itself, the others share what is left by their amounts, and so do the credits. So functional debits
 * equal functional credits at every rate of the entry, no rounding difference needs a posting of its own, and a receivable, which goes before the first
 * of its side wherever it stands, is given up at exactly the figure at which it was booked.
 *
 * What was booked before is released at the rate at which it was booked (`bookedBy`), not at the day's: the difference is realised, and stands on the
 * conversion account until the entry beside it takes it away (domain.md §3, Shape). What goes in parts and must leave no cent, as tax does, takes shares of the figure
 * that was booked (`share`).
 */
import type { LocalDate } from '../../shared/calendar/local-date.ts';
import { InvariantError } from '../../shared/errors/errors.ts';
import type { CurrencyCode } from '../../shared/money/currency.ts';
import { allocate, convertMinorUnits, minorUnits, mulDiv, type MinorUnits } from '../../shared/money/money.ts';
import { accountCodes } from './account-codes.ts';
import type { Direction, PostingDraft } from './journal-entry.ts';

/** The entry that booked what a posting releases, named by the end of its key: `invoice/in_1/invoice-finalised`. */
export interface BookedBy {
  readonly entry: string;
  /** The day of that entry's fact: its rate is the rate of this day while the entry itself is not in the books. */
  readonly on: LocalDate;
  /** The account on which that entry booked it, where it has several rates. Where it has several on that account, its own is the last: what it released of others stands before. */
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
  /** What it takes of one figure that another entry booked. */
  readonly share?: BookedShare;
}

/** Minor units of what was booked, counted from 0: from ≤ unit < to. */
export type Span = readonly [from: number, to: number];

/**
 * A part of what another entry booked on the same account. It goes at its share of that figure, not at its own conversion: parts whose spans make up the whole come
 * to the whole, in whatever order they went.
 */
export interface BookedShare {
  readonly bookedBy: BookedBy;
  /** What that entry says: its figure while it is not in the books. */
  readonly says: () => readonly UnvaluedPosting[];
  /** As long together as the posting is large. */
  readonly spans: readonly Span[];
}

/** What an entry booked on an account, in its currency and in the functional one. */
export interface BookedFigure {
  readonly amount: number;
  readonly functionalAmount: number;
}

/** Functional units per unit of the currency (major units, decimal text) in force on the entry's day, or at which an earlier entry booked; undefined while the day's rate is not known. */
export type RateOf = (currency: CurrencyCode, bookedBy?: BookedBy) => string | undefined;

export type Valuation =
  | { readonly isValued: true; readonly postings: PostingDraft[] }
  /** Never valued with a guess: the fact waits until a rate is known. */
  | { readonly isValued: false; readonly missingCurrency: CurrencyCode; /** Where it is not the entry's own day. */ readonly missingOn?: LocalDate };

/** A posting of a signed amount: positive debits the account, negative credits it; zero gives nothing. */
export function signedPosting(accountCode: string, signedDebit: number, currency: CurrencyCode, partyId: string | null, bookedBy?: BookedBy, share?: BookedShare): UnvaluedPosting[] {
  if (signedDebit === 0) return [];
  return [{ accountCode, direction: signedDebit > 0 ? 'debit' : 'credit', amount: minorUnits(Math.abs(signedDebit)), currency, partyId, ...(bookedBy ? { bookedBy } : {}), ...(share ? { share } : {}) }];
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

/**
 * @param figureOf what was booked of which a posting is a share; undefined where that is not known, and the posting is valued like any other.
 * @throws InvariantError `entry-unbalanced` when debits and credits differ in a currency at a rate.
 */
export function valuePostings(postings: readonly UnvaluedPosting[], functionalCurrency: CurrencyCode, rateOf: RateOf, figureOf: (posting: UnvaluedPosting, share: BookedShare) => BookedFigure | undefined = () => undefined): Valuation {
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
    const shared = sides.map((side) => side.map(({ index, amount }): SidePart => ({ index, amount, own: shareOfBooked(postings[index], figureOf), isReceivable: postings[index]?.accountCode === accountCodes.receivable })));
    const functionalTotal = wholeOfShares(shared, bookedBy?.portion !== undefined) ?? minorUnits(convert(before + debits) - convert(before));
    for (const side of shared) {
      const parts = splitFunctional(side, functionalTotal, convert);
      for (const [order, { index }] of side.entries()) {
        const posting = valued[index];
        if (posting) valued[index] = { ...posting, functionalAmount: parts[order] ?? minorUnits(0), rate };
      }
    }
  }
  return { isValued: true, postings: valued };
}

/** A posting as one of its side; `own` is its share of what was booked, where it takes one. */
interface SidePart {
  readonly index: number;
  readonly amount: number;
  readonly own: number | undefined;
  readonly isReceivable: boolean;
}

/**
 * What a side comes to that only takes shares of what was booked, where it is kept apart or something on the other side, beside what is converted by itself there, takes the cent by which
 * that differs from its own conversion: the revenue that a note brings back when what it takes is less than its tax. Undefined where none does.
 */
function wholeOfShares(sides: readonly (readonly SidePart[])[], isKeptApart: boolean): MinorUnits | undefined {
  const whole = sides.find((side) => side.length > 0 && side.every(({ own }) => own !== undefined));
  if (!whole || (!isKeptApart && !sides.some((side) => side !== whole && side.filter(({ own }) => own === undefined).length > 1))) return undefined;
  return minorUnits(whole.reduce((sum, { own = 0 }) => sum + own, 0));
}

/** What a posting takes of the figure it is a share of; undefined where it is none. */
function shareOfBooked(posting: UnvaluedPosting | undefined, figureOf: (posting: UnvaluedPosting, share: BookedShare) => BookedFigure | undefined): number | undefined {
  const figure = posting?.share && figureOf(posting, posting.share);
  if (!figure || !posting?.share || posting.share.spans.some(([, to]) => to > figure.amount)) return undefined;
  const upTo = (minor: number): number => mulDiv(figure.functionalAmount, minor, figure.amount, 'half-away-from-zero');
  return posting.share.spans.reduce((sum, [from, to]) => sum + upTo(to) - upTo(from), 0);
}

/** Shares of what was booked at their own figures; of the others, where there are more, the receivable or else the first of the side by itself, and the rest by their shares of what is left. */
function splitFunctional(side: readonly SidePart[], functionalTotal: MinorUnits, convert: (amount: number) => MinorUnits): MinorUnits[] {
  // A side needs one that takes what is left, unless nothing is.
  const isShared = side.some(({ own }) => own === undefined) || side.reduce((sum, { own = 0 }) => sum + own, 0) === functionalTotal;
  let left: number = functionalTotal;
  const take = (figure: number): MinorUnits => {
    const taken = minorUnits(Math.max(0, Math.min(figure, left)));
    left -= taken;
    return taken;
  };
  const taken = side.map(({ own }) => (isShared && own !== undefined ? take(own) : undefined));
  const others = side.flatMap(({ amount, isReceivable }, place) => (taken[place] === undefined ? [{ place, amount, isReceivable }] : []));
  const byItself = others.length > 1 ? (others.find(({ isReceivable }) => isReceivable) ?? others.find(({ place }) => place === 0)) : undefined;
  if (byItself) taken[byItself.place] = take(convert(byItself.amount));
  const sharing = others.filter((other) => other !== byItself);
  const shares = sharing.length === 0 ? [] : allocate(left, sharing.map(({ amount }) => amount));
  for (const [order, { place }] of sharing.entries()) taken[place] = minorUnits(shares[order] ?? 0);
  return taken.map((figure) => figure ?? minorUnits(0));
}
