import type { MouseEvent } from 'react';
import type { VirtualItem } from '@tanstack/react-virtual';
import type { GridPosition } from './grid-keyboard.ts';
import type { GridColumn } from './grid-types.ts';

export interface GridBodyProps<Row> {
  gridId: string;
  columns: readonly GridColumn<Row>[];
  /** px from the start of each column that stays in sight. */
  pinnedAt: ReadonlyMap<string, number>;
  items: readonly VirtualItem[];
  topOf: (start: number) => number;
  rowAt: (index: number) => Row | undefined;
  rowId: (row: Row) => string;
  heightPx: number;
  active: GridPosition;
  openId: string | null;
  /** null: this list has nothing to tick. */
  selected: ReadonlyMap<string, Row> | null;
  opens: boolean;
  onPress: (index: number, column: number, event: MouseEvent) => void;
  onTick: (index: number, row: Row, event: MouseEvent) => void;
}

export function cellId(gridId: string, { row, column }: GridPosition): string {
  return `${gridId}-${row}-${column}`;
}

/** The rows in sight. */
export function GridBody<Row>(props: GridBodyProps<Row>) {
  const { gridId, columns, pinnedAt, items, rowAt, rowId, active, openId, selected } = props;
  const hasPinned = pinnedAt.size > 0;
  return (
    <div className="grid-runway" role="rowgroup" style={{ height: props.heightPx }}>
      {items.map((item) => {
        const row = rowAt(item.index);
        const key = row === undefined ? null : rowId(row);
        const isTicked = key !== null && (selected?.has(key) ?? false);
        const classes = ['grid-row', 'grid-body-row', props.opens ? 'opens' : '', key !== null && key === openId ? 'open' : ''].filter(Boolean).join(' ');
        return (
          <div key={item.key} role="row" aria-rowindex={item.index + 2} {...(selected ? { 'aria-selected': isTicked } : {})} className={classes} style={{ transform: `translateY(${props.topOf(item.start)}px)` }}>
            {selected ? (
              <div role="gridcell" aria-colindex={1} className={`grid-cell grid-select${hasPinned ? ' pinned' : ''}`} {...(hasPinned ? { style: { left: 0 } } : {})} onClick={(event) => { if (row !== undefined) props.onTick(item.index, row, event); }}>
                <span className={`grid-check${isTicked ? ' on' : ''}`} aria-hidden="true" />
              </div>
            ) : null}
            {columns.map((column, index) => (
              <div
                key={column.id}
                id={cellId(gridId, { row: item.index, column: index })}
                role="gridcell"
                data-header={column.header}
                aria-colindex={index + (selected ? 2 : 1)}
                className={`grid-cell${column.align === 'end' ? ' end' : ''}${pinnedAt.has(column.id) ? ' pinned' : ''}${active.row === item.index && active.column === index ? ' active' : ''}`}
                {...(pinnedAt.has(column.id) ? { style: { left: pinnedAt.get(column.id) } } : {})}
                onClick={(event) => props.onPress(item.index, index, event)}
              >
                {row === undefined ? <span className="grid-wait" aria-label="Loading" role="img" /> : column.cell(row)}
              </div>
            ))}
          </div>
        );
      })}
    </div>
  );
}
