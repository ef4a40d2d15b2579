/**
 * The books as a Beancount ledger. Every account is opened, every entry carries its identity as metadata, and balance directives hold the result against
 * the balances Daybook has, so that bean-check itself compares them.
 */
import { addDays, localDate } from '../../../shared/calendar/local-date.ts';
import { toDecimalString } from '../../../shared/money/money.ts';
import type { ExportedBalance, ExportedBooks, ExportedEntry, LedgerWriter } from './exported-books.ts';
import { accountNameOf, amountText, signedAmountOf, visibleText } from './plain-text-accounting.ts';

const quoted = (text: string): string => `"${visibleText(text).replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
const meta = (indent: string, name: string, value: string | null): string => (value === null ? '' : `${indent}${name}: ${quoted(value)}\n`);

function start(books: ExportedBooks): string {
  const head = [
    `;; Exported by Daybook: entries dated up to the end of ${books.asOf} in ${visibleText(books.reportingTimeZone)}: ${books.entries}, head ${books.headSequence} ${books.headHash ?? ''}`.trimEnd(),
    ...(books.pendingEntries === 0 ? [] : [`;; ${books.pendingEntries} entries that wait to be sealed are not in it`]),
    `option "title" ${quoted(books.companyName ?? 'Daybook')}`,
    `option "operating_currency" "${books.functionalCurrency.toUpperCase()}"`,
  ];
  const currencies = books.currencies.map((currency) => `${books.firstDay} commodity ${currency.toUpperCase()}\n`);
  const accounts = books.accounts.map((account) => `${books.firstDay} open ${accountNameOf(account.code, account.type)}\n${meta('  ', 'name', account.name)}${meta('  ', 'code', account.code)}`);
  return `${head.join('\n')}\n\n${currencies.join('')}\n${accounts.join('')}`;
}

function entryText(entry: ExportedEntry, functionalCurrency: string): string {
  const own = [
    meta('  ', 'entry-id', entry.id), `  sequence: ${entry.sequence}\n`, meta('  ', 'key', entry.key), meta('  ', 'kind', entry.kind), meta('  ', 'source-type', entry.sourceType), meta('  ', 'source-id', entry.sourceId),
    meta('  ', 'recorded-at', new Date(entry.recordedAt).toISOString()), meta('  ', 'concerns-month', entry.concernsMonth), meta('  ', 'reverses', entry.reversesEntryId), meta('  ', 'hash', entry.hash), meta('  ', 'previous-hash', entry.previousHash),
  ];
  const lines = entry.postings.map((posting) => {
    const sign = signedAmountOf(posting);
    const functional = posting.currency === functionalCurrency ? '' : `    functional: ${amountText(sign < 0 ? -posting.functionalAmountMinor : posting.functionalAmountMinor, functionalCurrency)}\n`;
    return `  ${accountNameOf(posting.accountCode, posting.accountType)}  ${amountText(sign, posting.currency)}\n${functional}${meta('    ', 'rate', posting.rate)}${meta('    ', 'party', posting.partyId)}`;
  });
  return `\n${entry.entryDate} * ${entry.partyName === null ? '' : `${quoted(entry.partyName)} `}${quoted(entry.memo)}\n${own.join('')}${lines.join('')}`;
}

/** A balance directive holds at the beginning of its day, and Beancount holds it against the account with all its sub-accounts. */
function end(balances: readonly ExportedBalance[], asOf: string): string {
  const day = addDays(localDate(asOf), 1);
  const named = balances.map((balance) => ({ ...balance, name: accountNameOf(balance.accountCode, balance.accountType) }));
  const withSubAccounts = ({ name, currency }: (typeof named)[number]): number => named.filter((other) => other.currency === currency && (other.name === name || other.name.startsWith(`${name}:`))).reduce((sum, other) => sum + other.balanceMinor, 0);
  const lines = named.map((balance) => `${day} balance ${balance.name}  ${toDecimalString(withSubAccounts(balance), balance.currency)} ~ 0 ${balance.currency.toUpperCase()}\n`);
  return lines.length === 0 ? '' : `\n;; the trial balance of Daybook, for bean-check to compare; an account's balance has those of its sub-accounts in it\n${lines.join('')}`;
}

export const beancountWriter: LedgerWriter = { fileExtension: 'beancount', start, entries: (entries, functionalCurrency) => entries.map((entry) => entryText(entry, functionalCurrency)).join(''), end };
