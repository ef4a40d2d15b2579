/** The close of a month at the workbench: its checklist, the signature under it, and the evidence pack. Closing the books is `ledger.closePeriod`. */
import { oc } from '@orpc/contract';
import { z } from 'zod';
import { commandIdSchema, instantSchema, moneySchema, monthSchema } from './primitives.ts';
import { periodCheckSchema } from './ledger-periods.contract.ts';

export const closeCheckCodes = ['month-over', 'stripe-compared', 'payouts-tied', 'ending-balance-proved', 'suspense-explained', 'bank-lines-matched', 'discrepancies-settled', 'nothing-waits-for-approval', 'usage-billed', 'drafts-finalised'] as const;
export const closeCheckSchema = z.object({
  code: z.enum(closeCheckCodes), title: z.string(), isFine: z.boolean(), /** What stands in the way, or is worth knowing. */ detail: z.string().nullable(), count: z.number().int(), amounts: z.array(moneySchema), /** As of when a run or a job found it out; left out or null: it is read as it stands. */ asOf: instantSchema.nullish(), link: z.string().nullable(),
  /** Whether it may be signed all the same, with a reason. */
  isAcceptable: z.boolean(),
});
export type CloseCheckView = z.infer<typeof closeCheckSchema>;

export const signOffSchema = z.object({
  id: z.string(), month: monthSchema, action: z.enum(['sign-off', 'withdraw']), actor: z.string(), note: z.string().nullable(), recordedAt: instantSchema, headSequence: z.number().int(), headHash: z.string(),
  checks: z.array(closeCheckSchema.extend({ acceptedBecause: z.string().nullable() })),
});

export const closeViewSchema = z.object({
  month: monthSchema, checks: z.array(closeCheckSchema), signOff: signOffSchema.nullable(), /** Entries of the month or an earlier one came in since it was signed. */ hasMovedOn: z.boolean(), history: z.array(signOffSchema),
  /** The books of the month: closed or not, and what stands in the way of closing them; null where another month comes first. */
  books: z.object({ state: z.enum(['running', 'open', 'closed', 'none']), checklist: z.array(periodCheckSchema).nullable() }),
});
export type CloseView = z.infer<typeof closeViewSchema>;

const reason = z.string().trim().min(3, 'Write a few words.').max(500);

export const closeEvidenceContract = {
  read: oc.input(z.object({ month: monthSchema })).output(closeViewSchema),
  /** The months of the books, newest first, with the signature that stands. */
  months: oc.input(z.object({})).output(z.object({ months: z.array(z.object({ month: monthSchema, state: z.enum(['running', 'open', 'closed']), signedBy: z.string().nullable(), signedAt: instantSchema.nullable() })) })),
  signOff: oc.input(z.object({ commandId: commandIdSchema, month: monthSchema, note: z.string().max(500).nullable(), accepted: z.array(z.object({ code: z.enum(closeCheckCodes), reason })).max(20) })).output(closeViewSchema),
  withdraw: oc.input(z.object({ commandId: commandIdSchema, month: monthSchema, reason })).output(closeViewSchema),
  /** A ZIP of the summary as PDF, the lists as CSV, and SHA256SUMS over all of them. */
  pack: oc.input(z.object({ month: monthSchema })).output(z.object({ fileName: z.string(), bytes: z.instanceof(Uint8Array), files: z.array(z.object({ name: z.string(), sha256: z.string(), bytes: z.number().int() })) })),
};
