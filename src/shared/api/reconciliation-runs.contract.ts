/** Runs of the reconciliation as records: what each compared, and how it differs from the one before; and the proof of the balance. */
import { oc } from '@orpc/contract';
import { z } from 'zod';
import { currencySchema, idSchema, instantSchema, localDateSchema, minorUnitsSchema, windowInput, windowOutput } from './primitives.ts';
import { discrepancyReasonSchema, discrepancyRowSchema, reconciliationLevelSchema, reconciliationRunSchema } from './reconciliation.contract.ts';

export const runRowSchema = reconciliationRunSchema.extend({
  /** Counts the runs of its level; null for one made before runs were counted. */
  sequence: z.number().int().nullable(),
  scope: z.enum(['everything', 'range', 'last-day']).nullable(),
  method: z.enum(['full', 'incremental']).nullable(),
  policyVersion: z.number().int().nullable(),
  /** SHA-256 over what was compared, in whatever order it came: the same inputs have the same one. */
  inputsHash: z.string().nullable(),
  startedAt: instantSchema,
  /** Of the compared ones, those the run looked at itself; the others had not changed. */
  recompared: z.number().int().nullable(),
  /** Beside the last run of the level: found now and not then, found both times, found then and not now. */
  appeared: z.number().int().nullable(),
  remaining: z.number().int().nullable(),
  gone: z.number().int().nullable(),
});

/** start + activity − payouts = end, in one currency; amounts are signed as they move the balance. */
export const balanceProofSchema = z.object({
  currency: currencySchema, openingMinor: minorUnitsSchema, activityMinor: minorUnitsSchema, /** Negative. */ payoutsMinor: minorUnitsSchema, endingMinor: minorUnitsSchema,
  /** What Stripe itself says, and what of it nobody can name. */
  stripeMinor: minorUnitsSchema, differenceMinor: minorUnitsSchema,
  /** The clearing account; what of the difference level 2 names; what stands on it from no transaction that Stripe lists. */
  clearingMinor: minorUnitsSchema, explainedMinor: minorUnitsSchema, unexplainedMinor: minorUnitsSchema,
  /** The part of it that differences stand for, settled ones too; absent of older runs. */
  namedMinor: minorUnitsSchema.optional(),
  /** Not available yet, by transaction and by Stripe's word. */
  pendingMinor: minorUnitsSchema, stripePendingMinor: minorUnitsSchema.nullable(),
});
/** A payout made by hand as a line of an account: the balance before it, what moved, the balance after it. */
export const accountLineSchema = z.object({
  payoutId: z.string(), currency: currencySchema, method: z.string(), createdAt: instantSchema, openingMinor: minorUnitsSchema, activityMinor: minorUnitsSchema, otherPayoutsMinor: minorUnitsSchema, payoutMinor: minorUnitsSchema, feeMinor: minorUnitsSchema,
  closingMinor: minorUnitsSchema, ledgerClosingMinor: minorUnitsSchema, isTied: z.boolean(),
});
export const payoutUnderWaySchema = z.object({ payoutId: z.string(), amountMinor: minorUnitsSchema, currency: currencySchema, status: z.enum(['pending', 'in_transit']), arrivesOn: localDateSchema.nullable(), /** It should have arrived by now. */ isLate: z.boolean() });
export const payoutProofSchema = z.object({ balances: z.array(balanceProofSchema), account: z.array(accountLineSchema), underWay: z.array(payoutUnderWaySchema) });

/** What a run found, by how it stands to the last one. */
export const comparedToLastSchema = z.enum(['new', 'remaining', 'gone']);

export const reconciliationRunsContract = {
  list: oc
    .input(windowInput(['finishedAt', 'level', 'compared', 'found'], z.object({ level: reconciliationLevelSchema.optional() })))
    .output(windowOutput(runRowSchema)),
  /** One run; without an id the newest one over transactions. */
  show: oc.input(z.object({ id: idSchema.optional() })).output(z.object({
    run: runRowSchema,
    byReason: z.array(z.object({ reason: discrepancyReasonSchema, count: z.number().int() })),
    /** The last run of the level before it; null for the first. */
    previous: z.object({ id: z.string(), finishedAt: instantSchema, found: z.number().int(), /** Whether it compared the very same. */ hadSameInputs: z.boolean() }).nullable(),
    /** Of a run over payouts. */
    proof: payoutProofSchema.nullable(),
  })),
  /** The differences of a run beside the last one, those it lists at most 500 at a time. */
  differences: oc.input(z.object({ id: idSchema, of: comparedToLastSchema, startAt: z.number().int().min(0).default(0), limit: z.number().int().min(1).max(500).default(200) })).output(z.object({ rows: z.array(discrepancyRowSchema), total: z.number().int() })),
  /** The newest proof of the balance; null before payouts were reconciled. */
  proof: oc.input(z.object({})).output(z.object({ run: runRowSchema, proof: payoutProofSchema }).nullable()),
};
