/** All SQL that keeps the sums of the books. */
import { sql, type ReadableDatabase, type SqlValue, type WritableDatabase } from '../database/handles.ts';
import { rowsStatement, runRows } from '../database/multi-row.ts';
import { createAccountTally, keyOfSum, type AccountDaySum, type SummedPosting } from './account-totals.ts';

const findMark = sql('account-totals.mark', 'SELECT ledger_sequence FROM account_totals_mark');
const moveMark = sql('account-totals.move-mark', 'UPDATE account_totals_mark SET ledger_sequence = ?');
const addSums = rowsStatement(
  'account-totals.add',
  'INSERT INTO account_daily_totals (account_code, currency, day_on, debit_minor, credit_minor, functional_minor, entries) VALUES',
  7,
  'ON CONFLICT (account_code, currency, day_on) DO UPDATE SET debit_minor = debit_minor + excluded.debit_minor, credit_minor = credit_minor + excluded.credit_minor, functional_minor = functional_minor + excluded.functional_minor, entries = entries + excluded.entries',
);
const postingsBehindMark = sql(
  'account-totals.behind-mark',
  `SELECT e.ledger_sequence AS sequence, e.entry_date AS dayOn, p.account_code AS accountCode, p.currency, p.direction, p.amount_minor AS amount, p.functional_amount_minor AS functionalAmount
     FROM journal_entries AS e CROSS JOIN posting_lines AS p ON p.ledger_sequence = e.ledger_sequence WHERE e.ledger_sequence > ? AND e.ledger_sequence <= ? ORDER BY e.ledger_sequence`,
);
const listSums = sql(
  'account-totals.list',
  'SELECT account_code AS accountCode, currency, day_on AS dayOn, debit_minor AS debitMinor, credit_minor AS creditMinor, functional_minor AS functionalMinor, entries, (SELECT ledger_sequence FROM account_totals_mark) AS mark FROM account_daily_totals',
);

const entriesAtATime = 5_000;

interface PostingOfEntry extends SummedPosting {
  readonly sequence: number;
  readonly dayOn: string;
}

/** The entry up to which the sums go. */
export function accountTotalsMark(database: ReadableDatabase): number {
  return database.get<{ ledger_sequence: number }>(findMark)?.ledger_sequence ?? 0;
}

/** Adds sums to what is kept and says up to which entry it now goes. */
export function addToAccountTotals(database: WritableDatabase, sums: readonly AccountDaySum[], upToSequence: number): void {
  const values: SqlValue[] = [];
  for (const sum of sums) values.push(sum.accountCode, sum.currency, sum.dayOn, sum.debitMinor, sum.creditMinor, sum.functionalMinor, sum.entries);
  runRows(database, addSums, values);
  database.run(moveMark, [upToSequence]);
}

/** Takes in the entries behind the mark: those of a ledger older than the totals, or copied into it. Nothing, as a rule. */
export function catchUpAccountTotals(database: WritableDatabase, headSequence: number): void {
  for (let mark = accountTotalsMark(database); mark < headSequence; mark += entriesAtATime) {
    const upTo = Math.min(mark + entriesAtATime, headSequence);
    addToAccountTotals(database, sumsBetween(database, mark, upTo), upTo);
  }
}

/** Of the entries after one and up to another, from their postings. */
function sumsBetween(database: ReadableDatabase, after: number, upTo: number): AccountDaySum[] {
  const tally = createAccountTally();
  const byEntry = Map.groupBy(database.all<PostingOfEntry>(postingsBehindMark, [after, upTo]), (posting) => posting.sequence);
  for (const postings of byEntry.values()) tally.add(postings[0]?.dayOn ?? '', postings);
  return tally.sums();
}

/** What is kept, with the mark it was read at: one statement, one moment. */
function keptAccountTotals(database: ReadableDatabase): { readonly sums: AccountDaySum[]; readonly mark: number } {
  const rows = database.all<AccountDaySum & { mark: number }>(listSums);
  return { sums: rows, mark: rows[0]?.mark ?? accountTotalsMark(database) };
}

/** What is kept, and what lies behind its mark up to an entry, as whoever reads the sums puts them together. */
export function accountTotalsUpTo(database: ReadableDatabase, upToSequence: number): { readonly sums: AccountDaySum[]; readonly mark: number } {
  const { sums, mark } = keptAccountTotals(database);
  const byKey = new Map(sums.map((sum) => [keyOfSum(sum), sum]));
  for (let after = mark; after < upToSequence; after += entriesAtATime) {
    for (const sum of sumsBetween(database, after, Math.min(after + entriesAtATime, upToSequence))) {
      const kept = byKey.get(keyOfSum(sum));
      byKey.set(keyOfSum(sum), !kept ? sum : { ...sum, debitMinor: kept.debitMinor + sum.debitMinor, creditMinor: kept.creditMinor + sum.creditMinor, functionalMinor: kept.functionalMinor + sum.functionalMinor, entries: kept.entries + sum.entries });
    }
  }
  return { sums: [...byKey.values()], mark };
}
