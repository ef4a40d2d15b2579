/** What `daybook postgres migrate` needs of a server: migrations/postgres/0007 and the extension pgcrypto. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startPostgres, withClient, type RunningPostgres } from '../../../../sandbox/postgres.ts';
import { idFromKey } from '../../platform/ids.ts';
import { readMigrations } from '../../platform/migration-files.ts';
import { migrationsFolder } from '../../platform/resources.ts';
import { migratePostgres } from './postgres-migrations.ts';

const migrations = readMigrations(migrationsFolder('postgres'));
const needing = '0007-what-the-sealer-checks.sql';

let server: RunningPostgres;
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.stop());

const schemaOfPgcrypto = (url: string) => withClient(url, async (client) => (await client.query<{ schema: string }>("SELECT n.nspname AS schema FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE extname = 'pgcrypto'")).rows[0]?.schema);
const sha1 = (url: string, text: string) => withClient(url, async (client) => (await client.query<{ name: string }>("SELECT encode(daybook.sha1(convert_to($1, 'UTF8')), 'hex') AS name", [text])).rows[0]?.name);

describe('the extension pgcrypto', () => {
  test('is created in a schema of its own, which nobody else may use', async () => {
    const url = await server.createDatabase('own');
    await migratePostgres(url);
    expect(await schemaOfPgcrypto(url)).toBe('daybook_extensions');
    expect(await sha1(url, 'abc')).toBe('a9993e364706816aba3e25717850c26c9cd0d89d');
    await withClient(url, async (client) => expect((await client.query("SELECT has_schema_privilege('public', 'daybook_extensions', 'USAGE') AS everybody")).rows).toEqual([{ everybody: false }]));
  });

  test('stays where it stands already, whatever that place is called', async () => {
    const url = await server.createDatabase('elsewhere');
    await withClient(url, (client) => client.query('CREATE SCHEMA "Odd one"; CREATE EXTENSION pgcrypto SCHEMA "Odd one"'));
    await migratePostgres(url);
    expect(await schemaOfPgcrypto(url)).toBe('Odd one');
    expect(await sha1(url, 'abc')).toBe('a9993e364706816aba3e25717850c26c9cd0d89d');
  });

  test('that cannot be created is said, with what to do; nothing of the step stays, and it is taken up again', async () => {
    const url = await server.createDatabase('without');
    await withClient(url, (client) => client.query(`
      CREATE FUNCTION refuse_extensions() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'extension "pgcrypto" is not allow-listed' USING ERRCODE = '0A000'; END $$;
      CREATE EVENT TRIGGER no_extensions ON ddl_command_start WHEN TAG IN ('CREATE EXTENSION') EXECUTE FUNCTION refuse_extensions()`));
    await expect(migratePostgres(url)).rejects.toMatchObject({ code: 'postgres-extension-missing', message: expect.stringContaining('not allow-listed'), nextStep: expect.stringContaining('CREATE EXTENSION pgcrypto') });
    await withClient(url, async (client) => {
      expect((await client.query('SELECT max(name) AS last FROM daybook_migrations.applied')).rows).toEqual([{ last: migrations.map(({ name }) => name).findLast((name) => name < needing) }]);
      expect((await client.query("SELECT 1 FROM pg_namespace WHERE nspname = 'daybook_extensions'")).rows).toEqual([]);
      await client.query('DROP EVENT TRIGGER no_extensions');
    });
    expect((await migratePostgres(url)).applied).toContain(needing);
  });
});

test('the server names entries as the desks do', async () => {
  const url = await server.createDatabase('names');
  await migratePostgres(url);
  const keys = ['', 'a', 'stripe/acct_1/test/balance_transaction/txn_1/payment', 'ünïcødé 😀', '\u2028"\\', 'x'.repeat(5_000), ...Array.from({ length: 300 }, (_, index) => `recognition/${index}/2026-10`)];
  const line = (direction: string) => ({ accountCode: '1000-bank', amount: 1, currency: 'usd', direction, functionalAmount: 1, partyId: null, rate: null });
  const entryOf = (key: string, id: string) => ({ id, key, entryDate: '2026-10-05', recordedAt: Date.parse('2026-10-06'), kind: 'sale', sourceType: 'test', sourceId: 's', memo: '', inputHash: 'a'.repeat(64), reversesEntryId: null, concernsMonth: null, postings: [line('debit'), line('credit')] });
  await withClient(url, async (client) => {
    const faults = async (entries: readonly object[]) => (await client.query<{ fault: string | null }>('SELECT fault FROM daybook.prepare_entries($1::jsonb) ORDER BY ord', [JSON.stringify(entries)])).rows.map((row) => row.fault);
    await client.query("INSERT INTO daybook.ledger (id, company_name, gateway, gateway_account, mode, functional_currency, reporting_time_zone) VALUES (gen_random_uuid(), 'Meridian', 'stripe', 'acct_1', 'test', 'usd', 'UTC')");
    expect(new Set(await faults(keys.map((key) => entryOf(key, idFromKey(key)))))).toEqual(new Set([null]));
    // Any other digit, and the marks of version and variant, are not the name.
    const id = idFromKey('a');
    const others = Array.from(id, (digit, place) => (digit === '-' ? [] : [`${id.slice(0, place)}${digit === '0' ? '1' : '0'}${id.slice(place + 1)}`])).flat();
    expect(others).toHaveLength(32);
    expect(new Set(await faults(others.map((other) => entryOf('a', other))))).toEqual(new Set(['entry-id-wrong']));
  });
});
