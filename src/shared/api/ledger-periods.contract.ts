/**
 * Closing months and opening them again, reversing an entry, and what waits for the sealer: a part of the `ledger` section of the contract.
 */
import { oc } from '@orpc/contract';
import { z } from 'zod';
import { commandIdSchema, idSchema, instantSchema, localDateSchema, moneySchema, monthSchema, windowInput, windowOutput } from './primitives.ts';

/** One thing that must hold before a month is closed. `detail` says what stands in the way; null when nothing does. */
export const periodCheckSchema = z.object({
  code: z.enum(['earlier-months-closed', 'month-over', 'stripe-read', 'facts-posted', 'entries-sealed', 'recognition-done', 'revaluation-ready', 'trial-balance-zero']),
  title: z.string(), isFine: z.boolean(), detail: z.string().nullable(), count: z.number().int(),
  /** Why facts of the month have no entry. Send the codes a person takes on as `acceptedReasons`. */
  reasons: z.array(z.object({ code: z.string(), count: z.number().int(), isAccepted: z.boolean() })),
});

export const periodActionSchema = z.enum(['close', 'request-reopen', 'decline-reopen', 'reopen']);

export const periodSchema = z.object({
  month: monthSchema,
  /** `running`: the month is not over. */
  state: z.enum(['running', 'open', 'closed']),
  entries: z.number().int(),
  isNextToClose: z.boolean(),
  /** Only of the month that may be closed next. */
  checklist: z.array(periodCheckSchema).nullable(),
  closedAt: instantSchema.nullable(), closedBy: z.string().nullable(),
  /** The head of the chain when it was closed: the month holds no entry behind it. */
  headSequence: z.number().int().nullable(), headHash: z.string().nullable(),
  /** Whether it was closed with revaluation of foreign balances; null while it is open, and for months closed before that was kept. */
  revaluation: z.enum(['on', 'off']).nullable(),
  /** Somebody asks to open it again; another person approves or declines. */
  reopenRequest: z.object({ actor: z.string(), at: instantSchema, reason: z.string() }).nullable(),
  history: z.array(z.object({ at: instantSchema, actor: z.string(), action: periodActionSchema, reason: z.string().nullable(), fourEyes: z.enum(['on', 'off']), headSequence: z.number().int(), /** Why facts or entries of the month waited that a person took on at closing. */ accepted: z.array(z.object({ code: z.string(), count: z.number().int() })) })),
});

/** An entry that waits for the sealer: in no balance yet. */
export const pendingEntrySchema = z.object({ id: z.string(), entryDate: localDateSchema, recordedAt: instantSchema, kind: z.string(), memo: z.string(), sourceType: z.string(), sourceId: z.string(), amounts: z.array(moneySchema), /** Why the sealer left it, where it said so. */ reasonCode: z.string().nullable(), /** A person's act that the sealer left: it can be taken back. */ isWithdrawable: z.boolean() });

const reason = z.string().trim().min(3, 'Write a few words.').max(500);

export const periodProcedures = {
  /** From the first entry's month to the running one, oldest first. `fourEyes` off: a desk of its own, where a wish to open a month opens it. */
  periods: oc.input(z.object({})).output(z.object({ fourEyes: z.enum(['on', 'off']), /** Whether the next close revalues foreign balances. */ revaluation: z.enum(['on', 'off']), periods: z.array(periodSchema) })),
  /** Closes months with or without unrealised exchange differences from now on, on every desk of the ledger. */
  setRevaluation: oc.input(z.object({ commandId: commandIdSchema, isOn: z.boolean() })).output(z.object({ revaluation: z.enum(['on', 'off']) })),
  closePeriod: oc.input(z.object({ commandId: commandIdSchema, month: monthSchema, acceptedReasons: z.array(z.string().min(1).max(100)).max(50).default([]) })).output(periodSchema),
  /** What closing from the next month through another would come to, up to the first month that cannot be closed. Each is then closed by itself, with {@link closePeriod}. */
  closePreview: oc
    .input(z.object({ through: monthSchema, acceptedReasons: z.array(z.string().min(1).max(100)).max(50).default([]) }))
    .output(z.object({ months: z.array(z.object({ month: monthSchema, isClosable: z.boolean(), checklist: z.array(periodCheckSchema) })), /** The first that cannot be closed; null: all can. */ stopsAt: monthSchema.nullable() })),
  /** Only the last closed month can be opened. */
  requestReopen: oc.input(z.object({ commandId: commandIdSchema, month: monthSchema, reason })).output(periodSchema),
  /** By another person than the one who asked. */
  approveReopen: oc.input(z.object({ commandId: commandIdSchema, month: monthSchema })).output(periodSchema),
  /** Withdraws one's own wish or refuses another's. */
  declineReopen: oc.input(z.object({ commandId: commandIdSchema, month: monthSchema, reason })).output(periodSchema),
  /** A new entry with the sides exchanged that names the old one; an entry is reversed once. */
  reverseEntry: oc.input(z.object({ commandId: commandIdSchema, id: idSchema, reason })).output(z.object({ id: z.string(), state: z.enum(['sealed', 'pending']), entryDate: localDateSchema })),
  /** Takes back what the sealer left, when it was a person's act. The audit log keeps it whole. */
  withdrawPending: oc.input(z.object({ commandId: commandIdSchema, id: idSchema, reason })).output(z.object({ id: z.string() })),
  pending: oc.input(windowInput(['recordedAt', 'entryDate'], z.object({}))).output(windowOutput(pendingEntrySchema)),
};
