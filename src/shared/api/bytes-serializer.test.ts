import { expect, it } from 'vitest';
import { bytesFromBase64, bytesToBase64 } from './bytes-serializer.ts';

it.each([0, 1, 2, 3, 4, 255, 1000, 65_537])('brings %d bytes over and back, as every other base64 would', (length) => {
  const bytes = Uint8Array.from({ length }, (_, index) => (index * 31 + 7) % 256);
  expect(bytesToBase64(bytes)).toBe(Buffer.from(bytes).toString('base64'));
  expect(bytesFromBase64(bytesToBase64(bytes))).toEqual(bytes);
});
