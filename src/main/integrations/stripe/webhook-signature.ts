/**
 * The signature of a Stripe webhook, checked on the body's own bytes: `Stripe-Signature: t=<epoch seconds>,v1=<hex>[,v1=<hex>…]`, where each v1 is
 * the HMAC-SHA256 of "<t>.<body>" with the endpoint's secret. During a rotation Stripe signs with both secrets, and the receiver knows both.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';

/** How far the signature's time may lie from ours, before and after: older ones may be replayed, later ones are no clock of Stripe's. */
export const signatureToleranceSeconds = 300;

export type StripeSignatureVerdict = 'genuine' | 'signature-missing' | 'signature-malformed' | 'signature-mismatch' | 'signature-outside-tolerance';

export interface StripeSignatureCheck {
  readonly body: Uint8Array;
  /** The header as it came. */
  readonly header: string | undefined;
  /** The endpoint's secret as Stripe shows it (`whsec_…`), several during a rotation. */
  readonly secrets: readonly string[];
  /** Epoch seconds. */
  readonly nowSeconds: number;
}

/**
 * Whether one of the secrets signed this body lately. Every candidate is compared with every secret's value in constant time; which of them fits,
 * and where it differs, does not show in how long it takes.
 */
export function checkStripeSignature({ body, header, secrets, nowSeconds }: StripeSignatureCheck): StripeSignatureVerdict {
  if (header === undefined || header.trim() === '') return 'signature-missing';
  const parts = readHeader(header);
  if (!parts) return 'signature-malformed';
  let isGenuine = false;
  for (const secret of secrets) {
    const expected = createHmac('sha256', secret).update(`${parts.time}.`).update(body).digest();
    for (const candidate of parts.candidates) isGenuine = timingSafeEqual(expected, candidate) || isGenuine;
  }
  if (!isGenuine) return 'signature-mismatch';
  return Math.abs(nowSeconds - Number(parts.time)) > signatureToleranceSeconds ? 'signature-outside-tolerance' : 'genuine';
}

/** The time as it is written, since that is what was signed, and the signatures of the scheme v1; others (v0 of test events) say nothing. */
function readHeader(header: string): { readonly time: string; readonly candidates: readonly Buffer[] } | null {
  let time: string | undefined;
  const candidates: Buffer[] = [];
  for (const part of header.split(',')) {
    const at = part.indexOf('=');
    if (at < 0) return null;
    const [scheme, value] = [part.slice(0, at).trim(), part.slice(at + 1).trim()];
    if (scheme === 't') {
      if (time !== undefined || !/^\d{1,12}$/.test(value)) return null;
      time = value;
    } else if (scheme === 'v1' && /^[0-9a-f]{64}$/.test(value)) {
      candidates.push(Buffer.from(value, 'hex'));
    }
  }
  return time === undefined || candidates.length === 0 ? null : { time, candidates };
}
