import { expect, test } from 'vitest';
import { firstMapping, guessDelimiter, guessMapping } from './csv-guess.ts';

test.each([
  ['a,b,c\n1,2,3\n', ','],
  ['Datum;Betrag\n17.11.2026;1.250,00\n18.11.2026;3,00\n', ';'],
  ['x\ty\n1\t2\n', '\t'],
])('the delimiter of %j', (text, delimiter) => {
  expect(guessDelimiter(text)).toBe(delimiter);
});

test('a German file with a heading above its headings', () => {
  expect(guessMapping([['Konto', '1'], ['Buchungstag', 'Name', 'Zweck', 'Betrag', 'Saldo'], ['18.11.2026', 'Bäcker', 'Brot', '-4,20', '1.245,80']], firstMapping)).toMatchObject({
    headingLines: 2, dateFormat: 'DD.MM.YYYY', decimalSign: ',', sign: 'signed', columns: { bookedOn: 'Buchungstag', amount: 'Betrag', counterpartyName: 'Name', description: ['Zweck'], balanceAfter: 'Saldo' },
  });
});

test('two columns, American days, a column of the currency', () => {
  expect(guessMapping([['Date', 'Description', 'Debit', 'Credit', 'Currency'], ['11/17/2026', 'Rent', '1,000.00', '', 'EUR']], firstMapping)).toMatchObject({ headingLines: 1, dateFormat: 'MM/DD/YYYY', decimalSign: '.', sign: 'two-columns', currency: 'eur', columns: { debit: 'Debit', credit: 'Credit', currency: 'Currency' } });
});

test('no headings: columns by their places', () => {
  expect(guessMapping([['2026-11-17', 'Rent', '-100.00']], firstMapping)).toMatchObject({ headingLines: 0, columns: { bookedOn: '#1', amount: '#3' } });
});
