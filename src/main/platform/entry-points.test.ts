import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { builtFile, builtMainFolder, entryPoint, entrySources, type EntryName } from './entry-points.ts';

test.each(Object.keys(entrySources) as EntryName[])('run from source, the entry %s is a source file that is there', (name) => {
  expect(entryPoint(name).endsWith('.ts')).toBe(true);
  expect(existsSync(entryPoint(name))).toBe(true);
});

test('built files are found from an entry and from a shared piece alike', () => {
  expect(builtMainFolder(join('/app', 'out', 'main', 'chunks'))).toBe(join('/app', 'out', 'main'));
  expect(builtMainFolder(join('/app', 'out', 'main'))).toBe(join('/app', 'out', 'main'));
  expect(builtFile('renderer')).toMatch(/out[\\/]renderer$/);
});
