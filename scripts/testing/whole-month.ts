/** What a headless demo must have said and done, whatever company it was. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Manifest } from '../../sandbox/manifest.ts';
import { placesOf, runDemo, type DemoProcessOptions } from './demo-process.ts';

/** Runs the demo to its end: every figure equals the manifest, and the manifest is worth the comparison. */
export async function expectWholeMonth(options: Required<Pick<DemoProcessOptions, 'data' | 'size' | 'seed'>> & DemoProcessOptions): Promise<void> {
  const text = await runDemo(options);
  expect(text).toContain('Every figure equals the manifest of truth.');
  const manifest = JSON.parse(await readFile(join(placesOf(options).world, 'manifest.json'), 'utf8')) as Manifest;
  expect(manifest).toMatchObject({ size: options.size, seed: options.seed });
  expect([manifest.mrr.length, manifest.partnerInvoices.length]).toEqual([36, 6]);
  expect(manifest.plantedBreaks.length).toBeGreaterThanOrEqual(12);
  expect(text).toContain('35 closed, 2023-12 to 2026-10');
  expect(new Set(manifest.deferral.map((row) => row.month)).size).toBe(35);
  expect(text).toContain(`${manifest.plantedBreaks.length} differences of ${manifest.plantedBreaks.length} planted`);
}
