/**
 * From findings to differences that are worked on: a new one is opened, one seen again keeps its work, a settled one that comes back reopens
 * itself, one that is no longer found is settled. Whatever the program does by itself is a step with the actor `daybook`.
 */
import type { LocalDate } from '../../shared/calendar/local-date.ts';
import { canonicalJson } from '../audit/canonical-json.ts';
import type { WritableDatabase } from '../database/handles.ts';
import { idFromKey } from '../platform/ids.ts';
import {
  findDiscrepancy, insertDiscrepancy, insertDiscrepancyStep, listVanished, markSeenAgain, updateDiscrepancyWork, type DiscrepancyRecord, type ReconciliationLevel,
} from './discrepancy.repository.ts';
import { staysSettled } from './discrepancy-states.ts';
import { discrepancyKeyOf, type Finding } from './transaction-matching.ts';

/** The actor of what the program does by itself. */
export const programActor = 'daybook';

export interface SeenIn {
  readonly level: ReconciliationLevel;
  readonly runId: string;
  /** Epoch milliseconds. */
  readonly seenAt: number;
  readonly today: LocalDate;
  /** What the story of a difference says that is told with its counterpart now, by its id. */
  readonly toldAsOne?: ReadonlyMap<string, string>;
}

export type FindingOutcome = 'opened' | 'known' | 'reopened';

/** The id every desk gives the same difference. */
export function discrepancyIdOf(level: ReconciliationLevel, finding: Pick<Finding, 'subjectIds' | 'reason'>): string {
  return idFromKey(discrepancyKeyOf(level, finding));
}

export function recordFinding(database: WritableDatabase, finding: Finding, seen: SeenIn): FindingOutcome {
  const id = discrepancyIdOf(seen.level, finding);
  const known = findDiscrepancy(database, id);
  const raw = finding.raw ?? (known && rawIn(known.detail));
  const detail = canonicalJson({ store: finding.store, stripe: finding.stripe && { ...finding.stripe }, other: finding.other && { ...finding.other }, ...(raw === undefined ? {} : { raw }), ...(finding.pair ? { pair: { ...finding.pair, reasons: [...finding.pair.reasons] } } : {}) });
  if (!known) {
    insertDiscrepancy(database, {
      id, level: seen.level, reason: finding.reason, objectId: finding.objectId, balanceTransactionId: finding.balanceTransactionId, status: 'open', assignee: null, holdUntil: null, currency: finding.currency,
      amountMinor: finding.amountMinor, occurredOn: finding.occurredOn, detail, firstSeenAt: seen.seenAt, lastSeenAt: seen.seenAt, lastRunId: seen.runId, resolvedAt: null,
    });
    return 'opened';
  }
  const { amountMinor, objectId, balanceTransactionId, currency, occurredOn } = finding;
  const isKnownAndSettled = staysSettled(known, finding.amountMinor);
  markSeenAgain(database, { id, amountMinor, detail, objectId, balanceTransactionId, currency, occurredOn, lastSeenAt: seen.seenAt, lastRunId: seen.runId });
  if (known.status === 'resolved' && !isKnownAndSettled) return reopen(database, known, seen, 'found again');
  if (known.status === 'on-hold' && known.holdUntil !== null && known.holdUntil <= seen.today) return reopen(database, known, seen, `on hold until ${known.holdUntil}`);
  return 'known';
}

/** Stripe's object as it was kept when the difference was first found: it is fetched once. */
function rawIn(detail: string): string | undefined {
  const { raw } = JSON.parse(detail) as { readonly raw?: unknown };
  return typeof raw === 'string' ? raw : undefined;
}

function reopen(database: WritableDatabase, known: DiscrepancyRecord, seen: SeenIn, note: string): FindingOutcome {
  step(database, known, 'reopen', 'open', note, seen);
  updateDiscrepancyWork(database, { id: known.id, status: 'open', assignee: known.assignee, holdUntil: null, resolvedAt: null });
  return 'reopened';
}

/** Opens again what still stands although somebody resolved it, or whose hold is over: a run after a change does not look at it anew. @returns how many. */
export function reopenStanding(database: WritableDatabase, standing: readonly DiscrepancyRecord[], seen: SeenIn): number {
  for (const known of standing) reopen(database, known, seen, known.status === 'resolved' ? 'found again' : `on hold until ${known.holdUntil ?? seen.today}`);
  return standing.length;
}

/** Settles what the run did not find any more among the differences dated from ≤ day < to. @returns how many. */
export function settleVanished(database: WritableDatabase, seen: SeenIn, range: { readonly from: string; readonly to: string }): number {
  return settle(database, listVanished(database, seen.level, seen.runId, range), seen);
}

/** Settles differences that a run looked for and no longer found. @returns how many. */
export function settle(database: WritableDatabase, vanished: readonly DiscrepancyRecord[], seen: SeenIn): number {
  for (const record of vanished) {
    step(database, record, 'resolve', 'resolved', seen.toldAsOne?.get(record.id) ?? 'no longer found', seen);
    updateDiscrepancyWork(database, { id: record.id, status: 'resolved', assignee: record.assignee, holdUntil: null, resolvedAt: seen.seenAt });
  }
  return vanished.length;
}

function step(database: WritableDatabase, record: DiscrepancyRecord, action: string, toStatus: 'open' | 'resolved', note: string, seen: SeenIn): void {
  insertDiscrepancyStep(database, {
    id: idFromKey(`discrepancy-step/${record.id}/${action}/${seen.runId}`), discrepancyId: record.id, action, actor: programActor, note, fromStatus: record.status, toStatus, recordedAt: seen.seenAt,
  });
}
