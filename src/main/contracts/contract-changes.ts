/**
 * Edits of partners, contracts and amendments as change sets (docs/adr/0015): into this desk's outbox in the transaction of the command, with its audit row; sent by
 * `change-sending.ts`. A desk without a shared database has its local twin take them at once, in the same transaction.
 */
import type { Clock } from '../../shared/calendar/clock.ts';
import { NotFoundError, StateError, ValidationError } from '../../shared/errors/errors.ts';
import type { ReadableDatabase, UnitOfWork, WritableDatabase } from '../database/handles.ts';
import { findOutboxChange, insertOutboxChange, listOpenOutboxChanges, listOpenOutboxChangesOf, listOutboxChangesAheadOf, recordOutboxAnswer, reviveOutboxChange, withdrawOutboxChange, type RecordedAnswer } from './change-outbox.repository.ts';
import { parentOf, planQueue, type WaitReason } from './change-order.ts';
import { finalChangeStates, type FieldChange, type FieldValue } from './change-set.ts';
import type { ChangeSubmission, ChangeView, Edit, EditAct, OpenChanges } from './contract-changes.ports.ts';
import { findMergedField, type MergedEntity } from './contract-fields.ts';
import { findRecordedVersion } from './contract-records.repository.ts';
import { isSameValue, normaliseValues, valuesOfBody, withDefaults, type RecordValues } from './contract-values.ts';
import { toChangeView } from './change-views.ts';
import { countKnownChanges, findEffectiveFields, findKnownChange, listKnownChanges, listOpenKnownChanges, type ChangeCounts, type ChangeFilter, type ChangeOrder } from './known-changes.repository.ts';
import type { LocalChanges } from './local-changes.ts';
import { findStandingRecord } from './local-changes.repository.ts';
import { overlayPending } from './pending-overlay.ts';

/** Rows of the audit log, in the transaction of the act. */
export interface ChangeAuditPort {
  append(database: WritableDatabase, entry: { readonly entity: string; readonly entityId: string; readonly action: string; readonly actor: string; readonly requestId?: string | undefined; readonly diff: Readonly<Record<string, FieldValue>> }): void;
}

export interface ContractChangesDependencies {
  readonly readable: ReadableDatabase;
  readonly unitOfWork: UnitOfWork;
  readonly audit: ChangeAuditPort;
  readonly clock: Clock;
  readonly newId: () => string;
  /** Null where a shared database decides. Asked at each act. */
  readonly twin: LocalChanges | null;
  /** Something waits to be sent; called within the transaction: what it starts must not look before that has ended. */
  readonly onQueued?: () => void;
}

export interface ContractChanges extends ChangeSubmission, OpenChanges {
  /** @throws NotFoundError `change-not-found`. */
  find(id: string): ChangeView;
  list(filter: ChangeFilter, window: { readonly startAt: number; readonly limit: number; readonly order: ChangeOrder }): { readonly rows: ChangeView[]; readonly total: number };
  /** What waits, and for whom. @param user who is signed in. */
  counts(user: string): ChangeCounts;
  /** Lets a parked change be sent once more. @throws NotFoundError `change-not-found`; StateError `change-not-parked`. */
  retry(id: string, act: EditAct): ChangeView;
  /**
   * Takes back what never left this desk.
   * @returns false where the shared database may know it: then it is asked there. @throws NotFoundError `change-not-found`; StateError `change-final`.
   */
  withdrawHere(id: string, reason: string, act: EditAct): boolean;
  /** On a desk that was to join a shared database and stays alone: what waited to be sent is decided here. */
  takeLeftovers(): void;
  /** What the shared database said of a change of this desk; of another desk's nothing is kept here, the feed brings it. */
  takeAnswer(id: string, answer: RecordedAnswer): void;
  /** The same for several, in one transaction. */
  takeAnswers(answers: readonly (RecordedAnswer & { readonly changeId: string })[]): void;
}

const waitingTexts: Readonly<Record<WaitReason, string>> = {
  'earlier-change': 'An earlier edit of the same record is not settled yet.',
  'record-not-there-yet': 'The record it belongs to is not in the shared database yet.',
  'next-attempt': 'It is tried again shortly.',
};

export function createContractChanges(dependencies: ContractChangesDependencies): ContractChanges {
  const { readable, unitOfWork, audit, clock, newId, onQueued } = dependencies;

  function mustFind(id: string): ChangeView {
    const change = findKnownChange(readable, id);
    if (!change) throw new NotFoundError('change-not-found', 'This change is not known here.', { data: { id }, nextStep: 'Sync with the shared database, or look at the list of changes.' });
    return toChangeView(readable, change, change.isOwn && change.state === 'pending' ? waitOf(change) : null);
  }

  /** Asked of its own record's edits and of those that make the record it belongs to: the whole queue may be long. */
  function waitOf({ id, entityId }: { readonly id: string; readonly entityId: string }): { code: string; message: string } | null {
    const own = listOpenOutboxChangesOf(readable, entityId);
    const parents = new Set(own.flatMap((change) => parentOf(change) ?? []));
    const open = [...[...parents].flatMap((parentId) => listOpenOutboxChangesOf(readable, parentId)), ...own].toSorted((one, other) => one.sequence - other.sequence);
    const reason = planQueue(open, clock.now()).waiting.get(id);
    return reason && reason !== 'next-attempt' ? { code: `waits-for-${reason}`, message: waitingTexts[reason] } : null;
  }

  /** On the twin's desk a change is answered where it is made. */
  function takeByTwin(database: WritableDatabase, id: string): void {
    const change = findOutboxChange(database, id);
    const { twin } = dependencies;
    if (twin && change) recordOutboxAnswer(database, id, twin.take(database, change), clock.now());
  }

  function takeAnswerIn(database: WritableDatabase, id: string, answer: RecordedAnswer): void {
    const change = findOutboxChange(database, id);
    if (!change) return;
    recordOutboxAnswer(database, id, answer, clock.now());
    audit.append(database, { entity: change.entity, entityId: change.entityId, action: 'edit-answered', actor: 'daybook', diff: { change: id, state: answer.state, version: answer.resultVersion, code: answer.errorCode } });
  }

  return {
    submit: (edit, act) =>
      unitOfWork.run('changes.submit', (database) => {
        const id = newId();
        const fields = fieldsOf(database, edit);
        if (edit.operation !== 'delete' && Object.keys(fields).length === 0) throw new ValidationError('change-empty', 'Nothing differs from what stands. Nothing was changed.', { data: { entity: edit.entity, id: edit.entityId }, nextStep: 'Change a value, or close the form.' });
        const { entity, entityId, operation, baseVersion, reason } = edit;
        insertOutboxChange(database, { id, entity, entityId, operation, baseVersion, fields, reason: reason.trim(), author: act.actor, createdAt: clock.now() });
        audit.append(database, { entity, entityId, action: `${operation}-edit`, actor: act.actor, requestId: act.requestId, diff: { change: id, baseVersion, reason: reason.trim(), fields: Object.fromEntries(Object.entries(fields).map(([column, { from, to }]) => [column, [from, to]])), fourEyes: dependencies.twin ? 'off' : 'decided by the shared database' } });
        takeByTwin(database, id);
        onQueued?.();
        return mustFind(id);
      }),
    listOpen(entityIds) {
      const wanted = entityIds && new Set(entityIds);
      return listOpenKnownChanges(readable).filter((change) => !wanted || wanted.has(change.entityId)).map((change) => toChangeView(readable, change));
    },
    find: mustFind,
    counts: (user) => countKnownChanges(readable, user),
    list(filter, window) {
      const { rows, total } = listKnownChanges(readable, filter, window);
      const { waiting } = planQueue(listOpenOutboxChanges(readable), clock.now());
      return { total, rows: rows.map((change) => {
        const reason = waiting.get(change.id);
        return toChangeView(readable, change, reason && reason !== 'next-attempt' ? { code: `waits-for-${reason}`, message: waitingTexts[reason] } : null);
      }) };
    },
    retry: (id, act) =>
      unitOfWork.run('changes.retry', (database) => {
        const change = mustFind(id);
        if (!findOutboxChange(database, id)) throw new StateError('change-of-another-desk', 'This change was made at another desk, which alone can send it again.', { data: { id }, nextStep: `Ask ${change.author} to send it again, or make the edit yourself.` });
        if (change.state !== 'parked') throw new StateError('change-not-parked', 'This change is not parked.', { data: { id, state: change.state }, nextStep: 'Nothing needs to be done.' });
        reviveOutboxChange(database, id);
        audit.append(database, { entity: change.entity, entityId: change.entityId, action: 'retry-edit', actor: act.actor, requestId: act.requestId, diff: { change: id } });
        takeByTwin(database, id);
        onQueued?.();
        return mustFind(id);
      }),
    withdrawHere: (id, reason, act) =>
      unitOfWork.run('changes.withdraw', (database) => {
        const change = mustFind(id);
        if (finalChangeStates.has(change.state)) throw new StateError('change-final', `The change is ${change.state} already and cannot be taken back.`, { data: { id, state: change.state }, nextStep: 'Edit the record again, or bring an earlier version back.' });
        const queued = findOutboxChange(database, id);
        const neverLeft = queued !== undefined && change.sentAt === null && change.attempts === 0 && (change.state === 'pending' || change.state === 'parked');
        const { twin } = dependencies;
        if (!neverLeft && !twin) return false;
        if (twin && !neverLeft) recordOutboxAnswer(database, id, twin.withdraw(database, id, reason, act.actor), clock.now());
        else withdrawOutboxChange(database, id);
        audit.append(database, { entity: change.entity, entityId: change.entityId, action: 'withdraw-edit', actor: act.actor, requestId: act.requestId, diff: { change: id, reason } });
        return true;
      }),
    takeAnswer: (id, answer) => unitOfWork.run('changes.take-answer', (database) => takeAnswerIn(database, id, answer)),
    takeAnswers: (answers) => unitOfWork.run('changes.take-answers', (database) => { for (const answer of answers) takeAnswerIn(database, answer.changeId, answer); }),
    takeLeftovers() {
      for (const { id, state } of listOpenOutboxChanges(readable)) if (state === 'pending') unitOfWork.run('changes.take-leftover', (database) => takeByTwin(database, id));
    },
  };
}

/** What its author saw and wants, column by column; only what differs. */
function fieldsOf(database: ReadableDatabase, edit: Edit): Record<string, FieldChange> {
  const { entity, entityId, operation } = edit;
  if (edit.reason.includes('\0') || !edit.reason.isWellFormed()) throw new ValidationError('text-unprintable', 'The reason has signs that cannot be kept.', { nextStep: 'Take out what cannot be printed.' });
  if (operation === 'delete') return {};
  for (const [column, value] of Object.entries(edit.values)) {
    if (!findMergedField(entity, column)) throw new ValidationError('field-unknown', `“${column}” is not a field of ${entity === 'amendment' ? 'an amendment' : `a ${entity}`}.`, { data: { column }, nextStep: 'Leave it out.' });
    if (!JSON.stringify(value).isWellFormed() || JSON.stringify(value).includes('\\u0000') || /\\ud[89a-f]/i.test(JSON.stringify(value))) throw new ValidationError('text-unprintable', 'A value has signs that cannot be kept.', { data: { column }, nextStep: 'Take out what cannot be printed.' });
  }
  const wanted = normaliseValues(entity, operation === 'create' ? withDefaults(entity, edit.values) : edit.values);
  const seen = operation === 'create' ? {} : wantedBefore(database, entity, entityId, edit.baseVersion);
  return Object.fromEntries(
    Object.entries(wanted).flatMap(([column, to]): [string, FieldChange][] => {
      const from = seen[column] ?? null;
      return operation !== 'create' && isSameValue(from, to) ? [] : [[column, { from, to }]];
    }),
  );
}

/** What its author saw, with what they had wanted of it before: what is still on its way, as people decided it, and what was applied while the answer was all that came back over the line. */
function wantedBefore(database: ReadableDatabase, entity: MergedEntity, id: string, baseVersion: number): RecordValues {
  const standing = findStandingRecord(database, entity, id);
  const ahead = listOutboxChangesAheadOf(database, id, Math.max(baseVersion, standing?.version ?? 0));
  const open = listOpenOutboxChangesOf(database, id).flatMap((change) => {
    const decided = change.state === 'pending' ? undefined : findEffectiveFields(database, change.id);
    return !decided ? [change] : decided.entityId === id ? [{ ...change, ...decided }] : []; // or it is an edit of another record by now
  });
  return overlayPending(valuesSeen(database, entity, id, baseVersion), [...ahead, ...open]).values;
}

/** The record at the version its author saw: the copy may have moved on while the form was open. */
function valuesSeen(database: ReadableDatabase, entity: MergedEntity, id: string, version: number): RecordValues {
  const standing = findStandingRecord(database, entity, id);
  if (standing?.version === version) return standing.values;
  const recorded = findRecordedVersion(database, entity, id, version);
  return recorded ? valuesOfBody(entity, JSON.parse(recorded.body)) : (standing?.values ?? {});
}

export type { ChangeOrder };
