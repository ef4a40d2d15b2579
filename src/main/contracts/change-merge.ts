/**
 * One change held against what stands, field by field (domain.md §5). Pure. `daybook.merge_change` in migrations/postgres/0010 says the same in SQL; a test runs both
 * on the same random cases.
 *
 * A field is taken where what stands is what the author saw (`from`); it is a clash where somebody made something else of it. The same value on both sides is none.
 */
import type { ChangeOperation, FieldChange, FieldValue } from './change-set.ts';
import { isSameValue, type RecordValues } from './contract-values.ts';

export interface StandingRecord {
  readonly version: number;
  readonly isDeleted: boolean;
  readonly values: RecordValues;
}

/** The column under which an edit that met a deletion, or a deletion that met an edit, is shown: true and false, as in `is it deleted`. */
export const deletedColumn = 'deleted';

export interface Clash {
  readonly column: string;
  readonly base: FieldValue;
  readonly mine: FieldValue;
  readonly theirs: FieldValue;
}

export interface ChangeToMerge {
  readonly operation: ChangeOperation;
  readonly fields: Readonly<Record<string, FieldChange>>;
  /** A person decided that it brings a deleted record back. */
  readonly restores: boolean;
}

export type Merged =
  | { readonly outcome: 'store'; readonly operation: ChangeOperation; /** The columns that change. */ readonly values: RecordValues }
  | { readonly outcome: 'nothing' }
  | { readonly outcome: 'conflict'; readonly clashes: readonly Clash[] }
  | { readonly outcome: 'refused'; readonly code: 'record-exists' | 'record-unknown' };

/** @param isTouched somebody else made a version since the one the change was based on; a deletion looks at nothing else. */
export function mergeChange(change: ChangeToMerge, standing: StandingRecord | null, isTouched: boolean): Merged {
  if (change.operation === 'create') {
    if (standing) return { outcome: 'refused', code: 'record-exists' };
    return { outcome: 'store', operation: 'create', values: Object.fromEntries(Object.entries(change.fields).map(([column, { to }]) => [column, to])) };
  }
  if (!standing) return { outcome: 'refused', code: 'record-unknown' };
  return change.operation === 'delete' ? mergeDeletion(standing, isTouched) : mergeEdit(change, standing);
}

function mergeDeletion(standing: StandingRecord, isTouched: boolean): Merged {
  if (standing.isDeleted) return { outcome: 'nothing' };
  if (isTouched) return { outcome: 'conflict', clashes: [{ column: deletedColumn, base: false, mine: true, theirs: false }] };
  return { outcome: 'store', operation: 'delete', values: {} };
}

function mergeEdit({ fields, restores }: ChangeToMerge, standing: StandingRecord): Merged {
  const takes: Record<string, FieldValue> = {};
  const clashes: Clash[] = [];
  for (const column of Object.keys(fields).sort()) {
    const { from, to } = fields[column] ?? { from: null, to: null };
    const now = standing.values[column] ?? null;
    if (isSameValue(now, to)) continue;
    if (isSameValue(now, from)) takes[column] = to;
    else clashes.push({ column, base: from, mine: to, theirs: now });
  }
  if (standing.isDeleted && !restores) clashes.unshift({ column: deletedColumn, base: false, mine: false, theirs: true });
  if (clashes.length > 0) return { outcome: 'conflict', clashes };
  if (Object.keys(takes).length === 0 && !standing.isDeleted) return { outcome: 'nothing' };
  return { outcome: 'store', operation: 'update', values: takes };
}
