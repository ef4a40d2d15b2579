/**
 * Parameters as Stripe's clients send them: `application/x-www-form-urlencoded` with nested keys (`items[0][price]=…`, `expand[]=…`,
 * `created[gte]=…`), in the query string and in bodies alike.
 */
import { StripeError, invalidInteger, invalidRequest, missingParameter, unknownParameters } from './stripe-error.ts';

export type ParameterValue = string | ParameterValue[] | { [key: string]: ParameterValue };
export type Parameters = { [key: string]: ParameterValue };

/** Levels of nesting; the deepest parameter an endpoint knows has six. */
const deepestNesting = 20;
const forbiddenKeys = new Set(['__proto__', 'constructor', 'prototype']);

/** `items[0][price]` → ['items', '0', 'price']; `expand[]` → ['expand', '']. */
function splitKey(key: string): string[] {
  const open = key.indexOf('[');
  if (open <= 0 || !key.endsWith(']')) return [key];
  return [key.slice(0, open), ...key.slice(open + 1, -1).split('][')];
}

type Branch = Map<string, string | Branch>;

function insert(root: Branch, path: string[], value: string): void {
  if (path.length > deepestNesting) throw invalidRequest(`Invalid parameter name: ${path[0]} is nested too deeply`);
  let branch = root;
  for (let depth = 0; depth < path.length; depth += 1) {
    const raw = path[depth] ?? '';
    if (forbiddenKeys.has(raw)) throw invalidRequest(`Invalid parameter name: ${raw}`);
    const key = raw === '' ? String(branch.size) : raw;
    if (depth === path.length - 1) {
      branch.set(key, value);
      return;
    }
    const next = branch.get(key);
    if (next instanceof Map) branch = next;
    else {
      const created: Branch = new Map();
      branch.set(key, created);
      branch = created;
    }
  }
}

function finish(branch: Branch): Parameters | ParameterValue[] {
  const keys = [...branch.keys()];
  const entries = keys.map((key) => {
    const value = branch.get(key) ?? '';
    return [key, value instanceof Map ? finish(value) : value] as const;
  });
  if (keys.length > 0 && keys.every((key) => /^\d+$/.test(key))) {
    return entries.toSorted(([a], [b]) => Number(a) - Number(b)).map(([, value]) => value);
  }
  return Object.fromEntries(entries);
}

/** Decodes a query string or a form body into nested values. Every leaf is a string, as on the wire. */
export function parseParameters(encoded: string): Parameters {
  if (encoded === '') return {};
  const root: Branch = new Map();
  for (const [key, value] of new URLSearchParams(encoded)) insert(root, splitKey(key), value);
  const result = finish(root);
  return Array.isArray(result) ? Object.fromEntries(result.entries()) : result;
}

/** Refuses parameters an endpoint does not know, as Stripe does. */
export function refuseUnknown(parameters: Parameters, allowed: readonly string[]): void {
  const unknown = Object.keys(parameters).filter((key) => !allowed.includes(key));
  if (unknown.length > 0) throw unknownParameters(unknown);
}

export function readString(parameters: Parameters, name: string): string | undefined {
  const value = parameters[name];
  if (value === undefined) return undefined;
  if (typeof value !== 'string') throw invalidRequest(`Invalid string: ${JSON.stringify(value)}`, name);
  return value;
}

export function requireString(parameters: Parameters, name: string): string {
  const value = readString(parameters, name);
  if (value === undefined || value === '') throw missingParameter(name);
  return value;
}

/** What ICU knows less what is no money of a country or a union of countries (metals, testing). */
const currencies = new Set(Intl.supportedValuesOf('currency').map((code) => code.toLowerCase()).filter((code) => !code.startsWith('x') || ['xaf', 'xcd', 'xof', 'xpf'].includes(code)));

/** In lower case, as Stripe answers it. */
export function readCurrency(parameters: Parameters, name = 'currency'): string | undefined {
  const code = readString(parameters, name)?.toLowerCase();
  if (code !== undefined && !currencies.has(code)) throw invalidRequest(`Invalid currency: ${code}.`, name);
  return code;
}

export function requireCurrency(parameters: Parameters, name = 'currency'): string {
  requireString(parameters, name);
  return readCurrency(parameters, name) ?? '';
}

export function readInteger(parameters: Parameters, name: string): number | undefined {
  const value = readString(parameters, name);
  return value === undefined || value === '' ? undefined : toInteger(value, name);
}

export function requireInteger(parameters: Parameters, name: string): number {
  const value = readInteger(parameters, name);
  if (value === undefined) throw missingParameter(name);
  return value;
}

export function toInteger(value: string, name: string): number {
  if (!/^-?\d{1,15}$/.test(value)) throw invalidInteger(name, value);
  return Number(value);
}

export function readBoolean(parameters: Parameters, name: string): boolean | undefined {
  const value = readString(parameters, name);
  if (value === undefined || value === '') return undefined;
  if (value !== 'true' && value !== 'false') throw invalidRequest(`Invalid boolean: ${value}`, name);
  return value === 'true';
}

export function readList(parameters: Parameters, name: string): ParameterValue[] | undefined {
  const value = parameters[name];
  if (value === undefined) return undefined;
  if (value === '') return [];
  if (!Array.isArray(value)) throw invalidRequest(`Invalid array`, name);
  return value;
}

export function readStrings(parameters: Parameters, name: string): string[] | undefined {
  const list = readList(parameters, name);
  return list?.map((value) => {
    if (typeof value !== 'string') throw invalidRequest(`Invalid array`, name);
    return value;
  });
}

export function readHash(parameters: Parameters, name: string): Parameters | undefined {
  const value = parameters[name];
  if (value === undefined || value === '') return undefined;
  return toHash(value, name);
}

export function toHash(value: ParameterValue, name: string): Parameters {
  if (typeof value === 'string' || Array.isArray(value)) throw invalidRequest('Invalid object', name);
  return value;
}

export function readHashes(parameters: Parameters, name: string): Parameters[] | undefined {
  return readList(parameters, name)?.map((value, index) => toHash(value, `${name}[${index}]`));
}

/** Metadata is merged key by key; an empty value removes a key and an empty `metadata` removes all. */
export function mergeMetadata(current: Record<string, string>, parameters: Parameters): Record<string, string> {
  if (parameters['metadata'] === '') return {};
  const changes = readHash(parameters, 'metadata') ?? {};
  const merged = { ...current };
  for (const [key, value] of Object.entries(changes)) {
    if (typeof value !== 'string') throw invalidRequest('Metadata values must be strings', `metadata[${key}]`);
    if (value === '') delete merged[key];
    else merged[key] = value;
  }
  return merged;
}

/** Half-open in whole seconds: `from <= created < until`. */
export interface SecondsRange {
  from: number;
  until: number;
}

export const wholeTime: SecondsRange = { from: Number.NEGATIVE_INFINITY, until: Number.POSITIVE_INFINITY };

/** A timestamp filter: an exact second, or a hash of gt, gte, lt, lte. */
export function readSecondsRange(parameters: Parameters, name: string): SecondsRange | undefined {
  const value = parameters[name];
  if (value === undefined) return undefined;
  if (typeof value === 'string') {
    const exact = toInteger(value, name);
    return { from: exact, until: exact + 1 };
  }
  const bounds = toHash(value, name);
  let { from, until } = wholeTime;
  for (const [operator, raw] of Object.entries(bounds)) {
    const param = `${name}[${operator}]`;
    if (typeof raw !== 'string') throw invalidInteger(param, JSON.stringify(raw));
    const seconds = toInteger(raw, param);
    if (operator === 'gt') from = Math.max(from, seconds + 1);
    else if (operator === 'gte') from = Math.max(from, seconds);
    else if (operator === 'lt') until = Math.min(until, seconds);
    else if (operator === 'lte') until = Math.min(until, seconds + 1);
    else throw unknownParameters([param]);
  }
  return { from, until };
}

/** `limit`, 1 to 100; 10 when absent. */
export function readLimit(parameters: Parameters): number {
  const limit = readInteger(parameters, 'limit') ?? 10;
  if (limit < 1) {
    throw new StripeError(400, 'This value must be greater than or equal to 1.', { code: 'parameter_invalid_integer', param: 'limit' });
  }
  if (limit > 100) {
    throw new StripeError(400, 'This value must be less than or equal to 100.', { code: 'parameter_invalid_integer', param: 'limit' });
  }
  return limit;
}
