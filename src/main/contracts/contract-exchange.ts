/**
 * Contracts out as a file and in again. An import is planned whole before anything is written: every problem by row and column, every change as it would be
 * sent. With a problem it is refused whole; without one its edits go the way of every edit, in one transaction.
 */
import { NotFoundError, ValidationError } from '../../shared/errors/errors.ts';
import type { ReadableDatabase, UnitOfWork } from '../database/handles.ts';
import type { ChangeSubmission, ChangeView, EditAct } from './contract-changes.ports.ts';
import { summaryOf, wholeValues } from './contract-checks.ts';
import { mergedFields, type MergedEntity } from './contract-fields.ts';
import { readContractsFile, writeContractsFile, type FileProblem, type FileRecord } from './contract-file.ts';
import { findRecord, listDeletedIds, listRecords, readOutlines, type RecordOutlines } from './contract-records.repository.ts';
import { indexRecords, problemsOfRecord, type KnownRecords } from './contract-validation.ts';
import { differencesOf, isList, type FieldDifference, type RecordValues, type StoredRecord } from './contract-values.ts';
import type { ContractVersions } from './contract-versions.ts';

export type FileFormat = 'csv' | 'json';

export interface PlannedEdit {
  readonly row: number;
  readonly entity: MergedEntity;
  readonly entityId: string;
  readonly title: string;
  /** What its amounts are in, as they would stand; null for a partner. */
  readonly currency: string | null;
  readonly operation: 'create' | 'update';
  /** The version the file was made from. */
  readonly baseVersion: number;
  readonly fields: readonly FieldDifference[];
}

export interface ImportPlan {
  readonly fileRows: number;
  readonly creates: number;
  readonly updates: number;
  readonly unchanged: number;
  readonly problems: readonly FileProblem[];
  readonly planned: readonly PlannedEdit[];
}

export interface ContractExchange {
  /** All partners, contracts and amendments that are not deleted. */
  exportFile(format: FileFormat): { readonly fileName: string; readonly text: string };
  planImport(format: FileFormat, text: string): ImportPlan;
  /** @throws ValidationError `import-has-problems`: nothing was written. */
  importFile(format: FileFormat, text: string, reason: string, act: EditAct): readonly ChangeView[];
}

interface ExchangeDependencies {
  readonly readable: ReadableDatabase;
  readonly unitOfWork: UnitOfWork;
  readonly versions: Pick<ContractVersions, 'valuesAt'>;
  readonly changes: ChangeSubmission;
  readonly newId: () => string;
  /** The day in a file's name. */
  readonly today: () => string;
}

const entities: readonly MergedEntity[] = ['partner', 'contract', 'amendment'];

export function createContractExchange(dependencies: ExchangeDependencies): ContractExchange {
  const { readable, unitOfWork, changes } = dependencies;

  function planImport(format: FileFormat, text: string): ImportPlan {
    const file = readContractsFile(format, text);
    const problems: FileProblem[] = [...file.problems];
    const drafts = draftEdits(file.records, dependencies, problems);
    const known = overlay(readOutlines(readable), drafts);
    for (const { row, entity, entityId, values, standing, isChanged } of drafts) {
      if (!isChanged) continue;
      // A cell that could not be read is empty here: that it is missing is no second problem.
      const unread = new Set(problems.filter((problem) => problem.row === row).map((problem) => problem.column));
      problems.push(...problemsOfRecord({ entity, id: entityId, values, standing: standing?.values ?? null }, known).filter((problem) => !unread.has(problem.column)).map((problem) => ({ row, ...problem })));
    }
    const contractOf = (id: string): RecordValues | undefined => drafts.find((draft) => draft.entity === 'contract' && draft.entityId === id)?.values ?? findRecord(readable, 'contract', id)?.values;
    const currencyOf = (entity: MergedEntity, values: RecordValues): string | null => {
      const currency = (entity === 'amendment' ? contractOf(String(values['contract_id'])) : values)?.['currency'];
      return entity !== 'partner' && typeof currency === 'string' ? currency : null;
    };
    const planned = drafts.filter((draft) => draft.isChanged).sort((a, b) => entities.indexOf(a.entity) - entities.indexOf(b.entity)).map(
      ({ row, entity, entityId, operation, baseVersion, fields, values }): PlannedEdit => ({ row, entity, entityId, operation, baseVersion, fields, title: titleOf(entity, values, known), currency: currencyOf(entity, values) }),
    );
    const creates = planned.filter((edit) => edit.operation === 'create').length;
    return {
      fileRows: file.rows, creates, updates: planned.length - creates, unchanged: drafts.length - planned.length, planned,
      problems: problems.toSorted((a, b) => (a.row ?? 0) - (b.row ?? 0)),
    };
  }

  return {
    planImport,
    exportFile(format) {
      const described = (entity: MergedEntity) => listRecords(readable, entity).map((record) => ({ ...record, summary: summaryOf((of, id) => findRecord(readable, of, id), entity, record.id, record.values) }));
      const records = { partner: listRecords(readable, 'partner'), contract: described('contract'), amendment: described('amendment') };
      return { fileName: `contracts-${dependencies.today()}.${format}`, text: writeContractsFile(format, records) };
    },
    importFile(format, text, reason, act) {
      const plan = planImport(format, text);
      const [first] = plan.problems;
      if (first) {
        throw new ValidationError('import-has-problems', `The file has ${plan.problems.length === 1 ? 'a problem' : `${plan.problems.length} problems`}; nothing was imported. ${placeOf(first)}${first.message}`, {
          data: { problems: plan.problems.slice(0, 20).map((problem) => `${placeOf(problem)}${problem.message}`) }, nextStep: 'Correct what is listed, try it with a dry run, then import again.',
        });
      }
      return unitOfWork.run('contracts.import', () => plan.planned.map(({ entity, entityId, operation, baseVersion, fields }) => changes.submit({ entity, entityId, operation, baseVersion, values: Object.fromEntries(fields.map((field) => [field.column, field.to])), reason }, act)));
    },
  };
}

function placeOf({ row, column }: FileProblem): string {
  return row === null ? '' : `Row ${row}${column === null ? '' : `, ${column}`}: `;
}

interface EditDraft extends Omit<PlannedEdit, 'title' | 'currency'> {
  /** Whole, as the record would stand. */
  readonly values: RecordValues;
  readonly standing: StoredRecord | null;
  readonly isChanged: boolean;
}

function draftEdits(records: readonly FileRecord[], { readable, versions, newId }: ExchangeDependencies, problems: FileProblem[]): EditDraft[] {
  const standing = new Map(entities.map((entity) => [entity, new Map(listRecords(readable, entity).map((record) => [record.id, record]))]));
  const deleted = listDeletedIds(readable);
  const seen = new Set<string>();
  return records.flatMap((record): EditDraft[] => {
    const { row, entity, id } = record;
    if (id !== null && seen.has(id)) {
      problems.push({ row, column: 'id', code: 'record-repeated', message: `The record ${id} is in the file twice.` });
      return [];
    }
    if (id !== null) seen.add(id);
    const stored = id === null ? undefined : standing.get(entity)?.get(id);
    if (stored) return draftUpdate(record, stored, versions, problems);
    if (id !== null && deleted.has(id)) problems.push({ row, column: 'id', code: 'record-deleted', message: `The record ${id} was deleted. Leave the id empty to make a new one.` });
    else if (record.version !== null && record.version > 0) problems.push({ row, column: 'id', code: 'record-unknown', message: `There is no ${entity} ${id ?? 'without an id'} here, though the file gives it a version. Sync first, or leave the version empty to make a new one.` });
    const values = wholeValues(entity, null, record.values);
    return [{ row, entity, entityId: id ?? newId(), operation: 'create', baseVersion: 0, fields: differencesOf(entity, {}, values), values, standing: null, isChanged: true }];
  });
}

/** Against the version the file was made from: a field that the file leaves as it was then is no edit, whatever others made of it since. */
function draftUpdate({ row, entity, version, values: given }: FileRecord, stored: StoredRecord, versions: Pick<ContractVersions, 'valuesAt'>, problems: FileProblem[]): EditDraft[] {
  const baseVersion = version ?? stored.version;
  if (baseVersion > stored.version) {
    problems.push({ row, column: 'version', code: 'version-ahead', message: `The file was made from version ${baseVersion}; here is version ${stored.version}. Sync first.` });
    return [];
  }
  const base = baseVersion === stored.version ? stored.values : valuesOrNull(() => versions.valuesAt(entity, stored.id, baseVersion));
  if (base === null) {
    problems.push({ row, column: 'version', code: 'version-unknown', message: `Version ${baseVersion} of this ${entity} is not known here, so nobody can tell what the file changes. Export again.` });
    return [];
  }
  const columns = new Set(Object.keys(given));
  const fields = differencesOf(entity, base, { ...base, ...given });
  const unknown = [...columns].some((column) => !mergedFields[entity].some((field) => field.column === column));
  const values = wholeValues(entity, stored, unknown ? given : Object.fromEntries(fields.map((field) => [field.column, field.to])));
  return [{ row, entity, entityId: stored.id, operation: 'update', baseVersion, fields, values, standing: stored, isChanged: fields.length > 0 || unknown }];
}

function valuesOrNull(read: () => RecordValues): RecordValues | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof NotFoundError && error.code === 'version-not-found') return null;
    throw error;
  }
}

/** What would be known once all drafts had been applied. */
function overlay({ partnerIds, contracts, amendments }: RecordOutlines, drafts: readonly EditDraft[]): KnownRecords {
  const of = (entity: MergedEntity) => drafts.filter((draft) => draft.entity === entity);
  const [drafted, amended] = [of('contract'), of('amendment')];
  const replaced = new Set([...drafted, ...amended].map((draft) => draft.entityId));
  return indexRecords(
    [...partnerIds, ...of('partner').map((draft) => draft.entityId)],
    [
      ...contracts.filter((contract) => !replaced.has(contract.id)),
      ...drafted.map(({ entityId, values }) => {
        const further = values['further_prefixes'] ?? null;
        return {
          id: entityId, partnerId: String(values['partner_id']), apiKeyPrefix: String(values['api_key_prefix']), furtherPrefixes: isList(further) ? further.map(String) : [], effectiveFrom: String(values['effective_from']),
          effectiveTo: typeof values['effective_to'] === 'string' ? values['effective_to'] : null, isDeleted: false,
        };
      }),
    ],
    [...amendments.filter((amendment) => !replaced.has(amendment.id)), ...amended.map(({ entityId, values }) => ({ id: entityId, contractId: String(values['contract_id']), effectiveFrom: String(values['effective_from']) }))],
  );
}

/** The partner's name, the contract's prefix, or the prefix with the amendment's day. */
function titleOf(entity: MergedEntity, values: RecordValues, known: KnownRecords): string {
  if (entity === 'partner') return String(values['name'] ?? '');
  if (entity === 'contract') return String(values['api_key_prefix'] ?? '');
  return `${known.contractById.get(String(values['contract_id']))?.apiKeyPrefix ?? ''} from ${String(values['effective_from'] ?? '')}`;
}
