import { describe, expect, it } from 'vitest';
import { routeEvent } from './event-routing.ts';

const event = (type: string, object: Record<string, unknown>) => ({ id: 'evt_1', type, created: 1, data: { object } });

describe('an event', () => {
  it.each([
    ['of a charge is used as it is', event('charge.refunded', { id: 'ch_1', object: 'charge' }), { road: 'snapshot', list: 'charges', id: 'ch_1' }],
    ['of an invoice fetches it, for its discounts and lines', event('invoice.finalized', { id: 'in_1', object: 'invoice' }), { road: 'fetch', list: 'invoices', id: 'in_1' }],
    ['of a credit note fetches it: until 2025 it named one refund, without its amount', event('credit_note.created', { id: 'cn_1', object: 'credit_note', refund: 're_1' }), { road: 'fetch', list: 'credit_notes', id: 'cn_1' }],
    ['that ends a subscription fetches it: it is still there', event('customer.subscription.deleted', { id: 'sub_1', object: 'subscription' }), { road: 'fetch', list: 'subscriptions', id: 'sub_1' }],
    ['of a discount fetches its subscription', event('customer.discount.created', { id: 'di_1', object: 'discount', subscription: 'sub_1' }), { road: 'fetch', list: 'subscriptions', id: 'sub_1' }],
    ['of a schedule fetches its subscription', event('subscription_schedule.updated', { id: 'sub_sched_1', object: 'subscription_schedule', subscription: { id: 'sub_2' } }), { road: 'fetch', list: 'subscriptions', id: 'sub_2' }],
    ['that deletes a customer marks it', event('customer.deleted', { id: 'cus_1', object: 'customer' }), { road: 'deleted', objectName: 'customer', id: 'cus_1' }],
    ['of a dispute without an id fetches the charge', event('charge.dispute.created', { object: 'dispute', charge: 'ch_1' }), { road: 'fetch', list: 'charges', id: 'ch_1' }],
    ['of a customer’s card changes nothing here', event('customer.card.updated', { id: 'card_1', object: 'card' }), { road: 'nothing' }],
    ['of a coming invoice changes nothing here', event('invoice.upcoming', { object: 'invoice' }), { road: 'nothing' }],
    ['of a type nobody knows is kept as unhandled', event('moon.landed', { id: 'm_1', object: 'moon' }), { road: 'unhandled' }],
    ['without a type is kept as unhandled', { id: 'evt_1' }, { road: 'unhandled' }],
  ])('%s', (_, given, expected) => {
    expect(routeEvent(given)).toMatchObject(expected);
  });
});
