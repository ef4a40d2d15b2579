/** Ids and tokens the sandbox makes itself: from a seed and a counter, so that the same calls give the same ids. */
import { createHash } from 'node:crypto';

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

function toBase62(text: string, length: number): string {
  const digest = createHash('sha512').update(text).digest();
  let result = '';
  for (const byte of digest) {
    if (result.length === length) break;
    result += alphabet[byte % 62];
  }
  return result;
}

export interface IdSource {
  /** A new id such as `cus_…`; lengths follow Stripe's. */
  next(prefix: string): string;
  /** A token that depends on the seed and a name only (keys, signing secrets). */
  token(name: string, length: number): string;
}

const lengths: Record<string, number> = { cus: 14, prod: 14, si: 14, sub: 24, cs_test: 58, evt: 24, req: 14 };

/** `seed` may be any text; two sources with the same seed give the same ids in the same order. */
export function createIdSource(seed: string): IdSource {
  const counters = new Map<string, number>();
  return {
    next(prefix) {
      const count = (counters.get(prefix) ?? 0) + 1;
      counters.set(prefix, count);
      return `${prefix}_${toBase62(`${seed}/${prefix}/${count}`, lengths[prefix] ?? 24)}`;
    },
    token: (name, length) => toBase62(`${seed}/token/${name}`, length),
  };
}
