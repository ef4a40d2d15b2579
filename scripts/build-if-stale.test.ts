import { mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { makeTemporaryFolder } from '../src/main/testing/temporary-folder.ts';
import { isStale } from './build-if-stale.ts';

test('the build is stale when a part is missing or a source is newer; tests are no source', () => {
  using folder = makeTemporaryFolder();
  const write = (name: string, seconds: number) => {
    const file = join(folder.path, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, '');
    utimesSync(file, seconds, seconds);
  };
  const needed = ['out/renderer/index.html', 'out/main/index.js'];
  write('src/renderer/index.html', 100);
  write('src/main/deep/index.ts', 100);
  write('out/renderer/index.html', 200);
  expect(isStale(folder.path, needed)).toBe(true);
  write('out/main/index.js', 300);
  expect(isStale(folder.path, needed)).toBe(false);
  write('src/main/deep/index.test.ts', 400);
  expect(isStale(folder.path, needed)).toBe(false);
  write('src/main/deep/index.ts', 250);
  expect(isStale(folder.path, needed)).toBe(true);
});
