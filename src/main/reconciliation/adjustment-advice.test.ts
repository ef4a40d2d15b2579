import { describe, expect, test } from 'vitest';
import { discrepancyReasons } from '../../shared/api/reconciliation.contract.ts';
import { accountCodes } from '../ledger/account-codes.ts';
import { adjustmentAdvice, assertAdjustable } from './adjustment-advice.ts';
import type { WrittenOff } from './discrepancy-postings.ts';

const side = (amountMinor: number, feeMinor: number | null = null, currency = 'usd') => ({ amountMinor, feeMinor, currency });
const difference = (reason: string, stripe: object | null, other: object | null, more: Partial<WrittenOff> & { store?: string } = {}): WrittenOff => {
  const { store = 'ledger', ...rest } = more;
  return { level: 'transactions', reason, amountMinor: 1, currency: 'usd', objectId: 'x', detail: JSON.stringify({ store, stripe, other }), ...rest };
};
const asked = { held: () => ({ accountCode: accountCodes.unappliedReceipts, amountMinor: 2_875 }), bankAccountCode: '1001-bank-eur' };
const atBank = { level: 'bank', store: 'bank' };
const { stripeClearing: clearing, suspense, paymentFees: fees, cashInTransit, recoverables, unappliedReceipts: unapplied, disputes, refunds } = accountCodes;

describe('what an adjustment is set to', () => {
  test.each([
    ['what the books lack, net of its fee', difference('missing-in-ledger', side(1_000, 59), null), [clearing, suspense, 941]],
    ['an entry that Stripe does not list', difference('missing-at-stripe', null, side(941)), [suspense, clearing, 941]],
    ['another amount', difference('amount-differs', side(1_000, 59), side(900, 59)), [clearing, suspense, 100]],
    ['a fee goes with the fees', difference('fee-differs', side(1_000, 59), side(1_000, 39)), [fees, clearing, 20]],
    ['posted twice', difference('duplicate-in-ledger', side(1_000, 59), side(2_000, 118)), [suspense, clearing, 941]],
    ['a lost dispute leaves the account it waits on', difference('dispute-without-write-off', side(-2_875, 1_500), side(-2_875, 1_500)), [disputes, unapplied, 2_875]],
    ['so does a refund without its payment', difference('orphan-refund', side(-2_875, 0), side(-2_875, 0)), [refunds, unapplied, 2_875]],
    ['another id alone', difference('id-and-amount-differ', side(1_000, 59), side(900, 59)), [clearing, suspense, 100]],
    ['postings that no transaction explains', difference('balance-not-proved', side(151), side(80), { level: 'payouts', amountMinor: 71 }), [clearing, suspense, 71]],
    ['a payout that never came', difference('payout-without-bank-line', side(340_161), null, atBank), [recoverables, cashInTransit, 340_161]],
    ['money out that the bank took', difference('bank-line-unmatched', null, side(-1_500), { ...atBank, amountMinor: 1_500 }), [suspense, '1001-bank-eur', 1_500]],
    ['money in', difference('bank-line-unmatched', null, side(115_281), { ...atBank, amountMinor: -115_281 }), ['1001-bank-eur', suspense, 115_281]],
    ['what a bank had too little is its fee', difference('bank-residual', null, side(-150), { ...atBank, amountMinor: 150 }), [fees, suspense, 150]],
    ['what it had too much is somebody’s', difference('bank-residual', null, side(150), { ...atBank, amountMinor: -150 }), [suspense, unapplied, 150]],
  ] as const)('%s', (_, given, [debitAccount, creditAccount, amountMinor]) => {
    expect(adjustmentAdvice(given, asked)).toMatchObject({ order: { debitAccount, creditAccount, amountMinor, currency: 'usd' }, isRefused: false });
  });

  test.each([
    ['the rate alone', difference('exchange-rate-differs', side(4_251, 196), side(4_251, 196), { amountMinor: 0 }), 'agree in the amount'],
    ['the month alone', difference('period-cut-off', side(4_251, 196), side(4_251, 196), { amountMinor: 0 }), 'agree in the amount'],
    ['the day alone', difference('timing', side(4_251, 196), side(4_251, 196), { amountMinor: 0 }), 'agree in the amount'],
    ['two currencies', difference('currency-differs', side(1_000, 59), side(1_000, 59, 'eur')), 'Two currencies'],
    ['a payout that is not its transactions', difference('amount-differs', side(1_000), side(900), { level: 'payouts' }), 'Stripe’s own'],
    ['a line with another amount', difference('amount-differs', side(683_416), side(679_716), atBank), 'Matching the line'],
    ['nothing waits any more', difference('orphan-refund', side(-2_875, 0), side(-2_875, 0)), 'Nothing waits'],
  ] as const)('nothing is proposed, and why is said: %s', (_, given, notice) => {
    expect(adjustmentAdvice(given, { ...asked, held: () => undefined })).toMatchObject({ order: null, isRefused: false, notice: expect.stringContaining(notice) });
  });

  test('a bank line is rather matched, and what the books lack rather fetched: it is said', () => {
    expect(adjustmentAdvice(difference('bank-line-unmatched', null, side(-1_500), atBank), asked).notice).toContain('books it twice');
    expect(adjustmentAdvice(difference('missing-in-ledger', side(1_000, 59), null), asked).notice).toContain('Fetching');
  });

  test.each(discrepancyReasons)('where only the company’s own records differ it is refused: %s', (reason) => {
    const given = difference(reason, side(1_000, 59), side(900, 59), { store: 'payment_history' });
    expect(adjustmentAdvice(given, asked)).toMatchObject({ order: null, isRefused: true });
    expect(() => assertAdjustable(given)).toThrow(expect.objectContaining({ code: 'difference-not-in-books' }));
  });
});
