/**
 * One edit of a partner, a contract or an amendment: what was there, what is to be there, on which version it was based, by whom and why
 * (domain.md §5). Made at a desk, online or offline, kept in its outbox in the same transaction, sent once, merged by field.
 */
import type { MergedEntity } from './contract-fields.ts';

/** As JSON carries it: decimals as text, amounts as whole minor units, tiers and addresses as objects, lists as arrays. */
export type FieldValue = string | number | boolean | null | readonly FieldValue[] | { readonly [name: string]: FieldValue };

/** `from` is what the author saw: the base of the merge. In a new record it is null. */
export interface FieldChange {
  readonly from: FieldValue;
  readonly to: FieldValue;
}

export type ChangeOperation = 'create' | 'update' | 'delete';

export interface ChangeSet {
  /** UUIDv7 made at the desk before anything is sent: sending twice is one change. */
  readonly id: string;
  readonly entity: MergedEntity;
  readonly entityId: string;
  readonly operation: ChangeOperation;
  /** The version the author saw; 0 for a new record. */
  readonly baseVersion: number;
  /** By column (`contract-fields.ts`); empty for a delete. */
  readonly fields: Readonly<Record<string, FieldChange>>;
  readonly reason: string;
  /** Epoch milliseconds at the desk. The author is the session's user, never a field of the change. */
  readonly createdAt: number;
}

/**
 * Where a change stands. `pending`: in this desk's outbox. `awaiting-approval`: the shared database keeps it until a second person decides.
 * `applied`: on the base it named; `merged`: other fields had changed meanwhile. `conflict`: the same field had, and a person decides. `rejected`: a second
 * person said no. `withdrawn`: its author took it back. `parked`: the shared database refused it for a reason that sending again will not mend.
 */
export type ChangeState = 'pending' | 'awaiting-approval' | 'applied' | 'merged' | 'conflict' | 'rejected' | 'withdrawn' | 'parked';

export const changeStates: readonly ChangeState[] = ['pending', 'awaiting-approval', 'applied', 'merged', 'conflict', 'rejected', 'withdrawn', 'parked'];

/** Nothing more happens to a change in one of these. */
export const finalChangeStates: ReadonlySet<ChangeState> = new Set(['applied', 'merged', 'rejected', 'withdrawn']);
