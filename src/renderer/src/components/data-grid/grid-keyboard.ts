/** What a key means in a grid (ARIA grid pattern): row −1 is the header. */
export interface GridPosition {
  readonly row: number;
  readonly column: number;
}

export interface GridExtent {
  readonly rows: number;
  readonly columns: number;
  readonly page: number;
}

export type GridKeyAction = { readonly kind: 'move'; readonly to: GridPosition } | { readonly kind: 'open' } | { readonly kind: 'select'; readonly isRange: boolean } | { readonly kind: 'copy' } | { readonly kind: 'resize'; readonly byPx: number } | { readonly kind: 'type'; readonly key: string };

export interface GridKey {
  readonly key: string;
  readonly isControl: boolean;
  readonly isShift: boolean;
}

const clamp = (value: number, low: number, high: number) => Math.min(Math.max(value, low), high);

/** null: the key is not the grid's business. */
export function gridKeyAction({ key, isControl, isShift }: GridKey, at: GridPosition, extent: GridExtent): GridKeyAction | null {
  const move = (row: number, column: number): GridKeyAction => ({ kind: 'move', to: { row: clamp(row, -1, extent.rows - 1), column: clamp(column, 0, Math.max(0, extent.columns - 1)) } });
  const isHeader = at.row === -1;
  switch (key) {
    case 'ArrowDown': return move(at.row + 1, at.column);
    case 'ArrowUp': return move(at.row - 1, at.column);
    case 'ArrowLeft': return isHeader && isShift ? { kind: 'resize', byPx: -16 } : move(at.row, at.column - 1);
    case 'ArrowRight': return isHeader && isShift ? { kind: 'resize', byPx: 16 } : move(at.row, at.column + 1);
    case 'PageDown': return move(Math.max(0, at.row) + extent.page, at.column);
    case 'PageUp': return move(Math.max(0, at.row - extent.page), at.column);
    case 'Home': return isControl ? move(0, 0) : move(at.row, 0);
    case 'End': return isControl ? move(extent.rows - 1, extent.columns - 1) : move(at.row, extent.columns - 1);
    case 'Enter': return { kind: 'open' };
    case ' ': return isHeader ? { kind: 'open' } : { kind: 'select', isRange: isShift };
    case 'c': case 'C': return isControl ? { kind: 'copy' } : { kind: 'type', key };
    default: return !isControl && [...key].length === 1 ? { kind: 'type', key } : null;
  }
}
