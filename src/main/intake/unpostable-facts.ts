/**
 * Facts of which no entry can be made: an amount that cannot be kept exactly, a currency that is none. Each is set aside with its reason and put before a person, and holds up none of the
 * others. Only what reckons for one fact and writes nothing may fail so: an invariant that breaks while something is written rolls back and ends the run, as everywhere. Pure.
 */
import { DaybookError, InvariantError, ValidationError } from '../../shared/errors/errors.ts';
import type { JournalEntryDraft } from '../ledger/journal-entry.ts';
import type { ReviewFinding } from '../ledger/review-items.ts';
import type { UnpostedFact } from './intake.repository.ts';

/** Why nothing can be posted of a fact. */
export interface Unpostable {
  readonly unpostable: DaybookError;
}

/** The reason a fact waits for, and the code of its review item. */
export const codeOfUnpostable = 'fact-not-postable';

/**
 * Minor units that one posting may have: ten million million dollars. A number holds nine times as much exactly, so that what is read of an account, of a day or of a month is exact even if
 * some of its facts are absurd.
 */
export const largestPosting = 1_000_000_000_000_000;

/** The drafts as they are. @throws InvariantError `posting-too-large` when a posting is larger than {@link largestPosting}. */
export function assertPostable(drafts: readonly JournalEntryDraft[]): readonly JournalEntryDraft[] {
  for (const { key, postings } of drafts) {
    if (postings.some(({ amount, functionalAmount }) => amount > largestPosting || functionalAmount > largestPosting)) throw new InvariantError('posting-too-large', 'Its amount is larger than any that is posted.', { data: { key } });
  }
  return drafts;
}

/** What was reckoned for one fact, or why it could not be. Whatever else went wrong is thrown on. */
export function whilePostable<Result>(reckon: () => Result): Result | Unpostable {
  try {
    return reckon();
  } catch (error) {
    if (error instanceof InvariantError || error instanceof ValidationError) return { unpostable: error };
    throw error;
  }
}

export const reasonOfUnpostable = ({ unpostable }: Unpostable): string => `No entry can be made of it: ${unpostable.message} (${unpostable.code})`;

const subjectTypes: Readonly<Record<UnpostedFact['object_type'], string>> = { balance_transaction: 'stripe-balance-transaction', invoice: 'stripe-invoice', credit_note: 'stripe-credit-note', customer_balance_transaction: 'stripe-customer-balance-transaction' };

/** The review item of a fact. @param why left out where only its name is wanted. */
export function findingOfUnpostable({ object_type: type, object_id: id }: Pick<UnpostedFact, 'object_type' | 'object_id'>, why?: Unpostable): ReviewFinding {
  return { code: codeOfUnpostable, subjectType: subjectTypes[type], subjectId: id, message: `Nothing is posted of ${id}.${why ? ` ${reasonOfUnpostable(why)}` : ''}`, data: { cause: why?.unpostable.code ?? null } };
}
