/** Contracts, partners and usage for billing tests, with terms a reader knows by heart. */
import type { PartnerContractRow } from '../contracts/contract-terms.ts';
import type { AmendmentRow } from '../contracts/contract-timeline.ts';
import { sql, type WritableDatabase } from '../database/handles.ts';

/** A flat contract of 1,393.50 USD with 21 % tax and 15 % withholding: 1,477.11 due. */
export const flatContract: PartnerContractRow = {
  id: '11111111-1111-4111-8111-111111111111', partnerId: 'aaaaaaaa-0000-4000-8000-000000000001', apiKeyPrefix: 'dp_pk_ABC', furtherPrefixes: [], pricingModel: 'flat', flatFeeMinor: 139_350, perDeedPrice: null, per1000Price: null,
  currency: 'usd', includedUnits: 0, minimumCommitmentMinor: 0, tiers: null, discountBasisPoints: 0, taxRateBasisPoints: 2_100, withholdingRateBasisPoints: 1_500, paymentTermsDays: 30, purchaseOrderNumber: 'PO-7781',
  effectiveFrom: '2023-01-01', effectiveTo: null, version: 1, partnerName: 'Ashgrove Registry', partnerLegalName: 'Ashgrove Registry Services, S.L.', billingEmail: 'ap@ashgrove.example',
  billingAddress: '{"line1":"Calle de Alcalá 48","city":"Madrid","postalCode":"28014","country":"ES"}', taxNumber: 'ESB12345674', taxTreatment: 'standard',
};

export const deedContract: PartnerContractRow = {
  ...flatContract, id: '22222222-2222-4222-8222-222222222222', partnerId: 'aaaaaaaa-0000-4000-8000-000000000002', apiKeyPrefix: 'dp_pk_KKB', pricingModel: 'per_deed', flatFeeMinor: 0, perDeedPrice: '2.905', currency: 'eur',
  taxRateBasisPoints: 0, withholdingRateBasisPoints: 0, paymentTermsDays: 14, purchaseOrderNumber: null, partnerName: 'Kadaster Koppeling', partnerLegalName: 'Kadaster Koppeling B.V.', taxTreatment: 'reverse-charge',
};

export const requestContract: PartnerContractRow = {
  ...flatContract, id: '33333333-3333-4333-8333-333333333333', partnerId: 'aaaaaaaa-0000-4000-8000-000000000003', apiKeyPrefix: 'dp_pk_TSG', pricingModel: 'per_request', flatFeeMinor: 0, per1000Price: '1.5',
  taxRateBasisPoints: 700, withholdingRateBasisPoints: 0, partnerName: 'Titlesure', partnerLegalName: 'Titlesure Insurance Group',
};

const insertPartner = sql('test.partner', `INSERT INTO partners (id, name, legal_name, billing_email, billing_address, tax_number, tax_treatment, version, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, 1, 0) ON CONFLICT DO NOTHING`);
const insertContract = sql('test.contract', `INSERT INTO partner_contracts (id, partner_id, api_key_prefix, further_prefixes, pricing_model, flat_fee_minor, per_deed_price, per_1000_price, currency, included_units, minimum_commitment_minor, tiers,
  discount_basis_points, tax_rate_basis_points, withholding_rate_basis_points, payment_terms_days, purchase_order_number, effective_from, effective_to, version, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0)`);
const insertAmended = sql('test.amendment', `INSERT INTO contract_amendments (id, contract_id, effective_from, pricing_model, flat_fee_minor, per_deed_price, per_1000_price, included_units, minimum_commitment_minor, tiers, discount_basis_points,
  tax_rate_basis_points, withholding_rate_basis_points, payment_terms_days, purchase_order_number, version, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0)`);
const insertUse = sql('test.usage', 'INSERT INTO api_usage (idempotency_key, api_key_prefix, meter, quantity, occurred_at, received_at) VALUES (?, ?, ?, ?, ?, 0) ON CONFLICT (idempotency_key) DO NOTHING');
const insertRate = sql('test.rate', 'INSERT INTO exchange_rates (base, quote, rate_on, rate) VALUES (?, ?, ?, ?)');

/** A contract's terms from a later day on, with what changes. */
export function amendmentOf(contract: PartnerContractRow, changed: Pick<AmendmentRow, 'id' | 'effectiveFrom'> & Partial<AmendmentRow>): AmendmentRow {
  const { pricingModel, flatFeeMinor, perDeedPrice, per1000Price, includedUnits, minimumCommitmentMinor, tiers, discountBasisPoints, taxRateBasisPoints, withholdingRateBasisPoints, paymentTermsDays, purchaseOrderNumber } = contract;
  return {
    contractId: contract.id, version: 1, pricingModel, flatFeeMinor, perDeedPrice, per1000Price, includedUnits, minimumCommitmentMinor, tiers, discountBasisPoints, taxRateBasisPoints, withholdingRateBasisPoints, paymentTermsDays,
    purchaseOrderNumber, ...changed,
  };
}

/** Puts a contract and its partner where the sync would. */
export function insertPartnerContract(database: WritableDatabase, row: PartnerContractRow): void {
  database.run(insertPartner, [row.partnerId, row.partnerName, row.partnerLegalName, row.billingEmail, row.billingAddress, row.taxNumber, row.taxTreatment]);
  database.run(insertContract, [
    row.id, row.partnerId, row.apiKeyPrefix, JSON.stringify(row.furtherPrefixes), row.pricingModel, row.flatFeeMinor, row.perDeedPrice, row.per1000Price, row.currency, row.includedUnits, row.minimumCommitmentMinor, row.tiers,
    row.discountBasisPoints, row.taxRateBasisPoints, row.withholdingRateBasisPoints, row.paymentTermsDays, row.purchaseOrderNumber, row.effectiveFrom, row.effectiveTo, row.version,
  ]);
}

/** Puts an amendment where the sync would. */
export function insertAmendment(database: WritableDatabase, row: AmendmentRow): void {
  database.run(insertAmended, [
    row.id, row.contractId, row.effectiveFrom, row.pricingModel, row.flatFeeMinor, row.perDeedPrice, row.per1000Price, row.includedUnits, row.minimumCommitmentMinor, row.tiers, row.discountBasisPoints, row.taxRateBasisPoints,
    row.withholdingRateBasisPoints, row.paymentTermsDays, row.purchaseOrderNumber, row.version,
  ]);
}

export function insertUsage(database: WritableDatabase, key: string, prefix: string, meter: 'deeds' | 'requests', quantity: number, occurredAt: string): void {
  database.run(insertUse, [key, prefix, meter, quantity, Date.parse(occurredAt)]);
}

export function insertExchangeRate(database: WritableDatabase, base: string, quote: string, on: string, rate: string): void {
  database.run(insertRate, [base, quote, on, rate]);
}
