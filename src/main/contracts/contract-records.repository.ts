/** This desk's copy of partners, contracts, amendments and their versions, by column; read only: edits go through change sets (docs/adr/0015). */
import { sql, type ReadableDatabase, type Sql } from '../database/handles.ts';
import { mergedFields, type MergedEntity } from './contract-fields.ts';
import { indexRecords, type AmendmentOutline, type ContractOutline, type KnownRecords } from './contract-validation.ts';
import { valueOfCell, type StoredRecord } from './contract-values.ts';

const tables: Readonly<Record<MergedEntity, string>> = { partner: 'partners', contract: 'partner_contracts', amendment: 'contract_amendments' };
const orders: Readonly<Record<MergedEntity, string>> = { partner: 'name, id', contract: 'api_key_prefix, id', amendment: 'contract_id, effective_from, id' };

interface RecordStatements {
  readonly find: Sql;
  readonly list: Sql;
}

function statementsOf(entity: MergedEntity): RecordStatements {
  const from = `SELECT id, version, ${mergedFields[entity].map((field) => field.column).join(', ')} FROM ${tables[entity]} WHERE deleted_at IS NULL`;
  return { find: sql(`contract-records.find-${entity}`, `${from} AND id = ?`), list: sql(`contract-records.list-${entity}`, `${from} ORDER BY ${orders[entity]}`) };
}

const statements: Readonly<Record<MergedEntity, RecordStatements>> = { partner: statementsOf('partner'), contract: statementsOf('contract'), amendment: statementsOf('amendment') };
const findByPrefix = sql('contract-records.find-by-prefix', 'SELECT id FROM partner_contracts WHERE deleted_at IS NULL AND api_key_prefix = ?');
const listAmendments = sql(
  'contract-records.amendments-of',
  `SELECT id, version, ${mergedFields.amendment.map((field) => field.column).join(', ')} FROM contract_amendments WHERE deleted_at IS NULL AND contract_id = ? ORDER BY effective_from, id`,
);
const listPartnerIds = sql('contract-records.partner-ids', 'SELECT id FROM partners WHERE deleted_at IS NULL');
const listContractOutlines = sql(
  'contract-records.contract-outlines',
  'SELECT id, partner_id AS partnerId, api_key_prefix AS apiKeyPrefix, further_prefixes AS furtherPrefixes, effective_from AS effectiveFrom, effective_to AS effectiveTo, deleted_at IS NOT NULL AS isDeleted FROM partner_contracts',
);
const listAmendmentOutlines = sql('contract-records.amendment-outlines', 'SELECT id, contract_id AS contractId, effective_from AS effectiveFrom FROM contract_amendments WHERE deleted_at IS NULL ORDER BY contract_id, effective_from');
const listDeleted = sql('contract-records.deleted', 'SELECT id FROM partners WHERE deleted_at IS NOT NULL UNION ALL SELECT id FROM partner_contracts WHERE deleted_at IS NOT NULL UNION ALL SELECT id FROM contract_amendments WHERE deleted_at IS NOT NULL');
const listVersions = sql('contract-records.versions', 'SELECT version, author, reason, body, recorded_at AS recordedAt FROM entity_versions WHERE entity = ? AND entity_id = ? ORDER BY version');
const findVersion = sql('contract-records.version', 'SELECT version, author, reason, body, recorded_at AS recordedAt FROM entity_versions WHERE entity = ? AND entity_id = ? AND version = ?');

type StoredRow = Readonly<Record<string, string | number | null>> & { readonly id: string; readonly version: number };

function toRecord(entity: MergedEntity, row: StoredRow): StoredRecord {
  return { id: row.id, version: row.version, values: Object.fromEntries(mergedFields[entity].map((field) => [field.column, valueOfCell(field, row[field.column] ?? null)])) };
}

export function findRecord(database: ReadableDatabase, entity: MergedEntity, id: string): StoredRecord | undefined {
  const row = database.get<StoredRow>(statements[entity].find, [id]);
  return row && toRecord(entity, row);
}

/** All that are not deleted, in a fixed order. */
export function listRecords(database: ReadableDatabase, entity: MergedEntity): StoredRecord[] {
  return database.all<StoredRow>(statements[entity].list).map((row) => toRecord(entity, row));
}

/** The id of the contract whose first prefix this is. */
export function findContractIdByPrefix(database: ReadableDatabase, prefix: string): string | undefined {
  return database.get<{ id: string }>(findByPrefix, [prefix])?.id;
}

/** A contract's amendments in the order of their days. */
export function listAmendmentsOf(database: ReadableDatabase, contractId: string): StoredRecord[] {
  return database.all<StoredRow>(listAmendments, [contractId]).map((row) => toRecord('amendment', row));
}

export interface RecordOutlines {
  readonly partnerIds: readonly string[];
  readonly contracts: readonly ContractOutline[];
  readonly amendments: readonly AmendmentOutline[];
}

/** What a rule between records looks at; deleted contracts too, for their prefixes. */
export function readOutlines(database: ReadableDatabase): RecordOutlines {
  const contracts = database.all<Omit<ContractOutline, 'furtherPrefixes' | 'isDeleted'> & { furtherPrefixes: string; isDeleted: number }>(listContractOutlines);
  return {
    partnerIds: database.all<{ id: string }>(listPartnerIds).map((row) => row.id),
    contracts: contracts.map((row) => ({ ...row, furtherPrefixes: JSON.parse(row.furtherPrefixes) as string[], isDeleted: row.isDeleted === 1 })),
    amendments: database.all<AmendmentOutline>(listAmendmentOutlines),
  };
}

export function readKnownRecords(database: ReadableDatabase): KnownRecords {
  const { partnerIds, contracts, amendments } = readOutlines(database);
  return indexRecords(partnerIds, contracts, amendments);
}

/** Ids that deleted records had: they are never given again. */
export function listDeletedIds(database: ReadableDatabase): Set<string> {
  return new Set(database.all<{ id: string }>(listDeleted).map((row) => row.id));
}

export interface RecordedVersion {
  readonly version: number;
  readonly author: string;
  readonly reason: string | null;
  /** JSON text of the row as it stood. */
  readonly body: string;
  /** Epoch milliseconds. */
  readonly recordedAt: number;
}

/** Every version that stood, the oldest first. */
export function listRecordedVersions(database: ReadableDatabase, entity: MergedEntity, id: string): RecordedVersion[] {
  return database.all<RecordedVersion>(listVersions, [entity, id]);
}

export function findRecordedVersion(database: ReadableDatabase, entity: MergedEntity, id: string, version: number): RecordedVersion | undefined {
  return database.get<RecordedVersion>(findVersion, [entity, id, version]);
}
