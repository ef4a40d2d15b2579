/**
 * Exact ratios of integers with a rounding that is always named. Floating point never touches money here.
 */
import { InvariantError } from '../errors/errors.ts';

/**
 * How a value between two whole minor units is brought to one of them.
 * - `half-away-from-zero`: the default of domain.md §4, so that a reversal is the exact negation.
 * - `half-even`: banker's rounding.
 * - `down`: towards zero. `up`: away from zero. `floor` and `ceiling`: towards −∞ and +∞.
 */
export type Rounding = 'half-away-from-zero' | 'half-even' | 'down' | 'up' | 'floor' | 'ceiling';

/**
 * numerator / denominator as a whole number.
 * @throws InvariantError when the denominator is zero.
 */
export function divideRounded(numerator: bigint, denominator: bigint, rounding: Rounding): bigint {
  if (denominator === 0n) throw new InvariantError('division-by-zero', 'A ratio with a zero denominator was asked for.');
  const isNegative = numerator < 0n !== denominator < 0n;
  const n = numerator < 0n ? -numerator : numerator;
  const d = denominator < 0n ? -denominator : denominator;
  const quotient = n / d;
  const remainder = n % d;
  const magnitude = remainder === 0n ? quotient : quotient + (roundsAway(quotient, remainder * 2n, d, isNegative, rounding) ? 1n : 0n);
  return isNegative ? -magnitude : magnitude;
}

function roundsAway(quotient: bigint, twiceRemainder: bigint, divisor: bigint, isNegative: boolean, rounding: Rounding): boolean {
  switch (rounding) {
    case 'half-away-from-zero':
      return twiceRemainder >= divisor;
    case 'half-even':
      return twiceRemainder > divisor || (twiceRemainder === divisor && quotient % 2n === 1n);
    case 'down':
      return false;
    case 'up':
      return true;
    case 'floor':
      return isNegative;
    case 'ceiling':
      return !isNegative;
  }
}
