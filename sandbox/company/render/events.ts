/** Events: the subject as it stood at that moment. */
import type { StripeObject } from '../../stripe/population.ts';
import type { EventFact, World } from '../facts.ts';
import { renderCustomer, renderSubscription } from './catalog-objects.ts';
import { renderCreditNote, renderInvoice, renderInvoiceItem, renderInvoicePayment } from './invoice-objects.ts';
import { renderPayout } from './balance-objects.ts';
import { renderCharge, renderDispute, renderIntent, renderRefund } from './money-objects.ts';
import { renderSession } from './session-objects.ts';

function factAt<T>(list: readonly T[], number: number): T {
  const fact = list[number];
  if (fact === undefined) {
    throw new RangeError(`No fact ${number}.`);
  }
  return fact;
}

function renderSubject(world: World, event: EventFact, at: number): StripeObject {
  const { subject } = event;
  switch (event.kind) {
    case 'customer':
      return renderCustomer(world, factAt(world.customers, subject), at);
    case 'subscription':
      return renderSubscription(world, factAt(world.subscriptions, subject), at);
    case 'invoice':
      return renderInvoice(world, factAt(world.invoices, subject), at);
    case 'invoiceItem':
      return renderInvoiceItem(world, factAt(world.invoiceItems, subject), at);
    case 'invoicePayment':
      return renderInvoicePayment(world, factAt(world.invoicePayments, subject), at);
    case 'intent':
      return renderIntent(world, factAt(world.intents, subject), at);
    case 'charge':
      return renderCharge(world, factAt(world.charges, subject), at);
    case 'refund':
      return renderRefund(world, factAt(world.refunds, subject));
    case 'dispute':
      return renderDispute(world, factAt(world.disputes, subject), at);
    case 'payout':
      return renderPayout(world, factAt(world.payouts, subject), at);
    case 'creditNote':
      return renderCreditNote(world, factAt(world.creditNotes, subject));
    case 'checkoutSession':
      return renderSession(world, factAt(world.sessions, subject), at);
  }
}

/** What an update changed: the fields whose value differs a second earlier. */
function previousAttributes(before: StripeObject, after: StripeObject): Record<string, unknown> {
  const previous: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(before)) {
    if (JSON.stringify(value) !== JSON.stringify(after[name])) {
      previous[name] = value;
    }
  }
  return previous;
}

export function renderEvent(world: World, number: number): StripeObject {
  const event = factAt(world.events, number);
  const object = renderSubject(world, event, event.created);
  const data: Record<string, unknown> = { object };
  if (event.type === 'customer.subscription.updated') {
    data.previous_attributes = previousAttributes(renderSubject(world, event, event.created - 1), object);
  }
  return {
    id: world.ids.idOf('event', number),
    object: 'event',
    api_version: '2026-10-28.endive',
    created: event.created,
    data,
    livemode: false,
    pending_webhooks: 0,
    request: { id: null, idempotency_key: null },
    type: event.type,
  };
}
