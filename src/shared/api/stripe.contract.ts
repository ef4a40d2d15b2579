import { oc } from '@orpc/contract';
import { z } from 'zod';
import { keyReportSchema } from './system.contract.ts';
import { commandIdSchema, filterTextSchema, idSchema, instantSchema, localDateSchema, windowInput, windowOutput } from './primitives.ts';

/** Where an event stands: taken over as it came, in the mirror, kept for a person, or of a kind Daybook does not use. */
export const eventStates = ['staged', 'projected', 'parked', 'unhandled'] as const;
export const eventStateSchema = z.enum(eventStates);

/** Why a fact of the mirror has no entry yet. `not-tried`: no sync has come to it so far. */
export const factKindSchema = z.enum(['balance_transaction', 'invoice', 'credit_note', 'customer_balance_transaction']);

/** The gateway's own names of what is kept with its raw text. */
export const rawObjectKinds = [
  'account', 'balance_transaction', 'charge', 'payment_intent', 'customer', 'product', 'price', 'coupon', 'subscription', 'subscription_item', 'invoice', 'line_item', 'invoice_payment', 'invoiceitem', 'checkout.session', 'refund', 'dispute', 'payout',
  'credit_note', 'customer_balance_transaction', 'event',
] as const;
export const rawObjectKindSchema = z.enum(rawObjectKinds);

/** How far one list was read by the refill in force. */
export const refillListSchema = z.object({ list: z.string(), rows: z.number().int(), isComplete: z.boolean() });

/** A stretch of time whose events Stripe no longer had when Daybook came back; everything was listed again in their place. */
export const eventGapSchema = z.object({ id: z.string(), from: instantSchema, to: instantSchema, noticedAt: instantSchema, filledAt: instantSchema.nullable() });

export const stripeOverviewSchema = z.object({
  hasKey: z.boolean(), account: z.string().nullable(), accountName: z.string().nullable(), mode: z.enum(['live', 'test', 'unset']), apiBase: z.string(),
  limits: z.object({
    /** `off`: no limit is kept, as against the sandbox. */
    limiter: z.enum(['on', 'off']),
    headroomPercent: z.number().int(),
    /** Requests a second that Daybook uses at most, in all and for one endpoint; null while the limiter is off. */
    accountPerSecond: z.number().nullable(), endpointPerSecond: z.number().nullable(),
  }),
  refill: z.object({
    /** `never`: no refill was begun; `unfinished`: one goes on where it stopped. */
    state: z.enum(['never', 'unfinished', 'complete']), startedAt: instantSchema.nullable(), completedAt: instantSchema.nullable(), lists: z.array(refillListSchema),
  }),
  events: z.object({ newestAt: instantSchema.nullable(), readAt: instantSchema.nullable(), counts: z.record(eventStateSchema, z.number().int()) }),
  balanceTransactionsReadAt: instantSchema.nullable(),
  gaps: z.array(eventGapSchema),
  /** Facts in the mirror without an entry, by reason. */
  waiting: z.array(z.object({ reasonCode: z.string(), count: z.number().int(), meaning: z.string(), nextStep: z.string() })),
});

export const stripeEventRowSchema = z.object({
  /** The provider's id: `evt_…`, or that of an object from a list that could not be read. */
  id: z.string(), type: z.string(), state: eventStateSchema, objectId: z.string().nullable(), apiVersion: z.string().nullable(), createdAt: instantSchema, receivedAt: instantSchema, reasonCode: z.string().nullable(), reason: z.string().nullable(),
});
export const stripeEventSchema = stripeEventRowSchema.extend({ objectKind: z.string().nullable(), nextStep: z.string().nullable(), raw: z.string() });
const eventFilterSchema = z.object({ state: eventStateSchema.optional(), type: z.string().max(100).optional(), text: filterTextSchema.optional() });

export const parkedFactSchema = z.object({
  kind: factKindSchema, id: z.string(), occurredAt: instantSchema, reasonCode: z.string(), reason: z.string().nullable(), nextStep: z.string(),
  /** Whose and which day's rate it waits for. */
  awaitedRate: z.object({ currency: z.string(), on: localDateSchema }).nullable(),
});

export const stripeContract = {
  /** What is known here, without asking Stripe. */
  overview: oc.input(z.object({})).output(stripeOverviewSchema),
  /** Asks Stripe with the key in force: whose it is, and endpoint by endpoint whether it may be read. Nothing is kept. */
  checks: oc.input(z.object({})).output(keyReportSchema),
  events: oc.input(windowInput(['createdAt', 'receivedAt', 'type', 'state'], eventFilterSchema)).output(windowOutput(stripeEventRowSchema)),
  event: oc.input(z.object({ id: idSchema })).output(stripeEventSchema),
  /** Events that were set aside are not to be used: they stay in the log with the reason, and can be taken up again by their id. */
  dismissEvents: oc.input(z.object({ commandId: commandIdSchema, ids: z.array(idSchema).min(1).max(500), reason: z.string().trim().min(3).max(500) })).output(z.object({ dismissed: z.number().int() })),
  /** Parked ones are staged anew and taken up by the next sync; without ids all of them. */
  retryEvents: oc.input(z.object({ commandId: commandIdSchema, ids: z.array(idSchema).max(500).optional() })).output(z.object({ retried: z.number().int() })),
  /** Facts that wait for something before they can be posted. */
  parked: oc.input(windowInput(['occurredAt', 'reasonCode', 'kind'], z.object({ reasonCode: z.string().max(100).optional(), text: filterTextSchema.optional() }))).output(windowOutput(parkedFactSchema)),
  /** Any object of the mirror, or an event, as the gateway wrote it. */
  rawObject: oc.input(z.object({ kind: rawObjectKindSchema, id: idSchema })).output(z.object({ kind: rawObjectKindSchema, id: z.string(), observedAt: instantSchema.nullable(), raw: z.string() })),
  /** How much of Stripe's limits is left to others, in percent; a running job keeps to it from its next request on. */
  setHeadroom: oc.input(z.object({ commandId: commandIdSchema, percent: z.number().int().min(0).max(90) })).output(z.object({ headroomPercent: z.number().int() })),
};
