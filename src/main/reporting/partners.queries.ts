/**
 * Read models of the partners screen: who they are, what they agreed to, what they used and what they were billed.
 */
import type { z } from 'zod';
import type { contractDetailSchema, partnerDetailSchema, partnerRowSchema } from '../../shared/api/partners.contract.ts';
import { addMonths, monthsFromTo, type LocalDate, type Month } from '../../shared/calendar/local-date.ts';
import { isCurrencyCode } from '../../shared/money/currency.ts';
import { addressLines } from '../contracts/billing-address.ts';
import { parseContractTerms, type PartnerContractRow } from '../contracts/contract-terms.ts';
import { spanOn, timelineOf, type AmendmentRow } from '../contracts/contract-timeline.ts';
import { describeTerms } from '../contracts/terms-summary.ts';
import { sql, type ReadableDatabase } from '../database/handles.ts';
import type { Standpoint } from './invoices.queries.ts';

export type PartnerRowView = z.infer<typeof partnerRowSchema>;
export type PartnerDetailView = z.infer<typeof partnerDetailSchema>;

export interface PartnerWindow {
  readonly startAt: number;
  readonly limit: number;
  readonly sort?: { readonly column: string; readonly direction: 'ascending' | 'descending' } | undefined;
  readonly filter?: { readonly text?: string | undefined } | undefined;
}

const monthsShown = 12;

// The contract in force, or else the last one; the newest invoice that is not void.
const partnerTables = `partners p
  LEFT JOIN partner_contracts k ON k.id = (SELECT id FROM partner_contracts WHERE partner_id = p.id AND deleted_at IS NULL ORDER BY (effective_from <= :today AND (effective_to IS NULL OR effective_to > :today)) DESC, effective_from DESC, id LIMIT 1)
  LEFT JOIN invoices i ON i.id = (SELECT id FROM invoices WHERE partner_id = p.id AND kind = 'partner' AND status NOT IN ('void', 'draft') ORDER BY billing_month DESC, created_at DESC LIMIT 1)`;
const isListed = `p.deleted_at IS NULL AND (:text IS NULL OR p.name LIKE :text ESCAPE '\\' OR k.api_key_prefix LIKE :text ESCAPE '\\')`;
const sortColumns: Readonly<Record<string, string>> = { name: 'p.name COLLATE NOCASE', pricingModel: 'k.pricing_model', lastInvoiceTotal: 'i.total_minor' };

const countPartners = sql('partners.count', `SELECT count(*) AS total FROM ${partnerTables} WHERE ${isListed}`);
const sumPartners = sql('partners.sums', `SELECT i.currency AS currency, sum(i.total_minor) AS amount FROM ${partnerTables} WHERE ${isListed} AND i.id IS NOT NULL GROUP BY i.currency ORDER BY i.currency`);
const contractColumns = `k.id, k.partner_id AS partnerId, k.api_key_prefix AS apiKeyPrefix, k.further_prefixes AS furtherPrefixes, k.pricing_model AS pricingModel, k.flat_fee_minor AS flatFeeMinor, k.per_deed_price AS perDeedPrice,
  k.per_1000_price AS per1000Price, k.currency, k.included_units AS includedUnits, k.minimum_commitment_minor AS minimumCommitmentMinor, k.tiers, k.discount_basis_points AS discountBasisPoints,
  k.tax_rate_basis_points AS taxRateBasisPoints, k.withholding_rate_basis_points AS withholdingRateBasisPoints, k.payment_terms_days AS paymentTermsDays, k.purchase_order_number AS purchaseOrderNumber,
  k.effective_from AS effectiveFrom, k.effective_to AS effectiveTo, k.version, p.name AS partnerName, p.legal_name AS partnerLegalName, p.billing_email AS billingEmail, p.billing_address AS billingAddress, p.tax_number AS taxNumber,
  p.tax_treatment AS taxTreatment`;
const listContracts = sql('partners.contracts', `SELECT ${contractColumns} FROM partner_contracts k JOIN partners p ON p.id = k.partner_id WHERE k.partner_id = ? AND k.deleted_at IS NULL ORDER BY k.effective_from DESC, k.id`);
const listAmendments = sql(
  'partners.amendments',
  `SELECT a.id, a.contract_id AS contractId, a.effective_from AS effectiveFrom, a.pricing_model AS pricingModel, a.flat_fee_minor AS flatFeeMinor, a.per_deed_price AS perDeedPrice, a.per_1000_price AS per1000Price,
     a.included_units AS includedUnits, a.minimum_commitment_minor AS minimumCommitmentMinor, a.tiers, a.discount_basis_points AS discountBasisPoints, a.tax_rate_basis_points AS taxRateBasisPoints,
     a.withholding_rate_basis_points AS withholdingRateBasisPoints, a.payment_terms_days AS paymentTermsDays, a.purchase_order_number AS purchaseOrderNumber, a.version
   FROM contract_amendments a JOIN partner_contracts k ON k.id = a.contract_id WHERE k.partner_id = ? AND a.deleted_at IS NULL AND a.effective_from <= ? ORDER BY a.effective_from, a.id`,
);
const findPartner = sql('partners.one', 'SELECT id, name, legal_name AS legalName, billing_email AS billingEmail, billing_address AS billingAddress, tax_number AS taxNumber, tax_treatment AS taxTreatment FROM partners WHERE id = ? AND deleted_at IS NULL');
const sumUsage = sql('partners.usage', 'SELECT meter, coalesce(sum(quantity), 0) AS quantity FROM api_usage WHERE api_key_prefix IN (SELECT value FROM json_each(:prefixes)) AND occurred_at >= :start AND occurred_at < :end GROUP BY meter');
const listInvoicesOf = sql('partners.invoices', "SELECT id, contract_id AS contractId, invoice_number AS number, billing_month AS month, status, total_minor AS amount, currency FROM invoices WHERE partner_id = ? AND kind = 'partner' ORDER BY billing_month DESC, created_at DESC LIMIT 120");

interface ListedPartner {
  readonly partnerRowId: string;
  readonly contractId: string | null;
  readonly name: string;
  readonly lastInvoiceMonth: string | null;
  readonly lastTotalMinor: number | null;
  readonly lastCurrency: string | null;
}
type StoredContract = Omit<PartnerContractRow, 'furtherPrefixes'> & { readonly furtherPrefixes: string };

/** A partner's contracts with the terms that hold today: their own, or those of the last amendment that has begun. */
function contractsOf(database: ReadableDatabase, partnerId: string, { timeZone, now }: Standpoint): PartnerContractRow[] {
  const today = timeZone.dateOf(now);
  const amendments = database.all<AmendmentRow>(listAmendments, [partnerId, today]);
  return database.all<StoredContract>(listContracts, [partnerId]).map((stored) => {
    const row = { ...stored, furtherPrefixes: JSON.parse(stored.furtherPrefixes) as string[] };
    const timeline = timelineOf(row, amendments.filter((amendment) => amendment.contractId === row.id));
    return { ...(spanOn(timeline, today)?.row ?? row), effectiveFrom: row.effectiveFrom, effectiveTo: row.effectiveTo };
  });
}

export function listPartners(database: ReadableDatabase, window: PartnerWindow, standpoint: Standpoint): { rows: PartnerRowView[]; total: number; sums: { amount: number; currency: string }[] } {
  const text = window.filter?.text?.trim();
  const values = { today: standpoint.timeZone.dateOf(standpoint.now), text: text ? `%${text.replaceAll(/[\\%_]/g, (character) => `\\${character}`)}%` : null };
  const column = window.sort?.column ?? 'name';
  const direction = (window.sort?.direction ?? 'ascending') === 'ascending' ? 'ASC' : 'DESC';
  const list = sql(
    `partners.list-by-${column}`,
    `SELECT p.id AS partnerRowId, p.name AS name, k.id AS contractId, i.billing_month AS lastInvoiceMonth, i.total_minor AS lastTotalMinor, i.currency AS lastCurrency FROM ${partnerTables} WHERE ${isListed}
     ORDER BY ${sortColumns[column] ?? 'p.name'} ${direction} NULLS LAST, p.id LIMIT :limit OFFSET :startAt`,
  );
  const rows = database.all<ListedPartner>(list, { ...values, limit: window.limit, startAt: window.startAt });
  return {
    rows: rows.map((row) => toPartnerRow(database, row, standpoint)),
    total: database.get<{ total: number }>(countPartners, values)?.total ?? 0,
    sums: database.all<{ currency: string; amount: number }>(sumPartners, values).map(({ amount, currency }) => ({ amount, currency })),
  };
}

function toPartnerRow(database: ReadableDatabase, row: ListedPartner, standpoint: Standpoint): PartnerRowView {
  const contract = contractsOf(database, row.partnerRowId, standpoint).find((candidate) => candidate.id === row.contractId);
  const parsed = contract && parseContractTerms(contract);
  const usage = contract ? usageIn(database, prefixesOf(contract), standpoint, standpoint.timeZone.monthOf(standpoint.now)) : { deeds: 0, requests: 0 };
  return {
    id: row.partnerRowId, name: row.name, apiKeyPrefix: contract?.apiKeyPrefix ?? null, pricingModel: contract?.pricingModel ?? null, currency: contract && isCurrencyCode(contract.currency) ? contract.currency : null,
    effectiveFrom: contract?.effectiveFrom ?? null, effectiveTo: contract?.effectiveTo ?? null, lastInvoiceMonth: row.lastInvoiceMonth,
    lastInvoiceTotal: row.lastTotalMinor === null || row.lastCurrency === null ? null : { amount: row.lastTotalMinor, currency: row.lastCurrency },
    unitsThisMonth: contract?.pricingModel === 'per_request' ? usage.requests : usage.deeds,
    problem: parsed && !parsed.isFine ? parsed.problem.message : null,
  };
}

function prefixesOf(contract: PartnerContractRow): string[] {
  return [contract.apiKeyPrefix, ...contract.furtherPrefixes];
}

/** @param held the days that count, the last one exclusive; null: all. */
function usageIn(database: ReadableDatabase, prefixes: readonly string[], { timeZone }: Standpoint, month: Month, held: { from: LocalDate; to: LocalDate | null } | null = null): { deeds: number; requests: number } {
  const usage = { deeds: 0, requests: 0 };
  const bounds = timeZone.boundsOf(month);
  const start = held ? Math.max(bounds.start, timeZone.startOf(held.from)) : bounds.start;
  const end = held?.to ? Math.min(bounds.end, timeZone.startOf(held.to)) : bounds.end;
  for (const row of start < end ? database.all<{ meter: string; quantity: number }>(sumUsage, { prefixes: JSON.stringify(prefixes), start, end }) : []) {
    if (row.meter === 'deeds' || row.meter === 'requests') usage[row.meter] = row.quantity;
  }
  return usage;
}

interface StoredPartner {
  readonly id: string;
  readonly name: string;
  readonly legalName: string | null;
  readonly billingEmail: string | null;
  readonly billingAddress: string;
  readonly taxNumber: string | null;
  readonly taxTreatment: string;
}

/** One partner with contracts, twelve months of usage and the invoices; undefined when there is none of that id. */
export function readPartner(database: ReadableDatabase, id: string, standpoint: Standpoint): PartnerDetailView | undefined {
  const partner = database.get<StoredPartner>(findPartner, [id]);
  if (!partner) return undefined;
  const contracts = contractsOf(database, id, standpoint);
  const current = standpoint.timeZone.monthOf(standpoint.now);
  const months = monthsFromTo(addMonths(current, 1 - monthsShown), current);
  const prefixes = [...new Set(contracts.flatMap(prefixesOf))];
  return {
    ...partner,
    billingAddress: addressLines(partner.billingAddress),
    contracts: contracts.filter((contract) => isCurrencyCode(contract.currency)).map((contract) => ({ ...toContractDetail(contract), usage: months.map((month) => ({ month, ...usageIn(database, prefixesOf(contract), standpoint, month, { from: contract.effectiveFrom as LocalDate, to: contract.effectiveTo as LocalDate | null }) })) })),
    usage: months.map((month) => ({ month, ...usageIn(database, prefixes, standpoint, month) })),
    invoices: database.all<{ id: string; contractId: string | null; number: string | null; month: string | null; status: string; amount: number; currency: string }>(listInvoicesOf, [id]).map(({ amount, currency, ...invoice }) => ({ ...invoice, total: { amount, currency } })),
  };
}

function toContractDetail(row: PartnerContractRow): Omit<z.infer<typeof contractDetailSchema>, 'usage'> {
  const parsed = parseContractTerms(row);
  return {
    id: row.id, apiKeyPrefix: row.apiKeyPrefix, furtherPrefixes: [...row.furtherPrefixes], pricingModel: row.pricingModel, currency: row.currency, flatFeeMinor: row.flatFeeMinor, perDeedPrice: row.perDeedPrice, per1000Price: row.per1000Price,
    includedUnits: row.includedUnits, minimumCommitmentMinor: row.minimumCommitmentMinor, discountBasisPoints: row.discountBasisPoints, taxRateBasisPoints: row.taxRateBasisPoints, withholdingRateBasisPoints: row.withholdingRateBasisPoints,
    paymentTermsDays: row.paymentTermsDays, purchaseOrderNumber: row.purchaseOrderNumber, effectiveFrom: row.effectiveFrom, effectiveTo: row.effectiveTo, version: row.version,
    summary: parsed.isFine ? describeTerms(parsed.terms) : parsed.problem.message,
  };
}
