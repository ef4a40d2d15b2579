/**
 * What a bank's CSV means: which column holds what, how days and amounts are written. Saved by name, since each bank writes its own. Pure.
 */
import { readDay, refuseFile, clip } from './statement-file.ts';
import type { LocalDate } from '../../shared/calendar/local-date.ts';

export const csvEncodings = ['utf-8', 'windows-1252', 'iso-8859-15', 'utf-16le'] as const;
export const csvDateFormats = ['YYYY-MM-DD', 'DD.MM.YYYY', 'DD/MM/YYYY', 'MM/DD/YYYY', 'DD-MM-YYYY', 'YYYY/MM/DD', 'YYYYMMDD', 'DD.MM.YY', 'DD/MM/YY', 'MM/DD/YY'] as const;
export const csvDelimiters = [',', ';', '\t', '|'] as const;
/** `signed`: money out is negative; `reversed`: it is positive, as on cards; `two-columns`: one for each side; `indicator`: a column says which side. */
export const csvSigns = ['signed', 'reversed', 'two-columns', 'indicator'] as const;
export type CsvSign = (typeof csvSigns)[number];

/** Columns are named by their heading, or by their place from 1, such as `#3`. Empty: the file has no such column. */
export interface CsvColumns {
  readonly bookedOn: string;
  readonly valuedOn: string;
  readonly amount: string;
  readonly debit: string;
  readonly credit: string;
  readonly side: string;
  readonly currency: string;
  readonly description: readonly string[];
  readonly counterpartyName: string;
  readonly counterpartyAccount: string;
  readonly reference: string;
  /** The bank's own id of the entry. */
  readonly entryReference: string;
  readonly balanceAfter: string;
}

export interface CsvMapping {
  readonly name: string;
  readonly encoding: (typeof csvEncodings)[number];
  readonly delimiter: (typeof csvDelimiters)[number];
  /** Lines before the first entry, the headings among them as the last; 0: there are no headings. */
  readonly headingLines: number;
  readonly dateFormat: (typeof csvDateFormats)[number];
  readonly decimalSign: '.' | ',';
  readonly sign: CsvSign;
  /** What the column `side` says of money out, such as `D` or `Soll`. */
  readonly debitMark: string;
  readonly columns: CsvColumns;
  /** Of every entry, where no column says it. */
  readonly currency: string;
}

/** @throws ValidationError `bank-date-invalid`. */
export function readMappedDay(text: string, format: CsvMapping['dateFormat'], fileLine: number): LocalDate {
  const digits = [...text.trim().matchAll(/\d+/g)].map((match) => match[0]);
  const parts = format === 'YYYYMMDD' ? [text.trim().slice(0, 4), text.trim().slice(4, 6), text.trim().slice(6, 8)] : digits.slice(0, 3);
  const order = format === 'YYYYMMDD' ? ['Y', 'M', 'D'] : format.split(/[^YMD]/).map((part) => part[0]);
  const part = (name: string): string => parts[order.indexOf(name)] ?? '';
  const year = part('Y').length === 2 ? `20${part('Y')}` : part('Y');
  const separator = /[^YMD]/.exec(format)?.[0];
  if (separator !== undefined && !text.includes(separator)) throw refuseFile('bank-date-invalid', `“${clip(text)}” is no day written ${format}.`, fileLine);
  return readDay(`${year}-${part('M').padStart(2, '0')}-${part('D').padStart(2, '0')}`, fileLine);
}

/** What banks write around an amount: a currency's sign, code or short name, on either side. */
const aroundAmount = /^(?:\p{L}{2,3}\.?|[A-Z]{0,2}\p{Sc})|(?:\p{L}{2,3}\.?|\p{Sc})$/gu;
/** Groups of three, the first of one to three digits; or of two and a last one of three, as in India. */
const wholeShape = /^\d*$|^\d{1,3}(?: \d{3})+$|^\d{1,2}(?: \d{2})+ \d{3}$/;

/**
 * An amount as the mapping writes it, as a plain decimal: `1.234,50-` with a comma is `-1234.50`, `5.00 DR` is `-5.00`. Empty stays empty.
 * @returns null for what is not written so, such as `1,50` where the point is the decimal sign, `1E+05` or a day: no amount is guessed.
 */
export function plainAmount(text: string, decimalSign: '.' | ','): string | null {
  const trimmed = text.trim().replaceAll('−', '-');
  if (trimmed === '') return '';
  const side = /(?<!\p{L})([CD]R)$/iu.exec(trimmed);
  const bare = trimmed.slice(0, side?.index).replaceAll(aroundAmount, '').trim();
  // Brackets or a sign on one side, not both.
  const [, before = '', open = '', written = '', close = '', behind = ''] = /^([+-]?)\s*(\(?)([^()+-]*)(\)?)\s*([+-]?)$/.exec(bare) ?? [];
  const marks = [before, behind, open && close, side?.[1] ?? ''].filter((mark) => mark !== '');
  if (marks.length > 1 || (open === '') !== (close === '')) return null;
  const [whole = '', fraction = '', ...more] = written.trim().replaceAll(aroundAmount, '').trim().split(decimalSign);
  const grouped = whole.replaceAll(/[\s\u00a0\u202f'’]/g, ' ').replaceAll(decimalSign === ',' ? '.' : ',', ' ');
  if (more.length > 0 || !wholeShape.test(grouped) || !/^\d*$/.test(fraction) || grouped + fraction === '') return null;
  const isNegative = marks.some((mark) => mark === '-' || mark === ')' || /^dr$/i.test(mark));
  return `${isNegative ? '-' : ''}${grouped.replaceAll(' ', '')}${fraction === '' ? '' : `.${fraction}`}`;
}
