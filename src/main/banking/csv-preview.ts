/** The first rows of a CSV as they stand, for the making of a mapping. */
import { closeSync, openSync, readSync } from 'node:fs';
import { splitCsv } from './csv-reader.ts';

const headBytes = 64 * 1024;
const mostRows = 30;

/** Signs that are none of the encoding are shown as such: the person sees that another one is meant. */
export function readFirstRows(file: string, encoding: string, delimiter: string): string[][] {
  const descriptor = openSync(file, 'r');
  try {
    const bytes = new Uint8Array(headBytes);
    const length = readSync(descriptor, bytes, 0, headBytes, 0);
    const text = new TextDecoder(encoding).decode(bytes.subarray(0, length));
    // What was cut off in the middle of a row is left away.
    const whole = length < headBytes ? text : text.slice(0, text.lastIndexOf('\n') + 1);
    const rows: string[][] = [];
    try {
      for (const row of splitCsv(whole, delimiter)) {
        rows.push(row.cells.slice(0, 60).map((cell) => cell.slice(0, 200)));
        if (rows.length === mostRows) break;
      }
    } catch {
      // A quote without an end: what came before it is what can be shown.
    }
    return rows;
  } finally {
    closeSync(descriptor);
  }
}
