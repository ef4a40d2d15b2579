/**
 * Bytes on the RPC roads: JSON has none, and oRPC's own serializer would write them as an object of numbers. Every handler and link takes `rpcSerializers`.
 */

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const valueOf = new Map([...alphabet].map((letter, value) => [letter, value]));

export function bytesToBase64(bytes: Uint8Array): string {
  const parts: string[] = [];
  for (let at = 0; at < bytes.length; at += 3) {
    const [first = 0, second, third] = bytes.subarray(at, at + 3);
    const bits = (first << 16) | ((second ?? 0) << 8) | (third ?? 0);
    const letter = (shift: number) => alphabet.charAt((bits >> shift) & 63);
    parts.push(letter(18), letter(12), second === undefined ? '=' : letter(6), third === undefined ? '=' : letter(0));
  }
  return parts.join('');
}

export function bytesFromBase64(text: string): Uint8Array {
  const letters = text.replaceAll('=', '');
  const bytes = new Uint8Array(Math.floor((letters.length * 3) / 4));
  let at = 0;
  let bits = 0;
  let held = 0;
  for (const letter of letters) {
    bits = ((bits << 6) | (valueOf.get(letter) ?? 0)) & 0xffff;
    held += 6;
    if (held < 8) continue;
    held -= 8;
    bytes[at] = (bits >> held) & 0xff;
    at += 1;
  }
  return bytes;
}

/** For `customJsonSerializers` of oRPC; numbers up to 20 are its own. */
export const rpcSerializers = [
  {
    type: 21,
    condition: (data: unknown): boolean => data instanceof Uint8Array,
    serialize: (data: unknown): string => bytesToBase64(data instanceof Uint8Array ? data : new Uint8Array()),
    deserialize: (data: unknown): Uint8Array => bytesFromBase64(String(data)),
  },
];
