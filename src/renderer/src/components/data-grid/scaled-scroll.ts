/**
 * A scroll range for lists of any length. Chromium caps an element's height (33.5 M px, 16.7 M px at device scale 2): beyond `maximumRangePx` the range is
 * scaled, and a position in the list is no longer a position of the scroll bar. Row heights stay exact; only the bar's travel is compressed.
 */

/** Small enough for a device scale of 4. */
export const maximumRangePx = 6_000_000;

export interface ScrollGeometry {
  /** rows × row height. */
  readonly contentPx: number;
  /** The height rows are seen through. */
  readonly viewportPx: number;
}

/** The height the runway really gets. */
export function rangePx(contentPx: number): number {
  return Math.min(contentPx, maximumRangePx);
}

export function isScaled(contentPx: number): boolean {
  return contentPx > maximumRangePx;
}

export function maximumOffset({ contentPx, viewportPx }: ScrollGeometry): number {
  return Math.max(0, contentPx - viewportPx);
}

export function clampOffset(offset: number, geometry: ScrollGeometry): number {
  return Math.min(Math.max(0, offset), maximumOffset(geometry));
}

/** Where the scroll bar stands for a position in the list. */
export function toScrollTop(offset: number, geometry: ScrollGeometry): number {
  if (!isScaled(geometry.contentPx)) return offset;
  return (clampOffset(offset, geometry) / maximumOffset(geometry)) * (rangePx(geometry.contentPx) - geometry.viewportPx);
}

/** The position in the list for a place of the scroll bar; its end is exactly the list's end. */
export function toOffset(scrollTop: number, geometry: ScrollGeometry): number {
  if (!isScaled(geometry.contentPx)) return scrollTop;
  const travel = rangePx(geometry.contentPx) - geometry.viewportPx;
  return clampOffset((scrollTop / travel) * maximumOffset(geometry), geometry);
}

/** The offset that brings a row into sight with the least movement. */
export function offsetShowing(row: number, rowPx: number, offset: number, geometry: ScrollGeometry): number {
  const top = row * rowPx;
  const bottom = top + rowPx;
  if (top < offset) return clampOffset(top, geometry);
  if (bottom > offset + geometry.viewportPx) return clampOffset(bottom - geometry.viewportPx, geometry);
  return offset;
}
