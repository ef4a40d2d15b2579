/**
 * A form of a partner, a contract or an amendment as it is typed, and the values it means. Amounts, prices, shares and days are read by the person's locale;
 * what cannot be read is a problem of its field and is never sent. Pure.
 */
import type { FieldValueView } from '../../../../../shared/api/changes.contract.ts';
import { isCurrencyCode } from '../../../../../shared/money/currency.ts';
import { fromDecimalString, toDecimalString } from '../../../../../shared/money/money.ts';
import { readBasisPoints, readDay, readDecimal, readWhole, writeBasisPoints, writeDay, writeDecimal, type Typed } from '../../../lib/typed-values.ts';
import { exponentOf, tiersOf } from '../field-words.ts';

export interface FormField {
  readonly column: string;
  readonly label: string;
  readonly kind: string;
  readonly isPriceBearing: boolean;
  readonly isOptional: boolean;
  readonly isFixed: boolean;
  readonly choices: readonly { readonly value: string; readonly label: string }[] | null;
}

export type Values = Readonly<Record<string, FieldValueView>>;

export interface TypedTiers {
  readonly mode: string;
  readonly rows: readonly { readonly upTo: string; readonly unitPrice: string }[];
}

/** By column what stands in its box; tiers as rows, null for none; an address by its lines. */
export type TypedField = string | TypedTiers | Readonly<Record<string, string>> | null;
export type TypedForm = Readonly<Record<string, TypedField>>;

export interface FormContext {
  readonly locale: string;
  /** What the amounts are in. */
  readonly currency: string | null;
}

/** The parts of an address: the name a new one is kept under, what else records call it (as the backend reads them), and its label. */
const addressParts = [
  ['line1', ['street'], 'Street'], ['line2', ['street2', 'district'], 'Further line'], ['postal_code', ['postalCode', 'zip', 'postcode'], 'Postal code'], ['city', [], 'City'], ['state', ['region'], 'State or region'], ['country', [], 'Country'],
] as const;

export interface AddressBox {
  /** What the record calls it. */
  readonly name: string;
  readonly label: string;
}

/** A box for each part, under the name the record already has for it; what is none of them keeps a box of its own. */
export function addressBoxes(lines: Readonly<Record<string, string>>): AddressBox[] {
  const parts = addressParts.map(([name, others, label]): AddressBox => ({ name: [name, ...others].find((each) => each in lines) ?? name, label }));
  const taken = new Set(parts.map((part) => part.name));
  return [...parts, ...Object.keys(lines).filter((name) => !taken.has(name)).map((name) => ({ name, label: name.replaceAll('_', ' ') }))];
}

export function isTypedTiers(field: TypedField | undefined): field is TypedTiers {
  return typeof field === 'object' && field !== null && 'rows' in field;
}

/** How a value stands in its box before anybody types. */
export function typedOf(field: FormField, value: FieldValueView | undefined, { locale, currency }: FormContext): TypedField {
  switch (field.kind) {
    case 'tiers': {
      const tiers = tiersOf(value ?? null);
      return tiers && { mode: tiers.mode, rows: tiers.tiers.map((tier) => ({ upTo: tier.upTo === null ? '' : writeDecimal(String(tier.upTo), locale), unitPrice: writePrice(String(tier.unitPrice), { locale, currency }) })) };
    }
    case 'address':
      return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value).map(([line, text]) => [line, typeof text === 'string' ? text : ''])) : {};
    case 'prefixes':
      return Array.isArray(value) ? value.join(' ') : '';
  }
  if (value === null || value === undefined) return '';
  switch (field.kind) {
    case 'amount': return typeof value === 'number' && currency !== null && isCurrencyCode(currency) ? writeDecimal(toDecimalString(value, currency), locale) : String(value as string | number);
    case 'price': return writePrice(String(value as string | number), { locale, currency });
    case 'basis-points': return typeof value === 'number' ? writeBasisPoints(value, locale) : '';
    case 'count': return typeof value === 'number' ? writeDecimal(String(value), locale) : '';
    case 'date': return writeDay(String(value as string), locale);
    case 'currency': return String(value as string).toUpperCase();
    default: return String(value as string | number);
  }
}

function writePrice(price: string, { locale, currency }: FormContext): string {
  return /^-?\d+(\.\d+)?$/.test(price) ? writeDecimal(price, locale, exponentOf(currency)) : price;
}

export interface ReadForm {
  readonly values: Values;
  /** By column: what cannot be read. */
  readonly unreadable: Readonly<Record<string, string>>;
}

/** Reads the fields that are shown; one that cannot be read is left out of the values. */
export function readForm(fields: readonly FormField[], form: TypedForm, context: FormContext): ReadForm {
  const values: Record<string, FieldValueView> = {};
  const unreadable: Record<string, string> = {};
  for (const field of fields) {
    const read = readTyped(field, form[field.column] ?? null, context);
    if (read.isFine) values[field.column] = read.value;
    else unreadable[field.column] = read.message;
  }
  return { values, unreadable };
}

const fine = (value: FieldValueView): Typed<FieldValueView> => ({ isFine: true, value });

export function readTyped(field: FormField, typed: TypedField, context: FormContext): Typed<FieldValueView> {
  const { locale } = context;
  if (field.kind === 'tiers') return isTypedTiers(typed) ? readTiers(typed, context) : fine(null);
  if (field.kind === 'address') return fine(Object.fromEntries(Object.entries((typed ?? {}) as Record<string, string>).map(([line, text]): [string, string] => [line, text.trim()]).filter(([, text]) => text !== '')));
  const text = typeof typed === 'string' ? typed.trim() : '';
  if (field.kind === 'prefixes') return fine(text.split(/[\s,;]+/).filter((prefix) => prefix !== ''));
  // An empty box of a count or an amount that is always there means none.
  if (text === '') return fine(!field.isOptional && ['amount', 'count', 'basis-points'].includes(field.kind) ? 0 : null);
  switch (field.kind) {
    case 'amount': return readAmount(text, context);
    case 'price': return readDecimal(text, locale);
    case 'basis-points': return readBasisPoints(text, locale);
    case 'count':
    case 'days': return readWhole(text, locale);
    case 'date': return readDay(text, locale);
    case 'currency': return fine(text.toLowerCase());
    default: return fine(text);
  }
}

function readAmount(text: string, { locale, currency }: FormContext): Typed<FieldValueView> {
  const read = readDecimal(text, locale);
  if (!read.isFine) return read;
  if (currency === null || !isCurrencyCode(currency)) return { isFine: false, message: 'Name the currency first.' };
  try {
    return fine(fromDecimalString(read.value, currency));
  } catch {
    return { isFine: false, message: `${currency.toUpperCase()} has ${exponentOf(currency)} decimals at most.` };
  }
}

function readTiers({ mode, rows }: TypedTiers, { locale }: FormContext): Typed<FieldValueView> {
  const tiers: FieldValueView[] = [];
  for (const [index, row] of rows.entries()) {
    const upTo = row.upTo.trim() === '' ? fine(null) : readWhole(row.upTo, locale);
    const unitPrice = readDecimal(row.unitPrice, locale);
    if (!upTo.isFine) return { isFine: false, message: `Tier ${index + 1}, up to: ${upTo.message}` };
    if (!unitPrice.isFine) return { isFine: false, message: `Tier ${index + 1}, price: ${unitPrice.message}` };
    tiers.push({ upTo: upTo.value, unitPrice: unitPrice.value });
  }
  return fine({ mode, tiers });
}

/** What differs between two readings: the only thing that is ever sent, so that nobody's other fields are overwritten. */
export function changedValues(before: Values, after: Values): Values {
  return Object.fromEntries(Object.entries(after).filter(([column, value]) => JSON.stringify(value) !== JSON.stringify(before[column] ?? null)));
}

/** Fields that mean something under a pricing model; what is filled in shows whatever the model. */
export function isShownFor(field: FormField, model: FieldValueView | undefined, isFilled: boolean): boolean {
  if (isFilled) return true;
  switch (field.column) {
    case 'flat_fee_minor': return model === 'flat' || model === 'hybrid';
    case 'per_deed_price': return model === 'per_deed' || model === 'hybrid';
    case 'per_1000_price': return model === 'per_request';
    case 'included_units':
    case 'tiers': return model !== 'flat';
    default: return true;
  }
}
