import { assertInOrder } from '../../shared/calendar/local-date.ts';
import type { z } from 'zod';
import type { paymentFilterSchema, paymentRowSchema, payoutStandings } from '../../shared/api/payments.contract.ts';
import { instantText, moneyText, type HumanOutput } from '../output.ts';
import type { CommandAction } from './command.ts';

type PaymentRow = z.infer<typeof paymentRowSchema>;
type PaymentFilter = z.infer<typeof paymentFilterSchema>;

/** What `payments list` and `export payments` are narrowed by. */
export interface PaymentFlags {
  readonly kind?: NonNullable<PaymentFilter['kind']>;
  readonly status?: NonNullable<PaymentFilter['status']>;
  readonly month?: string;
  readonly from?: string;
  readonly to?: string;
  readonly currency?: string;
  readonly customer?: string;
  readonly amount?: string;
  readonly text?: string;
}

export function paymentFilterOf({ kind, status, month, from, to, currency, customer, amount, text }: PaymentFlags): PaymentFilter {
  assertInOrder(from, to);
  return {
    ...(kind ? { kind } : {}), ...(status ? { status } : {}), ...(month ? { month } : {}), ...(from ? { from } : {}), ...(to ? { to } : {}), ...(currency ? { currency } : {}), ...(customer ? { customerId: customer } : {}), ...(amount ? { amount } : {}), ...(text ? { text } : {}),
  };
}

function printPayments(out: HumanOutput, rows: readonly PaymentRow[]): void {
  out.table(rows, [
    { title: 'Date', text: (row) => row.createdOn },
    { title: 'Type', text: (row) => row.kind },
    { title: 'Status', text: (row) => (row.failureCode === null ? row.status : `${row.status}: ${row.failureCode}`) },
    { title: 'Customer', text: (row) => row.customerName },
    { title: 'Amount', align: 'right', text: (row) => moneyText(row.amount.amount, row.amount.currency) },
    { title: 'Fee', align: 'right', text: (row) => (row.settled ? moneyText(row.settled.feeMinor, row.settled.currency) : '') },
    { title: 'Net', align: 'right', text: (row) => (row.settled ? moneyText(row.settled.netMinor, row.settled.currency) : '') },
    { title: 'Method', text: (row) => row.methodDetail ?? row.method ?? '' },
    { title: 'Invoice', text: (row) => row.invoices.map((invoice) => invoice.number ?? invoice.id).join(', ') },
    { title: 'Id', text: (row) => row.id },
  ]);
}

export function listPayments({ limit, ...flags }: PaymentFlags & { limit: number }): CommandAction {
  return async ({ client, output }) => {
    const page = await client.payments.list({ limit, filter: paymentFilterOf(flags) });
    output.answer({ payments: page.rows, total: page.total, sums: page.sums, groups: page.groups }, (out) => {
      printPayments(out, page.rows);
      out.line(`${page.rows.length} of ${page.total.toLocaleString('en-US')} payments, which moved ${page.sums.map((sum) => moneyText(sum.amount, sum.currency)).join(', ') || 'nothing'}`);
    });
    return 0;
  };
}

/** Where a payment names no payout: why; null where nobody would ask. */
const payoutWords: Readonly<Record<(typeof payoutStandings)[number], string | null>> = {
  named: null, 'not-available': 'none yet: the money is not available', 'not-read': 'not read yet: the next sync asks Stripe', 'by-hand': 'not known: a payout made by hand names no payments', 'not-paid-out': 'none yet', 'nothing-moved': null,
};

/** @param id of a charge, payment intent, refund, dispute or balance transaction. */
export function showPayment(id: string): CommandAction {
  return async ({ client, output, timeZone }) => {
    const payment = await client.payments.show({ id });
    output.answer(payment, (out) => {
      out.line(`${payment.kind} ${payment.id} · ${payment.status} · ${moneyText(payment.amount.amount, payment.amount.currency)} · ${payment.customerName}`);
      const facts: [string, string | null][] = [
        ['Made', instantText(payment.createdAt, timeZone)], ['Description', payment.description], ['Method', payment.methodDetail ?? payment.method], ['Failure', [payment.failureCode, payment.failureMessage].filter(Boolean).join(': ') || null], ['Reason', payment.reason],
        ['Intent', payment.paymentIntentId], ['Charge', payment.chargeId], ['Payout', payment.payoutId ?? payoutWords[payment.payoutStanding]],
      ];
      for (const [label, value] of facts) if (value !== null) out.line(`${label.padEnd(12)} ${value}`);
      for (const tie of payment.ties) out.line(`${'Paid'.padEnd(12)} ${moneyText(tie.amount.amount, tie.amount.currency)} of invoice ${tie.invoiceNumber ?? tie.invoiceId} (${tie.invoiceStatus})`);
      for (const transaction of payment.transactions) {
        out.line(`${'Settled'.padEnd(12)} ${moneyText(transaction.amountMinor, transaction.currency)}, fee ${moneyText(transaction.feeMinor, transaction.currency)}, net ${moneyText(transaction.netMinor, transaction.currency)} · ${transaction.id}${transaction.exchangeRate === null ? '' : ` at ${transaction.exchangeRate}`}`);
      }
      for (const id of payment.journalEntryIds) out.line(`${'Entry'.padEnd(12)} ${id}`);
      if (payment.related.length > 0) printPayments(out, payment.related);
    });
    return 0;
  };
}
