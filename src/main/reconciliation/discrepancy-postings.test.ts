import { describe, expect, it } from 'vitest';
import { writeOffNeed, writeOffOrder, type WrittenOff } from './discrepancy-postings.ts';

const code = (expected: string): unknown => expect.objectContaining({ code: expected });
const side = (amountMinor: number, feeMinor: number | null = 0, currency = 'usd') => ({ amountMinor, feeMinor, currency, status: null, createdAt: null, rowId: null });
type SideOf = ReturnType<typeof side> | null;
const difference = (reason: string, amountMinor: number, stripe: SideOf, other: SideOf, more: { readonly level?: string; readonly store?: string } = {}): WrittenOff => {
  const { level = 'transactions', store = 'ledger' } = more;
  return { level, reason, amountMinor, currency: 'usd', objectId: 'ch_1', detail: JSON.stringify({ store, stripe, other }) };
};
const order = (of: WrittenOff, held?: { accountCode: string; amountMinor: number }): [string, string, number] => {
  const { debitAccount, creditAccount, amountMinor } = writeOffOrder(of, 'not worth pursuing', () => held);
  return [debitAccount, creditAccount, amountMinor];
};
const [clearing, badDebt, unapplied] = ['1100-stripe-clearing', '5010-bad-debt', '2000-unapplied-receipts'];

describe('a write-off', () => {
  it.each<[string, WrittenOff, [string, string, number]]>([
    ['a payment the books lack: what reached the balance, net of its fee', difference('missing-in-ledger', 10_000, side(10_000, 320), null), [clearing, badDebt, 9_680]],
    ['a refund the books lack', difference('missing-in-ledger', -4_000, side(-4_000), null), [badDebt, clearing, 4_000]],
    ['an entry that Stripe does not list', difference('missing-at-stripe', -10_000, null, side(10_000, 320)), [badDebt, clearing, 9_680]],
    ['a payment posted with too little', difference('amount-differs', 100, side(10_100, 320), side(10_000, 320)), [clearing, badDebt, 100]],
    ['a fee posted too low: the balance at Stripe is lower than the books say', difference('fee-differs', 20, side(10_000, 340), side(10_000, 320)), [badDebt, clearing, 20]],
    ['a payment posted twice', difference('duplicate-in-ledger', -10_000, side(10_000, 320), side(20_000, 640)), [badDebt, clearing, 9_680]],
    ['a balance that is not proved', difference('balance-not-proved', 7_125, side(15_160, null), side(8_035, null), { level: 'payouts' }), [clearing, badDebt, 7_125]],
  ])('%s', (_, of, expected) => {
    expect(order(of)).toEqual(expected);
  });

  it.each(['orphan-refund', 'dispute-without-write-off'])('%s: what waits leaves the account it waits on, and clearing stays as Stripe says', (reason) => {
    const gone = difference(reason, -2_875, side(-2_875, 1_500), side(-2_875, 1_500));
    expect(order(gone, { accountCode: unapplied, amountMinor: 2_875 })).toEqual([badDebt, unapplied, 2_875]);
    expect(() => order(gone)).toThrow(code('nothing-to-write-off'));
  });

  it('is none where the clearing account has no part in the difference', () => {
    const atBank = [difference('bank-line-unmatched', 1_500, null, side(-1_500, null), { level: 'bank', store: 'bank' }), difference('payout-without-bank-line', 340_161, side(340_161, null), null, { level: 'bank', store: 'bank' })];
    const others = [difference('amount-differs', 90, side(1_000, null), side(910, null), { level: 'payouts' }), difference('currency-differs', 1_000, side(1_000), side(1_000, 0, 'eur'))];
    for (const of of [...atBank, ...others]) {
      expect(writeOffNeed(of)).toBeNull();
      expect(() => order(of)).toThrow(code('write-off-elsewhere'));
    }
    expect(() => order(difference('missing-in-payment-history', 1_000, side(1_000), null, { store: 'payment_history' }))).toThrow(code('difference-not-in-books'));
    expect(() => order(difference('timing', 0, side(1_000), side(1_000)))).toThrow(code('nothing-to-write-off'));
  });
});
