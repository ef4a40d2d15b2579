import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, realpathSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { describe, expect, test } from 'vitest';
import { makeTemporaryFolder } from '../testing/temporary-folder.ts';
import { acquireDataFolder, assertUsablePlace, dataSubfolder, defaultDataFolder, prepareDataFolder, readOwner } from './data-folder.ts';

async function startOwner(folder: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, [join(import.meta.dirname, '../testing/hold-data-folder.ts'), folder], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [said] = (await once(child.stdout!, 'data')) as [Buffer];
  expect(said.toString()).toContain('owned');
  return child;
}

const modeOf = (path: string) => statSync(path).mode & 0o777;
const codeOf = (work: () => unknown) => {
  try {
    work();
    return 'nothing thrown';
  } catch (error) {
    return (error as { code: string }).code;
  }
};

describe('where the data lies', () => {
  test.each([
    ['linux', { XDG_DATA_HOME: '' }, '/home/ada/.local/share/daybook'],
    ['linux', { XDG_DATA_HOME: '/data/ada' }, '/data/ada/daybook'],
    ['linux', { XDG_DATA_HOME: 'relative/is/ignored' }, '/home/ada/.local/share/daybook'],
    ['darwin', {}, '/home/ada/Library/Application Support/Daybook'],
    ['win32', { LOCALAPPDATA: 'C:\\Users\\ada\\AppData\\Local' }, 'C:\\Users\\ada\\AppData\\Local\\Daybook'],
  ] as const)('%s with %o', (platform, env, expected) => {
    expect(defaultDataFolder({ platform, env, home: '/home/ada' })).toBe(expected);
  });

  test('DAYBOOK_DATA comes before the place of the system', () => {
    expect(defaultDataFolder({ env: { DAYBOOK_DATA: '/elsewhere' }, platform: 'darwin', home: '/home/ada' })).toBe('/elsewhere');
  });
});

describe.skipIf(process.platform === 'win32')('who may read it', () => {
  test('folder, subfolders and the files of ownership are private', () => {
    using temporary = makeTemporaryFolder();
    const owned = acquireDataFolder(join(temporary.path, 'deep', 'daybook'));
    expect(modeOf(owned.path)).toBe(0o700);
    expect(modeOf(join(temporary.path, 'deep'))).toBe(0o700);
    expect(modeOf(dataSubfolder(owned.path, 'pdf'))).toBe(0o700);
    expect(modeOf(join(owned.path, 'owner.lock'))).toBe(0o600);
    expect(modeOf(join(owned.path, 'owner.json'))).toBe(0o600);
    owned.release();
  });

  test('one of ours that others could read is closed; a folder of something else is refused, not changed', () => {
    using temporary = makeTemporaryFolder();
    const ours = join(temporary.path, 'ours');
    mkdirSync(ours);
    writeFileSync(join(ours, 'config.json'), '{}');
    chmodSync(ours, 0o755);
    prepareDataFolder(ours);
    expect(modeOf(ours)).toBe(0o700);

    const theirs = join(temporary.path, 'theirs');
    mkdirSync(theirs);
    writeFileSync(join(theirs, 'notes.txt'), '');
    chmodSync(theirs, 0o755);
    expect(codeOf(() => prepareDataFolder(theirs))).toBe('data-folder-unusable');
    expect(modeOf(theirs)).toBe(0o755);
  });

  test('a file in its place is said', () => {
    using temporary = makeTemporaryFolder();
    writeFileSync(join(temporary.path, 'file'), '');
    expect(codeOf(() => prepareDataFolder(join(temporary.path, 'file')))).toBe('data-folder-unusable');
  });

  test.skipIf(process.platform === 'win32')('the longest path below which a ledger can be opened is taken; a longer one is said before it is made', () => {
    using temporary = makeTemporaryFolder();
    const withBytes = (bytes: number): string => {
      let path = realpathSync(temporary.path);
      for (;;) {
        const left = bytes - Buffer.byteLength(path) - 1;
        if (left <= 200) return join(path, 'a'.repeat(left));
        path = join(path, 'ä'.repeat(50));
      }
    };
    const longest = prepareDataFolder(withBytes(490));
    const ledger = new Sqlite(join(longest, 'ledger.sqlite'));
    ledger.pragma('journal_mode = wal');
    ledger.close();
    const tooLong = `${longest}a`;
    expect(() => new Sqlite(join(tooLong, 'ledger.sqlite'))).toThrow();
    expect(() => prepareDataFolder(tooLong)).toThrow(expect.objectContaining({ code: 'data-folder-unusable', message: expect.stringContaining('491 bytes') as string, nextStep: expect.stringContaining('shorter') as string }));
    expect(codeOf(() => assertUsablePlace(tooLong))).toBe('data-folder-unusable');
    expect(existsSync(tooLong)).toBe(false);
  });
});

describe('one process owns a data folder', () => {
  test('a second owner is refused with the first one’s pid, also through another path', () => {
    using temporary = makeTemporaryFolder();
    const folder = join(temporary.path, 'data');
    const owned = acquireDataFolder(folder, 'browser');
    symlinkSync(folder, join(temporary.path, 'link'));
    for (const path of [folder, join(temporary.path, 'link')]) {
      expect(() => acquireDataFolder(path)).toThrow(expect.objectContaining({ code: 'data-folder-in-use', data: expect.objectContaining({ pid: process.pid, host: 'browser' }) }));
    }
    owned.release();
    owned.release();
    expect(readOwner(folder)).toBeNull();
    acquireDataFolder(folder).release();
  });

  test('another process is refused while the owner lives, and the folder is free at once when the owner was killed', async () => {
    using temporary = makeTemporaryFolder();
    const owner = await startOwner(temporary.path);
    try {
      expect(() => acquireDataFolder(temporary.path)).toThrow(expect.objectContaining({ code: 'data-folder-in-use', data: expect.objectContaining({ pid: owner.pid }) }));
    } finally {
      owner.kill('SIGKILL');
      await once(owner, 'exit');
    }
    expect(readOwner(temporary.path)?.pid).toBe(owner.pid); // what it wrote down is still there, and means nothing
    const taken = acquireDataFolder(temporary.path);
    expect(readOwner(temporary.path)?.pid).toBe(process.pid);
    taken.release();
  });

  test('a pid written down by a dead owner may now be another living process: it does not lock anything', () => {
    using temporary = makeTemporaryFolder();
    writeFileSync(join(temporary.path, 'owner.json'), JSON.stringify({ pid: process.ppid, host: 'electron', since: 0 }));
    acquireDataFolder(temporary.path).release();
  });

  test('a damaged note of the owner does not hide that the folder is in use', () => {
    using temporary = makeTemporaryFolder();
    const owned = acquireDataFolder(temporary.path);
    writeFileSync(join(temporary.path, 'owner.json'), '{"pid":');
    expect(codeOf(() => acquireDataFolder(temporary.path))).toBe('data-folder-in-use');
    owned.release();
  });
});
