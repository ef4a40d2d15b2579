import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startPostgres, withClient, type RunningPostgres } from '../sandbox/postgres.ts';
import { openCliDesk, runDaybook } from '../src/main/testing/cli-desk.ts';
import { makeTemporaryFolder } from '../src/main/testing/temporary-folder.ts';

const root = join(import.meta.dirname, '..');
const page = readFileSync(join(root, 'docs', 'operations.md'), 'utf8');
const folder = makeTemporaryFolder();
let postgres: RunningPostgres;

beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(async () => {
  await postgres?.stop();
  folder[Symbol.dispose]();
});

describe('docs/operations.md', () => {
  test('its steps set up a shared database a desk can join', async () => {
    const ownerUrl = await postgres.createDatabase('operations');
    const owner = openCliDesk(join(folder.path, 'owner'), { DAYBOOK_POSTGRES_URL: ownerUrl });
    expect((await owner.run('postgres', 'migrate')).code).toBe(0);
    // Those at the beginning of a line are steps; one within a list says what else can be done.
    const blocks = [...page.matchAll(/^```sql\n([\s\S]*?)```/gm)].map(([, text = '']) => text);
    expect(blocks).toHaveLength(3);
    await withClient(ownerUrl, async (client) => {
      await client.query('DROP ROLE IF EXISTS ada; DROP ROLE IF EXISTS daybook_keeper; CREATE ROLE daybook_keeper');
      for (const block of blocks) await client.query(block);
    });
    const url = new URL(ownerUrl);
    url.username = 'ada';
    url.password = 'a-long-random-password';
    const desk = openCliDesk(join(folder.path, 'desk'), { DAYBOOK_POSTGRES_URL: url.toString() });
    expect(await desk.run('sync', 'postgres')).toMatchObject({ code: 0 });
    const { answer } = await desk.json<{ checks: { name: string; message: string }[] }>('doctor');
    expect(answer.checks.find((check) => check.name === 'Shared database')?.message).toBe('Example Company; signed in as ada with the role accountant.');
    await withClient(ownerUrl, (client) => client.query('DROP OWNED BY ada; DROP ROLE ada; DROP ROLE daybook_keeper'));
  });

  test('the commands it names exist', async () => {
    const commands = new Set([...page.matchAll(/(?:^|[ `])daybook ((?:[a-z][a-z-]* ?){1,2})/gm)].map(([, words = '']) => words.trim()));
    expect(commands.size).toBeGreaterThan(6);
    for (const command of commands) expect(await runDaybook([...command.split(' '), '--help']), command).toMatchObject({ code: 0 });
  });

  test('the variables it names are those the program reads', () => {
    const named = new Set([...page.matchAll(/DAYBOOK_[A-Z_]+/g)].map(([name]) => name));
    const sources = ['src/main/platform/config.ts', 'src/main/platform/data-folder.ts', 'src/main/hosts/browser/installed-browsers.ts', 'src/relay/relay-config.ts', 'src/cli/user-commands.ts'].map((file) => readFileSync(join(root, file), 'utf8')).join('');
    expect([...named].toSorted()).toEqual([...new Set([...sources.matchAll(/DAYBOOK_[A-Z_]+/g)].map(([name]) => name))].toSorted());
  });
});
