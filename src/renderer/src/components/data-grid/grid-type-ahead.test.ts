import { describe, expect, it } from 'vitest';
import { typeInto, type TypedText } from './grid-type-ahead.ts';

const nothing: TypedText = { text: '', atMs: 0 };
/** Keys with the time each came at, all at row 4. */
const type = (...keys: readonly (readonly [string, number])[]) => keys.reduce((so, [key, atMs]) => typeInto(so.typed, key, atMs, 4), { typed: nothing, from: -1 });

describe('typing in a grid', () => {
  it('looks below the active row for the first letter', () => {
    expect(type(['K', 1000])).toEqual({ typed: { text: 'k', atMs: 1000 }, from: 5 });
  });
  it('adds what comes soon, from the row that already fits', () => {
    expect(type(['k', 1000], ['e', 1200])).toEqual({ typed: { text: 'ke', atMs: 1200 }, from: 4 });
  });
  it('begins anew after a pause', () => {
    expect(type(['k', 1000], ['e', 3000])).toEqual({ typed: { text: 'e', atMs: 3000 }, from: 5 });
  });
  it('walks through what begins with a letter that is pressed again', () => {
    expect(type(['k', 1000], ['k', 1200])).toEqual({ typed: { text: 'k', atMs: 1200 }, from: 5 });
  });
});
