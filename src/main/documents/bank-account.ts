/** Numbers of bank accounts, checked before they are printed on an invoice that is paid by them. Pure. */

/** ISO 13616: no spaces, upper case; null where the check digits do not hold (ISO 7064, modulo 97). */
export function ibanIn(text: string): string | null {
  const plain = text.replace(/\s/g, '').toUpperCase();
  if (!/^[A-Z]{2}\d{2}[A-Z0-9]{11,30}$/.test(plain)) return null;
  const digits = [...plain.slice(4), ...plain.slice(0, 4)].map((letter) => (/\d/.test(letter) ? letter : String(letter.charCodeAt(0) - 55))).join('');
  return BigInt(digits) % 97n === 1n ? plain : null;
}

/** ISO 9362: eight or eleven letters and digits; null for anything else. */
export function bicIn(text: string): string | null {
  const plain = text.replace(/\s/g, '').toUpperCase();
  return /^[A-Z]{6}[A-Z0-9]{2}([A-Z0-9]{3})?$/.test(plain) ? plain : null;
}
