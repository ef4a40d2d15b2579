import { copyFileSync, existsSync, readFileSync, readdirSync, renameSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createAuditLog } from '../audit/audit-log.ts';
import { sql } from '../database/handles.ts';
import { migrateDatabase, readMigrations } from '../database/migrate.ts';
import { openDatabase } from '../database/open-database.ts';
import type { SqliteDatabase } from '../database/sqlite-database.ts';
import { createLedgerVerification } from '../ledger/ledger-verification.ts';
import { silentLogger } from '../platform/logger.ts';
import { migrationsFolder } from '../platform/resources.ts';
import { unattended } from '../platform/work-control.ts';
import { compareBooks } from '../testing/books-of.ts';
import { postSales } from '../testing/small-books.ts';
import { makeTemporaryFolder } from '../testing/temporary-folder.ts';
import { createBackups } from './backups.ts';
import { finishRestore, restoreBackup, type RestoreDependencies } from './restore.ts';

const code = (expected: string) => expect.objectContaining({ code: expected });
const migrations = readMigrations(migrationsFolder('sqlite'));
const setSetting = sql('test.setting', 'INSERT OR REPLACE INTO ledger_settings (name, value, set_at) VALUES (?, ?, 0)');

/** A data folder with a ledger of an account. */
function deskIn(path: string, account = 'acct_1', mode = 'test') {
  const clock = { at: Date.UTC(2026, 10, 18, 6), now: () => (clock.at += 60_000) };
  const audit = createAuditLog({ clock });
  const places = { ledgerFile: join(path, 'ledger.sqlite'), backupsFolder: join(path, 'backups') };
  const dependencies: RestoreDependencies = {
    clock, logger: silentLogger, migrations,
    books: { verify: (readable, control) => createLedgerVerification({ readable, audit }).verify(control) },
    recordRestore: (database, { id }) => audit.append(database, { entity: 'ledger', entityId: 'ledger', action: 'restore', actor: 'amara', diff: { backup: id } }),
  };
  const backups = createBackups({ ...dependencies, ledgerFile: places.ledgerFile, folder: places.backupsFolder, version: '9.9.9' });
  const work = <Result>(act: (database: SqliteDatabase) => Result): Result => {
    const database = openDatabase({ file: places.ledgerFile, logger: silentLogger });
    try {
      return act(database);
    } finally {
      database.close();
    }
  };
  work((database) => {
    migrateDatabase(database, migrations, 0);
    for (const [name, value] of [['gateway_account', account], ['mode', mode]] as const) database.run(setSetting, [name, value]);
  });
  return {
    places, backups, work, dependencies, audit,
    restore: (given: string, { isRehearsal = false, ...more }: Partial<RestoreDependencies> & { isRehearsal?: boolean } = {}) => restoreBackup({ ...dependencies, ...more }, places, given, isRehearsal, unattended),
    verify: () => {
      const database = openDatabase({ file: places.ledgerFile, logger: silentLogger });
      return createLedgerVerification({ readable: database, audit, anchors: backups.anchors }).verify(unattended).finally(() => database.close());
    },
  };
}

const entries = (database: SqliteDatabase): number => database.get<{ count: number }>(sql('test.count', 'SELECT count(*) AS count FROM journal_entries'))?.count ?? 0;

describe('a restore', () => {
  it('puts the backup in place, keeps what was there, and says what the backup lacks', async () => {
    using folder = makeTemporaryFolder();
    const desk = deskIn(folder.path);
    desk.work((database) => postSales(database, 'old', 5));
    const { backup } = await desk.backups.create('daily', unattended);
    desk.work((database) => postSales(database, 'new', 3));
    const { backup: later } = await desk.backups.create('daily', unattended);
    const result = await desk.restore(backup.id);
    expect(result).toMatchObject({ backup: { id: backup.id }, replaced: { fault: null, isContinuation: true, entriesAfter: [{ kind: 'sale', count: 3 }], invoiceNumbersAfter: [] }, leftBehind: [later.id] });
    expect(desk.work(entries)).toBe(5);
    const kept = openDatabase({ file: result.replaced?.keptAs ?? '', logger: silentLogger });
    expect(entries(kept)).toBe(8);
    kept.close();
    expect(statSync(desk.places.ledgerFile).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder.path).filter((name) => /restoring|restore\.json/.test(name))).toEqual([]);
    expect(desk.work((database) => database.all(sql('test.audit', "SELECT actor, diff FROM audit_log WHERE action = 'restore'")))).toEqual([{ actor: 'amara', diff: JSON.stringify({ backup: backup.id }) }]);
  });

  it('leaves behind what later backups saw, and the ledger verifies as it grows anew', async () => {
    using folder = makeTemporaryFolder();
    const desk = deskIn(folder.path);
    desk.work((database) => postSales(database, 'old', 5));
    const { backup } = await desk.backups.create('daily', unattended);
    desk.work((database) => postSales(database, 'new', 3, 1));
    await desk.backups.create('daily', unattended);
    await desk.restore(backup.id);
    expect(await desk.verify()).toMatchObject({ isSound: true, entries: 5 });
    desk.work((database) => postSales(database, 'new', 3, 2)); // the same facts, recorded later
    expect(await desk.verify()).toMatchObject({ isSound: true, entries: 8 });
    expect(desk.backups.list().map((one) => one.leftBehindAt !== null)).toEqual([true, false]);
    await desk.backups.create('daily', unattended);
    expect(await desk.verify()).toMatchObject({ isSound: true });
  });

  it('leaves behind what later backups saw of the audit log, though not an entry was posted since', async () => {
    using folder = makeTemporaryFolder();
    const desk = deskIn(folder.path);
    desk.work((database) => postSales(database, 'old', 5));
    const { backup } = await desk.backups.create('daily', unattended);
    desk.work((database) => database.unitOfWork.run('test.audit', (writable) => desk.audit.append(writable, { entity: 'contract', entityId: 'c', action: 'amend', actor: 'ana', diff: {} })));
    const { backup: later } = await desk.backups.create('daily', unattended);
    expect(later).toMatchObject({ head: { sequence: 5 }, logHeads: { audit: { sequence: 1 } } });
    expect(await desk.restore(backup.id)).toMatchObject({ replaced: { isContinuation: true, entriesAfter: [] }, leftBehind: [later.id] });
    // Entry for entry the same, and yet not what stands there now.
    expect(await desk.restore(later.id, { isRehearsal: true })).toMatchObject({ replaced: { isContinuation: false, entriesAfter: [] } });
    expect(await desk.verify()).toMatchObject({ isSound: true });
    await desk.backups.create('daily', unattended);
    expect(await desk.verify()).toMatchObject({ isSound: true });
  });

  it.each([
    ['overwritten with something else', (file: string) => writeFileSync(file, 'x'.repeat(40_000))],
    ['cut in half', (file: string) => truncateSync(file, Math.floor(statSync(file).size / 2 / 4096) * 4096)],
    ['emptied', (file: string) => truncateSync(file, 0)],
  ])('works over a ledger that was %s, and keeps that byte by byte', async (_, damage) => {
    using folder = makeTemporaryFolder();
    const desk = deskIn(folder.path);
    desk.work((database) => postSales(database, 'old', 500));
    const { backup } = await desk.backups.create('asked', unattended);
    damage(desk.places.ledgerFile);
    const damaged = readFileSync(desk.places.ledgerFile);
    const { replaced } = await desk.restore(backup.id);
    expect(replaced?.fault).not.toBeNull();
    expect(readFileSync(replaced?.keptAs ?? '').equals(damaged)).toBe(true);
    expect(await desk.verify()).toMatchObject({ isSound: true, entries: 500 });
  });

  it('keeps a ledger with the log that was not yet written back into it', async () => {
    using folder = makeTemporaryFolder();
    const desk = deskIn(folder.path);
    desk.work((database) => postSales(database, 'old', 5));
    const { backup } = await desk.backups.create('asked', unattended);
    // As a killed process leaves it: file and log, nobody closed them.
    using elsewhere = makeTemporaryFolder();
    const open = openDatabase({ file: desk.places.ledgerFile, logger: silentLogger });
    postSales(open, 'new', 4);
    for (const side of ['', '-wal']) copyFileSync(`${desk.places.ledgerFile}${side}`, join(elsewhere.path, `ledger.sqlite${side}`));
    open.close();
    for (const side of ['', '-wal']) copyFileSync(join(elsewhere.path, `ledger.sqlite${side}`), `${desk.places.ledgerFile}${side}`);
    const { replaced } = await desk.restore(backup.id);
    expect(replaced).toMatchObject({ fault: null, entriesAfter: [{ kind: 'sale', count: 4 }] });
    const kept = openDatabase({ file: replaced?.keptAs ?? '', logger: silentLogger });
    expect(entries(kept)).toBe(9);
    kept.close();
    expect(desk.work(entries)).toBe(5);
    expect(await desk.verify()).toMatchObject({ isSound: true });
  });

  it('from a file that lies elsewhere, into a folder without a ledger', async () => {
    using from = makeTemporaryFolder();
    using to = makeTemporaryFolder();
    const desk = deskIn(from.path);
    desk.work((database) => postSales(database, 'old', 5));
    const { backup } = await desk.backups.create('asked', unattended);
    const places = { ledgerFile: join(to.path, 'ledger.sqlite'), backupsFolder: join(to.path, 'backups') };
    for (const given of [`${backup.id}.sqlite`, `${backup.id}.json`]) {
      expect(await restoreBackup(desk.dependencies, places, join(desk.places.backupsFolder, given), true, unattended)).toMatchObject({ backup: { id: backup.id }, replaced: null });
    }
    await restoreBackup(desk.dependencies, places, join(desk.places.backupsFolder, `${backup.id}.sqlite`), false, unattended);
    const restored = openDatabase({ file: places.ledgerFile, logger: silentLogger });
    expect(desk.work((original) => compareBooks(original, restored))).toEqual([]);
    restored.close();
  });

  it('as a rehearsal changes nothing', async () => {
    using folder = makeTemporaryFolder();
    const desk = deskIn(folder.path);
    const { backup } = await desk.backups.create('asked', unattended);
    desk.work((database) => postSales(database, 'new', 2));
    const before = readFileSync(desk.places.ledgerFile);
    expect(await desk.restore(backup.id, { isRehearsal: true })).toMatchObject({ replaced: { keptAs: null, entriesAfter: [{ kind: 'sale', count: 2 }] }, leftBehind: [] });
    expect(readFileSync(desk.places.ledgerFile).equals(before)).toBe(true);
  });
});

describe('a restore is refused, and the ledger is as it was,', () => {
  const refused = async (break_: (desk: ReturnType<typeof deskIn>, id: string, path: string) => string | undefined, expected: string, more: Partial<RestoreDependencies> = {}): Promise<void> => {
    using folder = makeTemporaryFolder();
    const desk = deskIn(folder.path);
    desk.work((database) => postSales(database, 'old', 5));
    const { backup } = await desk.backups.create('asked', unattended);
    desk.work((database) => postSales(database, 'new', 1));
    const given = break_(desk, backup.id, folder.path) ?? backup.id;
    const before = readFileSync(desk.places.ledgerFile);
    await expect(desk.restore(given, more)).rejects.toThrow(code(expected));
    expect(readFileSync(desk.places.ledgerFile).equals(before)).toBe(true);
    expect(readdirSync(folder.path).filter((name) => /restor/.test(name))).toEqual([]);
  };

  it('when the backup is damaged', () => refused((desk, id) => {
    const file = join(desk.places.backupsFolder, `${id}.sqlite`);
    const bytes = readFileSync(file);
    bytes[5_000] = (bytes[5_000] ?? 0) ^ 255;
    writeFileSync(file, bytes);
    return undefined;
  }, 'backup-unusable'));
  it('when a newer Daybook made it', () => refused(() => undefined, 'backup-unusable', { migrations: migrations.slice(0, -1) }));
  it('when nobody knows it', () => refused(() => '20010101T000000Z', 'backup-unknown'));
  it('when its description is gone', () => refused((desk, id) => {
    renameSync(join(desk.places.backupsFolder, `${id}.json`), join(desk.places.backupsFolder, 'elsewhere.txt'));
    return join(desk.places.backupsFolder, `${id}.sqlite`);
  }, 'backup-manifest-unreadable'));
  it('when there is no room for it', () => refused(() => undefined, 'restore-no-space', { freeBytes: () => 1_000 }));
  it.each([['another account', 'acct_2', 'test'], ['another mode', 'acct_1', 'live']])('when the ledger is of %s', (_, account, mode) => refused((desk) => {
    desk.work((database) => [['gateway_account', account], ['mode', mode]].forEach((pair) => database.run(setSetting, pair)));
    return undefined;
  }, 'backup-of-other-ledger'));

  it('also when that ledger is damaged: its own backups know whose it was', async () => {
    using folder = makeTemporaryFolder();
    using other = makeTemporaryFolder();
    const desk = deskIn(folder.path);
    await desk.backups.create('asked', unattended);
    writeFileSync(desk.places.ledgerFile, 'x'.repeat(40_000));
    const stranger = deskIn(other.path, 'acct_2');
    const { backup } = await stranger.backups.create('asked', unattended);
    await expect(desk.restore(join(stranger.places.backupsFolder, `${backup.id}.sqlite`))).rejects.toThrow(code('backup-of-other-ledger'));
  });
});

describe('a restore that was interrupted', () => {
  /** What is on the disk once everything is ready and before the swap. */
  async function readyToSwap(path: string) {
    const desk = deskIn(path);
    desk.work((database) => postSales(database, 'old', 5));
    const { backup } = await desk.backups.create('asked', unattended);
    desk.work((database) => postSales(database, 'new', 3));
    await desk.backups.create('asked', unattended);
    copyFileSync(join(desk.places.backupsFolder, `${backup.id}.sqlite`), `${desk.places.ledgerFile}.restoring`);
    return { desk, note: () => writeFileSync(join(path, 'restore.json'), JSON.stringify({ backup: backup.id, restoredAt: 1 })) };
  }

  it('before all was ready never was', async () => {
    using folder = makeTemporaryFolder();
    const { desk } = await readyToSwap(folder.path);
    expect(finishRestore(desk.places, silentLogger)).toEqual([]);
    expect(desk.work(entries)).toBe(8);
  });

  it('after that is finished at the next start, also when the log of the old ledger still lies there', async () => {
    using folder = makeTemporaryFolder();
    const { desk, note } = await readyToSwap(folder.path);
    const open = openDatabase({ file: desk.places.ledgerFile, logger: silentLogger });
    postSales(open, 'newest', 2);
    const log = readFileSync(`${desk.places.ledgerFile}-wal`);
    open.close();
    writeFileSync(`${desk.places.ledgerFile}-wal`, log);
    note();
    expect(finishRestore(desk.places, silentLogger)).toHaveLength(1);
    expect(desk.work(entries)).toBe(5);
    expect(await desk.verify()).toMatchObject({ isSound: true, entries: 5 });
    expect(existsSync(join(folder.path, 'restore.json'))).toBe(false);
  });

  it('between the swap and its end is ended', async () => {
    using folder = makeTemporaryFolder();
    const { desk, note } = await readyToSwap(folder.path);
    note();
    renameSync(`${desk.places.ledgerFile}.restoring`, desk.places.ledgerFile);
    expect(finishRestore(desk.places, silentLogger)).toHaveLength(1);
    expect(await desk.verify()).toMatchObject({ isSound: true, entries: 5 });
  });
});
