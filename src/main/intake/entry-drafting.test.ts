import { describe, expect, it } from 'vitest';
import { localDate } from '../../shared/calendar/local-date.ts';
import { minorUnits } from '../../shared/money/money.ts';
import type { BookedEntries } from '../ledger/booked-entries.ts';
import { assertBalanced, type JournalEntryDraft, type PostingDraft } from '../ledger/journal-entry.ts';
import { draftEntries } from './entry-drafting.ts';
import type { BalanceTransactionFact, ChargeFact, CreditNoteFact, FactPostings, InvoiceFact, TieFact } from './posting-facts.ts';
import { balanceTransactionPostings } from './stripe-balance-postings.ts';
import { creditNotePostings, invoicePostings } from './stripe-invoice-postings.ts';

const invoicedOn = localDate('2026-10-01');
const paidOn = localDate('2026-10-05');
const at = Date.parse('2026-10-05T12:00:00Z');
/** Euros in dollars; the franc has no rate at all. */
const published: Readonly<Record<string, string>> = { '2026-10-01': '1.10', '2026-10-05': '1.08', '2026-10-20': '1.20' };

const tie: TieFact = { invoicePaymentId: 'inpay_1', invoiceId: 'in_1', invoiceFinalisedOn: invoicedOn, customerId: 'cus_1', amountMinor: 10_000, tiedAt: at - 60_000, tiedOn: paidOn };
const invoice: InvoiceFact = {
  id: 'in_1', customerId: 'cus_1', currency: 'eur', status: 'paid', totalMinor: 10_000, taxMinor: 0, amountDueMinor: 10_000, amountPaidMinor: 10_000, balanceAppliedMinor: 0, prePaymentNotesMinor: [], finalisedOn: invoicedOn, paidOn, voidedOn: null, uncollectibleAt: null, uncollectibleOn: null,
  payments: [{ id: 'inpay_1', amountMinor: 10_000, paymentIntentId: 'pi_1', chargeId: null, createdAt: at, paidAt: at, paidOn }],
  lines: [{ amountMinor: 10_000, discountMinor: 0, inclusiveTaxMinor: 0, isForSubscription: true, startOn: invoicedOn, endOn: localDate('2026-10-31') }],
};
const charge: ChargeFact = { id: 'ch_1', customerId: 'cus_1', amountMinor: 10_000, authorisedMinor: 10_000, currency: 'eur', hasSucceeded: true, bookedBy: { entry: 'balance_transaction/txn_1/payment', on: paidOn }, ties: [tie], checkout: null, invoice };
/** 100.00 euros that Stripe settles as 107.50 dollars. */
const payment: BalanceTransactionFact = {
  id: 'txn_1', type: 'charge', reportingCategory: 'charge', amountMinor: 10_750, feeMinor: 350, netMinor: 10_400, currency: 'usd', createdAt: at, createdOn: paidOn, sourceId: 'ch_1', charge, refund: null, dispute: null,
};
const inEuros: BalanceTransactionFact = { ...payment, amountMinor: 10_000, feeMinor: 300, netMinor: 9_700, currency: 'eur' };

const identity = { account: 'acct_1', mode: 'test', functionalCurrency: 'usd' };
const nothingBooked: BookedEntries = { postingsOf: () => [] };

function draft(entries: FactPostings['entries'], booked: BookedEntries = nothingBooked, rates: Readonly<Record<string, string>> = published): JournalEntryDraft[] {
  const drafted = draftEntries({ entries }, { identity, booked, rates: { ratesOn: (date) => (currency) => (currency === 'eur' ? rates[date] : undefined) } });
  if (!('drafts' in drafted)) throw new Error(drafted.reason);
  for (const one of drafted.drafts) assertBalanced(one);
  return drafted.drafts;
}
const kindOf = (one: JournalEntryDraft): string => one.key.split('/').slice(3).join('/');
const shown = (posting: PostingDraft): string => `${posting.direction === 'debit' ? '+' : '-'}${posting.amount} ${posting.currency} ${posting.accountCode.slice(5)}${posting.currency === 'usd' ? '' : ` = ${posting.functionalAmount}`}`;
const byKey = (drafts: readonly JournalEntryDraft[]): Record<string, string[]> => Object.fromEntries(drafts.map((one) => [kindOf(one), one.postings.map(shown)]));
/** Functional balance of an account over entries. */
const functionalOf = (drafts: readonly JournalEntryDraft[], account: string): number =>
  drafts.flatMap((one) => one.postings).filter((posting) => posting.accountCode.endsWith(account)).reduce((sum, posting) => sum + (posting.direction === 'debit' ? posting.functionalAmount : -posting.functionalAmount), 0);

describe('an exchange difference is realised when a receivable clears', () => {
  it('by a payment that Stripe converts: booked at 110.00, paid with 107.50', () => {
    const drafts = [...draft(invoicePostings(invoice).entries), ...draft(balanceTransactionPostings(payment).entries)];
    expect(byKey(drafts)).toEqual({
      'invoice/in_1/invoice-finalised': ['+10000 eur accounts-receivable = 11000', '-10000 eur deferred-revenue = 11000'],
      'balance_transaction/txn_1/payment': ['+10400 usd stripe-clearing', '+350 usd payment-fees', '-10750 usd currency-conversion', '+10000 eur currency-conversion = 11000', '-10000 eur accounts-receivable = 11000'],
      'balance_transaction/txn_1/payment-exchange-difference': ['+250 usd realised-exchange-differences', '-250 usd currency-conversion'],
    });
    expect([functionalOf(drafts, 'accounts-receivable'), functionalOf(drafts, 'currency-conversion')]).toEqual([0, 0]);
  });

  it('by a payment that stays in euros: booked at 1.10, received at 1.08', () => {
    const drafts = draft(balanceTransactionPostings(inEuros).entries);
    expect(byKey(drafts)).toEqual({
      'balance_transaction/txn_1/payment': ['+9700 eur stripe-clearing = 10476', '+300 eur payment-fees = 324', '-10000 eur accounts-receivable = 11000', '-10000 eur currency-conversion = 10800', '+10000 eur currency-conversion = 11000'],
      'balance_transaction/txn_1/payment-exchange-difference': ['+200 usd realised-exchange-differences', '-200 usd currency-conversion'],
    });
    expect(drafts.every((one) => one.entryDate === paidOn)).toBe(true);
    expect(drafts[1]).toMatchObject({ kind: 'exchange-difference', sourceType: 'exchange-difference', sourceId: 'txn_1' });
  });

  it('not on the day of the invoice, where both have one rate', () => {
    const sameDay = { ...inEuros, createdOn: invoicedOn };
    expect(byKey(draft(balanceTransactionPostings(sameDay).entries))).toEqual({ 'balance_transaction/txn_1/payment': ['+9700 eur stripe-clearing = 10670', '+300 eur payment-fees = 330', '-10000 eur accounts-receivable = 11000'] });
  });

  it('not in functional currency', () => {
    const own = { ...payment, charge: { ...charge, currency: 'usd' }, amountMinor: 10_000, feeMinor: 0, netMinor: 10_000 };
    expect(byKey(draft(balanceTransactionPostings(own).entries))).toEqual({ 'balance_transaction/txn_1/payment': ['+10000 usd stripe-clearing', '-10000 usd accounts-receivable'] });
  });

  it('by a receipt that was applied later: unapplied receipts go at their rate, the receivable at its own', () => {
    const late = { ...inEuros, charge: { ...charge, ties: [{ ...tie, tiedAt: at + 86_400_000, tiedOn: localDate('2026-10-20') }] } };
    const drafts = draft(balanceTransactionPostings(late).entries);
    expect(byKey(drafts)).toMatchObject({
      'invoice_payment/inpay_1/receipt-applied': ['+10000 eur unapplied-receipts = 10800', '-10000 eur accounts-receivable = 11000', '-10000 eur currency-conversion = 10800', '+10000 eur currency-conversion = 11000'],
      'invoice_payment/inpay_1/receipt-applied-exchange-difference': ['+200 usd realised-exchange-differences', '-200 usd currency-conversion'],
    });
    expect(functionalOf(drafts, 'unapplied-receipts')).toBe(0);
  });

  it('by a refund, which takes back what was booked at the rate it was booked at', () => {
    const refund = { ...payment, type: 'refund', reportingCategory: 'refund', amountMinor: -10_900, feeMinor: 0, netMinor: -10_900, refund: { id: 're_1', amountMinor: 10_000, currency: 'eur', announcedMinor: 0 } };
    expect(byKey(draft(balanceTransactionPostings(refund).entries))).toEqual({
      'balance_transaction/txn_1/refund': ['-10900 usd stripe-clearing', '+10900 usd currency-conversion', '-10000 eur currency-conversion = 11000', '+8333 eur deferred-revenue = 9166', '+1667 eur refunds = 1834'],
      'balance_transaction/txn_1/refund-exchange-difference': ['-100 usd realised-exchange-differences', '+100 usd currency-conversion'],
    });
  });

  it('never by what only corrects the invoice: void, credit note, giving up', () => {
    const note: CreditNoteFact = { id: 'cn_1', customerId: 'cus_1', currency: 'eur', totalMinor: 4_000, taxMinor: 0, prePaymentMinor: 4_000, outOfBandMinor: 0, customerBalanceMinor: 0, refundedMinor: 0, earlierRefundsMinor: 0, createdAt: at, createdOn: paidOn, voidedOn: null, invoice };
    const drafts = [
      ...draft(invoicePostings({ ...invoice, status: 'void', amountPaidMinor: 0, payments: [], amountDueMinor: 6_000, voidedOn: localDate('2026-10-20') }).entries),
      ...draft(creditNotePostings(note).entries),
    ];
    expect(drafts.map(kindOf)).toEqual(['invoice/in_1/invoice-finalised', 'invoice/in_1/invoice-voided', 'credit_note/cn_1/credit-note-issued']);
    expect([functionalOf(drafts, 'accounts-receivable'), functionalOf(drafts, 'currency-conversion')]).toEqual([0, 0]);
  });

  it('leaves no cent on tax by notes of nothing but tax', () => {
    // 3.35 euros of tax are 3.69 dollars, three times 3.35 not three times that: 10.05 are 11.06.
    const taxes = [{ jurisdiction: 'DE', amountMinor: 1_005 }];
    const noteOf = (index: number) => ({ id: `cn_${index}`, createdAt: at + index, voidedAt: null, taxMinor: 335, taxes: [{ jurisdiction: 'DE', amountMinor: 335 }] });
    const taxed: InvoiceFact = { ...invoice, totalMinor: 11_005, taxMinor: 1_005, taxes, amountDueMinor: 11_005, amountPaidMinor: 11_005, notes: [0, 1, 2].map(noteOf) };
    const notes = taxed.notes?.map(({ id, createdAt, taxMinor, taxes: own }): CreditNoteFact => ({ id, customerId: 'cus_1', currency: 'eur', totalMinor: 335, taxMinor, ...(own ? { taxes: own } : {}), prePaymentMinor: 0, outOfBandMinor: 0, customerBalanceMinor: 335, refundedMinor: 0, earlierRefundsMinor: 0, createdAt, createdOn: paidOn, voidedOn: null, invoice: taxed })) ?? [];
    const drafts = [...draft(invoicePostings({ ...taxed, payments: [] }).entries.slice(0, 1)), ...notes.flatMap((note) => draft(creditNotePostings(note).entries))];
    expect([functionalOf(drafts, 'tax-payable:DE'), functionalOf(drafts, 'currency-conversion')]).toEqual([0, 0]);
  });

  it('leaves no cent on a receivable that was cleared in parts', () => {
    const part = (id: string, amountMinor: number) => ({ id, amountMinor, paymentIntentId: `pi_${id}`, chargeId: null, createdAt: at, paidAt: at, paidOn });
    const inParts: InvoiceFact = { ...invoice, totalMinor: 1_005, amountDueMinor: 1_005, amountPaidMinor: 1_005, lines: [], payments: [part('a', 335), part('b', 335), part('c', 335)] };
    const { cleared } = invoicePostings(inParts);
    expect(cleared).toMatchObject({ partsMinor: [335, 335, 335], clearedOn: paidOn });
    const drafted = draftEntries({ entries: [], ...(cleared ? { cleared } : {}) }, { identity, booked: nothingBooked, rates: { ratesOn: (date) => () => published[date] } });
    const drafts = 'drafts' in drafted ? drafted.drafts : [];
    for (const one of drafts) assertBalanced(one);
    // 10.05 euros are 11.06 dollars, three times 3.35 euros three times 3.69.
    expect(drafts.map(kindOf)).toEqual(['invoice/in_1/exchange-rounding']);
    expect([functionalOf(drafts, 'accounts-receivable'), functionalOf(drafts, 'currency-conversion'), functionalOf(drafts, 'realised-exchange-differences')]).toEqual([1, 0, -1]);
  });

  it('of a payment outside Stripe, at the rate of its day', () => {
    const drafts = draft(invoicePostings({ ...invoice, payments: [] }).entries);
    expect(byKey(drafts)).toMatchObject({ 'invoice/in_1/invoice-paid-out-of-band-exchange-difference': ['+200 usd realised-exchange-differences', '-200 usd currency-conversion'] });
    expect(functionalOf(drafts, 'accounts-receivable')).toBe(0);
  });
});

describe('what earlier rules told in one entry', () => {
  const record = { id: 'inpay_r', amountMinor: 4_000, paymentIntentId: null, chargeId: null, createdAt: at, paidAt: at, paidOn };
  const { entries } = invoicePostings({ ...invoice, currency: 'usd', payments: [record] });
  const told = (amount: number): BookedEntries => ({ postingsOf: (key) => (key === 'stripe/acct_1/test/invoice/in_1/invoice-paid-out-of-band' ? [{ accountCode: '1020-cash-in-transit', direction: 'debit', amount: minorUnits(amount), currency: 'usd', functionalAmount: minorUnits(amount), rate: null, partyId: 'cus_1' }] : []) });
  it.each([['stands, and nothing is told twice', 10_000, []], ['of today stands beside the others', 6_000, ['invoice_payment/inpay_r/invoice-paid-out-of-band', 'invoice/in_1/invoice-paid-out-of-band']]])('%s', (_, amount, keys) => {
    expect(draft(entries, told(amount)).map(kindOf).filter((key) => key.endsWith('paid-out-of-band'))).toEqual(keys);
  });
});

describe('rates', () => {
  it('published after an entry was booked change neither it nor what releases it', () => {
    const standing = new Map(draft(invoicePostings(invoice).entries).map((one) => [one.key, one.postings]));
    const booked: BookedEntries = { postingsOf: (key) => standing.get(key) ?? [] };
    const later = { ...published, '2026-10-01': '1.15' };
    expect(byKey(draft(invoicePostings(invoice).entries, booked, later))).toEqual({ 'invoice/in_1/invoice-finalised': ['+10000 eur accounts-receivable = 11000', '-10000 eur deferred-revenue = 11000'] });
    expect(byKey(draft(balanceTransactionPostings(payment).entries, booked, later))['balance_transaction/txn_1/payment']).toContain('-10000 eur accounts-receivable = 11000');
  });

  it('that are missing keep a fact waiting, that of the invoice too', () => {
    const waits = (rates: Readonly<Record<string, string>>) => draftEntries(balanceTransactionPostings(payment), { identity, booked: nothingBooked, rates: { ratesOn: (date) => () => rates[date] } });
    expect(waits({ '2026-10-05': '1.08' })).toMatchObject({ parkedFor: 'exchange-rate-missing', reason: 'It waits for the rate of 1 Oct 2026 from EUR to USD.', awaitedRate: { currency: 'eur', on: '2026-10-01' } });
  });
});
