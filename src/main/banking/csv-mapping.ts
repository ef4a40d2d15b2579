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

/** An amount as the mapping writes it, as a plain decimal: `1.234,50-` with a comma is `-1234.50`. Empty stays empty. */
export function plainAmount(text: string, decimalSign: '.' | ','): string {
  const group = decimalSign === ',' ? '.' : ',';
  const bare = text.replaceAll(/[\s\u00a0\u202f'’]|[A-Za-z€$£¥]/g, '').replace('−', '-');
  const isNegative = bare.startsWith('-') || bare.endsWith('-') || /^\(.*\)$/.test(bare);
  const size = bare.replaceAll(/[()+-]/g, '').replaceAll(group, '').replace(decimalSign, '.');
  return size === '' ? '' : `${isNegative ? '-' : ''}${size}`;
}
