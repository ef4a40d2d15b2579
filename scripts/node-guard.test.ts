import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeTemporaryFolder } from '../src/main/testing/temporary-folder.ts';

const guard = join(import.meta.dirname, 'node-guard.cjs');
const { wrongNodeSentence } = createRequire(import.meta.url)(guard) as { wrongNodeSentence(version: string): string | null };
const { scripts, engines } = JSON.parse(readFileSync(join(import.meta.dirname, '..', 'package.json'), 'utf8')) as { scripts: Record<string, string>; engines: { node: string } };

test('a wrong Node gets a sentence, as package.json has it', () => {
  expect(engines.node).toBe('>=24.9 <25');
  for (const version of ['16.0.0', '20.11.0', '24.8.0', '25.0.0', '26.1.0']) expect(wrongNodeSentence(version)).toContain(`Daybook needs Node 24.9 or a later 24; this is Node ${version}.`);
  for (const version of ['24.9.0', '24.21.0']) expect(wrongNodeSentence(version)).toBeNull();
});

test('where nothing is installed, the next step is said before anything is read', () => {
  using folder = makeTemporaryFolder();
  mkdirSync(join(folder.path, 'scripts'));
  cpSync(guard, join(folder.path, 'scripts', 'node-guard.cjs'));
  writeFileSync(join(folder.path, 'scripts', 'start.ts'), "console.log('it went on');");
  const { status, stdout, stderr } = spawnSync(process.execPath, ['-r', './scripts/node-guard.cjs', 'scripts/start.ts'], { cwd: folder.path, encoding: 'utf8' });
  expect([status, stdout, stderr]).toEqual([2, '', 'Daybook’s packages are not installed. Run npm ci first.\n']);
});

test('every npm script of ours goes through it', () => {
  const own = Object.entries(scripts).filter(([, command]) => command.startsWith('node '));
  expect(own.length).toBeGreaterThan(9);
  expect(own.filter(([, command]) => !command.startsWith('node -r ./scripts/node-guard.cjs '))).toEqual([]);
});
