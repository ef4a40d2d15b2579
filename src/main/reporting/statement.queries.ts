/**
 * An account's statement: opening balance, one row per entry with the balance after it, closing balance. In the order of entry dates, then of sealing.
 *
 * Where the kept totals per day reach to the newest entry, they say on which days a window lies and what the balance was before them, so that a window far
 * down a long statement costs what the first one costs. Else, or as known at a moment, or over sub-accounts as well, whose days may share entries, the entries are
 * gathered.
 */
import type { z } from 'zod';
import type { statementRowSchema, statementSchema } from '../../shared/api/ledger-reading.contract.ts';
import { addMinorUnits } from '../../shared/money/money.ts';
import { sql, type ReadableDatabase, type Sql } from '../database/handles.ts';

export type StatementRow = z.infer<typeof statementRowSchema>;
type StatementFigures = Pick<z.infer<typeof statementSchema>, 'openingMinor' | 'debitMinor' | 'creditMinor' | 'closingMinor' | 'rows' | 'total'>;
type UnsummedRow = Omit<StatementRow, 'balanceMinor'>;

export interface StatementAsked {
  readonly accountCode: string;
  /** Taken together with the account; none unless said. */
  readonly subAccountCodes?: readonly string[];
  readonly currency: string;
  /** Days, both inclusive; '' for no first day. */
  readonly from: string;
  readonly to: string;
  /** Epoch milliseconds; null: everything. */
  readonly knownAt: number | null;
  readonly startAt: number;
  readonly limit: number;
}

const isWhole = sql('statement.totals-whole', 'SELECT (SELECT ledger_sequence FROM account_totals_mark) >= coalesce((SELECT max(ledger_sequence) FROM journal_entries), 0) AS whole');
const listDays = sql('statement.days', 'SELECT day_on AS day, debit_minor AS debitMinor, credit_minor AS creditMinor, entries FROM account_daily_totals WHERE account_code = :accountCode AND currency = :currency AND day_on <= :to ORDER BY day_on');
const countAll = sql('statement.entries-of-days', "SELECT coalesce(sum(entries), 0) AS count FROM account_daily_totals WHERE account_code = '' AND currency = '' AND day_on BETWEEN :first AND :last");

const debit = "sum(iif(p.direction = 'debit', p.amount_minor, 0))";
const credit = "sum(iif(p.direction = 'debit', 0, p.amount_minor))";
const columns = `e.id AS entryId, e.ledger_sequence AS sequence, e.entry_date AS entryDate, e.kind, e.memo, e.source_type AS sourceType, e.source_id AS sourceId, e.concerns_month AS concernsMonth, min(p.party_id) AS partyId, ${debit} AS debitMinor, ${credit} AS creditMinor`;
const inOrder = 'GROUP BY e.entry_date, e.ledger_sequence ORDER BY e.entry_date, e.ledger_sequence LIMIT :limit OFFSET :startAt';
/** Through the days: the + keeps SQLite from the account's index. */
const walkDays = sql(
  'statement.rows-by-day',
  `SELECT ${columns} FROM journal_entries e INDEXED BY journal_entries_by_date CROSS JOIN posting_lines p ON p.ledger_sequence = e.ledger_sequence AND +p.account_code = :accountCode AND +p.currency = :currency WHERE e.entry_date BETWEEN :first AND :last ${inOrder}`,
);
/** Through the account. */
const gatheredFrom = (accounts: string): string => `FROM posting_lines p CROSS JOIN journal_entries e ON e.ledger_sequence = p.ledger_sequence WHERE p.account_code ${accounts} AND p.currency = :currency`;
const gatherDays = sql('statement.rows-by-account', `SELECT ${columns} ${gatheredFrom('= :accountCode')} AND +e.entry_date BETWEEN :first AND :last ${inOrder}`);
const isKnown = '(:knownAt IS NULL OR e.recorded_at <= :knownAt)';
/** The statements over an account's postings, or over those of several accounts. */
function gathering(name: string, accounts: string) {
  const gathered = `${gatheredFrom(accounts)} AND +e.entry_date BETWEEN :first AND :last AND ${isKnown}`;
  return {
    rows: sql(`statement.rows-${name}`, `SELECT ${columns} ${gathered} ${inOrder}`),
    sums: sql(`statement.sums-${name}`, `SELECT count(DISTINCT p.ledger_sequence) AS entries, coalesce(${debit}, 0) AS debitMinor, coalesce(${credit}, 0) AS creditMinor ${gathered}`),
    before: sql(`statement.before-${name}`, `SELECT coalesce(sum(debitMinor - creditMinor), 0) AS netMinor FROM (SELECT ${debit} AS debitMinor, ${credit} AS creditMinor ${gathered} GROUP BY e.entry_date, e.ledger_sequence ORDER BY e.entry_date, e.ledger_sequence LIMIT :startAt)`),
  };
}
const ofOneAccount = gathering('known', '= :accountCode');
const ofManyAccounts = gathering('of-accounts', 'IN (SELECT value FROM json_each(:accountCodes))');

interface DaySums {
  readonly day: string;
  readonly debitMinor: number;
  readonly creditMinor: number;
  readonly entries: number;
}

/** The figures of a statement and the rows of a window. @throws InvariantError `unsafe-amount` when a balance leaves what can be kept exactly. */
export function readStatement(database: ReadableDatabase, asked: StatementAsked): StatementFigures {
  if (asked.knownAt === null && (asked.subAccountCodes ?? []).length === 0 && database.get<{ whole: number }>(isWhole)?.whole === 1) return fromDays(database, asked);
  return fromEntries(database, asked);
}

function withBalances(rows: readonly UnsummedRow[], before: number): StatementRow[] {
  let balanceMinor = before;
  return rows.map((row) => {
    balanceMinor = addMinorUnits(balanceMinor, row.debitMinor, -row.creditMinor);
    return { ...row, balanceMinor };
  });
}

function fromDays(database: ReadableDatabase, { accountCode, currency, from, to, startAt, limit }: StatementAsked): StatementFigures {
  const account = { accountCode, currency };
  const days = database.all<DaySums>(listDays, { ...account, to });
  const net = (list: readonly DaySums[]): number => addMinorUnits(...list.flatMap((day) => [day.debitMinor, -day.creditMinor]));
  const earlier = days.filter((day) => day.day < from);
  const shown = days.filter((day) => day.day >= from);
  const openingMinor = net(earlier);
  const debitMinor = addMinorUnits(...shown.map((day) => day.debitMinor));
  const creditMinor = addMinorUnits(...shown.map((day) => day.creditMinor));
  const total = shown.reduce((sum, day) => sum + day.entries, 0);
  const figures = { openingMinor, debitMinor, creditMinor, closingMinor: addMinorUnits(openingMinor, debitMinor, -creditMinor), total };
  let passed = 0;
  let firstIndex = 0;
  while (firstIndex < shown.length && passed + (shown[firstIndex]?.entries ?? 0) <= startAt) passed += shown[firstIndex++]?.entries ?? 0;
  let lastIndex = firstIndex;
  for (let reached = passed; lastIndex < shown.length; lastIndex += 1) {
    reached += shown[lastIndex]?.entries ?? 0;
    if (reached >= startAt + limit) break;
  }
  const first = shown[firstIndex]?.day;
  const last = shown[Math.min(lastIndex, shown.length - 1)]?.day;
  if (first === undefined || last === undefined) return { ...figures, rows: [] };
  const skipped = startAt - passed;
  const ofAccount = days.reduce((sum, day) => sum + day.entries, 0);
  const ofDays = database.get<{ count: number }>(countAll, { first, last })?.count ?? 0;
  const statement: Sql = ofDays <= 2 * ofAccount ? walkDays : gatherDays;
  const rows = database.all<UnsummedRow>(statement, { ...account, first, last, limit: skipped + limit, startAt: 0 });
  return { ...figures, rows: withBalances(rows, addMinorUnits(openingMinor, net(shown.slice(0, firstIndex)))).slice(skipped) };
}

function fromEntries(database: ReadableDatabase, { accountCode, subAccountCodes = [], currency, from, to, knownAt, startAt, limit }: StatementAsked): StatementFigures {
  const isAlone = subAccountCodes.length === 0;
  const statements = isAlone ? ofOneAccount : ofManyAccounts;
  const base = { ...(isAlone ? { accountCode } : { accountCodes: JSON.stringify([accountCode, ...subAccountCodes]) }), currency, knownAt };
  const sums = (first: string, last: string) => database.get<{ entries: number; debitMinor: number; creditMinor: number }>(statements.sums, { ...base, first, last }) ?? { entries: 0, debitMinor: 0, creditMinor: 0 };
  const shown = sums(from, to);
  const all = from === '' ? shown : sums('', to);
  const openingMinor = addMinorUnits(all.debitMinor, -shown.debitMinor, -all.creditMinor, shown.creditMinor);
  const before = startAt === 0 ? 0 : (database.get<{ netMinor: number }>(statements.before, { ...base, first: from, last: to, startAt })?.netMinor ?? 0);
  const rows = database.all<UnsummedRow>(statements.rows, { ...base, first: from, last: to, limit, startAt });
  return {
    openingMinor, debitMinor: shown.debitMinor, creditMinor: shown.creditMinor, closingMinor: addMinorUnits(openingMinor, shown.debitMinor, -shown.creditMinor), total: shown.entries,
    rows: withBalances(rows, addMinorUnits(openingMinor, before)),
  };
}
