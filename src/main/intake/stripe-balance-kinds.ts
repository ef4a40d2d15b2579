/**
 * What a balance transaction is about, in the house's words. Stripe's `reporting_category` decides, as it tells apart what its `type` lumps together
 * (an adjustment may be a dispute, a fee or a refund that failed); the type is asked where the category says nothing. The daily totals are kept by the same rule, which
 * SQLite works out beside each transaction (migration 0060): who changes it here changes it there by a migration. Pure.
 */
import { accountCodes, type AccountCode } from '../ledger/account-codes.ts';
import type { BalanceTransactionFact } from './posting-facts.ts';

export type BalanceTransactionKind =
  | 'payment' | 'payment-failed' | 'payment-uncaptured' | 'unreconciled-receipt' | 'refund' | 'refund-failed' | 'dispute' | 'dispute-reinstated' | 'payout' | 'payout-returned' | 'gateway-fee' | 'gateway-tax' | 'top-up' | 'top-up-returned'
  | 'reserve' | 'transfer' | 'transfer-returned' | 'platform-fee' | 'platform-fee-returned' | 'financing' | 'contribution' | 'card-spending' | 'adjustment' | 'unknown';

/** Every category of Stripe's list. `tax_fund`, obligations and what comes after them have none here: a person decides. */
export const kindByCategory: Readonly<Record<string, BalanceTransactionKind>> = {
  charge: 'payment', charge_failure: 'payment-failed', partial_capture_reversal: 'payment-uncaptured', refund: 'refund', refund_failure: 'refund-failed', dispute: 'dispute', dispute_reversal: 'dispute-reinstated',
  payout: 'payout', payout_reversal: 'payout-returned', fee: 'gateway-fee', network_cost: 'gateway-fee', tax: 'gateway-tax', topup: 'top-up', topup_reversal: 'top-up-returned', risk_reserved_funds: 'reserve', connect_reserved_funds: 'reserve',
  transfer: 'transfer', transfer_reversal: 'transfer-returned', connect_collection_transfer: 'transfer', platform_earning: 'platform-fee', platform_earning_refund: 'platform-fee-returned',
  advance: 'financing', advance_funding: 'financing', anticipation_repayment: 'financing', financing_payout: 'financing', financing_payout_reversal: 'financing', financing_paydown: 'financing', financing_paydown_reversal: 'financing',
  contribution: 'contribution', climate_order_purchase: 'contribution', climate_order_refund: 'contribution', issuing_authorization_hold: 'reserve', issuing_authorization_release: 'reserve', issuing_transaction: 'card-spending', issuing_dispute: 'card-spending',
  other_adjustment: 'adjustment',
};

/** For what has no category of its own, and for records made before there were categories. */
export const kindByType: Readonly<Record<string, BalanceTransactionKind>> = {
  charge: 'payment', payment: 'payment', payment_failure_refund: 'payment-failed', payment_reversal: 'payment-failed', payment_unreconciled: 'unreconciled-receipt', refund: 'refund', payment_refund: 'refund', refund_failure: 'refund-failed',
  payout: 'payout', payout_cancel: 'payout-returned', payout_failure: 'payout-returned', inbound_transfer: 'top-up', inbound_transfer_reversal: 'top-up-returned', topup: 'top-up', topup_reversal: 'top-up-returned',
  stripe_fee: 'gateway-fee', stripe_fx_fee: 'gateway-fee', payment_network_cost: 'gateway-fee', fee_credit_funding: 'gateway-fee', tax_fee: 'gateway-tax',
  reserve_transaction: 'reserve', reserved_funds: 'reserve', reserve_hold: 'reserve', reserve_release: 'reserve', payment_network_reserve_hold: 'reserve', payment_network_reserve_release: 'reserve', payout_minimum_balance_hold: 'reserve',
  payout_minimum_balance_release: 'reserve', issuing_authorization_hold: 'reserve', issuing_authorization_release: 'reserve', issuing_transaction: 'card-spending', issuing_dispute: 'card-spending',
  transfer: 'transfer', connect_collection_transfer: 'transfer', transfer_cancel: 'transfer-returned', transfer_failure: 'transfer-returned', transfer_refund: 'transfer-returned', application_fee: 'platform-fee', application_fee_refund: 'platform-fee-returned',
  advance: 'financing', advance_funding: 'financing', anticipation_repayment: 'financing', contribution: 'contribution', climate_order_purchase: 'contribution', climate_order_refund: 'contribution', adjustment: 'adjustment',
};

const has = (table: Readonly<Record<string, BalanceTransactionKind>>, name: string): BalanceTransactionKind | undefined => (Object.hasOwn(table, name) ? table[name] : undefined);

/** An adjustment of a dispute is one even where Stripe does not say so. */
export function kindOfBalanceTransaction(transaction: Pick<BalanceTransactionFact, 'type' | 'reportingCategory' | 'amountMinor' | 'sourceId'>): BalanceTransactionKind {
  const kind = has(kindByCategory, transaction.reportingCategory) ?? has(kindByType, transaction.type) ?? 'unknown';
  if (kind === 'adjustment' && /^(dp|du)_/.test(transaction.sourceId ?? '')) return transaction.amountMinor > 0 ? 'dispute-reinstated' : 'dispute';
  return kind === 'dispute' && transaction.amountMinor > 0 ? 'dispute-reinstated' : kind;
}

/** Kinds whose other side is one account, in the currency of the balance. */
export const simpleCounterAccounts: Readonly<Partial<Record<BalanceTransactionKind, AccountCode>>> = {
  'unreconciled-receipt': accountCodes.unappliedReceipts,
  payout: accountCodes.cashInTransit, 'payout-returned': accountCodes.cashInTransit, 'top-up': accountCodes.cashInTransit, 'top-up-returned': accountCodes.cashInTransit,
  'gateway-fee': accountCodes.paymentFees, 'gateway-tax': accountCodes.paymentFees, reserve: accountCodes.gatewayReserves,
  transfer: accountCodes.connectedAccounts, 'transfer-returned': accountCodes.connectedAccounts, 'platform-fee': accountCodes.platformFeeRevenue, 'platform-fee-returned': accountCodes.platformFeeRevenue,
  financing: accountCodes.gatewayFinancing, contribution: accountCodes.climateContributions, 'card-spending': accountCodes.cardSpending, adjustment: accountCodes.suspense, unknown: accountCodes.suspense,
};

export const memoOfKind: Readonly<Record<BalanceTransactionKind, string>> = {
  payment: 'Payment', 'payment-failed': 'Payment failed', 'payment-uncaptured': 'Payment not captured', 'unreconciled-receipt': 'Bank transfer without an invoice', refund: 'Refund', 'refund-failed': 'Refund failed', dispute: 'Dispute',
  'dispute-reinstated': 'Dispute reinstated', payout: 'Payout', 'payout-returned': 'Payout returned', 'gateway-fee': 'Stripe fee', 'gateway-tax': 'Tax on Stripe fees', 'top-up': 'Top-up', 'top-up-returned': 'Top-up returned', reserve: 'Reserve',
  transfer: 'Transfer to a connected account', 'transfer-returned': 'Transfer returned', 'platform-fee': 'Platform fee', 'platform-fee-returned': 'Platform fee returned', financing: 'Stripe financing', contribution: 'Climate contribution',
  'card-spending': 'Card spending', adjustment: 'Adjustment', unknown: 'Unknown balance transaction',
};
