/** What the verification reads of what later entries will be made from: settings, facts that wait, entries that wait, months marked as recognised. */
import { sql, type ReadableDatabase } from '../database/handles.ts';

const listSettings = sql('surroundings.settings', "SELECT name, value FROM ledger_settings WHERE name IN ('gateway_account', 'mode', 'functional_currency', 'reporting_time_zone')");
const listNewestDays = sql('surroundings.newest-days', 'SELECT id, created_at AS createdAt, created_on AS createdOn FROM stripe_balance_transactions ORDER BY created_at DESC, id DESC LIMIT 2000');
const findStretchEnd = sql('surroundings.stretch-end', 'SELECT created_at AS createdAt, id FROM stripe_balance_transactions WHERE (created_at, id) > (:createdAt, :id) ORDER BY created_at, id LIMIT 1 OFFSET :skipped');
const listUnbooked = sql(
  'surroundings.unbooked',
  `SELECT t.id FROM stripe_balance_transactions AS t
    WHERE (t.created_at, t.id) > (:createdAt, :id) AND (t.created_at, t.id) <= (:lastAt, :lastId) AND (t.amount_minor <> 0 OR t.fee_minor <> 0)
      AND NOT EXISTS (SELECT 1 FROM journal_entries AS e WHERE e.source_id = t.id AND e.source_type = 'stripe-balance-transaction')
      AND NOT EXISTS (SELECT 1 FROM unposted_facts AS u WHERE u.occurred_at = t.created_at AND u.object_type = 'balance_transaction' AND u.object_id = t.id)
    ORDER BY t.created_at, t.id`,
);
/** A fact waits under the moment its object was created. */
const listDocuments = (kind: DocumentKind, table: string, isIssued: string) =>
  sql(
    `surroundings.${kind}`,
    `SELECT d.id, ${isIssued} AND d.total_minor <> 0
        AND NOT EXISTS (SELECT 1 FROM journal_entries AS e WHERE e.source_id = d.id AND e.source_type = 'stripe-${kind.replace('_', '-')}')
        AND NOT EXISTS (SELECT 1 FROM unposted_facts AS u WHERE u.occurred_at = d.created_at AND u.object_type = '${kind}' AND u.object_id = d.id) AS isUnbooked
       FROM ${table} AS d WHERE d.id > ? ORDER BY d.id LIMIT ?`,
  );
const documentLists = { invoice: listDocuments('invoice', 'stripe_invoices', 'd.finalised_at IS NOT NULL'), credit_note: listDocuments('credit_note', 'stripe_credit_notes', 'TRUE') };
const listWaitingSources = sql('surroundings.waiting-sources', "SELECT json_extract(body, '$.sourceId') AS id FROM provisional_entries WHERE json_valid(body)");
const listWaiting = sql('surroundings.waiting', 'SELECT rowid AS place, id, idempotency_key AS key, entry_date AS entryDate, recorded_at AS recordedAt, input_hash AS inputHash, body FROM provisional_entries WHERE rowid > ? ORDER BY rowid LIMIT ?');
const findMarkAhead = sql('surroundings.mark-ahead', 'SELECT month, ledger_sequence AS sequence FROM recognised_months WHERE ledger_sequence > ? OR ledger_sequence < 0 ORDER BY month LIMIT 1');
const listMarks = sql('surroundings.marks', 'SELECT month, recognised_at AS recognisedAt FROM recognised_months ORDER BY month');

/** A setting that the books were made by and that never changes. */
export type FixedSetting = 'gateway_account' | 'mode' | 'functional_currency' | 'reporting_time_zone';

export const fixedSettings = (database: ReadableDatabase): ReadonlyMap<FixedSetting, string> => new Map(database.all<{ name: FixedSetting; value: string }>(listSettings).map(({ name, value }) => [name, value]));
/** Of the newest balance transactions, when each was made and the day it was put on. */
export const newestDays = (database: ReadableDatabase): { readonly id: string; readonly createdAt: number; readonly createdOn: string }[] => database.all(listNewestDays);
/** A place in the order of balance transactions: by their moment (epoch milliseconds), then by id. */
export interface FactPlace {
  readonly createdAt: number;
  readonly id: string;
}
/** The last of so many balance transactions behind a place; undefined where there are fewer. */
export const stretchEnd = (database: ReadableDatabase, after: FactPlace, count: number): FactPlace | undefined => database.get(findStretchEnd, { ...after, skipped: count - 1 });
/** Balance transactions of (after, upTo] that moved something and neither are in a sealed entry nor wait to be posted, oldest first. */
export const unbookedBetween = (database: ReadableDatabase, after: FactPlace, upTo: FactPlace): string[] => database.all<{ id: string }>(listUnbooked, { ...after, lastAt: upTo.createdAt, lastId: upTo.id }).map(({ id }) => id);
/** Documents of Stripe's that move what is owed when they are issued. */
export type DocumentKind = 'invoice' | 'credit_note';

/** Documents of a kind behind an id, in the order of their ids; those that move something, are in no sealed entry and do not wait to be posted are marked. */
export const documentsAfter = (database: ReadableDatabase, kind: DocumentKind, after: string, limit: number): { readonly id: string; readonly isUnbooked: number }[] => database.all(documentLists[kind], [after, limit]);
/** What the entries that wait for their seal were made from. */
export const waitingSources = (database: ReadableDatabase): ReadonlySet<string | null> => new Set(database.all<{ id: string | null }>(listWaitingSources).map(({ id }) => id));

export interface WaitingRow {
  readonly place: number;
  readonly id: string;
  readonly key: string;
  readonly entryDate: string;
  readonly recordedAt: number;
  readonly inputHash: string;
  readonly body: string;
}
export const waitingRowsAfter = (database: ReadableDatabase, place: number, limit: number): WaitingRow[] => database.all<WaitingRow>(listWaiting, [place, limit]);
export const markAhead = (database: ReadableDatabase, headSequence: number): { readonly month: string; readonly sequence: number } | undefined => database.get(findMarkAhead, [headSequence]);
export const marksOfMonths = (database: ReadableDatabase): { readonly month: string; readonly recognisedAt: number }[] => database.all(listMarks);
