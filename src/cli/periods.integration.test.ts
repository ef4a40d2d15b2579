/** Two people on two machines and one shared ledger: the same journal, a month closed by one, opened by both. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startWorld, type World } from '../../sandbox/world.ts';
import { openDemoDesk, readLedgerFile, type CliDesk, type ErrorDocument } from '../main/testing/cli-desk.ts';
import { digestOfLedger } from '../main/testing/ledger-digest.ts';
import { makeTemporaryFolder } from '../main/testing/temporary-folder.ts';

interface Period {
  month: string;
  state: string;
  isNextToClose: boolean;
  checklist: { code: string; isFine: boolean; detail: string | null }[] | null;
  closedBy: string | null;
  reopenRequest: { actor: string } | null;
}

const folder = makeTemporaryFolder();
let world: World;
let amara: CliDesk;
let ben: CliDesk;
let first: string;

beforeAll(async () => {
  world = await startWorld({ size: 'small', seed: 1 });
  amara = openDemoDesk(world, join(folder.path, 'amara'));
  ben = openDemoDesk(world, join(folder.path, 'ben')).with({ DAYBOOK_POSTGRES_URL: world.document.postgres.adminUrl });
});
afterAll(async () => {
  await world?.stop();
  folder[Symbol.dispose]();
});

async function fine<Answer>(desk: CliDesk, ...args: string[]): Promise<Answer> {
  const { code, answer } = await desk.json<Answer>(...args);
  expect([code, JSON.stringify(answer).slice(0, 300)]).toEqual([0, expect.any(String)]);
  return answer;
}
const refused = async (desk: CliDesk, ...args: string[]): Promise<string> => (await desk.json<ErrorDocument>(...args)).answer.error.code;
const periodsOf = async (desk: CliDesk): Promise<Period[]> => (await fine<{ periods: Period[] }>(desk, 'ledger', 'periods')).periods;
const journalOf = (desk: CliDesk) => {
  const { journal_entries, postings, provisional_entries } = digestOfLedger(join(desk.dataFolder, 'ledger.sqlite'));
  return { journal_entries, postings, provisional_entries };
};

describe('two desks', () => {
  test('that read the same Stripe at once hold the same journal to the byte, and nothing waits', async () => {
    const synced = await Promise.all([amara, ben].map((desk) => fine<{ entriesPending: number }>(desk, 'sync', 'stripe')));
    expect(synced.map((answer) => answer.entriesPending)).toEqual([0, 0]);
    for (const desk of [amara, ben]) await fine(desk, 'sync', 'postgres');
    expect(journalOf(ben)).toEqual(journalOf(amara));
    expect(journalOf(amara).provisional_entries).toMatch(/^0 rows/);
    expect(await fine(ben, 'ledger', 'verify')).toMatchObject({ isSound: true });
  });

  test('close a month once its revenue is recognised; another month must wait its turn', async () => {
    const next = (await periodsOf(amara)).find((period) => period.isNextToClose);
    first = next?.month ?? '';
    expect(next?.checklist?.filter((item) => !item.isFine).map((item) => item.code)).toEqual(['recognition-done']);
    expect(await refused(amara, 'ledger', 'close', '--period', first)).toBe('period-not-closable');
    expect(await refused(amara, 'ledger', 'close', '--period', '2026-10')).toBe('earlier-month-open');
    await fine(amara, 'revenue', 'recognise', '--period', first);
    expect(await refused(amara, 'ledger', 'revaluation', 'maybe')).toBe('usage-invalid');
    expect(await fine(amara, 'ledger', 'revaluation', 'on')).toEqual({ revaluation: 'on' });
    expect(await fine(amara, 'ledger', 'close', '--period', first)).toMatchObject({ month: first, state: 'closed', closedBy: 'demo_accountant', revaluation: 'on' });
    // Another desk follows the setting, and has what it shaped.
    await fine(ben, 'sync', 'postgres');
    expect((await ben.run('ledger', 'periods')).stdout).toContain('Closing revalues foreign balances at the month-end rate.');
    expect(await fine(amara, 'ledger', 'revaluation', 'off')).toEqual({ revaluation: 'off' });
    const said = await amara.run('ledger', 'periods');
    expect(said.stdout).toMatch(new RegExp(`${first} +closed`));
    await fine(ben, 'sync', 'postgres');
    expect((await periodsOf(ben))[0]).toMatchObject({ month: first, state: 'closed' });
    expect(journalOf(ben)).toEqual(journalOf(amara));
  });

  test('reverse an entry once, whoever asks, dated today and marked with its own month', async () => {
    const [{ id }] = readLedgerFile<{ id: string }>(ben, 'SELECT id FROM journal_entries WHERE ledger_sequence = 1') as [{ id: string }];
    const reversal = await fine<{ id: string; state: string }>(ben, 'ledger', 'reverse', id, '--reason', 'Booked twice');
    expect(reversal.state).toBe('sealed');
    expect(readLedgerFile(ben, `SELECT entry_date AS "on", concerns_month AS concerns, kind FROM journal_entries WHERE reverses_entry_id = '${id}'`)).toEqual([{ on: '2026-11-18', concerns: expect.stringMatching(/^202\d-\d\d$/), kind: 'reversal' }]);
    await fine(amara, 'sync', 'postgres');
    expect(await fine(amara, 'ledger', 'reverse', id, '--reason', 'Once more')).toMatchObject({ id: reversal.id });
    expect(journalOf(ben)).toEqual(journalOf(amara));
  });

  test('open it again together, never one alone', async () => {
    expect(await refused(amara, 'ledger', 'approve-reopen', '--period', first)).toBe('reopen-not-requested');
    expect(await fine(amara, 'ledger', 'reopen', '--period', first, '--reason', 'A bill was missing')).toMatchObject({ state: 'closed', reopenRequest: { actor: 'demo_accountant' } });
    expect(await refused(amara, 'ledger', 'approve-reopen', '--period', first)).toBe('second-person-needed');
    expect(await fine(ben, 'ledger', 'approve-reopen', '--period', first)).toMatchObject({ state: 'open', reopenRequest: null });
    await fine(amara, 'sync', 'postgres');
    expect((await periodsOf(amara))[0]).toMatchObject({ month: first, state: 'open' });
    for (const desk of [amara, ben]) expect(await fine(desk, 'ledger', 'verify')).toMatchObject({ isSound: true });
  });

  test('hold their books against a rebuild from Stripe: equal, with a month that was closed and opened and an entry that was reversed', async () => {
    const kept = join(folder.path, 'rebuilt.sqlite');
    // What one that was killed left behind goes with the next start.
    mkdirSync(join(amara.dataFolder, 'rebuild'));
    writeFileSync(join(amara.dataFolder, 'rebuild', 'ledger.sqlite'), 'half a ledger');
    await periodsOf(amara);
    expect(existsSync(join(amara.dataFolder, 'rebuild'))).toBe(false);
    const before = journalOf(amara);
    const rebuilt = await fine<{ isEqual: boolean; entriesHere: number; keptFile: string }>(amara, 'ledger', 'rebuild', '--keep', kept);
    expect(rebuilt).toMatchObject({ isEqual: true, differences: [], keptFile: kept, recognisedThrough: first });
    expect(digestOfLedger(kept)['journal_entries']).toMatch(/^[1-9]\d* rows/);
    expect([existsSync(join(amara.dataFolder, 'rebuild', 'ledger.sqlite')), journalOf(amara)]).toEqual([false, before]);
    expect((await ben.run('ledger', 'rebuild')).stdout).toMatch(/^The books equal a rebuild from Stripe: [\d,]+ entries/);
    expect(await refused(amara, 'ledger', 'rebuild', '--keep', join(amara.dataFolder, 'x.sqlite'))).toBe('file-in-data-folder');
  });

  test('close all months up to one, each by itself, up to the first that cannot be closed', async () => {
    const months = async (desk: CliDesk, state: string) => (await periodsOf(desk)).filter((period) => period.state === state).map((period) => period.month);
    for (const wrong of [['--period', '2026-10', '--through', '2026-10'], ['--period', '2026-10', '--dry-run'], []]) expect(await amara.json('ledger', 'close', ...wrong)).toMatchObject({ code: 2, answer: { error: { code: 'usage-invalid' } } });
    expect(await refused(amara, 'ledger', 'close', '--through', '2026-11')).toBe('period-not-over');
    const { code, answer } = await amara.json<{ stopsAt: string; closed: Period[] }>('ledger', 'close', '--through', '2026-10');
    expect([code, answer.closed.map((period) => period.month), answer.stopsAt > first]).toEqual([1, [first], true]);
    await fine(amara, 'revenue', 'recognise');
    expect((await amara.run('ledger', 'close', '--through', '2026-09', '--dry-run')).stdout).toContain('2026-09 can be closed.');
    expect(await months(amara, 'closed')).toEqual([first]);
    const closed = await fine<{ stopsAt: string | null; closed: Period[] }>(amara, 'ledger', 'close', '--through', '2026-10');
    expect([closed.stopsAt, closed.closed.at(-1)?.month, closed.closed.every((period) => period.closedBy === 'demo_accountant')]).toEqual([null, '2026-10', true]);
    expect(readLedgerFile<{ acts: number }>(amara, "SELECT count(*) AS acts FROM period_log WHERE action = 'close'")[0]?.acts).toBe(closed.closed.length + 2);
    expect(await months(amara, 'open')).toEqual([]);
    await fine(ben, 'sync', 'postgres');
    expect(journalOf(ben)).toEqual(journalOf(amara));
    expect(await fine(ben, 'ledger', 'rebuild')).toMatchObject({ isEqual: true, recognisedThrough: '2026-10' });
    expect(await refused(amara, 'ledger', 'close', '--through', '2026-10')).toBe('period-closed-already');
  });
});
