/** What only the world outside Stripe's API can do: a buyer pays, a month passes, a bank answers, a cardholder disputes. */
import type { Changes } from './changes.ts';
import { type Json, readNumber } from './object-paths.ts';
import { type ParameterValue, type Parameters, readInteger, readString, requireInteger, requireString } from './parameters.ts';
import { StripeError } from './stripe-error.ts';
import { recordMovement } from './writing/balance.ts';
import { completeSession } from './writing/checkout.ts';
import { closeDispute, openDispute } from './writing/disputes.ts';
import { settlePayout } from './writing/payouts.ts';
import { renewSubscription } from './writing/subscription-billing.ts';
import { requireSubscription } from './writing/subscription-objects.ts';

type Deed = (changes: Changes, id: string, parameters: Parameters) => Json;

const deeds: Record<string, Deed> = {
  'checkout/complete': completeSession,
  'subscriptions/renew': (changes, id) => renewSubscription(changes, requireSubscription(changes, id)),
  'payouts/paid': (changes, id) => settlePayout(changes, id, 'paid'),
  'payouts/failed': (changes, id) => settlePayout(changes, id, 'failed'),
  'charges/dispute': (changes, id) => {
    const charge = changes.state.require('charges', id, 'charge');
    return openDispute(changes, charge, readNumber(charge, 'amount'));
  },
  // What Stripe does to a balance by itself: reserves, top-ups, transfers, fees, loans. The id is the reporting category.
  'balance/move': (changes, category, parameters) =>
    recordMovement(changes, {
      type: requireString(parameters, 'type'),
      amount: requireInteger(parameters, 'amount'),
      currency: requireString(parameters, 'currency'),
      fee: readInteger(parameters, 'fee') ?? 0,
      source: readString(parameters, 'source') ?? null,
      reportingCategory: category,
      description: null,
      exchangeRate: null,
      isPending: false,
    }),
  'disputes/close': (changes, id, parameters) => {
    const outcome = requireString(parameters, 'outcome');
    if (outcome !== 'won' && outcome !== 'lost') throw new StripeError(400, 'outcome must be won or lost');
    return closeDispute(changes, changes.state.require('disputes', id, 'dispute'), outcome);
  },
};

/** JSON leaves as the strings a form would carry. */
function toParameters(body: Json): Parameters {
  const convert = (value: unknown): ParameterValue =>
    Array.isArray(value) ? value.map(convert) : typeof value === 'object' && value !== null ? toParameters(value as Json) : String(value);
  return Object.fromEntries(Object.entries(body).map(([key, value]) => [key, convert(value)]));
}

/** Carries `POST /_sandbox/<thing>/<id>/<deed>` out. */
export function performDeed(changes: Changes, deed: string, id: string, body: Json): Json {
  const perform = deeds[deed];
  if (perform === undefined) throw new StripeError(404, `no such control: ${deed}`);
  return perform(changes, id, toParameters(body));
}
