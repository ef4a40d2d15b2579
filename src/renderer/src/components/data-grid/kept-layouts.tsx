/** Column choices are kept for the person: recalled before the first list is drawn, kept a moment after they change. */
import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState, type ReactNode } from 'react';
import { useApi } from '../../lib/api/api-context.tsx';
import { useGridMemory } from './grid-memory.ts';
import type { GridLayout } from './grid-types.ts';

/** The frame does not wait longer for them: a list that is drawn before they come has its own columns. */
const patienceMs = 400;

/** A drag changes a width with each move: only where it rests it is kept. */
const restMs = 800;

const isPlain = (layout: GridLayout) => Object.keys(layout.sizing).length === 0 && layout.pinned.length === 0;

export function KeptLayouts({ children }: { children: ReactNode }) {
  const { client, queries } = useApi();
  const [isRecalled, setRecalled] = useState(false);
  const isLive = useRef(false);
  const grids = useQuery(queries.personal.grids.queryOptions({ input: {}, staleTime: Infinity }));
  const recallLayouts = useGridMemory((memory) => memory.recallLayouts);
  const { data } = grids;
  useEffect(() => {
    if (data && !isLive.current) recallLayouts(data.layouts);
    // Without them the lists have their own columns: no reason to hold the app back.
    if (data || grids.isError) { isLive.current = true; setRecalled(true); }
  }, [data, grids.isError, recallLayouts]);
  useEffect(() => {
    const patience = setTimeout(() => setRecalled(true), patienceMs);
    return () => clearTimeout(patience);
  }, []);
  useEffect(() => {
    const waiting = new Map<string, ReturnType<typeof setTimeout>>();
    const stop = useGridMemory.subscribe((memory, before) => {
      // What was recalled is kept already.
      if (!isLive.current) return;
      for (const [grid, layout] of memory.layouts) {
        const last = before.layouts.get(grid);
        // The first word of a grid that nobody arranged is not worth keeping.
        if (layout === last || (last === undefined && isPlain(layout)) || JSON.stringify(layout) === JSON.stringify(last)) continue;
        clearTimeout(waiting.get(grid));
        waiting.set(grid, setTimeout(() => {
          const kept = { visibility: { ...layout.visibility }, sizing: { ...layout.sizing }, pinned: [...layout.pinned] };
          // A layout that could not be kept costs nothing but the arranging; the status strip says when the backend is away.
          client.personal.keepLayout({ commandId: crypto.randomUUID(), grid, layout: kept }).catch(() => undefined);
        }, restMs));
      }
    });
    return () => { stop(); for (const timer of waiting.values()) clearTimeout(timer); };
  }, [client]);
  return isRecalled ? children : null;
}
