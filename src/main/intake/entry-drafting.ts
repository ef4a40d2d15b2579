/**
 * From what a fact says to entries ready to be posted: keys, functional amounts, and the exchange difference that an entry realises. It decides
 * nothing about accounts.
 */
import { accountCodes } from '../ledger/account-codes.ts';
import type { BookedEntries } from '../ledger/booked-entries.ts';
import type { ExchangeRates } from '../ledger/exchange-rates.ts';
import type { JournalEntryDraft, PostingDraft } from '../ledger/journal-entry.ts';
import { dayInWords, type LocalDate } from '../../shared/calendar/local-date.ts';
import { convertMinorUnits, minorUnits } from '../../shared/money/money.ts';
import { separateRates, signedPosting, valuePostings, type BookedFigure, type BookedShare, type RateOf, type UnvaluedPosting, type Valuation } from '../ledger/valuation.ts';
import { invoiceBooking, type ClearedReceivable, type FactPostings } from './posting-facts.ts';

/** Whose books: it makes the keys. */
export interface LedgerIdentity {
  readonly account: string;
  readonly mode: string;
  readonly functionalCurrency: string;
}

/** What entries of Stripe stand on. */
export interface EntryGrounds {
  readonly identity: LedgerIdentity;
  readonly rates: ExchangeRates;
  readonly booked: BookedEntries;
  /** In a rebuild: the rate an entry of a key was valued at when it was first booked; undefined where the day's own holds. */
  readonly rateFirstTaken?: (key: string, currency: string, on: LocalDate) => string | undefined;
}

/** A day's rate of a currency, which a fact waits for. */
export interface AwaitedRate {
  readonly currency: string;
  readonly on: LocalDate;
}

export type Drafted = { readonly drafts: JournalEntryDraft[] } | { readonly parkedFor: string; readonly reason: string; readonly awaitedRate: AwaitedRate };

/** Keys and functional amounts; no rate, no entry. */
export function draftEntries({ entries, cleared }: Pick<FactPostings, 'entries' | 'cleared'>, grounds: EntryGrounds): Drafted {
  const { functionalCurrency } = grounds.identity;
  const drafts: JournalEntryDraft[] = [];
  for (const { keyObject, keyId, postings, formerly, ...entry } of entries) {
    if (formerly && grounds.booked.postingsOf(keyOfEntry(grounds.identity, formerly.key))[0]?.amount === formerly.amountMinor) continue;
    const keyOf = (kind: string): string => keyOfEntry(grounds.identity, `${keyObject}/${keyId}/${kind}`);
    const key = keyOf(entry.kind);
    const separated = separateRates(postings, entry.entryDate, functionalCurrency);
    const isForeign = separated.some((posting) => posting.currency !== functionalCurrency);
    const standing = isForeign ? standingPostings(key, separated, grounds.booked) : undefined;
    const valuation: Valuation = standing ? { isValued: true, postings: standing } : valuePostings(separated, functionalCurrency, ratesOfEntry({ key, entryDate: entry.entryDate }, grounds), (posting, share) => figureOfShare(posting, share, grounds));
    if (!valuation.isValued) {
      const awaitedRate: AwaitedRate = { currency: valuation.missingCurrency, on: valuation.missingOn ?? entry.entryDate };
      return { parkedFor: 'exchange-rate-missing', reason: `It waits for the rate of ${dayInWords(awaitedRate.on)} from ${awaitedRate.currency.toUpperCase()} to ${functionalCurrency.toUpperCase()}.`, awaitedRate };
    }
    drafts.push({ ...entry, key, postings: valuation.postings });
    if (isForeign) drafts.push(...exchangeDifferences({ ...entry, key: keyOf(`${entry.kind}-exchange-difference`) }, valuation.postings, functionalCurrency));
  }
  if (cleared && cleared.currency !== functionalCurrency) drafts.push(...roundingOfCleared(cleared, grounds));
  return { drafts };
}

/** The keys under which {@link draftEntries} will look for what is booked, as far as the facts say. */
export function keysLookedFor(facts: readonly Pick<FactPostings, 'entries'>[], identity: LedgerIdentity): string[] {
  const keys: string[] = [];
  for (const { entries } of facts) {
    for (const { keyObject, keyId, kind, postings } of entries) {
      if (postings.every((posting) => posting.currency === identity.functionalCurrency)) continue;
      keys.push(keyOfEntry(identity, `${keyObject}/${keyId}/${kind}`));
      for (const { bookedBy } of postings) if (bookedBy) keys.push(keyOfEntry(identity, bookedBy.entry));
    }
  }
  return keys;
}

const keyOfEntry = ({ account, mode }: LedgerIdentity, end: string): string => `stripe/${account}/${mode}/${end}`;

/** An entry that is in the books and says the same keeps its figures: a rate published afterwards changes nothing that stands. */
function standingPostings(key: string, postings: readonly UnvaluedPosting[], booked: BookedEntries): PostingDraft[] | undefined {
  const standing = booked.postingsOf(key);
  const saysTheSame = standing.length === postings.length && postings.every((posting, index) => {
    const other = standing[index];
    return other?.accountCode === posting.accountCode && other.direction === posting.direction && other.amount === posting.amount && other.currency === posting.currency && other.partyId === posting.partyId;
  });
  return saysTheSame ? [...standing] : undefined;
}

/** The day's rate; for what an earlier entry booked, the rate it was booked at. */
function ratesOfEntry({ key, entryDate }: Pick<JournalEntryDraft, 'key' | 'entryDate'>, grounds: EntryGrounds): RateOf {
  return (currency, bookedBy) => {
    if (!bookedBy) return rateOfDay(key, currency, entryDate, grounds);
    const bookingKey = keyOfEntry(grounds.identity, bookedBy.entry);
    const postings = grounds.booked.postingsOf(bookingKey).filter((posting) => posting.currency === currency);
    const posting = postings.findLast(({ accountCode }) => accountCode === bookedBy.accountCode) ?? postings[0];
    return posting?.rate ?? rateOfDay(bookingKey, currency, bookedBy.on, grounds);
  };
}

/** What was booked of which a posting is a share: as it stands, else as its entry will say it. */
function figureOfShare({ accountCode, currency }: UnvaluedPosting, { bookedBy, says }: BookedShare, grounds: EntryGrounds): BookedFigure | undefined {
  const key = keyOfEntry(grounds.identity, bookedBy.entry);
  const isIt = (posting: Pick<PostingDraft, 'accountCode' | 'currency'>): boolean => posting.accountCode === accountCode && posting.currency === currency;
  const standing = grounds.booked.postingsOf(key);
  if (standing.length > 0) return standing.find(isIt);
  const valuation = valuePostings(says(), grounds.identity.functionalCurrency, ratesOfEntry({ key, entryDate: bookedBy.on }, grounds));
  return valuation.isValued ? valuation.postings.find(isIt) : undefined;
}

function rateOfDay(key: string, currency: string, on: LocalDate, { identity, rates, rateFirstTaken }: EntryGrounds): string | undefined {
  const taken = currency === identity.functionalCurrency ? undefined : rateFirstTaken?.(key, currency, on);
  return taken ?? rates.ratesOn(on)(currency);
}

/**
 * What the conversion accounts keep of an entry in functional currency is realised: the difference between the figure at which something was booked
 * and the one at which it went (domain.md §3, Shape). A loss is positive. Its source is the same object under a type of its own: a balance
 * transaction keeps exactly one entry.
 */
function exchangeDifferences(entry: Omit<JournalEntryDraft, 'postings'>, postings: readonly PostingDraft[], functionalCurrency: string): JournalEntryDraft[] {
  let left = 0;
  for (const posting of postings) if (posting.accountCode === accountCodes.currencyConversion) left += posting.direction === 'debit' ? posting.functionalAmount : -posting.functionalAmount;
  if (left === 0) return [];
  const partyId = postings.find((posting) => posting.partyId !== null)?.partyId ?? null;
  const valuation = valuePostings([...signedPosting(accountCodes.realisedExchangeDifferences, left, functionalCurrency, partyId), ...signedPosting(accountCodes.currencyConversion, -left, functionalCurrency, null)], functionalCurrency, () => undefined);
  return valuation.isValued ? [{ ...entry, kind: 'exchange-difference', sourceType: 'exchange-difference', memo: `Exchange difference: ${entry.memo}`, postings: valuation.postings }] : [];
}

/**
 * Parts of a receivable are converted one by one and may come to a cent more or less than the whole was: what is left when it is cleared is a
 * difference too. The receivable has no amount any more, so the least amount goes in and out of it at two figures.
 */
function roundingOfCleared(cleared: ClearedReceivable, grounds: EntryGrounds): JournalEntryDraft[] {
  const { identity, booked } = grounds;
  const { functionalCurrency } = identity;
  const { currency, customerId, invoiceId } = cleared;
  const invoiceKey = keyOfEntry(identity, invoiceBooking(invoiceId, cleared.finalisedOn).entry);
  const rate = booked.postingsOf(invoiceKey).find((posting) => posting.currency === currency)?.rate ?? rateOfDay(invoiceKey, currency, cleared.finalisedOn, grounds);
  if (rate === undefined) return [];
  const functional = (amount: number): number => convertMinorUnits(amount, currency, functionalCurrency, rate, 'half-away-from-zero');
  const left = cleared.partsMinor.reduce((rest, part) => rest - functional(part), functional(cleared.totalMinor));
  if (left === 0) return [];
  const least = { amount: minorUnits(1), currency, rate };
  const [more, less] = [minorUnits(Math.max(0, left)), minorUnits(Math.max(0, -left))];
  const own = { amount: minorUnits(Math.abs(left)), currency: functionalCurrency, functionalAmount: minorUnits(Math.abs(left)), rate: null };
  return [{
    key: keyOfEntry(identity, `invoice/${invoiceId}/exchange-rounding`), entryDate: cleared.clearedOn, kind: 'exchange-difference', sourceType: 'exchange-difference', sourceId: invoiceId, memo: `Exchange difference: rounding of the parts that cleared invoice ${invoiceId}`,
    postings: [
      { ...own, accountCode: accountCodes.realisedExchangeDifferences, direction: left > 0 ? 'debit' : 'credit', partyId: customerId },
      { ...own, accountCode: accountCodes.currencyConversion, direction: left > 0 ? 'credit' : 'debit', partyId: null },
      { ...least, accountCode: accountCodes.currencyConversion, direction: 'debit', functionalAmount: more, partyId: null },
      { ...least, accountCode: accountCodes.currencyConversion, direction: 'credit', functionalAmount: less, partyId: null },
      { ...least, accountCode: accountCodes.receivable, direction: 'debit', functionalAmount: less, partyId: customerId },
      { ...least, accountCode: accountCodes.receivable, direction: 'credit', functionalAmount: more, partyId: customerId },
    ],
  }];
}
