/**
 * Texts as a document can print them. Names come from people and from other systems: what steers a terminal or turns the direction of writing is
 * left out, a letter that no font of ours has becomes an empty box, so that the document can be made whatever it is called. Pure.
 */

export interface Letters {
  has(code: number): boolean;
}

const box = '□';
/** Control characters, and those that change the direction of the text around them. */
const steering = /[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu;

function clean(text: string): string {
  return text.normalize('NFC').replace(steering, (found) => (/\s/.test(found) ? ' ' : ''));
}

/** Where the fonts lack a letter: its plain form if they have that ('ﬁ' → 'fi'), else null. */
function plainForm(letter: string, letters: Letters): string | null {
  const plain = letter.normalize('NFKC');
  return plain !== letter && [...plain].every((part) => letters.has(part.codePointAt(0) ?? 0)) ? plain : null;
}

/** The text with every letter replaced that could not be shown. */
export function printableText(text: string, letters: Letters): string {
  return Array.from(clean(text), (letter) => (letters.has(letter.codePointAt(0) ?? 0) ? letter : (plainForm(letter, letters) ?? box))).join('');
}

/** The letters of a text that no font of ours can show, each once. */
export function unprintableLetters(text: string, letters: Letters): string[] {
  return [...new Set(clean(text))].filter((letter) => !letters.has(letter.codePointAt(0) ?? 0) && plainForm(letter, letters) === null);
}

/** Every text inside a document's data. */
export function mapTexts(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return value.map((item) => mapTexts(item, change));
  if (value !== null && typeof value === 'object') return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, mapTexts(item, change)]));
  return value;
}
