import { describe, expect, it } from 'vitest';
import { readBalances } from './stripe-balance.ts';

describe('Stripe’s word on its balance', () => {
  it('is what is available and what is pending, per currency', () => {
    const text = JSON.stringify({ object: 'balance', available: [{ amount: 11_136, currency: 'usd' }, { amount: -20, currency: 'eur' }], pending: [{ amount: 12_649, currency: 'usd' }, { amount: 5, currency: 'gbp' }] });
    expect(readBalances(text)).toEqual({ balances: [{ currency: 'eur', amountMinor: -20, pendingMinor: 0 }, { currency: 'gbp', amountMinor: 5, pendingMinor: 5 }, { currency: 'usd', amountMinor: 23_785, pendingMinor: 12_649 }] });
  });

  it.each(['{}', '{"available":[]}', '{"available":[{"currency":"usd"}],"pending":[]}', '{"available":'])('is refused when it is not whole: %s', (text) => {
    expect(() => readBalances(text)).toThrow(SyntaxError);
  });
});
