import { describe, expect, it } from 'vitest';
import type { GatewayObject, GatewayPage, ListQuery } from '../../intake/stripe-sync.ports.ts';
import { createBalanceTransactionLister } from './balance-transaction-lister.ts';

const signal = new AbortController().signal;

function objectOf(index: number, change: Record<string, unknown> = {}): GatewayObject {
  const value = { id: `txn_${index}`, type: 'charge', reporting_category: 'charge', source: `ch_${index}`, amount: 100 + index, fee: 3, currency: 'usd', created: 1_000 + index, ...change };
  return { id: value.id, object: 'balance_transaction', text: '{}', value };
}

/** Stripe with one transaction a second, newest first, three to a page. */
type Source = Parameters<typeof createBalanceTransactionLister>[0];

function sourceOf(objects: readonly GatewayObject[]): Source & { readonly asked: ListQuery[] } {
  const asked: ListQuery[] = [];
  return {
    asked,
    list(_list, query): Promise<GatewayPage> {
      asked.push(query);
      const created = (object: GatewayObject): number => Number(object.value['created']);
      const inRange = objects.filter((object) => created(object) >= (query.createdFrom ?? 0) && created(object) < (query.createdBefore ?? Infinity)).toReversed();
      const start = query.startingAfter === undefined ? 0 : inRange.findIndex((object) => object.id === query.startingAfter) + 1;
      return Promise.resolve({ objects: inRange.slice(start, start + 3), hasMore: start + 3 < inRange.length, observedAt: 0 });
    },
    balances: () => Promise.resolve([]),
    get: (_list, id) => Promise.resolve(objects.filter((object) => object.id === id).map((object) => ({ ...object, observedAt: 0 }))[0]),
  };
}

async function listAll(source: Source, range: { createdFrom?: number; createdTo?: number; splitAt?: number[] } = {}): Promise<string[]> {
  const ids: string[] = [];
  for await (const page of createBalanceTransactionLister(source).list({ createdFrom: range.createdFrom, createdTo: range.createdTo, ...(range.splitAt ? { splitAt: range.splitAt } : {}), signal })) ids.push(...page.map((one) => one.id));
  return ids;
}

describe('listing balance transactions', () => {
  const objects = Array.from({ length: 20 }, (_, index) => objectOf(index));
  const all = objects.map((object) => object.id).toSorted();

  it('lists each once, in one part or in several, wherever the cuts fall', async () => {
    for (const splitAt of [[], [1_010_000], [1_003_000, 1_003_500, 1_015_000], [0, 5_000_000], [1_012_000, 1_004_000]]) expect((await listAll(sourceOf(objects), { splitAt })).toSorted()).toEqual(all);
  });

  it('keeps a half-open range of instants', async () => {
    expect((await listAll(sourceOf(objects), { createdFrom: 1_004_000, createdTo: 1_007_000, splitAt: [1_005_000, 1_009_000] })).toSorted()).toEqual(['txn_4', 'txn_5', 'txn_6']);
    expect((await listAll(sourceOf(objects), { createdFrom: 1_003_001, createdTo: 1_006_001 })).toSorted()).toEqual(['txn_4', 'txn_5', 'txn_6']);
  });

  it('reads the fields that are compared, and an expanded source', async () => {
    const lister = createBalanceTransactionLister(sourceOf([objectOf(1, { source: { id: 're_1', object: 'refund' }, type: 'refund', reporting_category: 'refund', amount: -50, fee: 0 })]));
    for await (const page of lister.list({ createdFrom: undefined, createdTo: undefined, signal })) {
      expect(page).toEqual([{ id: 'txn_1', type: 'refund', reportingCategory: 'refund', sourceId: 're_1', amountMinor: -50, feeMinor: 0, currency: 'usd', createdAt: 1_001_000, exchangeRate: null, availableAt: null }]);
    }
    expect([await lister.exists('txn_1', signal), await lister.exists('txn_2', signal)]).toEqual([true, false]);
  });

  it('refuses an answer without the amounts', async () => {
    await expect(listAll(sourceOf([objectOf(1, { fee: undefined })]))).rejects.toMatchObject({ code: 'stripe-answer-unreadable', data: { id: 'txn_1' } });
  });
});
