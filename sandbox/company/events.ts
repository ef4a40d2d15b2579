/** The events of the last 30 days, in the types real life would have: none for balance transactions, none for what was planted later. */
import { daySeconds, nowSeconds } from './calendar.ts';
import type { ChargeFact, EventFact, EventSubject, InvoiceFact, SubscriptionFact, World } from './facts.ts';

const keptSince = nowSeconds - 30 * daySeconds;

/** Fills `world.events`, oldest first; what happens in the same second keeps the order in which Stripe would tell it. */
export function tellEvents(world: World): void {
  const told: EventFact[] = [];
  const tell = (created: number, type: string, kind: EventSubject, subject: number): void => {
    if (created > keptSince && created <= nowSeconds) {
      told.push({ created, type, kind, subject });
    }
  };
  for (const customer of world.customers) {
    tell(customer.created, 'customer.created', 'customer', customer.number);
  }
  for (const subscription of world.subscriptions) {
    tellSubscription(subscription, tell);
  }
  for (const item of world.invoiceItems) {
    tell(item.created, 'invoiceitem.created', 'invoiceItem', item.number);
  }
  for (const invoice of world.invoices) {
    tellInvoice(invoice, tell);
  }
  for (const intent of world.intents) {
    tell(intent.created, 'payment_intent.created', 'intent', intent.number);
    tell(intent.canceledAt, 'payment_intent.canceled', 'intent', intent.number);
  }
  for (const session of world.sessions) {
    tell(session.completedAt, 'checkout.session.completed', 'checkoutSession', session.number);
    if (session.completedAt === 0) {
      tell(session.created + daySeconds, 'checkout.session.expired', 'checkoutSession', session.number);
    }
  }
  for (const charge of world.charges) {
    tellCharge(charge, tell);
  }
  tellMoney(world, tell);
  const order = told.map((_, position) => position);
  order.sort((a, b) => (told[a]?.created ?? 0) - (told[b]?.created ?? 0) || a - b);
  world.events = order.flatMap((position) => told[position] ?? []);
}

type Tell = (created: number, type: string, kind: EventSubject, subject: number) => void;

function tellSubscription(subscription: SubscriptionFact, tell: Tell): void {
  const { number } = subscription;
  tell(subscription.created, 'customer.subscription.created', 'subscription', number);
  for (const state of subscription.item.states.slice(1)) {
    tell(state.from, 'customer.subscription.updated', 'subscription', number);
  }
  if (subscription.cancelsAtPeriodEnd) {
    tell(subscription.cancelRequestedAt, 'customer.subscription.updated', 'subscription', number);
  }
  for (const span of subscription.pastDueSpans) {
    tell(span.from, 'customer.subscription.updated', 'subscription', number);
    if (span.to !== subscription.endedAt) {
      tell(span.to, 'customer.subscription.updated', 'subscription', number);
    }
  }
  tell(subscription.pausedAt, 'customer.subscription.updated', 'subscription', number);
  if (subscription.trialEnd > 0) {
    tell(subscription.trialEnd - 3 * daySeconds, 'customer.subscription.trial_will_end', 'subscription', number);
  }
  const ended = subscription.endReason === 'incomplete' ? 'customer.subscription.updated' : 'customer.subscription.deleted';
  tell(subscription.endedAt, ended, 'subscription', number);
}

function tellInvoice(invoice: InvoiceFact, tell: Tell): void {
  const { number } = invoice;
  tell(invoice.created, 'invoice.created', 'invoice', number);
  tell(invoice.finalizedAt, 'invoice.finalized', 'invoice', number);
  if (invoice.daysUntilDue >= 0) {
    tell(invoice.finalizedAt, 'invoice.sent', 'invoice', number);
  }
  for (const at of invoice.failedAttempts) {
    tell(at, 'invoice.payment_failed', 'invoice', number);
  }
  if (invoice.payment !== null && invoice.outcome === 'paid') {
    tell(invoice.settledAt, 'invoice_payment.paid', 'invoicePayment', invoice.payment.number);
  }
  switch (invoice.outcome) {
    case 'paid':
      tell(invoice.settledAt, 'invoice.paid', 'invoice', number);
      tell(invoice.settledAt, 'invoice.payment_succeeded', 'invoice', number);
      break;
    case 'void':
      tell(invoice.settledAt, 'invoice.voided', 'invoice', number);
      break;
    case 'uncollectible':
      tell(invoice.settledAt, 'invoice.marked_uncollectible', 'invoice', number);
      break;
    default:
  }
}

function tellCharge(charge: ChargeFact, tell: Tell): void {
  tell(charge.created, charge.isPaid ? 'charge.succeeded' : 'charge.failed', 'charge', charge.number);
  const intentType = charge.isPaid ? 'payment_intent.succeeded' : 'payment_intent.payment_failed';
  tell(charge.created, intentType, 'intent', charge.intent.number);
}

function tellMoney(world: World, tell: Tell): void {
  for (const refund of world.refunds) {
    tell(refund.created, 'refund.created', 'refund', refund.number);
    tell(refund.created, 'charge.refunded', 'charge', refund.charge.number);
  }
  for (const note of world.creditNotes) {
    tell(note.created, 'credit_note.created', 'creditNote', note.number);
  }
  for (const dispute of world.disputes) {
    tell(dispute.created, 'charge.dispute.created', 'dispute', dispute.number);
    tell(dispute.withdrawal.created, 'charge.dispute.funds_withdrawn', 'dispute', dispute.number);
    tell(dispute.closedAt, 'charge.dispute.closed', 'dispute', dispute.number);
    tell(dispute.reinstatement?.created ?? 0, 'charge.dispute.funds_reinstated', 'dispute', dispute.number);
  }
  for (const payout of world.payouts) {
    tell(payout.created, 'payout.created', 'payout', payout.number);
    if (payout.failure === null) {
      tell(payout.arrivesAt, 'payout.paid', 'payout', payout.number);
    } else {
      tell(payout.failure.created, 'payout.failed', 'payout', payout.number);
    }
  }
}
