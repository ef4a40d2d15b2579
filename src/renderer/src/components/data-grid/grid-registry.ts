/** The grid on the screen, for what stands beside it: a panel steps to its neighbours and gives the focus back. */
export interface GridHandle {
  /** Opens the row after or before the open one; 0: the one the cursor is on. */
  readonly step: (delta: 1 | 0 | -1) => void;
  readonly focus: () => void;
}

let current: GridHandle | null = null;
let wanted: { readonly grid: string; readonly untilMs: number } | null = null;

/** How long a new list may take to be drawn and still get the focus that was meant for it. */
const patienceMs = 2000;

/** Another filter is another list: what was chosen from the old one gives the focus to the new one. */
export function focusWhenDrawn(grid: string): void {
  wanted = { grid, untilMs: performance.now() + patienceMs };
}

/** Whether this list, just drawn, was meant to get the focus; says so once. */
export function takesFocus(grid: string): boolean {
  const isMeant = wanted !== null && wanted.grid === grid && performance.now() < wanted.untilMs;
  wanted = null;
  return isMeant;
}

/** Returns what takes it away again. */
export function registerGrid(handle: GridHandle): () => void {
  current = handle;
  return () => { if (current === handle) current = null; };
}

export function stepGrid(delta: 1 | 0 | -1): void {
  current?.step(delta);
}

export function focusGrid(): void {
  current?.focus();
}
