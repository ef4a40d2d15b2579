/** Payment intents, charges, refunds and disputes as Stripe shows them at a moment. */
import type { StripeObject } from '../../stripe/population.ts';
import { daySeconds } from '../calendar.ts';
import type { ChargeFact, DisputeFact, IntentFact, RefundFact, World } from '../facts.ts';
import { mix32 } from '../random.ts';
import { renderTransaction } from './balance-objects.ts';
import { emptyAddress, renderPaymentMethod } from './parts.ts';

const failureMessages: Record<string, string> = {
  card_declined: 'Your card was declined.',
  insufficient_funds: 'Your card has insufficient funds.',
  expired_card: 'Your card has expired.',
  processing_error: 'An error occurred while processing your card. Try again in a little bit.',
};

export function failureMessageOf(code: string): string {
  return failureMessages[code] ?? 'The payment failed.';
}

export function intentStatusOf(intent: IntentFact, at: number): string {
  if (intent.canceledAt > 0 && at >= intent.canceledAt) {
    return 'canceled';
  }
  return intent.charges.some((charge) => charge.isPaid && charge.created <= at) ? 'succeeded' : 'requires_payment_method';
}

export function renderIntent(world: World, intent: IntentFact, at: number): StripeObject {
  const { ids } = world;
  const id = ids.idOf('intent', intent.number);
  const latest = intent.charges.findLast((charge) => charge.created <= at);
  const status = intentStatusOf(intent, at);
  return {
    id,
    object: 'payment_intent',
    amount: intent.amount,
    amount_capturable: 0,
    amount_details: { tip: {} },
    amount_received: status === 'succeeded' ? intent.amount : 0,
    application: null,
    application_fee_amount: null,
    automatic_payment_methods: null,
    canceled_at: status === 'canceled' ? intent.canceledAt : null,
    cancellation_reason: status === 'canceled' ? 'void_invoice' : null,
    capture_method: 'automatic',
    client_secret: `${id}_secret_${mix32(intent.number + world.seed).toString(36)}`,
    confirmation_method: 'automatic',
    created: intent.created,
    currency: intent.currency,
    customer: ids.idOf('customer', intent.customer.number),
    customer_account: null,
    description: intent.description,
    excluded_payment_method_types: null,
    last_payment_error:
      latest === undefined || latest.isPaid
        ? null
        : { charge: ids.idOf('charge', latest.number), code: latest.failureCode, message: failureMessageOf(latest.failureCode), type: 'card_error' },
    latest_charge: latest === undefined ? null : ids.idOf('charge', latest.number),
    livemode: false,
    managed_payments: null,
    metadata: {},
    next_action: null,
    on_behalf_of: null,
    payment_method: latest?.isPaid === true ? ids.idOf('paymentMethod', intent.customer.number) : null,
    payment_method_configuration_details: null,
    payment_method_options: {},
    payment_method_types: [intent.customer.paysByDebit ? 'sepa_debit' : 'card'],
    processing: null,
    receipt_email: null,
    review: null,
    setup_future_usage: intent.invoice === null ? null : 'off_session',
    shipping: null,
    statement_descriptor: null,
    statement_descriptor_suffix: null,
    status,
    transfer_data: null,
    transfer_group: null,
  };
}

function renderOutcome(charge: ChargeFact): Record<string, unknown> {
  return {
    advice_code: null,
    network_advice_code: null,
    network_decline_code: null,
    network_status: charge.isPaid ? 'approved_by_network' : 'declined_by_network',
    reason: charge.isPaid ? null : charge.failureCode,
    risk_level: 'normal',
    seller_message: charge.isPaid ? 'Payment complete.' : 'The bank returned the decline.',
    type: charge.isPaid ? 'authorized' : 'issuer_declined',
  };
}

export function renderCharge(world: World, charge: ChargeFact, at: number): StripeObject {
  const { ids } = world;
  const { intent } = charge;
  const { customer } = intent;
  const id = ids.idOf('charge', charge.number);
  const refunded = (charge.refunds ?? []).filter((refund) => refund.created <= at).reduce((sum, refund) => sum + refund.amount, 0);
  return {
    id,
    object: 'charge',
    amount: charge.amount,
    amount_captured: charge.isPaid ? charge.amount : 0,
    amount_refunded: refunded,
    application: null,
    application_fee: null,
    application_fee_amount: null,
    balance_transaction: charge.transaction === null ? null : ids.idOf('transaction', charge.transaction.number),
    billing_details: { address: emptyAddress(customer.country), email: customer.email, name: customer.name, phone: null, tax_id: null },
    calculated_statement_descriptor: 'MERIDIAN DEEDS',
    captured: charge.isPaid,
    created: charge.created,
    currency: charge.currency,
    customer: ids.idOf('customer', customer.number),
    description: intent.description,
    disputed: charge.dispute !== null && charge.dispute.created <= at,
    failure_balance_transaction: null,
    failure_code: charge.isPaid ? null : charge.failureCode,
    failure_message: charge.isPaid ? null : failureMessageOf(charge.failureCode),
    fraud_details: {},
    livemode: false,
    metadata: {},
    on_behalf_of: null,
    outcome: renderOutcome(charge),
    paid: charge.isPaid,
    payment_intent: ids.idOf('intent', intent.number),
    payment_method: ids.idOf('paymentMethod', customer.number),
    payment_method_details: renderPaymentMethod(world, customer),
    receipt_email: null,
    receipt_number: null,
    receipt_url: charge.isPaid ? `https://pay.stripe.test/receipts/${id}` : null,
    refunded: refunded === charge.amount,
    review: null,
    shipping: null,
    source_transfer: null,
    statement_descriptor: null,
    statement_descriptor_suffix: null,
    status: charge.isPaid ? 'succeeded' : 'failed',
    transfer_data: null,
    transfer_group: null,
  };
}

export function renderRefund(world: World, refund: RefundFact): StripeObject {
  const { ids } = world;
  const { charge } = refund;
  const isDebit = charge.intent.customer.paysByDebit;
  return {
    id: ids.idOf('refund', refund.number),
    object: 'refund',
    amount: refund.amount,
    balance_transaction: ids.idOf('transaction', refund.transaction.number),
    charge: ids.idOf('charge', charge.number),
    created: refund.created,
    currency: charge.currency,
    customer: ids.idOf('customer', charge.intent.customer.number),
    customer_account: null,
    destination_details: isDebit ? { sepa_bank_transfer: { reference: null, reference_status: null }, type: 'sepa_bank_transfer' } : { card: { type: 'refund' }, type: 'card' },
    metadata: {},
    payment_intent: ids.idOf('intent', charge.intent.number),
    payment_method: ids.idOf('paymentMethod', charge.intent.customer.number),
    reason: refund.reason,
    receipt_number: null,
    source_transfer_reversal: null,
    status: 'succeeded',
    transfer_reversal: null,
  };
}

export function disputeStatusOf(dispute: DisputeFact, at: number): string {
  if (dispute.closedAt > 0 && at >= dispute.closedAt) {
    return dispute.fate;
  }
  return at < dispute.created + 9 * daySeconds ? 'needs_response' : 'under_review';
}

export function renderDispute(world: World, dispute: DisputeFact, at: number): StripeObject {
  const { ids } = world;
  const status = disputeStatusOf(dispute, at);
  const moves = [dispute.withdrawal, dispute.reinstatement].filter((move) => move !== null && move.created <= at);
  const hasEvidence = status !== 'needs_response';
  return {
    id: ids.idOf('dispute', dispute.number),
    object: 'dispute',
    amount: dispute.amount,
    balance_transactions: moves.flatMap((move) => (move === null ? [] : [renderTransaction(world, move, at)])),
    charge: ids.idOf('charge', dispute.charge.number),
    created: dispute.created,
    currency: dispute.charge.currency,
    enhanced_eligibility_types: [],
    evidence: { customer_email_address: dispute.charge.intent.customer.email, customer_name: dispute.charge.intent.customer.name },
    evidence_details: {
      due_by: dispute.created + 20 * daySeconds,
      enhanced_eligibility: {},
      has_evidence: hasEvidence,
      past_due: false,
      submission_count: hasEvidence ? 1 : 0,
      submission_method: hasEvidence ? 'manual' : 'not_submitted',
    },
    intended_submission_method: null,
    is_charge_refundable: false,
    livemode: false,
    metadata: {},
    payment_intent: ids.idOf('intent', dispute.charge.intent.number),
    payment_method_details: { card: { brand: 'visa', case_type: 'chargeback', network_reason_code: '10.4' }, type: 'card' },
    reason: dispute.reason,
    status,
  };
}
