/** The shared database's doors as somebody with a login and bad intentions tries them (migrations/postgres/0004). */
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createDemoLogins, startPostgres, withClient, type DemoLogins, type RunningPostgres } from '../../../../sandbox/postgres.ts';
import { migratePostgres } from './postgres-migrations.ts';

const partnerId = '00000000-0000-4000-8000-000000000001';
const contractId = '00000000-0000-4000-8000-000000000002';

let server: RunningPostgres;
let ownerUrl: string;
let logins: DemoLogins;

beforeAll(async () => {
  server = await startPostgres();
  ownerUrl = await server.createDatabase('doors');
  await migratePostgres(ownerUrl);
  logins = await createDemoLogins(ownerUrl);
});
beforeEach(() => withClient(ownerUrl, async (client) => {
  await client.query('TRUNCATE daybook.invoices, daybook.api_partner_contracts, daybook.partners, daybook.job_leases, daybook.job_successes, daybook.change_feed CASCADE');
  await client.query("INSERT INTO daybook.partners (id, name) VALUES ($1, 'Titlesure')", [partnerId]);
  await client.query("INSERT INTO daybook.api_partner_contracts (id, partner_id, api_key_prefix, pricing_model, currency, effective_from) VALUES ($1, $2, 'dp_pk_TSG', 'flat', 'usd', '2026-01-01')", [contractId, partnerId]);
}));
afterAll(() => server.stop());

const refusedBy = (code: string) => expect.objectContaining({ detail: code });
const notPermitted = expect.objectContaining({ code: '42501' });

describe('the change feed', () => {
  test.each(['relayUrl', 'companyBackendUrl', 'managerUrl', 'financeUrl', 'accountantUrl', 'adminUrl'] as const)('%s cannot write into it by a trigger of its own', async (login) => {
    await withClient(logins[login], async (client) => {
      await client.query('CREATE TEMP TABLE mine (id text)');
      await expect(client.query("CREATE TRIGGER forge AFTER INSERT ON mine REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION daybook.feed_changes('contract', 'id')")).rejects.toEqual(notPermitted);
    });
  });

  test('still tells of what the company’s back end writes', async () => {
    await withClient(logins.companyBackendUrl, (client) => client.query("INSERT INTO daybook.api_usage (idempotency_key, api_key_prefix, meter, quantity, occurred_at) VALUES ($1, 'dp_pk_TSG', 'deeds', 1, now())", [randomUUID()]));
    await withClient(ownerUrl, async (client) => expect((await client.query("SELECT entity FROM daybook.change_feed WHERE entity = 'api_usage'")).rowCount).toBe(1));
  });

  test('what comes as a copy goes through a table of the moment: row-level security lets no COPY into the company’s own', async () => {
    await withClient(logins.companyBackendUrl, async (client) => {
      await expect(client.query('COPY daybook.api_usage (idempotency_key, api_key_prefix, meter, quantity, occurred_at) FROM STDIN')).rejects.toThrow('COPY FROM not supported with row-level security');
      await client.query('CREATE TEMP TABLE incoming (idempotency_key text, api_key_prefix text, meter text, quantity bigint, occurred_at timestamptz)');
      await client.query("INSERT INTO incoming SELECT 'copied-' || n % 2, 'dp_pk_TSG', 'deeds', 1, now() FROM generate_series(1, 3) AS n");
      expect((await client.query('INSERT INTO daybook.api_usage (idempotency_key, api_key_prefix, meter, quantity, occurred_at) SELECT * FROM incoming ON CONFLICT (idempotency_key) DO NOTHING')).rowCount).toBe(2);
    });
  });

  test('no function of ours can be called by everybody', async () => {
    await withClient(ownerUrl, async (client) => {
      const { rows } = await client.query("SELECT p.oid::regprocedure::text AS door FROM pg_proc p WHERE pronamespace = 'daybook'::regnamespace AND has_function_privilege('public', p.oid, 'EXECUTE')");
      expect(rows).toEqual([]);
    });
  });
});

describe('finalising', () => {
  const fingerprint = 'f'.repeat(64);

  async function saveDraft(client: pg.Client, change: Readonly<Record<string, unknown>> = {}): Promise<string> {
    const id = randomUUID();
    const draft = {
      sequence: 1, id, kind: 'partner', partner_id: partnerId, contract_id: contractId, api_key_prefix: 'dp_pk_TSG', billing_month: '2026-10', currency: 'usd', subtotal_minor: 100, discount_minor: 0, tax_minor: 0,
      withholding_minor: 0, total_minor: 100, amount_due_minor: 100, line_items: [{ amountMinor: 100 }], billing_start: '2026-10-01', billing_end: '2026-11-01', customer_snapshot: { contractVersion: 1 }, totals_fingerprint: fingerprint, ...change,
    };
    await client.query('SELECT daybook.save_invoice_draft($1, NULL)', [JSON.stringify(draft)]);
    return id;
  }

  test.each([
    ['no fingerprint', [null, '2026-11-18', '2026-12-18', '2026-11-18T12:00:00Z'], 'invoice-changed'],
    ['no day of issue', [fingerprint, null, '2026-12-18', '2026-11-18T12:00:00Z'], 'invoice-date-missing'],
    ['no due date', [fingerprint, '2026-11-18', null, '2026-11-18T12:00:00Z'], 'invoice-date-missing'],
    ['no moment', [fingerprint, '2026-11-18', '2026-12-18', null], 'invoice-date-missing'],
  ])('with %s is refused', async (_, values, code) => {
    await withClient(logins.accountantUrl, async (client) => {
      const id = await saveDraft(client);
      await expect(client.query('SELECT daybook.finalise_invoice($1, $2, $3, $4, $5, NULL, NULL)', [id, ...values])).rejects.toEqual(refusedBy(code));
      expect((await client.query('SELECT status, invoice_number FROM daybook.invoices')).rows).toEqual([{ status: 'draft', invoice_number: null }]);
    });
  });

  test('a month that no calendar has is refused', async () => {
    await withClient(logins.accountantUrl, (client) => expect(saveDraft(client, { billing_month: '2026-13' })).rejects.toMatchObject({ constraint: 'billing_month_is_a_month' }));
  });
});

describe('leases', () => {
  test('one login can neither prolong nor end another’s lease, nor report its job as done', async () => {
    await withClient(logins.accountantUrl, async (amara) => {
      await withClient(logins.adminUrl, async (ben) => {
        const lease = async (client: pg.Client): Promise<unknown> => (await client.query<{ fencing: string | null }>("SELECT daybook.acquire_lease('daily-reconciliation', 'desk', 60000) AS fencing")).rows[0]?.fencing;
        expect(await lease(amara)).toBe('1');
        expect((await ben.query("SELECT daybook.renew_lease('daily-reconciliation', 1, 1) AS renewed")).rows).toEqual([{ renewed: false }]);
        await ben.query("SELECT daybook.release_lease('daily-reconciliation', 1)");
        expect(await lease(ben)).toBeNull();
        await expect(ben.query("SELECT daybook.complete_job('daily-reconciliation', '2026-11-18', 1)")).rejects.toEqual(refusedBy('lease-lost'));
        expect((await amara.query("SELECT daybook.complete_job('daily-reconciliation', '2026-11-18', 1) AS outcome")).rows).toEqual([{ outcome: 'completed' }]);
        await amara.query("SELECT daybook.release_lease('daily-reconciliation', 1)");
        expect(await lease(ben)).toBe('2');
      });
    });
  });

  test('billing’s lease needs an accountant', async () => {
    const take = (url: string) => withClient(url, (client) => client.query("SELECT daybook.acquire_lease('partner-billing', 'desk', 60000)"));
    await expect(take(logins.financeUrl)).rejects.toEqual(notPermitted);
    await expect(take(logins.accountantUrl)).resolves.toBeDefined();
  });
});
