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

/** What begins like this a spreadsheet takes for a formula; some take the wide forms too. With apostrophes before it, it is one that was neutralised, or looks so. */
const formulaStart = /^'*[=+\-@\t\r\n＝＋－＠]/;

/** The cell as it is safe to open: `=HYPERLINK(…)` becomes `'=HYPERLINK(…)`. Text that looks neutralised already gets one more, so that it can be told apart. */
export function neutraliseFormula(text: string): string {
  return formulaStart.test(text) ? `'${text}` : text;
}

/** What {@link neutraliseFormula} was given: takes one apostrophe away where it would have put one. */
export function restoreFormula(cell: string): string {
  return cell.startsWith("'") && formulaStart.test(cell) ? cell.slice(1) : cell;
}
