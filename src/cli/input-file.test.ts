import { execFileSync, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { makeTemporaryFolder } from '../main/testing/temporary-folder.ts';
import { readInputFile } from './input-file.ts';

const unreadable = expect.objectContaining({ code: 'file-unreadable' }) as Error;

test('a file is read whole up to its bound, and not beyond', () => {
  using place = makeTemporaryFolder();
  const file = join(place.path, 'contracts.csv');
  writeFileSync(file, 'é'.repeat(100_000));
  expect(readInputFile(file, 200_000)?.toString('utf8')).toBe('é'.repeat(100_000));
  expect(readInputFile(file, 199_999)).toBeNull();
});

test('a folder and what is not there cannot be read', () => {
  using place = makeTemporaryFolder();
  expect(() => readInputFile(place.path, 10)).toThrow(unreadable);
  expect(() => readInputFile(join(place.path, 'not'), 10)).toThrow(unreadable);
});

describe.skipIf(process.platform === 'win32')('what is no file of a known size', () => {
  test('is read to its bound where it never ends', () => expect(readInputFile('/dev/zero', 1_000_000)).toBeNull());

  test('is read to its end where it is a pipe', () => {
    using place = makeTemporaryFolder();
    const pipe = join(place.path, 'statement');
    execFileSync('mkfifo', [pipe]);
    spawn('sh', ['-c', `printf 'one line' > "${pipe}"`], { stdio: 'ignore' });
    expect(readInputFile(pipe, 100)?.toString('utf8')).toBe('one line');
  });
});
