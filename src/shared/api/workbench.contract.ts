/**
 * The workbench of reconciliation: the inbox of differences with filters, groups and bulk acts, one difference with its story, and what is done about it.
 * The engine’s own procedures stand in reconciliation.contract.ts.
 */
import { oc } from '@orpc/contract';
import { z } from 'zod';
import { commandIdSchema, currencySchema, filterTextSchema, idSchema, instantSchema, localDateSchema, minorUnitsSchema, moneySchema, windowInput, windowOutput } from './primitives.ts';
import { discrepancyDetailSchema, discrepancyReasonSchema, discrepancyRowSchema, discrepancyStatusSchema, reconciliationLevelSchema } from './reconciliation.contract.ts';
import { reconciliationPolicySchema } from './reconciliation-policy.ts';

/** Days since it was first seen. */
export const ageBandSchema = z.enum(['0-1', '2-7', '8-30', '31+']);
export const groupingSchema = z.enum(['reason', 'level', 'assignee', 'currency', 'age', 'due', 'status']);
export const discrepancyMarkSchema = z.enum(['adjusted', 'written-off', 'linked', 'timing']);
export const linkKindSchema = z.enum(['discrepancy', 'journal-entry', 'invoice', 'payment', 'gateway-object']);

export const inboxFilterSchema = z.object({
  /** `unsettled`: open, assigned or on hold; `due`: open and assigned, and held ones whose day has come. */
  state: z.enum(['due', 'unsettled', 'all']).optional(),
  status: discrepancyStatusSchema.optional(), reason: discrepancyReasonSchema.optional(), level: reconciliationLevelSchema.optional(),
  /** A name; '' means nobody yet. */
  assignee: z.string().max(100).optional(),
  currency: currencySchema.optional(), age: ageBandSchema.optional(),
  /** Whether its day has passed. */
  overdue: z.boolean().optional(),
  /** The amount without its sign, in minor units, both inclusive. */
  amountFrom: minorUnitsSchema.optional(), amountTo: minorUnitsSchema.optional(),
  /** In one of these currencies and, without its sign, of this amount or a larger one: a limit in functional currency, as it comes to in each. */
  reaching: z.array(z.object({ currency: currencySchema, amountMinor: minorUnitsSchema })).min(1).max(200).optional(),
  /** false: those that are marked as timing are left out. */
  timing: z.literal(false).optional(),
  /** Days the differences are dated on, both inclusive. */
  from: localDateSchema.optional(), to: localDateSchema.optional(),
  /** A part of the id of the object or the transaction. */
  text: filterTextSchema.optional(),
  waitsForSecondPerson: z.boolean().optional(),
});
export type InboxFilter = z.infer<typeof inboxFilterSchema>;

export const inboxRowSchema = discrepancyRowSchema.extend({
  firstSeenAt: instantSchema, ageDays: z.number().int(), dueOn: localDateSchema, isOverdue: z.boolean(), markedAs: discrepancyMarkSchema.nullable(),
  /** A run found it again after it was settled. */
  isBack: z.boolean(), waitsForSecondPerson: z.boolean(), comments: z.number().int(),
});
export type InboxRow = z.infer<typeof inboxRowSchema>;

export const inboxSortColumns = ['reason', 'objectId', 'occurredOn', 'amount', 'status', 'firstSeenAt', 'dueOn', 'assignee', 'currency'] as const;

/** One moment of its story: what happened at the gateway, in the books, in the company’s records and at this workbench. */
export const storyLineSchema = z.object({
  at: instantSchema, /** Where nothing but the day is known. */ isDayOnly: z.boolean(), source: z.enum(['gateway', 'ledger', 'shared-database', 'bank', 'run', 'person']), title: z.string(), detail: z.string().nullable(), actor: z.string().nullable(), link: z.string().nullable(), amount: moneySchema.nullable(),
  /** A step a person took, that still stands. */
  stepId: z.string().nullable(), isUndone: z.boolean(),
});

const orderSchema = z.object({ debitAccount: z.string().min(1).max(100), creditAccount: z.string().min(1).max(100), amountMinor: minorUnitsSchema.min(1), currency: currencySchema });

export const workbenchDetailSchema = discrepancyDetailSchema.extend({
  hasBank: z.boolean(),
  ageDays: z.number().int(), dueOn: localDateSchema, isDueSet: z.boolean(), isOverdue: z.boolean(), markedAs: discrepancyMarkSchema.nullable(), isBack: z.boolean(),
  link: z.object({ kind: linkKindSchema, id: z.string() }).nullable(), story: z.array(storyLineSchema),
  /** Other discrepancies that it may cancel out with by their attributes, best first; the score in basis points. */
  counterparts: z.array(z.object({ id: z.string(), objectName: z.string(), amount: moneySchema, occurredOn: localDateSchema, score: z.number().int(), reasons: z.array(z.string()) })),
  /** Two that attributes alone brought together; the score in basis points, the ids those of the store’s side. `isRefused`: a person said that they are two. */
  pair: z.object({ score: z.number().int(), reasons: z.array(z.string()), store: z.enum(['ledger', 'payment_history']), objectId: z.string(), balanceTransactionId: z.string().nullable(), isRefused: z.boolean() }).nullable(),
  request: z.object({ stepId: z.string(), actor: z.string(), at: instantSchema, reason: z.string(), debitAccount: z.string(), creditAccount: z.string(), amount: moneySchema, isWriteOff: z.boolean(), /** What is to be linked; nothing is posted then. */ link: z.object({ kind: linkKindSchema, id: z.string() }).nullable(), isOwn: z.boolean() }).nullable(),
  /** The newest step of a person that stands; null: nothing to take back. */
  undoable: z.object({ stepId: z.string(), action: z.string(), at: instantSchema, actor: z.string() }).nullable(),
  /** The books lack it, and Stripe can be asked for it. */
  fetchable: z.boolean(),
  /** The books differ by an amount: what only the company’s records say otherwise is nothing to post. */
  isWritableOff: z.boolean(),
  /** What an adjustment is set to before a person changes it; no order: none puts it right. `isRefused`: only the company’s own records differ. */
  adjustment: z.object({ order: orderSchema.nullable(), isRefused: z.boolean(), notice: z.string().nullable() }),
});
export type WorkbenchDetail = z.infer<typeof workbenchDetailSchema>;

export const missingMoneyKinds = ['missed-webhook', 'unrecorded-payment', 'unbilled-usage', 'uninvoiced-month', 'payout-without-bank-line', 'refund-without-credit-note', 'invoice-never-sent', 'lost-dispute'] as const;
const creditNoteDraftSchema = z.object({
  refundId: z.string(), invoiceId: z.string(), invoiceNumber: z.string(), customerName: z.string(), amount: moneySchema, /** Of the amount. */ taxMinor: minorUnitsSchema, refundedOn: localDateSchema,
});
/** `job`: started at once; `link`: the place with the one thing chosen; `send`: the dialog that sends these; `credit-note`: what Stripe has to issue, prepared. */
const remedySchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('job'), job: z.string(), period: z.string().nullable(), label: z.string() }), z.object({ kind: z.literal('link'), to: z.string(), label: z.string() }),
  z.object({ kind: z.literal('send'), invoices: z.array(z.object({ id: z.string(), number: z.string(), customerName: z.string() })), label: z.string() }), z.object({ kind: z.literal('credit-note'), drafts: z.array(creditNoteDraftSchema), label: z.string() }),
]);
export type RemedyView = z.infer<typeof remedySchema>;
export const missingMoneySchema = z.object({
  kind: z.enum(missingMoneyKinds), count: z.number().int(), /** Without signs, per currency; what cannot be rated yet is counted, not summed. */ atRisk: z.array(moneySchema),
  remedy: remedySchema,
  /** The biggest of them, each with its own remedy where it has one. */
  items: z.array(z.object({ id: z.string(), title: z.string(), detail: z.string(), amount: moneySchema.nullable(), on: z.string().nullable(), link: z.string(), remedy: remedySchema.nullable() })),
});
export type MissingMoney = z.infer<typeof missingMoneySchema>;

const reportedDiscrepancySchema = z.object({
  id: z.string(), reason: z.string(), objectId: z.string(), objectName: z.string(), amount: moneySchema, /** In functional currency, without sign; null: no rate is known. */ worth: moneySchema.nullable(), occurredOn: z.string(), assignee: z.string().nullable(),
});
export const reconciliationReportSchema = z.object({
  asOf: instantSchema, day: localDateSchema, runs: z.array(z.object({ level: reconciliationLevelSchema, finishedAt: instantSchema, compared: z.number().int(), matched: z.number().int(), found: z.number().int() })),
  fresh: z.object({ count: z.number().int(), atRisk: z.array(moneySchema) }), back: z.number().int(), settled: z.number().int(), open: z.object({ count: z.number().int(), overdue: z.number().int(), unassigned: z.number().int(), atRisk: z.array(moneySchema) }),
  /** By what they are worth; after them the largest of each currency without a rate, which `unrated` names. */
  biggest: z.array(reportedDiscrepancySchema), unrated: z.array(currencySchema),
  missingMoney: z.array(z.object({ kind: z.string(), count: z.number().int(), atRisk: z.array(moneySchema) })),
  /** Each with where all of it stands, and the largest of what it is about by name. */
  alerts: z.array(z.object({ kind: z.enum(['many-new', 'large-amount', 'no-run', 'balance-differs']), message: z.string(), link: z.string(), discrepancies: z.array(reportedDiscrepancySchema), more: z.number().int() })),
});
export type ReconciliationReportView = z.infer<typeof reconciliationReportSchema>;

const note = z.string().trim().min(3, 'Write a few words.').max(500);
const act = { commandId: commandIdSchema, id: idSchema };
const outcome = z.object({ id: idSchema, status: discrepancyStatusSchema });
const settled = outcome.extend({ outcome: z.enum(['posted', 'linked', 'requested', 'declined', 'undone']), entryId: z.string().nullable() });

/** What is done to many at once; each counts as the same act on one. */
export const bulkActSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('assign'), assignee: z.string().min(1).max(100) }),
  z.object({ kind: z.literal('resolve'), note }),
  z.object({ kind: z.literal('ignore'), reason: note }),
  z.object({ kind: z.literal('hold'), until: localDateSchema, note: z.string().max(500).optional() }),
  z.object({ kind: z.literal('mark-timing'), until: localDateSchema.optional() }),
  z.object({ kind: z.literal('reopen'), note: z.string().max(500).optional() }),
  z.object({ kind: z.literal('set-due'), dueOn: localDateSchema.nullable() }),
]);
export type BulkAct = z.infer<typeof bulkActSchema>;
export const maximumBulk = 2_000;
const ids = z.array(idSchema).min(1).max(maximumBulk);
const failureSchema = z.object({ id: z.string(), objectId: z.string(), code: z.string(), message: z.string() });

export const workbenchContract = {
  inbox: oc.input(windowInput(inboxSortColumns, inboxFilterSchema)).output(windowOutput(inboxRowSchema).extend({ /** Without signs, per currency. */ atRisk: z.array(moneySchema) })),
  /** The filtered list by one word each, biggest first. */
  groups: oc.input(z.object({ by: groupingSchema, filter: inboxFilterSchema.optional() })).output(z.object({ groups: z.array(z.object({ key: z.string(), count: z.number().int(), overdue: z.number().int(), oldestAt: instantSchema, atRisk: z.array(moneySchema) })) })),
  show: oc.input(z.object({ id: idSchema })).output(workbenchDetailSchema),
  assignees: oc.input(z.object({})).output(z.object({ assignees: z.array(z.string()), accounts: z.array(z.object({ code: z.string(), name: z.string() })) })),
  comment: oc.input(z.object({ ...act, text: z.string().trim().min(1).max(2_000) })).output(outcome),
  setDue: oc.input(z.object({ ...act, dueOn: localDateSchema.nullable() })).output(outcome),
  markTiming: oc.input(z.object({ ...act, until: localDateSchema.optional(), note: z.string().max(500).optional() })).output(outcome),
  /** An entry or an invoice may be named by its number. Where the amounts do not explain what is above the limit, a second person is asked. */
  link: oc.input(z.object({ ...act, target: z.object({ kind: linkKindSchema, id: idSchema }), note })).output(settled),
  /** The two sides of a pair that attributes made are not one: both stand by themselves, and no run pairs them again. */
  refusePair: oc.input(z.object({ ...act, reason: note })).output(outcome),
  /** What posting would come to, and whether it takes a second person. Without an order: writing the whole difference off. */
  settlementPreview: oc.input(z.object({ id: idSchema, order: orderSchema.optional() })).output(z.object({ debitAccount: z.string(), creditAccount: z.string(), amount: moneySchema, functional: moneySchema, limit: moneySchema, isAboveLimit: z.boolean(), fourEyes: z.enum(['on', 'off']) })),
  adjust: oc.input(z.object({ ...act, order: orderSchema, reason: note })).output(settled),
  writeOff: oc.input(z.object({ ...act, reason: note })).output(settled),
  /** By another person than the one who asked. */
  decideAdjustment: oc.input(z.object({ ...act, isApproved: z.boolean(), note: z.string().max(500).nullable() })).output(settled),
  /** Takes back the newest step; an entry it posted is reversed. */
  undo: oc.input(z.object(act)).output(settled),
  /** Takes back what one command did, as far as nothing was done since. */
  undoCommand: oc.input(z.object({ commandId: commandIdSchema, undoneCommandId: commandIdSchema })).output(z.object({ undone: z.array(outcome), left: z.number().int() })),
  /** What a bulk act would do; writes nothing. */
  bulkPreview: oc.input(z.object({ ids, act: bulkActSchema })).output(z.object({ applies: z.number().int(), sums: z.array(moneySchema), atRisk: z.array(moneySchema), byStatus: z.array(z.object({ status: discrepancyStatusSchema, count: z.number().int() })), leftOut: z.array(failureSchema) })),
  /** One that cannot be changed does not stop the others. */
  bulk: oc.input(z.object({ commandId: commandIdSchema, ids, act: bulkActSchema })).output(z.object({ succeeded: z.array(outcome), failed: z.array(failureSchema) })),
  /** Money that may be lost without anybody noticing. `isBankRead` false: nothing can be said of payouts that did not arrive. `unbilledAsOf`: when what nobody invoices was worked out; null: not yet. */
  missingMoney: oc.input(z.object({})).output(z.object({ asOf: instantSchema, unbilledAsOf: instantSchema.nullable(), isBankRead: z.boolean(), findings: z.array(missingMoneySchema) })),
  /** The short report as it would be sent now; `sent` of the newest run. */
  report: oc.input(z.object({})).output(z.object({ report: reconciliationReportSchema, sent: z.object({ at: instantSchema, state: z.enum(['sent', 'failed', 'not-set-up', 'nobody']), accepted: z.array(z.string()), refused: z.array(z.object({ address: z.string(), response: z.string() })) }).nullable() })),
  policy: oc.input(z.object({})).output(z.object({ policy: reconciliationPolicySchema, functionalCurrency: currencySchema, fourEyes: z.enum(['on', 'off']) })),
  setPolicy: oc.input(z.object({ commandId: commandIdSchema, policy: reconciliationPolicySchema })).output(z.object({ policy: reconciliationPolicySchema })),
};
