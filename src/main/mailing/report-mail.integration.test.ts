/** The daily report as an e-mail over a real mail server on loopback: what it says, who got it, and what is said of those who did not. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startMailServer, type TestMailServer } from '../../../sandbox/mail-server.ts';
import { fixedClock } from '../../shared/calendar/clock.ts';
import { createSmtpTransport } from '../integrations/smtp/smtp-transport.ts';
import { reportSubject, reportText } from '../reconciliation/report-text.ts';
import { readReconciliationReport, type ReportQuestion } from '../reporting/reconciliation-report.queries.ts';
import { openMailDesk } from '../testing/mail-desk.ts';
import { difference, openWorkbench, workbenchNow, workbenchZone, type WorkbenchWorld } from '../testing/workbench-world.ts';
import { localDate } from '../../shared/calendar/local-date.ts';
import { inboxFilterOf } from '../../renderer/src/features/reconciliation/inbox-filter.ts';
import { sql } from '../database/handles.ts';
import { newId } from '../platform/ids.ts';
import { findDiscrepancy } from '../reconciliation/discrepancy.repository.ts';
import { reopenStanding, settle } from '../reconciliation/finding-intake.ts';
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

test('names what alerts, and leads to exactly that', async () => {
  using world = openWorkbench();
  const rates: Readonly<Record<string, string>> = { eur: '1.15', jpy: '0.0067', kwd: '3.25' };
  world.plant(
    difference('dollars', { amountMinor: -100_000, firstSeenAt: workbenchNow }), difference('euros', { currency: 'eur', amountMinor: 86_957, firstSeenAt: workbenchNow }), difference('dinars', { currency: 'kwd', amountMinor: 320_000, firstSeenAt: workbenchNow }),
    difference('less', { currency: 'eur', amountMinor: 86_956, firstSeenAt: workbenchNow }), difference('yen', { currency: 'jpy', amountMinor: 149_000, firstSeenAt: workbenchNow }), difference('before', { amountMinor: 900_000, firstSeenAt: workbenchNow - 3 * dayMs }),
    difference('settled', { amountMinor: 900_000, firstSeenAt: workbenchNow, status: 'resolved' }),
  );
  const told = ask(world, { alertMinor: 100_000, alertCount: 1, rateOf: (currency) => rates[currency] });
  const alert = (kind: string) => told.alerts.find((each) => each.kind === kind);
  expect(alert('large-amount')).toMatchObject({ message: '3 of the new discrepancies reach the amount that was set for alerts.', discrepancies: [{ id: 'dinars' }, { id: 'euros', worth: { amount: 100_001, currency: 'usd' } }, { id: 'dollars' }], more: 0 });
  expect(alert('many-new')).toMatchObject({ message: '5 new discrepancies since yesterday.', discrepancies: [{ id: 'less' }, { id: 'yen' }], more: 0 });
  expect(alert('no-run')).toMatchObject({ link: '/reconciliation/runs', discrepancies: [] });
  for (const [kind, ids] of [['large-amount', ['dinars', 'dollars', 'euros']], ['many-new', ['dinars', 'dollars', 'euros', 'less', 'yen']]] as const) {
    const filter = inboxFilterOf(Object.fromEntries(new URL(alert(kind)?.link ?? '', 'http://daybook').searchParams), 'usd');
    expect((await world.as('ana', 'viewer').inbox({ filter, sort: { column: 'objectId', direction: 'ascending' } })).rows.map((row) => row.id)).toEqual(ids);
  }
  expect(reportText(told)).toContain('! 3 of the new discrepancies reach the amount that was set for alerts.\n    320.000 KWD (1,040.00 USD)  missing in ledger  ch_dinars  2026-11-16\n    869.57 EUR (1,000.01 USD)  missing in ledger  ch_euros  2026-11-16\n    −1,000.00 USD  missing');
});

test('the biggest are those that are worth most, whatever their currency’s digits; one without a rate is named last, and it is said', () => {
  using world = openWorkbench();
  const rates: Readonly<Record<string, string>> = { eur: '1.15', jpy: '0.0067', kwd: '3.25' };
  world.plant(
    difference('yen', { currency: 'jpy', amountMinor: 30_000 }), difference('dollars', { amountMinor: -29_900 }), difference('dinars', { currency: 'kwd', amountMinor: 90_000 }), difference('euros', { currency: 'eur', amountMinor: 26_001 }),
    difference('cents', { amountMinor: 5 }), difference('nothing', { amountMinor: 0, reason: 'exchange-rate-differs' }), difference('pounds', { currency: 'gbp', amountMinor: 1 }), difference('more pounds', { currency: 'gbp', amountMinor: 2 }),
  );
  const told = ask(world, { rateOf: (currency) => rates[currency] });
  expect(told.biggest.map(({ id, worth }) => [id, worth?.amount ?? null])).toEqual([['euros', 29_901], ['dollars', 29_900], ['dinars', 29_250], ['yen', 20_100], ['cents', 5], ['more pounds', null]]);
  expect(told.unrated).toEqual(['gbp']);
  expect(reportText(told)).toContain('No exchange rate of GBP is known');
  expect(ask(world, { rateOf: (currency) => ({ ...rates, gbp: '1.3' })[currency] }).unrated).toEqual([]);
});

test('a bank line among the biggest stands as on its statement', () => {
  using world = openWorkbench();
  world.plant(difference('charge', { amountMinor: -900 }), difference('fee', { level: 'bank', reason: 'bank-line-unmatched', amountMinor: 1_500 }));
  expect(ask(world, {}).biggest.map(({ id, amount }) => [id, amount])).toEqual([['fee', { amount: -1_500, currency: 'usd' }], ['charge', { amount: -900, currency: 'usd' }]]);
});

test('what was settled counts in whatever way it was, and no longer once it is back', async () => {
  using world = openWorkbench();
  const ways = ['resolved', 'ignored', 'timing', 'written-off', 'adjusted', 'linked', 'gone', 'undone', 'returned', 'held', 'long-ago'];
  world.plant(...ways.map((id) => difference(id)), difference('pair', { amountMinor: -1_000, reason: 'missing-at-stripe' }));
  const desk = world.as('ana');
  const act = (id: string) => ({ commandId: newId(), id });
  world.work.resolve({ id: 'resolved', actor: 'ana', note: 'found in the mail' });
  world.work.ignore({ id: 'ignored', actor: 'ana', reason: 'a test payment' });
  await desk.markTiming(act('timing'));
  await desk.writeOff({ ...act('written-off'), reason: 'not worth pursuing' });
  await desk.adjust({ ...act('adjusted'), order: { debitAccount: '1100-stripe-clearing', creditAccount: '9900-suspense', amountMinor: 1_000, currency: 'usd' }, reason: 'the object is gone' });
  await desk.link({ ...act('linked'), target: { kind: 'discrepancy', id: 'pair' }, note: 'the same payment' });
  const seen = { level: 'transactions', runId: 'run-2', seenAt: workbenchNow, today: localDate('2026-11-18') } as const;
  const known = (id: string) => world.database.unitOfWork.run('test.read', (database) => findDiscrepancy(database, id))!;
  world.database.unitOfWork.run('test.settle', (database) => settle(database, [known('gone'), known('returned')], seen));
  world.database.unitOfWork.run('test.reopen', (database) => reopenStanding(database, [known('returned')], { ...seen, runId: 'run-3' }));
  world.work.resolve({ id: 'undone', actor: 'ana', note: 'a mistake' });
  await desk.undo(act('undone'));
  world.work.hold({ id: 'held', actor: 'ana', until: '2026-12-01' });
  world.work.resolve({ id: 'long-ago', actor: 'ana', note: 'known' });
  world.database.run(sql('test.age', `UPDATE discrepancy_steps SET recorded_at = recorded_at - ${9 * dayMs} WHERE discrepancy_id = 'long-ago'`));
  await desk.comment({ ...act('long-ago'), text: 'Looked at again.' });
  world.work.reopen({ id: 'long-ago', actor: 'ana' });
  await desk.undo(act('long-ago'));
  // The seven ways, and the other side of the link.
  expect(ask(world)).toMatchObject({ settled: 8, back: 1 });
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
