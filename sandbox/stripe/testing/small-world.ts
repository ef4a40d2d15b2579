/** A hand-made world of a few customers, invoices with many lines, charges, payouts and events, for the sandbox's own tests. */
import type { Population, StripeObject } from '../population.ts';
import { createArrayPopulation } from './array-population.ts';

/** 2026-11-18T14:14:00Z. */
export const worldNow = 1_795_011_240;
const day = 86_400;

const price = (id: string, unitAmount: number, currency: string, interval: 'month' | 'year'): StripeObject => ({
  id,
  object: 'price',
  active: true,
  billing_scheme: 'per_unit',
  created: worldNow - 900 * day,
  currency,
  custom_unit_amount: null,
  livemode: false,
  lookup_key: id.replace('price_', ''),
  metadata: {},
  nickname: null,
  product: 'prod_deeds',
  recurring: { interval, interval_count: 1, meter: null, trial_period_days: null, usage_type: 'licensed' },
  tax_behavior: 'unspecified',
  tiers_mode: null,
  transform_quantity: null,
  type: 'recurring',
  unit_amount: unitAmount,
  unit_amount_decimal: String(unitAmount),
});

export const worldPrices = [price('price_starter', 2_900, 'usd', 'month'), price('price_pro', 9_900, 'usd', 'month'), price('price_pro_year', 99_000, 'usd', 'year')];

const discount = { id: 'di_loyal', object: 'discount', checkout_session: null, customer: 'cus_001', end: null, invoice: null, invoice_item: null, promotion_code: null, source: { coupon: 'loyal10', type: 'coupon' }, start: worldNow - 700 * day, subscription: 'sub_001', subscription_item: null };

function customer(number: number): StripeObject {
  const id = `cus_${String(number).padStart(3, '0')}`;
  return { id, object: 'customer', created: worldNow - (400 - number) * day, email: `${id}@example.com`, name: `Customer ${number}`, balance: 0, currency: 'usd', livemode: false, metadata: {}, invoice_prefix: `P${number}`, next_invoice_sequence: 2, invoice_settings: { custom_fields: null, default_payment_method: 'pm_card_visa', footer: null, rendering_options: null } };
}

function subscription(number: number, status: string): StripeObject {
  const suffix = String(number).padStart(3, '0');
  const start = worldNow - (300 - number) * day;
  const item = { id: `si_${suffix}`, object: 'subscription_item', created: start, current_period_start: worldNow - 10 * day, current_period_end: worldNow + 20 * day, discounts: [], metadata: {}, price: worldPrices[number % 2], quantity: number, subscription: `sub_${suffix}`, tax_rates: [] };
  return { id: `sub_${suffix}`, object: 'subscription', created: start, start_date: start, customer: `cus_${suffix}`, currency: 'usd', status, discounts: number === 1 ? [discount] : [], items: { object: 'list', data: [item], has_more: false, url: `/v1/subscription_items?subscription=sub_${suffix}` }, latest_invoice: `in_${suffix}`, livemode: false, metadata: {}, collection_method: 'charge_automatically', cancel_at_period_end: false, billing_cycle_anchor: start };
}

function invoice(number: number, lineCount: number): StripeObject {
  const suffix = String(number).padStart(3, '0');
  const lines = Array.from({ length: lineCount }, (_, at) => ({ id: `il_${suffix}_${at}`, object: 'line_item', amount: 100 * (at + 1), currency: 'usd', description: `Line ${at}`, discount_amounts: [], discountable: true, discounts: [], invoice: `in_${suffix}`, livemode: false, metadata: {}, parent: { invoice_item_details: null, subscription_item_details: { invoice_item: null, proration: false, proration_details: null, subscription: `sub_${suffix}`, subscription_item: `si_${suffix}` }, type: 'subscription_item_details' }, period: { start: worldNow - 40 * day, end: worldNow - 10 * day }, pricing: { price_details: { price: 'price_pro', product: 'prod_deeds' }, type: 'price_details', unit_amount_decimal: '9900' }, quantity: 1, subtotal: 100 * (at + 1), taxes: [] }));
  const total = lines.reduce((sum, line) => sum + line.amount, 0);
  return { id: `in_${suffix}`, object: 'invoice', created: worldNow - (200 - number) * day, customer: `cus_${suffix}`, currency: 'usd', status: number % 3 === 0 ? 'open' : 'paid', amount_due: total, amount_paid: total, amount_remaining: 0, total, subtotal: total, number: `P${number}-0001`, discounts: number === 1 ? [discount] : [], lines: { object: 'list', data: lines, has_more: false, url: `/v1/invoices/in_${suffix}/lines` }, livemode: false, metadata: {}, collection_method: 'charge_automatically', parent: { quote_details: null, subscription_details: { metadata: {}, subscription: `sub_${suffix}` }, type: 'subscription_details' }, total_discount_amounts: [], total_taxes: [], status_transitions: { finalized_at: worldNow - 199 * day, marked_uncollectible_at: null, paid_at: null, voided_at: null } };
}

function chargeWithTransaction(number: number): { charge: StripeObject; transaction: StripeObject; intent: StripeObject; payment: StripeObject } {
  const suffix = String(number).padStart(3, '0');
  const created = worldNow - (250 - number) * day;
  const owner = `cus_${String((number % 12) + 1).padStart(3, '0')}`;
  const amount = 1_000 + number;
  return {
    charge: { id: `ch_${suffix}`, object: 'charge', created, amount, amount_captured: amount, amount_refunded: 0, balance_transaction: `txn_${suffix}`, captured: true, currency: 'usd', customer: owner, disputed: false, livemode: false, metadata: {}, paid: true, payment_intent: `pi_${suffix}`, refunded: false, status: 'succeeded' },
    intent: { id: `pi_${suffix}`, object: 'payment_intent', created, amount, amount_received: amount, currency: 'usd', customer: owner, latest_charge: `ch_${suffix}`, livemode: false, metadata: {}, status: 'succeeded' },
    transaction: { id: `txn_${suffix}`, object: 'balance_transaction', amount, available_on: created + 2 * day, created, currency: 'usd', description: null, exchange_rate: null, fee: 60, fee_details: [{ amount: 60, application: null, currency: 'usd', description: 'Stripe processing fees', type: 'stripe_fee' }], net: amount - 60, reporting_category: 'charge', source: `ch_${suffix}`, status: 'available', type: 'charge', payout: number <= 100 ? `po_00${(number % 4) + 1}` : undefined },
    payment: { id: `inpay_${suffix}`, object: 'invoice_payment', created, amount_paid: amount, amount_requested: amount, currency: 'usd', invoice: `in_${String((number % 12) + 1).padStart(3, '0')}`, is_default: true, livemode: false, payment: { type: 'payment_intent', payment_intent: `pi_${suffix}` }, status: 'paid', status_transitions: { canceled_at: null, paid_at: created } },
  };
}

/** 12 customers with a subscription and an invoice each, 230 charges, 4 payouts, 60 events over 60 days. */
export function createSmallWorld(): Population {
  const numbers = Array.from({ length: 12 }, (_, at) => at + 1);
  const payments = Array.from({ length: 230 }, (_, at) => chargeWithTransaction(at + 1));
  const subscriptions = numbers.map((number) => subscription(number, number === 12 ? 'canceled' : number === 11 ? 'trialing' : 'active'));
  return createArrayPopulation(
    {
      customers: numbers.map(customer),
      products: [{ id: 'prod_deeds', object: 'product', active: true, created: worldNow - 900 * day, default_price: 'price_starter', livemode: false, metadata: {}, name: 'Deeds', type: 'service' }],
      prices: worldPrices,
      coupons: [{ id: 'loyal10', object: 'coupon', amount_off: null, created: worldNow - 800 * day, currency: null, duration: 'forever', duration_in_months: null, livemode: false, max_redemptions: null, metadata: {}, name: 'Loyal', percent_off: 10, redeem_by: null, times_redeemed: 1, valid: true }],
      subscriptions,
      subscription_items: subscriptions.flatMap((object) => (object['items'] as { data: StripeObject[] }).data),
      invoices: numbers.map((number) => invoice(number, number === 1 ? 14 : 2)),
      charges: payments.map(({ charge }) => charge),
      payment_intents: payments.map(({ intent }) => intent),
      balance_transactions: payments.map(({ transaction }) => transaction),
      invoice_payments: payments.slice(0, 12).map(({ payment }) => payment),
      payouts: [1, 2, 3, 4].map((number) => ({ id: `po_00${number}`, object: 'payout', amount: 5_000 * number, arrival_date: worldNow - number * 7 * day, automatic: true, created: worldNow - (number * 7 + 2) * day, currency: 'usd', livemode: false, metadata: {}, status: 'paid' })),
      events: Array.from({ length: 60 }, (_, at) => ({ id: `evt_${String(at).padStart(3, '0')}`, object: 'event', api_version: '2026-10-28.endive', created: worldNow - (59 - at) * day - 1, data: { object: customer((at % 12) + 1) }, livemode: false, pending_webhooks: 0, request: { id: null, idempotency_key: null }, type: at % 2 === 0 ? 'customer.updated' : 'customer.created' })),
    },
    worldNow,
  );
}
