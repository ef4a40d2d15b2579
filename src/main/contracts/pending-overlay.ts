/**
 * What a record would be once the edits on their way have been taken: laid over the copy when it is read, never written into it (docs/adr/0015). Pure.
 */
import type { ChangeOperation, ChangeState, FieldChange } from './change-set.ts';
import type { RecordValues } from './contract-values.ts';

export interface OverlaidChange {
  readonly operation: ChangeOperation;
  readonly state: ChangeState;
  readonly fields: Readonly<Record<string, Pick<FieldChange, 'to'>>>;
}

export interface Overlaid {
  readonly values: RecordValues;
  /** The columns whose value is only wanted yet. */
  readonly pendingColumns: ReadonlySet<string>;
  readonly willBeDeleted: boolean;
}

/** The fields of a change that would take effect: as people decided its conflicts, else as its author wrote them. */
export function fieldsInForce<Field>({ decided, fields }: { readonly fields: readonly Field[]; readonly decided: { readonly fields: readonly Field[] } | null }): readonly Field[] {
  return decided?.fields ?? fields;
}

/** What a change would do: an amendment that met another of its day is an edit of that one, once a person has decided. */
export function operationInForce({ decided, operation }: { readonly operation: ChangeOperation; readonly decided: { readonly operation: ChangeOperation } | null }): ChangeOperation {
  return decided?.operation ?? operation;
}

/** What is on its way there, or is there before the copy has followed; what was parked or met a conflict may never arrive and is not shown as if it would. */
const arriving: ReadonlySet<ChangeState> = new Set(['pending', 'awaiting-approval', 'applied', 'merged']);

/** Whether it is on its way: neither parked nor in conflict, and not given up. */
export const isArriving = (state: ChangeState): boolean => arriving.has(state);

/**
 * @param row a record's values as the copy has them; empty for one that is only wanted yet.
 * @param changes those of the record, in the order in which they were made.
 */
export function overlayPending(row: RecordValues, changes: readonly OverlaidChange[]): Overlaid {
  let values = row;
  const pendingColumns = new Set<string>();
  let willBeDeleted = false;
  for (const { operation, state, fields } of changes) {
    if (!arriving.has(state)) continue;
    if (operation === 'delete') willBeDeleted = true;
    else {
      values = { ...values, ...Object.fromEntries(Object.entries(fields).map(([column, { to }]) => [column, to])) };
      for (const column of Object.keys(fields)) pendingColumns.add(column);
    }
  }
  return { values, pendingColumns, willBeDeleted };
}
