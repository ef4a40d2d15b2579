/**
 * What people do about a difference. Each act is one unit of work: the new state, a step that keeps what stood before, an audit row. Every act can be taken back.
 */
import { addDays, localDate } from '../../shared/calendar/local-date.ts';
import { NotFoundError, StateError, ValidationError } from '../../shared/errors/errors.ts';
import type { WritableDatabase } from '../database/handles.ts';
import { newId } from '../platform/ids.ts';
import { nextStatus, type DiscrepancyAction } from './discrepancy-states.ts';
import { stateOf, takeStep, type DiscrepancyWorkDependencies, type StepWords, type WorkAct, type WorkOutcome } from './discrepancy-step.ts';
import { closePairSides, openPairSides } from './pair-sides.ts';
import { refusedLink } from './attribute-pairing.ts';
import { isPairReason } from './transaction-matching.ts';
import {
  findDiscrepancy, insertDiscrepancyStep, isStepUndone, lastStandingStep, listStepsOfRequest, type DiscrepancyRecord, type DiscrepancyWorkState, type KeptStep,
} from './discrepancy.repository.ts';

/**
 * All throw NotFoundError `discrepancy-not-found` and StateError `discrepancy-state`; those that ask for a note throw ValidationError
 * `note-required` without one.
 */
export interface DiscrepancyWork {
  assign(act: WorkAct & { readonly assignee: string }): WorkOutcome;
  resolve(act: WorkAct & { readonly note: string }): WorkOutcome;
  ignore(act: WorkAct & { readonly reason: string }): WorkOutcome;
  /** @throws ValidationError `date-invalid`, `hold-in-past`. */
  hold(act: WorkAct & { readonly until: string; readonly note?: string | undefined }): WorkOutcome;
  reopen(act: WorkAct & { readonly note?: string | undefined }): WorkOutcome;
  /** It will clear by itself: held for {@link timingDays} unless a day is named; a run that does not find it any more settles it, one that finds it after that day brings it back. */
  markTiming(act: WorkAct & { readonly until?: string | undefined; readonly note?: string | undefined }): WorkOutcome;
  /**
   * Settles it by what it hangs together with. Another difference of the same currency that it cancels out is settled with it and linked back.
   * @throws ValidationError `link-to-itself`.
   */
  link(act: WorkAct & { readonly target: LinkTarget; readonly note: string }): WorkOutcome;
  /**
   * The two sides of a pair that attributes made are not one: no run pairs them again, and both stand by themselves at once. Taken back, they are one again.
   * @throws ValidationError `discrepancy-not-a-pair`.
   */
  refuse(act: WorkAct & { readonly reason: string }): WorkOutcome;
  /** @param dueOn null: the policy's day again. @throws ValidationError `date-invalid`. */
  setDue(act: WorkAct & { readonly dueOn: string | null }): WorkOutcome;
  comment(act: WorkAct & { readonly text: string }): WorkOutcome;
  /**
   * Takes back the newest standing step of a difference: the state before it stands again.
   * @throws StateError `nothing-to-undo`: no step of a person stands, or the program changed it since; `step-undone-by-reversal`: it posted an entry, which `DiscrepancyPostings` reverses.
   */
  undo(act: WorkAct): WorkOutcome;
  /** Takes back every step one command made that is still the newest of its difference. @returns the outcomes, and how many steps had something done over them and were left. */
  undoRequest(act: Omit<WorkAct, 'id'> & { readonly undoneRequestId: string }): { readonly undone: readonly WorkOutcome[]; readonly left: number };
}

export interface LinkTarget {
  readonly kind: 'discrepancy' | 'journal-entry' | 'invoice' | 'payment' | 'gateway-object';
  readonly id: string;
}

/** How long a difference in timing is waited for where nobody names a day. */
export const timingDays = 7;

/** @throws NotFoundError `discrepancy-not-found`. */
export function knownDiscrepancy(database: WritableDatabase, id: string): DiscrepancyRecord {
  const found = findDiscrepancy(database, id);
  if (!found) throw new NotFoundError('discrepancy-not-found', 'This difference is not known here.', { data: { id }, nextStep: 'Run the reconciliation again.' });
  return found;
}

export function createDiscrepancyWork(dependencies: DiscrepancyWorkDependencies): DiscrepancyWork {
  const { unitOfWork, clock, zone } = dependencies;

  function performWithin(database: WritableDatabase, act: WorkAct, action: DiscrepancyAction, note: string | null, change: Partial<DiscrepancyWorkState>, body?: StepWords['body']): WorkOutcome {
    const before = knownDiscrepancy(database, act.id);
    const status = nextStatus(before.status, action);
    const after: DiscrepancyWorkState = { ...stateOf(before), status, holdUntil: null, markedAs: null, resolvedAt: status === 'resolved' || status === 'ignored' ? clock.now() : null, openRequest: null, ...change };
    return takeStep(dependencies, database, act, before, after, { action, note, ...(body ? { body } : {}) });
  }

  const perform = (act: WorkAct, action: DiscrepancyAction, note: string | null, change: Partial<DiscrepancyWorkState>): WorkOutcome =>
    unitOfWork.run(`discrepancy.${action}`, (database) => performWithin(database, act, action, note, change));

  function laterDay(day: string): DiscrepancyRecord['holdUntil'] {
    const until = localDate(day);
    if (until <= zone.dateOf(clock.now())) throw new ValidationError('hold-in-past', 'A difference can only be put on hold until a later day.', { data: { until }, nextStep: 'Choose a day after today.' });
    return until;
  }

  function undoWithin(database: WritableDatabase, act: WorkAct, step: KeptStep): WorkOutcome {
    const before = knownDiscrepancy(database, act.id);
    const stood = step.before === null ? null : (JSON.parse(step.before) as DiscrepancyWorkState);
    if (stood === null || step.undoes !== null) throw nothingToUndo(act.id);
    if ((JSON.parse(step.body ?? '{}') as { entryKey?: string }).entryKey !== undefined) {
      throw new StateError('step-undone-by-reversal', 'This step posted an entry; taking it back reverses the entry.', { data: { id: act.id, step: step.id }, nextStep: 'Undo it from the difference itself.' });
    }
    const outcome = takeStep(dependencies, database, act, before, stood, { action: 'undo', note: undoNote(step.action), undoes: step.id });
    if (step.action === 'refuse') closePairSides(dependencies, database, act, before);
    return outcome;
  }

  return {
    assign: (act) => perform(act, 'assign', `to ${requireNote(act.assignee)}`, { assignee: act.assignee.trim() }),
    resolve: (act) => perform(act, 'resolve', requireNote(act.note), {}),
    ignore: (act) => perform(act, 'ignore', requireNote(act.reason), {}),
    hold(act) {
      const until = laterDay(act.until);
      return perform(act, 'hold', act.note ?? `until ${until}`, { holdUntil: until });
    },
    reopen: (act) => perform(act, 'reopen', act.note ?? null, {}),
    markTiming(act) {
      const until = laterDay(act.until ?? addDays(zone.dateOf(clock.now()), timingDays));
      return perform(act, 'mark-timing', act.note?.trim() || `expected to clear by ${until}`, { holdUntil: until, markedAs: 'timing' });
    },
    link: (act) =>
      unitOfWork.run('discrepancy.link', (database) => {
        const { target } = act;
        const note = requireNote(act.note);
        if (target.kind === 'discrepancy' && target.id === act.id) throw new ValidationError('link-to-itself', 'A difference cannot be linked to itself.', { nextStep: 'Name another record.' });
        const own = knownDiscrepancy(database, act.id);
        if (target.kind === 'discrepancy') {
          const other = knownDiscrepancy(database, target.id);
          // Two that cancel out are one story: both are settled by it.
          if (other.currency === own.currency && other.amountMinor + own.amountMinor === 0 && other.status !== 'resolved' && other.status !== 'ignored') {
            performWithin(database, { ...act, id: other.id }, 'link', note, { markedAs: 'linked', linkTo: `discrepancy/${own.id}` });
          }
        }
        return performWithin(database, act, 'link', note, { markedAs: 'linked', linkTo: `${target.kind}/${target.id}` });
      }),
    refuse: (act) =>
      unitOfWork.run('discrepancy.refuse', (database) => {
        const note = requireNote(act.reason);
        const pair = knownDiscrepancy(database, act.id);
        if (!isPairReason(pair.reason)) throw new ValidationError('discrepancy-not-a-pair', 'This difference is no pair: there is nothing to take apart.', { data: { id: act.id, reason: pair.reason }, nextStep: 'Ignore it with a reason, or resolve it.' });
        const outcome = performWithin(database, act, 'refuse', note, { linkTo: refusedLink });
        openPairSides(dependencies, database, act, pair, note);
        return outcome;
      }),
    setDue: (act) =>
      unitOfWork.run('discrepancy.set-due', (database) => {
        const before = knownDiscrepancy(database, act.id);
        const dueOn = act.dueOn === null ? null : localDate(act.dueOn);
        return takeStep(dependencies, database, act, before, { ...stateOf(before), dueOn }, { action: 'set-due', note: dueOn === null ? 'as the policy says' : `due ${dueOn}` });
      }),
    comment: (act) =>
      unitOfWork.run('discrepancy.comment', (database) => {
        const { status } = knownDiscrepancy(database, act.id);
        const text = requireNote(act.text);
        insertDiscrepancyStep(database, { id: newId(), discrepancyId: act.id, action: 'comment', actor: act.actor, note: text, fromStatus: status, toStatus: status, recordedAt: clock.now(), requestId: act.requestId ?? null });
        dependencies.auditLog.append(database, { entity: 'discrepancy', entityId: act.id, action: 'comment', actor: act.actor, requestId: act.requestId, diff: { note: text } });
        return { id: act.id, status };
      }),
    undo: (act) =>
      unitOfWork.run('discrepancy.undo', (database) => {
        knownDiscrepancy(database, act.id);
        const step = lastStandingStep(database, act.id);
        if (!step) throw nothingToUndo(act.id);
        return undoWithin(database, act, step);
      }),
    undoRequest: (act) =>
      unitOfWork.run('discrepancy.undo-request', (database) => {
        const undone: WorkOutcome[] = [];
        let left = 0;
        for (const step of listStepsOfRequest(database, act.undoneRequestId).toReversed()) {
          if (step.action === 'comment' || isStepUndone(database, step)) continue;
          const isLast = lastStandingStep(database, step.discrepancyId)?.id === step.id;
          if (isLast) undone.push(undoWithin(database, { id: step.discrepancyId, actor: act.actor, requestId: act.requestId }, step));
          else left += 1;
        }
        return { undone, left };
      }),
  };
}

export const undoNote = (action: string): string => `took back: ${action.replaceAll('-', ' ')}`;

export function nothingToUndo(id: string): StateError {
  return new StateError('nothing-to-undo', 'No step of a person stands here that could be taken back.', { data: { id }, nextStep: 'Look at its history: what the program found since comes from a run.' });
}

export function requireNote(note: string): string {
  const text = note.trim();
  if (text === '') throw new ValidationError('note-required', 'This needs a few words.', { nextStep: 'Write who or why, then try again.' });
  return text;
}
