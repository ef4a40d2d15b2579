import { readFileSync } from 'node:fs';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startPostgres, type RunningPostgres } from '../../../sandbox/postgres.ts';
import { fixedClock } from '../../shared/calendar/clock.ts';
import { localDate } from '../../shared/calendar/local-date.ts';
import { sql } from '../database/handles.ts';
import { saveImportedRates } from '../ledger/exchange-rates.repository.ts';
import { openPostgres, type PostgresConnection } from '../integrations/postgres/connection.ts';
import { createPostgresJobLeases } from '../integrations/postgres/job-leases.ts';
import { migratePostgres } from '../integrations/postgres/postgres-migrations.ts';
import { createSharedDiscrepancies } from '../integrations/postgres/shared-discrepancies.ts';
import { createSharedLedgerSource } from '../integrations/postgres/shared-ledger-source.ts';
import { readMigrations } from '../platform/migration-files.ts';
import { migrationsFolder } from '../platform/resources.ts';
import { unattended } from '../platform/work-control.ts';
import { createDiscrepancySharing } from '../reconciliation/discrepancy-sharing.ts';
import { openTemporaryDatabase, type TemporaryDatabase } from '../testing/temporary-database.ts';
import { createPostgresSync, type PostgresSync } from './postgres-sync.ts';
import type { SharedLedgerSource } from './shared-ledger-source.ts';

let server: RunningPostgres;
let databaseCount = 0;
const now = Date.UTC(2026, 10, 18, 14, 14);
const partnerId = '00000000-0000-4000-8000-000000000001';
const contractId = '00000000-0000-4000-8000-000000000002';

beforeAll(async () => {
  server = await startPostgres();
});
afterAll(async () => {
  await server.stop();
});

/** A fresh shared database with one ledger row, and a way to run statements as its owner. */
async function makeSharedDatabase(): Promise<{ ownerUrl: string; owner: pg.Client; urlOf: (role: string) => Promise<string> } & AsyncDisposable> {
  databaseCount += 1;
  const ownerUrl = await server.createDatabase(`sync_${databaseCount}`);
  await migratePostgres(ownerUrl);
  const owner = new pg.Client({ connectionString: ownerUrl });
  await owner.connect();
  await owner.query("INSERT INTO daybook.ledger (id, company_name, gateway, gateway_account, mode, functional_currency, reporting_time_zone) VALUES (gen_random_uuid(), 'Meridian', 'stripe', 'acct_1', 'test', 'usd', 'America/New_York')");
  return {
    ownerUrl,
    owner,
    async urlOf(role) {
      const login = `sync_${databaseCount}_${role}`;
      await owner.query(`CREATE ROLE ${login} LOGIN PASSWORD 'secret'; GRANT daybook_${role} TO ${login}`);
      const url = new URL(ownerUrl);
      url.username = login;
      url.password = 'secret';
      return url.toString();
    },
    [Symbol.asyncDispose]: () => owner.end(),
  };
}

async function connectAsOwner(url: string): Promise<{ readonly client: pg.Client } & AsyncDisposable> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return { client, [Symbol.asyncDispose]: () => client.end() };
}

function syncOf(ledger: TemporaryDatabase, source: SharedLedgerSource, options: { clientVersion?: string; pageSize?: number } = {}): PostgresSync {
  return createPostgresSync({ source, readable: ledger.database, unitOfWork: ledger.database.unitOfWork, clock: fixedClock(now), clientVersion: options.clientVersion ?? '0.1.0', pageSize: options.pageSize ?? 7, rowsPerTransaction: 3 });
}

const insertUsage = (keys: string): string => `INSERT INTO daybook.api_usage (idempotency_key, api_key_prefix, meter, quantity, occurred_at) SELECT 'key-' || n, 'dp_pk_a', 'deeds', n, '2026-10-31T23:59:59.500Z' FROM ${keys} AS n`;
const usageKeys = (ledger: TemporaryDatabase): string[] => ledger.database.all<{ key: string }>(sql('test.usage', 'SELECT idempotency_key AS key FROM api_usage ORDER BY id')).map((row) => row.key);

async function withPostgres<Result>(url: string, work: (connection: PostgresConnection) => Promise<Result>): Promise<Result> {
  const connection = openPostgres({ url });
  try {
    return await work(connection);
  } finally {
    await connection.close();
  }
}

describe('migrating the shared database', () => {
  it('applies each step once, also when two people start at the same moment', async () => {
    const url = await server.createDatabase('migrate_twice');
    const names = readMigrations(migrationsFolder('postgres')).map((migration) => migration.name);
    const results = await Promise.all([migratePostgres(url), migratePostgres(url)]);
    expect(results.map((result) => result.applied.length).toSorted()).toEqual([0, names.length]);
    expect(await migratePostgres(url)).toEqual({ applied: [], standing: names });
  });

  it('refuses a database of a newer Daybook and a step that was changed', async () => {
    const url = await server.createDatabase('migrate_newer');
    const first = { name: '0001-first.sql', text: 'CREATE TABLE first_table (id int)', checksum: 'a' };
    const second = { name: '0002-second.sql', text: 'CREATE TABLE second_table (id int)', checksum: 'b' };
    await migratePostgres(url, [first, second]);
    await expect(migratePostgres(url, [first])).rejects.toMatchObject({ code: 'postgres-schema-newer' });
    await expect(migratePostgres(url, [first, { ...second, checksum: 'c' }])).rejects.toMatchObject({ code: 'migration-changed' });
  });

  it('undoes a step that fails and names it, without the password', async () => {
    const url = await server.createDatabase('migrate_broken');
    const broken = { name: '0001-broken.sql', text: 'CREATE TABLE half (id int); SELECT no_such_thing', checksum: 'a' };
    await expect(migratePostgres(url, [broken])).rejects.toMatchObject({ code: 'postgres-migration-failed', message: expect.not.stringContaining('postgres://') as string });
    await migratePostgres(url, [{ ...broken, text: 'CREATE TABLE half (id int)' }]);
  });

  it('says that the server is down or the address unreadable', async () => {
    await expect(migratePostgres('postgres://nobody:secret@127.0.0.1:1/none')).rejects.toMatchObject({ code: 'postgres-unreachable' });
    await expect(migratePostgres('mysql://x')).rejects.toMatchObject({ code: 'postgres-url-invalid' });
  });
});

describe('pulling the shared database', () => {
  it('copies everything once, in exact values, and then only what changed', async () => {
    await using shared = await makeSharedDatabase();
    using ledger = openTemporaryDatabase();
    await shared.owner.query(`INSERT INTO daybook.partners (id, name, billing_address) VALUES ('${partnerId}', 'Acme', '{"city": "Lyon"}')`);
    await shared.owner.query(
      `INSERT INTO daybook.api_partner_contracts (id, partner_id, api_key_prefix, further_prefixes, pricing_model, per_1000_price, per_deed_price, currency, effective_from) VALUES ('${contractId}', '${partnerId}', 'dp_pk_a', '{dp_pk_b,dp_pk_c}', 'hybrid', 0.04500000, 2, 'usd', '2023-01-01')`,
    );
    await shared.owner.query("INSERT INTO daybook.exchange_rates VALUES ('eur', 'usd', '2026-10-31', 1.080000), ('kwd', 'usd', '2026-10-31', 3.250001)");
    await shared.owner.query(insertUsage('generate_series(1, 20)'));
    await withPostgres(shared.ownerUrl, async (postgres) => {
      const sync = syncOf(ledger, createSharedLedgerSource(postgres));
      expect(await sync.pull(unattended)).toMatchObject({ companyName: 'Meridian', written: { partner: 1, contract: 1, exchange_rate: 2, api_usage: 20 }, changes: 0 });
      expect(ledger.database.get(sql('test.contract', 'SELECT per_1000_price, per_deed_price, further_prefixes, effective_from, effective_to, flat_fee_minor FROM partner_contracts'))).toEqual({
        per_1000_price: '0.045', per_deed_price: '2', further_prefixes: '["dp_pk_b","dp_pk_c"]', effective_from: '2023-01-01', effective_to: null, flat_fee_minor: 0,
      });
      expect(ledger.database.all(sql('test.rates', 'SELECT rate FROM exchange_rates ORDER BY base'))).toEqual([{ rate: '1.08' }, { rate: '3.250001' }]);
      expect(ledger.database.get(sql('test.usage-row', 'SELECT quantity, occurred_at FROM api_usage WHERE idempotency_key = ?'), ['key-7'])).toEqual({ quantity: 7, occurred_at: Date.UTC(2026, 9, 31, 23, 59, 59, 500) });

      expect(await sync.pull(unattended)).toMatchObject({ written: {}, changes: 0 });

      await shared.owner.query("UPDATE daybook.partners SET name = 'Acme Ltd', version = 2; UPDATE daybook.exchange_rates SET rate = 1.09 WHERE base = 'eur'; DELETE FROM daybook.exchange_rates WHERE base = 'kwd'");
      await shared.owner.query("DELETE FROM daybook.api_usage WHERE idempotency_key = 'key-3'");
      await shared.owner.query(insertUsage('generate_series(21, 40)'));
      await shared.owner.query('DELETE FROM daybook.api_partner_contracts');
      expect((await sync.pull(unattended)).changes).toBe(26); // the partner’s new version among them
      expect(ledger.database.all(sql('test.partner', 'SELECT name FROM partners'))).toEqual([{ name: 'Acme Ltd' }]);
      expect(ledger.database.all(sql('test.rates', 'SELECT base, rate FROM exchange_rates ORDER BY base'))).toEqual([{ base: 'eur', rate: '1.09' }]);
      expect(usageKeys(ledger)).toEqual(Array.from({ length: 40 }, (_, index) => `key-${index + 1}`).filter((key) => key !== 'key-3'));
      expect(ledger.database.get<{ deleted_at: number | null }>(sql('test.tombstone', 'SELECT deleted_at FROM partner_contracts'))?.deleted_at).toBeGreaterThan(0);
    });
  });

  it('skips nothing, though transactions commit in another order than they began', async () => {
    await using shared = await makeSharedDatabase();
    using ledger = openTemporaryDatabase();
    const slow = await connectAll(shared.ownerUrl, 3);
    await withPostgres(shared.ownerUrl, async (postgres) => {
      const sync = syncOf(ledger, createSharedLedgerSource(postgres));
      const [first, second, third] = slow as [pg.Client, pg.Client, pg.Client];
      await first.query('BEGIN');
      await first.query(insertUsage('generate_series(1, 3)')); // numbered first, committed last
      await shared.owner.query(insertUsage('generate_series(11, 13)'));
      await sync.pull(unattended); // the very first copy, taken while the first transaction is held open
      expect(usageKeys(ledger)).toEqual(['key-11', 'key-12', 'key-13']);
      await second.query('BEGIN');
      await second.query(insertUsage('generate_series(21, 23)'));
      await third.query('BEGIN');
      await third.query(insertUsage('generate_series(31, 33)'));
      await third.query('COMMIT');
      await shared.owner.query(insertUsage('generate_series(41, 43)'));
      await sync.pull(unattended); // must not move behind what `first` and `second` still hold
      await second.query('COMMIT');
      await sync.pull(unattended);
      await first.query('COMMIT');
      await sync.pull(unattended);
      const remote = await shared.owner.query<{ key: string }>('SELECT idempotency_key AS key FROM daybook.api_usage ORDER BY id');
      expect(usageKeys(ledger)).toEqual(remote.rows.map((row) => row.key));
      expect(usageKeys(ledger)).toHaveLength(15);
    });
    await Promise.all(slow.map((client) => client.end()));
  });

  it('is refused by a shared database that was set back, for good: nothing is skipped in silence', async () => {
    await using shared = await makeSharedDatabase();
    using ledger = openTemporaryDatabase();
    const passTransactions = 'DO $$ BEGIN FOR i IN 1..3000 LOOP PERFORM pg_current_xact_id(); COMMIT; END LOOP; END $$';
    await shared.owner.query(passTransactions);
    await shared.owner.query(insertUsage('generate_series(1, 3)'));
    await withPostgres(shared.ownerUrl, (postgres) => syncOf(ledger, createSharedLedgerSource(postgres)).pull(unattended));
    // A dump of it, restored on another server: the same ledger, and the server counts its transactions from the start.
    const other = await startPostgres();
    try {
      const restoredUrl = await other.createDatabase('restored');
      await migratePostgres(restoredUrl);
      await using restored = await connectAsOwner(restoredUrl);
      const { rows } = await shared.owner.query<Record<string, string>>('SELECT id FROM daybook.ledger');
      await restored.client.query("INSERT INTO daybook.ledger (id, company_name, gateway, gateway_account, mode, functional_currency, reporting_time_zone) VALUES ($1, 'Meridian', 'stripe', 'acct_1', 'test', 'usd', 'America/New_York')", [rows[0]?.['id']]);
      await restored.client.query(insertUsage('generate_series(11, 13)'));
      await withPostgres(restoredUrl, async (postgres) => {
        const sync = syncOf(ledger, createSharedLedgerSource(postgres));
        await expect(sync.pull(unattended)).rejects.toMatchObject({ code: 'shared-database-set-back' });
        await restored.client.query(passTransactions);
        await expect(sync.pull(unattended)).rejects.toMatchObject({ code: 'shared-database-set-back' });
        expect(usageKeys(ledger)).toEqual(['key-1', 'key-2', 'key-3']);
        using fresh = openTemporaryDatabase();
        await syncOf(fresh, createSharedLedgerSource(postgres)).pull(unattended);
        expect(usageKeys(fresh)).toEqual(['key-11', 'key-12', 'key-13']);
      });
    } finally {
      await other.stop();
    }
  });

  it('ends with the same rows after being stopped at every page', async () => {
    await using shared = await makeSharedDatabase();
    using ledger = openTemporaryDatabase();
    await shared.owner.query(insertUsage('generate_series(1, 50)'));
    await withPostgres(shared.ownerUrl, async (postgres) => {
      const sync = syncOf(ledger, createSharedLedgerSource(postgres));
      let stops = 0;
      for (let isDone = false; !isDone; ) {
        const stop = new AbortController();
        const control = { signal: stop.signal, report: ({ note }: { note: string }) => void (note.includes('API usage') && stop.abort()) };
        isDone = await sync.pull(control).then(
          () => true,
          (error: unknown) => {
            expect(error).toMatchObject({ name: 'AbortError' });
            return false;
          },
        );
        if (!isDone) {
          stops += 1;
          // Meanwhile the company goes on: a row that was copied changes, one is added.
          await shared.owner.query(`UPDATE daybook.api_usage SET quantity = 1000 + ${stops} WHERE idempotency_key = 'key-${stops}'`);
        }
      }
      expect(stops).toBeGreaterThan(5);
      await sync.pull(unattended);
      const remote = await shared.owner.query<{ key: string; quantity: string }>('SELECT idempotency_key AS key, quantity FROM daybook.api_usage ORDER BY id');
      const here = ledger.database.all<{ key: string; quantity: number }>(sql('test.usage', 'SELECT idempotency_key AS key, quantity FROM api_usage ORDER BY id'));
      expect(here).toEqual(remote.rows.map((row) => ({ key: row.key, quantity: Number(row.quantity) })));
    });
  });

  it('gives a viewer fewer entities, and takes them off the desk when the role shrinks', async () => {
    await using shared = await makeSharedDatabase();
    using ledger = openTemporaryDatabase();
    await shared.owner.query(insertUsage('generate_series(1, 5)'));
    await shared.owner.query("INSERT INTO daybook.exchange_rates VALUES ('eur', 'usd', '2026-10-31', 1.08)");
    const financeUrl = await shared.urlOf('finance');
    const viewerUrl = await shared.urlOf('viewer');
    await withPostgres(financeUrl, async (postgres) => expect(await syncOf(ledger, createSharedLedgerSource(postgres)).pull(unattended)).toMatchObject({ written: { api_usage: 5, exchange_rate: 1 } }));
    await shared.owner.query(insertUsage('generate_series(6, 9)'));
    await withPostgres(viewerUrl, async (postgres) => {
      const result = await syncOf(ledger, createSharedLedgerSource(postgres)).pull(unattended);
      expect(result.purged).toEqual(expect.arrayContaining(['api_usage', 'payment_history', 'partner', 'contract']));
      expect(usageKeys(ledger)).toEqual([]);
      expect(ledger.database.all(sql('test.rates', 'SELECT base FROM exchange_rates'))).toHaveLength(1);
    });
    await withPostgres(financeUrl, async (postgres) => void (await syncOf(ledger, createSharedLedgerSource(postgres)).pull(unattended)));
    expect(usageKeys(ledger)).toHaveLength(9);
    // Before anything is sent, which a smaller role may be refused; the pull after it tells of it.
    await withPostgres(viewerUrl, async (postgres) => {
      const sync = syncOf(ledger, createSharedLedgerSource(postgres));
      await sync.join(unattended);
      expect(usageKeys(ledger)).toEqual([]);
      expect((await sync.pull(unattended)).purged).toContain('api_usage');
      expect((await sync.pull(unattended)).purged).toEqual([]);
    });
  });

  it('leaves a desk whose role shrank nothing that it may not read: in no table, and in no page of the file', async () => {
    await using shared = await makeSharedDatabase();
    using ledger = openTemporaryDatabase();
    const { database } = ledger;
    const mark = 'Titlesure-of-Utica';
    const tables = ['partners', 'partner_contracts', 'contract_amendments', 'entity_versions', 'change_sets', 'change_conflicts', 'change_approvals', 'api_usage', 'payment_history', 'discrepancies', 'discrepancy_steps', 'outbox_changes'];
    const held = () => tables.filter((table) => database.get(sql('test.any', `SELECT 1 FROM ${table}`)) !== undefined);
    const inFile = (): boolean => {
      database.connection.exec('PRAGMA wal_checkpoint(TRUNCATE)');
      return readFileSync(ledger.file).includes(mark);
    };
    const [partner, contract, amendment, change, other, difference] = Array.from({ length: 6 }, (_, index) => `00000000-0000-4000-8000-00000000000${index}`);
    await shared.owner.query(insertUsage('generate_series(1, 5)'));
    await shared.owner.query("INSERT INTO daybook.partners (id, name) VALUES ($1, $2)", [partner, mark]);
    await shared.owner.query("INSERT INTO daybook.api_partner_contracts (id, partner_id, api_key_prefix, pricing_model, currency, effective_from, terms) VALUES ($1, $2, 'dp_pk_TSG', 'flat', 'usd', '2026-01-01', $3)", [contract, partner, mark]);
    await shared.owner.query("INSERT INTO daybook.contract_amendments (id, contract_id, effective_from, pricing_model) VALUES ($1, $2, '2026-02-01', 'flat')", [amendment, contract]);
    await shared.owner.query("INSERT INTO daybook.payment_history (gateway, gateway_payment_id, kind, amount_minor, currency, status, net_minor, created_at, failure_message) VALUES ('stripe', 'ch_1', 'payment', 1, 'usd', 'failed', 1, now(), $1)", [mark]);
    await shared.owner.query("INSERT INTO daybook.discrepancies (id, level, reason, object_id, status, currency, amount_minor, detail, first_seen_at, last_seen_at, occurred_on) VALUES ($1, 'drift', 'amount-differs', 'ch_1', 'open', 'usd', 1, '{}', now(), now(), '2026-10-01')", [difference]);
    await shared.owner.query("INSERT INTO daybook.change_sets (id, entity, entity_id, operation, base_version, fields, reason, desk, created_at, state, effective_operation, effective_id, effective_fields, effective_base) VALUES ($1, 'partner', $2, 'update', 1, '{}', $3, 'desk', now(), 'conflict', 'update', $2, '{}', 1)", [change, partner, mark]);
    await shared.owner.query("INSERT INTO daybook.change_conflicts (change_id, entity, entity_id, fields, their_version) VALUES ($1, 'partner', $2, '[]', 1)", [change, partner]);
    await shared.owner.query("INSERT INTO daybook.change_approvals (change_id, entity, entity_id, requested_by) VALUES ($1, 'partner', $2, 'ada')", [change, partner]);
    await withPostgres(await shared.urlOf('finance'), async (postgres) => void (await syncOf(ledger, createSharedLedgerSource(postgres)).pull(unattended)));
    database.unitOfWork.run('work', (writable) => {
      writable.run(sql('test.step', "INSERT INTO discrepancy_steps (id, discrepancy_id, action, actor, note, from_status, to_status, recorded_at) VALUES ('s', ?, 'assign', 'ada', ?, 'open', 'open', 1)"), [difference ?? '', mark]);
      writable.run(sql('test.settled', "INSERT INTO outbox_changes (id, entity, entity_id, operation, base_version, fields, reason, author, created_at, state) VALUES (?, 'partner', 'p', 'update', 1, '{}', ?, 'ada', 1, 'applied')"), [other ?? '', mark]);
    });
    expect(held()).toEqual(tables);
    expect(inFile()).toBe(true);
    const viewerUrl = await shared.urlOf('viewer');
    await withPostgres(viewerUrl, async (postgres) => void (await syncOf(ledger, createSharedLedgerSource(postgres)).pull(unattended)));
    expect(held()).toEqual([]);
    expect(inFile()).toBe(false);
    // What comes in some other way afterwards goes with the next sync.
    database.unitOfWork.run('stray', (writable) => void writable.run(sql('test.stray', "INSERT INTO partners (id, name, billing_address, tax_treatment, version, updated_at) VALUES ('stray', ?, '{}', 'standard', 1, 1)"), [mark]));
    await withPostgres(viewerUrl, async (postgres) => expect((await syncOf(ledger, createSharedLedgerSource(postgres)).pull(unattended)).purged).toEqual(['partner']));
    expect([held(), inFile()]).toEqual([[], false]);
  });

  it('takes the company’s rates in the place of those the desk imported by itself', async () => {
    await using shared = await makeSharedDatabase();
    using ledger = openTemporaryDatabase();
    const imported = [{ base: 'eur', on: localDate('2026-10-29'), rate: '1.0701' }, { base: 'eur', on: localDate('2026-10-30'), rate: '1.0702' }];
    ledger.database.unitOfWork.run('import', (database) => saveImportedRates(database, imported, 'usd', 'ECB, eurofxref.csv', 1));
    await shared.owner.query("INSERT INTO daybook.exchange_rates VALUES ('eur', 'usd', '2026-10-30', 1.07)");
    await withPostgres(shared.ownerUrl, async (postgres) => {
      const sync = syncOf(ledger, createSharedLedgerSource(postgres));
      await sync.pullExchangeRates(unattended);
      await sync.pullExchangeRates(unattended);
    });
    expect(ledger.database.all(sql('test.all-rates', 'SELECT rate_on AS "on", rate, source, fetched_at AS at FROM exchange_rates'))).toEqual([{ on: '2026-10-30', rate: '1.07', source: 'shared database', at: null }]);
  });

  it('pulls the exchange rates alone, without losing what it did not look at', async () => {
    await using shared = await makeSharedDatabase();
    using ledger = openTemporaryDatabase();
    await shared.owner.query("INSERT INTO daybook.exchange_rates VALUES ('eur', 'usd', '2026-10-30', 1.07)");
    await shared.owner.query(insertUsage('generate_series(1, 5)'));
    await withPostgres(shared.ownerUrl, async (postgres) => {
      const sync = syncOf(ledger, createSharedLedgerSource(postgres));
      expect(await sync.pullExchangeRates(unattended)).toMatchObject({ written: { exchange_rate: 1 } });
      await shared.owner.query("INSERT INTO daybook.exchange_rates VALUES ('eur', 'usd', '2026-10-31', 1.08)");
      await shared.owner.query('UPDATE daybook.api_usage SET quantity = 77');
      expect(await sync.pullExchangeRates(unattended)).toMatchObject({ written: { exchange_rate: 1 } });
      await sync.pull(unattended);
      expect(ledger.database.all(sql('test.quantities', 'SELECT DISTINCT quantity FROM api_usage'))).toEqual([{ quantity: 77 }]);
    });
  });

  it('refuses another ledger’s database and a client that is too old, and copies nothing', async () => {
    await using shared = await makeSharedDatabase();
    using ledger = openTemporaryDatabase();
    ledger.database.run(sql('test.setting', "INSERT INTO ledger_settings VALUES ('gateway_account', 'acct_other', 0)"));
    await shared.owner.query(insertUsage('generate_series(1, 5)'));
    await withPostgres(shared.ownerUrl, async (postgres) => {
      const source = createSharedLedgerSource(postgres);
      await expect(syncOf(ledger, source).pull(unattended)).rejects.toMatchObject({ code: 'shared-ledger-mismatch', data: { setting: 'gateway_account' } });
      expect(ledger.database.get(sql('test.error', "SELECT last_error_code AS code FROM sync_cursors WHERE source = 'postgres/feed'"))).toEqual({ code: 'shared-ledger-mismatch' });
      expect(ledger.database.all(sql('test.settings', 'SELECT name FROM ledger_settings'))).toEqual([{ name: 'gateway_account' }]);
      await shared.owner.query("UPDATE daybook.ledger SET minimum_client_version = '0.10.0'");
      await expect(syncOf(ledger, source, { clientVersion: '0.9.3' }).pull(unattended)).rejects.toMatchObject({ code: 'client-too-old' });
      expect(usageKeys(ledger)).toEqual([]);
      await shared.owner.query('DELETE FROM daybook.ledger');
      await expect(syncOf(ledger, source).pull(unattended)).rejects.toMatchObject({ code: 'shared-ledger-missing' });
    });
  });
});

describe('leases between desks', () => {
  it('lets one desk run a job, and fences off the one that slept', async () => {
    await using shared = await makeSharedDatabase();
    const financeUrl = await shared.urlOf('finance');
    await withPostgres(financeUrl, async (postgres) => {
      const [ana, ben] = [createPostgresJobLeases(postgres, 'ana'), createPostgresJobLeases(postgres, 'ben')];
      const lease = await ana.acquire('daily-reconciliation', 60_000);
      expect(lease).toEqual({ job: 'daily-reconciliation', fencingNumber: 1 });
      expect(await ben.acquire('daily-reconciliation', 60_000)).toBeNull();
      await shared.owner.query("UPDATE daybook.job_leases SET expires_at = now() - interval '1 second'");
      const taken = await ben.acquire('daily-reconciliation', 60_000);
      expect(taken).toEqual({ job: 'daily-reconciliation', fencingNumber: 2 });
      expect(await ana.renew(lease!, 60_000)).toBe(false);
      await expect(ana.complete(lease!, '2026-10')).rejects.toMatchObject({ code: 'lease-lost' });
      expect(await ben.complete(taken!, '2026-10')).toBe('completed');
      expect(await ben.complete(taken!, '2026-10')).toBe('already-completed');
      expect(await ana.isCompleted('daily-reconciliation', '2026-10')).toBe(true);
      await ben.release(taken!);
      expect(await ana.acquire('daily-reconciliation', 60_000)).toEqual({ job: 'daily-reconciliation', fencingNumber: 3 });
    });
  });

  it('is closed to viewers, and tables are closed to all people', async () => {
    await using shared = await makeSharedDatabase();
    const [viewerUrl, adminUrl] = [await shared.urlOf('viewer'), await shared.urlOf('admin')];
    await withPostgres(viewerUrl, (postgres) => expect(createPostgresJobLeases(postgres, 'vic').acquire('drift-check', 1_000)).rejects.toMatchObject({ code: 'postgres-not-permitted' }));
    await withPostgres(adminUrl, (postgres) => expect(postgres.query("INSERT INTO daybook.job_leases VALUES ('x', 'me', 1, now())")).rejects.toMatchObject({ code: 'postgres-not-permitted' }));
  });
});

describe('differences between desks', () => {
  it('reach every desk, and the second of two clashing words gives way', async () => {
    await using shared = await makeSharedDatabase();
    using one = openTemporaryDatabase();
    using two = openTemporaryDatabase();
    const found = sql(
      'test.found',
      `INSERT INTO discrepancies (id, level, reason, object_id, status, currency, amount_minor, occurred_on, detail, first_seen_at, last_seen_at, local_revision)
       VALUES ('11111111-1111-5111-8111-111111111111', 'transactions', 'timing', 'ch_1', 'open', 'usd', 0, '2026-10-01', '{"store":"payment_history"}', 1, 1, 1)`,
    );
    for (const desk of [one, two]) desk.database.run(found);
    await withPostgres(await shared.urlOf('finance'), async (postgres) => {
      const source = createSharedLedgerSource(postgres);
      const send = (desk: TemporaryDatabase) => createDiscrepancySharing({ readable: desk.database, unitOfWork: desk.database.unitOfWork, clock: { now: () => 5 }, shared: createSharedDiscrepancies(postgres) }).sendChanges(unattended);
      expect(await send(one)).toEqual({ sent: 1, superseded: 0 });
      expect(await send(two)).toEqual({ sent: 1, superseded: 0 });
      expect(await send(two)).toEqual({ sent: 0, superseded: 0 });
      one.database.run(sql('test.assign', "UPDATE discrepancies SET status = 'assigned', assignee = 'ana', local_revision = local_revision + 1"));
      two.database.run(sql('test.ignore', "UPDATE discrepancies SET status = 'ignored', local_revision = local_revision + 1"));
      expect(await send(one)).toEqual({ sent: 1, superseded: 0 });
      expect(await send(two)).toEqual({ sent: 1, superseded: 1 });
      for (const desk of [one, two]) await syncOf(desk, source).pull(unattended);
      for (const desk of [one, two]) expect(desk.database.all(sql('test.state', 'SELECT status, assignee FROM discrepancies'))).toEqual([{ status: 'assigned', assignee: 'ana' }]);
      expect((await shared.owner.query('SELECT action, actor FROM daybook.audit_log')).rows).toMatchObject([{ action: 'work', actor: expect.stringContaining('finance') as string }]);
    });
  });
});

async function connectAll(url: string, count: number): Promise<pg.Client[]> {
  const clients = Array.from({ length: count }, () => new pg.Client({ connectionString: url }));
  for (const client of clients) await client.connect();
  return clients;
}
