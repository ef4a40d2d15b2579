import { describe, expect, test } from 'vitest';
import { resourcePath } from '../platform/resources.ts';
import { readFontCoverage } from './font-coverage.ts';
import { mapTexts, printableText, unprintableLetters } from './printable-text.ts';

const letters = readFontCoverage(resourcePath('fonts'));

describe('the letters our fonts have', () => {
  test.each(['A', 'ß', 'ő', 'ế', 'Ж', 'Ω', '€', '₦', '−', '…', '’', '□', '\u00a0'])('%s', (letter) => expect(letters.has(letter.codePointAt(0)!)).toBe(true));
  test.each(['中', 'ع', 'ש', 'ไ', '😀', '\u001b', '\u202e'])('not %j', (letter) => expect(letters.has(letter.codePointAt(0)!)).toBe(false));
});

describe('a text that is printed', () => {
  test.each([
    ['stays as it is', 'Ashgrove Registry Services, S.L. · 1,393.50 €', 'Ashgrove Registry Services, S.L. · 1,393.50 €'],
    ['keeps Typst’s own signs as signs', '#eval("1") $x$ *b* \\ [a] @b <c>', '#eval("1") $x$ *b* \\ [a] @b <c>'],
    ['loses what steers a terminal', 'Title\u001b[2Jsure\u0007', 'Title[2Jsure'],
    ['is one line', 'Titlesure\r\nPAID IN FULL', 'Titlesure PAID IN FULL'],
    ['runs in one direction', 'Titlesure \u202efdp.exe', 'Titlesure fdp.exe'],
    ['is composed', 'Cafe\u0301', 'Café'],
    ['takes ligatures apart', 'O\ufb03ce', 'Office'],
    ['shows a box for a letter no font has', '北京 Deeds', '□□ Deeds'],
  ])('%s', (_, text, printed) => expect(printableText(text, letters)).toBe(printed));

  test('says which letters are missing, each once', () => {
    expect(unprintableLetters('北京北 O\ufb03ce \u001b', letters)).toEqual(['北', '京']);
  });

  test('is found wherever it stands in a document', () => {
    expect(mapTexts({ a: 'x', b: ['y', { c: 'z', d: null, e: 1, f: true }] }, (text) => text.toUpperCase())).toEqual({ a: 'X', b: ['Y', { c: 'Z', d: null, e: 1, f: true }] });
  });
});
