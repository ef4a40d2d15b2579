import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fixedClock } from '../../shared/calendar/clock.ts';
import { localDate } from '../../shared/calendar/local-date.ts';
import { minorUnits } from '../../shared/money/money.ts';
import { sql } from '../database/handles.ts';
import { migrateDatabase, readMigrations } from '../database/migrate.ts';
import { openDatabase } from '../database/open-database.ts';
import type { SqliteDatabase } from '../database/sqlite-database.ts';
import { idFromKey } from '../platform/ids.ts';
import { silentLogger } from '../platform/logger.ts';
import { migrationsFolder } from '../platform/resources.ts';
import { unattended } from '../platform/work-control.ts';
import { accountCodes } from './account-codes.ts';
import { readChartOfAccounts } from './chart-of-accounts.ts';
import { inputHashOf, reversalOf, type JournalEntryDraft } from './journal-entry.ts';
import { ensureAccounts, type JournalEntryRow } from './journal.repository.ts';
import { createJournal } from './journal.ts';
import { createLedgerVerification } from './ledger-verification.ts';
import { chainStart, hashOfEntry } from './sealing.ts';

/** A payment in yen or dollars through two currencies, as the posting rules make them. */
function draftOf(number: number): JournalEntryDraft {
  const posting = (accountCode: string, direction: 'debit' | 'credit', amount: number, currency: string, functional: number) => ({ accountCode, direction, amount: minorUnits(amount), currency, functionalAmount: minorUnits(functional), rate: currency === 'usd' ? null : '0.0067', partyId: number % 3 === 0 ? `cus_${number}` : null });
  const dollars = 100 + number;
  const postings = number % 2 === 0
    ? [posting(accountCodes.stripeClearing, 'debit', dollars, 'usd', dollars), posting(accountCodes.receivable, 'credit', dollars, 'usd', dollars)]
    : [posting(accountCodes.stripeClearing, 'debit', dollars, 'usd', dollars), posting(accountCodes.currencyConversion, 'credit', dollars, 'usd', dollars), posting(accountCodes.currencyConversion, 'debit', 15_000, 'jpy', 100), posting(accountCodes.receivable, 'credit', 15_000, 'jpy', 100)];
  return { key: `payment/${number}`, entryDate: localDate('2026-10-31'), kind: 'payment', sourceType: 'test', sourceId: `p${number}`, memo: `Zahlung „${number}“ "quoted" \\ 😀`, postings };
}

/** Entries as the version before wrote them: postings by the entry's id. */
function fillAsBefore(database: SqliteDatabase, drafts: readonly JournalEntryDraft[]): void {
  ensureAccounts(database, readChartOfAccounts());
  const insertPosting = sql('before.posting', 'INSERT INTO postings VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)');
  const insertEntry = sql('before.entry', 'INSERT INTO journal_entries VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)');
  let previousHash = chainStart;
  for (const [index, draft] of drafts.entries()) {
    const row: Omit<JournalEntryRow, 'hash'> = {
      ledger_sequence: index + 1, id: idFromKey(draft.key), entry_date: draft.entryDate, recorded_at: 5, kind: draft.kind, source_type: draft.sourceType, source_id: draft.sourceId, idempotency_key: draft.key, input_hash: inputHashOf(draft),
      reverses_entry_id: draft.reversesEntryId ?? null, concerns_month: null, memo: draft.memo, previous_hash: previousHash,
    };
    previousHash = hashOfEntry(row, draft.postings);
    for (const [line, posting] of draft.postings.entries()) database.run(insertPosting, [row.id, line + 1, posting.accountCode, posting.direction, posting.amount, posting.currency, posting.functionalAmount, posting.rate, posting.partyId]);
    database.run(insertEntry, [
      row.ledger_sequence, row.id, row.entry_date, row.recorded_at, row.kind, row.source_type, row.source_id, row.idempotency_key, row.input_hash, row.reverses_entry_id, row.concerns_month, row.memo, row.previous_hash, previousHash,
    ]);
  }
}

describe('a ledger of the version before', () => {
  it('keeps its books, its chain and its guards when its postings are put in the order of the chain', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'daybook-'));
    const database = openDatabase({ file: join(folder, 'ledger.sqlite'), logger: silentLogger });
    try {
      const migrations = readMigrations(migrationsFolder('sqlite'));
      migrateDatabase(database, migrations.filter(({ name }) => name < '0010'), 0);
      const drafts = Array.from({ length: 70 }, (_, number) => draftOf(number));
      const [first] = drafts;
      if (!first) throw new Error('There are no drafts.');
      drafts.push(reversalOf(first, idFromKey(first.key), { key: 'reversal/0', entryDate: first.entryDate, kind: 'reversal', memo: 'Taken back' }));
      database.transaction('fill', () => fillAsBefore(database, drafts));
      const books = sql('test.books', 'SELECT e.*, p.line_number, p.account_code, p.direction, p.amount_minor, p.currency, p.functional_amount_minor, p.rate, p.party_id FROM journal_entries e JOIN postings p ON p.entry_id = e.id ORDER BY e.ledger_sequence, p.line_number');
      const before = database.all(books);

      expect(migrateDatabase(database, migrations, 1)).toContain('0010-postings-by-sequence.sql');
      expect(database.all(books)).toEqual(before);
      expect(database.connection.pragma('foreign_key_check')).toEqual([]);
      expect(database.connection.pragma('integrity_check', { simple: true })).toBe('ok');
      const journal = createJournal({ clock: fixedClock(6) });
      const post = (...posted: JournalEntryDraft[]) => database.unitOfWork.run('test', (writable) => journal.post(writable, posted));
      expect(post(first, draftOf(70))).toEqual({ posted: ['payment/70'], unchanged: ['payment/0'], refused: [] });
      expect(await createLedgerVerification({ readable: database }).verify(unattended)).toMatchObject({ isSound: true, entries: 72 });

      for (const statement of ['UPDATE posting_lines SET amount_minor = 1', 'DELETE FROM posting_lines', "INSERT INTO posting_lines VALUES (1, 9, '1000-bank', 'debit', 1, 'usd', 1, NULL, NULL)", 'DELETE FROM journal_entries']) {
        expect(() => database.run(sql('test.break', statement)), statement).toThrow(/immutable|already-posted/);
      }
    } finally {
      database.close();
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
