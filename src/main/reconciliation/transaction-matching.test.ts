import { describe, expect, it } from 'vitest';
import { localDate } from '../../shared/calendar/local-date.ts';
import { compareWithLedger, type LedgerSide, type PaymentBehind } from './ledger-matching.ts';
import { compareWithPaymentHistory, discrepancyKeyOf, expectedStatusOf, missingAtStripe, paymentKindOf, type GatewayTransaction, type PaymentHistoryRow, type PaymentKind } from './transaction-matching.ts';

const noonMs = Date.UTC(2026, 9, 5, 16);
const dayMs = 86_400_000;

const payment = { id: 'txn_1', sourceId: 'ch_1', kind: 'payment', amountMinor: 10_000, feeMinor: 320, currency: 'usd', exchangeRate: null, createdAt: noonMs, createdOn: localDate('2026-10-05') } as const satisfies GatewayTransaction & { kind: PaymentKind };
const row: PaymentHistoryRow = { id: 7, gatewayPaymentId: 'ch_1', balanceTransactionId: 'txn_1', kind: 'payment', amountMinor: 10_000, feeMinor: 320, currency: 'usd', status: 'succeeded', createdAt: noonMs, createdOn: localDate('2026-10-05') };
const entry: LedgerSide = { netMinor: 9_680, feeMinor: 320, otherCurrency: null, entries: 1, entryDate: localDate('2026-10-05'), concernsMonth: null, converted: null, heldMinor: 0 };
const listed: PaymentBehind = { isListed: true, heldMinor: 0, heldByDisputeMinor: 0 };

describe('a payment against the payment history', () => {
  const cases: readonly [name: string, rows: readonly PaymentHistoryRow[], expected: readonly [reason: string, amountMinor: number][], changed?: Partial<GatewayTransaction>][] = [
    ['is recorded exactly', [row], []],
    ['was never recorded', [], [['missing-in-payment-history', 10_000]]],
    ['was recorded one dollar short', [{ ...row, amountMinor: 9_900 }], [['amount-differs', 100]]],
    ['was recorded with a fee of nothing', [{ ...row, feeMinor: 0 }], [['fee-differs', 320]]],
    ['was recorded in euros', [{ ...row, currency: 'eur' }], [['currency-differs', 10_000]]],
    ['is still pending at the company', [{ ...row, status: 'pending' }], [['status-differs', 0]]],
    ['was recorded twice', [{ ...row, id: 9 }, row], [['duplicate-in-payment-history', -10_000]]],
    ['was recorded the next day: queues take a night', [{ ...row, createdAt: noonMs + dayMs, createdOn: localDate('2026-10-06') }], []],
    ['was recorded two days later', [{ ...row, createdAt: noonMs + 2 * dayMs, createdOn: localDate('2026-10-07') }], [['timing', 0]]],
    ['was recorded two days early', [{ ...row, createdAt: noonMs - 2 * dayMs, createdOn: localDate('2026-10-03') }], [['timing', 0]]],
    ['was recorded in the next month, though only a day later: both months are wrong by it', [{ ...row, createdOn: localDate('2026-11-01') }], [['period-cut-off', 0]], { createdOn: localDate('2026-10-31') }],
    ['is wrong in amount and late: the amount is named', [{ ...row, amountMinor: 1, createdOn: localDate('2026-10-09') }], [['amount-differs', 9_999]]],
    ['was recorded wrong, then right: the right one is its record', [{ ...row, amountMinor: 9_900 }, { ...row, id: 8 }], [['duplicate-in-payment-history', -9_900]]],
    ['is wrong once and right in its duplicate', [{ ...row, feeMinor: 1 }, { ...row, id: 8 }], [['fee-differs', 319], ['duplicate-in-payment-history', -10_000]]],
  ];
  it.each(cases)('%s', (_name, rows, expected, changed) => {
    expect(compareWithPaymentHistory({ ...payment, ...changed, kind: 'payment' }, rows).map((finding) => [finding.reason, finding.amountMinor])).toEqual(expected);
  });

  it('names the earlier row the record and the later the duplicate', () => {
    const [finding] = compareWithPaymentHistory(payment, [{ ...row, id: 12 }, { ...row, id: 3 }]);
    expect(finding).toMatchObject({ objectId: 'ch_1', balanceTransactionId: 'txn_1', other: { rowId: 12 } });
  });
});

describe('disputes', () => {
  it.each([
    ['money withdrawn', -10_000, 'disputed'],
    ['money given back', 10_000, 'reversed'],
  ] as const)('%s has its own status', (_name, amountMinor, status) => {
    expect(expectedStatusOf('dispute', amountMinor)).toBe(status);
    const dispute = { ...payment, kind: 'dispute', amountMinor } as const;
    expect(compareWithPaymentHistory(dispute, [{ ...row, kind: 'dispute', amountMinor, status }])).toEqual([]);
    expect(compareWithPaymentHistory(dispute, [{ ...row, kind: 'dispute', amountMinor, status: 'succeeded' }])[0]?.reason).toBe('status-differs');
  });
});

describe('a balance transaction against the journal', () => {
  it.each([
    ['is posted exactly', payment, entry, null],
    ['moves nothing and needs no entry', { ...payment, amountMinor: 0, feeMinor: 0 }, null, null],
    ['is not posted', payment, null, ['missing-in-ledger', 10_000]],
    ['moved the clearing account by another amount', payment, { ...entry, netMinor: 9_670 }, ['amount-differs', 10]],
    ['took its fee from the money', payment, { ...entry, netMinor: 9_700, feeMinor: 300 }, ['fee-differs', 20]],
    ['moved the clearing account of another currency', payment, { ...entry, netMinor: 0, feeMinor: 0, otherCurrency: 'eur' }, ['currency-differs', 10_000]],
    ['is a payout and posted', { ...payment, kind: null, amountMinor: -9_680, feeMinor: 0 }, { ...entry, netMinor: -9_680, feeMinor: 0 }, null],
    ['is a fee billed by itself: the fee account carries the amount', { ...payment, kind: null, amountMinor: -500, feeMinor: 0 }, { ...entry, netMinor: -500, feeMinor: 500 }, null],
    ['is a payout posted with another amount', { ...payment, kind: null, amountMinor: -9_680, feeMinor: 0 }, { ...entry, netMinor: -9_000, feeMinor: 0 }, ['amount-differs', -680]],
    ['is posted twice under two keys', payment, { ...entry, netMinor: 19_360, feeMinor: 640, entries: 2 }, ['duplicate-in-ledger', -10_000]],
    ['is posted by one entry of twice the amount', payment, { ...entry, netMinor: 19_360, feeMinor: 640 }, ['amount-differs', -10_000]],
    ['is dated a day later in its month', payment, { ...entry, entryDate: localDate('2026-10-06') }, null],
    ['is dated two days later', payment, { ...entry, entryDate: localDate('2026-10-07') }, ['timing', 0]],
    ['is entered in the next month', payment, { ...entry, entryDate: localDate('2026-11-01') }, ['period-cut-off', 0]],
    ['is entered in the next month because its own was closed, and says so', payment, { ...entry, entryDate: localDate('2026-11-01'), concernsMonth: '2026-10' }, null],
    ['was reversed and posted again later: each has its own day', payment, { ...entry, entries: 3, entryDate: localDate('2026-11-01') }, null],
  ] as const)('%s', (_name, transaction, ledger, expected) => {
    const finding = compareWithLedger(transaction, ledger, null);
    expect(finding && [finding.reason, finding.amountMinor]).toEqual(expected);
  });
});

describe('the rate of the books against Stripe’s', () => {
  const converted = { ...payment, amountMinor: 6_700, feeMinor: 250, currency: 'usd' };
  const books = { ...entry, netMinor: 6_450, feeMinor: 250 };
  it.each([
    ['between the smallest units', '0.67', { amountMinor: 10_000, currency: 'jpy' }, null],
    ['between the whole units, where one has no smaller ones', '0.0067', { amountMinor: 10_000, currency: 'jpy' }, null],
    ['between the whole units of three and of two decimals', '3.2465', { amountMinor: 20_638, currency: 'kwd' }, null],
    ['cut off after few decimals: what the missing ones may make is no difference', '0.6701', { amountMinor: 1_000_000, currency: 'jpy' }, null, 670_128 as number],
    ['another one', '0.6834', { amountMinor: 10_000, currency: 'jpy' }, 'exchange-rate-differs'],
    ['another one by the least that shows', '0.6703', { amountMinor: 10_000, currency: 'jpy' }, 'exchange-rate-differs'],
    ['none that the books could have used', '0.6834', null, null],
  ] as const)('%s', (_name, exchangeRate, seen, expected, settled: number = 6_700) => {
    const finding = compareWithLedger({ ...converted, amountMinor: settled, exchangeRate }, { ...books, netMinor: settled - 250, converted: seen }, null);
    expect(finding?.reason ?? null).toBe(expected);
  });
});

describe('money that went back', () => {
  const refund = { ...payment, id: 'txn_2', sourceId: 're_1', kind: 'refund', amountMinor: -4_000, feeMinor: 0 } as const;
  const refunded = { ...entry, netMinor: -4_000, feeMinor: 0 };
  const dispute = { ...payment, id: 'txn_3', sourceId: 'dp_1', kind: 'dispute', amountMinor: -10_000, feeMinor: 1_500 } as const;
  const withdrawn = { ...entry, netMinor: -11_500, feeMinor: 1_500 };
  it.each([
    ['a refund of a payment that Stripe lists', refund, refunded, listed, null],
    ['a refund of a payment that Stripe does not list', refund, refunded, { ...listed, isListed: false }, ['orphan-refund', -4_000]],
    ['a refund of nobody knows which payment', refund, refunded, null, null],
    ['a refund that is not posted either: that comes first', refund, null, { ...listed, isListed: false }, ['missing-in-ledger', -4_000]],
    ['a dispute that is written off', dispute, withdrawn, listed, null],
    ['a dispute whose money waits in suspense', dispute, { ...withdrawn, heldMinor: 10_000 }, { ...listed, heldByDisputeMinor: 10_000 }, ['dispute-without-write-off', -10_000]],
    ['a dispute of an unknown payment', dispute, { ...withdrawn, heldMinor: 10_000 }, null, ['dispute-without-write-off', -10_000]],
    ['a dispute of a payment that was never applied: one cancels the other', dispute, { ...withdrawn, heldMinor: 10_000 }, { isListed: true, heldMinor: -10_000, heldByDisputeMinor: 10_000 }, null],
    ['a dispute that was won: what waited has come back', dispute, { ...withdrawn, heldMinor: 10_000 }, { ...listed, heldByDisputeMinor: 0 }, null],
  ] as const)('%s', (_name, transaction, ledger, behind, expected) => {
    const finding = compareWithLedger(transaction, ledger, behind);
    expect(finding && [finding.reason, finding.amountMinor]).toEqual(expected);
  });
});

describe('kinds and identity', () => {
  it.each([
    ['charge', 'charge', 'payment'], ['payment', 'charge', 'payment'], ['refund', 'refund', 'refund'], ['payment_refund', 'refund', 'refund'], ['adjustment', 'dispute', 'dispute'], ['adjustment', 'dispute_reversal', 'dispute'],
    ['adjustment', 'other_adjustment', null], ['payout', 'payout', null], ['stripe_fee', 'fee', null], ['refund_failure', 'refund_failure', null],
  ])('%s (%s) is recorded as %s', (type, category, kind) => {
    expect(paymentKindOf(type, category)).toBe(kind);
  });

  it('names a difference by its sorted subjects and its reason', () => {
    const [finding] = compareWithPaymentHistory(payment, [{ ...row, feeMinor: 0 }]);
    expect(finding && discrepancyKeyOf('transactions', finding)).toBe('discrepancy/transactions/payment_history/7+txn_1/fee-differs');
    expect(discrepancyKeyOf('transactions', missingAtStripe(row))).toBe('discrepancy/transactions/payment_history/7/missing-at-stripe');
  });
});
