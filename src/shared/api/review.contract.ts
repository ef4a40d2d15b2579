/** What a person must look at: Today lists it, here it is settled. */
import { oc } from '@orpc/contract';
import { z } from 'zod';
import { commandIdSchema, idSchema } from './primitives.ts';

export const reviewContract = {
  /** Says that somebody has looked and what came of it; the note stands in the audit log. */
  settle: oc.input(z.object({ commandId: commandIdSchema, id: idSchema, note: z.string().trim().min(3, 'Write a few words.').max(500) })).output(z.object({ id: idSchema })),
};
