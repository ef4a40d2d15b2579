/** This desk's copy of the shared database, written only by the sync. */
import { sql, type ReadableDatabase, type Sql, type WritableDatabase } from '../database/handles.ts';
import { sharedEntities, sharedEntityNames, type SharedEntityName, type SharedRow } from './shared-entities.ts';
import type { FeedPosition } from './shared-ledger-source.ts';

interface LocalTable {
  readonly upsert: Sql;
  /** Undefined where the shared database never deletes. */
  readonly remove: Sql | undefined;
  readonly purge: Sql;
}

/** `INSERT … ON CONFLICT DO UPDATE` over all columns; `keep` gives the expression of columns that are not simply overwritten. */
function upsertInto(table: string, entity: SharedEntityName, keyColumns: readonly string[], options: { only?: string; keep?: Readonly<Record<string, string>> } = {}): Sql {
  const { columns } = sharedEntities[entity];
  const updates = columns.filter((column) => !keyColumns.includes(column)).map((column) => `${column} = ${options.keep?.[column] ?? `excluded.${column}`}`);
  return sql(
    `shared.upsert-${entity}`,
    `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})
     ON CONFLICT (${keyColumns.join(', ')}) DO UPDATE SET ${updates.join(', ')}${options.only ? ` WHERE ${options.only}` : ''}`,
  );
}

const localTables: Readonly<Record<SharedEntityName, LocalTable>> = {
  exchange_rate: {
    upsert: upsertInto('exchange_rates', 'exchange_rate', ['base', 'quote', 'rate_on']),
    remove: sql('shared.remove-exchange_rate', "DELETE FROM exchange_rates WHERE base || '/' || quote || '/' || CAST(julianday(rate_on) - julianday('2000-01-01') AS INTEGER) = :key AND :changedAt > 0"),
    purge: sql('shared.purge-exchange_rate', 'DELETE FROM exchange_rates'),
  },
  partner: {
    upsert: upsertInto('partners', 'partner', ['id'], { only: 'excluded.version >= partners.version' }),
    remove: sql('shared.remove-partner', 'UPDATE partners SET deleted_at = :changedAt WHERE id = :key AND deleted_at IS NULL'),
    purge: sql('shared.purge-partner', 'DELETE FROM partners'),
  },
  contract: {
    upsert: upsertInto('partner_contracts', 'contract', ['id'], { only: 'excluded.version >= partner_contracts.version' }),
    remove: sql('shared.remove-contract', 'UPDATE partner_contracts SET deleted_at = :changedAt WHERE id = :key AND deleted_at IS NULL'),
    purge: sql('shared.purge-contract', 'DELETE FROM partner_contracts'),
  },
  amendment: {
    upsert: upsertInto('contract_amendments', 'amendment', ['id'], { only: 'excluded.version >= contract_amendments.version' }),
    remove: sql('shared.remove-amendment', 'UPDATE contract_amendments SET deleted_at = :changedAt WHERE id = :key AND deleted_at IS NULL'),
    purge: sql('shared.purge-amendment', 'DELETE FROM contract_amendments'),
  },
  entity_version: {
    upsert: upsertInto('entity_versions', 'entity_version', ['entity', 'entity_id', 'version']),
    remove: undefined,
    purge: sql('shared.purge-entity_version', 'DELETE FROM entity_versions'),
  },
  change_set: {
    // As far as the shared database had come when it was asked: an answer that was read earlier never undoes a later one.
    upsert: upsertInto('change_sets', 'change_set', ['id'], { only: 'excluded.changed_at >= change_sets.changed_at' }),
    remove: undefined,
    purge: sql('shared.purge-change_set', 'DELETE FROM change_sets'),
  },
  change_conflict: {
    upsert: upsertInto('change_conflicts', 'change_conflict', ['id'], { only: "change_conflicts.state = 'open'" }),
    remove: undefined,
    purge: sql('shared.purge-change_conflict', 'DELETE FROM change_conflicts'),
  },
  change_approval: {
    upsert: upsertInto('change_approvals', 'change_approval', ['id'], { only: "change_approvals.state = 'requested'" }),
    remove: undefined,
    purge: sql('shared.purge-change_approval', 'DELETE FROM change_approvals'),
  },
  api_usage: {
    upsert: upsertInto('api_usage', 'api_usage', ['id']),
    remove: sql('shared.remove-api_usage', 'DELETE FROM api_usage WHERE id = CAST(:key AS INTEGER) AND :changedAt > 0'),
    purge: sql('shared.purge-api_usage', 'DELETE FROM api_usage'),
  },
  payment_history: {
    upsert: upsertInto('payment_history', 'payment_history', ['id']),
    remove: sql('shared.remove-payment_history', 'DELETE FROM payment_history WHERE id = CAST(:key AS INTEGER) AND :changedAt > 0'),
    purge: sql('shared.purge-payment_history', 'DELETE FROM payment_history'),
  },
  invoice: {
    // A row this desk wrote a moment ago may be newer than the snapshot being read; where the PDF lies here is this desk's own knowledge.
    upsert: upsertInto('invoices', 'invoice', ['id'], { only: 'excluded.version >= invoices.version', keep: { pdf_location: 'coalesce(excluded.pdf_location, invoices.pdf_location)' } }),
    remove: undefined,
    purge: sql('shared.purge-invoice', 'DELETE FROM invoices'),
  },
  credit: {
    upsert: upsertInto('customer_credits', 'credit', ['id'], { only: 'excluded.version >= customer_credits.version' }),
    remove: undefined,
    purge: sql('shared.purge-credit', 'DELETE FROM customer_credits'),
  },
  receivable_act: {
    upsert: upsertInto('receivable_acts', 'receivable_act', ['id'], { only: 'false' }), // an act is never changed
    remove: undefined,
    purge: sql('shared.purge-receivable_act', 'DELETE FROM receivable_acts'),
  },
  invoice_review: {
    upsert: upsertInto('invoice_reviews', 'invoice_review', ['id'], { only: 'excluded.reviewed_at >= invoice_reviews.reviewed_at' }),
    remove: undefined,
    purge: sql('shared.purge-invoice_review', 'DELETE FROM invoice_reviews'),
  },
  discrepancy: {
    // What others did to a difference, unless this desk did something that has not been sent yet.
    upsert: sql(
      'shared.upsert-discrepancy',
      `INSERT INTO discrepancies (id, level, reason, object_id, balance_transaction_id, status, assignee, hold_until, currency, amount_minor, occurred_on, detail, first_seen_at, last_seen_at, resolved_at, due_on, marked_as, link_to, open_request, shared_version)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET status = excluded.status, assignee = excluded.assignee, hold_until = excluded.hold_until, resolved_at = excluded.resolved_at, due_on = excluded.due_on, marked_as = excluded.marked_as, link_to = excluded.link_to, open_request = excluded.open_request, shared_version = excluded.shared_version
       WHERE excluded.shared_version > discrepancies.shared_version AND discrepancies.local_revision = discrepancies.sent_revision`,
    ),
    remove: undefined,
    // What this person did and nobody has been told of stays: it is their own, and their audit log has it.
    purge: sql('shared.purge-discrepancy', 'DELETE FROM discrepancies WHERE local_revision <= sent_revision'),
  },
  discrepancy_step: {
    // A step is never changed; this desk's own comes back as taken.
    upsert: sql(
      'shared.upsert-discrepancy_step',
      `INSERT INTO discrepancy_steps (id, discrepancy_id, action, actor, note, from_status, to_status, recorded_at, before, body, undoes, request_id, sent_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1)
       ON CONFLICT (id) DO UPDATE SET sent_at = coalesce(discrepancy_steps.sent_at, excluded.sent_at)`,
    ),
    remove: undefined,
    purge: sql('shared.purge-discrepancy_step', 'DELETE FROM discrepancy_steps WHERE sent_at IS NOT NULL'),
  },
  close_sign_off: {
    upsert: sql('shared.upsert-close_sign_off', 'INSERT INTO close_sign_offs (id, month, action, actor, note, checks, head_sequence, head_hash, recorded_at, sent_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 1) ON CONFLICT (id) DO UPDATE SET sent_at = coalesce(close_sign_offs.sent_at, excluded.sent_at)'),
    remove: undefined,
    purge: sql('shared.purge-close_sign_off', 'DELETE FROM close_sign_offs WHERE sent_at IS NOT NULL'),
  },
  mail: {
    upsert: upsertInto('mail_outbox', 'mail', ['id'], { only: 'excluded.version >= mail_outbox.version' }),
    remove: undefined,
    purge: sql('shared.purge-mail', 'DELETE FROM mail_outbox'),
  },
  shared_view: {
    upsert: upsertInto('shared_views', 'shared_view', ['id'], { only: 'excluded.saved_at >= shared_views.saved_at' }),
    remove: sql('shared.remove-shared_view', 'DELETE FROM shared_views WHERE id = :key AND :changedAt > 0'),
    purge: sql('shared.purge-shared_view', 'DELETE FROM shared_views'),
  },
};

export function upsertSharedRows(database: WritableDatabase, entity: SharedEntityName, rows: readonly SharedRow[]): number {
  const { upsert } = localTables[entity];
  let written = 0;
  for (const row of rows) written += database.run(upsert, row.values);
  return written;
}

/** Partners and contracts keep a tombstone; the company's own records go. @returns how many rows were touched. */
export function removeSharedRow(database: WritableDatabase, entity: SharedEntityName, key: string, changedAt: number): number {
  const { remove } = localTables[entity];
  return remove ? database.run(remove, { key, changedAt }) : 0;
}

/** What this person wrote and nobody has taken yet stays: it is their own. */
const purgeSettledEdits = sql('shared.purge-outbox', "DELETE FROM outbox_changes WHERE state IN ('applied', 'merged', 'rejected', 'withdrawn')");

const forgetComparison = sql('shared.forget-comparison', "UPDATE comparison_marks SET is_whole = 0, noted_row = 0, totals = '{}'");
const purgeNotedChanges = sql('shared.purge-noted-changes', 'DELETE FROM payment_history_changes');
const purgeSpells = sql('shared.purge-spells', 'DELETE FROM discrepancy_spells WHERE NOT EXISTS (SELECT 1 FROM discrepancies WHERE id = discrepancy_id)');
const purgeSentSteps = sql('shared.purge-steps', 'DELETE FROM discrepancy_steps WHERE discrepancy_id IN (SELECT id FROM discrepancies WHERE local_revision <= sent_revision)');
/** Pages that are given up are overwritten, not only forgotten. */
const overwriteDeleted = sql('shared.overwrite-deleted', 'PRAGMA secure_delete = ON');
const forgetDeleted = sql('shared.forget-deleted', 'PRAGMA secure_delete = OFF');

/** What a role may no longer read does not stay on its desk (docs/ownership.md). @returns how many rows of it there were. */
export function purgeSharedEntity(database: WritableDatabase, entity: SharedEntityName): number {
  database.get(overwriteDeleted);
  try {
    if (entity === 'discrepancy') database.run(purgeSentSteps);
    // What a reconciliation kept of the records goes with them, and the next one starts anew.
    if (entity === 'payment_history' || entity === 'discrepancy') database.run(forgetComparison);
    const rows = database.run(localTables[entity].purge);
    if (entity === 'payment_history') database.run(purgeNotedChanges);
    if (entity === 'discrepancy') database.run(purgeSpells);
    if (entity === 'change_set') database.run(purgeSettledEdits);
    database.run(deleteCursor, [loadCursorName(entity)]);
    return rows;
  } finally {
    database.get(forgetDeleted);
  }
}

/** Where the company's own rates come, those that this desk imported by itself go (docs/adr/0010). What was valued by them keeps its figures. */
export const dropImportedRates = (database: WritableDatabase): void => void database.run(sql('shared.drop-imported-rates', "DELETE FROM exchange_rates WHERE source <> 'shared database'"));

/** What this desk shared before its first copy may have been taken back since: the copy says what stands. */
export const dropSharedViews = (database: WritableDatabase): void => void database.run(localTables.shared_view.purge);

// ── Cursors ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

const feedCursorName = 'postgres/feed';
const loadCursorName = (entity: SharedEntityName): string => `postgres/load/${entity}`;

const selectCursor = sql('shared.cursor', 'SELECT cursor, is_complete AS "isComplete" FROM sync_cursors WHERE source = ?');
const deleteCursor = sql('shared.delete-cursor', 'DELETE FROM sync_cursors WHERE source = ?');
const upsertCursor = sql(
  'shared.move-cursor',
  `INSERT INTO sync_cursors (source, cursor, is_complete, rows_seen, last_attempt_at) VALUES (:source, :cursor, :isComplete, :rows, :at)
   ON CONFLICT (source) DO UPDATE SET cursor = excluded.cursor, is_complete = excluded.is_complete, rows_seen = rows_seen + excluded.rows_seen, last_attempt_at = excluded.last_attempt_at`,
);
const markSuccess = sql('shared.mark-success', 'UPDATE sync_cursors SET last_success_at = :at, last_attempt_at = :at, last_error_code = NULL WHERE source = :source');
const markFailure = sql(
  'shared.mark-failure',
  `INSERT INTO sync_cursors (source, last_attempt_at, last_error_code) VALUES (:source, :at, :code)
   ON CONFLICT (source) DO UPDATE SET last_attempt_at = excluded.last_attempt_at, last_error_code = excluded.last_error_code`,
);

interface CursorRow {
  readonly cursor: string | null;
  readonly isComplete: number;
}

export function findFeedPosition(database: ReadableDatabase): FeedPosition | undefined {
  const cursor = database.get<CursorRow>(selectCursor, [feedCursorName])?.cursor;
  const [transactionId, sequence] = cursor?.split('/') ?? [];
  return transactionId && sequence ? { transactionId, sequence } : undefined;
}

export function moveFeedPosition(database: WritableDatabase, position: FeedPosition, rows: number, at: number): void {
  database.run(upsertCursor, { source: feedCursorName, cursor: `${position.transactionId}/${position.sequence}`, isComplete: 1, rows, at });
}

export interface LoadState {
  readonly entity: SharedEntityName;
  /** The last key stored, null when none was yet. */
  readonly lastKey: string | null;
  readonly isComplete: boolean;
}

/** How far the first full copy of an entity has come; undefined when it was never begun. */
export function findLoadState(database: ReadableDatabase, entity: SharedEntityName): LoadState | undefined {
  const row = database.get<CursorRow>(selectCursor, [loadCursorName(entity)]);
  return row && { entity, lastKey: row.cursor, isComplete: row.isComplete === 1 };
}

export function listBegunEntities(database: ReadableDatabase): SharedEntityName[] {
  return sharedEntityNames.filter((entity) => findLoadState(database, entity) !== undefined);
}

export function moveLoadState(database: WritableDatabase, state: LoadState, rows: number, at: number): void {
  database.run(upsertCursor, { source: loadCursorName(state.entity), cursor: state.lastKey, isComplete: state.isComplete ? 1 : 0, rows, at });
}

const heldBackMark = 'feed_held_back_since';

/** @param heldBackSince changes since then are there and cannot be read yet; null: none. Both in epoch milliseconds. */
export function recordSyncSuccess(database: WritableDatabase, heldBackSince: number | null, at: number): void {
  database.run(markSuccess, { source: feedCursorName, at });
  if (heldBackSince !== null) replaceLedgerSetting(database, heldBackMark, String(heldBackSince), at);
  else if (findLedgerSetting(database, heldBackMark) !== undefined) dropLedgerSetting(database, heldBackMark);
}

export function recordSyncFailure(database: WritableDatabase, code: string, at: number): void {
  database.run(markFailure, { source: feedCursorName, at, code });
}

const selectState = sql(
  'shared.state',
  `SELECT cursor AS position, last_success_at AS "lastSuccessAt", CASE WHEN coalesce(last_attempt_at, 0) >= coalesce(last_success_at, 0) THEN last_error_code END AS "errorCode" FROM sync_cursors WHERE source = ?`,
);

export interface SyncState {
  readonly position: string | null;
  readonly lastSuccessAt: number | null;
  readonly errorCode: string | null;
  /** When they last met, changes since then could not be read. */
  readonly heldBackSince: number | null;
}

/** How this desk and the shared database stand to each other: when they last met, what went wrong since, how far the feed was read, and since when it is held back. */
export function readSyncState(database: ReadableDatabase): SyncState {
  const since = findLedgerSetting(database, heldBackMark);
  const state = database.get<Omit<SyncState, 'heldBackSince'>>(selectState, [feedCursorName]) ?? { position: null, lastSuccessAt: null, errorCode: null };
  return { ...state, heldBackSince: since === undefined ? null : Number(since) };
}

// ── Whose ledger this is ────────────────────────────────────────────────────────────────────────────────────────────────────────────

const selectSetting = sql('ledger-settings.get', 'SELECT value FROM ledger_settings WHERE name = ?');
const insertSetting = sql('ledger-settings.insert', 'INSERT INTO ledger_settings (name, value, set_at) VALUES (?, ?, ?) ON CONFLICT (name) DO NOTHING');

export function findLedgerSetting(database: ReadableDatabase, name: string): string | undefined {
  return database.get<{ value: string }>(selectSetting, [name])?.value;
}

/** Writes a setting that is not there yet; one that is there stays. */
export function keepLedgerSetting(database: WritableDatabase, name: string, value: string, at: number): void {
  database.run(insertSetting, [name, value, at]);
}

const replaceSetting = sql('ledger-settings.replace', 'INSERT INTO ledger_settings (name, value, set_at) VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value, set_at = excluded.set_at WHERE value <> excluded.value');

/** Writes a setting that may change. */
export function replaceLedgerSetting(database: WritableDatabase, name: string, value: string, at: number): void {
  database.run(replaceSetting, [name, value, at]);
}

const deleteSetting = sql('ledger-settings.delete', 'DELETE FROM ledger_settings WHERE name = ?');

/** Takes away a setting that says how far something has come. */
export function dropLedgerSetting(database: WritableDatabase, name: string): void {
  database.run(deleteSetting, [name]);
}
