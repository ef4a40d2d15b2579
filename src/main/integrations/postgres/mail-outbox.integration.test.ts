/** The e-mail outbox of several desks on a real PostgreSQL, sent over a real mail server: each e-mail once. */
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { startMailServer, type TestMailServer } from '../../../../sandbox/mail-server.ts';
import { createDemoLogins, startPostgres, withClient, type DemoLogins, type RunningPostgres } from '../../../../sandbox/postgres.ts';
import { fixedClock } from '../../../shared/calendar/clock.ts';
import type { PartnerContractRow } from '../../contracts/contract-terms.ts';
import { mailId, type MailEntry, type MailRequest } from '../../mailing/mail-entry.ts';
import { listMailOfInvoice } from '../../mailing/mail-outbox.repository.ts';
import { newId } from '../../platform/ids.ts';
import { unattended } from '../../platform/work-control.ts';
import { createPostgresSync } from '../../sync/postgres-sync.ts';
import { insertOctoberUsage, openBillingDesk, testNow, type BillingDesk } from '../../testing/billing-desk.ts';
import { deedContract, flatContract, requestContract } from '../../testing/billing-fixtures.ts';
import { openMailDesk, type MailDesk } from '../../testing/mail-desk.ts';
import { openPostgres, type PostgresConnection } from './connection.ts';
import { createPostgresInvoiceRegister } from './invoice-register.ts';
import { createPostgresMailOutbox } from './mail-outbox.ts';
import { migratePostgres } from './postgres-migrations.ts';
import { createSharedLedgerSource } from './shared-ledger-source.ts';

const contracts = [flatContract, deedContract, requestContract];
const clock = fixedClock(Date.parse(testNow));
const leaseMs = 60_000;
const sha = 'a'.repeat(64);

interface SharedDesk extends MailDesk {
  readonly billing: BillingDesk;
  readonly postgres: PostgresConnection;
  readonly outbox: ReturnType<typeof createPostgresMailOutbox>;
  pull(): Promise<void>;
}

let server: RunningPostgres;
let mailServer: TestMailServer;
let ownerUrl: string;
let logins: DemoLogins;
const desks: SharedDesk[] = [];

beforeAll(async () => {
  server = await startPostgres();
  ownerUrl = await server.createDatabase('mailing');
  await migratePostgres(ownerUrl);
  logins = await createDemoLogins(ownerUrl);
  await withClient(ownerUrl, (client) => client.query("INSERT INTO daybook.ledger (id, company_name, gateway, gateway_account, mode, functional_currency, reporting_time_zone) VALUES (gen_random_uuid(), 'Meridian', 'stripe', 'acct_1', 'test', 'usd', 'America/New_York')"));
});
beforeEach(async () => {
  mailServer = await startMailServer();
  await withClient(ownerUrl, async (client) => {
    await client.query('TRUNCATE daybook.mail_outbox, daybook.invoices, daybook.api_partner_contracts, daybook.partners, daybook.document_series, daybook.audit_log, daybook.change_feed CASCADE');
    for (const contract of contracts) await insertShared(client, contract);
  });
  return async () => {
    for (const desk of desks.splice(0)) {
      await desk.postgres.close();
      desk.billing[Symbol.dispose]();
    }
    await mailServer[Symbol.asyncDispose]();
  };
});
afterAll(() => server.stop());

async function insertShared(client: { query(text: string, values: unknown[]): Promise<unknown> }, row: PartnerContractRow): Promise<void> {
  await client.query('INSERT INTO daybook.partners (id, name, tax_treatment, billing_email) VALUES ($1, $2, $3, $4)', [row.partnerId, row.partnerName, row.taxTreatment, row.billingEmail]);
  await client.query('INSERT INTO daybook.api_partner_contracts (id, partner_id, api_key_prefix, pricing_model, currency, effective_from) VALUES ($1, $2, $3, $4, $5, $6)', [row.id, row.partnerId, row.apiKeyPrefix, row.pricingModel, row.currency, row.effectiveFrom]);
}

function openDesk(url = logins.accountantUrl, name = 'desk'): SharedDesk {
  const postgres = openPostgres({ url });
  const billing = openBillingDesk({ contracts, register: createPostgresInvoiceRegister(postgres) });
  insertOctoberUsage(billing.database);
  const sync = createPostgresSync({ source: createSharedLedgerSource(postgres), readable: billing.database, unitOfWork: billing.database.unitOfWork, clock, clientVersion: '0.1.0' });
  const desk = { ...openMailDesk({ database: billing.database, port: mailServer.port, clock, postgres, desk: name }), billing, postgres, outbox: createPostgresMailOutbox(postgres, name), pull: async () => void (await sync.pull(unattended)) };
  desks.push(desk);
  return desk;
}

/** Invoices of October, finalised. */
async function finalised(desk: SharedDesk): Promise<string[]> {
  const run = await desk.billing.invoicing.run({ period: '2026-10', finalise: true, actor: 'amara' });
  return run.succeeded.map((each) => each.invoiceId ?? '');
}

async function shared<Row extends object>(text: string, values: unknown[] = []): Promise<Row[]> {
  return withClient(ownerUrl, async (client) => (await client.query<Row>(text, values)).rows);
}
const endLeases = () => shared("UPDATE daybook.mail_outbox SET lease_expires_at = clock_timestamp() - interval '1 second' WHERE lease_expires_at IS NOT NULL");

/** After a refusal: PostgreSQL says it a moment before it lets go of the row, and a row that is held is passed over. */
const claimSoon = (desk: SharedDesk): Promise<MailEntry> => vi.waitFor(async () => (await desk.outbox.claim(leaseMs)) ?? expect.fail('nothing to claim'), { timeout: 20_000 });

function requestFor(desk: SharedDesk, invoiceId: string, changes: Partial<MailRequest> = {}): MailRequest {
  const invoice = desk.invoices.find(invoiceId);
  const sequence = changes.sequence ?? 1;
  const id = mailId(invoiceId, sequence);
  return {
    id, invoiceId, invoiceNumber: invoice?.number ?? '', sequence, recipients: ['ap@ashgrove.example'], subject: 'Invoice', body: 'Here it is.\n', language: 'en', attachmentName: 'x.pdf', totalsFingerprint: invoice?.totalsFingerprint ?? '', messageId: `<${id}@meridian.example>`, note: null, ...changes,
  };
}

describe('two desks', () => {
  test('that send at once send each e-mail once, and the invoices are sent everywhere', async () => {
    const [one, two] = [openDesk(), openDesk(logins.adminUrl, 'other')];
    const ids = await finalised(one);
    await two.pull();
    await one.queue(...ids);
    const results = await Promise.all([one.sendDue(), two.sendDue(), one.sendDue(), two.sendDue()]);
    expect(results.reduce((sum, result) => sum + result.sent, 0)).toBe(3);
    expect(mailServer.mails.map((each) => /^Message-ID: (.*)$/m.exec(each.raw)?.[1]).toSorted()).toEqual([...new Set(ids.map((id) => `<${mailId(id, 1)}@meridian.example>`))].toSorted());
    expect(await shared('SELECT DISTINCT status FROM daybook.invoices')).toEqual([{ status: 'sent' }]);
    await two.pull();
    expect(ids.map((id) => two.invoices.find(id)?.status)).toEqual(['sent', 'sent', 'sent']);
    expect(ids.flatMap((id) => listMailOfInvoice(two.billing.database, id).map((mail) => mail.state))).toEqual(['sent', 'sent', 'sent']);
  });

  test('that ask for the same invoice make one e-mail; after it is sent, the one who did not know is told', async () => {
    const [one, two] = [openDesk(), openDesk(logins.adminUrl, 'other')];
    const [first = ''] = await finalised(one);
    await two.pull();
    await Promise.all([one.queue(first), two.queue(first)]);
    expect(await shared('SELECT count(*)::integer AS count FROM daybook.mail_outbox')).toEqual([{ count: 1 }]);
    await one.sendDue();
    two.billing.database.connection.exec('DELETE FROM mail_outbox');
    await expect(two.queue(first)).rejects.toMatchObject({ code: 'mail-already-sent' });
    expect(mailServer.mails).toHaveLength(1);
  });
});

describe('the lease', () => {
  let desk: SharedDesk;
  let other: SharedDesk;
  let first: string;
  let claimed: MailEntry;
  beforeEach(async () => {
    [desk, other] = [openDesk(), openDesk(logins.adminUrl, 'other')];
    [first = ''] = await finalised(desk);
    await desk.queue(first);
    claimed = (await desk.outbox.claim(leaseMs)) ?? expect.fail();
  });

  test('is one desk’s; the next takes it when it ends before anything was handed over, and the first may not send any more', async () => {
    expect(await other.outbox.claim(leaseMs)).toBeNull();
    await endLeases();
    await expect(desk.outbox.handOver(claimed, sha)).rejects.toMatchObject({ code: 'mail-lease-lost' });
    expect(await claimSoon(other)).toMatchObject({ id: claimed.id, fencingNumber: claimed.fencingNumber + 1 });
    await expect(desk.outbox.handOver(claimed, sha)).rejects.toMatchObject({ code: 'mail-lease-lost' });
    await expect(desk.outbox.settle(claimed, { state: 'waiting', errorCode: null, errorMessage: null, note: null })).rejects.toMatchObject({ code: 'mail-lease-lost' });
  });

  test('of another login is not ours, even with its number', async () => {
    await expect(other.outbox.handOver(claimed, sha)).rejects.toMatchObject({ code: 'mail-lease-lost' });
  });

  test('that ends after handing over puts it before a person; the desk’s late answer still counts, unless one decided', async () => {
    const sending = await desk.outbox.handOver(claimed, sha);
    await endLeases();
    expect(await other.outbox.claim(leaseMs)).toBeNull();
    expect(await shared('SELECT state, error_code FROM daybook.mail_outbox')).toEqual([{ state: 'in-doubt', error_code: 'mail-in-doubt' }]);
    const settled = await desk.outbox.settle(sending, { state: 'sent', errorCode: null, errorMessage: null, note: '250 Ok' });
    expect(settled).toMatchObject({ state: 'sent', events: [{ action: 'mail-queued' }, { action: 'mail-in-doubt' }, { action: 'mail-sent' }] });
  });

  test('a person’s word fences the slow desk off', async () => {
    const sending = await desk.outbox.handOver(claimed, sha);
    await endLeases();
    await other.outbox.claim(leaseMs);
    await other.outbox.decide(claimed.id, 'send-again', null, newId());
    await expect(desk.outbox.settle(sending, { state: 'sent', errorCode: null, errorMessage: null, note: null })).rejects.toMatchObject({ code: 'mail-lease-lost' });
    expect(await claimSoon(other)).toMatchObject({ id: claimed.id, attempts: 1 });
  });

  test('is no leave to send an invoice that was voided meanwhile', async () => {
    await other.pull();
    await other.billing.invoicing.void(first, 'Usage was disputed', { actor: 'amara' });
    await expect(desk.outbox.handOver(claimed, sha)).rejects.toMatchObject({ code: 'mail-invoice-state' });
  });
});

describe('the door', () => {
  test('refuses what is no finalised invoice as it stands, a second open e-mail, and a wrong place in the sequence', async () => {
    const desk = openDesk();
    const [first = ''] = await finalised(desk);
    await expect(desk.outbox.queue(requestFor(desk, first, { totalsFingerprint: 'other' }), newId())).rejects.toMatchObject({ code: 'mail-invoice-state' });
    await expect(desk.outbox.queue(requestFor(desk, first, { sequence: 2 }), newId())).rejects.toMatchObject({ code: 'mail-outdated' });
    await desk.outbox.queue(requestFor(desk, first), newId());
    await expect(desk.outbox.queue(requestFor(desk, first, { sequence: 2 }), newId())).rejects.toMatchObject({ code: 'mail-open' });
    expect(await desk.outbox.queue(requestFor(desk, first, { subject: 'Another' }), newId())).toMatchObject({ outcome: 'unchanged', mail: { subject: 'Invoice' } });
  });

  test.for([
    ['a header in the subject', { subject: 'Invoice\r\nBcc: thief@evil.example' }],
    ['a header in an address', { recipients: ['ap@a.example\r\nBcc: thief@evil.example'] }],
    ['two addresses in one', { recipients: ['ap@a.example, thief@evil.example'] }],
    ['a header in the Message-ID', { messageId: '<a@b>\r\nBcc: thief@evil.example' }],
    ['a path in the file’s name', { attachmentName: '../x.pdf' }],
    ['nobody', { recipients: [] }],
  ] as const)('lets %s in from no desk', async ([, changes]) => {
    const desk = openDesk();
    const [first = ''] = await finalised(desk);
    await expect(desk.outbox.queue(requestFor(desk, first, changes), newId())).rejects.toMatchObject('recipients' in changes && changes.recipients.length > 0 ? { code: 'mail-address-invalid' } : { code: 'postgres-error', data: { sqlState: 'recipients' in changes ? '23502' : '23514' } });
    expect(await shared('SELECT count(*)::integer AS count FROM daybook.mail_outbox')).toEqual([{ count: 0 }]);
  });

  test('is an accountant’s: finance may look and not send, a viewer may not look', async () => {
    const desk = openDesk();
    const [first = ''] = await finalised(desk);
    await desk.queue(first);
    const finance = openPostgres({ url: logins.financeUrl });
    const viewer = openPostgres({ url: logins.managerUrl });
    try {
      expect(await finance.query('SELECT state FROM daybook.mail_outbox')).toEqual([{ state: 'waiting' }]);
      for (const act of ["daybook.claim_mail('x', 1000)", `daybook.decide_mail('${mailId(first, 1)}', 'cancel', NULL, NULL)`, `daybook.mark_invoice_sent('${first}', NULL)`, "daybook.queue_mail('{}', NULL)", `daybook.hand_over_mail('${first}', 1, '')`, `daybook.settle_mail('${first}', 1, '{}')`]) {
        await expect(finance.query(`SELECT ${act}`), act).rejects.toMatchObject({ code: 'postgres-not-permitted' });
      }
      await expect(finance.query("UPDATE daybook.mail_outbox SET state = 'sent'")).rejects.toMatchObject({ code: 'postgres-not-permitted' });
      await expect(viewer.query('SELECT state FROM daybook.mail_outbox')).rejects.toMatchObject({ code: 'postgres-not-permitted' });
    } finally {
      await finance.close();
      await viewer.close();
    }
  });

  test('keeps every act in the audit chain', async () => {
    const desk = openDesk();
    const [first = ''] = await finalised(desk);
    await desk.queue(first);
    await desk.sendDue();
    await desk.mailing.decide(mailId(first, 1), 'bounced', 'Mailbox full', { actor: 'amara', requestId: newId() });
    expect((await shared<{ entity: string; action: string }>("SELECT entity, action FROM daybook.audit_log WHERE entity = 'mail' OR action = 'send' ORDER BY id")).map(({ entity, action }) => `${entity} ${action}`)).toEqual(['mail queue', 'mail sent', 'invoice send', 'mail bounced']);
  });
});

test('what a desk asked for before it shared its ledger is not sent unasked; an old copy is made new', async () => {
  const [one, two] = [openDesk(), openDesk(logins.adminUrl, 'other')];
  const [first = '', second = ''] = await finalised(one);
  await one.queue(first, second);
  await two.pull();
  await one.sendDue();
  two.billing.database.connection.exec(`UPDATE mail_outbox SET next_attempt_at = 0; UPDATE mail_outbox SET id = '${newId()}', version = 1 WHERE invoice_id = '${second}'`);
  expect(two.dispatch.isDue()).toBe(true);
  expect(await two.sendDue()).toMatchObject({ mails: [] });
  expect([first, second].map((id) => listMailOfInvoice(two.billing.database, id)[0]?.state)).toEqual(['sent', 'cancelled']);
  expect(two.dispatch.isDue()).toBe(false);
  expect(mailServer.mails).toHaveLength(2);
});

test('the server’s answers and a desk’s copy of them by the feed say the same', async () => {
  const [one, two] = [openDesk(), openDesk(logins.adminUrl, 'other')];
  const [first = ''] = await finalised(one);
  await one.queue(first);
  await one.sendDue();
  await two.pull();
  const own = listMailOfInvoice(one.billing.database, first);
  expect(own).toHaveLength(1);
  expect(listMailOfInvoice(two.billing.database, first)).toEqual(own);
});
