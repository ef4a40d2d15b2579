import { expect, test } from 'vitest';
import { balanceLinesOf } from './balance-lines.ts';

test('every currency is shown, what differs first and by how much', () => {
  expect(balanceLinesOf([{ currency: 'eur', ledgerMinor: 33_127, stripeMinor: 33_127 }, { currency: 'usd', ledgerMinor: 8_035, stripeMinor: 15_160 }, { currency: 'gbp', ledgerMinor: 100, stripeMinor: 40 }])).toEqual([
    { currency: 'gbp', ledgerMinor: 100, offMinor: -60 }, { currency: 'usd', ledgerMinor: 8_035, offMinor: 7_125 }, { currency: 'eur', ledgerMinor: 33_127, offMinor: 0 },
  ]);
});
