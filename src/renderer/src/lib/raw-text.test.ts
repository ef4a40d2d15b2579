import fc from 'fast-check';
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

describe('a raw object set out', () => {
  it('reads as JSON.stringify would set it, for whatever it can keep', () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => {
      const text = JSON.stringify(value);
      fc.pre(!/[\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/.test(text) && text !== undefined);
      expect(prettyJson(text)).toBe(JSON.stringify(JSON.parse(text), null, 2));
    }));
  });

  it.each([
    ['a number no float holds', '{"amount":9007199254740993,"rate":0.10,"far":1e400}', '{\n  "amount": 9007199254740993,\n  "rate": 0.10,\n  "far": 1e400\n}'],
    ['a key that comes twice', '{"id":"a","id":"b"}', '{\n  "id": "a",\n  "id": "b"\n}'],
    ['a key that means something to JavaScript', '{"__proto__":{"x":1}}', '{\n  "__proto__": {\n    "x": 1\n  }\n}'],
    ['escapes as they are written', '{"name":"\\u0041\\"}, {\\\\"}', '{\n  "name": "\\u0041\\"}, {\\\\"\n}'],
    ['white space of its own', ' [ 1 ,\n\t2 ] ', '[\n  1,\n  2\n]'],
    ['nothing in brackets', '[ { } , [\n] ]', '[\n  {},\n  []\n]'],
    ['no JSON at all', '{"id":', '{"id":'],
  ])('keeps %s', (_, raw, pretty) => {
    expect(prettyJson(raw)).toBe(pretty);
  });

  it('shows letters that turn or hide others by their numbers', () => {
    expect(prettyJson('{"name":"Ada\u202egnp.exe\u200b\u0085\ufeff\u2066"}')).toBe('{\n  "name": "Ada\\u202egnp.exe\\u200b\\u0085\\ufeff\\u2066"\n}');
  });

  it('of any depth is set out in a text that is not much longer', () => {
    const levels = 100_000;
    const raw = `${'['.repeat(levels)}1${']'.repeat(levels)}`;
    expect(prettyJson(raw).length).toBeLessThan(raw.length * 100);
    expect(prettyJson(raw).replaceAll(/\s/g, '')).toBe(raw);
  });

  it('with a text of a megabyte is kept whole', () => {
    const raw = JSON.stringify({ note: 'x\\"'.repeat(300_000) });
    expect(prettyJson(raw)).toBe(`{\n  ${raw.slice(1, 7)}: ${raw.slice(8, -1)}\n}`);
  });
});
