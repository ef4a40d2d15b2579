/** Payment intents and charges over HTTP. Cards are Stripe's test payment methods: their names say how they behave. */
import type { Changes, RequestContext, Route } from '../changes.ts';
import { presentOne } from '../lists.ts';
import { type Json, isJson, readNumber, readPath, readText } from '../object-paths.ts';
import { mergeMetadata, readBoolean, readString, readStrings, refuseUnknown, requireCurrency, requireInteger } from '../parameters.ts';
import type { StripeObject } from '../population.ts';
import { StripeError, invalidRequest } from '../stripe-error.ts';
import { multiplyDivide, settlementOf } from './amounts.ts';
import { recordMovement } from './balance.ts';
import { openDispute } from './disputes.ts';

export interface PaymentRequest {
  amount: number;
  currency: string;
  customer: string | null;
  description: string | null;
  metadata: Record<string, string>;
}

export interface PaymentOutcome {
  intent: StripeObject;
  charge: StripeObject;
  /** null when the payment succeeded. */
  decline: { code: string; declineCode: string; message: string } | null;
}

/** What a test payment method does. */
function declineOf(paymentMethod: string): PaymentOutcome['decline'] {
  if (!/declined/i.test(paymentMethod)) return null;
  if (/insufficient/i.test(paymentMethod)) {
    return { code: 'card_declined', declineCode: 'insufficient_funds', message: 'Your card has insufficient funds.' };
  }
  return { code: 'card_declined', declineCode: 'generic_decline', message: 'Your card was declined.' };
}

export function createIntent(changes: Changes, request: PaymentRequest): StripeObject {
  const id = changes.id('pi');
  return changes.create(
    'payment_intents',
    {
      id,
      object: 'payment_intent',
      amount: request.amount,
      amount_capturable: 0,
      amount_details: { tip: {} },
      amount_received: 0,
      application: null,
      application_fee_amount: null,
      automatic_payment_methods: null,
      canceled_at: null,
      cancellation_reason: null,
      capture_method: 'automatic',
      client_secret: `${id}_secret_${changes.state.ids.token(id, 24)}`,
      confirmation_method: 'automatic',
      created: changes.now(),
      currency: request.currency,
      customer: request.customer,
      customer_account: null,
      description: request.description,
      excluded_payment_method_types: null,
      last_payment_error: null,
      latest_charge: null,
      livemode: false,
      metadata: request.metadata,
      next_action: null,
      on_behalf_of: null,
      payment_method: null,
      payment_method_configuration_details: null,
      payment_method_options: { card: { installments: null, mandate_options: null, network: null, request_three_d_secure: 'automatic' } },
      payment_method_types: ['card'],
      processing: null,
      receipt_email: null,
      review: null,
      setup_future_usage: null,
      shipping: null,
      source: null,
      statement_descriptor: null,
      statement_descriptor_suffix: null,
      status: 'requires_payment_method',
      transfer_data: null,
      transfer_group: null,
    },
    'payment_intent.created',
  );
}

function cardDetails(paymentMethod: string): Json {
  const isMastercard = /mastercard/i.test(paymentMethod);
  return {
    card: {
      amount_authorized: null,
      authorization_code: null,
      brand: isMastercard ? 'mastercard' : 'visa',
      checks: { address_line1_check: null, address_postal_code_check: null, cvc_check: 'pass' },
      country: 'US',
      exp_month: 12,
      exp_year: 2030,
      extended_authorization: { status: 'disabled' },
      fingerprint: 'sandboxfingerprt',
      funding: 'credit',
      incremental_authorization: { status: 'unavailable' },
      installments: null,
      last4: isMastercard ? '4444' : '4242',
      mandate: null,
      multicapture: { status: 'unavailable' },
      network: isMastercard ? 'mastercard' : 'visa',
      network_token: { used: false },
      network_transaction_id: null,
      overcapture: { maximum_amount_capturable: 0, status: 'unavailable' },
      regulated_status: 'unregulated',
      three_d_secure: null,
      transaction_link_id: null,
      wallet: null,
    },
    type: 'card',
  };
}

function buildCharge(changes: Changes, intent: StripeObject, paymentMethod: string, decline: PaymentOutcome['decline']): StripeObject {
  const amount = readNumber(intent, 'amount');
  const id = changes.id('ch');
  return {
    id,
    object: 'charge',
    amount,
    amount_captured: decline ? 0 : amount,
    amount_refunded: 0,
    application: null,
    application_fee: null,
    application_fee_amount: null,
    balance_transaction: null,
    billing_details: { address: { city: null, country: null, line1: null, line2: null, postal_code: null, state: null }, email: null, name: null, phone: null, tax_id: null },
    calculated_statement_descriptor: 'SANDBOX',
    captured: decline === null,
    created: changes.now(),
    currency: intent['currency'],
    customer: intent['customer'],
    description: intent['description'],
    disputed: false,
    failure_balance_transaction: null,
    failure_code: decline?.code ?? null,
    failure_message: decline?.message ?? null,
    fraud_details: {},
    livemode: false,
    metadata: intent['metadata'],
    on_behalf_of: null,
    outcome: decline
      ? { advice_code: 'try_again_later', network_advice_code: null, network_decline_code: '05', network_status: 'declined_by_network', reason: decline.declineCode, risk_level: 'normal', seller_message: 'The bank did not return any further details with this decline.', type: 'issuer_declined' }
      : { advice_code: null, network_advice_code: null, network_decline_code: null, network_status: 'approved_by_network', reason: null, risk_level: 'normal', seller_message: 'Payment complete.', type: 'authorized' },
    paid: decline === null,
    payment_intent: intent.id,
    payment_method: paymentMethod,
    payment_method_details: cardDetails(paymentMethod),
    receipt_email: null,
    receipt_number: null,
    receipt_url: decline ? null : `https://pay.stripe.com/receipts/${id}`,
    refunded: false,
    review: null,
    shipping: null,
    source: null,
    source_transfer: null,
    statement_descriptor: null,
    statement_descriptor_suffix: null,
    status: decline ? 'failed' : 'succeeded',
    transfer_data: null,
    transfer_group: null,
  };
}

/** Charges an intent with a test payment method. Success leaves a balance transaction: 2.9 % and 30 minor units of fee. */
export function confirmIntent(changes: Changes, intent: StripeObject, paymentMethod: string): PaymentOutcome {
  const decline = declineOf(paymentMethod);
  const charge = buildCharge(changes, intent, paymentMethod, decline);
  if (decline) {
    changes.create('charges', charge, 'charge.failed');
    const lastError = {
      charge: charge.id,
      code: decline.code,
      decline_code: decline.declineCode,
      doc_url: 'https://stripe.com/docs/error-codes/card-declined',
      message: decline.message,
      type: 'card_error',
    };
    const failed = { ...intent, status: 'requires_payment_method', last_payment_error: lastError, latest_charge: charge.id };
    changes.update('payment_intents', failed, 'payment_intent.payment_failed');
    return { intent: failed, charge, decline };
  }
  const settlement = settlementOf(String(charge['currency']));
  const settled = settlement.convert(readNumber(charge, 'amount'));
  const transaction = recordMovement(changes, {
    type: 'charge',
    amount: settled,
    currency: settlement.currency,
    fee: multiplyDivide(settled, 29, 1_000) + 30,
    source: charge.id,
    reportingCategory: 'charge',
    description: readText(intent, 'description') ?? null,
    exchangeRate: settlement.exchangeRate,
    isPending: true,
  });
  charge['balance_transaction'] = transaction.id;
  changes.create('charges', charge, 'charge.succeeded');
  const succeeded = { ...intent, amount_received: intent['amount'], last_payment_error: null, latest_charge: charge.id, payment_method: paymentMethod, status: 'succeeded' };
  changes.update('payment_intents', succeeded, 'payment_intent.succeeded');
  if (/createDispute/i.test(paymentMethod)) openDispute(changes, charge, readNumber(charge, 'amount'));
  return { intent: succeeded, charge, decline: null };
}

/** The 402 a declined card answers with; what it left behind (a failed charge, its events) stays. */
export function cardError({ decline, charge, intent }: PaymentOutcome): StripeError {
  return new StripeError(402, decline?.message ?? 'Your card was declined.', {
    type: 'card_error',
    code: decline?.code ?? 'card_declined',
    extra: { charge: charge.id, decline_code: decline?.declineCode, payment_intent: intent },
    keepsChanges: true,
  });
}

/** The payment method a customer pays with: the given one, else the customer's default. */
export function paymentMethodOf(changes: Changes, customerId: string | null, ...given: unknown[]): string {
  for (const candidate of given) if (typeof candidate === 'string' && candidate !== '') return candidate;
  const customer = customerId === null ? undefined : changes.state.collection('customers').get(customerId);
  const own = readPath(customer, 'invoice_settings.default_payment_method') ?? readPath(customer, 'default_source');
  if (isJson(own) && typeof own['id'] === 'string') return own['id'];
  if (typeof own === 'string') return own;
  throw invalidRequest(
    'This customer has no attached payment source or default payment method. Please consider adding a default payment method. For more information, visit https://stripe.com/docs/billing/subscriptions/payment-methods-setting#payment-method-priority.',
    undefined,
    'resource_missing',
  );
}

const answer = ({ state, parameters }: RequestContext, object: StripeObject): Json =>
  presentOne(state, structuredClone(object), { expand: readStrings(parameters, 'expand') ?? [] });

const intentFields = ['amount', 'automatic_payment_methods', 'confirm', 'currency', 'customer', 'description', 'expand', 'metadata', 'off_session', 'payment_method', 'payment_method_types', 'return_url', 'setup_future_usage'];

function confirmOrRefuse(context: RequestContext, intent: StripeObject, paymentMethod: string | undefined): Json {
  const method = paymentMethodOf(context.changes, readText(intent, 'customer') ?? null, paymentMethod);
  const outcome = confirmIntent(context.changes, intent, method);
  if (outcome.decline) throw cardError(outcome);
  return answer(context, outcome.intent);
}

function create(context: RequestContext): Json {
  const { state, changes, parameters } = context;
  refuseUnknown(parameters, intentFields);
  const amount = requireInteger(parameters, 'amount');
  if (amount < 1) throw invalidRequest('This value must be greater than or equal to 1.', 'amount', 'parameter_invalid_integer');
  const customer = readString(parameters, 'customer') ?? null;
  if (customer !== null) state.require('customers', customer, 'customer', 400);
  const intent = createIntent(changes, {
    amount,
    currency: requireCurrency(parameters),
    customer,
    description: readString(parameters, 'description') ?? null,
    metadata: mergeMetadata({}, parameters),
  });
  return readBoolean(parameters, 'confirm') === true ? confirmOrRefuse(context, intent, readString(parameters, 'payment_method')) : answer(context, intent);
}

function confirm(context: RequestContext): Json {
  const { state, parameters, ids: [id = ''] } = context;
  refuseUnknown(parameters, ['expand', 'off_session', 'payment_method', 'return_url']);
  const intent = state.require('payment_intents', id, 'intent');
  if (intent['status'] === 'succeeded' || intent['status'] === 'canceled') {
    throw invalidRequest(`You cannot confirm this PaymentIntent because it has a status of ${intent['status']}.`, undefined, 'payment_intent_unexpected_state');
  }
  return confirmOrRefuse(context, intent, readString(parameters, 'payment_method'));
}

function cancel(context: RequestContext): Json {
  const { state, changes, parameters, ids: [id = ''] } = context;
  refuseUnknown(parameters, ['cancellation_reason', 'expand']);
  const intent = state.require('payment_intents', id, 'intent');
  if (intent['status'] === 'succeeded' || intent['status'] === 'canceled') {
    throw invalidRequest(`You cannot cancel this PaymentIntent because it has a status of ${intent['status']}.`, undefined, 'payment_intent_unexpected_state');
  }
  const canceled = { ...intent, status: 'canceled', canceled_at: changes.now(), cancellation_reason: readString(parameters, 'cancellation_reason') ?? null };
  return answer(context, changes.update('payment_intents', canceled, 'payment_intent.canceled'));
}

/** Description and metadata can be changed at any time; no event of an intent announces that. */
function annotate(collection: 'payment_intents' | 'charges', param: string, ...eventTypes: string[]): (context: RequestContext) => Json {
  return (context) => {
    const { state, changes, parameters, ids: [id = ''] } = context;
    refuseUnknown(parameters, ['description', 'expand', 'metadata']);
    const object = state.require(collection, id, param);
    object['description'] = readString(parameters, 'description') ?? object['description'];
    object['metadata'] = mergeMetadata(object['metadata'] as Record<string, string>, parameters);
    return answer(context, changes.update(collection, object, ...eventTypes));
  };
}

export const paymentRoutes: Route[] = [
  { method: 'POST', pattern: '/v1/payment_intents', permission: 'payment_intent_write', handle: create },
  { method: 'POST', pattern: '/v1/payment_intents/:id', permission: 'payment_intent_write', handle: annotate('payment_intents', 'intent') },
  { method: 'POST', pattern: '/v1/payment_intents/:id/confirm', permission: 'payment_intent_write', handle: confirm },
  { method: 'POST', pattern: '/v1/payment_intents/:id/cancel', permission: 'payment_intent_write', handle: cancel },
  { method: 'POST', pattern: '/v1/charges/:id', permission: 'charge_write', handle: annotate('charges', 'charge', 'charge.updated') },
];
