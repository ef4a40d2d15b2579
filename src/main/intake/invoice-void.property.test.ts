/**
 * A void invoice leaves nothing, whatever its credit notes took before: no cent is owed on it, none of its tax is owed anywhere, and what it was to
 * bring as revenue has come to nothing.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addDays, localDate, type LocalDate } from '../../shared/calendar/local-date.ts';
import { mulDiv } from '../../shared/money/money.ts';
import type { CreditNoteFact, InvoiceFact, InvoiceLineFact, InvoicePaymentFact, NoteAtVoid, TaxPart } from './posting-facts.ts';
import { creditNotePostings, invoicePostings } from './stripe-invoice-postings.ts';

const first = localDate('2026-10-01');
const instantOf = (day: LocalDate): number => Date.parse(`${day}T12:00:00Z`);

interface Case {
  readonly invoice: InvoiceFact;
  readonly notes: readonly CreditNoteFact[];
}

const places = ['DE', 'FR', 'US-NY'] as const;
const taxesIn = (amountMinor: number, weights: readonly number[]): TaxPart[] => {
  const sum = weights.reduce((all, weight) => all + weight, 0);
  let left = amountMinor;
  return weights.map((weight, index) => {
    const part = index === weights.length - 1 ? left : Math.floor((amountMinor * weight) / sum);
    left -= part;
    return { jurisdiction: places[index] ?? null, amountMinor: part };
  }).filter((part) => part.amountMinor > 0);
};

const lines = fc.array(fc.record({ net: fc.integer({ min: 1, max: 90_000 }), discount: fc.integer({ min: 0, max: 500 }), days: fc.constantFrom(0, 1, 31, 365) }), { minLength: 1, maxLength: 4 });
/** Of what is still owed: a share that is given back, on a day, with its tax as somebody rounded it, in places of its own or as the invoice charged it. */
const note = fc.record({ perMille: fc.integer({ min: 1, max: 700 }), day: fc.integer({ min: 0, max: 30 }), taxRounding: fc.constantFrom(-1, 0, 1), isPlaced: fc.boolean() });

const cases: fc.Arbitrary<Case> = fc
  .record({ lines, taxPerMille: fc.constantFrom(0, 75, 190, 210, 333), weights: fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 3 }), appliedPerMille: fc.constantFrom(0, 0, 137, 500, -80), notes: fc.array(note, { minLength: 1, maxLength: 4 }), voidedAfter: fc.integer({ min: 30, max: 60 }), giveUp: fc.boolean(), recoveredPerMille: fc.constantFrom(0, 0, 333) })
  .map((random) => {
    const factLines = random.lines.map((line): InvoiceLineFact => ({ amountMinor: line.net + line.discount, discountMinor: line.discount, inclusiveTaxMinor: 0, isForSubscription: line.days > 1, startOn: line.days === 0 ? null : first, endOn: line.days === 0 ? null : addDays(first, line.days) }));
    const net = random.lines.reduce((sum, line) => sum + line.net, 0);
    const taxMinor = Math.floor((net * random.taxPerMille) / 1000);
    const totalMinor = net + taxMinor;
    // Below zero: a balance that the customer owed before is billed with it.
    const balanceAppliedMinor = Math.floor((totalMinor * random.appliedPerMille) / 1000);
    const taxes = taxesIn(taxMinor, random.weights);
    const billedBefore = Math.max(0, -balanceAppliedMinor);
    let owed = totalMinor - balanceAppliedMinor;
    const taken = random.notes.map(({ perMille, day, taxRounding, isPlaced }) => {
      const amount = Math.floor(((owed - billedBefore) * perMille) / 1000); // notes take of what the invoice itself bills
      owed -= amount;
      const tax = taxMinor === 0 ? 0 : Math.min(amount, Math.max(0, Math.floor((amount * taxMinor) / totalMinor) + taxRounding));
      return { amount, tax, day, ...(isPlaced && tax > 0 ? { taxes: taxesIn(tax, random.weights) } : {}) };
    });
    const uncollectibleOn = random.giveUp ? addDays(first, 30) : null;
    const recovered = random.giveUp ? Math.floor((owed * random.recoveredPerMille) / 1000) : 0;
    const payment: InvoicePaymentFact = { id: 'inpay_1', amountMinor: recovered, paymentIntentId: 'pi_1', chargeId: null, createdAt: 0, paidAt: instantOf(addDays(first, 31)), paidOn: addDays(first, 31) };
    const invoice: InvoiceFact = {
      id: 'in_1', customerId: 'cus_1', currency: 'usd', status: 'void', totalMinor, taxMinor, taxes, lines: factLines, amountDueMinor: owed, amountPaidMinor: recovered, balanceAppliedMinor, finalisedOn: first, paidOn: null,
      voidedOn: addDays(first, random.voidedAfter + 2), uncollectibleOn, uncollectibleAt: uncollectibleOn === null ? null : instantOf(uncollectibleOn), payments: recovered > 0 ? [payment] : [],
      prePaymentNotesMinor: taken.map(({ amount }) => amount), notesAtVoid: taken.map((one): NoteAtVoid => ({ taxMinor: one.tax, postPaymentMinor: 0, ...('taxes' in one ? { taxes: one.taxes } : {}) })),
    };
    const notes = taken.map((one, index): CreditNoteFact => ({
      id: `cn_${index}`, customerId: 'cus_1', currency: 'usd', totalMinor: one.amount, taxMinor: one.tax, prePaymentMinor: one.amount, outOfBandMinor: 0, customerBalanceMinor: 0, refundedMinor: 0, earlierRefundsMinor: 0, createdAt: 0, createdOn: addDays(first, one.day), voidedOn: null, invoice,
      ...('taxes' in one ? { taxes: one.taxes } : {}),
    }));
    return { invoice, notes };
  });

/** Signed debits of all entries of an invoice and its notes by account. */
function balancesOf({ invoice, notes }: Case): Map<string, number> {
  const sums = new Map<string, number>();
  for (const { postings } of [...invoicePostings(invoice).entries, ...notes.flatMap((made) => creditNotePostings(made).entries)]) {
    for (const posting of postings) sums.set(posting.accountCode, (sums.get(posting.accountCode) ?? 0) + (posting.direction === 'debit' ? posting.amount : -posting.amount));
  }
  return sums;
}

const isRevenue = (code: string): boolean => code.startsWith('4') || code === '2100-deferred-revenue';

describe('a void invoice with credit notes', () => {
  it('owes and is owed nothing: receivable, every jurisdiction’s tax, revenue with what was deferred, bad debt', () => {
    fc.assert(
      fc.property(cases.filter(({ invoice }) => invoice.amountPaidMinor === 0), (random) => {
        const balances = [...balancesOf(random)];
        const left = balances.filter(([code, minor]) => minor !== 0 && !isRevenue(code)).map(([code, minor]) => `${minor} ${code}`);
        // An old balance was no revenue of this invoice, and is lost with it.
        const lost = Math.max(0, -random.invoice.balanceAppliedMinor);
        expect(left).toEqual(lost === 0 ? [] : [`${-lost} 2020-customer-credit-balance`]);
        expect(balances.filter(([code]) => isRevenue(code)).reduce((sum, [, minor]) => sum + minor, 0)).toBe(lost);
      }),
      { numRuns: 500 },
    );
  });

  it('that was given up and paid in part afterwards keeps what was paid, its tax by its share, and no bad debt', () => {
    fc.assert(
      fc.property(cases.filter(({ invoice }) => invoice.amountPaidMinor > 0), (random) => {
        const { invoice } = random;
        const balances = [...balancesOf(random)];
        const sumOf = (is: (code: string) => boolean): number => balances.filter(([code]) => is(code)).reduce((sum, [, minor]) => sum + minor, 0);
        const tax = mulDiv(Math.min(invoice.amountPaidMinor, invoice.totalMinor), invoice.taxMinor, invoice.totalMinor, 'half-away-from-zero');
        // The payment itself is an entry of its own: here it is what the receivable still shows.
        expect({ receivable: sumOf((code) => code.startsWith('12')), badDebt: sumOf((code) => code.includes('bad-debt')), tax: 0 - sumOf((code) => code.startsWith('2200')), revenue: 0 - sumOf(isRevenue) }).toEqual({ receivable: invoice.amountPaidMinor, badDebt: 0, tax, revenue: invoice.amountPaidMinor - tax - Math.max(0, -invoice.balanceAppliedMinor) });
      }),
      { numRuns: 500 },
    );
  });
});
