/** What each login may do in the shared database, tried with its own hands: role × table × action, every function, and the ways around approval (migrations/postgres). */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openClient, startPostgres, withClient, type RunningPostgres, type SqlClient } from '../../../../sandbox/postgres.ts';
import { makeSharedDatabase, seedContract, sharedContractId, sharedPartnerId, type SharedDatabase, type SharedRole } from '../../testing/shared-desks.ts';
import { openPostgres } from './connection.ts';
import { migratePostgres } from './postgres-migrations.ts';
import { scramVerifier } from './postgres-users.ts';

const roles: readonly SharedRole[] = ['viewer', 'finance', 'accountant', 'admin', 'relay', 'company_backend'];
let server: RunningPostgres;
let world: SharedDatabase;
const clients = new Map<SharedRole, SqlClient>();

beforeAll(async () => {
  server = await startPostgres();
  world = await makeSharedDatabase(server);
  await seedContract(world.owner);
  for (const role of roles) clients.set(role, await openClient(await world.urlOf(`plain_${role}`, role)));
});
afterAll(async () => {
  for (const client of clients.values()) await client.end();
  await world[Symbol.asyncDispose]();
  await server.stop();
});

const clientOf = (role: SharedRole): SqlClient => {
  const client = clients.get(role);
  if (!client) throw new Error(`no login for ${role}`);
  return client;
};

/** 'yes', or the SQL state of the refusal. */
async function tries(client: SqlClient, text: string, values: unknown[] = []): Promise<string> {
  await client.query('BEGIN');
  try {
    await client.query(text, values);
    return 'yes';
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
  } finally {
    await client.query('ROLLBACK');
  }
}

/** Who may read, by table; nobody but the company's own back end writes any of them. */
const readers: Readonly<Record<string, readonly SharedRole[]>> = {
  viewer: ['viewer', 'finance', 'accountant', 'admin'], finance: ['finance', 'accountant', 'admin'], accountant: ['accountant', 'admin'], nobody: [],
};
const readableBy: Readonly<Record<string, keyof typeof readers>> = {
  ledger: 'viewer', invoices: 'viewer', subscriptions: 'viewer', subscription_history: 'viewer', exchange_rates: 'viewer', job_leases: 'viewer', job_successes: 'viewer', change_feed: 'viewer', journal_entries: 'viewer', shared_views: 'viewer', period_log: 'viewer',
  desk_anchors: 'viewer', partners: 'finance', api_partner_contracts: 'finance', contract_amendments: 'finance', change_sets: 'finance', change_conflicts: 'finance', change_approvals: 'finance', merged_fields: 'finance', entity_versions: 'finance',
  api_usage: 'finance', invoice_reviews: 'finance', usage_events: 'finance', payment_history: 'finance', credits: 'finance', receivable_acts: 'finance', mail_outbox: 'finance', discrepancies: 'finance', discrepancy_steps: 'finance', close_sign_offs: 'finance', adjustment_decisions: 'finance', document_number_gaps: 'finance', document_series: 'accountant', document_number_blocks: 'accountant', document_number_uses: 'accountant', webhook_events: 'finance', audit_log: 'accountant',
};
const companysOwn = ['api_usage', 'usage_events', 'payment_history', 'subscriptions', 'subscription_history', 'exchange_rates'];

describe('role × table × action', () => {
  test('holds for every table there is', async () => {
    const { rows } = await world.owner.query<{ name: string; column: string; isProtected: boolean }>(
      `SELECT c.relname AS name, (SELECT a.attname FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' AND a.attidentity = '' ORDER BY a.attnum LIMIT 1) AS column, c.relrowsecurity AS "isProtected"
       FROM pg_class c WHERE c.relnamespace = 'daybook'::regnamespace AND c.relkind = 'r' ORDER BY c.relname`,
    );
    expect(rows.length).toBeGreaterThanOrEqual(30);
    expect(rows.filter((table) => !table.isProtected)).toEqual([]);
    for (const { name, column } of rows) {
      for (const role of roles) {
        const mayRead = readers[readableBy[name] ?? 'nobody']?.includes(role) ?? false;
        const isCompanys = role === 'company_backend' && companysOwn.includes(name);
        const client = clientOf(role);
        const seen = {
          select: await tries(client, `SELECT 1 FROM daybook.${name} LIMIT 1`), insert: await tries(client, `INSERT INTO daybook.${name} (${column}) SELECT NULL WHERE false`), update: await tries(client, `UPDATE daybook.${name} SET ${column} = NULL WHERE false`),
          delete: await tries(client, `DELETE FROM daybook.${name} WHERE false`), truncate: await tries(client, `TRUNCATE daybook.${name} CASCADE`),
        };
        const yesIf = (may: boolean): string => (may ? 'yes' : '42501');
        expect({ name, role, ...seen }).toEqual({ name, role, select: yesIf(mayRead || isCompanys), insert: yesIf(isCompanys), update: yesIf(isCompanys), delete: '42501', truncate: '42501' });
      }
    }
  });

  test('every table but the company’s own and the feed is written in READ COMMITTED alone', async () => {
    const { rows } = await world.owner.query<{ relname: string }>(
      `SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'daybook'::regnamespace AND c.relkind IN ('r', 'p')
       AND NOT EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = c.oid AND t.tgfoid = 'daybook.assert_read_committed()'::regprocedure AND t.tgenabled = 'O') ORDER BY c.relname`,
    );
    expect(rows.map((row) => row.relname)).toEqual(['change_feed', ...companysOwn].toSorted());
  });

  test.each(['REPEATABLE READ', 'SERIALIZABLE'])('what a server function decides on is never read from an older snapshot: %s is refused', async (isolation) => {
    const viewer = clientOf('viewer');
    const chain = async () => (await world.owner.query<{ hash: string; previous_hash: string }>('SELECT hash, previous_hash FROM daybook.audit_log ORDER BY id')).rows;
    const share = "SELECT daybook.share_view(jsonb_build_object('id', gen_random_uuid(), 'grid', 'invoices', 'name', $1::text, 'search', '', 'layout', '{}'::jsonb), gen_random_uuid())";
    await viewer.query(`BEGIN ISOLATION LEVEL ${isolation}`);
    await viewer.query('SELECT count(*) FROM daybook.ledger'); // its snapshot is taken
    await clientOf('finance').query(share, [`meanwhile, ${isolation}`]);
    await expect(viewer.query(share, ['a fork'])).rejects.toMatchObject({ detail: 'isolation-unfit' });
    await viewer.query('ROLLBACK');
    const rows = await chain();
    expect(rows.slice(1).map((row) => row.previous_hash)).toEqual(rows.slice(0, -1).map((row) => row.hash));
    // The company's own back end writes as it likes.
    const company = clientOf('company_backend');
    await company.query(`BEGIN ISOLATION LEVEL ${isolation}`);
    await company.query('UPDATE daybook.api_usage SET quantity = quantity WHERE false');
    await company.query('COMMIT');
  });

  test('every table holds for its owner too, who writes by a policy of its own', async () => {
    const { rows } = await world.owner.query<{ relname: string; isForced: boolean; byOwner: boolean }>(
      `SELECT c.relname, c.relrowsecurity AND c.relforcerowsecurity AS "isForced", EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname = 'written_by_owner' AND p.polroles = ARRAY[c.relowner]) AS "byOwner"
       FROM pg_class c WHERE c.relnamespace = 'daybook'::regnamespace AND c.relkind IN ('r', 'p') ORDER BY c.relname`,
    );
    expect(rows.filter((table) => !table.isForced || !table.byOwner)).toEqual([]);
    const names = rows.map((row) => row.relname);
    for (const name of Object.keys(readableBy)) expect(names).toContain(name);
    expect(names).toEqual(expect.arrayContaining(['api_partner_contracts', 'change_approvals', 'change_conflicts', 'change_sets', 'contract_amendments', 'document_number_blocks', 'document_number_gaps', 'document_number_uses', 'document_series', 'entity_versions', 'merged_fields', 'partners']) as string[]);
  });

  test('an owner who is no superuser and bypasses nothing works all the same: the functions do, and so do inserts by hand', async () => {
    const name = `${world.prefix}_plain_owner`;
    await world.owner.query(`CREATE ROLE ${name} LOGIN PASSWORD 'secret' NOSUPERUSER NOBYPASSRLS`);
    const url = new URL(await server.createDatabase(`${name}_db`));
    await withClient(url.toString(), (client) => client.query(`ALTER DATABASE ${url.pathname.slice(1)} OWNER TO ${name}; CREATE EXTENSION IF NOT EXISTS pgcrypto; GRANT daybook_viewer, daybook_finance, daybook_accountant, daybook_admin, daybook_relay, daybook_company_backend TO ${name} WITH ADMIN OPTION`));
    Object.assign(url, { username: name, password: 'secret' });
    await migratePostgres(url.toString());
    await withClient(url.toString(), async (client) => {
      await client.query("INSERT INTO daybook.ledger (id, company_name, gateway, gateway_account, mode, functional_currency, reporting_time_zone) VALUES (gen_random_uuid(), 'Meridian', 'stripe', 'acct_1', 'test', 'usd', 'UTC')");
      await seedContract(client);
      await client.query("INSERT INTO daybook.api_usage (idempotency_key, api_key_prefix, meter, quantity, occurred_at) VALUES ('a', 'dp_pk_TSG', 'deeds', 1, now())");
      const change = { id: randomUUID(), entity: 'contract', entityId: sharedContractId, operation: 'update', baseVersion: 1, fields: { payment_terms_days: { from: 30, to: 14 } }, reason: 'by hand', createdAt: 0, desk: 'psql' };
      expect((await client.query('SELECT daybook.submit_change($1) AS answer', [JSON.stringify(change)])).rows).toMatchObject([{ answer: { state: 'applied' } }]);
      expect((await client.query('SELECT count(*)::int AS rows FROM daybook.change_feed')).rows).toMatchObject([{ rows: expect.any(Number) as number }]);
    });
  });

  test('rows are hidden as well as tables: a viewer’s feed tells nothing of edits', async () => {
    const { rows } = await clientOf('viewer').query<{ entity: string }>("SELECT DISTINCT entity FROM daybook.change_feed WHERE entity <> 'shared_view'") /* everybody's */;
    expect(rows).toEqual([]);
    expect((await clientOf('finance').query('SELECT 1 FROM daybook.change_feed')).rowCount).toBeGreaterThan(2);
  });
});

describe('every function', () => {
  const people: readonly SharedRole[] = ['viewer', 'finance', 'accountant', 'admin'];
  const accountants: readonly SharedRole[] = ['accountant', 'admin'];
  const doors: Readonly<Record<string, readonly SharedRole[]>> = {
    queue_mail: accountants, claim_mail: accountants, hand_over_mail: accountants, settle_mail: accountants, decide_mail: accountants, mark_invoice_sent: accountants, mail_as_sent: ['finance', 'accountant', 'admin'],
    lease_document_numbers: accountants, record_document_uses: accountants, return_document_numbers: accountants, settle_document_numbers: accountants, bring_document_numbers: accountants, submit_change: ['admin'], resolve_conflict: ['admin'], decide_change: ['accountant', 'admin'], withdraw_change: ['finance', 'accountant', 'admin'], review_invoice: ['accountant', 'admin'], set_late_usage_months: ['accountant', 'admin'], set_tax_rounding: ['accountant', 'admin'], share_view: people, withdraw_view: people,
  };

  test('of edits, document numbers and e-mails is open to those it is for, and to nobody else', async () => {
    const { rows } = await world.owner.query<{ name: string; role: SharedRole; may: boolean }>(
      "SELECT p.proname AS name, role, has_function_privilege('daybook_' || role, p.oid, 'EXECUTE') AS may FROM pg_proc p, unnest($1::text[]) AS role WHERE p.pronamespace = 'daybook'::regnamespace AND p.proname = ANY ($2)",
      [roles, ['problem_of_text', 'problem_of_whole', 'problem_of_price', 'problem_of_day', 'problem_of_tiers', 'problem_of_value', 'table_of', 'default_values', 'standing_record', 'store_record', 'merge_change', 'prefixes_of', 'problem_of_contract',
        'problem_of_amendment', 'problem_of_record', 'message_of_refusal', 'answer_of', 'refuse_stored', 'open_conflict', 'is_touched_by_others', 'meets_other_amendment', 'bears_price', 'evaluate_change', 'lock_changes', 'fields_of', 'trimmed',
        'canonical_price', 'canonical_value', 'values_of', 'count_version', 'keep_version', 'count_amended_contract', 'append_audit', 'allocate_document_number', 'document_number_text', 'hold_document_series', 'document_block_view', 'end_document_block', 'expire_document_blocks', 'number_document', 'note_invoice_number', 'check_late_usage', 'assert_own_view',
        'take_document_use', 'use_leased_number', 'mail_event', 'find_mail', 'refuse_number_change', ...Object.keys(doors)]],
    );
    expect(rows.length).toBeGreaterThan(200);
    expect(rows.filter(({ name, role, may }) => may !== (doors[name]?.includes(role) ?? false))).toEqual([]);
  });

  test('of invoices and what becomes of them too', async () => {
    const accountants: readonly SharedRole[] = ['accountant', 'admin'];
    const open: Readonly<Record<string, readonly SharedRole[]>> = { record_receivable_acts: accountants, edit_invoice_draft: accountants, discard_invoice_draft: accountants, save_invoice_draft: accountants, finalise_invoice: accountants, void_invoice: accountants, set_write_off_limit: ['admin'] };
    const closed = ['party_of_invoice', 'settle_invoice', 'record_receivable_act', 'answer_of_acts', 'apply_credits', 'answer_of_invoice', 'check_draft_totals'];
    const { rows } = await world.owner.query<{ name: string; role: SharedRole; may: boolean }>(
      "SELECT p.proname AS name, role, has_function_privilege('daybook_' || role, p.oid, 'EXECUTE') AS may FROM pg_proc p, unnest($1::text[]) AS role WHERE p.pronamespace = 'daybook'::regnamespace AND p.proname = ANY ($2)", [roles, [...Object.keys(open), ...closed]],
    );
    expect(rows).toHaveLength((Object.keys(open).length + closed.length) * roles.length);
    expect(rows.filter(({ name, role, may }) => may !== (open[name]?.includes(role) ?? false))).toEqual([]);
  });

  test('of the work on differences and the close too', async () => {
    const accountants: readonly SharedRole[] = ['accountant', 'admin'];
    const finance: readonly SharedRole[] = ['finance', ...accountants];
    const open: Readonly<Record<string, readonly SharedRole[]>> = { record_discrepancies: finance, record_discrepancy_steps: finance, record_close_sign_off: accountants, decide_adjustment: accountants, set_reconciliation_policy: ['admin'] };
    const closed = ['is_adjustment_allowed', 'prepare_entries', 'prepare_entries_as_sent'];
    const { rows } = await world.owner.query<{ name: string; role: SharedRole; may: boolean }>(
      "SELECT p.proname AS name, role, has_function_privilege('daybook_' || role, p.oid, 'EXECUTE') AS may FROM pg_proc p, unnest($1::text[]) AS role WHERE p.pronamespace = 'daybook'::regnamespace AND p.proname = ANY ($2)", [roles, [...Object.keys(open), ...closed]],
    );
    expect(rows).toHaveLength((Object.keys(open).length + closed.length) * roles.length);
    expect(rows.filter(({ name, role, may }) => may !== (open[name]?.includes(role) ?? false))).toEqual([]);
  });

  /** Who may call what: every function of the schema, whoever made it. A new one is written down here on purpose. */
  test('there is may be called by those of this list, and by nobody else', async () => {
    const { rows } = await world.owner.query<{ name: string; may: string }>(
      `SELECT p.oid::regprocedure::text AS name, coalesce(string_agg(role, ' ' ORDER BY role) FILTER (WHERE has_function_privilege('daybook_' || role, p.oid, 'EXECUTE')), 'nobody') AS may
       FROM pg_proc p, unnest($1::text[]) AS role WHERE p.pronamespace = 'daybook'::regnamespace GROUP BY p.oid ORDER BY 1`, [roles],
    );
    expect(Object.fromEntries(rows.map(({ name, may }) => [name.replace(/^daybook\./, ''), may]))).toMatchSnapshot();
    const { rows: everybody } = await world.owner.query("SELECT p.oid::regprocedure::text FROM pg_proc p WHERE p.pronamespace = 'daybook'::regnamespace AND has_function_privilege('public', p.oid, 'EXECUTE')");
    expect(everybody).toEqual([]);
  });

  test('that runs as its owner has a fixed search path', async () => {
    const { rows } = await world.owner.query("SELECT proname FROM pg_proc WHERE pronamespace = 'daybook'::regnamespace AND prosecdef AND NOT coalesce(proconfig::text LIKE '%search_path=pg_catalog%', false)");
    expect(rows).toEqual([]);
  });

  test('refuses whoever is not for it, called by hand', async () => {
    const change = (): string => JSON.stringify({ id: randomUUID(), entity: 'contract', entityId: sharedContractId, operation: 'update', baseVersion: 1, fields: { payment_terms_days: { from: 30, to: 14 } }, reason: 'by hand', createdAt: 0, desk: 'psql' });
    for (const role of roles) expect([role, await tries(clientOf(role), 'SELECT daybook.submit_change($1)', [change()])]).toEqual([role, role === 'admin' ? 'yes' : '42501']);
    for (const role of roles) expect([role, await tries(clientOf(role), "SELECT daybook.resolve_conflict($1, '{}', 'by hand', NULL)", [randomUUID()])]).toEqual([role, role === 'admin' ? 'DB001' : '42501']);
    for (const role of roles) expect([role, await tries(clientOf(role), "SELECT daybook.decide_change($1, 'approve', '', NULL)", [randomUUID()])]).toEqual([role, role === 'admin' || role === 'accountant' ? 'DB001' : '42501']);
    for (const role of roles) expect([role, await tries(clientOf(role), "SELECT daybook.withdraw_change($1, 'by hand', NULL)", [randomUUID()])]).toEqual([role, ['finance', 'accountant', 'admin'].includes(role) ? 'DB001' : '42501']);
    const byAccountants = (role: SharedRole, answer: string): [SharedRole, string] => [role, accountants.includes(role) ? answer : '42501'];
    for (const role of roles) expect([role, await tries(clientOf(role), "SELECT daybook.lease_document_numbers($1, 'psql', 'INV', 1999, 1, 1, NULL)", [randomUUID()])]).toEqual(byAccountants(role, 'DB001'));
    for (const role of roles) expect([role, await tries(clientOf(role), "SELECT daybook.record_document_uses('psql', '[]')")]).toEqual(byAccountants(role, 'yes'));
    for (const role of roles) expect([role, await tries(clientOf(role), "SELECT daybook.return_document_numbers($1, 'psql', true, '[]', 'by hand', NULL)", [randomUUID()])]).toEqual(byAccountants(role, 'DB001'));
    for (const role of roles) expect([role, await tries(clientOf(role), 'SELECT daybook.settle_document_numbers()')]).toEqual(byAccountants(role, 'yes'));
  });
});

describe('approving one’s own change', () => {
  type Submitted = { id: string; state: string; approvalId: string };
  const send = async (client: SqlClient, change: unknown): Promise<Submitted> => (await client.query<{ answer: Submitted }>('SELECT daybook.submit_change($1) AS answer', [JSON.stringify(change)])).rows[0]!.answer;
  const changeOf = async (client: SqlClient, fee: number) => {
    const standing = (await client.query<{ version: number; fee: number }>('SELECT version, flat_fee_minor::int AS fee FROM daybook.api_partner_contracts WHERE id = $1', [sharedContractId])).rows[0];
    return { id: randomUUID(), entity: 'contract', entityId: sharedContractId, operation: 'update', baseVersion: standing?.version, fields: { flat_fee_minor: { from: standing?.fee, to: fee } }, reason: 'for myself', createdAt: 0, desk: 'psql' };
  };
  const submit = async (client: SqlClient, fee: number): Promise<Submitted> => send(client, await changeOf(client, fee));
  const second = { detail: 'second-person-needed' };

  test('is refused: plainly, under another role’s name, by replay, and in the tables themselves', async () => {
    const admin = clientOf('admin');
    const { state, approvalId, id } = await submit(admin, 11_000);
    expect(state).toBe('awaiting-approval');
    const decide = "SELECT daybook.decide_change($1, 'approve', '', $2)";
    await expect(admin.query(decide, [approvalId, randomUUID()])).rejects.toMatchObject(second);
    await admin.query('SET ROLE daybook_accountant');
    await expect(admin.query(decide, [approvalId, randomUUID()])).rejects.toMatchObject(second);
    await admin.query('RESET ROLE');
    await expect(admin.query('SET SESSION AUTHORIZATION daybook_admin')).rejects.toMatchObject({ code: '42501' });
    for (const text of ["UPDATE daybook.change_approvals SET requested_by = 'nobody'", 'UPDATE daybook.change_sets SET author = \'nobody\'', 'UPDATE daybook.ledger SET price_changes_need_approval = false', "SELECT daybook.evaluate_change('00000000-0000-4000-8000-000000000000', true)"]) {
      expect([text, await tries(admin, text)]).toEqual([text, '42501']);
    }
    // Not even an owner's statement makes an approval of its author's.
    await expect(world.owner.query("UPDATE daybook.change_approvals SET state = 'approved', decided_by = requested_by WHERE id = $1", [approvalId])).rejects.toMatchObject({ code: '23514' });
    const requestId = randomUUID();
    await clientOf('accountant').query(decide, [approvalId, requestId]);
    await expect(admin.query(decide, [approvalId, requestId])).rejects.toMatchObject(second);
    const again = await admin.query<{ n: string }>('SELECT count(*) AS n FROM daybook.change_approvals WHERE change_id = $1', [id]);
    expect(again.rows[0]?.n).toBe('1');
  });

  test('is refused to whoever chose values in any of its conflicts, not in the last one alone', async () => {
    const { id, approvalId } = await submit(clientOf('admin'), 12_000);
    const accountant = (await clientOf('accountant').query<{ me: string }>('SELECT session_user::text AS me')).rows[0]?.me;
    const conflict = "INSERT INTO daybook.change_conflicts (change_id, entity, entity_id, fields, their_version, state, resolved_by, resolved_at, kept) VALUES ($1, 'contract', $2, '[]', 1, 'resolved', $3, now(), $4) RETURNING id";
    await world.owner.query(conflict, [id, sharedContractId, accountant, '{"flat_fee_minor": {"keep": "other", "value": 12000}}']);
    await world.owner.query('UPDATE daybook.change_approvals SET chosen_by = $2 WHERE id = $1', [approvalId, 'cyd']); // who decided the last one
    await expect(clientOf('accountant').query("SELECT daybook.decide_change($1, 'approve', '', NULL)", [approvalId])).rejects.toMatchObject(second);
    await world.owner.query('DELETE FROM daybook.change_conflicts WHERE change_id = $1', [id]);
    await clientOf('accountant').query("SELECT daybook.decide_change($1, 'reject', '', NULL)", [approvalId]);
  });

  test('is refused under an author the client names: whoever is signed in made the change', async () => {
    const admin = clientOf('admin');
    const me = (await admin.query<{ me: string }>('SELECT session_user::text AS me')).rows[0]?.me;
    const { approvalId, id } = await send(admin, { ...(await changeOf(admin, 14_000)), author: `${world.prefix}_plain_finance`, requestedBy: `${world.prefix}_plain_finance` });
    expect((await admin.query('SELECT s.author, a.requested_by FROM daybook.change_sets s JOIN daybook.change_approvals a ON a.change_id = s.id WHERE s.id = $1', [id])).rows).toEqual([{ author: me, requested_by: me }]);
    await expect(admin.query("SELECT daybook.decide_change($1, 'approve', '', NULL)", [approvalId])).rejects.toMatchObject(second);
  });

  test('is refused by sending the change again, before it was decided on and after: it asks for nothing anew, and nothing takes effect twice', async () => {
    const admin = clientOf('admin');
    const change = await changeOf(admin, 15_000);
    const first = await send(admin, change);
    expect(await send(admin, change)).toEqual(first);
    expect(first.state).toBe('awaiting-approval');
    await expect(admin.query("SELECT daybook.decide_change($1, 'approve', '', NULL)", [first.approvalId])).rejects.toMatchObject(second);
    await clientOf('accountant').query("SELECT daybook.decide_change($1, 'approve', '', NULL)", [first.approvalId]);
    const after = async () => (await admin.query('SELECT (SELECT count(*)::int FROM daybook.change_approvals WHERE change_id = $1) AS asked, version FROM daybook.api_partner_contracts WHERE id = $2', [change.id, sharedContractId])).rows[0];
    const stands = await after();
    expect(await send(admin, change)).toMatchObject({ state: 'applied', approvalId: first.approvalId });
    await expect(send(admin, { ...change, fields: { flat_fee_minor: { from: 0, to: 1 } } })).rejects.toMatchObject({ detail: 'change-reused' });
    await expect(clientOf('accountant').query("SELECT daybook.decide_change($1, 'approve', '', NULL)", [first.approvalId])).resolves.toBeDefined(); // a lost reply
    expect(await after()).toEqual(stands);
    expect(stands).toMatchObject({ asked: 1 });
  });

  test('an accountant who may approve may not edit, and who lost the role may do neither', async () => {
    expect(await tries(clientOf('accountant'), 'SELECT daybook.submit_change($1)', ['{}'])).toBe('42501');
    const url = await world.urlOf('leaver', 'admin');
    await withClient(url, async (client) => {
      const { approvalId } = await submit(clientOf('admin'), 12_000);
      await world.owner.query(`REVOKE daybook_admin FROM ${new URL(url).username}`);
      await expect(client.query("SELECT daybook.decide_change($1, 'approve', '', NULL)", [approvalId])).rejects.toMatchObject({ code: '42501' });
    });
  });

  test('the settings that name a change to the triggers give nobody anything', async () => {
    const admin = clientOf('admin');
    const { id } = await submit(admin, 13_000);
    await admin.query(`SET daybook.change_id = '${id}'`);
    expect(await tries(admin, 'UPDATE daybook.api_partner_contracts SET flat_fee_minor = 1')).toBe('42501');
    await admin.query('RESET daybook.change_id');
  });
});

describe('values by hand', () => {
  test.each([
    [{ flat_fee_minor: { from: 0, to: -1 } }, 'number-out-of-range'], [{ flat_fee_minor: { from: 0, to: 1.5 } }, 'number-invalid'], [{ flat_fee_minor: { from: 0, to: '1' } }, 'number-invalid'], [{ version: { from: 1, to: 9 } }, 'field-unknown'],
    [{ deleted_at: { from: null, to: null } }, 'field-unknown'], [{ partner_id: { from: null, to: sharedPartnerId } }, 'field-fixed'], [{ per_deed_price: { from: '2.5', to: '1e3' } }, 'price-invalid'], [{ effective_from: { from: '2026-01-01', to: '2026-02-30' } }, 'date-invalid'],
    [{ tiers: { from: null, to: { mode: 'graduated', tiers: [{ upTo: 5, unitPrice: '1' }] } } }, 'tiers-not-open-ended'], [{ currency: { from: 'usd', to: 'x' } }, 'currency-unknown'], [{ flat_fee_minor: { from: 0, to: 1e300 } }, 'number-out-of-range'],
  ])('%j is refused with %s and changes nothing', async (fields, code) => {
    const change = { id: randomUUID(), entity: 'contract', entityId: sharedContractId, operation: 'update', baseVersion: 1, fields, reason: 'by hand', createdAt: 0, desk: 'psql' };
    const { rows } = await clientOf('admin').query<{ answer: unknown }>('SELECT daybook.submit_change($1) AS answer', [JSON.stringify(change)]);
    expect(rows[0]?.answer).toMatchObject({ state: 'refused', refusalCode: code, resultVersion: null });
  });

  test.each([[{}], [{ id: 'x' }], [{ fields: [] }], [{ fields: { terms: 'x' } }], [{ entity: 'ledger' }], [{ operation: 'truncate' }], [{ baseVersion: -1 }], [{ baseVersion: 1e12 }], [{ desk: '' }], [{ createdAt: 'soon' }]])('what is no change is refused whole: %j', async (wrong) => {
    const change = Object.keys(wrong).length === 0 ? {} : { id: randomUUID(), entity: 'contract', entityId: sharedContractId, operation: 'update', baseVersion: 1, fields: {}, reason: 'by hand', createdAt: 0, desk: 'psql', ...wrong };
    await expect(clientOf('admin').query('SELECT daybook.submit_change($1)', [JSON.stringify(change)])).rejects.toMatchObject({ detail: 'change-invalid' });
  });
});

describe('what a door of edits does not take', () => {
  const send = (change: object) => clientOf('admin').query<{ answer: { state: string } }>('SELECT daybook.submit_change($1) AS answer', [JSON.stringify(change)]);
  const changeMade = (createdAt: number, fields: object = { payment_terms_days: { from: 30, to: 14 } }) => ({ id: randomUUID(), entity: 'contract', entityId: sharedContractId, operation: 'update', baseVersion: 1, fields, reason: 'by hand', createdAt, desk: 'psql' });
  const hour = 3_600_000;

  test('an edit dated more than a day ahead; an hour, as clocks are apart, is taken', async () => {
    const now = Number((await world.owner.query<{ now: string }>('SELECT (extract(epoch FROM daybook.present()) * 1000)::bigint AS now')).rows[0]?.now);
    await expect(send(changeMade(now + 25 * hour))).rejects.toMatchObject({ detail: 'change-in-the-future' });
    expect((await send(changeMade(now + hour))).rows[0]?.answer.state).not.toBe('refused');
  });

  test('an edit that was refused, twice into the audit log: sent again it is one line still, until it fares otherwise', async () => {
    const change = changeMade(0, { flat_fee_minor: { from: 0, to: -1 } });
    const lines = async () => (await world.owner.query<{ n: number }>("SELECT count(*)::int AS n FROM daybook.audit_log WHERE action = 'submit-change' AND request_id = $1", [change.id])).rows[0]?.n;
    for (const _ of [1, 2, 3]) expect((await send(change)).rows[0]?.answer).toMatchObject({ state: 'refused' });
    expect(await lines()).toBe(1);
  });

  test('a sign that no text can hold: said in words, not in SQL’s', async () => {
    const postgres = openPostgres({ url: await world.urlOf('plain_admin', 'admin'), maximumConnections: 1 });
    try {
      await expect(postgres.query('SELECT daybook.submit_change($1::jsonb)', [JSON.stringify({ ...changeMade(0), reason: 'nul \u0000 here' })])).rejects.toMatchObject({ kind: 'validation', code: 'text-unprintable' });
    } finally {
      await postgres.close();
    }
  });
});

describe('the people of a shared database', () => {
  test('the verifier is the one PostgreSQL makes itself', async () => {
    const name = `verifier_${process.pid}`;
    await world.owner.query(`CREATE ROLE ${name} PASSWORD 'a password of its own'`);
    const kept = (await world.owner.query<{ kept: string }>('SELECT rolpassword AS kept FROM pg_authid WHERE rolname = $1', [name])).rows[0]?.kept ?? '';
    expect(scramVerifier('a password of its own', Buffer.from(/:(.*?)\$/.exec(kept.slice('SCRAM-SHA-256$4096'.length))?.[1] ?? '', 'base64'))).toBe(kept);
    await world.owner.query(`DROP ROLE ${name}`);
  });
});
