/**
 * An address as stored (JSON of whatever shape the partner's record has) as the lines a letter would carry.
 */

import { taxJurisdictions } from '../ledger/tax-jurisdictions.ts';

const knownFields = ['line1', 'line2', 'street', 'street2', 'district'] as const;

function text(value: unknown): string {
  return typeof value === 'string' ? value.trim() : '';
}

const regions = new Intl.DisplayNames(['en'], { type: 'region', fallback: 'code' });

const knownCountries = new Map<string, string>();

/** 'ES' → 'Spain'; a name stays as it is. Asked for every invoice of a run, so each name is looked up once. */
function countryName(country: string): string {
  if (!/^[A-Z]{2}$/.test(country)) return country;
  const known = knownCountries.get(country) ?? regions.of(country) ?? country;
  knownCountries.set(country, known);
  return known;
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return null;
  }
}

/** The country and state an address names, as it writes them; a city may carry its state behind it: 'Austin, TX'. */
export function placeOf(json: string): { readonly country: string | null; readonly state: string | null } {
  const value = parsed(json);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return { country: null, state: null };
  const fields = new Map(Object.entries(value));
  const state = text(fields.get('state') ?? fields.get('region')) || /,\s*([A-Z]{2})$/.exec(text(fields.get('city')))?.[1] || null;
  return { country: text(fields.get('country')) || null, state };
}

/** An address in its parts, as an electronic invoice needs it. */
export interface PostalAddress {
  readonly line1: string | null;
  readonly line2: string | null;
  readonly city: string | null;
  readonly postcode: string | null;
  readonly region: string | null;
  /** ISO 3166-1 alpha-2; null where the address names no country that is one. */
  readonly country: string | null;
}

/** Country codes by their English names, in lower case. */
let codesOfNames: ReadonlyMap<string, string> | undefined;

/** 'ES', 'es' and 'Spain' → 'ES'; null for what is no country. */
export function countryCodeOf(country: string | null): string | null {
  const wanted = country?.trim() ?? '';
  const codes = taxJurisdictions.filter((code) => code.length === 2);
  if (/^[A-Za-z]{2}$/.test(wanted)) return codes.includes(wanted.toUpperCase()) ? wanted.toUpperCase() : null;
  codesOfNames ??= new Map(codes.map((code) => [countryName(code).toLowerCase(), code]));
  return codesOfNames.get(wanted.toLowerCase()) ?? null;
}

/** The parts of a stored address; null where it is none. */
export function postalAddressOf(json: string): PostalAddress | null {
  const value = parsed(json);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  const fields = new Map(Object.entries(value));
  const first = (...names: readonly string[]): string | null => names.map((name) => text(fields.get(name))).find((part) => part !== '') ?? null;
  const address = { line1: first('line1', 'street'), line2: first('line2', 'street2', 'district'), city: first('city'), postcode: first('postal_code', 'postalCode', 'zip', 'postcode'), region: first('state', 'region'), country: countryCodeOf(first('country')) };
  return Object.values(address).some((part) => part !== null) ? address : null;
}

/** Lines in the order of an envelope; an unknown shape gives its texts in their own order, an unreadable one gives none. */
export function addressLines(json: string): string[] {
  const value = parsed(json);
  if (Array.isArray(value)) return value.map(text).filter((line) => line !== '');
  if (typeof value !== 'object' || value === null) return [];
  const fields = new Map(Object.entries(value));
  const place = [text(fields.get('postal_code') ?? fields.get('postalCode') ?? fields.get('zip') ?? fields.get('postcode')), text(fields.get('city')), text(fields.get('state') ?? fields.get('region'))].filter((part) => part !== '').join(' ');
  const lines = [...knownFields.map((name) => text(fields.get(name))), place, countryName(text(fields.get('country')))].filter((line) => line !== '');
  return lines.length > 0 ? lines : [...fields.values()].map(text).filter((line) => line !== '');
}
