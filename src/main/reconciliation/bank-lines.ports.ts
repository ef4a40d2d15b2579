/**
 * What the work on differences, the close and Today ask of the bank. {@link noBankStatements} stands for a desk that has read no statement.
 */
import type { LocalDate } from '../../shared/calendar/local-date.ts';

export interface BankLineView {
  readonly id: string;
  readonly bookedOn: LocalDate;
  /** Positive: money came in. */
  readonly amountMinor: number;
  readonly currency: string;
  readonly text: string;
  /** A path of the window. */
  readonly link: string;
}

export interface BankLines {
  /** Whether any statement was ever read: without one nothing can be said of the bank. */
  hasStatements(): boolean;
  /** Lines booked before a day (exclusive) that nothing is matched to: how many, and what they come to per currency without their signs. */
  unmatched(before: LocalDate): { readonly count: number; readonly amounts: readonly { readonly amount: number; readonly currency: string }[] };
  /** The lines matched to an object: a payout, a payment, a payout's transaction. */
  linesOf(objectIds: readonly string[]): readonly BankLineView[];
  /** Of these payouts, those that whole statements of their days should show and no line is matched to. */
  payoutsWithoutLine(payoutIds: readonly string[]): readonly string[];
}

/** No statement was read: nothing is unmatched, and nothing is missed. */
export const noBankStatements: BankLines = { hasStatements: () => false, unmatched: () => ({ count: 0, amounts: [] }), linesOf: () => [], payoutsWithoutLine: () => [] };
