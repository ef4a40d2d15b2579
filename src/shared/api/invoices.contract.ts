import { oc } from '@orpc/contract';
import { z } from 'zod';
import { missingFieldSchema } from './documents.contract.ts';
import { invoiceLifecycleContract } from './invoice-lifecycle.contract.ts';
import { invoiceWhyContract } from './invoice-why.contract.ts';
import { commandIdSchema, csvPartInput, csvPartSchema, currencySchema, exportedAsSchema, filterTextSchema, historySchema, idSchema, localDateSchema, minorUnitsSchema, moneySchema, monthSchema, windowInput, windowOutput } from './primitives.ts';

export const invoiceStatusSchema = z.enum(['draft', 'open', 'finalised', 'sent', 'partly_paid', 'paid', 'void', 'uncollectible']);
export const invoiceOriginSchema = z.enum(['partner', 'one-off', 'stripe']);

export const invoiceRowSchema = z.object({
  id: z.string(), origin: invoiceOriginSchema, number: z.string().nullable(), customerName: z.string(), status: invoiceStatusSchema, isOverdue: z.boolean(), issuedOn: localDateSchema.nullable(), dueOn: localDateSchema.nullable(),
  billingMonth: monthSchema.nullable(), total: moneySchema, due: moneySchema, /** Of lines and totals as they stand, sent back when a draft is finalised; null for Stripe's. */ totalsFingerprint: z.string().nullable(),
});

/** One line with the calculation that made it, as stored: screen, PDF and CSV print the same integers. */
export const invoiceLineSchema = z.object({ description: z.string(), quantity: z.string().nullable(), unitPrice: z.string().nullable(), amountMinor: minorUnitsSchema, explanation: z.string().nullable() });

export const invoiceDetailSchema = invoiceRowSchema.extend({
  lines: z.array(invoiceLineSchema),
  subtotalMinor: minorUnitsSchema, discountMinor: minorUnitsSchema, taxMinor: minorUnitsSchema, taxLabel: z.string().nullable(), totalMinor: minorUnitsSchema, withholdingMinor: minorUnitsSchema, paidMinor: minorUnitsSchema, dueMinor: minorUnitsSchema,
  partnerId: z.string().nullable(), contractId: z.string().nullable(), replaces: z.string().nullable(), notes: z.string().nullable(), hasPdf: z.boolean(),
  journalEntryIds: z.array(z.string()), history: z.array(historySchema), raw: z.string().nullable(),
});

export const billingOutcomeSchema = z.object({ partnerId: z.string(), partnerName: z.string(), contractId: z.string(), invoiceId: z.string().nullable(), number: z.string().nullable(), currency: currencySchema, subtotalMinor: minorUnitsSchema, taxMinor: minorUnitsSchema, totalMinor: minorUnitsSchema, dueMinor: minorUnitsSchema, units: z.number().int(), status: z.string(), /** In a preview: what keeps the invoice from carrying its electronic form. */ missing: z.array(missingFieldSchema).optional() });
export const billingFailureSchema = z.object({ id: z.string(), name: z.string(), code: z.string(), message: z.string(), nextStep: z.string().nullable() });
export const billingRunSchema = z.object({ period: monthSchema, isDryRun: z.boolean(), succeeded: z.array(billingOutcomeSchema), skipped: z.array(billingOutcomeSchema), failed: z.array(billingFailureSchema) });

export const invoiceFilterSchema = z.object({ origin: invoiceOriginSchema.optional(), status: invoiceStatusSchema.optional(), month: monthSchema.optional(), /** A customer of Stripe or a partner. */ customerId: idSchema.optional(), /** Days of issue, both inclusive. */ from: localDateSchema.optional(), to: localDateSchema.optional(), text: filterTextSchema.optional() });
const invoiceColumns = ['number', 'customerName', 'issuedOn', 'total', 'status'] as const;
export const invoiceSortSchema = z.object({ column: z.enum(invoiceColumns), direction: z.enum(['ascending', 'descending']) });

/** `sums` is what is real: void invoices count for nothing in it, and drafts are said apart, since they may still change. `total` counts all rows. */
const invoiceListSchema = windowOutput(invoiceRowSchema).extend({ drafts: z.object({ count: z.number().int(), sums: z.array(moneySchema) }), /** How many are void. */ voided: z.number().int() });

export const invoicesContract = {
  ...invoiceLifecycleContract,
  ...invoiceWhyContract,
  list: oc
    .input(windowInput(invoiceColumns, invoiceFilterSchema))
    .output(invoiceListSchema),
  show: oc.input(z.object({ id: idSchema })).output(invoiceDetailSchema),
  /** The stored PDF of an invoice or a credit note, by id or number, after its hash was checked; a draft is rendered anew with its mark. */
  pdf: oc.input(z.object({ id: idSchema })).output(z.object({ fileName: z.string(), bytes: z.instanceof(Uint8Array), location: z.string().nullable(), isVerified: z.boolean() })),
  /** What billing a month would make, without writing. */
  previewRun: oc.input(z.object({ period: monthSchema })).output(billingRunSchema),
  finalise: oc.input(z.object({ commandId: commandIdSchema, ids: z.array(idSchema).min(1).max(200), /** The drafts as they were looked at: one that stands otherwise by now is refused. */ seen: z.array(z.object({ id: idSchema, totalsFingerprint: z.string().min(1).max(100) })).max(200).optional() })).output(z.object({ succeeded: z.array(idSchema), failed: z.array(billingFailureSchema) })),
  void: oc.input(z.object({ commandId: commandIdSchema, id: idSchema, reason: z.string().min(3).max(500) })).output(z.object({ id: idSchema })),
  /** Exactly the rows of the list with this filter, in its order, as CSV text; or the lines of these invoices, where `total` still counts invoices. */
  exportCsv: oc.input(csvPartInput(invoiceFilterSchema, invoiceSortSchema).extend({ of: z.enum(['invoices', 'lines']).default('invoices') })).output(csvPartSchema),
  /** Charges, refunds and disputes as they moved the balance at Stripe, as CSV text: their sums are those of the revenue overview. */
  exportBalanceTransactions: oc.input(z.object({ from: localDateSchema.optional(), to: localDateSchema.optional(), cursor: z.string().max(1000).nullable().default(null), as: exportedAsSchema.default('csv') })).output(csvPartSchema),
};
