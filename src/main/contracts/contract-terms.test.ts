import { describe, expect, test } from 'vitest';
import { flatContract } from '../testing/billing-fixtures.ts';
import { addressLines } from './billing-address.ts';
import { formatPrice } from './price-format.ts';
import { formatBasisPoints, parseContractTerms, type PartnerContractRow } from './contract-terms.ts';

function problemOf(row: PartnerContractRow): string | null {
  const parsed = parseContractTerms(row);
  return parsed.isFine ? null : parsed.problem.code;
}

describe('terms of a contract', () => {
  test.each<[string, Partial<PartnerContractRow>, string]>([
    ['an unknown pricing model', { pricingModel: 'per_moon' }, 'pricing-model-unknown'],
    ['a negative flat fee', { flatFeeMinor: -1 }, 'price-negative'],
    ['a negative price per deed', { pricingModel: 'per_deed', perDeedPrice: '-0.5' }, 'price-negative'],
    ['a price per deed that is no number', { pricingModel: 'per_deed', perDeedPrice: '1,5' }, 'price-invalid'],
    ['no price per deed', { pricingModel: 'per_deed' }, 'price-missing'],
    ['an unknown currency', { currency: 'xxz' }, 'currency-unknown'],
    ['tiers that do not rise', { pricingModel: 'per_deed', perDeedPrice: '1', tiers: '{"mode":"graduated","tiers":[{"upTo":10,"unitPrice":"1"},{"upTo":5,"unitPrice":"1"},{"upTo":null,"unitPrice":"1"}]}' }, 'tiers-invalid'],
    ['tiers without an open end', { pricingModel: 'per_deed', perDeedPrice: '1', tiers: '{"mode":"volume","tiers":[{"upTo":10,"unitPrice":"1"}]}' }, 'tiers-invalid'],
    ['a negative price in a tier', { pricingModel: 'per_deed', perDeedPrice: '1', tiers: '{"mode":"volume","tiers":[{"upTo":null,"unitPrice":"-1"}]}' }, 'price-negative'],
  ])('%s cannot be billed', (_name, change, code) => {
    expect(problemOf({ ...flatContract, ...change })).toBe(code);
  });
});

test.each([[0, '0 %'], [5, '0.05 %'], [750, '7.5 %'], [825, '8.25 %'], [2_100, '21 %'], [10_000, '100 %']])('%i basis points', (basisPoints, text) => {
  expect(formatBasisPoints(basisPoints)).toBe(text);
});

test.each([
  ['{"line1":"Calle de Alcalá 48","city":"Madrid","postalCode":"28014","country":"ES"}', ['Calle de Alcalá 48', '28014 Madrid', 'Spain']],
  ['["Suite 4","12 High Street",""]', ['Suite 4', '12 High Street']],
  ['{"note":"c/o the clerk"}', ['c/o the clerk']],
  ['{}', []],
  ['not json', []],
])('the address %s', (json, lines) => {
  expect(addressLines(json)).toEqual(lines);
});

test.each([['1393.5', 'usd', '1,393.50'], ['2.905', 'eur', '2.905'], ['1234567', 'jpy', '1,234,567'], ['0.5', 'kwd', '0.500']])('the price %s %s', (price, currency, text) => {
  expect(formatPrice(price, currency)).toBe(text);
});
