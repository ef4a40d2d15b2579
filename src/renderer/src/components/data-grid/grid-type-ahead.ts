/** Typing in a grid goes to the next row whose cell in the active column begins so. */

/** Letters that come within this time belong together. */
export const typeAheadMs = 900;

export interface TypedText {
  readonly text: string;
  readonly atMs: number;
}

/** What has been typed so far with this key, and the row to look from: the first letter looks below the active row, further ones stay where they fit. */
export function typeInto(before: TypedText, key: string, nowMs: number, activeRow: number): { typed: TypedText; from: number } {
  const goesOn = before.text !== '' && nowMs - before.atMs < typeAheadMs;
  const text = (goesOn ? before.text : '') + key.toLowerCase();
  // The same letter again and again walks through what begins with it.
  const isWalk = goesOn && [...text].every((letter) => letter === text[0]);
  return { typed: { text: isWalk ? text.charAt(0) : text, atMs: nowMs }, from: goesOn && !isWalk ? Math.max(0, activeRow) : activeRow + 1 };
}
