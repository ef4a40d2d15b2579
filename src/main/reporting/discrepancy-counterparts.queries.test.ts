/** A payment that a store lacks and a record that Stripe does not list are proposed to each other by what they say, and nothing else is. */
import { describe, expect, test } from 'vitest';
import { sql } from '../database/handles.ts';
import { openTemporaryDatabase } from '../testing/temporary-database.ts';
import { readCounterparts } from './discrepancy-counterparts.queries.ts';

const insert = sql('test.discrepancy', `INSERT INTO discrepancies (id, level, reason, object_id, status, currency, amount_minor, occurred_on, detail, first_seen_at, last_seen_at) VALUES (?, 'transactions', ?, ?, ?, ?, ?, ?, ?, 0, 0)`);

interface Made {
  readonly id: string;
  readonly reason: string;
  readonly amountMinor: number;
  readonly currency?: string;
  readonly on?: string;
  readonly status?: string;
  readonly store?: string;
  readonly feeMinor?: number | null;
}

function openWith(rows: readonly Made[]) {
  const ledger = openTemporaryDatabase();
  ledger.database.unitOfWork.run('test.fill', (database) => {
    for (const { id, reason, amountMinor, currency = 'usd', on = '2026-11-10', status = 'open', store = 'payment_history', feeMinor = 320 } of rows) {
      const side = { amountMinor, feeMinor, currency, status: 'succeeded', createdAt: 0, rowId: null };
      const isOurs = reason === 'missing-at-stripe';
      database.run(insert, [id, reason, `object of ${id}`, status, currency, amountMinor, on, JSON.stringify({ store, stripe: isOurs ? null : side, other: isOurs ? side : null })]);
    }
  });
  return ledger;
}
const lacking: Made = { id: 'lacking', reason: 'missing-in-payment-history', amountMinor: 10_000 };
const record: Made = { id: 'record', reason: 'missing-at-stripe', amountMinor: -10_000 };

describe('by attributes', () => {
  test('a payment and a record of the same amount, currency and day are proposed to each other, with score and reasons', () => {
    using ledger = openWith([lacking, record]);
    expect(readCounterparts(ledger.database, 'lacking')).toEqual([{ id: 'record', objectName: expect.any(String), amount: { amount: -10_000, currency: 'usd' }, occurredOn: '2026-11-10', score: 9_500, reasons: ['The same amount in the same currency.', 'Of the same day.', 'The same fee.', 'The same status.'] }]);
    expect(readCounterparts(ledger.database, 'record').map(({ id }) => id)).toEqual(['lacking']);
  });

  test('what agrees in more comes first, and none is certain where several fit', () => {
    using ledger = openWith([lacking, { ...record, id: 'far', on: '2026-11-13' }, { ...record, id: 'near', on: '2026-11-11', feeMinor: null }]);
    expect(readCounterparts(ledger.database, 'lacking').map(({ id, score, reasons }) => [id, score, reasons.at(-1)])).toEqual([['far', 6_300, 'Something else fits as well.'], ['near', 6_100, 'Something else fits as well.']]);
  });

  test.each([
    ['another amount', { ...record, amountMinor: -10_001 }], ['the same sign', { ...record, amountMinor: 10_000 }], ['another currency', { ...record, currency: 'eur' }], ['five days apart', { ...record, on: '2026-11-15' }], ['settled', { ...record, status: 'resolved' }],
    ['another store', { ...record, store: 'ledger' }], ['another reason', { ...record, reason: 'amount-differs' }],
  ])('%s: nothing', (_, other) => {
    using ledger = openWith([lacking, other]);
    expect(readCounterparts(ledger.database, 'lacking')).toEqual([]);
  });

  test('nothing is proposed for what is settled or differs otherwise', () => {
    using ledger = openWith([{ ...lacking, status: 'ignored' }, record, { ...lacking, id: 'fee', reason: 'fee-differs' }]);
    expect([readCounterparts(ledger.database, 'lacking'), readCounterparts(ledger.database, 'fee'), readCounterparts(ledger.database, 'gone')]).toEqual([[], [], []]);
  });
});
