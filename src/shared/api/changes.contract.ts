/**
 * Edits of partners and contracts on their way: the queue of this desk, conflicts that wait for a person, approvals by a second one (domain.md §5).
 */
import { eventIterator, oc } from '@orpc/contract';
import { z } from 'zod';
import { commandIdSchema, idSchema, instantSchema, moneySchema, monthSchema, windowInput, windowOutput } from './primitives.ts';

export const mergedEntitySchema = z.enum(['partner', 'contract', 'amendment']);
export const changeStateSchema = z.enum(['pending', 'awaiting-approval', 'applied', 'merged', 'conflict', 'rejected', 'withdrawn', 'parked']);
export const changeOperationSchema = z.enum(['create', 'update', 'delete']);

/** As JSON carries a field: decimals as text, amounts in minor units, tiers and addresses as objects. */
export type FieldValueView = string | number | boolean | null | readonly FieldValueView[] | { readonly [name: string]: FieldValueView };
export const fieldValueSchema: z.ZodType<FieldValueView, FieldValueView> = z.json();

const reason = z.string().trim().min(3, 'Write a few words.').max(500);

/** What a person wants to be there; the desk adds what was there and on which version. */
export const editSchema = z.object({
  entity: mergedEntitySchema, entityId: idSchema, operation: changeOperationSchema, baseVersion: z.number().int().min(0),
  /** By column; only what differs counts. Empty for a delete. */
  values: z.record(z.string().min(1).max(60), fieldValueSchema),
  reason,
});

export const fieldDifferenceSchema = z.object({ column: z.string(), label: z.string(), from: fieldValueSchema, to: fieldValueSchema, isPriceBearing: z.boolean() });

/** What last month would have come to under some terms; `problem` where they cannot be rated. */
export const billedUnderSchema = z.object({ month: monthSchema, total: moneySchema.nullable(), problem: z.string().nullable() });

export const changeSchema = z.object({
  id: z.string(), entity: mergedEntitySchema, entityId: z.string(), operation: changeOperationSchema, /** The partner's name, or the contract's key. */ title: z.string(), partnerId: z.string().nullable(),
  state: changeStateSchema, fields: z.array(fieldDifferenceSchema), reason: z.string(), author: z.string(), createdAt: instantSchema, sentAt: instantSchema.nullable(), attempts: z.number().int(),
  /** Why it is parked, or what is in its way. */
  problem: z.object({ code: z.string(), message: z.string() }).nullable(),
  conflictId: z.string().nullable(), approvalId: z.string().nullable(), resultVersion: z.number().int().nullable(),
  /** What is wanted of it by now, where people decided its conflicts otherwise than its author wrote it; null: what it says. */
  decided: z.object({ operation: changeOperationSchema, fields: z.array(fieldDifferenceSchema) }).nullable(),
});

export const conflictRowSchema = z.object({ id: z.string(), entity: mergedEntitySchema, entityId: z.string(), title: z.string(), partnerId: z.string().nullable(), author: z.string(), raisedAt: instantSchema, columns: z.array(z.string()), state: z.enum(['open', 'resolved']) });

/** Base, mine, theirs per clashing field, each with what last month would have come to. */
export const conflictSchema = conflictRowSchema.extend({
  change: changeSchema, theirVersion: z.number().int(), theirAuthor: z.string().nullable(), theirReason: z.string().nullable(),
  fields: z.array(z.object({ column: z.string(), label: z.string(), isPriceBearing: z.boolean(), base: fieldValueSchema, mine: fieldValueSchema, theirs: fieldValueSchema })),
  billed: z.object({ base: billedUnderSchema.nullable(), mine: billedUnderSchema.nullable(), theirs: billedUnderSchema.nullable() }),
  resolution: z.object({ by: z.string(), at: instantSchema, reason: z.string(), kept: z.record(z.string(), z.enum(['mine', 'theirs', 'other'])) }).nullable(),
});

export const approvalRowSchema = z.object({
  id: z.string(), changeId: z.string(), entity: mergedEntitySchema, entityId: z.string(), title: z.string(), partnerId: z.string().nullable(), requestedBy: z.string(), /** Who decided a conflict of it, and so its values: may not approve it either. */ valuesChosenBy: z.string().nullable(), requestedAt: instantSchema, reason: z.string(),
  state: z.enum(['requested', 'approved', 'rejected', 'withdrawn']), decidedBy: z.string().nullable(), decidedAt: instantSchema.nullable(), comment: z.string().nullable(),
  /** Whoever is signed in had no part in it: they may decide. */
  isDecidable: z.boolean(),
});
export const approvalSchema = approvalRowSchema.extend({ change: changeSchema, billed: z.object({ before: billedUnderSchema.nullable(), after: billedUnderSchema.nullable() }) });

export const resolutionSchema = z.record(z.string(), z.union([z.object({ keep: z.enum(['mine', 'theirs']) }), z.object({ keep: z.literal('other'), value: fieldValueSchema })]));

export const changesContract = {
  /** Into the outbox, in one transaction with the audit row; sent at once where the shared database is reached. */
  submit: oc.input(z.object({ commandId: commandIdSchema, edit: editSchema })).output(changeSchema),
  list: oc.input(windowInput(['createdAt', 'state'], z.object({ state: changeStateSchema.optional(), isOpen: z.boolean().optional(), entityId: z.string().optional(), /** Of this contract and of its amendments, those that never came to be too. */ contractId: z.string().optional(), /** A second person was asked. */ hasApproval: z.boolean().optional() }))).output(windowOutput(changeSchema)),
  /** Any change this desk knows, however old. @throws `change-not-found`. */
  show: oc.input(z.object({ id: idSchema })).output(changeSchema),
  /** Takes back what is not applied yet: from the outbox, from a conflict, from an approval. */
  withdraw: oc.input(z.object({ commandId: commandIdSchema, id: idSchema, reason })).output(changeSchema),
  /** Sends what is parked once more. */
  retry: oc.input(z.object({ commandId: commandIdSchema, id: idSchema })).output(changeSchema),
  conflicts: oc.input(windowInput(['raisedAt'], z.object({ state: z.enum(['open', 'resolved']).optional() }))).output(windowOutput(conflictRowSchema)),
  conflict: oc.input(z.object({ id: idSchema })).output(conflictSchema),
  resolve: oc.input(z.object({ commandId: commandIdSchema, id: idSchema, choices: resolutionSchema, reason })).output(conflictSchema),
  approvals: oc.input(windowInput(['requestedAt'], z.object({ state: z.enum(['requested', 'approved', 'rejected', 'withdrawn']).optional() }))).output(windowOutput(approvalRowSchema)),
  approval: oc.input(z.object({ id: idSchema })).output(approvalSchema),
  /** Never by the one who asked or chose its values; the shared database checks it again. @throws `second-person-needed`. */
  decide: oc.input(z.object({ commandId: commandIdSchema, id: idSchema, decision: z.enum(['approve', 'reject']), comment: z.string().trim().max(500) })).output(approvalSchema),
  /** How this desk and the shared database stand to each other. */
  status: oc.input(z.object({})).output(z.object({
    isConnected: z.boolean(), /** A desk of its own. False without a connection: the ledger is shared, and what is done here waits. */ isAlone: z.boolean(), isOnline: z.boolean(), lastSyncAt: instantSchema.nullable(), lastErrorCode: z.string().nullable(), feedPosition: z.string().nullable(), followsLive: z.boolean(), /** For a minute and longer changes since then are there and cannot be read: somebody keeps a transaction open on the server. */ heldBackSince: instantSchema.nullable(),
    pending: z.number().int(), parked: z.number().int(), conflicts: z.number().int(), approvals: z.number().int(), /** Those that this person may decide. */ decidable: z.number().int(), fourEyes: z.enum(['on', 'off']),
  })),
  /** Follows the shared database until the caller leaves; one event each time the line came or went, or something was fetched. @throws `postgres-not-connected`. */
  follow: oc.input(z.object({})).output(eventIterator(z.object({ at: instantSchema, isFollowing: z.boolean(), entities: z.array(z.string()), feedPosition: z.string().nullable() }))),
};
