import { rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { Manifest } from '../sandbox/manifest.ts';
import { makeTemporaryFolder } from '../src/main/testing/temporary-folder.ts';
import { placesOf, runDemo } from './testing/demo-process.ts';
import { digestOfLedger } from '../src/main/testing/ledger-digest.ts';

const folder = makeTemporaryFolder();
afterAll(() => rmSync(folder.path, { recursive: true, force: true }));

/** What the demo says of each step, without the seconds. */
const stepsOf = (text: string): string[] => text.split('\n').map((line) => line.replace(/ \([\d.]+ s\)$/, '')).filter((line) => /^[A-Z].{23} \S/.test(line) && !line.includes('outside world') && !line.startsWith('Done in '));

describe('a month of the demo company', () => {
  test.each([
    { size: 'small', seed: 1 },
    { size: 'small', seed: 2 },
    { size: 'medium', seed: 1 },
    { size: 'medium', seed: 2 },
  ] as const)('$size, seed $seed: every figure equals the manifest', { timeout: 600_000 }, async ({ size, seed }) => {
    const options = { data: folder.path, size, seed };
    const text = await runDemo(options);
    expect(text).toContain('Every figure equals the manifest of truth.');
    const manifest = JSON.parse(await readFile(join(placesOf(options).world, 'manifest.json'), 'utf8')) as Manifest;
    expect(manifest).toMatchObject({ size, seed });
    // The manifest itself must be worth the comparison.
    expect([manifest.mrr.length, manifest.partnerInvoices.length]).toEqual([36, 6]);
    expect(manifest.plantedBreaks.length).toBeGreaterThanOrEqual(12);
    expect(text).toContain('35 closed, 2023-12 to 2026-10');
    expect(new Set(manifest.deferral.map((row) => row.month)).size).toBe(35);
    expect(text).toContain(`${manifest.plantedBreaks.length} differences of ${manifest.plantedBreaks.length} planted`);
  });

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
