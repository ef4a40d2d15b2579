import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readBasisPoints, readDay, readDecimal, readWhole, writeBasisPoints, writeDay, writeDecimal } from './typed-values.ts';

const value = (typed: { isFine: boolean; value?: unknown }) => (typed.isFine ? typed.value : 'refused');

describe('numbers', () => {
  test.each([
    ['1,234.56', 'en-US', '1234.56'], ['1.234,56', 'de-DE', '1234.56'], ['1.234,56', 'en-US', '1234.56'], ['1,234.56', 'de-DE', '1234.56'],
    ['1,234', 'en-US', '1234'], ['1,234', 'de-DE', '1.234'], ['1.234', 'de-DE', '1234'], ['1.234', 'en-US', '1.234'],
    ['1 234,5', 'fr-FR', '1234.5'], ['1’234.50', 'de-CH', '1234.50'], ['0,045', 'en-US', '0.045'], ['12,5', 'en-US', '12.5'], ['−3', 'en-US', '-3'], ['.5', 'en-US', '0.5'],
    ['1.234', 'fr-FR', 'refused'], ['1,2,345', 'en-US', 'refused'], ['1,00,000.5', 'en-IN', '100000.5'], ['1,2.3,4', 'en-US', 'refused'], ['', 'en-US', 'refused'], ['12a', 'en-US', 'refused'], ['5,', 'de-DE', 'refused'],
  ])('%s in %s is %s', (typed, locale, expected) => expect(value(readDecimal(typed, locale))).toBe(expected));

  test.each(['en-US', 'de-DE', 'fr-FR', 'de-CH', 'es-ES', 'pt-PT', 'en-IN'])('what %s writes it reads back', (locale) => {
    fc.assert(fc.property(fc.integer({ min: 0, max: 99_999_999 }), fc.integer({ min: 0, max: 99_999_999 }), (whole, fraction) => {
      const decimal = `${whole}.${String(fraction).padStart(8, '0')}`;
      return value(readDecimal(writeDecimal(decimal, locale), locale)) === decimal;
    }));
  });

  test('whole numbers', () => {
    expect(value(readWhole('10.000', 'de-DE'))).toBe(10_000);
    expect(value(readWhole('10.5', 'en-US'))).toBe('refused');
  });

  test('shares', () => {
    expect(value(readBasisPoints('12,5 %', 'de-DE'))).toBe(1250);
    expect(value(readBasisPoints('21', 'en-US'))).toBe(2100);
    expect(value(readBasisPoints('1.255', 'en-US'))).toBe('refused');
    expect(writeBasisPoints(1250, 'de-DE')).toBe('12,5');
  });
});

describe('days', () => {
  test.each([
    ['31.10.2026', 'de-DE', '2026-10-31'], ['10/31/2026', 'en-US', '2026-10-31'], ['31/10/2026', 'en-GB', '2026-10-31'], ['2026-10-31', 'en-US', '2026-10-31'],
    ['31 Oct 2026', 'en-US', '2026-10-31'], ['Oct 31, 2026', 'en-US', '2026-10-31'], ['31 octobre 2026', 'fr-FR', '2026-10-31'],
    ['31/10/2026', 'en-US', 'refused'], ['30.02.2026', 'de-DE', 'refused'], ['1.2.26', 'de-DE', 'refused'], ['soon', 'en-US', 'refused'],
  ])('%s in %s is %s', (typed, locale, expected) => expect(value(readDay(typed, locale))).toBe(expected));

  test.each(['en-US', 'de-DE', 'fr-FR', 'en-GB', 'sv-SE', 'es-ES'])('what %s writes it reads back', (locale) => {
    fc.assert(fc.property(fc.integer({ min: 0, max: 30_000 }), (days) => {
      const day = new Date(days * 86_400_000).toISOString().slice(0, 10);
      return value(readDay(writeDay(day, locale), locale)) === day;
    }));
  });
});
