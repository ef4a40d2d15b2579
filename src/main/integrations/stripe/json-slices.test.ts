import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sliceListPage } from './json-slices.ts';

describe('a list page', () => {
  it('is cut into the texts of its elements', () => {
    const text = '{ "object": "list",\n "data": [ {"id": "a]}\\"", "n": 1.10} , {"id":"b","deep":[{"x":"{["}]} ], "has_more" : true , "url": "/v1/x" }';
    expect(sliceListPage(text)).toEqual({ elements: ['{"id": "a]}\\"", "n": 1.10}', '{"id":"b","deep":[{"x":"{["}]}'], hasMore: true });
  });

  it('says what it holds for any JSON, written tight or wide', () => {
    fc.assert(
      fc.property(fc.array(fc.dictionary(fc.string(), fc.jsonValue()), { maxLength: 6 }), fc.boolean(), fc.constantFrom(0, 2), (data, hasMore, indent) => {
        const sliced = sliceListPage(JSON.stringify({ object: 'list', data, has_more: hasMore, url: '/v1/"{[' }, null, indent));
        expect(sliced.elements.map((element) => JSON.parse(element) as unknown)).toEqual(data.map((element) => JSON.parse(JSON.stringify(element)) as unknown));
        expect(sliced.hasMore).toBe(hasMore);
      }),
    );
  });

  it.each(['', '[]', '{}', '{"data":[]}', '{"has_more":true}', '{"data":[{"id":"a"', '{"data":[{"id":"a', 'upstream connect error'])('that is cut off or is none is refused: %s', (text) => {
    expect(() => sliceListPage(text)).toThrow(SyntaxError);
  });

  it.each([
    '{"data":null,"has_more":false}', '{"data":5,"has_more":false}', '{"data":{},"has_more":true}', '{"data":"]","has_more":false}', '{"data":[}', '{"data":[}],"has_more":false}', '{"data":[,],"has_more":false}', '{"data":[{"id":"a"},],"has_more":false}',
    '{"data":[{"id":"a"} {"id":"b"}],"has_more":false}', '{"data":[],"has_more":"true"}', '{"data":[],"has_more":null}', '{"data":[],"has_more":1}', '{"data":[],"has_more":false', '{"data":[],"has_more":false} <html>',
  ])('whose data are no list, or that does not say whether there is more, is refused at once: %s', (text) => {
    expect(() => sliceListPage(text)).toThrow(SyntaxError);
  });

  it('that is any text at all is read or refused, and never waited for', () => {
    const piece = fc.constantFrom('{', '}', '[', ']', ',', ':', '"data"', '"has_more"', 'true', 'false', 'null', '"x"', '"', '\\', ' ', '{"id":"a"}');
    fc.assert(fc.property(fc.array(piece, { maxLength: 14 }), (pieces) => {
      try {
        sliceListPage(`{"data":${pieces.join('')}`);
      } catch (error) {
        expect(error).toBeInstanceOf(SyntaxError);
      }
    }), { numRuns: 2_000 });
  });
});
