import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fixedClock } from '../../shared/calendar/clock.ts';
import { silentLogger, type LogFields } from '../platform/logger.ts';
import { openTemporaryDatabase } from '../testing/temporary-database.ts';
import { createCommandLog } from './command-log.ts';
import { readTogether, sql } from './handles.ts';
import { migrateDatabase, readMigrations, type Migration } from './migrate.ts';
import { openDatabase } from './open-database.ts';

const code = (expected: string) => expect.objectContaining({ code: expected });
const makeNotes: Migration = { name: '0001-notes.sql', text: 'CREATE TABLE notes (id INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT;', checksum: 'a' };
const addMark: Migration = { name: '0002-mark.sql', text: "ALTER TABLE notes ADD COLUMN mark TEXT NOT NULL DEFAULT '';", checksum: 'b' };
const insertNote = sql('test.insert', 'INSERT INTO notes (body) VALUES (?)');
const listNotes = sql('test.list', 'SELECT body FROM notes ORDER BY id');

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'daybook-database-'));
  file = join(folder, 'ledger.sqlite');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('migrations go forward only', () => {
  it('apply once, and the file is copied aside before a later one changes it', () => {
    const database = openDatabase({ file, logger: silentLogger });
    expect(migrateDatabase(database, [makeNotes], 1)).toEqual(['0001-notes.sql']);
    database.run(insertNote, ['kept']);
    expect(migrateDatabase(database, [makeNotes, addMark], 2)).toEqual(['0002-mark.sql']);
    expect(migrateDatabase(database, [makeNotes, addMark], 3)).toEqual([]);
    expect(database.all(listNotes)).toEqual([{ body: 'kept' }]);
    database.close();
    const copy = openDatabase({ file: `${file}.before-migration-1`, logger: silentLogger, isReadOnly: true });
    expect(copy.all(listNotes)).toEqual([{ body: 'kept' }]);
    copy.close();
  });

  it('a copy that a kill left half done does not pass for the ledger as it was', () => {
    const database = openDatabase({ file, logger: silentLogger });
    migrateDatabase(database, [makeNotes], 1);
    database.run(insertNote, ['kept']);
    writeFileSync(`${file}.before-migration-1.partial`, 'half of a');
    migrateDatabase(database, [makeNotes, addMark], 2);
    database.close();
    const copy = openDatabase({ file: `${file}.before-migration-1`, logger: silentLogger, isReadOnly: true });
    expect(copy.all(listNotes)).toEqual([{ body: 'kept' }]);
    copy.close();
    expect(readdirSync(folder).filter((name) => name.endsWith('.partial'))).toEqual([]);
  });
  it('a file of a newer Daybook is refused and left as it was', () => {
    const database = openDatabase({ file, logger: silentLogger });
    migrateDatabase(database, [makeNotes, addMark], 1);
    database.close();
    const before = readFileSync(file);
    const older = openDatabase({ file, logger: silentLogger });
    expect(() => migrateDatabase(older, [makeNotes], 2)).toThrow(code('database-newer'));
    older.close();
    expect(readFileSync(file).equals(before)).toBe(true);
  });
  it('a step that was changed after it was applied is refused', () => {
    const database = openDatabase({ file, logger: silentLogger });
    migrateDatabase(database, [makeNotes], 1);
    expect(() => migrateDatabase(database, [{ ...makeNotes, checksum: 'other' }], 2)).toThrow(code('migration-changed'));
    database.close();
  });
  it('a step that fails leaves nothing of itself', () => {
    const database = openDatabase({ file, logger: silentLogger });
    const broken: Migration = { name: '0002-broken.sql', text: 'CREATE TABLE half (id INTEGER) STRICT; CREATE TABLE notes (id INTEGER) STRICT;', checksum: 'c' };
    migrateDatabase(database, [makeNotes], 1);
    expect(() => migrateDatabase(database, [makeNotes, broken], 2)).toThrow(code('database-error'));
    expect(database.all(sql('test.tables', "SELECT name FROM sqlite_master WHERE name = 'half'"))).toEqual([]);
    database.close();
  });
  it('checksums do not depend on the line endings of a checkout', () => {
    const unix = join(folder, 'unix');
    const windows = join(folder, 'windows');
    for (const [place, text] of [[unix, 'SELECT 1;\nSELECT 2;\n'], [windows, 'SELECT 1;\r\nSELECT 2;\r\n']] as const) {
      mkdirSync(place);
      writeFileSync(join(place, '0001-same.sql'), text);
    }
    expect(readMigrations(windows)).toEqual(readMigrations(unix));
    expect(readMigrations(unix)).toHaveLength(1);
  });
});

describe('the file', () => {
  it('is readable by its owner only', () => {
    openDatabase({ file, logger: silentLogger }).close();
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });
  it('that is not a ledger is refused with a next step, and not touched', () => {
    writeFileSync(file, 'Dear diary, this is no database at all. '.repeat(100));
    const before = readFileSync(file);
    expect(() => openDatabase({ file, logger: silentLogger })).toThrow(code('database-corrupt'));
    expect(readFileSync(file).equals(before)).toBe(true);
  });
  it('in a folder that does not exist is said to be unreachable', () => {
    expect(() => openDatabase({ file: join(folder, 'nowhere', 'ledger.sqlite'), logger: silentLogger })).toThrow(code('database-unreachable'));
    expect(existsSync(join(folder, 'nowhere'))).toBe(false);
  });
  it('on a full disk keeps what was saved and undoes the step', () => {
    const database = openDatabase({ file, logger: silentLogger });
    migrateDatabase(database, [makeNotes], 1);
    database.run(insertNote, ['before']);
    const pages = Number(database.connection.pragma('page_count', { simple: true }));
    database.connection.pragma(`max_page_count = ${pages + 2}`);
    expect(() => database.transaction('fill', (writable) => {
      for (let row = 0; row < 1_000; row += 1) writable.run(insertNote, ['x'.repeat(1_000)]);
    })).toThrow(code('disk-full'));
    expect(database.all(listNotes)).toEqual([{ body: 'before' }]);
    database.connection.pragma(`max_page_count = ${pages + 1_000}`);
    database.run(insertNote, ['after']);
    expect(database.all(listNotes)).toEqual([{ body: 'before' }, { body: 'after' }]);
    database.close();
  });
});

describe('bulk work on a disk that fills', () => {
  it('fails with what it failed with, and what was saved stands', async () => {
    const database = openDatabase({ file, logger: silentLogger });
    migrateDatabase(database, [makeNotes], 1);
    const pages = Number(database.connection.pragma('page_count', { simple: true }));
    database.connection.pragma(`max_page_count = ${pages + 2}`);
    await expect(database.durability.relaxWhile(async () => {
      database.run(insertNote, ['before']);
      for (let row = 0; row < 1_000; row += 1) database.run(insertNote, ['x'.repeat(1_000)]);
    })).rejects.toThrow(code('disk-full'));
    expect(database.all<{ body: string }>(listNotes)[0]).toEqual({ body: 'before' });
    expect(database.connection.pragma('synchronous', { simple: true })).toBe(2);
    database.close();
  });
});

describe('bulk work within bulk work', () => {
  it('ends with the whole: only then is every commit forced to disk again, also when the inner one fails', async () => {
    const database = openDatabase({ file, logger: silentLogger });
    const forced = (): unknown => database.connection.pragma('synchronous', { simple: true });
    const told: unknown[] = [forced()];
    await database.durability.relaxWhile(async () => {
      await database.durability.relaxWhile(async () => void told.push(forced()));
      await expect(database.durability.relaxWhile(() => Promise.reject(new Error('stopped')))).rejects.toThrow('stopped');
      told.push(forced(), database.connection.pragma('wal_autocheckpoint', { simple: true }));
    });
    told.push(forced(), database.connection.pragma('wal_autocheckpoint', { simple: true }));
    expect(told).toEqual([2, 1, 1, 65_536, 2, 1_000]);
    database.close();
  });
});

describe('bulk work that keeps more pages', () => {
  it('keeps them while it runs, and gives them up when it has ended or failed', async () => {
    const database = openDatabase({ file, logger: silentLogger });
    const kept = (): unknown => database.connection.pragma('cache_size', { simple: true });
    const told: unknown[] = [kept()];
    await database.durability.relaxWhile(async () => database.durability.relaxWhile(async () => void told.push(kept()), 1), 262_144);
    await expect(database.durability.relaxWhile(() => Promise.reject(new Error('stopped')), 262_144)).rejects.toThrow('stopped');
    told.push(kept());
    expect(told).toEqual([-65_536, -262_144, -65_536]);
    database.close();
  });
});

describe('a unit of work', () => {
  it('rolls back as a whole, and joins when nested', () => {
    using ledger = openTemporaryDatabase();
    const { database } = ledger;
    database.connection.exec('CREATE TABLE notes (id INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT');
    expect(() => database.unitOfWork.run('outer', (writable) => {
      writable.run(insertNote, ['outer']);
      database.unitOfWork.run('inner', (inner) => void inner.run(insertNote, ['inner']));
      throw new Error('pulled the plug');
    })).toThrow('pulled the plug');
    expect(database.all(listNotes)).toEqual([]);
  });
});

describe('the journal’s tables', () => {
  const posting = sql('test.posting', "INSERT INTO posting_lines (ledger_sequence, line_number, account_code, direction, amount_minor, currency, functional_amount_minor) VALUES (?, ?, 'a', ?, ?, ?, ?)");
  const entry = sql('test.entry', "INSERT INTO journal_entries (ledger_sequence, id, entry_date, recorded_at, kind, source_type, source_id, idempotency_key, input_hash, memo, previous_hash, hash) VALUES (?, ?, '2026-10-31', 0, 'k', 's', 's', ?, 'h', '', '', '')");
  function withAccount() {
    const ledger = openTemporaryDatabase();
    ledger.database.connection.exec("INSERT INTO accounts VALUES ('a', 'A', 'asset', 'debit', '')");
    return ledger;
  }
  it('refuse an entry that does not balance in every currency', () => {
    using ledger = withAccount();
    const { database } = ledger;
    expect(() => database.transaction('unbalanced', (writable) => {
      writable.run(posting, [1, 1, 'debit', 100, 'usd', 100]);
      writable.run(posting, [1, 2, 'credit', 100, 'eur', 100]);
      writable.run(entry, [1, 'e1', 'key-1']);
    })).toThrow(code('entry-unbalanced'));
    expect(() => database.transaction('empty', (writable) => void writable.run(entry, [2, 'e2', 'key-2']))).toThrow(code('entry-without-postings'));
    expect(() => database.transaction('orphan', (writable) => void writable.run(posting, [3, 1, 'debit', 100, 'usd', 100]))).toThrow(code('constraint-violated'));
  });
  it('are append-only, also for REPLACE', () => {
    using ledger = withAccount();
    const { database } = ledger;
    database.transaction('balanced', (writable) => {
      writable.run(posting, [1, 1, 'debit', 100, 'usd', 100]);
      writable.run(posting, [1, 2, 'credit', 100, 'usd', 100]);
      writable.run(entry, [1, 'e1', 'key-1']);
    });
    expect(() => database.run(posting, [1, 3, 'debit', 1, 'usd', 1])).toThrow(code('entry-already-posted'));
    for (const statement of ['UPDATE posting_lines SET amount_minor = 1', 'DELETE FROM posting_lines']) expect(() => database.run(sql('test.break', statement))).toThrow(code('posting-immutable'));
    for (const statement of ["UPDATE journal_entries SET memo = 'x'", 'DELETE FROM journal_entries']) expect(() => database.run(sql('test.break', statement))).toThrow(code('entry-immutable'));
    expect(() => database.run(sql('test.replace', "REPLACE INTO journal_entries SELECT * FROM journal_entries"))).toThrow(code('entry-immutable'));
  });
});

describe('a command', () => {
  it('sent twice runs once and answers the same; with other input it is refused', async () => {
    using ledger = openTemporaryDatabase();
    const commands = createCommandLog(ledger.database, fixedClock(1));
    let runs = 0;
    const work = () => ({ runs: (runs += 1) });
    const command = { commandId: '0192f0c4-0000-7000-8000-000000000001', note: 'first' };
    const answers = await Promise.all([commands.once('test.add', command, work), commands.once('test.add', command, work)]);
    expect(answers).toEqual([{ runs: 1 }, { runs: 1 }]);
    await expect(commands.once('test.add', { ...command, note: 'second' }, work)).rejects.toThrow(code('command-reused'));
    expect(runs).toBe(1);
  });
  it('that fails is not remembered', async () => {
    using ledger = openTemporaryDatabase();
    const commands = createCommandLog(ledger.database, fixedClock(1));
    const command = { commandId: '0192f0c4-0000-7000-8000-000000000002' };
    await expect(commands.once('test.fail', command, () => Promise.reject(new Error('no network')))).rejects.toThrow('no network');
    expect(await commands.once('test.fail', command, () => 'done')).toBe('done');
  });
});

describe('a slow statement', () => {
  it('is logged by its name, without its values', () => {
    const lines: [string, LogFields | undefined][] = [];
    const database = openDatabase({ file, logger: { ...silentLogger, warn: (event, fields) => void lines.push([event, fields]) } });
    database.get(sql('test.slow', 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000000) SELECT sum(i) + ? AS total FROM n'), [4242]);
    expect(lines).toEqual([['slow-statement', { statement: 'test.slow', elapsedMs: expect.any(Number) }]]);
    database.close();
  });
});

describe('reads that belong together', () => {
  it('see one moment, whoever writes meanwhile, and leave the file free behind them, also when they fail', () => {
    const one = openDatabase({ file, logger: silentLogger });
    migrateDatabase(one, [makeNotes], 1);
    const other = openDatabase({ file, logger: silentLogger });
    one.run(insertNote, ['before']);
    const seen = readTogether(one, () => {
      const first = one.all(listNotes);
      other.run(insertNote, ['meanwhile']);
      return [first, one.all(listNotes)];
    });
    expect(seen).toEqual([[{ body: 'before' }], [{ body: 'before' }]]);
    expect(() => readTogether(one, () => { throw new Error('of the reader'); })).toThrow('of the reader');
    expect(one.all(listNotes)).toEqual([{ body: 'before' }, { body: 'meanwhile' }]);
    // Within a transaction they belong to it.
    one.transaction('test', (writable) => {
      writable.run(insertNote, ['own']);
      expect(readTogether(writable, () => writable.all(listNotes))).toHaveLength(3);
    });
    expect(other.all(listNotes)).toHaveLength(3);
    other.close();
    one.close();
  });
});
