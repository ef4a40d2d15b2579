/**
 * Taking back an entry that the sealer left. Only a person's own act can be taken back: what follows from a fact of the gateway or from an invoice is true whoever
 * likes it, is sent again with every sync, and is sealed once what stood in its way is mended (domain.md §3, Sealing).
 */
import type { Clock } from '../../shared/calendar/clock.ts';
import { NotFoundError, StateError } from '../../shared/errors/errors.ts';
import type { UnitOfWork } from '../database/handles.ts';
import { idFromKey } from '../platform/ids.ts';
import { isPersonsAct } from './persons-acts.ts';
import type { PeriodAuditPort } from './period-close.ports.ts';
import { dropProvisional, findProvisional, parseProvisional } from './provisional-entries.repository.ts';
import { markReviewItemSettled } from './review-work.repository.ts';

export interface PendingWithdrawal {
  /**
   * Takes a refused entry off the waiting list; the audit log keeps all of it, with the reason. It was in no balance.
   * @throws NotFoundError `entry-not-pending`; StateError `entry-not-refused`, `entry-follows-from-fact`, `withdrawal-reason-missing`.
   */
  withdraw(id: string, reason: string, act: { readonly actor: string; readonly requestId: string }): void;
}

export interface PendingWithdrawalDependencies {
  readonly unitOfWork: UnitOfWork;
  readonly audit: PeriodAuditPort;
  readonly clock: Clock;
}

export function createPendingWithdrawal({ unitOfWork, audit, clock }: PendingWithdrawalDependencies): PendingWithdrawal {
  return {
    withdraw: (id, reason, { actor, requestId }) =>
      unitOfWork.run('ledger.withdraw-pending', (database) => {
        const said = reason.trim();
        if (said.length < 3) throw new StateError('withdrawal-reason-missing', 'Taking an entry back needs a reason. It still waits.', { nextStep: 'Write a few words; they are kept in the audit log.' });
        const waiting = findProvisional(database, id);
        if (!waiting) throw new NotFoundError('entry-not-pending', 'No entry with this id waits to be sealed here.', { data: { id }, nextStep: 'Look at what waits again: it may have been sealed, or taken back before.' });
        const { key, kind, sourceType, sourceId, entryDate, memo, reversesEntryId, postings } = parseProvisional(waiting.body);
        if (!isPersonsAct(key)) throw new StateError('entry-follows-from-fact', 'This entry follows from a fact, so it is not taken back. It still waits.', { data: { id, key }, nextStep: 'Mend what stands in its way; the next sync with the shared database sends it again.' });
        if (waiting.reasonCode === null) throw new StateError('entry-not-refused', 'The sealer has not left this entry; it was not sent yet. It still waits.', { data: { id }, nextStep: 'Sync the shared database. Once it is sealed, it can be reversed.' });
        dropProvisional(database, [id]);
        // The finding was about this entry alone: its key is the source's own.
        markReviewItemSettled(database, idFromKey(`review/entry-left-unsealed/${sourceType}/${sourceId}`), clock.now());
        audit.append(database, { entity: 'journal-entry', entityId: id, action: 'withdraw', actor, requestId, diff: { reason: said, code: waiting.reasonCode, key, kind, entryDate, memo, reversesEntryId, postings: JSON.stringify(postings) } });
      }),
  };
}
