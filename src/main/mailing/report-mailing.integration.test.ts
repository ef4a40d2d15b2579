/** The monthly report by e-mail, over a real mail server on loopback: once by itself, again only when asked. */
import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startMailServer, type TestMailServer } from '../../../sandbox/mail-server.ts';
import type { ReportDocument } from '../../shared/documents/report-document.ts';
import { createAuditLog } from '../audit/audit-log.ts';
import { createPreferences } from '../database/preferences.ts';
import { createSmtpTransport } from '../integrations/smtp/smtp-transport.ts';
import { unattended } from '../platform/work-control.ts';
import { openTemporaryDatabase, type TemporaryDatabase } from '../testing/temporary-database.ts';
import { createMailSettingsStore } from './mail-settings.ts';
import type { MailTransport } from './mailing.ports.ts';
import { createReportMailing, type ReportMailing } from './report-mailing.ts';
import { doubtUnsentReport } from './restored-reports.ts';

const clock = { now: () => Date.parse('2026-11-01T12:00:00Z') };
const report: ReportDocument = {
  title: 'Revenue report', subject: 'October 2026', company: 'Meridian Deeds', lead: 'As of 2026-11-01 12:00 UTC.', cautions: [], asOf: clock.now(),
  blocks: [{ kind: 'cards', cards: [{ label: 'MRR', value: '121,300.21 USD', notes: ['+2,783.12 on the month'] }] }],
};
const act = { actor: 'amara', requestId: 'r1' };
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

let server: TestMailServer;
let ledger: TemporaryDatabase;
let files: Map<string, Uint8Array>;
let mailing: ReportMailing;

function open(transport: MailTransport = createSmtpTransport()): ReportMailing {
  const preferences = createPreferences(ledger.database, ledger.database.unitOfWork);
  const settings = createMailSettingsStore(preferences);
  settings.save({ host: '127.0.0.1', port: server.port, security: 'none', user: null, authorityFile: null, fromName: 'Meridian', fromAddress: 'finance@meridian.example', replyTo: null, allowsPlaintext: false });
  return createReportMailing({
    readable: ledger.database, unitOfWork: ledger.database.unitOfWork, preferences, settings, transport, password: () => null, audit: createAuditLog({ clock }), clock,
    reports: {
      make: async (month) => ({ fileName: `revenue-report-${month}.pdf`, bytes: new Uint8Array(Buffer.from(`%PDF-1.7 ${month}`)), report }),
      async keep(name, bytes) {
        files.set(name, bytes);
        return { location: name, sha256: sha256(bytes) };
      },
      async open(location) {
        const bytes = files.get(location);
        return bytes ? { bytes, sha256: sha256(bytes) } : null;
      },
    },
  });
}
const send = (isAsked: boolean, by = mailing) => by.send({ month: '2026-10', actor: 'amara', isAsked, control: unattended });

beforeEach(async () => {
  server = await startMailServer();
  ledger = openTemporaryDatabase();
  files = new Map();
  mailing = open();
});
afterEach(async () => {
  await server[Symbol.asyncDispose]();
  ledger[Symbol.dispose]();
});

describe('what is set', () => {
  test('is nothing at first; addresses are checked, and one twice counts once', () => {
    expect([mailing.readSettings(), mailing.isWanted()]).toEqual([{ isSent: false, recipients: [] }, false]);
    expect(mailing.saveSettings({ isSent: true, recipients: ['cfo@meridian.example', 'CFO@meridian.example'] }, act)).toEqual({ isSent: true, recipients: ['cfo@meridian.example'] });
    expect([mailing.readSettings().recipients, mailing.isWanted()]).toEqual([['cfo@meridian.example'], true]);
    expect(() => mailing.saveSettings({ isSent: true, recipients: [] }, act)).toThrowError(expect.objectContaining({ code: 'mail-address-missing' }));
    expect(() => mailing.saveSettings({ isSent: true, recipients: ['cfo at meridian'] }, act)).toThrowError(expect.objectContaining({ code: 'mail-address-invalid' }));
    expect(mailing.saveSettings({ isSent: false, recipients: [] }, act)).toEqual({ isSent: false, recipients: [] });
  });
});

describe('a report', () => {
  beforeEach(() => void mailing.saveSettings({ isSent: true, recipients: ['cfo@meridian.example', 'board@meridian.example'] }, act));

  test('goes out once by itself with its first figures in the text, and again only when a person asks', async () => {
    expect(await send(false)).toMatchObject({ outcome: 'sent', delivery: { sequence: 1, state: 'sent' } });
    expect(await send(false)).toMatchObject({ outcome: 'kept-back' });
    expect(server.mails.map((mail) => mail.to)).toEqual([['cfo@meridian.example', 'board@meridian.example']]);
    expect(server.mails[0]?.raw).toContain('Subject: Revenue report, October 2026');
    expect(server.mails[0]?.raw).toContain('MRR: 121,300.21 USD (+2,783.12 on the month)');
    expect(server.mails[0]?.raw).toContain(Buffer.from('%PDF-1.7 2026-10').toString('base64'));
    expect(await send(true)).toMatchObject({ outcome: 'sent', delivery: { sequence: 2 } });
    expect(server.mails).toHaveLength(2);
    expect(mailing.deliveries().map((each) => each.sequence)).toEqual([2, 1]);
  });

  test('that was sent can be opened again, and an altered file is refused', async () => {
    const { delivery } = await send(false);
    expect(Buffer.from((await mailing.sentFile(delivery.id)).bytes).toString()).toBe('%PDF-1.7 2026-10');
    files.set(delivery.location, new Uint8Array([1]));
    await expect(mailing.sentFile(delivery.id)).rejects.toMatchObject({ code: 'document-altered' });
    files.clear();
    await expect(mailing.sentFile(delivery.id)).rejects.toMatchObject({ code: 'report-file-missing' });
    await expect(mailing.sentFile('none')).rejects.toMatchObject({ code: 'report-delivery-missing' });
  });

  test('that is refused for now is tried again by the schedule; refused for good, it waits for a person', async () => {
    server.refuseMessage({ code: 451, text: '4.7.1 Greylisted' }, 1);
    await expect(send(false)).rejects.toMatchObject({ code: 'report-refused-for-now' });
    expect(await send(false)).toMatchObject({ outcome: 'sent', delivery: { sequence: 2 } });
    server.refuseMessage({ code: 550, text: '5.7.1 Not wanted' }, 1);
    await expect(send(true)).rejects.toMatchObject({ code: 'report-refused' });
    expect(await send(false)).toMatchObject({ outcome: 'kept-back', delivery: { state: 'failed', errorCode: 'report-refused' } });
  });

  test('whose answer never came may have arrived: it is said, and not sent again by itself', async () => {
    const lost: MailTransport = { open: async () => ({ send: async () => ({ kind: 'unknown', message: 'the line was lost' }), close: () => undefined }) };
    await expect(send(false, open(lost))).rejects.toMatchObject({ code: 'report-in-doubt' });
    expect(await send(false)).toMatchObject({ outcome: 'kept-back', delivery: { state: 'in-doubt' } });
    expect(server.mails).toEqual([]);
  });

  test('that a crash left between hand-over and answer is put in doubt by the next run', async () => {
    const crashing: MailTransport = { open: async () => ({ send: () => Promise.reject(new Error('killed')), close: () => undefined }) };
    await expect(send(false, open(crashing))).rejects.toThrow('killed');
    expect(mailing.deliveries()[0]?.state).toBe('sending');
    expect(await send(false)).toMatchObject({ outcome: 'kept-back', delivery: { state: 'in-doubt', errorCode: 'report-in-doubt' } });
    expect(await send(true)).toMatchObject({ outcome: 'sent', delivery: { sequence: 2 } });
  });

  test('that the backup a ledger was put back from does not know may have been sent since: it goes out again only when a person asks', async () => {
    const doubt = (): number => ledger.database.unitOfWork.run('test', (database) => doubtUnsentReport(database, { month: '2026-10', now: clock.now(), actor: 'amara' }));
    expect(doubt()).toBe(1);
    const { delivery, outcome } = await send(false);
    expect([outcome, delivery.state, delivery.errorCode, delivery.recipients.map((each) => each.address)]).toEqual(['kept-back', 'in-doubt', 'report-in-doubt', ['cfo@meridian.example', 'board@meridian.example']]);
    expect(server.mails).toEqual([]);
    await expect(mailing.sentFile(delivery.id)).rejects.toMatchObject({ code: 'report-file-unknown' });
    expect(await send(true)).toMatchObject({ outcome: 'sent', delivery: { sequence: 2 } });
    expect([doubt(), server.mails.length]).toEqual([0, 1]);
  });

  test('that was to be tried again, or was under way, when the backup was made is in doubt as well; one that was settled is not', async () => {
    const doubt = (): number => ledger.database.unitOfWork.run('test', (database) => doubtUnsentReport(database, { month: '2026-10', now: clock.now(), actor: 'amara' }));
    server.refuseMessage({ code: 451, text: '4.7.1 Greylisted' }, 1);
    await expect(send(false)).rejects.toMatchObject({ code: 'report-refused-for-now' });
    expect([doubt(), (await send(false)).delivery.sequence]).toEqual([1, 2]);
    const crashing: MailTransport = { open: async () => ({ send: () => Promise.reject(new Error('killed')), close: () => undefined }) };
    await expect(send(true, open(crashing))).rejects.toThrow('killed');
    expect([doubt(), mailing.deliveries()[0]?.state]).toEqual([1, 'in-doubt']);
    server.refuseMessage({ code: 550, text: '5.7.1 Not wanted' }, 1);
    await expect(send(true)).rejects.toMatchObject({ code: 'report-refused' });
    expect([doubt(), mailing.deliveries()[0]?.errorCode]).toEqual([0, 'report-refused']);
    mailing.saveSettings({ isSent: false, recipients: ['cfo@meridian.example'] }, act);
    expect(ledger.database.unitOfWork.run('test', (database) => doubtUnsentReport(database, { month: '2026-09', now: clock.now(), actor: 'amara' }))).toBe(0);
  });

  test('that one address of two refuses has been sent, and says who lacks it', async () => {
    server.refuseRecipient('board@meridian.example', { code: 550, text: '5.1.1 No such user' });
    const { delivery } = await send(false);
    expect([delivery.state, delivery.errorCode, delivery.recipients.map((each) => each.state)]).toEqual(['sent', 'mail-partly-refused', ['accepted', 'refused']]);
  });
});
