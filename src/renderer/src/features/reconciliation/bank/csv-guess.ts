/** A first mapping for a CSV, from what its first rows look like: a person corrects it. Pure. */
import type { BankAccountView, CsvMappingView } from '../../../../../shared/api/banking.contract.ts';
import { isCurrencyCode } from '../../../../../shared/money/currency.ts';

const wordsOf: Readonly<Record<Exclude<keyof CsvMappingView['columns'], 'description'> | 'description', RegExp>> = {
  bookedOn: /^(date|booking date|booked|transaction date|posting date|buchungstag|buchungsdatum|datum|completed date|fecha)$/i, valuedOn: /^(value date|valuta|valutadatum|wertstellung)$/i, amount: /^(amount|betrag|umsatz|montant|importe|bedrag|net amount|betrag \(.*\))$/i,
  debit: /^(debit|paid out|money out|soll|withdrawal|withdrawals)$/i, credit: /^(credit|paid in|money in|haben|deposit|deposits)$/i, side: /^(debit\/credit|dc|d\/c|soll\/haben|s\/h|type dc)$/i, currency: /^(currency|währung|ccy|devise|munt)$/i,
  description: /^(description|details|memo|text|verwendungszweck|zweck|buchungstext|narrative|reference text|omschrijving)$/i, counterpartyName: /^(name|payee|counterparty|beneficiary|auftraggeber.*|empfänger.*|naam.*|payer)$/i, counterpartyAccount: /^(iban|counterparty account|kontonummer|account number)$/i,
  reference: /^(reference|end-to-end.*|kundenreferenz.*|referenz|ref)$/i, entryReference: /^(transaction id|id|fitid|bank reference|entry reference|transaktions-id)$/i, balanceAfter: /^(balance|running balance|saldo|kontostand|saldo nach buchung|balance after)$/i,
};

export const emptyColumns: CsvMappingView['columns'] = { bookedOn: '', valuedOn: '', amount: '', debit: '', credit: '', side: '', currency: '', description: [], counterpartyName: '', counterpartyAccount: '', reference: '', entryReference: '', balanceAfter: '' };
/** Nothing is guessed that the file does not say: its currency comes from the file, from its account or from a person. */
export const firstMapping: CsvMappingView = { name: '', encoding: 'utf-8', delimiter: ',', headingLines: 1, dateFormat: 'YYYY-MM-DD', decimalSign: '.', sign: 'signed', debitMark: 'D', currency: '', columns: emptyColumns };

/** The delimiter that splits the rows into the most cells, the same number in most of them. */
export function guessDelimiter(head: string): CsvMappingView['delimiter'] {
  const lines = head.split(/\r?\n/).filter((line) => line.trim() !== '').slice(0, 20);
  const counted = ([',', ';', '\t', '|'] as const).map((delimiter) => ({ delimiter, cells: lines.map((line) => line.split(delimiter).length) }));
  const even = (cells: readonly number[]): number => cells.filter((count) => count === middle(cells)).length;
  const best = counted.toSorted((one, other) => middle(other.cells) - middle(one.cells) || even(other.cells) - even(one.cells))[0];
  return best?.delimiter ?? ',';
}
const middle = (numbers: readonly number[]): number => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0;

export function guessMapping(rows: readonly (readonly string[])[], base: CsvMappingView): CsvMappingView {
  const isAmount = (cell: string): boolean => /^[-+(]?\s*[\d.,'’\s]*\d\)?-?$/.test(cell.trim()) && /\d/.test(cell);
  const isDay = (cell: string): boolean => dayFormatOf(cell) !== null;
  const firstData = rows.findIndex((row) => row.some(isDay) && row.some(isAmount));
  const headings = firstData > 0 ? (rows[firstData - 1] ?? []) : [];
  const nameOf = (key: keyof typeof wordsOf): string => headings.find((heading) => wordsOf[key].test(heading.trim()))?.trim() ?? '';
  const columns = { ...emptyColumns };
  for (const key of Object.keys(wordsOf) as (keyof typeof wordsOf)[]) {
    if (key === 'description') columns.description = nameOf(key) === '' ? [] : [nameOf(key)];
    else columns[key] = nameOf(key);
  }
  const data = rows.slice(Math.max(0, firstData), firstData + 10);
  const at = (row: readonly string[], column: string): string => row[headings.findIndex((heading) => heading.trim() === column)]?.trim() ?? '';
  const places = (isIt: (cell: string) => boolean): string => {
    const place = (data[0] ?? []).findIndex(isIt);
    return place < 0 ? '' : `#${place + 1}`;
  };
  if (firstData <= 0) {
    columns.bookedOn = places(isDay);
    columns.amount = places((cell) => isAmount(cell) && !isDay(cell));
  }
  const days = data.map((row) => (columns.bookedOn.startsWith('#') ? (row[Number(columns.bookedOn.slice(1)) - 1] ?? '') : at(row, columns.bookedOn)));
  const amounts = data.flatMap((row) => row.filter((cell) => isAmount(cell) && !isDay(cell)));
  const hasTwo = columns.amount === '' && (columns.debit !== '' || columns.credit !== '');
  const isKnown = (code: string): boolean => /^[a-z]{3}$/i.test(code);
  const currency = data.map((row) => at(row, columns.currency)).find(isKnown);
  return {
    ...base, columns, headingLines: Math.max(0, firstData), dateFormat: days.map(dayFormatOf).find((format) => format !== null) ?? base.dateFormat, decimalSign: amounts.some((cell) => /,\d{1,2}\)?-?$/.test(cell.trim())) ? ',' : '.', sign: hasTwo ? 'two-columns' : columns.side !== '' && columns.amount !== '' ? 'indicator' : 'signed',
    currency: currency?.toLowerCase() ?? base.currency,
  };
}

function dayFormatOf(cell: string): CsvMappingView['dateFormat'] | null {
  const text = cell.trim();
  const forms: readonly [RegExp, CsvMappingView['dateFormat']][] = [
    [/^\d{4}-\d{2}-\d{2}/, 'YYYY-MM-DD'], [/^\d{1,2}\.\d{1,2}\.\d{4}/, 'DD.MM.YYYY'], [/^\d{1,2}\.\d{1,2}\.\d{2}$/, 'DD.MM.YY'], [/^\d{4}\/\d{2}\/\d{2}/, 'YYYY/MM/DD'], [/^\d{1,2}-\d{1,2}-\d{4}/, 'DD-MM-YYYY'], [/^(?:19|20)\d{6}$/, 'YYYYMMDD'],
  ];
  const found = forms.find(([form]) => form.test(text))?.[1];
  if (found) return found;
  const slashes = /^(\d{1,2})\/(\d{1,2})\/(\d{4}|\d{2})$/.exec(text);
  if (!slashes) return null;
  const isShort = slashes[3]?.length === 2;
  // Which of the two is the month only shows when one is above twelve.
  return Number(slashes[2]) > 12 ? (isShort ? 'MM/DD/YY' : 'MM/DD/YYYY') : isShort ? 'DD/MM/YY' : 'DD/MM/YYYY';
}

/** What has to be said before the file can be read at all; null: nothing. A person is not told of it as of an error: they have not come to it yet. */
export function whatIsMissing({ columns, sign, currency, debitMark }: CsvMappingView, account: string): string | null {
  if (account.trim() === '') return 'Say of which bank account the file is.';
  if (columns.bookedOn === '') return 'Choose the column of the booking day.';
  if (sign === 'two-columns' ? columns.debit === '' && columns.credit === '' : columns.amount === '') return 'Choose the column of the amount.';
  if (sign === 'indicator' && (columns.side === '' || debitMark.trim() === '')) return 'Choose the column of the side, and its mark of money out.';
  if (columns.currency === '' && !isCurrencyCode(currency)) return 'Say in which currency the entries are.';
  return null;
}

type KnownAccount = Pick<BankAccountView, 'id' | 'number' | 'name' | 'currency'>;

/** How a known bank account is called where one is chosen or typed. */
export const accountText = ({ number, name, currency }: KnownAccount): string => `${name === number ? '' : `${name}, `}${number}, ${currency.toUpperCase()}`;

/** The known account that was chosen, or whose number was typed; undefined for a new one, and where several currencies share the number. */
export function accountOfText(accounts: readonly KnownAccount[], text: string): KnownAccount | undefined {
  const plain = (number: string): string => number.replaceAll(' ', '').toUpperCase();
  const chosen = accounts.find((account) => accountText(account) === text);
  if (chosen) return chosen;
  const [first, ...others] = accounts.filter((account) => plain(account.number) === plain(text));
  return others.length === 0 ? first : undefined;
}

/** The mapping for an account that is known: its currency, where neither the file nor a person says another. @param before the account it was for until now. */
export const withCurrencyOf = (mapping: CsvMappingView, account: KnownAccount | undefined, before?: KnownAccount): CsvMappingView =>
  account && mapping.columns.currency === '' && (mapping.currency === '' || mapping.currency === before?.currency) ? { ...mapping, currency: account.currency } : mapping;
