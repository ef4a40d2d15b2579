/** What is typed into the cells of a draft, read by the person's locale, and how values stand there. Pure. */
import { isCurrencyCode } from '../../../../../shared/money/currency.ts';
import type { Discount } from '../../../../../shared/invoicing/invoice-totals.ts';
import { fromDecimalString, toDecimalString } from '../../../../../shared/money/money.ts';
import { readBasisPoints, readDay, readDecimal, writeBasisPoints, writeDay, writeDecimal, type Typed } from '../../../lib/typed-values.ts';

const refused = (message: string): { isFine: false; message: string } => ({ isFine: false, message });

/** Of the contract: at most twelve digits before and eight behind the point. */
const sendable = /^-?\d{1,12}(\.\d{1,8})?$/;

/** A quantity or a price; nothing typed: there is none. */
export function readFigure(typed: string, locale: string): Typed<string | null> {
  if (typed.trim() === '') return { isFine: true, value: null };
  const read = readDecimal(typed, locale);
  return read.isFine && !sendable.test(read.value) ? refused('Twelve digits before the decimal mark and eight behind it at most.') : read;
}

/** @param decimals at least: a price has those of its currency. */
export function writeFigure(value: string | null, locale: string, decimals = 0): string {
  return value === null || !sendable.test(value) ? value ?? '' : writeDecimal(value, locale, decimals);
}

/** An amount in whole minor units. */
export function readAmount(typed: string, currency: string, locale: string): Typed<number> {
  const read = readDecimal(typed, locale);
  if (!read.isFine) return read;
  if (!isCurrencyCode(currency)) return refused('The currency is not known.');
  try {
    return { isFine: true, value: fromDecimalString(read.value, currency) };
  } catch {
    return refused(`This is more exact than ${currency.toUpperCase()} is, or too large.`);
  }
}

export function writeAmount(amountMinor: number, currency: string, locale: string): string {
  return writeDecimal(toDecimalString(amountMinor, currency), locale);
}

/** '10 %' is a share, '10' an amount; nothing typed: no discount. */
export function readDiscount(typed: string, currency: string, locale: string): Typed<Discount | null> {
  const text = typed.trim();
  if (text === '') return { isFine: true, value: null };
  if (text.endsWith('%')) {
    const share = readBasisPoints(text, locale);
    if (!share.isFine) return share;
    return share.value < 0 || share.value > 10_000 ? refused('Between 0 and 100 %.') : { isFine: true, value: { kind: 'percentage', basisPoints: share.value } };
  }
  const amount = readAmount(text, currency, locale);
  if (!amount.isFine) return amount;
  return amount.value < 0 ? refused('A discount is not negative: add a line instead.') : { isFine: true, value: { kind: 'amount', amountMinor: amount.value } };
}

export function writeDiscount(discount: Discount | null, currency: string, locale: string): string {
  if (discount === null) return '';
  return discount.kind === 'percentage' ? `${writeBasisPoints(discount.basisPoints, locale)} %` : writeAmount(discount.amountMinor, currency, locale);
}

/** A rate of tax between 0 and 100 %. */
export function readRate(typed: string, locale: string): Typed<number> {
  const read = readBasisPoints(typed, locale);
  return read.isFine && (read.value < 0 || read.value > 10_000) ? refused('Between 0 and 100 %.') : read;
}

export function writeRate(basisPoints: number, locale: string): string {
  return `${writeBasisPoints(basisPoints, locale)} %`;
}

/** A day; nothing typed: none. */
export function readDayOrNone(typed: string, locale: string): Typed<string | null> {
  return typed.trim() === '' ? { isFine: true, value: null } : readDay(typed, locale);
}

export function writeDayOrNone(day: string | null, locale: string): string {
  return day === null ? '' : writeDay(day, locale);
}

/** A line of text without what surrounds it; nothing typed: ''. */
export function readLine(typed: string, mostLetters: number): Typed<string> {
  const value = typed.trim();
  return value.length > mostLetters ? refused(`At most ${mostLetters} letters.`) : { isFine: true, value };
}

/** What a customer is known by. */
export function readName(typed: string): Typed<string> {
  return typed.trim() === '' ? refused('A customer has a name.') : readLine(typed, 300);
}

/** ISO 3166-1 alpha-2, in capitals; nothing typed: ''. */
export function readCountry(typed: string): Typed<string> {
  return /^([A-Za-z]{2})?$/.test(typed.trim()) ? { isFine: true, value: typed.trim().toUpperCase() } : refused('Two letters, such as DE.');
}

/** Lines as they are printed: eight at most, none of them empty, each as long as the contract takes. */
export function readAddress(typed: string): string[] {
  return typed.split('\n').map((line) => line.trim().slice(0, 300)).filter((line) => line !== '').slice(0, 8);
}
