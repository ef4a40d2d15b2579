/** Credit notes over HTTP: before payment they lessen what is due, after it they are refunded, credited or settled elsewhere. */
import type { Changes, RequestContext, Route } from '../changes.ts';
import { presentOne } from '../lists.ts';
import { type Json, readNumber } from '../object-paths.ts';
import { type Parameters, mergeMetadata, readHashes, readInteger, readString, readStrings, refuseUnknown, requireString } from '../parameters.ts';
import type { StripeObject } from '../population.ts';
import { invalidRequest, missingParameter } from '../stripe-error.ts';
import { formatAmount, multiplyDivide } from './amounts.ts';
import { type Invoice, requireInvoice } from './invoice-objects.ts';
import { chargeOfInvoice, refundCharge } from './refunds.ts';
import { moveBalance } from './customer-balance.ts';

interface NoteLine extends Json {
  amount: number;
}

function buildLine(changes: Changes, invoice: Invoice, given: Parameters, index: number): NoteLine {
  const type = requireString(given, 'type');
  const quantity = readInteger(given, 'quantity') ?? 1;
  const unitAmount = readInteger(given, 'unit_amount');
  let amount = readInteger(given, 'amount') ?? (unitAmount === undefined ? undefined : unitAmount * quantity);
  let description = readString(given, 'description') ?? null;
  const lineId = readString(given, 'invoice_line_item') ?? null;
  if (type === 'invoice_line_item') {
    const line = invoice.lines.data.find((candidate) => candidate.id === lineId);
    if (line === undefined) throw invalidRequest(`No such invoice line item: '${lineId}'`, `lines[${index}][invoice_line_item]`, 'resource_missing');
    amount ??= multiplyDivide(line.amount, quantity, Math.max(1, readNumber(line, 'quantity')));
    description ??= String(line['description']);
  }
  if (amount === undefined) throw missingParameter(`lines[${index}][amount]`);
  return {
    id: changes.id('cnli'),
    object: 'credit_note_line_item',
    amount,
    description,
    discount_amount: 0,
    discount_amounts: [],
    ...(lineId === null ? {} : { invoice_line_item: lineId }),
    livemode: false,
    metadata: {},
    pretax_credit_amounts: [],
    quantity,
    tax_rates: [],
    taxes: [],
    type,
    unit_amount: unitAmount ?? null,
    unit_amount_decimal: unitAmount === undefined ? null : String(unitAmount),
  };
}

function readLines(changes: Changes, invoice: Invoice, parameters: Parameters): NoteLine[] {
  const given = readHashes(parameters, 'lines');
  const amount = readInteger(parameters, 'amount');
  if (given) return given.map((line, index) => buildLine(changes, invoice, line, index));
  if (amount === undefined) throw missingParameter('lines');
  return [buildLine(changes, invoice, { type: 'custom_line_item', description: `Credit on invoice ${invoice.number}`, amount: String(amount), quantity: '1' }, 0)];
}

/** After payment, the parts given back must add up to the note. */
function checkParts(parameters: Parameters, total: number, currency: string): { refund: number; credit: number; outOfBand: number } {
  const refund = readInteger(parameters, 'refund_amount') ?? 0;
  const credit = readInteger(parameters, 'credit_amount') ?? 0;
  const outOfBand = readInteger(parameters, 'out_of_band_amount') ?? 0;
  const sum = refund + credit + outOfBand;
  if (sum !== total) {
    throw invalidRequest(
      `The sum of credit amount, refund amount and out of band amount (${formatAmount(sum, currency)}) must equal the credit note amount (${formatAmount(total, currency)}).`,
    );
  }
  return { refund, credit, outOfBand };
}

/** What the note does to money and to its invoice; returns the refunds made. */
function settle(changes: Changes, invoice: Invoice, total: number, parameters: Parameters): { refunds: Json[]; outOfBand: number | null; type: string } {
  if (invoice.status === 'open') {
    if (total > invoice.amount_remaining) throw invalidRequest('The credit note amount cannot exceed what remains due on the invoice.', 'amount');
    const reduced: Invoice = {
      ...invoice,
      amount_due: invoice.amount_due - total,
      amount_remaining: invoice.amount_remaining - total,
      pre_payment_credit_notes_amount: readNumber(invoice, 'pre_payment_credit_notes_amount') + total,
    };
    if (reduced.amount_remaining === 0) {
      Object.assign(reduced, { status: 'paid', status_transitions: { ...reduced.status_transitions, paid_at: changes.now() } });
      changes.update('invoices', reduced, 'invoice.updated', 'invoice.paid');
    } else changes.update('invoices', reduced, 'invoice.updated');
    return { refunds: [], outOfBand: null, type: 'pre_payment' };
  }
  if (invoice.status !== 'paid') throw invalidRequest(`Credit notes can only be created for open or paid invoices. This invoice is ${invoice.status}.`, 'invoice');
  const credited = readNumber(invoice, 'post_payment_credit_notes_amount') + total;
  if (credited > invoice.amount_paid) throw invalidRequest('The credit note amount cannot exceed what was paid on the invoice.', 'amount');
  const parts = checkParts(parameters, total, invoice.currency);
  changes.update('invoices', { ...invoice, post_payment_credit_notes_amount: credited }, 'invoice.updated');
  if (parts.credit > 0) {
    const customer = changes.state.require('customers', invoice.customer, 'customer', 400);
    moveBalance(changes, customer, readNumber(customer, 'balance') - parts.credit, { type: 'credit_note', currency: invoice.currency, invoice: invoice.id });
  }
  if (parts.refund === 0) return { refunds: [], outOfBand: parts.outOfBand || null, type: 'post_payment' };
  const charge = chargeOfInvoice(changes, invoice.id);
  if (charge === undefined) throw invalidRequest('This invoice was not paid by a charge that could be refunded.', 'refund_amount');
  const refund = refundCharge(changes, charge, { amount: parts.refund });
  return { refunds: [{ amount_refunded: parts.refund, payment_record_refund: null, refund: refund.id, type: 'refund' }], outOfBand: parts.outOfBand || null, type: 'post_payment' };
}

function numberOf(changes: Changes, invoice: Invoice): string {
  const { objects } = changes.state.collection('credit_notes').find({ filters: [{ name: 'invoice', values: new Set([invoice.id]) }], limit: 100 });
  return `${invoice.number}-CN-${String(objects.length + 1).padStart(2, '0')}`;
}

function create({ state, changes, parameters }: RequestContext): Json {
  refuseUnknown(parameters, ['amount', 'credit_amount', 'expand', 'invoice', 'lines', 'memo', 'metadata', 'out_of_band_amount', 'reason', 'refund_amount']);
  const invoice = requireInvoice(changes, requireString(parameters, 'invoice'));
  const lines = readLines(changes, invoice, parameters);
  const total = lines.reduce((sum, line) => sum + line.amount, 0);
  if (total < 1) throw invalidRequest('The credit note amount must be greater than zero.', 'amount');
  const number = numberOf(changes, invoice);
  const { refunds, outOfBand, type } = settle(changes, invoice, total, parameters);
  const id = changes.id('cn');
  const note: StripeObject = {
    id,
    object: 'credit_note',
    amount: total,
    amount_shipping: 0,
    created: changes.now(),
    currency: invoice.currency,
    customer: invoice.customer,
    customer_account: null,
    customer_balance_transaction: null,
    discount_amount: 0,
    discount_amounts: [],
    effective_at: changes.now(),
    invoice: invoice.id,
    lines: { object: 'list', data: lines, has_more: false, url: `/v1/credit_notes/${id}/lines` },
    livemode: false,
    memo: readString(parameters, 'memo') ?? null,
    metadata: mergeMetadata({}, parameters),
    number,
    out_of_band_amount: outOfBand,
    pdf: `https://pay.stripe.com/credit_notes/${state.accountId}/${id}/pdf`,
    post_payment_amount: type === 'post_payment' ? total : 0,
    pre_payment_amount: type === 'pre_payment' ? total : 0,
    pretax_credit_amounts: [],
    reason: readString(parameters, 'reason') ?? null,
    refunds,
    shipping_cost: null,
    status: 'issued',
    subtotal: total,
    subtotal_excluding_tax: total,
    total,
    total_excluding_tax: total,
    total_taxes: [],
    type,
    voided_at: null,
  };
  changes.create('credit_notes', note, 'credit_note.created');
  return presentOne(state, structuredClone(note), { expand: readStrings(parameters, 'expand') ?? [] });
}

/** Only a note on an open invoice can be taken back. */
function voidNote({ state, changes, parameters, ids: [id = ''] }: RequestContext): Json {
  refuseUnknown(parameters, ['expand']);
  const note = state.require('credit_notes', id, 'id');
  const invoice = requireInvoice(changes, String(note['invoice']));
  if (note['status'] === 'void' || invoice.status !== 'open') throw invalidRequest('You can only void an issued credit note of an open invoice.');
  const amount = readNumber(note, 'amount');
  const restored = {
    ...invoice,
    amount_due: invoice.amount_due + amount,
    amount_remaining: invoice.amount_remaining + amount,
    pre_payment_credit_notes_amount: readNumber(invoice, 'pre_payment_credit_notes_amount') - amount,
  };
  changes.update('invoices', restored, 'invoice.updated');
  const voided = changes.update('credit_notes', { ...note, status: 'void', voided_at: changes.now() }, 'credit_note.voided');
  return presentOne(state, structuredClone(voided), { expand: readStrings(parameters, 'expand') ?? [] });
}

export const creditNoteRoutes: Route[] = [
  { method: 'POST', pattern: '/v1/credit_notes', permission: 'credit_note_write', handle: create },
  { method: 'POST', pattern: '/v1/credit_notes/:id/void', permission: 'credit_note_write', handle: voidNote },
];
