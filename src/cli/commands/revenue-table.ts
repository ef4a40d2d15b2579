/** One table of figures for people and for programs: the same columns on the screen and as CSV. */
import { toCsv } from '../../main/documents/csv-export.ts';
import type { CellKind } from '../../shared/spreadsheet/cells.ts';
import { percentDecimal } from '../../shared/money/basis-points.ts';
import { mulDiv, toDecimalString } from '../../shared/money/money.ts';
import { moneyText, percentText, type HumanOutput } from '../output.ts';

export interface FigureColumn<Row> {
  readonly title: string;
  readonly kind: CellKind;
  /** For people. */
  readonly text: (row: Row) => string;
  /** For programs; null: an empty cell. */
  readonly value: (row: Row) => string | null;
}

export function textColumn<Row>(title: string, value: (row: Row) => string | null): FigureColumn<Row> {
  return { title, kind: 'text', text: (row) => value(row) ?? '', value };
}

export function countColumn<Row>(title: string, value: (row: Row) => number | null): FigureColumn<Row> {
  return { title, kind: 'number', text: (row) => value(row)?.toLocaleString('en-US') ?? 'n/a', value: (row) => value(row)?.toString() ?? null };
}

export function moneyColumn<Row>(title: string, value: (row: Row) => { amount: number | null; currency: string }): FigureColumn<Row> {
  return {
    title, kind: 'number',
    text(row) { const { amount, currency } = value(row); return amount === null ? 'n/a' : moneyText(amount, currency); },
    value(row) { const { amount, currency } = value(row); return amount === null ? null : toDecimalString(amount, currency); },
  };
}

/** Basis points: '12.3 %' for people, percent with two decimals for programs. */
export function ratioColumn<Row>(title: string, value: (row: Row) => number | null): FigureColumn<Row> {
  return { title, kind: 'number', text: (row) => percentText(value(row)), value(row) { const points = value(row); return points === null ? null : percentDecimal(points); } };
}

/** A ratio of two amounts, in basis points, for people: 13,416 → '1.34'. */
export const ratioText = (basisPoints: number): string => percentDecimal(mulDiv(basisPoints, 1, 100, 'half-away-from-zero'));

export function printTable<Row>(out: HumanOutput, rows: readonly Row[], columns: readonly FigureColumn<Row>[], isCsv: boolean): void {
  if (isCsv) out.line(toCsv(columns, rows).trimEnd());
  else out.table(rows, columns.map(({ title, kind, text }) => ({ title, align: kind === 'number' ? ('right' as const) : ('left' as const), text })));
}
