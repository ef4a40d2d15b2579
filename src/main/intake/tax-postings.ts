/**
 * Tax by the jurisdiction it is owed to: what an invoice charged is taken back from where it was booked (docs/chart-of-accounts.md). Pure.
 */
import { allocate } from '../../shared/money/money.ts';
import { taxAccountOf } from '../ledger/tax-jurisdictions.ts';
import { taxShareOf } from './earned-split-calculation.ts';
import type { InvoiceFact, TaxPart } from './posting-facts.ts';

const notKnown: readonly TaxPart[] = [{ jurisdiction: null, amountMinor: 1 }];

/** Signed debits of tax payable: an amount shared out over jurisdictions as their taxes are; the whole tax gives each its own. */
export function taxDebits(taxes: readonly TaxPart[] | undefined, signedDebit: number): (readonly [accountCode: string, signedDebit: number])[] {
  const parts = taxes === undefined || taxes.length === 0 ? notKnown : taxes;
  // An invoice that gives back has its taxes below zero; their shares are the same.
  const shares = allocate(signedDebit, parts.map(({ amountMinor }) => Math.abs(amountMinor)));
  return parts.map(({ jurisdiction }, index) => [taxAccountOf(jurisdiction), shares[index] ?? 0] as const);
}

/**
 * Signed debits of what comes to a part that is taken back after others: each jurisdiction gets what it has up to this part less what it had before, so that
 * all parts together give each its own, to the cent.
 */
export function taxDebitsOfPart(taxes: readonly TaxPart[] | undefined, before: number, upTo: number): (readonly [accountCode: string, signedDebit: number])[] {
  const earlier = taxDebits(taxes, before);
  return taxDebits(taxes, upTo).map(([accountCode, signedDebit], index) => [accountCode, signedDebit - (earlier[index]?.[1] ?? 0)] as const);
}

/**
 * The taxes that a credit note gives back: as it says itself, where its invoice charged them all; else as the invoice did.
 */
export function taxesOfNote(taxes: readonly TaxPart[] | undefined, charged: readonly TaxPart[] | undefined): readonly TaxPart[] | undefined {
  if (!taxes || !charged) return taxes ?? charged;
  return taxes.every((tax) => charged.some(({ jurisdiction }) => jurisdiction === tax.jurisdiction)) ? taxes : charged;
}

/**
 * Signed debits of the tax that voiding an invoice takes back: what it charged, less what its credit notes gave back, less what stays with the money that was
 * paid on it. A share of the amount instead would leave the cents by which the notes' own tax was rounded.
 */
export function taxDebitsOfVoid(invoice: Pick<InvoiceFact, 'totalMinor' | 'taxMinor' | 'taxes' | 'amountPaidMinor' | 'notesAtVoid'>): (readonly [accountCode: string, signedDebit: number])[] {
  const notes = invoice.notesAtVoid ?? [];
  const staysPaidMinor = notes.reduce((left, note) => left - note.postPaymentMinor, invoice.amountPaidMinor);
  const kept = [...notes.flatMap((note) => taxDebits(taxesOfNote(note.taxes, invoice.taxes), note.taxMinor)), ...taxDebits(invoice.taxes, taxShareOf(Math.max(0, staysPaidMinor), invoice))];
  return [...taxDebits(invoice.taxes, invoice.taxMinor), ...kept.map(([accountCode, signedDebit]) => [accountCode, -signedDebit] as const)];
}
