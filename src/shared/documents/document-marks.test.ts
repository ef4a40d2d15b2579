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

test('is found wherever it lies in a large file, among what looks almost like it', () => {
  const mark = `${fingerprintKeyword}${digits}`;
  const length = 200_000;
  for (const filling of ['d', ':', 'daybook-fingerprint', fingerprintKeyword, `${fingerprintKeyword}${digits.slice(1)}g`]) for (const at of [0, 1, 19, 20, 21, 99_999, length - mark.length]) {
    const file = bytes(filling.repeat(Math.ceil(length / filling.length))).slice(0, length);
    file.set(bytes(mark), at);
    expect([filling, at, fingerprintIn(file)]).toEqual([filling, at, digits]);
    expect([filling, at, fingerprintIn(file.subarray(0, at + mark.length - 1))]).toEqual([filling, at, null]);
  }
});
