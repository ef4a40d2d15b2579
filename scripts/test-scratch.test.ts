import { existsSync, mkdirSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { makeScratchFolder } from './test-scratch.ts';

const made: string[] = [];
afterEach(() => {
  vi.unstubAllEnvs();
  for (const path of made.splice(0)) rmSync(path, { recursive: true, force: true });
});
const make = () => {
  const folder = makeScratchFolder();
  made.push(folder.path);
  return folder;
};

test('the processes of a run are told of a folder in memory, and of nothing else', () => {
  vi.stubEnv('TMPDIR', undefined);
  const { path, environment } = make();
  expect(environment).toEqual(dirname(path) === '/dev/shm' ? { TMPDIR: path } : {});
  if (dirname(path) === '/dev/shm') expect(statSync(path).mode & 0o7777).toBe(0o1777);
});

test('a temporary folder that somebody chose is kept to', () => {
  const chosen = make();
  vi.stubEnv('TMPDIR', chosen.path);
  const { path, environment } = make();
  expect([dirname(path), environment]).toEqual([chosen.path, {}]);
});

test.runIf(process.platform === 'linux' && existsSync('/dev/shm'))('what a killed run left in memory is taken away, what a living one uses is not', () => {
  vi.stubEnv('TMPDIR', undefined);
  const [left, used] = [`/dev/shm/daybook-test-4194305-left`, `/dev/shm/daybook-test-${process.pid}-used`]; // no process has a number above 4194304
  for (const path of [left, used]) {
    mkdirSync(path);
    made.push(path);
  }
  const { environment } = make();
  expect([existsSync(left), existsSync(used)]).toEqual([environment['TMPDIR'] === undefined, true]);
});
