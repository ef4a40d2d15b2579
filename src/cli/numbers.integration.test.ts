/** `daybook numbers`: at a desk of its own, and at two desks of a shared ledger, each a process and a data folder of its own. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startPostgres, type RunningPostgres } from '../../sandbox/postgres.ts';
import { openCliDesk, type CliDesk, type ErrorDocument } from '../main/testing/cli-desk.ts';
import { makeSharedDatabase, type SharedDatabase } from '../main/testing/shared-desks.ts';
import { makeTemporaryFolder } from '../main/testing/temporary-folder.ts';
import type { NumberBlockView, NumberGapView, NumbersOverviewView } from '../shared/api/numbers.contract.ts';

const folder = makeTemporaryFolder();
let server: RunningPostgres;
let world: SharedDatabase;
let ada: CliDesk;
let ben: CliDesk;
let cleo: CliDesk;

beforeAll(async () => {
  server = await startPostgres();
  world = await makeSharedDatabase(server);
  const deskOf = async (name: string, role: 'admin' | 'accountant' | 'finance'): Promise<CliDesk> => openCliDesk(join(folder.path, name), { DAYBOOK_POSTGRES_URL: await world.urlOf(name, role) });
  [ada, ben, cleo] = [await deskOf('ada', 'accountant'), await deskOf('ben', 'admin'), await deskOf('cleo', 'finance')];
  for (const desk of [ada, ben, cleo]) expect((await desk.run('sync', 'postgres')).code).toBe(0);
});
afterAll(async () => {
  await world[Symbol.asyncDispose]();
  await server.stop();
  folder[Symbol.dispose]();
});

describe('at a desk of its own', () => {
  test('a block is leased, listed and returned; nothing of it is lost', async () => {
    const alone = openCliDesk(join(folder.path, 'alone'), { DAYBOOK_NOW: '2026-11-18T14:14:00Z' });
    expect((await alone.run('jobs', 'run', 'ledger-verify')).code).toBe(0); // begins the ledger
    expect((await alone.run('numbers', 'list')).stdout).toMatch(/INV-2026 +INV-2026-0001 +0 +0 +0 +0\n/);
    const leased = await alone.json<NumberBlockView>('numbers', 'lease', 'CN', '--count', '3', '--days', '2');
    expect(leased).toMatchObject({ code: 0, answer: { first: 'CN-2026-0001', last: 'CN-2026-0003', left: 3, isOfThisDesk: true, mayEnd: true } });
    expect((await alone.json<NumbersOverviewView>('numbers', 'list')).answer).toMatchObject({ kind: 'local', isOnline: true, series: [{ series: 'INV', next: 'INV-2026-0001' }, { series: 'CN', next: 'CN-2026-0004', inBlocks: 3, unaccounted: 0 }], leasable: { years: [2025, 2026] } });
    const returned = await alone.run('numbers', 'return', leased.answer.id, '--reason', 'Not needed');
    expect([returned.code, returned.stdout]).toEqual([0, 'CN-2026-0001 to CN-2026-0003: 0 used, 3 back in the series, 0 in the gap register.\n']);
  });
});

describe('at two desks', () => {
  test('a block is one desk’s; an admin takes it away, and its numbers are explained', async () => {
    const { answer: block } = await ada.json<NumberBlockView>('numbers', 'lease', 'INV', '--count', '2');
    expect((await ben.json<NumbersOverviewView>('numbers', 'list')).answer.blocks).toMatchObject([{ id: block.id, first: block.first, holder: `${world.prefix}_ada`, isOfThisDesk: false, mayEnd: true, left: 2 }]);
    expect(await ben.json<ErrorDocument>('numbers', 'return', block.id, '--reason', 'x')).toMatchObject({ code: 1, answer: { error: { code: 'number-reason-missing' } } });
    const taken = await ben.run('numbers', 'return', block.id, '--reason', 'The laptop was stolen');
    expect([taken.code, taken.stdout]).toEqual([0, expect.stringContaining(`0 used, 0 back in the series, 2 in the gap register.\nGaps: ${block.first}, ${block.last}\n`)]);
    expect((await ada.json<{ gaps: NumberGapView[] }>('numbers', 'gaps', '--series', 'INV')).answer.gaps).toMatchObject([{ number: block.last, reason: 'The laptop was stolen', recordedBy: `${world.prefix}_ben` }, { number: block.first }]);
    expect(await ada.json('numbers', 'return', block.id, '--reason', 'Too late for that')).toMatchObject({ code: 0, answer: { block: { state: 'revoked' }, backToSeries: 0 } });
  });

  test('offline a desk lists what it holds and says that it can neither lease nor return', async () => {
    const { answer: block } = await ada.json<NumberBlockView>('numbers', 'lease', 'INV', '--count', '2');
    const url = new URL(await world.urlOf('ada', 'accountant'));
    url.port = '1';
    const offline = ada.with({ DAYBOOK_POSTGRES_URL: url.toString() });
    expect((await offline.json<NumbersOverviewView>('numbers', 'list')).answer).toMatchObject({ kind: 'shared', isOnline: false, series: [], blocks: [{ id: block.id, left: 2, isOfThisDesk: true }] });
    expect(await offline.json<ErrorDocument>('numbers', 'lease', 'INV', '--year', String(block.year))).toMatchObject({ code: 1, answer: { error: { code: 'postgres-unreachable' } } });
    expect(await offline.json<ErrorDocument>('numbers', 'return', block.id, '--reason', 'Back')).toMatchObject({ code: 1, answer: { error: { code: 'postgres-unreachable' } } });
    expect(await ada.json('numbers', 'return', block.id, '--reason', 'Back')).toMatchObject({ code: 0, answer: { backToSeries: 2 } });
  });

  test('a ledger that is restored uses its blocks no more, and gives none of their numbers back', async () => {
    const { answer: block } = await ada.json<NumberBlockView>('numbers', 'lease', 'CN', '--count', '2');
    const created = await ada.json<{ backup: { id: string } }>('backup', 'create');
    expect((await ada.run('backup', 'restore', created.answer.backup.id)).code).toBe(0);
    expect((await ada.json<NumbersOverviewView>('numbers', 'list')).answer.blocks[0]).toMatchObject({ id: block.id, state: 'suspended', left: 0 });
    expect(await ada.json('numbers', 'return', block.id, '--reason', 'Restored')).toMatchObject({ code: 0, answer: { backToSeries: 0, gaps: [block.first, block.last] } });
  });

  test('who is no accountant is told so', async () => {
    for (const command of [['list'], ['lease', 'INV', '--year', '2026']]) expect(await cleo.json<ErrorDocument>('numbers', ...command)).toMatchObject({ code: 1, answer: { error: { code: 'role-too-small' } } });
  });

  test.each([['lease', 'API'], ['lease', 'INV', '--count', '101'], ['return', 'not-an-id', '--reason', 'because']])('what is typed wrong is exit 2: %s %s %s', async (...args) => {
    expect((await ada.run('numbers', ...args)).code).toBe(2);
  });
});
