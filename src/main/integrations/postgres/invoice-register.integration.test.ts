/** The server functions of migrations/postgres/0002 on a real PostgreSQL, through the register and through two desks that bill at once. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createDemoLogins, startPostgres, withClient, type DemoLogins, type RunningPostgres } from '../../../../sandbox/postgres.ts';
import { localDate, month } from '../../../shared/calendar/local-date.ts';
import { minorUnits } from '../../../shared/money/money.ts';
import type { InvoiceRegister } from '../../billing/partner-invoicing.ports.ts';
import type { PartnerContractRow } from '../../contracts/contract-terms.ts';
import { createJournal } from '../../ledger/journal.ts';
import { fixedClock } from '../../../shared/calendar/clock.ts';
import { newId } from '../../platform/ids.ts';
import { insertOctoberUsage, openBillingDesk, testNow, type BillingDesk } from '../../testing/billing-desk.ts';
import { deedContract, flatContract, requestContract } from '../../testing/billing-fixtures.ts';
import { openPostgres, type PostgresConnection } from './connection.ts';
import { createPostgresInvoiceRegister } from './invoice-register.ts';
import { migratePostgres } from './postgres-migrations.ts';

const amara = { actor: 'amara' };
const october = { period: '2026-10', ...amara };
const octoberMonth = month('2026-10');

let server: RunningPostgres;
let ownerUrl: string;
let logins: DemoLogins;
const connections: PostgresConnection[] = [];
const desks: BillingDesk[] = [];

beforeAll(async () => {
  server = await startPostgres();
  ownerUrl = await server.createDatabase('billing');
  await migratePostgres(ownerUrl);
  logins = await createDemoLogins(ownerUrl);
});
beforeEach(async () => {
  await withClient(ownerUrl, async (client) => {
    await client.query('TRUNCATE daybook.invoices, daybook.api_partner_contracts, daybook.partners, daybook.document_series, daybook.audit_log CASCADE');
    for (const contract of [flatContract, deedContract, requestContract]) await insertShared(client, contract);
  });
  return async () => {
    for (const desk of desks.splice(0)) desk[Symbol.dispose]();
    await Promise.all(connections.splice(0).map((connection) => connection.close()));
  };
});
afterAll(() => server.stop());

async function insertShared(client: { query(text: string, values: unknown[]): Promise<unknown> }, row: PartnerContractRow): Promise<void> {
  await client.query('INSERT INTO daybook.partners (id, name, tax_treatment) VALUES ($1, $2, $3)', [row.partnerId, row.partnerName, row.taxTreatment]);
  await client.query('INSERT INTO daybook.api_partner_contracts (id, partner_id, api_key_prefix, pricing_model, currency, effective_from) VALUES ($1, $2, $3, $4, $5, $6)', [row.id, row.partnerId, row.apiKeyPrefix, row.pricingModel, row.currency, row.effectiveFrom]);
}

function connect(url: string): PostgresConnection {
  const connection = openPostgres({ url });
  connections.push(connection);
  return connection;
}

function openDesk(url = logins.accountantUrl, change: (register: InvoiceRegister) => Partial<Parameters<typeof openBillingDesk>[0]> = () => ({})): BillingDesk {
  const register = createPostgresInvoiceRegister(connect(url));
  const desk = openBillingDesk({ contracts: [flatContract, deedContract, requestContract], register, ...change(register) });
  insertOctoberUsage(desk.database);
  desks.push(desk);
  return desk;
}

async function sharedRows<Row extends object>(text: string): Promise<Row[]> {
  return withClient(ownerUrl, async (client) => (await client.query<Row>(text)).rows);
}

describe('two desks', () => {
  test('that finalise the same month at once end in one invoice and one number each, and in the same books', async () => {
    const [one, two] = [openDesk(), openDesk(logins.adminUrl)];
    const runs = await Promise.all([one.invoicing.run({ ...october, finalise: true }), two.invoicing.run({ ...october, finalise: true })]);
    expect(runs.map((run) => run.failed)).toEqual([[], []]);
    const shared = await sharedRows<{ invoice_number: string; status: string }>('SELECT invoice_number, status FROM daybook.invoices ORDER BY invoice_number');
    expect(shared).toEqual(['API-202610-dp_pk_ABC', 'API-202610-dp_pk_KKB', 'API-202610-dp_pk_TSG'].map((invoice_number) => ({ invoice_number, status: 'finalised' })));
    expect(one.readBooks()).toHaveLength(9);
    expect([...two.readBooks()].sort()).toEqual([...one.readBooks()].sort());
  });

  test('a second run on either desk changes nothing in the shared database', async () => {
    const [one, two] = [openDesk(), openDesk()];
    await one.invoicing.run({ ...october, finalise: true });
    const state = () => sharedRows('SELECT (SELECT jsonb_agg(i ORDER BY id) FROM daybook.invoices i) AS invoices, (SELECT count(*) FROM daybook.audit_log) AS audit, (SELECT count(*) FROM daybook.change_feed) AS feed');
    const before = await state();
    expect((await one.invoicing.run({ ...october, finalise: true })).succeeded).toEqual([]);
    await two.invoicing.run({ ...october, finalise: true });
    expect(await state()).toEqual(before);
    expect([...two.readBooks()].sort()).toEqual([...one.readBooks()].sort()); // the order of sealing may differ
  });

  test('void on one desk reaches the other; the month is billed again as -2, once', async () => {
    const [one, two] = [openDesk(), openDesk()];
    const first = await one.invoicing.run({ ...october, finalise: true });
    await two.invoicing.run(october);
    const [titlesure] = first.succeeded.filter((outcome) => outcome.partnerName === 'Titlesure');
    await one.invoicing.void(titlesure?.invoiceId ?? '', 'Usage was disputed', amara);
    const again = await Promise.all([one.invoicing.run({ ...october, finalise: true }), two.invoicing.run({ ...october, finalise: true })]);
    expect(again.map((run) => run.failed)).toEqual([[], []]);
    expect(await sharedRows("SELECT invoice_number, status, replaces IS NOT NULL AS replaces FROM daybook.invoices WHERE api_key_prefix = 'dp_pk_TSG' ORDER BY created_at, invoice_number")).toEqual([
      { invoice_number: 'API-202610-dp_pk_TSG', status: 'void', replaces: false }, { invoice_number: 'API-202610-dp_pk_TSG-2', status: 'finalised', replaces: true },
    ]);
    for (const desk of [one, two]) await desk.invoicing.run(october);
    expect([...two.readBooks()].sort()).toEqual([...one.readBooks()].sort());
    expect(one.readBooks().filter((line) => line.startsWith('invoice-void'))).toHaveLength(3);
  });

  test('a prefix that moved to another contract within a month that was billed stops nobody: the next free number is given', async () => {
    await openDesk(undefined, () => ({ contracts: [flatContract] })).invoicing.run({ ...october, finalise: true });
    const moved = [{ ...flatContract, apiKeyPrefix: 'dp_pk_ABD' }, { ...requestContract, apiKeyPrefix: 'dp_pk_ABC' }].map((contract) => ({ ...contract, version: 2 }));
    for (const { id, apiKeyPrefix } of moved) await sharedRows(`UPDATE daybook.api_partner_contracts SET api_key_prefix = '${apiKeyPrefix}' WHERE id = '${id}'`);
    const run = await openDesk(undefined, () => ({ contracts: [...moved, deedContract] })).invoicing.run({ ...october, finalise: true });
    expect(run.failed).toEqual([]);
    expect(run.succeeded.map((outcome) => outcome.number)).toEqual(['API-202610-dp_pk_KKB', 'API-202610-dp_pk_ABC-2']);
  });

  test('the draft of a contract that was ended since is discarded there too, and one of a contract in force is not', async () => {
    const desk = openDesk();
    const ids = (await desk.invoicing.run(october)).succeeded.map((outcome) => outcome.invoiceId ?? '');
    await sharedRows(`UPDATE daybook.api_partner_contracts SET effective_to = '2026-10-01' WHERE id = '${flatContract.id}'`);
    const outcomes = await Promise.all(ids.map((id) => desk.register.discardDraft({ id, reason: 'The contract ended', voidedAt: 0, requestId: newId() }).then((answer) => answer.invoice.status, (error: unknown) => (error as { code: string }).code)));
    expect(outcomes).toEqual(['void', 'invoice-state', 'invoice-state']);
    await sharedRows(`UPDATE daybook.api_partner_contracts SET effective_to = NULL WHERE id = '${flatContract.id}'`);
    const again = await openDesk(undefined, () => ({ contracts: [{ ...flatContract, version: 3 }] })).invoicing.run({ ...october, finalise: true });
    expect(again.succeeded.map((outcome) => outcome.number)).toEqual(['API-202610-dp_pk_ABC']);
  });

  test('the rate of the desk that finalised is the rate of all', async () => {
    const [one, two] = [openDesk(), openDesk()];
    two.database.connection.exec("INSERT INTO exchange_rates (base, quote, rate_on, rate) VALUES ('eur', 'usd', '2026-11-18', '1.5')");
    await one.invoicing.run({ ...october, finalise: true });
    await two.invoicing.run(october);
    expect([...two.readBooks()].sort()).toEqual([...one.readBooks()].sort()); // the order of sealing may differ
  });
});

describe('a desk', () => {
  test('that dies between the register and its books catches up on the next run', async () => {
    let hasCrashed = false;
    const journal = createJournal({ clock: fixedClock(Date.parse(testNow)) });
    const desk = openDesk(logins.accountantUrl, () => ({
      journal: {
        post(database, drafts) {
          if (!hasCrashed && drafts.length > 0) {
            hasCrashed = true;
            throw new Error('the power went out');
          }
          return journal.post(database, drafts);
        },
      },
    }));
    await expect(desk.invoicing.run({ ...october, finalise: true })).rejects.toThrow('the power went out');
    expect(desk.readBooks()).toEqual([]);
    const healed = await desk.invoicing.run({ ...october, finalise: true });
    expect(healed.failed).toEqual([]);
    expect(desk.readBooks()).toHaveLength(9);
    expect(await sharedRows('SELECT count(*)::int AS count FROM daybook.invoices')).toEqual([{ count: 3 }]);
  });

  test('with stale terms is told to pull first', async () => {
    await sharedRows(`UPDATE daybook.api_partner_contracts SET version = 2 WHERE id = '${flatContract.id}'`);
    const run = await openDesk().invoicing.run(october);
    expect(run.failed.map((failure) => [failure.name, failure.code])).toEqual([['Ashgrove Registry', 'draft-outdated']]);
    expect(run.succeeded).toHaveLength(2);
  });

  test('that does not know an amendment yet is told the same', async () => {
    await sharedRows(`INSERT INTO daybook.contract_amendments (id, contract_id, effective_from, pricing_model, flat_fee_minor) VALUES (gen_random_uuid(), '${flatContract.id}', '2026-10-01', 'flat', 200000)`);
    const run = await openDesk().invoicing.run(october);
    expect(run.failed.map((failure) => [failure.name, failure.code])).toEqual([['Ashgrove Registry', 'draft-outdated']]);
  });

  test('finalises only the totals it saw', async () => {
    const desk = openDesk();
    const [draft] = (await desk.invoicing.run(october)).succeeded;
    await expect(desk.register.finalise({ id: draft?.invoiceId ?? '', totalsFingerprint: 'other', issueDate: localDate('2026-11-18'), dueDate: localDate('2026-12-18'), finalisedAt: 0, functionalRate: null, requestId: newId() })).rejects.toMatchObject({ code: 'invoice-changed' });
  });

  test('cannot finalise a month that is not over, whatever its own clock says', async () => {
    const desk = openDesk();
    const [draft] = (await desk.invoicing.run(october)).succeeded;
    const invoice = await desk.register.find(draft?.invoiceId ?? '');
    await expect(desk.register.finalise({ id: draft?.invoiceId ?? '', totalsFingerprint: invoice?.totalsFingerprint ?? '', issueDate: localDate('2026-10-31'), dueDate: localDate('2026-11-30'), finalisedAt: 0, functionalRate: null, requestId: newId() })).rejects.toMatchObject({ code: 'period-not-over' });
  });
});

describe('the doors', () => {
  test.each(['financeUrl', 'managerUrl', 'relayUrl'] as const)('%s may neither draft nor finalise nor void', async (login) => {
    const desk = openDesk();
    await desk.invoicing.run(october);
    const [invoice] = await desk.register.partnerInvoicesOf(octoberMonth);
    const register = createPostgresInvoiceRegister(connect(logins[login]));
    const id = invoice?.id ?? '';
    const refused = { code: 'postgres-not-permitted' };
    await expect(register.finalise({ id, totalsFingerprint: invoice?.totalsFingerprint ?? '', issueDate: localDate('2026-11-18'), dueDate: localDate('2026-12-18'), finalisedAt: 0, functionalRate: null, requestId: newId() })).rejects.toMatchObject(refused);
    await expect(register.void({ id, reason: 'Because', voidedAt: 0, requestId: newId() })).rejects.toMatchObject(refused);
    if (invoice) await expect(register.saveDraft({ draft: invoice, sequence: 1, savedAt: 0, requestId: newId() })).rejects.toMatchObject(refused);
  });

  test.each([
    "INSERT INTO daybook.partners (id, name) VALUES (gen_random_uuid(), 'Mine')",
    "UPDATE daybook.invoices SET total_minor = 1",
    'DELETE FROM daybook.invoices',
    "INSERT INTO daybook.audit_log (entity, entity_id, action, diff, hash) VALUES ('invoice', 'x', 'finalise', '{}', 'x')",
    "UPDATE daybook.document_series SET next_number = 1",
    "SELECT daybook.allocate_document_number('INV', 2026)",
    "SELECT daybook.append_audit('invoice', 'x', 'finalise', '{}', NULL)",
  ])('an admin cannot do by hand: %s', async (statement) => {
    await expect(connect(logins.adminUrl).query(statement)).rejects.toMatchObject({ code: 'postgres-not-permitted' });
  });

  test('a manager reads invoices and no audit rows', async () => {
    await openDesk().invoicing.run(october);
    const manager = connect(logins.managerUrl);
    expect(await manager.query('SELECT id FROM daybook.invoices')).toHaveLength(3);
    await expect(manager.query('SELECT id FROM daybook.audit_log')).rejects.toMatchObject({ code: 'postgres-not-permitted' });
  });

  test('each act is in the audit chain under the login that did it, each row naming the one before', async () => {
    await openDesk().invoicing.run({ ...october, finalise: true });
    const rows = await sharedRows<{ action: string; actor: string; previous_hash: string; hash: string; expected: string }>(
      `SELECT action, actor, previous_hash, hash, encode(sha256(convert_to(jsonb_build_array(previous_hash, entity, entity_id, action, diff, actor, request_id, extract(epoch FROM recorded_at)::text)::text, 'UTF8')), 'hex') AS expected FROM daybook.audit_log ORDER BY id`,
    );
    // The drafts of a run are kept together, then finalised together.
    expect(rows.map((row) => [row.action, row.actor])).toEqual(['create-draft', 'finalise'].flatMap((action) => Array.from({ length: 3 }, () => [action, 'demo_accountant'])));
    rows.forEach((row, index) => {
      expect(row.previous_hash).toBe(rows[index - 1]?.hash ?? '0'.repeat(64));
      expect(row.hash).toBe(row.expected);
    });
  });

  test('totals that do not follow from the lines are refused', async () => {
    const desk = openDesk();
    await desk.invoicing.run(october);
    const [invoice] = await desk.register.partnerInvoicesOf(octoberMonth);
    if (invoice) await expect(desk.register.saveDraft({ draft: { ...invoice, totalMinor: minorUnits(invoice.totalMinor + 1) }, sequence: 1, savedAt: 0, requestId: newId() })).rejects.toMatchObject({ code: 'invoice-totals-wrong' });
  });

  test('numbers of other invoices are gap-free per year, also when many are taken at once and one is rolled back', async () => {
    const owner = connect(ownerUrl);
    const take = (year: number): Promise<string> => owner.query<{ number: string }>("SELECT daybook.allocate_document_number('INV', $1) AS number", [year]).then((rows) => rows[0]?.number ?? '');
    await expect(owner.transaction(async (client) => {
      await client.query("SELECT daybook.allocate_document_number('INV', 2026)");
      throw new Error('rolled back');
    })).rejects.toThrow('rolled back');
    const taken = await Promise.all(Array.from({ length: 25 }, () => take(2026)));
    expect([...taken].sort()).toEqual(Array.from({ length: 25 }, (_, index) => `INV-2026-${String(index + 1).padStart(4, '0')}`));
    expect(await take(2027)).toBe('INV-2027-0001');
    await owner.query("UPDATE daybook.document_series SET next_number = 10000 WHERE year = 2026");
    expect(await take(2026)).toBe('INV-2026-10000');
  });
});
