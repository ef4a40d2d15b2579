import { expect, test } from 'vitest';
import { placeOf } from './billing-address.ts';

test.each([
  ['{"line1":"Calle de Alcalá 48","city":"Madrid","country":"ES"}', 'ES', null],
  ['{"city":"Austin, TX","country":"US"}', 'US', 'TX'],
  ['{"city":"Austin","state":"TX","country":"US"}', 'US', 'TX'],
  ['{"city":"Austin"}', null, null],
  ['["Calle de Alcalá 48","Madrid"]', null, null],
  ['not an address', null, null],
])('the place of %s', (address, country, state) => {
  expect(placeOf(address)).toEqual({ country, state });
});
