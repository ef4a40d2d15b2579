import { expect, test } from 'vitest';
import { percentDecimal, ratioDecimal } from './basis-points.ts';

test.each([[0, '0.00', '0.0000'], [7, '0.07', '0.0007'], [-7, '-0.07', '-0.0007'], [1_234, '12.34', '0.1234'], [35_000, '350.00', '3.5000'], [-15_000, '-150.00', '-1.5000']])('%i basis points are %s %% and %s as a ratio', (basisPoints, percent, ratio) => {
  expect([percentDecimal(basisPoints), ratioDecimal(basisPoints)]).toEqual([percent, ratio]);
});
