/** “Why” of the figures of invoices and of ageing: from what was stored when they were rated, edited and settled, never worked out in the screen. */
import { oc } from '@orpc/contract';
import { z } from 'zod';
import { currencySchema, idSchema, localDateSchema, whySchema } from './primitives.ts';

/** `payable`: total less withholding. The last five are of finalised invoices. */
export const invoiceFigures = ['line', 'line-discount', 'discount', 'subtotal', 'tax', 'total', 'withholding', 'payable', 'paid', 'credited', 'withheld', 'written-off', 'due'] as const;
export type InvoiceFigureName = (typeof invoiceFigures)[number];

export const ageingFigures = ['currentMinor', 'days1To30Minor', 'days31To60Minor', 'days61To90Minor', 'days91PlusMinor', 'totalMinor', 'unapplied', 'credit', 'account'] as const;
export type AgeingFigureName = (typeof ageingFigures)[number];

export const invoiceWhyContract = {
  /** A figure of an invoice of ours or of Stripe's, draft or not. `figure-unknown`: the invoice has no such line or figure. */
  why: oc.input(z.object({ id: idSchema, figure: z.enum(invoiceFigures), /** Of a line: its place counted from 0, or its id on a draft. */ line: z.string().max(1_200).optional() })).output(whySchema),
  /** A figure of ageing: the invoices it is the sum of. `account`: the balance of accounts receivable with these customers. Needs finance. */
  ageingWhy: oc.input(z.object({ figure: z.enum(ageingFigures), currency: currencySchema, /** Left out: of all customers. */ partyId: idSchema.optional(), /** Of one invoice: what moved it up to that day. */ invoiceId: idSchema.optional(), asOf: localDateSchema.optional() })).output(whySchema),
};
