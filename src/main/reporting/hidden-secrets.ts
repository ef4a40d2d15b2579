/**
 * Raw objects as they may be shown: a payment intent's client secret lets whoever has it finish the payment. Secrets go in, never out (architecture.md §3).
 */
const clientSecret = /("client_secret"\s*:\s*)"(?:[^"\\]|\\.)*"/g;

export function hideClientSecrets(raw: string): string {
  return raw.replace(clientSecret, '$1"(hidden)"');
}
