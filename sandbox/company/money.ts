/** The generator's own arithmetic of money: whole minor units, rounding half away from zero. Deliberately not shared with src/. */

export type Currency = 'usd' | 'eur' | 'gbp' | 'jpy' | 'kwd';
export const currencies: readonly Currency[] = ['usd', 'eur', 'gbp', 'jpy', 'kwd'];

const exponents: Record<Currency, number> = { usd: 2, eur: 2, gbp: 2, jpy: 0, kwd: 3 };
/** Below this Stripe takes no payment: the sum stays on the customer's balance. */
const smallestCharges: Record<Currency, number> = { usd: 50, eur: 50, gbp: 30, jpy: 50, kwd: 150 };

export function exponentOf(currency: Currency): number {
  return exponents[currency];
}

export function smallestCharge(currency: Currency): number {
  return smallestCharges[currency];
}

/** JPY and KWD customers settle to USD; the others in their own currency. */
export function settlementCurrencyOf(currency: Currency): 'usd' | 'eur' | 'gbp' {
  return currency === 'eur' || currency === 'gbp' ? currency : 'usd';
}

/** amount × numerator ÷ denominator, half away from zero. */
export function mulDiv(amount: number, numerator: number, denominator: number): number {
  const product = amount * numerator;
  const size = Math.abs(product);
  if (size > Number.MAX_SAFE_INTEGER / 2) {
    return mulDivWide(amount, numerator, denominator);
  }
  const remainder = size % denominator;
  const quotient = (size - remainder) / denominator + (remainder * 2 >= denominator ? 1 : 0);
  return product < 0 ? -quotient : quotient;
}

function mulDivWide(amount: number, numerator: number, denominator: number): number {
  const product = BigInt(amount) * BigInt(numerator);
  const size = product < 0n ? -product : product;
  const divisor = BigInt(denominator);
  const quotient = Number((size * 2n + divisor) / (divisor * 2n));
  return product < 0n ? -quotient : quotient;
}

/** As mulDiv, in a currency's smallest payable step: a KWD amount always ends in 0. */
export function shareOf(currency: Currency, amount: number, numerator: number, denominator: number): number {
  return currency === 'kwd' ? mulDiv(amount, numerator, denominator * 10) * 10 : mulDiv(amount, numerator, denominator);
}

/**
 * Converts minor units into US cents by a rate in millionths of a US dollar for one major unit of `currency`.
 */
export function convertToUsd(amount: number, currency: Currency, rateMicros: number): number {
  if (currency === 'usd') {
    return amount;
  }
  return mulDiv(amount, rateMicros * 100, 1_000_000 * 10 ** exponents[currency]);
}
