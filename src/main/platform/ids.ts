/**
 * Identity (architecture.md §4): UUIDv7 for people's acts, UUIDv5 of the key for what derives from a gateway's fact.
 */
import { hash } from 'node:crypto';
import { parse, v7 } from 'uuid';

/** The namespace of every name-based id of Daybook. Fixed for ever: other desks derive the same ids. */
const daybookNamespace = '5d9a3c1e-7c0b-5b0e-9f0d-2f6a5b7c8d11';

/** A fresh id for an act of a person, made before anything is sent; sorts by time. */
export function newId(): string {
  return v7();
}

const longestKeyBytes = 4_096;
/** The namespace, and room for a key behind it. */
const named = Buffer.alloc(16 + longestKeyBytes);
named.set(parse(daybookNamespace));

/** The id every desk derives from the same key, for example `stripe/<account>/<mode>/<object>/<id>/<kind>`: RFC 9562's UUIDv5. */
export function idFromKey(key: string): string {
  const bytes = key.length * 3 <= longestKeyBytes ? named.subarray(0, 16 + named.write(key, 16)) : Buffer.concat([named.subarray(0, 16), Buffer.from(key)]);
  const digest = hash('sha1', bytes, 'hex');
  const variant = '89ab'.charAt(Number.parseInt(digest.charAt(16), 16) & 3);
  return `${digest.slice(0, 8)}-${digest.slice(8, 12)}-5${digest.slice(13, 16)}-${variant}${digest.slice(17, 20)}-${digest.slice(20, 32)}`;
}
