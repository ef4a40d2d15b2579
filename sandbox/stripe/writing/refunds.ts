/** Refunds over HTTP: whole or in parts, never more than is left of the charge. */
import type { Changes, RequestContext, Route } from '../changes.ts';
import { presentOne } from '../lists.ts';
import { type Json, readNumber, readReference, readText } from '../object-paths.ts';
import { mergeMetadata, readInteger, readString, readStrings, refuseUnknown } from '../parameters.ts';
import type { StripeObject } from '../population.ts';
import { invalidRequest, missingParameter } from '../stripe-error.ts';
import { formatAmount, multiplyDivide } from './amounts.ts';
import { recordMovement } from './balance.ts';

/** What the refund takes in the settlement currency: the charge's own conversion, in proportion. */
function settledAmount(changes: Changes, charge: StripeObject, amount: number): { amount: number; currency: string; exchangeRate: number | null } {
  const id = readReference(charge, 'balance_transaction');
  const original = id === undefined ? undefined : changes.state.collection('balance_transactions').get(id);
  if (original === undefined) return { amount, currency: String(charge['currency']), exchangeRate: null };
  const rate = original['exchange_rate'];
  return {
    amount: multiplyDivide(readNumber(original, 'amount'), amount, readNumber(charge, 'amount')),
    currency: String(original['currency']),
    exchangeRate: typeof rate === 'number' ? rate : null,
  };
}

export interface RefundDetails {
  amount?: number;
  reason?: string | null;
  metadata?: Record<string, string>;
}

/** @throws StripeError 400 when nothing, or less than asked, is left to refund. */
export function refundCharge(changes: Changes, charge: StripeObject, details: RefundDetails): StripeObject {
  const left = readNumber(charge, 'amount') - readNumber(charge, 'amount_refunded');
  const currency = String(charge['currency']);
  if (charge['status'] !== 'succeeded') throw invalidRequest(`Charge ${charge.id} has not succeeded and cannot be refunded.`, undefined, 'charge_not_refundable');
  if (left === 0) throw invalidRequest(`Charge ${charge.id} has already been refunded.`, undefined, 'charge_already_refunded');
  const amount = details.amount ?? left;
  if (amount < 1) throw invalidRequest('This value must be greater than or equal to 1.', 'amount', 'parameter_invalid_integer');
  if (amount > left) {
    throw invalidRequest(
      `Refund amount (${formatAmount(amount, currency)}) is greater than unrefunded amount on charge (${formatAmount(left, currency)})`,
      'amount',
      'amount_too_large',
    );
  }
  const id = changes.id('re');
  const settled = settledAmount(changes, charge, amount);
  const transaction = recordMovement(changes, {
    type: 'refund',
    amount: -settled.amount,
    currency: settled.currency,
    fee: 0,
    source: id,
    reportingCategory: 'refund',
    description: 'REFUND FOR CHARGE',
    exchangeRate: settled.exchangeRate,
    isPending: false,
  });
  const refund = changes.create(
    'refunds',
    {
      id,
      object: 'refund',
      amount,
      balance_transaction: transaction.id,
      charge: charge.id,
      created: changes.now(),
      currency,
      customer: charge['customer'] ?? null,
      customer_account: null,
      destination_details: { card: { reference: null, reference_status: 'pending', reference_type: 'acquirer_reference_number', type: 'refund' }, type: 'card' },
      metadata: details.metadata ?? {},
      payment_intent: charge['payment_intent'] ?? null,
      payment_method: charge['payment_method'] ?? null,
      reason: details.reason ?? null,
      receipt_number: null,
      source_transfer_reversal: null,
      status: 'succeeded',
      transfer_reversal: null,
    },
    'refund.created',
  );
  const refunded = readNumber(charge, 'amount_refunded') + amount;
  changes.update('charges', { ...charge, amount_refunded: refunded, refunded: refunded === charge['amount'] }, 'charge.refunded');
  return refund;
}

function findCharge({ state, parameters }: RequestContext): StripeObject {
  const charge = readString(parameters, 'charge');
  if (charge !== undefined) return state.require('charges', charge, 'charge', 400);
  const intentId = readString(parameters, 'payment_intent');
  if (intentId === undefined) throw missingParameter('charge');
  const intent = state.require('payment_intents', intentId, 'payment_intent', 400);
  const latest = readReference(intent, 'latest_charge');
  if (latest === undefined) throw invalidRequest(`This PaymentIntent (${intentId}) does not have a successful charge to refund.`, 'payment_intent');
  return state.require('charges', latest, 'charge', 400);
}

function create(context: RequestContext): Json {
  const { state, changes, parameters } = context;
  refuseUnknown(parameters, ['amount', 'charge', 'expand', 'metadata', 'payment_intent', 'reason']);
  const reason = readString(parameters, 'reason') ?? null;
  if (reason !== null && !['duplicate', 'fraudulent', 'requested_by_customer'].includes(reason)) {
    throw invalidRequest('Invalid reason: must be one of duplicate, fraudulent, or requested_by_customer', 'reason');
  }
  const amount = readInteger(parameters, 'amount');
  const refund = refundCharge(changes, findCharge(context), { ...(amount === undefined ? {} : { amount }), reason, metadata: mergeMetadata({}, parameters) });
  return presentOne(state, structuredClone(refund), { expand: readStrings(parameters, 'expand') ?? [] });
}

function update({ state, changes, parameters, ids: [id = ''] }: RequestContext): Json {
  refuseUnknown(parameters, ['expand', 'metadata']);
  const refund = state.require('refunds', id, 'id');
  refund['metadata'] = mergeMetadata((refund['metadata'] as Record<string, string> | null) ?? {}, parameters);
  changes.update('refunds', refund, 'refund.updated');
  return presentOne(state, structuredClone(refund), { expand: readStrings(parameters, 'expand') ?? [] });
}

/** The charge that paid an invoice, through its paid invoice payment; undefined when none did. */
export function chargeOfInvoice(changes: Changes, invoiceId: string): StripeObject | undefined {
  const { state } = changes;
  const { objects } = state.collection('invoice_payments').find({
    filters: [{ name: 'invoice', values: new Set([invoiceId]) }],
    accepts: (payment) => payment['status'] === 'paid',
    limit: 1,
  });
  const [payment] = objects;
  const direct = readReference(payment, 'payment.charge');
  const intentId = readReference(payment, 'payment.payment_intent');
  const intent = intentId === undefined ? undefined : state.collection('payment_intents').get(intentId);
  const chargeId = direct ?? readText(intent, 'latest_charge');
  return chargeId === undefined ? undefined : state.collection('charges').get(chargeId);
}

export const refundRoutes: Route[] = [
  { method: 'POST', pattern: '/v1/refunds', permission: 'charge_write', handle: create },
  { method: 'POST', pattern: '/v1/refunds/:id', permission: 'charge_write', handle: update },
];
