/**
 * What a statement file says, whatever its format, and how it is refused. Pure.
 */
import { localDate, type LocalDate } from '../../shared/calendar/local-date.ts';
import { ValidationError } from '../../shared/errors/errors.ts';
import { currencyExponent, isCurrencyCode, type CurrencyCode } from '../../shared/money/currency.ts';
import { minorUnits, type MinorUnits } from '../../shared/money/money.ts';

export const statementFormats = ['camt.053', 'mt940', 'ofx', 'csv'] as const;
export type StatementFormat = (typeof statementFormats)[number];

/** How the bank names the account: an IBAN, or a number with or without the bank's code before it. */
export interface StatementAccount {
  /** Without blanks, upper case. */
  readonly number: string;
  readonly isIban: boolean;
  /** The owner's or the bank's name for it, where the file has one. */
  readonly name: string | null;
}

/** Sent before the first line of a statement. */
export interface StatementHeader {
  readonly account: StatementAccount | null;
  /** Null: only the lines say. */
  readonly currency: CurrencyCode | null;
  /** The bank's own id of the statement; null where the format knows none. */
  readonly reference: string | null;
  readonly sequenceNumber: string | null;
}

export interface StatementLine {
  /** Signed: what came in is positive. */
  readonly amountMinor: MinorUnits;
  readonly currency: CurrencyCode;
  readonly bookedOn: LocalDate;
  readonly valuedOn: LocalDate | null;
  /** The bank's own id of the entry; null where it gave none. */
  readonly entryReference: string | null;
  /** What the payer or payee wrote to be found again by: end-to-end ids, customer references, cheque numbers. */
  readonly references: readonly string[];
  readonly counterpartyName: string | null;
  /** The name as the text has it, where the bank writes it nowhere else: it is shown, and is no part of what makes the line itself, as older readers did not see it. */
  readonly nameInText?: string | null;
  readonly counterpartyAccount: string | null;
  readonly description: string;
  /** The bank's kind of transaction, in its own code. */
  readonly bankCode: string | null;
  /** The balance after the line, where the file carries one per line. */
  readonly balanceAfterMinor: MinorUnits | null;
  /** Where it stands in the file: the line its entry begins on, from 1. */
  readonly fileLine: number;
}

export interface StatementBalance {
  readonly amountMinor: MinorUnits;
  readonly currency: CurrencyCode;
  readonly on: LocalDate | null;
  /** Where it stands in the file; left out where the statement's end says enough. */
  readonly fileLine?: number;
}

/** Sent after the last line of a statement. */
export interface StatementEnd {
  readonly opening: StatementBalance | null;
  readonly closing: StatementBalance | null;
  readonly from: LocalDate | null;
  readonly to: LocalDate | null;
  /** Entries the bank had not booked yet; they are not lines. */
  readonly unbooked: number;
}

export interface StatementSink {
  begin(header: StatementHeader, fileLine: number): void;
  line(line: StatementLine): void;
  end(end: StatementEnd, fileLine: number): void;
}

/** Reads one file: given its text in pieces, it tells a sink what it finds. @throws ValidationError as {@link refuseFile} makes them. */
export interface StatementReader {
  write(text: string): void;
  /** The file is over. */
  finish(): void;
}

export const mostDescription = 2_000;
export const mostReferences = 100;

/**
 * A file, or something in it, that is not read. Nothing of it is kept.
 * @param fileLine from 1; null where no line is to blame.
 */
export function refuseFile(code: string, reason: string, fileLine: number | null = null, nextStep = 'Nothing was imported. Ask the bank for the file again, or correct that line.'): ValidationError {
  return new ValidationError(code, fileLine === null ? reason : `Line ${fileLine}: ${reason}`, { data: { fileLine, reason }, nextStep });
}

/** Statements repeat their days: what was found to be one is one. */
const knownDays = new Map<string, LocalDate>();
const mostKnownDays = 2_000;

/** @param day `2026-10-31`. @throws ValidationError `bank-date-invalid`. */
export function readDay(day: string, fileLine: number): LocalDate {
  const known = knownDays.get(day);
  if (known !== undefined) return known;
  try {
    const read = localDate(day);
    if (knownDays.size < mostKnownDays) knownDays.set(day, read);
    return read;
  } catch {
    throw refuseFile('bank-date-invalid', `“${clip(day)}” is no day.`, fileLine);
  }
}

/** @param text lower or upper case. @throws ValidationError `bank-currency-unknown`. */
export function readCurrency(text: string, fileLine: number): CurrencyCode {
  const code = text.trim().toLowerCase();
  if (code === '') throw refuseFile('bank-currency-unknown', 'No currency is named.', fileLine, 'Ask the bank for a file that names it, or export the account as CSV and say its currency in the mapping. Nothing was imported.');
  if (!isCurrencyCode(code)) throw refuseFile('bank-currency-unknown', `“${clip(text)}” is no ISO 4217 currency.`, fileLine);
  return code;
}

/**
 * A decimal in major units, point or comma before the decimals and nothing between thousands. Zeros beyond the currency's decimals are fine, anything else there is not.
 * @throws ValidationError `bank-amount-invalid`.
 */
export function readAmount(text: string, currency: CurrencyCode, fileLine: number): MinorUnits {
  const match = /^([+-]?)(\d{1,16})?(?:[.,](\d{0,10}))?$/.exec(text.trim());
  const [, sign = '', whole = '', fraction = ''] = match ?? [];
  if (!match || (whole === '' && fraction === '')) throw refuseFile('bank-amount-invalid', `“${clip(text)}” is no amount.`, fileLine);
  const exponent = currencyExponent(currency);
  if (/[1-9]/.test(fraction.slice(exponent))) throw refuseFile('bank-amount-invalid', `${clip(text)} has more decimals than ${currency.toUpperCase()} knows.`, fileLine);
  const value = Number(`${whole}${fraction.slice(0, exponent).padEnd(exponent, '0')}`);
  if (!Number.isSafeInteger(value)) throw refuseFile('bank-amount-invalid', `${clip(text)} is too large to be kept exactly.`, fileLine);
  return minorUnits(sign === '-' ? -value : value);
}

/** An account's number as it is compared: no blanks, upper case. */
export function readAccountNumber(text: string): { number: string; isIban: boolean } {
  const number = text.replaceAll(/[\s\u00a0]/g, '').toUpperCase();
  return { number, isIban: /^[A-Z]{2}\d{2}[A-Z0-9]{11,30}$/.test(number) };
}

/** Blanks that are doubled, or other than a space. */
const hasOddBlanks = /\s\s|[^\S ]/;

/** One text of several, without blanks at the ends or doubled, cut where it is too long for a description. */
export function joinText(parts: readonly (string | null | undefined)[], separator = ' '): string {
  const joined = parts.filter((part) => part !== null && part !== undefined && part.trim() !== '').join(separator);
  const text = (hasOddBlanks.test(joined) ? joined.replaceAll(/[\s\u00a0]+/g, ' ') : joined).trim();
  return text.length > mostDescription ? `${text.slice(0, mostDescription - 1)}…` : text;
}

/** References once each, blanks and the banks' words for “none” left out. */
export function keepReferences(found: readonly (string | null | undefined)[]): string[] {
  const kept = new Set<string>();
  for (const reference of found) {
    const text = reference?.trim() ?? '';
    if (text === '' || text.length > 140 || /^(NONREF|NOTPROVIDED|NOT PROVIDED|NONE|N\/?A|0+)$/i.test(text)) continue;
    kept.add(text);
    if (kept.size === mostReferences) break;
  }
  return [...kept];
}

export const clip = (text: string): string => (text.length > 40 ? `${text.slice(0, 40)}…` : text);
