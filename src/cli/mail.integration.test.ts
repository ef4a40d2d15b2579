/** `daybook invoices send` and `daybook mail …` as processes of their own, over a real mail server on loopback. */
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startMailServer, type TestMailServer } from '../../sandbox/mail-server.ts';
import { fixedClock } from '../shared/calendar/clock.ts';
import { placesIn } from '../main/composition/restore-ledger.ts';
import { insertOctoberUsage, openBillingDesk, testNow } from '../main/testing/billing-desk.ts';
import { flatContract, requestContract } from '../main/testing/billing-fixtures.ts';
import { openCliDesk, type CliDesk, type ErrorDocument } from '../main/testing/cli-desk.ts';
import { openMailDesk } from '../main/testing/mail-desk.ts';
import { makeTemporaryFolder, type TemporaryFolder } from '../main/testing/temporary-folder.ts';

const number = 'API-202610-dp_pk_ABC';
let folder: TemporaryFolder;
let server: TestMailServer;
let desk: CliDesk;

/** A data folder with October's invoices finalised and the mail server set. */
beforeAll(async () => {
  folder = makeTemporaryFolder();
  server = await startMailServer({ login: { user: 'daybook', password: 'right horse' } });
  const dataFolder = join(folder.path, 'data');
  mkdirSync(dataFolder, { mode: 0o700 });
  writeFileSync(join(dataFolder, 'config.json'), JSON.stringify({ now: testNow, reportingTimeZone: 'America/New_York', user: 'amara' }), { mode: 0o600 });
  {
    using billing = openBillingDesk({ contracts: [flatContract, requestContract] });
    insertOctoberUsage(billing.database);
    await billing.invoicing.run({ period: '2026-10', finalise: true, actor: 'amara' });
    openMailDesk({ database: billing.database, port: server.port, clock: fixedClock(Date.parse(testNow)), login: { user: 'daybook', password: '' } });
    billing.database.connection.pragma('wal_checkpoint(TRUNCATE)');
    copyFileSync(join(billing.folder, 'ledger.sqlite'), placesIn(dataFolder).ledgerFile);
  }
  desk = openCliDesk(dataFolder, { DAYBOOK_SMTP_PASSWORD: 'right horse' });
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

test('the mail server is tried; a wrong password is said and exits 1', async () => {
  expect(await desk.json<{ checks: { isFine: boolean }[] }>('mail', 'test')).toMatchObject({ code: 0, answer: { checks: [{ name: 'Mail server', isFine: true }, { name: 'Login', isFine: true }] } });
  const { code, answer } = await desk.with({ DAYBOOK_SMTP_PASSWORD: 'wrong horse' }).json<{ checks: { isFine: boolean; message: string }[] }>('mail', 'test');
  expect([code, answer.checks[0]?.message]).toEqual([1, expect.stringContaining('(smtp-login-refused)')]);
  expect(server.mails).toEqual([]);
});

test('a dry run shows who gets what and sends nothing; sending sends once; the outbox says so', async () => {
  const shown = await desk.run('invoices', 'send', number, '--dry-run');
  expect([shown.code, shown.stdout]).toEqual([0, expect.stringMatching(/To {7}ap@ashgrove\.example\n.*Subject {2}Invoice API-202610-dp_pk_ABC from .*\n.*Attached API-202610-dp_pk_ABC\.pdf[\s\S]*Nothing was sent\./)]);
  expect(server.mails).toEqual([]);
  expect(await desk.json('invoices', 'send', number)).toMatchObject({ code: 0, answer: { mails: [{ number, state: 'sent' }], failed: [] } });
  expect(server.mails.map((mail) => mail.to)).toEqual([['ap@ashgrove.example']]);
  expect(Buffer.from(/\r\n\r\n(JVBERi0[A-Za-z0-9+/=\r\n]+)/.exec(server.mails[0]?.raw ?? '')?.[1] ?? '', 'base64').subarray(0, 5).toString()).toBe('%PDF-');
  expect(await desk.json('invoices', 'send', number)).toMatchObject({ code: 1, answer: { mails: [], failed: [{ code: 'mail-already-sent' }] } });
  expect(await desk.json('mail', 'outbox', '--state', 'sent')).toMatchObject({ code: 0, answer: { total: 1, mails: [{ invoiceNumber: number, state: 'sent' }] } });
  expect(server.mails).toHaveLength(1);
});

test('what was refused is retried, and what is given up stays given up', async () => {
  server.refuseMessage({ code: 550, text: '5.7.1 Not today' });
  const { code, answer } = await desk.json<{ mails: { id: string; state: string; errorCode: string }[] }>('invoices', 'send', 'API-202610-dp_pk_TSG');
  expect([code, answer.mails[0]?.errorCode]).toEqual([1, 'mail-refused']);
  const id = answer.mails[0]?.id ?? '';
  expect(await desk.json('mail', 'cancel', id)).toMatchObject({ code: 0, answer: { state: 'cancelled' } });
  expect((await desk.json<ErrorDocument>('mail', 'retry', id)).answer.error.code).toBe('mail-state');
  expect(await desk.json('invoices', 'send', 'API-202610-dp_pk_TSG', '--language', 'de', '--to', 'a@b.example,c@d.example')).toMatchObject({ code: 0, answer: { mails: [{ state: 'sent' }] } });
  expect(server.mails.at(-1)?.to).toEqual(['a@b.example', 'c@d.example']);
});
