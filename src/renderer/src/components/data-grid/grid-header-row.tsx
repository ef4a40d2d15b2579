import type { MouseEvent } from 'react';
import type { GridColumn, GridSort } from './grid-types.ts';
import type { GridTable } from './use-grid-table.ts';

export interface GridHeaderRowProps<Row> {
  gridId: string;
  columns: GridTable<Row>;
  canSelect: boolean;
  sort: GridSort | undefined;
  activeColumn: number | null;
  onSort: (column: GridColumn<Row>) => void;
}

export function headerCellId(gridId: string, column: number): string {
  return `${gridId}-head-${column}`;
}

/** The column heads: a click or Enter sorts, a drag or Shift and the arrow keys resize. */
export function GridHeaderRow<Row>({ gridId, columns, canSelect, sort, activeColumn, onSort }: GridHeaderRowProps<Row>) {
  const { table, shown, pinnedAt } = columns;
  const hasPinned = pinnedAt.size > 0;
  const headers = new Map(table.getFlatHeaders().map((header) => [header.column.id, header]));

  /** Before the first drag the columns share what room there is: their widths of the moment become the ones to drag from. */
  const fixWidths = (event: MouseEvent) => {
    const row = event.currentTarget.closest('[role="row"]');
    if (!row) return;
    const sizing: Record<string, number> = {};
    for (const cell of row.querySelectorAll<HTMLElement>('[data-column]')) sizing[cell.dataset['column'] ?? ''] = Math.round(cell.getBoundingClientRect().width);
    table.setColumnSizing(sizing);
  };

  return (
    <div className="grid-head" role="rowgroup">
      <div className="grid-row" role="row" aria-rowindex={1}>
        {canSelect ? <div role="columnheader" aria-colindex={1} className={`grid-select${hasPinned ? ' pinned' : ''}`} {...(hasPinned ? { style: { left: 0 } } : {})}><span className="visually-hidden">Selected</span></div> : null}
        {shown.map((column, index) => {
          const header = headers.get(column.id);
          const isSorted = sort !== undefined && sort.column === column.sortBy;
          return (
            <div
              key={column.id}
              id={headerCellId(gridId, index)}
              data-column={column.id}
              role="columnheader"
              aria-colindex={index + (canSelect ? 2 : 1)}
              {...(pinnedAt.has(column.id) ? { style: { left: pinnedAt.get(column.id) } } : {})}
              {...(column.sortBy ? { 'aria-sort': isSorted ? sort.direction : 'none', onClick: () => onSort(column) } : {})}
              className={`grid-header${column.sortBy ? ' sortable' : ''}${column.align === 'end' ? ' end' : ''}${pinnedAt.has(column.id) ? ' pinned' : ''}${activeColumn === index ? ' active' : ''}`}
            >
              <span className="clip">{column.header}</span>
              {isSorted ? <span aria-hidden="true">{sort.direction === 'ascending' ? '↑' : '↓'}</span> : null}
              {header ? (
                <span
                  className="grid-resize"
                  aria-hidden="true"
                  onClick={(event) => event.stopPropagation()}
                  onDoubleClick={() => header.column.resetSize()}
                  onMouseDown={(event) => { fixWidths(event); header.getResizeHandler()(event); }}
                  onTouchStart={header.getResizeHandler()}
                />
              ) : null}
            </div>
          );
        })}
      </div>
    </div>
  );
}
