import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeTemporaryFolder } from '../src/main/testing/temporary-folder.ts';
import { placesOf, runDemo } from './testing/demo-process.ts';
import { booksAfterKills, stepLines, type Victim } from './testing/kill-and-rerun.ts';
import { digestOfBooks, type LedgerDigest } from '../src/main/testing/ledger-digest.ts';
import { randomFrom } from '../src/main/testing/random-from.ts';

const folder = makeTemporaryFolder();
let undisturbed: LedgerDigest;
let wholeRunMs: number;

beforeAll(async () => {
  const data = join(folder.path, 'undisturbed');
  const startedMs = performance.now();
  await runDemo({ data });
  wholeRunMs = performance.now() - startedMs;
  undisturbed = digestOfBooks(placesOf({ data }).ledger);
});
afterAll(() => folder[Symbol.dispose]());

describe('a demo that is killed and run again', () => {
  test('in every step in turn, with its sandbox and its PostgreSQL: the same books', { timeout: 400_000 }, async () => {
    const random = randomFrom(20_261_118);
    const moments = stepLines.map((after) => ({ after, delayMs: Math.floor(random() * 250), victim: 'machine' as const }));
    expect(await booksAfterKills(join(folder.path, 'steps'), moments)).toEqual(undisturbed);
  });

  test.each([
    { share: 0.15, victim: 'machine' },
    { share: 0.35, victim: 'demo' },
    { share: 0.5, victim: 'group' },
    { share: 0.7, victim: 'machine' },
  ] satisfies { share: number; victim: Victim }[])('once, after $share of its time (the $victim): the same books', { timeout: 200_000 }, async ({ share, victim }) => {
    const moment = { after: null, delayMs: Math.floor(wholeRunMs * share), victim };
    expect(await booksAfterKills(join(folder.path, `share-${share}`), [moment])).toEqual(undisturbed);
  });
});
