import type Stripe from 'stripe';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { worldNow } from './testing/small-world.ts';
import { type SandboxWithClient, startWithClient } from './testing/start-with-client.ts';

let world: SandboxWithClient;
let stripe: Stripe;
const day = 86_400;

beforeEach(async () => {
  world = await startWithClient();
  stripe = world.stripe;
});
afterEach(() => world.sandbox.stop());

/** Types of the events since the start, oldest first. */
async function eventTypes(): Promise<string[]> {
  const { data } = await stripe.events.list({ created: { gte: worldNow }, limit: 100 });
  return data.map(({ type }) => type).toReversed();
}

const createPayer = (paymentMethod = 'pm_card_visa'): Promise<Stripe.Customer> =>
  stripe.customers.create({ name: 'Payer', email: 'payer@example.com', invoice_settings: { default_payment_method: paymentMethod } });

async function pay(amount: number, currency = 'usd'): Promise<Stripe.Charge> {
  const intent = await stripe.paymentIntents.create({ amount, currency, confirm: true, payment_method: 'pm_card_visa', expand: ['latest_charge'] });
  return intent.latest_charge as Stripe.Charge;
}

const transactionOf = async (reference: unknown): Promise<Stripe.BalanceTransaction> => stripe.balanceTransactions.retrieve(String(reference));

describe('customers and catalog', () => {
  test('a change is announced with what was before', async () => {
    const customer = await stripe.customers.create({ name: 'Old', metadata: { deed: '1' } });
    expect(await stripe.customers.update(customer.id, { name: 'New', metadata: { deed: '', other: '2' } })).toMatchObject({ name: 'New', metadata: { other: '2' } });
    const [event] = (await stripe.events.list({ type: 'customer.updated', limit: 1 })).data;
    expect(event).toMatchObject({
      api_version: '2026-10-28.endive',
      created: worldNow,
      data: { object: { id: customer.id, name: 'New' }, previous_attributes: { name: 'Old', metadata: { deed: '1', other: null } } },
      request: { id: expect.stringMatching(/^req_/), idempotency_key: expect.any(String) },
    });
  });

  test('a deleted customer leaves a tombstone and no place in the list', async () => {
    await stripe.customers.del('cus_003');
    expect(await stripe.customers.retrieve('cus_003')).toMatchObject({ id: 'cus_003', deleted: true });
    expect((await stripe.customers.list({ limit: 100 })).data.map(({ id }) => id)).not.toContain('cus_003');
    expect((await stripe.charges.retrieve('ch_002', { expand: ['customer'] })).customer).toMatchObject({ deleted: true });
  });

  test('an object of the population can be changed and keeps its place', async () => {
    const before = (await stripe.customers.list({ limit: 100 })).data.map(({ id }) => id);
    await stripe.customers.update('cus_007', { email: 'new@example.com' });
    expect((await stripe.customers.list({ limit: 100 })).data.map(({ id }) => id)).toEqual(before);
    expect((await stripe.customers.list({ email: 'new@example.com' })).data).toMatchObject([{ id: 'cus_007' }]);
    expect((await stripe.customers.list({ email: 'cus_007@example.com' })).data).toEqual([]);
  });

  test('products, prices and coupons', async () => {
    const product = await stripe.products.create({ name: 'Filing', default_price_data: { currency: 'eur', unit_amount: 4_900 } });
    const price = await stripe.prices.create({ product: product.id, currency: 'KWD', unit_amount: 12_500, recurring: { interval: 'month', interval_count: 3 } });
    expect(price).toMatchObject({ currency: 'kwd', type: 'recurring', recurring: { interval: 'month', interval_count: 3 } });
    expect(await stripe.prices.update(price.id, { active: false })).toMatchObject({ active: false });
    const coupon = await stripe.coupons.create({ percent_off: 25, duration: 'repeating', duration_in_months: 3 });
    expect(await stripe.coupons.retrieve(coupon.id)).toMatchObject({ percent_off: 25, duration_in_months: 3 });
    await expect(stripe.coupons.create({ duration: 'once' })).rejects.toMatchObject({ statusCode: 400 });
    await expect(stripe.prices.create({ product: 'prod_none', currency: 'usd', unit_amount: 1 })).rejects.toMatchObject({ statusCode: 400, code: 'resource_missing', param: 'product' });
    expect(await eventTypes()).toEqual(['price.created', 'product.created', 'price.created', 'price.updated', 'coupon.created']);
  });

  test('tax rates: what they are called may change, how high they are may not', async () => {
    const rate = await stripe.taxRates.create({ display_name: 'VAT', percentage: 8.875, inclusive: false, country: 'US', state: 'NY' });
    expect(await stripe.taxRates.update(rate.id, { active: false, display_name: 'Sales tax' })).toMatchObject({ active: false, display_name: 'Sales tax', percentage: 8.875, state: 'NY' });
    await expect(stripe.rawRequest('POST', `/v1/tax_rates/${rate.id}`, { percentage: 9 })).rejects.toMatchObject({ statusCode: 400 });
    for (const percentage of [-1, 101, 1.23456]) await expect(stripe.taxRates.create({ display_name: 'VAT', percentage, inclusive: false })).rejects.toMatchObject({ param: 'percentage' });
    expect(await eventTypes()).toEqual(['tax_rate.created', 'tax_rate.updated']);
  });
});

describe('payments', () => {
  test('a payment leaves a charge and a balance transaction, and no event for the latter', async () => {
    const charge = await pay(10_000);
    expect(await transactionOf(charge.balance_transaction)).toMatchObject({ amount: 10_000, fee: 320, net: 9_680, currency: 'usd', status: 'pending', source: charge.id });
    expect(await eventTypes()).toEqual(['payment_intent.created', 'charge.succeeded', 'payment_intent.succeeded']);
  });

  test('yen settle in dollars, with the rate on the transaction', async () => {
    const charge = await pay(10_000, 'jpy');
    expect(await transactionOf(charge.balance_transaction)).toMatchObject({ amount: 6_700, currency: 'usd', exchange_rate: 0.0067 });
  });

  test('what is pending becomes available when its day comes', async () => {
    const charge = await pay(10_000);
    const before = await stripe.balance.retrieve();
    world.sandbox.advanceClock(3 * day);
    expect(await transactionOf(charge.balance_transaction)).toMatchObject({ status: 'available' });
    const after = await stripe.balance.retrieve();
    expect((after.available[0]?.amount ?? 0) - (before.available[0]?.amount ?? 0)).toBe(9_680);
  });

  test('a declined card answers 402 and leaves its failed charge', async () => {
    const request = stripe.paymentIntents.create({ amount: 500, currency: 'usd', confirm: true, payment_method: 'pm_card_chargeDeclinedInsufficientFunds' });
    await expect(request).rejects.toMatchObject({ type: 'StripeCardError', statusCode: 402, code: 'card_declined', decline_code: 'insufficient_funds', payment_intent: { status: 'requires_payment_method' } });
    expect(await eventTypes()).toEqual(['payment_intent.created', 'charge.failed', 'payment_intent.payment_failed']);
    const [charge] = (await stripe.charges.list({ limit: 1 })).data;
    expect(charge).toMatchObject({ status: 'failed', paid: false, balance_transaction: null, failure_code: 'card_declined' });
    const intent = await stripe.paymentIntents.confirm(String(charge?.payment_intent), { payment_method: 'pm_card_visa' });
    expect(intent.status).toBe('succeeded');
  });

  test('refunds in parts, never more than is left', async () => {
    const charge = await pay(10_000);
    const refund = await stripe.refunds.create({ charge: charge.id, amount: 2_500, reason: 'requested_by_customer' });
    expect(await transactionOf(refund.balance_transaction)).toMatchObject({ amount: -2_500, fee: 0, net: -2_500, type: 'refund', source: refund.id });
    expect(await stripe.charges.retrieve(charge.id, { expand: ['refunds'] })).toMatchObject({ amount_refunded: 2_500, refunded: false, refunds: { data: [{ id: refund.id }] } });
    await expect(stripe.refunds.create({ charge: charge.id, amount: 7_501 })).rejects.toMatchObject({ statusCode: 400, param: 'amount' });
    await stripe.refunds.create({ payment_intent: String(charge.payment_intent) });
    expect(await stripe.charges.retrieve(charge.id)).toMatchObject({ amount_refunded: 10_000, refunded: true });
    await expect(stripe.refunds.create({ charge: charge.id })).rejects.toMatchObject({ code: 'charge_already_refunded' });
    expect((await eventTypes()).slice(3)).toEqual(['refund.created', 'charge.refunded', 'refund.created', 'charge.refunded']);
  });

  test('a dispute takes the amount and a fee; winning brings back the amount only', async () => {
    await stripe.paymentIntents.create({ amount: 10_000, currency: 'usd', confirm: true, payment_method: 'pm_card_createDispute' });
    const [dispute] = (await stripe.disputes.list()).data;
    expect(dispute).toMatchObject({ status: 'needs_response', amount: 10_000, balance_transactions: [{ amount: -10_000, fee: 1_500, net: -11_500, type: 'adjustment' }] });
    const won = await stripe.disputes.update(String(dispute?.id), { evidence: { uncategorized_text: 'winning_evidence' } });
    expect(won.balance_transactions.map(({ net }) => net)).toEqual([-11_500, 10_000]);
    expect((await eventTypes()).filter((type) => type.startsWith('charge.dispute'))).toEqual(['charge.dispute.created', 'charge.dispute.funds_withdrawn', 'charge.dispute.funds_reinstated', 'charge.dispute.closed']);
  });

  test('payouts within the available balance, canceled, paid and failed', async () => {
    const { available } = await stripe.balance.retrieve();
    const start = available[0]?.amount ?? 0;
    const available_ = async (): Promise<number> => (await stripe.balance.retrieve()).available[0]?.amount ?? 0;
    await expect(stripe.payouts.create({ amount: start + 1, currency: 'usd' })).rejects.toMatchObject({ code: 'balance_insufficient' });
    const payout = await stripe.payouts.create({ amount: 1_000, currency: 'usd' });
    expect([payout.status, await available_()]).toEqual(['pending', start - 1_000]);
    expect(await transactionOf(payout.balance_transaction)).toMatchObject({ amount: -1_000, type: 'payout', source: payout.id });
    await stripe.payouts.cancel(payout.id);
    expect(await available_()).toBe(start);
    const second = await stripe.payouts.create({ amount: 1_000, currency: 'usd' });
    expect((await world.control('POST', `payouts/${second.id}/failed`)).body).toMatchObject({ status: 'failed' });
    expect(await available_()).toBe(start);
    const third = await stripe.payouts.create({ amount: 1_000, currency: 'usd' });
    await world.control('POST', `payouts/${third.id}/paid`);
    expect([(await stripe.payouts.retrieve(third.id)).status, await available_()]).toEqual(['paid', start - 1_000]);
  });
});

describe('invoices', () => {
  async function createDraft(customer: string, amount = 5_000): Promise<Stripe.Invoice> {
    const invoice = await stripe.invoices.create({ customer, currency: 'usd' });
    await stripe.invoiceItems.create({ customer, invoice: invoice.id, amount, currency: 'usd', description: 'Filing fee' });
    return stripe.invoices.retrieve(invoice.id);
  }

  test('from draft to paid, tied to its payment by an invoice payment', async () => {
    const customer = await createPayer();
    const draft = await createDraft(customer.id);
    expect(draft).toMatchObject({ status: 'draft', number: null, total: 5_000, lines: { data: [{ amount: 5_000, parent: { type: 'invoice_item_details' } }] } });
    const open = await stripe.invoices.finalizeInvoice(draft.id);
    expect(open).toMatchObject({ status: 'open', number: expect.stringMatching(/-0001$/), amount_due: 5_000, status_transitions: { finalized_at: worldNow } });
    const paid = await stripe.invoices.pay(draft.id, { expand: ['payments.data.payment.payment_intent'] });
    expect(paid).toMatchObject({ status: 'paid', amount_paid: 5_000, amount_remaining: 0, attempt_count: 1, payments: { data: [{ status: 'paid', amount_paid: 5_000, payment: { payment_intent: { status: 'succeeded' } } }] } });
    expect((await eventTypes()).filter((type) => /^(invoice|charge|invoice_payment)\./.test(type))).toEqual(['invoice.created', 'invoice.updated', 'invoice.finalized', 'invoice.updated', 'charge.succeeded', 'invoice_payment.paid', 'invoice.updated', 'invoice.paid', 'invoice.payment_succeeded']);
    await expect(stripe.invoices.pay(draft.id)).rejects.toMatchObject({ code: 'invoice_already_paid' });
  });

  test('a decline counts as an attempt; later the invoice is given up', async () => {
    const customer = await createPayer('pm_card_chargeDeclined');
    const draft = await createDraft(customer.id);
    await expect(stripe.invoices.pay(draft.id)).rejects.toMatchObject({ statusCode: 402 });
    expect(await stripe.invoices.retrieve(draft.id)).toMatchObject({ status: 'open', attempt_count: 1, attempted: true, next_payment_attempt: worldNow + 3 * day });
    expect(await eventTypes()).toContain('invoice.payment_failed');
    expect(await stripe.invoices.markUncollectible(draft.id)).toMatchObject({ status: 'uncollectible', status_transitions: { marked_uncollectible_at: worldNow } });
    expect(await stripe.invoices.voidInvoice(draft.id)).toMatchObject({ status: 'void' });
    await expect(stripe.invoices.voidInvoice(draft.id)).rejects.toMatchObject({ statusCode: 400 });
  });

  test('paid out of band: no charge', async () => {
    const customer = await createPayer();
    const draft = await createDraft(customer.id);
    const charges = (await stripe.charges.list({ limit: 1 })).data[0]?.id;
    expect(await stripe.invoices.pay(draft.id, { paid_out_of_band: true })).toMatchObject({ status: 'paid' });
    expect((await stripe.charges.list({ limit: 1 })).data[0]?.id).toBe(charges);
  });

  test('pending items wait for the invoice that includes them; a deleted one leaves', async () => {
    const customer = await createPayer();
    await stripe.invoiceItems.create({ customer: customer.id, amount: 700, currency: 'usd' });
    expect((await stripe.invoiceItems.list({ pending: true, customer: customer.id })).data).toHaveLength(1);
    const invoice = await stripe.invoices.create({ customer: customer.id, currency: 'usd', pending_invoice_items_behavior: 'include' });
    expect(invoice.total).toBe(700);
    const [item] = (await stripe.invoiceItems.list({ invoice: invoice.id })).data;
    await stripe.invoiceItems.del(String(item?.id));
    expect((await stripe.invoices.retrieve(invoice.id)).total).toBe(0);
    await stripe.invoices.del(invoice.id);
    await expect(stripe.invoices.retrieve(invoice.id)).rejects.toMatchObject({ statusCode: 404 });
  });

  test('discounts are spread exactly over the lines', async () => {
    const customer = await createPayer();
    const coupon = await stripe.coupons.create({ amount_off: 1_000, currency: 'usd', duration: 'once' });
    const invoice = await stripe.invoices.create({ customer: customer.id, currency: 'usd', discounts: [{ coupon: coupon.id }] });
    for (const amount of [1_000, 1_000, 1_001]) await stripe.invoiceItems.create({ customer: customer.id, invoice: invoice.id, amount, currency: 'usd' });
    const { lines, total, total_discount_amounts: discounts } = await stripe.invoices.retrieve(invoice.id, { expand: ['discounts'] });
    expect([total, discounts?.[0]?.amount, lines.data.map((line) => line.discount_amounts?.[0]?.amount)]).toEqual([2_001, 1_000, [333, 333, 334]]);
  });

  test('a credit note before payment lessens what is due', async () => {
    const customer = await createPayer();
    const draft = await createDraft(customer.id);
    await stripe.invoices.finalizeInvoice(draft.id);
    const note = await stripe.creditNotes.create({ invoice: draft.id, amount: 2_000, reason: 'order_change' });
    expect(note).toMatchObject({ type: 'pre_payment', total: 2_000, number: expect.stringMatching(/-0001-CN-01$/) });
    expect(await stripe.invoices.retrieve(draft.id)).toMatchObject({ amount_remaining: 3_000, pre_payment_credit_notes_amount: 2_000 });
    await stripe.creditNotes.voidCreditNote(note.id);
    expect(await stripe.invoices.retrieve(draft.id)).toMatchObject({ amount_remaining: 5_000, pre_payment_credit_notes_amount: 0 });
  });

  test('a credit note after payment is refunded, and its parts must add up', async () => {
    const customer = await createPayer();
    const draft = await createDraft(customer.id);
    const paid = await stripe.invoices.pay(draft.id);
    const line = String(paid.lines.data[0]?.id);
    const lines = [{ type: 'invoice_line_item' as const, invoice_line_item: line, amount: 1_500 }];
    await expect(stripe.creditNotes.create({ invoice: draft.id, lines })).rejects.toMatchObject({ message: expect.stringContaining('must equal the credit note amount') });
    const note = await stripe.creditNotes.create({ invoice: draft.id, lines, refund_amount: 1_000, credit_amount: 500, expand: ['refunds.refund'] });
    expect(note).toMatchObject({ type: 'post_payment', refunds: [{ amount_refunded: 1_000, refund: { amount: 1_000 } }] });
    expect(await stripe.customers.retrieve(customer.id)).toMatchObject({ balance: -500 });
    const next = await createDraft(customer.id);
    expect(await stripe.invoices.finalizeInvoice(next.id)).toMatchObject({ total: 5_000, starting_balance: -500, ending_balance: 0, amount_due: 4_500 });
  });

  test('a failed request leaves nothing behind', async () => {
    const before = await world.control('GET', 'state');
    await expect(stripe.invoiceItems.create({ customer: 'cus_001', currency: 'usd' })).rejects.toMatchObject({ statusCode: 400 });
    const coupon = { coupon: 'none' };
    await expect(stripe.subscriptions.create({ customer: 'cus_001', items: [{ price: 'price_pro' }], discounts: [coupon] })).rejects.toMatchObject({ statusCode: 400 });
    const after = await world.control('GET', 'state');
    expect((after.body as { collections: unknown }).collections).toEqual((before.body as { collections: unknown }).collections);
  });
});

describe('subscriptions', () => {
  const subscribe = async (extra: Partial<Stripe.SubscriptionCreateParams> = {}): Promise<Stripe.Subscription> => {
    const customer = await createPayer();
    return stripe.subscriptions.create({ customer: customer.id, items: [{ price: 'price_starter', quantity: 2 }], ...extra });
  };

  test('the first period is billed and paid', async () => {
    const subscription = await subscribe({ expand: ['latest_invoice'] });
    const [item] = subscription.items.data;
    expect(subscription).toMatchObject({ status: 'active', latest_invoice: { status: 'paid', total: 5_800, billing_reason: 'subscription_create' } });
    expect(item).toMatchObject({ quantity: 2, current_period_start: worldNow, current_period_end: Date.parse('2026-12-18T14:14:00Z') / 1000 });
    const [line] = (subscription.latest_invoice as Stripe.Invoice).lines.data;
    expect(line).toMatchObject({ amount: 5_800, pricing: { price_details: { price: 'price_starter' } }, parent: { subscription_item_details: { subscription: subscription.id, subscription_item: item?.id, proration: false } } });
    expect((await stripe.subscriptionItems.list({ subscription: subscription.id })).data.map(({ id }) => id)).toEqual([item?.id]);
    expect(await eventTypes()).toContain('customer.subscription.created');
  });

  test('a declined first payment leaves it incomplete', async () => {
    const customer = await createPayer('pm_card_chargeDeclined');
    expect(await stripe.subscriptions.create({ customer: customer.id, items: [{ price: 'price_pro' }] })).toMatchObject({ status: 'incomplete' });
  });

  test('a trial bills a line of nothing', async () => {
    const subscription = await subscribe({ trial_period_days: 14, expand: ['latest_invoice'] });
    expect(subscription).toMatchObject({ status: 'trialing', trial_end: worldNow + 14 * day, latest_invoice: { total: 0, status: 'paid' } });
    const running = await stripe.subscriptions.update(subscription.id, { trial_end: 'now', expand: ['latest_invoice'] });
    expect(running).toMatchObject({ status: 'active', latest_invoice: { total: 5_800 } });
  });

  test('a forever coupon reduces its invoices', async () => {
    const subscription = await subscribe({ discounts: [{ coupon: 'loyal10' }], expand: ['latest_invoice', 'discounts'] });
    expect(subscription).toMatchObject({ latest_invoice: { subtotal: 5_800, total: 5_220 }, discounts: [{ source: { coupon: 'loyal10' }, end: null }] });
  });

  test('an upgrade inside the period leaves proration items for the next invoice', async () => {
    const subscription = await subscribe();
    const item = String(subscription.items.data[0]?.id);
    world.sandbox.advanceClock(15 * day);
    const updated = await stripe.subscriptions.update(subscription.id, { items: [{ id: item, price: 'price_pro', quantity: 1 }] });
    expect(updated.items.data[0]).toMatchObject({ id: item, quantity: 1, price: { id: 'price_pro' } });
    const pending = (await stripe.invoiceItems.list({ pending: true, customer: String(subscription.customer) })).data;
    expect(pending.map(({ amount, proration }) => [amount, proration])).toEqual([[4_950, true], [-2_900, true]]);
    const [event] = (await stripe.events.list({ type: 'customer.subscription.updated', limit: 1 })).data;
    expect(event?.data.previous_attributes).toMatchObject({ items: { data: [{ price: { id: 'price_starter' } }] } });
    const invoiceBefore = updated.latest_invoice;
    await world.control('POST', `subscriptions/${subscription.id}/renew`);
    const invoice = await stripe.invoices.retrieve(String((await stripe.subscriptions.retrieve(subscription.id)).latest_invoice));
    expect(invoice.id).not.toBe(invoiceBefore);
    expect(invoice).toMatchObject({ billing_reason: 'subscription_cycle', status: 'paid', total: 9_900 + 4_950 - 2_900 });
    const credit = invoice.lines.data.find(({ amount }) => amount < 0);
    expect(credit?.parent?.subscription_item_details).toMatchObject({ proration: true, subscription_item: item, invoice_item: expect.stringMatching(/^ii_/), proration_details: { credited_items: { invoice: invoiceBefore } } });
  });

  test('always_invoice bills the difference at once; none bills nothing', async () => {
    const subscription = await subscribe();
    const item = String(subscription.items.data[0]?.id);
    world.sandbox.advanceClock(15 * day);
    const upgraded = await stripe.subscriptions.update(subscription.id, { items: [{ id: item, quantity: 4 }], proration_behavior: 'always_invoice', expand: ['latest_invoice'] });
    expect(upgraded.latest_invoice).toMatchObject({ billing_reason: 'subscription_update', total: 2_900, status: 'paid' });
    await stripe.subscriptions.update(subscription.id, { items: [{ id: item, quantity: 1 }], proration_behavior: 'none' });
    expect((await stripe.invoiceItems.list({ pending: true, customer: String(subscription.customer) })).data).toEqual([]);
  });

  test('a yearly price starts a new period now, with credit for the old one', async () => {
    const subscription = await subscribe();
    world.sandbox.advanceClock(15 * day);
    const yearly = await stripe.subscriptions.update(subscription.id, { items: [{ id: String(subscription.items.data[0]?.id), price: 'price_pro_year', quantity: 1 }], expand: ['latest_invoice'] });
    expect(yearly.items.data[0]?.current_period_start).toBe(worldNow + 15 * day);
    expect(yearly.latest_invoice).toMatchObject({ total: 99_000 - 2_900 });
  });

  test('canceled now with credit, or at the period’s end', async () => {
    const subscription = await subscribe();
    const later = await stripe.subscriptions.update(subscription.id, { cancel_at_period_end: true });
    expect(later).toMatchObject({ status: 'active', cancel_at: later.items.data[0]?.current_period_end, canceled_at: worldNow });
    world.sandbox.advanceClock(15 * day);
    const ended = await stripe.subscriptions.cancel(subscription.id, { prorate: true });
    expect(ended).toMatchObject({ status: 'canceled', ended_at: worldNow + 15 * day });
    expect((await stripe.invoiceItems.list({ pending: true, customer: String(subscription.customer) })).data).toMatchObject([{ amount: -2_900 }]);
    expect(await eventTypes()).toContain('customer.subscription.deleted');
    await expect(stripe.subscriptions.cancel(subscription.id)).rejects.toMatchObject({ statusCode: 404 });
  });

  test('pausing collection shows on the subscription and leaves no invoice line', async () => {
    const subscription = await subscribe();
    const paused = await stripe.subscriptions.update(subscription.id, { pause_collection: { behavior: 'void' } });
    expect(paused.pause_collection).toEqual({ behavior: 'void', resumes_at: null });
    expect((await stripe.subscriptions.update(subscription.id, { pause_collection: '' })).pause_collection).toBeNull();
  });
});

describe('checkout', () => {
  const lineItems = [{ price_data: { currency: 'usd', unit_amount: 12_000, product_data: { name: 'Deed filing' } }, quantity: 2 }];

  test('a one-off payment, completed by the control surface', async () => {
    const session = await stripe.checkout.sessions.create({ mode: 'payment', line_items: lineItems, success_url: 'https://example.com/done' });
    expect(session).toMatchObject({ status: 'open', payment_status: 'unpaid', amount_total: 24_000 });
    expect(session).not.toHaveProperty('line_items');
    expect((await stripe.checkout.sessions.listLineItems(session.id)).data).toMatchObject([{ amount_total: 24_000, description: 'Deed filing' }]);
    expect((await world.control('POST', `checkout/${session.id}/complete`)).body).toMatchObject({ status: 'complete' });
    const complete = await stripe.checkout.sessions.retrieve(session.id, { expand: ['payment_intent.latest_charge', 'line_items'] });
    expect(complete).toMatchObject({ payment_status: 'paid', payment_intent: { latest_charge: { amount: 24_000, status: 'succeeded' } }, line_items: { data: [{ quantity: 2 }] } });
    expect((await eventTypes()).at(-1)).toBe('checkout.session.completed');
    expect((await world.control('POST', `checkout/${session.id}/complete`)).status).toBe(400);
  });

  test('a subscription for a new customer; a declined card leaves the session open', async () => {
    const session = await stripe.checkout.sessions.create({ mode: 'subscription', line_items: [{ price: 'price_pro', quantity: 1 }] });
    await world.control('POST', `checkout/${session.id}/complete`, { email: 'new@example.com' });
    const complete = await stripe.checkout.sessions.retrieve(session.id, { expand: ['subscription', 'customer'] });
    expect(complete).toMatchObject({ status: 'complete', subscription: { status: 'active' }, customer: { email: 'new@example.com' } });
    const declined = await stripe.checkout.sessions.create({ mode: 'payment', line_items: lineItems });
    expect((await world.control('POST', `checkout/${declined.id}/complete`, { payment_method: 'pm_card_chargeDeclined' })).status).toBe(402);
    expect((await stripe.checkout.sessions.retrieve(declined.id)).status).toBe('open');
    expect((await stripe.checkout.sessions.expire(declined.id)).status).toBe('expired');
  });
});

test('the same calls on the same seed give the same ids', async () => {
  const other = await startWithClient();
  const deeds = async (client: Stripe): Promise<string[]> => {
    const customer = await client.customers.create({ name: 'Same' });
    const intent = await client.paymentIntents.create({ amount: 100, currency: 'usd', confirm: true, payment_method: 'pm_card_visa' });
    return [customer.id, intent.id, String(intent.latest_charge), ...(await client.events.list({ limit: 5 })).data.map(({ id }) => id)];
  };
  try {
    expect(await deeds(other.stripe)).toEqual(await deeds(stripe));
    expect(other.sandbox.secretKey).toBe(world.sandbox.secretKey);
  } finally {
    await other.sandbox.stop();
  }
});
