import { describe, expect, it } from 'vitest';
import { fixedClock } from '../../shared/calendar/clock.ts';
import { localDate } from '../../shared/calendar/local-date.ts';
import { minorUnits } from '../../shared/money/money.ts';
import { sql } from '../database/handles.ts';
import type { SqliteDatabase } from '../database/sqlite-database.ts';
import { idFromKey } from '../platform/ids.ts';
import { unattended } from '../platform/work-control.ts';
import { openTemporaryDatabase } from '../testing/temporary-database.ts';
import { accountCodes } from './account-codes.ts';
import { readChartOfAccounts } from './chart-of-accounts.ts';
import type { JournalEntryDraft } from './journal-entry.ts';
import { createJournal } from './journal.ts';
import { createAuditLog } from '../audit/audit-log.ts';
import { createLedgerVerification } from './ledger-verification.ts';

const journal = createJournal({ clock: fixedClock(Date.parse('2026-11-18T14:14:00Z')) });

const sale = (key: string, amount: number, on = '2026-11-02'): JournalEntryDraft => ({
  key, entryDate: localDate(on), kind: 'sale', sourceType: 'test', sourceId: key, memo: 'A sale',
  postings: [
    { accountCode: accountCodes.bank, direction: 'debit', amount: minorUnits(amount), currency: 'usd', functionalAmount: minorUnits(amount), rate: null, partyId: null },
    { accountCode: accountCodes.oneOffRevenue, direction: 'credit', amount: minorUnits(amount), currency: 'usd', functionalAmount: minorUnits(amount), rate: null, partyId: null },
  ],
});

const post = (database: SqliteDatabase, ...drafts: JournalEntryDraft[]) => database.unitOfWork.run('test', (writable) => journal.post(writable, drafts));
const verify = (database: SqliteDatabase) => createLedgerVerification({ readable: database }).verify(unattended);

describe('the chart', () => {
  it('holds exactly the accounts that code names', () => {
    expect(readChartOfAccounts().map((account) => account.code).sort()).toEqual(Object.values(accountCodes).sort());
  });
});

describe('posting', () => {
  it('numbers without a gap and chains the hashes', async () => {
    using ledger = openTemporaryDatabase();
    expect(post(ledger.database, sale('a', 100), sale('b', 200)).posted).toEqual(['a', 'b']);
    post(ledger.database, sale('c', 300));
    const rows = ledger.database.all<{ ledger_sequence: number; id: string; previous_hash: string; hash: string }>(sql('t', 'SELECT ledger_sequence, id, previous_hash, hash FROM journal_entries ORDER BY ledger_sequence'));
    expect(rows.map((row) => [row.ledger_sequence, row.id])).toEqual([[1, idFromKey('a')], [2, idFromKey('b')], [3, idFromKey('c')]]);
    expect(rows.map((row) => row.previous_hash)).toEqual(['0'.repeat(64), rows[0]?.hash, rows[1]?.hash]);
    expect(await verify(ledger.database)).toMatchObject({ isSound: true, entries: 3, postings: 6, headHash: rows[2]?.hash, firstFault: null });
  });

  it('takes the same entry once, even twice in one call', () => {
    using ledger = openTemporaryDatabase();
    expect(post(ledger.database, sale('a', 100), sale('a', 100))).toEqual({ posted: ['a'], unchanged: ['a'], refused: [] });
    expect(post(ledger.database, sale('a', 100))).toEqual({ posted: [], unchanged: ['a'], refused: [] });
  });

  it('posts nothing when the same key says something else, and raises one review item', () => {
    using ledger = openTemporaryDatabase();
    post(ledger.database, sale('a', 100));
    expect(post(ledger.database, sale('a', 101)).refused).toEqual(['a']);
    post(ledger.database, sale('a', 101));
    expect(ledger.database.all(sql('t', 'SELECT code, subject_id FROM review_items'))).toEqual([{ code: 'entry-input-changed', subject_id: 'a' }]);
    expect(ledger.database.get(sql('t2', 'SELECT count(*) AS count FROM journal_entries'))).toEqual({ count: 1 });
  });

  it('stands or falls with the caller’s transaction', () => {
    using ledger = openTemporaryDatabase();
    expect(() => ledger.database.unitOfWork.run('test', (writable) => {
      journal.post(writable, [sale('a', 100)]);
      throw new Error('afterwards');
    })).toThrow('afterwards');
    expect(ledger.database.get(sql('t', 'SELECT count(*) AS count FROM journal_entries'))).toEqual({ count: 0 });
    expect(post(ledger.database, sale('a', 100)).posted).toEqual(['a']);
  });

  it('moves what belongs to a closed month, or to one before it, to the first day of the first open one, as the same entry', () => {
    using ledger = openTemporaryDatabase();
    for (const month of ['2026-09', '2026-10']) ledger.database.run(sql('close', "INSERT INTO ledger_periods VALUES (?, 'closed', 0, 'test')"), [month]);
    post(ledger.database, sale('a', 100, '2026-09-15'), sale('b', 100, '2026-08-31'));
    expect(ledger.database.all(sql('t', 'SELECT entry_date, concerns_month FROM journal_entries ORDER BY ledger_sequence'))).toEqual([{ entry_date: '2026-11-01', concerns_month: '2026-09' }, { entry_date: '2026-11-01', concerns_month: '2026-08' }]);
    expect(post(ledger.database, sale('a', 100, '2026-09-15')).unchanged).toEqual(['a']);
  });
});

describe('the verification', () => {
  // The file is changed behind the triggers' back, as someone with an editor would.
  const tamper = (database: SqliteDatabase, statement: string): void => {
    for (const trigger of ['journal_entries_immutable_update', 'journal_entries_immutable_delete', 'postings_immutable_update', 'postings_immutable_delete', 'postings_only_before_their_entry']) database.connection.exec(`DROP TRIGGER ${trigger}`);
    database.connection.pragma('foreign_keys = OFF');
    database.connection.exec(statement);
  };
  it.each([
    ['a memo was changed', "UPDATE journal_entries SET memo = 'x' WHERE ledger_sequence = 2", 'entry-hash-wrong', 'b'],
    ['an amount was changed on both sides', 'UPDATE posting_lines SET amount_minor = 7, functional_amount_minor = 7 WHERE ledger_sequence = 2', 'entry-hash-wrong', 'b'],
    ['one side was changed', 'UPDATE posting_lines SET amount_minor = 7 WHERE line_number = 1 AND ledger_sequence = 2', 'entry-unbalanced', 'b'],
    ['a functional amount was changed', 'UPDATE posting_lines SET functional_amount_minor = 7 WHERE line_number = 1 AND ledger_sequence = 2', 'entry-functional-unbalanced', 'b'],
    ['an entry was taken out', 'DELETE FROM journal_entries WHERE ledger_sequence = 2', 'ledger-sequence-gap', 'c'],
    ['a hash was replaced', "UPDATE journal_entries SET hash = 'x' WHERE ledger_sequence = 2", 'entry-hash-wrong', 'b'],
    ['the chain was cut', "UPDATE journal_entries SET previous_hash = 'x' WHERE ledger_sequence = 3", 'chain-broken', 'c'],
    ['an entry stands before the first one', "DROP TRIGGER journal_entries_must_balance; DROP TRIGGER journal_entries_not_in_closed_month; INSERT INTO journal_entries SELECT -5, id || '-', entry_date, recorded_at, kind, source_type, source_id, 'z', input_hash, NULL, NULL, memo, previous_hash, hash FROM journal_entries WHERE ledger_sequence = 1", 'ledger-sequence-gap', null],
    ['an id was exchanged', "UPDATE journal_entries SET idempotency_key = 'z' WHERE ledger_sequence = 3", 'entry-id-wrong', 'c'],
    ['a posting was moved to an account outside the chart', "UPDATE posting_lines SET account_code = '0000-none' WHERE ledger_sequence = 3", 'account-unknown', 'c'],
    ['a first line was taken out', 'DELETE FROM posting_lines WHERE line_number = 1 AND ledger_sequence = 1', 'posting-line-missing', 'a'],
  ])('finds that %s', async (_, statement, code, key) => {
    using ledger = openTemporaryDatabase();
    post(ledger.database, sale('a', 100), sale('b', 200), sale('c', 300));
    tamper(ledger.database, statement);
    expect((await verify(ledger.database)).firstFault).toMatchObject({ code, subjectId: key === null ? '-5' : idFromKey(key) });
  });

  it('finds postings without an entry and a cache that lies', async () => {
    using ledger = openTemporaryDatabase();
    post(ledger.database, sale('a', 100));
    ledger.database.run(sql('lie', "INSERT INTO balance_daily_totals VALUES ('2026-11-01', 'usd', 'charge', 'payment', 1, 1, 0, 1)"));
    expect((await verify(ledger.database)).firstFault).toMatchObject({ code: 'daily-totals-differ', subjectId: '2026-11-01/usd/charge' });
    tamper(ledger.database, "INSERT INTO posting_lines VALUES (77, 1, '1000-bank', 'debit', 1, 'usd', 1, NULL, NULL)");
    expect((await verify(ledger.database)).firstFault).toMatchObject({ code: 'posting-without-entry', subjectId: '77' });
  });

  it.each([
    ['a sum that was changed', "UPDATE account_daily_totals SET debit_minor = debit_minor + 1 WHERE account_code = '1000-bank'", '2026-11-02/1000-bank/usd'],
    ['a count that was changed', "UPDATE account_daily_totals SET entries = 9 WHERE account_code = '' AND currency = ''", '2026-11-02//'],
    ['a day without entries', "INSERT INTO account_daily_totals VALUES ('1000-bank', 'usd', '2026-12-24', 1, 0, 1, 1)", '2026-12-24/1000-bank/usd'],
    ['a day that is missing', "DELETE FROM account_daily_totals WHERE account_code = '1000-bank' AND currency = 'usd'", '2026-11-02/1000-bank/usd'],
    ['a mark that was moved back', 'UPDATE account_totals_mark SET ledger_sequence = 1', '2026-11-02//'],
    ['a mark behind the last entry', 'UPDATE account_totals_mark SET ledger_sequence = 3', '3'],
  ])('finds in the totals of the accounts %s', async (_, statement, subjectId) => {
    using ledger = openTemporaryDatabase();
    post(ledger.database, sale('a', 100), sale('b', 200));
    ledger.database.connection.exec(statement);
    expect((await verify(ledger.database)).firstFault).toMatchObject({ code: 'account-totals-differ', subjectId });
  });

  it('finds nothing wrong where a job was killed before the totals of its last entries were kept', async () => {
    using ledger = openTemporaryDatabase();
    post(ledger.database, sale('a', 100));
    ledger.database.unitOfWork.run('test', (writable) => createJournal({ clock: fixedClock(0) }).postPrepared(writable, journal.prepare([sale('b', 200), sale('c', 300)]), true));
    expect(ledger.database.get(sql('test.mark', 'SELECT ledger_sequence AS mark FROM account_totals_mark'))).toEqual({ mark: 1 });
    expect(await verify(ledger.database)).toMatchObject({ isSound: true, entries: 3 });
    ledger.database.run(sql('test.lie', "UPDATE account_daily_totals SET debit_minor = debit_minor + 1 WHERE account_code = '1000-bank'"), []);
    expect((await verify(ledger.database)).firstFault).toMatchObject({ code: 'account-totals-differ', subjectId: '2026-11-02/1000-bank/usd' });
  });

  it.each([
    ['a guard that was taken away', 'DROP TRIGGER postings_immutable_update', 'guard-missing', 'postings_immutable_update'],
    ['a guard that stands under its name and lets everything through', 'DROP TRIGGER postings_immutable_update; CREATE TRIGGER postings_immutable_update BEFORE UPDATE ON posting_lines WHEN 0 BEGIN SELECT 1; END', 'guard-differs', 'postings_immutable_update'],
    ['a trigger that leaves an entry out without a word', "CREATE TRIGGER helpful BEFORE INSERT ON journal_entries WHEN NEW.source_id = 'x' BEGIN SELECT RAISE(IGNORE); END", 'guard-unknown', 'helpful'],
    ['such a trigger on a table that is spelled otherwise', "CREATE TRIGGER helpful BEFORE INSERT ON Journal_Entries WHEN NEW.source_id = 'x' BEGIN SELECT RAISE(IGNORE); END", 'guard-unknown', 'helpful'],
    ['a trigger that changes facts before they are posted', 'CREATE TRIGGER helpful AFTER INSERT ON stripe_balance_transactions BEGIN UPDATE stripe_balance_transactions SET fee_minor = 0 WHERE id = NEW.id; END', 'guard-unknown', 'helpful'],
    ['a unique index that leaves out the second of two facts', 'CREATE UNIQUE INDEX helpful ON unposted_facts (occurred_at)', 'schema-differs', 'helpful'],
    ['an index that was taken away', 'DROP INDEX journal_entries_reversed_once', 'schema-differs', 'journal_entries_reversed_once'],
    ['a table that lost a check', "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql, 'CHECK (amount_minor > 0)', '') WHERE name = 'posting_lines'", 'schema-differs', 'posting_lines'],
    ['a table that takes one account for another', "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql, 'account_code TEXT', 'account_code TEXT COLLATE NOCASE') WHERE name = 'posting_lines'", 'schema-differs', 'posting_lines'],
    ['a view that doubles what it reads', "DROP VIEW postings; CREATE VIEW postings AS SELECT e.id AS entry_id, p.line_number, p.account_code, p.direction, 2 * p.amount_minor AS amount_minor, p.currency, p.functional_amount_minor, p.rate, p.party_id, p.ledger_sequence FROM posting_lines AS p JOIN journal_entries AS e ON e.ledger_sequence = p.ledger_sequence", 'view-differs', 'postings'],
    ['a view that was taken away', 'DROP VIEW postings', 'view-differs', 'postings'],
    ['an account that changed its side', "UPDATE accounts SET normal_side = 'credit' WHERE code = '1000-bank'", 'account-differs', '1000-bank'],
    ['an account that became another kind', "UPDATE accounts SET type = 'revenue' WHERE code = '1000-bank'", 'account-differs', '1000-bank'],
    ['an account that took another name', "UPDATE accounts SET name = 'Petty cash' WHERE code = '1000-bank'", 'account-differs', '1000-bank'],
  ])('finds %s', async (_, statement, code, subjectId) => {
    using ledger = openTemporaryDatabase();
    post(ledger.database, sale('a', 100));
    expect(await verify(ledger.database)).toMatchObject({ isSound: true });
    ledger.database.connection.unsafeMode(true); // as whoever has an editor may write the schema itself
    ledger.database.connection.exec(statement);
    expect((await verify(ledger.database)).firstFault).toMatchObject({ code, subjectId });
  });

  it('minds neither an index nor a table that somebody added for queries of their own', async () => {
    using ledger = openTemporaryDatabase();
    post(ledger.database, sale('a', 100));
    ledger.database.connection.exec('CREATE INDEX mine ON journal_entries (memo); CREATE TABLE my_notes (note TEXT); CREATE VIEW my_view AS SELECT 1; ANALYZE');
    expect(await verify(ledger.database)).toMatchObject({ isSound: true });
  });

  it.each([
    ['changed', "UPDATE audit_log SET diff = '{\"total\":2}' WHERE sequence = 1", 'invoice/i1'],
    ['taken out', 'DELETE FROM audit_log WHERE sequence = 1', 'invoice/i2'],
  ])('finds a row of the audit log that was %s', async (_, statement, subjectId) => {
    using ledger = openTemporaryDatabase();
    const audit = createAuditLog({ clock: fixedClock(0) });
    ledger.database.unitOfWork.run('test', (writable) => {
      for (const entityId of ['i1', 'i2']) audit.append(writable, { entity: 'invoice', entityId, action: 'finalise', actor: 'amara', diff: { total: 1 } });
    });
    const verifyAll = () => createLedgerVerification({ readable: ledger.database, audit }).verify(unattended);
    expect(await verifyAll()).toMatchObject({ isSound: true });
    const trigger = statement.startsWith('UPDATE') ? 'audit_log_is_append_only_update' : 'audit_log_is_append_only_delete';
    const { text } = ledger.database.get<{ text: string }>(sql('test.trigger', 'SELECT sql AS text FROM sqlite_schema WHERE name = ?'), [trigger])!;
    for (const step of [`DROP TRIGGER ${trigger}`, statement, text]) ledger.database.connection.exec(step);
    expect((await verifyAll()).firstFault).toMatchObject({ code: 'audit-chain-broken', subjectId });
  });

  it('can be cancelled', async () => {
    using ledger = openTemporaryDatabase();
    await expect(createLedgerVerification({ readable: ledger.database }).verify({ signal: AbortSignal.abort(new Error('stop')), report() {} })).rejects.toThrow('stop');
  });
});
