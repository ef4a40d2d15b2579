/**
 * What money that goes back, or comes back, is about where the gateway's amounts alone do not say it: a refund that is made again after it failed, a dispute that is won in part. Pure.
 */
import { mulDiv, parseDecimal } from '../../shared/money/money.ts';

/** A refund of a payment, in the currency of the payment. */
export interface RefundMove {
  readonly id: string;
  readonly amountMinor: number;
  /** What a credit note had announced of it. */
  readonly announcedMinor: number;
  /** Epoch milliseconds by the gateway's clock, as is `failedAt`: when the customer's bank gave it back. */
  readonly at: number;
  readonly failedAt: number | null;
}

/**
 * Of each refund what pays what an earlier one left owed: a refund that failed stands in refunds payable, and money that is sent again goes from there. Only what goes beyond the payment is
 * certain to be that: a payment of 100.00 cannot be taken back twice. Less than that may be a refund of its own.
 * @param paidMinor what was captured.
 * @returns minor units by refund, none where nothing is paid anew.
 */
export function refundsPaidAnew(refunds: readonly RefundMove[], paidMinor: number): ReadonlyMap<string, number> {
  const moves = refunds.flatMap((refund) => [
    { refund, at: refund.at, isFailure: false },
    ...(refund.failedAt === null ? [] : [{ refund, at: Math.max(refund.failedAt, refund.at + 1), isFailure: true }]),
  ]);
  const anew = new Map<string, number>();
  let [owedMinor, countedMinor] = [0, 0];
  for (const { refund, isFailure } of moves.toSorted((one, other) => one.at - other.at || Number(other.isFailure) - Number(one.isFailure) || (one.refund.id < other.refund.id ? -1 : 1))) {
    const { id, amountMinor, announcedMinor } = refund;
    if (isFailure) {
      owedMinor += amountMinor;
      continue;
    }
    const again = Math.max(0, Math.min(amountMinor - announcedMinor, owedMinor, countedMinor + amountMinor - paidMinor));
    owedMinor -= again;
    countedMinor += amountMinor - again;
    if (again > 0) anew.set(id, again);
  }
  return anew;
}

/** A movement of a dispute in the currency of the balance: its size, and the rate from the dispute's currency where the gateway says it. */
export interface DisputeMove {
  readonly amountMinor: number;
  readonly exchangeRate: string | null;
}

/**
 * What a reinstatement returns of a dispute in another currency than the balance's: its share of what was withdrawn, each at its own rate. Rates that are not told may differ, so that
 * nearly all is taken for all: what is left of it is the exchange's.
 * @param disputeMinor the dispute's amount, in its own currency.
 */
export function partReturned(disputeMinor: number, withdrawn: DisputeMove | undefined, returned: DisputeMove): number {
  if (!withdrawn || withdrawn.amountMinor === 0 || returned.amountMinor === 0) return disputeMinor;
  const [then, now] = [withdrawn, returned].map(({ exchangeRate }) => (exchangeRate !== null && /^\d+(\.\d+)?$/.test(exchangeRate) ? parseDecimal(exchangeRate) : undefined));
  if (!then || !now || then.numerator === 0n || now.numerator === 0n) {
    return returned.amountMinor * 5 >= withdrawn.amountMinor * 4 ? disputeMinor : mulDiv(disputeMinor, returned.amountMinor, withdrawn.amountMinor, 'half-away-from-zero');
  }
  const part = mulDiv(disputeMinor, BigInt(returned.amountMinor) * then.numerator * now.denominator, BigInt(withdrawn.amountMinor) * now.numerator * then.denominator, 'half-away-from-zero');
  // Both were rounded to minor units of the balance.
  const worthOfOne = (move: DisputeMove): number => mulDiv(disputeMinor, 1, move.amountMinor, 'half-away-from-zero') + 1;
  const roundingMinor = worthOfOne(returned) + worthOfOne(withdrawn);
  return part >= disputeMinor - roundingMinor ? disputeMinor : part;
}
