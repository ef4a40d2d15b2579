import type { LocalDate } from '../../shared/calendar/local-date.ts';
import { sql, type ReadableDatabase, type WritableDatabase } from '../database/handles.ts';
import { accountCodes } from '../ledger/account-codes.ts';
import type { DiscrepancyMark, DiscrepancyStatus } from './discrepancy-states.ts';
import type { DiscrepancyReason } from './transaction-matching.ts';

export type ReconciliationLevel = 'drift' | 'transactions' | 'payouts' | 'bank';

export interface DiscrepancyRecord {
  readonly id: string;
  readonly level: ReconciliationLevel;
  readonly reason: DiscrepancyReason;
  readonly objectId: string;
  readonly balanceTransactionId: string | null;
  readonly status: DiscrepancyStatus;
  readonly assignee: string | null;
  readonly holdUntil: LocalDate | null;
  readonly currency: string;
  readonly amountMinor: number;
  readonly occurredOn: LocalDate;
  /** Canonical JSON: the store and both sides. */
  readonly detail: string;
  readonly firstSeenAt: number;
  readonly lastSeenAt: number;
  readonly lastRunId: string | null;
  readonly resolvedAt: number | null;
  /** The day a person set; null: the policy's (see `discrepancy-policy.ts`). */
  readonly dueOn: LocalDate | null;
  readonly markedAs: DiscrepancyMark | null;
  /** 'kind/id' of what it hangs together with. */
  readonly linkTo: string | null;
  /** The step that waits for a second person. */
  readonly openRequest: string | null;
}

/** What a run writes of a difference it sees for the first time. */
export type FoundDiscrepancy = Omit<DiscrepancyRecord, 'dueOn' | 'markedAs' | 'linkTo' | 'openRequest'>;

/** What people's acts change, and undoing puts back. */
export type DiscrepancyWorkState = Pick<DiscrepancyRecord, 'status' | 'assignee' | 'holdUntil' | 'resolvedAt' | 'dueOn' | 'markedAs' | 'linkTo' | 'openRequest'>;

export interface DiscrepancyStep {
  readonly id: string;
  readonly discrepancyId: string;
  readonly action: string;
  readonly actor: string;
  readonly note: string | null;
  readonly fromStatus: string;
  readonly toStatus: string;
  readonly recordedAt: number;
  /** Canonical JSON of {@link DiscrepancyWorkState} as it stood; left out by what cannot be taken back. */
  readonly before?: string | null | undefined;
  /** Canonical JSON of what else it did: the entry that was posted, the amounts. */
  readonly body?: string | null | undefined;
  readonly undoes?: string | null | undefined;
  readonly requestId?: string | null | undefined;
}

const columns = `id, level, reason, object_id AS "objectId", balance_transaction_id AS "balanceTransactionId", status, assignee, hold_until AS "holdUntil", currency, amount_minor AS "amountMinor", occurred_on AS "occurredOn", detail,
  first_seen_at AS "firstSeenAt", last_seen_at AS "lastSeenAt", last_run_id AS "lastRunId", resolved_at AS "resolvedAt", due_on AS "dueOn", marked_as AS "markedAs", link_to AS "linkTo", open_request AS "openRequest"`;
const selectOne = sql('discrepancies.get', `SELECT ${columns} FROM discrepancies WHERE id = ?`);
const selectHeld = sql(
  'discrepancies.held',
  `SELECT p.account_code AS "accountCode", sum(iif(p.direction = 'debit', p.amount_minor, -p.amount_minor)) AS "amountMinor" FROM journal_entries AS e CROSS JOIN posting_lines AS p ON p.ledger_sequence = e.ledger_sequence AND p.account_code IN ('${accountCodes.unappliedReceipts}', '${accountCodes.suspense}')
    WHERE e.source_id = ? AND e.source_type = 'stripe-balance-transaction' GROUP BY p.account_code HAVING "amountMinor" <> 0 ORDER BY abs("amountMinor") DESC, p.account_code LIMIT 1`,
);
const insertOne = sql(
  'discrepancies.insert',
  `INSERT INTO discrepancies (id, level, reason, object_id, balance_transaction_id, status, assignee, hold_until, currency, amount_minor, occurred_on, detail, first_seen_at, last_seen_at, last_run_id, resolved_at, local_revision)
   VALUES (:id, :level, :reason, :objectId, :balanceTransactionId, :status, :assignee, :holdUntil, :currency, :amountMinor, :occurredOn, :detail, :firstSeenAt, :lastSeenAt, :lastRunId, :resolvedAt, 1)`,
);
// Only what others must hear of counts as a revision: seeing the same difference again is no news.
const updateSeen = sql(
  'discrepancies.seen-again',
  `UPDATE discrepancies SET local_revision = local_revision + (amount_minor <> :amountMinor OR detail <> :detail), amount_minor = :amountMinor, detail = :detail, object_id = :objectId, balance_transaction_id = :balanceTransactionId, currency = :currency, occurred_on = :occurredOn, last_seen_at = :lastSeenAt, last_run_id = :lastRunId WHERE id = :id`,
);
const updateWork = sql(
  'discrepancies.work',
  // Who says nothing of the rest leaves it: a run that settles or reopens keeps the day it is due and what it is linked to.
  `UPDATE discrepancies SET status = :status, assignee = :assignee, hold_until = :holdUntil, resolved_at = :resolvedAt, due_on = iif(:isWhole, :dueOn, due_on), marked_as = iif(:isWhole, :markedAs, NULL), link_to = iif(:isWhole, :linkTo, link_to),
          open_request = iif(:isWhole, :openRequest, open_request), local_revision = local_revision + 1 WHERE id = :id`,
);
const insertStep = sql(
  'discrepancy-steps.insert',
  `INSERT INTO discrepancy_steps (id, discrepancy_id, action, actor, note, from_status, to_status, recorded_at, before, body, undoes, request_id)
   VALUES (:id, :discrepancyId, :action, :actor, :note, :fromStatus, :toStatus, :recordedAt, :before, :body, :undoes, :requestId)`,
);
const selectVanished = sql(
  'discrepancies.vanished',
  `SELECT ${columns} FROM discrepancies WHERE level = :level AND status IN ('open', 'assigned', 'on-hold') AND last_run_id IS NOT :runId AND occurred_on >= :from AND occurred_on < :to ORDER BY id`,
);
const selectUnsent = sql(
  'discrepancies.unsent',
  `SELECT ${columns}, local_revision AS "localRevision", shared_version AS "sharedVersion" FROM discrepancies WHERE local_revision > sent_revision ORDER BY id LIMIT ?`,
);
const updateSent = sql('discrepancies.sent', 'UPDATE discrepancies SET sent_revision = max(sent_revision, :revision), shared_version = max(shared_version, :version) WHERE id = :id');

/** What the entries of a transaction left waiting for somebody to say what it is, signed debits − credits in minor units, and on which account; undefined: nothing. */
export function findHeld(database: ReadableDatabase, balanceTransactionId: string | null): { readonly accountCode: string; readonly amountMinor: number } | undefined {
  return balanceTransactionId === null ? undefined : database.get(selectHeld, [balanceTransactionId]);
}

export function findDiscrepancy(database: ReadableDatabase, id: string): DiscrepancyRecord | undefined {
  return database.get<DiscrepancyRecord>(selectOne, [id]);
}

export function insertDiscrepancy(database: WritableDatabase, record: FoundDiscrepancy): void {
  database.run(insertOne, { ...record });
}

export function markSeenAgain(database: WritableDatabase, seen: Pick<DiscrepancyRecord, 'id' | 'amountMinor' | 'detail' | 'objectId' | 'balanceTransactionId' | 'currency' | 'occurredOn' | 'lastSeenAt' | 'lastRunId'>): void {
  database.run(updateSeen, { ...seen });
}

/** What a run did by itself: status, assignee and hold; a mark goes, the day it is due and its link stay. */
export function updateDiscrepancyWork(database: WritableDatabase, work: Pick<DiscrepancyRecord, 'id' | 'status' | 'assignee' | 'holdUntil' | 'resolvedAt'>): void {
  database.run(updateWork, { id: work.id, status: work.status, assignee: work.assignee, holdUntil: work.holdUntil, resolvedAt: work.resolvedAt, isWhole: 0, dueOn: null, markedAs: null, linkTo: null, openRequest: null });
}

/** The whole of what people's acts change. */
export function saveDiscrepancyWork(database: WritableDatabase, id: string, work: DiscrepancyWorkState): void {
  database.run(updateWork, { id, status: work.status, assignee: work.assignee, holdUntil: work.holdUntil, resolvedAt: work.resolvedAt, isWhole: 1, dueOn: work.dueOn, markedAs: work.markedAs, linkTo: work.linkTo, openRequest: work.openRequest });
}

export function insertDiscrepancyStep(database: WritableDatabase, step: DiscrepancyStep): void {
  database.run(insertStep, { ...step, before: step.before ?? null, body: step.body ?? null, undoes: step.undoes ?? null, requestId: step.requestId ?? null });
}

const stepColumns = 'id, discrepancy_id AS "discrepancyId", action, actor, note, from_status AS "fromStatus", to_status AS "toStatus", recorded_at AS "recordedAt", before, body, undoes, request_id AS "requestId"';
const selectStep = sql('discrepancy-steps.get', `SELECT ${stepColumns} FROM discrepancy_steps WHERE id = ?`);
const selectStepsOfRequest = sql('discrepancy-steps.of-request', `SELECT ${stepColumns} FROM discrepancy_steps WHERE request_id = ? AND undoes IS NULL ORDER BY recorded_at, rowid`);
// What stands is neither an undoing nor undone; a comment changes no state.
const selectLastStanding = sql(
  'discrepancy-steps.last-standing',
  `SELECT ${stepColumns} FROM discrepancy_steps AS step WHERE discrepancy_id = ? AND undoes IS NULL AND action <> 'comment' AND NOT EXISTS (SELECT 1 FROM discrepancy_steps AS later WHERE later.discrepancy_id = step.discrepancy_id AND later.undoes = step.id)
    ORDER BY recorded_at DESC, rowid DESC LIMIT 1`,
);
const selectUndoing = sql('discrepancy-steps.undoing', 'SELECT id FROM discrepancy_steps WHERE discrepancy_id = ? AND undoes = ?');

export type KeptStep = DiscrepancyStep & { readonly before: string | null; readonly body: string | null; readonly undoes: string | null; readonly requestId: string | null };

export const findStep = (database: ReadableDatabase, id: string): KeptStep | undefined => database.get<KeptStep>(selectStep, [id]);
/** The steps one command made, oldest first. */
export const listStepsOfRequest = (database: ReadableDatabase, requestId: string): KeptStep[] => database.all<KeptStep>(selectStepsOfRequest, [requestId]);
/** The newest step that stands and changed the state of the work. */
export const lastStandingStep = (database: ReadableDatabase, discrepancyId: string): KeptStep | undefined => database.get<KeptStep>(selectLastStanding, [discrepancyId]);
export const isStepUndone = (database: ReadableDatabase, step: Pick<DiscrepancyStep, 'id' | 'discrepancyId'>): boolean => database.get(selectUndoing, [step.discrepancyId, step.id]) !== undefined;

/** Differences still being worked on, dated from ≤ day < to, that the given run did not see. */
export function listVanished(database: ReadableDatabase, level: ReconciliationLevel, runId: string, range: { readonly from: string; readonly to: string }): DiscrepancyRecord[] {
  return database.all<DiscrepancyRecord>(selectVanished, { level, runId, ...range });
}

export type UnsentDiscrepancy = DiscrepancyRecord & { readonly localRevision: number; readonly sharedVersion: number };

export function listUnsentDiscrepancies(database: ReadableDatabase, limit: number): UnsentDiscrepancy[] {
  return database.all<UnsentDiscrepancy>(selectUnsent, [limit]);
}

export function markDiscrepancySent(database: WritableDatabase, sent: { readonly id: string; readonly revision: number; readonly version: number }): void {
  database.run(updateSent, { ...sent });
}

const selectOpenDiffering = sql('discrepancies.open-differing', "SELECT object_id AS label FROM discrepancies WHERE status IN ('open', 'assigned', 'on-hold') AND level = 'bank' AND reason = 'amount-differs' AND occurred_on = ?");
const selectRunOf = sql('discrepancies.run-of', 'SELECT 1 AS found FROM reconciliation_runs WHERE level = ? LIMIT 1');

/** What unsettled differences between a bank line of these days and what it names are called by. */
export const listOpenDiffering = (database: ReadableDatabase, days: readonly string[]): string[] => days.flatMap((day) => database.all<{ label: string }>(selectOpenDiffering, [day]).map((row) => row.label));
/** Whether a run of the level was ever made here. */
export const isFoundByRuns = (database: ReadableDatabase, level: ReconciliationLevel): boolean => database.get(selectRunOf, [level]) !== undefined;

const selectFetchable = sql(
  'discrepancies.fetchable',
  `SELECT id, balance_transaction_id AS "transactionId" FROM discrepancies WHERE reason = 'missing-in-ledger' AND balance_transaction_id IS NOT NULL AND status IN ('open', 'assigned', 'on-hold') AND (:id IS NULL OR id = :id) ORDER BY occurred_on, id LIMIT :limit`,
);
const findInBooks = sql(
  'discrepancies.in-books',
  "SELECT 1 AS found FROM journal_entries WHERE source_type = 'stripe-balance-transaction' AND source_id = :id UNION ALL SELECT 1 FROM provisional_entries WHERE json_extract(body, '$.sourceId') = :id LIMIT 1",
);

/** Unsettled differences whose transaction the books lack, oldest first. @param id of one; null: all. */
export const listFetchable = (database: ReadableDatabase, id: string | null, limit: number): { readonly id: string; readonly transactionId: string }[] => database.all(selectFetchable, { id, limit });
/** Whether a balance transaction has an entry, sealed or waiting to be. */
export const isInBooks = (database: ReadableDatabase, transactionId: string): boolean => database.get(findInBooks, { id: transactionId }) !== undefined;

const selectUnsentSteps = sql('discrepancy-steps.unsent', `SELECT ${stepColumns} FROM discrepancy_steps WHERE sent_at IS NULL AND actor <> 'daybook' AND id > ? ORDER BY id LIMIT ?`);
const updateStepSent = sql('discrepancy-steps.sent', 'UPDATE discrepancy_steps SET sent_at = ? WHERE id = ?');

/** People's steps the shared database has not taken, by id from a place on. */
export const listUnsentSteps = (database: ReadableDatabase, afterId: string, limit: number): KeptStep[] => database.all<KeptStep>(selectUnsentSteps, [afterId, limit]);
export const markStepSent = (database: WritableDatabase, id: string, at: number): void => void database.run(updateStepSent, [at, id]);
