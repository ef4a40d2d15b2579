/**
 * The books as they were known at a moment (domain.md §3, Dates): entries recorded by then. Of what was recorded by then
 * and what came later the fewer entries are summed; the kept totals know the rest.
 */
import { ValidationError } from '../../shared/errors/errors.ts';
import { sql, type ReadableDatabase, type Sql } from '../database/handles.ts';
import { countEntriesAsOf, readAccountBalances, type AccountBalanceRow } from './account-totals.queries.ts';

const firstKnown = sql('ledger.known-since', 'SELECT min(at) AS at FROM (SELECT min(set_at) AS at FROM ledger_settings UNION ALL SELECT recorded_at FROM journal_entries WHERE ledger_sequence = 1)');
const isDebit = "p.direction = 'debit'";
const laterThan = 'FROM journal_entries INDEXED BY journal_entries_by_recorded WHERE recorded_at > :knownAt AND entry_date <= :asOf';
const upTo = 'FROM journal_entries INDEXED BY journal_entries_by_recorded WHERE recorded_at <= :knownAt AND entry_date <= :asOf';
const countLater = sql('ledger.count-recorded-later', `SELECT count(*) AS count ${laterThan}`);
const listLater = sql('ledger.recorded-later', `SELECT ledger_sequence AS sequence ${laterThan}`);
const listKnown = sql('ledger.recorded-up-to', `SELECT ledger_sequence AS sequence ${upTo}`);
const sumStretches = sql(
  'ledger.sums-of-stretches',
  `SELECT p.account_code AS accountCode, p.currency, sum(iif(${isDebit}, p.amount_minor, 0)) AS debitMinor, sum(iif(${isDebit}, 0, p.amount_minor)) AS creditMinor, sum(iif(${isDebit}, p.functional_amount_minor, -p.functional_amount_minor)) AS functionalBalanceMinor
   FROM json_each(?) k CROSS JOIN posting_lines p ON p.ledger_sequence BETWEEN json_extract(k.value, '$[0]') AND json_extract(k.value, '$[1]') GROUP BY p.account_code, p.currency`,
);
/** So many entries are summed by one statement. */
const entriesAtATime = 25_000;

type Sums = Pick<AccountBalanceRow, 'debitMinor' | 'creditMinor' | 'functionalBalanceMinor'>;
const keyOf = ({ accountCode, currency }: { readonly accountCode: string; readonly currency: string }): string => `${accountCode}/${currency}`;

/** What is recorded together stands together in the chain: places in it as a few stretches, each of at most so many entries. */
export function stretchesOf(sequences: readonly number[], longest: number): [number, number][] {
  const stretches: [number, number][] = [];
  for (const sequence of sequences) {
    const last = stretches.at(-1);
    if (last && sequence === last[1] + 1 && sequence - last[0] < longest) last[1] = sequence;
    else stretches.push([sequence, sequence]);
  }
  return stretches;
}

/** What these entries move, per account and currency. */
function sumEntries(database: ReadableDatabase, statement: Sql, asked: { readonly asOf: string; readonly knownAt: number }): Map<string, Sums> {
  const sequences: number[] = [];
  for (const { sequence } of database.iterate<{ sequence: number }>(statement, asked)) sequences.push(sequence);
  const sums = new Map<string, Sums>();
  let batch: [number, number][] = [];
  let entries = 0;
  const addUp = (): void => {
    for (const row of database.all<Sums & { accountCode: string; currency: string }>(sumStretches, [JSON.stringify(batch)])) {
      const sum = sums.get(keyOf(row));
      sums.set(keyOf(row), { debitMinor: row.debitMinor + (sum?.debitMinor ?? 0), creditMinor: row.creditMinor + (sum?.creditMinor ?? 0), functionalBalanceMinor: row.functionalBalanceMinor + (sum?.functionalBalanceMinor ?? 0) });
    }
    batch = [];
    entries = 0;
  };
  for (const stretch of stretchesOf(sequences.sort((a, b) => a - b), entriesAtATime)) {
    batch.push(stretch);
    entries += stretch[1] - stretch[0] + 1;
    if (entries >= entriesAtATime) addUp();
  }
  if (entries > 0) addUp();
  return sums;
}

/**
 * @param knownAt epoch milliseconds.
 * @throws ValidationError `not-known-then` for a moment before these books were begun.
 */
export function assertKnown(database: ReadableDatabase, knownAt: number): void {
  const since = database.get<{ at: number | null }>(firstKnown)?.at ?? null;
  if (since === null || knownAt >= since) return;
  throw new ValidationError('not-known-then', `What was known then is not known here: these books begin at ${new Date(since).toISOString()}.`, { data: { since, knownAt }, nextStep: 'Ask for a later moment, or leave it out and use only the date.' });
}

/** Balances of entries dated up to the end of a day and recorded up to a moment, and how many entries those are. */
export function readBalancesKnownAt(database: ReadableDatabase, asOf: string, knownAt: number): { rows: AccountBalanceRow[]; entries: number } {
  const all = countEntriesAsOf(database, asOf);
  const later = database.get<{ count: number }>(countLater, { asOf, knownAt })?.count ?? 0;
  // Of what was known then and what came later, the fewer are summed.
  const isFewLater = later <= all - later;
  const sums = sumEntries(database, isFewLater ? listLater : listKnown, { asOf, knownAt });
  const rows = readAccountBalances(database, asOf).flatMap((row): AccountBalanceRow[] => {
    const sum = sums.get(keyOf(row)) ?? { debitMinor: 0, creditMinor: 0, functionalBalanceMinor: 0 };
    const known = isFewLater ? { debitMinor: row.debitMinor - sum.debitMinor, creditMinor: row.creditMinor - sum.creditMinor, functionalBalanceMinor: row.functionalBalanceMinor - sum.functionalBalanceMinor } : sum;
    return known.debitMinor === 0 && known.creditMinor === 0 ? [] : [{ ...row, ...known }];
  });
  return { rows, entries: all - later };
}
