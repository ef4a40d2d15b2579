/**
 * One step of the work on a difference: the new state, what stood before it, an audit row, in one unit of work.
 */
import type { Clock } from '../../shared/calendar/clock.ts';
import type { TimeZone } from '../../shared/calendar/time-zone.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import { canonicalJson, type JsonValue } from '../audit/canonical-json.ts';
import type { UnitOfWork, WritableDatabase } from '../database/handles.ts';
import { newId } from '../platform/ids.ts';
import type { DiscrepancyStatus } from './discrepancy-states.ts';
import { insertDiscrepancyStep, saveDiscrepancyWork, type DiscrepancyRecord, type DiscrepancyWorkState } from './discrepancy.repository.ts';

export interface DiscrepancyWorkDependencies {
  readonly unitOfWork: UnitOfWork;
  readonly clock: Clock;
  readonly zone: TimeZone;
  readonly auditLog: Pick<AuditLog, 'append'>;
}

/** Who acts, and by which command. */
export interface WorkAct {
  readonly id: string;
  readonly actor: string;
  readonly requestId?: string | undefined;
}

export interface WorkOutcome {
  readonly id: string;
  readonly status: DiscrepancyStatus;
}

/** What a step changes and what it says, beside the status. */
export interface StepWords {
  readonly action: string;
  readonly note: string | null;
  readonly body?: Readonly<Record<string, JsonValue>>;
  readonly undoes?: string;
  /** Nobody can take it back: what it followed from is over. */
  readonly isFinal?: boolean;
}

/** One state-changing step inside the caller's unit of work: state, step, audit. Shared by everything that works on differences. */
export function takeStep(dependencies: Pick<DiscrepancyWorkDependencies, 'clock' | 'auditLog'>, database: WritableDatabase, act: WorkAct, before: DiscrepancyRecord, after: DiscrepancyWorkState, words: StepWords): WorkOutcome {
  const stood = stateOf(before);
  saveDiscrepancyWork(database, act.id, after);
  insertDiscrepancyStep(database, {
    id: newId(), discrepancyId: act.id, action: words.action, actor: act.actor, note: words.note, fromStatus: before.status, toStatus: after.status, recordedAt: dependencies.clock.now(), before: words.isFinal ? null : canonicalJson({ ...stood }),
    body: words.body ? canonicalJson(words.body) : null, undoes: words.undoes ?? null, requestId: act.requestId ?? null,
  });
  const diff: Record<string, JsonValue> = { note: words.note, ...words.body, ...(words.undoes ? { undoes: words.undoes } : {}) };
  for (const key of ['status', 'assignee', 'holdUntil', 'dueOn', 'markedAs', 'linkTo'] as const) {
    if (key === 'status' || stood[key] !== after[key]) diff[key] = [stood[key], after[key]];
  }
  dependencies.auditLog.append(database, { entity: 'discrepancy', entityId: act.id, action: words.action, actor: act.actor, requestId: act.requestId, diff });
  return { id: act.id, status: after.status };
}

export function stateOf({ status, assignee, holdUntil, resolvedAt, dueOn, markedAs, linkTo, openRequest }: DiscrepancyRecord): DiscrepancyWorkState {
  return { status, assignee, holdUntil, resolvedAt, dueOn, markedAs, linkTo, openRequest };
}
