import { expect, test } from 'vitest';
import { countryCodeOf, postalAddressOf } from './billing-address.ts';

test.each([['ES', 'ES'], ['es', 'ES'], ['Spain', 'ES'], ['germany', 'DE'], ['XX', null], ['Atlantis', null], ['', null], [null, null]])('%s is the country %s', (text, code) => {
  expect(countryCodeOf(text)).toBe(code);
});

test.each([
  ['a partner’s', '{"line1":"Calle de Alcalá 48","city":"Madrid","postalCode":"28014","country":"ES"}', { line1: 'Calle de Alcalá 48', line2: null, city: 'Madrid', postcode: '28014', region: null, country: 'ES' }],
  ['Stripe’s', '{"line1":"1 Main St","line2":null,"city":"Austin","postal_code":"78701","state":"TX","country":"US"}', { line1: '1 Main St', line2: null, city: 'Austin', postcode: '78701', region: 'TX', country: 'US' }],
  ['one by names', '{"street":"Hofstraat 1","district":"Centrum","zip":"7311 KZ","country":"Netherlands"}', { line1: 'Hofstraat 1', line2: 'Centrum', city: null, postcode: '7311 KZ', region: null, country: 'NL' }],
  ['nothing', '{}', null], ['no JSON', 'Main Street', null], ['lines', '["1 Main St","Austin"]', null], ['null', 'null', null],
])('%s address in its parts', (_name, json, parts) => {
  expect(postalAddressOf(json)).toEqual(parts);
});
