import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type CollectionQuery, CollectionStore } from './collection-store.ts';
import type { StripeObject } from './population.ts';
import { createArrayPopulation } from './testing/array-population.ts';

interface Row {
  id: string;
  created: number;
  status: string;
  order: number;
}

const toObject = ({ id, created, status }: Row): StripeObject => ({ id, object: 'charge', created, status, customer: `cus_${created % 3}` });

/** The same question, answered by looking at every object. */
function findSlowly(rows: Row[], query: CollectionQuery): { ids: string[]; hasMore: boolean } {
  const ordered = rows.toSorted((a, b) => a.created - b.created || a.order - b.order);
  const positionOf = (id: string): number => ordered.findIndex((row) => row.id === id);
  let low = 0;
  let high = ordered.length;
  if (query.startingAfter !== undefined) high = positionOf(query.startingAfter);
  if (query.endingBefore !== undefined) low = positionOf(query.endingBefore) + 1;
  const { from, until } = query.created ?? { from: -Infinity, until: Infinity };
  const matching = ordered
    .slice(low, high)
    .filter((row) => row.created >= from && row.created < until)
    .filter((row) => (query.filters ?? []).every(({ name, values }) => values.has(name === 'status' ? row.status : `cus_${row.created % 3}`)));
  const page = query.endingBefore === undefined ? matching.toReversed().slice(0, query.limit) : matching.slice(0, query.limit).toReversed();
  return { ids: page.map(({ id }) => id), hasMore: matching.length > query.limit };
}

const second = fc.integer({ min: 0, max: 12 });
const status = fc.constantFrom('succeeded', 'failed', 'pending');
const steps = fc.array(fc.record({ kind: fc.constantFrom('add', 'change', 'remove'), created: second, status, pick: fc.nat() }), { maxLength: 25 });

describe('a collection with changes laid over its population', () => {
  test('answers every page as a search through all objects would', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ created: second, status }), { maxLength: 30 }),
        steps,
        fc.array(fc.record({ from: second, length: second, limit: fc.integer({ min: 1, max: 5 }), byStatus: fc.subarray(['succeeded', 'failed', 'pending']), byCustomer: fc.boolean(), cursor: fc.nat(), direction: fc.constantFrom('none', 'after', 'before') }), { minLength: 1, maxLength: 12 }),
        (populated, changes, questions) => {
          const rows: Row[] = populated.toSorted((a, b) => a.created - b.created).map((row, order) => ({ ...row, id: `ch_p${order}`, order }));
          const store = new CollectionStore('charges', createArrayPopulation({ charges: rows.map(toObject) }, 100).collection('charges'));
          const removed = new Set<string>();
          for (const [at, change] of changes.entries()) {
            const target = rows[change.pick % Math.max(1, rows.length)];
            if (change.kind === 'add' || target === undefined) {
              const row = { id: `ch_n${at}`, created: change.created, status: change.status, order: 1_000 + at };
              rows.push(row);
              store.put(toObject(row));
            } else if (removed.has(target.id)) continue;
            else if (change.kind === 'change') store.put(toObject(Object.assign(target, { status: change.status })));
            else {
              removed.add(target.id);
              store.remove(target.id);
            }
          }
          const living = rows.filter(({ id }) => !removed.has(id));
          for (const question of questions) {
            const cursor = living[question.cursor % Math.max(1, living.length)];
            const query: CollectionQuery = {
              created: { from: question.from, until: question.from + question.length },
              filters: [
                ...(question.byStatus.length > 0 ? [{ name: 'status', values: new Set<string>(question.byStatus) }] : []),
                ...(question.byCustomer ? [{ name: 'customer', values: new Set(['cus_1']) }] : []),
              ],
              ...(cursor && question.direction === 'after' ? { startingAfter: cursor.id } : {}),
              ...(cursor && question.direction === 'before' ? { endingBefore: cursor.id } : {}),
              limit: question.limit,
            };
            const page = store.find(query);
            expect({ ids: page.objects.map(({ id }) => id), hasMore: page.hasMore }).toEqual(findSlowly(living, query));
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  test('undoes what a failed request put in', () => {
    const store = new CollectionStore('charges', createArrayPopulation({ charges: [toObject({ id: 'ch_p', created: 1, status: 'succeeded', order: 0 })] }, 100).collection('charges'));
    const undos = [
      store.put(toObject({ id: 'ch_new', created: 1, status: 'failed', order: 1 })),
      store.put(toObject({ id: 'ch_p', created: 1, status: 'failed', order: 0 })),
      store.put(toObject({ id: 'ch_new', created: 1, status: 'pending', order: 1 })),
    ];
    expect(store.get('ch_p')).toMatchObject({ status: 'failed' });
    for (const undo of undos.toReversed()) undo();
    expect(store.find({ limit: 10 }).objects.map(({ id, status: now }) => [id, now])).toEqual([['ch_p', 'succeeded']]);
  });

  test('reads an attribute the population does not answer for from the objects themselves', () => {
    const population = createArrayPopulation({ charges: [0, 1, 2, 3].map((at) => toObject({ id: `ch_${at}`, created: at, status: 'succeeded', order: at })) }, 100).collection('charges');
    const store = new CollectionStore('charges', { ...population, attribute: () => undefined });
    expect(store.find({ filters: [{ name: 'customer', values: new Set(['cus_0']) }], limit: 10 }).objects.map(({ id }) => id)).toEqual(['ch_3', 'ch_0']);
  });
});
