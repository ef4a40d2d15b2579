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

/**
 * What a write-off posts: the clearing account comes to what the gateway says, the other side is a cost or, where the gateway has more than the books, less of one.
 * @param amountMinor what Stripe says minus what the store says.
 * @throws ValidationError `nothing-to-write-off` for a difference without an amount.
 */
export function writeOffOrder(difference: { readonly amountMinor: number; readonly currency: string; readonly objectId: string }, reason: string): AdjustmentOrder {
  const { amountMinor, currency, objectId } = difference;
  if (amountMinor === 0) throw new ValidationError('nothing-to-write-off', 'The amounts agree: there is nothing to write off.', { nextStep: 'Resolve it with a note, or mark it as timing.' });
  const [debitAccount, creditAccount] = amountMinor < 0 ? [accountCodes.badDebt, accountCodes.stripeClearing] : [accountCodes.stripeClearing, accountCodes.badDebt];
  return { kind: 'write-off', debitAccount, creditAccount, amountMinor: Math.abs(amountMinor), currency, memo: `Difference of ${objectId} written off: ${reason}` };
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
