/** Tax rates over HTTP. */
import type { RequestContext, Route } from '../changes.ts';
import { presentOne } from '../lists.ts';
import type { Json } from '../object-paths.ts';
import { type Parameters, mergeMetadata, readBoolean, readString, refuseUnknown, requireString } from '../parameters.ts';
import type { StripeObject } from '../population.ts';
import { invalidRequest, missingParameter } from '../stripe-error.ts';

const descriptive = ['active', 'country', 'description', 'display_name', 'jurisdiction', 'metadata', 'state', 'tax_type'];

const answer = ({ state, parameters }: RequestContext, rate: StripeObject): Json =>
  presentOne(state, structuredClone(rate), parameters['expand'] === undefined ? {} : { expand: parameters['expand'] });

/** A rate in percent with at most four decimals, as Stripe takes it. */
function readPercentage(parameters: Parameters): number {
  const given = requireString(parameters, 'percentage');
  if (!/^\d{1,3}(\.\d{1,4})?$/.test(given) || Number(given) > 100) throw invalidRequest(`Invalid decimal: ${given}`, 'percentage');
  return Number(given);
}

function createTaxRate(context: RequestContext): Json {
  const { changes, parameters } = context;
  refuseUnknown(parameters, [...descriptive, 'expand', 'inclusive', 'percentage']);
  const percentage = readPercentage(parameters);
  const inclusive = readBoolean(parameters, 'inclusive');
  if (inclusive === undefined) throw missingParameter('inclusive');
  const country = readString(parameters, 'country') ?? null;
  const state = readString(parameters, 'state') ?? null;
  const rate: StripeObject = {
    id: changes.id('txr'),
    object: 'tax_rate',
    active: readBoolean(parameters, 'active') ?? true,
    country,
    created: changes.now(),
    description: readString(parameters, 'description') ?? null,
    display_name: requireString(parameters, 'display_name'),
    effective_percentage: percentage,
    flat_amount: null,
    inclusive,
    jurisdiction: readString(parameters, 'jurisdiction') ?? null,
    jurisdiction_level: null,
    livemode: false,
    metadata: mergeMetadata({}, parameters),
    percentage,
    rate_type: 'percentage',
    state,
    tax_type: readString(parameters, 'tax_type') ?? null,
  };
  return answer(context, changes.create('tax_rates', rate, 'tax_rate.created'));
}

/** What a rate is called may change; how high it is may not: another rate takes its place. */
function updateTaxRate(context: RequestContext): Json {
  const { state, changes, parameters, ids: [id = ''] } = context;
  refuseUnknown(parameters, [...descriptive, 'expand']);
  const rate = state.require('tax_rates', id, 'tax_rate');
  for (const name of ['country', 'description', 'display_name', 'jurisdiction', 'state', 'tax_type']) rate[name] = readString(parameters, name) ?? rate[name];
  rate['active'] = readBoolean(parameters, 'active') ?? rate['active'];
  rate['metadata'] = mergeMetadata(rate['metadata'] as Record<string, string>, parameters);
  return answer(context, changes.update('tax_rates', rate, 'tax_rate.updated'));
}

export const taxRateRoutes: Route[] = [
  { method: 'POST', pattern: '/v1/tax_rates', permission: 'tax_rate_write', handle: createTaxRate },
  { method: 'POST', pattern: '/v1/tax_rates/:id', permission: 'tax_rate_write', handle: updateTaxRate },
];
