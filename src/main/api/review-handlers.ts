import type { ReviewWork } from '../ledger/review-work.ts';
import type { ChangeHub } from './change-hub.ts';
import { api, requireRole } from './implementer.ts';

export function createReviewHandlers({ work, hub }: { readonly work: ReviewWork; readonly hub: ChangeHub }) {
  return {
    settle: api.review.settle.handler(({ input, context }) => {
      requireRole(context, 'finance');
      return context.commands.once('review.settle', input, () => {
        work.settle(input.id, input.note, { actor: context.user, requestId: input.commandId });
        hub.publish({ entity: 'today', ids: [input.id] });
        return { id: input.id };
      });
    }),
  };
}
