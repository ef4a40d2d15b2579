import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ExportedBooks, ExportedEntry } from './exported-books.ts';
import { ledgerWriters } from './ledger-writers.ts';
import { accountNameOf, amountText, visibleText } from './plain-text-accounting.ts';

const books: ExportedBooks = {
  companyName: 'Meridian “Deeds”', functionalCurrency: 'usd', reportingTimeZone: 'America/New_York', asOf: '2026-11-18', firstDay: '2023-12-01', headSequence: 1, headHash: 'ab12', entries: 1, pendingEntries: 2, currencies: ['jpy', 'kwd', 'usd'],
  accounts: [{ code: '1100-stripe-clearing', name: 'Stripe clearing', type: 'asset', description: '' }, { code: '4810-refunds', name: 'Refunds; contra', type: 'contra-revenue', description: '' }],
};
const entry: ExportedEntry = {
  sequence: 7, id: 'e-7', entryDate: '2026-03-01', recordedAt: Date.UTC(2026, 2, 2), kind: 'refund', sourceType: 'stripe-balance-transaction', sourceId: 'txn_1', key: 'stripe/acct_1/test/balance_transaction/txn_1/refund', memo: 'Refund "re_1"; late',
  concernsMonth: '2026-02', reversesEntryId: null, previousHash: 'aa', hash: 'bb', partyName: 'O|Brien',
  postings: [
    { lineNumber: 1, accountCode: '4810-refunds', accountName: 'Refunds; contra', accountType: 'contra-revenue', direction: 'debit', amountMinor: 1_500, currency: 'kwd', functionalAmountMinor: 489, rate: '3.26', partyId: 'cus_1' },
    { lineNumber: 2, accountCode: '1100-stripe-clearing', accountName: 'Stripe clearing', accountType: 'asset', direction: 'credit', amountMinor: 1_500, currency: 'kwd', functionalAmountMinor: 489, rate: '3.26', partyId: null },
  ],
};

describe('an entry', () => {
  test('in an hledger journal', () => {
    expect(ledgerWriters.hledger.entries([entry], 'usd')).toBe(`
2026-03-01 * (7) O\\u007cBrien | Refund "re_1"\\u003b late
    ; id: e-7
    ; key: stripe/acct_1/test/balance_transaction/txn_1/refund
    ; kind: refund
    ; source-type: stripe-balance-transaction
    ; source-id: txn_1
    ; recorded: 2026-03-02T00\\u003a00\\u003a00.000Z
    ; concerns-month: 2026-02
    ; hash: bb
    ; previous-hash: aa
    Income:4810-refunds  1.500 KWD  ; functional: 4.89 USD, rate: 3.26, party: cus_1
    Assets:1100-stripe-clearing  -1.500 KWD  ; functional: -4.89 USD, rate: 3.26
`);
  });

  test('in a Beancount ledger', () => {
    expect(ledgerWriters.beancount.entries([entry], 'usd')).toBe(`
2026-03-01 * "O|Brien" "Refund \\"re_1\\"; late"
  entry-id: "e-7"
  sequence: 7
  key: "stripe/acct_1/test/balance_transaction/txn_1/refund"
  kind: "refund"
  source-type: "stripe-balance-transaction"
  source-id: "txn_1"
  recorded-at: "2026-03-02T00:00:00.000Z"
  concerns-month: "2026-02"
  hash: "bb"
  previous-hash: "aa"
  Income:4810-refunds  1.500 KWD
    functional: 4.89 USD
    rate: "3.26"
    party: "cus_1"
  Assets:1100-stripe-clearing  -1.500 KWD
    functional: -4.89 USD
    rate: "3.26"
`);
  });

  test('keeps a backslash apart from what it would mean to the format', () => {
    const odd = { ...entry, partyName: null, memo: 'a\\n "b\\" \n' };
    expect(ledgerWriters.hledger.entries([odd], 'usd')).toContain('* (7) a\\\\n "b\\\\" \\n\n');
    expect(ledgerWriters.beancount.entries([odd], 'usd')).toContain('* "a\\\\\\\\n \\"b\\\\\\\\\\" \\\\n"\n');
  });

  test('as CSV is a line per posting', () => {
    expect(ledgerWriters.csv.entries([entry], 'usd').trimEnd().split('\r\n').map((line) => line.split(',').slice(-15))).toEqual([
      ['contra-revenue', 'debit', '1.500', '', 'KWD', '4.89', 'USD', '3.26', 'cus_1', 'O|Brien', 'stripe/acct_1/test/balance_transaction/txn_1/refund', '', 'aa', 'bb'].toSpliced(0, 0, 'Refunds; contra'),
      ['Stripe clearing', 'asset', 'credit', '', '1.500', 'KWD', '-4.89', 'USD', '3.26', '', '', 'stripe/acct_1/test/balance_transaction/txn_1/refund', '', 'aa', 'bb'],
    ]);
  });
});

describe('the beginning and the end', () => {
  test('declare accounts and currencies, and say what is left out', () => {
    expect(ledgerWriters.hledger.start(books)).toMatch(/^commodity 1000\. JPY\ncommodity 1000\.000 KWD\ncommodity 1000\.00 USD$/m);
    expect(ledgerWriters.hledger.start(books)).toContain('account Income:4810-refunds\n    ; name: Refunds; contra\n');
    expect(ledgerWriters.beancount.start(books)).toContain('2023-12-01 open Assets:1100-stripe-clearing\n  name: "Stripe clearing"\n');
    for (const format of ['hledger', 'beancount'] as const) expect(ledgerWriters[format].start(books)).toContain('2 entries that wait to be sealed');
  });

  test('hold the balances against ours, Beancount’s without a tolerance', () => {
    const balances = [{ accountCode: '1100-stripe-clearing', accountType: 'asset', currency: 'kwd', balanceMinor: -1_500 }] as const;
    expect(ledgerWriters.hledger.end(balances, '2026-11-18')).toContain('    Assets:1100-stripe-clearing  0 KWD = -1.500 KWD\n');
    expect(ledgerWriters.beancount.end(balances, '2026-12-31')).toContain('2027-01-01 balance Assets:1100-stripe-clearing  -1.500 ~ 0 KWD\n');
    for (const writer of Object.values(ledgerWriters)) expect(writer.end([], '2026-11-18')).toBe('');
  });

  test('hold an account that has sub-accounts as each tool does: hledger without them, Beancount with them', () => {
    const tax = (accountCode: string, balanceMinor: number, currency = 'usd') => ({ accountCode, accountType: 'liability', currency, balanceMinor }) as const;
    const balances = [tax('2200-tax-payable', -400), tax('2200-tax-payable', -7, 'jpy'), tax('2200-tax-payable:DE', -600), tax('2200-tax-payable:US-NY', -50)];
    expect(ledgerWriters.hledger.end(balances, '2026-11-18')).toContain('    Liabilities:2200-tax-payable  0 USD = -4.00 USD\n');
    expect(ledgerWriters.beancount.end(balances, '2026-11-18').split('\n').filter((line) => line.startsWith('2026'))).toEqual([
      '2026-11-19 balance Liabilities:2200-tax-payable  -10.50 ~ 0 USD', '2026-11-19 balance Liabilities:2200-tax-payable  -7 ~ 0 JPY', '2026-11-19 balance Liabilities:2200-tax-payable:DE  -6.00 ~ 0 USD', '2026-11-19 balance Liabilities:2200-tax-payable:US-NY  -0.50 ~ 0 USD',
    ]);
  });
});

describe('names of accounts', () => {
  test('are the code under its root, and take no sign the tools would not', () => {
    expect(accountNameOf('2200-tax-payable', 'liability')).toBe('Liabilities:2200-tax-payable');
    expect(accountNameOf('2200-tax-payable:US-NY', 'liability')).toBe('Liabilities:2200-tax-payable:US-NY');
    expect(accountNameOf('2200-tax:DE x', 'liability')).toBe('Liabilities:2200-taxX3aXX44XX45XX20Xx');
    fc.assert(fc.property(fc.string({ minLength: 1, unit: 'binary' }), (code) => void expect(accountNameOf(code, 'asset')).toMatch(/^Assets:[A-Z0-9][A-Za-z0-9-]*(?::[A-Z]{2}(?:-[A-Z]{2})?)?$/)));
  });

  test('are different for different codes', () => {
    fc.assert(fc.property(fc.string({ minLength: 1 }), fc.string({ minLength: 1 }), (one, other) => void expect(accountNameOf(one, 'asset') === accountNameOf(other, 'asset')).toBe(one === other)));
  });
});

test('amounts have the decimals of their currency', () => {
  expect([amountText(-1_234, 'jpy'), amountText(-1_234, 'usd'), amountText(-1_234, 'kwd'), amountText(0, 'kwd')]).toEqual(['-1234 JPY', '-12.34 USD', '-1.234 KWD', '0.000 KWD']);
});

test('any text shows on one line, without what steers it, and different texts differ', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (one, other) => {
    expect(visibleText(one)).not.toMatch(/[\p{Cc}\u2028-\u202e\u2066-\u2069]/u);
    expect(visibleText(one) === visibleText(other)).toBe(one === other);
  }));
});
