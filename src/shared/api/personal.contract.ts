/** What a person has arranged for themselves on this desk: never synced, never part of the books. What they share is in ./shared-views.contract.ts. */
import { oc } from '@orpc/contract';
import { z } from 'zod';
import { commandIdSchema, idSchema } from './primitives.ts';

const columnId = z.string().min(1).max(60);
const gridId = z.string().min(1).max(60);

export const gridLayoutSchema = z.object({
  visibility: z.record(columnId, z.boolean()),
  /** Widths in px, of the columns that were dragged. */
  sizing: z.record(columnId, z.number().min(1).max(4000)),
  /** The columns that stay in sight at the start of the row, in this order. */
  pinned: z.array(columnId).max(50),
});

/** A list as a person wants it again: its filter and sort as the address says them, and its columns. */
export const gridViewSchema = z.object({ id: z.string(), grid: gridId, name: z.string().min(1).max(80), search: z.string().max(2000), layout: gridLayoutSchema });

export const personalContract = {
  grids: oc.input(z.object({})).output(z.object({ layouts: z.record(gridId, gridLayoutSchema), views: z.array(gridViewSchema) })),
  keepLayout: oc.input(z.object({ commandId: commandIdSchema, grid: gridId, layout: gridLayoutSchema })).output(z.object({ grid: gridId })),
  /** A view of the same list and name is replaced. */
  saveView: oc.input(z.object({ commandId: commandIdSchema, view: gridViewSchema.omit({ id: true }) })).output(gridViewSchema),
  removeView: oc.input(z.object({ commandId: commandIdSchema, id: idSchema })).output(z.object({ id: idSchema })),
};
