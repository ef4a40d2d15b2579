import { describe, expect, it } from 'vitest';
import { localDate } from '../../shared/calendar/local-date.ts';
import type { CreditNoteFact, EntryFromFact, InvoiceFact, InvoiceLineFact, InvoicePaymentFact } from './posting-facts.ts';
import { creditNotePostings, invoicePostings } from './stripe-invoice-postings.ts';

const day = localDate('2026-10-01');
const at = Date.parse('2026-10-01T12:00:00Z');
const later = at + 10 * 86_400_000;
const month: InvoiceLineFact = { amountMinor: 10_000, discountMinor: 0, inclusiveTaxMinor: 0, isForSubscription: true, startOn: localDate('2026-10-01'), endOn: localDate('2026-11-01') };
const fee: InvoiceLineFact = { ...month, isForSubscription: false, endOn: localDate('2026-10-01') };
const payment: InvoicePaymentFact = { id: 'inpay_1', amountMinor: 10_000, paymentIntentId: 'pi_1', chargeId: null, createdAt: at, paidAt: at, paidOn: day };
const record: InvoicePaymentFact = { ...payment, id: 'inpay_r', amountMinor: 4_000, paymentIntentId: null };

const invoice = (change: Partial<InvoiceFact>): InvoiceFact => ({
  id: 'in_1', customerId: 'cus_1', currency: 'usd', status: 'open', totalMinor: 10_000, taxMinor: 0, amountDueMinor: 10_000, amountPaidMinor: 0, balanceAppliedMinor: 0, prePaymentNotesMinor: [], finalisedOn: day, paidOn: null, voidedOn: null, uncollectibleAt: null, uncollectibleOn: null,
  lines: [month], payments: [], ...change,
});

/** '+' debits, '-' credits, in the order of the entry. */
const shown = (entry: EntryFromFact | undefined): string[] => (entry?.postings ?? []).map((posting) => `${posting.direction === 'debit' ? '+' : '-'}${posting.amount} ${posting.accountCode.slice(5)}`);
const byKind = (entries: readonly EntryFromFact[]): Record<string, string[]> => Object.fromEntries(entries.map((entry) => [entry.kind, shown(entry)]));

describe('an invoice', () => {
  it.each<[string, Partial<InvoiceFact>, Record<string, string[]>]>([
    ['for a month of service is deferred', {}, { 'invoice-finalised': ['+10000 accounts-receivable', '-10000 deferred-revenue'] }],
    ['for a filing is earned at once', { lines: [fee] }, { 'invoice-finalised': ['+10000 accounts-receivable', '-10000 revenue-one-off'] }],
    ['with tax on top owes the tax', { totalMinor: 12_000, taxMinor: 2_000, amountDueMinor: 12_000 }, { 'invoice-finalised': ['+12000 accounts-receivable', '-10000 deferred-revenue', '-2000 tax-payable'] }],
    ['with tax in two places owes each its own', { totalMinor: 12_000, taxMinor: 2_000, taxes: [{ jurisdiction: 'DE', amountMinor: 1_401 }, { jurisdiction: 'US-NY', amountMinor: 599 }], amountDueMinor: 12_000 }, { 'invoice-finalised': ['+12000 accounts-receivable', '-10000 deferred-revenue', '-1401 tax-payable:DE', '-599 tax-payable:US-NY'] }],
    ['with tax inside earns the rest', { totalMinor: 10_000, taxMinor: 1_667, lines: [{ ...month, inclusiveTaxMinor: 1_667 }] }, { 'invoice-finalised': ['+10000 accounts-receivable', '-8333 deferred-revenue', '-1667 tax-payable'] }],
    ['with a discount on a month defers the net', { totalMinor: 9_000, amountDueMinor: 9_000, lines: [{ ...month, discountMinor: 1_000 }] }, { 'invoice-finalised': ['+9000 accounts-receivable', '-9000 deferred-revenue'] }],
    ['with a discount on a filing shows it', { totalMinor: 9_000, amountDueMinor: 9_000, lines: [{ ...fee, discountMinor: 1_000 }] }, { 'invoice-finalised': ['+9000 accounts-receivable', '-10000 revenue-one-off', '+1000 discounts'] }],
    ['of a trial posts nothing', { totalMinor: 0, amountDueMinor: 0, lines: [{ ...month, amountMinor: 0 }] }, {}],
    ['that is negative becomes the customer’s credit', { totalMinor: -500, amountDueMinor: 0, balanceAppliedMinor: -500, lines: [{ ...month, amountMinor: -500 }] }, { 'invoice-finalised': ['-500 accounts-receivable', '+500 deferred-revenue'], 'customer-balance-applied': ['-500 customer-credit-balance', '+500 accounts-receivable'] }],
    ['uses the customer’s credit', { amountDueMinor: 9_500, balanceAppliedMinor: 500 }, { 'invoice-finalised': ['+10000 accounts-receivable', '-10000 deferred-revenue'], 'customer-balance-applied': ['+500 customer-credit-balance', '-500 accounts-receivable'] }],
    ['paid through Stripe leaves that to the payment', { status: 'paid', paidOn: day, amountPaidMinor: 10_000, payments: [payment] }, { 'invoice-finalised': ['+10000 accounts-receivable', '-10000 deferred-revenue'] }],
    ['paid outside Stripe is looked for at the bank', { status: 'paid', paidOn: day, amountPaidMinor: 10_000 }, { 'invoice-finalised': ['+10000 accounts-receivable', '-10000 deferred-revenue'], 'invoice-paid-out-of-band': ['+10000 cash-in-transit', '-10000 accounts-receivable'] }],
    ['voided after ten of 31 days takes back both parts', { status: 'void', voidedOn: localDate('2026-10-10') }, { 'invoice-finalised': ['+10000 accounts-receivable', '-10000 deferred-revenue'], 'invoice-voided': ['+6774 deferred-revenue', '+3226 voids', '-10000 accounts-receivable'] }],
    ['voided takes its tax back from where it was owed', { status: 'void', totalMinor: 12_000, taxMinor: 2_000, taxes: [{ jurisdiction: 'DE', amountMinor: 1_401 }, { jurisdiction: 'US-NY', amountMinor: 599 }], amountDueMinor: 12_000, voidedOn: localDate('2026-10-01') }, {
      'invoice-finalised': ['+12000 accounts-receivable', '-10000 deferred-revenue', '-1401 tax-payable:DE', '-599 tax-payable:US-NY'], 'invoice-voided': ['+1401 tax-payable:DE', '+599 tax-payable:US-NY', '+9677 deferred-revenue', '+323 voids', '-12000 accounts-receivable'],
    }],
    ['given up is bad debt', { status: 'uncollectible', uncollectibleAt: at, uncollectibleOn: day }, { 'invoice-finalised': ['+10000 accounts-receivable', '-10000 deferred-revenue'], 'invoice-uncollectible': ['+9677 deferred-revenue', '+323 bad-debt', '-10000 accounts-receivable'] }],
    ['given up and paid later recovers the debt', { status: 'paid', uncollectibleAt: at, uncollectibleOn: day, paidOn: localDate('2026-10-11'), amountPaidMinor: 10_000, payments: [{ ...payment, paidAt: later }] }, {
      'invoice-finalised': ['+10000 accounts-receivable', '-10000 deferred-revenue'], 'invoice-uncollectible': ['+9677 deferred-revenue', '+323 bad-debt', '-10000 accounts-receivable'], 'bad-debt-recovered': ['+10000 accounts-receivable', '-9677 deferred-revenue', '-323 bad-debt'],
    }],
    ['given up and marked as paid outside recovers the debt, of which no payment tells', { status: 'paid', uncollectibleAt: at, uncollectibleOn: day, paidOn: localDate('2026-10-11'), amountPaidMinor: 10_000 }, {
      'invoice-finalised': ['+10000 accounts-receivable', '-10000 deferred-revenue'], 'invoice-paid-out-of-band': ['+10000 cash-in-transit', '-10000 accounts-receivable'],
      'invoice-uncollectible': ['+9677 deferred-revenue', '+323 bad-debt', '-10000 accounts-receivable'], 'bad-debt-recovered': ['+10000 accounts-receivable', '-9677 deferred-revenue', '-323 bad-debt'],
    }],
    ['given up with a payment before it and a record of money outside after it recovers what is told once', { status: 'paid', uncollectibleAt: at + 1, uncollectibleOn: day, paidOn: localDate('2026-10-11'), amountPaidMinor: 10_000, payments: [{ ...payment, amountMinor: 4_000 }, { ...payment, id: 'inpay_2', amountMinor: 6_000, paymentIntentId: null, paidAt: later }] }, {
      'invoice-finalised': ['+10000 accounts-receivable', '-10000 deferred-revenue'], 'invoice-paid-out-of-band': ['+6000 cash-in-transit', '-6000 accounts-receivable'],
      'invoice-uncollectible': ['+5806 deferred-revenue', '+194 bad-debt', '-6000 accounts-receivable'], 'bad-debt-recovered': ['+6000 accounts-receivable', '-5806 deferred-revenue', '-194 bad-debt'],
    }],
    ['paid in part outside Stripe, as a record tells, owes the rest', { amountPaidMinor: 4_000, payments: [record] }, { 'invoice-finalised': ['+10000 accounts-receivable', '-10000 deferred-revenue'], 'invoice-paid-out-of-band': ['+4000 cash-in-transit', '-4000 accounts-receivable'] }],
    ['paid in part outside Stripe and then voided takes back the rest', { status: 'void', voidedOn: day, amountPaidMinor: 4_000, payments: [record] }, {
      'invoice-finalised': ['+10000 accounts-receivable', '-10000 deferred-revenue'], 'invoice-paid-out-of-band': ['+4000 cash-in-transit', '-4000 accounts-receivable'], 'invoice-voided': ['+5806 deferred-revenue', '+194 voids', '-6000 accounts-receivable'],
    }],
    ['paid in part outside Stripe and then given up gives up the rest', { status: 'uncollectible', uncollectibleAt: at, uncollectibleOn: day, amountPaidMinor: 4_000, payments: [record] }, {
      'invoice-finalised': ['+10000 accounts-receivable', '-10000 deferred-revenue'], 'invoice-paid-out-of-band': ['+4000 cash-in-transit', '-4000 accounts-receivable'], 'invoice-uncollectible': ['+5806 deferred-revenue', '+194 bad-debt', '-6000 accounts-receivable'],
    }],
    ['given up and credited in part after that gave up what was owed before, and voided takes back what is left', { status: 'void', uncollectibleAt: at, uncollectibleOn: day, amountDueMinor: 6_900, prePaymentNotesMinor: [3_100], notesAfterGivenUpMinor: [3_100], voidedOn: localDate('2026-12-01') }, {
      'invoice-finalised': ['+10000 accounts-receivable', '-10000 deferred-revenue'], 'invoice-uncollectible': ['+9677 deferred-revenue', '+323 bad-debt', '-10000 accounts-receivable'], 'invoice-voided': ['+223 voids', '-223 bad-debt'],
    }],
    ['given up and then voided takes the debt back', { status: 'void', uncollectibleAt: at, uncollectibleOn: day, voidedOn: localDate('2026-12-01') }, { 'invoice-finalised': ['+10000 accounts-receivable', '-10000 deferred-revenue'], 'invoice-uncollectible': ['+9677 deferred-revenue', '+323 bad-debt', '-10000 accounts-receivable'], 'invoice-voided': ['+323 voids', '-323 bad-debt'] }],
    ['given up after the service is bad debt, with its tax', { status: 'uncollectible', totalMinor: 12_000, taxMinor: 2_000, amountDueMinor: 12_000, lines: [fee], uncollectibleAt: at, uncollectibleOn: day }, { 'invoice-finalised': ['+12000 accounts-receivable', '-10000 revenue-one-off', '-2000 tax-payable'], 'invoice-uncollectible': ['+12000 bad-debt', '-12000 accounts-receivable'] }],
    ['given up and voided after that owes no tax', { status: 'void', totalMinor: 12_000, taxMinor: 2_000, amountDueMinor: 12_000, lines: [fee], uncollectibleAt: at, uncollectibleOn: day, voidedOn: localDate('2026-12-01') }, { 'invoice-finalised': ['+12000 accounts-receivable', '-10000 revenue-one-off', '-2000 tax-payable'], 'invoice-uncollectible': ['+12000 bad-debt', '-12000 accounts-receivable'], 'invoice-voided': ['+2000 tax-payable', '+10000 voids', '-12000 bad-debt'] }],
    ['off by one minor unit is rounded', { totalMinor: 10_001, amountDueMinor: 10_001 }, { 'invoice-finalised': ['+10001 accounts-receivable', '-10000 deferred-revenue', '-1 rounding'] }],
  ])('%s', (_, change, expected) => {
    const { entries, findings } = invoicePostings(invoice(change));
    expect(byKind(entries)).toEqual(expected);
    expect(findings).toEqual([]);
  });

  it('paid outside Stripe in part by a record, and marked as paid for the rest, tells of each on its day', () => {
    const { entries } = invoicePostings(invoice({ status: 'paid', paidOn: localDate('2026-10-11'), amountPaidMinor: 10_000, payments: [record] }));
    const formerly = { key: 'invoice/in_1/invoice-paid-out-of-band', amountMinor: 10_000 };
    expect(entries.filter(({ kind }) => kind === 'invoice-paid-out-of-band')).toMatchObject([{ keyObject: 'invoice_payment', keyId: 'inpay_r', sourceType: 'stripe-invoice-payment', entryDate: day, formerly, postings: [{ amount: 4_000 }, {}] }, { keyObject: 'invoice', entryDate: '2026-10-11', formerly, postings: [{ amount: 6_000 }, {}] }]);
  });

  it('that does not add up goes to suspense and to a person', () => {
    const { entries, findings } = invoicePostings(invoice({ totalMinor: 12_345 }));
    expect(byKind(entries)).toEqual({ 'invoice-finalised': ['+12345 accounts-receivable', '-10000 deferred-revenue', '-2345 suspense'] });
    expect(findings).toMatchObject([{ code: 'invoice-does-not-tie', subjectId: 'in_1', data: { differenceMinor: 2_345 } }]);
  });
});

describe('a credit note', () => {
  const note = (change: Partial<CreditNoteFact>): CreditNoteFact => ({
    id: 'cn_1', customerId: 'cus_1', currency: 'usd', totalMinor: 3_100, taxMinor: 0, prePaymentMinor: 0, outOfBandMinor: 0, customerBalanceMinor: 0, refundedMinor: 0, earlierRefundsMinor: 0, createdAt: at, createdOn: localDate('2026-12-01'), voidedOn: null, invoice: invoice({}), ...change,
  });
  it.each<[string, Partial<CreditNoteFact>, Record<string, string[]>]>([
    ['on an open invoice lessens what is owed', { prePaymentMinor: 3_100 }, { 'credit-note-issued': ['+3100 credit-notes', '-3100 accounts-receivable'] }],
    ['before the service takes it from deferred revenue', { prePaymentMinor: 3_100, createdOn: localDate('2026-09-01') }, { 'credit-note-issued': ['+3100 deferred-revenue', '-3100 accounts-receivable'] }],
    ['with a refund waits for the refund', { refundedMinor: 3_100 }, { 'credit-note-issued': ['+3100 credit-notes', '-3100 refunds-payable'] }],
    ['for a refund that was already booked moves it', { earlierRefundsMinor: 3_100 }, { 'credit-note-issued': ['+3100 credit-notes', '-3100 refunds'] }],
    ['to the customer’s balance is their credit', { customerBalanceMinor: 3_100, taxMinor: 517 }, { 'credit-note-issued': ['+517 tax-payable', '+2583 credit-notes', '-3100 customer-credit-balance'] }],
    ['that is voided is taken back', { prePaymentMinor: 3_100, voidedOn: localDate('2026-12-02') }, { 'credit-note-issued': ['+3100 credit-notes', '-3100 accounts-receivable'], 'credit-note-voided': ['-3100 credit-notes', '+3100 accounts-receivable'] }],
    ['on an invoice that was given up takes from its bad debt', { prePaymentMinor: 3_100, createdAt: later, invoice: invoice({ status: 'uncollectible', uncollectibleAt: at, uncollectibleOn: day, amountDueMinor: 6_900, prePaymentNotesMinor: [3_100], notesAfterGivenUpMinor: [3_100] }) }, {
      'bad-debt-recovered': ['+3100 accounts-receivable', '-3000 deferred-revenue', '-100 bad-debt'], 'credit-note-issued': ['+3100 credit-notes', '-3100 accounts-receivable'],
    }],
    ['on an invoice that was given up later lessens what is owed', { prePaymentMinor: 3_100, createdAt: at - 1, invoice: invoice({ status: 'uncollectible', uncollectibleAt: at, uncollectibleOn: day, amountDueMinor: 6_900, prePaymentNotesMinor: [3_100] }) }, { 'credit-note-issued': ['+3100 credit-notes', '-3100 accounts-receivable'] }],
  ])('%s', (_, change, expected) => {
    expect(byKind(creditNotePostings(note(change)).entries)).toEqual(expected);
  });
});
