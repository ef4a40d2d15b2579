/**
 * The values of partners, contracts and amendments by column, as change sets carry them: brought to one form, compared, and turned into terms that can be
 * rated. Pure.
 */
import { findMergedField, mergedFields, type MergedEntity, type MergedField } from './contract-fields.ts';
import type { AmendmentRow } from './contract-timeline.ts';
import type { PartnerContractRow } from './contract-terms.ts';
import type { FieldValue } from './change-set.ts';

export type RecordValues = Readonly<Record<string, FieldValue>>;

/** A record as this desk's copy has it. */
export interface StoredRecord {
  readonly id: string;
  readonly version: number;
  readonly values: RecordValues;
}

export interface FieldDifference {
  readonly column: string;
  readonly label: string;
  readonly from: FieldValue;
  readonly to: FieldValue;
  readonly isPriceBearing: boolean;
}

export interface Choice {
  readonly value: string;
  readonly label: string;
}

const choices: Readonly<Record<string, readonly Choice[]>> = {
  pricing_model: [
    { value: 'flat', label: 'Flat fee' }, { value: 'per_deed', label: 'Per deed' }, { value: 'hybrid', label: 'Flat fee and per deed' }, { value: 'per_request', label: 'Per 1,000 requests' },
  ],
  tax_treatment: [
    { value: 'standard', label: 'Taxed' }, { value: 'reverse-charge', label: 'Reverse charge' }, { value: 'exempt', label: 'Exempt' }, { value: 'outside-scope', label: 'Outside the scope' },
  ],
};

/** What a choice may be; null for every other kind of field. */
export function choicesOf(field: MergedField): readonly Choice[] | null {
  return choices[field.column] ?? null;
}

const termDefaults: RecordValues = {
  flat_fee_minor: 0, per_deed_price: null, per_1000_price: null, included_units: 0, minimum_commitment_minor: 0, tiers: null, discount_basis_points: 0, tax_rate_basis_points: 0, withholding_rate_basis_points: 0, payment_terms_days: 30,
  purchase_order_number: null, terms: null,
};

const defaults: Readonly<Record<MergedEntity, RecordValues>> = {
  partner: { legal_name: null, billing_email: null, billing_address: {}, tax_number: null, tax_treatment: 'standard' },
  contract: { further_prefixes: [], effective_to: null, ...termDefaults },
  amendment: termDefaults,
};

/** A new record's values with what was left out: the shared database's own defaults. What has none stays missing. */
export function withDefaults(entity: MergedEntity, values: RecordValues): RecordValues {
  return { ...defaults[entity], ...values };
}

/** An amendment's values to begin with: the terms that hold on the day before it, whole. */
export function termsOnly(values: RecordValues): RecordValues {
  return Object.fromEntries(mergedFields.amendment.filter(({ column }) => column in termDefaults || column === 'pricing_model').map(({ column }) => [column, values[column] ?? null]));
}

/** Text without blanks around it, empty optional text as null, currencies in lower case, prices without zeros behind: one way to write each value. */
export function normaliseValue(field: MergedField, value: FieldValue): FieldValue {
  if (typeof value === 'string') {
    const text = value.normalize('NFC').trim();
    if (text === '' && field.isOptional) return null;
    if (field.kind === 'currency') return text.toLowerCase();
    return field.kind === 'price' ? canonicalPrice(text) : text;
  }
  if (field.kind === 'tiers') return normaliseTiers(value);
  if (field.kind === 'prefixes' && isList(value)) return value.map((entry) => (typeof entry === 'string' ? entry.trim() : entry));
  return value;
}

/** Columns of the entity in their order, then what is not known, left as it is: validation names it. */
export function normaliseValues(entity: MergedEntity, values: RecordValues): RecordValues {
  return Object.fromEntries(Object.entries(values).map(([column, value]) => {
    const field = findMergedField(entity, column);
    return [column, field ? normaliseValue(field, value) : value];
  }));
}

/** '0.04500000' → '0.045', '2.50' → '2.5', '007' → '7'; what is no decimal stays as it is. */
export function canonicalPrice(text: string): string {
  const match = /^(-?)0*(\d+)(?:\.(\d*))?$/.exec(text);
  if (!match) return text;
  const [, sign = '', whole = '0', decimals = ''] = match;
  const fraction = decimals.replace(/0+$/, '');
  return `${sign}${whole}${fraction === '' ? '' : `.${fraction}`}`;
}

export function isList(value: FieldValue): value is readonly FieldValue[] {
  return Array.isArray(value);
}

export function isObject(value: FieldValue | undefined): value is { readonly [name: string]: FieldValue } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function normaliseTiers(value: FieldValue): FieldValue {
  const list = isObject(value) ? value['tiers'] : undefined;
  if (!isObject(value) || list === undefined || !isList(list)) return value;
  const tiers = list.map((tier) => (isObject(tier) && typeof tier['unitPrice'] === 'string' ? { ...tier, unitPrice: canonicalPrice(tier['unitPrice'].trim()) } : tier));
  return { ...value, tiers };
}

/** The same whatever the order of an object's names. */
export function isSameValue(a: FieldValue, b: FieldValue): boolean {
  return canonicalText(a) === canonicalText(b);
}

function canonicalText(value: FieldValue): string {
  if (isList(value)) return `[${value.map(canonicalText).join(',')}]`;
  if (isObject(value)) return `{${Object.keys(value).sort().map((name) => `${JSON.stringify(name)}:${canonicalText(value[name] ?? null)}`).join(',')}}`;
  return JSON.stringify(value);
}

/** What differs, in the order of the fields; a column that one side lacks counts as empty. */
export function differencesOf(entity: MergedEntity, from: RecordValues, to: RecordValues): FieldDifference[] {
  return mergedFields[entity].flatMap((field) => {
    const [before, after] = [normaliseValue(field, from[field.column] ?? null), normaliseValue(field, to[field.column] ?? null)];
    return isSameValue(before, after) ? [] : [{ column: field.column, label: field.label, from: before, to: after, isPriceBearing: field.isPriceBearing }];
  });
}

/**
 * A version's body as the shared database recorded it: JSON of the row, with numbers where a price was a number there and JSON text where it was text.
 * Columns that people do not edit are left out.
 */
export function valuesOfBody(entity: MergedEntity, body: unknown): RecordValues {
  const row = typeof body === 'object' && body !== null ? (body as Readonly<Record<string, FieldValue>>) : {};
  return Object.fromEntries(mergedFields[entity].map((field) => [field.column, normaliseValue(field, readBodyValue(field, row[field.column] ?? null))]));
}

function readBodyValue(field: MergedField, value: FieldValue): FieldValue {
  if (field.kind === 'price' && typeof value === 'number') return plainDecimal(value);
  if (typeof value === 'string' && ['tiers', 'address', 'prefixes'].includes(field.kind)) return parseJson(value);
  if (typeof value === 'string' && ['amount', 'count', 'days', 'basis-points'].includes(field.kind) && /^-?\d+$/.test(value)) return Number(value);
  return value;
}

/** A stored cell: JSON text for lists and objects, everything else as it is. */
export function valueOfCell(field: MergedField, cell: string | number | null): FieldValue {
  return normaliseValue(field, readBodyValue(field, cell));
}

function parseJson(text: string): FieldValue {
  try {
    return JSON.parse(text) as FieldValue;
  } catch {
    return text;
  }
}

/** A price that was recorded as a JSON number, written out: 1e-8 → '0.00000001'. */
function plainDecimal(value: number): string {
  const match = /^(-?)(\d)(?:\.(\d+))?e-(\d+)$/.exec(String(value));
  if (!match) return String(value);
  const [, sign = '', first = '', rest = '', exponent = '1'] = match;
  return `${sign}0.${'0'.repeat(Number(exponent) - 1)}${first}${rest}`;
}

const text = (value: FieldValue | undefined): string | null => (typeof value === 'string' ? value : null);
const whole = (value: FieldValue | undefined): number => (typeof value === 'number' && Number.isSafeInteger(value) ? value : 0);
const json = (value: FieldValue | undefined): string | null => (value === null || value === undefined ? null : JSON.stringify(value));

/** Terms as the rating reads them; what is missing or of another kind is empty here and named by validation. */
function termsRowOf(values: RecordValues): Omit<AmendmentRow, 'id' | 'contractId' | 'effectiveFrom' | 'version'> {
  return {
    pricingModel: text(values['pricing_model']) ?? '', flatFeeMinor: whole(values['flat_fee_minor']), perDeedPrice: text(values['per_deed_price']), per1000Price: text(values['per_1000_price']), includedUnits: whole(values['included_units']),
    minimumCommitmentMinor: whole(values['minimum_commitment_minor']), tiers: json(values['tiers']), discountBasisPoints: whole(values['discount_basis_points']), taxRateBasisPoints: whole(values['tax_rate_basis_points']),
    withholdingRateBasisPoints: whole(values['withholding_rate_basis_points']), paymentTermsDays: whole(values['payment_terms_days']), purchaseOrderNumber: text(values['purchase_order_number']),
  };
}

/** A contract and its partner as billing reads them. */
export function contractRowOf(contract: StoredRecord, partner: StoredRecord): PartnerContractRow {
  const { values } = contract;
  const further = values['further_prefixes'];
  return {
    id: contract.id, version: contract.version, partnerId: partner.id, apiKeyPrefix: text(values['api_key_prefix']) ?? '', furtherPrefixes: isList(further ?? null) ? (further as readonly FieldValue[]).filter((entry) => typeof entry === 'string') : [],
    currency: text(values['currency']) ?? '', effectiveFrom: text(values['effective_from']) ?? '', effectiveTo: text(values['effective_to']), ...termsRowOf(values),
    partnerName: text(partner.values['name']) ?? '', partnerLegalName: text(partner.values['legal_name']), billingEmail: text(partner.values['billing_email']), billingAddress: json(partner.values['billing_address']) ?? '{}',
    taxNumber: text(partner.values['tax_number']), taxTreatment: text(partner.values['tax_treatment']) ?? '',
  };
}

export function amendmentRowOf({ id, version, values }: StoredRecord): AmendmentRow {
  return { id, version, contractId: text(values['contract_id']) ?? '', effectiveFrom: text(values['effective_from']) ?? '', ...termsRowOf(values) };
}
