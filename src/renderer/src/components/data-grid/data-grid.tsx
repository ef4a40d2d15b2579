/**
 * The one table of the house: windowed over the contract's `startAt/limit/sort/filter`, a million rows reachable to the last, sorted, resized, selected with
 * sums per currency, copied as TSV and exported as CSV, with views a person keeps, driven wholly by keyboard (ARIA grid with an active descendant).
 */
import { useEffect, useId, useLayoutEffect, useRef, useState, type CSSProperties, type ReactNode } from 'react';
import { useSearchParams } from 'react-router';
import type { MoneyView } from '../../../../shared/api/primitives.ts';
import { usePreferences } from '../../lib/preferences.tsx';
import { EmptyState } from '../empty-state.tsx';
import { ErrorNotice } from '../error-notice.tsx';
import { cellId, GridBody } from './grid-body.tsx';
import { GridFooter } from './grid-footer.tsx';
import { GridHeaderRow, headerCellId } from './grid-header-row.tsx';
import type { GridPosition } from './grid-keyboard.ts';
import { useGridMemory } from './grid-memory.ts';
import { registerGrid, takesFocus } from './grid-registry.ts';
import type { GridColumn, GridSort } from './grid-types.ts';
import { GridViews } from './grid-views.tsx';
import { rangePx } from './scaled-scroll.ts';
import { useGridActions } from './use-grid-actions.ts';
import { useColumnInSight, useKeptPlace, useOpenIndex, useStepping, useWidth } from './use-grid-place.ts';
import { useGridRows, type GridSource } from './use-grid-rows.ts';
import { useGridExport } from './use-grid-export.ts';
import { useGridScroll } from './use-grid-scroll.ts';
import { sumByCurrency, useGridSelection } from './use-grid-selection.ts';
import { useGridTable } from './use-grid-table.ts';
import { useRowSearch } from './use-row-search.ts';

export interface DataGridProps<Row> {
  /** Stable name: column choices and the place in the list are remembered by it. */
  id: string;
  label: string;
  columns: readonly GridColumn<Row>[];
  source: GridSource<Row>;
  rowId: (row: Row) => string;
  /** One and many: ['invoice', 'invoices']. */
  noun: readonly [string, string];
  defaultSort?: GridSort;
  openId?: string | null;
  onOpen?: (row: Row, how: { replace: boolean }) => void;
  /** Makes rows selectable; their amounts are summed in the footer. null: selectable without a sum. */
  amountOf?: ((row: Row) => MoneyView | null) | null;
  selectionActions?: (rows: readonly Row[], clear: () => void) => ReactNode;
  /** Told what is ticked, whenever the list is drawn: for keys that act on it. */
  onSelection?: (rows: readonly Row[], clear: () => void) => void;
  /** What the file of an export is called, without its ending; the grid's own name unless said. */
  fileName?: string;
  empty?: ReactNode;
}

const rowHeights = { compact: 28, comfortable: 36 } as const;

function parseSort(text: string | null): GridSort | undefined {
  const [column, direction] = (text ?? '').split(':');
  return column && (direction === 'ascending' || direction === 'descending') ? { column, direction } : undefined;
}

/** A grid for a filter; another filter is another list with its own place. */
export function DataGrid<Row>(props: DataGridProps<Row>) {
  const signature = JSON.stringify(props.source.queryKey);
  return <GridOfFilter key={signature} {...props} signature={signature} />;
}

/** The sort in the address, or the list's own. */
function useGridSort<Row>(columns: readonly GridColumn<Row>[], defaultSort: GridSort | undefined): [GridSort | undefined, (column: GridColumn<Row>) => void] {
  const [parameters, setParameters] = useSearchParams();
  const asked = parseSort(parameters.get('sort'));
  const sort = asked && columns.some((column) => column.sortBy === asked.column) ? asked : defaultSort;
  const sortBy = (column: GridColumn<Row>) => {
    if (!column.sortBy) return;
    const isAscending = sort?.column === column.sortBy && sort.direction === 'ascending';
    const next = `${column.sortBy}:${isAscending ? 'descending' : 'ascending'}`;
    setParameters((before) => { const after = new URLSearchParams(before); after.set('sort', next); return after; }, { replace: true });
  };
  return [sort, sortBy];
}

function GridOfFilter<Row>(props: DataGridProps<Row> & { signature: string }) {
  const { columns, rowId, openId = null, amountOf } = props;
  const canSelect = amountOf !== undefined;
  const gridId = useId();
  const { density } = usePreferences();
  const rowPx = rowHeights[density];
  const [sort, sortBy] = useGridSort(columns, props.defaultSort);
  const placeKey = `${props.id}|${props.signature}|${sort?.column ?? ''}:${sort?.direction ?? ''}`;
  const [place] = useState(() => useGridMemory.getState().places.get(placeKey));
  const [active, setActive] = useState<GridPosition>({ row: place?.activeRow ?? 0, column: place?.activeColumn ?? 0 });
  const selection = useGridSelection<Row>(rowId, (place?.selected ?? new Map()) as ReadonlyMap<string, Row>);
  const scroller = useRef<HTMLDivElement>(null);
  const [total, setTotal] = useState(0);
  const scroll = useGridScroll(scroller, total, rowPx, place?.offset ?? 0);
  const items = scroll.virtualizer.getVirtualItems();
  const firstKnown = Math.floor((place?.offset ?? 0) / rowPx);
  const rows = useGridRows(props.source, sort, items[0]?.index ?? firstKnown, items.at(-1)?.index ?? firstKnown);
  if (rows.total !== total) setTotal(rows.total);
  const grid = useGridTable(props.id, columns, canSelect, useWidth(scroller));
  const openIndex = useOpenIndex(openId, active.row, rows.rowAt, rowId, items.map((item) => item.index));

  const goTo = (to: GridPosition) => { setActive(to); if (to.row >= 0) scroll.showRow(to.row); };
  const stepping = useStepping({ onOpen: props.onOpen, rows, openIndex, total, goTo });
  // As early as the panel beside it listens: its first J or K finds the list as it is drawn.
  useLayoutEffect(() => registerGrid({ step: stepping, focus: () => scroller.current?.focus({ preventScroll: true }) }));
  useEffect(() => { if (takesFocus(props.id)) scroller.current?.focus({ preventScroll: true }); }, [props.id]);
  useKeptPlace(placeKey, () => ({ offset: scroll.offset(), activeRow: active.row, activeColumn: active.column, selected: selection.selected }));

  const findRow = useRowSearch(props.source, sort, total);
  const actions = useGridActions({ props, gridId, grid, rows, selection, active, setActive, goTo, sortBy, canSelect, inSight: items.map((item) => item.index), total, pageRows: scroll.rowsInSight, findRow });
  useColumnInSight(scroller, active, gridId);
  const isEmpty = total === 0 && !rows.isFirstLoading && rows.error === null;
  const hasNoRow = isEmpty || (total === 0 && rows.error !== null);
  const isActiveShown = active.row === -1 || items.some((item) => item.index === active.row);
  const chosen = [...selection.selected.values()];
  const { onSelection } = props;
  useLayoutEffect(() => onSelection?.(chosen, selection.clear));
  const exporting = useGridExport({ fileName: props.fileName ?? props.id, columns: grid.chosen, source: props.source, sort, selected: chosen });
  return (
    <div className="grid-shell">
      <div
        ref={scroller}
        className="grid"
        role="grid"
        tabIndex={0}
        aria-label={props.label}
        aria-rowcount={total + 1}
        aria-busy={rows.isFirstLoading}
        aria-colcount={grid.shown.length + (canSelect ? 1 : 0)}
        {...(canSelect ? { 'aria-multiselectable': true } : {})}
        {...(isActiveShown && total > 0 ? { 'aria-activedescendant': active.row === -1 ? headerCellId(gridId, active.column) : cellId(gridId, active) } : {})}
        onKeyDown={(event) => { if (event.target === scroller.current) actions.onKeyDown(event); }}
        style={{ '--grid-columns': grid.template, '--grid-width': `${grid.widthPx}px`, '--row': `${rowPx}px`, ...(hasNoRow ? { flex: 'none', minHeight: 0 } : {}) } as CSSProperties}
      >
        <GridHeaderRow gridId={gridId} columns={grid} canSelect={canSelect} sort={sort} activeColumn={active.row === -1 ? active.column : null} onSort={sortBy} />
        {total > 0 ? (
          <GridBody
            gridId={gridId} columns={grid.shown} pinnedAt={grid.pinnedAt} items={items} topOf={scroll.topOf} rowAt={rows.rowAt} rowId={rowId} heightPx={rangePx(total * rowPx)} active={active} openId={openId}
            selected={canSelect ? selection.selected : null} opens={props.onOpen !== undefined} onPress={actions.onPress} onTick={actions.onTick}
          />
        ) : null}
      </div>
      {rows.error === null ? null : <div {...(hasNoRow ? { className: 'grow' } : {})} style={{ padding: 16 }}><ErrorNotice error={rows.error} onRetry={rows.retry} /></div>}
      {isEmpty ? <div className="grow">{props.empty ?? <EmptyState title="Nothing here">No row fits this filter.</EmptyState>}</div> : null}
      <GridFooter
        total={total} isReading={total === 0 && rows.isFirstLoading} hasFailed={hasNoRow && !isEmpty} sums={rows.sums} apart={rows.apart} noun={props.noun} selectedCount={chosen.length} selectedSums={amountOf ? sumByCurrency(chosen.flatMap((row) => amountOf(row) ?? [])) : null}
        selectionActions={chosen.length > 0 ? props.selectionActions?.(chosen, selection.clear) : null} onClearSelection={selection.clear} onCopy={actions.copy} exporting={exporting}
        columns={columns.map((column) => ({
          id: column.id, header: column.header, isShown: grid.chosen.includes(column), toggle: () => grid.table.getColumn(column.id)?.toggleVisibility(),
          isPinned: grid.layout.pinned.includes(column.id), pin: () => grid.table.getColumn(column.id)?.pin(grid.layout.pinned.includes(column.id) ? false : 'start'),
        }))}
        views={<GridViews grid={props.id} layout={grid.layout} onLayout={grid.applyLayout} />}
      />
    </div>
  );
}
