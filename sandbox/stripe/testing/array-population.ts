/** A population made of arrays: small, hand-made worlds for tests. */
import { readAttribute, readCreated } from '../object-paths.ts';
import { type CollectionName, type PopulatedCollection, type Population, type StripeObject, collectionNames } from '../population.ts';

export type HandMadeObjects = Partial<Record<CollectionName, StripeObject[]>>;

function toCollection(name: CollectionName, given: readonly StripeObject[]): PopulatedCollection {
  const objects = given.toSorted((a, b) => readCreated(a) - readCreated(b));
  const indexes = new Map(objects.map((object, index) => [object.id, index]));
  const at = (index: number): StripeObject => {
    const object = objects[index];
    if (object === undefined) throw new RangeError(`${name} has no object at ${index}`);
    return object;
  };
  return {
    size: objects.length,
    createdAt: (index) => readCreated(at(index)),
    idAt: (index) => at(index).id,
    indexOf: (id) => indexes.get(id) ?? -1,
    attribute: (index, attribute) => readAttribute(name, at(index), attribute),
    render: (index) => {
      const object = structuredClone(at(index));
      if (name === 'balance_transactions') delete object['payout'];
      return object;
    },
  };
}

export function createArrayPopulation(objects: HandMadeObjects, nowSeconds: number): Population {
  const collections = new Map(collectionNames.map((name) => [name, toCollection(name, objects[name] ?? [])]));
  const balances = new Map<string, number>();
  for (const transaction of objects.balance_transactions ?? []) {
    const currency = String(transaction['currency']);
    balances.set(currency, (balances.get(currency) ?? 0) + Number(transaction['net']));
  }
  return {
    account: { id: 'acct_1Sandbox000000001', object: 'account', country: 'US', default_currency: 'usd', type: 'standard' },
    nowSeconds,
    collection: (name) => {
      const collection = collections.get(name);
      if (collection === undefined) throw new Error(`no such collection: ${name}`);
      return collection;
    },
    balance: () => ({
      id: 'balance',
      object: 'balance',
      available: [...balances].map(([currency, amount]) => ({ amount, currency, source_types: { card: amount } })),
      livemode: false,
      pending: [...balances].map(([currency]) => ({ amount: 0, currency, source_types: { card: 0 } })),
    }),
  };
}
