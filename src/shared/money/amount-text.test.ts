import { expect, test } from 'vitest';
import { readTypedAmount } from './amount-text.ts';

test.each([
  ['1,234.56', null, ['1234.56']],
  ['1.234,56', null, ['1234.56']],
  ['1 234,56 €'.replace(' €', ' eur'), 'eur', ['1234.56']],
  ["1'234.50 CHF", 'chf', ['1234.50']],
  ['123456 jpy', 'jpy', ['123456']],
  ['JPY 1,500', 'jpy', ['1500', '1.500']],
  ['1.234', null, ['1234', '1.234']],
  ['0.5', null, ['0.5']],
  ['−12.30', null, ['12.30']],
  ['12345.678 kwd', 'kwd', ['12345.678']],
  ['1,234,567.89', null, ['1234567.89']],
] as const)('%s is read', (text, currency, decimals) => {
  expect(readTypedAmount(text)).toEqual({ currency, decimals });
});

test.each(['', 'cus_123', '12 xyz', 'usd', '1.2.3', '1,23,456.00', '1.23456', '1234567890123456', 'usd 5 eur', '12.'])('%j is no amount', (text) => {
  expect(readTypedAmount(text)).toBeUndefined();
});
