/**
 * What people do about a difference. Each act is one unit of work: the new state, a step that keeps what stood before, an audit row. Every act can be taken back.
 */
import { addDays, localDate } from '../../shared/calendar/local-date.ts';
import { NotFoundError, StateError, ValidationError } from '../../shared/errors/errors.ts';
import type { ReadableDatabase, WritableDatabase } from '../database/handles.ts';
import { newId } from '../platform/ids.ts';
import { writeOffNeed } from './discrepancy-postings.ts';
import { fitsStatus, nextStatus, type DiscrepancyAction } from './discrepancy-states.ts';
import { stateOf, takeStep, type DiscrepancyWorkDependencies, type StepWords, type WorkAct, type WorkOutcome } from './discrepancy-step.ts';
import type { FoundLinkTarget, LinkTargets } from './link-targets.ports.ts';
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
   * Settles it by what it hangs together with. Another difference of the same currency that it cancels out is settled with it and linked back. Found again it stays settled where the amounts
   * explain it, or where a second person agreed; else it comes back.
   * @param act.agreed the second person's word: what they answered, and who had asked. @param act.isAlone it is above the limit, and this desk has no second person: the step says so.
   * @throws ValidationError `link-to-itself`; NotFoundError `link-target-unknown`.
   */
  link(act: WorkAct & { readonly target: LinkTarget; readonly note: string; readonly agreed?: { readonly request: string; readonly requestedBy: string } | undefined; readonly isAlone?: boolean | undefined }): WorkOutcome;
  /**
   * What linking would come to; writes nothing.
   * @throws as {@link DiscrepancyWork.link}.
   */
  lookAtLink(id: string, target: LinkTarget): LinkOutlook;
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
   * @throws StateError `nothing-to-undo`: no step of a person stands, or the program changed it since; `step-undone-by-reversal`: it posted an entry, which `DiscrepancyPostings` reverses; `step-undone-by-unmatch`: a match of bank lines settled it.
   */
  undo(act: WorkAct): WorkOutcome;
  /** Takes back every step one command made that is still the newest of its difference. @returns the outcomes, and how many steps had something done over them and were left. */
  undoRequest(act: Omit<WorkAct, 'id'> & { readonly undoneRequestId: string }): { readonly undone: readonly WorkOutcome[]; readonly left: number };
}

export interface LinkTarget {
  readonly kind: 'discrepancy' | 'journal-entry' | 'invoice' | 'payment' | 'gateway-object';
  readonly id: string;
}

export interface LinkOutlook {
  /** With the record's own id. */
  readonly target: LinkTarget;
  /** Whether the amounts explain the difference: they cancel out, or are the same. */
  readonly isExplained: boolean;
}

/** How long a difference in timing is waited for where nobody names a day. */
export const timingDays = 7;

/** @throws NotFoundError `discrepancy-not-found`. */
export function knownDiscrepancy(database: ReadableDatabase, id: string): DiscrepancyRecord {
  const found = findDiscrepancy(database, id);
  if (!found) throw unknownDiscrepancy(id);
  return found;
}

const unknownDiscrepancy = (id: string): NotFoundError => new NotFoundError('discrepancy-not-found', 'This difference is not known here.', { data: { id }, nextStep: 'Run the reconciliation again.' });

const kindWords: Readonly<Record<LinkTarget['kind'], string>> = { discrepancy: 'discrepancy', 'journal-entry': 'journal entry', invoice: 'invoice', payment: 'payment', 'gateway-object': 'object at Stripe' };
function unknownTarget(kind: LinkTarget['kind'], id: string): NotFoundError {
  return new NotFoundError('link-target-unknown', `There is no ${kindWords[kind]} “${id}” here. Nothing was linked.`, { data: { kind, id }, nextStep: 'Copy its id or number from its own page; what only Stripe has is here after the next sync.' });
}

/** Whether a difference is about it. */
function isOwnObject({ objectId, balanceTransactionId, detail }: DiscrepancyRecord, id: string | null): boolean {
  const { pair } = JSON.parse(detail) as { readonly pair?: { readonly objectId: string; readonly balanceTransactionId: string | null } };
  return id !== null && [objectId, balanceTransactionId, pair?.objectId, pair?.balanceTransactionId].includes(id);
}

/** What the difference itself is about exists, whether the mirror has it or not. It explains no amount, and neither does the entry that was posted for it: it would explain itself. */
function withoutOwn(own: DiscrepancyRecord, id: string, found: FoundLinkTarget | undefined): FoundLinkTarget | undefined {
  if (found) return isOwnObject(own, found.id) || isOwnObject(own, found.sourceId) ? { ...found, amounts: [] } : found;
  return isOwnObject(own, id) ? { id, sourceId: null, amounts: [] } : undefined;
}

/** Whether one of the amounts is what the difference comes to, gross or as the balance moves by it, whichever way it goes. */
function isExplainedBy(own: DiscrepancyRecord, amounts: FoundLinkTarget['amounts']): boolean {
  if (own.amountMinor === 0) return true;
  const need = writeOffNeed(own);
  const explained = [own.amountMinor, ...(need?.on === 'clearing' ? [need.movementMinor] : [])].map(Math.abs).filter((amount) => amount !== 0);
  return amounts.some(({ amountMinor, currency }) => currency === own.currency && explained.includes(Math.abs(amountMinor)));
}

export function createDiscrepancyWork(dependencies: DiscrepancyWorkDependencies & { readonly readable: ReadableDatabase; readonly linkTargets: LinkTargets }): DiscrepancyWork {
  const { readable, unitOfWork, clock, zone, linkTargets } = dependencies;

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
    // A request that was answered is not open again: who wants it after all asks anew.
    const isAnswered = (JSON.parse(step.body ?? '{}') as { request?: string }).request !== undefined;
    if (step.action === 'match') throw new StateError('step-undone-by-unmatch', 'A match of the bank settled this; it stands as before once that match is taken back.', { data: { id: act.id, step: step.id }, nextStep: 'Undo it from the difference itself, or take the match back under Reconciliation, Bank.' });
    const outcome = takeStep(dependencies, database, act, before, isAnswered ? { ...stood, openRequest: null } : stood, { action: 'undo', note: undoNote(step.action), undoes: step.id });
    if (step.action === 'refuse') closePairSides(dependencies, database, act, before);
    return outcome;
  }

  /** @throws ValidationError `link-to-itself`; NotFoundError `link-target-unknown`. */
  function outlookOf(database: ReadableDatabase, own: DiscrepancyRecord, { kind, id }: LinkTarget): LinkOutlook {
    if (kind === 'discrepancy') {
      if (id === own.id) throw new ValidationError('link-to-itself', 'A difference cannot be linked to itself.', { nextStep: 'Name another record.' });
      const other = findDiscrepancy(database, id);
      if (!other) throw unknownTarget(kind, id);
      // One that is settled in another way has explained that already.
      const isFree = fitsStatus(other.status, 'link') || other.linkTo === `discrepancy/${own.id}`;
      return { target: { kind, id }, isExplained: isFree && other.currency === own.currency && other.amountMinor + own.amountMinor === 0 };
    }
    const found = withoutOwn(own, id, linkTargets.find(database, { kind, id }));
    if (!found) throw unknownTarget(kind, id);
    return { target: { kind, id: found.id }, isExplained: isExplainedBy(own, found.amounts) };
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
        const note = requireNote(act.note);
        const own = knownDiscrepancy(database, act.id);
        const { target, isExplained } = outlookOf(database, own, act.target);
        if (target.kind === 'discrepancy' && isExplained) {
          const other = knownDiscrepancy(database, target.id);
          // Two that cancel out are one story: both are settled by it.
          if (fitsStatus(other.status, 'link')) performWithin(database, { ...act, id: other.id }, 'link', note, { markedAs: 'linked', linkTo: `discrepancy/${own.id}` });
        }
        const body = { ...(isExplained ? {} : { isExplained: false }), ...(act.isAlone ? { fourEyes: 'off' } : {}), ...act.agreed };
        // Marked as linked it stays settled when it is found again.
        return performWithin(database, act, 'link', note, { markedAs: isExplained || act.agreed ? 'linked' : null, linkTo: `${target.kind}/${target.id}` }, body);
      }),
    lookAtLink: (id, target) => {
      const own = findDiscrepancy(readable, id);
      if (!own) throw unknownDiscrepancy(id);
      return outlookOf(readable, own, target);
    },
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
