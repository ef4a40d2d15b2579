/**
 * What the contracts' room needs of edits on their way: the outbox that takes them, and what is open. `contracts/contract-changes.ts` has both.
 */
import type { z } from 'zod';
import type { changeSchema } from '../../shared/api/changes.contract.ts';
import type { ChangeOperation } from './change-set.ts';
import type { MergedEntity } from './contract-fields.ts';
import type { RecordValues } from './contract-values.ts';

export type ChangeView = z.infer<typeof changeSchema>;

/** What a person wants to be there; the desk adds what was there. */
export interface Edit {
  readonly entity: MergedEntity;
  /** Made here for a new record. */
  readonly entityId: string;
  readonly operation: ChangeOperation;
  /** The version the person saw; 0 for a new record. */
  readonly baseVersion: number;
  /** By column; only what differs from the base counts. */
  readonly values: RecordValues;
  readonly reason: string;
}

/** Who does it, and the command it belongs to. */
export interface EditAct {
  readonly actor: string;
  readonly requestId?: string | undefined;
}

export interface ChangeSubmission {
  /**
   * Puts an edit into this desk's outbox, or joins the transaction that runs.
   * @throws ValidationError with the first problem's code when the values are not what a record must be like.
   */
  submit(edit: Edit, act: EditAct): ChangeView;
}

export interface OpenChanges {
  /** Changes that are neither applied nor taken back, the oldest first; of these records, or of all where none are named. */
  listOpen(entityIds?: readonly string[]): readonly ChangeView[];
}

/** On a desk where nothing is edited: nothing is open. */
export const noOpenChanges: OpenChanges = { listOpen: () => [] };
