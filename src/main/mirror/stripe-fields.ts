/**
 * Reading fields of a gateway's JSON with care: what is not there is null, what is there in the wrong kind is an error with a name. Pure.
 */
import { ValidationError } from '../../shared/errors/errors.ts';

export type Json = Readonly<Record<string, unknown>>;

export function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What is thrown for a field that is of the right kind and cannot be true. */
export function malformed(object: Json, field: string): ValidationError {
  return new ValidationError('stripe-object-malformed', `The field “${field}” of ${typeof object['id'] === 'string' ? object['id'] : 'an object'} is not what it should be.`, { data: { field, object: typeof object['object'] === 'string' ? object['object'] : null } });
}

export function readObject(object: Json, field: string): Json | null {
  const value = object[field];
  return isJson(value) ? value : null;
}

/** The elements of an array, or of a Stripe list (`{ data: […] }`), that are objects. */
export function readObjects(object: Json, field: string): Json[] {
  const value = object[field];
  const list = isJson(value) ? value['data'] : value;
  return Array.isArray(list) ? list.filter(isJson) : [];
}

export function readText(object: Json | null, field: string): string | null {
  const value = object?.[field];
  return typeof value === 'string' ? value : null;
}

/** A reference as an id, whether it came as text or expanded. */
export function readReference(object: Json | null, field: string): string | null {
  const value = object?.[field];
  if (typeof value === 'string') return value;
  return isJson(value) && typeof value['id'] === 'string' ? value['id'] : null;
}

/** @throws ValidationError `stripe-object-malformed` when it is there and is not a safe whole number. */
export function readInteger(object: Json, field: string): number | null {
  const value = object[field];
  if (value === undefined || value === null) return null;
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) throw malformed(object, field);
  return value;
}

/** @throws ValidationError `stripe-object-malformed` when it is missing or is not a safe whole number. */
export function needInteger(object: Json, field: string): number {
  const value = readInteger(object, field);
  if (value === null) throw malformed(object, field);
  return value;
}

/** @throws ValidationError `stripe-object-malformed` when it is missing or empty. */
export function needText(object: Json, field: string): string {
  const value = readText(object, field);
  if (value === null || value === '') throw malformed(object, field);
  return value;
}

/** From 1900 to the last day of 9999, whichever the time zone: before and after it dates are not what a calendar says, and no fact of a gateway lies there. */
const [earliestSeconds, latestSeconds] = [-2_208_900_000, 253_402_214_400];

/** Epoch seconds as epoch milliseconds. @throws ValidationError `stripe-object-malformed` when it is there and is no whole number of seconds within the years 1900 to 9999. */
export function readInstant(object: Json | null, field: string): number | null {
  if (!object) return null;
  const seconds = readInteger(object, field);
  if (seconds === null) return null;
  if (seconds < earliestSeconds || seconds > latestSeconds) throw malformed(object, field);
  return seconds * 1000;
}

export function readFlag(object: Json | null, field: string): 0 | 1 {
  return object?.[field] === true ? 1 : 0;
}

/** Σ of a whole-number field over objects. */
export function sumOf(objects: readonly Json[], field: string): number {
  let sum = 0;
  for (const object of objects) sum += readInteger(object, field) ?? 0;
  return sum;
}
