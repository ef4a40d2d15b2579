/** What a person does about messages that were set aside: they are staged anew, and the next sync takes them up; or they are not to be used, and why is kept. */
import type { UnitOfWork, WritableDatabase } from '../database/handles.ts';
import { dismissMessage, restageMessages } from './intake.repository.ts';

export interface StripeInbox {
  /**
   * @param ids the provider's ids; undefined: every parked message. One of an unhandled kind, or one that was dismissed, is taken up only by its id.
   * @returns how many were staged anew; those that stand projected or wait already are left alone.
   */
  retry(ids: readonly string[] | undefined): number;
  /** The messages stay in the log as not used, with the reason. @returns how many were set aside until now; the others are left alone. */
  dismiss(ids: readonly string[], reason: string, act: { readonly actor: string; readonly requestId: string }): number;
}

/** Who did what: audit/audit-log.ts. */
export interface InboxAuditPort {
  append(database: WritableDatabase, entry: { readonly entity: string; readonly entityId: string; readonly action: string; readonly actor: string; readonly diff: Record<string, string | null>; readonly requestId?: string | undefined }): void;
}

export function createStripeInbox({ unitOfWork, audit }: { readonly unitOfWork: UnitOfWork; readonly audit: InboxAuditPort }): StripeInbox {
  return {
    retry: (ids) => unitOfWork.run('retry messages', (database) => restageMessages(database, ids)),
    dismiss: (ids, reason, { actor, requestId }) =>
      unitOfWork.run('dismiss messages', (database) => {
        const dismissed = [...new Set(ids)].filter((id) => dismissMessage(database, id, `${actor}: ${reason}`));
        for (const id of dismissed) audit.append(database, { entity: 'stripe-event', entityId: id, action: 'dismiss', actor, requestId, diff: { reason } });
        return dismissed.length;
      }),
  };
}
