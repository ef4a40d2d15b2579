/** What keys and clicks do in a grid. */
import { useRef, type KeyboardEvent, type MouseEvent } from 'react';
import { copyText } from '../../lib/copy-text.ts';
import { toTsv } from '../../lib/export-text.ts';
import { cellId } from './grid-body.tsx';
import { gridText } from './grid-text.ts';
import { typeInto, type TypedText } from './grid-type-ahead.ts';
import { gridKeyAction, type GridKeyAction, type GridPosition } from './grid-keyboard.ts';
import type { GridColumn } from './grid-types.ts';
import type { GridRows } from './use-grid-rows.ts';
import type { GridSelection } from './use-grid-selection.ts';
import type { GridTable } from './use-grid-table.ts';

export interface GridActionsInput<Row> {
  readonly props: {
    readonly onOpen?: (row: Row, how: { replace: boolean }) => void;
    readonly openId?: string | null;
    readonly noun: readonly [string, string];
  };
  readonly gridId: string;
  readonly grid: GridTable<Row>;
  readonly rows: GridRows<Row>;
  readonly selection: GridSelection<Row>;
  readonly active: GridPosition;
  readonly setActive: (at: GridPosition) => void;
  /** Makes a cell the active one and brings it into sight. */
  readonly goTo: (to: GridPosition) => void;
  readonly sortBy: (column: GridColumn<Row>) => void;
  readonly canSelect: boolean;
  readonly inSight: readonly number[];
  readonly total: number;
  readonly pageRows: () => number;
  /** The next row that fits, from a place downwards. */
  readonly findRow: (from: number, fits: (row: Row) => boolean) => Promise<number | null>;
}

export interface GridActions<Row> {
  readonly copy: () => void;
  readonly onKeyDown: (event: KeyboardEvent) => void;
  readonly onPress: (index: number, column: number, event: MouseEvent) => void;
  readonly onTick: (index: number, row: Row, event: MouseEvent) => void;
}

export function useGridActions<Row>({ props, gridId, grid, rows, selection, active, setActive, goTo, sortBy, canSelect, inSight, total, pageRows, findRow }: GridActionsInput<Row>): GridActions<Row> {
  // A range runs from the row that was ticked last.
  const anchor = useRef(0);
  const rowsOf = (indexes: readonly number[]) => indexes.map((index) => rows.rowAt(index)).filter((row) => row !== undefined);

  const copy = () => {
    const chosen = selection.selected.size > 0 ? [...selection.selected.values()] : rowsOf(inSight);
    void copyText(toTsv(gridText(grid.shown, chosen)), `${chosen.length} ${chosen.length === 1 ? props.noun[0] : props.noun[1]}`);
  };
  const tick = (index: number, isRange: boolean) => {
    const row = rows.rowAt(index);
    if (!canSelect || row === undefined) return;
    if (!isRange) {
      anchor.current = index;
      selection.toggle(row);
      return;
    }
    const from = Math.min(anchor.current, index);
    selection.add(rowsOf(Array.from({ length: Math.abs(anchor.current - index) + 1 }, (_, each) => from + each)));
  };
  const open = (index: number) => {
    const row = rows.rowAt(index);
    if (row !== undefined) props.onOpen?.(row, { replace: (props.openId ?? null) !== null });
  };
  const resize = (column: GridColumn<Row>, byPx: number) => grid.table.setColumnSizing((before) => ({ ...before, [column.id]: Math.max(column.minSize ?? 64, (before[column.id] ?? column.size) + byPx) }));
  const activate = (column: GridColumn<Row> | undefined) => {
    if (active.row === -1) {
      if (column) sortBy(column);
      return;
    }
    const link = document.getElementById(cellId(gridId, active))?.querySelector<HTMLElement>('[data-cell-action]');
    if (link) link.click();
    else open(active.row);
  };
  const typed = useRef<TypedText>({ text: '', atMs: 0 });
  const typeAhead = async (key: string, column: GridColumn<Row> | undefined, nowMs: number) => {
    const next = typeInto(typed.current, key, nowMs, active.row);
    typed.current = next.typed;
    if (!column || total === 0) return;
    const found = await findRow(next.from >= total ? 0 : next.from, (row) => column.text(row).toLowerCase().startsWith(next.typed.text)).catch(() => null);
    if (found !== null) goTo({ row: found, column: active.column });
  };
  const act = (action: GridKeyAction, nowMs: number) => {
    const column = grid.shown[active.column];
    switch (action.kind) {
      case 'move': return goTo(action.to);
      case 'copy': return copy();
      case 'resize': return column ? resize(column, action.byPx) : undefined;
      case 'select': return tick(active.row, action.isRange);
      case 'open': return activate(column);
      case 'type': return void typeAhead(action.key, column, nowMs);
    }
  };
  return {
    copy,
    onKeyDown: (event) => {
      if (event.altKey) return;
      const action = gridKeyAction({ key: event.key, isControl: event.ctrlKey || event.metaKey, isShift: event.shiftKey }, active, { rows: total, columns: grid.shown.length, page: pageRows() });
      if (!action) return;
      event.preventDefault();
      act(action, event.timeStamp);
    },
    onPress: (index, column, event) => {
      setActive({ row: index, column });
      if (event.shiftKey || event.ctrlKey || event.metaKey) tick(index, event.shiftKey);
      // Marking text in a cell is no wish to open it.
      else if (window.getSelection()?.isCollapsed !== false) open(index);
    },
    onTick: (index, _row, event) => {
      tick(index, event.shiftKey);
      setActive({ row: index, column: active.column });
    },
  };
}
