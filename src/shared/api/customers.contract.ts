import { oc } from '@orpc/contract';
import { z } from 'zod';
import { invoiceRowSchema } from './invoices.contract.ts';
import { entryRowSchema } from './ledger.contract.ts';
import { paymentRowSchema, rawObjectSchema } from './payments.contract.ts';
import { csvPartInput, csvPartSchema, currencySchema, filterTextSchema, idSchema, instantSchema, localDateSchema, moneySchema, monthSchema, windowInput, windowOutput } from './primitives.ts';

export const customerRowSchema = z.object({
  id: z.string(), name: z.string(), email: z.string().nullable(), /** ISO 3166 alpha-2, as the customer's address has it. */ country: z.string().nullable(), isDeleted: z.boolean(), createdOn: localDateSchema,
  /** At the end of the newest month that was worked out, in functional currency; null where nothing was worked out yet. */
  mrr: moneySchema.nullable(),
  /** What is left to pay on open invoices. */
  openReceivable: z.array(moneySchema),
  /** What was collected, less what was refunded. */
  lifetimePaid: z.array(moneySchema),
  /** What the customer owes us (positive) or has as credit (negative) beside the invoices, as Stripe keeps it; null where it is zero. */
  balance: moneySchema.nullable(),
  activeSubscriptions: z.number().int(),
});

export const customerSubscriptionSchema = z.object({
  id: z.string(), status: z.string(), startedOn: localDateSchema.nullable(), trialEndsOn: localDateSchema.nullable(), cancelsOn: localDateSchema.nullable(), endedOn: localDateSchema.nullable(),
  items: z.array(z.object({ id: z.string(), productName: z.string(), quantity: z.number().int().nullable(), unitAmount: moneySchema.nullable(), interval: z.string().nullable() })),
});

/** Per list: the newest hundred, and how many there are in all. */
export const customerDetailSchema = customerRowSchema.extend({
  createdAt: instantSchema, mrrMonth: monthSchema.nullable(),
  subscriptions: z.array(customerSubscriptionSchema),
  invoices: z.array(invoiceRowSchema), invoicesTotal: z.number().int(),
  payments: z.array(paymentRowSchema), paymentsTotal: z.number().int(),
  entries: z.array(entryRowSchema), entriesTotal: z.number().int(),
  rawObjects: z.array(rawObjectSchema),
});

export const customerStandings = ['subscribed', 'owing', 'in-credit', 'deleted'] as const;
export const customerFilterSchema = z.object({
  standing: z.enum(customerStandings).optional(), country: z.string().regex(/^[A-Z]{2}$/, 'A country is two capital letters, such as IE.').optional(), currency: currencySchema.optional(),
  /** A part of the name or e-mail address, or the id. */
  text: filterTextSchema.optional(),
});

const customerColumns = ['name', 'country', 'createdOn', 'mrr', 'openReceivable', 'lifetimePaid'] as const;
export const customerSortSchema = z.object({ column: z.enum(customerColumns), direction: z.enum(['ascending', 'descending']) });

export const customersContract = {
  /** `sums` is what all customers of the filter still owe, per currency. */
  list: oc.input(windowInput(customerColumns, customerFilterSchema)).output(windowOutput(customerRowSchema)),
  show: oc.input(z.object({ id: idSchema })).output(customerDetailSchema),
  /** Exactly the rows of the list with this filter, in its order, as CSV text. */
  exportCsv: oc.input(csvPartInput(customerFilterSchema, customerSortSchema)).output(csvPartSchema),
};
