/**
 * Values as people write them into a command line or a cell of a file, and back. One way for each kind: amounts and counts in whole numbers (amounts in minor
 * units), prices with a point, shares in basis points, dates as 2026-10-31, prefixes with blanks between them, addresses and tiers as JSON. Pure.
 */
import type { FieldValue } from './change-set.ts';
import type { MergedField } from './contract-fields.ts';
import { isList, normaliseValue } from './contract-values.ts';
import type { FieldProblem } from './contract-validation.ts';
import { isNestedTooDeep } from './nesting.ts';

export type ReadText = { readonly isFine: true; readonly value: FieldValue } | { readonly isFine: false; readonly problem: FieldProblem };

const fine = (value: FieldValue): ReadText => ({ isFine: true, value });

/**
 * Reads what stands in a cell; whether the value is allowed is for validation to say. Empty is null, but an empty list for prefixes and an empty address.
 * A comma in a number is refused, never guessed at: 1,234 is a thousand and more in one country and one and a bit in another.
 */
export function readFieldText(field: MergedField, cell: string): ReadText {
  const text = cell.trim();
  const refuse = (problem: Omit<FieldProblem, 'column'>): ReadText => ({ isFine: false, problem: { column: field.column, ...problem } });
  switch (field.kind) {
    case 'amount':
    case 'count':
    case 'days':
    case 'basis-points':
      if (text === '') return fine(null);
      if (/^[+-]?[\d.’' ]*,[\d.,’' ]*$/.test(text)) return refuse({ code: 'decimal-comma', message: `${field.label}: “${text}” has a comma. Write a whole number without separators${field.kind === 'amount' ? ', in the currency’s smallest unit' : ''}.` });
      if (!/^-?\d{1,15}$/.test(text)) return refuse({ code: 'number-invalid', message: `${field.label}: “${text}” is not a whole number${field.kind === 'amount' ? ' of the currency’s smallest unit, such as 139350 for 1,393.50' : field.kind === 'basis-points' ? ' of basis points, such as 750 for 7.5 %' : ''}.` });
      return fine(Number(text));
    case 'price':
      if (/^[+-]?[\d.’' ]*,[\d.,’' ]*$/.test(text)) return refuse({ code: 'decimal-comma', message: `${field.label}: “${text}” has a comma. Write decimals with a point and without separators, such as 2.905.` });
      return fine(normaliseValue(field, text === '' ? null : text));
    case 'prefixes':
      return fine(text === '' ? [] : text.split(/[\s;]+/).filter((prefix) => prefix !== ''));
    case 'address':
      return readJson(field, text === '' ? '{}' : text, refuse);
    case 'tiers':
      return text === '' ? fine(null) : readJson(field, text, refuse);
    default:
      return fine(text === '' ? null : normaliseValue(field, text));
  }
}

function readJson(field: MergedField, text: string, refuse: (problem: Omit<FieldProblem, 'column'>) => ReadText): ReadText {
  try {
    if (isNestedTooDeep(text)) throw new SyntaxError('too deep');
    return fine(normaliseValue(field, JSON.parse(text) as FieldValue));
  } catch {
    return refuse({ code: 'json-invalid', message: `${field.label}: this is not JSON, such as ${field.kind === 'tiers' ? '{"mode":"graduated","tiers":[{"upTo":100,"unitPrice":"1"},{"upTo":null,"unitPrice":"0.8"}]}' : '{"line1":"1 High Street","city":"Leeds","country":"GB"}'}.` });
  }
}

/** What {@link readFieldText} reads back as the same value. */
export function writeFieldText(field: MergedField, value: FieldValue): string {
  if (value === null) return '';
  if (field.kind === 'prefixes' && isList(value)) return value.join(' ');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
