/** Tables as text: TSV for the clipboard, CSV for files. */
import { neutraliseFormula } from '../../../shared/spreadsheet/cells.ts';

/** A cell that a spreadsheet would run as a formula gets an apostrophe before it; numbers stay numbers. */
export function neutraliseCell(text: string): string {
  if (/^[-+]?\d+(\.\d+)?$/.test(text)) return text;
  return neutraliseFormula(text);
}

/** Rows of cells as tab-separated text; tabs and line breaks inside a cell become spaces. */
export function toTsv(rows: readonly (readonly string[])[]): string {
  return rows.map((row) => row.map((cell) => neutraliseCell(cell.replaceAll(/[\t\r\n]+/g, ' '))).join('\t')).join('\n');
}

/** RFC 4180, CRLF. */
export function toCsv(rows: readonly (readonly string[])[]): string {
  const quoted = (cell: string) => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
  return rows.map((row) => row.map((cell) => quoted(neutraliseCell(cell))).join(',')).join('\r\n') + '\r\n';
}

export function downloadBlob(fileName: string, blob: Blob): void {
  const address = URL.createObjectURL(blob);
  const anchor = document.createElement('a');
  anchor.href = address;
  anchor.download = fileName;
  document.body.append(anchor);
  anchor.click();
  anchor.remove();
  // The download has taken its own hold of the bytes by the next task.
  setTimeout(() => URL.revokeObjectURL(address), 1000);
}

export function downloadText(fileName: string, text: string, type: string): void {
  downloadBlob(fileName, new Blob([text], { type: `${type};charset=utf-8` }));
}
