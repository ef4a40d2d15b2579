/** What the viewer of raw objects does with their text. Pure. */

/** Two blanks a level; a text that is no JSON stays as it is. */
export function prettyJson(raw: string): string {
  try {
    return JSON.stringify(JSON.parse(raw), null, 2);
  } catch {
    return raw;
  }
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
