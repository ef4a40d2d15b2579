/**
 * Are these values what a record may be like, and what do they say in plain words? For forms while one types, for the outbox before it takes an edit.
 */
import { NotFoundError, ValidationError } from '../../shared/errors/errors.ts';
import type { ReadableDatabase } from '../database/handles.ts';
import { noOpenChanges, type ChangeView, type OpenChanges } from './contract-changes.ports.ts';
import type { MergedEntity } from './contract-fields.ts';
import { findRecord, readOutlines } from './contract-records.repository.ts';
import { parseContractTerms } from './contract-terms.ts';
import { indexRecords, problemsOfDeletion, problemsOfRecord, type FieldProblem, type KnownRecords } from './contract-validation.ts';
import { amendmentRowOf, contractRowOf, normaliseValues, withDefaults, type RecordValues, type StoredRecord } from './contract-values.ts';
import { amendedRow } from './contract-timeline.ts';
import { describeTerms } from './terms-summary.ts';
import { wantedRecord, withWanted } from './wanted-records.ts';

export interface CheckedRecord {
  /** Whole: what was not given is as it stands, or the default of a new record. */
  readonly values: RecordValues;
  readonly problems: readonly FieldProblem[];
  /** Null where the values cannot be rated, and for partners. */
  readonly summary: string | null;
}

export interface ContractChecks {
  /** A record as it stands here, or as the changes on their way make it (version 0). */
  find(entity: MergedEntity, id: string): StoredRecord | null;
  /** @param id null for a new record. `values` need only name what differs. */
  check(entity: MergedEntity, id: string | null, values: RecordValues): CheckedRecord;
  /** What stands against deleting it. */
  checkDeletion(entity: MergedEntity, id: string): readonly FieldProblem[];
}

/** @param changes those on their way: what they make counts as known. */
export function createContractChecks({ readable, changes = noOpenChanges }: { readonly readable: ReadableDatabase; readonly changes?: OpenChanges }): ContractChecks {
  const find = (entity: MergedEntity, id: string): StoredRecord | null => findRecord(readable, entity, id) ?? wantedRecord(changes.listOpen([id]), entity, id);

  return {
    find,
    check(entity, id, given) {
      const standing = id === null ? null : find(entity, id);
      const values = wholeValues(entity, standing, given);
      return { values, problems: problemsOfRecord({ entity, id, values, standing: standing?.values ?? null }, knownWithWanted(readable, changes.listOpen())), summary: summaryOf(find, entity, id, values) };
    },
    checkDeletion: (entity, id) => problemsOfDeletion(entity, id, knownWithWanted(readable, changes.listOpen())),
  };
}

/** What rules between records look at, those that are only wanted yet too. */
export function knownWithWanted(readable: ReadableDatabase, open: readonly ChangeView[]): KnownRecords {
  const { partnerIds, contracts, amendments } = withWanted(readOutlines(readable), open);
  return indexRecords(partnerIds, contracts, amendments);
}

/** What stands with what is given laid over it. */
export function wholeValues(entity: MergedEntity, standing: StoredRecord | null, given: RecordValues): RecordValues {
  return normaliseValues(entity, standing ? { ...standing.values, ...given } : withDefaults(entity, given));
}

/** The terms as a sentence; null where they cannot be rated (validation says why) and for partners. @param find a contract's partner and an amendment's contract, those on their way too where they count. */
export function summaryOf(find: (entity: MergedEntity, id: string) => StoredRecord | null | undefined, entity: MergedEntity, id: string | null, values: RecordValues): string | null {
  if (entity === 'partner') return null;
  const record = { id: id ?? '', version: 0, values };
  const contract = entity === 'contract' ? record : find('contract', String(values['contract_id']));
  const partner = contract && find('partner', String(contract.values['partner_id']));
  if (!contract) return null;
  const row = contractRowOf(contract, partner ?? { id: '', version: 0, values: { tax_treatment: 'standard' } });
  const parsed = parseContractTerms(entity === 'contract' ? row : amendedRow(row, amendmentRowOf(record)));
  return parsed.isFine ? describeTerms(parsed.terms) : null;
}

/** @throws ValidationError with the first problem's code; all of them stand in its data. */
export function assertSound(problems: readonly FieldProblem[]): void {
  const [first] = problems;
  if (!first) return;
  throw new ValidationError(first.code, first.message, {
    data: { column: first.column, problems: problems.map((problem) => problem.message) },
    nextStep: problems.length === 1 ? 'Correct the value and try again.' : `Correct it and the ${problems.length - 1} other ${problems.length === 2 ? 'value' : 'values'} that are wrong, then try again.`,
  });
}

/** @throws NotFoundError `record-not-found`. */
export function mustFindRecord(readable: ReadableDatabase, entity: MergedEntity, id: string): StoredRecord {
  const record = findRecord(readable, entity, id);
  if (!record) throw new NotFoundError('record-not-found', `There is no such ${entity} here.`, { data: { entity, id }, nextStep: 'Sync with the shared database, or look it up in the list.' });
  return record;
}
