/** The SQL behind what nobody invoices. */
import type { Month } from '../../shared/calendar/local-date.ts';
import { sql, type ReadableDatabase, type WritableDatabase } from '../database/handles.ts';

const listStanding = sql('unbilled.standing', "SELECT contract_id AS contractId, billing_month AS month FROM invoices WHERE kind = 'partner' AND status <> 'void' AND contract_id IS NOT NULL AND billing_month IS NOT NULL ORDER BY billing_month");
const listUnclaimed = sql(
  'unbilled.unclaimed',
  `SELECT u.api_key_prefix AS prefix, u.meter, sum(u.quantity) AS units, min(u.occurred_at) AS firstAt FROM api_usage AS u
    WHERE u.occurred_at >= ? AND u.occurred_at < ? AND u.api_key_prefix NOT IN (SELECT api_key_prefix FROM partner_contracts UNION SELECT f.value FROM partner_contracts AS c, json_each(c.further_prefixes) AS f)
    GROUP BY u.api_key_prefix, u.meter ORDER BY units DESC LIMIT 200`,
);

// Rows are only added, or changed with a higher version.
const selectGrounds = sql(
  'unbilled.grounds',
  `SELECT (SELECT count(*) || '/' || coalesce(sum(version), 0) FROM invoices WHERE kind = 'partner') || ' ' || (SELECT count(*) || '/' || coalesce(sum(version), 0) || '/' || coalesce(max(updated_at), 0) FROM partner_contracts)
       || ' ' || (SELECT count(*) || '/' || coalesce(sum(version), 0) FROM contract_amendments) || ' ' || (SELECT count(*) || '/' || coalesce(sum(version), 0) FROM partners) || ' ' || (SELECT coalesce(max(id), 0) FROM api_usage) || ' ' || (SELECT count(*) FROM exchange_rates) AS grounds`,
);
const selectKept = sql('kept-answers.get', 'SELECT grounds, answer, as_of AS "asOf" FROM kept_answers WHERE name = ?');
const upsertKept = sql('kept-answers.keep', 'INSERT INTO kept_answers (name, grounds, answer, as_of) VALUES (:name, :grounds, :answer, :asOf) ON CONFLICT (name) DO UPDATE SET grounds = excluded.grounds, answer = excluded.answer, as_of = excluded.as_of');

/** What unbilled usage is worked out from, in short: another text where anything of it has changed. */
export const readGroundsOfUnbilled = (database: ReadableDatabase): string => database.get<{ grounds: string }>(selectGrounds)?.grounds ?? '';
export const findKeptAnswer = (database: ReadableDatabase, name: string): { readonly grounds: string; readonly answer: string; readonly asOf: number } | undefined => database.get(selectKept, [name]);
export const keepAnswer = (database: WritableDatabase, kept: { readonly name: string; readonly grounds: string; readonly answer: string; readonly asOf: number }): void => void database.run(upsertKept, { ...kept });

/** The months each contract has an invoice for that is not void, drafts too; the first one first. */
export function standingInvoiceMonths(database: ReadableDatabase): ReadonlyMap<string, ReadonlySet<Month>> {
  const months = new Map<string, Set<Month>>();
  for (const { contractId, month } of database.all<{ contractId: string; month: Month }>(listStanding)) {
    const known = months.get(contractId);
    if (known) known.add(month);
    else months.set(contractId, new Set([month]));
  }
  return months;
}

/** Usage of keys that no contract names, from ≤ moment < to. */
export const readUnclaimedUsage = (database: ReadableDatabase, from: number, to: number): { readonly prefix: string; readonly meter: string; readonly units: number; /** Epoch milliseconds. */ readonly firstAt: number }[] => database.all(listUnclaimed, [from, to]);
