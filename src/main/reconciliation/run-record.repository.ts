/**
 * Runs as records: what each compared, and how what it found differs from what the one before it found. A difference that stands from run to run is one
 * spell, begun by the run that saw it first and ended by the one that no longer did.
 */
import { sql, type ReadableDatabase, type WritableDatabase } from '../database/handles.ts';
import type { DiscrepancyRecord, ReconciliationLevel } from './discrepancy.repository.ts';
import type { DiscrepancyReason } from './transaction-matching.ts';

export interface RunRecord {
  readonly id: string;
  readonly level: ReconciliationLevel;
  readonly sequence: number;
  readonly scope: 'everything' | 'range' | 'last-day';
  readonly method: 'full' | 'incremental';
  readonly policyVersion: number;
  /** Of what was compared, in whatever order it came. */
  readonly inputsHash: string;
  readonly fromAt: number | null;
  readonly toAt: number | null;
  readonly asOfAt: number;
  readonly startedAt: number;
  readonly finishedAt: number;
  readonly compared: number;
  /** Of the compared ones, those this run looked at itself. */
  readonly recompared: number;
  readonly matched: number;
  readonly found: number;
  readonly appeared: number;
  readonly remaining: number;
  readonly gone: number;
  /** Canonical JSON: sums per store and currency, and what else the level knows. */
  readonly summary: string;
}

const nextSequence = sql('runs.next-sequence', 'SELECT coalesce(max(sequence), 0) + 1 AS next FROM reconciliation_runs WHERE level = ?');
const insertRun = sql(
  'runs.insert',
  `INSERT INTO reconciliation_runs (id, level, sequence, scope, method, policy_version, inputs_hash, from_at, to_at, as_of_at, started_at, finished_at, compared, recompared, matched, found, appeared, remaining, gone, summary)
   VALUES (:id, :level, :sequence, :scope, :method, :policyVersion, :inputsHash, :fromAt, :toAt, :asOfAt, :startedAt, :finishedAt, :compared, :recompared, :matched, :found, :appeared, :remaining, :gone, :summary)`,
);
const beginSpell = sql(
  'spells.begin',
  `INSERT OR IGNORE INTO discrepancy_spells (level, discrepancy_id, first_sequence)
   SELECT :level, :id, :sequence WHERE NOT EXISTS (SELECT 1 FROM discrepancy_spells WHERE level = :level AND discrepancy_id = :id AND ended_sequence IS NULL)`,
);
const notSeen = (scope: string): string => `EXISTS (SELECT 1 FROM discrepancies AS d WHERE d.id = discrepancy_id AND d.last_run_id IS NOT :run ${scope})`;
const endSpells = (scope: string): string => `UPDATE discrepancy_spells SET ended_sequence = :sequence WHERE level = :level AND ended_sequence IS NULL AND ${notSeen(scope)}`;
const endInRange = sql('spells.end-in-range', endSpells('AND d.occurred_on >= :from AND d.occurred_on < :to'));
const aroundTheChange = `SELECT d.id FROM temp.reconcile_affected AS a CROSS JOIN discrepancies AS d ON d.balance_transaction_id = a.id UNION SELECT d.id FROM temp.reconcile_affected_sources AS s CROSS JOIN discrepancies AS d ON d.object_id = s.id`;
const endAffected = sql('spells.end-affected', `UPDATE discrepancy_spells SET ended_sequence = :sequence WHERE level = :level AND ended_sequence IS NULL AND discrepancy_id IN (${aroundTheChange}) AND ${notSeen('')}`);
const countSpells = sql(
  'spells.count',
  `SELECT (SELECT count(*) FROM discrepancy_spells WHERE level = :level AND first_sequence = :sequence) AS appeared, (SELECT count(*) FROM discrepancy_spells WHERE level = :level AND ended_sequence = :sequence) AS gone,
          (SELECT count(*) FROM discrepancy_spells WHERE level = :level AND ended_sequence IS NULL) AS standing`,
);
const standing = 'FROM discrepancy_spells AS s CROSS JOIN discrepancies AS d ON d.id = s.discrepancy_id WHERE s.level = :level AND s.ended_sequence IS NULL';
const standingByReason = sql('spells.by-reason', `SELECT d.reason, count(*) AS count ${standing} GROUP BY d.reason ORDER BY d.reason`);
const standingTransactions = sql('spells.transactions', `SELECT count(DISTINCT d.balance_transaction_id) AS count ${standing} AND d.reason <> 'missing-at-stripe'`);
const columns = `d.id, d.level, d.reason, d.object_id AS "objectId", d.balance_transaction_id AS "balanceTransactionId", d.status, d.assignee, d.hold_until AS "holdUntil", d.currency, d.amount_minor AS "amountMinor", d.occurred_on AS "occurredOn", d.detail,
  d.first_seen_at AS "firstSeenAt", d.last_seen_at AS "lastSeenAt", d.last_run_id AS "lastRunId", d.resolved_at AS "resolvedAt"`;
const vanishedAffected = sql('runs.vanished-affected', `SELECT ${columns} FROM discrepancies AS d WHERE d.id IN (${aroundTheChange}) AND d.level = :level AND d.status IN ('open', 'assigned', 'on-hold') AND d.last_run_id IS NOT :run ORDER BY d.id`);
// What a person posted, wrote off or linked stays settled at its amount, as in a full run.
const toReopen = sql('runs.to-reopen', `SELECT ${columns} ${standing} AND ((d.status = 'resolved' AND (d.marked_as IS NULL OR d.marked_as = 'timing')) OR (d.status = 'on-hold' AND d.hold_until <= :today)) ORDER BY d.id`);
const headOfJournal = sql('runs.journal-head', 'SELECT hash FROM journal_entries WHERE ledger_sequence = ?');

/** The number the next run of a level has. */
export function nextRunSequence(database: ReadableDatabase, level: ReconciliationLevel): number {
  return database.get<{ next: number }>(nextSequence, [level])?.next ?? 1;
}

export function insertRunRecord(database: WritableDatabase, run: RunRecord): void {
  database.run(insertRun, { ...run });
}

/** A difference was found by a run: from the first on that found it, it stands. */
export function noteFound(database: WritableDatabase, found: { readonly level: ReconciliationLevel; readonly id: string; readonly sequence: number }): void {
  database.run(beginSpell, { ...found });
}

export interface EndingRun {
  readonly level: ReconciliationLevel;
  readonly run: string;
  readonly sequence: number;
}

/** What a run did not see any more among the differences dated from ≤ day < to ends with it. */
export function endSpellsInRange(database: WritableDatabase, run: EndingRun, days: { readonly from: string; readonly to: string }): void {
  database.run(endInRange, { ...run, ...days });
}

/** The same among the differences around what a run after a change looked at. */
export function endSpellsAffected(database: WritableDatabase, run: EndingRun): void {
  database.run(endAffected, { ...run });
}

/** Differences still worked on, around what a run after a change looked at, that it did not see. */
export function listVanishedAffected(database: ReadableDatabase, level: ReconciliationLevel, run: string): DiscrepancyRecord[] {
  return database.all<DiscrepancyRecord>(vanishedAffected, { level, run });
}

/** Differences that stand and that somebody resolved, or put on hold until a day that has come. */
export function listToReopen(database: ReadableDatabase, level: ReconciliationLevel, today: string): DiscrepancyRecord[] {
  return database.all<DiscrepancyRecord>(toReopen, { level, today });
}

export function countRunSpells(database: ReadableDatabase, level: ReconciliationLevel, sequence: number): { readonly appeared: number; readonly gone: number; readonly standing: number } {
  return database.get<{ appeared: number; gone: number; standing: number }>(countSpells, { level, sequence }) ?? { appeared: 0, gone: 0, standing: 0 };
}

/** What stands after the newest run of a level: by reason, and how many of Stripe's transactions it concerns. */
export function readStanding(database: ReadableDatabase, level: ReconciliationLevel): { readonly byReason: Partial<Record<DiscrepancyReason, number>>; readonly transactions: number } {
  const rows = database.all<{ reason: DiscrepancyReason; count: number }>(standingByReason, { level });
  return { byReason: Object.fromEntries(rows.map(({ reason, count }) => [reason, count])), transactions: database.get<{ count: number }>(standingTransactions, { level })?.count ?? 0 };
}

/** The hash of the chain at an entry; empty where there is none. */
export function journalHeadAt(database: ReadableDatabase, ledgerSequence: number): string {
  return database.get<{ hash: string }>(headOfJournal, [ledgerSequence])?.hash ?? '';
}
