/** The outbox of one desk, sent over a real mail server on loopback: once, whatever happens. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startMailServer, type TestMailServer } from '../../../sandbox/mail-server.ts';
import { StorageError } from '../../shared/errors/errors.ts';
import { findPartnerInvoice } from '../billing/partner-invoice.repository.ts';
import { readInvoice } from '../reporting/invoices.queries.ts';
import { TimeZone } from '../../shared/calendar/time-zone.ts';
import { openBillingDesk, insertOctoberUsage, testNow, type BillingDesk } from '../testing/billing-desk.ts';
import { deedContract, flatContract, requestContract } from '../testing/billing-fixtures.ts';
import { startScript } from '../testing/cli-desk.ts';
import { openMailDesk, pdfOf, type MailDesk } from '../testing/mail-desk.ts';
import { openDatabase } from '../database/open-database.ts';
import { newId } from '../platform/ids.ts';
import { silentLogger } from '../platform/logger.ts';
import { unattended } from '../platform/work-control.ts';
import { listMailOfInvoice } from './mail-outbox.repository.ts';

const minuteMs = 60_000;
const start = Date.parse(testNow);
let server: TestMailServer;
let billing: BillingDesk;
let desk: MailDesk;
let now = start;
let ids: string[] = [];
const clock = { now: () => now };

beforeEach(async () => {
  now = start;
  server = await startMailServer();
  billing = openBillingDesk({ contracts: [flatContract, deedContract, requestContract] });
  insertOctoberUsage(billing.database);
  const run = await billing.invoicing.run({ period: '2026-10', finalise: true, actor: 'amara' });
  ids = run.succeeded.map((each) => each.invoiceId ?? '');
  desk = openMailDesk({ database: billing.database, port: server.port, clock });
});
afterEach(async () => {
  await server[Symbol.asyncDispose]();
  billing[Symbol.dispose]();
});

const statusOf = (id: string): string | undefined => findPartnerInvoice(billing.database, id)?.status;
const mailOf = (id: string) => listMailOfInvoice(billing.database, id).at(-1);
const historyOf = (id: string) => readInvoice(billing.database, id, { timeZone: new TimeZone('America/New_York'), now })?.history.map(({ action, note }) => [action, note] as const) ?? [];

describe('an invoice', () => {
  test('goes out once, with its PDF, and is sent; a second run and a second request send nothing', async () => {
    const [first = ''] = ids;
    await desk.queue(first);
    expect(await desk.sendDue()).toMatchObject({ sent: 1, mails: [{ number: 'API-202610-dp_pk_ABC', state: 'sent' }] });
    expect(await desk.sendDue()).toMatchObject({ sent: 0, mails: [] });
    await expect(desk.queue(first)).rejects.toMatchObject({ code: 'mail-already-sent' });
    expect(server.mails.map((each) => each.to)).toEqual([['ap@ashgrove.example']]);
    expect(server.mails[0]?.raw).toContain('Subject: Invoice API-202610-dp_pk_ABC from');
    expect(server.mails[0]?.raw).toContain(Buffer.from(pdfOf('API-202610-dp_pk_ABC')).toString('base64'));
    expect(statusOf(first)).toBe('sent');
    expect(mailOf(first)?.attachmentSha256).toBe(createHash('sha256').update(pdfOf('API-202610-dp_pk_ABC')).digest('hex'));
    expect(historyOf(first).map(([action]) => action).toSorted()).toEqual(['draft', 'e-mail-queued', 'e-mail-sent', 'finalise', 'send']); // all of one moment here
  });

  test('that is a one-off goes out like any other, under its own number, and is sent', async () => {
    const { invoice } = await billing.drafts.createOneOff({ id: newId(), customer: { kind: 'typed', name: 'Harbour Notaries', legalName: null, address: [], country: null, email: 'pay@harbour.example', taxNumber: null }, currency: 'usd', paymentTermsDays: 14 }, { actor: 'amara' });
    await billing.drafts.edit(invoice.id, invoice.version, [{ kind: 'add-line', lineId: newId(), description: 'Onboarding', quantity: '2', unitPrice: '250', amountMinor: null, discount: null, tax: null, beforeLineId: null }], { actor: 'amara' });
    await billing.invoicing.finalise(invoice.id, { actor: 'amara' });
    await desk.queue(invoice.id);
    expect(await desk.sendDue()).toMatchObject({ sent: 1, mails: [{ number: 'INV-2026-0001', state: 'sent' }] });
    expect(server.mails.map((each) => each.to)).toEqual([['pay@harbour.example']]);
    expect(server.mails[0]?.raw).toContain('Subject: Invoice INV-2026-0001 from');
    expect(server.mails[0]?.raw).toContain('for November 2026');
    expect(statusOf(invoice.id)).toBe('sent');
  });

  test('goes out once more only when a person says so, as another e-mail', async () => {
    const [first = ''] = ids;
    await desk.queue(first);
    await desk.sendDue();
    await desk.mailing.send({ invoiceId: first, isAgain: true, recipients: 'other@ashgrove.example; ap@ashgrove.example' }, { actor: 'amara', requestId: 'r2' });
    await desk.sendDue();
    expect(server.mails.map((each) => each.to)).toEqual([['ap@ashgrove.example'], ['other@ashgrove.example', 'ap@ashgrove.example']]);
    expect(new Set(server.mails.map((each) => /^Message-ID: (.*)$/m.exec(each.raw)?.[1])).size).toBe(2);
  });

  test('refused for now is tried again at its time, with the same Message-ID, and then taken', async () => {
    const [first = ''] = ids;
    server.refuseMessage({ code: 451, text: '4.7.1 Greylisted' }, 2);
    await desk.queue(first);
    const messageId = mailOf(first)?.messageId;
    expect(await desk.sendDue()).toMatchObject({ waiting: 1, mails: [{ errorCode: 'mail-refused-for-now', errorMessage: expect.stringContaining('Greylisted') as string }] });
    expect(mailOf(first)?.nextAttemptAt).toBe(start + minuteMs);
    expect(await desk.sendDue()).toMatchObject({ mails: [] }); // not before its time
    now += minuteMs;
    expect(await desk.sendDue()).toMatchObject({ waiting: 1 });
    now += 5 * minuteMs;
    expect(await desk.sendDue()).toMatchObject({ sent: 1 });
    expect(server.mails).toHaveLength(1);
    expect(server.mails[0]?.raw).toContain(`Message-ID: ${messageId}`);
    expect(mailOf(first)).toMatchObject({ state: 'sent', attempts: 3, errorCode: null });
  });

  test('refused for now for ever fails after its last attempt, and a person’s retry begins anew', async () => {
    const [first = ''] = ids;
    server.refuseMessage({ code: 451, text: '4.3.0 Try later' }, 9);
    await desk.queue(first);
    let attempts = 0;
    while (mailOf(first)?.state === 'waiting') {
      await desk.sendDue();
      attempts += 1;
      now = mailOf(first)?.nextAttemptAt ?? now;
    }
    expect([attempts, mailOf(first)?.state, mailOf(first)?.errorCode]).toEqual([9, 'failed', 'mail-attempts-used-up']);
    expect(statusOf(first)).toBe('finalised');
    await desk.mailing.decide(mailOf(first)?.id ?? '', 'retry', null, { actor: 'amara', requestId: 'r' });
    expect(await desk.sendDue()).toMatchObject({ sent: 1 });
    expect(statusOf(first)).toBe('sent');
  });

  test('refused for good fails at once, is said on the invoice, and does not keep the others', async () => {
    const [first = '', second = ''] = ids;
    server.refuseMessage({ code: 550, text: '5.1.1 No such user' });
    await desk.queue(first);
    now += 1; // the oldest goes first
    await desk.queue(second);
    expect(await desk.sendDue()).toMatchObject({ failed: 1, sent: 1, mails: [{ state: 'failed', errorCode: 'mail-refused' }, { state: 'sent' }] });
    expect(statusOf(first)).toBe('finalised');
    expect(historyOf(first).at(-1)).toEqual(['e-mail-failed', expect.stringContaining('No such user')]);
  });

  test('of several addresses goes on to those that could not take it yet, and to nobody twice', async () => {
    const [first = ''] = ids;
    await desk.mailing.send({ invoiceId: first, recipients: 'one@a.example, two@a.example, three@a.example' }, { actor: 'amara', requestId: 'r' });
    server.refuseRecipient('two@a.example', { code: 450, text: '4.2.0 Busy' }, 1);
    server.refuseRecipient('three@a.example', { code: 550, text: '5.1.1 Unknown' });
    expect(await desk.sendDue()).toMatchObject({ waiting: 1 });
    now += minuteMs;
    expect(await desk.sendDue()).toMatchObject({ sent: 1 });
    expect(server.mails.map((each) => each.to)).toEqual([['one@a.example'], ['two@a.example']]);
    expect(mailOf(first)).toMatchObject({ state: 'sent', errorCode: 'mail-partly-refused', recipients: [{ state: 'accepted' }, { state: 'accepted' }, { state: 'refused', response: expect.stringContaining('Unknown') as string }] });
  });

  test('voided while it waits is not sent any more', async () => {
    const [first = ''] = ids;
    await desk.queue(first);
    await billing.invoicing.void(first, 'Usage was disputed', { actor: 'amara' });
    expect(await desk.sendDue()).toMatchObject({ cancelled: 1, sent: 0 });
    expect(server.mails).toEqual([]);
    expect(mailOf(first)).toMatchObject({ state: 'cancelled', errorCode: 'mail-invoice-state' });
  });

  test('whose PDF was altered is not sent', async () => {
    const [first = ''] = ids;
    await desk.queue(first);
    const other = openMailDesk({ database: billing.database, port: server.port, clock, pdf: () => Promise.reject(new StorageError('document-altered', 'The document was altered.')) });
    expect(await other.sendDue()).toMatchObject({ failed: 1, mails: [{ errorCode: 'document-altered' }] });
    expect(server.mails).toEqual([]);
    await desk.mailing.decide(mailOf(first)?.id ?? '', 'cancel', null, { actor: 'amara', requestId: 'r' });
    await expect(other.queue(first)).rejects.toMatchObject({ code: 'document-altered' });
  });

  test('that came back later is marked by a person, says why, and may be sent again', async () => {
    const [first = ''] = ids;
    await desk.queue(first);
    await desk.sendDue();
    const id = mailOf(first)?.id ?? '';
    await expect(desk.mailing.decide(id, 'bounced', ' x ', { actor: 'amara', requestId: 'r' })).rejects.toMatchObject({ code: 'mail-reason-missing' });
    await desk.mailing.decide(id, 'bounced', 'Mailbox full', { actor: 'amara', requestId: 'r' });
    expect(historyOf(first).at(-1)).toEqual(['e-mail-bounced', 'Mailbox full']);
    expect(desk.mailing.preview({ invoiceId: first })).toMatchObject({ problem: null });
    await expect(desk.mailing.decide(id, 'retry', null, { actor: 'amara', requestId: 'r' })).rejects.toMatchObject({ code: 'mail-state' });
  });
});

describe('what nobody knows', () => {
  test('a line that is cut after the last word is put before a person: it arrived, or it is sent again with the same Message-ID', async () => {
    const [first = '', second = ''] = ids;
    await desk.queue(first);
    server.hangUpAfterData();
    expect(await desk.sendDue()).toMatchObject({ inDoubt: 1, mails: [{ errorCode: 'mail-in-doubt' }] });
    now += 24 * 60 * minuteMs;
    expect(await desk.sendDue()).toMatchObject({ mails: [] });
    expect(statusOf(first)).toBe('finalised');
    await expect(desk.queue(first)).rejects.toMatchObject({ code: 'mail-open' });
    await desk.mailing.decide(mailOf(first)?.id ?? '', 'arrived', 'The customer has it', { actor: 'amara', requestId: 'r' });
    expect([mailOf(first)?.state, statusOf(first)]).toEqual(['sent', 'sent']);
    server.hangUpAfterData();
    await desk.queue(second);
    await desk.sendDue();
    await desk.mailing.decide(mailOf(second)?.id ?? '', 'send-again', null, { actor: 'amara', requestId: 'r' });
    expect(await desk.sendDue()).toMatchObject({ sent: 1 });
    const [, one, two] = server.mails.map((each) => /^Message-ID: (.*)$/m.exec(each.raw)?.[1]);
    expect([one, server.mails.length]).toEqual([two, 3]);
  });

  test('a process that is killed between handing over and noting it down sends nothing twice by itself', async () => {
    const [first = ''] = ids;
    await desk.queue(first);
    const held = server.holdAnswer();
    const { child, ended } = startScript(join(import.meta.dirname, '..', 'testing', 'mail-sending-process.ts'), [join(billing.folder, 'ledger.sqlite'), String(server.port), String(now)]);
    const outcome = await Promise.race([held.hasCome.then(() => 'came' as const), ended]);
    expect(outcome).toBe('came');
    child.kill('SIGKILL');
    await ended;
    held.answer();
    expect(mailOf(first)?.state).toBe('sending');
    expect(await desk.sendDue()).toMatchObject({ mails: [] }); // its lease still holds
    now += 11 * minuteMs;
    expect(desk.dispatch.isDue()).toBe(true);
    expect(await desk.sendDue()).toMatchObject({ mails: [] });
    expect(mailOf(first)).toMatchObject({ state: 'in-doubt', errorCode: 'mail-in-doubt' });
    expect(server.mails).toHaveLength(1);
  });

  test('a process that ended before it handed anything over leaves nothing in doubt: the next one sends it', async () => {
    const [first = ''] = ids;
    await desk.queue(first);
    const dying = openMailDesk({ database: billing.database, port: server.port, clock, pdf: () => Promise.reject(new Error('the power went out')) });
    await expect(dying.sendDue()).rejects.toThrow('the power went out');
    expect(mailOf(first)?.state).toBe('claimed');
    now += 11 * minuteMs;
    expect(await desk.sendDue()).toMatchObject({ sent: 1 });
  });

  test('an invoice whose e-mail went out and that does not say so is marked by the next run', async () => {
    const [first = ''] = ids;
    await desk.queue(first);
    await desk.sendDue();
    billing.database.connection.exec("UPDATE invoices SET status = 'finalised'");
    await desk.sendDue();
    expect(statusOf(first)).toBe('sent');
    expect(server.mails).toHaveLength(1);
  });
});

describe('a mail server that cannot be used', () => {
  test('is the desk’s trouble: e-mails keep their attempts, the desk pauses, and a person may ask at once', async () => {
    const [first = '', second = ''] = ids;
    await server[Symbol.asyncDispose]();
    await desk.queue(first);
    now += 1; // the oldest goes first
    await desk.queue(second);
    await expect(desk.sendDue()).rejects.toMatchObject({ code: 'smtp-unreachable' });
    expect([mailOf(first)?.attempts, mailOf(first)?.state, mailOf(first)?.errorCode, mailOf(second)?.errorCode]).toEqual([0, 'waiting', 'smtp-unreachable', null]);
    expect(desk.settings.pause()).toMatchObject({ failures: 1, code: 'smtp-unreachable' });
    expect(desk.dispatch.isDue()).toBe(false);
    expect(await desk.dispatch.sendDue({ actor: 'daybook', isAsked: false, control: unattended })).toMatchObject({ pausedUntil: now + minuteMs, mails: [] });
    server = await startMailServer();
    desk.settings.save({ ...(desk.settings.read() ?? expect.fail()), port: server.port });
    expect(desk.settings.pause()).toBeNull();
    now += minuteMs;
    expect(await desk.sendDue()).toMatchObject({ sent: 2 });
  });

  test('for three days fails what waited, so that somebody looks', async () => {
    const [first = ''] = ids;
    await server[Symbol.asyncDispose]();
    await desk.queue(first);
    now += 73 * 60 * minuteMs;
    await expect(desk.sendDue()).rejects.toMatchObject({ code: 'smtp-unreachable' });
    expect(mailOf(first)?.state).toBe('failed');
    server = await startMailServer();
  });

  test('with a wrong password says so, and sends nothing', async () => {
    const locked = await startMailServer({ login: { user: 'daybook', password: 'right' } });
    const [first = ''] = ids;
    await desk.queue(first);
    const wrong = openMailDesk({ database: billing.database, port: locked.port, clock, login: { user: 'daybook', password: 'wrong' } });
    await expect(wrong.sendDue()).rejects.toMatchObject({ code: 'smtp-login-refused' });
    expect(locked.mails).toEqual([]);
    now += minuteMs;
    const right = openMailDesk({ database: billing.database, port: locked.port, clock, login: { user: 'daybook', password: 'right' } });
    expect(await right.sendDue()).toMatchObject({ sent: 1 });
    await locked[Symbol.asyncDispose]();
  });

  test('a run that is cancelled before it hands over puts back what it took', async () => {
    const [first = ''] = ids;
    await desk.queue(first);
    const cancelled = AbortSignal.abort();
    await expect(desk.dispatch.sendDue({ actor: 'amara', isAsked: true, control: { signal: cancelled, report: () => undefined } })).rejects.toThrow();
    expect(mailOf(first)).toMatchObject({ state: 'waiting', attempts: 0 });
    expect(await desk.sendDue()).toMatchObject({ sent: 1 });
  });
});

test('a desk of a shared ledger whose database is not connected sends nothing by its own word', async () => {
  const [first = ''] = ids;
  await desk.queue(first);
  billing.database.connection.exec("INSERT INTO ledger_settings (name, value, set_at) VALUES ('shared_ledger_id', 'x', 0)");
  await expect(desk.sendDue()).rejects.toMatchObject({ code: 'postgres-not-connected' });
  expect(server.mails).toEqual([]);
});

test('two processes of one desk that send at once send each e-mail once', async () => {
  await desk.queue(...ids);
  const other = openDatabase({ file: join(billing.folder, 'ledger.sqlite'), logger: silentLogger });
  try {
    const results = await Promise.all([desk.sendDue(), openMailDesk({ database: other, port: server.port, clock, desk: 'other' }).sendDue()]);
    expect(results.map((result) => result.sent).reduce((sum, sent) => sum + sent)).toBe(3);
    expect(server.mails.map((each) => /^Subject: (.*)$/m.exec(each.raw)?.[1]).toSorted()).toEqual([...new Set(server.mails.map((each) => /^Subject: (.*)$/m.exec(each.raw)?.[1]))].toSorted());
    expect(server.mails).toHaveLength(3);
  } finally {
    other.close();
  }
});
