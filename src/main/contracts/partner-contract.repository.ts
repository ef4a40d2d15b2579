import { sql, type ReadableDatabase } from '../database/handles.ts';
import type { PartnerContractRow } from './contract-terms.ts';
import type { AmendmentRow } from './contract-timeline.ts';

interface StoredContract extends Omit<PartnerContractRow, 'furtherPrefixes'> {
  readonly furtherPrefixes: string;
}

const columns = `c.id, c.partner_id AS partnerId, c.api_key_prefix AS apiKeyPrefix, c.further_prefixes AS furtherPrefixes, c.pricing_model AS pricingModel, c.flat_fee_minor AS flatFeeMinor,
  c.per_deed_price AS perDeedPrice, c.per_1000_price AS per1000Price, c.currency, c.included_units AS includedUnits, c.minimum_commitment_minor AS minimumCommitmentMinor, c.tiers,
  c.discount_basis_points AS discountBasisPoints, c.tax_rate_basis_points AS taxRateBasisPoints, c.withholding_rate_basis_points AS withholdingRateBasisPoints, c.payment_terms_days AS paymentTermsDays,
  c.purchase_order_number AS purchaseOrderNumber, c.effective_from AS effectiveFrom, c.effective_to AS effectiveTo, c.version,
  p.name AS partnerName, p.legal_name AS partnerLegalName, p.billing_email AS billingEmail, p.billing_address AS billingAddress, p.tax_number AS taxNumber, p.tax_treatment AS taxTreatment
  FROM partner_contracts c JOIN partners p ON p.id = c.partner_id WHERE c.deleted_at IS NULL AND p.deleted_at IS NULL`;

const listInForce = sql('contracts.in-force', `SELECT ${columns} AND c.effective_from < :end AND (c.effective_to IS NULL OR c.effective_to > :start) ORDER BY p.name, c.api_key_prefix`);
const listAmendments = sql(
  'contracts.amendments',
  `SELECT id, contract_id AS contractId, effective_from AS effectiveFrom, pricing_model AS pricingModel, flat_fee_minor AS flatFeeMinor, per_deed_price AS perDeedPrice, per_1000_price AS per1000Price, included_units AS includedUnits,
     minimum_commitment_minor AS minimumCommitmentMinor, tiers, discount_basis_points AS discountBasisPoints, tax_rate_basis_points AS taxRateBasisPoints, withholding_rate_basis_points AS withholdingRateBasisPoints,
     payment_terms_days AS paymentTermsDays, purchase_order_number AS purchaseOrderNumber, version
   FROM contract_amendments WHERE deleted_at IS NULL ORDER BY contract_id, effective_from`,
);
const findOne = sql('contracts.find', `SELECT ${columns} AND c.id = ?`);

function toRow(stored: StoredContract): PartnerContractRow {
  return { ...stored, furtherPrefixes: JSON.parse(stored.furtherPrefixes) as string[] };
}

/** Contracts in force on at least one day of [start, end), in the order of their partners' names. */
export function listContractsInForce(database: ReadableDatabase, start: string, end: string): PartnerContractRow[] {
  return database.all<StoredContract>(listInForce, { start, end }).map(toRow);
}

export function findContract(database: ReadableDatabase, contractId: string): PartnerContractRow | undefined {
  const stored = database.get<StoredContract>(findOne, [contractId]);
  return stored && toRow(stored);
}

/** All amendments by their contract's id. */
export function listAmendmentsByContract(database: ReadableDatabase): Map<string, AmendmentRow[]> {
  return Map.groupBy(database.all<AmendmentRow>(listAmendments), (amendment) => amendment.contractId);
}
