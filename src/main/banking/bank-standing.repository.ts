/** What the bank level of reconciliation is told of statements and matches. Read only. */
import { localDate, type LocalDate } from '../../shared/calendar/local-date.ts';
import { sql, type ReadableDatabase } from '../database/handles.ts';
import { accountCodes } from '../ledger/account-codes.ts';
import type { SuspendedRest } from './banking.ports.ts';

const selectCovered = sql('bank-standing.covered', 'SELECT a.currency, min(s.from_on) AS "from", max(s.to_on) AS "to" FROM bank_statements AS s JOIN bank_accounts AS a ON a.id = s.account_id WHERE s.is_whole = 1 AND s.from_on IS NOT NULL AND s.to_on IS NOT NULL GROUP BY a.currency');
const countMatched = sql('bank-standing.matched', 'SELECT count(*) AS count FROM bank_lines WHERE match_id IS NOT NULL');
// Lines that belong to an account alone are called by the first of them: whoever shows it says its words.
const suspendedWhere = (which: string): string =>
  `SELECT m.id AS "matchId", coalesce((SELECT group_concat(p.label, ', ') FROM bank_match_parts AS p WHERE p.match_id = m.id), (SELECT min(l.line_id) FROM bank_match_lines AS l WHERE l.match_id = m.id), m.id) AS label, m.residual_minor AS "amountMinor", a.currency, m.matched_on AS "on"
     FROM bank_matches AS m JOIN bank_accounts AS a ON a.id = m.account_id WHERE ${which} m.unmatched_at IS NULL AND m.residual_account = '${accountCodes.suspense}' AND m.residual_minor <> 0 ORDER BY m.id`;
const selectSuspended = sql('bank-standing.suspended', suspendedWhere(''));
const selectSuspendedOf = sql('bank-standing.suspended-of', suspendedWhere('m.id = ? AND'));
const sumLines = sql('bank-standing.lines', "SELECT 'bank' AS store, a.currency, count(*) AS count, sum(l.amount_minor) AS \"amountMinor\" FROM bank_lines AS l JOIN bank_accounts AS a ON a.id = l.account_id GROUP BY a.currency ORDER BY a.currency");
const sumPayouts = sql(
  'bank-standing.payouts',
  `SELECT 'stripe' AS store, currency, count(*) AS count, sum(amount_minor) AS "amountMinor" FROM stripe_payouts WHERE status NOT IN ('failed', 'canceled') AND arrival_at >= :from AND arrival_at <= :to AND currency = :currency GROUP BY currency`,
);
const selectTransaction = sql('bank-standing.transaction', 'SELECT balance_transaction_id AS id FROM stripe_payouts WHERE id = ?');

export type StoreSums = { readonly store: 'stripe' | 'bank'; readonly currency: string; readonly count: number; readonly amountMinor: number }[];

/** Per currency, from the first day of the first whole statement to the last day of the last. */
export function readCoveredDays(database: ReadableDatabase): Map<string, { from: LocalDate; to: LocalDate }> {
  return new Map(database.all<{ currency: string; from: string; to: string }>(selectCovered).map(({ currency, from, to }) => [currency, { from: localDate(from), to: localDate(to) }]));
}
export const countMatchedLines = (database: ReadableDatabase): number => database.get<{ count: number }>(countMatched)?.count ?? 0;
/** Of matches that stand. */
export const listSuspended = (database: ReadableDatabase): SuspendedRest[] => database.all(selectSuspended);
/** Of one match; undefined where it stands no more, or left nothing there. */
export const findSuspended = (database: ReadableDatabase, matchId: string): SuspendedRest | undefined => database.get(selectSuspendedOf, [matchId]);
/** What the bank's lines come to, and the payouts of the days they cover. */
export function readStandingSums(database: ReadableDatabase, covered: ReadonlyMap<string, { readonly from: string; readonly to: string }>): StoreSums {
  const payouts = [...covered].flatMap(([currency, { from, to }]) => database.all<StoreSums[number]>(sumPayouts, { currency, from: Date.parse(`${from}T00:00:00Z`), to: Date.parse(`${to}T00:00:00Z`) }));
  return [...database.all<StoreSums[number]>(sumLines), ...payouts];
}
export const findPayoutTransaction = (database: ReadableDatabase, payoutId: string): string | null => database.get<{ id: string | null }>(selectTransaction, [payoutId])?.id ?? null;
