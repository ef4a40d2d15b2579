/** Binds a list procedure of the contract to a grid. */
import type { QueryKey } from '@tanstack/react-query';
import type { GridPage, GridWindow } from '../components/data-grid/grid-types.ts';
import type { GridSource } from '../components/data-grid/use-grid-rows.ts';

interface ListInput<Column extends string, Filter> {
  startAt?: number | undefined;
  limit?: number | undefined;
  sort?: { column: Column; direction: 'ascending' | 'descending' } | undefined;
  filter?: Filter | undefined;
}

/**
 * `sortColumns` are the contract's: a sort that is not one of them is not sent. An empty filter is left out.
 */
export function gridSource<Row, Column extends string, Filter extends object>(
  key: QueryKey,
  call: (input: ListInput<Column, Filter>, options: { signal: AbortSignal }) => Promise<GridPage<Row>>,
  sortColumns: readonly Column[],
  filter: Filter,
): GridSource<Row> {
  return {
    queryKey: [...key, filter],
    fetchPage: ({ startAt, limit, sort }: GridWindow, signal: AbortSignal) => {
      const column = sortColumns.find((each) => each === sort?.column);
      return call({ startAt, limit, ...(Object.keys(filter).length > 0 ? { filter } : {}), ...(column && sort ? { sort: { column, direction: sort.direction } } : {}) }, { signal });
    },
  };
}
