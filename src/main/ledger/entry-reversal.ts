/**
 * Reversing a posted entry: entries are never edited, so a wrong one is answered by its exact negation, which names it. Once, and only when sealed.
 */
import type { Clock } from '../../shared/calendar/clock.ts';
import { localDate, monthOf, type LocalDate } from '../../shared/calendar/local-date.ts';
import type { TimeZone } from '../../shared/calendar/time-zone.ts';
import { NotFoundError, StateError } from '../../shared/errors/errors.ts';
import type { ReadableDatabase, UnitOfWork } from '../database/handles.ts';
import { idFromKey } from '../platform/ids.ts';
import { unattended, type WorkControl } from '../platform/work-control.ts';
import { dayOfEntry, isPending, reversalOfEntry, sealedEntry } from './entry-reversal.repository.ts';
import { reversalOf } from './journal-entry.ts';
import type { Journal } from './journal.ts';
import { ownWayBack } from './own-way-back.ts';
import type { PeriodAuditPort } from './period-close.ports.ts';

export interface EntryReversalDependencies {
  readonly readable: ReadableDatabase;
  readonly unitOfWork: UnitOfWork;
  readonly journal: Journal;
  readonly audit: PeriodAuditPort;
  readonly clock: Clock;
  readonly timeZone: TimeZone;
  /** Sends what was posted to the sealer, where that is not this desk itself; what cannot be sent stays pending. */
  sealPosted(control: WorkControl): Promise<void>;
}

export interface ReversalOutcome {
  readonly id: string;
  readonly state: 'sealed' | 'pending';
  /** The day it counts for: today, or the first day of the first open month. */
  readonly entryDate: LocalDate;
}

export interface EntryReversal {
  /**
   * Reverses an entry as of today. Asked again for the same entry it answers with the reversal that stands, unless something else reversed it.
   * @throws NotFoundError `entry-not-found`; StateError `entry-not-sealed`, `entry-reversed-already`.
   */
  reverse(id: string, reason: string, act: { readonly actor: string; readonly requestId: string }): Promise<ReversalOutcome>;
  /**
   * As {@link EntryReversal.reverse}, by a person who names the entry: not one that came of something which is itself taken back.
   * @throws as there; StateError `entry-has-own-way-back`.
   */
  reverseByHand: EntryReversal['reverse'];
}

/** What makes a person's reversal of an entry the same on every desk. */
export const reversalKey = (entryId: string): string => `reversal/${entryId}`;

export function createEntryReversal({ readable, unitOfWork, journal, audit, clock, timeZone, sealPosted }: EntryReversalDependencies): EntryReversal {
  function post(id: string, reason: string, act: { readonly actor: string; readonly requestId: string }): void {
    unitOfWork.run('ledger.reverse', (database) => {
      const reversalId = idFromKey(reversalKey(id));
      if (isPending(database, reversalId)) return;
      const original = sealedEntry(database, id);
      if (!original) {
        if (isPending(database, id)) throw new StateError('entry-not-sealed', 'The entry waits for its seal; only a sealed entry can be reversed. Nothing was posted.', { data: { id }, nextStep: 'Sync the shared database, then reverse it.' });
        throw new NotFoundError('entry-not-found', 'There is no journal entry with this id.', { data: { id }, nextStep: 'Check the id, or sync first.' });
      }
      const standing = reversalOfEntry(database, id);
      if (standing === reversalId) return;
      if (standing !== undefined) throw new StateError('entry-reversed-already', 'The entry was reversed already. Nothing was posted.', { data: { id, reversedBy: standing }, nextStep: 'Look at the entry that reversed it.' });
      const today = timeZone.dateOf(clock.now());
      const month = monthOf(original.entryDate);
      const reversal = reversalOf(original, id, { key: reversalKey(id), entryDate: today, kind: 'reversal', memo: `Reversal of ${original.kind}: ${reason.trim()}` });
      journal.post(database, [month === monthOf(today) ? reversal : { ...reversal, concernsMonth: month }]);
      audit.append(database, { entity: 'journal-entry', entityId: id, action: 'reverse', actor: act.actor, requestId: act.requestId, diff: { reason: reason.trim(), reversedBy: reversalId } });
    });
  }

  function refuseOwnWayBack(id: string): void {
    const entry = sealedEntry(readable, id);
    const way = entry && ownWayBack(entry);
    // One that is reversed already is answered as it was.
    if (!way || reversalOfEntry(readable, id) !== undefined) return;
    throw new StateError('entry-has-own-way-back', `The entry came of ${way.cameOf}, which would stand without it. Nothing was posted.`, { data: { id, kind: entry.kind, source: entry.sourceId }, nextStep: way.nextStep });
  }

  async function reverse(id: string, reason: string, act: { readonly actor: string; readonly requestId: string }): Promise<ReversalOutcome> {
    if (reason.trim().length < 3) throw new StateError('reversal-reason-missing', 'Reversing an entry needs a reason. Nothing was posted.', { nextStep: 'Write why it is reversed.' });
    post(id, reason, act);
    await sealPosted(unattended);
    const reversalId = idFromKey(reversalKey(id));
    return { id: reversalId, state: isPending(readable, reversalId) ? 'pending' : 'sealed', entryDate: localDate(dayOfEntry(readable, reversalId) ?? timeZone.dateOf(clock.now())) };
  }

  return {
    reverse,
    reverseByHand: async (id, reason, act) => {
      refuseOwnWayBack(id);
      return reverse(id, reason, act);
    },
  };
}
