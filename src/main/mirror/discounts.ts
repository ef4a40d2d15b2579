/**
 * Which coupons last for ever on a line: those reduce MRR, others do not (domain.md §7). Pure.
 */
import { minorUnits, parseDecimal, type MinorUnits } from '../../shared/money/money.ts';
import { divideRounded } from '../../shared/money/rounding.ts';

export interface CouponTerms {
  readonly duration: string;
  /** Decimal text; null for a coupon of a fixed amount. */
  readonly percentOff: string | null;
  /** What a coupon of a fixed amount takes off in all, before it is split over lines; left out for a percentage. */
  readonly amountOff?: { readonly minor: number; readonly currency: string } | undefined;
}

/** Finds coupons that the mirror already knows. */
export type CouponOf = (couponId: string) => CouponTerms | undefined;

const wholePercent = 1_000_000n; // 100 % in ten-thousandths of a percent

function percentText(scaled: bigint): string {
  const text = String(scaled).padStart(5, '0');
  return `${text.slice(0, -4)}.${text.slice(-4)}`.replace(/\.?0+$/, '');
}

/**
 * The percent that forever coupons take off together, one after the other: 10 % and 20 % make 28 %.
 * @param discountIds the discounts in force on the line.
 * @returns '0' when none lasts for ever; null when a discount is named that nobody can resolve.
 */
export function foreverPercentOff(discountIds: Iterable<string>, terms: ReadonlyMap<string, CouponTerms>): string | null {
  let remaining = wholePercent;
  for (const id of discountIds) {
    const coupon = terms.get(id);
    if (!coupon) return null;
    if (coupon.duration === 'forever' && coupon.percentOff !== null) remaining = less(remaining, coupon.percentOff);
  }
  return remaining === wholePercent ? '0' : percentText(wholePercent - remaining);
}

/**
 * What forever coupons of a fixed amount take off a line, in minor units: the shares that the gateway split them into over the lines they cover, each less the
 * percentages that came after it, so that price less percentages less this is what was billed.
 * @param parts what each discount took off the line, in the order they were applied.
 */
export function foreverAmountOff(parts: readonly { readonly discountId: string | null; readonly amountMinor: number }[], terms: ReadonlyMap<string, CouponTerms>): MinorUnits {
  let off = 0n;
  for (const { discountId, amountMinor } of parts) {
    const coupon = discountId === null ? undefined : terms.get(discountId);
    if (coupon?.duration !== 'forever') continue;
    off = coupon.percentOff === null ? off + BigInt(amountMinor) * wholePercent : less(off, coupon.percentOff);
  }
  return minorUnits(divideRounded(off, wholePercent, 'half-away-from-zero'));
}

function less(amount: bigint, percentOff: string): bigint {
  const percent = parseDecimal(percentOff);
  return (amount * (wholePercent - (percent.numerator * 10_000n) / percent.denominator)) / wholePercent;
}
