/** One text for one value: keys sorted at every level, so that a hash over it means the value and not the way it was written. */

export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [name: string]: JsonValue | undefined };

/**
 * JSON with sorted keys and without spaces; fields that are undefined are left out.
 * Only whole numbers and strings are expected: money is integers, rates are decimal strings.
 */
export function canonicalJson(value: JsonValue): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (isList(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const parts: string[] = [];
  for (const name of Object.keys(value).sort()) {
    const field = value[name];
    if (field !== undefined) parts.push(`${JSON.stringify(name)}:${canonicalJson(field)}`);
  }
  return `{${parts.join(',')}}`;
}

function isList(value: readonly JsonValue[] | { readonly [name: string]: JsonValue | undefined }): value is readonly JsonValue[] {
  return Array.isArray(value);
}
