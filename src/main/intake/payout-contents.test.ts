import { describe, expect, it } from 'vitest';
import { TimeZone } from '../../shared/calendar/time-zone.ts';
import { ProviderError } from '../../shared/errors/errors.ts';
import { sql } from '../database/handles.ts';
import { createMirror } from '../mirror/mirror.ts';
import { unattended } from '../platform/work-control.ts';
import { openTemporaryDatabase, type TemporaryDatabase } from '../testing/temporary-database.ts';
import { readPayoutContents } from './payout-contents.ts';
import type { GatewayObject, GatewaySource, ListQuery } from './stripe-sync.ports.ts';

const mirror = createMirror({ timeZone: new TimeZone('UTC') });
const made = (value: Record<string, unknown> & { id: string; object: string }): GatewayObject => ({ id: value.id, object: value.object, text: JSON.stringify(value), value });
const payout = (id: string, created: number, more: Readonly<Record<string, unknown>> = {}): GatewayObject => made({ id, object: 'payout', amount: 100, currency: 'usd', status: 'paid', arrival_date: created, created, automatic: true, reconciliation_status: 'completed', ...more });
const transaction = (id: string, source: string): GatewayObject => made({ id, object: 'balance_transaction', type: 'charge', amount: 100, fee: 3, net: 97, currency: 'usd', created: 1, available_on: 1, status: 'available', source });

/** A gateway that lists what payouts pay, two at a time, and says what it was asked. */
function openGateway(contents: Readonly<Record<string, readonly string[]>>) {
  const asked: string[] = [];
  let failAt: string | undefined;
  const list = (_: string, query: ListQuery) => {
    const id = query.filters?.['payout'] ?? '';
    const question = `${id}${query.startingAfter === undefined ? '' : ` after ${query.startingAfter}`}`;
    asked.push(question);
    if (question === failAt) return Promise.reject(new ProviderError('stripe-unreachable', 'The line is cut.', { provider: 'stripe', isRetryable: true }));
    const ids = contents[id];
    const isUnknown = ids === undefined || (query.startingAfter !== undefined && !ids.includes(query.startingAfter));
    if (isUnknown) return Promise.reject(new ProviderError('stripe-error', 'No such object.', { provider: 'stripe', isRetryable: false, data: { stripeCode: 'resource_missing' } }));
    const from = query.startingAfter === undefined ? 0 : ids.indexOf(query.startingAfter) + 1;
    return Promise.resolve({ objects: ids.slice(from, from + 2).map((one) => transaction(one, one === `txn_${id}` ? id : `ch_${one}`)), hasMore: from + 2 < ids.length, observedAt: 5 });
  };
  return { source: { list } as unknown as GatewaySource, asked, cutAt: (question: string | undefined) => void (failAt = question) };
}

const store = (ledger: TemporaryDatabase, objects: readonly GatewayObject[], observedAt = 1): void => ledger.database.transaction('test.store', (writable) => mirror.storeAll(writable, mirror.mapAll(writable, objects.map((object) => ({ object, options: { observedAt } })))) && undefined);
const read = (ledger: TemporaryDatabase, source: GatewaySource, mostRequests = 100) => readPayoutContents({ readable: ledger.database, unitOfWork: ledger.database.unitOfWork, source }, mostRequests, unattended);
const tiesIn = (ledger: TemporaryDatabase): Record<string, string> => Object.fromEntries(ledger.database.all<{ id: string; payout: string }>(sql('test.ties', 'SELECT balance_transaction_id AS id, payout_id AS payout FROM stripe_payout_ties ORDER BY 1')).map((row) => [row.id, row.payout]));

describe('what payouts pay', () => {
  it('is read once, newest payout first, without the payout’s own transaction', async () => {
    using ledger = openTemporaryDatabase();
    store(ledger, [payout('po_old', 10), payout('po_new', 20)]);
    const { source, asked } = openGateway({ po_old: ['txn_1', 'txn_2', 'txn_3'], po_new: ['txn_po_new', 'txn_4'] });
    expect(await read(ledger, source)).toEqual({ payouts: 2, transactions: 4 });
    expect(asked).toEqual(['po_new', 'po_old', 'po_old after txn_2']);
    expect(tiesIn(ledger)).toEqual({ txn_1: 'po_old', txn_2: 'po_old', txn_3: 'po_old', txn_4: 'po_new' });
    expect(await read(ledger, source)).toEqual({ payouts: 0, transactions: 0 });
    expect(asked).toHaveLength(3);
  });

  it('is not asked of payouts made by hand, and of others only when Stripe has put their lists together', async () => {
    using ledger = openTemporaryDatabase();
    const whole = payout('po_late', 30);
    store(ledger, [payout('po_hand', 10, { automatic: false, reconciliation_status: 'not_applicable' }), payout('po_instant', 5, { automatic: false, reconciliation_status: undefined }), payout('po_late', 30, { reconciliation_status: 'in_progress' }), payout('po_silent', 20, { reconciliation_status: undefined })]);
    const { source, asked } = openGateway({ po_late: ['txn_1'], po_silent: ['txn_2'] });
    await read(ledger, source);
    expect(asked).toEqual(['po_silent']);
    store(ledger, [whole], 2);
    await read(ledger, source);
    expect(asked).toEqual(['po_silent', 'po_late']);
  });

  it('goes on with the next page after the line was cut, and after so many requests', async () => {
    using ledger = openTemporaryDatabase();
    store(ledger, [payout('po_1', 10)]);
    const { source, asked, cutAt } = openGateway({ po_1: ['txn_1', 'txn_2', 'txn_3', 'txn_4', 'txn_5'] });
    cutAt('po_1 after txn_2');
    await expect(read(ledger, source)).rejects.toMatchObject({ code: 'stripe-unreachable' });
    cutAt(undefined);
    expect(await read(ledger, source, 1)).toEqual({ payouts: 0, transactions: 2 });
    expect(await read(ledger, source)).toEqual({ payouts: 1, transactions: 1 });
    expect(asked).toEqual(['po_1', 'po_1 after txn_2', 'po_1 after txn_2', 'po_1 after txn_4']);
    expect(Object.keys(tiesIn(ledger))).toHaveLength(5);
    expect(ledger.database.get(sql('test.listing', 'SELECT cursor, is_complete, transactions FROM stripe_payout_listings'))).toEqual({ cursor: null, is_complete: 1, transactions: 5 });
  });

  it('begins anew where its place in the list is gone, and leaves a payout that is gone alone', async () => {
    using ledger = openTemporaryDatabase();
    store(ledger, [payout('po_1', 20), payout('po_gone', 10)]);
    await read(ledger, openGateway({ po_1: ['txn_1', 'txn_2', 'txn_3'] }).source, 2);
    ledger.database.run(sql('test.cursor', "UPDATE stripe_payout_listings SET cursor = 'txn_away', is_complete = 0 WHERE payout_id = 'po_1'"));
    const { source, asked } = openGateway({ po_1: ['txn_1', 'txn_2', 'txn_3'] });
    await read(ledger, source);
    await read(ledger, source);
    expect(asked.filter((question) => question.startsWith('po_1'))).toEqual(['po_1 after txn_away', 'po_1', 'po_1 after txn_2']);
    expect(ledger.database.all(sql('test.listings', 'SELECT payout_id, is_complete, transactions FROM stripe_payout_listings ORDER BY 1'))).toEqual([{ payout_id: 'po_1', is_complete: 1, transactions: 3 }, { payout_id: 'po_gone', is_complete: 1, transactions: 0 }]);
  });

  it('stays when the transaction itself is observed again', async () => {
    using ledger = openTemporaryDatabase();
    store(ledger, [payout('po_1', 10), transaction('txn_1', 'ch_1')]);
    await read(ledger, openGateway({ po_1: ['txn_1'] }).source);
    store(ledger, [transaction('txn_1', 'ch_1')], 9);
    expect(tiesIn(ledger)).toEqual({ txn_1: 'po_1' });
  });
});
