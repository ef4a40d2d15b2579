/** What the viewer of raw objects does with their text. Pure. */

/** What lies deeper is set no further in: a text of a hundred thousand levels would be blanks. */
const deepestIndent = 40;
const tokens = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\],:]|[^\s{}[\],:"]+/g;
/** Control letters, letters of no width, and those that turn the direction of what follows: they hide or reorder what is read. */
// oxlint-disable-next-line no-control-regex -- they are what is looked for
const unseen = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g;
const byNumber = (letter: string): string => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`;

function isJson(raw: string): boolean {
  try {
    JSON.parse(raw);
    return true;
  } catch {
    return false;
  }
}

/**
 * Set out by two blanks a level. Every number, escape and key is as it came, also where JavaScript would read another number or keep one of two keys; only letters that cannot be seen are shown by
 * their numbers. A text that is no JSON stays as it is.
 */
export function prettyJson(raw: string): string {
  if (!isJson(raw)) return raw;
  const pieces: string[] = [];
  let depth = 0;
  let before = '';
  const newLine = (): void => void pieces.push('\n', '  '.repeat(Math.min(depth, deepestIndent)));
  for (const [token] of raw.matchAll(tokens)) {
    const isEnd = token === '}' || token === ']';
    if (isEnd) depth -= 1;
    const opensBefore = before === '{' || before === '[';
    if (isEnd ? !opensBefore : opensBefore || before === ',') newLine();
    pieces.push(token.startsWith('"') ? token.replaceAll(unseen, byNumber) : token);
    if (token === ':') pieces.push(' ');
    if (token === '{' || token === '[') depth += 1;
    before = token;
  }
  return pieces.join('');
}

/** More marks than this help nobody and make the page slow. */
const markedAtMost = 500;

/**
 * Where a text holds another, without regard to case and without overlaps.
 * @returns the first {@link markedAtMost} places and how many there are in all.
 */
export function findMatches(text: string, needle: string): { readonly places: readonly number[]; readonly total: number } {
  const places: number[] = [];
  if (needle === '') return { places, total: 0 };
  // Letters whose lower case is longer would move what lies behind them: they are looked for as they are.
  const folded = text.toLowerCase();
  const [where, what] = folded.length === text.length ? [folded, needle.toLowerCase()] : [text, needle];
  let total = 0;
  for (let at = where.indexOf(what); at >= 0; at = where.indexOf(what, at + what.length)) {
    total += 1;
    if (places.length < markedAtMost) places.push(at);
  }
  return { places, total };
}
