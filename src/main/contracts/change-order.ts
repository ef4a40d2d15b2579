/**
 * Which edits of this desk's outbox may be sent, and what the others wait for. Pure. In the order in which they were made per record; what is parked, or waits for a
 * person, holds back later edits of the same record and what depends on it, and nothing else (docs/adr/0015).
 */
import type { ChangeOperation, ChangeState, FieldChange } from './change-set.ts';
import { findMergedField, type MergedEntity } from './contract-fields.ts';

export interface QueuedChange {
  readonly id: string;
  readonly entity: MergedEntity;
  readonly entityId: string;
  readonly operation: ChangeOperation;
  readonly fields: Readonly<Record<string, FieldChange>>;
  readonly state: ChangeState;
  /** Epoch milliseconds; null: at once. */
  readonly nextAttemptAt: number | null;
}

export type WaitReason = 'earlier-change' | 'record-not-there-yet' | 'next-attempt';

export interface QueuePlan {
  /** The first that may be sent now. */
  readonly next: QueuedChange | null;
  /** By id, of those that are pending and may not. */
  readonly waiting: ReadonlyMap<string, WaitReason>;
}

/** @param open all that are neither applied nor given up, in the order in which they were made. @param skipped ids that were tried in this round already. */
export function planQueue(open: readonly QueuedChange[], now: number, skipped: ReadonlySet<string> = new Set()): QueuePlan {
  const waiting = new Map<string, WaitReason>();
  let next: QueuedChange | null = null;
  for (const { change, reason } of walkQueue(open, now, skipped)) {
    if (reason) waiting.set(change.id, reason);
    else next ??= change;
  }
  return { next, waiting };
}

/**
 * What may be sent together, in its order: a later edit of a record follows an earlier one of the same batch, and whoever takes them stops where one does not settle
 * (`daybook.submit_changes`, migrations/postgres/0016).
 */
export function planBatch<Change extends QueuedChange>(open: readonly Change[], now: number, skipped: ReadonlySet<string>, most: number): Change[] {
  const batch: Change[] = [];
  for (const { change, mayFollow } of walkQueue(open, now, skipped)) {
    if (mayFollow) batch.push(change);
    if (batch.length === most) break;
  }
  return batch;
}

/** Earlier edits of one record, as far as they are not settled. */
interface Line {
  /** Those that do not go now. */
  readonly held: { readonly change: QueuedChange; readonly doesWait: boolean }[];
  /** Whether others go now. */
  goes: boolean;
}

interface Standing<Change> {
  readonly change: Change;
  /** Why it is not the next one to go by itself; null: it is. */
  readonly reason: WaitReason | null;
  /** Whether it may go behind those that go before it. */
  readonly mayFollow: boolean;
}

function* walkQueue<Change extends QueuedChange>(open: readonly Change[], now: number, skipped: ReadonlySet<string>): Generator<Standing<Change>> {
  const lines = new Map<string, Line>();
  /** Records that are made by an open change; whether that one goes now. */
  const made = new Map<string, boolean>();
  for (const change of open) {
    const line = lines.get(change.entityId) ?? { held: [], goes: false };
    lines.set(change.entityId, line);
    let mayFollow = false;
    let reason: WaitReason | null = null;
    if (change.state === 'pending') {
      const isHeld = line.held.some((earlier) => !mayOvertake(change, earlier.change, earlier.doesWait));
      const isDelayed = skipped.has(change.id) || (change.nextAttemptAt ?? 0) > now;
      const parentId = parentOf(change);
      const doesParentGo = parentId === null ? undefined : made.get(parentId);
      reason = isHeld || line.goes ? 'earlier-change' : doesParentGo !== undefined ? 'record-not-there-yet' : isDelayed ? 'next-attempt' : null;
      mayFollow = !isHeld && !isDelayed && doesParentGo !== false;
      yield { change, reason, mayFollow };
    }
    if (mayFollow) line.goes = true;
    else line.held.push({ change, doesWait: reason === 'earlier-change' });
    if (change.operation === 'create') made.set(change.entityId, mayFollow);
  }
}

/** A correction that bears no price need not wait until somebody has decided on one that does, where the two touch nothing in common. */
function mayOvertake(change: QueuedChange, earlier: QueuedChange, doesEarlierWait: boolean): boolean {
  if (earlier.state !== 'awaiting-approval' && earlier.state !== 'conflict' && !doesEarlierWait) return false;
  if (change.operation !== 'update' || earlier.operation !== 'update') return false;
  return Object.keys(change.fields).every((column) => !(column in earlier.fields) && findMergedField(change.entity, column)?.isPriceBearing === false);
}

/** The record a new one belongs to: a contract's partner, an amendment's contract. */
export function parentOf({ operation, fields }: QueuedChange): string | null {
  const parent = operation === 'create' ? (fields['contract_id'] ?? fields['partner_id'])?.to : null;
  return typeof parent === 'string' ? parent : null;
}
