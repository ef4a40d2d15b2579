/**
 * Closing months and opening them again (domain.md §3): who may, what must hold first, and what is written down of it. The say has the shared database,
 * or its local twin; this service makes the checklist, asks, and answers with the month as it stands then.
 */
import type { Clock } from '../../shared/calendar/clock.ts';
import { endOf, month as toMonth, monthOf, monthsFromTo, type Month } from '../../shared/calendar/local-date.ts';
import type { TimeZone } from '../../shared/calendar/time-zone.ts';
import { ConflictError, StateError } from '../../shared/errors/errors.ts';
import type { ReadableDatabase } from '../database/handles.ts';
import { unattended } from '../platform/work-control.ts';
import { closedMonths, headOfChain } from './journal.repository.ts';
import { checklistOf, isClosable, type PeriodCheck, type PeriodFacts } from './period-checklist.ts';
import { entriesByMonth, firstEntryDay, imbalancesBefore, pendingBefore, readPeriodLog, stripeFreshness, unpostedBetween } from './period-close.repository.ts';
import type { PeriodAct, PeriodAuthority, RecognitionPort } from './period-close.ports.ts';
import { assertNextToClose, lastClosedMonth, monthStatesOf, nextToClose, type PeriodAction, type ReopenRequest } from './period-state.ts';
import type { Revaluation } from './revaluation.ts';
import { chainStart } from './sealing.ts';

export interface PeriodCloseDependencies {
  readonly readable: ReadableDatabase;
  readonly clock: Clock;
  readonly timeZone: TimeZone;
  readonly authority: PeriodAuthority;
  /** Left out where nothing is deferred. */
  readonly recognition?: RecognitionPort;
  /** Left out where there is no foreign currency. */
  readonly revaluation?: Revaluation;
  readonly functionalCurrency?: () => string;
}

/** Facts or entries that waited when a month was closed, by why. */
export interface AcceptedReason {
  readonly code: string;
  readonly count: number;
}

export interface PeriodView {
  readonly month: Month;
  /** `running`: the month is not over. */
  readonly state: 'running' | 'open' | 'closed';
  readonly entries: number;
  readonly isNextToClose: boolean;
  /** For the month that may be closed next; null for others. */
  readonly checklist: readonly PeriodCheck[] | null;
  readonly closedAt: number | null;
  readonly closedBy: string | null;
  /** The chain's head when it was closed. */
  readonly headSequence: number | null;
  readonly headHash: string | null;
  /** Whether it was closed with revaluation; null while it is open, or where that was not kept yet. */
  readonly revaluation: 'on' | 'off' | null;
  readonly reopenRequest: ReopenRequest | null;
  readonly history: readonly { readonly at: number; readonly actor: string; readonly action: PeriodAction; readonly reason: string | null; readonly fourEyes: 'on' | 'off'; readonly headSequence: number; /** Why what waited was taken on at closing. */ readonly accepted: readonly AcceptedReason[] }[];
}

/** Who asks, and the command it came with. */
export interface PeriodCommand {
  readonly actor: string;
  readonly requestId: string;
}

export interface PeriodClose {
  /** Every month from the first entry to the running one, oldest first. */
  list(): { readonly fourEyes: 'on' | 'off'; readonly revaluation: 'on' | 'off'; readonly periods: PeriodView[] };
  /** Months are closed with or without revaluation from now on; closed ones stay as they are. */
  setRevaluation(isOn: boolean, command: PeriodCommand): Promise<void>;
  /** What stands in the way of closing a month. */
  checklist(month: Month, acceptedReasons?: readonly string[]): PeriodCheck[];
  /**
   * Closes a month. Asked twice, it is closed once.
   * @throws StateError `period-not-closable` naming what stands in the way; what {@link PeriodAuthority.close} throws.
   */
  close(month: Month, acceptedReasons: readonly string[], command: PeriodCommand): Promise<PeriodView>;
  /** In a desk of its own this opens the month, in a shared ledger a second person does. @throws as {@link PeriodAuthority.requestReopen}. */
  requestReopen(month: Month, reason: string, command: PeriodCommand): Promise<PeriodView>;
  /** @throws as {@link PeriodAuthority.approveReopen}. */
  approveReopen(month: Month, command: PeriodCommand): Promise<PeriodView>;
  /** @throws as {@link PeriodAuthority.declineReopen}. */
  declineReopen(month: Month, reason: string, command: PeriodCommand): Promise<PeriodView>;
}

/** Entries that come in between checklist and close are taken in and the checklist is made anew, this often. */
const closeAttempts = 3;

export function createPeriodClose(dependencies: PeriodCloseDependencies): PeriodClose {
  const { readable, clock, timeZone, authority, recognition, revaluation } = dependencies;

  const lastClosed = (): Month | null => lastClosedMonth(closedMonths(readable));
  function firstMonth(): Month | null {
    const day = firstEntryDay(readable);
    return day === null ? null : monthOf(day);
  }

  function factsOf(month: Month): PeriodFacts {
    const { start, end } = timeZone.boundsOf(month);
    const closed = lastClosed();
    return {
      month, lastClosed: closed, firstMonth: firstMonth(), now: clock.now(), endsAt: end, isRecognised: recognition ? recognition.isMonthRecognised(month) : null,
      // What happened before anything was closed belongs to the first month that is.
      unposted: unpostedBetween(readable, closed === null ? Number.MIN_SAFE_INTEGER : start, end),
      revaluation: revaluation?.isOn() ? { functionalCurrency: dependencies.functionalCurrency?.() ?? '', withoutRate: revaluation.currenciesWithoutRate(month) } : null,
      pending: pendingBefore(readable, endOf(month)), imbalances: imbalancesBefore(readable, endOf(month)), stripe: stripeFreshness(readable),
    };
  }

  function list(): PeriodView[] {
    const log = readPeriodLog(readable);
    const states = monthStatesOf(log);
    const closed = lastClosed();
    const first = firstMonth();
    const next = nextToClose(closed, first);
    const counts = entriesByMonth(readable);
    const running = timeZone.monthOf(clock.now());
    const begin = [first, ...states.keys()].reduce((least: Month, month) => (month !== null && month < least ? month : least), running);
    return monthsFromTo(begin, running).map((month): PeriodView => {
      const state = states.get(month);
      const isClosed = closed !== null && month <= closed;
      const isNextToClose = month === next && month < running;
      return {
        month, state: isClosed ? 'closed' : month === running ? 'running' : 'open', entries: counts.get(month) ?? 0, isNextToClose, checklist: isNextToClose ? checklistOf(factsOf(month)) : null, closedAt: state?.close?.at ?? null,
        closedBy: state?.close?.actor ?? null, headSequence: state?.close?.headSequence ?? null, headHash: state?.close?.headHash ?? null, revaluation: revaluationOf(state?.close?.evidence), reopenRequest: state?.request ?? null,
        history: log.filter((row) => row.month === month).map(({ at, actor, action, reason, fourEyes, headSequence, evidence }) => ({ at, actor, action, reason, fourEyes, headSequence, accepted: acceptedOf(evidence) })),
      };
    });
  }

  function viewOf(month: Month): PeriodView {
    const view = list().find((period) => period.month === month);
    if (!view) throw new StateError('period-unknown', `${month} lies outside the books.`, { data: { month }, nextStep: 'Choose a month between the first entry and the running month.' });
    return view;
  }

  async function closeOnce(month: Month, acceptedReasons: readonly string[], act: PeriodAct): Promise<void> {
    await authority.bringUpToDate(unattended);
    assertNextToClose(month, lastClosed(), firstMonth());
    let checklist = closableChecklist(month, acceptedReasons);
    if ((revaluation?.revalue(month).posted ?? 0) > 0) {
      await authority.bringUpToDate(unattended);
      checklist = closableChecklist(month, acceptedReasons);
    }
    const head = headOfChain(readable);
    const evidence = JSON.stringify({
      checklist: checklist.map((item) => item.code), accepted: checklist.flatMap((item) => item.reasons.map(({ code, count }) => ({ code, count }))), ...(revaluation ? { revaluation: revaluation.evidenceOf(month) } : {}),
    });
    await authority.close({ ...act, head: { sequence: head?.ledger_sequence ?? 0, hash: head?.hash ?? chainStart }, evidence });
  }

  /** @throws StateError `period-not-closable`. */
  function closableChecklist(month: Month, acceptedReasons: readonly string[]): PeriodCheck[] {
    const checklist = checklistOf(factsOf(month), acceptedReasons);
    const standing = checklist.filter((item) => !item.isFine);
    if (!isClosable(checklist)) {
      throw new StateError('period-not-closable', `${month} cannot be closed yet: ${standing.map((item) => item.detail ?? item.title).join(' ')} It was left open.`, {
        data: { month, standing: standing.map((item) => item.code) }, nextStep: 'Settle what stands in the way, then close the month again.',
      });
    }
    return checklist;
  }

  const actOf = (month: Month, { actor, requestId }: PeriodCommand): PeriodAct => ({ month, actor, requestId, at: clock.now() });

  return {
    list: () => ({ fourEyes: authority.fourEyes, revaluation: revaluation?.isOn() ? 'on' : 'off', periods: list() }),
    setRevaluation: (isOn, { actor, requestId }) => authority.setRevaluation({ isOn, actor, requestId, at: clock.now() }),
    checklist: (month, acceptedReasons) => checklistOf(factsOf(month), acceptedReasons),
    async close(month, acceptedReasons, command) {
      toMonth(month);
      for (let attempt = 1; ; attempt += 1) {
        try {
          await closeOnce(month, acceptedReasons, actOf(month, command));
          return viewOf(month);
        } catch (error) {
          const isMovedOn = error instanceof ConflictError && error.code === 'ledger-moved-on';
          if (!isMovedOn || attempt >= closeAttempts) throw error;
        }
      }
    },
    async requestReopen(month, reason, command) {
      await authority.bringUpToDate(unattended);
      await authority.requestReopen({ ...actOf(month, command), reason });
      return viewOf(month);
    },
    async approveReopen(month, command) {
      await authority.bringUpToDate(unattended);
      await authority.approveReopen(actOf(month, command));
      return viewOf(month);
    },
    async declineReopen(month, reason, command) {
      await authority.bringUpToDate(unattended);
      await authority.declineReopen({ ...actOf(month, command), reason });
      return viewOf(month);
    },
  };
}


/** What a person took on at closing, as the evidence says; none of other steps. */
function acceptedOf(evidence: string): AcceptedReason[] {
  const { accepted } = JSON.parse(evidence) as { accepted?: unknown };
  if (!Array.isArray(accepted)) return [];
  return (accepted as Partial<AcceptedReason>[]).flatMap(({ code, count }) => (typeof code === 'string' && Number.isSafeInteger(count) ? [{ code, count: count ?? 0 }] : []));
}

/** The setting in force when a month was closed, as its evidence says. */
function revaluationOf(evidence: string | undefined): 'on' | 'off' | null {
  if (evidence === undefined) return null;
  const { revaluation } = JSON.parse(evidence) as { revaluation?: { setting?: unknown } };
  return revaluation?.setting === 'on' || revaluation?.setting === 'off' ? revaluation.setting : null;
}
