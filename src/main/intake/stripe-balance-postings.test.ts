import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { localDate } from '../../shared/calendar/local-date.ts';
import { accountCodes } from '../ledger/account-codes.ts';
import type { BalanceTransactionFact, ChargeFact, InvoiceFact, TieFact } from './posting-facts.ts';
import { balanceTransactionPostings } from './stripe-balance-postings.ts';

/** The list of Stripe's OpenAPI: parameters of a report run. */
const stripeCategories = [
  'advance', 'advance_funding', 'anticipation_repayment', 'charge', 'charge_failure', 'connect_collection_transfer', 'connect_reserved_funds', 'contribution', 'dispute', 'dispute_reversal', 'fee', 'financing_paydown', 'financing_paydown_reversal', 'financing_payout',
  'financing_payout_reversal', 'issuing_authorization_hold', 'issuing_authorization_release', 'issuing_dispute', 'issuing_transaction', 'network_cost', 'obligation', 'other_adjustment', 'partial_capture_reversal', 'payout', 'payout_reversal',
  'platform_earning', 'platform_earning_refund', 'refund', 'refund_failure', 'risk_reserved_funds', 'tax', 'topup', 'topup_reversal', 'transfer', 'transfer_reversal',
];

const at = Date.parse('2026-10-05T12:00:00Z');
const day = localDate('2026-10-05');
const tie: TieFact = { invoicePaymentId: 'inpay_1', invoiceId: 'in_1', invoiceFinalisedOn: day, customerId: 'cus_1', amountMinor: 10_000, tiedAt: at - 60_000, tiedOn: day };
const invoice: InvoiceFact = {
  id: 'in_1', customerId: 'cus_1', currency: 'usd', status: 'paid', totalMinor: 10_000, taxMinor: 1_000, amountDueMinor: 10_000, amountPaidMinor: 10_000, balanceAppliedMinor: 0, prePaymentNotesMinor: [], finalisedOn: day, paidOn: day, voidedOn: null, uncollectibleAt: null, uncollectibleOn: null, payments: [],
  lines: [{ amountMinor: 9_000, discountMinor: 0, inclusiveTaxMinor: 0, isForSubscription: true, startOn: localDate('2026-10-01'), endOn: localDate('2026-10-31') }],
};
const charge: ChargeFact = { id: 'ch_1', customerId: 'cus_1', amountMinor: 10_000, authorisedMinor: 10_000, currency: 'usd', hasSucceeded: true, bookedBy: null, ties: [tie], checkout: null, invoice: null };
const transaction = (change: Partial<BalanceTransactionFact>): BalanceTransactionFact => ({
  id: 'txn_1', type: 'charge', reportingCategory: 'charge', amountMinor: 10_000, feeMinor: 320, netMinor: 9_680, currency: 'usd', createdAt: at, createdOn: day, sourceId: 'ch_1', charge, refund: null, dispute: null, ...change,
});
const moved = (type: string, amount: number, change: Partial<BalanceTransactionFact> = {}): BalanceTransactionFact => transaction({ type, reportingCategory: type, amountMinor: amount, feeMinor: 0, netMinor: amount, charge: null, sourceId: null, ...change });

const shown = (fact: BalanceTransactionFact): string[] =>
  (balanceTransactionPostings(fact).entries[0]?.postings ?? []).map((posting) => `${posting.direction === 'debit' ? '+' : '-'}${posting.amount} ${posting.currency} ${posting.accountCode.slice(5)}`);

describe('a balance transaction', () => {
  it.each<[string, BalanceTransactionFact, string[]]>([
    ['payment of 100.00 with a fee of 3.20 clears the receivable', transaction({}), ['+9680 usd stripe-clearing', '+320 usd payment-fees', '-10000 usd accounts-receivable']],
    ['payment without an invoice waits in unapplied receipts', transaction({ charge: { ...charge, ties: [] } }), ['+9680 usd stripe-clearing', '+320 usd payment-fees', '-10000 usd unapplied-receipts']],
    ['payment whose charge the gateway forgot waits too', transaction({ charge: null }), ['+9680 usd stripe-clearing', '+320 usd payment-fees', '-10000 usd unapplied-receipts']],
    ['checkout sale is earned, its tax is owed', transaction({ charge: { ...charge, ties: [], checkout: { sessionId: 'cs_1', totalMinor: 10_000, taxMinor: 1_500 } } }), ['+9680 usd stripe-clearing', '+320 usd payment-fees', '-8500 usd revenue-one-off', '-1500 usd tax-payable']],
    ['payment larger than its invoice leaves the rest unapplied', transaction({ charge: { ...charge, ties: [{ ...tie, amountMinor: 7_000 }] } }), ['+9680 usd stripe-clearing', '+320 usd payment-fees', '-7000 usd accounts-receivable', '-3000 usd unapplied-receipts']],
    ['payment in yen settled in dollars passes through conversion', transaction({ charge: { ...charge, currency: 'jpy', amountMinor: 15_000, authorisedMinor: 15_000, ties: [{ ...tie, amountMinor: 15_000 }] } }), ['+9680 usd stripe-clearing', '+320 usd payment-fees', '-10000 usd currency-conversion', '+15000 jpy currency-conversion', '-15000 jpy accounts-receivable']],
    ['refund takes back tax, the unearned and the earned part; the fee stays', transaction({ type: 'refund', reportingCategory: 'refund', amountMinor: -10_000, feeMinor: 0, netMinor: -10_000, sourceId: 're_1', charge: { ...charge, invoice }, refund: { id: 're_1', amountMinor: 10_000, currency: 'usd', announcedMinor: 0 } }), ['-10000 usd stripe-clearing', '+1000 usd tax-payable', '+7500 usd deferred-revenue', '+1500 usd refunds']],
    ['refund of a part takes tax back from each jurisdiction by its share', transaction({ type: 'refund', reportingCategory: 'refund', amountMinor: -5_000, feeMinor: 0, netMinor: -5_000, sourceId: 're_1', charge: { ...charge, invoice: { ...invoice, taxes: [{ jurisdiction: 'DE', amountMinor: 700 }, { jurisdiction: 'FR', amountMinor: 300 }] } }, refund: { id: 're_1', amountMinor: 5_000, currency: 'usd', announcedMinor: 0 } }), ['-5000 usd stripe-clearing', '+350 usd tax-payable:DE', '+150 usd tax-payable:FR', '+3750 usd deferred-revenue', '+750 usd refunds']],
    ['refund of a payment that was larger than its invoice takes back both parts', transaction({ type: 'refund', reportingCategory: 'refund', amountMinor: -5_000, feeMinor: 0, netMinor: -5_000, sourceId: 're_1', charge: { ...charge, amountMinor: 20_000, invoice }, refund: { id: 're_1', amountMinor: 5_000, currency: 'usd', announcedMinor: 0 } }), ['-5000 usd stripe-clearing', '+250 usd tax-payable', '+1875 usd deferred-revenue', '+375 usd refunds', '+2500 usd unapplied-receipts']],
    ['refund of a credit note clears what the note promised', transaction({ type: 'refund', reportingCategory: 'refund', amountMinor: -4_000, feeMinor: 0, netMinor: -4_000, charge: { ...charge, invoice }, refund: { id: 're_1', amountMinor: 4_000, currency: 'usd', announcedMinor: 4_000 } }), ['-4000 usd stripe-clearing', '+4000 usd refunds-payable']],
    ['refund in yen settled in dollars passes through conversion', transaction({ type: 'refund', reportingCategory: 'refund', amountMinor: -700, feeMinor: 0, netMinor: -700, charge: { ...charge, currency: 'jpy', ties: [] }, refund: { id: 're_1', amountMinor: 1_000, currency: 'jpy', announcedMinor: 0 } }), ['-700 usd stripe-clearing', '+700 usd currency-conversion', '-1000 jpy currency-conversion', '+1000 jpy unapplied-receipts']],
    ['refund that failed is owed again', moved('refund_failure', 4_000), ['+4000 usd stripe-clearing', '-4000 usd refunds-payable']],
    ['payment that failed is owed again', moved('payment_failure_refund', -10_000, { charge }), ['-10000 usd stripe-clearing', '+10000 usd accounts-receivable']],
    ['dispute of 100.00 with a fee of 15.00 takes 115.00', moved('adjustment', -10_000, { reportingCategory: 'dispute', feeMinor: 1_500, netMinor: -11_500, charge: { ...charge, invoice }, dispute: { id: 'dp_1', amountMinor: 10_000, currency: 'usd', createdOn: day } }), ['-11500 usd stripe-clearing', '+1500 usd payment-fees', '+1000 usd tax-payable', '+7500 usd deferred-revenue', '+1500 usd disputes']],
    ['reinstatement gives back what its own transaction returns', moved('adjustment', 10_000, { reportingCategory: 'dispute_reversal', createdOn: localDate('2026-12-01'), charge: { ...charge, invoice }, dispute: { id: 'dp_1', amountMinor: 10_000, currency: 'usd', createdOn: day } }), ['+10000 usd stripe-clearing', '-1000 usd tax-payable', '-7500 usd deferred-revenue', '-1500 usd disputes']],
    ['reinstatement of a part of a dispute in yen gives back that part of the yen', moved('adjustment', 5_000, { reportingCategory: 'dispute_reversal', charge: { ...charge, currency: 'jpy', ties: [] }, dispute: { id: 'dp_1', amountMinor: 15_000, currency: 'jpy', createdOn: day, returnedMinor: 7_500 } }), ['+5000 usd stripe-clearing', '-5000 usd currency-conversion', '+7500 jpy currency-conversion', '-7500 jpy unapplied-receipts']],
    ['refund that is made again after it failed pays what is owed', transaction({ type: 'refund', reportingCategory: 'refund', amountMinor: -10_000, feeMinor: 0, netMinor: -10_000, charge: { ...charge, invoice }, refund: { id: 're_2', amountMinor: 10_000, currency: 'usd', announcedMinor: 0, paidAnewMinor: 10_000 } }), ['-10000 usd stripe-clearing', '+10000 usd refunds-payable']],
    ['refund that failed in yen is owed again in yen', moved('refund_failure', 700, { charge: { ...charge, currency: 'jpy' }, refund: { id: 're_1', amountMinor: 1_000, currency: 'jpy', announcedMinor: 0 } }), ['+700 usd stripe-clearing', '-700 usd currency-conversion', '+1000 jpy currency-conversion', '-1000 jpy refunds-payable']],
    ['payment that failed before it was applied leaves unapplied receipts', moved('payment_failure_refund', -10_000, { charge: { ...charge, ties: [] } }), ['-10000 usd stripe-clearing', '+10000 usd unapplied-receipts']],
    ['payment authorised for 100.00 and captured for 70.00: the rest waits …', transaction({ charge: { ...charge, amountMinor: 7_000, ties: [{ ...tie, amountMinor: 7_000 }] } }), ['+9680 usd stripe-clearing', '+320 usd payment-fees', '-7000 usd accounts-receivable', '-3000 usd unapplied-receipts']],
    ['… until Stripe takes back what was not captured', moved('refund', -3_000, { reportingCategory: 'partial_capture_reversal', charge: { ...charge, amountMinor: 7_000, ties: [{ ...tie, amountMinor: 7_000 }] } }), ['-3000 usd stripe-clearing', '+3000 usd unapplied-receipts']],
    ['capture of a part of a checkout sale lessens the sale', moved('refund', -3_000, { reportingCategory: 'partial_capture_reversal', charge: { ...charge, amountMinor: 7_000, ties: [], checkout: { sessionId: 'cs_1', totalMinor: 10_000, taxMinor: 1_500 } } }), ['-3000 usd stripe-clearing', '+2550 usd revenue-one-off', '+450 usd tax-payable']],
    ['payment in euros authorised for more than was captured is all there at first', transaction({ charge: { ...charge, currency: 'eur', amountMinor: 7_000, authorisedMinor: 9_000, ties: [{ ...tie, amountMinor: 7_000 }] } }), ['+9680 usd stripe-clearing', '+320 usd payment-fees', '-10000 usd currency-conversion', '+7000 eur currency-conversion', '+2000 eur currency-conversion', '-7000 eur accounts-receivable', '-2000 eur unapplied-receipts']],
    ['payout is cash in transit', moved('payout', -50_000), ['-50000 usd stripe-clearing', '+50000 usd cash-in-transit']],
    ['payout that failed comes back', moved('payout_failure', 50_000), ['+50000 usd stripe-clearing', '-50000 usd cash-in-transit']],
    ['fee of Stripe’s own is a fee', moved('stripe_fee', -299), ['-299 usd stripe-clearing', '+299 usd payment-fees']],
    ['reserve is still ours', moved('reserve_transaction', -1_000, { reportingCategory: 'risk_reserved_funds' }), ['-1000 usd stripe-clearing', '+1000 usd gateway-reserves']],
    ['reserve that is released comes back', moved('reserved_funds', 1_000, { reportingCategory: 'connect_reserved_funds' }), ['+1000 usd stripe-clearing', '-1000 usd gateway-reserves']],
    ['minimum balance that is held back is still ours', moved('payout_minimum_balance_hold', -1_000), ['-1000 usd stripe-clearing', '+1000 usd gateway-reserves']],
    ['card authorisation is held back', moved('issuing_authorization_hold', -1_000), ['-1000 usd stripe-clearing', '+1000 usd gateway-reserves']],
    ['card purchase is spent', moved('issuing_transaction', -1_000), ['-1000 usd stripe-clearing', '+1000 usd card-spending']],
    ['card purchase that is disputed comes back', moved('issuing_dispute', 1_000), ['+1000 usd stripe-clearing', '-1000 usd card-spending']],
    ['tax on Stripe’s fees is a cost of being paid', moved('tax_fee', -57, { reportingCategory: 'tax' }), ['-57 usd stripe-clearing', '+57 usd payment-fees']],
    ['network cost is a fee', moved('payment_network_cost', -12, { reportingCategory: 'network_cost' }), ['-12 usd stripe-clearing', '+12 usd payment-fees']],
    ['adjustment that is a fee is a fee', moved('adjustment', -200, { reportingCategory: 'fee' }), ['-200 usd stripe-clearing', '+200 usd payment-fees']],
    ['adjustment that is a refund that failed is owed again', moved('adjustment', 4_000, { reportingCategory: 'refund_failure' }), ['+4000 usd stripe-clearing', '-4000 usd refunds-payable']],
    ['adjustment without a reason waits in suspense', moved('adjustment', -5, { reportingCategory: 'other_adjustment' }), ['-5 usd stripe-clearing', '+5 usd suspense']],
    ['top-up comes from the bank', moved('topup', 20_000), ['+20000 usd stripe-clearing', '-20000 usd cash-in-transit']],
    ['top-up that failed goes back there', moved('topup_reversal', -20_000), ['-20000 usd stripe-clearing', '+20000 usd cash-in-transit']],
    ['transfer goes to a connected account', moved('transfer', -7_000), ['-7000 usd stripe-clearing', '+7000 usd connected-accounts']],
    ['transfer that is reversed comes back', moved('transfer_refund', 7_000, { reportingCategory: 'transfer_reversal' }), ['+7000 usd stripe-clearing', '-7000 usd connected-accounts']],
    ['collection from a connected account', moved('connect_collection_transfer', 300), ['+300 usd stripe-clearing', '-300 usd connected-accounts']],
    ['fee of our platform is earned', moved('application_fee', 900, { reportingCategory: 'platform_earning' }), ['+900 usd stripe-clearing', '-900 usd revenue-platform-fees']],
    ['fee of our platform that is given back', moved('application_fee_refund', -900, { reportingCategory: 'platform_earning_refund' }), ['-900 usd stripe-clearing', '+900 usd revenue-platform-fees']],
    ['loan of Stripe is owed', moved('advance', 50_000, { reportingCategory: 'financing_payout' }), ['+50000 usd stripe-clearing', '-50000 usd gateway-financing']],
    ['loan of Stripe is paid back', moved('anticipation_repayment', -2_500, { reportingCategory: 'financing_paydown' }), ['-2500 usd stripe-clearing', '+2500 usd gateway-financing']],
    ['climate contribution is given away', moved('contribution', -150), ['-150 usd stripe-clearing', '+150 usd climate-contributions']],
    ['bank transfer nobody could match is unapplied', moved('payment_unreconciled', 8_000), ['+8000 usd stripe-clearing', '-8000 usd unapplied-receipts']],
    ['obligation is for a person to say', moved('obligation_outbound', -10, { reportingCategory: 'obligation' }), ['-10 usd stripe-clearing', '+10 usd suspense']],
    ['movement of zero posts nothing', moved('payout', 0), []],
    ['movement nobody knows goes to suspense', moved('moon_landing', 77), ['+77 usd stripe-clearing', '-77 usd suspense']],
  ])('%s', (_, fact, expected) => {
    expect(shown(fact)).toEqual(expected);
  });

  it('nobody knows is shown to a person, an adjustment that is no dispute too', () => {
    for (const fact of [moved('moon_landing', 77), moved('adjustment', -5)]) expect(balanceTransactionPostings(fact).findings).toMatchObject([{ code: 'balance-transaction-unknown', subjectId: 'txn_1' }]);
    expect(balanceTransactionPostings(transaction({})).findings).toEqual([]);
  });

  it('seen before its invoice is applied when the tie comes, on the day of the tie', () => {
    const late = { ...tie, tiedAt: at + 86_400_000, tiedOn: localDate('2026-10-06') };
    const { entries } = balanceTransactionPostings(transaction({ charge: { ...charge, ties: [late] } }));
    expect(entries.map((entry) => [entry.keyObject, entry.keyId, entry.kind, entry.entryDate, entry.sourceType])).toEqual([
      ['balance_transaction', 'txn_1', 'payment', '2026-10-05', 'stripe-balance-transaction'],
      ['invoice_payment', 'inpay_1', 'receipt-applied', '2026-10-06', 'stripe-invoice-payment'],
    ]);
    expect(entries[0]?.postings.at(-1)).toMatchObject({ accountCode: '2000-unapplied-receipts', direction: 'credit', amount: 10_000 });
    expect(entries[1]?.postings).toMatchObject([{ accountCode: '2000-unapplied-receipts', direction: 'debit', amount: 10_000 }, { accountCode: '1200-accounts-receivable', direction: 'credit', amount: 10_000 }]);
  });

  it('that failed in the end is applied to nothing that came later', () => {
    const late = { ...tie, tiedAt: at + 86_400_000, tiedOn: localDate('2026-10-06') };
    expect(balanceTransactionPostings(transaction({ charge: { ...charge, hasSucceeded: false, ties: [late] } })).entries.map((entry) => entry.kind)).toEqual(['payment']);
  });

  it.each(stripeCategories)('of category %s has a rule of its own, or a person is asked', (category) => {
    const { entries, findings } = balanceTransactionPostings(moved(category, -100, { reportingCategory: category }));
    const inSuspense = (entries[0]?.postings ?? []).some((posting) => posting.accountCode === '9900-suspense');
    expect(entries).toHaveLength(1);
    expect([category, inSuspense]).toEqual([category, category === 'obligation' || category === 'other_adjustment']);
    expect(findings.length > 0).toBe(inSuspense);
  });
});

describe('a payment refunded in parts', () => {
  const taxes = [{ jurisdiction: 'DE', amountMinor: 1_301 }, { jurisdiction: 'FR', amountMinor: 98 }, { jurisdiction: 'US-NY', amountMinor: 502 }];
  const taxMinor = 1_901;
  const refundOf = (amountMinor: number, of: ChargeFact, refundedBefore: readonly number[]): BalanceTransactionFact =>
    moved('refund', -amountMinor, { charge: of, refund: { id: 're_1', amountMinor, currency: 'usd', announcedMinor: 0 }, refundedBefore: refundedBefore.map((minor) => ({ amountMinor: minor, at })) });
  const sumsOf = (facts: readonly BalanceTransactionFact[]): Record<string, number> => {
    const sums: Record<string, number> = {};
    for (const fact of facts) for (const { accountCode, direction, amount } of balanceTransactionPostings(fact).entries[0]?.postings ?? []) sums[accountCode] = (sums[accountCode] ?? 0) + (direction === 'debit' ? amount : -amount);
    return sums;
  };
  const inParts = (whole: number): fc.Arbitrary<number[]> => fc.uniqueArray(fc.integer({ min: 1, max: whole - 1 }), { minLength: 1, maxLength: 12 }).map((cuts) => {
    const places = [0, ...cuts.toSorted((one, other) => one - other), whole];
    return places.slice(1).map((place, index) => place - (places[index] ?? 0));
  });
  const eachPart = (parts: readonly number[], of: ChargeFact): BalanceTransactionFact[] => parts.map((part, index) => refundOf(part, of, parts.slice(0, index)));

  it('gives back its tax to the cent, in each jurisdiction, however it is cut', () => {
    const of: ChargeFact = { ...charge, invoice: { ...invoice, taxMinor, taxes } };
    fc.assert(fc.property(inParts(10_000), (parts) => {
      const sums = sumsOf(eachPart(parts, of));
      expect(taxes.map(({ jurisdiction }) => sums[`2200-tax-payable:${jurisdiction}`])).toEqual(taxes.map(({ amountMinor }) => amountMinor));
      expect(sums['1100-stripe-clearing']).toBe(-10_000);
    }));
  });

  it('gives back to unapplied receipts what was more than its invoice, to the cent', () => {
    const of: ChargeFact = { ...charge, amountMinor: 13_331, authorisedMinor: 13_331, invoice: { ...invoice, taxMinor, taxes } };
    fc.assert(fc.property(inParts(13_331), (parts) => {
      const sums = sumsOf(eachPart(parts, of));
      expect([sums['2000-unapplied-receipts'], sums['2200-tax-payable:DE'], sums['2200-tax-payable:FR'], sums['2200-tax-payable:US-NY']]).toEqual([3_331, 1_301, 98, 502]);
    }));
  });

  it('gives back the tax of a sale by checkout, of which a part was never captured', () => {
    const of: ChargeFact = { ...charge, amountMinor: 9_001, ties: [], checkout: { sessionId: 'cs_1', totalMinor: 10_000, taxMinor } };
    const sale = [transaction({ charge: of }), moved('refund', -999, { reportingCategory: 'partial_capture_reversal', charge: of })];
    fc.assert(fc.property(inParts(9_001), (parts) => {
      const sums = sumsOf([...sale, ...eachPart(parts, of)]);
      expect([sums[accountCodes.taxPayable], (sums[accountCodes.refunds] ?? 0) + (sums[accountCodes.oneOffRevenue] ?? 0)]).toEqual([0, 0]);
    }));
  });

  it('and disputed for the rest gives back the rest of its tax; a reinstatement is the exact negation', () => {
    const of: ChargeFact = { ...charge, invoice: { ...invoice, taxMinor, taxes } };
    fc.assert(fc.property(inParts(10_000), (parts) => {
      const rest = parts.at(-1) ?? 0;
      const before = parts.slice(0, -1);
      const dispute = { charge: of, dispute: { id: 'dp_1', amountMinor: rest, currency: 'usd', createdOn: day }, refundedBefore: before.map((amountMinor) => ({ amountMinor, at })) };
      const taken = moved('adjustment', -rest, { reportingCategory: 'dispute', ...dispute });
      const returned = moved('adjustment', rest, { reportingCategory: 'dispute_reversal', ...dispute });
      expect(sumsOf([...eachPart(before, of), taken])).toMatchObject({ '2200-tax-payable:DE': 1_301, '2200-tax-payable:FR': 98, '2200-tax-payable:US-NY': 502 });
      expect(Object.values(sumsOf([taken, returned])).every((sum) => sum === 0)).toBe(true);
    }));
  });

  it('before it was tied to its invoice takes no tax of it', () => {
    const of: ChargeFact = { ...charge, ties: [{ ...tie, tiedAt: at - 10 }], invoice: { ...invoice, taxMinor: 1_000 } };
    const fact: BalanceTransactionFact = { ...refundOf(5_000, of, []), refundedBefore: [{ amountMinor: 3_333, at: at - 20 }] };
    expect(shown(fact)).toContain('+500 usd tax-payable');
  });
});
