/** What a command about contracts is about: a contract by its id or first prefix, an amendment or a partner by its id; and what is typed behind `--set`. */
import { NotFoundError, ValidationError } from '../../shared/errors/errors.ts';
import type { DaybookClient } from '../../shared/api/contract.ts';
import type { FieldValueView } from '../../shared/api/changes.contract.ts';
import { findMergedField, mergedFields, type MergedEntity } from '../../main/contracts/contract-fields.ts';
import { readFieldText, writeFieldText } from '../../main/contracts/field-text.ts';
import type { FieldValue } from '../../main/contracts/change-set.ts';

export interface Target {
  readonly entity: MergedEntity;
  readonly id: string;
  readonly version: number;
  readonly values: Readonly<Record<string, FieldValueView>>;
}

export function isNotFound(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === 'record-not-found';
}

/** @throws what the backend throws, `record-not-found` when nothing here has this id. */
export async function findTarget(client: DaybookClient, given: string): Promise<Target> {
  try {
    const { id } = await client.contracts.show({ id: given });
    return { entity: 'contract', id, ...(await client.contracts.values({ entity: 'contract', id })) };
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
  try {
    return { entity: 'amendment', id: given, ...(await client.contracts.values({ entity: 'amendment', id: given })) };
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
  try {
    return { entity: 'partner', id: given, ...(await client.contracts.values({ entity: 'partner', id: given })) };
  } catch (error) {
    if (!isNotFound(error)) throw error;
    throw new NotFoundError('record-not-found', `No contract, amendment or partner here is called ${given}.`, { data: { id: given }, nextStep: 'Name a contract by its id or its prefix, the others by their ids: daybook contracts list has them. Or sync with the shared database first.' });
  }
}

/** `flat_fee_minor=150000` and the like, as values, each column once. @throws ValidationError `input-invalid`, or the code of what cannot be read. */
export function readSettings(entity: MergedEntity, settings: readonly string[]): Record<string, FieldValue> {
  const values: Record<string, FieldValue> = {};
  for (const setting of settings) {
    const [, name = '', text = ''] = /^([^=]+)=([\s\S]*)$/.exec(setting) ?? [];
    const column = name.trim().replaceAll('-', '_');
    const field = findMergedField(entity, column);
    if (!field) throw new ValidationError('input-invalid', `“${setting}” is not column=value with a column of ${entity === 'amendment' ? 'an amendment' : `a ${entity}`}.`, { nextStep: `Columns: ${mergedFields[entity].map((known) => known.column).join(', ')}.` });
    if (column in values) throw new ValidationError('input-invalid', `“${column}” is set twice.`, { data: { column }, nextStep: 'Set it once.' });
    const read = readFieldText(field, text);
    if (!read.isFine) throw new ValidationError(read.problem.code, read.problem.message, { data: { column }, nextStep: 'Correct the value and try again.' });
    values[column] = read.value;
  }
  return values;
}

/** A value as it would be typed; '—' where there is none. */
export function valueText(entity: MergedEntity, column: string, value: FieldValueView): string {
  const field = findMergedField(entity, column);
  const text = field ? writeFieldText(field, value) : JSON.stringify(value);
  return text === '' ? '—' : text;
}
