/** The reading half of the API: lists, single objects, what is embedded in them. */
import type { Handler, Route } from './changes.ts';
import { type Json, readListData } from './object-paths.ts';
import { readStrings } from './parameters.ts';
import { listCollection, listDefinitions, listWithin, presentOne, retrieveObject, urlOf } from './lists.ts';
import { type CollectionName, collectionNames } from './population.ts';
import { StripeError } from './stripe-error.ts';

const read = (pattern: string, permission: string, handle: Handler): Route => ({ method: 'GET', pattern, permission, handle });

function accountFor(context: Parameters<Handler>[0]): Json {
  const [id] = context.ids;
  if (id !== undefined && id !== context.state.accountId) {
    throw new StripeError(
      403,
      `The provided key does not have access to account '${id}' (or that account does not exist). Application access may have been revoked.`,
      { code: 'account_invalid' },
    );
  }
  return presentOne(context.state, structuredClone(context.state.population.account), { expand: readStrings(context.parameters, 'expand') ?? [] });
}

/** The elements of an embedded list of a stored object, whole. */
const within =
  (collection: CollectionName, field: 'lines' | 'line_items', noun: string): Handler =>
  ({ state, ids: [id = ''], parameters }) => {
    const object = state.require(collection, id, listDefinitions[collection].idParameter);
    return { ...listWithin(state, readListData(object, field), `${urlOf(collection)}/${id}/${field}`, noun, parameters) };
  };

/** A list by parent, below the parent's path: `/v1/charges/:id/refunds`. */
const below =
  (parent: CollectionName, child: CollectionName, attribute: string): Handler =>
  ({ state, ids: [id = ''], parameters }) => {
    state.require(parent, id, listDefinitions[parent].idParameter);
    return { ...listCollection(state, child, { ...parameters, [attribute]: id }), url: `${urlOf(parent)}/${id}/${child}` };
  };

export const readingRoutes: Route[] = [
  read('/v1/account', 'account_read', accountFor),
  read('/v1/accounts/:id', 'account_read', accountFor),
  read('/v1/balance', 'balance_read', ({ state }) => state.balance()),
  ...collectionNames.flatMap((name) => [
    read(urlOf(name), `${name}_read`, ({ state, parameters }) => ({ ...listCollection(state, name, parameters) })),
    read(`${urlOf(name)}/:id`, `${name}_read`, ({ state, ids: [id = ''], parameters }) => retrieveObject(state, name, id, parameters)),
  ]),
  read('/v1/invoices/:id/lines', 'invoices_read', within('invoices', 'lines', 'line_item')),
  read('/v1/credit_notes/:id/lines', 'credit_notes_read', within('credit_notes', 'lines', 'credit_note_line_item')),
  read('/v1/checkout/sessions/:id/line_items', 'checkout_sessions_read', within('checkout_sessions', 'line_items', 'item')),
  read('/v1/charges/:id/refunds', 'refunds_read', below('charges', 'refunds', 'charge')),
  read('/v1/customers/:id/subscriptions', 'subscriptions_read', below('customers', 'subscriptions', 'customer')),
];
