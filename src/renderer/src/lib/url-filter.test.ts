import { expect, test } from 'vitest';
import { dayUpTo, definedOnly, oneOf } from './url-filter.ts';

test('a day in the address is one of the calendar, and none that is still to come', () => {
  expect(['2026-11-18', '2026-11-17', '2024-02-29'].map((text) => dayUpTo('2026-11-18', text))).toEqual(['2026-11-18', '2026-11-17', '2024-02-29']);
  for (const text of [undefined, '2026-11-19', '2026-02-30', '2026-13-01', '2026-11', '18.11.2026', 'yesterday', '']) expect(dayUpTo('2026-11-18', text), text).toBeUndefined();
});

test('a value is one of those allowed; what is empty is not asked for', () => {
  expect([oneOf(['a', 'b'], 'b'), oneOf(['a', 'b'], 'c'), oneOf(['a', 'b'], undefined)]).toEqual(['b', undefined, undefined]);
  expect(definedOnly({ a: 1, b: undefined, c: '' })).toEqual({ a: 1 });
});
