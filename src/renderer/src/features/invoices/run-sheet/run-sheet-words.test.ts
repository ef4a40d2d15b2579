import { expect, test } from 'vitest';
import { changeText } from './run-sheet-words.ts';

test('a change carries its sign, a real minus before what fell', () => {
  expect([5_000, -2_250, 0].map((basisPoints) => changeText(basisPoints, 'en-US'))).toEqual(['+50.0%', '−22.5%', '0.0%']);
});
