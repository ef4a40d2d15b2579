/** Places where no demo can live: said in a sentence, by the demo and by the sandbox. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { startScript } from '../src/main/testing/cli-desk.ts';
import { makeTemporaryFolder } from '../src/main/testing/temporary-folder.ts';

const demo = (place: string) => startScript(join(import.meta.dirname, 'demo.ts'), ['--headless', '--size', 'small', '--data', place]).ended;

test('a file is no place for a demo', async () => {
  using folder = makeTemporaryFolder();
  const file = join(folder.path, 'notes.txt');
  writeFileSync(file, 'mine');
  const { code, stderr } = await demo(file);
  expect([code, stderr]).toEqual([1, expect.stringMatching(/^The demo stopped: The data folder .* cannot be made or read\. \(data-folder-unusable\)\nChoose another folder with --data/)]);
  expect(stderr).not.toContain('    at ');
});

test('an app folder that is a file is said before it is worked on', async () => {
  using folder = makeTemporaryFolder();
  mkdirSync(join(folder.path, 'small-1'), { mode: 0o700 });
  writeFileSync(join(folder.path, 'small-1', 'app'), 'mine');
  const { code, stderr } = await demo(folder.path);
  expect([code, stderr]).toEqual([1, expect.stringMatching(/^The demo stopped: The data folder .*app cannot be made or read\. \(data-folder-unusable\)\nChoose another folder/)]);
});

test.each([
  ['world is a file', (world: string) => writeFileSync(world, 'mine'), /world is a file where a folder of the world should be\. Choose another folder with --data\.$/m],
  ['world.json is damaged', (world: string) => (mkdirSync(world), writeFileSync(join(world, 'world.json'), '{"size"')), /world\.json is damaged, .* --fresh/],
  ['world.json is of something else', (world: string) => (mkdirSync(world), writeFileSync(join(world, 'world.json'), 'null')), /world\.json is damaged, .* --fresh/],
])('%s', async (_, occupy, sentence) => {
  using folder = makeTemporaryFolder();
  mkdirSync(join(folder.path, 'small-1'), { mode: 0o700 });
  occupy(join(folder.path, 'small-1', 'world'));
  const { code, stderr } = await demo(folder.path);
  expect([code, stderr]).toEqual([1, expect.stringMatching(sentence)]);
  expect(stderr).toMatch(/^The sandbox could not start: /);
});

test('a folder named by an unset variable is not the one the command is called in', async () => {
  const { code, stderr } = await demo('');
  expect([code, stderr]).toEqual([2, expect.stringContaining("'--data <value>' is empty")]);
});

test('settings for other PostgreSQL servers in the shell lead nowhere, and a reader that stops early ends the demo quietly', { timeout: 120_000 }, async () => {
  using folder = makeTemporaryFolder();
  const shell = { PGSSLMODE: 'require', PGOPTIONS: '-c no.such=1 -c nonsense=1', PGDATESTYLE: 'German', PGHOST: '192.0.2.1', PGDATABASE: 'theirs', PGSSLROOTCERT: '/nowhere' };
  const { child, ended } = startScript(join(import.meta.dirname, 'demo.ts'), ['--headless', '--size', 'small', '--data', folder.path], shell);
  child.stdout?.on('data', (part: Buffer) => {
    if (part.includes('Shared database ')) child.stdout?.destroy();
  });
  expect(await ended).toMatchObject({ code: 0, stdout: expect.stringContaining('6 partners') as string, stderr: '' });
});

describe.skipIf(process.platform !== 'linux')('where the system takes no folders', () => {
  test('the demo ends with a sentence', async () => {
    expect(await demo('/proc/daybook')).toMatchObject({ code: 1, stderr: expect.stringContaining('(data-folder-unusable)') as string });
  });

  test('the sandbox ends with a sentence', async () => {
    const { code, stderr } = await startScript(join(import.meta.dirname, '..', 'sandbox', 'main.ts'), ['--size', 'small', '--data', '/proc/daybook']).ended;
    expect([code, stderr]).toEqual([1, expect.stringMatching(/^The sandbox could not start: .*\/proc\/daybook/)]);
  });
});
