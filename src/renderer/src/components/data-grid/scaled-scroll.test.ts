import { describe, expect, it } from 'vitest';
import { clampOffset, isScaled, maximumOffset, maximumRangePx, offsetShowing, rangePx, toOffset, toScrollTop } from './scaled-scroll.ts';

const rowPx = 28;
const million = { contentPx: 1_000_000 * rowPx, viewportPx: 600 };
const short = { contentPx: 1_000 * rowPx, viewportPx: 600 };

describe('scaled scroll range', () => {
  it('leaves a list that fits as it is', () => {
    expect(isScaled(short.contentPx)).toBe(false);
    expect(rangePx(short.contentPx)).toBe(28_000);
    expect(toScrollTop(1234, short)).toBe(1234);
    expect(toOffset(1234, short)).toBe(1234);
  });

  it('keeps a million rows below the browser’s cap at device scale 2', () => {
    expect(rangePx(million.contentPx)).toBe(maximumRangePx);
    expect(maximumRangePx * 2).toBeLessThan(16_777_216);
  });

  it('reaches the last row at the end of the bar and the first at its start', () => {
    const endOfBar = maximumRangePx - million.viewportPx;
    expect(toOffset(endOfBar, million)).toBe(maximumOffset(million));
    expect(Math.floor((toOffset(endOfBar, million) + million.viewportPx - 1) / rowPx)).toBe(999_999);
    expect(toOffset(0, million)).toBe(0);
  });

  it.each([0, 28, 13_999_986, 27_999_400])('comes back to position %d', (offset) => {
    expect(toOffset(toScrollTop(offset, million), million)).toBeCloseTo(offset, 3);
  });

  it('never leaves the list', () => {
    expect(clampOffset(-5, million)).toBe(0);
    expect(clampOffset(Number.MAX_SAFE_INTEGER, million)).toBe(27_999_400);
    expect(clampOffset(100, { contentPx: 56, viewportPx: 600 })).toBe(0);
  });

  it('moves as little as a row needs to be seen', () => {
    expect(offsetShowing(0, rowPx, 280, short)).toBe(0);
    expect(offsetShowing(15, rowPx, 280, short)).toBe(280);
    expect(offsetShowing(40, rowPx, 280, short)).toBe(41 * rowPx - 600);
    expect(offsetShowing(999_999, rowPx, 0, million)).toBe(maximumOffset(million));
  });
});
