/**
 * How well a payment that a store lacks and a record that Stripe does not list fit each other by what they say, where no id brings them together (domain.md §6, “then by attributes”).
 */
import { daysBetween, type LocalDate } from '../../shared/calendar/local-date.ts';

/** Farther apart than this, an equal amount says nothing. */
export const mostDaysApart = 4;

/** One of two that sum to nothing in the same currency. */
export interface CounterpartSide {
  readonly occurredOn: LocalDate;
  /** null: the store does not say. */
  readonly feeMinor: number | null;
  readonly status: string | null;
}

export interface CounterpartFit {
  /** Basis points: 10,000 would be certain, which attributes alone never are. */
  readonly score: number;
  /** Sentences for a person, the strongest first. */
  readonly reasons: string[];
}

/** @param isAmbiguous whether something else fits as well. What neither of them says counts for nothing. */
export function fitOfCounterparts(one: CounterpartSide, other: CounterpartSide, isAmbiguous: boolean): CounterpartFit {
  const days = Math.abs(daysBetween(one.occurredOn, other.occurredOn));
  const isFeeEqual = one.feeMinor !== null && one.feeMinor === other.feeMinor;
  const isStatusEqual = one.status !== null && one.status === other.status;
  return {
    score: 8_000 - days * 400 + (isFeeEqual ? 1_000 : 0) + (isStatusEqual ? 500 : 0) - (isAmbiguous ? 2_000 : 0),
    reasons: [
      'The same amount in the same currency.', days === 0 ? 'Of the same day.' : `${days} ${days === 1 ? 'day' : 'days'} apart.`,
      ...(isFeeEqual ? ['The same fee.'] : []), ...(isStatusEqual ? ['The same status.'] : []), ...(isAmbiguous ? ['Something else fits as well.'] : []),
    ],
  };
}
