/**
 * The entry that puts a difference right in the books (domain.md §6): an adjustment between two named accounts, or a write-off of what is not worth pursuing. Pure.
 */
import type { LocalDate } from '../../shared/calendar/local-date.ts';
import { ValidationError } from '../../shared/errors/errors.ts';
import { minorUnits } from '../../shared/money/money.ts';
import { accountCodes } from '../ledger/account-codes.ts';
import type { JournalEntryDraft } from '../ledger/journal-entry.ts';
import { valuePostings, type RateOf, type UnvaluedPosting } from '../ledger/valuation.ts';

export interface AdjustmentOrder {
  readonly kind: 'post-adjustment' | 'write-off';
  readonly debitAccount: string;
  readonly creditAccount: string;
  /** Greater than zero. */
  readonly amountMinor: number;
  readonly currency: string;
  readonly memo: string;
}

/** A difference as far as a write-off asks. */
export interface WrittenOff {
  readonly level: string;
  readonly reason: string;
  /** What Stripe says minus what the store says, gross; minor units. */
  readonly amountMinor: number;
  readonly currency: string;
  readonly objectId: string;
  /** JSON, as runs keep it: the store, and what both sides say. */
  readonly detail: string;
}

interface Side {
  readonly amountMinor: number;
  readonly feeMinor: number | null;
  readonly currency: string;
}

/** Money that went back and still waits on an account for somebody to say what it is: the clearing account is right already. */
const heldReasons: readonly string[] = ['orphan-refund', 'dispute-without-write-off'];
const netOf = (side: Side | null | undefined): number => (side ? side.amountMinor - (side.feeMinor ?? 0) : 0);

/**
 * What a write-off would put right: the clearing account by a signed amount, net of fees as the balance at Stripe moves; or money that is held. null: neither, so that a write-off would make a
 * difference where there is none (records of the company, bank lines, payouts that are not their transactions, two currencies).
 */
export function writeOffNeed({ level, reason, amountMinor, detail }: Pick<WrittenOff, 'level' | 'reason' | 'amountMinor' | 'detail'>): { readonly on: 'clearing'; readonly movementMinor: number } | { readonly on: 'held' } | null {
  const { store, stripe, other } = JSON.parse(detail) as { readonly store?: string; readonly stripe?: Side | null; readonly other?: Side | null };
  if (store === 'payment_history' || store === 'bank' || level === 'bank') return null;
  if (heldReasons.includes(reason)) return { on: 'held' };
  if (level === 'payouts') return reason === 'balance-not-proved' ? { on: 'clearing', movementMinor: amountMinor } : null;
  if (stripe && other && stripe.currency !== other.currency) return null;
  return { on: 'clearing', movementMinor: amountMinor !== 0 && (stripe || other) ? netOf(stripe) - netOf(other) : amountMinor };
}

/**
 * What a write-off posts: the clearing account comes to what the gateway says, or what is held leaves the account it waits on; the other side is a cost or, where the gateway has more than the books, less of one.
 * @param held what the entries of the transaction left waiting, signed debits − credits in minor units, and on which account; asked only where something is held.
 * @throws ValidationError `difference-not-in-books`, `write-off-elsewhere`; `nothing-to-write-off` for a difference without an amount.
 */
export function writeOffOrder(difference: WrittenOff, reason: string, held: () => { readonly accountCode: string; readonly amountMinor: number } | undefined): AdjustmentOrder {
  const { currency, objectId, detail } = difference;
  const need = writeOffNeed(difference);
  if (need === null) throw notWritableOff((JSON.parse(detail) as { readonly store?: string }).store === 'payment_history');
  const waiting = need.on === 'held' ? held() : undefined;
  const account = waiting?.accountCode ?? accountCodes.stripeClearing;
  const movementMinor = need.on === 'held' ? -(waiting?.amountMinor ?? 0) : need.movementMinor;
  if (movementMinor === 0) throw new ValidationError('nothing-to-write-off', 'The amounts agree: there is nothing to write off.', { nextStep: 'Resolve it with a note, or mark it as timing.' });
  const [debitAccount, creditAccount] = movementMinor < 0 ? [accountCodes.badDebt, account] : [account, accountCodes.badDebt];
  return { kind: 'write-off', debitAccount, creditAccount, amountMinor: Math.abs(movementMinor), currency, memo: `Difference of ${objectId} written off: ${reason}` };
}

/** An entry would make a difference in the books where there is none. */
export const differenceNotInBooks = (): ValidationError =>
  new ValidationError('difference-not-in-books', 'Stripe and the books agree here; only the company’s own records differ. Nothing was posted.', { nextStep: 'Have the record put right by the back end, or ignore it with a reason.' });

function notWritableOff(isRecord: boolean): ValidationError {
  return isRecord
    ? differenceNotInBooks()
    : new ValidationError('write-off-elsewhere', 'A write-off brings Stripe’s clearing account to what Stripe says, and that account has no part in this difference. Nothing was posted.', { nextStep: 'Match the bank line under Reconciliation, Bank, or post an adjustment between the accounts it is about.' });
}

/** What makes the entry of a step the same everywhere: the step is a person's act with an id of its own. */
export const adjustmentKey = (discrepancyId: string, stepId: string): string => `discrepancy/${discrepancyId}/${stepId}`;

/**
 * @param rateOf the rates of the entry's day.
 * @throws ValidationError `adjustment-invalid`: no amount, or one account twice; `exchange-rate-missing`.
 */
export function entryOfAdjustment(order: AdjustmentOrder, place: { readonly key: string; readonly discrepancyId: string; readonly entryDate: LocalDate; readonly functionalCurrency: string; readonly rateOf: RateOf }): JournalEntryDraft {
  const { debitAccount, creditAccount, amountMinor, currency } = order;
  if (!Number.isSafeInteger(amountMinor) || amountMinor <= 0 || debitAccount === creditAccount) {
    throw new ValidationError('adjustment-invalid', 'An adjustment moves an amount greater than zero from one account to another.', { data: { amountMinor, debitAccount, creditAccount }, nextStep: 'Choose two different accounts and an amount.' });
  }
  const lines: UnvaluedPosting[] = [
    { accountCode: debitAccount, direction: 'debit', amount: minorUnits(amountMinor), currency, partyId: null },
    { accountCode: creditAccount, direction: 'credit', amount: minorUnits(amountMinor), currency, partyId: null },
  ];
  const valuation = valuePostings(lines, place.functionalCurrency, place.rateOf);
  if (!valuation.isValued) {
    throw new ValidationError('exchange-rate-missing', `No rate from ${currency.toUpperCase()} to ${place.functionalCurrency.toUpperCase()} is known for ${place.entryDate}. Nothing was posted.`, { data: { currency, on: place.entryDate }, nextStep: 'Import the exchange rates, then post it again.' });
  }
  return {
    key: place.key, entryDate: place.entryDate, kind: order.kind === 'write-off' ? 'reconciliation-write-off' : 'reconciliation-adjustment', sourceType: 'discrepancy', sourceId: place.discrepancyId, memo: order.memo, postings: valuation.postings,
  };
}

/** The amount in functional currency, by which the limit is measured. */
export const functionalMinorOf = (entry: JournalEntryDraft): number => entry.postings.reduce((sum, posting) => sum + (posting.direction === 'debit' ? posting.functionalAmount : 0), 0);
