/** Edits of two people on one shared database as they type them, each in a process and a data folder of their own. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startPostgres, type RunningPostgres } from '../../sandbox/postgres.ts';
import { openCliDesk, startDaybook, type CliDesk, type ErrorDocument } from '../main/testing/cli-desk.ts';
import { makeSharedDatabase, seedContract, type SharedDatabase } from '../main/testing/shared-desks.ts';
import { makeTemporaryFolder } from '../main/testing/temporary-folder.ts';

const folder = makeTemporaryFolder();
let server: RunningPostgres;
let world: SharedDatabase;
let ada: CliDesk;
let ben: CliDesk;
let cleo: CliDesk;
let owner: CliDesk;

beforeAll(async () => {
  server = await startPostgres();
  world = await makeSharedDatabase(server);
  await seedContract(world.owner);
  const deskOf = async (name: string, role: 'admin' | 'accountant'): Promise<CliDesk> => openCliDesk(join(folder.path, name), { DAYBOOK_POSTGRES_URL: await world.urlOf(name, role) });
  [ada, ben, cleo] = [await deskOf('ada', 'admin'), await deskOf('ben', 'admin'), await deskOf('cleo', 'accountant')];
  owner = openCliDesk(join(folder.path, 'owner'), { DAYBOOK_POSTGRES_URL: world.ownerUrl });
  for (const desk of [ada, ben, cleo]) expect((await desk.run('sync', 'postgres')).code).toBe(0);
});
afterAll(async () => {
  await world[Symbol.asyncDispose]();
  await server.stop();
  folder[Symbol.dispose]();
});

interface Change {
  readonly id: string;
  readonly state: string;
  readonly conflictId: string | null;
  readonly approvalId: string | null;
}

describe('an edit from the command line', () => {
  test('bears a price: it waits for a second person, who decides it in money', async () => {
    const { code, answer } = await ada.json<Change>('contracts', 'edit', 'dp_pk_TSG', '--set', 'flat_fee_minor=20000', '--reason', 'New price list');
    expect([code, answer.state]).toEqual([0, 'awaiting-approval']);
    expect(await ada.json<ErrorDocument>('contracts', 'approve', answer.approvalId ?? '')).toMatchObject({ code: 1, answer: { error: { code: 'second-person-needed' } } });
    await cleo.run('sync', 'postgres');
    expect(await cleo.json('sync', 'status')).toMatchObject({ code: 1, answer: { approvals: 1, decidable: 1, fourEyes: 'on', isConnected: true } });
    const listed = await cleo.run('contracts', 'approvals');
    expect([listed.code, listed.stdout]).toEqual([1, expect.stringMatching(/dp_pk_TSG +desks_\w+_ada +New price list +yes/)]);
    expect((await cleo.run('contracts', 'approvals', answer.approvalId ?? '')).stdout).toMatch(/Flat fee +100\.00 USD +200\.00 USD\nLast month: 100\.00 USD for \d{4}-\d{2} as it stands, 200\.00 USD for \d{4}-\d{2} with the change\./);
    expect(await cleo.json<ErrorDocument>('contracts', 'edit', 'dp_pk_TSG', '--set', 'flat_fee_minor=1', '--reason', 'Not mine to do')).toMatchObject({ code: 1, answer: { error: { code: 'role-too-small' } } });
    const approved = await cleo.run('contracts', 'approve', answer.approvalId ?? '', '--comment', 'Seen the list');
    expect([approved.code, approved.stdout]).toEqual([0, expect.stringMatching(/approved by desks_\w+_cleo \(Seen the list\)\napplied: update of dp_pk_TSG/)]);
    expect((await cleo.json<{ state: string }[]>('contracts', 'approvals')).code).toBe(0);
  });

  test('of a desk whose shared ledger is not connected is said to wait: it is no desk of its own', async () => {
    const cut = cleo.with({ DAYBOOK_POSTGRES_URL: undefined });
    expect((await cut.run('sync', 'status')).stdout).toMatch(/^This ledger is shared, and its database is not connected: what is done here waits\./);
    const { answer } = await cut.json<{ checks: { name: string; isFine: boolean; message: string }[] }>('doctor');
    expect(answer.checks.find(({ name }) => name === 'Shared database')).toMatchObject({ isFine: false, message: expect.stringMatching(/postgres-not-connected/) });
  });

  test('clashes: both sides, what each would bill, and a word that ends it', async () => {
    await ada.run('sync', 'postgres');
    await ben.run('sync', 'postgres');
    // Ben's desk is offline: his edit waits.
    const offline = ben.with({ DAYBOOK_POSTGRES_URL: 'postgres://ben:pw@127.0.0.1:1/books' });
    const waiting = await offline.json<Change>('contracts', 'edit', 'dp_pk_TSG', '--set', 'purchase_order_number=PO-ben', '--reason', 'His order');
    expect([waiting.code, waiting.answer.state]).toEqual([0, 'pending']);
    expect((await offline.run('contracts', 'changes', '--open')).stdout).toMatch(/pending +dp_pk_TSG +Purchase order/);
    expect((await ada.json<Change>('contracts', 'edit', 'dp_pk_TSG', '--set', 'purchase_order_number=PO-ada', '--reason', 'Her order')).answer.state).toBe('applied');
    await ben.run('sync', 'postgres');
    expect((await ben.json('sync', 'status')).answer).toMatchObject({ pending: 0, conflicts: 1 });
    const { answer } = await ben.json<{ conflicts: { id: string; columns: string[] }[] }>('contracts', 'conflicts');
    expect(answer.conflicts).toMatchObject([{ columns: ['purchase_order_number'] }]);
    const id = answer.conflicts[0]?.id ?? '';
    const { stdout } = await ben.run('contracts', 'conflicts', id);
    expect(stdout).toMatch(/Purchase order +— +PO-ben +PO-ada/);
    expect(stdout).toContain(`daybook contracts resolve ${id} --field purchase_order_number --keep <mine|theirs|value> --reason <text>`);
    expect(await ben.json<ErrorDocument>('contracts', 'resolve', id, '--field', 'purchase_order_number', '--reason', 'no keep')).toMatchObject({ code: 2 });
    const resolved = await ben.run('contracts', 'resolve', id, '--field', 'purchase_order_number', '--keep', 'PO-both', '--reason', 'Asked both');
    expect([resolved.code, resolved.stdout, resolved.stderr]).toEqual([0, expect.stringContaining('Resolved. The edit is merged.'), '']);
    expect((await world.owner.query('SELECT purchase_order_number FROM daybook.api_partner_contracts')).rows).toEqual([{ purchase_order_number: 'PO-both' }]);
    expect((await ben.run('contracts', 'conflicts')).stdout).toBe('No conflicts.\n');
  });

  test('is taken back before it takes effect', async () => {
    await ada.run('sync', 'postgres');
    const { answer } = await ada.json<Change>('contracts', 'edit', 'dp_pk_TSG', '--set', 'flat_fee_minor=30000', '--reason', 'Too early');
    expect((await ada.json<Change>('contracts', 'withdraw', answer.id, '--reason', 'Not yet')).answer.state).toBe('withdrawn');
    expect(await ada.json<ErrorDocument>('contracts', 'withdraw', answer.id, '--reason', 'Again')).toMatchObject({ code: 1, answer: { error: { code: 'change-final' } } });
    expect(await ada.json<ErrorDocument>('contracts', 'retry', answer.id)).toMatchObject({ code: 1, answer: { error: { code: 'change-not-parked' } } });
  });
});

test('sync postgres --watch tells what others do until it is told to stop', async () => {
  const { child, ended } = startDaybook(['--data', join(folder.path, 'ben'), 'sync', 'postgres', '--watch'], { DAYBOOK_POSTGRES_URL: await world.urlOf('ben', 'admin') });
  let told = '';
  child.stdout?.on('data', (part: Buffer) => void (told += part.toString()));
  await expect.poll(() => told, { timeout: 30_000 }).toContain('following');
  await world.owner.query("UPDATE daybook.partners SET legal_name = 'Titlesure Group'");
  await expect.poll(() => told, { timeout: 30_000 }).toMatch(/partner, /);
  child.kill('SIGINT');
  expect((await ended).code).toBe(0);
});

describe('daybook postgres user', () => {
  test('adds, lists, changes and removes people; a made password is shown once, a given one never', async () => {
    const name = `dora_${process.pid}`;
    const added = await owner.run('postgres', 'user', 'add', name, '--role', 'finance');
    expect([added.code, added.stdout]).toEqual([0, expect.stringMatching(new RegExp(`^${name} may sign in as finance\\.\\nPassword, shown this once: [\\w-]{32}\\n$`))]);
    expect((await owner.run('postgres', 'user', 'list')).stdout).toMatch(new RegExp(`${name} +finance`));
    expect((await owner.run('postgres', 'user', 'role', name, 'accountant')).stdout).toBe(`${name} is accountant now.\n`);
    expect((await owner.run('postgres', 'user', 'remove', name)).code).toBe(0);
    expect(await owner.json<ErrorDocument>('postgres', 'user', 'remove', name)).toMatchObject({ code: 1, answer: { error: { code: 'user-not-found' } } });
    const given = openCliDesk(join(folder.path, 'owner'), { DAYBOOK_POSTGRES_URL: world.ownerUrl, DAYBOOK_NEW_PASSWORD: 'a password of their own' });
    const quiet = await given.run('postgres', 'user', 'add', name, '--role', 'viewer');
    expect(quiet.stdout).toBe(`${name} may sign in as viewer.\n`);
    // An admin’s login does the same, for people.
    expect(await ada.json<ErrorDocument>('postgres', 'user', 'add', `${name}_relay`, '--role', 'relay')).toMatchObject({ code: 1, answer: { error: { code: 'role-kept-by-owner' } } });
    expect((await ada.run('postgres', 'user', 'password', name)).stdout).toMatch(new RegExp(`^${name} has a new password\\.\\nPassword, shown this once: [\\w-]{32}\\n$`));
    expect((await ada.run('postgres', 'user', 'remove', name)).stdout).toBe(`${name} may no longer sign in.\n`);
    expect(await owner.json<ErrorDocument>('postgres', 'user', 'add', name, '--role', 'emperor')).toMatchObject({ code: 2 });
  });
});
