/**
 * Brings one change as far as it comes against what stands: stored, nothing to do, a conflict for a person, waiting for a second one, refused with a code. Pure; what
 * stands is asked through a port. `daybook.evaluate_change` in migrations/postgres/0010 follows the same rules for the shared database; here they serve the desk without
 * one and the model that the shared database is tested against.
 */
import type { ChangeOperation, FieldChange } from './change-set.ts';
import { findMergedField, mergedFields, type MergedEntity } from './contract-fields.ts';
import { mergeChange, type Clash, type StandingRecord } from './change-merge.ts';
import { isSameValue, withDefaults, type RecordValues } from './contract-values.ts';

/** A change with what people decided of it since it was written. */
export interface EffectiveChange {
  readonly id: string;
  readonly entity: MergedEntity;
  readonly author: string;
  readonly desk: string;
  readonly operation: ChangeOperation;
  /** The record it is about: its own, or the one that stands in its place. */
  readonly entityId: string;
  readonly baseVersion: number;
  readonly fields: Readonly<Record<string, FieldChange>>;
  readonly restores: boolean;
}

/** What stands, as the evaluation asks for it. */
export interface StandingRecords {
  find(entity: MergedEntity, id: string): StandingRecord | null;
  /** Somebody else than this desk's own author made a version of it after that one. */
  isTouchedByOthers(change: EffectiveChange): boolean;
  /** Another amendment of the contract that begins on that day and is not deleted. */
  otherAmendment(contractId: string, day: string, exceptId: string): { readonly id: string; readonly standing: StandingRecord } | null;
  /**
   * The code of the first rule that the whole record would break.
   * @param changed null for a record that is new or comes back: every rule is asked.
   */
  problemOfRecord(record: { readonly entity: MergedEntity; readonly id: string; readonly operation: ChangeOperation; readonly values: RecordValues; readonly changed: RecordValues | null }): string | null;
}

export type Evaluation =
  | { readonly kind: 'refused'; readonly code: string }
  | { readonly kind: 'conflict'; readonly recordId: string; readonly version: number; readonly clashes: readonly Clash[]; /** The change is an edit of that record from now on. */ readonly isRetargeted: boolean }
  | { readonly kind: 'nothing'; readonly recordId: string; readonly version: number }
  | { readonly kind: 'awaiting-approval' }
  | { readonly kind: 'store'; readonly operation: ChangeOperation; /** Whole. */ readonly values: RecordValues; readonly bearsPrice: boolean };

/** @param policy.needsApproval what bears a price waits unless a second person has agreed. */
export function evaluateChange(change: EffectiveChange, records: StandingRecords, policy: { readonly needsApproval: boolean; readonly isApproved: boolean }): Evaluation {
  const { entity, entityId } = change;
  const columns = Object.keys(change.fields);
  if (columns.some((column) => !findMergedField(entity, column))) return { kind: 'refused', code: 'field-unknown' };
  if (change.operation === 'update' && columns.some((column) => findMergedField(entity, column)?.isFixed)) return { kind: 'refused', code: 'field-fixed' };
  const standing = records.find(entity, entityId);
  const merged = mergeChange(change, standing, change.operation === 'delete' && records.isTouchedByOthers(change));
  if (merged.outcome === 'refused') return { kind: 'refused', code: merged.code };
  if (merged.outcome === 'conflict') return { kind: 'conflict', recordId: entityId, version: standing?.version ?? 0, clashes: merged.clashes, isRetargeted: false };
  if (merged.outcome === 'nothing') return { kind: 'nothing', recordId: entityId, version: standing?.version ?? 0 };
  const meeting = change.operation === 'create' && entity === 'amendment' ? meetOtherAmendment(change, records) : null;
  if (meeting) return meeting;
  const values = { ...(standing?.values ?? withDefaults(entity, {})), ...merged.values };
  const changed = merged.operation === 'update' && !change.restores ? merged.values : null;
  const code = records.problemOfRecord({ entity, id: entityId, operation: merged.operation, values, changed });
  if (code !== null) return { kind: 'refused', code };
  const bearsPrice = change.restores || doesBearPrice(entity, merged.operation, merged.values);
  if (bearsPrice && policy.needsApproval && !policy.isApproved) return { kind: 'awaiting-approval' };
  return { kind: 'store', operation: merged.operation, values, bearsPrice };
}

/** A partner without a contract is billed nothing; everything else that comes or goes changes what is. */
export function doesBearPrice(entity: MergedEntity, operation: ChangeOperation, values: RecordValues): boolean {
  if (operation !== 'update') return entity !== 'partner';
  return Object.keys(values).some((column) => findMergedField(entity, column)?.isPriceBearing);
}

/** Two people who agree on terms from the same day made one amendment, not two: what differs is a conflict between them (docs/adr/0015). */
function meetOtherAmendment(change: EffectiveChange, records: StandingRecords): Evaluation | null {
  const mine = withDefaults('amendment', Object.fromEntries(Object.entries(change.fields).map(([column, { to }]) => [column, to])));
  const other = records.otherAmendment(String(mine['contract_id']), String(mine['effective_from']), change.entityId);
  if (!other) return null;
  const { id, standing } = other;
  const differing = mergedFields.amendment.map((field) => field.column).sort().filter((column) => !isSameValue(mine[column] ?? null, standing.values[column] ?? null));
  if (differing.length === 0) return { kind: 'nothing', recordId: id, version: standing.version };
  return { kind: 'conflict', recordId: id, version: standing.version, isRetargeted: true, clashes: differing.map((column) => ({ column, base: null, mine: mine[column] ?? null, theirs: standing.values[column] ?? null })) };
}

/** A person's choice for one clashing column. */
export type Choice = { readonly keep: 'mine' | 'theirs' } | { readonly keep: 'other'; readonly value: FieldChange['to'] };

/**
 * The change with a conflict of it decided: what is theirs is given up, what is mine or another value is wanted over what the person saw standing.
 * @returns null where nothing of it is wanted any more: the record stays deleted, or stays.
 */
export function resolveClashes(change: EffectiveChange, conflict: { readonly clashes: readonly Clash[]; readonly version: number }, choices: Readonly<Record<string, Choice>>): EffectiveChange | null {
  const fields: Record<string, FieldChange> = { ...change.fields };
  let { restores } = change;
  for (const { column, mine, theirs } of conflict.clashes) {
    const choice = choices[column] ?? { keep: 'theirs' as const };
    if (column === 'deleted') {
      if (choice.keep === 'theirs') return null;
      restores ||= change.operation !== 'delete';
    } else if (choice.keep === 'theirs') delete fields[column];
    else fields[column] = { from: theirs, to: choice.keep === 'other' ? choice.value : mine };
  }
  return { ...change, fields, restores, baseVersion: conflict.version };
}
