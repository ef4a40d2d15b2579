/** The daily report as an e-mail over a real mail server on loopback: what it says, who got it, and what is said of those who did not. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startMailServer, type TestMailServer } from '../../../sandbox/mail-server.ts';
import { fixedClock } from '../../shared/calendar/clock.ts';
import { createSmtpTransport } from '../integrations/smtp/smtp-transport.ts';
import { reportSubject, reportText } from '../reconciliation/report-text.ts';
import { readReconciliationReport, type ReportQuestion } from '../reporting/reconciliation-report.queries.ts';
import { openMailDesk } from '../testing/mail-desk.ts';
import { difference, openWorkbench, workbenchNow, workbenchZone, type WorkbenchWorld } from '../testing/workbench-world.ts';
import { createReportMailing } from './report-mail.ts';

let server: TestMailServer;
beforeEach(async () => {
  server = await startMailServer();
});
afterEach(() => server[Symbol.asyncDispose]());

const ask = (world: WorkbenchWorld, more: Partial<ReportQuestion> = {}) =>
  readReconciliationReport(world.database, { zone: workbenchZone, now: workbenchNow, dueDays: 5, alertCount: 5, alertMinor: 50_000, functionalCurrency: 'usd', rateOf: () => undefined, missingMoney: [], ...more });
const dayMs = 86_400_000;

test('counts what is new, open, overdue and nobody’s, and raises an alert only from its threshold on', () => {
  using world = openWorkbench();
  world.plant(difference('a', { amountMinor: 49_999, firstSeenAt: workbenchNow }), difference('b', { amountMinor: -300, firstSeenAt: workbenchNow - 9 * dayMs, assignee: 'mia', status: 'assigned' }), difference('c', { status: 'resolved' }));
  expect(ask(world)).toMatchObject({
    fresh: { count: 1, atRisk: [{ amount: 49_999, currency: 'usd' }] }, open: { count: 2, overdue: 1, unassigned: 1, atRisk: [{ amount: 50_299, currency: 'usd' }] }, biggest: [{ id: 'a' }, { id: 'b', assignee: 'mia' }], alerts: [{ kind: 'no-run' }],
  });
  const kinds = (more: Partial<ReportQuestion>): string[] => ask(world, more).alerts.map((alert) => alert.kind);
  expect(kinds({ alertMinor: 49_999 })).toEqual(['no-run', 'large-amount']);
  expect(kinds({ alertCount: 1 })).toEqual(['no-run', 'many-new']);
  // Of an amount whose rate nobody knows it cannot be said that it is small.
  world.plant(difference('d', { currency: 'gbp', amountMinor: 1, firstSeenAt: workbenchNow }));
  expect(kinds({})).toEqual(['no-run', 'large-amount']);
  expect(kinds({ rateOf: () => '1.25' })).toEqual(['no-run']);
});

test('goes to everybody who is named, in words, and says of each who was refused why', async () => {
  using world = openWorkbench();
  world.plant(difference('a', { amountMinor: -125_000 }));
  const report = ask(world, { alertCount: 1 });
  const { settings } = openMailDesk({ database: world.database, port: server.port, clock: fixedClock(workbenchNow) });
  const mailing = createReportMailing({ settings, transport: createSmtpTransport(), password: () => null });
  const signal = new AbortController().signal;
  const mail = { subject: reportSubject(report, 'Meridian'), text: reportText(report) };
  expect(mail.subject).toBe('Meridian: reconciliation 2026-11-18: 3 alerts, 1 open, 1 new');
  expect(await mailing.send({ ...mail, to: ['cfo@meridian.example', 'mia@meridian.example'] }, signal)).toEqual({ state: 'sent', accepted: ['cfo@meridian.example', 'mia@meridian.example'], refused: [] });
  expect(server.mails[0]?.to).toEqual(['cfo@meridian.example', 'mia@meridian.example']);
  expect(server.mails[0]?.raw).toContain('ch_a');
  expect(mail.text).toContain('missing in ledger  ch_a  2026-11-16');
  server.refuseRecipient('gone@meridian.example', { code: 550, text: 'No such mailbox' });
  expect(await mailing.send({ ...mail, to: ['cfo@meridian.example', 'gone@meridian.example'] }, signal)).toEqual({ state: 'failed', accepted: ['cfo@meridian.example'], refused: [{ address: 'gone@meridian.example', response: expect.stringContaining('No such mailbox') as string }] });
  expect(await mailing.send({ ...mail, to: [] }, signal)).toMatchObject({ state: 'nobody' });
  expect(await createReportMailing({ settings: { read: () => null }, transport: createSmtpTransport(), password: () => null }).send({ ...mail, to: ['cfo@meridian.example'] }, signal)).toMatchObject({ state: 'not-set-up' });
  await server[Symbol.asyncDispose]();
  await expect(mailing.send({ ...mail, to: ['cfo@meridian.example'] }, signal)).rejects.toMatchObject({ code: expect.stringMatching(/^smtp-/) as string });
  server = await startMailServer();
});
