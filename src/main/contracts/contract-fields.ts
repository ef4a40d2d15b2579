/**
 * The fields of partners, contracts and amendments that people edit: what a change set may name, what a merge looks at, what a form shows. One list for the
 * desk, the command line, imports and the shared database's own check (a test holds the two together).
 *
 * Fields are named by their column. A partner is who pays; a contract is what was agreed at first; an amendment is the terms from a later day on, whole,
 * not as a difference: it can be read, rated and compared without what came before it (domain.md §4).
 */

/** What is edited as a change set and merged by field (domain.md §5). */
export type MergedEntity = 'partner' | 'contract' | 'amendment';

/** How a value is written: text and dates as they are, decimals as text in major units, amounts and counts as whole numbers, lists and objects as JSON. */
export type FieldKind = 'text' | 'long-text' | 'email' | 'date' | 'currency' | 'amount' | 'price' | 'count' | 'days' | 'basis-points' | 'choice' | 'prefix' | 'prefixes' | 'address' | 'tiers';

export interface MergedField {
  readonly column: string;
  /** As a form says it. */
  readonly label: string;
  readonly kind: FieldKind;
  /** Changes what a partner is billed: asks for a second person's approval where the ledger says so (domain.md §5). */
  readonly isPriceBearing: boolean;
  /** May be left empty. */
  readonly isOptional: boolean;
  /** Fixed once the record exists. */
  readonly isFixed?: boolean;
}

const taxTreatment: MergedField = { column: 'tax_treatment', label: 'Tax treatment', kind: 'choice', isPriceBearing: true, isOptional: false };

const partnerFields: readonly MergedField[] = [
  { column: 'name', label: 'Name', kind: 'text', isPriceBearing: false, isOptional: false },
  { column: 'legal_name', label: 'Legal name', kind: 'text', isPriceBearing: false, isOptional: true },
  { column: 'billing_email', label: 'Billing e-mail', kind: 'email', isPriceBearing: false, isOptional: true },
  { column: 'billing_address', label: 'Billing address', kind: 'address', isPriceBearing: false, isOptional: false },
  { column: 'tax_number', label: 'Tax number', kind: 'text', isPriceBearing: false, isOptional: true },
  taxTreatment,
];

/** What a contract and an amendment have in common: all that is rated. */
const termFields: readonly MergedField[] = [
  { column: 'pricing_model', label: 'Pricing model', kind: 'choice', isPriceBearing: true, isOptional: false },
  { column: 'flat_fee_minor', label: 'Flat fee', kind: 'amount', isPriceBearing: true, isOptional: false },
  { column: 'per_deed_price', label: 'Price per deed', kind: 'price', isPriceBearing: true, isOptional: true },
  { column: 'per_1000_price', label: 'Price per 1,000 requests', kind: 'price', isPriceBearing: true, isOptional: true },
  { column: 'included_units', label: 'Included units', kind: 'count', isPriceBearing: true, isOptional: false },
  { column: 'minimum_commitment_minor', label: 'Minimum commitment', kind: 'amount', isPriceBearing: true, isOptional: false },
  { column: 'tiers', label: 'Price tiers', kind: 'tiers', isPriceBearing: true, isOptional: true },
  { column: 'discount_basis_points', label: 'Discount', kind: 'basis-points', isPriceBearing: true, isOptional: false },
  { column: 'tax_rate_basis_points', label: 'Tax rate', kind: 'basis-points', isPriceBearing: true, isOptional: false },
  { column: 'withholding_rate_basis_points', label: 'Withholding rate', kind: 'basis-points', isPriceBearing: true, isOptional: false },
  { column: 'payment_terms_days', label: 'Payment terms', kind: 'days', isPriceBearing: false, isOptional: false },
  { column: 'purchase_order_number', label: 'Purchase order', kind: 'text', isPriceBearing: false, isOptional: true },
  { column: 'terms', label: 'Further terms', kind: 'long-text', isPriceBearing: false, isOptional: true },
];

const contractFields: readonly MergedField[] = [
  { column: 'partner_id', label: 'Partner', kind: 'text', isPriceBearing: true, isOptional: false, isFixed: true },
  { column: 'api_key_prefix', label: 'API key prefix', kind: 'prefix', isPriceBearing: true, isOptional: false },
  { column: 'further_prefixes', label: 'Further prefixes', kind: 'prefixes', isPriceBearing: true, isOptional: false },
  { column: 'currency', label: 'Currency', kind: 'currency', isPriceBearing: true, isOptional: false },
  { column: 'effective_from', label: 'In force from', kind: 'date', isPriceBearing: true, isOptional: false },
  { column: 'effective_to', label: 'In force until', kind: 'date', isPriceBearing: true, isOptional: true },
  ...termFields,
];

const amendmentFields: readonly MergedField[] = [
  { column: 'contract_id', label: 'Contract', kind: 'text', isPriceBearing: true, isOptional: false, isFixed: true },
  { column: 'effective_from', label: 'In force from', kind: 'date', isPriceBearing: true, isOptional: false },
  ...termFields,
];

export const mergedFields: Readonly<Record<MergedEntity, readonly MergedField[]>> = { partner: partnerFields, contract: contractFields, amendment: amendmentFields };

export function findMergedField(entity: MergedEntity, column: string): MergedField | undefined {
  return mergedFields[entity].find((field) => field.column === column);
}
