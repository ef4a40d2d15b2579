/** The life of an invoice: draft → open → paid, void or uncollectible. */
import type { Changes } from '../changes.ts';
import { readNumber, readReference, readText } from '../object-paths.ts';
import type { StripeObject } from '../population.ts';
import { invalidRequest } from '../stripe-error.ts';
import { type Invoice, type InvoiceItem, addInvoiceItem, recalculate } from './invoice-objects.ts';
import { type PaymentOutcome, confirmIntent, createIntent, paymentMethodOf } from './payments.ts';
import { moveBalance } from './customer-balance.ts';

const day = 86_400;

/** Pending items of a customer in a currency, oldest first. */
export function pendingItems(changes: Changes, customer: string, currency: string): InvoiceItem[] {
  const { objects } = changes.state.collection('invoiceitems').find({
    filters: [{ name: 'customer', values: new Set([customer]) }],
    accepts: (item) => item['invoice'] === null && item['currency'] === currency,
    limit: 250,
  });
  return objects.toReversed() as InvoiceItem[];
}

/** Takes the customer's pending items onto a draft. */
export function takePendingItems(changes: Changes, invoice: Invoice): void {
  for (const item of pendingItems(changes, invoice.customer, invoice.currency)) addInvoiceItem(changes, invoice, item);
}

export function requireDraft(invoice: Invoice): void {
  if (invoice.status !== 'draft') {
    throw invalidRequest('You can only perform this action on a draft invoice.', undefined, 'invoice_not_editable');
  }
}

function takeNumber(changes: Changes, customerId: string): string {
  const customer = changes.state.require('customers', customerId, 'customer', 400);
  const next = readNumber(customer, 'next_invoice_sequence') || 1;
  const prefix = readText(customer, 'invoice_prefix') ?? changes.state.ids.token(customerId, 8).toUpperCase();
  changes.update('customers', { ...customer, next_invoice_sequence: next + 1, invoice_prefix: prefix });
  return `${prefix}-${String(next).padStart(4, '0')}`;
}

/** The customer's balance is applied: a credit (negative) lessens what is due, and what is left stays on the customer. */
function applyCustomerBalance(changes: Changes, invoice: Invoice): void {
  const customer = changes.state.require('customers', invoice.customer, 'customer', 400);
  const starting = readNumber(customer, 'balance');
  invoice.starting_balance = starting;
  recalculate(changes, invoice);
  const ending = Math.min(0, invoice.total + starting);
  invoice['ending_balance'] = ending;
  if (ending !== starting) moveBalance(changes, customer, ending, { type: 'applied_to_invoice', currency: invoice.currency, invoice: invoice.id });
}

/** Finalises a draft: number, due amount, the payment to come. An invoice with nothing due is paid at once. */
export function finalizeInvoice(changes: Changes, invoice: Invoice): Invoice {
  if (invoice.status !== 'draft') {
    throw invalidRequest('This invoice is already finalized, you can’t re-finalize a non-draft invoice.', undefined, 'invoice_already_finalized');
  }
  const now = changes.now();
  invoice.number = takeNumber(changes, invoice.customer);
  applyCustomerBalance(changes, invoice);
  Object.assign(invoice, {
    status: 'open',
    effective_at: now,
    auto_advance: invoice['collection_method'] === 'charge_automatically',
    hosted_invoice_url: `https://invoice.stripe.com/i/${changes.state.accountId}/${invoice.id}`,
    invoice_pdf: `https://pay.stripe.com/invoice/${changes.state.accountId}/${invoice.id}/pdf`,
    status_transitions: { ...invoice.status_transitions, finalized_at: now },
  });
  if (invoice.amount_due === 0) {
    changes.update('invoices', invoice, 'invoice.finalized', 'invoice.updated');
    return markPaid(changes, invoice);
  }
  changes.update('invoices', invoice, 'invoice.finalized', 'invoice.updated');
  const intent = createIntent(changes, {
    amount: invoice.amount_remaining,
    currency: invoice.currency,
    customer: invoice.customer,
    description: readText(invoice, 'description') ?? `Payment for Invoice ${invoice.number}`,
    metadata: {},
  });
  changes.create('invoice_payments', {
    id: changes.id('inpay'),
    object: 'invoice_payment',
    amount_paid: null,
    amount_requested: invoice.amount_remaining,
    created: now,
    currency: invoice.currency,
    invoice: invoice.id,
    is_default: true,
    livemode: false,
    payment: { payment_intent: intent.id, type: 'payment_intent' },
    status: 'open',
    status_transitions: { canceled_at: null, paid_at: null },
  });
  return invoice;
}

function markPaid(changes: Changes, invoice: Invoice): Invoice {
  const paid: Invoice = {
    ...invoice,
    status: 'paid',
    attempted: true,
    amount_paid: invoice.amount_paid + invoice.amount_remaining,
    amount_remaining: 0,
    next_payment_attempt: null,
    status_transitions: { ...invoice.status_transitions, paid_at: changes.now() },
  };
  return changes.update('invoices', paid, 'invoice.updated', 'invoice.paid', 'invoice.payment_succeeded');
}

function openPaymentOf(changes: Changes, invoice: Invoice): StripeObject | undefined {
  const { objects } = changes.state.collection('invoice_payments').find({
    filters: [{ name: 'invoice', values: new Set([invoice.id]) }],
    accepts: (payment) => payment['status'] === 'open',
    limit: 1,
  });
  return objects[0];
}

export function requirePayable(invoice: Invoice): void {
  if (invoice.status === 'paid') throw invalidRequest('Invoice is already paid', undefined, 'invoice_already_paid');
  if (invoice.status === 'void') throw invalidRequest('This invoice can no longer be paid: it is void.', undefined, 'invoice_not_payable');
}

/** Pays outside Stripe: no charge, no balance transaction. */
export function payOutOfBand(changes: Changes, invoice: Invoice): Invoice {
  requirePayable(invoice);
  const payment = openPaymentOf(changes, invoice);
  const intentId = readReference(payment, 'payment.payment_intent');
  if (payment) changes.update('invoice_payments', { ...payment, status: 'canceled', status_transitions: { canceled_at: changes.now(), paid_at: null } });
  if (intentId !== undefined) {
    const intent = changes.state.require('payment_intents', intentId, 'intent');
    changes.update('payment_intents', { ...intent, status: 'canceled', canceled_at: changes.now() }, 'payment_intent.canceled');
  }
  return markPaid(changes, { ...invoice, amount_paid_off_stripe: invoice.amount_remaining });
}

export interface InvoicePaymentOutcome {
  invoice: Invoice;
  /** null when paid. */
  failure: PaymentOutcome | null;
}

/** Tries to collect an open invoice with a payment method; a decline counts as an attempt and schedules the next. */
export function collectInvoice(changes: Changes, invoice: Invoice, ...paymentMethods: unknown[]): InvoicePaymentOutcome {
  requirePayable(invoice);
  const payment = openPaymentOf(changes, invoice);
  const intentId = readReference(payment, 'payment.payment_intent');
  if (payment === undefined || intentId === undefined) throw invalidRequest('This invoice has nothing to collect.', undefined, 'invoice_not_payable');
  const method = paymentMethodOf(changes, invoice.customer, ...paymentMethods, invoice['default_payment_method']);
  const outcome = confirmIntent(changes, changes.state.require('payment_intents', intentId, 'intent'), method);
  const attempted: Invoice = { ...invoice, attempted: true, attempt_count: invoice.attempt_count + 1 };
  if (outcome.decline) {
    attempted['next_payment_attempt'] = changes.now() + 3 * day;
    return { invoice: changes.update('invoices', attempted, 'invoice.updated', 'invoice.payment_failed'), failure: outcome };
  }
  const now = changes.now();
  const settled = { ...payment, amount_paid: invoice.amount_remaining, status: 'paid', status_transitions: { canceled_at: null, paid_at: now } };
  changes.update('invoice_payments', settled, 'invoice_payment.paid');
  return { invoice: markPaid(changes, attempted), failure: null };
}

function close(changes: Changes, invoice: Invoice, status: 'void' | 'uncollectible', field: 'voided_at' | 'marked_uncollectible_at'): Invoice {
  const allowed = status === 'void' ? ['open', 'uncollectible'] : ['open'];
  if (!allowed.includes(invoice.status)) {
    throw invalidRequest(`You can only ${status === 'void' ? 'void' : 'mark as uncollectible'} open invoices. This invoice is ${invoice.status}.`, undefined, 'invoice_not_editable');
  }
  const payment = openPaymentOf(changes, invoice);
  if (status === 'void' && payment) {
    changes.update('invoice_payments', { ...payment, status: 'canceled', status_transitions: { canceled_at: changes.now(), paid_at: null } });
  }
  const closed: Invoice = {
    ...invoice,
    status,
    auto_advance: false,
    next_payment_attempt: null,
    ...(status === 'void' ? { amount_remaining: invoice.amount_remaining } : {}),
    status_transitions: { ...invoice.status_transitions, [field]: changes.now() },
  };
  // Voiding gives back what the balance had paid.
  const returned = Number(invoice['ending_balance'] ?? invoice.starting_balance) - invoice.starting_balance;
  if (status === 'void' && returned > 0) {
    const customer = changes.state.require('customers', invoice.customer, 'customer', 400);
    moveBalance(changes, customer, readNumber(customer, 'balance') - returned, { type: 'unapplied_from_invoice', currency: invoice.currency, invoice: invoice.id });
  }
  return changes.update('invoices', closed, 'invoice.updated', status === 'void' ? 'invoice.voided' : 'invoice.marked_uncollectible');
}

export const voidInvoice = (changes: Changes, invoice: Invoice): Invoice => close(changes, invoice, 'void', 'voided_at');
export const markUncollectible = (changes: Changes, invoice: Invoice): Invoice => close(changes, invoice, 'uncollectible', 'marked_uncollectible_at');
