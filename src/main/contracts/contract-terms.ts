/**
 * What a partner agreed to pay, read from a stored contract row into a union per pricing model (domain.md §4). Pure: a row that cannot be
 * billed becomes a value that says why, so that one partner's contract never stops the others.
 */
import { isCurrencyCode } from '../../shared/money/currency.ts';
import { parseDecimal } from '../../shared/money/money.ts';

/** A row of `partner_contracts` with the partner's own fields beside it, as pulled. */
export interface PartnerContractRow {
  readonly id: string;
  readonly partnerId: string;
  readonly apiKeyPrefix: string;
  readonly furtherPrefixes: readonly string[];
  readonly pricingModel: string;
  readonly flatFeeMinor: number;
  /** Major units per deed, decimal text. */
  readonly perDeedPrice: string | null;
  /** Major units per started block of 1,000 requests, decimal text. */
  readonly per1000Price: string | null;
  readonly currency: string;
  readonly includedUnits: number;
  readonly minimumCommitmentMinor: number;
  /** JSON text, see {@link PriceTiers}. */
  readonly tiers: string | null;
  readonly discountBasisPoints: number;
  readonly taxRateBasisPoints: number;
  readonly withholdingRateBasisPoints: number;
  readonly paymentTermsDays: number;
  readonly purchaseOrderNumber: string | null;
  readonly effectiveFrom: string;
  /** Exclusive; null while open-ended. */
  readonly effectiveTo: string | null;
  readonly version: number;
  readonly partnerName: string;
  readonly partnerLegalName: string | null;
  readonly billingEmail: string | null;
  /** JSON text of the address as stored. */
  readonly billingAddress: string;
  readonly taxNumber: string | null;
  readonly taxTreatment: string;
}

export interface PriceTier {
  /** The last unit of the tier, counted from 1; null for the open-ended last tier. */
  readonly upTo: number | null;
  /** Major units per unit (per deed, or per block of 1,000 requests), decimal text. */
  readonly unitPrice: string;
}

/**
 * Graduated: each unit at the price of the tier it falls in. Volume: all units at the price of the tier the total falls in.
 * Bounds count deeds, or started blocks of 1,000 for requests.
 */
export interface PriceTiers {
  readonly mode: 'graduated' | 'volume';
  readonly tiers: readonly PriceTier[];
}

export interface UnitPricing {
  readonly unitPrice: string;
  readonly tiers: PriceTiers | null;
}

export type Pricing =
  | { readonly model: 'flat'; readonly flatFeeMinor: number }
  | { readonly model: 'per_deed'; readonly deeds: UnitPricing }
  | { readonly model: 'hybrid'; readonly flatFeeMinor: number; readonly deeds: UnitPricing }
  | { readonly model: 'per_request'; readonly blocks: UnitPricing };

export type PricingModel = Pricing['model'];

const taxTreatments = ['standard', 'reverse-charge', 'exempt', 'outside-scope'] as const;
export type TaxTreatment = (typeof taxTreatments)[number];

export interface ContractTerms {
  readonly contractId: string;
  readonly partnerId: string;
  readonly partnerName: string;
  readonly apiKeyPrefix: string;
  /** All prefixes whose usage this contract bills, the primary one first. */
  readonly prefixes: readonly string[];
  readonly pricing: Pricing;
  readonly currency: string;
  /** Deeds (or requests) of a whole month that cost nothing. */
  readonly includedUnits: number;
  readonly minimumCommitmentMinor: number;
  readonly discountBasisPoints: number;
  readonly taxTreatment: TaxTreatment;
  readonly taxRateBasisPoints: number;
  readonly withholdingRateBasisPoints: number;
  readonly paymentTermsDays: number;
  readonly effectiveFrom: string;
  readonly effectiveTo: string | null;
  readonly version: number;
}

/** Why a contract cannot be billed. The codes are stable: screens and the CLI show them. */
export interface ContractProblem {
  readonly code: 'pricing-model-unknown' | 'price-negative' | 'price-missing' | 'price-invalid' | 'tiers-invalid' | 'currency-unknown' | 'terms-invalid';
  readonly message: string;
}

export type ParsedTerms = { readonly isFine: true; readonly terms: ContractTerms } | { readonly isFine: false; readonly problem: ContractProblem };

class UnbillableTerms extends Error {
  readonly problem: ContractProblem;
  constructor(code: ContractProblem['code'], message: string) {
    super(message);
    this.problem = { code, message };
  }
}

/** Reads a row's terms; what cannot be billed comes back as a problem, never as an exception. */
export function parseContractTerms(row: PartnerContractRow): ParsedTerms {
  try {
    return { isFine: true, terms: readTerms(row) };
  } catch (error) {
    if (error instanceof UnbillableTerms) return { isFine: false, problem: error.problem };
    throw error;
  }
}

function readTerms(row: PartnerContractRow): ContractTerms {
  if (!isCurrencyCode(row.currency)) throw new UnbillableTerms('currency-unknown', `The contract’s currency “${row.currency}” is not in ISO 4217.`);
  const treatment = taxTreatments.find((known) => known === row.taxTreatment);
  if (!treatment) throw new UnbillableTerms('terms-invalid', `The tax treatment “${row.taxTreatment}” is not one Daybook knows.`);
  const shares = [row.discountBasisPoints, row.taxRateBasisPoints, row.withholdingRateBasisPoints];
  if (shares.some((share) => share < 0 || share > 10_000)) throw new UnbillableTerms('terms-invalid', 'A discount, tax or withholding rate lies outside 0 to 100 %.');
  if (row.flatFeeMinor < 0 || row.minimumCommitmentMinor < 0) throw new UnbillableTerms('price-negative', 'The flat fee or the minimum is negative.');
  if (row.includedUnits < 0 || row.paymentTermsDays < 0) throw new UnbillableTerms('terms-invalid', 'Included units and payment terms cannot be negative.');
  return {
    contractId: row.id, partnerId: row.partnerId, partnerName: row.partnerName, apiKeyPrefix: row.apiKeyPrefix, prefixes: [...new Set([row.apiKeyPrefix, ...row.furtherPrefixes])],
    pricing: readPricing(row), currency: row.currency, includedUnits: row.includedUnits, minimumCommitmentMinor: row.minimumCommitmentMinor, discountBasisPoints: row.discountBasisPoints,
    taxTreatment: treatment, taxRateBasisPoints: row.taxRateBasisPoints, withholdingRateBasisPoints: row.withholdingRateBasisPoints, paymentTermsDays: row.paymentTermsDays,
    effectiveFrom: row.effectiveFrom, effectiveTo: row.effectiveTo, version: row.version,
  };
}

function readPricing(row: PartnerContractRow): Pricing {
  switch (row.pricingModel) {
    case 'flat':
      return { model: 'flat', flatFeeMinor: row.flatFeeMinor };
    case 'per_deed':
      return { model: 'per_deed', deeds: readUnitPricing(row.perDeedPrice, row.tiers, 'price per deed') };
    case 'hybrid':
      return { model: 'hybrid', flatFeeMinor: row.flatFeeMinor, deeds: readUnitPricing(row.perDeedPrice, row.tiers, 'price per deed') };
    case 'per_request':
      return { model: 'per_request', blocks: readUnitPricing(row.per1000Price, row.tiers, 'price per 1,000 requests') };
    default:
      throw new UnbillableTerms('pricing-model-unknown', `“${row.pricingModel}” is not a pricing model Daybook knows (flat, per_deed, hybrid, per_request).`);
  }
}

function readUnitPricing(price: string | null, tiersText: string | null, name: string): UnitPricing {
  const tiers = tiersText === null ? null : readTiers(tiersText);
  if (price === null && tiers === null) throw new UnbillableTerms('price-missing', `The contract has no ${name}.`);
  return { unitPrice: price === null ? '0' : readPrice(price, name), tiers };
}

function readPrice(text: string, name: string): string {
  let isNegative: boolean;
  try {
    isNegative = parseDecimal(text).numerator < 0n;
  } catch {
    throw new UnbillableTerms('price-invalid', `The ${name} “${text}” is not a decimal number.`);
  }
  if (isNegative) throw new UnbillableTerms('price-negative', `The ${name} is negative (${text}).`);
  // 0.04500000 and 0.045 are the same price: shown and hashed one way.
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}

function readTiers(text: string): PriceTiers {
  const invalid = (reason: string): UnbillableTerms => new UnbillableTerms('tiers-invalid', `The price tiers cannot be read: ${reason}.`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw invalid('they are not JSON');
  }
  if (typeof value !== 'object' || value === null || !('mode' in value) || !('tiers' in value) || !Array.isArray(value.tiers)) throw invalid('mode and tiers are needed');
  if (value.mode !== 'graduated' && value.mode !== 'volume') throw invalid(`the mode is neither graduated nor volume`);
  let previous = 0;
  const tiers = value.tiers.map((entry: unknown, index, all): PriceTier => {
    if (typeof entry !== 'object' || entry === null || !('unitPrice' in entry) || !('upTo' in entry)) throw invalid(`tier ${index + 1} lacks upTo or unitPrice`);
    const isLast = index === all.length - 1;
    if (isLast ? entry.upTo !== null : !Number.isSafeInteger(entry.upTo) || Number(entry.upTo) <= previous) throw invalid('bounds must rise and the last tier must be open-ended');
    previous = Number(entry.upTo);
    return { upTo: isLast ? null : previous, unitPrice: readPrice(String(entry.unitPrice), `price of tier ${index + 1}`) };
  });
  if (tiers.length === 0) throw invalid('there is none');
  return { mode: value.mode, tiers };
}

/** Basis points as a person writes them: 2100 → '21 %', 750 → '7.5 %'. */
export function formatBasisPoints(basisPoints: number): string {
  const digits = String(basisPoints).padStart(3, '0');
  const decimals = digits.slice(-2).replace(/0+$/, '');
  return `${digits.slice(0, -2)}${decimals === '' ? '' : `.${decimals}`} %`;
}
