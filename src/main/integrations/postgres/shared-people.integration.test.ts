/** Who lets people into the shared database, and how far that goes (migrations/postgres/0015, docs/adr/0019): through the service, and by hand with every login there is. */
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { startPostgres, withClient, type RunningPostgres } from '../../../../sandbox/postgres.ts';
import { makeSharedDatabase, type SharedDatabase, type SharedRole } from '../../testing/shared-desks.ts';
import { openPostgres, type PostgresConnection } from './connection.ts';
import { migratePostgres } from './postgres-migrations.ts';
import { createSharedPeople, type SharedPeople } from './postgres-users.ts';

let server: RunningPostgres;
let world: SharedDatabase;
let owner: SharedPeople;
const connections: PostgresConnection[] = [];
const made = new Set<string>();

beforeAll(async () => {
  server = await startPostgres({ persistent: true }); // people belong to a server: of this one nobody else makes any
  world = await makeSharedDatabase(server);
  owner = peopleAs(world.ownerUrl);
});
afterEach(async () => {
  for (const name of made) await world.owner.query(`DROP ROLE IF EXISTS "${name}"`);
  made.clear();
});
afterAll(async () => {
  for (const connection of connections) await connection.close();
  await world[Symbol.asyncDispose]();
  await server.stop();
});

function peopleAs(url: string): SharedPeople {
  const connection = openPostgres({ url, maximumConnections: 1 });
  connections.push(connection);
  return createSharedPeople(connection);
}
const asLogin = async (person: string, role: SharedRole): Promise<SharedPeople> => peopleAs(await world.urlOf(person, role));
/** A name nobody has; its login goes at the end of the test. */
function fresh(name: string): string {
  const unique = `${name}_${process.pid}_${made.size}`;
  made.add(unique);
  return unique;
}
const id = (): string => randomUUID();
const urlFor = (name: string, password: string): string => Object.assign(new URL(world.ownerUrl), { username: name, password }).toString();
const whoIs = (name: string, password: string) =>
  withClient(urlFor(name, password), async (client) => (await client.query<{ me: string; role: string }>("SELECT session_user::text AS me, CASE WHEN pg_has_role(session_user, 'daybook_admin', 'MEMBER') THEN 'admin' WHEN pg_has_role(session_user, 'daybook_viewer', 'MEMBER') THEN 'less' ELSE 'none' END AS role")).rows[0]);
const audited = async (name: string) => (await world.owner.query<{ action: string; actor: string; diff: unknown }>("SELECT action, actor, diff FROM daybook.audit_log WHERE entity = 'person' AND entity_id = $1 ORDER BY id", [name])).rows;
const code = (wanted: string) => ({ code: wanted });

describe('an admin at a desk', () => {
  test('adds a person, gives another role, a new password, and takes them away; each act is audited under the admin’s name', async () => {
    const ada = await asLogin('ada', 'admin');
    const name = fresh('cleo');
    const { password } = await ada.add(name, 'accountant', id());
    expect(password).toMatch(/^[\w-]{32}$/);
    expect(await whoIs(name, password)).toEqual({ me: name, role: 'less' });
    const listed = (await ada.list()).find((person) => person.name === name);
    expect(listed).toMatchObject({ roles: ['accountant'], addedBy: `${world.prefix}_ada`, roleGivenBy: `${world.prefix}_ada`, lastSeenAt: null, isConnected: false, isSelf: false, keptCode: null });
    expect(listed?.addedAt).toBeGreaterThan(0);
    await ada.setRole(name, 'admin', id());
    expect(await whoIs(name, password)).toEqual({ me: name, role: 'admin' });
    await ada.setRole(name, 'viewer', id());
    expect((await ada.list()).find((person) => person.name === name)).toMatchObject({ roles: ['viewer'] });
    const second = await ada.setPassword(name, id());
    await expect(whoIs(name, password)).rejects.toMatchObject(code('28P01'));
    expect(await whoIs(name, second.password)).toMatchObject({ me: name });
    await ada.remove(name, id());
    await expect(whoIs(name, second.password)).rejects.toMatchObject(code('28P01'));
    const actor = `${world.prefix}_ada`;
    expect(await audited(name)).toEqual([
      { action: 'add', actor, diff: { role: 'accountant' } }, { action: 'set-role', actor, diff: { role: ['accountant', 'admin'] } }, { action: 'set-role', actor, diff: { role: ['admin', 'viewer'] } },
      { action: 'new-password', actor, diff: {} }, { action: 'remove', actor, diff: { role: 'viewer' } },
    ]);
    await expect(ada.remove(name, id())).rejects.toMatchObject(code('user-not-found'));
  });

  test('an act whose answer was lost is the same act: the password shown last is the one that holds', async () => {
    const ada = await asLogin('ada', 'admin');
    const name = fresh('dora');
    const [adding, lowering, removing] = [id(), id(), id()];
    const first = await ada.add(name, 'finance', adding);
    const { password } = await ada.add(name, 'finance', adding);
    await expect(whoIs(name, first.password)).rejects.toMatchObject(code('28P01'));
    expect(await whoIs(name, password)).toMatchObject({ me: name });
    await expect(ada.add(name, 'finance', id())).rejects.toMatchObject(code('user-exists'));
    await ada.setRole(name, 'viewer', lowering);
    await ada.setRole(name, 'viewer', lowering);
    await ada.remove(name, removing);
    await ada.remove(name, removing);
    expect((await audited(name)).map((row) => row.action)).toEqual(['add', 'set-role', 'remove']);
  });

  test('neither the password nor anything like it is kept: the server has its verifier, the audit row has nothing', async () => {
    const ada = await asLogin('ada', 'admin');
    const name = fresh('eve');
    const { password } = await ada.add(name, 'viewer', id());
    expect((await world.owner.query<{ kept: string }>('SELECT rolpassword AS kept FROM pg_authid WHERE rolname = $1', [name])).rows[0]?.kept).toMatch(/^SCRAM-SHA-256\$4096:/);
    const everything = (await world.owner.query<{ text: string }>("SELECT string_agg(p::text, '') || (SELECT string_agg(a::text, '') FROM daybook.audit_log a) AS text FROM daybook.people p")).rows[0]?.text;
    expect(everything).toContain(name);
    expect(everything).not.toContain(password);
    expect(everything).not.toContain('SCRAM');
  });

  test('a removed person’s open session can do nothing any more', async () => {
    const ada = await asLogin('ada', 'admin');
    const name = fresh('frank');
    const { password } = await ada.add(name, 'admin', id());
    const theirs = openPostgres({ url: urlFor(name, password), maximumConnections: 1 });
    connections.push(theirs);
    await theirs.query('SELECT 1 FROM daybook.ledger');
    expect((await ada.list()).find((person) => person.name === name)).toMatchObject({ isConnected: true });
    await ada.remove(name, id());
    await expect(theirs.query('SELECT 1 FROM daybook.ledger')).rejects.toBeInstanceOf(Error);
    await expect(theirs.query('SELECT 1 FROM daybook.ledger')).rejects.toMatchObject(code('postgres-login-refused'));
  });

  test('is seen when a desk of theirs synced', async () => {
    const ada = await asLogin('ada', 'admin');
    const url = await world.urlOf('gil', 'viewer');
    await withClient(url, (client) => client.query('SELECT daybook.note_seen()'));
    const seen = (await ada.list()).find((person) => person.name === `${world.prefix}_gil`);
    expect(seen).toMatchObject({ roles: ['viewer'], addedAt: null, addedBy: null });
    expect(seen?.lastSeenAt).toBeGreaterThan(0);
    await withClient(url, (client) => client.query('SELECT daybook.note_seen()')); // within five minutes nothing is written
    expect((await ada.list()).find((person) => person.name === `${world.prefix}_gil`)?.lastSeenAt).toBe(seen?.lastSeenAt);
  });
});

describe('what an admin cannot do', () => {
  test('change their own role, take themselves away, or leave the ledger without an admin, two at once neither', async () => {
    await using alone = await makeSharedDatabase(server);
    // Roles belong to the server: the admins of the other tests are admins here too, and would be counted.
    const others = (await owner.list()).filter((person) => person.roles.includes('admin'));
    for (const { name } of others) await world.owner.query(`REVOKE daybook_admin FROM ${name}`);
    try {
      const [adaUrl, benUrl] = [await alone.urlOf('ada', 'admin'), await alone.urlOf('ben', 'admin')];
      const [adaName, benName] = [`${alone.prefix}_ada`, `${alone.prefix}_ben`];
      const ada = peopleAs(adaUrl);
      await expect(ada.setRole(adaName, 'viewer', id())).rejects.toMatchObject(code('own-role'));
      await expect(ada.remove(adaName, id())).rejects.toMatchObject(code('own-role'));
      expect((await ada.list()).map(({ name, keptCode, isSelf }) => [name, keptCode, isSelf]).filter(([name]) => name === adaName || name === benName)).toEqual([[adaName, 'own-role', true], [benName, null, false]]);
      await withClient(adaUrl, (first) => withClient(benUrl, async (second) => {
        const lower = 'SELECT daybook.set_person_role($1, $2, $3)';
        await first.query('BEGIN');
        await first.query(lower, [benName, 'viewer', id()]);
        const both = second.query(lower, [adaName, 'viewer', id()]).then(() => 'lowered', (error: { detail?: string; code: string }) => error.detail ?? error.code);
        await expect.poll(async () => (await alone.owner.query("SELECT 1 FROM pg_stat_activity WHERE usename = $1 AND wait_event_type = 'Lock'", [benName])).rowCount, { timeout: 30_000 }).toBe(1);
        await first.query('COMMIT');
        expect(await both).not.toBe('lowered');
      }));
      const byOwner = peopleAs(alone.ownerUrl);
      expect((await byOwner.list()).filter((person) => person.roles.includes('admin')).map(({ name, keptCode }) => [name, keptCode])).toEqual([[adaName, 'last-admin']]);
      await expect(byOwner.setRole(adaName, 'accountant', id())).rejects.toMatchObject(code('last-admin'));
      await expect(byOwner.remove(adaName, id())).rejects.toMatchObject(code('last-admin'));
    } finally {
      for (const { name } of others) await world.owner.query(`GRANT daybook_admin TO ${name}`);
    }
  });

  test('make, change or become anything that is not a person of Daybook', async () => {
    const ada = await asLogin('ada', 'admin');
    for (const role of ['relay', 'company-backend'] as const) await expect(ada.add(fresh('svc'), role, id())).rejects.toMatchObject(code('role-kept-by-owner'));
    const relay = fresh('relay_login');
    await owner.add(relay, 'relay', id());
    await expect(ada.setRole(relay, 'admin', id())).rejects.toMatchObject(code('role-kept-by-owner'));
    await expect(ada.setPassword(relay, id())).rejects.toMatchObject(code('role-kept-by-owner'));
    await expect(ada.remove(relay, id())).rejects.toMatchObject(code('role-kept-by-owner'));

    // Logins that were there before, with work or rights of their own, and the owner: none of them can be taken over by giving them a password.
    const [plain, creator, holder, member] = [fresh('plain'), fresh('creator'), fresh('holder'), fresh('member')];
    await world.owner.query(`CREATE ROLE ${plain} LOGIN PASSWORD 'secret'; CREATE ROLE ${creator} LOGIN CREATEROLE; GRANT daybook_viewer TO ${creator}; CREATE ROLE ${member} LOGIN; GRANT daybook_viewer, pg_read_all_data TO ${member}`);
    await world.owner.query(`CREATE ROLE ${holder} LOGIN; GRANT daybook_viewer TO ${holder}; CREATE TABLE public.theirs (n int); ALTER TABLE public.theirs OWNER TO ${holder}`);
    for (const [name, refusal] of [['postgres', 'user-not-found'], [plain, 'user-not-found'], ['daybook_admin', 'user-not-found'], [creator, 'user-not-managed'], [holder, 'user-not-managed'], [member, 'user-not-managed']] as const) {
      await expect(ada.setPassword(name, id()), name).rejects.toMatchObject(code(refusal));
      await expect(ada.setRole(name, 'viewer', id()), name).rejects.toMatchObject(code(refusal));
      await expect(ada.remove(name, id()), name).rejects.toMatchObject(code(refusal));
    }
    await world.owner.query('DROP TABLE public.theirs');
    for (const name of ['postgres', plain, 'daybook_owner', 'pg_monitor', 'public', 'Robert"; DROP ROLE ada; --', "o'brien", 'ada\nben', 'x', '']) await expect(ada.add(name, 'viewer', id()), name).rejects.toMatchObject({ code: expect.stringMatching(/^user-(exists|name-invalid)$/) });
    await expect(withClient(await world.urlOf('ada', 'admin'), (client) => client.query("SELECT daybook.add_person('mallory', 'admin; GRANT postgres TO mallory', $1, NULL)", [`SCRAM-SHA-256$4096:${'A'.repeat(22)}==$${'A'.repeat(43)}=:${'A'.repeat(43)}=`]))).rejects.toMatchObject({ detail: 'role-unknown' });
  });

  test('by hand: sends no password for a verifier, makes no login, joins no group, calls none of the functions behind the doors', async () => {
    await withClient(await world.urlOf('ada', 'admin'), async (client) => {
      const verifier = `SCRAM-SHA-256$4096:${'A'.repeat(22)}==$${'A'.repeat(43)}=:${'A'.repeat(43)}=`;
      for (const wrong of ['secret', 'md5aabb', `${verifier}' SUPERUSER`, '', null]) await expect(client.query("SELECT daybook.add_person('mallory', 'viewer', $1, NULL)", [wrong]), String(wrong)).rejects.toMatchObject({ detail: 'user-password-weak' });
      for (const text of [
        'CREATE ROLE mallory LOGIN', "ALTER ROLE postgres PASSWORD 'x'", 'GRANT postgres TO daybook_admin', 'GRANT daybook_admin TO daybook_viewer', 'SET ROLE postgres', "SELECT daybook.as_owner_of_logins('SELECT 1')", 'SELECT * FROM daybook.logins_of_daybook()',
        'SELECT daybook.is_owner()', "UPDATE daybook.people SET added_by = 'nobody'", 'SELECT * FROM daybook.people', 'UPDATE daybook.ledger SET admins_manage_people = true',
      ]) await expect(client.query(text), text).rejects.toMatchObject(code('42501'));
      // A table of their own in front of the search path changes nothing of what the functions see.
      await client.query("CREATE TEMP TABLE pg_roles (rolname name, rolsuper boolean); INSERT INTO pg_roles SELECT session_user, true");
      await expect(client.query("SELECT daybook.add_person('mallory', 'relay', $1, NULL)", [verifier])).rejects.toMatchObject({ detail: 'role-kept-by-owner' });
    });
  });

  test('while the owner keeps it to themselves: nothing but looking, and the owner’s command goes on', async () => {
    const ada = await asLogin('ada', 'admin');
    await world.owner.query('UPDATE daybook.ledger SET admins_manage_people = false');
    try {
      await expect(ada.add(fresh('hal'), 'viewer', id())).rejects.toMatchObject({ code: 'people-kept-by-owner', nextStep: expect.stringContaining('daybook postgres user') });
      expect(new Set((await ada.list()).map((person) => person.keptCode))).toEqual(new Set(['people-kept-by-owner']));
      const name = fresh('ida');
      await owner.add(name, 'admin', id());
      expect((await owner.list()).find((person) => person.name === name)).toMatchObject({ roles: ['admin'], keptCode: null });
    } finally {
      await world.owner.query('UPDATE daybook.ledger SET admins_manage_people = true');
    }
  });
});

test.each(['viewer', 'finance', 'accountant', 'relay', 'company_backend'] as const)('a %s may not even look', async (role) => {
  const people = await asLogin(`plain_${role}`, role);
  const refused = code('postgres-not-permitted');
  await expect(people.list()).rejects.toMatchObject(refused);
  await expect(people.add(fresh('jo'), 'viewer', id())).rejects.toMatchObject(refused);
  await expect(people.setRole(`${world.prefix}_plain_${role}`, 'admin', id())).rejects.toMatchObject(refused);
  await expect(people.setPassword(`${world.prefix}_ada`, id())).rejects.toMatchObject(refused);
  await expect(people.remove(`${world.prefix}_ada`, id())).rejects.toMatchObject(refused);
});

describe('an owner who does not run the server', () => {
  test('makes people with CREATEROLE and the groups it made itself; without it says which right is missing', async () => {
    const own = await startPostgres({ persistent: true }); // groups belong to the server: on this one nobody else has made them
    try {
      const asSuper = await own.createDatabase('kept');
      await withClient(asSuper, (client) => client.query("CREATE ROLE keeper LOGIN CREATEROLE PASSWORD 'secret'; ALTER DATABASE kept OWNER TO keeper"));
      const keeperUrl = Object.assign(new URL(asSuper), { username: 'keeper', password: 'secret' }).toString();
      await migratePostgres(keeperUrl);
      const keeper = peopleAs(keeperUrl);
      const { password } = await keeper.add('ada_first', 'admin', id());
      const adaUrl = Object.assign(new URL(asSuper), { username: 'ada_first', password }).toString();
      const ada = peopleAs(adaUrl);
      await ada.add('ben_second', 'accountant', id());
      await ada.setRole('ben_second', 'finance', id());
      expect((await ada.list()).map(({ name, roles, keptCode }) => [name, roles, keptCode])).toEqual([['ada_first', ['admin'], 'own-role'], ['ben_second', ['finance'], null]]);
      await expect(ada.setPassword('keeper', id())).rejects.toMatchObject(code('user-not-found'));
      await withClient(asSuper, (client) => client.query('ALTER ROLE keeper NOCREATEROLE'));
      await expect(ada.add('cleo_third', 'viewer', id())).rejects.toMatchObject({ code: 'people-rights-missing', message: expect.stringContaining('keeper'), nextStep: expect.stringContaining('CREATEROLE') });
      await withClient(asSuper, (client) => client.query('ALTER ROLE keeper CREATEROLE'));
      await ada.remove('ben_second', id());
      expect((await ada.list()).map((person) => person.name)).toEqual(['ada_first']);
      // A login that somebody else made is not this owner's to change.
      await withClient(asSuper, (client) => client.query('CREATE ROLE dan_by_hand LOGIN; GRANT daybook_viewer TO dan_by_hand'));
      await expect(ada.setRole('dan_by_hand', 'finance', id())).rejects.toMatchObject(code('people-rights-missing'));
    } finally {
      for (const connection of connections.splice(1)) await connection.close();
      await own.stop();
    }
  });
});
