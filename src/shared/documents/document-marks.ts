/**
 * The mark by which a PDF of ours is known again: the fingerprint of its totals among the keywords of its metadata, which lie unpacked in every PDF/A.
 * Pure: read wherever the file is, so that the file itself need not travel.
 */

export const fingerprintKeyword = 'daybook-fingerprint:';

/** No PDF of ours is larger. */
export const largestVerifiedBytes = 64 * 1024 * 1024;

/** The fingerprint a file carries, 64 hexadecimal digits; null for a file that carries none. */
export function fingerprintIn(bytes: Uint8Array): string | null {
  const wanted = [...fingerprintKeyword].map((letter) => letter.charCodeAt(0));
  const [first = 0] = wanted;
  for (let at = bytes.indexOf(first); at !== -1; at = bytes.indexOf(first, at + 1)) {
    if (!wanted.every((code, index) => bytes[at + index] === code)) continue;
    const digits = String.fromCharCode(...bytes.subarray(at + wanted.length, at + wanted.length + 64));
    if (/^[0-9a-f]{64}$/.test(digits)) return digits;
  }
  return null;
}
