import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addDays, localDate } from '../../shared/calendar/local-date.ts';
import type { JournalEntryDraft } from '../ledger/journal-entry.ts';
import { assertBalanced } from '../ledger/journal-entry.ts';
import { creditPartsOf, type CreditMovement } from './customer-credit-calculation.ts';
import { draftEntries } from './entry-drafting.ts';
import { creditMovementIds, invoiceBooking, type CreditNoteFact, type FactPostings, type InvoiceFact } from './posting-facts.ts';
import { creditNotePostings, invoicePostings } from './stripe-invoice-postings.ts';

const firstDay = localDate('2026-10-01');
const onDay = (day: number) => addDays(firstDay, day);
/** A rate of its own for each day, with digits that leave cents. */
const rateOn = (day: string): string => `1.${String((Number(day.slice(-2)) * 7_919) % 10_000).padStart(4, '0')}`;

function draft({ entries, findings }: FactPostings): JournalEntryDraft[] {
  expect(findings).toEqual([]);
  const drafted = draftEntries({ entries }, { identity: { account: 'acct_1', mode: 'test', functionalCurrency: 'usd' }, booked: { postingsOf: () => [] }, rates: { ratesOn: (date) => () => rateOn(date) } });
  if (!('drafts' in drafted)) throw new Error(drafted.reason);
  for (const one of drafted.drafts) assertBalanced(one);
  return drafted.drafts;
}

/** An invoice that uses credit (positive) or adds to it (negative): its total is as much, and more is owed. */
const invoiceOf = (id: string, day: number, appliedMinor: number, owedMinor = 0, voidedOnDay: number | null = null): InvoiceFact => {
  const totalMinor = appliedMinor + owedMinor;
  return {
    id, customerId: 'cus_1', currency: 'eur', status: voidedOnDay === null ? 'open' : 'void', totalMinor, taxMinor: 0, amountDueMinor: owedMinor, amountPaidMinor: 0, balanceAppliedMinor: appliedMinor, prePaymentNotesMinor: [], finalisedOn: onDay(day), paidOn: null,
    voidedOn: voidedOnDay === null ? null : onDay(voidedOnDay), uncollectibleAt: null, uncollectibleOn: null, payments: [], lines: [{ amountMinor: totalMinor, discountMinor: 0, inclusiveTaxMinor: 0, isForSubscription: false, startOn: null, endOn: null }],
  };
};
const noteOf = (id: string, day: number, totalMinor: number, invoice: InvoiceFact, refundedMinor = 0): CreditNoteFact => ({
  id, customerId: 'cus_1', currency: 'eur', totalMinor, taxMinor: 0, prePaymentMinor: 0, outOfBandMinor: 0, customerBalanceMinor: totalMinor - refundedMinor, refundedMinor, earlierRefundsMinor: 0, createdAt: 0, createdOn: onDay(day), voidedOn: null, invoice,
});

const bookingOf = (invoice: InvoiceFact) => invoiceBooking(invoice.id, invoice.finalisedOn);
const movementsOf = (documents: readonly Document[]): CreditMovement[] => documents.flatMap(({ day, invoice, note }, index): CreditMovement[] => {
  if (note?.invoice) return [{ id: creditMovementIds.given(note.id), at: day * 1_000 + index, debitMinor: -note.customerBalanceMinor, bookedBy: bookingOf(note.invoice) }];
  if (!invoice) return [];
  const moved = [{ id: creditMovementIds.applied(invoice.id), at: day * 1_000 + index, debitMinor: invoice.balanceAppliedMinor, bookedBy: bookingOf(invoice) }];
  return invoice.voidedOn === null || invoice.balanceAppliedMinor <= 0 ? moved : [...moved, { id: creditMovementIds.returned(invoice.id), at: day * 1_000 + index + 0.5, debitMinor: -invoice.balanceAppliedMinor, bookedBy: bookingOf(invoice) }];
});

interface Document {
  readonly day: number;
  readonly invoice?: InvoiceFact;
  readonly note?: CreditNoteFact;
}

/** The entries of documents, each told which portions it moved. */
function entriesOf(documents: readonly Document[]): JournalEntryDraft[] {
  const movements = movementsOf(documents);
  const parts = creditPartsOf(movements, new Set(movements.map(({ id }) => id)));
  const of = (id: string) => parts.get(id) ?? [];
  return documents.flatMap(({ invoice, note }) => [
    ...(invoice ? draft(invoicePostings({ ...invoice, credit: { applied: of(creditMovementIds.applied(invoice.id)), returned: of(creditMovementIds.returned(invoice.id)) } })) : []),
    ...(note ? draft(creditNotePostings({ ...note, credit: { given: of(creditMovementIds.given(note.id)), takenBack: [] } })) : []),
  ]);
}
const functionalOf = (drafts: readonly JournalEntryDraft[], account: string): number =>
  drafts.flatMap((one) => one.postings).filter((posting) => posting.accountCode.endsWith(account)).reduce((sum, posting) => sum + (posting.direction === 'debit' ? posting.functionalAmount : -posting.functionalAmount), 0);
const shown = (one: JournalEntryDraft | undefined): string[] => (one?.postings ?? []).map((posting) => `${posting.direction === 'debit' ? '+' : '-'}${posting.amount} ${posting.currency} ${posting.accountCode.slice(5)}${posting.currency === 'usd' ? '' : ` = ${posting.functionalAmount}`}`);

describe('credit in a foreign currency', () => {
  const origin = invoiceOf('in_origin', 0, 0, 20_000);
  const documents: Document[] = [
    { day: 0, invoice: origin },
    { day: 1, invoice: invoiceOf('in_adds', 1, -3_333) },
    { day: 2, note: noteOf('cn_1', 2, 5_000, origin) },
    { day: 4, invoice: invoiceOf('in_uses', 4, 6_000) },
    { day: 5, invoice: invoiceOf('in_rest', 5, 2_333) },
  ];

  it('is used oldest portion first, each at the rate it was booked at, and the difference is realised', () => {
    const drafts = entriesOf(documents);
    const find = (end: string) => drafts.find((one) => one.key.endsWith(end));
    expect(shown(find('in_uses/customer-balance-applied'))).toEqual([
      '+3333 eur customer-credit-balance = 5279', '+2667 eur customer-credit-balance = 4779', '-6000 eur accounts-receivable = 11757', '-3333 eur currency-conversion = 5279', '-2667 eur currency-conversion = 4779', '+6000 eur currency-conversion = 11757',
    ]);
    expect(shown(find('in_uses/customer-balance-applied-exchange-difference'))).toEqual(['+1699 usd realised-exchange-differences', '-1699 usd currency-conversion']);
    expect(shown(find('in_rest/customer-balance-applied'))[0]).toBe('+2333 eur customer-credit-balance = 4181');
    expect(functionalOf(drafts, 'customer-credit-balance')).toBe(0);
    expect(functionalOf(drafts, 'currency-conversion')).toBe(0);
  });

  it('does not depend on the order in which it is told', () => {
    const told = entriesOf(documents);
    const movements = movementsOf(documents);
    const wanted = new Set(movements.map(({ id }) => id));
    expect(creditPartsOf(movements.toReversed(), wanted)).toEqual(creditPartsOf(movements, wanted));
    expect(told.map(({ key }) => key)).toEqual([...new Set(told.map(({ key }) => key))]);
  });

  it('that a voided invoice gives back comes at that invoice’s rate, as a portion behind the others', () => {
    const drafts = entriesOf([...documents.slice(0, 3), { day: 4, invoice: invoiceOf('in_uses', 4, 6_000, 1_001, 6) }, { day: 7, invoice: invoiceOf('in_all', 7, 8_333) }]);
    expect(shown(drafts.find((one) => one.key.endsWith('in_all/customer-balance-applied'))).slice(0, 2)).toEqual(['+2333 eur customer-credit-balance = 4181', '+6000 eur customer-credit-balance = 11757']);
    expect([functionalOf(drafts, 'customer-credit-balance'), functionalOf(drafts, 'currency-conversion')]).toEqual([0, 0]);
  });

  it('that a note takes back goes from the note’s own portion first', () => {
    const [first, second] = [invoiceOf('in_1', 0, 0, 9_000), invoiceOf('in_2', 1, 0, 9_000)];
    const given = (id: string, at: number, invoice: InvoiceFact): CreditMovement => ({ id, at, debitMinor: -1_000, bookedBy: bookingOf(invoice) });
    const movements: CreditMovement[] = [given('a', 1, first), given('b', 2, second), { id: 'b-voided', at: 3, debitMinor: 1_000, bookedBy: bookingOf(second), takesBack: 'b' }];
    expect(creditPartsOf(movements, new Set(['b-voided'])).get('b-voided')).toEqual([{ debitMinor: 1_000, bookedBy: { ...bookingOf(second), portion: { id: 'b', releasedBefore: 0 } } }]);
  });

  it('is at zero in functional currency whenever it is used up, whatever happened', () => {
    const drawn = fc.array(fc.record({ kind: fc.constantFrom('adds', 'uses', 'usesAll', 'notes', 'mixedNote', 'voids'), minor: fc.integer({ min: 1, max: 9_999 }), wait: fc.integer({ min: 0, max: 2 }) }), { minLength: 2, maxLength: 14 });
    fc.assert(
      fc.property(drawn, (steps) => {
        let [day, balance] = [0, 0];
        const made: Document[] = [{ day: 0, invoice: origin }];
        const add = (document: Document, movedMinor: number): void => { made.push(document); balance += movedMinor; };
        for (const [index, { kind, minor, wait }] of [...steps, { kind: 'usesAll', minor: 0, wait: 1 }].entries()) {
          day = Math.min(27, day + wait);
          const id = `${kind}_${index}`;
          if (kind === 'adds') add({ day, invoice: invoiceOf(id, day, -minor) }, -minor);
          else if (kind === 'notes') add({ day, note: noteOf(id, day, minor, origin) }, -minor);
          else if (kind === 'mixedNote') add({ day, note: noteOf(id, day, minor + 777, origin, 777) }, -minor);
          else if (kind === 'voids') add({ day, invoice: invoiceOf(id, day, minor, 333, day) }, 0);
          else if (kind === 'uses') add({ day, invoice: invoiceOf(id, day, minor, 50) }, minor);
          else if (balance !== 0) add({ day, invoice: invoiceOf(id, day, -balance) }, -balance);
        }
        const drafts = entriesOf(made);
        expect([balance, functionalOf(drafts, 'customer-credit-balance'), functionalOf(drafts, 'currency-conversion')]).toEqual([0, 0, 0]);
      }),
      { numRuns: 300 },
    );
  });
});
