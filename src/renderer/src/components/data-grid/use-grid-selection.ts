import { useCallback, useState } from 'react';
import type { MoneyView } from '../../../../shared/api/primitives.ts';

export interface GridSelection<Row> {
  readonly selected: ReadonlyMap<string, Row>;
  readonly toggle: (row: Row) => void;
  readonly add: (rows: readonly Row[]) => void;
  readonly clear: () => void;
}

/** The rows ticked, kept whole so that their sums stay known when they are scrolled away. */
export function useGridSelection<Row>(rowId: (row: Row) => string, initial: ReadonlyMap<string, Row>): GridSelection<Row> {
  const [selected, setSelected] = useState<ReadonlyMap<string, Row>>(initial);
  const toggle = useCallback((row: Row) => setSelected((before) => {
    const next = new Map(before);
    if (!next.delete(rowId(row))) next.set(rowId(row), row);
    return next;
  }), [rowId]);
  const add = useCallback((rows: readonly Row[]) => setSelected((before) => {
    const next = new Map(before);
    for (const row of rows) next.set(rowId(row), row);
    return next;
  }), [rowId]);
  const clear = useCallback(() => setSelected(new Map()), []);
  return { selected, toggle, add, clear };
}

/** One sum per currency, in order of appearance. */
export function sumByCurrency(amounts: readonly MoneyView[]): MoneyView[] {
  const sums = new Map<string, number>();
  for (const { amount, currency } of amounts) sums.set(currency, (sums.get(currency) ?? 0) + amount);
  return [...sums].map(([currency, amount]) => ({ amount, currency }));
}
