/**
 * Every version of a partner, a contract or an amendment that ever stood: who, when, why and what changed; any two beside each other; an old one brought back
 * as a new edit.
 */
import { NotFoundError, StateError } from '../../shared/errors/errors.ts';
import type { ReadableDatabase } from '../database/handles.ts';
import type { ChangeSubmission, ChangeView, EditAct } from './contract-changes.ports.ts';
import { assertSound, mustFindRecord, type ContractChecks } from './contract-checks.ts';
import { mergedFields, type MergedEntity } from './contract-fields.ts';
import type { BilledUnder, ContractPreviews } from './contract-previews.ts';
import { findRecord, findRecordedVersion, listRecordedVersions, type RecordedVersion } from './contract-records.repository.ts';
import { differencesOf, valuesOfBody, type FieldDifference, type RecordValues } from './contract-values.ts';

export interface VersionOfRecord {
  readonly entity: MergedEntity;
  readonly entityId: string;
  readonly version: number;
  readonly author: string;
  readonly reason: string | null;
  /** Epoch milliseconds. */
  readonly recordedAt: number;
  /** Against the version before it; of the first one everything that is not empty. */
  readonly changed: readonly FieldDifference[];
  readonly isCurrent: boolean;
}

export interface ComparedVersions {
  readonly fields: readonly FieldDifference[];
  /** What last month would have come to under each; null where neither can be rated. */
  readonly billed: { readonly from: BilledUnder; readonly to: BilledUnder } | null;
}

export interface ContractVersions {
  /** The newest first. @throws NotFoundError `record-not-found`. */
  list(entity: MergedEntity, id: string): VersionOfRecord[];
  /** @throws NotFoundError `version-not-found`. */
  compare(entity: MergedEntity, id: string, from: number, to: number): ComparedVersions;
  /** A version's values. @throws NotFoundError `version-not-found`. */
  valuesAt(entity: MergedEntity, id: string, version: number): RecordValues;
  /**
   * An edit that brings a version's values back, for the same road as every edit.
   * @throws NotFoundError `record-not-found`, `version-not-found`; StateError `version-is-current`; ValidationError where the old values no longer fit.
   */
  restore(request: { readonly entity: MergedEntity; readonly id: string; readonly version: number; readonly reason: string }, act: EditAct): ChangeView;
}

interface VersionDependencies {
  readonly readable: ReadableDatabase;
  readonly checks: ContractChecks;
  readonly previews: ContractPreviews;
  readonly changes: ChangeSubmission;
}

export function createContractVersions({ readable, checks, previews, changes }: VersionDependencies): ContractVersions {
  function valuesAt(entity: MergedEntity, id: string, version: number): RecordValues {
    const recorded = findRecordedVersion(readable, entity, id, version);
    if (recorded) return valuesOf(entity, recorded);
    const standing = findRecord(readable, entity, id);
    if (standing?.version === version) return standing.values; // pulled before its version was
    throw new NotFoundError('version-not-found', `Version ${version} of this ${entity} is not known here.`, { data: { entity, id, version }, nextStep: 'Sync with the shared database, or choose one of the versions listed.' });
  }

  return {
    valuesAt,
    list(entity, id) {
      const recorded = listRecordedVersions(readable, entity, id);
      const standing = findRecord(readable, entity, id);
      if (recorded.length === 0) mustFindRecord(readable, entity, id);
      return recorded
        .map((one, index): VersionOfRecord => {
          const previous = recorded[index - 1];
          return {
            entity, entityId: id, version: one.version, author: one.author, reason: one.reason, recordedAt: one.recordedAt, isCurrent: standing?.version === one.version,
            changed: differencesOf(entity, previous ? valuesOf(entity, previous) : {}, valuesOf(entity, one)),
          };
        })
        .reverse();
    },
    compare(entity, id, from, to) {
      const [before, after] = [valuesAt(entity, id, from), valuesAt(entity, id, to)];
      const billed = { from: previews.billedUnder({ entity, id, values: before }), to: previews.billedUnder({ entity, id, values: after }) };
      return { fields: differencesOf(entity, before, after), billed: billed.from.total === null && billed.to.total === null ? null : billed };
    },
    restore({ entity, id, version, reason }, act) {
      const standing = mustFindRecord(readable, entity, id);
      const old = valuesAt(entity, id, version);
      const changed = new Set(differencesOf(entity, standing.values, old).map((difference) => difference.column));
      if (changed.size === 0) throw new StateError('version-is-current', `Version ${version} says what stands already.`, { data: { entity, id, version }, nextStep: 'Nothing needs to be done.' });
      const values = Object.fromEntries(mergedFields[entity].filter(({ column }) => changed.has(column)).map(({ column }) => [column, old[column] ?? null]));
      assertSound(checks.check(entity, id, values).problems);
      return changes.submit({ entity, entityId: id, operation: 'update', baseVersion: standing.version, values, reason }, act);
    },
  };
}

function valuesOf(entity: MergedEntity, recorded: RecordedVersion): RecordValues {
  return valuesOfBody(entity, JSON.parse(recorded.body));
}
