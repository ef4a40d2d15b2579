/**
 * Eight writers bill the same months at once, void what they find and are killed with `kill -9` wherever they are: one invoice stands for each contract and month, numbers have
 * neither gap nor double, late usage is charged once, and every desk's books say the same. On one shared PostgreSQL with a ledger file each, and on one ledger file.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createDemoLogins, startPostgres, withClient, type RunningPostgres } from '../../../sandbox/postgres.ts';
import { fixedClock } from '../../shared/calendar/clock.ts';
import { createAuditLog } from '../audit/audit-log.ts';
import type { PartnerContractRow } from '../contracts/contract-terms.ts';
import { migratePostgres } from '../integrations/postgres/postgres-migrations.ts';
import type { SqliteDatabase } from '../database/sqlite-database.ts';
import { deedContract, flatContract, insertExchangeRate, insertPartnerContract, insertUsage, requestContract } from '../testing/billing-fixtures.ts';
import { inForm, seededRandom } from '../testing/fault-form.ts';
import { wholeFrom } from '../testing/random-from.ts';
import { openTemporaryDatabase, type TemporaryDatabase } from '../testing/temporary-database.ts';

const writers = 8;
const kills = inForm({ short: 1, whole: 5, long: 25 });
const contractCount = inForm({ short: 4, whole: 8, long: 8 });
const months = ['2026-08', '2026-09', '2026-10'];
const { seed, random } = seededRandom('billing writers');

const contracts: readonly PartnerContractRow[] = Array.from({ length: contractCount }, (_, index): PartnerContractRow => {
  const id = `${index + 1}0000000-0000-4000-8000-000000000000`;
  return { ...([deedContract, flatContract, requestContract, deedContract][index % 4] ?? deedContract), id, partnerId: id, apiKeyPrefix: `dp_pk_${index}`, partnerName: `Partner ${index}`, perDeedPrice: '1', currency: 'usd', taxTreatment: 'standard', taxRateBasisPoints: 700 };
});

/** A desk on which August is billed, and after that a deed of August came for each partner. */
function fill(database: SqliteDatabase): void {
  for (const contract of contracts) insertPartnerContract(database, contract);
  insertExchangeRate(database, 'eur', 'usd', '2026-11-13', '1.1');
  for (const { apiKeyPrefix } of contracts) {
    for (const period of months) insertUsage(database, `${apiKeyPrefix}/${period}`, apiKeyPrefix, 'deeds', 10, `${period}-10T12:00:00Z`);
    for (const period of months) insertUsage(database, `${apiKeyPrefix}/${period}/requests`, apiKeyPrefix, 'requests', 1_500, `${period}-10T12:00:00Z`);
  }
}

function addLateUsage(database: SqliteDatabase): void {
  for (const { apiKeyPrefix } of contracts) insertUsage(database, `${apiKeyPrefix}/late`, apiKeyPrefix, 'deeds', 3, '2026-08-11T12:00:00Z');
}

/** Runs a writer; with `after` it is killed when it has said so many lines. @returns its exit code, null when it was killed. */
async function write(file: string, url: string, voids: number, billed: readonly string[], after?: number): Promise<number | null> {
  const child = spawn(process.execPath, [join(import.meta.dirname, '../testing/billing-process.ts'), file, url, String(wholeFrom(random, 0, 1_000_000)), String(voids), ...billed], { stdio: ['ignore', 'pipe', 'pipe'] });
  let lines = 0;
  let complaint = '';
  child.stderr.on('data', (data: Buffer) => { complaint += data.toString(); });
  child.stdout.on('data', (data: Buffer) => {
    lines += data.toString().split('\n').length - 1;
    if (after !== undefined && lines > after) child.kill('SIGKILL');
  });
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  if (code !== null && code !== 0) throw new Error(`A writer ended with ${code}: ${complaint}`);
  return code;
}

/** Each writer is killed some times, wherever it is, then comes to its end. */
async function writeAll(files: readonly string[], url: string): Promise<number> {
  let killed = 0;
  await Promise.all(files.map(async (file) => {
    for (let round = 0; round < kills; round += 1) if ((await write(file, url, 2, months, wholeFrom(random, 0, contractCount * months.length * 3))) === null) killed += 1;
    expect(await write(file, url, 0, months)).toBe(0);
  }));
  return killed;
}

interface Standing {
  readonly contract: string;
  readonly period: string;
  readonly status: string;
  readonly number: string | null;
  readonly late: number;
  readonly own: number;
}

/** One that stands for each contract and month, with the next number after those of the void ones; each month charged for its usage once. */
function assertRegister(invoices: readonly Standing[]): void {
  for (const { id, apiKeyPrefix, pricingModel } of contracts) {
    const numbers = months.map((period) => invoices.filter((invoice) => invoice.contract === id && invoice.period === period).map((invoice) => invoice.number));
    expect(numbers.map((ofMonth) => [...ofMonth].sort((a, b) => (a ?? '').length - (b ?? '').length || (a ?? '').localeCompare(b ?? '')))).toEqual(
      months.map((period, at) => Array.from({ length: numbers[at]?.length ?? 0 }, (_, index) => `API-${period.replace('-', '')}-${apiKeyPrefix}${index === 0 ? '' : `-${index + 1}`}`)),
    );
    const standing = invoices.filter((invoice) => invoice.contract === id && invoice.status !== 'void');
    expect(standing.map((invoice) => `${invoice.period} ${invoice.status}`).sort()).toEqual(months.map((period) => `${period} finalised`));
    if (pricingModel !== 'per_deed') continue;
    const august = standing.filter((invoice) => invoice.period === '2026-08').reduce((sum, invoice) => sum + invoice.own, 0);
    expect([id, august + standing.reduce((sum, invoice) => sum + invoice.late, 0)]).toEqual([id, 1_300]);
  }
}

const standingQuery = `SELECT contract_id AS contract, billing_month AS period, status, invoice_number AS number, subtotal_minor AS subtotal, customer_snapshot AS snapshot FROM invoices`;
function toStanding(row: { contract: string; period: string; status: string; number: string | null; subtotal: number; snapshot: string }): Standing {
  const late = ((JSON.parse(row.snapshot) as { lateUsage?: { amountMinor: number }[] }).lateUsage ?? []).reduce((sum, share) => sum + share.amountMinor, 0);
  return { contract: row.contract, period: row.period, status: row.status, number: row.number, late, own: row.subtotal - late };
}

/** Balances of a desk's books by account, and whether its audit log is whole. */
function booksOf(database: SqliteDatabase): unknown {
  expect(createAuditLog({ clock: fixedClock(0) }).verify(database).firstBroken).toBeNull();
  return database.connection.prepare("SELECT e.source_id, e.kind, p.account_code, p.direction, p.amount_minor FROM journal_entries e JOIN posting_lines p ON p.ledger_sequence = e.ledger_sequence ORDER BY 1, 2, 3, 4, 5").all();
}

describe('eight writers, killed', () => {
  test('on one ledger file', async () => {
    using desk: TemporaryDatabase = openTemporaryDatabase();
    fill(desk.database);
    const file = desk.database.connection.name;
    await write(file, '-', 0, ['2026-08']);
    addLateUsage(desk.database);
    const killed = await writeAll(Array.from({ length: writers }, () => file), '-');
    console.log(`billing writers on one file: seed ${seed}, ${killed} of ${writers * kills} killed`);
    const invoices = (desk.database.connection.prepare(standingQuery).all() as Parameters<typeof toStanding>[0][]).map(toStanding);
    assertRegister(invoices);
    const books = booksOf(desk.database) as { kind: string }[];
    const entries = desk.database.connection.prepare('SELECT count(*) FILTER (WHERE kind = ?) AS finalised, count(*) FILTER (WHERE kind = ?) AS voided FROM journal_entries').get('invoice-finalised', 'invoice-void');
    expect([entries, books.length > 0]).toEqual([{ finalised: invoices.length, voided: invoices.filter((invoice) => invoice.status === 'void').length }, true]);
  });

  describe('on one shared database', () => {
    let server: RunningPostgres;
    beforeAll(async () => { server = await startPostgres(); });
    afterAll(() => server.stop());

    test('with a ledger file each', async () => {
      const ownerUrl = await server.createDatabase('writers');
      await migratePostgres(ownerUrl);
      const { accountantUrl } = await createDemoLogins(ownerUrl);
      await withClient(ownerUrl, async (client) => {
        for (const row of contracts) {
          await client.query('INSERT INTO daybook.partners (id, name, tax_treatment) VALUES ($1, $2, $3)', [row.partnerId, row.partnerName, row.taxTreatment]);
          await client.query('INSERT INTO daybook.api_partner_contracts (id, partner_id, api_key_prefix, pricing_model, currency, effective_from) VALUES ($1, $2, $3, $4, $5, $6)', [row.id, row.partnerId, row.apiKeyPrefix, row.pricingModel, row.currency, row.effectiveFrom]);
        }
      });
      const desks = Array.from({ length: writers }, () => openTemporaryDatabase());
      try {
        for (const { database } of desks) fill(database);
        const files = desks.map(({ database }) => database.connection.name);
        await write(files[0] ?? '', accountantUrl, 0, ['2026-08']);
        for (const { database } of desks) addLateUsage(database);
        const killed = await writeAll(files, accountantUrl);
        console.log(`billing writers on PostgreSQL: seed ${seed}, ${killed} of ${writers * kills} killed`);
        const rows = await withClient(ownerUrl, async (client) => (await client.query<Parameters<typeof toStanding>[0]>(standingQuery.replace('FROM invoices', 'FROM daybook.invoices').replace('customer_snapshot AS', 'customer_snapshot::text AS').replace('subtotal_minor AS', 'subtotal_minor::integer AS'))).rows);
        assertRegister(rows.map(toStanding));
        // Each desk once more, now that nobody writes: it has every entry, whoever made the invoice.
        for (const file of files) expect(await write(file, accountantUrl, 0, months)).toBe(0);
        const books = desks.map(({ database }) => booksOf(database));
        for (const other of books) expect(other).toEqual(books[0]);
      } finally {
        for (const desk of desks) desk[Symbol.dispose]();
      }
    });
  });
});
