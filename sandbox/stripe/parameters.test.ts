import { describe, expect, test } from 'vitest';
import { mergeMetadata, parseParameters, readCurrency, readLimit, readSecondsRange, requireCurrency } from './parameters.ts';
import { StripeError } from './stripe-error.ts';

describe('form-encoded parameters', () => {
  test.each([
    ['a=1&b=two%20words', { a: '1', b: 'two words' }],
    ['expand[]=data.customer&expand[]=data.invoice', { expand: ['data.customer', 'data.invoice'] }],
    ['expand[0]=customer', { expand: ['customer'] }],
    ['items[1][price]=p2&items[0][price]=p1&items[0][quantity]=3', { items: [{ price: 'p1', quantity: '3' }, { price: 'p2' }] }],
    ['metadata[deed]=42&metadata[empty]=', { metadata: { deed: '42', empty: '' } }],
    ['created%5Bgte%5D=5', { created: { gte: '5' } }],
  ])('%s', (encoded, expected) => {
    expect(parseParameters(encoded)).toEqual(expected);
  });

  test('a name that would reach into the prototype is refused', () => {
    expect(() => parseParameters('__proto__[polluted]=1')).toThrow(StripeError);
  });

  test('a name that is nested without end is refused', () => {
    expect(() => parseParameters(`metadata${'[deeper]'.repeat(3_000)}=1`)).toThrow(StripeError);
  });

  test.each([
    ['created=7', { from: 7, until: 8 }],
    ['created[gte]=5&created[lt]=9', { from: 5, until: 9 }],
    ['created[gt]=5&created[lte]=9', { from: 6, until: 10 }],
  ])('a range of seconds: %s', (encoded, expected) => {
    expect(readSecondsRange(parseParameters(encoded), 'created')).toEqual(expected);
  });

  test.each(['limit=0', 'limit=101', 'limit=ten'])('a limit outside 1 to 100 is refused: %s', (encoded) => {
    expect(() => readLimit(parseParameters(encoded))).toThrow(StripeError);
  });

  test('a currency is answered in lower case, and one that does not exist is refused', () => {
    expect(['currency=USD', 'currency=xof', ''].map((encoded) => readCurrency(parseParameters(encoded)))).toEqual(['usd', 'xof', undefined]);
    for (const encoded of ['currency=xxx', 'currency=dollar', 'currency=', 'currency=zzz']) expect(() => requireCurrency(parseParameters(encoded)), encoded).toThrow(StripeError);
  });

  test('metadata is merged key by key, an empty value removes its key', () => {
    expect(mergeMetadata({ kept: 'a', gone: 'b' }, parseParameters('metadata[gone]=&metadata[added]=c'))).toEqual({ kept: 'a', added: 'c' });
  });
});
