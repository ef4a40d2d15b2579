/**
 * What amounts of several currencies are worth beside each other, and from which amount on one of them reaches a limit that is set in functional currency. Pure. An amount whose rate nobody
 * knows cannot be called small: it has no worth, and reaches every limit.
 */
import { converterBy } from '../../shared/money/money.ts';
import type { RateOf } from '../ledger/valuation.ts';

export interface WorthQuestion {
  readonly functionalCurrency: string;
  readonly rateOf: RateOf;
}

/** From this amount on, in minor units of its currency and without sign. */
export interface LeastAmount {
  readonly currency: string;
  readonly amountMinor: number;
}

/** Minor units of the functional currency, without sign; null where no rate is known. */
export function worthOf(amountMinor: number, currency: string, { functionalCurrency, rateOf }: WorthQuestion): number | null {
  const size = Math.abs(amountMinor);
  if (currency === functionalCurrency) return size;
  const rate = rateOf(currency);
  return rate === undefined ? null : converterBy(currency, functionalCurrency, rate, 'half-away-from-zero')(size);
}

/** The smallest amount of a currency that is worth at least `limitMinor`; the smallest there is, where no rate is known. */
export function leastWorth(limitMinor: number, currency: string, question: WorthQuestion): LeastAmount {
  const reaches = (amountMinor: number): boolean => (worthOf(amountMinor, currency, question) ?? Number.POSITIVE_INFINITY) >= limitMinor;
  let above = 1;
  while (!reaches(above) && above < Number.MAX_SAFE_INTEGER / 2) above *= 2;
  let below = Math.floor(above / 2);
  while (above - below > 1) {
    const middle = Math.floor((above + below) / 2);
    if (reaches(middle)) above = middle;
    else below = middle;
  }
  return { currency, amountMinor: above };
}

/** The inbox narrowed to what reaches these amounts, as its address says it; only the currencies that are named are listed. */
export const leastAmountsText = (least: readonly LeastAmount[]): string => least.map(({ currency, amountMinor }) => `${currency}.${amountMinor}`).join('~');
