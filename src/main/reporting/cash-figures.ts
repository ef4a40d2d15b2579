/**
 * Which balance transactions a figure of the cash view is the sum of (domain.md §7), by their kind, as the daily totals are kept (migration 0060): what the books
 * post as payments, as refunds, as fees and as disputes, so that what the view says and what the books say of the same fact never part. What came to nothing after all
 * (a payment that failed or was not captured whole, a refund that failed) is taken out on the day it did.
 */
import type { BalanceTransactionKind } from '../intake/stripe-balance-kinds.ts';

export const cashKinds = {
  gross: ['payment', 'payment-failed', 'payment-uncaptured'],
  refunds: ['refund', 'refund-failed'],
  /** Stripe's own rows; the fee of every other row is a fee beside them. */
  fees: ['gateway-fee', 'gateway-tax'],
  disputes: ['dispute', 'dispute-reinstated'],
} as const satisfies Readonly<Record<string, readonly BalanceTransactionKind[]>>;

/** Payments that were made, whatever became of them: what is counted. */
export const paymentKind = 'payment' satisfies BalanceTransactionKind;

export const listOf = (kinds: readonly BalanceTransactionKind[]): string => kinds.map((kind) => `'${kind}'`).join(', ');
const sumOf = (kinds: readonly BalanceTransactionKind[], column: string): string => `sum(iif(kind IN (${listOf(kinds)}), ${column}, 0))`;

/** The columns grossMinor, feesMinor, refundsMinor and payments over rows of the daily totals. */
export const cashColumns = `${sumOf(cashKinds.gross, 'amount_minor')} AS grossMinor, sum(fee_minor) - ${sumOf(cashKinds.fees, 'amount_minor')} AS feesMinor,
          -${sumOf(cashKinds.refunds, 'amount_minor')} AS refundsMinor, ${sumOf([paymentKind], 'transactions')} AS payments`;

/** What disputes took less what they gave back; apart from net. */
export const disputesColumn = `-${sumOf(cashKinds.disputes, 'amount_minor')} AS disputesMinor`;

export const cashFormulas = {
  gross: 'Gross = Σ amount of charges and payments, tax included, less those that failed afterwards and what was not captured',
  fees: 'Fees = Σ fee of all balance transactions − Σ amount of Stripe’s own fee rows, tax on them included',
  refunds: 'Refunds = −Σ amount of refunds, less those that failed',
  net: 'Net = gross − fees − refunds; disputes stand apart, their fees are in the fees',
  disputes: 'Disputes = −Σ amount of disputes: what they took less what was given back; they stand apart from net, their fees are in the fees',
} as const;
