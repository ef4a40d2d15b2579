import { oc } from '@orpc/contract';
import { z } from 'zod';
import { commandIdSchema, instantSchema } from './primitives.ts';

export const numberSeriesSchema = z.enum(['INV', 'CN']);
const yearSchema = z.number().int().min(2000).max(9999);

export const numberBlockSchema = z.object({
  id: z.string(), series: numberSeriesSchema, year: z.number().int(),
  /** As printed; null until the shared database has said which. */
  first: z.string().nullable(), last: z.string().nullable(),
  holder: z.string(), desk: z.string(), isOfThisDesk: z.boolean(),
  /** Whether who asks may return it or take it away. */
  mayEnd: z.boolean(),
  leasedAt: instantSchema, useUntil: instantSchema, reportUntil: instantSchema,
  state: z.enum(['live', 'used-up', 'returned', 'revoked', 'expired', 'asked', 'returning', 'suspended']),
  used: z.number().int(), left: z.number().int(),
  endedAt: instantSchema.nullable(), endedBy: z.string().nullable(), endReason: z.string().nullable(),
});
export type NumberBlockView = z.infer<typeof numberBlockSchema>;

export const numbersOverviewSchema = z.object({
  kind: z.enum(['shared', 'local']),
  /** false: the shared database is not reached; only what this desk holds is known. */
  isOnline: z.boolean(),
  asOf: instantSchema,
  series: z.array(z.object({ series: numberSeriesSchema, year: z.number().int(), next: z.string(), used: z.number().int(), inBlocks: z.number().int(), gaps: z.number().int(), unaccounted: z.number().int() })),
  blocks: z.array(numberBlockSchema),
  /** Numbers this desk gave that the shared database has not heard of, or refuses. */
  openUses: z.array(z.object({ number: z.string(), documentId: z.string(), usedAt: instantSchema, refusal: z.object({ code: z.string(), message: z.string(), nextStep: z.string() }).nullable() })),
  /** What may be leased today. */
  leasable: z.object({ years: z.array(z.number().int()), mostNumbers: z.number().int(), mostDays: z.number().int() }),
});
export type NumbersOverviewView = z.infer<typeof numbersOverviewSchema>;

export const numberGapSchema = z.object({
  number: z.string(), series: numberSeriesSchema, year: z.number().int(), reason: z.string(), blockId: z.string().nullable(), recordedBy: z.string(), recordedAt: instantSchema,
  /** A document that carries the number all the same: it was told after its lease had ended. */
  claimedBy: z.object({ documentId: z.string(), at: instantSchema, holder: z.string() }).nullable(),
});
export type NumberGapView = z.infer<typeof numberGapSchema>;

export const returnedBlockSchema = z.object({ block: numberBlockSchema, backToSeries: z.number().int(), gaps: z.array(z.string()) });

export const numbersContract = {
  overview: oc.input(z.object({})).output(numbersOverviewSchema),
  /** The gap register, newest first, a thousand at most. */
  gaps: oc.input(z.object({ series: numberSeriesSchema.optional(), year: yearSchema.optional() })).output(z.object({ gaps: z.array(numberGapSchema) })),
  /** The command's id is the block's: sent twice it is one block. */
  lease: oc.input(z.object({ commandId: commandIdSchema, series: numberSeriesSchema, year: yearSchema, count: z.number().int().min(1).max(100), days: z.number().int().min(1).max(31) })).output(numberBlockSchema),
  return: oc.input(z.object({ commandId: commandIdSchema, blockId: z.uuid(), reason: z.string().max(500) })).output(returnedBlockSchema),
};
