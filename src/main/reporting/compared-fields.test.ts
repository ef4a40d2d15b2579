import { describe, expect, test } from 'vitest';
import { comparedSources, discrepancyReasons } from '../../shared/api/reconciliation.contract.ts';
import { localDate } from '../../shared/calendar/local-date.ts';
import type { DiscrepancyReason } from '../reconciliation/transaction-matching.ts';
import { comparedFields, isAnythingMarked, type ComparedDifference, type ComparedSides, type SourceRecord } from './compared-fields.ts';

const said = (more: Partial<SourceRecord> = {}): SourceRecord => ({ amountMinor: 10_000, feeMinor: 320, currency: 'usd', status: null, date: '2026-11-16', comparedOn: localDate('2026-11-16'), names: [{ text: 'Entry 7', link: '/ledger/entries/e7' }], ...more });
const stripe = said({ status: 'succeeded', names: [{ text: 'ch_1', link: '/invoices/payments/ch_1' }] });
const entry = said();
const row = (more: Partial<SourceRecord> = {}): SourceRecord => said({ status: 'succeeded', names: [{ text: 'Row 1', link: null }], ...more });
const line = (more: Partial<SourceRecord> = {}): SourceRecord => said({ feeMinor: null, comparedOn: null, names: [{ text: 'Bank line', link: '/reconciliation/bank?line=l1' }], isMatched: false, ...more });
const payout = said({ feeMinor: null, status: 'paid', comparedOn: null, names: [{ text: 'po_1', link: null }] });
const payoutEntry = said({ feeMinor: null, comparedOn: null });
const agreed: ComparedSides = { stripe: [stripe], ledger: [entry], sharedDatabase: [row()], bank: [] };
const paidOut: ComparedSides = { stripe: [payout], ledger: [payoutEntry], sharedDatabase: [], bank: [] };

interface Case {
  readonly level?: ComparedDifference['level'];
  readonly store?: ComparedDifference['store'];
  readonly objectId?: string;
  /** As the difference stands, and what is marked of it: field/source, with the place of one of several records. */
  readonly stands: ComparedSides;
  readonly marked: readonly string[];
  /** As it stands once it was put right. */
  readonly mended: ComparedSides;
}

const inHistory = (of: Partial<SourceRecord>): ComparedSides => ({ ...agreed, sharedDatabase: [row(of)] });
const inLedger = (of: Partial<SourceRecord>): ComparedSides => ({ ...agreed, ledger: [said(of)] });
const pair = (differing: Partial<SourceRecord>, ...marked: string[]): Case => ({
  store: 'payment_history', stands: { ...agreed, stripe: [{ ...stripe, id: 'txn_1' }], sharedDatabase: [row({ id: 'pi_1', ...differing })] }, marked: ['id/sharedDatabase', ...marked], mended: agreed,
});
const bank = (stands: ComparedSides, marked: readonly string[], mended: ComparedSides): Case => ({ level: 'bank', store: 'bank', objectId: 'po_1', stands, marked, mended });

const cases: Readonly<Record<DiscrepancyReason, readonly Case[]>> = {
  'missing-in-ledger': [
    { stands: { ...agreed, ledger: [] }, marked: ['amount/ledger', 'fee/ledger', 'date/ledger'], mended: agreed },
    // Written off: the clearing account is as Stripe says, though no entry of the transaction is there.
    { stands: { ...agreed, ledger: [] }, marked: ['amount/ledger', 'fee/ledger', 'date/ledger'], mended: { ...agreed, ledger: [said({ amountMinor: 0, feeMinor: 0, comparedOn: null, adjustedMinor: 9_680 })] } },
  ],
  'missing-in-payment-history': [{ store: 'payment_history', stands: { ...agreed, sharedDatabase: [] }, marked: ['amount/sharedDatabase', 'fee/sharedDatabase', 'status/sharedDatabase', 'date/sharedDatabase'], mended: agreed }],
  'missing-at-stripe': [
    { store: 'payment_history', stands: { stripe: [], ledger: [], sharedDatabase: [row()], bank: [] }, marked: ['amount/stripe', 'fee/stripe', 'status/stripe', 'date/stripe'], mended: agreed },
    { store: 'ledger', stands: { stripe: [], ledger: [entry], sharedDatabase: [], bank: [] }, marked: ['amount/stripe', 'fee/stripe', 'date/stripe'], mended: agreed },
  ],
  'amount-differs': [
    { stands: inLedger({ amountMinor: 9_500 }), marked: ['amount/ledger'], mended: inLedger({ amountMinor: 9_500, adjustedMinor: 500 }) },
    { store: 'payment_history', stands: inHistory({ amountMinor: 9_506 }), marked: ['amount/sharedDatabase'], mended: agreed },
    { level: 'payouts', objectId: 'po_1', stands: { ...paidOut, stripe: [{ ...payout, transactionsMinor: 9_900 }] }, marked: ['transactions/stripe'], mended: { ...paidOut, stripe: [{ ...payout, transactionsMinor: 10_000 }] } },
    bank({ ...paidOut, bank: [line({ amountMinor: 9_963 })] }, ['amount/bank'], { ...paidOut, bank: [line({ amountMinor: 9_963, isMatched: true })] }),
    bank({ stripe: [], ledger: [payoutEntry], sharedDatabase: [], bank: [line({ amountMinor: 9_963 })] }, ['amount/bank'], { stripe: [], ledger: [payoutEntry], sharedDatabase: [], bank: [line()] }),
  ],
  'fee-differs': [
    { stands: inLedger({ feeMinor: 300 }), marked: ['fee/ledger'], mended: agreed },
    { store: 'payment_history', stands: inHistory({ feeMinor: 352 }), marked: ['fee/sharedDatabase'], mended: agreed },
  ],
  'currency-differs': [{ store: 'payment_history', stands: inHistory({ currency: 'eur' }), marked: ['amount/sharedDatabase', 'fee/sharedDatabase'], mended: agreed }, { stands: inLedger({ currency: 'eur' }), marked: ['amount/ledger', 'fee/ledger'], mended: agreed }],
  'status-differs': [{ store: 'payment_history', stands: inHistory({ status: 'pending' }), marked: ['status/sharedDatabase'], mended: agreed }],
  'exchange-rate-differs': [{
    stands: { ...agreed, stripe: [{ ...stripe, amountMinor: 4_251, exchangeRate: '0.332268', seen: { amountMinor: 13_050, currency: 'kwd' } }], ledger: [said({ amountMinor: 4_251, exchangeRate: '0.325747', seen: { amountMinor: 13_050, currency: 'kwd' } })], sharedDatabase: [row({ amountMinor: 4_251 })] },
    marked: ['exchange-rate/ledger'],
    mended: { ...agreed, stripe: [{ ...stripe, amountMinor: 4_251, exchangeRate: '0.325747' }], ledger: [said({ amountMinor: 4_251, exchangeRate: '0.325747', seen: { amountMinor: 13_050, currency: 'kwd' } })], sharedDatabase: [row({ amountMinor: 4_251 })] },
  }],
  'duplicate-in-payment-history': [{ store: 'payment_history', stands: { ...agreed, sharedDatabase: [row(), row({ isSuperfluous: true, names: [{ text: 'Row 2', link: null }] })] }, marked: ['record/sharedDatabase/1'], mended: agreed }],
  'duplicate-in-ledger': [{ stands: { ...agreed, ledger: [entry, said({ isSuperfluous: true })] }, marked: ['record/ledger/1'], mended: agreed }],
  'orphan-refund': [{ stands: { ...agreed, stripe: [{ ...stripe, payment: null }], ledger: [said({ waitingMinor: 10_000 })] }, marked: ['payment/stripe'], mended: { ...agreed, stripe: [{ ...stripe, payment: { text: 'ch_0', link: null } }] } }],
  'dispute-without-write-off': [{ stands: inLedger({ waitingMinor: 10_000 }), marked: ['waiting/ledger'], mended: inLedger({ waitingMinor: 0 }) }],
  'period-cut-off': [{ store: 'payment_history', stands: inHistory({ comparedOn: localDate('2026-12-01') }), marked: ['date/sharedDatabase'], mended: agreed }, { stands: inLedger({ comparedOn: localDate('2026-12-01') }), marked: ['date/ledger'], mended: inLedger({ comparedOn: null }) }],
  timing: [{ store: 'payment_history', stands: inHistory({ comparedOn: localDate('2026-11-12') }), marked: ['date/sharedDatabase'], mended: inHistory({ comparedOn: localDate('2026-11-17') }) }],
  'id-differs': [pair({}), { store: 'ledger', stands: { ...agreed, stripe: [{ ...stripe, id: 'txn_1' }], ledger: [said({ id: 'txn_2' })] }, marked: ['id/ledger'], mended: agreed }],
  'id-and-currency-differ': [pair({ currency: 'eur' }, 'amount/sharedDatabase', 'fee/sharedDatabase')],
  'id-and-amount-differ': [pair({ amountMinor: 9_000 }, 'amount/sharedDatabase')],
  'id-and-fee-differ': [pair({ feeMinor: 300 }, 'fee/sharedDatabase')],
  'id-and-status-differ': [pair({ status: 'pending' }, 'status/sharedDatabase')],
  'id-and-month-differ': [pair({ comparedOn: localDate('2026-10-31') }, 'date/sharedDatabase')],
  'balance-not-proved': [
    { level: 'payouts', objectId: 'balance-usd', stands: { ...paidOut, stripe: [{ ...payout, transactionsMinor: 9_000 }], ledger: [said({ transactionsMinor: 9_000 })] }, marked: ['transactions/stripe'], mended: { ...paidOut, stripe: [{ ...payout, transactionsMinor: 10_000 }] } },
    { level: 'payouts', objectId: 'clearing-usd', stands: { ...paidOut, stripe: [{ ...payout, transactionsMinor: 10_000 }], ledger: [said({ amountMinor: 2_875, transactionsMinor: 10_000, withoutTransactionMinor: -7_125 })] }, marked: ['amount/ledger', 'without-transaction/ledger'], mended: { ...paidOut, stripe: [{ ...payout, transactionsMinor: 10_000 }], ledger: [said({ transactionsMinor: 10_000, withoutTransactionMinor: 0 })] } },
  ],
  'payout-without-bank-line': [bank(paidOut, ['amount/bank', 'date/bank'], { ...paidOut, bank: [line({ isMatched: true })] })],
  'bank-line-unmatched': [bank({ stripe: [], ledger: [], sharedDatabase: [], bank: [line({ amountMinor: -1_500 })] }, ['amount/ledger', 'date/ledger'], { stripe: [], ledger: [said({ amountMinor: -1_500 })], sharedDatabase: [], bank: [line({ amountMinor: -1_500, isMatched: true })] })],
  'bank-residual': [bank({ stripe: [], ledger: [said({ waitingMinor: -37 })], sharedDatabase: [], bank: [line({ amountMinor: 9_963, isMatched: true })] }, ['amount/bank'], { stripe: [], ledger: [], sharedDatabase: [], bank: [line({ amountMinor: 9_963 })] })],
};

function marksOf(difference: ComparedDifference, sides: ComparedSides): string[] {
  return comparedFields(difference, sides).flatMap((field) => comparedSources.flatMap((source) => field[source].flatMap((value, index) => (value.isMarked ? [`${field.field}/${source}${field[source].length > 1 ? `/${index}` : ''}`] : []))));
}

describe('what of a difference is marked', () => {
  test('every reason has its cases', () => {
    expect(Object.keys(cases).toSorted()).toEqual([...discrepancyReasons].toSorted());
  });

  describe.each(discrepancyReasons)('%s', (reason) => {
    test.each(cases[reason].map((each, index) => [index + 1, each] as const))('case %i: what differs and nothing else, and nothing once it is put right', (_, { level = 'transactions', store = 'ledger', objectId = 'ch_1', stands, marked, mended }) => {
      const difference = { level, reason, store, objectId };
      expect(marksOf(difference, stands).toSorted()).toEqual(marked.toSorted());
      expect(marksOf(difference, mended)).toEqual([]);
      expect(isAnythingMarked(comparedFields(difference, mended))).toBe(false);
      if (level === 'transactions') expect(marksOf({ ...difference, level: 'drift' }, stands).toSorted()).toEqual(marked.toSorted());
    });
  });

  test('what a bank nets and when it books it is beside, not against, a payment', () => {
    expect(marksOf({ level: 'transactions', reason: 'fee-differs', store: 'ledger', objectId: 'ch_1' }, { ...agreed, bank: [line({ amountMinor: 99, comparedOn: localDate('2026-12-24') })] })).toEqual([]);
  });

  test('several records stand one above the other in the same order; a row in which nobody says anything is left out', () => {
    const fields = comparedFields({ level: 'transactions', reason: 'duplicate-in-payment-history', store: 'payment_history', objectId: 'ch_1' }, { ...agreed, sharedDatabase: [row(), row({ amountMinor: 10_001, isSuperfluous: true, names: [{ text: 'Row 2', link: null }] })] });
    expect(fields.map(({ field }) => field)).toEqual(['amount', 'fee', 'status', 'date', 'record']);
    expect(fields[0]?.sharedDatabase).toEqual([{ text: '100.00 USD', isMarked: false, link: null }, { text: '100.01 USD', isMarked: true, link: null }]);
    expect(fields.at(-1)?.ledger).toEqual([{ text: 'Entry 7', isMarked: false, link: '/ledger/entries/e7' }]);
  });
});
