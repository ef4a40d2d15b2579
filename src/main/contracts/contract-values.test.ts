import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findMergedField, type MergedField } from './contract-fields.ts';
import { canonicalPrice, differencesOf, isSameValue, normaliseValues, valuesOfBody } from './contract-values.ts';
import { readFieldText, writeFieldText } from './field-text.ts';

test.each([['0.04500000', '0.045'], ['2.50', '2.5'], ['007', '7'], ['0', '0'], ['0.0', '0'], ['-0.10', '-0.1'], ['1.', '1'], ['1,5', '1,5'], ['1e3', '1e3']])('the price %s is written %s', (given, written) => {
  expect(canonicalPrice(given)).toBe(written);
});

describe('values in one form', () => {
  test('blanks go, empty optional text is none, currencies are in lower case', () => {
    expect(normaliseValues('contract', { currency: ' USD ', per_deed_price: ' 2.50 ', purchase_order_number: ' ', api_key_prefix: ' dp_pk_A ', further_prefixes: [' a1b '], unheard: ' x ' })).toEqual({ currency: 'usd', per_deed_price: '2.5', purchase_order_number: null, api_key_prefix: 'dp_pk_A', further_prefixes: ['a1b'], unheard: ' x ' });
  });

  test('an object is the same in any order of its names, a list is not', () => {
    expect(isSameValue({ a: 1, b: [1, 2] }, { b: [1, 2], a: 1 })).toBe(true);
    expect(isSameValue([1, 2], [2, 1])).toBe(false);
  });

  test('only what differs is a difference, with its label and whether it bears a price', () => {
    const before = { name: 'A', billing_address: { city: 'Leeds', country: 'GB' }, tax_treatment: 'standard' };
    expect(differencesOf('partner', before, { ...before, name: ' A ', billing_address: { country: 'GB', city: 'Leeds' }, tax_treatment: 'exempt' })).toEqual([{ column: 'tax_treatment', label: 'Tax treatment', from: 'standard', to: 'exempt', isPriceBearing: true }]);
  });

  test('a body of the shared database reads as the same values, whether a price was a number or text, tiers an object or JSON', () => {
    const tiers = { mode: 'graduated', tiers: [{ upTo: null, unitPrice: '0.80' }] };
    const expected = { per_deed_price: '0.00000001', per_1000_price: '2.905', tiers: { mode: 'graduated', tiers: [{ upTo: null, unitPrice: '0.8' }] }, flat_fee_minor: 139_350, further_prefixes: ['a1b'], effective_to: null };
    expect(valuesOfBody('contract', { per_deed_price: 1e-8, per_1000_price: 2.905, tiers, flat_fee_minor: 139_350, further_prefixes: ['a1b'], updated_at: 'now' })).toMatchObject(expected);
    expect(valuesOfBody('contract', { per_deed_price: '0.00000001', per_1000_price: '2.90500000', tiers: JSON.stringify(tiers), flat_fee_minor: '139350', further_prefixes: '["a1b"]' })).toMatchObject(expected);
    expect(valuesOfBody('contract', { updated_at: 'now' })).not.toHaveProperty('updated_at');
    expect(valuesOfBody('contract', null)).toMatchObject({ currency: null });
  });
});

const field = (column: string, entity: 'partner' | 'contract' = 'contract'): MergedField => findMergedField(entity, column)!;

describe('values as people write them', () => {
  test.each<[string, string, unknown]>([
    ['flat_fee_minor', ' 139350 ', 139_350], ['flat_fee_minor', '', null], ['per_deed_price', '2.50', '2.5'], ['per_deed_price', '', null], ['further_prefixes', 'a1b  c2d', ['a1b', 'c2d']], ['further_prefixes', '', []], ['currency', 'EUR', 'eur'],
    ['effective_to', '', null], ['tiers', '{"mode":"volume","tiers":[{"upTo":null,"unitPrice":"1.0"}]}', { mode: 'volume', tiers: [{ upTo: null, unitPrice: '1' }] }], ['terms', ' as agreed ', 'as agreed'],
  ])('%s %j', (column, text, value) => expect(readFieldText(field(column), text)).toEqual({ isFine: true, value }));

  test.each<[string, string, string]>([
    ['flat_fee_minor', '1,393', 'decimal-comma'], ['flat_fee_minor', '1.393,50', 'decimal-comma'], ['flat_fee_minor', '1393.50', 'number-invalid'], ['flat_fee_minor', 'much', 'number-invalid'], ['per_deed_price', '2,905', 'decimal-comma'],
    ['per_deed_price', '1.234,56', 'decimal-comma'], ['tiers', '100: 1', 'json-invalid'],
  ])('%s %j is refused, never guessed at: %s', (column, text, code) => expect(readFieldText(field(column), text)).toMatchObject({ isFine: false, problem: { column, code } }));

  test('what is written is read as the same', () => {
    const anyValue = fc.oneof(
      fc.tuple(fc.constant(field('flat_fee_minor')), fc.nat()), fc.tuple(fc.constant(field('terms')), fc.string({ minLength: 1, unit: 'grapheme' }).map((text) => text.normalize('NFC').trim()).filter((text) => text !== '')),
      fc.tuple(fc.constant(field('per_deed_price')), fc.nat().map((price) => canonicalPrice(`${price}.375`))), fc.tuple(fc.constant(field('further_prefixes')), fc.array(fc.stringMatching(/^[A-Za-z0-9_]{3,40}$/))),
      fc.tuple(fc.constant(field('billing_address', 'partner')), fc.dictionary(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }))), fc.tuple(fc.constant(field('effective_to')), fc.constant(null)),
    );
    fc.assert(fc.property(anyValue, ([of, value]) => {
      const read = readFieldText(of, writeFieldText(of, value));
      expect(read.isFine && isSameValue(read.value, value)).toBe(true);
    }));
  });
});
