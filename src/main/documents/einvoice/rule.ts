/**
 * One rule of EN 16931: its number, what it says, and where an invoice breaks it. Rules are data, so that the list of them can be shown and tested.
 */
import { readDecimal, type ExactDecimal } from './exact-decimal.ts';
import type { EInvoice, EInvoiceAllowanceCharge, EInvoiceLine } from './invoice-model.ts';

export interface EInvoiceRule {
  /** As the standard numbers it: 'BR-CO-10'. */
  readonly id: string;
  /** The business term or group it is about: 'BT-106', 'BG-25'. */
  readonly term: string;
  /** What must be, in one sentence. */
  readonly says: string;
  /** Where it is broken: '' for the invoice as a whole, else 'line 3', 'allowance 1'. Empty where it holds. */
  places(invoice: EInvoice): readonly string[];
}

/** A rule about the invoice as a whole. */
export function wholeRule(id: string, term: string, says: string, holds: (invoice: EInvoice) => boolean): EInvoiceRule {
  return { id, term, says, places: (invoice) => (holds(invoice) ? [] : ['']) };
}

/** A rule about each of several things, named by what they are and their place, counted from 1. */
export function eachRule<T>(id: string, term: string, says: string, what: string, list: (invoice: EInvoice) => readonly T[], holds: (item: T, invoice: EInvoice) => boolean): EInvoiceRule {
  return { id, term, says, places: (invoice) => list(invoice).flatMap((item, index) => (holds(item, invoice) ? [] : [`${what} ${index + 1}`])) };
}

export const linesOf = (invoice: EInvoice): readonly EInvoiceLine[] => invoice.lines;
export const allowancesOf = (invoice: EInvoice): EInvoiceAllowanceCharge[] => invoice.allowanceCharges.filter((each) => each.kind === 'allowance');
export const chargesOf = (invoice: EInvoice): EInvoiceAllowanceCharge[] => invoice.allowanceCharges.filter((each) => each.kind === 'charge');
export const lineAllowancesOf = (invoice: EInvoice): EInvoiceAllowanceCharge[] => invoice.lines.flatMap((line) => line.allowanceCharges.filter((each) => each.kind === 'allowance'));
export const lineChargesOf = (invoice: EInvoice): EInvoiceAllowanceCharge[] => invoice.lines.flatMap((line) => line.allowanceCharges.filter((each) => each.kind === 'charge'));

export function isThere(text: string | null | undefined): boolean {
  return text !== null && text !== undefined && text.trim() !== '';
}

/** True where one of the texts is no number: another rule names that, arithmetic then has nothing to say. */
export function withNumbers(texts: readonly (string | null)[], holds: (...numbers: ExactDecimal[]) => boolean): boolean {
  const numbers = texts.map(readDecimal);
  return numbers.every((number) => number !== null) ? holds(...numbers) : true;
}

/** The number of an optional amount; zero where it is absent, null where it is no number. */
export function orZero(text: string | null): ExactDecimal | null {
  return text === null ? { units: 0n, scale: 0 } : readDecimal(text);
}
