/** What this desk owns while it works alone, as it travels into a shared ledger: whole tables in the order of their keys. */
import { joiningParts, type JoiningPart } from '../../shared/api/joined-records.ts';
import { sql, type ReadableDatabase, type Sql } from '../database/handles.ts';
import type { JoiningCounts, JoiningRow } from './record-joining.ports.ts';
import { sharedEntities } from './shared-entities.ts';

interface OwnTable {
  readonly table: string;
  readonly columns: readonly string[];
  /** A total order of the rows. */
  readonly order: string;
  /** Columns that hold JSON as text. */
  readonly json: readonly string[];
}

const ofEntity = (entity: JoiningPart, table: string, json: readonly string[], order = 'id'): OwnTable => ({ table, columns: sharedEntities[entity].columns, order, json });

const ownTables: Readonly<Record<JoiningPart, OwnTable>> = {
  partner: ofEntity('partner', 'partners', ['billing_address']),
  contract: ofEntity('contract', 'partner_contracts', ['further_prefixes', 'tiers']),
  amendment: ofEntity('amendment', 'contract_amendments', ['tiers']),
  entity_version: ofEntity('entity_version', 'entity_versions', ['body'], 'entity, entity_id, version'),
  change_set: ofEntity('change_set', 'change_sets', ['fields', 'effective_fields']),
  change_conflict: ofEntity('change_conflict', 'change_conflicts', ['fields', 'kept']),
  // Where a PDF lies is this desk's own knowledge.
  invoice: { ...ofEntity('invoice', 'invoices', ['line_items', 'customer_snapshot']), columns: sharedEntities.invoice.columns.filter((column) => column !== 'pdf_location') },
};

interface Statements {
  readonly count: Sql;
  readonly page: Sql;
}

const statements = Object.fromEntries(
  joiningParts.map((part): [JoiningPart, Statements] => {
    const { table, columns, order } = ownTables[part];
    return [part, { count: sql(`joining.count-${part}`, `SELECT count(*) AS count FROM ${table}`), page: sql(`joining.page-${part}`, `SELECT ${columns.join(', ')} FROM ${table} ORDER BY ${order} LIMIT ? OFFSET ?`) }];
  }),
) as Readonly<Record<JoiningPart, Statements>>;

export function countOwnRecords(database: ReadableDatabase): JoiningCounts {
  return Object.fromEntries(joiningParts.map((part) => [part, database.get<{ count: number }>(statements[part].count)?.count ?? 0])) as Record<JoiningPart, number>;
}

/** @param page from 0. */
export function ownRecordsOf(database: ReadableDatabase, part: JoiningPart, page: number, size: number): JoiningRow[] {
  const { json } = ownTables[part];
  return database.all<Record<string, string | number | null>>(statements[part].page, [size, page * size]).map((row) => ({ ...row, ...Object.fromEntries(json.map((column) => [column, parsed(row[column])])) }));
}

const parsed = (text: string | number | null | undefined): unknown => (typeof text === 'string' ? JSON.parse(text) : null);

const findStaying = sql(
  'joining.what-would-stay',
  `SELECT (SELECT count(*) FROM receivable_acts) AS acts, (SELECT count(*) FROM customer_credits) AS credits, (SELECT count(*) FROM invoices WHERE status = 'draft' AND draft_edits IS NOT NULL) AS editedDrafts,
     (SELECT count(*) FROM mail_outbox WHERE state IN ('waiting', 'claimed', 'sending', 'in-doubt', 'failed')) AS openMails`,
);

export interface StayingBehind {
  /** Payments, credit notes and whatever else was done to invoices. */
  readonly acts: number;
  readonly credits: number;
  readonly editedDrafts: number;
  /** E-mails that were not sent yet, or nobody knows whether they were. */
  readonly openMails: number;
}

/** What this desk owns and a join does not carry. */
export const countStayingBehind = (database: ReadableDatabase): StayingBehind => database.get<StayingBehind>(findStaying) ?? { acts: 0, credits: 0, editedDrafts: 0, openMails: 0 };

const findRevaluation = sql('joining.revaluation', "SELECT value FROM ledger_settings WHERE name = 'revaluation_at_close'");

/** The one setting of a desk of its own that holds for a shared ledger as well. Four eyes are its owner's to set. */
export const revaluesAtClose = (database: ReadableDatabase): boolean => database.get<{ value: string }>(findRevaluation)?.value === 'on';
