/**
 * A decimal of Stripe's as it was written, the text of the number and not the number. null: there is none.
 * @param text the object's JSON; @param value the same, read.
 */
export function decimalTextIn(text: string, value: Readonly<Record<string, unknown>>, field: string): string | null {
  const number = value[field];
  if (typeof number === 'string') return number;
  if (typeof number !== 'number') return null;
  const written = new RegExp(`"${field}"\\s*:\\s*(-?\\d+(?:\\.\\d+)?)(?=\\s*[,}])`).exec(text)?.[1];
  return written ?? String(number);
}
