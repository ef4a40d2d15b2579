/** The lists: which parameters each takes, and how a page is made. */
import { type AttributeFilter, type CollectionPage, type CollectionQuery, UnknownCursorError } from './collection-store.ts';
import { type Json, readListData, readNumber, readPath, readText } from './object-paths.ts';
import {
  type Parameters,
  type SecondsRange,
  readBoolean,
  readHash,
  readLimit,
  readSecondsRange,
  readString,
  readStrings,
  refuseUnknown,
  wholeTime,
} from './parameters.ts';
import type { CollectionName, StripeObject } from './population.ts';
import { Presentation } from './presentation.ts';
import { type SandboxState, objectNameOf } from './state.ts';
import { invalidRequest, missingParameter, noSuchObject } from './stripe-error.ts';

/** How a list parameter restricts the list. */
interface Restriction {
  filters?: AttributeFilter[];
  accepts?: (object: StripeObject) => boolean;
}
type ParameterReader = (parameters: Parameters, name: string) => Restriction | undefined;

interface ListDefinition {
  /** What Stripe calls the id of the path in its messages. */
  idParameter: string;
  parameters: Record<string, ParameterReader>;
  requires?: string;
}

const oneOf = (name: string, values: readonly string[]): Restriction => ({ filters: [{ name, values: new Set(values) }] });

/** Equality with an attribute, by its own name or another. */
const equals =
  (attribute?: string): ParameterReader =>
  (parameters, name) => {
    const value = readString(parameters, name);
    return value === undefined ? undefined : oneOf(attribute ?? name, [value]);
  };

const isTrueOrFalse: ParameterReader = (parameters, name) => {
  const value = readBoolean(parameters, name);
  return value === undefined ? undefined : { accepts: (object) => object[name] === value };
};

const isWithin =
  (path: string): ParameterReader =>
  (parameters, name) => {
    const range = readSecondsRange(parameters, name);
    return range && { accepts: (object) => isInRange(readPath(object, path), range) };
  };

/** Billing periods sit on a subscription's items. */
const itemIsWithin: ParameterReader = (parameters, name) => {
  const range = readSecondsRange(parameters, name);
  return range && { accepts: (object) => readListData(object, 'items').some((item) => isInRange(item[name], range)) };
};

function isInRange(value: unknown, { from, until }: SecondsRange): boolean {
  return typeof value === 'number' && value >= from && value < until;
}

const isAmong =
  (attribute: string): ParameterReader =>
  (parameters, name) => {
    const values = readStrings(parameters, name);
    return values && oneOf(attribute, values);
  };

const endedStatuses = ['canceled', 'incomplete_expired'];
const livingStatuses = ['active', 'trialing', 'past_due', 'unpaid', 'incomplete', 'paused'];

/** Without `status`, Stripe lists every subscription that is not canceled. */
const subscriptionStatus: ParameterReader = (parameters, name) => {
  const status = readString(parameters, name);
  if (status === 'all') return undefined;
  if (status === undefined) return oneOf('status', livingStatuses);
  if (status === 'ended') return oneOf('status', endedStatuses);
  if (![...livingStatuses, ...endedStatuses].includes(status)) {
    throw invalidRequest(`Invalid status: must be one of ${[...livingStatuses, ...endedStatuses, 'all', 'ended'].join(', ')}`, name);
  }
  return oneOf('status', [status]);
};

const subscriptionPrice: ParameterReader = (parameters, name) => {
  const price = readString(parameters, name);
  if (price === undefined) return undefined;
  return { accepts: (object) => readListData(object, 'items').some((item) => readText(item, 'price.id') === price) };
};

/** `invoice.*` and the like: Stripe takes one exact type or a prefix with a star. */
const eventType: ParameterReader = (parameters, name) => {
  const type = readString(parameters, name);
  if (type === undefined) return undefined;
  if (!type.endsWith('*')) return oneOf('type', [type]);
  const prefix = type.slice(0, -1);
  return { accepts: (object) => String(object['type']).startsWith(prefix) };
};

const eventTypes: ParameterReader = (parameters, name) => {
  const types = readStrings(parameters, name);
  if (types === undefined) return undefined;
  if (types.length > 20) throw invalidRequest('You may only specify up to 20 event types.', name);
  return oneOf('type', types);
};

const invoicePayment: ParameterReader = (parameters, name) => {
  const payment = readHash(parameters, name);
  if (payment === undefined) return undefined;
  const type = readString(payment, 'type');
  if (type === undefined) throw missingParameter(`${name}[type]`);
  const id = readString(payment, type);
  const filters = [{ name: type, values: new Set([id ?? '']) }];
  return id === undefined ? { accepts: (object) => readText(object, 'payment.type') === type } : { filters };
};

const isPending: ParameterReader = (parameters, name) => {
  const pending = readBoolean(parameters, name);
  return pending === undefined ? undefined : { accepts: (object) => (object['invoice'] === null) === pending };
};

const recurringHash: ParameterReader = (parameters, name) => {
  const recurring = readHash(parameters, name);
  if (recurring === undefined) return undefined;
  return {
    filters: Object.entries(recurring).map(([key, value]) => ({ name: key, values: new Set([typeof value === 'string' ? value : '']) })),
  };
};

const customer = equals();

export const listDefinitions: Record<CollectionName, ListDefinition> = {
  balance_transactions: {
    idParameter: 'id',
    parameters: { currency: equals(), payout: equals(), source: equals(), type: equals() },
  },
  charges: { idParameter: 'charge', parameters: { customer, payment_intent: equals(), transfer_group: equals() } },
  payment_intents: { idParameter: 'intent', parameters: { customer } },
  customers: { idParameter: 'id', parameters: { email: equals() } },
  products: {
    idParameter: 'id',
    parameters: { active: isTrueOrFalse, ids: isAmong('id'), shippable: isTrueOrFalse, type: equals(), url: equals() },
  },
  prices: {
    idParameter: 'price',
    parameters: {
      active: isTrueOrFalse,
      currency: equals(),
      lookup_keys: isAmong('lookup_key'),
      product: equals(),
      recurring: recurringHash,
      type: equals(),
    },
  },
  coupons: { idParameter: 'coupon', parameters: {} },
  tax_rates: { idParameter: 'tax_rate', parameters: { active: isTrueOrFalse } },
  subscriptions: {
    idParameter: 'id',
    parameters: {
      collection_method: equals(),
      current_period_end: itemIsWithin,
      current_period_start: itemIsWithin,
      customer,
      plan: subscriptionPrice,
      price: subscriptionPrice,
      status: subscriptionStatus,
    },
  },
  subscription_items: { idParameter: 'item', parameters: { subscription: equals() }, requires: 'subscription' },
  invoices: {
    idParameter: 'invoice',
    parameters: { collection_method: equals(), customer, due_date: isWithin('due_date'), status: equals(), subscription: equals() },
  },
  invoice_payments: { idParameter: 'invoice_payment', parameters: { invoice: equals(), payment: invoicePayment, status: equals() } },
  invoiceitems: { idParameter: 'invoiceitem', parameters: { customer, invoice: equals(), pending: isPending } },
  checkout_sessions: {
    idParameter: 'session',
    parameters: { customer, payment_intent: equals(), status: equals(), subscription: equals() },
  },
  refunds: { idParameter: 'id', parameters: { charge: equals(), payment_intent: equals() } },
  disputes: { idParameter: 'dispute', parameters: { charge: equals(), payment_intent: equals() } },
  payouts: {
    idParameter: 'payout',
    parameters: { arrival_date: isWithin('arrival_date'), destination: equals(), status: equals() },
  },
  credit_notes: { idParameter: 'id', parameters: { customer, invoice: equals() } },
  events: { idParameter: 'id', parameters: { type: eventType, types: eventTypes } },
};

export interface StripeList {
  object: 'list';
  data: Json[];
  has_more: boolean;
  url: string;
}

export const eventRetentionSeconds = 30 * 24 * 60 * 60;

/** The URL of a collection's list: `checkout_sessions` lies below `checkout/`. */
export function urlOf(collection: CollectionName): string {
  return `/v1/${collection === 'checkout_sessions' ? 'checkout/sessions' : collection}`;
}

const pagingParameters = ['limit', 'starting_after', 'ending_before', 'expand'];

/** `GET /v1/<collection>`. */
export function listCollection(state: SandboxState, collection: CollectionName, parameters: Parameters): StripeList {
  const definition = listDefinitions[collection];
  refuseUnknown(parameters, [...pagingParameters, ...(collection === 'subscription_items' ? [] : ['created']), ...Object.keys(definition.parameters)]);
  if (definition.requires !== undefined && readString(parameters, definition.requires) === undefined) {
    throw missingParameter(definition.requires);
  }
  const restrictions = Object.entries(definition.parameters).map(([name, read]) => read(parameters, name) ?? {});
  const tests = restrictions.flatMap(({ accepts }) => accepts ?? []);
  const page = findPage(state, collection, {
    created: readCreatedRange(state, collection, parameters),
    filters: restrictions.flatMap(({ filters }) => filters ?? []),
    ...(tests.length > 0 ? { accepts: (object: StripeObject) => tests.every((test) => test(object)) } : {}),
    ...readCursors(parameters),
    limit: readLimit(parameters),
  });
  return presentList(state, page.objects, page.hasMore, urlOf(collection), parameters);
}

function findPage(state: SandboxState, collection: CollectionName, query: CollectionQuery): CollectionPage {
  try {
    return state.collection(collection).find(query);
  } catch (error) {
    if (error instanceof UnknownCursorError) throw noSuchObject(objectNameOf(collection), error.id, error.parameter, 400);
    throw error;
  }
}

function readCreatedRange(state: SandboxState, collection: CollectionName, parameters: Parameters): SecondsRange {
  const range = readSecondsRange(parameters, 'created') ?? wholeTime;
  if (collection !== 'events') return range;
  return { from: Math.max(range.from, state.now() - eventRetentionSeconds), until: range.until };
}

function readCursors(parameters: Parameters): { startingAfter?: string; endingBefore?: string } {
  const startingAfter = readString(parameters, 'starting_after');
  const endingBefore = readString(parameters, 'ending_before');
  if (startingAfter !== undefined && endingBefore !== undefined) {
    throw invalidRequest('You may only specify one of these parameters: ending_before, starting_after.');
  }
  return { ...(startingAfter === undefined ? {} : { startingAfter }), ...(endingBefore === undefined ? {} : { endingBefore }) };
}

/** Presents the objects of a page and applies `expand[]`, whose paths begin with `data.` on a list. */
export function presentList(state: SandboxState, objects: Json[], hasMore: boolean, url: string, parameters: Parameters): StripeList {
  const paths = (readStrings(parameters, 'expand') ?? []).map((path) => {
    if (!path.startsWith('data.')) {
      throw invalidRequest(`This property cannot be expanded (${path}). You may want to try expanding 'data.${path}' instead.`, 'expand');
    }
    return path.slice('data.'.length);
  });
  const presentation = new Presentation(state);
  const data = objects.map((object) => presentation.present(object));
  if (paths.length > 0) for (const object of data) presentation.expand(object, paths, 'data.');
  return { object: 'list', data, has_more: hasMore, url };
}

/** `GET /v1/<collection>/<id>`. Deleted objects answer with their tombstone; events are forgotten after 30 days. */
export function retrieveObject(state: SandboxState, collection: CollectionName, id: string, parameters: Parameters): Json {
  refuseUnknown(parameters, ['expand']);
  const store = state.collection(collection);
  if (store.isDeleted(id) && ['customers', 'products', 'coupons'].includes(collection)) return state.tombstone(collection, id);
  const object = state.require(collection, id, listDefinitions[collection].idParameter);
  if (collection === 'events' && readNumber(object, 'created') < state.now() - eventRetentionSeconds) {
    throw noSuchObject('event', id, 'id');
  }
  return presentOne(state, object, parameters);
}

/** The wire form of one object, with the request's `expand[]`. */
export function presentOne(state: SandboxState, object: Json, parameters: Parameters): Json {
  const presentation = new Presentation(state);
  const presented = presentation.present(object);
  presentation.expand(presented, readStrings(parameters, 'expand') ?? []);
  return presented;
}

/** A list inside an object (`/v1/invoices/:id/lines`): in the object's order, with cursors. */
export function listWithin(state: SandboxState, elements: Json[], url: string, noun: string, parameters: Parameters): StripeList {
  refuseUnknown(parameters, pagingParameters);
  const limit = readLimit(parameters);
  const { startingAfter, endingBefore } = readCursors(parameters);
  const indexOf = (id: string, param: string): number => {
    const index = elements.findIndex((element) => element['id'] === id);
    if (index < 0) throw noSuchObject(noun, id, param, 400);
    return index;
  };
  if (endingBefore !== undefined) {
    const end = indexOf(endingBefore, 'ending_before');
    const start = Math.max(0, end - limit);
    return presentList(state, elements.slice(start, end), start > 0, url, parameters);
  }
  const start = startingAfter === undefined ? 0 : indexOf(startingAfter, 'starting_after') + 1;
  return presentList(state, elements.slice(start, start + limit), start + limit < elements.length, url, parameters);
}
