import { useQueryClient } from '@tanstack/react-query';
import { useRef } from 'react';
import type { GridSort } from './grid-types.ts';
import { pageQuery, pageRows, type GridSource } from './use-grid-rows.ts';

/** How far typing looks: a search box is the better way beyond it. */
const furthestPages = 25;

/** Finds the next row that fits, downwards from one and, in a list that is looked through whole, round from its start. A newer search ends an older one. */
export function useRowSearch<Row>(source: GridSource<Row>, sort: GridSort | undefined, total: number): (from: number, fits: (row: Row) => boolean) => Promise<number | null> {
  const cache = useQueryClient();
  const newest = useRef(0);
  return async (from, fits) => {
    newest.current += 1;
    const turn = newest.current;
    const pages = Math.ceil(total / pageRows);
    const first = Math.floor(from / pageRows);
    for (let step = 0; step < Math.min(pages + 1, furthestPages); step += 1) {
      const page = first + step;
      if (page >= pages && pages > furthestPages) return null;
      const number = page % pages;
      const { rows } = await cache.fetchQuery(pageQuery(source, sort, number));
      if (turn !== newest.current) return null;
      const start = step === 0 ? from - first * pageRows : 0;
      const index = rows.findIndex((row, at) => at >= start && fits(row));
      if (index >= 0) return number * pageRows + index;
    }
    return null;
  };
}
