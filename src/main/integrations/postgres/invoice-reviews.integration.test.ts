/** Reviews of drafts, late usage and its setting over a real PostgreSQL (migrations/postgres/0023), with desks whose copies are of different age. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createDemoLogins, startPostgres, withClient, type DemoLogins, type RunningPostgres } from '../../../../sandbox/postgres.ts';
import { fixedClock } from '../../../shared/calendar/clock.ts';
import { TimeZone } from '../../../shared/calendar/time-zone.ts';
import { createAuditLog } from '../../audit/audit-log.ts';
import { createInvoiceReviews } from '../../billing/invoice-reviews.ts';
import { createRunSheets } from '../../billing/run-sheet.ts';
import { createPartnerContracts } from '../../contracts/partner-contracts.ts';
import type { PartnerContractRow } from '../../contracts/contract-terms.ts';
import { newId } from '../../platform/ids.ts';
import { unattended } from '../../platform/work-control.ts';
import { createPostgresSync } from '../../sync/postgres-sync.ts';
import { openBillingDesk, testNow, type BillingDesk } from '../../testing/billing-desk.ts';
import { flatContract, insertUsage } from '../../testing/billing-fixtures.ts';
import { openPostgres, type PostgresConnection } from './connection.ts';
import { createPostgresInvoiceRegister } from './invoice-register.ts';
import { createPostgresReviewRegister } from './invoice-reviews.ts';
import { migratePostgres } from './postgres-migrations.ts';
import { createSharedLedgerSource } from './shared-ledger-source.ts';

const amara = { actor: 'amara' };
/** 1.00 USD per deed. */
const contract: PartnerContractRow = { ...flatContract, pricingModel: 'per_deed', flatFeeMinor: 0, perDeedPrice: '1', taxRateBasisPoints: 0, withholdingRateBasisPoints: 0 };

let server: RunningPostgres;
let ownerUrl: string;
let logins: DemoLogins;
const connections: PostgresConnection[] = [];
const desks: BillingDesk[] = [];

beforeAll(async () => {
  server = await startPostgres();
  ownerUrl = await server.createDatabase('reviews');
  await migratePostgres(ownerUrl);
  logins = await createDemoLogins(ownerUrl);
  await withClient(ownerUrl, (client) => client.query("INSERT INTO daybook.ledger (id, company_name, gateway, gateway_account, mode, functional_currency, reporting_time_zone) VALUES (gen_random_uuid(), 'Meridian', 'stripe', 'acct_1', 'test', 'usd', 'America/New_York')"));
});
beforeEach(async () => {
  await withClient(ownerUrl, async (client) => {
    await client.query('TRUNCATE daybook.invoices, daybook.api_partner_contracts, daybook.partners, daybook.audit_log, daybook.change_feed CASCADE');
    await client.query('INSERT INTO daybook.partners (id, name, tax_treatment) VALUES ($1, $2, $3)', [contract.partnerId, contract.partnerName, contract.taxTreatment]);
    await client.query('INSERT INTO daybook.api_partner_contracts (id, partner_id, api_key_prefix, pricing_model, per_deed_price, payment_terms_days, currency, effective_from) VALUES ($1, $2, $3, $4, 1, 30, $5, $6)', [contract.id, contract.partnerId, contract.apiKeyPrefix, contract.pricingModel, contract.currency, contract.effectiveFrom]);
  });
  return async () => {
    for (const desk of desks.splice(0)) desk[Symbol.dispose]();
    await Promise.all(connections.splice(0).map((connection) => connection.close()));
  };
});
afterAll(() => server.stop());

function openDesk(url = logins.accountantUrl) {
  const connection = openPostgres({ url });
  const desk = openBillingDesk({ contracts: [contract], register: createPostgresInvoiceRegister(connection) });
  const { database } = desk;
  connections.push(connection);
  desks.push(desk);
  const clock = fixedClock(Date.parse(testNow));
  const sheets = createRunSheets({ readable: database, contracts: createPartnerContracts({ readable: database }), invoicing: desk.invoicing, clock, timeZone: new TimeZone('America/New_York') });
  const reviews = createInvoiceReviews({ readable: database, unitOfWork: database.unitOfWork, register: createPostgresReviewRegister(connection), audit: createAuditLog({ clock }), clock, newId });
  const sync = createPostgresSync({ source: createSharedLedgerSource(connection), readable: database, unitOfWork: database.unitOfWork, clock, clientVersion: '0.1.0' });
  const row = () => {
    const [first] = sheets.read('2026-10').rows;
    if (!first) throw new Error('The sheet is empty.');
    return first;
  };
  return {
    ...desk, reviews, row, pull: () => sync.pull(unattended),
    bill: async (period: string, finalise = false) => expect((await desk.invoicing.run({ period, finalise, ...amara })).failed).toEqual([]),
    approve: () => reviews.approve([{ id: row().invoiceId ?? '', totalsFingerprint: row().totalsFingerprint ?? '' }], amara),
    use: (key: string, day: string, deeds: number) => insertUsage(database, key, contract.apiKeyPrefix, 'deeds', deeds, `${day}T17:00:00Z`),
  };
}

async function shared<Row extends object>(text: string): Promise<Row[]> {
  return withClient(ownerUrl, async (client) => (await client.query<Row>(text)).rows);
}

describe('a review in the shared database', () => {
  test('is the session’s, stands once, reaches other desks, and ends with the figures it was of', async () => {
    const [one, two] = [openDesk(), openDesk(logins.adminUrl)];
    await one.bill('2026-10');
    expect(await one.approve()).toMatchObject({ succeeded: [one.row().invoiceId], failed: [] });
    await one.approve();
    await two.pull();
    expect(two.row()).toMatchObject({ state: 'approved', review: { by: 'demo_accountant', at: Date.parse(testNow) } });
    expect(await shared("SELECT actor FROM daybook.audit_log WHERE action = 'review'")).toEqual([{ actor: 'demo_accountant' }]);

    one.use('more', '2026-10-10', 1);
    await one.bill('2026-10');
    expect(one.row().state).toBe('changed');
    // The other desk still sees the old figures: what it approves is not what stands.
    expect((await two.approve()).failed.map((failure) => failure.code)).toEqual(['invoice-changed']);
    await one.approve();
    await one.invoicing.finalise(one.row().invoiceId ?? '', amara);
    await two.pull();
    expect(two.row()).toMatchObject({ state: 'finalised', review: { by: 'demo_accountant' } });
    expect((await two.reviews.approve([{ id: two.row().invoiceId ?? '', totalsFingerprint: 'any' }], amara)).failed.map((failure) => failure.code)).toEqual(['invoice-state']);
  });

  test('how tax is rounded reaches every desk', async () => {
    const [one, two] = [openDesk(), openDesk(logins.adminUrl)];
    expect(await one.reviews.setTaxRounding('per-line', amara)).toBe('per-line');
    await two.pull();
    await two.bill('2026-10');
    expect(two.invoicing.find(two.row().invoiceId ?? '')?.snapshot.taxRounding).toBe('per-line');
    await one.reviews.setTaxRounding('per-invoice', amara);
    expect(await shared("SELECT diff FROM daybook.audit_log WHERE entity_id = 'tax_rounding' ORDER BY id")).toEqual([{ diff: { tax_rounding: ['per-invoice', 'per-line'] } }, { diff: { tax_rounding: ['per-line', 'per-invoice'] } }]);
    await expect(shared("UPDATE daybook.ledger SET tax_rounding = 'never'")).rejects.toMatchObject({ code: '23514' });
  });

  test('how far back late usage is charged reaches every desk', async () => {
    const [one, two] = [openDesk(), openDesk(logins.adminUrl)];
    expect(await one.reviews.setLateUsageMonths(3, amara)).toBe(3);
    await two.pull();
    await two.bill('2026-10');
    expect(two.invoicing.find(two.row().invoiceId ?? '')?.snapshot.lateUsageMonths).toBe(3);
    await one.reviews.setLateUsageMonths(12, amara);
    expect(await shared("SELECT count(*)::integer AS settings FROM daybook.audit_log WHERE entity = 'ledger-setting'")).toEqual([{ settings: 2 }]);
    await expect(shared('UPDATE daybook.ledger SET late_usage_months = 61')).rejects.toMatchObject({ code: '23514' });
  });
});

describe('late usage that two desks would charge', () => {
  test('is charged by the first; the other is refused, looks again and charges nothing', async () => {
    const [one, two] = [openDesk(), openDesk(logins.adminUrl)];
    await one.bill('2026-08', true);
    await two.pull();
    for (const desk of [one, two]) desk.use('late', '2026-08-10', 5);
    // The second desk does not know that September was billed meanwhile, and charges it with October.
    await two.bill('2026-10');
    expect(two.row()).toMatchObject({ totalMinor: 500, flags: expect.arrayContaining(['late-usage']) });
    await one.bill('2026-09', true);
    await expect(two.invoicing.finalise(two.row().invoiceId ?? '', amara)).rejects.toMatchObject({ code: 'invoice-changed' });
    await two.bill('2026-10', true);
    expect(await shared("SELECT billing_month AS month, total_minor::integer AS total FROM daybook.invoices WHERE status = 'finalised' ORDER BY 1")).toEqual([{ month: '2026-08', total: 0 }, { month: '2026-09', total: 500 }, { month: '2026-10', total: 0 }]);
  });

  test('is taken off by an invoice that is made again on a desk that did not know', async () => {
    const [one, two] = [openDesk(), openDesk(logins.adminUrl)];
    await one.bill('2026-08', true);
    await two.pull();
    for (const desk of [one, two]) desk.use('late', '2026-08-10', 5);
    await one.bill('2026-09', true);
    const [august] = await shared<{ id: string }>("SELECT id FROM daybook.invoices WHERE billing_month = '2026-08'");
    await two.invoicing.void(august?.id ?? '', 'Wrong address', amara);
    await two.bill('2026-08', true);
    expect(await shared("SELECT invoice_number AS number, total_minor::integer AS total FROM daybook.invoices WHERE status = 'finalised' ORDER BY billing_month")).toEqual([{ number: 'API-202608-dp_pk_ABC-2', total: 0 }, { number: 'API-202609-dp_pk_ABC', total: 500 }]);
  });
});
