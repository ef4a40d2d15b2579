/** Checkout sessions as Stripe shows them at a moment. */
import type { StripeObject } from '../../stripe/population.ts';
import { daySeconds } from '../calendar.ts';
import { priceNumbered, productNumbered } from '../catalog.ts';
import type { CheckoutSessionFact, World } from '../facts.ts';
import { emptyAddress, listOf, renderPrice } from './parts.ts';

export function sessionStatusOf(session: CheckoutSessionFact, at: number): string {
  if (session.completedAt > 0 && at >= session.completedAt) {
    return 'complete';
  }
  return at >= session.created + daySeconds ? 'expired' : 'open';
}

function renderSessionItem(world: World, session: CheckoutSessionFact): StripeObject {
  const price = priceNumbered(session.price);
  return {
    id: `li_${world.ids.idOf('checkoutSession', session.number).slice('cs_test_'.length)}`,
    object: 'item',
    amount_discount: 0,
    amount_subtotal: session.amount,
    amount_tax: 0,
    amount_total: session.amount,
    currency: session.customer.currency,
    description: productNumbered(price.product).title,
    price: renderPrice(world, price),
    quantity: session.quantity,
  };
}

export function renderSession(world: World, session: CheckoutSessionFact, at: number): StripeObject {
  const { ids } = world;
  const { customer } = session;
  const id = ids.idOf('checkoutSession', session.number);
  const status = sessionStatusOf(session, at);
  const isComplete = status === 'complete';
  return {
    id,
    object: 'checkout.session',
    adaptive_pricing: { enabled: false },
    after_expiration: null,
    allow_promotion_codes: null,
    amount_subtotal: session.amount,
    amount_total: session.amount,
    automatic_tax: { enabled: false, liability: null, provider: null, status: null },
    billing_address_collection: null,
    cancel_url: 'https://meridian-deeds.example/filings/cancel',
    client_reference_id: null,
    client_secret: null,
    collected_information: null,
    consent: null,
    consent_collection: null,
    created: session.created,
    currency: customer.currency,
    currency_conversion: null,
    custom_fields: [],
    custom_text: { after_submit: null, shipping_address: null, submit: null, terms_of_service_acceptance: null },
    customer: ids.idOf('customer', customer.number),
    customer_account: null,
    customer_creation: null,
    customer_details: { address: emptyAddress(customer.country), email: customer.email, name: customer.name, phone: null, tax_exempt: 'none', tax_ids: [] },
    customer_email: null,
    discounts: [],
    expires_at: session.created + daySeconds,
    invoice: null,
    integration_identifier: null,
    invoice_creation: null,
    line_items: listOf([renderSessionItem(world, session)], `/v1/checkout/sessions/${id}/line_items`),
    livemode: false,
    locale: null,
    managed_payments: null,
    metadata: {},
    mode: 'payment',
    origin_context: null,
    payment_intent: isComplete && session.intent !== null ? ids.idOf('intent', session.intent.number) : null,
    payment_link: null,
    payment_method_collection: 'if_required',
    payment_method_configuration_details: null,
    payment_method_options: {},
    payment_method_types: [customer.paysByDebit ? 'sepa_debit' : 'card'],
    payment_status: isComplete ? 'paid' : 'unpaid',
    permissions: null,
    phone_number_collection: { enabled: false },
    recovered_from: null,
    saved_payment_method_options: null,
    setup_intent: null,
    shipping_address_collection: null,
    shipping_cost: null,
    shipping_options: [],
    status,
    submit_type: null,
    subscription: null,
    success_url: 'https://meridian-deeds.example/filings/done',
    total_details: { amount_discount: 0, amount_shipping: 0, amount_tax: 0 },
    ui_mode: 'hosted',
    url: status === 'open' ? `https://checkout.stripe.test/c/pay/${id}` : null,
    wallet_options: null,
  };
}
