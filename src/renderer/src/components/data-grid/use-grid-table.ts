/** The grid's columns as TanStack Table keeps them: which are shown, how wide, which are pinned; remembered per grid. */
import { columnPinningFeature, columnResizingFeature, columnSizingFeature, columnVisibilityFeature, tableFeatures, useTable, type ReactTable } from '@tanstack/react-table';
import { useEffect, useMemo } from 'react';
import { useGridMemory } from './grid-memory.ts';
import type { GridColumn, GridLayout } from './grid-types.ts';

export const gridFeatures = tableFeatures({ columnPinningFeature, columnSizingFeature, columnResizingFeature, columnVisibilityFeature });
export type GridFeatures = typeof gridFeatures;

/** Rows come from the backend by the window and never pass through the table: it keeps the columns. */
export type NoRow = Readonly<Record<string, never>>;
const noRows: NoRow[] = [];

export interface GridTable<Row> {
  readonly table: ReactTable<GridFeatures, NoRow>;
  /** Chosen and with room. */
  readonly shown: readonly GridColumn<Row>[];
  readonly chosen: readonly GridColumn<Row>[];
  /** px from the start for each pinned column that has room to stay. */
  readonly pinnedAt: ReadonlyMap<string, number>;
  readonly layout: GridLayout;
  readonly applyLayout: (layout: GridLayout) => void;
  /** CSS grid-template-columns, the tick column first. */
  readonly template: string;
  readonly widthPx: number;
}

const tickPx = 34;

/** Pinned columns never take more of the width than this. */
const pinnedShare = 0.6;

/** The columns that fit: those that yield go first, never the pinned ones. */
function fittingColumns<Row>(columns: readonly GridColumn<Row>[], isPinned: (column: GridColumn<Row>) => boolean, widthOf: (column: GridColumn<Row>) => number, roomPx: number): readonly GridColumn<Row>[] {
  let kept = columns;
  const needed = () => kept.reduce((sum, column) => sum + widthOf(column), 0);
  for (const candidate of columns.filter((column) => column.yields !== undefined && !isPinned(column)).toSorted((a, b) => (b.yields ?? 0) - (a.yields ?? 0))) {
    if (needed() <= roomPx) break;
    kept = kept.filter((column) => column !== candidate);
  }
  return kept;
}

export function useGridTable<Row>(id: string, columns: readonly GridColumn<Row>[], canSelect: boolean, roomPx: number): GridTable<Row> {
  const kept = useGridMemory.getState().layouts.get(id);
  const definitions = useMemo(() => columns.map((column) => ({
    id: column.id, header: column.header, size: column.size, minSize: column.minSize ?? 64, maxSize: 1200,
  })), [columns]);
  const hidden = useMemo(() => Object.fromEntries(columns.filter((column) => column.isHiddenAtFirst).map((column) => [column.id, false])), [columns]);
  const table = useTable<GridFeatures, NoRow>({
    features: gridFeatures,
    columns: definitions,
    data: noRows,
    columnResizeMode: 'onChange',
    initialState: { columnVisibility: { ...hidden, ...kept?.visibility }, columnSizing: { ...kept?.sizing }, columnPinning: { start: [...(kept?.pinned ?? [])], end: [] } },
  });
  const { columnVisibility, columnSizing, columnPinning } = table.state;
  const layout = useMemo<GridLayout>(() => ({ visibility: columnVisibility, sizing: columnSizing, pinned: columnPinning.start }), [columnVisibility, columnSizing, columnPinning]);
  const keepLayout = useGridMemory((memory) => memory.keepLayout);
  useEffect(() => { keepLayout(id, layout); }, [id, layout, keepLayout]);
  const pinnedPlace = (column: GridColumn<Row>) => { const place = layout.pinned.indexOf(column.id); return place === -1 ? layout.pinned.length : place; };
  const isPinned = (column: GridColumn<Row>) => layout.pinned.includes(column.id);
  const chosen = columns.filter((column) => columnVisibility[column.id] !== false).toSorted((a, b) => pinnedPlace(a) - pinnedPlace(b));
  const growthOf = (column: GridColumn<Row>) => (columnSizing[column.id] !== undefined || isPinned(column) ? 0 : column.growth ?? 0);
  const sizeOf = (column: GridColumn<Row>) => columnSizing[column.id] ?? (growthOf(column) > 0 ? column.minSize ?? 96 : column.size);
  const tick = canSelect ? tickPx : 0;
  const shown = roomPx > 0 ? fittingColumns(chosen, isPinned, sizeOf, roomPx - tick) : chosen;
  const pinnedAt = new Map<string, number>();
  let startPx = tick;
  for (const column of shown.filter(isPinned)) {
    if (startPx + sizeOf(column) > roomPx * pinnedShare) break;
    pinnedAt.set(column.id, startPx);
    startPx += sizeOf(column);
  }
  // Where no column that grows has room, the last takes what is left.
  const filler = shown.some((column) => growthOf(column) > 0) ? undefined : shown.findLast((column) => !isPinned(column));
  // Parts that together are less than one would leave room unused.
  const parts = shown.reduce((sum, column) => sum + growthOf(column), 0);
  const tracks = shown.map((column) => {
    const growth = column === filler ? 1 : growthOf(column) / Math.min(1, parts || 1);
    return growth > 0 ? `minmax(${sizeOf(column)}px, ${growth}fr)` : `${sizeOf(column)}px`;
  });
  return {
    table,
    shown,
    chosen,
    pinnedAt,
    layout,
    applyLayout: (wanted) => {
      table.setColumnVisibility({ ...hidden, ...wanted.visibility });
      table.setColumnSizing({ ...wanted.sizing });
      table.setColumnPinning({ start: [...wanted.pinned], end: [] });
    },
    template: [...(canSelect ? [`${tickPx}px`] : []), ...tracks].join(' '),
    widthPx: shown.reduce((sum, column) => sum + sizeOf(column), tick),
  };
}
