/**
 * Tax by the jurisdiction it is owed to: what an invoice charged is taken back from where it was booked (docs/chart-of-accounts.md). Pure.
 */
import { allocate } from '../../shared/money/money.ts';
import { taxAccountOf } from '../ledger/tax-jurisdictions.ts';
import type { Span } from '../ledger/valuation.ts';
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

/** By account of tax payable, which of the minor units that the invoice charged there are meant. */
export type TaxSpans = ReadonlyMap<string, readonly Span[]>;

interface Move {
  readonly id: string;
  readonly at: number;
  readonly isTaking: boolean;
}

/**
 * Which of the minor units of an invoice's tax each of its credit notes takes, in the order in which they were written, and which are left for its void: the lowest that are
 * free, and what is given back when a note is voided is free again. So all parts together are the whole, and share its functional figure without a rest, whatever was voided in between.
 * @param until a note: up to it; `void`: up to the invoice's void. Undefined where the notes are not known.
 * @returns what a note takes; what is left at the void.
 */
export function taxSpansOfNotes(invoice: Pick<InvoiceFact, 'taxMinor' | 'taxes' | 'notes' | 'voidedAt'>, until: string): TaxSpans | undefined {
  const { notes } = invoice;
  if (!notes) return undefined;
  const free = new Map<string, readonly Span[]>(taxDebits(invoice.taxes, invoice.taxMinor).map(([accountCode, charged]) => [accountCode, [[0, Math.abs(charged)]]]));
  const taken = new Map<string, TaxSpans>();
  const moves = notes.flatMap(({ id, createdAt, voidedAt }): Move[] => [{ id, at: createdAt, isTaking: true }, ...(voidedAt === null ? [] : [{ id, at: voidedAt, isTaking: false }])]);
  for (const { id, at, isTaking } of moves.toSorted((one, other) => one.at - other.at || Number(other.isTaking) - Number(one.isTaking) || (one.id < other.id ? -1 : 1))) {
    if (until === 'void' && at > (invoice.voidedAt ?? Infinity)) break;
    const note = notes.find((other) => other.id === id);
    if (isTaking && note) {
      const ofNote = new Map<string, readonly Span[]>();
      for (const [accountCode, debit] of taxDebits(taxesOfNote(note.taxes, invoice.taxes), note.taxMinor)) {
        const split = takeSpans(free.get(accountCode) ?? [], Math.abs(debit));
        ofNote.set(accountCode, split.taken);
        free.set(accountCode, split.left);
      }
      taken.set(id, ofNote);
      if (id === until) return ofNote;
    } else for (const [accountCode, spans] of taken.get(id) ?? []) free.set(accountCode, [...(free.get(accountCode) ?? []), ...spans].toSorted(([one], [other]) => one - other));
  }
  return until === 'void' ? free : undefined;
}

/** The lowest so many units, and what is left; fewer where there are not so many. */
export function takeSpans(spans: readonly Span[], units: number): { readonly taken: readonly Span[]; readonly left: readonly Span[] } {
  const taken: Span[] = [];
  const left: Span[] = [];
  let wanted = units;
  for (const [from, to] of spans) {
    const cut = Math.min(to, from + wanted);
    if (cut > from) taken.push([from, cut]);
    if (cut < to) left.push([cut, to]);
    wanted -= cut - from;
  }
  return { taken, left };
}

/**
 * The minor units of an invoice's tax that a part of its payment gives back: from the highest down, so that they meet those of its credit notes only when both together give back more than there was.
 * @param gone what refunds gave back before; with the part, `upTo`.
 */
export function taxSpansOfPart({ taxes, taxMinor }: Pick<InvoiceFact, 'taxes' | 'taxMinor'>, gone: number, upTo: number): TaxSpans {
  const [before, after] = [new Map(taxDebits(taxes, gone)), new Map(taxDebits(taxes, upTo))];
  return new Map(taxDebits(taxes, taxMinor).map(([accountCode, charged]) => [accountCode, [[Math.abs(charged) - Math.abs(after.get(accountCode) ?? 0), Math.abs(charged) - Math.abs(before.get(accountCode) ?? 0)]]] as const));
}
