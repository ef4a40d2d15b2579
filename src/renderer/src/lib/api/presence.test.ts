import { describe, expect, it } from 'vitest';
import { watchPresence } from './presence.ts';

describe('presence', () => {
  it('is told at the first sign of a person, then once a minute at most, and no more when it is ended', () => {
    const target = new EventTarget();
    let now = 0;
    const told: number[] = [];
    const end = watchPresence({ target, nowMs: () => now, send: () => Promise.resolve(told.push(now)) });
    expect(told).toEqual([]);
    for (const [atMs, sign] of [[1_000, 'keydown'], [2_000, 'pointerdown'], [60_999, 'wheel'], [61_000, 'wheel'], [62_000, 'mousemove'], [200_000, 'mousemove'], [201_000, 'touchstart']] as const) {
      now = atMs;
      target.dispatchEvent(new Event(sign));
    }
    end();
    now = 400_000;
    target.dispatchEvent(new Event('keydown'));
    expect(told).toEqual([1_000, 61_000, 201_000]);
  });

  it('that cannot be told does not disturb the page', async () => {
    const target = new EventTarget();
    watchPresence({ target, nowMs: () => 0, send: () => Promise.reject(new TypeError('Failed to fetch')) });
    target.dispatchEvent(new Event('keydown'));
    await new Promise((resolve) => setImmediate(resolve)); // an unhandled rejection would end the test run
  });
});
