/** `daybook invoices archive` as a process of its own: into a folder, and into a store that speaks S3 over HTTP. */
import { copyFileSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startS3Server, type TestS3Server } from '../../sandbox/s3-server.ts';
import { createArchiveSettings, type ArchivePlace } from '../main/archiving/archive-settings.ts';
import { placesIn } from '../main/composition/restore-ledger.ts';
import { openDatabase } from '../main/database/open-database.ts';
import { createPreferences } from '../main/database/preferences.ts';
import { silentLogger } from '../main/platform/logger.ts';
import { insertOctoberUsage, openBillingDesk, testNow } from '../main/testing/billing-desk.ts';
import { flatContract, requestContract } from '../main/testing/billing-fixtures.ts';
import { openCliDesk, type CliDesk, type ErrorDocument } from '../main/testing/cli-desk.ts';
import { makeTemporaryFolder, type TemporaryFolder } from '../main/testing/temporary-folder.ts';

const number = 'API-202610-dp_pk_ABC';
let folder: TemporaryFolder;
let server: TestS3Server;
let dataFolder = '';
let desk: CliDesk;

beforeAll(async () => {
  folder = makeTemporaryFolder();
  server = await startS3Server();
  dataFolder = join(folder.path, 'data');
  mkdirSync(dataFolder, { mode: 0o700 });
  writeFileSync(join(dataFolder, 'config.json'), JSON.stringify({ now: testNow, reportingTimeZone: 'America/New_York', user: 'amara' }), { mode: 0o600 });
  using billing = openBillingDesk({ contracts: [flatContract, requestContract] });
  insertOctoberUsage(billing.database);
  const { succeeded } = await billing.invoicing.run({ period: '2026-10', finalise: true, actor: 'amara' });
  const flat = succeeded.find((row) => row.number === number);
  await billing.receivables.credit(flat?.invoiceId ?? '', { lines: [{ lineIndex: 0, netMinor: 10_000 }], settlement: 'offset', on: '2026-11-18', reason: 'Outage' }, { actor: 'amara' });
  billing.database.connection.pragma('wal_checkpoint(TRUNCATE)');
  copyFileSync(join(billing.folder, 'ledger.sqlite'), placesIn(dataFolder).ledgerFile);
  desk = openCliDesk(dataFolder, { DAYBOOK_S3_SECRET_KEY: server.secretKey });
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

function setPlace(place: ArchivePlace): void {
  const database = openDatabase({ file: placesIn(dataFolder).ledgerFile, logger: silentLogger });
  createArchiveSettings(createPreferences(database, database.unitOfWork)).save(place);
  database.close();
}

test('without a place it says what to do', async () => {
  const { code, answer } = await desk.json<ErrorDocument>('invoices', 'archive');
  expect([code, answer.error.code]).toEqual([1, 'archive-not-set-up']);
});

test('a bucket is tried, filled with invoices and credit notes by the real renderer, and listed; a wrong secret is said and exits 1', async () => {
  setPlace({ kind: 's3', endpoint: server.endpoint, region: server.region, bucket: server.bucket, prefix: '', accessKeyId: server.accessKeyId, addressing: 'path', allowsPlaintext: false });
  expect(await desk.json('invoices', 'archive', '--test')).toMatchObject({ code: 0, answer: { checks: [{ name: 'Writing', isFine: true }, { name: 'Reading', isFine: true }, { name: 'Cleaning up', isFine: true }] } });
  const wrong = await desk.with({ DAYBOOK_S3_SECRET_KEY: 'wrong' }).json('invoices', 'archive');
  expect(wrong).toMatchObject({ code: 1, answer: { error: { code: 'archive-access-refused' } } });
  expect(await desk.json('invoices', 'archive')).toMatchObject({ code: 0, answer: { status: 'succeeded', counts: { stored: 3, waiting: 0, failed: 0 } } });
  expect([...server.objects.keys()].toSorted()).toEqual([`2026/${number}.pdf`, '2026/API-202610-dp_pk_TSG.pdf', '2026/CN-2026-0001.pdf']);
  for (const object of server.objects.values()) expect(object.bytes.subarray(0, 5).toString()).toBe('%PDF-');
  expect(await desk.json('invoices', 'archive', '--list', '--state', 'stored')).toMatchObject({ code: 0, answer: { total: 3 } });
  const [first] = [...server.objects.values()];
  const saved = join(folder.path, 'back.pdf');
  writeFileSync(saved, first?.bytes ?? '');
  expect(await desk.json('invoices', 'verify', saved)).toMatchObject({ code: 0, answer: { verdict: 'issued' } });
});

test('a folder is another place and gets everything; a credit note and a statement are saved as PDF', async () => {
  const archive = join(folder.path, 'archive');
  mkdirSync(archive);
  setPlace({ kind: 'folder', folder: archive });
  expect(await desk.json('invoices', 'archive')).toMatchObject({ code: 0, answer: { counts: { stored: 3 } } });
  expect(readdirSync(join(archive, '2026'))).toHaveLength(3);
  const note = join(folder.path, 'note.pdf');
  expect(await desk.json('invoices', 'pdf', 'CN-2026-0001', '--out', note)).toMatchObject({ code: 0, answer: { isVerified: true, location: 'documents/credit-notes/CN-2026-0001.pdf' } });
  expect(await desk.json('invoices', 'verify', note)).toMatchObject({ code: 0, answer: { verdict: 'issued', number: 'CN-2026-0001' } });
  const statement = join(folder.path, 'statement.pdf');
  expect(await desk.json('invoices', 'statement', flatContract.partnerId, '--from', '2026-10-01', '--to', '2026-11-30', '--pdf', '--out', statement)).toMatchObject({ code: 0, answer: { file: statement } });
});
