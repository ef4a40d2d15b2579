/** What the screens of Revenue drill to beside the lists of the measures. */
import { oc } from '@orpc/contract';
import { z } from 'zod';
import { currencySchema, filterTextSchema, localDateSchema, moneySchema, monthSchema, whySchema, windowInput, windowOutput } from './primitives.ts';
import { breakdownKinds, mrrPolicySchema } from './revenue-measures.contract.ts';

export const cohortCustomerSchema = z.object({ customerId: z.string(), customerName: z.string(), country: z.string(), /** First day with MRR. */ since: localDateSchema, mrr: moneySchema });

export const deferredFigures = ['opening', 'deferred', 'recognised', 'taken-back', 'other', 'closing', 'account', 'difference'] as const;
/** A day of a month, or a later month as it will be if nothing is taken back. */
const earnedPointSchema = z.object({ month: monthSchema, currency: currencySchema, day: localDateSchema.optional(), later: monthSchema.optional() });
/** What an invoice earned on a day, or will earn in a later month. */
export const earnedInvoiceSchema = z.object({ invoiceId: z.string(), number: z.string().nullable(), customerId: z.string().nullable(), customerName: z.string(), lines: z.number().int(), earned: moneySchema });
const pickers = { policy: mrrPolicySchema.default('standard'), currency: currencySchema.optional() };

/** Figures that are no measure of their own: a member's share, a cell of the cohort table, deferred revenue and what of it is earned. */
export const screenFigureSchema = z.discriminatedUnion('of', [
  z.object({ of: z.literal('share'), month: monthSchema, by: z.enum(breakdownKinds), member: z.string().max(200), plan: z.string().max(200).optional(), country: z.string().max(200).optional(), ...pickers }),
  z.object({ of: z.literal('cohort'), cohort: monthSchema, offset: z.number().int().min(0).max(480), figure: z.enum(['size', 'customers', 'mrr', 'logo-retention', 'revenue-retention']), ...pickers }),
  z.object({ of: z.literal('deferred'), month: monthSchema, currency: currencySchema, figure: z.enum(deferredFigures) }),
  z.object({ of: z.literal('earned'), ...earnedPointSchema.shape }),
]);

export const revenueScreensContract = {
  /** Formula, inputs and sources of such a figure. @throws `revenue-figure-unknown` when there is none at that place. */
  why: oc.input(screenFigureSchema).output(whySchema),
  /** The invoices behind a day's or a later month's bar of recognition; they sum to it. */
  earnedInvoices: oc.input(windowInput(['amount', 'customerName'], z.object({ ...earnedPointSchema.shape, text: filterTextSchema.optional() }))).output(windowOutput(earnedInvoiceSchema)),
  /** Customers whose first MRR came in the cohort’s month and who have MRR at the end of another; they are the customers and sum to the MRR of the cohort’s cell. */
  cohortCustomers: oc
    .input(windowInput(['amount', 'customerName', 'since'], z.object({ cohort: monthSchema, month: monthSchema, policy: mrrPolicySchema.default('standard'), currency: currencySchema.optional(), text: filterTextSchema.optional() })))
    .output(windowOutput(cohortCustomerSchema)),
};
