import { chmodSync, copyFileSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readMigrations } from '../database/migrate.ts';
import { openDatabase } from '../database/open-database.ts';
import { sql } from '../database/handles.ts';
import { createAuditLog } from '../audit/audit-log.ts';
import { createLedgerVerification } from '../ledger/ledger-verification.ts';
import { silentLogger } from '../platform/logger.ts';
import { migrationsFolder } from '../platform/resources.ts';
import { unattended, type WorkControl } from '../platform/work-control.ts';
import { postSales } from '../testing/small-books.ts';
import { openTemporaryDatabase, type TemporaryDatabase } from '../testing/temporary-database.ts';
import { createBackups, type BackupsDependencies } from './backups.ts';

const code = (expected: string) => expect.objectContaining({ code: expected });
const migrations = readMigrations(migrationsFolder('sqlite'));
const aDay = 86_400_000;
const start = Date.UTC(2026, 10, 18, 6);

function deskOf(ledger: TemporaryDatabase, more: Partial<BackupsDependencies> = {}) {
  const clock = { at: start, now: () => clock.at };
  const audit = createAuditLog({ clock });
  const books = { verify: (readable: Parameters<typeof createLedgerVerification>[0]['readable'], control: WorkControl) => createLedgerVerification({ readable, audit }).verify(control) };
  const folder = join(ledger.folder, 'backups');
  return { clock, folder, backups: createBackups({ ledgerFile: ledger.file, folder, clock, version: '9.9.9', logger: silentLogger, migrations, books, ...more }) };
}

/** Something goes wrong with the copy's bytes. */
function damage(file: string, change: (bytes: Buffer) => void): void {
  const bytes = readFileSync(file);
  change(bytes);
  writeFileSync(file, bytes);
}

describe('a backup', () => {
  it('is a whole, private copy with its description beside it', async () => {
    using ledger = openTemporaryDatabase();
    postSales(ledger.database, 'sale', 7);
    const { backups, folder } = deskOf(ledger);
    const { backup, pruned } = await backups.create('asked', unattended);
    expect(backup).toMatchObject({ id: '20261118T060000Z', createdAt: start, kind: 'asked', appVersion: '9.9.9', schemaVersion: migrations.at(-1)?.name, head: { sequence: 7, hash: expect.stringMatching(/^[0-9a-f]{64}$/) }, rows: { journal_entries: 7, posting_lines: 14 }, fault: null, leftBehindAt: null });
    expect(pruned).toEqual([]);
    expect(readdirSync(folder).toSorted()).toEqual(['20261118T060000Z.json', '20261118T060000Z.sqlite']);
    for (const name of readdirSync(folder)) expect(statSync(join(folder, name)).mode & 0o777, name).toBe(0o600);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(statSync(join(folder, '20261118T060000Z.sqlite')).size).toBe(backup.byteLength);
    expect(backups.list()).toEqual([backup]);
    expect(await backups.verify(undefined, unattended)).toEqual(backup);
    expect(readdirSync(folder)).toHaveLength(2);
  });

  it('is of one moment, also when others write while it is made', async () => {
    using ledger = openTemporaryDatabase();
    postSales(ledger.database, 'before', 3_000);
    const { backups } = deskOf(ledger);
    const other = openDatabase({ file: ledger.file, logger: silentLogger });
    let looks = 0;
    const control: WorkControl = { signal: unattended.signal, report: ({ note }) => { if (note.startsWith('Copying')) postSales(other, `during/${(looks += 1)}`, 50); } };
    const { backup } = await backups.create('asked', control);
    other.close();
    expect(looks).toBeGreaterThan(0);
    expect(backup).toMatchObject({ head: { sequence: 3_000 }, rows: { journal_entries: 3_000, posting_lines: 6_000 }, fault: null });
    expect(ledger.database.get(sql('test.count', 'SELECT count(*) AS count FROM journal_entries'))).toEqual({ count: 3_000 + looks * 50 });
  });

  it('of the same second gets a name of its own', async () => {
    using ledger = openTemporaryDatabase();
    const { backups } = deskOf(ledger);
    for (let count = 0; count < 3; count += 1) await backups.create('daily', unattended);
    expect(backups.list().map((backup) => backup.id)).toEqual(['20261118T060000Z-3', '20261118T060000Z-2', '20261118T060000Z']);
  });

  it('that is cancelled or killed leaves nothing that counts', async () => {
    using ledger = openTemporaryDatabase();
    postSales(ledger.database, 'sale', 10);
    const { backups, folder } = deskOf(ledger);
    const stop = new AbortController();
    await expect(backups.create('asked', { signal: stop.signal, report: () => stop.abort(new Error('enough')) })).rejects.toThrow('enough');
    expect(readdirSync(folder)).toEqual([]);
    writeFileSync(join(folder, '20261117T060000Z.partial'), 'half of a copy');
    expect(backups.list()).toEqual([]);
    await backups.create('asked', unattended);
    expect(readdirSync(folder)).toHaveLength(2);
  });

  it('is not begun when the disk has no room for it', async () => {
    using ledger = openTemporaryDatabase();
    const { backups, folder } = deskOf(ledger, { freeBytes: () => 1_000_000 });
    await expect(backups.create('asked', unattended)).rejects.toThrow(code('backup-no-space'));
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('thirty are kept', () => {
  it('of each kind, the newest; the oldest goes only after the new one was verified', async () => {
    using ledger = openTemporaryDatabase();
    const { backups, clock } = deskOf(ledger);
    await backups.create('asked', unattended);
    for (let day = 1; day <= 31; day += 1) {
      clock.at = start + day * aDay;
      const { pruned } = await backups.create('daily', unattended);
      expect(pruned).toEqual(day === 31 ? ['20261119T060000Z'] : []);
    }
    expect(backups.list().filter((backup) => backup.kind === 'daily')).toHaveLength(30);
    expect(backups.list().at(-1)).toMatchObject({ kind: 'asked' });
    clock.at = start - 3_650 * aDay; // the machine forgot what year it is
    expect(await backups.create('daily', unattended)).toMatchObject({ backup: { id: '20161120T060000Z' }, pruned: ['20261120T060000Z'] });
    ledger.database.connection.exec('DROP TRIGGER journal_entries_immutable_update');
    clock.at = start + 40 * aDay;
    await expect(backups.create('daily', unattended)).rejects.toThrow(code('backup-unsound'));
    expect(backups.list()).toHaveLength(31);
  });
});

describe('a backup that is verified again', () => {
  it.each([
    ['one byte of it changed', 'backup-file-altered', (file: string) => damage(file, (bytes) => void (bytes[bytes.length - 100] = (bytes.at(-100) ?? 0) ^ 1))],
    ['it was cut short', 'backup-file-altered', (file: string) => writeFileSync(file, readFileSync(file).subarray(0, 8_192))],
    ['it is gone', 'backup-file-missing', (file: string) => rmSync(file)],
  ])('says so when %s, and writes it down', async (_, fault, break_) => {
    using ledger = openTemporaryDatabase();
    postSales(ledger.database, 'sale', 5);
    const { backups, folder, clock } = deskOf(ledger);
    const { backup } = await backups.create('asked', unattended);
    break_(join(folder, `${backup.id}.sqlite`));
    clock.at += aDay;
    expect(await backups.verify(backup.id, unattended)).toMatchObject({ fault: { code: fault }, verifiedAt: start + aDay });
    expect(backups.list()[0]).toMatchObject({ fault: { code: fault } });
  });

  it('says so when its description was changed to fit other bytes', async () => {
    using ledger = openTemporaryDatabase();
    postSales(ledger.database, 'sale', 5);
    const { backups, folder } = deskOf(ledger);
    const { backup } = await backups.create('asked', unattended);
    const manifest = join(folder, `${backup.id}.json`);
    writeFileSync(manifest, readFileSync(manifest, 'utf8').replace('"sequence": 5', '"sequence": 4'));
    expect(await backups.verify(backup.id, unattended)).toMatchObject({ fault: { code: 'backup-manifest-differs' } });
  });

  it('of an older Daybook is brought up to date aside and left as it is', async () => {
    using ledger = openTemporaryDatabase();
    postSales(ledger.database, 'sale', 3);
    const { backups, folder } = deskOf(ledger);
    const { backup } = await backups.create('asked', unattended);
    const bytes = readFileSync(join(folder, `${backup.id}.sqlite`));
    const { backups: newer } = deskOf(ledger, { migrations: [...migrations, { name: '9999-of-tomorrow.sql', text: 'CREATE TABLE of_tomorrow (id INTEGER PRIMARY KEY) STRICT;', checksum: 'tomorrow' }] });
    expect(await newer.verify(backup.id, unattended)).toMatchObject({ fault: null });
    expect(readFileSync(join(folder, `${backup.id}.sqlite`)).equals(bytes)).toBe(true);
    expect(readdirSync(folder)).toHaveLength(2);
    const { backups: older } = deskOf(ledger, { migrations: migrations.slice(0, -1) });
    expect(await older.verify(backup.id, unattended)).toMatchObject({ fault: { code: 'database-newer' } });
  });

  it('that nobody knows is said to be unknown', async () => {
    using ledger = openTemporaryDatabase();
    await expect(deskOf(ledger).backups.verify(undefined, unattended)).rejects.toThrow(code('backup-unknown'));
  });
});

describe('what backups saw of the chain', () => {
  it('shows a ledger that was cut short or put back', async () => {
    using ledger = openTemporaryDatabase();
    postSales(ledger.database, 'sale', 5);
    const { backups, folder } = deskOf(ledger);
    await backups.create('daily', unattended);
    const old = join(ledger.folder, 'old.sqlite');
    copyFileSync(join(folder, '20261118T060000Z.sqlite'), old);
    postSales(ledger.database, 'more', 2);
    await backups.create('daily', unattended);
    const verify = (database: typeof ledger.database) => createLedgerVerification({ readable: database, anchors: backups.anchors }).verify(unattended);
    expect(await verify(ledger.database)).toMatchObject({ isSound: true });
    chmodSync(old, 0o600);
    const putBack = openDatabase({ file: old, logger: silentLogger });
    expect(await verify(putBack)).toMatchObject({ isSound: false, firstFault: { code: 'ledger-cut-short', subjectId: '7', message: expect.stringContaining('the backup of 2026-11-18 06:00 UTC') } });
    putBack.close();
    expect(existsSync(old)).toBe(true);
  });

  /** Takes rows out behind the guards' back. */
  function tamper(ledger: TemporaryDatabase, table: string, statement: string): void {
    const triggers = ledger.database.all<{ name: string; text: string }>(sql('test.triggers', `SELECT name, sql AS text FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = '${table}'`));
    for (const { name } of triggers) ledger.database.connection.exec(`DROP TRIGGER ${name}`);
    ledger.database.connection.exec(statement);
    for (const { text } of triggers) ledger.database.connection.exec(text);
  }

  async function withAuditRows() {
    const ledger = openTemporaryDatabase();
    postSales(ledger.database, 'sale', 5);
    const desk = deskOf(ledger);
    ledger.database.unitOfWork.run('test.audit', (database) => {
      for (const id of ['a', 'b', 'c']) createAuditLog({ clock: desk.clock }).append(database, { entity: 'contract', entityId: id, action: 'amend', actor: 'ana', diff: {} });
    });
    const { backup } = await desk.backups.create('daily', unattended);
    const verify = () => createLedgerVerification({ readable: ledger.database, audit: createAuditLog({ clock: desk.clock }), anchors: desk.backups.anchors }).verify(unattended);
    return { ...desk, ledger, backup, verify };
  }

  it('goes for the audit log and the log of months as well', async () => {
    const desk = await withAuditRows();
    using ledger = desk.ledger;
    expect(desk.backup).toMatchObject({ logHeads: { months: null, audit: { sequence: 3, hash: expect.stringMatching(/^[0-9a-f]{64}$/) } } });
    expect(await desk.verify()).toMatchObject({ isSound: true });
    tamper(ledger, 'audit_log', 'DELETE FROM audit_log WHERE sequence = 3');
    expect((await desk.verify()).firstFault).toMatchObject({ code: 'audit-log-cut-short', subjectId: 'audit/3', message: expect.stringContaining('the backup of 2026-11-18 06:00 UTC') });
  });

  it('keeps a ledger that was cut short out of the backups: the ones that still have it stay', async () => {
    const desk = await withAuditRows();
    using ledger = desk.ledger;
    tamper(ledger, 'audit_log', 'DELETE FROM audit_log WHERE sequence > 1');
    await expect(desk.backups.create('daily', unattended)).rejects.toThrow(code('backup-unsound'));
    await expect(desk.backups.create('asked', unattended)).rejects.toThrow(/audit-log-cut-short/);
    expect(desk.backups.list().map(({ id }) => id)).toEqual([desk.backup.id]);
  });

  it('keeps a ledger whose settings are not what a backup saw out of the backups', async () => {
    using desk = (await withAuditRows()).ledger;
    const { backups } = deskOf(desk);
    const set = (name: string, value: string): void => void desk.database.connection.prepare('INSERT INTO ledger_settings (name, value, set_at) VALUES (?, ?, 0) ON CONFLICT (name) DO UPDATE SET value = excluded.value').run(name, value);
    for (const [name, value] of [['gateway_account', 'acct_1'], ['mode', 'test'], ['functional_currency', 'usd'], ['reporting_time_zone', 'America/New_York']] as const) set(name, value);
    await backups.create('daily', unattended);
    const verify = async () => (await createLedgerVerification({ readable: desk.database, anchors: backups.anchors }).verify(unattended)).firstFault;
    expect(await verify()).toBeNull();
    for (const [name, value, was] of [['functional_currency', 'eur', 'usd'], ['reporting_time_zone', 'America/Toronto', 'America/New_York'], ['gateway_account', 'acct_2', 'acct_1'], ['mode', 'live', 'test']] as const) {
      set(name, value);
      expect(await verify()).toMatchObject({ code: 'ledger-setting-differs' });
      await expect(backups.create('daily', unattended)).rejects.toMatchObject({ code: 'backup-unsound', data: { fault: 'ledger-setting-differs' } });
      set(name, was);
    }
    expect(await verify()).toBeNull();
  });

  it('is as much as the manifest of an older Daybook says', async () => {
    const desk = await withAuditRows();
    using ledger = desk.ledger;
    const file = join(desk.folder, `${desk.backup.id}.json`);
    const { logHeads: _heads, ...older } = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
    writeFileSync(file, JSON.stringify(older));
    expect(await desk.backups.verify(desk.backup.id, unattended)).toMatchObject({ fault: null, head: { sequence: 5 } });
    expect(desk.backups.list()[0]).not.toHaveProperty('logHeads');
    tamper(ledger, 'audit_log', 'DELETE FROM audit_log WHERE sequence = 3');
    expect(await desk.verify()).toMatchObject({ isSound: true });
  });

  it('must be what its copy says', async () => {
    const desk = await withAuditRows();
    using _ledger = desk.ledger;
    const file = join(desk.folder, `${desk.backup.id}.json`);
    const manifest = JSON.parse(readFileSync(file, 'utf8')) as { logHeads: { months: null; audit: { sequence: number } } };
    writeFileSync(file, JSON.stringify({ ...manifest, logHeads: { ...manifest.logHeads, audit: { ...manifest.logHeads.audit, sequence: 2 } } }));
    expect(await desk.backups.verify(desk.backup.id, unattended)).toMatchObject({ fault: { code: 'backup-manifest-differs' } });
  });
});
