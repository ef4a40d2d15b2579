/** Products, prices and coupons over HTTP. */
import type { Changes, RequestContext, Route } from '../changes.ts';
import type { Json } from '../object-paths.ts';
import {
  type Parameters,
  mergeMetadata,
  readBoolean,
  readCurrency,
  readHash,
  readInteger,
  readString,
  refuseUnknown,
  requireCurrency,
  requireString,
} from '../parameters.ts';
import { presentOne } from '../lists.ts';
import type { StripeObject } from '../population.ts';
import { invalidRequest, missingParameter } from '../stripe-error.ts';

const answer = ({ state, parameters }: RequestContext, object: StripeObject): Json =>
  presentOne(state, structuredClone(object), parameters['expand'] === undefined ? {} : { expand: parameters['expand'] });

const productFields = ['active', 'description', 'expand', 'metadata', 'name', 'default_price', 'statement_descriptor', 'tax_code', 'unit_label', 'url'];

function applyProduct(product: StripeObject, parameters: Parameters): StripeObject {
  for (const name of ['description', 'name', 'default_price', 'statement_descriptor', 'tax_code', 'unit_label', 'url']) {
    const value = readString(parameters, name);
    if (value !== undefined) product[name] = value === '' ? null : value;
  }
  product['active'] = readBoolean(parameters, 'active') ?? product['active'];
  product['metadata'] = mergeMetadata(product['metadata'] as Record<string, string>, parameters);
  return product;
}

function createProduct(context: RequestContext): Json {
  const { changes, parameters } = context;
  refuseUnknown(parameters, [...productFields, 'id', 'default_price_data']);
  requireString(parameters, 'name');
  const now = changes.now();
  const product: StripeObject = {
    id: readString(parameters, 'id') ?? changes.id('prod'),
    object: 'product',
    active: true,
    created: now,
    default_price: null,
    description: null,
    images: [],
    livemode: false,
    marketing_features: [],
    metadata: {},
    package_dimensions: null,
    shippable: null,
    statement_descriptor: null,
    tax_code: null,
    type: 'service',
    unit_label: null,
    updated: now,
    url: null,
  };
  const given = readHash(parameters, 'default_price_data');
  if (given) product['default_price'] = changes.create('prices', buildPrice(changes, { ...given, product: product.id }), 'price.created').id;
  return answer(context, changes.create('products', applyProduct(product, parameters), 'product.created'));
}

function updateProduct(context: RequestContext): Json {
  const { state, changes, parameters, ids: [id = ''] } = context;
  refuseUnknown(parameters, productFields);
  const product = applyProduct(state.require('products', id, 'id'), parameters);
  product['updated'] = changes.now();
  return answer(context, changes.update('products', product, 'product.updated'));
}

/** A price from its parameters (also inline ones: `price_data`). */
export function buildPrice(changes: Changes, parameters: Parameters): StripeObject {
  const unitAmount = readInteger(parameters, 'unit_amount');
  const decimal = readString(parameters, 'unit_amount_decimal') ?? (unitAmount === undefined ? undefined : String(unitAmount));
  if (decimal === undefined) throw missingParameter('unit_amount');
  const recurring = readHash(parameters, 'recurring');
  const interval = recurring ? requireString(recurring, 'interval') : null;
  if (interval !== null && !['day', 'week', 'month', 'year'].includes(interval)) {
    throw invalidRequest('Invalid recurring[interval]: must be one of day, month, week, or year', 'recurring[interval]');
  }
  return {
    id: changes.id('price'),
    object: 'price',
    active: readBoolean(parameters, 'active') ?? true,
    billing_scheme: 'per_unit',
    created: changes.now(),
    currency: requireCurrency(parameters),
    custom_unit_amount: null,
    livemode: false,
    lookup_key: readString(parameters, 'lookup_key') ?? null,
    metadata: mergeMetadata({}, parameters),
    nickname: readString(parameters, 'nickname') ?? null,
    product: requireString(parameters, 'product'),
    recurring: recurring
      ? {
          interval,
          interval_count: readInteger(recurring, 'interval_count') ?? 1,
          meter: null,
          trial_period_days: null,
          usage_type: readString(recurring, 'usage_type') ?? 'licensed',
        }
      : null,
    tax_behavior: readString(parameters, 'tax_behavior') ?? 'unspecified',
    tiers_mode: null,
    transform_quantity: null,
    type: recurring ? 'recurring' : 'one_time',
    unit_amount: unitAmount ?? (/^\d+$/.test(decimal) ? Number(decimal) : null),
    unit_amount_decimal: decimal,
  };
}

const priceFields = ['active', 'expand', 'lookup_key', 'metadata', 'nickname', 'tax_behavior'];

function createPrice(context: RequestContext): Json {
  const { state, changes, parameters } = context;
  refuseUnknown(parameters, [...priceFields, 'currency', 'product', 'product_data', 'recurring', 'unit_amount', 'unit_amount_decimal', 'billing_scheme']);
  const inline = readHash(parameters, 'product_data');
  if (inline) {
    const product = createProduct({ ...context, parameters: inline });
    return answer(context, changes.create('prices', buildPrice(changes, { ...parameters, product: String(product['id']) }), 'price.created'));
  }
  state.require('products', requireString(parameters, 'product'), 'product', 400);
  return answer(context, changes.create('prices', buildPrice(changes, parameters), 'price.created'));
}

function updatePrice(context: RequestContext): Json {
  const { state, changes, parameters, ids: [id = ''] } = context;
  refuseUnknown(parameters, priceFields);
  const price = state.require('prices', id, 'price');
  for (const name of ['lookup_key', 'nickname', 'tax_behavior']) price[name] = readString(parameters, name) ?? price[name];
  price['active'] = readBoolean(parameters, 'active') ?? price['active'];
  price['metadata'] = mergeMetadata(price['metadata'] as Record<string, string>, parameters);
  return answer(context, changes.update('prices', price, 'price.updated'));
}

function createCoupon(context: RequestContext): Json {
  const { changes, parameters } = context;
  const allowed = ['amount_off', 'currency', 'duration', 'duration_in_months', 'expand', 'id', 'max_redemptions', 'metadata', 'name', 'percent_off', 'redeem_by'];
  refuseUnknown(parameters, allowed);
  const percentOff = readString(parameters, 'percent_off');
  const amountOff = readInteger(parameters, 'amount_off');
  if ((percentOff === undefined) === (amountOff === undefined)) throw invalidRequest('You must pass either percent_off or amount_off.');
  if (percentOff !== undefined && !(Number(percentOff) > 0 && Number(percentOff) <= 100)) throw invalidRequest(`Invalid percent_off: ${percentOff}`, 'percent_off');
  if (amountOff !== undefined) requireCurrency(parameters);
  const duration = readString(parameters, 'duration') ?? 'once';
  const months = readInteger(parameters, 'duration_in_months');
  if (duration === 'repeating' && months === undefined) throw missingParameter('duration_in_months');
  return answer(
    context,
    changes.create(
      'coupons',
      {
        id: readString(parameters, 'id') ?? changes.id('cpn').slice(4, 12),
        object: 'coupon',
        amount_off: amountOff ?? null,
        created: changes.now(),
        currency: readCurrency(parameters) ?? null,
        duration,
        duration_in_months: months ?? null,
        livemode: false,
        max_redemptions: readInteger(parameters, 'max_redemptions') ?? null,
        metadata: mergeMetadata({}, parameters),
        name: readString(parameters, 'name') ?? null,
        percent_off: percentOff === undefined ? null : Number(percentOff),
        redeem_by: readInteger(parameters, 'redeem_by') ?? null,
        times_redeemed: 0,
        valid: true,
      },
      'coupon.created',
    ),
  );
}

function updateCoupon(context: RequestContext): Json {
  const { state, changes, parameters, ids: [id = ''] } = context;
  refuseUnknown(parameters, ['expand', 'metadata', 'name']);
  const coupon = state.require('coupons', id, 'coupon');
  coupon['name'] = readString(parameters, 'name') ?? coupon['name'];
  coupon['metadata'] = mergeMetadata(coupon['metadata'] as Record<string, string>, parameters);
  return answer(context, changes.update('coupons', coupon, 'coupon.updated'));
}

export const catalogRoutes: Route[] = [
  { method: 'POST', pattern: '/v1/products', permission: 'product_write', handle: createProduct },
  { method: 'POST', pattern: '/v1/products/:id', permission: 'product_write', handle: updateProduct },
  {
    method: 'DELETE',
    pattern: '/v1/products/:id',
    permission: 'product_write',
    handle: ({ state, changes, ids: [id = ''] }) => changes.remove('products', state.require('products', id, 'id'), 'product.deleted'),
  },
  { method: 'POST', pattern: '/v1/prices', permission: 'plan_write', handle: createPrice },
  { method: 'POST', pattern: '/v1/prices/:id', permission: 'plan_write', handle: updatePrice },
  { method: 'POST', pattern: '/v1/coupons', permission: 'coupon_write', handle: createCoupon },
  { method: 'POST', pattern: '/v1/coupons/:id', permission: 'coupon_write', handle: updateCoupon },
  {
    method: 'DELETE',
    pattern: '/v1/coupons/:id',
    permission: 'coupon_write',
    handle: ({ state, changes, ids: [id = ''] }) => changes.remove('coupons', state.require('coupons', id, 'coupon'), 'coupon.deleted'),
  },
];
