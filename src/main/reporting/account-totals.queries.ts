/**
 * Balances and counts of entries from the sums kept per account, currency and day. Entries behind the mark of those sums are added from their postings.
 */
import { addMinorUnits } from '../../shared/money/money.ts';
import { sql, type ReadableDatabase } from '../database/handles.ts';

const isDebit = "p.direction = 'debit'";
/** The order of the join is fixed: only the few entries behind the mark are looked at. */
const behindMark = 'FROM journal_entries AS e CROSS JOIN posting_lines AS p ON p.ledger_sequence = e.ledger_sequence WHERE e.ledger_sequence > (SELECT ledger_sequence FROM account_totals_mark) AND +e.entry_date <= :asOf';
const balances = sql(
  'ledger.trial-balance',
  `WITH sums AS (
     SELECT account_code, currency, debit_minor, credit_minor, functional_minor FROM account_daily_totals WHERE account_code <> '' AND currency <> '' AND day_on <= :asOf
     UNION ALL SELECT p.account_code, p.currency, iif(${isDebit}, p.amount_minor, 0), iif(${isDebit}, 0, p.amount_minor), iif(${isDebit}, p.functional_amount_minor, -p.functional_amount_minor) ${behindMark})
   SELECT s.account_code AS accountCode, a.name AS accountName, a.type AS accountType, s.currency, sum(s.debit_minor) AS debitMinor, sum(s.credit_minor) AS creditMinor, sum(s.functional_minor) AS functionalBalanceMinor
     FROM sums AS s JOIN accounts AS a ON a.code = s.account_code GROUP BY s.account_code, s.currency ORDER BY s.account_code, s.currency`,
);
const countAsOf = sql(
  'ledger.count-as-of',
  `SELECT (SELECT coalesce(sum(entries), 0) FROM account_daily_totals WHERE account_code = '' AND currency = '' AND day_on <= :asOf)
        + (SELECT count(*) FROM journal_entries AS e WHERE e.ledger_sequence > (SELECT ledger_sequence FROM account_totals_mark) AND +e.entry_date <= :asOf) AS count`,
);
const nameOfAccount = sql('ledger.account-name', 'SELECT name FROM accounts WHERE code = ?');
const isWhole = sql('ledger.totals-whole', 'SELECT (SELECT ledger_sequence FROM account_totals_mark) >= coalesce((SELECT max(ledger_sequence) FROM journal_entries), 0) AS whole');
const countEntries = sql('ledger.entries-counted', 'SELECT coalesce(sum(entries), 0) AS count FROM account_daily_totals WHERE account_code = :account AND currency = :currency AND day_on >= :from AND day_on <= :to');
const sumAccount = sql(
  'ledger.entries-summed-on-account',
  "SELECT sum(debit_minor - credit_minor) AS amount, currency FROM account_daily_totals WHERE account_code = :account AND currency <> '' AND (:currency = '' OR currency = :currency) AND day_on >= :from AND day_on <= :to GROUP BY currency ORDER BY currency",
);
const sumDebits = sql('ledger.entries-summed', "SELECT sum(debit_minor) AS amount, currency FROM account_daily_totals WHERE account_code <> '' AND currency <> '' AND day_on >= :from AND day_on <= :to GROUP BY currency HAVING sum(debit_minor) > 0 ORDER BY currency");

export interface AccountBalanceRow {
  readonly accountCode: string;
  readonly accountName: string;
  readonly accountType: 'asset' | 'liability' | 'equity' | 'revenue' | 'contra-revenue' | 'expense';
  readonly currency: string;
  readonly debitMinor: number;
  readonly creditMinor: number;
  readonly functionalBalanceMinor: number;
}

/** Every account and currency with entries dated up to the end of a day. */
export function readAccountBalances(database: ReadableDatabase, asOf: string): AccountBalanceRow[] {
  return database.all<AccountBalanceRow>(balances, { asOf });
}

/** An account with its sub-accounts, in one currency. */
export interface AccountGroupRow extends AccountBalanceRow {
  readonly accounts: number;
}

/** The sums of accounts that have sub-accounts among the rows, per currency, in the order of the rows. */
export function sumAccountGroups(database: ReadableDatabase, rows: readonly AccountBalanceRow[]): AccountGroupRow[] {
  const parents = new Set(rows.flatMap(({ accountCode }) => (accountCode.includes(':') ? [parentOf(accountCode)] : [])));
  const groups = new Map<string, AccountGroupRow>();
  for (const row of rows) {
    const code = parentOf(row.accountCode);
    if (!parents.has(code)) continue;
    const key = `${code}/${row.currency}`;
    const known = groups.get(key);
    groups.set(key, {
      accountCode: code, accountName: known?.accountName ?? database.get<{ name: string }>(nameOfAccount, [code])?.name ?? code, accountType: row.accountType, currency: row.currency, debitMinor: addMinorUnits(known?.debitMinor ?? 0, row.debitMinor),
      creditMinor: addMinorUnits(known?.creditMinor ?? 0, row.creditMinor), functionalBalanceMinor: addMinorUnits(known?.functionalBalanceMinor ?? 0, row.functionalBalanceMinor), accounts: (known?.accounts ?? 0) + 1,
    });
  }
  return [...groups.values()];
}

/** `2200-tax-payable` of `2200-tax-payable:DE`; itself where it is none's. */
const parentOf = (accountCode: string): string => accountCode.split(':', 1)[0] ?? accountCode;

/** How many entries are dated up to the end of a day. */
export function countEntriesAsOf(database: ReadableDatabase, asOf: string): number {
  return database.get<{ count: number }>(countAsOf, { asOf })?.count ?? 0;
}

export interface SummedFilter {
  readonly accountCode?: string | undefined;
  readonly currency?: string | undefined;
  /** Days, both inclusive. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

/**
 * How many entries a list has and what it sums to: with an account what they move on it (debit − credit), else what they debit.
 * @returns undefined where the kept sums cannot say: entries lie behind their mark, or whole entries of one currency are asked for.
 */
export function countFromTotals(database: ReadableDatabase, filter: SummedFilter): { total: number; sums: { amount: number; currency: string }[] } | undefined {
  const isOfCurrencyOnly = filter.accountCode === undefined && filter.currency !== undefined;
  if (isOfCurrencyOnly || database.get<{ whole: number }>(isWhole)?.whole !== 1) return undefined;
  const span = { from: filter.from ?? '', to: filter.to ?? '9999-12-31' };
  const account = filter.accountCode ?? '';
  const currency = filter.currency ?? '';
  return {
    total: database.get<{ count: number }>(countEntries, { ...span, account, currency })?.count ?? 0,
    sums: account === '' ? database.all(sumDebits, span) : database.all(sumAccount, { ...span, account, currency }),
  };
}
