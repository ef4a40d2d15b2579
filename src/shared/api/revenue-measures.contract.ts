/**
 * Revenue as a manager defends it in a board meeting (domain.md §7): measures of months and ranges, under three policies, converted or per currency, of a plan or a
 * country, each with its why. All of it is read from kept sums.
 */
import { oc } from '@orpc/contract';
import { z } from 'zod';
import { currencySchema, filterTextSchema, idSchema, instantSchema, localDateSchema, minorUnitsSchema, moneySchema, monthSchema, whySchema, windowInput, windowOutput } from './primitives.ts';
import { movementKindSchema } from './revenue.contract.ts';

/** `standard`: domain.md §7. `all-discounts`: each period counts as it was billed. `strict`: what is past due is dropped at once. */
export const mrrPolicyNames = ['standard', 'all-discounts', 'strict'] as const;
export const mrrPolicySchema = z.enum(mrrPolicyNames);
export const breakdownKinds = ['plan', 'country', 'currency'] as const;
export const comparisons = ['previous-period', 'previous-year'] as const;

/** The pickers every measure shares. */
const view = {
  policy: mrrPolicySchema.default('standard'),
  /** Only what is in this currency, in its own minor units; left out: everything, converted into the functional currency. */
  currency: currencySchema.optional(),
  /** With a currency: only what is in it, but converted, as it stands in the whole. */
  isConverted: z.boolean().optional(),
  /** A price's id. */
  plan: z.string().max(200).optional(),
  /** A country's code, '' where Stripe knows none. With a plan: the plan's customers there. */
  country: z.string().max(200).optional(),
};
const range = { from: monthSchema.optional(), to: monthSchema.optional() };
const rangeSchema = z.object({ from: monthSchema, to: monthSchema });

export const measureFigures = [
  'mrr', 'arr', 'new', 'expansion', 'contraction', 'churn', 'reactivation', 'exchange-rate', 'gross-churn', 'net-churn', 'net-revenue-retention', 'gross-revenue-retention', 'quick-ratio',
  'customers', 'logo-churn', 'average-revenue-per-account', 'lifetime-value', 'trials-started', 'trials-ended', 'trial-conversion',
  'gross-payments', 'fees', 'refunds', 'net-revenue', 'fee-share', 'refund-rate', 'failed-payment-rate', 'partner-revenue',
] as const;
export const measureFigureSchema = z.enum(measureFigures);

/** money: minor units of `currency`; basis-points: hundredths of a percent (a quick ratio of 3.5 is 35,000); count: a number of things. */
const unitSchema = z.enum(['money', 'basis-points', 'count']);
export const measureSchema = z.object({
  figure: measureFigureSchema,
  unit: unitSchema,
  currency: currencySchema.nullable(),
  value: z.number().int().nullable(),
  /** Why there is no value, in a sentence. */
  absence: z.string().nullable(),
});

export const measureCardSchema = measureSchema.extend({
  /** Of the period it is compared with; null where nothing is compared or there is no value. */
  comparedValue: z.number().int().nullable(),
  /** value − comparedValue, in the figure's unit. */
  difference: z.number().int().nullable(),
  /** Of money and counts, in basis points of |comparedValue|; null for ratios and where that is 0. */
  change: z.number().int().nullable(),
  /** The last twelve months up to the period's end, oldest first. */
  sparkline: z.array(z.object({ month: monthSchema, value: z.number().int().nullable() })),
});

/** What is incomplete in the months shown, as sentences. */
const caveatsSchema = z.array(z.string());
const head = { asOf: instantSchema, policy: mrrPolicySchema, /** What the money of MRR is in. */ currency: currencySchema, caveats: caveatsSchema };

export const measureMonthSchema = z.object({ month: monthSchema, isRunning: z.boolean(), measures: z.array(measureSchema), startMinor: minorUnitsSchema, endMinor: minorUnitsSchema, customersAtStart: z.number().int() });

/** One member of a breakdown: start + movements = end, and all members sum to the whole. */
export const breakdownRowSchema = z.object({
  member: z.string(), name: z.string(),
  startMinor: minorUnitsSchema, newMinor: minorUnitsSchema, expansionMinor: minorUnitsSchema, contractionMinor: minorUnitsSchema, churnMinor: minorUnitsSchema, reactivationMinor: minorUnitsSchema, exchangeRateMinor: minorUnitsSchema, endMinor: minorUnitsSchema,
  /** Of the whole at the end, in basis points; null where that is 0. */
  share: z.number().int().nullable(),
  customers: z.number().int(),
  /** Of a currency: its MRR in itself. */
  native: moneySchema.nullable(),
});

const cohortCellSchema = z.object({
  /** Months after the cohort's first. */
  offset: z.number().int(), customers: z.number().int(), mrrMinor: minorUnitsSchema,
  /** Basis points of the cohort's first month end; null where that is 0. */
  logoRetention: z.number().int().nullable(), revenueRetention: z.number().int().nullable(),
});
export const cohortRowSchema = z.object({
  cohort: monthSchema,
  /** Customers whose first MRR came in this month. */
  customers: z.number().int(),
  cells: z.array(cohortCellSchema),
});

export const customerMrrSchema = z.object({ customerId: z.string(), customerName: z.string(), country: z.string(), mrr: moneySchema, /** First day with MRR. */ since: localDateSchema });
export const measureMovementSchema = z.object({
  customerId: z.string(), customerName: z.string(), day: localDateSchema, kind: movementKindSchema, amount: moneySchema, cause: z.string(), subscriptionId: z.string().nullable(), invoiceId: z.string().nullable(),
});
/** One item of one customer in force at the end of a month, under a policy. */
export const customerItemSchema = z.object({
  subscriptionItemId: z.string(), subscriptionId: z.string(), priceId: z.string(), quantity: z.number().int(), native: moneySchema, functional: moneySchema, rate: z.string().nullable(), invoiceId: z.string().nullable(), invoiceLineId: z.string().nullable(), explanation: z.string(),
});

const policyFiguresSchema = z.object({ policy: mrrPolicySchema, title: z.string(), rules: z.array(z.object({ name: z.string(), value: z.string() })), measures: z.array(measureSchema) });
export const policyDifferenceSchema = z.object({
  customerId: z.string(), customerName: z.string(),
  /** MRR at the end of the month under each policy, in the order of the policies. */
  mrr: z.array(z.object({ policy: mrrPolicySchema, amount: moneySchema })),
  /** Which rule makes the difference, in words. */
  because: z.string(),
});

const knownFiguresSchema = z.object({ figure: z.string(), name: z.string(), amount: moneySchema.nullable(), count: z.number().int().nullable() });
export const lateFactSchema = z.object({
  /** What it changed. */
  area: z.enum(['mrr', 'books']), learnedAt: instantSchema, what: z.string(), amount: moneySchema, customerId: z.string().nullable(), customerName: z.string().nullable(), entryId: z.string().nullable(), sourceType: z.string().nullable(), sourceId: z.string().nullable(),
});

export const deferredMonthSchema = z.object({
  month: monthSchema, currency: currencySchema, openingMinor: minorUnitsSchema,
  /** Put off to later by invoices. */
  deferredMinor: minorUnitsSchema,
  /** Became revenue. */
  recognisedMinor: minorUnitsSchema,
  /** Taken back by refunds, credit notes, voids, disputes and what was given up. */
  takenBackMinor: minorUnitsSchema, otherMinor: minorUnitsSchema, closingMinor: minorUnitsSchema,
  /** What the ledger's account holds at the month's end, and closing − that: 0. */
  accountMinor: minorUnitsSchema, differenceMinor: minorUnitsSchema,
  isRecognised: z.boolean(),
});

export const revenueMeasuresContract = {
  /** What there is to choose from. */
  choices: oc.input(z.object({})).output(z.object({
    policies: z.array(z.object({ policy: mrrPolicySchema, title: z.string(), rules: z.array(z.object({ name: z.string(), value: z.string() })) })), functionalCurrency: currencySchema,
    currencies: z.array(currencySchema), plans: z.array(z.object({ id: z.string(), name: z.string() })), countries: z.array(z.object({ code: z.string(), name: z.string() })), firstMonth: monthSchema.nullable(), runningMonth: monthSchema,
  })),
  /** All figures of a period (default: the running month): movements and money are summed over it, MRR and customers are its end's, ratios are over its start. */
  overview: oc.input(z.object({ ...range, ...view, compare: z.enum(comparisons).optional() })).output(z.object({ ...head, period: rangeSchema, comparedPeriod: rangeSchema.nullable(), isRunning: z.boolean(), cards: z.array(measureCardSchema) })),
  /** All figures month by month, oldest first; twelve months unless said. */
  monthly: oc.input(z.object({ ...range, ...view })).output(z.object({ ...head, months: z.array(measureMonthSchema) })),
  breakdown: oc.input(z.object({ ...range, ...view, by: z.enum(breakdownKinds) })).output(z.object({ ...head, period: rangeSchema, rows: z.array(breakdownRowSchema), total: breakdownRowSchema })),
  cohorts: oc.input(z.object({ ...range, policy: view.policy, currency: view.currency })).output(z.object({ ...head, rows: z.array(cohortRowSchema) })),
  /** The three policies on the same data at the end of a month. */
  policies: oc.input(z.object({ month: monthSchema.optional() })).output(z.object({ asOf: instantSchema, month: monthSchema, policies: z.array(policyFiguresSchema), customersThatDiffer: z.number().int() })),
  policyDifferences: oc.input(windowInput(['difference'], z.object({ month: monthSchema.optional() }))).output(windowOutput(policyDifferenceSchema)),
  /** Customers with MRR at the end of a month, the largest first; they sum to MRR. */
  customers: oc.input(windowInput(['amount', 'customerName'], z.object({ month: monthSchema.optional(), ...view, text: filterTextSchema.optional() }))).output(windowOutput(customerMrrSchema)),
  customerItems: oc.input(z.object({ customerId: idSchema, month: monthSchema.optional(), policy: view.policy })).output(z.object({ month: monthSchema, items: z.array(customerItemSchema), total: moneySchema })),
  movements: oc.input(windowInput(['amount', 'day', 'customerName'], z.object({ ...range, ...view, kind: movementKindSchema.optional(), customerId: idSchema.optional(), text: filterTextSchema.optional() }))).output(windowOutput(measureMovementSchema)),
  /** A month as it was known at a moment beside what is known of it now. @throws `not-known-then`. */
  knownAt: oc.input(z.object({ month: monthSchema, knownAt: instantSchema, policy: view.policy })).output(z.object({
    month: monthSchema, knownAt: instantSchema, asOf: instantSchema, known: z.array(knownFiguresSchema), present: z.array(knownFiguresSchema), /** Why MRR as known then cannot be said. */ mrrAbsence: z.string().nullable(), lateFacts: z.array(lateFactSchema), lateFactsTotal: z.number().int(),
  })),
  /** Deferred revenue month by month and currency, tied to the account; twelve months unless said. */
  recognition: oc.input(z.object(range)).output(z.object({ asOf: instantSchema, months: z.array(deferredMonthSchema) })),
  /** What each day of a month earned of what was deferred, straight-line by day, and when the rest at its end will be earned. */
  recognitionDays: oc.input(z.object({ month: monthSchema.optional() })).output(z.object({
    month: monthSchema, days: z.array(z.object({ day: localDateSchema, currency: currencySchema, earnedMinor: minorUnitsSchema })), waterfall: z.array(z.object({ month: monthSchema, currency: currencySchema, earnedMinor: minorUnitsSchema })), lines: z.number().int(),
  })),
  why: oc.input(z.object({ figure: measureFigureSchema, ...range, ...view })).output(whySchema),
};
