/** Webhook payloads of eleven years and many API versions, where the published material lies beside the repository: all of them are staged and projected. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fixedClock } from '../../shared/calendar/clock.ts';
import { TimeZone } from '../../shared/calendar/time-zone.ts';
import { ValidationError } from '../../shared/errors/errors.ts';
import { sql } from '../database/handles.ts';
import { createMirror } from '../mirror/mirror.ts';
import { isMirrored } from '../mirror/stripe-mapping.ts';
import { unattended } from '../platform/work-control.ts';
import { openTemporaryDatabase } from '../testing/temporary-database.ts';
import { createObjectIntake } from './object-intake.ts';
import { createStripeEvents } from './stripe-events.ts';
import type { GatewayObject, GatewaySource } from './stripe-sync.ports.ts';

const folder = [process.env['DAYBOOK_SHARED'], resolve(import.meta.dirname, '../../../../shared')]
  .filter((candidate) => candidate !== undefined)
  .map((candidate) => join(candidate, 'data/stripe'))
  .find((candidate) => existsSync(candidate));

const toObject = (text: string): GatewayObject | undefined => {
  const value: unknown = JSON.parse(text);
  if (typeof value !== 'object' || value === null || !('id' in value) || typeof value.id !== 'string') return undefined;
  return { id: value.id, object: 'object' in value && typeof value.object === 'string' ? value.object : '', text, value: value as Record<string, unknown> };
};

const readFolder = (name: string): { file: string; object: GatewayObject }[] =>
  readdirSync(join(folder ?? '', name))
    .filter((file) => file.endsWith('.json') && file !== 'index.json')
    .flatMap((file) => {
      const object = toObject(readFileSync(join(folder ?? '', name, file), 'utf8'));
      return object ? [{ file, object }] : [];
    });

/** Stripe that tells of these events and no longer has any of their objects: only the snapshots are left. */
function forgetfulGateway(events: readonly GatewayObject[]): GatewaySource {
  const nothing = { objects: [], hasMore: false, observedAt: 0 };
  return {
    account: () => Promise.reject(new Error('not asked for')),
    list: (list) => Promise.resolve(list === 'events' ? { objects: events, hasMore: false, observedAt: 0 } : nothing),
    get: () => Promise.resolve(undefined),
    invoiceLines: () => Promise.resolve(nothing),
    subscriptionItems: () => Promise.resolve(nothing),
  };
}

describe.skipIf(folder === undefined)('published payloads of all API versions (skipped unless the material lies beside the repository or DAYBOOK_SHARED names it)', () => {
  const clock = fixedClock(Date.parse('2026-11-18T14:14:00Z'));
  const timeZone = new TimeZone('America/New_York');

  it('are all staged; what is handled is projected or parked with a reason, the rest is unhandled, nothing is dropped', async () => {
    using ledger = openTemporaryDatabase();
    const { database } = ledger;
    // The same id in two files stands for two events.
    const events = readFolder('events').filter(({ object }) => object.object === 'event').map(({ object }, index) => ({ ...object, id: `${object.id}/${index}` }));
    const mirror = createMirror({ timeZone });
    const stripeEvents = createStripeEvents({ readable: database, unitOfWork: database.unitOfWork, source: forgetfulGateway(events), objectIntake: createObjectIntake({ mirror, clock }), mirror, clock });
    expect(events.length).toBeGreaterThan(100);
    const pulled = await stripeEvents.pull(unattended);
    expect(pulled.staged).toBe(events.length);
    await stripeEvents.project(unattended);
    const counts = Object.fromEntries(database.all<{ status: string; count: number }>(sql('t', 'SELECT status, count(*) AS count FROM sync_inbox GROUP BY status')).map((row) => [row.status, row.count]));
    expect(counts['staged']).toBeUndefined();
    expect(counts['unhandled']).toBe(pulled.unhandled);
    expect((counts['projected'] ?? 0) + (counts['unhandled'] ?? 0) + (counts['parked'] ?? 0)).toBe(events.length);
    expect(database.all(sql('t2', "SELECT type, api_version, reason FROM sync_inbox WHERE status = 'parked'"))).toEqual([]);
    expect(counts['projected'] ?? 0).toBeGreaterThan(counts['unhandled'] ?? 0);
  });

  const storeAll = (objects: readonly { file: string; object: GatewayObject }[]): string[] => {
    using ledger = openTemporaryDatabase();
    const mirror = createMirror({ timeZone });
    return objects.flatMap(({ file, object }) => {
      if (!isMirrored(object.object) || object.value['deleted'] === true) return [];
      try {
        return ledger.database.unitOfWork.run('store', (writable) => mirror.store(writable, object, { observedAt: 0 })) === 'stored' ? [] : [`${file}: not stored`];
      } catch (error) {
        return [`${file}: ${error instanceof ValidationError ? error.code : String(error)}`];
      }
    });
  };

  it('carry objects that are all mirrored, whatever their version', () => {
    const objects = readFolder('events').flatMap(({ file, object }) => {
      const inner = (object.value['data'] as { object?: unknown } | undefined)?.object;
      const found = inner === undefined ? undefined : toObject(JSON.stringify(inner));
      return found ? [{ file, object: found }] : [];
    });
    expect(storeAll(objects)).toEqual([]);
  });

  it('stand beside objects of other projects: amounts in major units as text are refused, not guessed', () => {
    const objects = readFolder('objects');
    expect(objects.length).toBeGreaterThan(30);
    const refused = storeAll(objects);
    expect(refused.every((line) => line.endsWith(': stripe-object-malformed'))).toBe(true);
    expect(refused.length).toBeLessThanOrEqual(4);
  });
});
