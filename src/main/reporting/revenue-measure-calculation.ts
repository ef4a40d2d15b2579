/** From what moved month by month to the measures of a month or a range (domain.md §7). Pure; ratios in basis points, half away from zero. */
import { addMonths, monthsFromTo, type Month } from '../../shared/calendar/local-date.ts';
import { mulDiv } from '../../shared/money/money.ts';
import { averageRevenuePerAccount, basisPoints, ratiosOf, type MonthMovements } from './revenue-ratios.ts';
import type { MonthMove } from './revenue-sum-scope.ts';

/** A stretch of months: where MRR and customers started, what moved them, where they ended. */
export interface Stretch extends MonthMovements {
  readonly from: Month;
  readonly to: Month;
  readonly exchangeRateMinor: number;
  readonly endMinor: number;
  readonly customersAtStart: number;
  readonly customersJoined: number;
  readonly customersLeft: number;
  readonly customersAtEnd: number;
}

const fieldOf = { new: 'newMinor', expansion: 'expansionMinor', contraction: 'contractionMinor', churn: 'churnMinor', reactivation: 'reactivationMinor', 'exchange-rate': 'exchangeRateMinor' } as const;

/** @param moves all of a scope up to the range's end. @param amountOf which of a move's amounts: its own or the functional one. */
export function stretchOf(moves: readonly MonthMove[], from: Month, to: Month, amountOf: (move: MonthMove) => number = (move) => move.amountMinor): Stretch {
  const sums = { startMinor: 0, newMinor: 0, expansionMinor: 0, contractionMinor: 0, churnMinor: 0, reactivationMinor: 0, exchangeRateMinor: 0, endMinor: 0, customersAtStart: 0, customersJoined: 0, customersLeft: 0, customersAtEnd: 0 };
  for (const move of moves) {
    if (move.month > to) continue;
    const amount = amountOf(move);
    sums.endMinor += amount;
    sums.customersAtEnd += move.joined - move.left;
    if (move.month < from) {
      sums.startMinor += amount;
      sums.customersAtStart += move.joined - move.left;
    } else {
      sums[fieldOf[move.kind]] += amount;
      sums.customersJoined += move.joined;
      sums.customersLeft += move.left;
    }
  }
  return { from, to, ...sums };
}

export interface RecurringFigures {
  readonly grossChurn: number | null;
  readonly netChurn: number | null;
  readonly netRevenueRetention: number | null;
  readonly grossRevenueRetention: number | null;
  readonly quickRatio: number | null;
  /** Customers that left ÷ customers at the start. */
  readonly logoChurn: number | null;
  readonly averageRevenuePerAccount: number | null;
  /** ARPA ÷ the logo churn of a month, that of a longer range being spread evenly over its months; null when nobody left. */
  readonly lifetimeValue: number | null;
}

export function figuresOf(stretch: Stretch): RecurringFigures {
  const arpa = averageRevenuePerAccount(stretch.endMinor, stretch.customersAtEnd);
  const months = monthsFromTo(stretch.from, stretch.to).length;
  return {
    ...ratiosOf(stretch), logoChurn: basisPoints(stretch.customersLeft, stretch.customersAtStart), averageRevenuePerAccount: arpa,
    lifetimeValue: arpa === null || stretch.customersLeft === 0 || stretch.customersAtStart === 0 ? null : mulDiv(arpa, months * stretch.customersAtStart, stretch.customersLeft, 'half-away-from-zero'),
  };
}

export interface MonthRange {
  readonly from: Month;
  readonly to: Month;
}

/** The range to compare with: as long and right before, or the same months a year earlier. */
export function comparedRange({ from, to }: MonthRange, comparison: 'previous-period' | 'previous-year'): MonthRange {
  const back = comparison === 'previous-year' ? 12 : monthsFromTo(from, to).length;
  return { from: addMonths(from, -back), to: addMonths(to, -back) };
}
