/**
 * The local twin of the shared database's four doors: a desk of its own merges its edits by the same rules, in the transaction that asks for them. Four eyes are off
 * and recorded as off (domain.md §1).
 */
import type { Clock } from '../../shared/calendar/clock.ts';
import { NotFoundError, StateError, ValidationError } from '../../shared/errors/errors.ts';
import type { ReadableDatabase, WritableDatabase } from '../database/handles.ts';
import { evaluateChange, resolveClashes, type Choice, type EffectiveChange, type StandingRecords } from './change-evaluation.ts';
import type { RecordedAnswer } from './change-outbox.repository.ts';
import type { ChangeSet } from './change-set.ts';
import { readKnownRecords } from './contract-records.repository.ts';
import { problemsOfDeletion, problemsOfRecord, type FieldProblem } from './contract-validation.ts';
import { findKnownConflict } from './known-changes.repository.ts';
import {
  closeLocalConflict, findLocalChange, findOtherAmendmentId, findStandingRecord, hasLaterVersionsOfOthers, insertLocalConflict, keepVersion, upsertLocalChange, writeRecord, type LocalChange,
} from './local-changes.repository.ts';

export interface LocalChanges {
  /** Takes a change in the caller's transaction. One that was refused is looked at again. */
  take(database: WritableDatabase, change: ChangeSet & { readonly author: string }): RecordedAnswer;
  /** @throws NotFoundError `conflict-not-found`; StateError `conflict-resolved`; ValidationError `resolution-incomplete`. */
  resolve(database: WritableDatabase, conflictId: string, choices: Readonly<Record<string, Choice>>, reason: string, actor: string): { readonly changeId: string; readonly answer: RecordedAnswer };
  withdraw(database: WritableDatabase, changeId: string, reason: string, actor: string): RecordedAnswer;
}

export interface LocalChangesDependencies {
  readonly clock: Clock;
  readonly newId: () => string;
  /** Names this desk among those that edit. */
  readonly desk: string;
}

export function createLocalChanges({ clock, newId, desk }: LocalChangesDependencies): LocalChanges {
  /** As far as the change comes now. */
  function bringForward(database: WritableDatabase, change: LocalChange, refusal: { problem: FieldProblem | null }): LocalChange {
    const at = clock.now();
    const { effective, id, entity, author, reason } = change;
    const result = evaluateChange({ id, entity, author, desk: change.desk, ...effective }, standingRecords(database, refusal), { needsApproval: false, isApproved: false });
    const settled = { ...change, conflictId: null, refusalCode: null, refusalMessage: null };
    if (result.kind === 'refused') return { ...settled, state: 'refused', refusalCode: result.code, refusalMessage: refusal.problem?.message ?? 'The change cannot be made as things stand.' };
    if (result.kind === 'nothing') return { ...settled, state: 'merged', resultVersion: result.version };
    if (result.kind === 'conflict') {
      const conflictId = newId();
      insertLocalConflict(database, { id: conflictId, changeId: id, entity, entityId: result.recordId, clashes: result.clashes, version: result.version, at });
      return { ...settled, state: 'conflict', conflictId, effective: result.isRetargeted ? { ...effective, operation: 'update', entityId: result.recordId, fields: {}, baseVersion: result.version } : effective };
    }
    if (result.kind === 'awaiting-approval') throw new StateError('approval-not-possible', 'A desk without a shared database has nobody else who could agree.', { nextStep: 'Connect a shared database to have edits approved.' });
    const standing = findStandingRecord(database, entity, effective.entityId);
    if (standing) keepVersion(database, { entity, id: effective.entityId, ...standing, changeId: null, author: 'daybook', reason: null, at });
    const version = (standing?.version ?? 0) + 1;
    const isTouched = hasLaterVersionsOfOthers(database, { entity, entityId: effective.entityId, version: effective.baseVersion, author, desk: change.desk });
    writeRecord(database, { entity, id: effective.entityId, version, values: result.operation === 'delete' && standing ? standing.values : result.values, isDeleted: result.operation === 'delete', changeId: id, author, reason, at });
    return { ...settled, state: isTouched || effective.entityId !== change.entityId || change.resolvedBy !== null ? 'merged' : 'applied', resultVersion: version };
  }

  /** The change is there before it is evaluated: its own version is not somebody else's. */
  function settle(database: WritableDatabase, change: LocalChange): RecordedAnswer {
    upsertLocalChange(database, change, clock.now());
    const settled = bringForward(database, change, { problem: null });
    upsertLocalChange(database, settled, clock.now());
    return answerOf(settled);
  }

  return {
    take(database, change) {
      const { id, entity, entityId, operation, baseVersion, fields, reason, author, createdAt } = change;
      const known = findLocalChange(database, id);
      if (known && known.state !== 'refused') return answerOf(known);
      return settle(database, known ?? {
        id, entity, entityId, operation, baseVersion, fields, reason, author, createdAt, desk, state: 'refused', resultVersion: null, conflictId: null, refusalCode: null, refusalMessage: null, resolvedBy: null,
        effective: { operation, entityId, fields, baseVersion, restores: false },
      });
    },
    resolve(database, conflictId, choices, reason, actor) {
      const conflict = findKnownConflict(database, conflictId);
      const change = conflict && findLocalChange(database, conflict.changeId);
      if (!conflict || !change) throw new NotFoundError('conflict-not-found', 'This conflict is not known here.', { data: { id: conflictId }, nextStep: 'Look at the list of conflicts again.' });
      if (conflict.state !== 'open') throw new StateError('conflict-resolved', `${conflict.resolvedBy ?? 'Somebody'} has resolved this conflict already.`, { data: { id: conflictId }, nextStep: 'Look at the record as it stands now.' });
      assertComplete(conflict.fields.map((field) => field.column), choices);
      closeLocalConflict(database, conflictId, { by: actor, at: clock.now(), reason, kept: choices });
      const effective: EffectiveChange = { id: change.id, entity: change.entity, author: change.author, desk: change.desk, ...change.effective };
      const resolved = resolveClashes(effective, { clashes: conflict.fields, version: conflict.theirVersion }, choices);
      if (resolved) return { changeId: change.id, answer: settle(database, { ...change, resolvedBy: actor, effective: resolved }) };
      const given: LocalChange = { ...change, state: 'merged', resultVersion: conflict.theirVersion, conflictId: null, resolvedBy: actor, effective: { ...change.effective, fields: {} } };
      upsertLocalChange(database, given, clock.now());
      return { changeId: change.id, answer: answerOf(given) };
    },
    withdraw(database, changeId, reason, actor) {
      const change = findLocalChange(database, changeId);
      if (!change) throw new NotFoundError('change-not-found', 'This change is not known here.', { data: { id: changeId }, nextStep: 'Look at the list of changes again.' });
      if (change.state === 'applied' || change.state === 'merged') throw new StateError('change-final', 'The change has taken effect: make a new one.', { data: { id: changeId }, nextStep: 'Edit the record again, or bring an earlier version back.' });
      if (change.conflictId !== null) closeLocalConflict(database, change.conflictId, { by: actor, at: clock.now(), reason, kept: {} });
      const withdrawn: LocalChange = { ...change, state: 'withdrawn' };
      upsertLocalChange(database, withdrawn, clock.now());
      return answerOf(withdrawn);
    },
  };
}

/** @throws ValidationError `resolution-incomplete` unless there is a choice for each clashing column and for no other. */
export function assertComplete(columns: readonly string[], choices: Readonly<Record<string, Choice>>): void {
  const isComplete = columns.every((column) => choices[column] !== undefined) && Object.keys(choices).every((column) => columns.includes(column));
  if (isComplete && choices['deleted']?.keep !== 'other') return;
  throw new ValidationError('resolution-incomplete', 'A choice is needed for each clashing field, and for no other. Nothing was changed.', { data: { fields: [...columns] }, nextStep: 'Say for each of these fields which value is to stand.' });
}

function answerOf(change: LocalChange): RecordedAnswer {
  return { state: change.state === 'refused' ? 'parked' : change.state, resultVersion: change.resultVersion, conflictId: change.conflictId, approvalId: null, errorCode: change.refusalCode, errorMessage: change.refusalMessage };
}

function standingRecords(database: ReadableDatabase, refusal: { problem: FieldProblem | null }): StandingRecords {
  return {
    find: (entity, id) => findStandingRecord(database, entity, id),
    isTouchedByOthers: (change) => hasLaterVersionsOfOthers(database, { entity: change.entity, entityId: change.entityId, version: change.baseVersion, author: change.author, desk: change.desk }),
    otherAmendment(contractId, day, exceptId) {
      const id = findOtherAmendmentId(database, contractId, day, exceptId);
      const standing = id === undefined ? null : findStandingRecord(database, 'amendment', id);
      return id !== undefined && standing ? { id, standing } : null;
    },
    problemOfRecord({ entity, id, operation, values, changed }) {
      const known = readKnownRecords(database);
      const problems = operation === 'delete' ? problemsOfDeletion(entity, id, known) : problemsOfRecord({ entity, id, values, standing: null }, known);
      // What stood before is not held against an edit of something else.
      refusal.problem = problems.find((problem) => changed === null || operation === 'delete' || problem.column === null || problem.column in changed || problem.code === 'contract-unknown') ?? null;
      return refusal.problem?.code ?? null;
    },
  };
}
