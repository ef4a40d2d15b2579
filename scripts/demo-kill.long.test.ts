import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeTemporaryFolder } from '../src/main/testing/temporary-folder.ts';
import { placesOf, runDemo } from './testing/demo-process.ts';
import { booksAfterKills, stepLines, type KillMoment, type Victim } from './testing/kill-and-rerun.ts';
import { digestOfBooks, type LedgerDigest } from '../src/main/testing/ledger-digest.ts';
import { randomFrom } from '../src/main/testing/random-from.ts';

const seed = Number(process.env['DAYBOOK_SEED'] ?? Date.now() % 1_000_000);
const companies = 30;
const victims: readonly Victim[] = ['machine', 'group', 'demo'];
const folder = makeTemporaryFolder();
let undisturbed: LedgerDigest;
let wholeRunMs: number;

beforeAll(async () => {
  console.log(`seed ${seed} (DAYBOOK_SEED repeats it)`);
  const data = join(folder.path, 'undisturbed');
  const startedMs = performance.now();
  await runDemo({ data });
  wholeRunMs = performance.now() - startedMs;
  undisturbed = digestOfBooks(placesOf({ data }).ledger);
});
afterAll(() => folder[Symbol.dispose]());

/** Between one and five kills of a run, each anywhere in time or in a step. */
function makeMoments(random: () => number): KillMoment[] {
  const choose = <Item>(items: readonly Item[]): Item => items[Math.floor(random() * items.length)] as Item;
  return Array.from({ length: 1 + Math.floor(random() * 5) }, () => {
    const victim = choose(victims);
    return random() < 0.5 ? { after: null, delayMs: Math.floor(random() * wholeRunMs), victim } : { after: choose(stepLines), delayMs: Math.floor(random() * 600), victim };
  });
}

describe('a demo that is killed again and again', () => {
  test.each(Array.from({ length: companies }, (_, index) => index))('company %i ends in the same books', async (index) => {
    const moments = makeMoments(randomFrom(seed + index));
    expect(await booksAfterKills(join(folder.path, `run-${index}`), moments), JSON.stringify(moments.map((moment) => ({ ...moment, after: moment.after?.source })))).toEqual(undisturbed);
  });
});
