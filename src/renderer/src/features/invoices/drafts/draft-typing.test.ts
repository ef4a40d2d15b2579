import { expect, test } from 'vitest';
import { readAddress, readAmount, readCountry, readDayOrNone, readDiscount, readFigure, readLine, readName, readRate, writeAmount, writeDayOrNone, writeDiscount, writeFigure, writeRate } from './draft-typing.ts';

test.each([
  ['en-IE', '1,234.50', '1,234.50'], ['de-DE', '1.234,50', '1.234,50'], ['de-DE', '1234,5', '1.234,50'], ['pt-BR', '1.234,50', '1.234,50'],
])('an amount in %s: %s', (locale, typed, written) => {
  const read = readAmount(typed, 'eur', locale);
  expect(read).toEqual({ isFine: true, value: 123_450 });
  expect(writeAmount(123_450, 'eur', locale)).toBe(written);
});

test('an amount is not more exact than its currency', () => {
  expect(readAmount('1.5', 'jpy', 'en-IE')).toEqual({ isFine: false, message: 'This is more exact than JPY is, or too large.' });
  expect(readAmount('1.234', 'kwd', 'en-IE')).toEqual({ isFine: true, value: 1_234 });
  expect(readAmount('0.125', 'kwd', 'en-IE')).toEqual({ isFine: true, value: 125 });
});

test('a quantity or price keeps its decimals; an empty cell is none', () => {
  expect([readFigure('', 'de-DE'), readFigure('0,0425', 'de-DE'), readFigure('0.123456789', 'en-IE').isFine]).toEqual([{ isFine: true, value: null }, { isFine: true, value: '0.0425' }, false]);
  expect([writeFigure(null, 'de-DE'), writeFigure('0.0425', 'de-DE'), writeFigure('12500', 'en-IE'), writeFigure('80', 'de-DE', 2)]).toEqual(['', '0,0425', '12,500', '80,00']);
});

test('a discount is a share or an amount', () => {
  expect(readDiscount('12,5 %', 'eur', 'de-DE')).toEqual({ isFine: true, value: { kind: 'percentage', basisPoints: 1_250 } });
  expect(readDiscount('12,5', 'eur', 'de-DE')).toEqual({ isFine: true, value: { kind: 'amount', amountMinor: 1_250 } });
  expect([readDiscount(' ', 'eur', 'de-DE'), readDiscount('101 %', 'eur', 'de-DE').isFine, readDiscount('-5', 'eur', 'de-DE').isFine]).toEqual([{ isFine: true, value: null }, false, false]);
  expect([writeDiscount({ kind: 'percentage', basisPoints: 1_250 }, 'eur', 'de-DE'), writeDiscount({ kind: 'amount', amountMinor: 1_250 }, 'eur', 'de-DE'), writeDiscount(null, 'eur', 'de-DE')]).toEqual(['12,5 %', '12,50', '']);
});

test('rates and days', () => {
  expect([readRate('21 %', 'en-IE'), readRate('120', 'en-IE').isFine, writeRate(2_100, 'en-IE')]).toEqual([{ isFine: true, value: 2_100 }, false, '21 %']);
  expect([readDayOrNone('', 'de-DE'), readDayOrNone('31.10.2026', 'de-DE'), writeDayOrNone('2026-10-31', 'de-DE'), writeDayOrNone(null, 'de-DE')]).toEqual([{ isFine: true, value: null }, { isFine: true, value: '2026-10-31' }, '31.10.2026', '']);
});

test('a customer has a name and at most a country of two letters; an address is its lines', () => {
  expect([readName(' Halden '), readName(' ').isFine, readLine('x'.repeat(51), 50).isFine]).toEqual([{ isFine: true, value: 'Halden' }, false, false]);
  expect([readCountry('de'), readCountry(''), readCountry('Germany')]).toEqual([{ isFine: true, value: 'DE' }, { isFine: true, value: '' }, { isFine: false, message: 'Two letters, such as DE.' }]);
  expect(readAddress(' Spreeufer 5 \n\n10178 Berlin\n')).toEqual(['Spreeufer 5', '10178 Berlin']);
});
