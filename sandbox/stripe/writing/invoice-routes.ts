/** Invoices and invoice items over HTTP. */
import type { Changes, RequestContext, Route } from '../changes.ts';
import { presentOne } from '../lists.ts';
import type { Json } from '../object-paths.ts';
import { type Parameters, mergeMetadata, readBoolean, readCurrency, readHash, readInteger, readString, readStrings, refuseUnknown, requireInteger, requireString } from '../parameters.ts';
import type { StripeObject } from '../population.ts';
import { invalidRequest, missingParameter } from '../stripe-error.ts';
import { buildPrice } from './catalog.ts';
import { readDiscounts } from './discounts.ts';
import { type Invoice, type InvoiceItem, addInvoiceItem, buildInvoice, createInvoiceItem, recalculate, requireInvoice } from './invoice-objects.ts';
import { collectInvoice, finalizeInvoice, markUncollectible, payOutOfBand, requireDraft, takePendingItems, voidInvoice } from './invoicing.ts';
import { cardError } from './payments.ts';

const answer = ({ state, parameters }: RequestContext, object: StripeObject): Json =>
  presentOne(state, structuredClone(object), { expand: readStrings(parameters, 'expand') ?? [] });

const invoiceFields = ['auto_advance', 'collection_method', 'days_until_due', 'default_payment_method', 'description', 'discounts', 'due_date', 'expand', 'footer', 'metadata'];

function createInvoice(context: RequestContext): Json {
  const { state, changes, parameters } = context;
  refuseUnknown(parameters, [...invoiceFields, 'currency', 'customer', 'pending_invoice_items_behavior', 'subscription']);
  const customer = state.require('customers', requireString(parameters, 'customer'), 'customer', 400);
  const subscription = readString(parameters, 'subscription');
  if (subscription !== undefined) state.require('subscriptions', subscription, 'subscription', 400);
  const invoice = buildInvoice(changes, {
    customer,
    currency: readCurrency(parameters) ?? (typeof customer['currency'] === 'string' ? customer['currency'] : 'usd'),
    billingReason: 'manual',
    ...(subscription === undefined ? {} : { subscription }),
    collectionMethod: readString(parameters, 'collection_method') ?? 'charge_automatically',
    daysUntilDue: readInteger(parameters, 'days_until_due') ?? null,
    description: readString(parameters, 'description') ?? null,
    metadata: mergeMetadata({}, parameters),
    defaultPaymentMethod: readString(parameters, 'default_payment_method') ?? null,
  });
  invoice.discounts = readDiscounts(changes, parameters, { customer: customer.id, invoice: invoice.id });
  changes.create('invoices', invoice);
  if (readString(parameters, 'pending_invoice_items_behavior') === 'include') takePendingItems(changes, invoice);
  changes.state.put('invoices', recalculate(changes, invoice));
  changes.emit('invoice.created', invoice);
  return answer(context, invoice);
}

function updateInvoice(context: RequestContext): Json {
  const { changes, parameters, ids: [id = ''] } = context;
  refuseUnknown(parameters, invoiceFields);
  const invoice = requireInvoice(changes, id);
  invoice['metadata'] = mergeMetadata(invoice['metadata'] as Record<string, string>, parameters);
  const others = Object.keys(parameters).filter((name) => !['auto_advance', 'expand', 'metadata'].includes(name));
  if (others.length > 0) requireDraft(invoice);
  for (const name of ['collection_method', 'default_payment_method', 'description', 'footer']) {
    const value = readString(parameters, name);
    if (value !== undefined) invoice[name] = value === '' ? null : value;
  }
  invoice['auto_advance'] = readBoolean(parameters, 'auto_advance') ?? invoice['auto_advance'];
  if (parameters['discounts'] !== undefined) invoice.discounts = readDiscounts(changes, parameters, { customer: invoice.customer, invoice: id });
  return answer(context, changes.update('invoices', invoice.status === 'draft' ? recalculate(changes, invoice) : invoice, 'invoice.updated'));
}

function deleteInvoice({ changes, ids: [id = ''] }: RequestContext): Json {
  const invoice = requireInvoice(changes, id);
  requireDraft(invoice);
  return changes.remove('invoices', invoice, 'invoice.deleted');
}

/** A deed on one invoice: `POST /v1/invoices/:id/<deed>`. */
function deed(allowed: string[], act: (changes: Changes, invoice: Invoice, parameters: Parameters) => Invoice): (context: RequestContext) => Json {
  return (context) => {
    refuseUnknown(context.parameters, ['expand', ...allowed]);
    return answer(context, act(context.changes, requireInvoice(context.changes, context.ids[0] ?? ''), context.parameters));
  };
}

const pay = deed(['forgive', 'off_session', 'paid_out_of_band', 'payment_method', 'source'], (changes, given, parameters) => {
  const invoice = given.status === 'draft' ? finalizeInvoice(changes, given) : given;
  if (readBoolean(parameters, 'paid_out_of_band') === true) return payOutOfBand(changes, invoice);
  if (invoice.status === 'paid' && given.status === 'draft') return invoice;
  const outcome = collectInvoice(changes, invoice, readString(parameters, 'payment_method'));
  if (outcome.failure) throw cardError(outcome.failure);
  return outcome.invoice;
});

const itemFields = ['amount', 'description', 'discountable', 'expand', 'metadata', 'period', 'price_data', 'pricing', 'quantity', 'unit_amount_decimal'];

function readPeriod(parameters: Parameters, now: number): { start: number; end: number } {
  const period = readHash(parameters, 'period');
  return period ? { start: requireInteger(period, 'start'), end: requireInteger(period, 'end') } : { start: now, end: now };
}

/** The price of an item and its amount: `amount`, or a price × quantity. */
function readAmount({ state, changes, parameters }: RequestContext): { amount: number; price: StripeObject | null; quantity: number } {
  const quantity = readInteger(parameters, 'quantity') ?? 1;
  const priceId = readString(readHash(parameters, 'pricing') ?? {}, 'price');
  const inline = readHash(parameters, 'price_data');
  const price = inline ? buildPrice(changes, inline) : priceId === undefined ? null : state.require('prices', priceId, 'pricing[price]', 400);
  if (inline && price) changes.create('prices', { ...price, active: false });
  const amount = readInteger(parameters, 'amount');
  if (price !== null && amount !== undefined) throw invalidRequest('You may only specify one of these parameters: amount, pricing.');
  if (price !== null) return { amount: Number(price['unit_amount']) * quantity, price, quantity };
  if (amount === undefined) throw missingParameter('amount');
  return { amount, price: null, quantity: 1 };
}

function createItem(context: RequestContext): Json {
  const { state, changes, parameters } = context;
  refuseUnknown(parameters, [...itemFields, 'currency', 'customer', 'invoice', 'subscription']);
  const customer = state.require('customers', requireString(parameters, 'customer'), 'customer', 400);
  const invoiceId = readString(parameters, 'invoice');
  const invoice = invoiceId === undefined ? null : requireInvoice(changes, invoiceId);
  if (invoice) requireDraft(invoice);
  const { amount, price, quantity } = readAmount(context);
  const item = createInvoiceItem(changes, {
    amount,
    price,
    quantity,
    customer: customer.id,
    currency: readCurrency(parameters) ?? (price ? String(price['currency']) : (invoice?.currency ?? 'usd')),
    description: readString(parameters, 'description') ?? '',
    discountable: readBoolean(parameters, 'discountable') ?? true,
    metadata: mergeMetadata({}, parameters),
    period: readPeriod(parameters, changes.now()),
  });
  if (invoice) {
    addInvoiceItem(changes, invoice, item);
    changes.update('invoices', recalculate(changes, invoice), 'invoice.updated');
  }
  return answer(context, state.require('invoiceitems', item.id, 'invoiceitem'));
}

function requireOpenItem({ changes, ids: [id = ''] }: RequestContext): { item: InvoiceItem; invoice: Invoice | null } {
  const item = changes.state.require('invoiceitems', id, 'invoiceitem') as InvoiceItem;
  const invoice = item.invoice === null ? null : requireInvoice(changes, item.invoice);
  if (invoice) requireDraft(invoice);
  return { item, invoice };
}

function updateItem(context: RequestContext): Json {
  const { changes, parameters } = context;
  refuseUnknown(parameters, ['amount', 'description', 'discountable', 'expand', 'metadata']);
  const { item, invoice } = requireOpenItem(context);
  item.amount = readInteger(parameters, 'amount') ?? item.amount;
  item['net_amount'] = item.amount;
  item['description'] = readString(parameters, 'description') ?? item['description'];
  item['metadata'] = mergeMetadata(item['metadata'] as Record<string, string>, parameters);
  changes.update('invoiceitems', item, 'invoiceitem.updated');
  const line = invoice?.lines.data.find((candidate) => JSON.stringify(candidate['parent']).includes(item.id));
  if (invoice && line) {
    Object.assign(line, { amount: item.amount, subtotal: item.amount, description: item['description'] });
    changes.update('invoices', recalculate(changes, invoice), 'invoice.updated');
  }
  return answer(context, item);
}

function deleteItem(context: RequestContext): Json {
  const { changes } = context;
  const { item, invoice } = requireOpenItem(context);
  if (invoice) {
    invoice.lines.data = invoice.lines.data.filter((line) => !JSON.stringify(line['parent']).includes(item.id));
    changes.update('invoices', recalculate(changes, invoice), 'invoice.updated');
  }
  return changes.remove('invoiceitems', item, 'invoiceitem.deleted');
}

const post = (pattern: string, handle: (context: RequestContext) => Json): Route => ({ method: 'POST', pattern, permission: 'invoice_write', handle });

export const invoiceRoutes: Route[] = [
  post('/v1/invoices', createInvoice),
  post('/v1/invoices/:id', updateInvoice),
  { method: 'DELETE', pattern: '/v1/invoices/:id', permission: 'invoice_write', handle: deleteInvoice },
  post('/v1/invoices/:id/finalize', deed(['auto_advance'], finalizeInvoice)),
  post('/v1/invoices/:id/pay', pay),
  post('/v1/invoices/:id/send', deed([], (changes, invoice) => (invoice.status === 'draft' ? finalizeInvoice(changes, invoice) : invoice))),
  post('/v1/invoices/:id/void', deed([], voidInvoice)),
  post('/v1/invoices/:id/mark_uncollectible', deed([], markUncollectible)),
  post('/v1/invoiceitems', createItem),
  post('/v1/invoiceitems/:id', updateItem),
  { method: 'DELETE', pattern: '/v1/invoiceitems/:id', permission: 'invoice_write', handle: deleteItem },
];
