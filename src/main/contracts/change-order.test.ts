import { describe, expect, test } from 'vitest';
import { planBatch, planQueue, type QueuedChange } from './change-order.ts';

const change = (id: string, given: Partial<QueuedChange> = {}): QueuedChange => ({ id, entity: 'contract', entityId: 'c1', operation: 'update', fields: { flat_fee_minor: { from: 1, to: 2 } }, state: 'pending', nextAttemptAt: null, ...given });
const order = { purchase_order_number: { from: null, to: 'PO' } };
const none: ReadonlySet<string> = new Set();
const batchOf = (open: readonly QueuedChange[], most = 100, skipped = none): string[] => planBatch(open, 1_000, skipped, most).map((one) => one.id);

describe('what goes together', () => {
  test('later edits of a record follow earlier ones, in their order, up to the bound', () => {
    const open = [change('1'), change('2'), change('3', { entityId: 'c2' }), change('4')];
    expect(batchOf(open)).toEqual(['1', '2', '3', '4']);
    expect(batchOf(open, 2)).toEqual(['1', '2']);
    expect(planQueue(open, 1_000).waiting).toEqual(new Map([['2', 'earlier-change'], ['4', 'earlier-change']]));
  });

  test.each(['awaiting-approval', 'conflict', 'parked'] as const)('behind one that is %s nothing of its record goes that touches the same', (state) => {
    expect(batchOf([change('1', { state }), change('2'), change('3', { entityId: 'c2' })])).toEqual(['3']);
  });

  test('a correction without a price passes one that waits for a person, and others may follow it', () => {
    const open = [change('1', { state: 'awaiting-approval' }), change('2', { fields: order }), change('3', { fields: order }), change('4')];
    expect(batchOf(open)).toEqual(['2', '3']);
  });

  test('one that was tried just now, or is to be tried later, holds back its record', () => {
    expect(batchOf([change('1', { nextAttemptAt: 2_000 }), change('2'), change('3', { entityId: 'c2' })])).toEqual(['3']);
    expect(batchOf([change('1'), change('2'), change('3', { entityId: 'c2' })], 100, new Set(['1']))).toEqual(['3']);
  });

  test('a record goes behind the one it belongs to, or waits with it', () => {
    const partner = change('p', { entity: 'partner', entityId: 'p1', operation: 'create' });
    const contract = change('c', { operation: 'create', fields: { partner_id: { from: null, to: 'p1' } } });
    const amendment = change('a', { entity: 'amendment', entityId: 'a1', operation: 'create', fields: { contract_id: { from: null, to: 'c1' } } });
    expect(batchOf([partner, contract, amendment])).toEqual(['p', 'c', 'a']);
    expect(batchOf([{ ...partner, state: 'parked' }, contract, amendment])).toEqual([]);
    expect(planQueue([{ ...partner, state: 'parked' }, contract, amendment], 1_000).waiting).toEqual(new Map([['c', 'record-not-there-yet'], ['a', 'record-not-there-yet']]));
  });
});
