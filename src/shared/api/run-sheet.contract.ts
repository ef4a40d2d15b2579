import { oc } from '@orpc/contract';
import { z } from 'zod';
import { taxRoundingSchema } from './invoice-lifecycle.contract.ts';
import { billingFailureSchema } from './invoices.contract.ts';
import { commandIdSchema, currencySchema, filterTextSchema, idSchema, instantSchema, minorUnitsSchema, moneySchema, monthSchema, windowInput, windowOutput } from './primitives.ts';

export const runSheetStateSchema = z.enum(['failed', 'no-invoice', 'not-drafted', 'to-review', 'changed', 'approved', 'finalised']);
export const runSheetFlagSchema = z.enum([
  'failed', 'late-usage-unbilled', 'draft-outdated', 'new-partner', 'usage-up', 'usage-down', 'zero-usage', 'price-changed', 'late-usage', 'late-usage-other-currency', 'negative-total', 'email-missing', 'tax-number-missing', 'vat-id-invalid', 'address-missing',
]);

export const runSheetRowSchema = z.object({
  contractId: z.string(), partnerId: z.string(), partnerName: z.string(), invoiceId: z.string().nullable(), number: z.string().nullable(), state: runSheetStateSchema,
  /** Of the draft as it stands: sent back with its approval, so that what was seen is what is approved. */ totalsFingerprint: z.string().nullable(),
  /** What the month counts; null for a flat fee. */ meter: z.enum(['deeds', 'requests']).nullable(), units: z.number().int().nullable(), /** Of the month before, billed or not; null where it counted something else, or the contract was not in force. */ previousUnits: z.number().int().nullable(),
  /** Of the units against the month before: 5000 is half as much again. */ changeBasisPoints: z.number().int().nullable(),
  currency: currencySchema.nullable(), totalMinor: minorUnitsSchema.nullable(), previousCurrency: currencySchema.nullable(), previousTotalMinor: minorUnitsSchema.nullable(),
  flags: z.array(runSheetFlagSchema), review: z.object({ by: z.string(), at: instantSchema }).nullable(), failure: z.object({ code: z.string(), message: z.string(), nextStep: z.string().nullable() }).nullable(),
});

/** `period` left out: the last whole month. `isFlagged`: only rows with something unusual, or only those without. */
export const runSheetFilterSchema = z.object({ period: monthSchema.optional(), contractId: idSchema.optional(), state: runSheetStateSchema.optional(), flag: runSheetFlagSchema.optional(), isFlagged: z.boolean().optional(), text: filterTextSchema.optional() });
const runSheetColumns = ['partnerName', 'units', 'change', 'total', 'previousTotal', 'state'] as const;

/** A month's partners before their invoices are finalised (domain.md §4). */
export const runSheetContract = {
  list: oc.input(windowInput(runSheetColumns, runSheetFilterSchema)).output(windowOutput(runSheetRowSchema)),
  /** The whole month, whatever a list is narrowed to. */
  summary: oc.input(z.object({ period: monthSchema.optional() })).output(z.object({
    period: monthSchema, states: z.array(z.object({ state: runSheetStateSchema, count: z.number().int() })), flags: z.array(z.object({ flag: runSheetFlagSchema, count: z.number().int() })), flagged: z.number().int(),
    total: z.array(moneySchema), previousTotal: z.array(moneySchema), /** How many months back late usage is charged. */ lateUsageMonths: z.number().int(),
  })),
  /** Says of drafts that they were looked at. One that changed meanwhile fails with `invoice-changed` and stops no other. */
  approve: oc.input(z.object({ commandId: commandIdSchema, drafts: z.array(z.object({ id: idSchema, totalsFingerprint: z.string().min(1).max(100) })).min(1).max(500) })).output(z.object({ succeeded: z.array(z.string()), failed: z.array(billingFailureSchema) })),
  /** How tax is rounded on drafts, on every desk of the ledger: those that stand take it up when they are made again or edited, unless a person chose for them. Each finalised invoice keeps how its own was. */
  taxRounding: oc.input(z.object({})).output(z.object({ taxRounding: taxRoundingSchema })),
  setTaxRounding: oc.input(z.object({ commandId: commandIdSchema, taxRounding: taxRoundingSchema })).output(z.object({ taxRounding: taxRoundingSchema })),
  lateUsage: oc.input(z.object({})).output(z.object({ /** 0: none is charged. */ lateUsageMonths: z.number().int() })),
  /** How many months back late usage is charged, on every desk of the ledger; 0 charges none. */
  setLateUsageMonths: oc.input(z.object({ commandId: commandIdSchema, months: z.number().int().min(0).max(60) })).output(z.object({ lateUsageMonths: z.number().int() })),
};
