/**
 * The columns of the lists of payments and customers in files: stable titles, in the order of the screens.
 */
import type { z } from 'zod';
import type { customerRowSchema } from '../../shared/api/customers.contract.ts';
import type { paymentRowSchema } from '../../shared/api/payments.contract.ts';
import { toDecimalString } from '../../shared/money/money.ts';
import type { CsvColumn } from './csv-export.ts';

type PaymentRow = z.infer<typeof paymentRowSchema>;
type CustomerRow = z.infer<typeof customerRowSchema>;
type Money = { readonly amount: number; readonly currency: string };

const amountOf = (money: Money | null): string | null => (money === null ? null : toDecimalString(money.amount, money.currency));
/** Amounts of several currencies in one cell: '12.00 USD; 5.00 EUR'. */
const amountsOf = (list: readonly Money[]): string => list.map(({ amount, currency }) => `${toDecimalString(amount, currency)} ${currency.toUpperCase()}`).join('; ');
const settledOf = (row: PaymentRow, pick: 'amountMinor' | 'feeMinor' | 'netMinor'): string | null => (row.settled === null ? null : toDecimalString(row.settled[pick], row.settled.currency));

export const paymentListColumns: readonly CsvColumn<PaymentRow>[] = [
  { title: 'Date', kind: 'date', value: (row) => row.createdOn },
  { title: 'Created (UTC)', kind: 'instant', value: (row) => new Date(row.createdAt).toISOString() },
  { title: 'Type', kind: 'text', value: (row) => row.kind },
  { title: 'Status', kind: 'text', value: (row) => row.status },
  { title: 'Customer', kind: 'text', value: (row) => row.customerName },
  { title: 'Description', kind: 'text', value: (row) => row.description },
  { title: 'Currency', kind: 'text', value: (row) => row.amount.currency.toUpperCase() },
  { title: 'Amount', kind: 'number', value: (row) => amountOf(row.amount) },
  { title: 'Settlement currency', kind: 'text', value: (row) => row.settled?.currency.toUpperCase() ?? null },
  { title: 'Settled', kind: 'number', value: (row) => settledOf(row, 'amountMinor') },
  { title: 'Fee', kind: 'number', value: (row) => settledOf(row, 'feeMinor') },
  { title: 'Net', kind: 'number', value: (row) => settledOf(row, 'netMinor') },
  { title: 'Method', kind: 'text', value: (row) => row.method },
  { title: 'Method detail', kind: 'text', value: (row) => row.methodDetail },
  { title: 'Failure code', kind: 'text', value: (row) => row.failureCode },
  { title: 'Failure message', kind: 'text', value: (row) => row.failureMessage },
  { title: 'Reason', kind: 'text', value: (row) => row.reason },
  { title: 'Invoices', kind: 'text', value: (row) => row.invoices.map((invoice) => invoice.number ?? invoice.id).join('; ') },
  { title: 'Payout', kind: 'text', value: (row) => row.payoutId },
  { title: 'Charge', kind: 'text', value: (row) => row.chargeId },
  { title: 'Payment intent', kind: 'text', value: (row) => row.paymentIntentId },
  { title: 'Customer id', kind: 'text', value: (row) => row.customerId },
  { title: 'Id', kind: 'text', value: (row) => row.id },
];

export const customerListColumns: readonly CsvColumn<CustomerRow>[] = [
  { title: 'Name', kind: 'text', value: (row) => row.name },
  { title: 'E-mail', kind: 'text', value: (row) => row.email },
  { title: 'Country', kind: 'text', value: (row) => row.country },
  { title: 'Customer since', kind: 'date', value: (row) => row.createdOn },
  { title: 'Active subscriptions', kind: 'number', value: (row) => String(row.activeSubscriptions) },
  { title: 'MRR', kind: 'number', value: (row) => amountOf(row.mrr) },
  { title: 'MRR currency', kind: 'text', value: (row) => row.mrr?.currency.toUpperCase() ?? null },
  { title: 'Open receivable', kind: 'text', value: (row) => amountsOf(row.openReceivable) },
  { title: 'Lifetime paid', kind: 'text', value: (row) => amountsOf(row.lifetimePaid) },
  { title: 'Balance', kind: 'number', value: (row) => amountOf(row.balance) },
  { title: 'Balance currency', kind: 'text', value: (row) => row.balance?.currency.toUpperCase() ?? null },
  { title: 'Deleted', kind: 'text', value: (row) => (row.isDeleted ? 'yes' : 'no') },
  { title: 'Id', kind: 'text', value: (row) => row.id },
];
