/** The company's `payment_history`, written by its own back end: one row per payment, refund or dispute movement, with the planted breaks. */
import type { BreakPlan, RowEdit, StrayRow } from './breaks.ts';
import { openingSeconds } from './calendar.ts';
import type { ChargeFact, TransactionFact, World } from './facts.ts';
import { sourceIdOf } from './render/balance-objects.ts';
import { failureMessageOf } from './render/money-objects.ts';

export interface PaymentRow {
  paymentId: string;
  transactionId: string | null;
  invoiceId: string | null;
  customerId: string;
  kind: 'payment' | 'refund' | 'dispute';
  amount: number;
  currency: string;
  status: string;
  fee: number;
  net: number;
  refunded: number;
  failureCode: string | null;
  failureMessage: string | null;
  method: string;
  created: number;
}

const sequencePlaces = 2 ** 24;

/**
 * All rows in the order in which they were written, one at a time: a million of them need only one sorted list of numbers.
 * A key packs the moment and a running number: transactions first, then failed charges, then the rows a planted break touched.
 */
export function* paymentRows(world: World, plan: BreakPlan): Generator<PaymentRow> {
  const special = specialRows(world, plan);
  const failedFrom = world.transactions.length;
  const specialFrom = failedFrom + world.charges.length;
  const keys = new Float64Array(specialFrom + special.length);
  let count = 0;
  const note = (created: number, sequence: number): void => {
    keys[count] = (created - openingSeconds + 2 ** 24) * sequencePlaces + sequence;
    count += 1;
  };
  for (const transaction of world.transactions) {
    if (chargeBehind(transaction) !== null && !plan.edits.has(transaction.number)) {
      note(transaction.created, transaction.number);
    }
  }
  for (const charge of world.charges) {
    if (!charge.isPaid) {
      note(charge.created, failedFrom + charge.number);
    }
  }
  special.forEach((row, position) => note(row.created, specialFrom + position));
  for (const key of keys.subarray(0, count).sort()) {
    const sequence = key % sequencePlaces;
    const transaction = world.transactions[sequence];
    const charge = world.charges[sequence - failedFrom];
    const row = transaction !== undefined ? rowOf(world, transaction) : charge !== undefined ? failedRow(world, charge) : special[sequence - specialFrom];
    if (row !== null && row !== undefined) {
      yield row;
    }
  }
}

/** Payments Stripe does not know, and the rows of transactions a break touched: none, one or two each. */
function specialRows(world: World, plan: BreakPlan): PaymentRow[] {
  const rows = plan.strays.map((stray) => strayRow(world, stray));
  for (const [number, edit] of plan.edits) {
    const transaction = world.transactions[number];
    const row = transaction === undefined ? null : rowOf(world, transaction);
    if (row !== null) {
      rows.push(...applyEdit(row, edit));
    }
  }
  return rows;
}

function strayRow(world: World, stray: StrayRow): PaymentRow {
  return {
    paymentId: stray.paymentId,
    transactionId: stray.transactionId,
    invoiceId: null,
    customerId: world.ids.idOf('customer', stray.customer),
    kind: 'payment',
    amount: stray.amount,
    currency: stray.currency,
    status: 'succeeded',
    fee: stray.fee,
    net: stray.amount - stray.fee,
    refunded: 0,
    failureCode: null,
    failureMessage: null,
    method: 'card',
    created: stray.created,
  };
}

function chargeBehind(transaction: TransactionFact): { charge: ChargeFact; kind: PaymentRow['kind']; status: string } | null {
  const { source } = transaction;
  if (source === null) {
    return null;
  }
  if ('withdrawal' in source) {
    return { charge: source.charge, kind: 'dispute', status: transaction.isReinstatement ? 'reversed' : 'disputed' };
  }
  if ('charge' in source) {
    return { charge: source.charge, kind: 'refund', status: 'succeeded' };
  }
  return 'intent' in source ? { charge: source, kind: 'payment', status: 'succeeded' } : null;
}

function rowOf(world: World, transaction: TransactionFact): PaymentRow | null {
  const behind = chargeBehind(transaction);
  if (behind === null) {
    return null;
  }
  const { charge, kind, status } = behind;
  const refunded = (charge.refunds ?? []).reduce((sum, refund) => sum - refund.transaction.amount, 0);
  const { invoice, customer } = charge.intent;
  return {
    paymentId: sourceIdOf(world, transaction) ?? '',
    transactionId: world.ids.idOf('transaction', transaction.number),
    invoiceId: invoice === null ? null : world.ids.idOf('invoice', invoice.number),
    customerId: world.ids.idOf('customer', customer.number),
    kind,
    amount: transaction.amount,
    currency: transaction.currency,
    status,
    fee: transaction.fee,
    net: transaction.amount - transaction.fee,
    refunded: kind === 'payment' ? refunded : 0,
    failureCode: null,
    failureMessage: null,
    method: customer.paysByDebit ? 'sepa_debit' : 'card',
    created: transaction.created,
  };
}

function failedRow(world: World, charge: ChargeFact): PaymentRow {
  const { invoice, customer } = charge.intent;
  return {
    paymentId: world.ids.idOf('charge', charge.number),
    transactionId: null,
    invoiceId: invoice === null ? null : world.ids.idOf('invoice', invoice.number),
    customerId: world.ids.idOf('customer', customer.number),
    kind: 'payment',
    amount: 0,
    currency: charge.currency,
    status: 'failed',
    fee: 0,
    net: 0,
    refunded: 0,
    failureCode: charge.failureCode,
    failureMessage: failureMessageOf(charge.failureCode),
    method: customer.paysByDebit ? 'sepa_debit' : 'card',
    created: charge.created,
  };
}

/** A planted break changes one thing and keeps the row's net consistent with it. */
function applyEdit(row: PaymentRow, edit: RowEdit): PaymentRow[] {
  switch (edit.edit) {
    case 'omit':
      return [];
    case 'amount':
      return [{ ...row, amount: edit.amount, net: edit.amount - row.fee }];
    case 'fee':
      return [{ ...row, fee: edit.fee, net: row.amount - edit.fee }];
    case 'currency':
      return [{ ...row, currency: edit.currency }];
    case 'status':
      return [{ ...row, status: edit.status }];
    case 'repeat':
      return [row, { ...row, created: row.created + edit.afterSeconds }];
    case 'move':
      return [{ ...row, created: row.created + edit.bySeconds }];
    case 'rename':
      return [{ ...row, paymentId: edit.paymentId, transactionId: null }];
  }
}
