/** Rows by the page: only the pages in sight are asked for; TanStack Query keeps those seen a moment ago. */
import { useDebouncedValue } from '@mantine/hooks';
import { useQueries, type QueryKey } from '@tanstack/react-query';
import { useRef } from 'react';
import type { MoneyView } from '../../../../shared/api/primitives.ts';
import type { GridApart, GridPage, GridSort, GridWindow } from './grid-types.ts';

export const pageRows = 200;

export interface GridRows<Row> {
  readonly rowAt: (index: number) => Row | undefined;
  readonly total: number;
  readonly sums: readonly MoneyView[];
  readonly apart: readonly GridApart[];
  readonly isFirstLoading: boolean;
  readonly error: unknown;
  readonly retry: () => void;
}

export interface GridSource<Row> {
  /** The procedure's key with the filter: what invalidation and memory go by. */
  readonly queryKey: QueryKey;
  readonly fetchPage: (window: GridWindow, signal: AbortSignal) => Promise<GridPage<Row>>;
}

/** One page of a list: the same for what is in sight, what is looked through and what is stepped to. */
export function pageQuery<Row>(source: GridSource<Row>, sort: GridSort | undefined, page: number) {
  return {
    queryKey: [...source.queryKey, { page, sort: sort ? `${sort.column}:${sort.direction}` : null }],
    queryFn: ({ signal }: { signal: AbortSignal }) => source.fetchPage({ startAt: page * pageRows, limit: pageRows, ...(sort ? { sort } : {}) }, signal),
    staleTime: 30_000,
    gcTime: 120_000,
  };
}

/** The rows around `first`…`last` (positions in the whole list). */
export function useGridRows<Row>(source: GridSource<Row>, sort: GridSort | undefined, first: number, last: number): GridRows<Row> {
  // A drag over a million rows passes hundreds of pages: only where it slows down they are asked for.
  const [range] = useDebouncedValue(`${Math.floor(first / pageRows)}-${Math.floor(last / pageRows)}`, 50, { leading: true });
  const [from = 0, to = 0] = range.split('-').map(Number);
  const pages = Array.from({ length: Math.min(to - from, 4) + 1 }, (_, index) => from + index);
  const results = useQueries({
    queries: pages.map((page) => pageQuery(source, sort, page)),
  });
  const known = useRef<Pick<GridRows<Row>, 'total' | 'sums' | 'apart'> | null>(null);
  const newest = results.find((result) => result.data)?.data;
  if (newest) known.current = { total: newest.total, sums: newest.sums, apart: newest.apart ?? [] };
  const failed = results.find((result) => result.isError && !result.data);
  return {
    rowAt: (index) => results[Math.floor(index / pageRows) - from]?.data?.rows[index % pageRows],
    total: known.current?.total ?? 0,
    sums: known.current?.sums ?? [],
    apart: known.current?.apart ?? [],
    isFirstLoading: known.current === null && results.some((result) => result.isPending),
    error: failed?.error ?? null,
    retry: () => { for (const result of results) if (result.isError) void result.refetch(); },
  };
}
