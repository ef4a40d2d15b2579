/** A small table of figures that is whole in the window: the twin of every chart, and the same rows as a file. */
import type { ReactNode } from 'react';
import type { CellKind } from '../../../shared/spreadsheet/cells.ts';
import { startTableFile, type TableFormat } from '../lib/export-file.ts';
import { downloadBlob, toTsv } from '../lib/export-text.ts';
import { copyText } from '../lib/copy-text.ts';

export interface FigureColumn<Row> {
  readonly id: string;
  readonly title: string;
  /** What {@link text} is in a spreadsheet; numbers are aligned to the end. */
  readonly kind: CellKind;
  readonly cell: (row: Row) => ReactNode;
  /** ISO dates, plain decimals, whole ids. */
  readonly text: (row: Row) => string;
  /** Only in files and copies, as the currency beside an amount. */
  readonly isOnlyInFiles?: boolean;
}

export interface FigureTableData<Row> {
  /** What the table is of, for screen readers. */
  readonly label: string;
  /** Without its ending. */
  readonly fileName: string;
  readonly columns: readonly FigureColumn<Row>[];
  readonly rows: readonly Row[];
  readonly rowId: (row: Row) => string;
  readonly isSum?: (row: Row) => boolean;
  readonly isOn?: (row: Row) => boolean;
}

function textRows<Row>({ columns, rows }: FigureTableData<Row>): string[][] {
  return rows.map((row) => columns.map((column) => column.text(row)));
}

/** The table as a CSV or XLSX file; ISO dates and plain decimals. */
export function downloadFigures<Row>(table: FigureTableData<Row>, format: TableFormat): void {
  const file = startTableFile(format, table.fileName, table.columns.map(({ title, kind }) => ({ title, kind })));
  file.rows(textRows(table));
  downloadBlob(`${table.fileName}.${format}`, file.finish());
}

/** The table on the clipboard, as spreadsheets take it. */
export function copyFigures<Row>(table: FigureTableData<Row>): Promise<void> {
  return copyText(toTsv([table.columns.map((column) => column.title), ...textRows(table)]), 'Table');
}

/** What a box of figures can be saved as. */
export function FigureFileButtons<Row>({ table }: { table: FigureTableData<Row> }) {
  return (
    <>
      <button type="button" className="text-button" aria-label={`CSV of ${table.label}`} onClick={() => downloadFigures(table, 'csv')}>CSV</button>
      <button type="button" className="text-button" aria-label={`XLSX of ${table.label}`} onClick={() => downloadFigures(table, 'xlsx')}>XLSX</button>
    </>
  );
}

export function FigureTable<Row>({ table, maximumHeight }: { table: FigureTableData<Row>; maximumHeight?: number }) {
  const { label, rows, rowId, isSum, isOn } = table;
  const columns = table.columns.filter((column) => !column.isOnlyInFiles);
  return (
    <div className="scroll-x" style={maximumHeight === undefined ? undefined : { maxHeight: maximumHeight, overflowY: 'auto' }} tabIndex={0} role="group" aria-label={label}>
      <table className="plain tight">
        <thead><tr>{columns.map((column) => <th key={column.id} scope="col" className={column.kind === 'number' ? 'num' : ''}>{column.title}</th>)}</tr></thead>
        <tbody>
          {rows.map((row) => (
            <tr key={rowId(row)} className={[isSum?.(row) ? 'sum' : '', isOn?.(row) ? 'on' : ''].filter(Boolean).join(' ')}>
              {columns.map((column, index) => (index === 0 ? <th key={column.id} scope="row">{column.cell(row)}</th> : <td key={column.id} className={column.kind === 'number' ? 'num' : ''}>{column.cell(row)}</td>))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
