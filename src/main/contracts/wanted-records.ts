/**
 * Records that are only wanted yet: made at this desk, offline perhaps, and on their way. They may be edited and amended before the shared database has them. Pure.
 */
import { isList, type RecordValues, type StoredRecord } from './contract-values.ts';
import type { ChangeView } from './contract-changes.ports.ts';
import type { MergedEntity } from './contract-fields.ts';
import type { RecordOutlines } from './contract-records.repository.ts';
import { fieldsInForce, isArriving, operationInForce, overlayPending } from './pending-overlay.ts';

/** What the open changes would make of a record that is not there yet; null where none of them makes it. */
export function wantedRecord(open: readonly ChangeView[], entity: MergedEntity, id: string): StoredRecord | null {
  const own = open.filter((change) => change.entity === entity && change.entityId === id);
  if (!own.some((change) => operationInForce(change) === 'create' && isArriving(change.state))) return null;
  const { values, willBeDeleted } = overlayPending({}, own.map((change) => ({ ...change, fields: Object.fromEntries(fieldsInForce(change).map((field) => [field.column, field])) })));
  return willBeDeleted ? null : { id, version: 0, values };
}

/** What is known with what is wanted beside it: a contract of a partner who is on the way, an amendment of a contract that is. */
export function withWanted(outlines: RecordOutlines, open: readonly ChangeView[]): RecordOutlines {
  const wanted = (entity: MergedEntity): StoredRecord[] => open.filter((change) => change.entity === entity && change.operation === 'create').flatMap((change) => wantedRecord(open, entity, change.entityId) ?? []);
  return {
    partnerIds: [...outlines.partnerIds, ...wanted('partner').map((record) => record.id)],
    contracts: [...outlines.contracts, ...wanted('contract').map(({ id, values }) => ({ id, partnerId: text(values, 'partner_id'), apiKeyPrefix: text(values, 'api_key_prefix'), furtherPrefixes: prefixes(values), effectiveFrom: text(values, 'effective_from'), effectiveTo: text(values, 'effective_to') || null, isDeleted: false }))],
    amendments: [...outlines.amendments, ...wanted('amendment').map(({ id, values }) => ({ id, contractId: text(values, 'contract_id'), effectiveFrom: text(values, 'effective_from') }))],
  };
}

function text(values: RecordValues, column: string): string {
  const value = values[column];
  return typeof value === 'string' ? value : '';
}

function prefixes(values: RecordValues): string[] {
  const further = values['further_prefixes'] ?? null;
  return isList(further) ? further.map(String) : [];
}
