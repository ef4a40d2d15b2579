import { expect, test } from 'vitest';
import { fingerprintIn, fingerprintKeyword } from './document-marks.ts';

const digits = '3f2a9c0177bed402'.repeat(4);
const bytes = (text: string) => new TextEncoder().encode(text);

test.each([
  ['among other words', `%PDF-1.7 /Keywords (${fingerprintKeyword}${digits}, e-invoice:EN16931)`, digits], ['after a broken one', `${fingerprintKeyword}zz ${fingerprintKeyword}${digits}`, digits], ['cut off', `${fingerprintKeyword}${digits.slice(1)}`, null],
  ['not there', '%PDF-1.7 daybook', null], ['in nothing', '', null],
])('the fingerprint %s', (_name, text, found) => {
  expect(fingerprintIn(bytes(text))).toBe(found);
});
