import { describe, expect, test } from 'vitest';
import { addressBoxes, changedValues, readForm, readTyped, typedOf, type FormField } from './term-form.ts';

const field = (column: string, kind: string, isOptional = false): FormField => ({ column, label: column, kind, isPriceBearing: true, isOptional, isFixed: false, choices: null });
const german = { locale: 'de-DE', currency: 'eur' };

describe('what is typed', () => {
  test.each([
    ['amount', 139_350, '1.393,50'], ['price', '0.045', '0,045'], ['price', '2.5', '2,50'], ['basis-points', 2150, '21,5'], ['count', 10_000, '10.000'], ['date', '2026-10-31', '31.10.2026'], ['prefixes', ['a', 'b'], 'a b'], ['text', 'PO-7', 'PO-7'],
  ] as const)('%s goes into its box and comes back as it was', (kind, value, typed) => {
    expect(typedOf(field('x', kind), value, german)).toBe(typed);
    const read = readTyped(field('x', kind), typed, german);
    expect(read.isFine && (kind === 'price' ? Number(read.value) === Number(value) : JSON.stringify(read.value) === JSON.stringify(value))).toBe(true);
  });

  test('tiers go in rows and come back', () => {
    const tiers = { mode: 'graduated', tiers: [{ upTo: 1000, unitPrice: '1.25' }, { upTo: null, unitPrice: '0.805' }] };
    const typed = typedOf(field('tiers', 'tiers', true), tiers, german);
    expect(typed).toEqual({ mode: 'graduated', rows: [{ upTo: '1.000', unitPrice: '1,25' }, { upTo: '', unitPrice: '0,805' }] });
    expect(readTyped(field('tiers', 'tiers', true), typed, german)).toEqual({ isFine: true, value: tiers });
  });

  test('an amount has the currency’s decimals and no more', () => {
    expect(readTyped(field('flat_fee_minor', 'amount'), '10,5', { locale: 'de-DE', currency: 'jpy' })).toEqual({ isFine: false, message: 'JPY has 0 decimals at most.' });
  });

  test('what cannot be read is named and not sent', () => {
    const { values, unreadable } = readForm([field('flat_fee_minor', 'amount'), field('payment_terms_days', 'days')], { flat_fee_minor: 'much', payment_terms_days: '30' }, german);
    expect(values).toEqual({ payment_terms_days: 30 });
    expect(Object.keys(unreadable)).toEqual(['flat_fee_minor']);
  });

  test('an address is edited under the names its record has, whoever wrote it', () => {
    expect(addressBoxes({}).map((box) => box.name)).toEqual(['line1', 'line2', 'postal_code', 'city', 'state', 'country']);
    expect(addressBoxes({ street: 'Hofplein 20', postalCode: '3032 AC', city: 'Rotterdam', care_of: 'Finance' })).toEqual([
      { name: 'street', label: 'Street' }, { name: 'line2', label: 'Further line' }, { name: 'postalCode', label: 'Postal code' }, { name: 'city', label: 'City' }, { name: 'state', label: 'State or region' }, { name: 'country', label: 'Country' },
      { name: 'care_of', label: 'care of' },
    ]);
  });

  test('only what differs is sent', () => {
    expect(changedValues({ a: 1, b: null, c: ['x'] }, { a: 2, b: null, c: ['x'], d: null })).toEqual({ a: 2 });
  });
});
