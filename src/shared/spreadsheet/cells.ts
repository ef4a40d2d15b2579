/**
 * Tables as cells with a kind, so that a spreadsheet calculates with numbers and sorts by dates, and CSV says the same.
 */

/** `text`: as it is; `number`: plain decimals such as '-1.250', whose decimals are shown; `date`: '2026-10-31'; `instant`: ISO 8601 in UTC. */
export const cellKinds = ['text', 'number', 'date', 'instant'] as const;
export type CellKind = (typeof cellKinds)[number];

export interface CellColumn {
  readonly title: string;
  readonly kind: CellKind;
}

/** null and '' are empty cells. */
export type Cell = string | null;

/** What a spreadsheet passes over before it looks whether a cell is a formula. */
const blank = '[[\\s\\p{Cc}\\p{Cf}]--[\\t\\r\\n]]*';
const formulaSign = '[=+\\-@＝＋－＠]';
/** What begins like this a spreadsheet takes for a formula; some take the wide forms too. With apostrophes before it, it is one that was neutralised, or looks so. */
const formulaStart = new RegExp(`^'*(?:[\\t\\r\\n]|${blank}${formulaSign})`, 'v');
/** Where commas are decimal points (German, French, …), a spreadsheet parts the lines of a CSV file at semicolons, and heeds no quotes in the middle: what stands behind one begins a cell. */
const innerStart = new RegExp(`([;\\t\\r\\n])(?='*${blank}${formulaSign})`, 'gv');
const innerNeutralised = new RegExp(`([;\\t\\r\\n])'(?='*${blank}${formulaSign})`, 'gv');

/** The cell as it is safe to open: `=HYPERLINK(…)` becomes `'=HYPERLINK(…)`, `a;=1` becomes `a;'=1`. Text that looks neutralised already gets one more, so that it can be told apart. */
export function neutraliseFormula(text: string): string {
  const inner = text.replace(innerStart, "$1'");
  return formulaStart.test(text) ? `'${inner}` : inner;
}

/** What {@link neutraliseFormula} was given: takes one apostrophe away wherever it would have put one. */
export function restoreFormula(cell: string): string {
  const outer = cell.startsWith("'") && formulaStart.test(cell) ? cell.slice(1) : cell;
  return outer.replace(innerNeutralised, '$1');
}

/** Nothing but a number, which needs no neutralising. */
export const isPlainNumber = (text: string): boolean => /^-?\d+(\.\d+)?$/.test(text);
