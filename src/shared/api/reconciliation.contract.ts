import { oc } from '@orpc/contract';
import { z } from 'zod';
import { commandIdSchema, currencySchema, filterTextSchema, historySchema, idSchema, instantSchema, localDateSchema, minorUnitsSchema, moneySchema, windowInput, windowOutput } from './primitives.ts';

export const discrepancyStatuses = ['open', 'assigned', 'resolved', 'ignored', 'on-hold'] as const;
export const discrepancyStatusSchema = z.enum(discrepancyStatuses);
export const discrepancyReasons = ['missing-in-ledger', 'missing-in-payment-history', 'missing-at-stripe', 'amount-differs', 'fee-differs', 'currency-differs', 'status-differs', 'exchange-rate-differs', 'duplicate-in-payment-history', 'duplicate-in-ledger', 'orphan-refund', 'dispute-without-write-off', 'period-cut-off', 'timing', 'id-differs', 'id-and-currency-differ', 'id-and-amount-differ', 'id-and-fee-differ', 'id-and-status-differ', 'id-and-month-differ', 'balance-not-proved', 'payout-without-bank-line', 'bank-line-unmatched', 'bank-residual'] as const;
export const discrepancyReasonSchema = z.enum(discrepancyReasons);
export const reconciliationLevelSchema = z.enum(['drift', 'transactions', 'payouts', 'bank']);

export const discrepancyRowSchema = z.object({
  id: z.string(), level: reconciliationLevelSchema, reason: discrepancyReasonSchema, objectId: z.string(), /** A bank line’s own words; otherwise the id. */ objectName: z.string(), balanceTransactionId: z.string().nullable(), status: discrepancyStatusSchema, assignee: z.string().nullable(), holdUntil: localDateSchema.nullable(), occurredOn: localDateSchema, amount: moneySchema, hint: z.string(),
});

export const comparedSources = ['stripe', 'ledger', 'sharedDatabase', 'bank'] as const;
/** A value as a source has it; null: what it should have and lacks. `link`: a path of the window. */
export const comparedValueSchema = z.object({ text: z.string().nullable(), /** It is what differs. */ isMarked: z.boolean(), link: z.string().nullable() });
const comparedCell = z.array(comparedValueSchema);
/** One field in the sources side by side. Several values: several records, one above the other; none: the source has nothing to say of it. */
export const comparedFieldSchema = z.object({ field: z.string(), stripe: comparedCell, ledger: comparedCell, sharedDatabase: comparedCell, bank: comparedCell });

export const discrepancyDetailSchema = discrepancyRowSchema.extend({
  fields: z.array(comparedFieldSchema), history: z.array(historySchema), firstSeenAt: instantSchema, lastSeenAt: instantSchema, raw: z.string().nullable(), journalEntryId: z.string().nullable(),
  /** The bank line it is about, or that shows it, chosen on the matching screen; of a payout that no line shows, the payout: a path of the window. */
  bankLink: z.string().nullable(),
});

export const reconciliationRunSchema = z.object({
  id: z.string(), level: reconciliationLevelSchema, asOf: instantSchema, from: instantSchema.nullable(), to: instantSchema.nullable(), finishedAt: instantSchema, compared: z.number().int(), matched: z.number().int(), found: z.number().int(),
  /** Sums per store and currency, so that a person sees the difference before its parts. */
  sums: z.array(z.object({ store: z.enum(['stripe', 'ledger', 'payment_history', 'bank']), currency: currencySchema, count: z.number().int(), amountMinor: minorUnitsSchema })),
});

const workOutput = z.object({ id: idSchema, status: discrepancyStatusSchema });
const workInput = z.object({ commandId: commandIdSchema, id: idSchema });

export const reconciliationContract = {
  /** The newest run of each level, open counts and what is at risk. */
  summary: oc.input(z.object({})).output(z.object({
    runs: z.array(reconciliationRunSchema),
    open: z.array(z.object({ reason: discrepancyReasonSchema, count: z.number().int() })),
    statusCounts: z.array(z.object({ status: discrepancyStatusSchema, count: z.number().int() })),
    atRisk: z.array(moneySchema),
    /** The clearing account beside what Stripe itself said it held, both at the newest run over payouts; empty before there was one. */
    stripeBalance: z.array(z.object({ currency: currencySchema, ledgerMinor: minorUnitsSchema, stripeMinor: minorUnitsSchema })),
    payouts: z.object({ tied: z.number().int(), total: z.number().int(), inTransit: z.array(moneySchema) }),
  })),
  list: oc
    .input(windowInput(['reason', 'objectId', 'occurredOn', 'amount', 'status'], z.object({ status: discrepancyStatusSchema.optional(), reason: discrepancyReasonSchema.optional(), level: reconciliationLevelSchema.optional(), /** Days the differences are dated on, both inclusive. */ from: localDateSchema.optional(), to: localDateSchema.optional(), assignee: z.string().optional(), text: filterTextSchema.optional() })))
    .output(windowOutput(discrepancyRowSchema)),
  show: oc.input(z.object({ id: idSchema })).output(discrepancyDetailSchema),
  assign: oc.input(workInput.extend({ assignee: z.string().min(1).max(100) })).output(workOutput),
  resolve: oc.input(workInput.extend({ note: z.string().min(3).max(500) })).output(workOutput),
  ignore: oc.input(workInput.extend({ reason: z.string().min(3).max(500) })).output(workOutput),
  hold: oc.input(workInput.extend({ until: localDateSchema, note: z.string().max(500).optional() })).output(workOutput),
  reopen: oc.input(workInput.extend({ note: z.string().max(500).optional() })).output(workOutput),
};
