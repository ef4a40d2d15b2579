import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { makeTemporaryFolder, type TemporaryFolder } from '../main/testing/temporary-folder.ts';
import { createOutput, jsonText, plainLine, plainText, writeOutputFile } from './output.ts';

function printed(isJson: boolean, act: (output: ReturnType<typeof createOutput>) => void): string {
  let text = '';
  act(createOutput(isJson, (part) => (text += part)));
  return text;
}

/** Moves the cursor, sets the title, clears by one sign, turns the line around, begins a line of its own. */
const hostile = 'Title\u001b[2J\u001b]0;owned\u0007sure\u009b31m \u202efdp.exe\r\nPaid  1,000.00 USD\b\b';

describe('what a terminal is given', () => {
  test('a name in a table stays in its cell and steers nothing', () => {
    const text = printed(false, (output) => output.answer({}, (out) => out.table([{ name: hostile }, { name: 'Ashgrove' }], [{ title: 'Customer', text: (row) => row.name }, { title: 'Due', align: 'right', text: () => '1.00 USD' }])));
    expect(text).not.toMatch(/(?!\n)[\p{Cc}\u202e]/u);
    expect(text.split('\n')).toHaveLength(5);
    expect(text).toContain('Title\ufffd[2J\ufffd]0;owned\ufffdsure\ufffd31m \ufffdfdp.exe Paid  1,000.00 USD');
  });

  test('a line keeps its ends and tabs, as a CSV has them', () => {
    expect(printed(false, (output) => output.answer({}, (out) => out.line('a,b\r\n"c\td",e\n')))).toBe('a,b\r\n"c\td",e\n\n');
    expect(plainText('over\rwritten')).toBe('over\ufffdwritten');
    expect(plainLine('Ünïcode 北京 😀 −1,50 €')).toBe('Ünïcode 北京 😀 −1,50 €');
  });

  test('the one document for programs says the same and steers nothing', () => {
    const text = printed(true, (output) => output.answer({ name: hostile }, () => undefined));
    expect(text).not.toMatch(/(?!\n)[\p{Cc}\u202e]/u);
    expect(JSON.parse(text)).toEqual({ name: hostile });
    expect(jsonText('é')).toBe('"é"');
  });
});

// Windows knows no such modes of files, and lets only administrators make links.
describe.skipIf(process.platform === 'win32')('a file a person asked for', () => {
  let folder: TemporaryFolder;
  let dataFolder: string;
  const at = (name: string): string => join(folder.path, name);
  beforeEach(() => {
    folder = makeTemporaryFolder();
    mkdirSync((dataFolder = at('data')));
  });
  afterEach(() => folder[Symbol.dispose]());

  test('is theirs alone, also where an open one stood, and nothing else is left', () => {
    writeFileSync(at('open.csv'), 'old');
    chmodSync(at('open.csv'), 0o666);
    for (const name of ['open.csv', 'new.csv']) {
      writeOutputFile(at(name), 'secret', dataFolder);
      expect([readFileSync(at(name), 'utf8'), statSync(at(name)).mode & 0o777]).toEqual(['secret', 0o600]);
    }
    expect(readdirSync(folder.path).sort()).toEqual(['data', 'new.csv', 'open.csv']);
  });

  test('is not written through a link', () => {
    writeFileSync(at('victim'), 'precious');
    symlinkSync(at('victim'), at('invoice.pdf'));
    symlinkSync(at('nowhere'), at('dangling.pdf'));
    for (const name of ['invoice.pdf', 'dangling.pdf']) expect(() => writeOutputFile(at(name), 'x', dataFolder)).toThrowError(expect.objectContaining({ code: 'file-is-a-link' }));
    expect([readFileSync(at('victim'), 'utf8'), existsSync(at('nowhere'))]).toEqual(['precious', false]);
  });

  test('is never one of the data folder’s own, by whatever way', () => {
    writeFileSync(join(dataFolder, 'ledger.sqlite'), 'the books');
    symlinkSync(dataFolder, at('way-in'));
    mkdirSync(join(dataFolder, 'documents'));
    for (const file of [join(dataFolder, 'ledger.sqlite'), at('way-in/ledger.sqlite'), join(dataFolder, 'documents', 'x.pdf'), join(dataFolder, '..', 'data', 'new.csv')]) {
      expect(() => writeOutputFile(file, 'x', dataFolder)).toThrowError(expect.objectContaining({ code: 'file-in-data-folder' }));
    }
    expect(readFileSync(join(dataFolder, 'ledger.sqlite'), 'utf8')).toBe('the books');
  });

  test('may be a device; a folder and a place that is not there are said', () => {
    expect(() => writeOutputFile('/dev/null', 'x', dataFolder)).not.toThrow();
    for (const file of [folder.path, at('missing/x.csv')]) expect(() => writeOutputFile(file, 'x', dataFolder)).toThrowError(expect.objectContaining({ code: 'file-not-written' }));
  });
});
