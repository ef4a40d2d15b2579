/**
 * An invoice that went out is `sent` (domain.md §4): from finalised only; one that was paid, voided or sent meanwhile stays what it is. With a shared database its server function decides, and this
 * desk's copy follows.
 */
import type { UnitOfWork } from '../database/handles.ts';
import { markFinalisedAsSent, takeSentMark } from './sent-mark.repository.ts';
import type { AuditPort } from './partner-invoicing.ports.ts';

export interface SentMarkDependencies {
  readonly unitOfWork: UnitOfWork;
  readonly audit: AuditPort;
  /** null: this desk works alone. */
  readonly shared: ((id: string) => Promise<{ readonly status: string; readonly version: number }>) | null;
}

/** Idempotent. */
export function createSentMark({ unitOfWork, audit, shared }: SentMarkDependencies): (id: string, actor: string) => Promise<void> {
  return async (id, actor) => {
    const answer = shared ? await shared(id) : null;
    unitOfWork.run('billing.mark-sent', (database) => {
      const isChanged = answer ? takeSentMark(database, id, answer) && answer.status === 'sent' : markFinalisedAsSent(database, id);
      if (isChanged) audit.append(database, { entity: 'invoice', entityId: id, action: 'send', actor, diff: { status: 'sent' } });
    });
  };
}
