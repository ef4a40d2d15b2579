/**
 * The mark by which a PDF of ours is known again: the fingerprint of its totals among the keywords of its metadata, which lie unpacked in every PDF/A.
 * Pure: read wherever the file is, so that the file itself need not travel.
 */

export const fingerprintKeyword = 'daybook-fingerprint:';

/** No PDF of ours is larger. */
export const largestVerifiedBytes = 64 * 1024 * 1024;

const keyword = Array.from(fingerprintKeyword, (letter) => letter.charCodeAt(0));
const digitsLength = 64;
/** How far on the keyword may begin, by the byte that stands where its last letter would be (R. N. Horspool, Practical fast searching in strings, 1980). */
const steps = new Map(keyword.slice(0, -1).map((code, index) => [code, keyword.length - 1 - index]));

/** The fingerprint a file carries, 64 hexadecimal digits; null for a file that carries none. A file that is made to look almost like ours takes no longer than another. */
export function fingerprintIn(bytes: Uint8Array): string | null {
  const last = keyword.length - 1;
  for (let at = 0; at + keyword.length + digitsLength <= bytes.length; at += steps.get(bytes[at + last] ?? 0) ?? keyword.length) {
    let matching = last;
    while (matching >= 0 && bytes[at + matching] === keyword[matching]) matching -= 1;
    const digits = matching < 0 ? digitsAt(bytes, at + keyword.length) : null;
    if (digits !== null) return digits;
  }
  return null;
}

function digitsAt(bytes: Uint8Array, start: number): string | null {
  for (let at = start; at < start + digitsLength; at += 1) {
    const code = bytes[at] ?? 0;
    if (!((code >= 0x30 && code <= 0x39) || (code >= 0x61 && code <= 0x66))) return null;
  }
  return String.fromCharCode(...bytes.subarray(start, start + digitsLength));
}
