import { expect, test } from 'vitest';
import { accountOfText, accountText, firstMapping, guessDelimiter, guessMapping, whatIsMissing, withCurrencyOf } from './csv-guess.ts';

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

test('no currency is guessed that the file does not say', () => {
  expect(guessMapping([['2026-11-17', 'Rent', '-100.00']], firstMapping).currency).toBe('');
});

const euro = { id: 'a-eur', number: 'DE89370400440532013000', name: 'Euro', currency: 'eur' };
const [dollars, pounds] = ['usd', 'gbp'].map((currency) => ({ id: `a-${currency}`, number: 'WISE-1', name: 'WISE-1', currency }));
const accounts = [euro, dollars!, pounds!];

test.each([
  [accountText(euro), 'a-eur'], ['de89 3704 0044 0532 0130 00', 'a-eur'], ['WISE-1, GBP', 'a-gbp'], ['WISE-1', undefined], ['GB-NEW-1', undefined], ['', undefined],
])('the account of %j', (text, id) => {
  expect(accountOfText(accounts, text)?.id).toBe(id);
});

test('a mapping takes its account’s currency, and another account’s with it, never in place of what the file or a person says', () => {
  const inEuro = withCurrencyOf(firstMapping, euro);
  expect([inEuro.currency, withCurrencyOf(inEuro, dollars, euro).currency, withCurrencyOf(inEuro, undefined, euro).currency]).toEqual(['eur', 'usd', 'eur']);
  expect(withCurrencyOf({ ...firstMapping, currency: 'chf' }, euro, dollars).currency).toBe('chf');
  expect(withCurrencyOf({ ...firstMapping, columns: { ...firstMapping.columns, currency: 'Ccy' } }, euro).currency).toBe('');
});

test('what is still to be said comes one after the other, and then the file is read', () => {
  const dated = { ...firstMapping, columns: { ...firstMapping.columns, bookedOn: 'Date' } };
  const whole = { ...dated, currency: 'usd', columns: { ...dated.columns, amount: 'Amount' } };
  expect([
    whatIsMissing(whole, ' '), whatIsMissing(firstMapping, 'A'), whatIsMissing(dated, 'A'), whatIsMissing({ ...dated, sign: 'two-columns' }, 'A'), whatIsMissing({ ...whole, sign: 'indicator' }, 'A'), whatIsMissing({ ...whole, currency: 'us' }, 'A'), whatIsMissing(whole, 'A'),
    whatIsMissing({ ...whole, currency: '', columns: { ...whole.columns, currency: 'Ccy' } }, 'A'),
  ].map((said) => said?.match(/account|booking day|amount|side|currency/)?.[0] ?? null)).toEqual(['account', 'booking day', 'amount', 'amount', 'side', 'currency', null, null]);
});
