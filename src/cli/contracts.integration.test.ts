/** The commands about contracts as a person types them, in a process of their own. */
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openCliDesk, type CliDesk, type ErrorDocument } from '../main/testing/cli-desk.ts';
import { amendmentOf, deedContract, flatContract, insertUsage } from '../main/testing/billing-fixtures.ts';
import { openContractsDesk } from '../main/testing/contracts-desk.ts';
import { makeTemporaryFolder } from '../main/testing/temporary-folder.ts';

const folder = makeTemporaryFolder();
let desk: CliDesk;
const at = (name: string): string => join(folder.path, name);

beforeAll(() => {
  using books = openContractsDesk([flatContract, deedContract], [amendmentOf(flatContract, { id: '99999999-9999-4999-8999-999999999999', effectiveFrom: '2026-10-16', flatFeeMinor: 150_000 })]);
  insertUsage(books.database, 'use', 'dp_pk_KKB', 'deeds', 411, '2026-10-15T12:00:00Z');
  mkdirSync(at('desk'), { mode: 0o700 });
  books.database.connection.prepare('VACUUM INTO ?').run(at('desk/ledger.sqlite'));
  writeFileSync(at('desk/config.json'), JSON.stringify({ now: '2026-11-18T14:14:00Z', reportingTimeZone: 'America/New_York', functionalCurrency: 'usd', user: 'ana' }), { mode: 0o600 });
  desk = openCliDesk(at('desk'), {});
});
afterAll(() => folder[Symbol.dispose]());

describe('daybook contracts', () => {
  test('list, show and rehearse, for a person and for a program', async () => {
    const listed = await desk.run('contracts', 'list');
    expect([listed.code, listed.stderr, listed.stdout]).toEqual([0, '', expect.stringMatching(/Ashgrove Registry +dp_pk_ABC +in-force +2023-01-01 +1,500\.00 USD a month; 21 % tax[^]+2 of 2 contracts/)]);
    expect(listed.stdout).not.toMatch(/undefined|NaN|\[object/);
    expect((await desk.json<{ timeline: { effectiveFrom: string }[] }>('contracts', 'show', 'dp_pk_ABC')).answer.timeline.map((terms) => terms.effectiveFrom)).toEqual(['2023-01-01', '2026-10-16']);
    const rehearsed = await desk.run('contracts', 'rehearse', 'dp_pk_KKB', '--set', 'per_deed_price=3', 'included_units=11');
    expect([rehearsed.code, rehearsed.stdout]).toEqual([0, expect.stringMatching(/2026-10 +411 +0 +1,193\.96 EUR +1,200\.00 EUR +6\.04 EUR[^]+: 6\.04 EUR, before tax; most against the partner in 2026-10\.\n/)]);
    const cheaper = await desk.run('contracts', 'rehearse', 'dp_pk_KKB', '--set', 'per_deed_price=0');
    expect(cheaper.stdout).toContain('Over these months: −1,193.96 EUR, before tax; most for the partner in 2026-10.\n'); // a month in which nothing differs is none against it
  });

  test('export and import: a round trip changes nothing, a problem refuses the whole file', async () => {
    expect((await desk.run('contracts', 'export', '--format', 'csv', '--out', folder.path)).code).toBe(0);
    const file = at('contracts-2026-11-18.csv');
    expect(statSync(file).mode & 0o77).toBe(0);
    expect((await desk.run('contracts', 'import', file, '--dry-run')).stdout).toMatch(/0 new, 0 changed, 5 unchanged \(rehearsal/);
    writeFileSync(file, readFileSync(file, 'utf8').replace('139350', '139350,5').replace('2.905', '-2.905'));
    const refused = await desk.json<{ problems: { row: number; code: string }[] }>('contracts', 'import', file, '--reason', 'New prices');
    expect([refused.code, refused.answer.problems.map(({ row, code }) => [row, code])]).toEqual([1, [[4, 'row-length'], [5, 'price-negative']]]);
    expect((await desk.json<{ text: string }>('contracts', 'export', '--format', 'json')).answer.text).toContain('daybook-contracts-1');
  });

  test.each([
    [['contracts', 'edit', 'dp_pk_ABC', '--set', 'flat_fee_minor=1'], 2, 'usage-invalid'],
    [['contracts', 'edit', 'dp_pk_ABC', '--set', 'colour=red', '--reason', 'Because'], 2, 'input-invalid'],
    [['contracts', 'edit', 'dp_pk_ABC', '--set', 'flat_fee_minor=1', 'flat-fee-minor=2', '--reason', 'Because'], 2, 'input-invalid'],
    [['contracts', 'edit', 'nobody', '--set', 'name=x', '--reason', 'Because'], 1, 'record-not-found'],
    [['contracts', 'amend', 'dp_pk_ABC', '--from', 'tomorrow', '--reason', 'Because'], 2, 'usage-invalid'],
    [['contracts', 'compare', 'dp_pk_ABC', '--from', '0', '--to', '1'], 2, 'usage-invalid'],
    [['contracts', 'import', '/nowhere.csv', '--dry-run'], 1, 'file-unreadable'],
    [['contracts', 'export', '--format', 'xlsx'], 2, 'usage-invalid'],
  ])('%j: exit %i, %s', async (args, code, error) => {
    const { code: exit, answer } = await desk.json<ErrorDocument>(...args);
    expect([exit, answer.error.code]).toEqual([code, error]);
  });
});
