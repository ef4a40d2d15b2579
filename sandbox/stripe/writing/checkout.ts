/** Checkout sessions: opened over HTTP, completed by the sandbox's own hand in place of a buyer in a browser. */
import type { Changes, RequestContext, Route } from '../changes.ts';
import { presentOne } from '../lists.ts';
import { type Json, readNumber, readReference, readText } from '../object-paths.ts';
import { type Parameters, mergeMetadata, readHash, readHashes, readInteger, readString, readStrings, refuseUnknown, requireString } from '../parameters.ts';
import type { StripeObject } from '../population.ts';
import { invalidRequest, missingParameter } from '../stripe-error.ts';
import { buildPrice } from './catalog.ts';
import { buildCustomer } from './customers.ts';
import { cardError, confirmIntent, createIntent } from './payments.ts';
import { createSubscription } from './subscriptions.ts';

interface SessionItem extends StripeObject {
  amount_total: number;
  price: StripeObject;
  quantity: number;
}

function readLineItem({ state, changes }: RequestContext, given: Parameters, index: number): SessionItem {
  const inline = readHash(given, 'price_data');
  const product = readHash(inline ?? {}, 'product_data');
  let price: StripeObject;
  if (inline) {
    const productId = product ? createInlineProduct(changes, product) : requireString(inline, 'product');
    price = changes.create('prices', { ...buildPrice(changes, { ...inline, product: productId }), active: false }, 'price.created');
  } else price = state.require('prices', requireString(given, 'price'), `line_items[${index}][price]`, 400);
  const quantity = readInteger(given, 'quantity') ?? 1;
  const amount = readNumber(price, 'unit_amount') * quantity;
  const described = state.collection('products').get(readReference(price, 'product') ?? '');
  return {
    id: changes.id('li'),
    object: 'item',
    adjustable_quantity: null,
    amount_discount: 0,
    amount_subtotal: amount,
    amount_tax: 0,
    amount_total: amount,
    currency: price['currency'],
    description: readText(described, 'name') ?? null,
    metadata: {},
    price,
    quantity,
  };
}

function createInlineProduct(changes: Changes, parameters: Parameters): string {
  const product: StripeObject = {
    id: changes.id('prod'),
    object: 'product',
    active: true,
    created: changes.now(),
    default_price: null,
    description: readString(parameters, 'description') ?? null,
    images: [],
    livemode: false,
    marketing_features: [],
    metadata: {},
    name: requireString(parameters, 'name'),
    package_dimensions: null,
    shippable: null,
    statement_descriptor: null,
    tax_code: null,
    type: 'service',
    unit_label: null,
    updated: changes.now(),
    url: null,
  };
  return changes.create('products', product, 'product.created').id;
}

const fields = ['cancel_url', 'client_reference_id', 'customer', 'customer_creation', 'customer_email', 'expand', 'expires_at', 'line_items', 'metadata', 'mode', 'payment_method_types', 'success_url', 'ui_mode'];

function create(context: RequestContext): Json {
  const { state, changes, parameters } = context;
  refuseUnknown(parameters, fields);
  const mode = requireString(parameters, 'mode');
  if (mode !== 'payment' && mode !== 'subscription') throw invalidRequest('Invalid mode: must be one of payment or subscription', 'mode');
  const given = readHashes(parameters, 'line_items') ?? [];
  if (given.length === 0) throw missingParameter('line_items');
  const customer = readString(parameters, 'customer') ?? null;
  if (customer !== null) state.require('customers', customer, 'customer', 400);
  const items = given.map((item, index) => readLineItem(context, item, index));
  const session = changes.create('checkout_sessions', buildSession(context, mode, customer, items));
  return presentOne(state, structuredClone(session), { expand: readStrings(parameters, 'expand') ?? [] });
}

function buildSession({ changes, parameters }: RequestContext, mode: 'payment' | 'subscription', customer: string | null, items: SessionItem[]): StripeObject {
  const total = items.reduce((sum, item) => sum + item.amount_total, 0);
  const id = changes.id('cs_test');
  return {
    id,
    object: 'checkout.session',
    adaptive_pricing: { enabled: false },
    after_expiration: null,
    allow_promotion_codes: null,
    amount_subtotal: total,
    amount_total: total,
    automatic_tax: { enabled: false, liability: null, provider: null, status: null },
    billing_address_collection: null,
    cancel_url: readString(parameters, 'cancel_url') ?? null,
    client_reference_id: readString(parameters, 'client_reference_id') ?? null,
    client_secret: null,
    collected_information: null,
    consent: null,
    consent_collection: null,
    created: changes.now(),
    currency: items[0]?.['currency'] ?? 'usd',
    currency_conversion: null,
    custom_fields: [],
    custom_text: { after_submit: null, shipping_address: null, submit: null, terms_of_service_acceptance: null },
    customer,
    customer_account: null,
    customer_creation: mode === 'payment' ? (readString(parameters, 'customer_creation') ?? 'if_required') : 'always',
    customer_details: null,
    customer_email: readString(parameters, 'customer_email') ?? null,
    discounts: [],
    expires_at: readInteger(parameters, 'expires_at') ?? changes.now() + 86_400,
    integration_identifier: null,
    invoice: null,
    invoice_creation: null,
    line_items: { object: 'list', data: items, has_more: false, url: `/v1/checkout/sessions/${id}/line_items` },
    livemode: false,
    locale: null,
    managed_payments: null,
    metadata: mergeMetadata({}, parameters),
    mode,
    origin_context: null,
    payment_intent: null,
    payment_link: null,
    payment_method_collection: 'if_required',
    payment_method_configuration_details: null,
    payment_method_options: {},
    payment_method_types: ['card'],
    payment_status: 'unpaid',
    permissions: null,
    phone_number_collection: { enabled: false },
    recovered_from: null,
    saved_payment_method_options: null,
    setup_intent: null,
    shipping_address_collection: null,
    shipping_cost: null,
    shipping_options: [],
    status: 'open',
    submit_type: null,
    subscription: null,
    success_url: readString(parameters, 'success_url') ?? null,
    total_details: { amount_discount: 0, amount_shipping: 0, amount_tax: 0 },
    ui_mode: readString(parameters, 'ui_mode') ?? null,
    url: `https://checkout.stripe.com/c/pay/${id}`,
    wallet_options: null,
  };
}

function requireOpen(changes: Changes, id: string): StripeObject {
  const session = changes.state.require('checkout_sessions', id, 'session');
  if (session['status'] !== 'open') throw invalidRequest(`This Session is ${String(session['status'])}, not open.`);
  return session;
}

/** The buyer pays. Options: `payment_method` (a test card) and `email`. */
export function completeSession(changes: Changes, id: string, parameters: Parameters): StripeObject {
  const { state } = changes;
  const session = requireOpen(changes, id);
  const email = readString(parameters, 'email') ?? readText(session, 'customer_email') ?? 'buyer@example.com';
  const paymentMethod = readString(parameters, 'payment_method') ?? 'pm_card_visa';
  const items = (session['line_items'] as { data: SessionItem[] }).data;
  let customer = readText(session, 'customer') ?? null;
  if (customer === null && session['customer_creation'] === 'always') customer = changes.create('customers', buildCustomer(changes, { email }), 'customer.created').id;
  const paid = { status: 'complete', payment_status: 'paid', url: null, customer };
  const details = { address: null, business_name: null, email, individual_name: null, name: null, phone: null, tax_exempt: 'none', tax_ids: [] };
  let outcome: Json;
  if (session['mode'] === 'subscription') {
    const wanted = items.map((item) => ({ price: item.price.id, quantity: String(item.quantity) }));
    const subscription = createSubscription(changes, { customer: customer ?? '', items: wanted, default_payment_method: paymentMethod });
    outcome = { subscription: subscription.id, invoice: subscription.latest_invoice };
  } else {
    const intent = createIntent(changes, {
      amount: readNumber(session, 'amount_total'),
      currency: String(session['currency']),
      customer,
      description: readText(items[0], 'description') ?? null,
      metadata: {},
    });
    const payment = confirmIntent(changes, intent, paymentMethod);
    if (payment.decline) throw cardError(payment);
    outcome = { payment_intent: intent.id };
  }
  const completed = { ...session, ...paid, ...outcome, customer_details: details };
  changes.update('checkout_sessions', completed, 'checkout.session.completed');
  return state.require('checkout_sessions', id, 'session');
}

function expire({ state, changes, parameters, ids: [id = ''] }: RequestContext): Json {
  refuseUnknown(parameters, ['expand']);
  const session = changes.update('checkout_sessions', { ...requireOpen(changes, id), status: 'expired', url: null }, 'checkout.session.expired');
  return presentOne(state, structuredClone(session), { expand: readStrings(parameters, 'expand') ?? [] });
}

export const checkoutRoutes: Route[] = [
  { method: 'POST', pattern: '/v1/checkout/sessions', permission: 'checkout_session_write', handle: create },
  { method: 'POST', pattern: '/v1/checkout/sessions/:id/expire', permission: 'checkout_session_write', handle: expire },
];
