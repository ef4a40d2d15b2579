/** Issued documents put into a folder of this disk and into a store that speaks S3 over HTTP: each once, none lost, nothing written over, and every failure said. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startS3Server, type TestS3Server } from '../../../sandbox/s3-server.ts';
import { StorageError } from '../../shared/errors/errors.ts';
import { createAuditLog } from '../audit/audit-log.ts';
import { findPartnerInvoice } from '../billing/partner-invoice.repository.ts';
import { composeArchiving, type Archiving } from '../composition/archiving.ts';
import { silentLogger } from '../platform/logger.ts';
import { unattended } from '../platform/work-control.ts';
import { insertOctoberUsage, openBillingDesk, testNow, type BillingDesk } from '../testing/billing-desk.ts';
import { deedContract, flatContract, requestContract } from '../testing/billing-fixtures.ts';
import { makeSmallDisk } from '../testing/small-disk.ts';
import { makeTemporaryFolder, type TemporaryFolder } from '../testing/temporary-folder.ts';
import type { BucketPlace } from './archive-settings.ts';

const minuteMs = 60_000;
let now = 0;
let billing: BillingDesk;
let target: TemporaryFolder;
let server: TestS3Server;
let ids: string[] = [];
/** What an invoice's PDF is made of, by its number. */
let pdfs: Map<string, () => Promise<Uint8Array>>;
const clock = { now: () => now };
const bytesOf = (number: string): Uint8Array => new TextEncoder().encode(`%PDF-1.7 ${number}`);
const act = { actor: 'amara' };
const numbers = ['API-202610-dp_pk_ABC', 'API-202610-dp_pk_KKB', 'API-202610-dp_pk_TSG'];

function openDesk(secret: string | null = server.secretKey): Archiving {
  return composeArchiving({
    database: billing.database, config: { s3SecretKey: secret }, clock, logger: silentLogger, audit: createAuditLog({ clock }), invoicing: { find: (id) => findPartnerInvoice(billing.database, id) }, creditNotes: { find: () => null },
    documents: {
      async open(invoice) {
        const number = invoice.number ?? '';
        return { fileName: `${number}.pdf`, bytes: await (pdfs.get(number)?.() ?? bytesOf(number)), location: null, isVerified: true };
      },
      openCreditNote: () => Promise.reject(new Error('There is none.')),
    },
  });
}
const bucket = (changes: Partial<BucketPlace> = {}): BucketPlace => ({ kind: 's3', endpoint: server.endpoint, region: server.region, bucket: server.bucket, prefix: 'ar/meridian', accessKeyId: server.accessKeyId, addressing: 'path', allowsPlaintext: false, ...changes });
const run = (desk: Archiving, isAsked = false) => desk.archive.run({ actor: 'amara', isAsked, control: unattended });
const statesOf = (desk: Archiving) => desk.archive.list({ startAt: 0, limit: 10, direction: 'ascending' }).rows.map(({ number, state, errorCode }) => [number, state, errorCode]);

beforeEach(async () => {
  now = Date.parse(testNow);
  pdfs = new Map();
  target = makeTemporaryFolder();
  server = await startS3Server();
  billing = openBillingDesk({ contracts: [flatContract, deedContract, requestContract] });
  insertOctoberUsage(billing.database);
  const billed = await billing.invoicing.run({ period: '2026-10', finalise: true, actor: 'amara' });
  ids = billed.succeeded.map((each) => each.invoiceId ?? '');
  expect(ids.map((id) => findPartnerInvoice(billing.database, id)?.number).toSorted()).toEqual(numbers);
});
afterEach(async () => {
  await server[Symbol.asyncDispose]();
  billing[Symbol.dispose]();
  target[Symbol.dispose]();
});

describe('a folder', () => {
  test('takes each issued document once, under its year and number, and the desk keeps where', async () => {
    const desk = openDesk();
    expect(desk.archive.isDue()).toBe(false); // nothing is set
    desk.archive.setPlace({ kind: 'folder', folder: `${target.path}/` }, act);
    expect(desk.archive.isDue()).toBe(true);
    expect(await run(desk)).toMatchObject({ stored: 3, missed: 0 });
    expect(readdirSync(join(target.path, '2026')).toSorted()).toEqual(numbers.map((number) => `${number}.pdf`));
    const [row] = desk.archive.of({ type: 'invoice', id: ids[0]! });
    expect(row).toMatchObject({ state: 'stored', location: join(target.path, '2026', `${row!.number}.pdf`), sha256: createHash('sha256').update(bytesOf(row!.number)).digest('hex'), storedAt: now });
    expect(createAuditLog({ clock }).listOf(billing.database, 'invoice', ids[0]!).map(({ action }) => action)).toContain('archive');
    expect([desk.archive.isDue(), await run(desk)]).toEqual([false, { stored: 0, missed: 0, problems: [], pausedUntil: null }]);
  });

  test('that is not there keeps everything waiting, pauses this desk, and takes all of it once it is back', async () => {
    const desk = openDesk();
    const folder = join(target.path, 'mounted');
    desk.archive.setPlace({ kind: 'folder', folder }, act);
    await expect(run(desk)).rejects.toMatchObject({ code: 'archive-folder-missing' });
    expect(existsSync(folder)).toBe(false); // never made: the drive may only not be mounted
    expect(desk.settings.pause()).toMatchObject({ until: now + minuteMs, code: 'archive-folder-missing' });
    expect([desk.archive.isDue(), (await run(desk)).pausedUntil]).toEqual([false, now + minuteMs]);
    expect(desk.archive.counts()).toMatchObject({ stored: 0, failed: 0, waiting: 3 });
    mkdirSync(folder);
    now += minuteMs;
    expect(await run(desk)).toMatchObject({ stored: 3 });
    expect(desk.settings.pause()).toBeNull();
  });

  test('never loses a file of another: the document gets a name of its own beside it', async () => {
    const desk = openDesk();
    const [number] = numbers;
    mkdirSync(join(target.path, '2026'));
    writeFileSync(join(target.path, '2026', `${number}.pdf`), 'somebody else’s');
    writeFileSync(join(target.path, '2026', `${numbers[1]}.pdf`), bytesOf(numbers[1]!)); // the same file, put there before a crash
    desk.archive.setPlace({ kind: 'folder', folder: target.path }, act);
    expect(await run(desk)).toMatchObject({ stored: 3 });
    const hash = createHash('sha256').update(bytesOf(number!)).digest('hex');
    expect(readdirSync(join(target.path, '2026')).toSorted()).toEqual([`${number}.${hash.slice(0, 12)}.pdf`, ...numbers.map((each) => `${each}.pdf`)].toSorted());
    expect(readFileSync(join(target.path, '2026', `${number}.pdf`), 'utf8')).toBe('somebody else’s');
  });

  test('takes the others when one document cannot be opened; that one is said, tried on, and goes once it can', async () => {
    const desk = openDesk();
    desk.archive.setPlace({ kind: 'folder', folder: target.path }, act);
    const altered = () => Promise.reject(new StorageError('document-altered', 'It has been altered.'));
    pdfs.set(numbers[1]!, altered);
    for (const [delay, state] of [[minuteMs, 'waiting'], [5 * minuteMs, 'waiting'], [30 * minuteMs, 'failed']] as const) {
      expect(await run(desk)).toMatchObject({ missed: 1, problems: [{ number: numbers[1], code: 'document-altered' }] });
      expect(statesOf(desk)).toEqual([[numbers[0], 'stored', null], [numbers[1], state, 'document-altered'], [numbers[2], 'stored', null]]);
      expect(await run(desk)).toMatchObject({ stored: 0, missed: 0 }); // not before its time
      now += delay;
    }
    pdfs.delete(numbers[1]!);
    expect(await run(desk)).toMatchObject({ stored: 1 });
    expect(desk.archive.counts()).toMatchObject({ stored: 3, failed: 0, waiting: 0 });
  });

  test('is another place than the one before: everything goes to the new one too', async () => {
    const desk = openDesk();
    for (const name of ['one', 'two']) {
      mkdirSync(join(target.path, name));
      desk.archive.setPlace({ kind: 'folder', folder: join(target.path, name) }, act);
      expect(await run(desk)).toMatchObject({ stored: 3 });
    }
    expect(desk.archive.of({ type: 'invoice', id: ids[0]! })).toHaveLength(2);
    desk.archive.setPlace({ kind: 'folder', folder: join(target.path, 'three') }, act);
    await expect(run(desk)).rejects.toMatchObject({ code: 'archive-folder-missing' });
    expect(desk.archive.of({ type: 'invoice', id: ids[0]! })).toHaveLength(3);
    desk.archive.setPlace(null, act); // what had yet to go there goes no more
    expect([desk.archive.of({ type: 'invoice', id: ids[0]! }).map((row) => row.state), desk.archive.isDue(), desk.archive.counts()]).toEqual([['stored', 'stored'], false, null]);
  });
});

describe('a folder that somebody else writes into too', () => {
  const [number = '', second = ''] = numbers;
  const hashed = (each: string): string => `${each}.${createHash('sha256').update(bytesOf(each)).digest('hex').slice(0, 12)}.pdf`;
  const year = (): string => join(target.path, '2026');

  test('a link, a folder, a pipe or a file that nobody may read under a document’s name is another’s: it stays, and all documents are archived', async () => {
    const desk = openDesk();
    mkdirSync(year());
    mkdirSync(join(target.path, 'elsewhere'));
    writeFileSync(join(target.path, 'elsewhere', 'same.pdf'), bytesOf(number));
    symlinkSync(join(target.path, 'elsewhere', 'same.pdf'), join(year(), `${number}.pdf`)); // to the very same bytes, outside the archive
    mkdirSync(join(year(), `${second}.pdf`));
    execFileSync('mkfifo', [join(year(), `${numbers[2]}.pdf`)]);
    desk.archive.setPlace({ kind: 'folder', folder: target.path }, act);
    expect(await run(desk)).toMatchObject({ stored: 3, missed: 0 });
    expect(readdirSync(year()).toSorted()).toEqual([...numbers.map((each) => `${each}.pdf`), ...numbers.map(hashed)].toSorted());
    for (const each of numbers) expect(readFileSync(join(year(), hashed(each))).equals(bytesOf(each))).toBe(true);
    expect(readdirSync(join(target.path, 'elsewhere'))).toEqual(['same.pdf']);
  });

  test('other files under both names of a document keep that one waiting, and no other', async () => {
    const desk = openDesk();
    mkdirSync(year());
    writeFileSync(join(year(), `${number}.pdf`), 'one');
    writeFileSync(join(year(), hashed(number)), 'two');
    desk.archive.setPlace({ kind: 'folder', folder: target.path }, act);
    expect(await run(desk)).toMatchObject({ stored: 2, missed: 1, problems: [{ number, code: 'document-name-taken' }] });
    expect([readFileSync(join(year(), `${number}.pdf`), 'utf8'), readFileSync(join(year(), hashed(number)), 'utf8')]).toEqual(['one', 'two']);
    rmSync(join(year(), hashed(number)));
    expect(await run(desk, true)).toMatchObject({ stored: 1, missed: 0 });
  });

  test.for(['a link to a folder elsewhere', 'a link to nothing', 'a file'])('%s in place of the year is not written through: everything waits', async (what) => {
    const desk = openDesk();
    const outside = join(target.path, 'outside');
    const folder = join(target.path, 'archive');
    mkdirSync(outside);
    mkdirSync(folder);
    if (what === 'a file') writeFileSync(join(folder, '2026'), 'a file');
    else symlinkSync(what === 'a link to nothing' ? join(outside, 'nothing') : outside, join(folder, '2026'));
    desk.archive.setPlace({ kind: 'folder', folder }, act);
    await expect(run(desk)).rejects.toMatchObject({ code: 'archive-folder-blocked' });
    expect([readdirSync(outside), desk.archive.counts()]).toMatchObject([[], { stored: 0, failed: 0, waiting: 3 }]);
    rmSync(join(folder, '2026'));
    expect(await run(desk, true)).toMatchObject({ stored: 3 });
  });

  test('one that is full takes what fits, keeps nothing half, and the rest goes once there is room', async () => {
    const desk = openDesk();
    using disk = makeSmallDisk(join(target.path, 'disk'));
    if (disk.kind !== 'tmpfs') return expect(disk.kind).toBe('file-size-limit'); // nobody may mount here: a limit on files holds for another process only
    for (const each of numbers) pdfs.set(each, async () => new Uint8Array(Buffer.alloc(60_000, each)));
    disk.leave(100);
    desk.archive.setPlace({ kind: 'folder', folder: disk.path }, act);
    await expect(run(desk)).rejects.toMatchObject({ code: 'archive-full' });
    const there = readdirSync(join(disk.path, '2026'));
    expect(there.length).toBeLessThan(3);
    for (const name of there) expect(readFileSync(join(disk.path, '2026', name)).length).toBe(60_000);
    disk.leave(1_000);
    await run(desk, true);
    expect([readdirSync(join(disk.path, '2026')).toSorted(), desk.archive.counts()]).toMatchObject([numbers.map((each) => `${each}.pdf`), { stored: 3, waiting: 0 }]);
  });
});

describe('a bucket', () => {
  test('takes each document once, signed, with its hash beside it', async () => {
    const desk = openDesk();
    desk.archive.setPlace(bucket(), act);
    expect(await run(desk)).toMatchObject({ stored: 3 });
    expect([...server.objects.keys()].toSorted()).toEqual(numbers.map((number) => `ar/meridian/2026/${number}.pdf`));
    const object = server.objects.get(`ar/meridian/2026/${numbers[0]}.pdf`);
    expect(object).toMatchObject({ contentType: 'application/pdf', metadata: { sha256: createHash('sha256').update(bytesOf(numbers[0]!)).digest('hex') } });
    expect(object?.bytes.equals(bytesOf(numbers[0]!))).toBe(true);
    expect(desk.archive.of({ type: 'invoice', id: ids[0]! })).toMatchObject([{ state: 'stored', location: expect.stringMatching(/^s3:\/\/invoices\/ar\/meridian\/2026\/API-202610-/u) as string }]);
    expect(await run(desk, true)).toMatchObject({ stored: 0 });
    expect(server.requests.map(({ method }) => method).toSorted()).toEqual(['HEAD', 'HEAD', 'HEAD', 'PUT', 'PUT', 'PUT']);
  });

  test('that took a document and lost its answer has it once, and the desk knows', async () => {
    const desk = openDesk();
    desk.archive.setPlace(bucket(), act);
    server.cutAfter('PUT', 3);
    await expect(run(desk)).rejects.toMatchObject({ code: 'archive-unreachable' });
    expect(desk.archive.counts()).toMatchObject({ stored: 0, failed: 0, waiting: 3 });
    expect(await run(desk, true)).toMatchObject({ stored: 3 });
    expect(server.objects.size).toBe(3);
  });

  test('that is overburdened is left alone for longer each time, up to an hour; a person need not wait', async () => {
    const desk = openDesk();
    desk.archive.setPlace(bucket(), act);
    server.refuse('PUT', { status: 503, code: 'SlowDown' }, 1_000);
    const pauses: number[] = [];
    for (let round = 0; round < 8; round += 1) {
      await expect(run(desk)).rejects.toMatchObject({ code: 'archive-busy', isRetryable: true });
      pauses.push((desk.settings.pause()!.until - now) / minuteMs);
      now = Math.max(desk.settings.pause()!.until, now + 60 * minuteMs * 12);
    }
    expect(pauses).toEqual([1, 2, 4, 8, 16, 32, 60, 60]);
    expect(desk.archive.counts()).toMatchObject({ failed: 0, waiting: 3 }); // no fault of theirs
    await expect(run(desk, true)).rejects.toMatchObject({ code: 'archive-busy' });
  });

  test('that takes the condition and does not heed it is looked into first: nothing is written over', async () => {
    const desk = openDesk();
    server.setKnowsConditions('takes them and does not heed them');
    const other = { bytes: Buffer.from('somebody else’s'), contentType: '', metadata: {} };
    server.objects.set(`ar/meridian/2026/${numbers[0]}.pdf`, other);
    desk.archive.setPlace(bucket(), act);
    expect(await run(desk)).toMatchObject({ stored: 3 });
    expect(server.objects.get(`ar/meridian/2026/${numbers[0]}.pdf`)).toBe(other);
    expect(server.objects.size).toBe(4);
  });

  test('with a file that says it has the same hash, and has other bytes, gets the document beside it', async () => {
    const desk = openDesk();
    const sha256 = createHash('sha256').update(bytesOf(numbers[0]!)).digest('hex');
    for (const [index, bytes] of [Buffer.alloc(bytesOf(numbers[0]!).byteLength, 'x'), Buffer.from('cut off')].entries()) {
      server.objects.set(`ar/${index}/2026/${numbers[0]}.pdf`, { bytes, contentType: 'application/pdf', metadata: { sha256 } });
      desk.archive.setPlace(bucket({ prefix: `ar/${index}` }), act);
      expect(await run(desk)).toMatchObject({ stored: 3 });
      expect(server.objects.get(`ar/${index}/2026/${numbers[0]}.${sha256.slice(0, 12)}.pdf`)?.bytes.equals(bytesOf(numbers[0]!))).toBe(true);
      expect(server.objects.get(`ar/${index}/2026/${numbers[0]}.pdf`)?.bytes).toBe(bytes);
    }
  });

  test('whose key may only write gets every document, beside whatever has its name', async () => {
    const desk = openDesk();
    for (const method of ['HEAD', 'GET']) server.refuse(method, { status: 403, code: 'AccessDenied' }, 1_000);
    const other = { bytes: Buffer.from('somebody else’s'), contentType: '', metadata: {} };
    server.objects.set(`ar/meridian/2026/${numbers[0]}.pdf`, other);
    desk.archive.setPlace(bucket(), act);
    expect(await run(desk)).toMatchObject({ stored: 3, missed: 0 });
    expect(server.objects.get(`ar/meridian/2026/${numbers[0]}.pdf`)).toBe(other);
    expect(server.objects.size).toBe(4);
  });

  test('that answers 200 with an error in it, or a page for logging in, has taken nothing; a redirect is not followed; everything goes later', async () => {
    const desk = openDesk();
    desk.archive.setPlace(bucket(), act);
    for (const [status, code, expected] of [[200, 'InternalError', 'archive-busy'], [200, 'InvalidRequest', 'archive-refused'], [307, 'TemporaryRedirect', 'archive-region-wrong'], [403, 'AccessDenied', 'archive-access-refused']] as const) {
      server.refuse('PUT', { status, code }, 4);
      await expect(run(desk, true)).rejects.toMatchObject({ code: expected });
      server.forget();
    }
    for (const page of ['<html><body>Welcome. Please log in.</body></html>', '']) {
      server.answerWithPage(page);
      expect(await run(desk, true)).toMatchObject({ stored: 0, missed: 3 }); // under every name something stands
      server.answerWithPage(null);
    }
    expect([server.objects.size, desk.archive.counts()]).toMatchObject([0, { stored: 0 }]);
    expect(await run(desk, true)).toMatchObject({ stored: 3, missed: 0 });
  });

  test('of before there were conditional writes is looked into first', async () => {
    const desk = openDesk();
    server.setKnowsConditions(false);
    server.objects.set(`ar/meridian/2026/${numbers[0]}.pdf`, { bytes: Buffer.from('somebody else’s'), contentType: '', metadata: {} });
    server.objects.set(`ar/meridian/2026/${numbers[1]}.pdf`, { bytes: Buffer.from(bytesOf(numbers[1]!)), contentType: '', metadata: {} });
    desk.archive.setPlace(bucket(), act);
    expect(await run(desk)).toMatchObject({ stored: 3 });
    expect(server.objects.get(`ar/meridian/2026/${numbers[0]}.pdf`)?.bytes.toString()).toBe('somebody else’s');
    expect(server.objects.size).toBe(4);
  });

  test('names what is wrong with key, secret, region, bucket and clock; and nothing is sent to where the secret was not entered for', async () => {
    const cases: readonly [Partial<BucketPlace>, string | null, string][] = [
      [{}, 'another secret', 'archive-access-refused'], [{ accessKeyId: 'AKIAOTHER' }, server.secretKey, 'archive-access-refused'], [{ region: 'us-east-1' }, server.secretKey, 'archive-refused'], [{ bucket: 'nowhere' }, server.secretKey, 'archive-bucket-missing'],
      [{ endpoint: 'http://127.0.0.1:9' }, server.secretKey, 'archive-unreachable'], [{}, null, 'archive-secret-missing'],
    ];
    for (const [changes, secret, code] of cases) {
      const desk = openDesk(secret);
      desk.archive.setPlace(bucket(changes), act);
      await expect(run(desk, true)).rejects.toMatchObject({ code });
    }
    await using late = await startS3Server({ now: () => Date.now() + 20 * minuteMs });
    const desk = openDesk();
    desk.archive.setPlace(bucket({ endpoint: late.endpoint }), act);
    await expect(run(desk, true)).rejects.toMatchObject({ code: 'archive-clock-apart' });
    expect([server.objects.size, late.objects.size]).toEqual([0, 0]);
    desk.settings.noteSecretFor(bucket());
    expect([desk.settings.isSecretFor(bucket()), desk.settings.isSecretFor(bucket({ bucket: 'other' })), desk.settings.isSecretFor(bucket({ endpoint: late.endpoint }))]).toEqual([true, false, false]);
  });

  test('is tried by a small file that goes again; a key that may not delete suits an archive', async () => {
    const desk = openDesk();
    const test = async (secret = server.secretKey) => (await desk.openStore(bucket(), secret).test(new AbortController().signal)).map(({ name, isFine }) => [name, isFine]);
    expect(await test()).toEqual([['Writing', true], ['Reading', true], ['Cleaning up', true]]);
    expect(server.objects.size).toBe(0);
    server.refuse('DELETE', { status: 403, code: 'AccessDenied' });
    expect(await test()).toEqual([['Writing', true], ['Reading', true], ['Cleaning up', true]]);
    expect(server.objects.size).toBe(1);
    expect(await test('wrong')).toEqual([['Writing', false]]);
  });
});
