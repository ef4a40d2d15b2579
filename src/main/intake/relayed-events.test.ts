import { describe, expect, test } from 'vitest';
import { fixedClock } from '../../shared/calendar/clock.ts';
import { TimeZone } from '../../shared/calendar/time-zone.ts';
import { sql } from '../database/handles.ts';
import { createMirror } from '../mirror/mirror.ts';
import { unattended } from '../platform/work-control.ts';
import { openTemporaryDatabase, type TemporaryDatabase } from '../testing/temporary-database.ts';
import { createObjectIntake } from './object-intake.ts';
import { createRelayedEvents } from './relayed-events.ts';
import { createSharedInbox } from './shared-inbox.ts';
import type { SharedInboxRow } from './shared-inbox.ports.ts';
import type { GatewaySource } from './stripe-sync.ports.ts';

const clock = fixedClock(Date.parse('2026-11-18T14:14:00Z'));
const nothing = { objects: [], hasMore: false, observedAt: 0 };

/** A row as the relay stores it: an event that tells of a customer. */
function row(sequence: number, customer: string, name = 'As the event says'): SharedInboxRow {
  const id = `evt_${sequence}`;
  const body = JSON.stringify({ id, object: 'event', type: 'customer.updated', created: 1_763_000_000 + sequence, livemode: false, data: { object: { id: customer, object: 'customer', created: 1, name } } });
  return { sequence, gateway: 'stripe', id, type: 'customer.updated', apiVersion: null, occurredAt: null, receivedAt: clock.now(), body };
}

async function stage(ledger: TemporaryDatabase, rows: readonly SharedInboxRow[], expected: object = { staged: rows.length }): Promise<void> {
  const inbox = createSharedInbox({ readable: ledger.database, unitOfWork: ledger.database.unitOfWork, clock, source: { lastBefore: () => Promise.resolve(0), page: ({ after, upTo }) => Promise.resolve({ newest: rows.length, rows: rows.filter(({ sequence }) => sequence > after && sequence <= (upTo ?? rows.length)) }) } });
  expect(await inbox.pull(unattended)).toMatchObject({ read: rows.length, ...expected });
}

function open(ledger: TemporaryDatabase, questionsPerRun?: number) {
  const asked: string[] = [];
  const mirror = createMirror({ timeZone: new TimeZone('UTC') });
  const source: GatewaySource = {
    account: () => Promise.reject(new Error('not asked for')),
    list: () => Promise.resolve(nothing),
    get(list, id) {
      asked.push(`${list}/${id}`);
      const value = { id, object: 'customer', created: 1, name: 'As Stripe says' };
      return Promise.resolve({ id, object: 'customer', value, text: JSON.stringify(value), observedAt: clock.now() });
    },
    invoiceLines: () => Promise.resolve(nothing),
    subscriptionItems: () => Promise.resolve(nothing),
  };
  const events = createRelayedEvents({ readable: ledger.database, unitOfWork: ledger.database.unitOfWork, source, objectIntake: createObjectIntake({ mirror, clock }), mirror, ...(questionsPerRun === undefined ? {} : { questionsPerRun }) });
  return { asked, events };
}

describe('relayed events', () => {
  test('ask once for each object, and what Stripe answers is mirrored, not what they say', async () => {
    using ledger = openTemporaryDatabase();
    await stage(ledger, [row(1, 'cus_1'), row(2, 'cus_2'), row(3, 'cus_1', 'Later')]);
    const { asked, events } = open(ledger);
    expect(await events.project(unattended)).toEqual({ projected: 3, unhandled: 0, parked: 0 });
    expect(asked).toEqual(['customers/cus_1', 'customers/cus_2']);
    expect(ledger.database.all(sql('t', 'SELECT id, name FROM stripe_customers ORDER BY id'))).toEqual([{ id: 'cus_1', name: 'As Stripe says' }, { id: 'cus_2', name: 'As Stripe says' }]);
    expect(await events.project(unattended)).toEqual({ projected: 0, unhandled: 0, parked: 0 });
  });

  test('in any number ask only so much in one run, and the rest in the next', async () => {
    using ledger = openTemporaryDatabase();
    await stage(ledger, Array.from({ length: 7 }, (_, place) => row(place + 1, `cus_${place}`)));
    const { asked, events } = open(ledger, 3);
    const runs = [await events.project(unattended), await events.project(unattended), await events.project(unattended)];
    expect(runs.map(({ projected }) => projected)).toEqual([3, 3, 1]);
    expect(new Set(asked).size).toBe(7);
  });

  test('of kinds that nobody handles, thin ones too, are kept as unhandled; what is not the event it says it is is kept under its number', async () => {
    using ledger = openTemporaryDatabase();
    const of = (sequence: number, event: object, id = `evt_${sequence}`, type = 'moon.landed'): SharedInboxRow => ({ ...row(sequence, ''), id, type, body: JSON.stringify({ id: `evt_${sequence}`, object: 'event', type: 'moon.landed', created: 1_763_000_000, ...event }) });
    const rows = [of(1, {}), of(2, { object: 'v2.core.event', created: '2026-11-18T14:00:00.000Z' }), of(3, { created: undefined }), of(4, {}, 'evt_other'), of(5, {}, 'evt_5', 'sun.landed'), of(6, { id: 'in_1' }, 'in_1'), { ...of(7, {}), body: '[' }];
    await stage(ledger, rows, { staged: 0, unhandled: 2, parked: 5 });
    expect(ledger.database.all(sql('t', 'SELECT provider_id AS id, status FROM sync_inbox ORDER BY sequence'))).toEqual([{ id: 'evt_1', status: 'unhandled' }, { id: 'evt_2', status: 'unhandled' }, ...[3, 4, 5, 6, 7].map((number) => ({ id: `inbox/${number}`, status: 'parked' }))]);
  });
});
