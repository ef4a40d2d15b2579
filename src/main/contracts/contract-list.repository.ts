/** The list of contracts, a window at a time. */
import { sql, type ReadableDatabase } from '../database/handles.ts';
import type { MergedEntity } from './contract-fields.ts';

export type ContractStanding = 'in-force' | 'to-come' | 'ended';

export interface ContractWindow {
  readonly startAt: number;
  readonly limit: number;
  readonly sort?: { readonly column: string; readonly direction: 'ascending' | 'descending' } | undefined;
  readonly filter?: { readonly text?: string | undefined; readonly standing?: ContractStanding | undefined; readonly partnerId?: string | undefined } | undefined;
}

// The model of the amendment that holds today, or else the contract's own.
const modelToday = `coalesce((SELECT a.pricing_model FROM contract_amendments a WHERE a.contract_id = c.id AND a.deleted_at IS NULL AND a.effective_from <= :today ORDER BY a.effective_from DESC LIMIT 1), c.pricing_model)`;
const sortColumns: Readonly<Record<string, string>> = { partnerName: 'p.name COLLATE NOCASE', apiKeyPrefix: 'c.api_key_prefix', pricingModel: modelToday, effectiveFrom: 'c.effective_from' };
const listed = `FROM partner_contracts c LEFT JOIN partners p ON p.id = c.partner_id
  WHERE c.deleted_at IS NULL AND (:partnerId IS NULL OR c.partner_id = :partnerId)
    AND (:text IS NULL OR p.name LIKE :text ESCAPE '\\' OR c.api_key_prefix LIKE :text ESCAPE '\\' OR c.further_prefixes LIKE :text ESCAPE '\\')
    AND (:standing IS NULL OR :standing = CASE WHEN c.effective_from > :today THEN 'to-come' WHEN c.effective_to <= :today THEN 'ended' ELSE 'in-force' END)`;
const countListed = sql('contracts.count', `SELECT count(*) AS total ${listed}`);
const partnerNames = sql('contracts.partner-names', 'SELECT id, name FROM partners WHERE deleted_at IS NULL');
const nameOf = sql('contracts.title', `SELECT CASE :entity
    WHEN 'partner' THEN (SELECT name FROM partners WHERE id = :id)
    WHEN 'contract' THEN (SELECT api_key_prefix FROM partner_contracts WHERE id = :id)
    ELSE (SELECT c.api_key_prefix || ' from ' || a.effective_from FROM contract_amendments a JOIN partner_contracts c ON c.id = a.contract_id WHERE a.id = :id) END AS title`);

/** Ids in the order of the list, and how many there are in all. */
export function listContractIds(database: ReadableDatabase, window: ContractWindow, today: string): { ids: string[]; total: number } {
  const text = window.filter?.text?.trim();
  const values = { today, partnerId: window.filter?.partnerId ?? null, standing: window.filter?.standing ?? null, text: text ? `%${text.replaceAll(/[\\%_]/g, (character) => `\\${character}`)}%` : null };
  const { column, direction } = window.sort ?? { column: 'partnerName', direction: 'ascending' as const };
  const list = sql(`contracts.list-by-${column}`, `SELECT c.id ${listed} ORDER BY ${sortColumns[column] ?? 'p.name'} ${direction === 'ascending' ? 'ASC' : 'DESC'}, c.api_key_prefix, c.id LIMIT :limit OFFSET :startAt`);
  return {
    ids: database.all<{ id: string }>(list, { ...values, limit: window.limit, startAt: window.startAt }).map((row) => row.id),
    total: database.get<{ total: number }>(countListed, values)?.total ?? 0,
  };
}

/** Every partner that is not deleted. */
export function listPartnerNames(database: ReadableDatabase): { id: string; name: string }[] {
  return database.all<{ id: string; name: string }>(partnerNames);
}

/** The partner's name, the contract's first prefix, or the prefix with the amendment's day; deleted records too. Undefined where it is not known here. */
export function findTitle(database: ReadableDatabase, entity: MergedEntity, id: string): string | undefined {
  return database.get<{ title: string | null }>(nameOf, { entity, id })?.title ?? undefined;
}
