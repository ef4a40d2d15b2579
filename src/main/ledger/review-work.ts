/**
 * Settling what a person had to look at. Nothing is posted by it: what has to be put right is put right by its own road, and here it is said that it was.
 */
import type { Clock } from '../../shared/calendar/clock.ts';
import { NotFoundError, ValidationError } from '../../shared/errors/errors.ts';
import type { UnitOfWork } from '../database/handles.ts';
import type { PeriodAuditPort } from './period-close.ports.ts';
import { findReviewItem, markReviewItemSettled } from './review-work.repository.ts';

export interface ReviewWork {
  /**
   * Settled once; asked again for a settled one nothing changes.
   * @throws NotFoundError `review-item-not-found`; ValidationError `review-note-missing`.
   */
  settle(id: string, note: string, act: { readonly actor: string; readonly requestId: string }): void;
}

export interface ReviewWorkDependencies {
  readonly unitOfWork: UnitOfWork;
  readonly audit: PeriodAuditPort;
  readonly clock: Clock;
}

export function createReviewWork({ unitOfWork, audit, clock }: ReviewWorkDependencies): ReviewWork {
  return {
    settle: (id, note, { actor, requestId }) =>
      unitOfWork.run('review.settle', (database) => {
        const said = note.trim();
        if (said.length < 3) throw new ValidationError('review-note-missing', 'Settling needs a note of what came of it. Nothing was changed.', { nextStep: 'Write a few words; they are kept in the audit log.' });
        const item = findReviewItem(database, id);
        if (!item) throw new NotFoundError('review-item-not-found', 'There is no such item to review.', { data: { id }, nextStep: 'Look at Today again.' });
        if (item.settledAt !== null) return;
        markReviewItemSettled(database, id, clock.now());
        audit.append(database, { entity: 'review-item', entityId: id, action: 'settle', actor, requestId, diff: { code: item.code, note: said } });
      }),
  };
}
