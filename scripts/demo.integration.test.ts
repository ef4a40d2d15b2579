import { rmSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { makeTemporaryFolder } from '../src/main/testing/temporary-folder.ts';
import { placesOf, runDemo } from './testing/demo-process.ts';
import { expectWholeMonth } from './testing/whole-month.ts';
import { digestOfLedger } from '../src/main/testing/ledger-digest.ts';

const folder = makeTemporaryFolder();
afterAll(() => rmSync(folder.path, { recursive: true, force: true }));

/** What the demo says of each step, without the seconds. */
const stepsOf = (text: string): string[] => text.split('\n').map((line) => line.replace(/ \([\d.]+ s\)$/, '')).filter((line) => /^[A-Z].{23} \S/.test(line) && !line.includes('outside world') && !line.startsWith('Done in '));

describe('a month of the demo company', () => {
  test.each([
    { size: 'small', seed: 1 },
    { size: 'small', seed: 2, isFromSources: true },
    { size: 'medium', seed: 1 },
  ] as const)('$size, seed $seed: every figure equals the manifest', { timeout: 600_000 }, (options) => expectWholeMonth({ data: folder.path, ...options }));

  test('a second run says the same and changes nothing', { timeout: 300_000 }, async () => {
    const options = { data: folder.path, size: 'small', seed: 1 } as const;
    const { ledger } = placesOf(options);
    const before = digestOfLedger(ledger);
    const second = stepsOf(await runDemo(options));
    expect(digestOfLedger(ledger)).toEqual(before);
    expect(before['journal_entries']).toMatch(/^[1-9]\d{3} rows/);
    expect(before['period_log']).toMatch(/^35 rows/);
    expect(second).toHaveLength(10);
    const third = stepsOf(await runDemo(options));
    expect(third).toEqual(second);
    expect(digestOfLedger(ledger)).toEqual(before);
  });
});
