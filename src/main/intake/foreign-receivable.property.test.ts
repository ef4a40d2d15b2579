/**
 * Whatever clears an invoice of Stripe's in a foreign currency (a charge that is converted or not, money paid outside Stripe, the customer's credit, credit notes, giving up, voiding), alone or mixed: its
 * receivable stands at nothing in both currencies, the conversion accounts come to nothing, and what was realised is exactly what the money was worth on its day against what was booked (domain.md §3).
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addDays, localDate } from '../../shared/calendar/local-date.ts';
import { convertMinorUnits } from '../../shared/money/money.ts';
import type { BookedEntries } from '../ledger/booked-entries.ts';
import { assertBalanced, type JournalEntryDraft, type PostingDraft } from '../ledger/journal-entry.ts';
import { draftEntries } from './entry-drafting.ts';
import type { BalanceTransactionFact, CreditNoteFact, FactPostings, InvoiceFact, InvoicePaymentFact } from './posting-facts.ts';
import { balanceTransactionPostings } from './stripe-balance-postings.ts';
import { creditNotePostings, invoicePostings } from './stripe-invoice-postings.ts';

const first = localDate('2026-10-01');
const noonOf = (day: string): number => Date.parse(`${day}T12:00:00Z`);
/** Another rate every day. */
const rateOn = (day: string): string => `1.${String(1_000 + ((Number(day.slice(8)) * 3_701) % 1_999)).padStart(4, '0')}`;
const identity = { account: 'acct_1', mode: 'test', functionalCurrency: 'usd' };

const ends = ['paid outside', 'converted charge', 'charge in euro', 'uncollectible', 'void', 'void', 'note'] as const;
const step = fc.record({ way: fc.constantFrom('converted charge' as const, 'charge in euro' as const, 'note' as const), perMille: fc.integer({ min: 1, max: 700 }), day: fc.integer({ min: 1, max: 20 }), isTiedLater: fc.boolean(), isVoided: fc.boolean() });

interface Told {
  readonly invoice: InvoiceFact;
  readonly notes: readonly CreditNoteFact[];
  readonly transactions: readonly BalanceTransactionFact[];
}

const cases: fc.Arbitrary<Told> = fc
  .record({ net: fc.integer({ min: 10, max: 90_000 }), backPerMille: fc.constantFrom(0, 0, 0, 1_058), taxPerMille: fc.constantFrom(0, 75, 190, 333), days: fc.constantFrom(0, 31, 365), creditPerMille: fc.constantFrom(0, 0, 123), steps: fc.array(step, { maxLength: 4 }), end: fc.constantFrom(...ends) })
  .map(({ net: sold, backPerMille, taxPerMille, days, creditPerMille, steps, end }) => {
    const taxMinor = Math.floor((sold * taxPerMille) / 1_000);
    // What a change of plan gives back is more than what is sold, and the tax of the sale is more than the difference: of a note's two sides the tax is one by itself.
    const backMinor = taxMinor > 1 && taxPerMille > 75 ? Math.floor((sold * backPerMille) / 1_000) : 0;
    const net = sold - backMinor;
    const totalMinor = net + taxMinor;
    // What a void gives back of used credit is customer-credit.test.ts’s.
    const creditMinor = end === 'void' ? 0 : Math.floor((totalMinor * creditPerMille) / 1_000);
    const endOn = addDays(first, 25);
    let owed = totalMinor - creditMinor;
    let taxLeft = taxMinor;
    const payments: (InvoicePaymentFact & { readonly isConverted: boolean; readonly movedOn: ReturnType<typeof addDays> })[] = [];
    const notes: Omit<CreditNoteFact, 'invoice'>[] = [];
    const take = (way: (typeof ends)[number], amountMinor: number, day: number, isTiedLater: boolean): void => {
      if (amountMinor === 0) return;
      owed -= amountMinor;
      const on = addDays(first, day);
      if (way === 'note') {
        const tax = Math.min(taxLeft, Math.round((amountMinor * taxMinor) / totalMinor));
        taxLeft -= tax;
        notes.push({ id: `cn_${notes.length}`, customerId: 'cus_1', currency: 'eur', totalMinor: amountMinor, taxMinor: tax, taxes: tax === 0 ? [] : [{ jurisdiction: 'DE', amountMinor: tax }], prePaymentMinor: amountMinor, outOfBandMinor: 0, customerBalanceMinor: 0, refundedMinor: 0, earlierRefundsMinor: 0, createdAt: noonOf(on), createdOn: on, voidedOn: null });
      } else {
        const tiedOn = isTiedLater ? addDays(on, 2) : on;
        payments.push({ id: `inpay_${payments.length}`, amountMinor, paymentIntentId: `pi_${payments.length}`, chargeId: null, createdAt: noonOf(tiedOn), paidAt: noonOf(tiedOn), paidOn: tiedOn, isConverted: way === 'converted charge', movedOn: on });
      }
    };
    for (const { way, perMille, day, isTiedLater } of steps) take(way, Math.floor((owed * perMille) / 1_000), day, isTiedLater);
    const isTaken = end === 'converted charge' || end === 'charge in euro' || end === 'note';
    if (isTaken) take(end, owed, 25, false);
    // Before an invoice is voided, some of its notes were: what they took is owed again.
    const standing = notes.filter((_, index) => !(end === 'void' && steps[index]?.isVoided));
    const noted = standing.reduce((sum, note) => sum + note.totalMinor, 0);
    const voidedAtOf = (index: number): { on: ReturnType<typeof addDays>; at: number } | null => (standing.includes(notes[index] as (typeof notes)[number]) ? null : { on: addDays(first, 21 + index), at: noonOf(addDays(first, 21 + index)) });
    const paid = payments.reduce((sum, payment) => sum + payment.amountMinor, 0);
    const invoice: InvoiceFact = {
      id: 'in_1', customerId: 'cus_1', currency: 'eur', status: end === 'uncollectible' || end === 'void' ? end : 'paid', totalMinor, taxMinor, ...(taxMinor > 0 ? { taxes: [{ jurisdiction: 'DE', amountMinor: taxMinor }] } : {}), amountDueMinor: totalMinor - creditMinor - noted, amountPaidMinor: end === 'paid outside' ? paid + owed : paid, balanceAppliedMinor: creditMinor,
      ...(creditMinor > 0 ? { credit: { applied: [{ debitMinor: creditMinor, bookedBy: { entry: 'credit_note/cn_earlier/credit-note-issued', on: addDays(first, -20), portion: { id: 'cn_earlier', releasedBefore: 0 } } }], returned: [] } } : {}),
      finalisedOn: first, paidOn: end === 'uncollectible' || end === 'void' ? null : endOn, voidedOn: end === 'void' ? endOn : null, voidedAt: end === 'void' ? noonOf(endOn) : null,
      notes: notes.map((note, index) => ({ id: note.id, createdAt: noonOf(note.createdOn) + index, voidedAt: voidedAtOf(index)?.at ?? null, taxMinor: note.taxMinor, ...(note.taxes ? { taxes: note.taxes } : {}) })), uncollectibleOn: end === 'uncollectible' ? endOn : null, uncollectibleAt: end === 'uncollectible' ? noonOf(endOn) : null,
      prePaymentNotesMinor: standing.map((note) => note.totalMinor), payments, notesAtVoid: standing.map((note) => ({ taxMinor: note.taxMinor, postPaymentMinor: 0, ...(note.taxes ? { taxes: note.taxes } : {}) })),
      lines: [
        { amountMinor: sold, discountMinor: 0, inclusiveTaxMinor: 0, isForSubscription: true, startOn: days === 0 ? null : first, endOn: days === 0 ? null : addDays(first, days) },
        ...(backMinor > 0 ? [{ amountMinor: -backMinor, discountMinor: 0, inclusiveTaxMinor: 0, isForSubscription: true, startOn: first, endOn: addDays(first, 31) }] : []),
      ],
    };
    const transactions = payments.map((payment, index): BalanceTransactionFact => {
      const converted = convertMinorUnits(payment.amountMinor, 'eur', 'usd', rateOn(payment.movedOn), 'half-away-from-zero') - (index % 3 === 0 ? 1 : 0);
      const amountMinor = payment.isConverted ? Math.max(1, converted) : payment.amountMinor;
      const tie = { invoicePaymentId: payment.id, invoiceId: 'in_1', invoiceFinalisedOn: first, customerId: 'cus_1', amountMinor: payment.amountMinor, tiedAt: payment.paidAt, tiedOn: payment.paidOn };
      return {
        id: `txn_${index}`, type: 'charge', reportingCategory: 'charge', amountMinor, feeMinor: 0, netMinor: amountMinor, currency: payment.isConverted ? 'usd' : 'eur', createdAt: noonOf(payment.movedOn), createdOn: payment.movedOn, sourceId: `ch_${index}`, refund: null, dispute: null,
        charge: { id: `ch_${index}`, customerId: 'cus_1', amountMinor: payment.amountMinor, authorisedMinor: payment.amountMinor, currency: 'eur', hasSucceeded: true, bookedBy: { entry: `balance_transaction/txn_${index}/payment`, on: payment.movedOn }, ties: [tie], checkout: null, invoice: null },
      };
    });
    return { invoice, notes: notes.map((note, index) => ({ ...note, invoice, voidedOn: voidedAtOf(index)?.on ?? null })), transactions };
  });

/** Everything an invoice brought, each fact drafted over what the ones before it booked. */
function bookAll({ invoice, notes, transactions }: Told): JournalEntryDraft[] {
  const standing = new Map<string, readonly PostingDraft[]>();
  const booked: BookedEntries = { postingsOf: (key) => standing.get(key) ?? [] };
  const facts: FactPostings[] = [invoicePostings(invoice), ...transactions.map(balanceTransactionPostings), ...notes.map(creditNotePostings)];
  return facts.flatMap((fact) => {
    const drafted = draftEntries(fact, { identity, booked, rates: { ratesOn: (day) => (currency) => (currency === 'eur' ? rateOn(day) : undefined) } });
    if (!('drafts' in drafted)) throw new Error(drafted.reason);
    for (const draft of drafted.drafts) {
      assertBalanced(draft);
      standing.set(draft.key, draft.postings);
    }
    return drafted.drafts;
  });
}

const signed = (posting: PostingDraft, of: 'amount' | 'functionalAmount'): number => (posting.direction === 'debit' ? posting[of] : -posting[of]);
const sumOf = (drafts: readonly JournalEntryDraft[], account: string, of: 'amount' | 'functionalAmount'): number => drafts.flatMap(({ postings }) => postings).filter(({ accountCode, currency }) => accountCode.startsWith(account) && (of === 'functionalAmount' || currency === 'eur')).reduce((sum, posting) => sum + signed(posting, of), 0);

describe('an invoice of Stripe’s in a foreign currency that is cleared wholly', () => {
  it('leaves nothing on its receivable, on unapplied receipts and on conversion, and has realised what its money was worth beside what was booked', () => {
    fc.assert(
      fc.property(cases, (told) => {
        const drafts = bookAll(told);
        const { invoice, transactions } = told;
        expect(['1200', '2000'].map((account) => [sumOf(drafts, account, 'amount'), sumOf(drafts, account, 'functionalAmount')])).toEqual([[0, 0], [0, 0]]);
        expect(sumOf(drafts, '9000', 'functionalAmount')).toBe(0);
        const inDollars = (minor: number, day: string): number => convertMinorUnits(minor, 'eur', 'usd', rateOn(day), 'half-away-from-zero');
        const outsideMinor = invoice.status === 'paid' ? invoice.amountPaidMinor - transactions.reduce((sum, { charge }) => sum + (charge?.amountMinor ?? 0), 0) : 0;
        const came = [...transactions.map((moved) => (moved.currency === 'usd' ? moved.amountMinor : inDollars(moved.amountMinor, moved.createdOn))), inDollars(outsideMinor, invoice.paidOn ?? first), inDollars(invoice.balanceAppliedMinor, addDays(first, -20))];
        const wasBooked = [...transactions.map(({ charge }) => charge?.amountMinor ?? 0), outsideMinor, invoice.balanceAppliedMinor].map((minor) => inDollars(minor, first));
        // Beside it a note or a void of nothing but tax takes its share of what was booked, and the receivable its own conversion.
        const rounding = drafts.filter(({ key, kind }) => key.endsWith('exchange-rounding') || (kind === 'exchange-difference' && (key.includes('/credit_note/') || key.endsWith('/invoice-voided-exchange-difference'))));
        expect(sumOf(drafts, '5020', 'functionalAmount') - sumOf(rounding, '5020', 'functionalAmount')).toBe(wasBooked.reduce((sum, minor) => sum + minor, 0) - came.reduce((sum, minor) => sum + minor, 0));
      }),
      { numRuns: process.env['DAYBOOK_LONG'] ? 20_000 : 1_000 },
    );
  });

  it('leaves no cent on tax payable when notes and a void took all of its tax back', () => {
    fc.assert(
      fc.property(cases.filter(({ invoice, transactions }) => invoice.taxMinor > 0 && transactions.length === 0 && invoice.status === 'void'), (told) => {
        const drafts = bookAll(told);
        expect([sumOf(drafts, '2200', 'amount'), sumOf(drafts, '2200', 'functionalAmount')]).toEqual([0, 0]);
      }),
      { numRuns: process.env['DAYBOOK_LONG'] ? 20_000 : 300 },
    );
  });

  it('leaves no cent on tax payable when its payment was refunded in parts', () => {
    const parts = fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(fc.integer({ min: 200, max: 90_000 }), fc.constantFrom(75, 190, 333), parts, (netMinor, taxPerMille, perMilles) => {
        const taxMinor = Math.floor((netMinor * taxPerMille) / 1_000);
        const totalMinor = netMinor + taxMinor;
        const taxes = [{ jurisdiction: 'DE', amountMinor: taxMinor - Math.floor(taxMinor / 3) }, { jurisdiction: 'FR', amountMinor: Math.floor(taxMinor / 3) }].filter(({ amountMinor }) => amountMinor > 0);
        const paidOn = addDays(first, 3);
        const invoice: InvoiceFact = {
          id: 'in_1', customerId: 'cus_1', currency: 'eur', status: 'paid', totalMinor, taxMinor, taxes, amountDueMinor: totalMinor, amountPaidMinor: totalMinor, balanceAppliedMinor: 0, finalisedOn: first, paidOn, voidedOn: null, uncollectibleAt: null, uncollectibleOn: null, prePaymentNotesMinor: [],
          payments: [{ id: 'inpay_1', amountMinor: totalMinor, paymentIntentId: 'pi_1', chargeId: null, createdAt: noonOf(paidOn), paidAt: noonOf(paidOn), paidOn }], lines: [{ amountMinor: netMinor, discountMinor: 0, inclusiveTaxMinor: 0, isForSubscription: false, startOn: null, endOn: null }],
        };
        const tie = { invoicePaymentId: 'inpay_1', invoiceId: 'in_1', invoiceFinalisedOn: first, customerId: 'cus_1', amountMinor: totalMinor, tiedAt: noonOf(paidOn), tiedOn: paidOn };
        const charge = { id: 'ch_1', customerId: 'cus_1', amountMinor: totalMinor, authorisedMinor: totalMinor, currency: 'eur', hasSucceeded: true, bookedBy: { entry: 'balance_transaction/txn_1/payment', on: paidOn }, ties: [tie], checkout: null, invoice };
        let left = totalMinor;
        const amounts: number[] = [];
        for (const perMille of [...perMilles, 1_000]) {
          const amount = Math.floor((left * perMille) / 1_000);
          left -= amount;
          if (amount > 0) amounts.push(amount);
        }
        const refunds = amounts.map((amountMinor, index): BalanceTransactionFact => {
          const on = addDays(first, 5 + index);
          return {
            id: `txn_re_${index}`, type: 'refund', reportingCategory: 'refund', amountMinor: -amountMinor, feeMinor: 0, netMinor: -amountMinor, currency: 'eur', createdAt: noonOf(on), createdOn: on, sourceId: `re_${index}`, charge, dispute: null,
            refund: { id: `re_${index}`, amountMinor, currency: 'eur', announcedMinor: 0 }, refundedBefore: amounts.slice(0, index).map((before, earlier) => ({ amountMinor: before, at: noonOf(addDays(first, 5 + earlier)) })),
          };
        });
        const drafts = bookAll({ invoice, notes: [], transactions: refunds });
        expect(['2200-tax-payable:DE', '2200-tax-payable:FR'].map((account) => [sumOf(drafts, account, 'amount'), sumOf(drafts, account, 'functionalAmount')])).toEqual([[0, 0], [0, 0]]);
      }),
      { numRuns: process.env['DAYBOOK_LONG'] ? 20_000 : 300 },
    );
  });
});
