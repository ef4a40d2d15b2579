import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TimeZone } from '../../shared/calendar/time-zone.ts';
import { ValidationError } from '../../shared/errors/errors.ts';
import { sql } from '../database/handles.ts';
import type { SqliteDatabase } from '../database/sqlite-database.ts';
import { openTemporaryDatabase } from '../testing/temporary-database.ts';
import { createMirror, type MirroredObject, type ObjectToStore, type StoreOutcome } from './mirror.ts';

const mirror = createMirror({ timeZone: new TimeZone('America/New_York') });
const asObject = (value: Record<string, unknown> & { id: string; object: string }): MirroredObject => ({ id: value.id, object: value.object, text: JSON.stringify(value), value });

/** Few ids and moments, so that objects come again, older and newer. */
const number = fc.integer({ min: 0, max: 60 });
const state = fc.record({ number, at: fc.integer({ min: 1, max: 4 }), amount: fc.integer({ min: 1, max: 9 }), isBroken: fc.integer({ min: 0, max: 19 }).map((one) => one === 0) });
const transaction = state.map(({ number: n, at, amount, isBroken }): ObjectToStore => ({
    object: asObject({ id: `txn_${n}`, object: 'balance_transaction', type: 'charge', amount: isBroken ? 'much' : amount, fee: 0, net: amount, currency: 'usd', created: 1_792_209_599 + n }), options: { observedAt: at },
  }));
const invoice = state.map(({ number: n, at, amount, isBroken }): ObjectToStore => ({
    object: asObject({
      id: `in_${n % 7}`, object: 'invoice', total: amount, currency: 'usd', status: 'open', created: 1,
      lines: { data: Array.from({ length: amount % 4 }, (_, line) => ({ id: isBroken ? null : `il_${n % 7}_${line}`, object: 'line_item', amount, currency: 'usd' })) },
    }), options: { observedAt: at },
  }));
const stranger = state.map(({ number: n, at }): ObjectToStore => ({ object: asObject({ id: `x_${n}`, object: 'nobody.knows', created: 1 }), options: { observedAt: at } }));
const page = fc.oneof(fc.array(fc.oneof(transaction, invoice, stranger), { maxLength: 20 }), fc.array(transaction, { minLength: 70, maxLength: 120 }), fc.array(invoice, { minLength: 30, maxLength: 80 }));

function oneByOne(database: SqliteDatabase, objects: readonly ObjectToStore[]): (StoreOutcome | 'malformed')[] {
  return objects.map(({ object, options }) => {
    try {
      return mirror.store(database, object, options);
    } catch (error) {
      if (error instanceof ValidationError) return 'malformed';
      throw error;
    }
  });
}

const rowsOf = (database: SqliteDatabase): unknown[] =>
  ['SELECT * FROM stripe_balance_transactions ORDER BY id', 'SELECT * FROM stripe_invoices ORDER BY id', 'SELECT * FROM stripe_invoice_lines ORDER BY id', 'SELECT * FROM balance_daily_totals ORDER BY day_on'].map((text) => database.all(sql(text, text)));

describe('objects that are stored together', () => {
  it('end as they would one by one: older ones are refused, the second state of one comes after its first, a malformed one keeps nobody back', () => {
    fc.assert(fc.property(fc.array(page, { minLength: 1, maxLength: 3 }), (pages) => {
      using together = openTemporaryDatabase();
      using single = openTemporaryDatabase();
      for (const objects of pages) {
        const outcomes = together.database.transaction('together', (database) => mirror.storeAll(database, mirror.mapAll(database, objects))).map((outcome) => (outcome instanceof ValidationError ? 'malformed' : outcome));
        expect(outcomes).toEqual(single.database.transaction('single', () => oneByOne(single.database, objects)));
      }
      expect(rowsOf(together.database)).toEqual(rowsOf(single.database));
    }), { numRuns: 12 });
  });
});
