/** Rows as cells of text, for the clipboard and for files: ISO dates, plain decimals with their currency in a column of its own, whole ids. */
import type { CellColumn } from '../../../../shared/spreadsheet/cells.ts';
import type { GridColumn } from './grid-types.ts';

/** The heads, then the rows. */
export function gridText<Row>(columns: readonly GridColumn<Row>[], rows: readonly Row[]): string[][] {
  return [headText(columns), ...rows.map((row) => rowText(columns, row))];
}

export function headText<Row>(columns: readonly GridColumn<Row>[]): string[] {
  return columns.flatMap((column) => (column.currencyOf ? [column.header, `${column.header} currency`] : [column.header]));
}

export function rowText<Row>(columns: readonly GridColumn<Row>[], row: Row): string[] {
  return columns.flatMap((column) => (column.currencyOf ? [column.text(row), column.currencyOf(row)] : [column.text(row)]));
}

/** The same columns as a spreadsheet knows them. */
export function cellColumns<Row>(columns: readonly GridColumn<Row>[]): CellColumn[] {
  return columns.flatMap((column) => {
    const own = { title: column.header, kind: column.kind ?? (column.align === 'end' ? 'number' : 'text') };
    return column.currencyOf ? [own, { title: `${column.header} currency`, kind: 'text' as const }] : [own];
  });
}
