/** What a difference can be linked to, as the rooms that keep it know it. */
import type { ReadableDatabase } from '../database/handles.ts';

export type LinkTargetKind = 'journal-entry' | 'invoice' | 'payment' | 'gateway-object';

export interface FoundLinkTarget {
  /** Its own id: an entry may be named by its number, an invoice too. */
  readonly id: string;
  /** Of an entry: what it was posted for. null: it stands for itself. */
  readonly sourceId: string | null;
  /** What it comes to, in each way that can be said: total, due, each posting. Minor units, signs as they are kept. */
  readonly amounts: readonly { readonly amountMinor: number; readonly currency: string }[];
}

export interface LinkTargets {
  /** Undefined: there is none by that id or number. */
  find(database: ReadableDatabase, target: { readonly kind: LinkTargetKind; readonly id: string }): FoundLinkTarget | undefined;
}
