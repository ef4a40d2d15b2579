import { chmodSync, closeSync, copyFileSync, cpSync, mkdirSync, openSync, readFileSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { withClient } from '../../sandbox/postgres.ts';
import { startWorld, type World } from '../../sandbox/world.ts';
import { sql } from '../main/database/handles.ts';
import { openDatabase } from '../main/database/open-database.ts';
import { silentLogger } from '../main/platform/logger.ts';
import { migrationsFolder } from '../main/platform/resources.ts';
import { openCliDesk, openDemoDesk, startDaybook, type CliDesk, type ErrorDocument } from '../main/testing/cli-desk.ts';
import { digestOfLedger, type LedgerDigest } from '../main/testing/ledger-digest.ts';
import { startStripeFront } from '../main/testing/stripe-front.ts';
import { makeTemporaryFolder } from '../main/testing/temporary-folder.ts';

interface BillingAnswer {
  succeeded: unknown[];
  skipped: unknown[];
  failed: { code: string; message: string; nextStep: string | null }[];
}

const folder = makeTemporaryFolder();
let world: World;
let filled: CliDesk;
let desk: CliDesk;
let ledger: string;
let before: LedgerDigest;
let copies = 0;

beforeAll(async () => {
  world = await startWorld({ size: 'small', seed: 1 });
  filled = openDemoDesk(world, join(folder.path, 'filled'));
  for (const command of [['sync', 'postgres'], ['sync', 'stripe', '--full'], ['bill', 'partners', '--period', '2026-09', '--finalise'], ['revenue', 'mrr'], ['sync', 'postgres']]) {
    expect(await filled.run(...command), command.join(' ')).toMatchObject({ code: 0 });
  }
});
afterAll(async () => {
  await world?.stop();
  folder[Symbol.dispose]();
});

/** Each test has a desk of its own with the same books. */
beforeEach(() => {
  copies += 1;
  desk = openDemoDesk(world, join(folder.path, `desk-${copies}`));
  cpSync(filled.dataFolder, desk.dataFolder, { recursive: true });
  ledger = join(desk.dataFolder, 'ledger.sqlite');
  before = digestOfLedger(ledger);
  expect(before['journal_entries']).toMatch(/^3\d{3} rows/);
});

/** A sentence, its code, what to do: the same for a person and for a program; exit 1; and the books are as they were. */
async function refuses(at: CliDesk, args: readonly string[], code: string, exit = 1): Promise<ErrorDocument['error']> {
  const { code: jsonExit, answer } = await at.json<ErrorDocument>(...args);
  expect(answer).toMatchObject({ error: { code } });
  expect(jsonExit).toBe(exit);
  expect(answer.error.message).toMatch(/^\S.*\.$/);
  expect(answer.error.nextStep).toMatch(/\w/);
  return answer.error;
}
/** Where the ledger cannot be opened, the rest is looked at all the same, and nothing is said of a ledger that was not read. */
async function doctorFinds(fault: RegExp): Promise<void> {
  const { code, stdout } = await desk.run('doctor');
  expect(stdout).toMatch(fault);
  expect(stdout).toMatch(/^ok {4}Data folder: .*MB free$/m);
  expect(stdout).toMatch(/^ok {4}Stripe key: It belongs to /m);
  expect(stdout).toMatch(/^ok {4}Shared database: .*role accountant\.$/m);
  expect(stdout).not.toMatch(/^(?:ok|FAIL) +(?:This ledger|Joining):/m);
  expect(code).toBe(1);
}
const keepsTheBooks = (): void => expect(digestOfLedger(ledger)).toEqual(before);

function change(file: string, ...statements: string[]): void {
  const connection = new Sqlite(file);
  for (const statement of statements) connection.exec(statement);
  connection.close();
}

describe('Stripe', () => {
  test.each([
    ['no key', { DAYBOOK_STRIPE_KEY: undefined }, 'stripe-key-missing'],
    ['a publishable key', { DAYBOOK_STRIPE_KEY: 'pk_test_51HiddenHiddenHidden' }, 'stripe-key-invalid'],
    ['a key that Stripe does not know', { DAYBOOK_STRIPE_KEY: 'rk_test_51HiddenHiddenHidden' }, 'stripe-key-invalid'],
    ['a server that is down', { DAYBOOK_STRIPE_API_BASE: 'http://127.0.0.1:1' }, 'stripe-unreachable'],
    ['an address that is none', { DAYBOOK_STRIPE_API_BASE: 'ftp://stripe' }, 'config-invalid'],
  ] as const)('%s', async (_, env, code) => {
    const error = await refuses(desk.with(env), ['sync', 'stripe'], code);
    expect(JSON.stringify(error)).not.toContain('Hidden');
    const said = await desk.with(env).run('sync', 'stripe', '--full');
    expect(said).toMatchObject({ code: 1, stdout: '' });
    expect(said.stderr).toBe(`${error.message} (${code})\n${error.nextStep ?? ''}\n`);
    keepsTheBooks();
  });

  test('a restricted key without a permission: the thing it may not read is named', async () => {
    await using front = await startStripeFront({ stripe: world.document.stripe, forbidden: /balance_transactions/ });
    const at = desk.with({ DAYBOOK_STRIPE_API_BASE: front.url });
    const error = await refuses(at, ['sync', 'stripe'], 'stripe-key-lacks-permission');
    expect(error.message).toContain('balance_transactions');
    const { code, answer } = await at.json<{ checks: { name: string; isFine: boolean }[] }>('doctor');
    expect([code, answer.checks.filter((check) => !check.isFine).map((check) => check.name)]).toEqual([1, ['May read balance transactions']]);
    keepsTheBooks();
  });

  test('the key of another account', async () => {
    await using front = await startStripeFront({ stripe: world.document.stripe, change: (path, body) => (path.startsWith('/v1/account') ? { ...body, id: 'acct_somebody_else' } : body) });
    await refuses(desk.with({ DAYBOOK_STRIPE_API_BASE: front.url }), ['sync', 'stripe'], 'stripe-account-mismatch');
    keepsTheBooks();
  });

  test('a live key in a test ledger', async () => {
    await using front = await startStripeFront({ stripe: world.document.stripe });
    await refuses(desk.with({ DAYBOOK_STRIPE_API_BASE: front.url, DAYBOOK_STRIPE_KEY: 'rk_live_51HiddenHiddenHidden' }), ['sync', 'stripe', '--full'], 'stripe-mode-mismatch');
    keepsTheBooks();
  });

  test('an event of an unknown type is kept and counted, and changes nothing', async () => {
    const stranger = { id: 'evt_from_the_future', object: 'event', api_version: '2031-01-01.lunar', created: Date.parse(world.document.now) / 1_000 - 60, data: { object: { id: 'moon_1', object: 'moon' } }, livemode: false, pending_webhooks: 0, request: null, type: 'moon.landed' };
    await using front = await startStripeFront({
      stripe: world.document.stripe,
      change: (path, body) => (path.startsWith('/v1/events?') && !path.includes('starting_after') && Array.isArray(body['data']) ? { ...body, data: [stranger, ...(body['data'] as unknown[])] } : body),
    });
    const { code, answer } = await desk.with({ DAYBOOK_STRIPE_API_BASE: front.url }).json<{ events: { unhandled: number } }>('sync', 'stripe');
    expect([code, answer.events.unhandled]).toEqual([0, 1]);
    const connection = new Sqlite(ledger, { readonly: true });
    expect(connection.prepare("SELECT type, status FROM sync_inbox WHERE provider_id = 'evt_from_the_future'").get()).toEqual({ type: 'moon.landed', status: 'unhandled' });
    connection.close();
    keepsTheBooks();
  });
});

describe('the shared database', () => {
  const accountant = (edit: (url: URL) => void): string => {
    const url = new URL(world.document.postgres.accountantUrl);
    edit(url);
    return url.toString();
  };

  test.each([
    ['none', () => undefined, 'postgres-not-connected'],
    ['a server that is not there', () => accountant((url) => (url.port = '1')), 'postgres-unreachable'],
    ['a wrong password', () => accountant((url) => (url.password = 'Hidden')), 'postgres-login-refused'],
    ['a database that does not exist', () => accountant((url) => (url.pathname = '/nowhere')), 'postgres-database-missing'],
    ['an address that is none', () => 'http://127.0.0.1/daybook', 'config-invalid'],
  ] satisfies [string, () => string | undefined, string][])('%s', async (_, url, code) => {
    const error = await refuses(desk.with({ DAYBOOK_POSTGRES_URL: url() }), ['sync', 'postgres'], code);
    expect(JSON.stringify(error)).not.toContain('Hidden');
    keepsTheBooks();
  });

  test('one that is away does not keep Stripe away', async () => {
    const away = desk.with({ DAYBOOK_POSTGRES_URL: accountant((url) => (url.port = '1')) });
    for (const full of [[], ['--full']]) expect(await away.run('sync', 'stripe', ...full)).toMatchObject({ code: 0, stderr: '' });
    keepsTheBooks();
  });

  test('not migrated', async () => {
    const empty = await world.postgres.createDatabase('empty_company');
    await refuses(desk.with({ DAYBOOK_POSTGRES_URL: empty }), ['sync', 'postgres'], 'postgres-not-migrated');
    keepsTheBooks();
  });

  test('migrate with a login that may not', async () => {
    await refuses(desk.with({ DAYBOOK_POSTGRES_URL: world.document.postgres.financeUrl }), ['postgres', 'migrate'], 'postgres-not-permitted');
  });

  test('a role that is too small', async () => {
    const finance = desk.with({ DAYBOOK_POSTGRES_URL: world.document.postgres.financeUrl });
    expect((await finance.run('sync', 'postgres')).code).toBe(0);
    await refuses(finance, ['bill', 'partners', '--period', '2026-10'], 'role-too-small');
  });
});

describe('the ledger file', () => {
  const filesLike = (name: string): string[] => readdirSync(desk.dataFolder).filter((file) => file.includes(name));

  test('an older one is brought up to date, with a copy aside', async () => {
    change(ledger, 'DROP INDEX invoices_by_day_of_issue', 'CREATE INDEX invoices_by_issue ON invoices (id)', "DELETE FROM applied_migrations WHERE name LIKE '0063%'");
    expect((await desk.run('ledger', 'verify')).code).toBe(0);
    keepsTheBooks();
    const [copy, ...others] = filesLike('.before-migration-');
    expect([copy, others]).toEqual([`ledger.sqlite.before-migration-${readdirSync(migrationsFolder('sqlite')).length - 1}`, []]);
    expect(digestOfLedger(join(desk.dataFolder, copy ?? ''))).toEqual(before);
    expect(statSync(join(desk.dataFolder, copy ?? '')).mode & 0o077).toBe(0);
  });

  test('a newer one is left alone', async () => {
    change(ledger, "INSERT INTO applied_migrations VALUES ('9999-from-the-future.sql', 'x', 0)");
    await refuses(desk, ['ledger', 'verify'], 'database-newer');
    await doctorFinds(/FAIL {2}Ledger file: .*\(database-newer\)\n +Install/);
    expect(filesLike('.before-migration-')).toEqual([]);
    keepsTheBooks();
  });

  test('one whose past was changed is left alone', async () => {
    change(ledger, "UPDATE applied_migrations SET checksum = 'another' WHERE name LIKE '0003%'");
    await refuses(desk, ['ledger', 'verify'], 'migration-changed');
    keepsTheBooks();
  });

  test('one that is no ledger at all is not written to', async () => {
    for (const side of ['-wal', '-shm']) rmSync(`${ledger}${side}`, { force: true });
    writeFileSync(ledger, 'This is a letter, not a ledger.\n'.repeat(500));
    const letter = readFileSync(ledger);
    await refuses(desk, ['ledger', 'verify'], 'database-corrupt');
    await doctorFinds(/FAIL {2}Ledger file: .*\(database-corrupt\)/);
    expect(readFileSync(ledger).equals(letter)).toBe(true);
  });

  test('a damaged page: doctor and the ledger’s own check say so, and nothing is written to it', async () => {
    change(ledger, 'PRAGMA wal_checkpoint(TRUNCATE)');
    const connection = new Sqlite(ledger, { readonly: true });
    const { rootpage } = connection.prepare("SELECT rootpage FROM sqlite_schema WHERE name = 'posting_lines'").get() as { rootpage: number };
    const pageBytes = connection.pragma('page_size', { simple: true }) as number;
    connection.close();
    const file = openSync(ledger, 'r+');
    writeSync(file, Buffer.alloc(pageBytes, 0xff), 0, pageBytes, (rootpage - 1) * pageBytes);
    closeSync(file);
    const { code, stdout } = await desk.run('doctor');
    expect(code).toBe(1);
    expect(stdout).toMatch(/FAIL {2}Ledger file: [\s\S]*\(database-corrupt\)\n +\S/);
    await refuses(desk, ['ledger', 'verify'], 'database-corrupt');
  });

  test('one that is gone, with its documents still there, is no first start', async () => {
    for (const side of ['', '-wal', '-shm']) rmSync(`${ledger}${side}`, { force: true });
    mkdirSync(join(desk.dataFolder, 'documents'), { recursive: true });
    writeFileSync(join(desk.dataFolder, 'documents', 'API-202610.pdf'), '%PDF-1.7');
    await refuses(desk, ['ledger', 'verify'], 'ledger-missing');
    writeFileSync(ledger, '');
    await doctorFinds(/FAIL {2}Ledger file: .*\(ledger-missing\)\n +Put/);
    expect(statSync(ledger).size).toBe(0);
  });

  test('one that is not sound any more: the job that verifies it comes to its end, and its command says so by its exit code', async () => {
    change(ledger, 'DROP TRIGGER journal_entries_immutable_update');
    const { code, stdout } = await desk.run('jobs', 'run', 'ledger-verify');
    expect(stdout).toMatch(/succeeded\n.*is sound +false/s);
    expect(code).toBe(1);
    expect(await desk.run('ledger', 'verify')).toMatchObject({ code: 1, stdout: expect.stringMatching(/^The ledger is NOT sound: .+\n.*backup verify/) });
  });

  test('a full disk: the step is undone whole and the next step is said', () => {
    const database = openDatabase({ file: ledger, logger: silentLogger });
    database.connection.pragma(`max_page_count = ${database.connection.pragma('page_count', { simple: true }) as number}`);
    const note = sql('test.note', "INSERT INTO review_items (id, code, subject_type, subject_id, message, data, raised_at) VALUES (?, 'x', 'x', 'x', ?, '{}', 0)");
    const fill = (): unknown => database.transaction('fill the disk', (writable) => {
      for (let row = 0; row < 5_000; row += 1) writable.run(note, [`note-${row}`, 'x'.repeat(4_000)]);
    });
    expect(fill).toThrowError(expect.objectContaining({ kind: 'storage', code: 'disk-full', nextStep: 'Free some space, then run the step again.' }));
    database.close();
    keepsTheBooks();
  });
});

describe('the data folder', () => {
  test.each([
    ['not JSON', '{ "now": ', /is not JSON/],
    ['an unknown setting', '{ "stripeKey": "sk_test_51HiddenHiddenHidden" }', /stripeKey/],
    ['a value that cannot be', '{ "reportingTimeZone": "Mars/Olympus" }', /reportingTimeZone/],
  ])('config.json: %s', async (_, text, words) => {
    writeFileSync(join(desk.dataFolder, 'config.json'), text);
    const error = await refuses(desk, ['ledger', 'verify'], 'config-invalid');
    expect(error.message).toMatch(words);
    expect(error.message).toContain('config.json');
    expect(JSON.stringify(error)).not.toContain('Hidden');
    keepsTheBooks();
  });

  test('a key file that others can read, and one that is damaged', async () => {
    const keyFile = join(desk.dataFolder, 'secrets.json');
    writeFileSync(keyFile, JSON.stringify({ 'stripe-key': 'rk_test_51HiddenHiddenHidden' }), { mode: 0o644 });
    const at = desk.with({ DAYBOOK_STRIPE_KEY: undefined });
    await refuses(at, ['sync', 'stripe'], 'secret-file-readable-by-others');
    rmSync(keyFile);
    writeFileSync(keyFile, 'rk_test_51HiddenHiddenHidden', { mode: 0o600 });
    const error = await refuses(at, ['sync', 'stripe'], 'secret-file-damaged');
    expect(JSON.stringify(error)).not.toContain('Hidden');
    keepsTheBooks();
  });

  test('a folder that is a file, and one that holds other things', async () => {
    const file = join(folder.path, `file-${copies}`);
    writeFileSync(file, '');
    await refuses(openCliDesk(file, {}), ['ledger', 'verify'], 'data-folder-unusable');
    const shared = join(folder.path, `shared-${copies}`);
    mkdirSync(shared);
    writeFileSync(join(shared, 'letter.txt'), 'Dear reader');
    chmodSync(shared, 0o755);
    await refuses(openCliDesk(shared, {}), ['ledger', 'verify'], 'ledger-not-begun');
    await refuses(openCliDesk(shared, {}), ['sync', 'postgres'], 'data-folder-unusable');
    expect(await openCliDesk(shared, {}).run('doctor')).toMatchObject({ code: 1, stdout: expect.stringMatching(/^FAIL {2}Data folder: .* holds other files .*\(data-folder-unusable\)\n +Name a new or empty folder\.$/m) });
    expect(await openCliDesk(join(file, 'below'), {}).run('doctor')).toMatchObject({ code: 1, stdout: expect.stringMatching(/^FAIL {2}Data folder: .* cannot be made or read\. \(data-folder-unusable\)$/m) });
    expect(readdirSync(shared)).toEqual(['letter.txt']);
  });
});

describe('what was typed', () => {
  test('the exit code is the same when nobody reads what is said of it', async () => {
    const { child, ended } = startDaybook(['ledgr', 'verify']);
    child.stderr?.destroy();
    expect((await ended).code).toBe(2);
  });

  test('a folder that the system lets nobody look into is said to be none', async () => {
    const loop = join(folder.path, 'loop');
    symlinkSync(loop, loop); // to root, no folder is closed
    for (const place of [loop, join(folder.path, 'x'.repeat(300))]) await refuses(openCliDesk(place, {}), ['ledger', 'verify'], 'data-folder-unusable');
    expect(await openCliDesk(loop, {}).run('doctor')).toMatchObject({ code: 1, stdout: expect.stringMatching(/^FAIL {2}Ledger file: .* cannot be made or read\. \(data-folder-unusable\)$/m) });
  });

  test('a folder without a ledger is not made one of by a command that is about what is there', async () => {
    const mistyped = openDemoDesk(world, join(folder.path, 'mistyped'));
    for (const command of [['ledger', 'verify'], ['invoices', 'list'], ['bill', 'partners', '--period', '2026-10'], ['backup', 'create']]) await refuses(mistyped, command, 'ledger-not-begun');
    expect(await mistyped.run('doctor')).toMatchObject({ code: 0, stdout: expect.stringMatching(/^ok {4}Ledger file: There is none yet in .*mistyped; the first sync begins it\.$/m) });
    expect(readdirSync(mistyped.dataFolder)).toEqual(['config.json']);
    writeFileSync(join(mistyped.dataFolder, 'ledger.sqlite'), '');
    await refuses(mistyped, ['ledger', 'verify'], 'ledger-not-begun');
    expect((await mistyped.run('sync', 'postgres')).code).toBe(0);
    expect((await mistyped.run('ledger', 'verify')).code).toBe(0);
  });

  test.each([
    [['ledgr', 'verify'], /Unknown command 'ledgr'\. Did you mean ledger\?/],
    [['ledger', 'verify', '--nope'], /Unknown option '--nope'/],
    [['bill', 'partners'], /Required option '--period <month>' not specified\./],
    [['ledger', 'verify', '--now', 'yesterday'], /--now is not an instant/],
    [['ledger', 'verify', '--stripe-api-base', 'ftp://stripe'], /--stripe-api-base is not an http/],
  ] as const)('%j is a usage error, said once', async (args, words) => {
    const json = await desk.run(...args, '--json');
    expect([json.code, json.stderr]).toEqual([2, '']);
    expect(JSON.parse(json.stdout)).toMatchObject({ error: { code: 'usage-invalid', message: expect.stringMatching(words), nextStep: expect.stringMatching(/\w/) } });
    const said = await desk.run(...args);
    expect([said.code, said.stdout]).toEqual([2, '']);
    expect(said.stderr).toMatch(words);
    expect(said.stderr).toMatch(/^\S.* \(usage-invalid\)\n\S.*\n$/);
  });

  test('days the wrong way round are refused and not answered with an empty list', async () => {
    for (const command of [['export', 'payments'], ['export', 'invoices'], ['invoices', 'list'], ['payments', 'list']]) await refuses(desk, [...command, '--from', '2026-11-01', '--to', '2026-10-01'], 'range-invalid', 2);
  });
});

describe('billing', () => {
  test.each([['2026-12', 'period-in-future'], ['2031-01', 'period-in-future'], ['2026-11', 'period-not-over']])('the period %s: %s', async (period, code) => {
    for (const dryRun of [[], ['--dry-run']]) await refuses(desk, ['bill', 'partners', '--period', period, ...dryRun], code);
    keepsTheBooks();
  });

  test.each([
    ['an unknown pricing model', "pricing_model = 'per_moon'", 'pricing-model-unknown'],
    ['a negative price', 'per_deed_price = -1.50', 'price-negative'],
  ])('%s stops that partner only', async (_, breaks, code) => {
    await withClient(world.document.postgres.ownerUrl, async (client) => {
      const { rows } = await client.query<{ id: string; pricing_model: string; per_deed_price: string }>("SELECT id, pricing_model, per_deed_price FROM daybook.api_partner_contracts WHERE pricing_model = 'per_deed'");
      expect(rows.length).toBeGreaterThan(0);
      const ids = rows.map((row) => row.id);
      const breakThem = (): Promise<unknown> => client.query(`UPDATE daybook.api_partner_contracts SET ${breaks}, version = version + 1 WHERE id = ANY($1)`, [ids]);
      if (code === 'price-negative') {
        // The shared database refuses it by itself; what came in before that rule stood must still be named here.
        await expect(breakThem()).rejects.toMatchObject({ code: '23514' });
        await client.query('ALTER TABLE daybook.api_partner_contracts DROP CONSTRAINT api_partner_contracts_per_deed_price_check');
      }
      await breakThem();
      const { code: exit, answer } = await desk.json<BillingAnswer>('bill', 'partners', '--period', '2026-10');
      expect([exit, answer.failed.map((failure) => failure.code)]).toEqual([1, rows.map(() => code)]);
      expect(answer.succeeded.length + answer.skipped.length).toBe(6 - rows.length);
      for (const failure of answer.failed) {
        expect(failure.message).toMatch(/\.$/);
        expect(failure.nextStep).toMatch(/contract/);
      }
      expect((await desk.run('bill', 'partners', '--period', '2026-10', '--dry-run')).stdout).toContain(`(${code})`);
      // To the schedule the month is not billed, and it says so.
      expect(await desk.run('jobs', 'run', 'partner-billing', '--period', '2026-10')).toMatchObject({ code: 1, stdout: expect.stringMatching(/: failed\n.*\(partners-not-billed\)\n.*run sheet[\s\S]*failed +\d/) });
      expect(digestOfLedger(ledger)['journal_entries']).toBe(before['journal_entries']);
      for (const row of rows) await client.query('UPDATE daybook.api_partner_contracts SET pricing_model = $2, per_deed_price = $3, version = version + 1 WHERE id = $1', [row.id, row.pricing_model, row.per_deed_price]);
      const mended = await desk.json<BillingAnswer>('bill', 'partners', '--period', '2026-10');
      expect([mended.code, mended.answer.failed]).toEqual([0, []]);
    });
  });
});

describe('a copy', () => {
  test('of the ledger file made aside opens in another folder', async () => {
    const other = openDemoDesk(world, join(folder.path, 'restored'));
    copyFileSync(ledger, join(other.dataFolder, 'ledger.sqlite'));
    expect((await other.run('ledger', 'verify')).code).toBe(0);
  });
});
