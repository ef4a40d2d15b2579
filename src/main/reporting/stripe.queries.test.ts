import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sql } from '../database/handles.ts';
import { insertExchangeRate } from '../testing/billing-fixtures.ts';
import { openTemporaryDatabase, type TemporaryDatabase } from '../testing/temporary-database.ts';
import { readStatusFigures } from './status.queries.ts';
import { listParkedFacts, listStripeEvents, readRawObject, readStripeEvent, readStripeProgress } from './stripe.queries.ts';
import { readToday } from './today.queries.ts';

let ledger: TemporaryDatabase;
beforeEach(() => {
  ledger = openTemporaryDatabase();
});
afterEach(() => ledger[Symbol.dispose]());

const insertMessage = sql('test.message', 'INSERT INTO sync_inbox (provider, provider_id, type, api_version, payload, created_at, received_at, status, reason_code, reason) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)');
const insertFact = sql('test.fact', 'INSERT INTO unposted_facts (occurred_at, object_type, object_id, reason_code, reason) VALUES (?, ?, ?, ?, ?)');

interface Message {
  readonly id: string;
  readonly type: string;
  readonly at: number;
  readonly state?: string;
  readonly object?: string;
  readonly payload?: string;
  readonly provider?: string;
}

function put({ id, type, at, state = 'projected', object = 'in_1', payload, provider = 'stripe' }: Message): void {
  const isParked = state === 'parked';
  ledger.database.run(insertMessage, [provider, id, type, '2026-10-28', payload ?? JSON.stringify({ id, object: 'event', data: { object: { id: object, object: 'invoice' } } }), at, at + 5, state, isParked ? 'stripe-object-malformed' : null, isParked ? 'The amount is no number.' : null]);
}

const list = (filter: NonNullable<Parameters<typeof listStripeEvents>[1]['filter']> = {}, sort?: Parameters<typeof listStripeEvents>[1]['sort'], startAt = 0, limit = 100) => listStripeEvents(ledger.database, { startAt, limit, filter, ...(sort ? { sort } : {}) });
const ids = (answer: { readonly rows: readonly { readonly id: string }[] }): string[] => answer.rows.map((row) => row.id);

it('says that a refill read everything up to when it was begun, until a sync has read further', () => {
  const readUpTo = (): unknown[] => {
    const { events, balanceTransactionsReadAt } = readStripeProgress(ledger.database);
    return [events.readAt, balanceTransactionsReadAt];
  };
  expect(readUpTo()).toEqual([null, null]);
  ledger.database.connection.exec(`INSERT INTO sync_cursors (source, cursor, is_complete, last_success_at) VALUES ('stripe/refill', '{"startedAt":5000,"bounds":[]}', 0, NULL)`);
  expect(readUpTo()).toEqual([null, null]);
  ledger.database.connection.exec("UPDATE sync_cursors SET is_complete = 1, last_success_at = 9000; INSERT INTO sync_cursors (source, last_success_at) VALUES ('stripe/events', 7000)");
  expect(readUpTo()).toEqual([7_000, 5_000]);
});

describe('the log of events', () => {
  beforeEach(() => {
    put({ id: 'evt_1', type: 'invoice.paid', at: 1_000 });
    put({ id: 'evt_2', type: 'charge.succeeded', at: 3_000, object: 'ch_1' });
    put({ id: 'evt_3', type: 'invoice.voided', at: 2_000, state: 'parked' });
    put({ id: 'evt_4', type: 'capability.updated', at: 3_000, state: 'unhandled', object: 'card_payments' });
    put({ id: 'evt_other', type: 'invoice.paid', at: 4_000, provider: 'paystack' });
  });

  it('comes newest first, in windows, with the number of all', () => {
    expect([ids(list()), list().total]).toEqual([['evt_4', 'evt_2', 'evt_3', 'evt_1'], 4]);
    expect(ids(list({}, undefined, 1, 2))).toEqual(['evt_2', 'evt_3']);
    expect(ids(list({}, { column: 'type', direction: 'ascending' }))).toEqual(['evt_4', 'evt_2', 'evt_1', 'evt_3']);
    expect(ids(list({}, { column: 'state', direction: 'ascending' }))).toEqual(['evt_3', 'evt_1', 'evt_2', 'evt_4']);
  });

  it('is filtered by state, by the beginning of a type, by the beginning of an event’s or an object’s id', () => {
    expect(list({ state: 'parked' })).toMatchObject({ total: 1, rows: [{ id: 'evt_3', objectId: 'in_1', reason: 'The amount is no number.' }] });
    expect(ids(list({ type: 'invoice.' }))).toEqual(['evt_3', 'evt_1']);
    expect(ids(list({ text: 'ch_' }))).toEqual(['evt_2']);
    expect(ids(list({ text: 'evt_4' }))).toEqual(['evt_4']);
    expect(ids(list({ text: 'in_1', state: 'projected' }))).toEqual(['evt_1']);
    expect(list({ text: '%' })).toEqual({ rows: [], total: 0, sums: [] });
  });

  it('survives a payload that is no JSON, and shows an object of a list by its own id', () => {
    put({ id: 'evt_5', type: 'invoice.paid', at: 9_000, payload: '<html>' });
    put({ id: 'ch_9', type: 'charge', at: 8_000, state: 'parked', payload: '{"id":"ch_9","object":"charge"}' });
    expect(list().rows.slice(0, 2)).toMatchObject([{ id: 'evt_5', objectId: null }, { id: 'ch_9', objectId: 'ch_9' }]);
    expect(readStripeEvent(ledger.database, 'ch_9')).toMatchObject({ objectKind: 'charge', nextStep: expect.stringContaining('Retry it') as string });
    expect(readStripeEvent(ledger.database, 'evt_5')).toMatchObject({ objectKind: null, raw: '<html>', nextStep: null });
    expect(readStripeEvent(ledger.database, 'evt_4').nextStep).toMatch(/Nothing needs to be done/);
    expect(() => readStripeEvent(ledger.database, 'evt_other')).toThrow(expect.objectContaining({ code: 'stripe-event-not-found' }) as Error);
  });

  it('is counted by state', () => {
    expect(readStripeProgress(ledger.database).events).toMatchObject({ newestAt: 3_000, counts: { staged: 0, projected: 2, parked: 1, unhandled: 1 } });
  });
});

describe('what waits', () => {
  beforeEach(() => {
    for (let index = 0; index < 3; index += 1) ledger.database.run(insertFact, [index * 1_000, 'balance_transaction', `txn_${index}`, 'exchange-rate-missing', 'There is no rate from EUR to USD.']);
    ledger.database.run(insertFact, [500, 'invoice', 'in_1', 'source-missing', 'It needs ch_1.']);
    ledger.database.run(insertFact, [600, 'invoice', 'in_2', null, null]);
    put({ id: 'evt_3', type: 'invoice.voided', at: 2_000, state: 'parked' });
  });

  it('is listed with what ends the waiting; what nobody has tried yet does not wait', () => {
    const all = listParkedFacts(ledger.database, { startAt: 0, limit: 100 });
    expect([all.total, ids(all)]).toEqual([4, ['txn_2', 'txn_1', 'in_1', 'txn_0']]);
    expect(all.rows.every((row) => row.nextStep.endsWith('.'))).toBe(true);
    expect(ids(listParkedFacts(ledger.database, { startAt: 0, limit: 100, filter: { reasonCode: 'source-missing' } }))).toEqual(['in_1']);
    expect(ids(listParkedFacts(ledger.database, { startAt: 1, limit: 1, filter: { text: 'txn_' }, sort: { column: 'occurredAt', direction: 'ascending' } }))).toEqual(['txn_1']);
  });

  it('stands in Today by reason, and counts there', () => {
    ledger.database.run(sql('test.gap', "INSERT INTO stripe_event_gaps (id, from_at, to_at, noticed_at) VALUES ('stripe/1', 1, 2, 7000)"));
    const today = readToday(ledger.database, { limit: 100, now: 10_000, jobTitle: (job) => job });
    expect(today.items.map((item) => [item.id, item.title, item.link])).toEqual([
      ['gap/stripe/1', 'Stripe was away from this desk for more than 30 days', '/settings/stripe'],
      ['parked/stripe-object-malformed', '1 message of Stripe was set aside', '/settings/stripe/events?state=parked'],
      ['waiting/exchange-rate-missing', '3 facts of Stripe wait to be posted', '/settings/stripe/waiting?reason=exchange-rate-missing'],
      ['waiting/source-missing', '1 fact of Stripe waits to be posted', '/settings/stripe/waiting?reason=source-missing'],
    ]);
    expect(readStatusFigures(ledger.database).stripeProblems).toBe(4);
  });
});

describe('what waits for a rate', () => {
  const wait = (id: string, currency: string, on: string): void => void ledger.database.run(sql('test.wait', "INSERT INTO unposted_facts (occurred_at, object_type, object_id, reason_code, reason, rate_currency, rate_on) VALUES (?, 'invoice', ?, 'exchange-rate-missing', 'It waits for the rate.', ?, ?)"), [Date.parse(on), id, currency, on]);
  const detail = (): string | undefined => readToday(ledger.database, { limit: 100, now: 10_000, jobTitle: (job) => job }).items.find((item) => item.id === 'waiting/exchange-rate-missing')?.detail;
  const nextSteps = (): string[] => listParkedFacts(ledger.database, { startAt: 0, limit: 100, sort: { column: 'occurredAt', direction: 'ascending' } }).rows.map((row) => row.nextStep);
  const set = (name: string, value: string): void => void ledger.database.run(sql('test.setting', 'INSERT INTO ledger_settings (name, value, set_at) VALUES (?, ?, 0)'), [name, value]);

  it('names the days in Today', () => {
    wait('in_1', 'eur', '2026-11-27');
    expect(detail()).toBe('It waits for the rate of 27 Nov');
    wait('in_2', 'jpy', '2026-11-27');
    expect(detail()).toBe('They wait for the rate of 27 Nov');
    wait('in_3', 'eur', '2026-08-05');
    expect(detail()).toBe('They wait for 2 days’ rates, the first of 5 Aug');
  });

  it('says what brings the rate: an import, older rates, or the company', () => {
    set('functional_currency', 'usd');
    wait('in_1', 'eur', '2026-08-05');
    wait('in_2', 'eur', '2026-11-27');
    insertExchangeRate(ledger.database, 'eur', 'usd', '2026-11-20', '1.08');
    expect(nextSteps()).toEqual([expect.stringMatching(/^Import older rates .* those of EUR are known from 20 Nov 2026 on/), expect.stringMatching(/^It is posted by itself once the rate of that day, or of a later one, is imported/)]);
    expect(listParkedFacts(ledger.database, { startAt: 0, limit: 1 }).rows[0]?.awaitedRate).toEqual({ currency: 'eur', on: '2026-11-27' });
    wait('in_3', 'kwd', '2026-11-28');
    expect(nextSteps().at(-1)).toMatch(/^None of the rates that are known is of KWD/);
    set('shared_ledger_id', 'x');
    expect(nextSteps().every((step) => step.includes('in the shared database'))).toBe(true);
  });
});

describe('a raw object', () => {
  it('is given as it came, or said not to be here', () => {
    put({ id: 'evt_1', type: 'invoice.paid', at: 1_000 });
    expect(readRawObject(ledger.database, { kind: 'event', id: 'evt_1' })).toMatchObject({ kind: 'event', observedAt: 1_005, raw: expect.stringContaining('"evt_1"') as string });
    expect(() => readRawObject(ledger.database, { kind: 'line_item', id: 'il_1' })).toThrow(expect.objectContaining({ code: 'stripe-object-not-found' }) as Error);
    expect(() => readRawObject(ledger.database, { kind: 'charge', id: 'ch_1' })).toThrow(expect.objectContaining({ code: 'stripe-object-not-found' }) as Error);
  });
});
