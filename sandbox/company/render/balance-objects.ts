/** Payouts and balance transactions as Stripe shows them at a moment. */
import type { StripeObject } from '../../stripe/population.ts';
import type { PayoutFact, TransactionFact, World } from '../facts.ts';

export function payoutStatusOf(payout: PayoutFact, at: number): string {
  if (payout.failure !== null && at >= payout.failure.created) {
    return 'failed';
  }
  return at >= payout.arrivesAt ? 'paid' : 'in_transit';
}

export function renderPayout(world: World, payout: PayoutFact, at: number): StripeObject {
  const { ids } = world;
  const status = payoutStatusOf(payout, at);
  const hasFailed = status === 'failed';
  return {
    id: ids.idOf('payout', payout.number),
    object: 'payout',
    amount: payout.amount,
    application_fee: null,
    application_fee_amount: null,
    arrival_date: payout.arrivesAt,
    automatic: true,
    balance_transaction: ids.idOf('transaction', payout.transaction.number),
    created: payout.created,
    currency: payout.currency,
    description: 'STRIPE PAYOUT',
    destination: `ba_1${ids.accountId.slice(6, 16)}${payout.currency}`,
    failure_balance_transaction: hasFailed && payout.failure !== null ? ids.idOf('transaction', payout.failure.number) : null,
    failure_code: hasFailed ? 'account_closed' : null,
    failure_message: hasFailed ? 'The bank account has been closed.' : null,
    livemode: false,
    metadata: {},
    method: 'standard',
    original_payout: null,
    payout_method: null,
    reconciliation_status: 'completed',
    reversed_by: null,
    source_type: 'card',
    statement_descriptor: null,
    status,
    trace_id: { status: 'unsupported', value: null },
    type: 'bank_account',
  };
}

export function sourceIdOf(world: World, transaction: TransactionFact): string | null {
  const { ids } = world;
  const { source } = transaction;
  if (source === null) {
    return null;
  }
  switch (transaction.type) {
    case 'charge':
    case 'payment':
      return ids.idOf('charge', source.number);
    case 'refund':
    case 'payment_refund':
      return ids.idOf('refund', source.number);
    case 'adjustment':
      return ids.idOf('dispute', source.number);
    case 'payout':
    case 'payout_failure':
      return ids.idOf('payout', source.number);
    default:
      return null;
  }
}

export function reportingCategoryOf(transaction: TransactionFact): string {
  switch (transaction.type) {
    case 'charge':
    case 'payment':
      return 'charge';
    case 'refund':
    case 'payment_refund':
      return 'refund';
    case 'adjustment':
      return transaction.isReinstatement ? 'dispute_reversal' : 'dispute';
    case 'stripe_fee':
      return 'fee';
    case 'payout':
      return 'payout';
    case 'payout_failure':
      return 'payout_reversal';
  }
}

function transactionDescription(transaction: TransactionFact): string | null {
  const { source, type } = transaction;
  switch (type) {
    case 'charge':
    case 'payment':
      return source !== null && 'intent' in source ? source.intent.description : null;
    case 'refund':
    case 'payment_refund':
      return source !== null && 'charge' in source ? `REFUND FOR CHARGE (${source.charge.intent.description})` : null;
    case 'adjustment':
      return transaction.isReinstatement ? 'Chargeback reversal' : 'Chargeback withdrawal';
    case 'stripe_fee':
      return 'Billing: usage fee';
    default:
      return 'STRIPE PAYOUT';
  }
}

export function renderTransaction(world: World, transaction: TransactionFact, at: number): StripeObject {
  const { fee, currency } = transaction;
  const description = transaction.type === 'adjustment' ? 'Dispute fee' : 'Stripe processing fees';
  return {
    id: world.ids.idOf('transaction', transaction.number),
    object: 'balance_transaction',
    amount: transaction.amount,
    available_on: transaction.availableOn,
    balance_type: 'payments',
    created: transaction.created,
    currency,
    description: transactionDescription(transaction),
    exchange_rate: transaction.rateTenMillionths === 0 ? null : transaction.rateTenMillionths / 10_000_000,
    fee,
    fee_details: fee === 0 ? [] : [{ amount: fee, application: null, currency, description, type: 'stripe_fee' }],
    net: transaction.amount - fee,
    reporting_category: reportingCategoryOf(transaction),
    source: sourceIdOf(world, transaction),
    status: transaction.availableOn <= at ? 'available' : 'pending',
    type: transaction.type,
  };
}
