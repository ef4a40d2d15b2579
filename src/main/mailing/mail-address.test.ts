import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { assertHeaderText, hasForbiddenSigns, isMailAddress, parseAddresses } from './mail-address.ts';

describe('the addresses of a record', () => {
  test.for([
    ['one', 'ap@titlesure.example', ['ap@titlesure.example']],
    ['several, between commas or semicolons', 'ap@a.example, cfo@a.example;x.y+z@sub.a-b.example', ['ap@a.example', 'cfo@a.example', 'x.y+z@sub.a-b.example']],
    ['the same twice', 'AP@a.example, ap@a.example', ['AP@a.example']],
    ['the same in letters of another script and as DNS writes it', 'ap@über.example, ap@xn--ber-goa.example; AP@ÜBER.example', ['ap@über.example']],
    ['letters of other scripts', 'büro@über.example', ['büro@über.example']],
    ['a host of a private network', 'ap@mailhost', ['ap@mailhost']],
  ] as const)('%s', ([, text, addresses]) => {
    expect(parseAddresses(text)).toEqual(addresses);
  });

  test.for([
    ['nothing', null, 'mail-address-missing'],
    ['only separators', ' ; , ', 'mail-address-missing'],
    ['no @', 'titlesure', 'mail-address-invalid'],
    ['a name around it', 'Titlesure <ap@a.example>', 'mail-address-invalid'],
    ['a quoted local part', '"a b"@a.example', 'mail-address-invalid'],
    ['two dots', 'a..b@a.example', 'mail-address-invalid'],
    ['a header behind it', 'ap@a.example\r\nBcc: thief@evil.example', 'mail-address-invalid'],
    ['a line break between two', 'ap@a.example\ncfo@a.example', 'mail-address-invalid'],
    ['a line break at its end', 'ap@a.example\r\n', 'mail-address-invalid'],
    ['a line separator', 'ap@a.example\u2028', 'mail-address-invalid'],
    ['a mark that turns the direction', 'ap\u202e@a.example', 'mail-address-invalid'],
    ['an angle bracket', 'ap@a.example> RCPT TO:<thief@evil.example', 'mail-address-invalid'],
    ['too many', Array.from({ length: 21 }, (_, index) => `a${index}@a.example`).join(','), 'mail-too-many-addresses'],
  ] as const)('refuses %s', ([, text, code]) => {
    expect(() => parseAddresses(text)).toThrow(expect.objectContaining({ code }) as Error);
  });

  test('never lets a control character or a bracket through, whatever is typed', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (before, after) => {
      const typed = `${before}@${after}`;
      if (isMailAddress(typed)) expect(typed).not.toMatch(/[\s<>,;"()\\]/);
    }), { numRuns: 500 });
    fc.assert(fc.property(fc.constantFrom('\r', '\n', '\u0000', '\u2028', '\u0085'), fc.nat(11), (sign, at) => {
      const address = 'ap@a.example';
      expect(isMailAddress(`${address.slice(0, at)}${sign}${address.slice(at)}`)).toBe(false);
    }));
  });
});

test('a header’s text is one line that can be seen', () => {
  expect(() => assertHeaderText('Invoice 1', 'The subject', 200)).not.toThrow();
  for (const text of ['Invoice\r\nBcc: thief@evil.example', 'Invoice\u0000', '', '   ', 'x'.repeat(201), 'a\u2029b']) {
    expect(() => assertHeaderText(text, 'The subject', 200)).toThrow(expect.objectContaining({ code: 'mail-header-invalid' }) as Error);
  }
  expect(hasForbiddenSigns('Überland – 100 % „ja“')).toBe(false);
});
