/**
 * What the work on differences, the close and Today are shown of bank lines: what nothing is matched to, and what an object was matched with.
 */
import { localDate, type LocalDate } from '../../shared/calendar/local-date.ts';
import { sql, type ReadableDatabase } from '../database/handles.ts';
import type { BankLines, BankLineView } from '../reconciliation/bank-lines.ports.ts';

interface LineRow extends Omit<BankLineView, 'bookedOn' | 'link'> {
  readonly bookedOn: string;
  readonly accountId: string;
  readonly matchId: string | null;
}

const findStatement = sql('bank-lines.statement', 'SELECT 1 AS found FROM bank_statements LIMIT 1');
const sumOpen = sql(
  'bank-lines.open',
  'SELECT account.currency, count(*) AS count, sum(abs(line.amount_minor)) AS amount FROM bank_lines AS line JOIN bank_accounts AS account ON account.id = line.account_id WHERE line.match_id IS NULL AND line.booked_on < ? GROUP BY account.currency ORDER BY account.currency',
);
// A difference of the bank level names the line itself; the others name what it was matched with.
const listOfObjects = sql(
  'bank-lines.of-objects',
  `SELECT line.id, line.booked_on AS "bookedOn", line.amount_minor AS "amountMinor", account.currency, line.description AS text, line.account_id AS "accountId", line.match_id AS "matchId"
     FROM bank_lines AS line JOIN bank_accounts AS account ON account.id = line.account_id
    WHERE line.id IN (SELECT value FROM json_each(:ids))
       OR line.match_id IN (SELECT match_id FROM bank_match_parts WHERE kind IN ('payout', 'receipt', 'invoice', 'repayment', 'outside-payment', 'credit', 'overpayment') AND object_id IN (SELECT value FROM json_each(:ids))) ORDER BY line.booked_on, line.id`,
);

/** The account of a currency with the most open lines. @param currency an expression. */
export const accountToMatchSql = (currency: string): string => `SELECT a.id FROM bank_accounts AS a WHERE a.currency = ${currency} ORDER BY (SELECT count(*) FROM bank_lines AS l WHERE l.account_id = a.id AND l.match_id IS NULL) DESC, a.id LIMIT 1`;
const accountToMatch = sql('bank-lines.account-to-match', accountToMatchSql('?'));

/** null: no bank account has the currency. */
export const findAccountToMatch = (database: ReadableDatabase, currency: string): string | null => database.get<{ id: string }>(accountToMatch, [currency])?.id ?? null;
/** The bank screen with a payout chosen: its line is all that is left to say. A path of the window. */
export const linkOfPayoutToMatch = ({ id, currency, on, accountId }: { readonly id: string; readonly currency: string; readonly on: string; readonly accountId: string | null }): string => `/reconciliation/bank?${new URLSearchParams({ ...(accountId === null ? {} : { account: accountId }), payout: id, currency, on })}`;

export const hasBankStatements = (database: ReadableDatabase): boolean => database.get(findStatement) !== undefined;

export function readUnmatchedLines(database: ReadableDatabase, before: LocalDate): ReturnType<BankLines['unmatched']> {
  const sums = database.all<{ currency: string; count: number; amount: number }>(sumOpen, [before]);
  return { count: sums.reduce((total, sum) => total + sum.count, 0), amounts: sums.map(({ amount, currency }) => ({ amount, currency })) };
}

export function listLinesOf(database: ReadableDatabase, objectIds: readonly string[]): BankLineView[] {
  return database.all<LineRow>(listOfObjects, { ids: JSON.stringify(objectIds) }).map(({ accountId, matchId, bookedOn, ...row }) => {
    // The line by its id: two may have the same words.
    const search = new URLSearchParams({ account: accountId, ...(matchId === null ? {} : { state: 'matched' }), line: row.id });
    return { ...row, bookedOn: localDate(bookedOn), link: `/reconciliation/bank?${search}` };
  });
}
