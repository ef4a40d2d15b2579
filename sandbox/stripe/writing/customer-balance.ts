/** A customer's balance and the list of what moved it: by an invoice, a credit note, or somebody by hand. */
import type { Changes, RequestContext, Route } from '../changes.ts';
import { listWithin } from '../lists.ts';
import { type Json, readNumber } from '../object-paths.ts';
import { mergeMetadata, readCurrency, readInteger, readString, refuseUnknown } from '../parameters.ts';
import type { StripeObject } from '../population.ts';
import { invalidRequest } from '../stripe-error.ts';

export interface BalanceMove {
  readonly type: 'adjustment' | 'initial' | 'applied_to_invoice' | 'unapplied_from_invoice' | 'credit_note';
  readonly currency?: string;
  readonly invoice?: string;
  readonly description?: string | null;
}

/** Writes down that a customer's balance went from one figure to another; the customer itself is the caller's to store. */
export function recordBalanceMove(changes: Changes, customer: StripeObject, from: number, to: number, { type, currency, invoice, description }: BalanceMove): Json {
  const move = {
    id: changes.id('cbtxn'), object: 'customer_balance_transaction', amount: to - from, checkout_session: null, created: changes.now(), credit_note: null, currency: currency ?? customer['currency'] ?? changes.state.population.account['default_currency'] ?? 'usd', customer: customer.id,
    customer_account: null, description: description ?? null, ending_balance: to, invoice: invoice ?? null, livemode: false, metadata: {}, type,
  };
  changes.state.addBalanceMove(move);
  return move;
}

/** Moves the balance, and tells of it. */
export function moveBalance(changes: Changes, customer: StripeObject, to: number, move: BalanceMove): void {
  recordBalanceMove(changes, customer, readNumber(customer, 'balance'), to, move);
  changes.update('customers', { ...customer, balance: to }, 'customer.updated');
}

function list({ state, ids: [id = ''], parameters }: RequestContext): Json {
  state.require('customers', id, 'customer');
  return { ...listWithin(state, state.balanceMovesOf(id), `/v1/customers/${id}/balance_transactions`, 'customer_balance_transaction', parameters) };
}

function create({ state, changes, ids: [id = ''], parameters }: RequestContext): Json {
  refuseUnknown(parameters, ['amount', 'currency', 'description', 'expand', 'metadata']);
  const customer = state.require('customers', id, 'customer');
  const [amount, currency] = [readInteger(parameters, 'amount'), readCurrency(parameters)];
  if (amount === undefined) throw invalidRequest('Missing required param: amount.', 'amount');
  if (currency === undefined) throw invalidRequest('Missing required param: currency.', 'currency');
  const balance = readNumber(customer, 'balance');
  const made = recordBalanceMove(changes, customer, balance, balance + amount, { type: 'adjustment', currency, description: readString(parameters, 'description') ?? null });
  made['metadata'] = mergeMetadata({}, parameters);
  changes.update('customers', { ...customer, balance: balance + amount, currency: customer['currency'] ?? currency }, 'customer.updated');
  return structuredClone(made);
}

export const customerBalanceRoutes: Route[] = [
  { method: 'GET', pattern: '/v1/customers/:id/balance_transactions', permission: 'customers_read', handle: list },
  { method: 'POST', pattern: '/v1/customers/:id/balance_transactions', permission: 'customer_write', handle: create },
];
