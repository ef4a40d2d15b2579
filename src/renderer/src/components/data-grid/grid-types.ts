import type { ReactNode } from 'react';
import type { MoneyView } from '../../../../shared/api/primitives.ts';
import type { CellKind } from '../../../../shared/spreadsheet/cells.ts';

export interface GridSort {
  readonly column: string;
  readonly direction: 'ascending' | 'descending';
}

/** What a grid asks the backend for: a window of rows by position. */
export interface GridWindow {
  readonly startAt: number;
  readonly limit: number;
  readonly sort?: GridSort;
}

export interface GridPage<Row> {
  readonly rows: readonly Row[];
  readonly total: number;
  readonly sums: readonly MoneyView[];
  readonly apart?: readonly GridApart[];
}

/** Rows of the list that its sums leave out: how many, what they are called, and what they sum to where that says something. */
export interface GridApart {
  readonly count: number;
  readonly noun: readonly [one: string, several: string];
  readonly sums?: readonly MoneyView[];
}

export interface GridColumn<Row> {
  readonly id: string;
  readonly header: string;
  /** Starting width in px; the column may be dragged wider. */
  readonly size: number;
  readonly minSize?: number;
  /** Takes its part of the room that is left. */
  readonly growth?: number;
  readonly align?: 'end';
  /** The contract's name of the sort, where the list can be sorted by this column. */
  readonly sortBy?: string;
  readonly isHiddenAtFirst?: boolean;
  /** Gives way when there is no room, as beside an open record; the highest first. */
  readonly yields?: number;
  readonly cell: (row: Row) => ReactNode;
  /** The cell as text for the clipboard: ISO dates, plain decimals, whole ids. */
  readonly text: (row: Row) => string;
  /** What {@link text} is in a spreadsheet; left out: a number where the column is aligned to the end, else text. */
  readonly kind?: CellKind;
  /** Of a column of amounts: what stands in the currency column beside it in copies and files. */
  readonly currencyOf?: (row: Row) => string;
}

/** What a person made of the columns. */
export interface GridLayout {
  readonly visibility: Readonly<Record<string, boolean>>;
  /** Widths in px of the columns that were dragged. */
  readonly sizing: Readonly<Record<string, number>>;
  /** The columns that stay in sight at the start, in this order. */
  readonly pinned: readonly string[];
}
