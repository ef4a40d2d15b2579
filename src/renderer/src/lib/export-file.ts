/** Files that are made row by row: what is ready is handed to the browser, which keeps large ones on the disk, so that a page never holds the whole of one. */
import type { Cell, CellColumn } from '../../../shared/spreadsheet/cells.ts';
import { startWorkbook } from '../../../shared/spreadsheet/workbook.ts';
import { toCsv } from './export-text.ts';
import { startArchive } from './workbook-archive.ts';

export const tableFormats = ['csv', 'xlsx'] as const;
export type TableFormat = (typeof tableFormats)[number];

const most = 4 * 1024 * 1024;

/** Pieces of one file. */
export interface GrowingFile {
  add(piece: string | Uint8Array<ArrayBuffer>): void;
  /** The whole of it. */
  finish(): Blob;
}

export function startGrowingFile(type: string): GrowingFile {
  let ready: Blob[] = [];
  let pieces: BlobPart[] = [];
  let length = 0;
  const handOver = (): void => {
    if (pieces.length > 0) ready.push(new Blob(pieces));
    pieces = [];
    length = 0;
  };
  return {
    add(piece) {
      pieces.push(piece);
      length += piece.length;
      if (length >= most) handOver();
    },
    finish() {
      handOver();
      const whole = new Blob(ready, { type });
      ready = [];
      return whole;
    },
  };
}

export interface TableFile {
  rows(rows: readonly (readonly Cell[])[]): void;
  finish(): Blob;
}

const startTable: Readonly<Record<TableFormat, (name: string, columns: readonly CellColumn[]) => TableFile>> = {
  csv(_, columns) {
    const file = startGrowingFile('text/csv;charset=utf-8');
    file.add('\uFEFF'); // the mark tells spreadsheets that the text is UTF-8
    file.add(toCsv([columns.map((column) => column.title)]));
    return { rows: (rows) => file.add(toCsv(rows.map((row) => row.map((cell) => cell ?? '')))), finish: file.finish };
  },
  xlsx(name, columns) {
    const file = startGrowingFile('application/vnd.openxmlformats-officedocument.spreadsheetml.sheet');
    const archive = startArchive(Date.now(), file.add);
    const workbook = startWorkbook(archive, name, columns);
    return {
      rows: workbook.rows,
      finish() {
        workbook.end();
        archive.finish();
        return file.finish();
      },
    };
  },
};

/** @param name of the sheet, where the format has any. */
export function startTableFile(format: TableFormat, name: string, columns: readonly CellColumn[]): TableFile {
  return startTable[format](name, columns);
}
