/** VAT ids that hold, one of each state (published examples), and what one wrong digit makes of them. */
import { describe, expect, test } from 'vitest';
import { checkVatId } from './vat-id.ts';

const examples = [
  'ATU13585627', 'BE0428759497', 'BG175074752', 'CY10259033P', 'CZ25123891', 'DE136695976', 'DK13585628', 'EE100931558', 'EL094259216', 'ESB58378431', 'ESX2482300W', 'ES54362315K', 'FI20774740', 'FR40303265045', 'FR83404833048',
  'GB980780684', 'HR33392005961', 'HU12892312', 'IE6433435F', 'IE6433435OA', 'IE8D79739I', 'IT00743110157', 'LT119511515', 'LT100001919017', 'LU15027442', 'LV40003521600', 'MT11679112', 'NL004495445B01', 'NL002455799B11', 'PL8567346215',
  'PT501964843', 'RO18547290', 'SE123456789701', 'SI50223054', 'SK2022749619',
];

describe('a VAT id', () => {
  test.each(examples)('%s holds, and no other check digit does', (id) => {
    expect(checkVatId(id)).toMatchObject({ state: 'unverified', normalised: id, problem: null });
    // The last digit of nearly all is, or is part of, the check; where it is not (SE, NL, FR) a digit of the body is changed.
    const place = /^(SE|NL|FR)/.test(id) ? 6 : [...id].findLastIndex((character) => /\d/.test(character));
    const wrong = [1, 2, 3].map((step) => `${id.slice(0, place)}${(Number(id[place]) + step) % 10}${id.slice(place + 1)}`);
    expect(wrong.filter((other) => checkVatId(other).state === 'invalid').length, wrong.join(' ')).toBeGreaterThanOrEqual(2);
  });

  test('is read with blanks, dots, small letters and without its prefix', () => {
    expect(checkVatId('de 136.695-976')).toMatchObject({ state: 'unverified', normalised: 'DE136695976', country: 'DE' });
    expect(checkVatId('136695976', 'DE')).toMatchObject({ state: 'unverified', normalised: 'DE136695976' });
    expect(checkVatId('094259216', 'GR')).toMatchObject({ state: 'unverified', normalised: 'EL094259216', country: 'GR' });
  });

  test('is missing, of another country, or of none', () => {
    expect(checkVatId(null).state).toBe('missing');
    expect(checkVatId(' ').state).toBe('missing');
    expect(checkVatId('DE136695976', 'FR')).toMatchObject({ state: 'invalid', country: 'DE' });
    expect(checkVatId('US123456789').state).toBe('invalid');
    expect(checkVatId('<script>', 'DE').state).toBe('invalid');
  });
});
