import { oc } from '@orpc/contract';
import { z } from 'zod';
import { currencySchema, filterTextSchema, idSchema, instantSchema, localDateSchema, minorUnitsSchema, moneySchema, monthSchema, whySchema, windowInput, windowOutput } from './primitives.ts';

export const movementKinds = ['new', 'expansion', 'contraction', 'churn', 'reactivation', 'exchange-rate'] as const;
export const movementKindSchema = z.enum(movementKinds);

export const revenueMonthSchema = z.object({
  month: monthSchema,
  currency: currencySchema,
  grossMinor: minorUnitsSchema,
  feesMinor: minorUnitsSchema,
  refundsMinor: minorUnitsSchema,
  netMinor: minorUnitsSchema,
  disputesMinor: minorUnitsSchema,
  payments: z.number().int(),
  isRunning: z.boolean(),
});

/** What customers paid and were given back in one currency, and what it came to in the currency it was settled in. */
export const presentmentRowSchema = z.object({
  month: monthSchema, settledIn: currencySchema, paidIn: currencySchema, payments: z.number().int(),
  /** In `paidIn`, as customers saw it. */
  paidMinor: minorUnitsSchema, refundedMinor: minorUnitsSchema,
  /** In `settledIn`. */
  settledMinor: minorUnitsSchema, settledRefundsMinor: minorUnitsSchema,
});

export const mrrMonthSchema = z.object({
  month: monthSchema,
  currency: currencySchema,
  startMinor: minorUnitsSchema,
  newMinor: minorUnitsSchema,
  expansionMinor: minorUnitsSchema,
  contractionMinor: minorUnitsSchema,
  churnMinor: minorUnitsSchema,
  reactivationMinor: minorUnitsSchema,
  exchangeRateMinor: minorUnitsSchema,
  endMinor: minorUnitsSchema,
  arrMinor: minorUnitsSchema,
  customers: z.number().int(),
  isRunning: z.boolean(),
  /** Subscriptions whose change in this month left no invoice line: “rebuilt, change date unknown”. */
  undatedSubscriptionIds: z.array(z.string()),
});

/** Basis points; null where the denominator is zero. */
const ratioSchema = z.number().int().nullable();

/** What the cards of the monthly report say. */
export const revenueCardsSchema = z.object({
  month: monthSchema,
  isRunning: z.boolean(),
  asOf: instantSchema,
  current: mrrMonthSchema,
  previous: mrrMonthSchema.nullable(),
  ratios: z.object({ grossChurn: ratioSchema, netChurn: ratioSchema, netRevenueRetention: ratioSchema, grossRevenueRetention: ratioSchema, quickRatio: ratioSchema, previousNetChurn: ratioSchema, twelveMonthNetRevenueRetention: ratioSchema }),
  averageRevenuePerAccountMinor: minorUnitsSchema.nullable(),
  revenue: z.array(revenueMonthSchema),
  previousRevenue: z.array(revenueMonthSchema),
});

/** A movement as the monthly report lists it. */
export const movementRowSchema = z.object({
  customerId: z.string(), customerName: z.string(), day: localDateSchema, kind: movementKindSchema, cause: z.string(), subscriptionId: z.string().nullable(), invoiceId: z.string().nullable(), amount: moneySchema,
});

export const mrrItemRowSchema = z.object({
  subscriptionItemId: z.string(), subscriptionId: z.string(), customerId: z.string(), customerName: z.string(), priceId: z.string(), productName: z.string(), quantity: z.number().int(),
  native: moneySchema, rate: z.string(), functional: moneySchema, source: z.enum(['invoice-line', 'subscription']), invoiceId: z.string().nullable(), since: instantSchema, explanation: z.string(),
});

export const whyFigures = ['mrr', 'arr', 'customers', 'net-churn', 'net-revenue-retention', 'net-revenue', 'gross', 'fees', 'refunds', 'disputes'] as const;

export const revenueContract = {
  /** MRR per month with its movements, oldest first. */
  mrrSeries: oc.input(z.object({ from: monthSchema.optional(), to: monthSchema.optional() })).output(z.object({ months: z.array(mrrMonthSchema), asOf: instantSchema.nullable() })),
  /** Cash view of one month, per settlement currency. */
  overview: oc.input(z.object({ month: monthSchema.optional() })).output(z.object({ month: monthSchema, /** When Stripe was last read to its end; null: not yet. */ asOf: instantSchema.nullable(), rows: z.array(revenueMonthSchema) })),
  /** Cash view per month and settlement currency, oldest first; twelve months unless said. */
  breakdown: oc.input(z.object({ from: monthSchema.optional(), to: monthSchema.optional() })).output(z.object({ months: z.array(revenueMonthSchema), /** When Stripe was last read to its end; null: not yet. */ asOf: instantSchema.nullable() })),
  /** The payments and refunds of the cash view by the currency customers saw; the running month unless said. */
  presentment: oc.input(z.object({ from: monthSchema.optional(), to: monthSchema.optional() })).output(z.object({ months: z.array(presentmentRowSchema), /** When Stripe was last read to its end; null: not yet. */ asOf: instantSchema.nullable() })),
  /** The items an MRR figure is the sum of, at the end of a month. */
  mrrItems: oc.input(windowInput(['customerName', 'amount'], z.object({ month: monthSchema, customerId: idSchema.optional(), text: filterTextSchema.optional() }))).output(windowOutput(mrrItemRowSchema)),
  why: oc.input(z.object({ figure: z.enum(whyFigures), month: monthSchema, currency: currencySchema.optional() })).output(whySchema),
};
