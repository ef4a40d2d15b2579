/**
 * What hledger and Beancount journals have in common: names of accounts, signed amounts, texts that cannot break a line.
 */
import { toDecimalString } from '../../../shared/money/money.ts';
import type { ExportedAccount, ExportedPosting } from './exported-books.ts';

const roots: Readonly<Record<ExportedAccount['type'], string>> = { asset: 'Assets', liability: 'Liabilities', equity: 'Equity', revenue: 'Income', 'contra-revenue': 'Income', expense: 'Expenses' };

/**
 * 'Assets:1100-stripe-clearing': the same for a code for ever, and another for every other code. Letters, digits and hyphens stand for themselves; any other
 * sign, and a first letter that Beancount would not take, is written as its number between two X. A sub-account stands below its account, as both tools
 * have it: 'Liabilities:2200-tax-payable:US-NY'.
 */
export function accountNameOf(code: string, type: ExportedAccount['type']): string {
  const key = `${type}/${code}`;
  let name = namesOfAccounts.get(key);
  if (name === undefined) namesOfAccounts.set(key, (name = writtenName(code, type)));
  return name;
}

/** A chart has a few dozen accounts, an export millions of postings. */
const namesOfAccounts = new Map<string, string>();

function writtenName(code: string, type: ExportedAccount['type']): string {
  const [, parent = code, jurisdiction] = /^(.*?):([A-Z]{2}(?:-[A-Z]{2})?)$/s.exec(code) ?? [];
  return `${roots[type]}:${writtenAs(parent)}${jurisdiction === undefined ? '' : `:${jurisdiction}`}`;
}

function writtenAs(code: string): string {
  return [...code].map((sign, index) => (/^[0-9]$/.test(sign) || (index > 0 && /^[a-z-]$/.test(sign)) ? sign : `X${sign.codePointAt(0)?.toString(16) ?? ''}X`)).join('');
}

/** '-12.34 USD', with the decimals of the currency: JPY none, KWD three. */
export function amountText(amountMinor: number, currency: string): string {
  return `${toDecimalString(amountMinor, currency)} ${currency.toUpperCase()}`;
}

/** Debits are positive. */
export function signedAmountOf(posting: Pick<ExportedPosting, 'direction' | 'amountMinor'>): number {
  return posting.direction === 'debit' ? posting.amountMinor : -posting.amountMinor;
}

/** Line ends, other control signs, halves of signs, and what turns the direction of the text around it. */
const steering = /[\p{Cc}\p{Cs}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/gu;
const short: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

function numbered(sign: string): string {
  return short[sign] ?? `\\u${(sign.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`;
}

/** Nearly every text: none of its signs is ever numbered, by `alsoNumbered` neither. */
const isPlain = /^[\w .\-/'()+&]*$/;

/** Text on one line that shows every sign it has: as in JSON, a line end reads \n, a right-to-left override \u202e, a backslash \\. */
export function visibleText(text: string, alsoNumbered?: RegExp): string {
  if (isPlain.test(text)) return text;
  const visible = text.replaceAll('\\', '\\\\').replace(steering, numbered);
  return alsoNumbered ? visible.replace(alsoNumbered, numbered) : visible;
}
