/**
 * What values of partners, contracts and amendments must be like. Every rule names the field and says itself in a sentence; its code stays the same. One place
 * for forms, the command line, imports and the outbox. Pure: what else is known here is handed in.
 */
import { isCurrencyCode } from '../../shared/money/currency.ts';
import type { FieldValue } from './change-set.ts';
import { mergedFields, type MergedEntity, type MergedField } from './contract-fields.ts';
import { choicesOf, isList, isObject, type RecordValues } from './contract-values.ts';
import { tierProblem } from './tier-validation.ts';

export interface FieldProblem {
  /** Null for the record as a whole. */
  readonly column: string | null;
  readonly code: string;
  readonly message: string;
}

/** The other contracts and amendments a record must get along with: as stored, or as they are about to be. */
export interface KnownRecords {
  readonly partnerIds: ReadonlySet<string>;
  readonly contractById: ReadonlyMap<string, ContractOutline>;
  /** By each prefix they name, the first and further ones. */
  readonly contractsByPrefix: ReadonlyMap<string, readonly ContractOutline[]>;
  readonly amendmentsByContract: ReadonlyMap<string, readonly AmendmentOutline[]>;
}

/** Puts what is known in order for lookups. */
export function indexRecords(partnerIds: Iterable<string>, contracts: readonly ContractOutline[], amendments: readonly AmendmentOutline[]): KnownRecords {
  const contractsByPrefix = new Map<string, ContractOutline[]>();
  for (const contract of contracts) {
    for (const prefix of new Set([contract.apiKeyPrefix, ...contract.furtherPrefixes])) contractsByPrefix.set(prefix, [...(contractsByPrefix.get(prefix) ?? []), contract]);
  }
  return { partnerIds: new Set(partnerIds), contractById: new Map(contracts.map((contract) => [contract.id, contract])), contractsByPrefix, amendmentsByContract: Map.groupBy(amendments, (amendment) => amendment.contractId) };
}

export interface ContractOutline {
  readonly id: string;
  readonly partnerId: string;
  readonly apiKeyPrefix: string;
  readonly furtherPrefixes: readonly string[];
  readonly effectiveFrom: string;
  /** Exclusive; null while open-ended. */
  readonly effectiveTo: string | null;
  readonly isDeleted: boolean;
}

export interface AmendmentOutline {
  readonly id: string;
  readonly contractId: string;
  readonly effectiveFrom: string;
}

export interface RecordUnderCheck {
  readonly entity: MergedEntity;
  /** Null for a new record that has no id yet. */
  readonly id: string | null;
  /** Whole and normalised. */
  readonly values: RecordValues;
  /** As the record stands; null for a new one. */
  readonly standing: RecordValues | null;
}

const longestText = 200;
const longestTerms = 10_000;
const longestEmail = 254;
/** Ten thousand million minor units, a million million units: far beyond any contract, and safe to multiply. */
const mostMinorUnits = 1_000_000_000_000;
const mostUnits = 1_000_000_000_000;
const mostDays = 365;
const mostPrefixes = 50;

/** All that is wrong with a record, field by field in the order of the form, then the record as a whole. Empty when nothing is. */
export function problemsOfRecord(record: RecordUnderCheck, known: KnownRecords): FieldProblem[] {
  const fields = mergedFields[record.entity];
  const ofFields = fields.flatMap((field) => problemOfField(field, record) ?? []);
  const broken = new Set(ofFields.map((problem) => problem.column));
  const isSound = (...columns: string[]): boolean => columns.every((column) => !broken.has(column));
  return [...unknownFields(record.entity, record.values), ...ofFields, ...problemsBetweenFields(record, isSound), ...(record.entity === 'partner' ? [] : problemsBetweenRecords(record, known, isSound))];
}

/** What is wrong with values by themselves, of a record that nobody can tell yet: what is missing, and what other records say to it, is asked once it is known. */
export function problemsOfValues(entity: MergedEntity, values: RecordValues): FieldProblem[] {
  const isSaid = (value: FieldValue): boolean => value !== null && !(typeof value === 'string' && value.trim() === '');
  return [...unknownFields(entity, values), ...mergedFields[entity].flatMap((field) => (isSaid(values[field.column] ?? null) ? (problemOfField(field, { entity, id: null, values, standing: null }) ?? []) : []))];
}

function unknownFields(entity: MergedEntity, values: RecordValues): FieldProblem[] {
  const names = new Set(mergedFields[entity].map((field) => field.column));
  return Object.keys(values).filter((column) => !names.has(column)).map((column) => ({ column, code: 'field-unknown', message: `“${column}” is not a field of ${withArticle(entity)}.` }));
}

/** What stands against deleting a record. */
export function problemsOfDeletion(entity: MergedEntity, id: string, known: KnownRecords): FieldProblem[] {
  const contracts = entity === 'partner' ? [...known.contractById.values()].filter((contract) => contract.partnerId === id && !contract.isDeleted) : [];
  if (contracts.length === 0) return [];
  return [{ column: null, code: 'partner-has-contracts', message: `The partner has ${contracts.length === 1 ? 'a contract' : `${contracts.length} contracts`} (${contracts.slice(0, 3).map((contract) => contract.apiKeyPrefix).join(', ')}). Delete ${contracts.length === 1 ? 'it' : 'them'} first.` }];
}

function withArticle(entity: MergedEntity): string {
  return entity === 'amendment' ? 'an amendment' : `a ${entity}`;
}

function problemOfField(field: MergedField, { values, standing }: RecordUnderCheck): FieldProblem | null {
  const { column, label } = field;
  const value = values[column] ?? null;
  if (value === null || (typeof value === 'string' && value.trim() === '')) return field.isOptional ? null : { column, code: 'field-required', message: `${label} is needed.` };
  if (field.isFixed && standing && standing[column] !== undefined && standing[column] !== value) return { column, code: 'field-fixed', message: `${label} cannot change once the record exists. Make a new one.` };
  const problem = problemOfValue(field, value);
  return problem && { column, code: problem.code, message: `${label}: ${problem.message}` };
}

type Broken = Omit<FieldProblem, 'column'> | null;

function problemOfValue(field: MergedField, value: FieldValue): Broken {
  switch (field.kind) {
    case 'text':
      return problemOfText(value, longestText);
    case 'long-text':
      return problemOfText(value, longestTerms);
    case 'email':
      return problemOfText(value, longestEmail) ?? (isEmail(value) ? null : { code: 'email-invalid', message: 'one address such as ap@company.example is needed.' });
    case 'date':
      return isDay(value) ? null : { code: 'date-invalid', message: 'a day of the calendar such as 2026-10-31 is needed.' };
    case 'currency':
      return typeof value === 'string' && isCurrencyCode(value) ? null : { code: 'currency-unknown', message: `“${shown(value)}” is not a currency of ISO 4217, such as usd.` };
    case 'amount':
      return problemOfWhole(value, mostMinorUnits, 'minor units');
    case 'count':
      return problemOfWhole(value, mostUnits, 'units');
    case 'days':
      return problemOfWhole(value, mostDays, 'days');
    case 'basis-points':
      return problemOfWhole(value, 10_000, 'basis points');
    case 'price':
      return problemOfPrice(value);
    case 'choice':
      return problemOfChoice(field, value);
    case 'prefix':
      return problemOfPrefix(value);
    case 'prefixes':
      return problemOfPrefixes(value);
    case 'address':
      return problemOfAddress(value);
    case 'tiers':
      return tierProblem(value, problemOfPrice);
  }
}

function shown(value: FieldValue): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}

/** Control signs but line ends and tabs. */
const unprintable = /(?![\t\n\r])\p{Cc}/u;

function problemOfText(value: FieldValue, longest: number): Broken {
  if (typeof value !== 'string') return { code: 'text-invalid', message: 'a text is needed.' };
  if (value.length > longest) return { code: 'text-too-long', message: `at most ${longest.toLocaleString('en-US')} signs; this has ${value.length.toLocaleString('en-US')}.` };
  return unprintable.test(value) || (longest !== longestTerms && /[\t\n\r]/.test(value)) ? { code: 'text-unprintable', message: 'it has signs that cannot be printed.' } : null;
}

function isEmail(value: FieldValue): boolean {
  return typeof value === 'string' && /^[^\s@,;:<>()"\\]{1,64}@(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]*[\p{L}\p{N}])?\.)+[\p{L}\p{N}-]{2,}$/u.test(value);
}

function isDay(value: FieldValue): value is string {
  if (typeof value !== 'string' || !/^[12]\d{3}-\d{2}-\d{2}$/.test(value)) return false;
  const ms = Date.parse(`${value}T00:00:00Z`);
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(value);
}

function problemOfWhole(value: FieldValue, most: number, unit: string): Broken {
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) return { code: 'number-invalid', message: `a whole number of ${unit} is needed; “${shown(value)}” is none.` };
  return value < 0 || value > most ? { code: 'number-out-of-range', message: `between 0 and ${most.toLocaleString('en-US')} ${unit}; this is ${value.toLocaleString('en-US')}.` } : null;
}

/** Eight decimals and nine digits before the point: what the shared database keeps, and safe to multiply. */
export function problemOfPrice(value: FieldValue): Broken {
  const match = typeof value === 'string' ? /^(-?)(\d+)(?:\.(\d+))?$/.exec(value) : null;
  if (!match) return { code: 'price-invalid', message: `“${shown(value)}” is not a decimal such as 2.905.` };
  const [, sign = '', whole = '', decimals = ''] = match;
  if (sign === '-' && /[1-9]/.test(whole + decimals)) return { code: 'price-negative', message: `a price cannot be negative (${shown(value)}).` };
  if (decimals.length > 8) return { code: 'price-too-precise', message: `at most 8 decimals; this has ${decimals.length}.` };
  return whole.length > 9 ? { code: 'price-too-large', message: 'at most 999,999,999.' } : null;
}

function problemOfChoice(field: MergedField, value: FieldValue): Broken {
  const choices = choicesOf(field) ?? [];
  if (choices.some((choice) => choice.value === value)) return null;
  const list = choices.map((choice) => choice.value).join(', ');
  if (field.column === 'pricing_model') return { code: 'pricing-model-unknown', message: `“${shown(value)}” is not a model Daybook knows (${list}).` };
  return { code: 'choice-unknown', message: `“${shown(value)}” is none of ${list}.` };
}

const prefixForm = /^[A-Za-z0-9_]{3,40}$/;

function problemOfPrefix(value: FieldValue): Broken {
  return typeof value === 'string' && prefixForm.test(value) ? null : { code: 'prefix-invalid', message: `3 to 40 letters, digits and underscores are needed; “${shown(value)}” is not so.` };
}

function problemOfPrefixes(value: FieldValue): Broken {
  if (!isList(value)) return { code: 'prefix-invalid', message: 'a list of prefixes is needed.' };
  if (value.length > mostPrefixes) return { code: 'prefix-invalid', message: `at most ${mostPrefixes} prefixes.` };
  return value.map(problemOfPrefix).find((problem) => problem !== null) ?? null;
}

function problemOfAddress(value: FieldValue): Broken {
  const lines = isList(value) ? value : isObject(value) ? Object.values(value) : null;
  if (!lines || lines.length > 20) return { code: 'address-invalid', message: 'lines by name are needed, such as {"line1":"1 High Street","city":"Leeds","country":"GB"}, twenty at most.' };
  return lines.map((line) => (line === null ? null : problemOfText(line, longestText))).find((problem) => problem !== null) ? { code: 'address-invalid', message: `every line is a text of at most ${longestText} printable signs.` } : null;
}

type IsSound = (...columns: string[]) => boolean;

/** Rules between fields of one record; they speak only where the fields themselves are sound. */
function problemsBetweenFields({ entity, values }: RecordUnderCheck, isSound: IsSound): FieldProblem[] {
  if (entity === 'partner') return [];
  const problems: FieldProblem[] = [];
  if (isSound('pricing_model', 'per_deed_price', 'per_1000_price', 'tiers')) {
    const priceColumn = values['pricing_model'] === 'per_request' ? 'per_1000_price' : 'per_deed_price';
    const isUnitPriced = values['pricing_model'] !== 'flat';
    if (isUnitPriced && (values[priceColumn] ?? null) === null && (values['tiers'] ?? null) === null) {
      problems.push({ column: priceColumn, code: 'price-missing', message: `${priceColumn === 'per_1000_price' ? 'Price per 1,000 requests' : 'Price per deed'}: this pricing model needs it, or price tiers.` });
    }
  }
  if (entity === 'contract' && isSound('effective_from', 'effective_to') && typeof values['effective_to'] === 'string' && values['effective_to'] <= String(values['effective_from'])) {
    problems.push({ column: 'effective_to', code: 'effective-range-invalid', message: `In force until: the end (${values['effective_to']}) must lie after the first day (${String(values['effective_from'])}).` });
  }
  const prefixes = prefixesOf(values);
  const repeated = prefixes.find((prefix, index) => prefixes.indexOf(prefix) !== index);
  if (entity === 'contract' && isSound('api_key_prefix', 'further_prefixes') && repeated !== undefined) problems.push({ column: 'further_prefixes', code: 'prefix-repeated', message: `Further prefixes: ${repeated} is named twice.` });
  return problems;
}

function prefixesOf(values: RecordValues): string[] {
  const further = values['further_prefixes'] ?? null;
  return [values['api_key_prefix'], ...(isList(further) ? further : [])].filter((prefix) => typeof prefix === 'string');
}

/** Rules between this record and those that are known beside it. */
function problemsBetweenRecords(record: RecordUnderCheck, known: KnownRecords, isSound: IsSound): FieldProblem[] {
  return record.entity === 'contract' ? problemsOfContract(record, known, isSound) : problemsOfAmendment(record, known, isSound);
}

interface Life {
  readonly effectiveFrom: string;
  readonly effectiveTo: string | null;
}

const overlaps = (a: Life, b: Life): boolean => (a.effectiveTo === null || a.effectiveTo > b.effectiveFrom) && (b.effectiveTo === null || b.effectiveTo > a.effectiveFrom);
const lifeText = ({ effectiveFrom, effectiveTo }: Life): string => (effectiveTo === null ? `from ${effectiveFrom} on` : `from ${effectiveFrom} until before ${effectiveTo}`);

function problemsOfContract({ id, values }: RecordUnderCheck, known: KnownRecords, isSound: IsSound): FieldProblem[] {
  const problems: FieldProblem[] = [];
  if (isSound('partner_id') && !known.partnerIds.has(String(values['partner_id']))) problems.push({ column: 'partner_id', code: 'partner-unknown', message: 'Partner: there is no partner of this id here.' });
  const primary = values['api_key_prefix'];
  const othersOf = (prefix: string): readonly ContractOutline[] => (known.contractsByPrefix.get(prefix) ?? []).filter((contract) => contract.id !== id);
  // The shared database keeps a first prefix for one contract for ever, deleted ones too: its invoice numbers are made of it.
  if (isSound('api_key_prefix') && othersOf(String(primary)).some((contract) => contract.apiKeyPrefix === primary)) problems.push({ column: 'api_key_prefix', code: 'prefix-taken', message: `API key prefix: ${String(primary)} belongs to another contract.` });
  if (!isSound('effective_from', 'effective_to')) return problems;
  const life: Life = { effectiveFrom: String(values['effective_from']), effectiveTo: typeof values['effective_to'] === 'string' ? values['effective_to'] : null };
  if (isSound('api_key_prefix', 'further_prefixes') && problems.every((problem) => problem.code !== 'prefix-taken')) {
    const taken = prefixesOf(values).find((prefix) => othersOf(prefix).some((contract) => !contract.isDeleted && overlaps(contract, life)));
    if (taken !== undefined) problems.push({ column: taken === primary ? 'api_key_prefix' : 'further_prefixes', code: 'prefix-taken', message: `${taken === primary ? 'API key prefix' : 'Further prefixes'}: ${taken} is billed by another contract in the same time.` });
  }
  const outside = id === null ? undefined : known.amendmentsByContract.get(id)?.find((amendment) => !isInside(amendment.effectiveFrom, life));
  if (outside) problems.push({ column: outside.effectiveFrom < life.effectiveFrom ? 'effective_from' : 'effective_to', code: 'amendment-outside-contract', message: `The amendment from ${outside.effectiveFrom} on would lie outside the contract, which would be in force ${lifeText(life)}.` });
  return problems;
}

function isInside(day: string, life: Life): boolean {
  return day >= life.effectiveFrom && (life.effectiveTo === null || day < life.effectiveTo);
}

function problemsOfAmendment({ id, values }: RecordUnderCheck, known: KnownRecords, isSound: IsSound): FieldProblem[] {
  if (!isSound('contract_id')) return [];
  const contract = known.contractById.get(String(values['contract_id']));
  if (!contract || contract.isDeleted) return [{ column: 'contract_id', code: 'contract-unknown', message: 'Contract: there is no contract of this id here.' }];
  if (!isSound('effective_from')) return [];
  const day = String(values['effective_from']);
  if (!isInside(day, contract)) return [{ column: 'effective_from', code: 'amendment-outside-contract', message: `In force from: an amendment begins inside the contract, which is in force ${lifeText(contract)}.` }];
  const isTaken = known.amendmentsByContract.get(contract.id)?.some((amendment) => amendment.id !== id && amendment.effectiveFrom === day) ?? false;
  return isTaken ? [{ column: 'effective_from', code: 'amendment-day-taken', message: `In force from: another amendment of this contract begins on ${day}. Change that one.` }] : [];
}
