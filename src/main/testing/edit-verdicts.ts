/**
 * What the rules here (contracts/change-evaluation.ts, contract-validation.ts) say of a change, asked of the very records that stand in the shared database: held against
 * what the shared database itself answers (migrations/postgres/0010).
 */
import type { SqlClient } from '../../../sandbox/postgres.ts';
import { evaluateChange, type StandingRecords } from '../contracts/change-evaluation.ts';
import type { StandingRecord } from '../contracts/change-merge.ts';
import type { ChangeSet, ChangeState } from '../contracts/change-set.ts';
import type { MergedEntity } from '../contracts/contract-fields.ts';
import { indexRecords, problemsOfDeletion, problemsOfRecord, type AmendmentOutline, type ContractOutline, type KnownRecords } from '../contracts/contract-validation.ts';

const tables: Readonly<Record<MergedEntity, string>> = { partner: 'partners', contract: 'api_partner_contracts', amendment: 'contract_amendments' };

/** @returns the states that agree with the rules here; null for a change that is known there already. */
export async function judge(owner: SqlClient, change: ChangeSet, by: { readonly author: string; readonly desk: string }): Promise<readonly ChangeState[] | null> {
  if (((await owner.query('SELECT 1 FROM daybook.change_sets WHERE id = $1', [change.id])).rowCount ?? 0) > 0) return null;
  const standing = await findStanding(owner, change.entity, change.entityId);
  const touched = await owner.query(
    `SELECT 1 FROM daybook.entity_versions v WHERE v.entity = $1 AND v.entity_id = $2 AND v.version > $3 AND NOT EXISTS (SELECT FROM daybook.change_sets o WHERE o.id = v.change_id AND o.author = $4 AND o.desk = $5)`,
    [change.entity, change.entityId, change.baseVersion, by.author, by.desk],
  );
  const [contractId, day] = [change.fields['contract_id']?.to, change.fields['effective_from']?.to];
  const other = change.entity === 'amendment' && change.operation === 'create' ? (await owner.query<{ id: string }>('SELECT id FROM daybook.contract_amendments WHERE contract_id::text = $1 AND effective_from::text = $2 AND deleted_at IS NULL AND id <> $3', [contractId, day, change.entityId])).rows[0] : undefined;
  const otherStanding = other ? await findStanding(owner, 'amendment', other.id) : null;
  const known = await findKnown(owner, change, standing);
  const isTouched = (touched.rowCount ?? 0) > 0;
  const records: StandingRecords = {
    find: () => standing,
    isTouchedByOthers: () => isTouched,
    otherAmendment: () => (other && otherStanding ? { id: other.id, standing: otherStanding } : null),
    problemOfRecord({ entity, id, operation, values, changed }) {
      const problems = operation === 'delete' ? problemsOfDeletion(entity, id, known) : problemsOfRecord({ entity, id, values, standing: null }, known);
      return problems.find((problem) => changed === null || operation === 'delete' || problem.column === null || problem.column in changed || problem.code === 'contract-unknown')?.code ?? null;
    },
  };
  const needsApproval = (await owner.query<{ on: boolean }>('SELECT price_changes_need_approval AS on FROM daybook.ledger')).rows[0]?.on ?? true;
  const { id, entity, entityId, operation, baseVersion, fields } = change;
  const verdict = evaluateChange({ id, entity, entityId, operation, baseVersion, fields, ...by, restores: false }, records, { needsApproval, isApproved: false });
  switch (verdict.kind) {
    case 'refused':
      return ['parked'];
    case 'conflict':
      return ['conflict'];
    case 'nothing':
      return ['merged'];
    case 'awaiting-approval':
      return ['awaiting-approval'];
    case 'store':
      return [isTouched ? 'merged' : 'applied'];
  }
}

async function findStanding(owner: SqlClient, entity: MergedEntity, id: string): Promise<StandingRecord | null> {
  const { rows } = await owner.query<StandingRecord>(`SELECT version, deleted_at IS NOT NULL AS "isDeleted", daybook.values_of($1, to_jsonb(t)) AS values FROM daybook.${tables[entity]} t WHERE id = $2`, [entity, id]);
  return rows[0] ?? null;
}

/** The records that could have to do with it: of its partner, of its contract, and whoever names one of its prefixes. */
async function findKnown(owner: SqlClient, change: ChangeSet, standing: StandingRecord | null): Promise<KnownRecords> {
  const partners = await owner.query<{ id: string }>('SELECT id FROM daybook.partners WHERE deleted_at IS NULL');
  const values = { ...standing?.values, ...Object.fromEntries(Object.entries(change.fields).map(([column, { to }]) => [column, to])) };
  const prefixes = [values['api_key_prefix'], ...(Array.isArray(values['further_prefixes']) ? (values['further_prefixes'] as unknown[]) : [])].filter((prefix) => typeof prefix === 'string');
  const contracts = await owner.query<ContractOutline>(
    `SELECT id, partner_id AS "partnerId", api_key_prefix AS "apiKeyPrefix", further_prefixes AS "furtherPrefixes", effective_from::text AS "effectiveFrom", effective_to::text AS "effectiveTo", deleted_at IS NOT NULL AS "isDeleted"
     FROM daybook.api_partner_contracts WHERE id::text = $1 OR partner_id::text = $2 OR (api_key_prefix || further_prefixes) && $3`,
    [values['contract_id'] ?? null, change.entityId, prefixes],
  );
  const amendments = await owner.query<AmendmentOutline>(`SELECT id, contract_id AS "contractId", effective_from::text AS "effectiveFrom" FROM daybook.contract_amendments WHERE deleted_at IS NULL AND (contract_id::text = $1 OR contract_id::text = $2)`, [values['contract_id'] ?? null, change.entityId]);
  return indexRecords(partners.rows.map((row) => row.id), contracts.rows, amendments.rows);
}
