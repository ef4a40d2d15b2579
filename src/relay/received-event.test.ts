import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readPaystackEvent, readStripeEvent } from './received-event.ts';
import type { RelayLedger } from './relay.ports.ts';

const ledger: RelayLedger = { gateway: 'stripe', gatewayAccount: 'acct_1', mode: 'test', mayReadBooks: false };
const bytes = (value: unknown): Buffer => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
const event = { id: 'evt_1', object: 'event', type: 'invoice.paid', livemode: false, created: 1_763_000_000, api_version: '2026-10-28.endive', data: { object: {} } };
const readStripe = (change: object, of: Partial<RelayLedger> = {}) => readStripeEvent(bytes({ ...event, ...change }), { ...ledger, ...of });

describe('a Stripe event', () => {
  test('is taken with what the inbox must know', () => {
    expect(readStripe({})).toEqual({ event: { gateway: 'stripe', id: 'evt_1', type: 'invoice.paid', mode: 'test', account: null, apiVersion: '2026-10-28.endive', occurredAtSeconds: 1_763_000_000, body: bytes(event) } });
    expect(readStripe({ account: 'acct_1' })).toMatchObject({ event: { account: 'acct_1' } });
    expect(readStripe({ livemode: true }, { mode: 'live' })).toMatchObject({ event: { mode: 'live' } });
    expect(readStripe({ type: 'moon.landed' })).toMatchObject({ event: { type: 'moon.landed' } });
    expect(readStripe({ object: 'v2.core.event', created: '2025-11-13T02:13:20.500Z', context: 'acct_1' })).toMatchObject({ event: { occurredAtSeconds: 1_763_000_000 } });
  });

  test.each([
    ['no time', { created: undefined }], ['a time that is none', { created: 'yesterday' }], ['a time before all', { created: -1 }], ['a time beyond all', { created: 1e15 }], ['half a second', { created: 1.5 }],
  ])('with %s has none', (_, change) => expect(readStripe(change)).toMatchObject({ event: { occurredAtSeconds: null } }));

  test.each([
    ['live in a test ledger', { livemode: true }, {}, 'wrong-mode'],
    ['test in a live ledger', {}, { mode: 'live' as const }, 'wrong-mode'],
    ['of a connected account', { account: 'acct_2' }, {}, 'wrong-account'],
    ['of another account’s context', { context: 'acct_2' }, {}, 'wrong-account'],
    ['of an account that is no text', { account: 7 }, {}, 'wrong-account'],
    ['for a ledger that is not Stripe’s', {}, { gateway: 'paystack' }, 'wrong-account'],
    ['without its mode', { livemode: undefined }, {}, 'event-malformed'],
    ['with a mode that is a text', { livemode: 'false' }, {}, 'event-malformed'],
    ['without an id', { id: undefined }, {}, 'event-malformed'],
    ['with a NUL in its id', { id: 'evt_\u0000' }, {}, 'event-malformed'],
    ['with an endless id', { id: `evt_${'1'.repeat(256)}` }, {}, 'event-malformed'],
    ['without a type', { type: null }, {}, 'event-malformed'],
    ['that is no event', { object: 'charge' }, {}, 'event-malformed'],
  ])('%s is refused', (_, change, of, refusal) => expect(readStripe(change, of)).toEqual({ refusal }));

  test.each(['', 'null', '[]', '"evt_1"', '{', '{"id":"evt_1"}{}', '[['.repeat(100_000)])('that is no JSON object is refused: %.12s', (text) => expect(readStripeEvent(bytes(text), ledger)).toEqual({ refusal: 'body-not-json' }));

  test('that is no UTF-8 is refused', () => expect(readStripeEvent(Buffer.from([0x7b, 0xff, 0x7d]), ledger)).toEqual({ refusal: 'body-not-json' }));
});

describe('a Paystack event', () => {
  const read = (value: unknown, keyMode: 'live' | 'test' = 'test') => readPaystackEvent(bytes(value), ledger, keyMode);

  const idOf = (value: unknown): string => {
    const reading = read(value);
    return 'event' in reading ? reading.event.id : reading.refusal;
  };

  test('is told by its name and the id of what it tells of', () => {
    expect(idOf({ event: 'charge.success', data: { id: 302961, domain: 'test' } })).toBe('charge.success/302961');
    expect(idOf({ event: 'charge.success', data: { id: 'x-1', domain: 'test' } })).toBe('charge.success/x-1');
  });

  test.each([
    ['has no id', { event: 'invoice.create', data: { invoice_code: 'INV_1', domain: 'test' } }],
    ['is a list', { event: 'subscription.expiring_cards', data: [{ expiry_date: '12/2026' }] }],
    ['has an id larger than a number can hold', '{"event":"transfer.success","data":{"id":18446744073709551615}}'],
  ])('is told by its body where that %s', (_, value) => expect(idOf(value)).toMatch(/^[a-z_.]+\/[0-9a-f]{64}$/));

  test('of two ids that one number would hold is two', () => {
    const withId = (digits: string): string => idOf(`{"event":"transfer.success","data":{"id":${digits}}}`);
    expect(withId('18446744073709551615')).not.toBe(withId('18446744073709551614'));
  });

  test.each([
    ['of live mode', { event: 'charge.success', data: { id: 1, domain: 'live' } }, 'test', 'wrong-mode'],
    ['that does not say its mode, signed with a live key', { event: 'charge.success', data: { id: 1 } }, 'live', 'wrong-mode'],
    ['without a name', { data: { id: 1 } }, 'test', 'event-malformed'],
    ['with a name of several lines', { event: 'charge\nsuccess', data: {} }, 'test', 'event-malformed'],
    ['without data', { event: 'charge.success' }, 'test', 'event-malformed'],
    ['that is no JSON', 'event=charge.success', 'test', 'body-not-json'],
  ] as const)('%s is refused', (_, value, keyMode, refusal) => expect(read(value, keyMode)).toEqual({ refusal }));
});

const published = [process.env['DAYBOOK_SHARED'], resolve(import.meta.dirname, '../../../shared'), resolve(import.meta.dirname, '../../../../shared')].filter((folder) => folder !== undefined).map((folder) => join(folder, 'data')).find((folder) => existsSync(folder));

describe.skipIf(published === undefined)('published payloads (skipped unless the material lies beside the repository or DAYBOOK_SHARED names it)', () => {
  const bodiesIn = (folder: string): { file: string; body: Buffer }[] => readdirSync(join(published ?? '', folder)).filter((file) => file !== 'index.json').map((file) => ({ file, body: readFileSync(join(published ?? '', folder, file)) }));

  test('of Stripe, of all versions, are read in the mode they say', () => {
    const unread = bodiesIn('stripe/events').filter(({ body }) => {
      const value = JSON.parse(body.toString()) as { object?: string; livemode?: boolean; account?: string };
      const reading = readStripeEvent(body, { ...ledger, mode: value.livemode ? 'live' : 'test', gatewayAccount: value.account ?? 'acct_1' });
      return value.object === 'event' && 'refusal' in reading;
    });
    expect(unread.map(({ file }) => file)).toEqual([]);
  });

  test('of Paystack are read, each as an event of its own unless event and id are the same', () => {
    const readings = bodiesIn('paystack/events').map(({ file, body }) => {
      const { data, event: name } = JSON.parse(body.toString()) as { event: string; data: { domain?: string; id?: number } };
      return { file, reading: readPaystackEvent(body, { ...ledger, mode: data.domain === 'live' ? 'live' : 'test' }, 'test'), told: data.id === undefined ? body.toString() : `${name}/${data.id}` };
    });
    expect(readings.filter(({ reading }) => 'refusal' in reading).map(({ file }) => file)).toEqual([]);
    const ids = new Set(readings.map(({ reading }) => ('event' in reading ? reading.event.id : '')));
    expect(ids.size).toBe(new Set(readings.map(({ told }) => told)).size);
  });
});
