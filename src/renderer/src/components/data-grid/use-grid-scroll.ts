/** Joins the scaled scroll range with TanStack Virtual: the virtualizer counts in positions of the list, the element in places of its bar. */
import { useVirtualizer, type Virtualizer } from '@tanstack/react-virtual';
import { useCallback, useEffect, useRef, type RefObject } from 'react';
import { clampOffset, isScaled, offsetShowing, toOffset, toScrollTop, type ScrollGeometry } from './scaled-scroll.ts';

type GridVirtualizer = Virtualizer<HTMLDivElement, HTMLDivElement>;

export interface GridScroll {
  readonly virtualizer: GridVirtualizer;
  /** px from the runway's top for a row that starts at `start` in the list. */
  readonly topOf: (start: number) => number;
  readonly showRow: (row: number) => void;
  readonly offset: () => number;
  /** Whole rows that fit. */
  readonly rowsInSight: () => number;
}

const headerPx = 30;

export function useGridScroll(scroller: RefObject<HTMLDivElement | null>, count: number, rowPx: number, initialOffset: number): GridScroll {
  const position = useRef({ offset: initialOffset, scrollTop: 0 });
  const emit = useRef<((offset: number, isScrolling: boolean) => void) | null>(null);
  const contentPx = count * rowPx;
  const geometryRef = useRef<() => ScrollGeometry>(() => ({ contentPx: 0, viewportPx: 0 }));
  geometryRef.current = () => ({ contentPx, viewportPx: Math.max(0, (scroller.current?.clientHeight ?? 0) - headerPx) });

  const moveTo = useCallback((offset: number) => {
    const element = scroller.current;
    if (!element) return;
    const geometry = geometryRef.current();
    const target = clampOffset(offset, geometry);
    element.scrollTop = toScrollTop(target, geometry);
    position.current = { offset: target, scrollTop: element.scrollTop };
    emit.current?.(target, false);
  }, [scroller]);

  const virtualizer = useVirtualizer<HTMLDivElement, HTMLDivElement>({
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowPx,
    overscan: 8,
    initialOffset,
    scrollToFn: (offset) => moveTo(offset),
    observeElementRect: (instance, callback) => {
      const element = instance.scrollElement;
      if (!element) return undefined;
      const tell = () => callback({ width: element.clientWidth, height: Math.max(0, element.clientHeight - headerPx) });
      tell();
      const observer = new ResizeObserver(tell);
      observer.observe(element);
      return () => observer.disconnect();
    },
    observeElementOffset: (instance, callback) => {
      const element = instance.scrollElement;
      if (!element) return undefined;
      emit.current = callback;
      const onScroll = () => {
        // What was set by ourselves keeps its exact position; only a move of the bar is read back.
        if (Math.abs(element.scrollTop - position.current.scrollTop) < 1) return;
        position.current = { offset: toOffset(element.scrollTop, geometryRef.current()), scrollTop: element.scrollTop };
        callback(position.current.offset, true);
      };
      const onWheel = (event: WheelEvent) => {
        if (!isScaled(geometryRef.current().contentPx) || event.ctrlKey || event.deltaY === 0) return;
        event.preventDefault();
        const unit = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? rowPx : event.deltaMode === WheelEvent.DOM_DELTA_PAGE ? geometryRef.current().viewportPx : 1;
        moveTo(position.current.offset + event.deltaY * unit);
      };
      element.addEventListener('scroll', onScroll, { passive: true });
      element.addEventListener('wheel', onWheel, { passive: false });
      callback(position.current.offset, false);
      return () => {
        element.removeEventListener('scroll', onScroll);
        element.removeEventListener('wheel', onWheel);
        emit.current = null;
      };
    },
  });

  useEffect(() => { virtualizer.measure(); }, [rowPx, virtualizer]);

  // A place that is restored can only be gone to once the list has its length.
  const restored = useRef(initialOffset === 0);
  useEffect(() => {
    if (restored.current || count === 0) return;
    restored.current = true;
    moveTo(initialOffset);
  }, [count, initialOffset, moveTo]);

  return {
    virtualizer,
    topOf: (start) => (isScaled(contentPx) ? start - position.current.offset + position.current.scrollTop : start),
    showRow: (row) => {
      const next = offsetShowing(row, rowPx, position.current.offset, geometryRef.current());
      if (next !== position.current.offset) moveTo(next);
    },
    offset: () => position.current.offset,
    rowsInSight: () => Math.max(1, Math.floor(geometryRef.current().viewportPx / rowPx)),
  };
}
