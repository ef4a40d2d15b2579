/** Customers over HTTP. */
import type { Changes, RequestContext, Route } from '../changes.ts';
import { type Json, isJson, readNumber } from '../object-paths.ts';
import { type Parameters, mergeMetadata, readHash, readInteger, readString, readStrings, refuseUnknown } from '../parameters.ts';
import type { StripeObject } from '../population.ts';
import { presentOne } from '../lists.ts';
import { type BalanceMove, recordBalanceMove } from './customer-balance.ts';

const settable = ['address', 'balance', 'description', 'email', 'expand', 'invoice_settings', 'metadata', 'name', 'payment_method', 'phone', 'tax_exempt'];
const addressFields = ['city', 'country', 'line1', 'line2', 'postal_code', 'state'];

/** The six fields of an address, null where not given. */
export function readAddress(parameters: Parameters, name: string): Json | null {
  const given = readHash(parameters, name);
  return given ? Object.fromEntries(addressFields.map((field) => [field, readString(given, field) ?? null])) : null;
}

export function buildCustomer(changes: Changes, fields: Json): StripeObject {
  const id = changes.id('cus');
  return {
    id,
    object: 'customer',
    address: null,
    balance: 0,
    created: changes.now(),
    currency: null,
    customer_account: null,
    default_source: null,
    delinquent: false,
    description: null,
    discount: null,
    email: null,
    invoice_prefix: changes.state.ids.token(id, 8).toUpperCase(),
    invoice_settings: { custom_fields: null, default_payment_method: null, footer: null, rendering_options: null },
    livemode: false,
    metadata: {},
    name: null,
    next_invoice_sequence: 1,
    phone: null,
    preferred_locales: [],
    shipping: null,
    tax_exempt: 'none',
    test_clock: null,
    ...fields,
  };
}

function apply(changes: Changes, customer: StripeObject, parameters: Parameters, type: BalanceMove['type']): StripeObject {
  for (const name of ['description', 'email', 'name', 'phone', 'tax_exempt']) {
    const value = readString(parameters, name);
    if (value !== undefined) customer[name] = value === '' ? null : value;
  }
  if (parameters['address'] !== undefined) customer['address'] = readAddress(parameters, 'address');
  const balance = readInteger(parameters, 'balance');
  if (balance !== undefined) {
    const before = readNumber(customer, 'balance');
    if (balance !== before) recordBalanceMove(changes, customer, before, balance, { type });
    customer['balance'] = balance;
  }
  const paymentMethod = readString(readHash(parameters, 'invoice_settings') ?? {}, 'default_payment_method') ?? readString(parameters, 'payment_method');
  const settings = customer['invoice_settings'];
  if (paymentMethod !== undefined && isJson(settings)) {
    customer['invoice_settings'] = { ...settings, default_payment_method: paymentMethod === '' ? null : paymentMethod };
  }
  customer['metadata'] = mergeMetadata(customer['metadata'] as Record<string, string>, parameters);
  return customer;
}

function create({ state, changes, parameters }: RequestContext): Json {
  refuseUnknown(parameters, settable);
  const customer = changes.create('customers', apply(changes, buildCustomer(changes, {}), parameters, 'initial'), 'customer.created');
  return presentOne(state, structuredClone(customer), { expand: readStrings(parameters, 'expand') ?? [] });
}

function update({ state, changes, parameters, ids: [id = ''] }: RequestContext): Json {
  refuseUnknown(parameters, settable);
  const customer = changes.update('customers', apply(changes, state.require('customers', id, 'id'), parameters, 'adjustment'), 'customer.updated');
  return presentOne(state, structuredClone(customer), { expand: readStrings(parameters, 'expand') ?? [] });
}

function remove({ state, changes, ids: [id = ''] }: RequestContext): Json {
  return changes.remove('customers', state.require('customers', id, 'id'), 'customer.deleted');
}

export const customerRoutes: Route[] = [
  { method: 'POST', pattern: '/v1/customers', permission: 'customer_write', handle: create },
  { method: 'POST', pattern: '/v1/customers/:id', permission: 'customer_write', handle: update },
  { method: 'DELETE', pattern: '/v1/customers/:id', permission: 'customer_write', handle: remove },
];
