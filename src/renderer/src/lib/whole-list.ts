/** A list that the backend answers whole, as a source of a grid: sorted and cut into windows here. */
import type { MoneyView } from '../../../shared/api/primitives.ts';
import type { QueryKey } from '@tanstack/react-query';
import type { GridWindow } from '../components/data-grid/grid-types.ts';
import type { GridSource } from '../components/data-grid/use-grid-rows.ts';

export interface WholeList<Row> {
  readonly queryKey: QueryKey;
  readonly fetchAll: (signal: AbortSignal) => Promise<readonly Row[]>;
  /** By the name of the sort: which of two rows comes first when ascending. */
  readonly orders: Readonly<Record<string, (a: Row, b: Row) => number>>;
  /** What the whole list sums to, per currency. */
  readonly sumsOf?: (rows: readonly Row[]) => readonly MoneyView[];
}

export function wholeListSource<Row>({ queryKey, fetchAll, orders, sumsOf }: WholeList<Row>): GridSource<Row> {
  return {
    queryKey,
    async fetchPage({ startAt, limit, sort }: GridWindow, signal: AbortSignal) {
      const rows = await fetchAll(signal);
      const order = sort ? orders[sort.column] : undefined;
      const sorted = order ? rows.toSorted((a, b) => (sort?.direction === 'descending' ? order(b, a) : order(a, b))) : rows;
      return { rows: sorted.slice(startAt, startAt + limit), total: rows.length, sums: sumsOf?.(rows) ?? [] };
    },
  };
}
