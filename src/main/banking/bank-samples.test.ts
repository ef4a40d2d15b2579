/** Real banks' files, where they are at hand: each is read, or refused with a code, a reason and, where one is to blame, the line. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { germanMapping, noColumns, readFile } from '../testing/bank-files.ts';

const place = ['..', '../..'].map((up) => join(import.meta.dirname, '..', '..', '..', up, 'shared', 'data', 'bank')).find((folder) => existsSync(join(folder, 'index.json')));
interface Sample {
  readonly file: string;
  readonly format: string;
}
const samples = place === undefined ? [] : (JSON.parse(readFileSync(join(place, 'index.json'), 'utf8')) as Sample[]);
const mapping = { ...germanMapping, encoding: 'utf-8' as const, delimiter: ',' as const, headingLines: 1, dateFormat: 'YYYY-MM-DD' as const, decimalSign: '.' as const, currency: 'usd', columns: { ...noColumns, bookedOn: 'date', amount: 'amount', description: ['description'] } };

/** What the formats' own rules make of the samples; many are cut down for tests of other programs, so that their balances do not add up. */
const readable = new Set([
  'camt053', 'ofx', 'mt940', 'csv',
]);
const unsupported: Readonly<Record<string, string>> = { camt052: 'CAMT.052', camt054: 'CAMT.054', bai2: 'BAI2' };

describe.skipIf(place === undefined)('samples of real files (skipped unless the material lies beside the repository)', () => {
  test.each(samples.map(({ file, format }) => [file, format] as const))('%s', async (file, format) => {
    const outcome = await readFile(join(place ?? '', file), { mapping, account: 'GIVEN' }).catch((error: unknown) => error);
    const named = unsupported[format];
    if (named !== undefined) {
      expect(outcome).toMatchObject({ code: 'bank-format-unsupported', message: expect.stringContaining(named) as string });
      return;
    }
    expect(readable).toContain(format);
    if (outcome instanceof Error) {
      expect(outcome).toMatchObject({ kind: 'validation', code: expect.stringMatching(/^bank-/) as string, data: { reason: expect.stringMatching(/.{10}/) as string } });
      return;
    }
    const { statements, lines } = outcome as Awaited<ReturnType<typeof readFile>>;
    expect(statements.length).toBeGreaterThan(0);
    expect(statements.reduce((sum, statement) => sum + statement.lines, 0)).toBe(lines.length);
    for (const each of statements) if (each.proof === 'proved') expect((each.openingMinor ?? 0) + each.creditsMinor - each.debitsMinor).toBe(each.closingMinor);
  });

  test('most formats are read, not only refused', async () => {
    const outcomes = await Promise.all(samples.filter(({ format }) => readable.has(format)).map(async ({ file, format }) => [format, await readFile(join(place ?? '', file), { mapping, account: 'GIVEN' }).then(() => 'read', () => 'refused')] as const));
    const read = Object.groupBy(outcomes.filter(([, outcome]) => outcome === 'read'), ([format]) => format);
    expect(Object.fromEntries(Object.entries(read).map(([format, list]) => [format, list?.length]))).toEqual({ camt053: 1, mt940: 5, ofx: 4, csv: 1 });
  });

  // Each was looked at by hand: the samples are cut down for tests of other programs, and what is refused is so.
  test.each([
    ['camt053/genkgo_camt__data_camt053.v2.five.decimals.xml', 'bank-statement-unbalanced', 107, 'opening 18.15 + entries 8.85 = 27.00, and it says 27.05 EUR'],
    ['camt053/genkgo_camt__data_camt053.v2.minimal.ultimate.xml', 'bank-currency-mixed', 54, 'an amount in SEK in a statement in EUR'],
    ['mt940/WoLpH_mt940__betterplace_sepa_snippet.sta', 'bank-statement-unbalanced', 57, 'opening -1970431.87 + entries -2501917.30'],
    ['mt940/WoLpH_mt940__jejik_abnamro.sta', 'bank-statement-unbalanced', 32, 'opening 3236.28 + entries -321.44 = 2914.84, and it says 876.84 EUR'],
    ['mt940/WoLpH_mt940__jejik_knab.sta', 'bank-statement-unbalanced', 21, 'opening 3058.98 + entries -6760.00'],
    ['mt940/WoLpH_mt940__self-provided_gv_codes.sta', 'bank-file-truncated', 8, 'no closing balance'],
    ['mt940/sandermarechal_jejik-mt940__document_K4262927_20200905-080000-952.txt', 'bank-file-truncated', 10, 'no closing balance'],
    ['mt940/sandermarechal_jejik-mt940__document_ing-dos.txt', 'bank-statement-unbalanced', 28, 'opening 0.00 + entries -45.59'],
    ['ofx/jseutter_ofxparse__fail_nice_date_missing.ofx', 'bank-date-invalid', 33, 'no day on which it was posted'],
    ['ofx/jseutter_ofxparse__fixtures_error_message.ofx', 'bank-file-without-statement', null, 'the bank says: General Server Error'],
  ])('%s is refused as %s at line %s', async (file, code, fileLine, reason) => {
    await expect(readFile(join(place ?? '', file), { mapping, account: 'GIVEN' })).rejects.toMatchObject({ code, data: { fileLine, reason: expect.stringContaining(reason) as string } });
  });
});
