/** Where a grid stands: its width, the record that is open over it, the step to its neighbour, and the place kept for Back. */
import { useEffect, useLayoutEffect, useRef, useState, type RefObject } from 'react';
import type { GridPosition } from './grid-keyboard.ts';
import { useGridMemory, type GridPlace } from './grid-memory.ts';

/** The element’s inner width as it changes; 0 until known. */
export function useWidth(element: RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const target = element.current;
    if (!target) return undefined;
    const tell = () => setWidth(target.clientWidth);
    tell();
    const observer = new ResizeObserver(tell);
    observer.observe(target);
    return () => observer.disconnect();
  }, [element]);
  return width;
}

/** Where the open record stands in the list: found among the rows in sight, else where it was last. */
export function useOpenIndex<Row>(openId: string | null, activeRow: number, rowAt: (index: number) => Row | undefined, rowId: (row: Row) => string, inSight: readonly number[]): number {
  const last = useRef(activeRow);
  const found = openId === null ? undefined : inSight.find((index) => { const row = rowAt(index); return row !== undefined && rowId(row) === openId; });
  last.current = found ?? (openId === null ? activeRow : last.current);
  return last.current;
}

interface SteppingInput<Row> {
  onOpen: ((row: Row, how: { replace: boolean }) => void) | undefined;
  rows: { rowAt: (index: number) => Row | undefined };
  openIndex: number;
  total: number;
  goTo: (to: GridPosition) => void;
}

/** Opens the neighbour of the open record; one whose page is not here yet is opened as soon as it comes. */
export function useStepping<Row>({ onOpen, rows, openIndex, total, goTo }: SteppingInput<Row>): (delta: 1 | 0 | -1) => void {
  const awaited = useRef<number | null>(null);
  // Two quick presses are two steps, even before the first one is drawn.
  const target = useRef<number | null>(null);
  useEffect(() => { target.current = null; }, [openIndex]);
  const awaitedRow = awaited.current === null ? undefined : rows.rowAt(awaited.current);
  useEffect(() => {
    if (awaitedRow === undefined) return;
    awaited.current = null;
    onOpen?.(awaitedRow, { replace: true });
  }, [awaitedRow, onOpen]);
  return (delta) => {
    const next = (target.current ?? openIndex) + delta;
    if (next < 0 || next >= total) return;
    target.current = next;
    goTo({ row: next, column: 0 });
    const row = rows.rowAt(next);
    awaited.current = row === undefined ? next : null;
    // The first one that is opened is a step of its own: Back closes it again, and does not leave the list.
    if (row !== undefined) onOpen?.(row, { replace: delta !== 0 });
  };
}

/** Where a row is wider than the grid the active column is brought into sight, clear of the pinned ones. */
export function useColumnInSight(scroller: RefObject<HTMLElement | null>, active: GridPosition, gridId: string): void {
  useEffect(() => {
    const element = scroller.current;
    const cell = document.getElementById(active.row === -1 ? `${gridId}-head-${active.column}` : `${gridId}-${active.row}-${active.column}`);
    if (!element || !cell || cell.classList.contains('pinned') || element.scrollWidth <= element.clientWidth) return;
    const frame = element.getBoundingClientRect();
    const place = cell.getBoundingClientRect();
    const covered = [...element.querySelectorAll('.grid-head .pinned')].reduce((end, head) => Math.max(end, head.getBoundingClientRect().right), frame.left);
    if (place.left < covered) element.scrollLeft -= covered - place.left;
    else if (place.right > frame.left + element.clientWidth) element.scrollLeft += Math.min(place.right - frame.left - element.clientWidth, place.left - covered);
  }, [scroller, active.row, active.column, gridId]);
}

/** Keeps the place when the grid is left. */
export function useKeptPlace(key: string, read: () => GridPlace): void {
  const latest = useRef(read);
  latest.current = read;
  useEffect(() => () => useGridMemory.getState().keepPlace(key, latest.current()), [key]);
}
