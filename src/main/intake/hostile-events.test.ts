import { beforeEach, describe, expect, it } from 'vitest';
import { fixedClock } from '../../shared/calendar/clock.ts';
import { TimeZone } from '../../shared/calendar/time-zone.ts';
import { sql } from '../database/handles.ts';
import { createMirror } from '../mirror/mirror.ts';
import { unattended } from '../platform/work-control.ts';
import { openTemporaryDatabase, type TemporaryDatabase } from '../testing/temporary-database.ts';
import { createObjectIntake } from './object-intake.ts';
import { createdSeconds, createStripeEvents, type StripeEvents } from './stripe-events.ts';
import type { GatewayObject, GatewaySource, ListQuery } from './stripe-sync.ports.ts';

const nowMs = Date.UTC(2026, 10, 18);
const nowSeconds = nowMs / 1000;

const customer = (name: string) => ({ id: 'cus_1', object: 'customer', name, created: nowSeconds - 900, currency: 'usd', balance: 0 });
function event(id: string, created: unknown, object: unknown = customer('Ada'), type = 'customer.updated'): GatewayObject {
  const value = { id, object: 'event', type, created, data: { object } };
  return { id, object: 'event', text: JSON.stringify(value), value };
}

describe('events that are not what they should be', () => {
  let ledger: TemporaryDatabase;
  let told: GatewayObject[];
  let queries: ListQuery[];
  /** The object as the gateway has it now. */
  let present: Record<string, unknown> | undefined;
  let events: StripeEvents;

  beforeEach(() => {
    ledger = openTemporaryDatabase();
    told = [];
    queries = [];
    present = undefined;
    const notAsked = () => Promise.reject(new Error('not asked for'));
    const source: GatewaySource = {
      account: notAsked, invoiceLines: notAsked, subscriptionItems: notAsked,
      get: () => Promise.resolve(present && { id: 'cus_1', object: 'customer', text: JSON.stringify(present), value: present, observedAt: nowMs }),
      list: (_, query) => {
        queries.push(query);
        return Promise.resolve({ objects: told, hasMore: false, observedAt: nowMs });
      },
    };
    const mirror = createMirror({ timeZone: new TimeZone('UTC') });
    const clock = fixedClock(nowMs);
    events = createStripeEvents({ readable: ledger.database, unitOfWork: ledger.database.unitOfWork, source, mirror, clock, objectIntake: createObjectIntake({ mirror, clock }) });
    return () => ledger[Symbol.dispose]();
  });
  const rows = (text: string): unknown[] => ledger.database.all(sql(text, text));
  const statuses = (): unknown[] => rows('SELECT provider_id AS id, status FROM sync_inbox ORDER BY provider_id');

  it('one from the far future does not carry the cursor past those still to come', async () => {
    await events.markStart(unattended);
    told = [event('evt_future', nowSeconds + 10 * 365 * 86_400)];
    await events.pull(unattended);
    await events.pull(unattended);
    expect(queries.at(-1)?.createdFrom).toBe(nowSeconds - 3_600);
  });

  it('one from the far future does not outrank what happens later', async () => {
    told = [event('evt_future', nowSeconds + 10 * 365 * 86_400, customer('From the future'))];
    await events.pull(unattended);
    await events.project(unattended);
    told = [event('evt_now', nowSeconds, customer('Ada'))];
    await events.pull(unattended);
    await events.project(unattended);
    expect(rows("SELECT name FROM stripe_customers WHERE id = 'cus_1'")).toEqual([{ name: 'Ada' }]);
  });

  it('two of one second, projected in two runs, end in what the gateway has, whichever came first', async () => {
    present = customer('Ada after');
    told = [event('evt_after', nowSeconds - 60, customer('Ada after'))];
    await events.pull(unattended);
    await events.project(unattended);
    told = [event('evt_before', nowSeconds - 60, customer('Ada before'))];
    await events.pull(unattended);
    await events.project(unattended);
    expect(rows("SELECT name FROM stripe_customers WHERE id = 'cus_1'")).toEqual([{ name: 'Ada after' }]);
  });

  it.each(['yesterday', null, 1.5, {}, 1e300])('one made at %j is kept for a person, and the others go on', async (created) => {
    told = [event('evt_bad', created, { ...customer('Bad'), id: 'cus_2' }), event('evt_good', nowSeconds - 60)];
    await events.pull(unattended);
    await events.project(unattended);
    expect(statuses()).toEqual([{ id: 'evt_bad', status: 'parked' }, { id: 'evt_good', status: 'projected' }]);
    expect(rows('SELECT id FROM stripe_customers')).toEqual([{ id: 'cus_1' }]);
  });

  it('objects of the wrong kind, and names that mean something to JavaScript, harm nothing', async () => {
    const proto: GatewayObject = { id: 'evt_proto', object: 'event', text: '{"id":"evt_proto","type":"customer.updated","created":1,"data":{"object":{"id":"__proto__","object":"__proto__","__proto__":{"polluted":true}}}}', value: JSON.parse('{"id":"evt_proto","type":"customer.updated","created":1,"data":{"object":{"id":"__proto__","object":"constructor","__proto__":{"polluted":true}}}}') as Record<string, unknown> };
    told = [event('evt_1', nowSeconds, null), event('evt_2', nowSeconds, 'text'), event('evt_3', nowSeconds, { id: 7, object: 'customer' }), event('evt_4', nowSeconds, { id: 'cus_3', object: 'customer', balance: 'much', created: nowSeconds }), event('evt_5', nowSeconds, {}, '__proto__'), proto];
    await events.pull(unattended);
    await events.project(unattended);
    expect(statuses()).toEqual([
      { id: 'evt_1', status: 'projected' }, { id: 'evt_2', status: 'projected' }, { id: 'evt_3', status: 'projected' }, { id: 'evt_4', status: 'parked' }, { id: 'evt_5', status: 'unhandled' }, { id: 'evt_proto', status: expect.stringMatching(/projected|unhandled/) as string },
    ]);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it('what is in a currency nobody knows is kept for a person and shown in no list; one withdrawn since is known', async () => {
    const intent = (id: string, currency: string) => ({ id, object: 'payment_intent', amount: 500, currency, created: nowSeconds, status: 'canceled' });
    told = [event('evt_unknown', nowSeconds, intent('pi_1', 'xxx'), 'payment_intent.canceled'), event('evt_withdrawn', nowSeconds, intent('pi_2', 'hrk'), 'payment_intent.canceled'), event('evt_line', nowSeconds, { ...customer('Bea'), id: 'cus_9', currency: 'moon' })];
    await events.pull(unattended);
    await events.project(unattended);
    expect(rows('SELECT provider_id AS id, status, reason_code AS code FROM sync_inbox ORDER BY provider_id')).toEqual([
      { id: 'evt_line', status: 'parked', code: 'stripe-object-malformed' }, { id: 'evt_unknown', status: 'parked', code: 'stripe-object-malformed' }, { id: 'evt_withdrawn', status: 'projected', code: null },
    ]);
    expect(rows('SELECT id, currency FROM stripe_payment_intents')).toEqual([{ id: 'pi_2', currency: 'hrk' }]);
  });

  it('a balance transaction’s date is read alike', () => {
    expect([createdSeconds({ created: 5 }, 9_000), createdSeconds({ created: 99 }, 9_000), createdSeconds({ created: '5' }, 9_000), createdSeconds({}, 9_000)]).toEqual([5, 9, null, null]);
  });
});
