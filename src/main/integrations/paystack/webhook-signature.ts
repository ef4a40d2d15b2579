/**
 * The signature of a Paystack webhook: `x-paystack-signature` is the hex HMAC-SHA512 of the body's own bytes with the account's secret key. It
 * covers no time: the same request is genuine for ever, and duplicates are told by event and id (relay/received-event.ts).
 */
import { createHmac, timingSafeEqual } from 'node:crypto';

export type PaystackSignatureVerdict = 'genuine' | 'signature-missing' | 'signature-malformed' | 'signature-mismatch';

export interface PaystackSignatureCheck {
  readonly body: Uint8Array;
  /** The header as it came. */
  readonly header: string | undefined;
  /** `sk_live_…` or `sk_test_…`, several while the key is being rolled. */
  readonly secretKeys: readonly string[];
}

/** Whether one of the keys signed this body; every comparison takes the same time. */
export function checkPaystackSignature({ body, header, secretKeys }: PaystackSignatureCheck): PaystackSignatureVerdict {
  const value = header?.trim() ?? '';
  if (value === '') return 'signature-missing';
  if (!/^[0-9a-f]{128}$/i.test(value)) return 'signature-malformed';
  const given = Buffer.from(value, 'hex');
  let isGenuine = false;
  for (const key of secretKeys) isGenuine = timingSafeEqual(createHmac('sha512', key).update(body).digest(), given) || isGenuine;
  return isGenuine ? 'genuine' : 'signature-mismatch';
}
