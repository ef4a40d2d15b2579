/** Everything the sandbox holds: the collections, its clock, its ids, its log of changes. */
import { CollectionStore } from './collection-store.ts';
import type { IdSource } from './ids.ts';
import { type Json, readNumber, readText } from './object-paths.ts';
import { type CollectionName, type Population, type StripeObject, collectionNames } from './population.ts';
import { keepsChanges, noSuchObject } from './stripe-error.ts';

const objectNames: Partial<Record<CollectionName, string>> = {
  checkout_sessions: 'checkout.session',
};

/** `customers` → `customer`, `checkout_sessions` → `checkout.session`: the `object` field and the noun of Stripe's messages. */
export function objectNameOf(collection: CollectionName): string {
  return objectNames[collection] ?? collection.replace(/s$/, '');
}

export class SandboxState {
  readonly population: Population;
  readonly ids: IdSource;
  readonly #collections: ReadonlyMap<CollectionName, CollectionStore>;
  readonly #balanceMoves: Json[] = [];
  #clockOffsetSeconds: number;
  #undo: (() => void)[] = [];

  constructor(population: Population, ids: IdSource, clockOffsetSeconds: number) {
    this.population = population;
    this.ids = ids;
    this.#clockOffsetSeconds = clockOffsetSeconds;
    this.#collections = new Map(collectionNames.map((name) => [name, new CollectionStore(name, population.collection(name))]));
  }

  get accountId(): string {
    return this.population.account.id;
  }

  /** The sandbox's present moment, epoch seconds. Never the machine's. */
  now(): number {
    return this.population.nowSeconds + this.#clockOffsetSeconds;
  }

  advanceClock(seconds: number): void {
    this.#clockOffsetSeconds += seconds;
  }

  collection(name: CollectionName): CollectionStore {
    const store = this.#collections.get(name);
    if (store === undefined) throw new Error(`no such collection: ${name}`);
    return store;
  }

  /** A copy of an object, or Stripe's "No such …". `param` is what Stripe names: `id` for one in the path. */
  require(collection: CollectionName, id: string, param: string, status: 400 | 404 = 404): StripeObject {
    const found = this.collection(collection).get(id);
    if (found === undefined) throw noSuchObject(objectNameOf(collection), id, param, status);
    return found;
  }

  put(collection: CollectionName, object: StripeObject): void {
    this.#undo.push(this.collection(collection).put(object));
  }

  /** What moved a customer's balance: in no list of the account. */
  addBalanceMove(move: Json): void {
    this.#balanceMoves.push(move);
    this.#undo.push(() => void this.#balanceMoves.splice(this.#balanceMoves.indexOf(move), 1));
  }

  /** Newest first. */
  balanceMovesOf(customerId: string): Json[] {
    return this.#balanceMoves.filter((move) => move['customer'] === customerId).toReversed();
  }

  remove(collection: CollectionName, id: string): void {
    this.#undo.push(this.collection(collection).remove(id));
  }

  /** What Stripe answers for a deleted object. */
  tombstone(collection: CollectionName, id: string): Json {
    return { id, object: objectNameOf(collection), deleted: true };
  }

  /** Runs one request's changes: all of them stand, or none; those of a declined card stand although the request fails. */
  transact<T>(work: () => T): T {
    this.#undo = [];
    try {
      return work();
    } catch (error) {
      if (!keepsChanges(error)) for (const undo of this.#undo.toReversed()) undo();
      throw error;
    } finally {
      this.#undo = [];
    }
  }

  /** `GET /v1/balance`: the population's, moved by the balance transactions laid over it and by what has become available since. */
  balance(): Json {
    const balance: Json = structuredClone(this.population.balance());
    for (const transaction of this.#settledSinceStart()) {
      const currency = readText(transaction, 'currency') ?? '';
      addToBalance(balance, 'pending', currency, -readNumber(transaction, 'net'));
      addToBalance(balance, 'available', currency, readNumber(transaction, 'net'));
    }
    for (const transaction of this.collection('balance_transactions').additions()) {
      const isPending = readText(transaction, 'status') === 'pending' && readNumber(transaction, 'available_on') > this.now();
      const currency = readText(transaction, 'currency') ?? '';
      addToBalance(balance, isPending ? 'pending' : 'available', currency, readNumber(transaction, 'net'));
    }
    return balance;
  }

  /** The population's transactions that were pending at its present moment and are not any more, the clock having been advanced. */
  *#settledSinceStart(): Iterable<StripeObject> {
    if (this.#clockOffsetSeconds <= 0) return;
    const transactions = this.population.collection('balance_transactions');
    for (let index = transactions.size - 1; index >= 0; index -= 1) {
      if (transactions.createdAt(index) < this.population.nowSeconds - longestSettlementSeconds) return;
      const transaction = transactions.render(index);
      if (transaction['status'] === 'pending' && readNumber(transaction, 'available_on') <= this.now()) yield transaction;
    }
  }
}

/** Nothing stays pending longer. */
const longestSettlementSeconds = 30 * 86_400;

interface BalanceAmount {
  amount: number;
  currency: string;
  source_types: { card: number };
}

function addToBalance(balance: Json, part: 'available' | 'pending', currency: string, amount: number): void {
  const parts = balance[part] as BalanceAmount[];
  let entry = parts.find((candidate) => candidate.currency === currency);
  if (entry === undefined) {
    entry = { amount: 0, currency, source_types: { card: 0 } };
    parts.push(entry);
  }
  entry.amount += amount;
  entry.source_types = { card: entry.amount };
}
