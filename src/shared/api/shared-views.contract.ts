/** Views of lists that everybody has who works in the same shared database. */
import { oc } from '@orpc/contract';
import { z } from 'zod';
import { gridViewSchema } from './personal.contract.ts';
import { commandIdSchema, idSchema, instantSchema } from './primitives.ts';

export const sharedViewSchema = gridViewSchema.extend({
  savedBy: z.string(), savedAt: instantSchema,
  /** Whether the person who asks may replace it or take it back: who shared it, or an admin. */
  isTheirs: z.boolean(),
});

export const sharedViewsContract = {
  /** As this desk last heard of them; `canShare` is false where no shared database is connected. */
  list: oc.input(z.object({})).output(z.object({ views: z.array(sharedViewSchema), canShare: z.boolean() })),
  /** A view of the same list and name is replaced. */
  share: oc.input(z.object({ commandId: commandIdSchema, view: gridViewSchema.omit({ id: true }) })).output(sharedViewSchema),
  withdraw: oc.input(z.object({ commandId: commandIdSchema, id: idSchema })).output(z.object({ id: idSchema })),
};
