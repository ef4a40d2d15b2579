import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fixedClock } from '../../shared/calendar/clock.ts';
import { addDays, localDate } from '../../shared/calendar/local-date.ts';
import { minorUnits } from '../../shared/money/money.ts';
import { sql } from '../database/handles.ts';
import type { SqliteDatabase } from '../database/sqlite-database.ts';
import { openTemporaryDatabase } from '../testing/temporary-database.ts';
import { accountCodes } from './account-codes.ts';
import type { JournalEntryDraft } from './journal-entry.ts';
import { createJournal } from './journal.ts';

const journal = createJournal({ clock: fixedClock(Date.parse('2026-11-18T14:14:00Z')) });
const post = (database: SqliteDatabase, drafts: readonly JournalEntryDraft[]) => database.unitOfWork.run('test', (writable) => journal.post(writable, drafts));
const kept = (database: SqliteDatabase): unknown[] => database.all(sql('t.kept', 'SELECT account_code, currency, day_on, debit_minor, credit_minor, functional_minor, entries FROM account_daily_totals ORDER BY account_code, currency, day_on'));

/** The same sums straight from the postings. */
const rebuilt = (database: SqliteDatabase): unknown[] =>
  database.all(sql('t.rebuilt', `
    WITH lines AS (SELECT e.id, e.entry_date AS day_on, p.account_code, p.currency, iif(p.direction = 'debit', p.amount_minor, 0) AS debit, iif(p.direction = 'credit', p.amount_minor, 0) AS credit, iif(p.direction = 'debit', 1, -1) * p.functional_amount_minor AS functional
      FROM journal_entries e JOIN postings p ON p.entry_id = e.id)
    SELECT account_code, currency, day_on, sum(debit) AS debit_minor, sum(credit) AS credit_minor, sum(functional) AS functional_minor, count(DISTINCT id) AS entries FROM lines GROUP BY account_code, currency, day_on
    UNION ALL SELECT account_code, '', day_on, 0, 0, 0, count(DISTINCT id) FROM lines GROUP BY account_code, day_on
    UNION ALL SELECT '', currency, day_on, 0, 0, 0, count(DISTINCT id) FROM lines GROUP BY currency, day_on
    UNION ALL SELECT '', '', day_on, 0, 0, 0, count(DISTINCT id) FROM lines GROUP BY day_on ORDER BY 1, 2, 3`));

const accounts = [accountCodes.bank, accountCodes.receivable, accountCodes.currencyConversion];
const line = fc.record({ from: fc.constantFrom(...accounts), to: fc.constantFrom(...accounts), currency: fc.constantFrom('usd', 'eur', 'jpy'), amount: fc.integer({ min: 1, max: 1_000_000 }) });
const entry = fc.record({ day: fc.integer({ min: 0, max: 3 }), lines: fc.array(line, { minLength: 1, maxLength: 3 }) });

function draftOf({ day, lines }: { day: number; lines: readonly { from: string; to: string; currency: string; amount: number }[] }, number: number): JournalEntryDraft {
  return {
    key: `entry/${number}`, entryDate: addDays(localDate('2026-10-31'), day), kind: 'test', sourceType: 'test', sourceId: `entry/${number}`, memo: '',
    postings: lines.flatMap(({ from, to, currency, amount }) => [
      { accountCode: to, direction: 'debit' as const, amount: minorUnits(amount), currency, functionalAmount: minorUnits(2 * amount), rate: '2', partyId: null },
      { accountCode: from, direction: 'credit' as const, amount: minorUnits(amount), currency, functionalAmount: minorUnits(2 * amount), rate: '2', partyId: null },
    ]),
  };
}

describe('the kept totals of the accounts', () => {
  it('are what the postings sum to, however the entries came in', () => {
    fc.assert(
      fc.property(fc.array(entry, { minLength: 1, maxLength: 12 }), fc.nat(12), fc.boolean(), (entries, first, isForgotten) => {
        using ledger = openTemporaryDatabase();
        const drafts = entries.map(draftOf);
        post(ledger.database, drafts.slice(0, first));
        // A ledger from before the totals: what lies there is taken in with the next entry.
        if (isForgotten) ledger.database.connection.exec('DELETE FROM account_daily_totals; UPDATE account_totals_mark SET ledger_sequence = 0');
        post(ledger.database, [...drafts.slice(first), draftOf({ day: 0, lines: [{ from: accountCodes.bank, to: accountCodes.receivable, currency: 'usd', amount: 5 }] }, 99)]);
        post(ledger.database, drafts);
        expect(kept(ledger.database)).toEqual(rebuilt(ledger.database));
      }),
      { numRuns: 25 },
    );
  });

  it('are whole after a bulk of transactions, whoever else posts or settles meanwhile and whatever is rolled back', () => {
    const step = fc.record({ kind: fc.constantFrom('bulk', 'bulk', 'bulk', 'alone', 'settle', 'rolled-back', 'settled-and-rolled-back'), who: fc.nat(1), entries: fc.array(entry, { minLength: 1, maxLength: 3 }) });
    const sumsNow = sql('t.now', "SELECT account_code, currency, sum(amount) AS amount FROM (SELECT account_code, currency, debit_minor - credit_minor AS amount FROM account_daily_totals WHERE account_code <> '' AND currency <> '' UNION ALL SELECT account_code, currency, iif(direction = 'debit', 1, -1) * amount_minor FROM posting_lines WHERE ledger_sequence > (SELECT ledger_sequence FROM account_totals_mark)) GROUP BY 1, 2 ORDER BY 1, 2");
    const sumsOfPostings = sql('t.truth', "SELECT account_code, currency, sum(iif(direction = 'debit', 1, -1) * amount_minor) AS amount FROM posting_lines GROUP BY 1, 2 ORDER BY 1, 2");
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 12 }), (steps) => {
        using ledger = openTemporaryDatabase();
        const { database } = ledger;
        // Two sealers on one file, as of the window and of a job.
        const journals = [createJournal({ clock: fixedClock(1) }), createJournal({ clock: fixedClock(2) })];
        let number = 0;
        for (const { kind, who, entries } of steps) {
          const by = journals[who] ?? journal;
          const drafts = entries.map((one) => draftOf(one, (number += 1)));
          const isUndone = kind.endsWith('rolled-back');
          const run = (): void => database.unitOfWork.run('test', (writable) => {
            if (kind === 'settle') return by.settle(writable);
            by.postPrepared(writable, by.prepare(drafts), kind !== 'alone');
            if (kind === 'settled-and-rolled-back') by.settle(writable);
            if (isUndone) throw new Error('rolled back by the test');
          });
          if (isUndone) expect(run).toThrow('rolled back');
          else run();
          expect(database.all(sumsNow)).toEqual(database.all(sumsOfPostings));
        }
        database.unitOfWork.run('test', (writable) => journal.settle(writable));
        expect(kept(database)).toEqual(rebuilt(database));
      }),
      { numRuns: 60 },
    );
  });

  it('go back with a unit of work that fails', () => {
    using ledger = openTemporaryDatabase();
    const draft = draftOf({ day: 0, lines: [{ from: accountCodes.bank, to: accountCodes.receivable, currency: 'usd', amount: 5 }] }, 1);
    expect(() => ledger.database.unitOfWork.run('test', (writable) => {
      journal.post(writable, [draft]);
      throw new Error('afterwards');
    })).toThrow('afterwards');
    expect(kept(ledger.database)).toEqual([]);
  });
});
