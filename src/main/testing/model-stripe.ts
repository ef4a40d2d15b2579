/** Stripe as a model in memory, behind the intake's port: its own clock, events kept thirty days, lists from the newest to the oldest in small pages. */
import { ProviderError } from '../../shared/errors/errors.ts';
import type { GatewayAccount, GatewayList, GatewayObject, GatewayPage, GatewaySource, ListQuery } from '../intake/stripe-sync.ports.ts';

type Value = Readonly<Record<string, unknown>> & { readonly id: string; readonly created: number };
/** Made now unless it says otherwise. */
type NewValue = Readonly<Record<string, unknown>> & { readonly id: string; readonly created?: number };
type ListName = GatewayList | 'events';

const daySeconds = 86_400;
const eventsKeptSeconds = 30 * daySeconds;

const objectOf = (value: Value): GatewayObject => ({ id: value.id, object: String(value['object']), text: JSON.stringify(value), value });

export interface ModelStripe extends GatewaySource {
  /** Epoch seconds at Stripe. */
  nowSeconds: number;
  pageSize: number;
  /** Whether answers tell Stripe's time, as real ones do; else the desk's clock is all there is. */
  tellsItsTime: boolean;
  /** The desk's clock, epoch milliseconds. */
  deskNowMs: () => number;
  /** What was asked: the lists by name, single objects by id. */
  readonly asked: string[];
  /** Called before each answer: a place to change the world, or to throw. */
  onAsk: (what: string) => void;
  readonly createdAt: number;
  put(list: GatewayList, value: NewValue): void;
  delete(list: GatewayList, id: string): void;
  /** An event of now. */
  announce(type: string, object: Readonly<Record<string, unknown>>, id?: string): string;
  passDays(days: number): void;
}

export function createModelStripe(nowSeconds: number): ModelStripe {
  const objects = new Map<ListName, Map<string, Value>>();
  let events = 0;
  const tableOf = (list: ListName): Map<string, Value> => {
    let table = objects.get(list);
    if (!table) objects.set(list, (table = new Map()));
    return table;
  };
  const kept = (list: ListName, value: Value): boolean => list !== 'events' || value.created > model.nowSeconds - eventsKeptSeconds;
  const observedAt = (): number => (model.tellsItsTime ? model.nowSeconds * 1000 : model.deskNowMs());
  const note = (what: string): void => {
    model.asked.push(what);
    model.onAsk(what);
  };
  const nothing = (): Promise<GatewayPage> => Promise.resolve({ objects: [], hasMore: false, observedAt: observedAt() });

  const model: ModelStripe = {
    nowSeconds, pageSize: 3, tellsItsTime: true, deskNowMs: () => model.nowSeconds * 1000, asked: [], onAsk: () => {}, createdAt: nowSeconds - 400 * daySeconds,
    put: (list, value) => void tableOf(list).set(value.id, { ...value, id: value.id, created: value.created ?? model.nowSeconds }),
    delete: (list, id) => void tableOf(list).delete(id),
    announce(type, object, id = `evt_${String((events += 1)).padStart(6, '0')}`) {
      tableOf('events').set(id, { id, object: 'event', type, created: model.nowSeconds, api_version: '2026-10-28.endive', data: { object } });
      return id;
    },
    passDays(days) {
      model.nowSeconds += Math.round(days * daySeconds);
    },
    account(): Promise<GatewayAccount> {
      note('account');
      const object = objectOf({ id: 'acct_model', object: 'account', default_currency: 'usd', created: model.createdAt });
      return Promise.resolve({ id: object.id, name: 'Model', defaultCurrency: 'usd', mode: 'test', createdAt: model.createdAt, object, ...(model.tellsItsTime ? { observedAt: model.nowSeconds * 1000 } : {}) });
    },
    async list(list: ListName, query: ListQuery): Promise<GatewayPage> {
      const asOf = observedAt();
      note(list);
      const all = [...tableOf(list).values()]
        .filter((value) => kept(list, value) && value.created >= (query.createdFrom ?? 0) && value.created < (query.createdBefore ?? Infinity))
        .filter((value) => Object.entries(query.filters ?? {}).every(([name, wanted]) => value[name] === wanted))
        .sort((a, b) => b.created - a.created || b.id.localeCompare(a.id));
      const start = query.startingAfter === undefined ? 0 : all.findIndex((value) => value.id === query.startingAfter) + 1;
      if (query.startingAfter !== undefined && start === 0) throw new ProviderError('stripe-error', `Stripe refused the request for ${list}.`, { provider: 'stripe', isRetryable: false, data: { subject: list, status: 400, stripeCode: 'resource_missing' } });
      const size = Math.min(model.pageSize, query.limit ?? 100);
      return { objects: all.slice(start, start + size).map(objectOf), hasMore: start + size < all.length, observedAt: asOf };
    },
    async get(list, id) {
      note(id);
      const value = tableOf(list).get(id);
      return value && { ...objectOf(value), observedAt: observedAt() };
    },
    invoiceLines: nothing,
    subscriptionItems: nothing,
  };
  return model;
}

/** A customer with nothing but a name. */
export const modelCustomer = (id: string, name: string): { id: string; object: string; name: string; currency: string; balance: number } => ({ id, object: 'customer', name, currency: 'usd', balance: 0 });

/** A fee of Stripe's own: it needs no other object to be posted. */
export function modelFee(id: string, availableOn: number): { id: string } & Record<string, unknown> {
  return { id, object: 'balance_transaction', type: 'stripe_fee', reporting_category: 'fee', amount: -250, fee: 0, net: -250, currency: 'usd', status: 'pending', available_on: availableOn, source: null };
}

/** A draft invoice without lines. */
export function modelDraft(id: string): { id: string } & Record<string, unknown> {
  return { id, object: 'invoice', status: 'draft', currency: 'usd', subtotal: 100, total: 100, amount_paid: 0, amount_due: 100, amount_remaining: 100, lines: { object: 'list', data: [], has_more: false }, customer: 'cus_1' };
}
