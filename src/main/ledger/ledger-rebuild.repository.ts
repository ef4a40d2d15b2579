/** What a rebuild asks of the ledger it is held against, and what it is begun with. */
import { sql, type ReadableDatabase, type UnitOfWork } from '../database/handles.ts';
import { accountCodes } from './account-codes.ts';

/** What a ledger is once and for all (domain.md §1); a rebuild for another account, mode, zone or currency would prove nothing. */
const listIdentity = sql('rebuild.identity', "SELECT name, value, set_at AS setAt FROM ledger_settings WHERE name IN ('gateway_account', 'mode', 'functional_currency', 'reporting_time_zone', 'posting_rule_version', 'company_name')");
const insertSetting = sql('rebuild.insert-setting', 'INSERT INTO ledger_settings (name, value, set_at) VALUES (?, ?, ?)');
const listRates = sql('rebuild.rates', 'SELECT base, quote, rate_on AS rateOn, rate FROM exchange_rates ORDER BY base, quote, rate_on');
const insertRate = sql('rebuild.insert-rate', 'INSERT INTO exchange_rates (base, quote, rate_on, rate) VALUES (?, ?, ?, ?)');
const findSeen = sql('rebuild.seen', 'SELECT ledger_sequence AS sequence, recorded_at AS at FROM journal_entries WHERE id = ?');
const isPending = sql('rebuild.is-pending', 'SELECT 1 AS found FROM provisional_entries WHERE id = ?');
const listBookedRates = sql('rebuild.booked-rates', 'SELECT DISTINCT p.rate FROM journal_entries AS e CROSS JOIN posting_lines AS p ON p.ledger_sequence = e.ledger_sequence WHERE e.id = ? AND p.currency = ? AND p.rate IS NOT NULL');
const findPublished = sql('rebuild.published', 'SELECT max(rate_on) AS "on" FROM exchange_rates WHERE base = ? AND quote = ? AND rate_on <= ? AND rate = ?');
/** What people did to deferred revenue. */
const listDeferredActs = sql(
  'rebuild.deferred-acts',
  `SELECT DISTINCT e.id FROM journal_entries AS e CROSS JOIN posting_lines AS p ON p.ledger_sequence = e.ledger_sequence
    WHERE e.idempotency_key NOT GLOB 'stripe/*' AND e.idempotency_key NOT GLOB 'recognition/*' AND +p.account_code = '${accountCodes.deferredRevenue}' ORDER BY e.ledger_sequence`,
);
const findHead = sql('rebuild.head', 'SELECT coalesce(max(ledger_sequence), 0) AS sequence FROM journal_entries');
const findLastSync = sql('rebuild.last-sync', "SELECT last_success_at AS at FROM sync_cursors WHERE source = 'stripe/sync'");

/** @returns false where the ledger has not met its gateway yet: then nothing was copied. */
export function copyGrounds(from: ReadableDatabase, to: UnitOfWork): boolean {
  const identity = from.all<{ name: string; value: string; setAt: number }>(listIdentity);
  if (!identity.some((setting) => setting.name === 'gateway_account')) return false;
  to.run('rebuild.grounds', (database) => {
    for (const { name, value, setAt } of identity) database.run(insertSetting, [name, value, setAt]);
    for (const { base, quote, rateOn, rate } of from.all<{ base: string; quote: string; rateOn: string; rate: string }>(listRates)) database.run(insertRate, [base, quote, rateOn, rate]);
  });
  return true;
}

/** Where an entry stands in the chain and when it was recorded; undefined for one that is not in the books. */
export const seenEntry = (database: ReadableDatabase, id: string): { readonly sequence: number; readonly at: number } | undefined => database.get(findSeen, [id]);

/** Whether an entry waits for its seal. */
export const isWaitingEntry = (database: ReadableDatabase, id: string): boolean => database.get(isPending, [id]) !== undefined;

export const bookedRates = (database: ReadableDatabase, id: string, currency: string): string[] => database.all<{ rate: string }>(listBookedRates, [id, currency]).map((row) => row.rate);

/** The newest day up to a given one for which exactly this rate was published; null when there is none. */
export const publishedOn = (database: ReadableDatabase, base: string, quote: string, upTo: string, rate: string): string | null => database.get<{ on: string | null }>(findPublished, [base, quote, upTo, rate])?.on ?? null;

/** Ids of the entries by which people moved deferred revenue, in the order of the chain. */
export const actsOnDeferredRevenue = (database: ReadableDatabase): string[] => database.all<{ id: string }>(listDeferredActs).map((row) => row.id);

export const headSequenceOf = (database: ReadableDatabase): number => database.get<{ sequence: number }>(findHead)?.sequence ?? 0;

/** When Stripe was last read to its end, epoch milliseconds; null when it never was. */
export const lastSyncAt = (database: ReadableDatabase): number | null => database.get<{ at: number | null }>(findLastSync)?.at ?? null;
