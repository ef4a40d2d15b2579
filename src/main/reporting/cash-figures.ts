/**
 * Which balance transactions a figure of the cash view is the sum of (domain.md §7), by their type, as the daily totals are kept: the types that the books post as
 * payments, as refunds and as fees, so that what the view says and what the books say of the same fact never part. What came to nothing after all (a payment that
 * failed, a refund that failed) is taken out on the day it did.
 */
import { typesOfKinds } from '../intake/stripe-balance-kinds.ts';

export const cashTypes = {
  gross: typesOfKinds('payment', 'payment-failed'),
  refunds: typesOfKinds('refund', 'refund-failed'),
  /** Stripe's own rows; the fee of every other row is a fee beside them. */
  fees: typesOfKinds('gateway-fee', 'gateway-tax'),
  disputes: typesOfKinds('adjustment'),
} as const;

/** Payments that were made, whatever became of them: what is counted. */
export const paymentTypes: readonly string[] = typesOfKinds('payment');

export const listOf = (types: readonly string[]): string => types.map((type) => `'${type}'`).join(', ');
const sumOf = (types: readonly string[], column: string): string => `sum(iif(type IN (${listOf(types)}), ${column}, 0))`;

/** The columns grossMinor, feesMinor, refundsMinor and payments over rows of the daily totals. */
export const cashColumns = `${sumOf(cashTypes.gross, 'amount_minor')} AS grossMinor, sum(fee_minor) - ${sumOf(cashTypes.fees, 'amount_minor')} AS feesMinor,
          -${sumOf(cashTypes.refunds, 'amount_minor')} AS refundsMinor, ${sumOf(paymentTypes, 'transactions')} AS payments`;

/** What disputes took less what they gave back; apart from net. */
export const disputesColumn = `-${sumOf(cashTypes.disputes, 'amount_minor')} AS disputesMinor`;

export const cashFormulas = {
  gross: 'Gross = Σ amount of charges and payments, tax included, less those that failed afterwards',
  fees: 'Fees = Σ fee of all balance transactions − Σ amount of Stripe’s own fee rows, tax on them included',
  refunds: 'Refunds = −Σ amount of refunds, less those that failed',
  net: 'Net = gross − fees − refunds; disputes stand apart, their fees are in the fees',
  disputes: 'Disputes = −Σ amount of adjustments: what disputes took less what was given back; they stand apart from net, their fees are in the fees',
} as const;
