/** Changes, conflicts and approvals as screens and the command line show them: with the record's title, and the fields by their labels in the order of the form. */
import type { z } from 'zod';
import type { approvalRowSchema, changeSchema, conflictRowSchema } from '../../shared/api/changes.contract.ts';
import type { ReadableDatabase } from '../database/handles.ts';
import { deletedColumn, type Clash } from './change-merge.ts';
import type { FieldChange, FieldValue } from './change-set.ts';
import { findMergedField, mergedFields, type MergedEntity } from './contract-fields.ts';
import { isSameValue, type RecordValues } from './contract-values.ts';
import { findStandingRecord } from './local-changes.repository.ts';
import { findCreation, findEffectiveFields, isApprovalDecidable, type KnownApproval, type KnownChange, type KnownConflict } from './known-changes.repository.ts';

export type ChangeView = z.infer<typeof changeSchema>;
export type ConflictRow = z.infer<typeof conflictRowSchema>;
export type ApprovalRow = z.infer<typeof approvalRowSchema>;

export interface ClashView extends Clash {
  readonly label: string;
  readonly isPriceBearing: boolean;
}

/** A record by its name, deleted ones and those only wanted yet too. */
export interface RecordTitle {
  readonly title: string;
  readonly partnerId: string | null;
}

export function titleOfRecord(readable: ReadableDatabase, entity: MergedEntity, id: string, wanted: RecordValues = {}): RecordTitle {
  const values = { ...wanted, ...findStandingRecord(readable, entity, id)?.values };
  const text = (column: string): string => (typeof values[column] === 'string' ? values[column] : '');
  if (entity === 'partner') return { title: text('name') || id, partnerId: id };
  if (entity === 'contract') return { title: text('api_key_prefix') || id, partnerId: text('partner_id') || null };
  const contract = findStandingRecord(readable, 'contract', text('contract_id'))?.values ?? {};
  const [prefix, partnerId] = [contract['api_key_prefix'], contract['partner_id']];
  return { title: `${typeof prefix === 'string' ? prefix : 'Amendment'} from ${text('effective_from')}`, partnerId: typeof partnerId === 'string' ? partnerId : null };
}

export function toChangeView(readable: ReadableDatabase, change: KnownChange, waitsFor: { readonly code: string; readonly message: string } | null = null): ChangeView {
  const { id, entity, entityId, operation, fields, reason, author, createdAt, sentAt, attempts, state, errorCode, errorMessage, conflictId, approvalId, resultVersion } = change;
  // An edit of a record that is itself on its way names nothing of it: the change that makes it does.
  const made = operation === 'create' || findStandingRecord(readable, entity, entityId) ? {} : (findCreation(readable, entityId)?.fields ?? {});
  const wanted = Object.fromEntries(Object.entries({ ...made, ...fields }).map(([column, { to }]) => [column, to]));
  return {
    id, entity, entityId, operation, ...titleOfRecord(readable, entity, entityId, wanted), state, reason, author, createdAt, sentAt, attempts, conflictId, approvalId, resultVersion,
    fields: toFieldDifferences(entity, fields), decided: decidedOf(readable, change),
    problem: errorCode === null ? waitsFor : { code: errorCode, message: errorMessage ?? errorCode },
  };
}

/** With their labels, in the order of the form. */
function toFieldDifferences(entity: MergedEntity, fields: Readonly<Record<string, FieldChange>>): ChangeView['fields'] {
  return mergedFields[entity].flatMap(({ column, label, isPriceBearing }) => {
    const field = fields[column];
    return field ? [{ column, label, from: field.from, to: field.to, isPriceBearing }] : [];
  });
}

/** What was decided of a change, where that is not what its author wrote. Nobody decides on what was not sent: the queue, which may be long, is not asked. */
function decidedOf(readable: ReadableDatabase, { id, entity, operation, fields, state }: KnownChange): ChangeView['decided'] {
  const effective = state === 'pending' ? undefined : findEffectiveFields(readable, id);
  if (!effective) return null;
  const columns = new Set([...Object.keys(fields), ...Object.keys(effective.fields)]);
  const isAsWritten = effective.operation === operation && [...columns].every((column) => isSameValue(fields[column]?.to ?? null, effective.fields[column]?.to ?? null) && isSameValue(fields[column]?.from ?? null, effective.fields[column]?.from ?? null));
  return isAsWritten ? null : { operation: effective.operation, fields: toFieldDifferences(entity, effective.fields) };
}

export function toConflictRow(readable: ReadableDatabase, conflict: KnownConflict): ConflictRow {
  const { id, entity, entityId, author, raisedAt, state, fields } = conflict;
  return { id, entity, entityId, ...titleOfRecord(readable, entity, entityId), author, raisedAt, state, columns: fields.map((field) => field.column) };
}

/** What a clashing field is called in its editor; a clash over a deletion is not about a field of the form. */
export function clashLabel(entity: MergedEntity, column: string): string {
  return findMergedField(entity, column)?.label ?? (column === deletedColumn ? 'Deleted' : column);
}

/** In the order of the form, what is or is to be deleted first. */
export function toClashViews(entity: MergedEntity, clashes: readonly Clash[]): ClashView[] {
  const place = (column: string): number => mergedFields[entity].findIndex((field) => field.column === column);
  return clashes.toSorted((a, b) => place(a.column) - place(b.column)).map((clash) => {
    const field = findMergedField(entity, clash.column);
    return { ...clash, label: clashLabel(entity, clash.column), isPriceBearing: field?.isPriceBearing ?? true };
  });
}

/** @param user who is signed in: may decide on what others asked for. */
export function toApprovalRow(readable: ReadableDatabase, approval: KnownApproval, user: string): ApprovalRow {
  const { id, changeId, entity, entityId, requestedBy, chosenBy, requestedAt, reason, state, decidedBy, decidedAt, comment } = approval;
  // What a new record would be called stands in the edit alone.
  const wanted = Object.fromEntries(Object.entries(findEffectiveFields(readable, changeId)?.fields ?? {}).map(([column, { to }]) => [column, to]));
  return { id, changeId, entity, entityId, ...titleOfRecord(readable, entity, entityId, wanted), requestedBy, valuesChosenBy: chosenBy, requestedAt, reason, state, decidedBy, decidedAt, comment, isDecidable: isApprovalDecidable(readable, id, user) };
}

/** Values of a conflict's record with one side's put in: what that side would have billed. */
export function valuesOfSide(standing: RecordValues, clashes: readonly Clash[], side: 'base' | 'mine' | 'theirs'): RecordValues {
  return { ...standing, ...Object.fromEntries(clashes.filter((clash) => clash.column !== deletedColumn).map((clash): [string, FieldValue] => [clash.column, clash[side]])) };
}
