/** All SQL of staging, cursors and the queue of unposted facts. */
import { sql, type ReadableDatabase, type WritableDatabase } from '../database/handles.ts';
import { keysStatement, rowsStatement, runKeys, runRows } from '../database/multi-row.ts';

export type FactType = 'balance_transaction' | 'invoice' | 'credit_note' | 'customer_balance_transaction';

export interface UnpostedFact {
  readonly occurred_at: number;
  readonly object_type: FactType;
  readonly object_id: string;
  readonly reason_code: string | null;
}

// News about a fact that waits makes it one that nobody has tried: what it depends on is asked for anew.
const untried = 'ON CONFLICT DO UPDATE SET reason_code = NULL, reason = NULL, rate_currency = NULL, rate_on = NULL WHERE reason_code IS NOT NULL';
const enqueue = rowsStatement('unposted.enqueue', 'INSERT INTO unposted_facts (occurred_at, object_type, object_id) VALUES', 3, untried);
const dequeue = rowsStatement('unposted.dequeue', 'DELETE FROM unposted_facts WHERE (occurred_at, object_type, object_id) IN (VALUES', 3, ')');
const park = sql(
  'unposted.park',
  `UPDATE unposted_facts SET reason_code = :code, reason = :reason, rate_currency = :currency, rate_on = :on
    WHERE occurred_at = :at AND object_type = :type AND object_id = :id AND (reason_code IS NOT :code OR rate_currency IS NOT :currency OR rate_on IS NOT :on)`,
);
const listWaitingFor = sql('unposted.waiting-for', 'SELECT occurred_at, object_type, object_id, reason_code FROM unposted_facts WHERE (occurred_at, object_type, object_id) > (?, ?, ?) AND reason_code = ? ORDER BY occurred_at, object_type, object_id LIMIT ?');
const listUnposted = sql('unposted.list', 'SELECT occurred_at, object_type, object_id, reason_code FROM unposted_facts WHERE (occurred_at, object_type, object_id) > (?, ?, ?) ORDER BY occurred_at, object_type, object_id LIMIT ?');
const listPaidSince = sql('unposted.paid-since', "SELECT u.occurred_at, u.object_type, u.object_id, u.reason_code FROM unposted_facts u JOIN stripe_invoices i ON i.id = u.object_id WHERE u.object_type = 'invoice' AND max(coalesce(i.finalised_at, 0), coalesce(i.paid_at, 0), coalesce(i.voided_at, 0), coalesce(i.marked_uncollectible_at, 0)) >= ? ORDER BY u.occurred_at, u.object_id");
const countUnposted = sql('unposted.count', 'SELECT count(*) AS count FROM unposted_facts');
const countParked = sql('unposted.parked', 'SELECT reason_code, count(*) AS count FROM unposted_facts WHERE reason_code IS NOT NULL GROUP BY reason_code ORDER BY reason_code');
const enqueueTransactionsOfIntents = keysStatement(
  'unposted.enqueue-by-intent',
  (intents) => `INSERT INTO unposted_facts (occurred_at, object_type, object_id) SELECT t.created_at, 'balance_transaction', t.id FROM stripe_charges c JOIN stripe_balance_transactions t ON t.id = c.balance_transaction_id WHERE c.payment_intent_id IN (${intents}) ${untried}`,
);
const enqueueInvoices = keysStatement('unposted.enqueue-invoice', (ids) => `INSERT INTO unposted_facts (occurred_at, object_type, object_id) SELECT created_at, 'invoice', id FROM stripe_invoices WHERE id IN (${ids}) AND (finalised_at IS NOT NULL OR status NOT IN ('draft', 'void')) ${untried}`);

const findCursor = sql('cursors.find', 'SELECT cursor, is_complete, rows_seen, last_success_at FROM sync_cursors WHERE source = ?');
const saveCursorRow = sql(
  'cursors.save',
  'INSERT INTO sync_cursors (source, cursor, is_complete, rows_seen, last_success_at, last_attempt_at) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (source) DO UPDATE SET cursor = excluded.cursor, is_complete = excluded.is_complete, rows_seen = excluded.rows_seen, last_success_at = coalesce(excluded.last_success_at, last_success_at), last_attempt_at = excluded.last_attempt_at, last_error_code = NULL',
);
const saveFailureRow = sql(
  'cursors.failure',
  'INSERT INTO sync_cursors (source, last_attempt_at, last_error_code) VALUES (?, ?, ?) ON CONFLICT (source) DO UPDATE SET last_attempt_at = excluded.last_attempt_at, last_error_code = excluded.last_error_code',
);
const deleteRefillCursors = sql('cursors.delete-refill', "DELETE FROM sync_cursors WHERE source = 'stripe/refill' OR source LIKE 'stripe/refill/%'");

// What Stripe's own list says replaces what the shared inbox said under that id (relayed-events.ts); first seen stays first seen.
const stage = sql(
  'inbox.stage',
  `INSERT INTO sync_inbox (provider, provider_id, type, api_version, payload, created_at, received_at, status, reason_code, reason) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
   ON CONFLICT (provider, provider_id) DO UPDATE SET type = excluded.type, api_version = excluded.api_version, payload = excluded.payload, created_at = excluded.created_at, status = excluded.status, reason_code = excluded.reason_code, reason = excluded.reason, origin = 'polled'
     WHERE sync_inbox.origin = 'relayed'`,
);
const restage = sql('inbox.restage', "UPDATE sync_inbox SET payload = ?, status = 'parked', reason_code = ?, reason = ? WHERE provider = ? AND provider_id = ? AND status <> 'projected'");
const listStaged = sql('inbox.staged', "SELECT sequence, provider_id, type, payload, created_at FROM sync_inbox WHERE provider = 'stripe' AND origin = 'polled' AND status = 'staged' AND sequence > ? ORDER BY sequence LIMIT ?");
const settle = sql('inbox.settle', 'UPDATE sync_inbox SET status = ?, reason_code = ?, reason = ? WHERE sequence = ?');

const findSetting = sql('settings.find', 'SELECT value FROM ledger_settings WHERE name = ?');
const insertSetting = sql('settings.insert', 'INSERT INTO ledger_settings (name, value, set_at) VALUES (?, ?, ?) ON CONFLICT (name) DO NOTHING');

export interface Cursor {
  readonly cursor: string | null;
  readonly is_complete: number;
  readonly rows_seen: number;
  readonly last_success_at: number | null;
}

/** What waits to be posted, and since when it is a fact. */
export interface FactToQueue {
  readonly type: FactType;
  readonly id: string;
  /** Epoch milliseconds. */
  readonly occurredAt: number;
}

export function enqueueFacts(database: WritableDatabase, facts: readonly FactToQueue[]): void {
  runRows(database, enqueue, facts.flatMap(({ occurredAt, type, id }) => [occurredAt, type, id]));
}

export function dequeueFacts(database: WritableDatabase, facts: readonly UnpostedFact[]): void {
  runRows(database, dequeue, facts.flatMap((fact) => [fact.occurred_at, fact.object_type, fact.object_id]));
}

/** @param awaitedRate whose and which day's rate it waits for, where it is that. */
export function parkFact(database: WritableDatabase, fact: UnpostedFact, code: string, reason: string, awaitedRate?: { readonly currency: string; readonly on: string }): void {
  database.run(park, { code, reason, currency: awaitedRate?.currency ?? null, on: awaitedRate?.on ?? null, at: fact.occurred_at, type: fact.object_type, id: fact.object_id });
}
export const enqueuePaymentsOfIntents = (database: WritableDatabase, paymentIntentIds: readonly string[]): void => void runKeys(database, enqueueTransactionsOfIntents, paymentIntentIds);
export const enqueueKnownInvoices = (database: WritableDatabase, invoiceIds: readonly string[]): void => void runKeys(database, enqueueInvoices, invoiceIds);

export function unpostedAfter(database: ReadableDatabase, after: Pick<UnpostedFact, 'occurred_at' | 'object_type' | 'object_id'> | undefined, limit: number): UnpostedFact[] {
  return database.all<UnpostedFact>(listUnposted, after ? [after.occurred_at, after.object_type, after.object_id, limit] : [Number.MIN_SAFE_INTEGER, '', '', limit]);
}

/** As {@link unpostedAfter}, of those that wait for one reason. */
export function waitingAfter(database: ReadableDatabase, reasonCode: string, after: Pick<UnpostedFact, 'occurred_at' | 'object_type' | 'object_id'> | undefined, limit: number): UnpostedFact[] {
  return database.all<UnpostedFact>(listWaitingFor, [...(after ? [after.occurred_at, after.object_type, after.object_id] : [Number.MIN_SAFE_INTEGER, '', '']), reasonCode, limit]);
}

/** Waiting invoices whose finalisation, payment, void or giving up may be younger than the lists it was read from. */
export function invoicesPaidSince(database: ReadableDatabase, instant: number): UnpostedFact[] {
  return database.all<UnpostedFact>(listPaidSince, [instant]);
}

export function countUnpostedFacts(database: ReadableDatabase): number {
  return database.get<{ count: number }>(countUnposted)?.count ?? 0;
}

export function parkedByReason(database: ReadableDatabase): Record<string, number> {
  return Object.fromEntries(database.all<{ reason_code: string; count: number }>(countParked).map((row) => [row.reason_code, row.count]));
}

export function readCursor(database: ReadableDatabase, source: string): Cursor | undefined {
  return database.get<Cursor>(findCursor, [source]);
}

export interface CursorState {
  readonly cursor: string | null;
  readonly isComplete: boolean;
  readonly rowsSeen: number;
  readonly attemptedAt: number;
  readonly succeededAt?: number;
}

export function saveCursor(database: WritableDatabase, source: string, state: CursorState): void {
  database.run(saveCursorRow, [source, state.cursor, state.isComplete ? 1 : 0, state.rowsSeen, state.succeededAt ?? null, state.attemptedAt]);
}

export function saveFailure(database: WritableDatabase, source: string, attemptedAt: number, errorCode: string): void {
  database.run(saveFailureRow, [source, attemptedAt, errorCode]);
}

/** Forgets how far the refill came: the next one starts from the newest object again. */
export function forgetRefill(database: WritableDatabase): void {
  database.run(deleteRefillCursors);
}

export type InboxStatus = 'staged' | 'projected' | 'parked' | 'unhandled';

export interface StagedMessage {
  readonly providerId: string;
  readonly type: string;
  readonly apiVersion: string | null;
  readonly payload: string;
  readonly createdAt: number;
  readonly receivedAt: number;
  readonly status: InboxStatus;
  readonly reasonCode?: string;
  readonly reason?: string;
}

/** @returns false when the provider's id was there already. */
export function stageMessage(database: WritableDatabase, message: StagedMessage): boolean {
  return database.run(stage, ['stripe', message.providerId, message.type, message.apiVersion, message.payload, message.createdAt, message.receivedAt, message.status, message.reasonCode ?? null, message.reason ?? null]) > 0;
}

/** An object from a list that could not be read: kept where people see it. */
export function parkObject(database: WritableDatabase, message: StagedMessage): void {
  if (!stageMessage(database, message)) database.run(restage, [message.payload, message.reasonCode ?? null, message.reason ?? null, 'stripe', message.providerId]);
}

export interface StagedRow {
  readonly sequence: number;
  readonly provider_id: string;
  readonly type: string;
  readonly payload: string;
  readonly created_at: number;
}

export function stagedAfter(database: ReadableDatabase, sequence: number, limit: number): StagedRow[] {
  return database.all<StagedRow>(listStaged, [sequence, limit]);
}

export function settleMessage(database: WritableDatabase, sequence: number, status: InboxStatus, reasonCode: string | null = null, reason: string | null = null): void {
  database.run(settle, [status, reasonCode, reason, sequence]);
}

export function readSetting(database: ReadableDatabase, name: string): string | undefined {
  return database.get<{ value: string }>(findSetting, [name])?.value;
}

/** Settings of a ledger are fixed at creation: a second writer changes nothing. */
export function fixSetting(database: WritableDatabase, name: string, value: string, setAt: number): void {
  database.run(insertSetting, [name, value, setAt]);
}

const retryParked = sql('inbox.retry-parked', "UPDATE sync_inbox SET status = 'staged', reason_code = NULL, reason = NULL WHERE provider = 'stripe' AND status = 'parked'");
const retryOne = sql('inbox.retry', "UPDATE sync_inbox SET status = 'staged', reason_code = NULL, reason = NULL WHERE provider = 'stripe' AND provider_id = ? AND status IN ('parked', 'unhandled')");

/** Stages parked messages anew: those of the given ids (of an unhandled kind as well), or every parked one. @returns how many. */
export function restageMessages(database: WritableDatabase, providerIds: readonly string[] | undefined): number {
  if (providerIds === undefined) return database.run(retryParked);
  return providerIds.reduce((sum, id) => sum + database.run(retryOne, [id]), 0);
}

const dismissOne = sql('inbox.dismiss', "UPDATE sync_inbox SET status = 'unhandled', reason_code = 'dismissed', reason = :reason WHERE provider = 'stripe' AND provider_id = :id AND status = 'parked'");

/** A message that was set aside is kept, and not used: a person said so. @returns whether it was set aside. */
export const dismissMessage = (database: WritableDatabase, providerId: string, reason: string): boolean => database.run(dismissOne, { id: providerId, reason }) > 0;

const findGap = sql('gaps.open', 'SELECT from_at AS "from", to_at AS "to" FROM stripe_event_gaps WHERE filled_at IS NULL ORDER BY from_at LIMIT 1');
const insertGap = sql('gaps.insert', 'INSERT INTO stripe_event_gaps (id, from_at, to_at, noticed_at) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET to_at = excluded.to_at, filled_at = NULL');
const closeGaps = sql('gaps.fill', 'UPDATE stripe_event_gaps SET filled_at = ? WHERE filled_at IS NULL');

/** A stretch of time, epoch milliseconds, whose events the gateway no longer has. */
export interface EventGap {
  readonly from: number;
  readonly to: number;
}

/** The one that waits to be filled by listing everything. */
export const findOpenGap = (database: ReadableDatabase): EventGap | undefined => database.get<EventGap>(findGap);
export const noteGap = (database: WritableDatabase, gap: EventGap, noticedAt: number): void => void database.run(insertGap, [`stripe/${gap.from}`, gap.from, gap.to, noticedAt]);
export const fillGaps = (database: WritableDatabase, filledAt: number): void => void database.run(closeGaps, [filledAt]);
