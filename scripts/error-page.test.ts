import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { errorTexts } from '../src/renderer/src/lib/error-texts.ts';

const root = join(import.meta.dirname, '..');
const page = readFileSync(join(root, 'docs', 'errors.md'), 'utf8');
const onThePage = [...page.matchAll(/^\| `([a-z0-9-]+)` \| (.+) \| (.+) \|$/gm)].map(([, code = '', meaning = '', nextStep = '']) => ({ code, meaning, nextStep }));

function sourcesBelow(folder: string, wanted: RegExp): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => wanted.test(file) && !/\.test\.tsx?$|(^|[\\/])testing[\\/]/.test(file))
    .map((file) => readFileSync(join(root, folder, file), 'utf8'));
}

/** The ways in which a code is given: errors thrown, problems of contracts, refusals of server functions, triggers, rows of jobs, lines of doctor. */
const ways = [
  /new (?:\w+Error|UnbillableTerms)\(\s*'([a-z][a-z0-9-]+)'/g,
  /daybook\.refuse\('([a-z-]+)'/g,
  /ERRCODE = 'DB001', DETAIL = '([a-z-]+)'/g,
  /RAISE\(ABORT, '([a-z-]+)'\)/g,
  /\b(?:errorCode|error_code|code)(?::| =) '([a-z]+(?:-[a-z]+)+|interrupted|cancelled|unexpected)'/g,
  /\(([a-z]+(?:-[a-z]+)+)\)['`]/g,
  /\bfault\('([a-z-]+)'/g,
  /^ {2}[A-Z_]+: \['([a-z]+(?:-[a-z]+)*)', '/gm,
];

function codesInTheCode(): Set<string> {
  const texts = [...sourcesBelow('src', /\.tsx?$/), ...sourcesBelow('migrations', /\.sql$/)];
  return new Set(texts.flatMap((text) => ways.flatMap((way) => [...text.matchAll(way)].map(([, code = '']) => code))));
}

describe('docs/errors.md', () => {
  const known = new Set(onThePage.map((row) => row.code));
  const thrown = codesInTheCode();

  test('names every code that can be thrown', () => {
    expect(thrown.size).toBeGreaterThan(90);
    expect([...thrown].filter((code) => !known.has(code)).toSorted()).toEqual([]);
  });

  test('names no code that nobody throws, and none twice', () => {
    expect([...known].filter((code) => !thrown.has(code) && !(code in errorTexts))).toEqual([]);
    expect(onThePage).toHaveLength(known.size);
  });

  test('says of each what it means and what to do', () => {
    for (const { code, meaning, nextStep } of onThePage) {
      expect(meaning, code).toMatch(/\.$/);
      expect(nextStep, code).toMatch(/\.$/);
    }
  });

  test('knows every code the window has words for', () => {
    expect(Object.keys(errorTexts).filter((code) => !known.has(code)).toSorted()).toEqual([]);
  });
});
