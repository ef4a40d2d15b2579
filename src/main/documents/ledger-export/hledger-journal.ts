/**
 * The books as an hledger journal. Accounts and commodities are declared, so that `hledger check --strict` holds; the last transaction asserts the balances
 * Daybook has, so that hledger itself compares them.
 */
import { currencyExponent } from '../../../shared/money/currency.ts';
import type { ExportedBalance, ExportedBooks, ExportedEntry, LedgerWriter } from './exported-books.ts';
import { accountNameOf, amountText, signedAmountOf, visibleText } from './plain-text-accounting.ts';

/** In a description a semicolon begins a comment and a bar ends the payee. */
const description = (text: string): string => visibleText(text, /[;|]/g).trim();
/** In a tag a comma ends the value, a colon begins another tag and a bracket may begin a date. */
const tagValue = (text: string): string => visibleText(text, /[,:[\]]/g).trim();
const tag = (name: string, value: string | null): string => (value === null ? '' : `    ; ${name}: ${tagValue(value)}\n`);

/** 'USD' with two decimals reads '1000.00 USD'; the point stays where there are none, so that hledger knows it for the decimal mark. */
function commodityDirective(currency: string): string {
  return `commodity 1000.${'0'.repeat(currencyExponent(currency))} ${currency.toUpperCase()}\n`;
}

function start(books: ExportedBooks): string {
  const head = [
    `; The books of ${visibleText(books.companyName ?? 'this company')}, exported by Daybook`,
    `; entries dated up to the end of ${books.asOf} in ${visibleText(books.reportingTimeZone)}: ${books.entries}, head ${books.headSequence} ${books.headHash ?? ''}`.trimEnd(),
    ...(books.pendingEntries === 0 ? [] : [`; ${books.pendingEntries} entries that wait to be sealed are not in it`]),
    `; functional currency ${books.functionalCurrency.toUpperCase()}; a posting’s tags carry what it is worth there`,
  ];
  const accounts = books.accounts.map((account) => `account ${accountNameOf(account.code, account.type)}\n    ; name: ${tagValue(account.name)}\n    ; code: ${tagValue(account.code)}\n`);
  return `${head.join('\n')}\n\ndecimal-mark .\n\n${books.currencies.map(commodityDirective).join('')}\n${accounts.join('')}`;
}

function entryText(entry: ExportedEntry, functionalCurrency: string): string {
  const words = entry.partyName === null ? description(entry.memo) : `${description(entry.partyName)} | ${description(entry.memo)}`;
  const tags = [
    tag('id', entry.id), tag('key', entry.key), tag('kind', entry.kind), tag('source-type', entry.sourceType), tag('source-id', entry.sourceId), `    ; recorded: ${tagValue(new Date(entry.recordedAt).toISOString())}\n`, tag('concerns-month', entry.concernsMonth),
    tag('reverses', entry.reversesEntryId), tag('hash', entry.hash), tag('previous-hash', entry.previousHash),
  ];
  const lines = entry.postings.map((posting) => {
    const sign = signedAmountOf(posting);
    const notes = [
      ...(posting.currency === functionalCurrency ? [] : [`functional: ${amountText(sign < 0 ? -posting.functionalAmountMinor : posting.functionalAmountMinor, functionalCurrency)}`]), ...(posting.rate === null ? [] : [`rate: ${tagValue(posting.rate)}`]),
      ...(posting.partyId === null ? [] : [`party: ${tagValue(posting.partyId)}`]),
    ];
    return `    ${accountNameOf(posting.accountCode, posting.accountType)}  ${amountText(sign, posting.currency)}${notes.length > 0 ? `  ; ${notes.join(', ')}` : ''}\n`;
  });
  return `\n${entry.entryDate} * (${entry.sequence}) ${words}\n${tags.join('')}${lines.join('')}`;
}

function end(balances: readonly ExportedBalance[], asOf: string): string {
  if (balances.length === 0) return '';
  const lines = balances.map((balance) => `    ${accountNameOf(balance.accountCode, balance.accountType)}  0 ${balance.currency.toUpperCase()} = ${amountText(balance.balanceMinor, balance.currency)}\n`);
  return `\n; the trial balance of Daybook, for hledger to compare\n${asOf} * Balances\n${lines.join('')}`;
}

export const hledgerWriter: LedgerWriter = { fileExtension: 'journal', start, entries: (entries, functionalCurrency) => entries.map((entry) => entryText(entry, functionalCurrency)).join(''), end };
