import { oc } from '@orpc/contract';
import { z } from 'zod';
import { currencySchema, filterTextSchema, idSchema, localDateSchema, minorUnitsSchema, moneySchema, monthSchema, windowInput, windowOutput } from './primitives.ts';

export const pricingModelSchema = z.enum(['flat', 'per_deed', 'hybrid', 'per_request']);

export const partnerRowSchema = z.object({
  id: z.string(), name: z.string(), apiKeyPrefix: z.string().nullable(), /** As stored: an unknown model is shown by its own name. */ pricingModel: z.string().nullable(), currency: currencySchema.nullable(), effectiveFrom: localDateSchema.nullable(), effectiveTo: localDateSchema.nullable(),
  lastInvoiceMonth: monthSchema.nullable(), lastInvoiceTotal: moneySchema.nullable(), unitsThisMonth: z.number().int(), problem: z.string().nullable(),
});

/** Units of each meter in a month, each counted once. */
export const monthUsageSchema = z.object({ month: monthSchema, deeds: z.number().int(), requests: z.number().int() });

export const contractDetailSchema = z.object({
  id: z.string(), apiKeyPrefix: z.string(), furtherPrefixes: z.array(z.string()), pricingModel: z.string(), currency: currencySchema, flatFeeMinor: minorUnitsSchema, perDeedPrice: z.string().nullable(), per1000Price: z.string().nullable(), includedUnits: z.number().int(), minimumCommitmentMinor: minorUnitsSchema,
  discountBasisPoints: z.number().int(), taxRateBasisPoints: z.number().int(), withholdingRateBasisPoints: z.number().int(), paymentTermsDays: z.number().int(), purchaseOrderNumber: z.string().nullable(), effectiveFrom: localDateSchema, effectiveTo: localDateSchema.nullable(), version: z.number().int(),
  /** The terms in one sentence a person can check. */
  summary: z.string(),
  /** Of its own API keys and only on the days it holds: twelve months, the running one last. */
  usage: z.array(monthUsageSchema),
});

export const partnerDetailSchema = z.object({
  id: z.string(), name: z.string(), legalName: z.string().nullable(), billingEmail: z.string().nullable(), billingAddress: z.array(z.string()), taxNumber: z.string().nullable(), taxTreatment: z.string(), contracts: z.array(contractDetailSchema),
  /** Over all its contracts: twelve months, the running one last. */
  usage: z.array(monthUsageSchema),
  invoices: z.array(z.object({ id: z.string(), contractId: z.string().nullable(), number: z.string().nullable(), month: monthSchema.nullable(), status: z.string(), total: moneySchema })),
});

export const partnersContract = {
  list: oc.input(windowInput(['name', 'pricingModel', 'lastInvoiceTotal'], z.object({ text: filterTextSchema.optional() }))).output(windowOutput(partnerRowSchema)),
  show: oc.input(z.object({ id: idSchema })).output(partnerDetailSchema),
};
