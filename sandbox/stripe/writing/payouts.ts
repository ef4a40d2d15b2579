/** Manual payouts over HTTP. */
import type { Changes, RequestContext, Route } from '../changes.ts';
import { presentOne } from '../lists.ts';
import { type Json, isJson, readNumber } from '../object-paths.ts';
import { mergeMetadata, readString, readStrings, refuseUnknown, requireCurrency, requireInteger } from '../parameters.ts';
import type { StripeObject } from '../population.ts';
import { invalidRequest } from '../stripe-error.ts';
import { recordMovement } from './balance.ts';

const day = 86_400;

function availableIn(balance: Json, currency: string): number {
  const parts = balance['available'];
  const entry = Array.isArray(parts) ? parts.find((part: unknown) => isJson(part) && part['currency'] === currency) : undefined;
  return readNumber(entry, 'amount');
}

const answer = ({ state, parameters }: RequestContext, payout: StripeObject): Json =>
  presentOne(state, structuredClone(payout), { expand: readStrings(parameters, 'expand') ?? [] });

function create(context: RequestContext): Json {
  const { state, changes, parameters } = context;
  refuseUnknown(parameters, ['amount', 'currency', 'description', 'destination', 'expand', 'metadata', 'method', 'statement_descriptor']);
  const amount = requireInteger(parameters, 'amount');
  const currency = requireCurrency(parameters);
  if (amount < 1) throw invalidRequest('This value must be greater than or equal to 1.', 'amount', 'parameter_invalid_integer');
  if (amount > availableIn(state.balance(), currency)) {
    throw invalidRequest('You have insufficient funds in your Stripe account for this transfer.', undefined, 'balance_insufficient');
  }
  const id = changes.id('po');
  const movement = { type: 'payout', amount: -amount, currency, fee: 0, source: id, reportingCategory: 'payout', description: 'STRIPE PAYOUT', exchangeRate: null, isPending: false } as const;
  const transaction = recordMovement(changes, movement);
  return answer(
    context,
    changes.create(
      'payouts',
      {
        id,
        object: 'payout',
        amount,
        application_fee: null,
        application_fee_amount: null,
        arrival_date: changes.now() + 2 * day - (changes.now() % day),
        automatic: false,
        balance_transaction: transaction.id,
        created: changes.now(),
        currency,
        description: readString(parameters, 'description') ?? null,
        destination: readString(parameters, 'destination') ?? `ba_${state.ids.token('bank-account', 24)}`,
        failure_balance_transaction: null,
        failure_code: null,
        failure_message: null,
        livemode: false,
        metadata: mergeMetadata({}, parameters),
        method: 'standard',
        original_payout: null,
        payout_method: null,
        reconciliation_status: 'not_applicable',
        reversed_by: null,
        source_type: 'card',
        statement_descriptor: readString(parameters, 'statement_descriptor') ?? null,
        status: 'pending',
        trace_id: null,
        type: 'bank_account',
      },
      'payout.created',
    ),
  );
}

/** Money that did not arrive comes back as a movement of its own. */
function giveBack(changes: Changes, payout: StripeObject, type: 'payout' | 'payout_failure'): StripeObject {
  return recordMovement(changes, {
    type,
    amount: readNumber(payout, 'amount'),
    currency: String(payout['currency']),
    fee: 0,
    source: payout.id,
    reportingCategory: 'payout_reversal',
    description: 'STRIPE PAYOUT REVERSAL',
    exchangeRate: null,
    isPending: false,
  });
}

function cancel(context: RequestContext): Json {
  const { state, changes, ids: [id = ''] } = context;
  const payout = state.require('payouts', id, 'payout');
  if (payout['status'] !== 'pending') throw invalidRequest('Payouts can only be canceled while they are pending.', undefined, 'payouts_not_allowed');
  const failure = giveBack(changes, payout, 'payout');
  return answer(context, changes.update('payouts', { ...payout, status: 'canceled', failure_balance_transaction: failure.id }, 'payout.canceled'));
}

/** The bank's word on a payout: a control deed, since no call of Stripe's API can say it. */
export function settlePayout(changes: Changes, id: string, outcome: 'paid' | 'failed'): StripeObject {
  const payout = changes.state.require('payouts', id, 'payout');
  if (outcome === 'paid') return changes.update('payouts', { ...payout, status: 'paid' }, 'payout.paid');
  const failure = giveBack(changes, payout, 'payout_failure');
  const failed = { ...payout, status: 'failed', failure_balance_transaction: failure.id, failure_code: 'account_closed', failure_message: 'The bank account has been closed' };
  return changes.update('payouts', failed, 'payout.failed');
}

export const payoutRoutes: Route[] = [
  { method: 'POST', pattern: '/v1/payouts', permission: 'payout_write', handle: create },
  { method: 'POST', pattern: '/v1/payouts/:id/cancel', permission: 'payout_write', handle: cancel },
];
