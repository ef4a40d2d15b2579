/** What a grid was like when it was left: Back restores scroll, the active cell and the selection. Column choices are a person’s own and outlive the window. */
import { create } from 'zustand';
import type { GridLayout } from './grid-types.ts';

export interface GridPlace {
  readonly offset: number;
  readonly activeRow: number;
  readonly activeColumn: number;
  readonly selected: ReadonlyMap<string, unknown>;
}

interface GridMemory {
  readonly places: ReadonlyMap<string, GridPlace>;
  readonly layouts: ReadonlyMap<string, GridLayout>;
  readonly keepPlace: (key: string, place: GridPlace) => void;
  readonly keepLayout: (gridId: string, layout: GridLayout) => void;
  /** What was kept before this window was opened. */
  readonly recallLayouts: (layouts: Readonly<Record<string, GridLayout>>) => void;
}

const keptPlaces = 60;

export const useGridMemory = create<GridMemory>()((set) => ({
  places: new Map(),
  layouts: new Map(),
  keepPlace: (key, place) => set((memory) => {
    const places = new Map(memory.places);
    places.delete(key);
    places.set(key, place);
    const oldest = places.keys().next().value;
    if (places.size > keptPlaces && oldest !== undefined) places.delete(oldest);
    return { places };
  }),
  keepLayout: (gridId, layout) => set((memory) => ({ layouts: new Map(memory.layouts).set(gridId, layout) })),
  recallLayouts: (layouts) => set((memory) => ({ layouts: new Map([...Object.entries(layouts), ...memory.layouts]) })),
}));
