/** Partner billing of the demo company over a real PostgreSQL: every month's figures are the manifest's, and two desks end in the same books. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { companyDetails, createCompany, fillCompanyTables, type Company } from '../../../sandbox/company/index.ts';
import { createDemoLogins, startPostgres, type DemoLogins, type RunningPostgres } from '../../../sandbox/postgres.ts';
import { fixedClock } from '../../shared/calendar/clock.ts';
import { openPostgres, type PostgresConnection } from '../integrations/postgres/connection.ts';
import { createPostgresInvoiceRegister } from '../integrations/postgres/invoice-register.ts';
import { migratePostgres } from '../integrations/postgres/postgres-migrations.ts';
import { createSharedLedgerSource } from '../integrations/postgres/shared-ledger-source.ts';
import { checkEInvoice } from '../documents/einvoice/einvoice-checker.ts';
import { writeCii } from '../documents/einvoice/cii-writer.ts';
import { checkedEInvoice, missingFields } from '../documents/einvoice/einvoice-of-document.ts';
import { readEInvoice } from '../documents/einvoice/einvoice-reader.ts';
import { documentOfPartnerInvoice } from '../documents/partner-invoice-document.ts';
import { unattended } from '../platform/work-control.ts';
import { createPostgresSync } from '../sync/postgres-sync.ts';
import { openBillingDesk, type BillingDesk } from '../testing/billing-desk.ts';

let server: RunningPostgres;
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.stop());

interface Desk extends BillingDesk {
  pull(): Promise<void>;
  readonly connection: PostgresConnection;
}

function openDesk(company: Company, url: string): Desk {
  const connection = openPostgres({ url });
  const desk = openBillingDesk({ contracts: [], now: company.manifest.now, register: createPostgresInvoiceRegister(connection) });
  desk.database.connection.exec('DELETE FROM exchange_rates');
  const sync = createPostgresSync({ source: createSharedLedgerSource(connection), readable: desk.database, unitOfWork: desk.database.unitOfWork, clock: fixedClock(Date.parse(company.manifest.now)), clientVersion: '0.1.0' });
  return Object.assign(desk, { connection, pull: async () => void (await sync.pull(unattended)) });
}

describe.each([1, 2])('the demo company of seed %i', (seed) => {
  const company = createCompany({ size: 'small', seed });
  const { manifest } = company;
  const amara = { actor: 'amara' };
  const desks: Desk[] = [];
  let logins: DemoLogins;

  beforeAll(async () => {
    const ownerUrl = await server.createDatabase(`billing_${seed}`);
    await migratePostgres(ownerUrl);
    await fillCompanyTables(ownerUrl, company);
    logins = await createDemoLogins(ownerUrl);
    desks.push(openDesk(company, logins.accountantUrl), openDesk(company, logins.adminUrl));
    for (const desk of desks) await desk.pull();
  });
  afterAll(async () => {
    for (const desk of desks) {
      desk[Symbol.dispose]();
      await desk.connection.close();
    }
  });

  test('every whole month previews as the manifest says', () => {
    const expected = [...manifest.earlierPartnerInvoices, ...manifest.partnerInvoices];
    const months = [...new Set(expected.map((invoice) => invoice.month))];
    expect(months).toHaveLength(35);
    for (const period of months) {
      const preview = desks[0]?.invoicing.preview({ period });
      expect(preview?.failed).toEqual([]);
      const found = preview?.succeeded.map((outcome) => [outcome.number, outcome.partnerId, outcome.contractId, outcome.currency, outcome.units, outcome.subtotalMinor, outcome.taxMinor, outcome.totalMinor, outcome.dueMinor]);
      const wanted = expected
        .filter((invoice) => invoice.month === period)
        .map((invoice) => [invoice.invoiceNumber, invoice.partnerId, invoice.contractId, invoice.currency, invoice.units, invoice.subtotalMinor, invoice.taxMinor, invoice.totalMinor, invoice.dueMinor]);
      expect(found?.sort()).toEqual(wanted.sort());
    }
  });

  test('the billing month is finalised once by two desks at the same time, and both keep the same books', async () => {
    const runs = await Promise.all(desks.map((desk) => desk.invoicing.run({ period: manifest.billingMonth, finalise: true, ...amara })));
    for (const run of runs) {
      expect(run.failed).toEqual([]);
      expect([...run.succeeded, ...run.skipped].map((outcome) => [outcome.number, outcome.totalMinor]).sort()).toEqual(manifest.partnerInvoices.map((invoice) => [invoice.invoiceNumber, invoice.totalMinor]).sort());
    }
    const [one, two] = desks.map((desk) => [...desk.readBooks()].sort());
    expect(two).toEqual(one);
    expect(one?.length).toBeGreaterThan(12);
  });

  test('a void on one desk and its new invoice reach the other by the sync alone, entries included', async () => {
    const [one, two] = desks;
    const [invoice] = manifest.partnerInvoices;
    const id = one?.database.connection.prepare('SELECT id FROM invoices WHERE invoice_number = ?').pluck().get(invoice?.invoiceNumber) as string;
    await one?.invoicing.void(id, 'Rehearsal of a void', amara);
    await one?.invoicing.run({ period: manifest.billingMonth, finalise: true, ...amara });
    await two?.pull();
    expect(two?.invoicing.postMissing().failed).toEqual([]);
    expect([...(two?.readBooks() ?? [])].sort()).toEqual([...(one?.readBooks() ?? [])].sort());
    expect(two?.database.connection.prepare('SELECT invoice_number, status FROM invoices WHERE contract_id = ? ORDER BY invoice_number').all(invoice?.contractId)).toEqual([
      { invoice_number: invoice?.invoiceNumber, status: 'void' }, { invoice_number: `${invoice?.invoiceNumber}-2`, status: 'finalised' },
    ]);
  });

  test('with the company’s details every invoice carries its electronic form, which our checker accepts, written and read again', async () => {
    const [desk] = desks;
    if (!desk) throw new Error('no desk');
    const { look, language } = desk.templates.read();
    desk.templates.save({ company: companyDetails, look, language }, amara);
    const ofMonth = await desk.invoicing.run({ period: '2026-09', finalise: true, ...amara });
    expect([ofMonth.failed, ofMonth.succeeded.length]).toEqual([[], 6]);
    for (const { invoiceId } of ofMonth.succeeded) {
      const invoice = desk.invoicing.find(invoiceId ?? '');
      if (!invoice) throw new Error('not found');
      const document = documentOfPartnerInvoice(invoice);
      const { findings } = checkedEInvoice(document);
      expect([invoice.number, findings, missingFields(document)]).toEqual([invoice.number, [], []]);
      expect(checkEInvoice(readEInvoice(Buffer.from(writeCii(checkedEInvoice(document).invoice))).invoice)).toEqual([]);
    }
  });
});
