/**
 * A match in the books (domain.md §3). Pure.
 *
 * A payout, and money of an invoice that was paid outside Stripe: Dr bank / Cr cash in transit, at the functional figure at which it went into transit, so that nothing is realised by the mere arrival. A receipt, and what was paid to
 * a customer, stands on bank already (receivable-postings.ts), and moves only to a bank account with a ledger account of its own. Across currencies both legs pass through conversion, and what the bank's rate made of it is
 * realised in functional currency. What lines and parts differ by goes to the account a person or a rule named.
 *
 * The key of an arrival follows the payout, not the match: whichever desk says that it arrived, it did so once (docs/adr/0034). Its memo names the match, so that one made otherwise is
 * another input, which is refused.
 */
import type { LocalDate } from '../../shared/calendar/local-date.ts';
import { convertMinorUnits, minorUnits } from '../../shared/money/money.ts';
import { accountCodes } from '../ledger/account-codes.ts';
import type { JournalEntryDraft, PostingDraft } from '../ledger/journal-entry.ts';

/** What a part of a match takes off the account on which it waited. */
export interface MatchLeg {
  readonly kind: 'payout' | 'outside-payment' | 'receipt' | 'repayment';
  readonly objectId: string;
  readonly label: string;
  /** Cash in transit of a payout and of a payment outside Stripe, bank of a receipt and of a repayment. */
  readonly accountCode: string;
  /** Signed as the bank signs it, in the leg's own currency. */
  readonly minor: number;
  readonly currency: string;
  /** Of `minor`, as it was booked. */
  readonly functional: number;
  readonly rate: string | null;
  /** What arrived of it, in the bank account's currency. */
  readonly arrivedMinor: number;
  /** Of a payout: its first arrival is 1; one that is said again after it was taken back is the next. */
  readonly arrival: number;
}

export interface BookedMatch {
  readonly id: string;
  readonly on: LocalDate;
  readonly bankAccountCode: string;
  readonly currency: string;
  readonly functionalCurrency: string;
  /** Functional units for one of the account's currency on the day; null in functional currency, undefined while it is not known. */
  readonly rate: string | null | undefined;
  readonly legs: readonly MatchLeg[];
  readonly residualMinor: number;
  readonly residualAccount: string | null;
  readonly memo: string;
}

export const matchKey = (matchId: string, part: string): string => `bank-match/${matchId}/${part}`;
/** What the entry of an arrival is called. */
export const arrivalKinds = { payout: 'payout-arrived', 'outside-payment': 'payment-arrived' } as const;
export const arrivalSource = 'bank-payout';
export const arrivalKeyStart = 'bank-payout/';
/** What makes the arrival of a payout, or of a payment outside Stripe, the same entry on every desk. */
export const arrivalKey = (payoutId: string, arrival: number): string => `${arrivalKeyStart}${payoutId}/${arrival}`;

interface Amount {
  /** Signed: positive is a debit. */
  readonly minor: number;
  readonly functional: number;
  readonly currency: string;
  readonly rate: string | null;
}

/** Whether the day's rate is needed: to value what arrives in another currency than it left in, or a difference. */
export function needsRate(match: Pick<BookedMatch, 'currency' | 'functionalCurrency' | 'legs' | 'residualMinor'>): boolean {
  return match.currency !== match.functionalCurrency && (match.residualMinor !== 0 || match.legs.some((leg) => leg.currency !== match.currency));
}

export function entriesOfMatch(match: BookedMatch): JournalEntryDraft[] {
  const entries = match.legs.flatMap((leg) => entryOfLeg(match, leg));
  const residual = entryOfResidual(match);
  return residual ? [...entries, residual] : entries;
}

function valueOnDay(match: BookedMatch, minor: number): number {
  if (match.currency === match.functionalCurrency) return minor;
  return convertMinorUnits(minor, match.currency, match.functionalCurrency, match.rate ?? '0', 'half-away-from-zero');
}

const wordsOfArrival = ({ kind, minor }: Pick<MatchLeg, 'kind' | 'minor'>): string => (kind === 'payout' ? 'Payout' : minor < 0 ? 'Paid back for credit note' : 'Payment of invoice');

function entryOfLeg(match: BookedMatch, leg: MatchLeg): JournalEntryDraft[] {
  const left: Amount = { minor: leg.minor, functional: leg.functional, currency: leg.currency, rate: leg.rate };
  const isSame = leg.currency === match.currency;
  if (isSame && leg.accountCode === match.bankAccountCode) return [];
  const arrived: Amount = isSame ? left : { minor: leg.arrivedMinor, functional: valueOnDay(match, leg.arrivedMinor), currency: match.currency, rate: match.rate ?? null };
  const postings = isSame
    ? [...debit(match.bankAccountCode, arrived), ...credit(leg.accountCode, left)]
    : [...debit(match.bankAccountCode, arrived), ...credit(accountCodes.currencyConversion, arrived), ...debit(accountCodes.currencyConversion, left), ...credit(leg.accountCode, left), ...realised(match, left.functional - arrived.functional)];
  if (leg.kind === 'payout' || leg.kind === 'outside-payment') return [{ key: arrivalKey(leg.objectId, leg.arrival), entryDate: match.on, kind: arrivalKinds[leg.kind], sourceType: arrivalSource, sourceId: leg.objectId, memo: `${wordsOfArrival(leg)} ${leg.label} on the bank statement (match ${match.id.slice(0, 8)})`, postings }];
  return [{ key: matchKey(match.id, `${leg.kind}/${leg.objectId}`), entryDate: match.on, kind: 'bank-transfer', sourceType: 'bank-match', sourceId: match.id, memo: `${leg.kind === 'receipt' ? 'Receipt' : 'Repayment'} ${leg.label} on the bank statement`, postings }];
}

/** @param lossMinor functional currency: positive where less arrived than left. */
function realised(match: BookedMatch, lossMinor: number): PostingDraft[] {
  if (lossMinor === 0) return [];
  const amount: Amount = { minor: lossMinor, functional: lossMinor, currency: match.functionalCurrency, rate: null };
  return [...debit(accountCodes.realisedExchangeDifferences, amount), ...credit(accountCodes.currencyConversion, amount)];
}

function entryOfResidual(match: BookedMatch): JournalEntryDraft | null {
  if (match.residualMinor === 0 || match.residualAccount === null) return null;
  const amount: Amount = { minor: match.residualMinor, functional: valueOnDay(match, match.residualMinor), currency: match.currency, rate: match.rate ?? null };
  return {
    key: matchKey(match.id, 'residual'), entryDate: match.on, kind: match.legs.length === 0 ? 'bank-line' : 'bank-residual', sourceType: 'bank-match', sourceId: match.id, memo: match.memo,
    postings: [...debit(match.bankAccountCode, amount), ...credit(match.residualAccount, amount)],
  };
}

const debit = (accountCode: string, amount: Amount): PostingDraft[] => posting(accountCode, amount, 1);
const credit = (accountCode: string, amount: Amount): PostingDraft[] => posting(accountCode, amount, -1);

function posting(accountCode: string, { minor, functional, currency, rate }: Amount, side: 1 | -1): PostingDraft[] {
  if (minor === 0) return [];
  return [{ accountCode, direction: minor * side > 0 ? 'debit' : 'credit', amount: minorUnits(Math.abs(minor)), currency, functionalAmount: minorUnits(Math.abs(functional)), rate, partyId: null }];
}
