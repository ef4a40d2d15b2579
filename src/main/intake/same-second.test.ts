/** Events tell whole seconds, what is asked for is known to the millisecond: neither a change nor a deletion within the second of a look may be lost (domain.md §2: on a tie, refetch). */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { fixedClock } from '../../shared/calendar/clock.ts';
import { TimeZone } from '../../shared/calendar/time-zone.ts';
import { sql } from '../database/handles.ts';
import { createMirror } from '../mirror/mirror.ts';
import type { Json } from '../mirror/stripe-fields.ts';
import { unattended } from '../platform/work-control.ts';
import { openTemporaryDatabase, type TemporaryDatabase } from '../testing/temporary-database.ts';
import { createObjectIntake } from './object-intake.ts';
import { createStripeEvents } from './stripe-events.ts';
import type { GatewayObject, GatewaySource } from './stripe-sync.ports.ts';

const second = Date.parse('2026-11-18T14:00:05Z');
const customer = (name: string): Json => ({ id: 'cus_1', object: 'customer', created: second / 1000 - 60, name, email: null, currency: 'usd', metadata: {} });
const asObject = (value: Json): GatewayObject => ({ id: String(value['id']), object: String(value['object']), text: JSON.stringify(value), value });
const eventOf = (type: string, value: Json): GatewayObject => asObject({ id: `evt_${type}`, object: 'event', type, created: second / 1000, api_version: null, data: { object: value } });

describe('what happens in the second in which an object was looked at', () => {
  let ledger: TemporaryDatabase;
  let asked: string[];
  beforeEach(() => {
    ledger = openTemporaryDatabase();
    asked = [];
  });
  afterEach(() => ledger[Symbol.dispose]());

  /** Stripe has one customer, as it is now, and one event that tells of it; the mirror has seen it at `seenAt`. */
  async function afterEvent(event: GatewayObject, seenAt: number, now: Json, askedAt = second + 60_000): Promise<unknown> {
    const { database } = ledger;
    const mirror = createMirror({ timeZone: new TimeZone('UTC') });
    const objectIntake = createObjectIntake({ mirror, clock: fixedClock(second) });
    const source: GatewaySource = {
      account: () => Promise.reject(new Error('not asked for')),
      list: () => Promise.resolve({ objects: [event], hasMore: false, observedAt: second + 60_000 }),
      get: (_list, id) => {
        asked.push(id);
        return Promise.resolve({ ...asObject(now), observedAt: askedAt });
      },
      invoiceLines: () => Promise.reject(new Error('not asked for')),
      subscriptionItems: () => Promise.reject(new Error('not asked for')),
    };
    database.transaction('seen', (writable) => objectIntake.takeAll(writable, [{ object: asObject(customer('as it was seen')) }], seenAt));
    const events = createStripeEvents({ readable: database, unitOfWork: database.unitOfWork, source, objectIntake, mirror, clock: fixedClock(second) });
    await events.pull(unattended);
    await events.project(unattended);
    return database.get(sql('test.customer', 'SELECT name, is_deleted AS "isDeleted" FROM stripe_customers'));
  }

  test.each([0, 1, 999, 3_000])('a change is not taken for older than a look %i ms after its second began', async (milliseconds) => {
    expect(await afterEvent(eventOf('customer.updated', customer('as the event says')), second + milliseconds, customer('as it is'))).toEqual({ name: 'as it is', isDeleted: 0 });
    expect(asked).toEqual(['cus_1']);
  });

  test('what was asked for because of a doubt is newer than what was known, whatever two clocks say', async () => {
    expect(await afterEvent(eventOf('customer.updated', customer('as the event says')), second + 700, customer('as it is'), second + 300)).toEqual({ name: 'as it is', isDeleted: 0 });
  });

  test('a look before the second is older than the event, one long after it newer: nothing is asked', async () => {
    expect(await afterEvent(eventOf('customer.updated', customer('as the event says')), second - 1, customer('as it is'))).toEqual({ name: 'as the event says', isDeleted: 0 });
    ledger[Symbol.dispose]();
    ledger = openTemporaryDatabase();
    expect(await afterEvent(eventOf('customer.updated', customer('as the event says')), second + 60_000, customer('as it is'))).toEqual({ name: 'as it was seen', isDeleted: 0 });
    expect(asked).toEqual([]);
  });

  test('an object that is gone when it is asked for keeps what was known of it', async () => {
    expect(await afterEvent(eventOf('customer.updated', customer('as the event says')), second + 700, { id: 'cus_1', object: 'customer', deleted: true })).toEqual({ name: 'as it was seen', isDeleted: 1 });
    expect(asked).toEqual(['cus_1']);
  });

  test('a deletion is final: an object seen in its second was seen before it', async () => {
    expect(await afterEvent(eventOf('customer.deleted', { id: 'cus_1', object: 'customer', deleted: true }), second + 700, customer('as it is'))).toEqual({ name: 'as it was seen', isDeleted: 1 });
  });
});
