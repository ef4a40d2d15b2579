/**
 * The ratios of recurring revenue (domain.md §7) in basis points, half away from zero; null where the denominator is zero: not applicable.
 */
import { minorUnits, type MinorUnits } from '../../shared/money/money.ts';
import { divideRounded } from '../../shared/money/rounding.ts';

/** A month's start and its signed movements: contraction and churn are negative. */
export interface MonthMovements {
  readonly startMinor: number;
  readonly newMinor: number;
  readonly expansionMinor: number;
  readonly contractionMinor: number;
  readonly churnMinor: number;
  readonly reactivationMinor: number;
}

export interface RevenueRatios {
  /** (churn + contraction) ÷ start */
  readonly grossChurn: number | null;
  /** (churn + contraction − expansion − reactivation) ÷ start */
  readonly netChurn: number | null;
  /** (start + expansion − contraction − churn) ÷ start: new and reactivation are out */
  readonly netRevenueRetention: number | null;
  /** (start − contraction − churn) ÷ start */
  readonly grossRevenueRetention: number | null;
  /** (new + expansion + reactivation) ÷ (contraction + churn) */
  readonly quickRatio: number | null;
}

export function basisPoints(numerator: number, denominator: number): number | null {
  if (denominator === 0) return null;
  return Number(divideRounded(BigInt(numerator) * 10_000n, BigInt(denominator), 'half-away-from-zero'));
}

export function ratiosOf(month: MonthMovements): RevenueRatios {
  const start = month.startMinor;
  const lost = -month.contractionMinor - month.churnMinor;
  return {
    grossChurn: basisPoints(lost, start),
    netChurn: basisPoints(lost - month.expansionMinor - month.reactivationMinor, start),
    netRevenueRetention: basisPoints(start + month.expansionMinor - lost, start),
    grossRevenueRetention: basisPoints(start - lost, start),
    quickRatio: basisPoints(month.newMinor + month.expansionMinor + month.reactivationMinor, lost),
  };
}

/** Net revenue retention over twelve months: the start of the first, the expansion, contraction and churn of all. null with fewer months. */
export function twelveMonthRetention(months: readonly MonthMovements[]): number | null {
  const first = months[0];
  if (months.length !== 12 || !first) return null;
  const sum = (pick: (month: MonthMovements) => number): number => months.reduce((total, month) => total + pick(month), 0);
  return basisPoints(first.startMinor + sum((month) => month.expansionMinor) + sum((month) => month.contractionMinor) + sum((month) => month.churnMinor), first.startMinor);
}

/** ARPA: MRR ÷ customers; null without customers. */
export function averageRevenuePerAccount(mrrMinor: number, customers: number): MinorUnits | null {
  return customers === 0 ? null : minorUnits(divideRounded(BigInt(mrrMinor), BigInt(customers), 'half-away-from-zero'));
}
