/**
 * Stripe's objects as rows of the mirror. The pinned version's names come first, the older ones that stored events and webhook bodies still carry
 * (2015 and later) after them; nowhere else is an old name known. Pure.
 */
import type { TimeZone } from '../../shared/calendar/time-zone.ts';
import { isCurrencyCode } from '../../shared/money/currency.ts';
import type { SqlValue } from '../database/handles.ts';
import { foreverAmountOff, foreverPercentOff, type CouponOf, type CouponTerms } from './discounts.ts';
import { isJson, malformed, needInteger, needText, readFlag, readInstant, readInteger, readObject, readObjects, readReference, readText, sumOf, type Json } from './stripe-fields.ts';
import type { MirrorRow, MirrorTable } from './stripe-tables.ts';

export interface MappingContext {
  readonly timeZone: TimeZone;
  readonly couponOf: CouponOf;
  /** The text the object came as: figures that must not pass through a float are read from it. */
  readonly text: string;
}

type Mapper = (object: Json, context: MappingContext) => SqlValue[];

/** `created`, or `date` in older versions. */
const createdAt = (object: Json): number => readInstant(object, 'created') ?? readInstant(object, 'date') ?? needInteger(object, 'created') * 1000;

/** Every amount is shown by its currency's decimals: one in a currency nobody knows is for a person, and must not keep the lists from showing the others. @throws ValidationError `stripe-object-malformed`. */
function readCurrency(object: Json): string | null {
  const code = readText(object, 'currency')?.toLowerCase() ?? null;
  if (code !== null && !isCurrencyCode(code)) throw malformed(object, 'currency');
  return code;
}

function currencyOf(object: Json): string {
  const code = readCurrency(object);
  if (code === null) throw malformed(object, 'currency');
  return code;
}

const reportingCategoryByType: Readonly<Record<string, string>> = {
  charge: 'charge', payment: 'charge', refund: 'refund', payment_refund: 'refund', payment_failure_refund: 'charge_failure', refund_failure: 'refund_failure', payout: 'payout', payout_cancel: 'payout_reversal', payout_failure: 'payout_reversal',
  stripe_fee: 'fee', topup: 'topup', transfer: 'transfer',
};

/** The rate as Stripe wrote it: the text of the number, not the number. */
function exchangeRateText(object: Json, text: string): string | null {
  const rate = object['exchange_rate'];
  if (typeof rate === 'string') return rate;
  if (typeof rate !== 'number') return null;
  const written = /"exchange_rate"\s*:\s*(-?\d+(?:\.\d+)?)(?=\s*[,}])/.exec(text)?.[1];
  return written ?? String(rate);
}

const balanceTransaction: Mapper = (object, { timeZone, text }) => {
  const created = createdAt(object);
  const type = needText(object, 'type');
  const source = readReference(object, 'source');
  const [amount, fee, net] = [needInteger(object, 'amount'), needInteger(object, 'fee'), needInteger(object, 'net')];
  // By Stripe's definition of `net`. An entry is made of all three: one that does not tie is for a person, and must not keep the others from being posted.
  if (net !== amount - fee) throw malformed(object, 'net');
  return [
    needText(object, 'id'), type, readText(object, 'reporting_category') ?? reportingCategoryByType[type] ?? type, amount, fee, net, currencyOf(object), exchangeRateText(object, text),
    source, readReference(object, 'payout') ?? (type.startsWith('payout') ? source : null), readText(object, 'status') ?? 'available', created, timeZone.dateOf(created), readInstant(object, 'available_on') ?? created,
  ];
};

const charge: Mapper = (object) => [
  needText(object, 'id'), readReference(object, 'customer'), readReference(object, 'payment_intent'), readReference(object, 'balance_transaction'), readInteger(object, 'amount_captured') || needInteger(object, 'amount'), readInteger(object, 'amount_refunded') ?? 0, currencyOf(object),
  readText(object, 'status') ?? (object['paid'] === true ? 'succeeded' : 'failed'), readFlag(object, 'paid'), object['disputed'] === true || isJson(object['dispute']) || typeof object['dispute'] === 'string' ? 1 : 0, readText(object, 'failure_code'),
  readText(readObject(object, 'payment_method_details'), 'type') ?? readText(readObject(object, 'source') ?? readObject(object, 'card'), 'object'), readText(object, 'description'), createdAt(object),
];

const paymentIntent: Mapper = (object) => [
  needText(object, 'id'), readReference(object, 'customer'), readReference(object, 'latest_charge') ?? readText(readObjects(object, 'charges')[0] ?? null, 'id'), needInteger(object, 'amount'), currencyOf(object), readText(object, 'status') ?? 'unknown', createdAt(object),
];

const customer: Mapper = (object) => [
  needText(object, 'id'), readText(object, 'name') ?? readText(object, 'description'), readText(object, 'email'), readCurrency(object), readText(readObject(object, 'address'), 'country'),
  readInteger(object, 'balance') ?? readInteger(object, 'account_balance') ?? 0, readFlag(object, 'deleted'), readInstant(object, 'created') ?? 0,
];

const customerBalanceTransaction: Mapper = (object) => [
  needText(object, 'id'), readReference(object, 'customer') ?? needText(object, 'customer'), needText(object, 'type'), needInteger(object, 'amount'), currencyOf(object), readReference(object, 'invoice'), readReference(object, 'credit_note'), readText(object, 'description'),
  createdAt(object),
];

const product: Mapper = (object) => [needText(object, 'id'), readText(object, 'name') ?? needText(object, 'id'), object['active'] === false || object['deleted'] === true ? 0 : 1, readFlag(object, 'deleted'), readInstant(object, 'created') ?? 0];

const price: Mapper = (object) => {
  const recurring = readObject(object, 'recurring');
  return [
    needText(object, 'id'), readReference(object, 'product') ?? needText(object, 'product'), currencyOf(object), readInteger(object, 'unit_amount'), readText(object, 'billing_scheme') ?? 'per_unit', readText(recurring, 'interval'), recurring ? readInteger(recurring, 'interval_count') : null,
    readText(recurring, 'usage_type'), readText(object, 'nickname'), object['active'] === false || object['deleted'] === true ? 0 : 1, createdAt(object),
  ];
};

const coupon: Mapper = (object) => [
  needText(object, 'id'), readText(object, 'name'), typeof object['percent_off'] === 'number' ? String(object['percent_off']) : null, readInteger(object, 'amount_off'), readCurrency(object), readText(object, 'duration') ?? 'once',
  readInteger(object, 'duration_in_months'), readFlag(object, 'deleted'), readInstant(object, 'created') ?? 0,
];

const subscription: Mapper = (object) => {
  const items = readObjects(object, 'items');
  const firstPrice = readObject(items[0] ?? {}, 'price') ?? readObject(items[0] ?? {}, 'plan') ?? readObject(object, 'plan') ?? {};
  return [
    needText(object, 'id'), readReference(object, 'customer') ?? needText(object, 'customer'), needText(object, 'status'), readCurrency(object) ?? currencyOf(firstPrice), readInstant(object, 'start_date') ?? readInstant(object, 'start'), readInstant(object, 'canceled_at'),
    readInstant(object, 'ended_at'), readInstant(object, 'cancel_at'), readInstant(object, 'trial_start'), readInstant(object, 'trial_end'), pausedAt(object), readInstant(object, 'created') ?? readInstant(object, 'start_date') ?? needInteger(object, 'start') * 1000,
  ];
};

/** Stripe does not say since when collection is paused; 0 marks that it is and that the moment is unknown. */
function pausedAt(object: Json): number | null {
  return isJson(object['pause_collection']) || object['status'] === 'paused' ? 0 : null;
}

export function subscriptionItemRow(item: Json, subscription: Json | null): SqlValue[] {
  const subscriptionId = readReference(item, 'subscription') ?? readText(subscription, 'id') ?? needText(item, 'subscription');
  const priceId = readReference(item, 'price') ?? readReference(item, 'plan') ?? needText(item, 'price');
  const { startAt, endAt } = itemPeriodOf(item, subscription);
  return [needText(item, 'id'), subscriptionId, priceId, readInteger(item, 'quantity'), startAt, endAt, createdAt(item)];
}

const taxesOf = (object: Json, ...names: readonly string[]): Json[] => names.map((name) => readObjects(object, name)).find((list) => list.length > 0) ?? [];

const invoice: Mapper = (object) => {
  const transitions = readObject(object, 'status_transitions');
  const total = needInteger(object, 'total');
  const { taxes, taxMinor, shippingMinor, shippingTaxMinor } = taxesWithShipping(object, total, taxesOf(object, 'total_taxes', 'total_tax_amounts'));
  const paid = readInteger(object, 'amount_paid') ?? (object['paid'] === true ? (readInteger(object, 'amount_due') ?? total) : 0);
  const due = readInteger(object, 'amount_due') ?? total;
  return [
    needText(object, 'id'), readText(object, 'number'), readReference(object, 'customer'), readReference(readObject(readObject(object, 'parent') ?? {}, 'subscription_details'), 'subscription') ?? readReference(object, 'subscription'),
    readText(object, 'status') ?? statusOfOldInvoice(object), readText(object, 'billing_reason'), currencyOf(object), readInteger(object, 'subtotal') ?? total, sumOf(readObjects(object, 'total_discount_amounts'), 'amount'),
    taxMinor ?? readInteger(object, 'tax') ?? 0, total, paid, due, readInteger(object, 'amount_remaining') ?? Math.max(0, due - paid), readInteger(object, 'starting_balance') ?? 0, readInteger(object, 'ending_balance'),
    readFlag(object, 'paid_out_of_band'), readInstant(object, 'due_date'), readInstant(transitions, 'finalized_at') ?? readInstant(object, 'finalized_at'), readInstant(transitions, 'paid_at'), readInstant(transitions, 'voided_at'),
    readInstant(transitions, 'marked_uncollectible_at'), readInstant(object, 'period_start'), readInstant(object, 'period_end'), createdAt(object), taxPartsText(object, taxes), shippingMinor, shippingTaxMinor,
  ];
};

interface TaxesWithShipping {
  /** Those of shipping among them. */
  readonly taxes: readonly Json[];
  /** Minor units; null where the object names no tax. */
  readonly taxMinor: number | null;
  /** With its tax. */
  readonly shippingMinor: number;
  readonly shippingTaxMinor: number;
}

/**
 * The taxes of an invoice or a credit note together with those of its shipping (`shipping_cost`). The taxes of the whole are said to be those of the lines: whether shipping's are among them
 * is told by the total without tax, and without that by the taxes of the lines.
 */
function taxesWithShipping(object: Json, total: number, taxes: readonly Json[]): TaxesWithShipping {
  const shipping = readObject(object, 'shipping_cost');
  const named = taxes.length > 0 ? sumOf(taxes, 'amount') : null;
  const shippingMinor = shipping ? (readInteger(shipping, 'amount_total') ?? 0) : 0;
  const shippingTaxMinor = shipping && shippingMinor !== 0 ? (readInteger(shipping, 'amount_tax') ?? 0) : 0;
  if (!shipping || shippingTaxMinor === 0) return { taxes, taxMinor: named, shippingMinor, shippingTaxMinor };
  const withoutTax = readInteger(object, 'total_excluding_tax');
  const ofLines = readObjects(object, 'lines').reduce((sum, line) => sum + sumOf(taxesOf(line, 'taxes', 'tax_amounts'), 'amount'), 0);
  const isApart = withoutTax === null ? ofLines === (named ?? 0) : total - withoutTax === (named ?? 0) + shippingTaxMinor;
  if (!isApart) return { taxes, taxMinor: named, shippingMinor, shippingTaxMinor };
  return { taxes: [...taxes, ...taxesOf(shipping, 'taxes')], taxMinor: (named ?? 0) + shippingTaxMinor, shippingMinor, shippingTaxMinor };
}

/** Rates that an object embeds: by the invoice today, by its lines in older versions. */
function embeddedTaxRates(object: Json): Map<string, Json> {
  const lines = readObjects(object, 'lines');
  return new Map([object, ...lines].flatMap((holder) => ['default_tax_rates', 'tax_rates'].flatMap((name) => readObjects(holder, name))).flatMap((rate): [string, Json][] => (typeof rate['id'] === 'string' ? [[rate['id'], rate]] : [])));
}

/** [amount, rate id, country, state] of each tax of an object as JSON text; null where there is none. */
function taxPartsText(object: Json, taxes: readonly Json[]): string | null {
  const charged = taxes.filter((tax) => (readInteger(tax, 'amount') ?? 0) !== 0);
  if (charged.length === 0) return null;
  const embedded = embeddedTaxRates(object);
  return JSON.stringify(charged.map((tax) => {
    const details = readObject(tax, 'tax_rate_details') ?? tax;
    // Those of shipping embed theirs as `rate`.
    const id = readReference(details, 'tax_rate') ?? readReference(tax, 'rate');
    const rate = readObject(details, 'tax_rate') ?? readObject(tax, 'rate') ?? embedded.get(id ?? '') ?? null;
    return [needInteger(tax, 'amount'), id, readText(rate, 'country'), readText(rate, 'state')];
  }));
}

const taxRate: Mapper = (object) => [needText(object, 'id'), readText(object, 'display_name'), readText(object, 'country'), readText(object, 'state'), readText(object, 'jurisdiction'), readInstant(object, 'created') ?? 0];

/** Before 2018-11 an invoice had `closed`, `paid` and `forgiven` in place of a status. */
function statusOfOldInvoice(object: Json): string {
  if (object['paid'] === true) return 'paid';
  if (object['forgiven'] === true) return 'uncollectible';
  return object['closed'] === true ? 'void' : 'open';
}

const invoicePayment: Mapper = (object) => {
  const payment = readObject(object, 'payment');
  return [
    needText(object, 'id'), readReference(object, 'invoice') ?? needText(object, 'invoice'), readReference(payment, 'payment_intent'), readReference(payment, 'charge'), readInteger(object, 'amount_paid'), readInteger(object, 'amount_requested') ?? needInteger(object, 'amount_paid'),
    currencyOf(object), needText(object, 'status'), readInstant(readObject(object, 'status_transitions'), 'paid_at'), createdAt(object),
  ];
};

const invoiceItem: Mapper = (object) => [
  needText(object, 'id'), readReference(object, 'customer') ?? needText(object, 'customer'), readReference(object, 'invoice'), readReference(readObject(readObject(object, 'parent') ?? {}, 'subscription_details'), 'subscription') ?? readReference(object, 'subscription'),
  readInteger(object, 'amount') ?? 0, currencyOf(object), readFlag(object, 'proration'), readFlag(object, 'deleted'), createdAt(object),
];

const checkoutSession: Mapper = (object) => [
  needText(object, 'id'), readReference(object, 'customer'), readReference(object, 'payment_intent'), readReference(object, 'invoice'), readReference(object, 'subscription'), readText(object, 'mode') ?? 'payment', readText(object, 'status'), readText(object, 'payment_status') ?? 'unpaid',
  readInteger(object, 'amount_total'), readInteger(readObject(object, 'total_details') ?? {}, 'amount_tax') ?? 0, readCurrency(object), readFlag(readObject(object, 'invoice_creation'), 'enabled'), readInstant(object, 'created') ?? 0,
];

const refund: Mapper = (object) => [
  needText(object, 'id'), readReference(object, 'charge'), readReference(object, 'payment_intent'), readReference(object, 'balance_transaction'), needInteger(object, 'amount'), currencyOf(object), readText(object, 'status'), readText(object, 'reason'), createdAt(object),
];

const dispute: Mapper = (object) => [
  needText(object, 'id'), readReference(object, 'charge'), readReference(object, 'payment_intent'), needInteger(object, 'amount'), currencyOf(object), needText(object, 'status'), readText(object, 'reason'), createdAt(object),
];

const payout: Mapper = (object) => [
  needText(object, 'id'), needInteger(object, 'amount'), currencyOf(object), needText(object, 'status'), readReference(object, 'balance_transaction'), readInstant(object, 'arrival_date') ?? createdAt(object), createdAt(object),
];

const creditNote: Mapper = (object) => {
  const total = readInteger(object, 'total') ?? needInteger(object, 'amount');
  const { taxes, taxMinor } = taxesWithShipping(object, total, taxesOf(object, 'total_taxes', 'tax_amounts'));
  const isAfterPayment = readText(object, 'type') === 'post_payment';
  const post = readInteger(object, 'post_payment_amount') ?? (isAfterPayment ? total : 0);
  // Money that a payment record says was given back went back outside as well.
  const outOfBand = (readInteger(object, 'out_of_band_amount') ?? 0) + sumOf(readObjects(object, 'refunds').filter((part) => !readReference(part, 'refund')), 'amount_refunded');
  const refunded = creditNoteRefunds(object).reduce((sum, part) => sum + part.amountMinor, 0);
  return [
    needText(object, 'id'), readText(object, 'number'), readReference(object, 'invoice') ?? needText(object, 'invoice'), readReference(object, 'customer'), total, readInteger(object, 'subtotal') ?? total, taxMinor ?? total - (readInteger(object, 'total_excluding_tax') ?? total), currencyOf(object), readText(object, 'status') ?? 'issued',
    readText(object, 'type'), readInteger(object, 'pre_payment_amount') ?? total - post, post, outOfBand, Math.max(0, post - outOfBand - refunded), readInstant(object, 'voided_at'), createdAt(object), taxPartsText(object, taxes),
  ];
};

export interface CreditNoteRefund {
  readonly refundId: string;
  readonly amountMinor: number;
}

/** The refunds a credit note paid back with: a list today, one reference in older versions. */
export function creditNoteRefunds(object: Json): CreditNoteRefund[] {
  const listed = readObjects(object, 'refunds').flatMap((part) => {
    const refundId = readReference(part, 'refund');
    return refundId === null ? [] : [{ refundId, amountMinor: readInteger(part, 'amount_refunded') ?? 0 }];
  });
  const single = readReference(object, 'refund');
  if (listed.length > 0 || single === null) return listed;
  return [{ refundId: single, amountMinor: (readInteger(object, 'total') ?? needInteger(object, 'amount')) - (readInteger(object, 'out_of_band_amount') ?? 0) }];
}

function couponTermsOf(coupon: Json): CouponTerms | undefined {
  const duration = readText(coupon, 'duration');
  if (duration === null) return undefined;
  const percent = coupon['percent_off'];
  const minor = readInteger(coupon, 'amount_off');
  return { duration, percentOff: typeof percent === 'number' ? String(percent) : null, ...(minor === null ? {} : { amountOff: { minor, currency: readText(coupon, 'currency') ?? '' } }) };
}

/** The terms behind a discount object: `source.coupon` today, `coupon` in older versions; expanded or by id. */
export function termsOfDiscount(discount: Json, couponOf: CouponOf): CouponTerms | undefined {
  const holder = readObject(discount, 'source') ?? discount;
  const coupon = readObject(holder, 'coupon');
  if (coupon) return couponTermsOf(coupon);
  const id = readReference(holder, 'coupon');
  return id === null ? undefined : couponOf(id);
}

/** The terms of every expanded discount of an object, by discount id. */
function termsByDiscount(discounts: unknown, couponOf: CouponOf): Map<string, CouponTerms> {
  const found = new Map<string, CouponTerms>();
  if (!Array.isArray(discounts)) return found;
  for (const discount of discounts) {
    if (!isJson(discount)) continue;
    const id = readText(discount, 'id');
    const terms = termsOfDiscount(discount, couponOf);
    if (id !== null && terms) found.set(id, terms);
  }
  return found;
}

/** The discounts of an object: a list today, a single one in older versions. */
export function discountsOf(object: Json): unknown[] {
  if (Array.isArray(object['discounts'])) return object['discounts'];
  return isJson(object['discount']) ? [object['discount']] : [];
}

/** The terms of the discounts of an invoice, by discount id. */
export function discountTermsOf(invoice: Json, couponOf: CouponOf): Map<string, CouponTerms> {
  return termsByDiscount(discountsOf(invoice), couponOf);
}

export interface InvoiceItemNames {
  readonly subscriptionItemId: string | null;
  readonly priceId: string | null;
  readonly unitAmountDecimal: string | null;
}

/** What an invoice item that waits for its invoice belongs to: under `parent` and `pricing` today, on the item itself in older versions. */
export function invoiceItemNames(item: Json): InvoiceItemNames {
  const pricing = readObject(item, 'pricing');
  return {
    subscriptionItemId: readReference(readObject(readObject(item, 'parent') ?? {}, 'subscription_details'), 'subscription_item') ?? readReference(item, 'subscription_item'),
    priceId: readReference(readObject(pricing ?? {}, 'price_details'), 'price') ?? readReference(item, 'price'),
    unitAmountDecimal: readText(pricing, 'unit_amount_decimal') ?? readText(item, 'unit_amount_decimal'),
  };
}

/** The service period of a subscription's item: its own today, its subscription's in older versions. */
export function itemPeriodOf(item: Json, subscription: Json | null): { readonly startAt: number | null; readonly endAt: number | null } {
  return { startAt: readInstant(item, 'current_period_start') ?? readInstant(subscription, 'current_period_start'), endAt: readInstant(item, 'current_period_end') ?? readInstant(subscription, 'current_period_end') };
}

/** The values of an invoice line in the order of `invoiceLineColumns`. */
export function invoiceLineRow(line: Json, lineIndex: number, invoiceOf: { readonly id: string; readonly currency: string; readonly discounts: ReadonlyMap<string, CouponTerms> }, couponOf: CouponOf): SqlValue[] {
  const parent = readObject(line, 'parent');
  const byItem = readObject(parent ?? {}, 'subscription_item_details');
  const byInvoiceItem = readObject(parent ?? {}, 'invoice_item_details');
  const pricing = readObject(line, 'pricing');
  const priceDetails = readObject(pricing ?? {}, 'price_details');
  const oldPrice = readObject(line, 'price') ?? readObject(line, 'plan');
  const taxes = taxesOf(line, 'taxes', 'tax_amounts');
  const inclusiveTaxes = taxes.filter((tax) => tax['inclusive'] === true || tax['tax_behavior'] === 'inclusive');
  const period = readObject(line, 'period');
  const discountAmounts = readObjects(line, 'discount_amounts');
  const lineDiscounts = Array.isArray(line['discounts']) ? line['discounts'] : [];
  const discountIds = new Set([...discountAmounts.map((part) => readReference(part, 'discount')), ...lineDiscounts.map((discount) => (isJson(discount) ? readText(discount, 'id') : discount))].filter((id): id is string => typeof id === 'string'));
  const terms = new Map([...invoiceOf.discounts, ...termsByDiscount(lineDiscounts, couponOf)]);
  const oldType = readText(line, 'type');
  const oldId = needText(line, 'id');
  return [
    // Before 2019 a line could carry its subscription's id, which many invoices share.
    /^(il|ii)_/.test(oldId) ? oldId : `${invoiceOf.id}/${oldId}`, invoiceOf.id, lineIndex, readReference(byItem ?? byInvoiceItem, 'subscription') ?? readReference(line, 'subscription') ?? (oldType === 'subscription' && oldId.startsWith('sub_') ? oldId : null),
    readReference(byItem, 'subscription_item') ?? readReference(line, 'subscription_item'), readReference(byItem ?? byInvoiceItem, 'invoice_item') ?? readReference(line, 'invoice_item'), readReference(priceDetails, 'price') ?? readText(oldPrice, 'id'),
    readReference(priceDetails, 'product') ?? readReference(oldPrice, 'product'), readInteger(line, 'quantity'), needInteger(line, 'amount'), sumOf(discountAmounts, 'amount'), billingCreditOf(line), sumOf(taxes, 'amount'),
    inclusiveTaxes.length > 0 ? 1 : 0, sumOf(inclusiveTaxes, 'amount'), unitAmountText(pricing, oldPrice), readCurrency(line) ?? invoiceOf.currency.toLowerCase(),
    readFlag(byItem ?? byInvoiceItem ?? line, 'proration'), foreverPercentOff(discountIds, terms), foreverAmountOff(discountAmounts.map((part) => ({ discountId: readReference(part, 'discount'), amountMinor: readInteger(part, 'amount') ?? 0 })), terms), readInstant(period, 'start'), readInstant(period, 'end'), readText(line, 'description'), JSON.stringify(line),
  ];
}

/** Billing credits that a line used before tax; `pretax_credit_amounts` names its discounts as well. */
const billingCreditOf = (line: Json): number => sumOf(readObjects(line, 'pretax_credit_amounts').filter((part) => part['type'] === 'credit_balance_transaction'), 'amount');

function unitAmountText(pricing: Json | null, oldPrice: Json | null): string | null {
  const written = readText(pricing, 'unit_amount_decimal') ?? readText(oldPrice, 'unit_amount_decimal') ?? readText(oldPrice, 'amount_decimal');
  if (written !== null) return written;
  const amount = oldPrice ? (readInteger(oldPrice, 'unit_amount') ?? readInteger(oldPrice, 'amount')) : null;
  return amount === null ? null : String(amount);
}

const account: Mapper = (object) => [
  needText(object, 'id'), readText(readObject(object, 'business_profile'), 'name') ?? readText(object, 'display_name'), readText(object, 'default_currency'), readText(object, 'country'), readInstant(object, 'created'),
];

const mappers: Readonly<Record<string, { readonly table: MirrorTable; readonly map: Mapper }>> = {
  account: { table: 'stripe_accounts', map: account },
  balance_transaction: { table: 'stripe_balance_transactions', map: balanceTransaction },
  charge: { table: 'stripe_charges', map: charge },
  payment_intent: { table: 'stripe_payment_intents', map: paymentIntent },
  customer: { table: 'stripe_customers', map: customer },
  customer_balance_transaction: { table: 'stripe_customer_balance_transactions', map: customerBalanceTransaction },
  product: { table: 'stripe_products', map: product },
  price: { table: 'stripe_prices', map: price },
  coupon: { table: 'stripe_coupons', map: coupon },
  tax_rate: { table: 'stripe_tax_rates', map: taxRate },
  subscription: { table: 'stripe_subscriptions', map: subscription },
  subscription_item: { table: 'stripe_subscription_items', map: (object) => subscriptionItemRow(object, null) },
  invoice: { table: 'stripe_invoices', map: invoice },
  invoice_payment: { table: 'stripe_invoice_payments', map: invoicePayment },
  invoiceitem: { table: 'stripe_invoice_items', map: invoiceItem },
  'checkout.session': { table: 'stripe_checkout_sessions', map: checkoutSession },
  refund: { table: 'stripe_refunds', map: refund },
  dispute: { table: 'stripe_disputes', map: dispute },
  payout: { table: 'stripe_payouts', map: payout },
  credit_note: { table: 'stripe_credit_notes', map: creditNote },
};

/** Whether the mirror keeps objects of this kind. */
export function isMirrored(objectName: string): boolean {
  return Object.hasOwn(mappers, objectName);
}

/** The table of a kind of object, undefined where the mirror keeps none. */
export const mirrorTableOf = (objectName: string): MirrorTable | undefined => (isMirrored(objectName) ? mappers[objectName]?.table : undefined);

/**
 * The row of an object, without the rows of what it embeds.
 * @throws ValidationError `stripe-object-malformed`.
 */
export function mapStripeObject(objectName: string, object: Json, context: MappingContext): MirrorRow | undefined {
  const mapper = isMirrored(objectName) ? mappers[objectName] : undefined;
  return mapper && { table: mapper.table, values: mapper.map(object, context), raw: null };
}
