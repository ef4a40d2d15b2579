/** Second pass over a customer, in order of time: totals, balances, numbers, payment intents, charges. */
import { daySeconds, nowSeconds } from './calendar.ts';
import { couponNumbered, taxRateNumbered } from './catalog.ts';
import type { ChargeFact, CheckoutSessionFact, CustomerFact, IntentFact, InvoiceFact, World } from './facts.ts';
import { shareOf, smallestCharge } from './money.ts';
import type { Random } from './random.ts';

const failureCodes = ['card_declined', 'insufficient_funds', 'expired_card', 'processing_error'] as const;

/** Bills one customer's invoices and checkouts; their charges end up in the world without balance transactions yet. */
export function billCustomer(world: World, customer: CustomerFact, sessions: readonly CheckoutSessionFact[], random: Random): void {
  customer.invoices.sort((a, b) => billedAt(a) - billedAt(b) || a.number - b.number);
  for (const invoice of customer.invoices) {
    addUp(invoice);
    if (invoice.outcome === 'draft') {
      invoice.startingBalance = customer.balance;
      invoice.amountDue = Math.max(0, invoice.total + customer.balance);
      continue;
    }
    customer.invoiceCount += 1;
    invoice.sequence = customer.invoiceCount;
    applyBalance(customer, invoice);
    collect(world, invoice, random);
  }
  for (const session of sessions) {
    payAtCheckout(world, session, random);
  }
}

function billedAt(invoice: InvoiceFact): number {
  return invoice.finalizedAt === 0 ? invoice.created : invoice.finalizedAt;
}

/** Line discounts and taxes, each rounded on its line; the invoice's totals are their sums. */
function addUp(invoice: InvoiceFact): void {
  const { currency, taxRate } = invoice.customer;
  const percent = invoice.discount === null ? 0 : couponNumbered(invoice.discount.coupon).percentOff;
  const partsPerMillion = taxRate < 0 ? 0 : taxRateNumbered(taxRate).partsPerMillion;
  for (const line of invoice.lines) {
    if (percent > 0 && line.kind === 'regular') {
      line.discountAmount = shareOf(currency, line.amount, percent, 100);
    }
    line.tax = shareOf(currency, line.amount - line.discountAmount, partsPerMillion, 1_000_000);
    invoice.subtotal += line.amount;
    invoice.discountTotal += line.discountAmount;
    invoice.tax += line.tax;
  }
  invoice.total = invoice.subtotal - invoice.discountTotal + invoice.tax;
  if (invoice.creditBeforePayment > 0) {
    const part = shareOf(currency, invoice.total, 1, 4);
    invoice.creditBeforePayment = invoice.total - part >= smallestCharge(currency) * 2 ? part : 0;
  }
}

/** Stripe's rule: what is below zero, or too little to charge, goes to the customer's balance. */
function applyBalance(customer: CustomerFact, invoice: InvoiceFact): void {
  invoice.startingBalance = customer.balance;
  if (invoice.outcome === 'void') {
    // Voiding gives back what the balance had paid: these invoices leave it alone.
    invoice.startingBalance = 0;
    invoice.amountDue = invoice.total;
    return;
  }
  const due = invoice.total + customer.balance;
  const isTooLittle = due < smallestCharge(customer.currency);
  invoice.endingBalance = isTooLittle ? due : 0;
  invoice.amountDue = isTooLittle ? 0 : due;
  customer.balance = invoice.endingBalance;
  if (invoice.creditBeforePayment >= invoice.amountDue) {
    invoice.creditBeforePayment = 0;
  }
}

function collect(world: World, invoice: InvoiceFact, random: Random): void {
  if (invoice.amountDue === 0) {
    if (invoice.failedAttempts.length > 0) {
      throw new Error(`Invoice ${invoice.number} failed to collect nothing.`);
    }
    invoice.outcome = 'paid';
    invoice.settledAt = invoice.finalizedAt;
    return;
  }
  if (invoice.creditBeforePayment > 0) {
    creditPart(world, invoice);
  }
  if (invoice.outcome === 'void' && invoice.subscription !== null && invoice.failedAttempts.length === 0) {
    return; // voided by a pause before anybody tried to collect
  }
  const intent = addIntent(world, invoice.customer, invoice.finalizedAt, invoice.amountDue - invoice.creditBeforePayment);
  intent.invoice = invoice;
  intent.description = invoice.subscription === null ? 'Filing fees' : 'Subscription update';
  if (invoice.reason === 'subscription_create') {
    intent.description = 'Subscription creation';
  }
  invoice.intent = intent;
  invoice.payment = { number: world.invoicePayments.length, invoice, created: invoice.finalizedAt };
  world.invoicePayments.push(invoice.payment);
  for (const at of invoice.failedAttempts) {
    addCharge(world, intent, at, random.pick(failureCodes));
  }
  if (invoice.outcome === 'paid') {
    addCharge(world, intent, invoice.settledAt, '');
  }
  if (invoice.outcome === 'void') {
    intent.canceledAt = invoice.settledAt;
  }
}

function creditPart(world: World, invoice: InvoiceFact): void {
  const total = invoice.creditBeforePayment;
  const tax = invoice.tax === 0 ? 0 : shareOf(invoice.customer.currency, total, invoice.tax, invoice.total);
  const note = {
    number: world.creditNotes.length,
    invoice,
    created: invoice.finalizedAt + 2 * daySeconds,
    total,
    tax,
    refund: null,
    sequence: 1,
  };
  world.creditNotes.push(note);
  invoice.creditNotes.push(note);
}

function addIntent(world: World, customer: CustomerFact, created: number, amount: number): IntentFact {
  const intent: IntentFact = {
    number: world.intents.length,
    customer,
    created,
    amount,
    currency: customer.currency,
    invoice: null,
    session: null,
    charges: [],
    canceledAt: 0,
    description: 'Filing fees',
  };
  world.intents.push(intent);
  return intent;
}

function addCharge(world: World, intent: IntentFact, created: number, failureCode: string): ChargeFact {
  const charge: ChargeFact = {
    number: world.charges.length,
    intent,
    created,
    amount: intent.amount,
    currency: intent.currency,
    isPaid: failureCode === '',
    failureCode,
    transaction: null,
    refunds: null,
    dispute: null,
  };
  world.charges.push(charge);
  intent.charges.push(charge);
  return charge;
}

function payAtCheckout(world: World, session: CheckoutSessionFact, random: Random): void {
  if (session.completedAt === 0 || session.completedAt > nowSeconds) {
    session.completedAt = 0;
    return;
  }
  const failsFirst = random.chance(0.03) && session.completedAt - session.created > 60;
  const intent = addIntent(world, session.customer, failsFirst ? session.completedAt - 40 : session.completedAt - 2, session.amount);
  intent.session = session;
  session.intent = intent;
  if (failsFirst) {
    addCharge(world, intent, session.completedAt - 38, random.pick(failureCodes));
  }
  addCharge(world, intent, session.completedAt - 1, '');
}

/** A payment that nothing else knows of (no invoice, no checkout): the kind that is planted after the refill. */
export function addLonePayment(world: World, customer: CustomerFact, created: number, amount: number): ChargeFact {
  const intent = addIntent(world, customer, created - 1, amount);
  intent.description = 'Filing fees, counter payment';
  return addCharge(world, intent, created, '');
}
