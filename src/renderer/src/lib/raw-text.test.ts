import { describe, expect, it } from 'vitest';
import { findMatches, prettyJson } from './raw-text.ts';

describe('a raw object', () => {
  it('is laid out, and left alone when it is no JSON', () => {
    expect(prettyJson('{"a":[1,{"b":null}]}')).toBe('{\n  "a": [\n    1,\n    {\n      "b": null\n    }\n  ]\n}');
    expect(prettyJson('{"a":')).toBe('{"a":');
  });

  it('is searched without regard to case, and without overlaps', () => {
    expect(findMatches('Charge ch_1, charge ch_2', 'CHARGE')).toEqual({ places: [0, 13], total: 2 });
    expect(findMatches('aaaa', 'aa')).toEqual({ places: [0, 2], total: 2 });
    expect(findMatches('anything', '')).toEqual({ places: [], total: 0 });
  });

  it('marks the right place behind a letter whose lower case is longer', () => {
    const text = 'İstanbul Branch';
    const [place = -1] = findMatches(text, 'Branch').places;
    expect(text.slice(place, place + 6)).toBe('Branch');
  });

  it('marks the first five hundred and counts them all', () => {
    const { places, total } = findMatches('x '.repeat(800), 'x');
    expect([places.length, total]).toEqual([500, 800]);
  });
});
