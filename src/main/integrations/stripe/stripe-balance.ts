import type { GatewayBalance } from '../../reconciliation/gateway-balance-transactions.ts';
import { addMinorUnits } from '../../../shared/money/money.ts';

/**
 * Stripe's answer to GET /v1/balance as one amount per currency, `available` and `pending` together, in the order of the currencies' codes.
 * @throws SyntaxError when the text is not a whole balance.
 */
export function readBalances(text: string): { readonly balances: readonly GatewayBalance[] } {
  const value = JSON.parse(text) as Partial<Record<'available' | 'pending', unknown>>;
  const sums = new Map<string, { amountMinor: number; pendingMinor: number }>();
  for (const [name, part] of [['available', value.available], ['pending', value.pending]] as const) {
    if (!Array.isArray(part)) throw new SyntaxError('A balance without its parts came.');
    for (const { amount, currency } of part as readonly { readonly amount?: unknown; readonly currency?: unknown }[]) {
      if (typeof currency !== 'string' || !Number.isSafeInteger(amount)) throw new SyntaxError('A balance without an amount came.');
      const sum = sums.get(currency) ?? { amountMinor: 0, pendingMinor: 0 };
      sums.set(currency, { amountMinor: addMinorUnits(sum.amountMinor, Number(amount)), pendingMinor: addMinorUnits(sum.pendingMinor, name === 'pending' ? Number(amount) : 0) });
    }
  }
  return { balances: [...sums].map(([currency, sum]) => ({ currency, ...sum })).toSorted((a, b) => (a.currency < b.currency ? -1 : 1)) };
}
