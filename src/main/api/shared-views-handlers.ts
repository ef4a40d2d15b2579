import { gridLayoutSchema } from '../../shared/api/personal.contract.ts';
import type { SharedViews } from '../sync/shared-views.ts';
import type { SharedView } from '../sync/shared-views.ports.ts';
import type { ChangeHub } from './change-hub.ts';
import { api, type ApiContext } from './implementer.ts';

export interface SharedViewsHandlersDependencies {
  readonly views: SharedViews;
  readonly hub: ChangeHub;
}

/** Views of lists for everybody in the shared database. One whose columns another version wrote and this one cannot read is not shown: no list depends on it. */
export function createSharedViewsHandlers({ views, hub }: SharedViewsHandlersDependencies) {
  const changed = (): void => hub.publish({ entity: 'shared-views', ids: [] });
  function shown({ layout, ...view }: SharedView, { user, role }: Pick<ApiContext, 'user' | 'role'>) {
    const read = gridLayoutSchema.safeParse(JSON.parse(layout)).data;
    return read && { ...view, layout: read, isTheirs: view.savedBy === user || role === 'admin' };
  }
  return {
    list: api.sharedViews.list.handler(({ context }) => ({ canShare: views.canShare, views: views.list().flatMap((view) => shown(view, context) ?? []) })),
    share: api.sharedViews.share.handler(({ input, context }) =>
      context.commands.once('sharedViews.share', input, async () => {
        const { savedBy, savedAt, id } = await views.share({ ...input.view, layout: JSON.stringify(input.view.layout) });
        changed();
        return { ...input.view, id, savedBy, savedAt, isTheirs: true };
      }),
    ),
    withdraw: api.sharedViews.withdraw.handler(({ input, context }) =>
      context.commands.once('sharedViews.withdraw', input, async () => {
        await views.withdraw(input.id);
        changed();
        return { id: input.id };
      }),
    ),
  };
}
