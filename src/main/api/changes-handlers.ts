/**
 * Edits of partners and contracts on their way. Everybody may look; admins edit and resolve, accountants approve, whoever made an edit takes it back. The shared database
 * checks all of it again.
 */
import type { ChangeDecisions } from '../contracts/change-decisions.ts';
import type { ChangeOrder, ContractChanges } from '../contracts/contract-changes.ts';
import type { ContractEdits } from '../contracts/contract-edits.ts';
import type { ChangeHub } from './change-hub.ts';
import { api, requireRole, type ApiContext, type Role } from './implementer.ts';

export interface ChangesHandlersDependencies {
  readonly edits: ContractEdits;
  readonly changes: ContractChanges;
  readonly decisions: ChangeDecisions;
  readonly hub: ChangeHub;
  /** How this desk and the shared database stand to each other. */
  standing(): { readonly isConnected: boolean; readonly isAlone: boolean; readonly isFollowing: boolean; readonly lastSuccessAt: number | null; readonly errorCode: string | null; readonly position: string | null; readonly heldBackSince: number | null; readonly fourEyes: 'on' | 'off' };
  /** Sends what waits at once; on the command line it is waited for, at a window it goes on behind. Never throws. */
  send(host: ApiContext['host']): Promise<void>;
  follow(signal: AbortSignal | undefined): AsyncGenerator<{ at: number; isFollowing: boolean; entities: string[]; feedPosition: string | null }, void, void>;
}

/** Transactions that write at the same moment hold each other back for an instant: that is nothing to tell. */
const heldBackForLongMs = 60_000;

export function createChangesHandlers({ edits, changes, decisions, hub, standing, send, follow }: ChangesHandlersDependencies) {
  const publish = (ids: readonly string[]): void => {
    hub.publish({ entity: 'partners', ids: [...ids] });
    for (const entity of ['status', 'today'] as const) hub.publish({ entity, ids: [] });
  };
  const command = <Input extends { commandId: string }, Result>(procedure: string, input: Input, context: ApiContext, needed: Role, work: (act: { actor: string; requestId: string }) => Result | Promise<Result>): Promise<Result> => {
    requireRole(context, needed);
    return context.commands.once(procedure, input, () => work({ actor: context.user, requestId: input.commandId }));
  };
  const windowOf = ({ startAt, limit, sort }: { startAt: number; limit: number; sort?: { direction: 'ascending' | 'descending' } | undefined }) => ({ startAt, limit, direction: sort?.direction ?? ('descending' as const) });

  return {
    submit: api.changes.submit.handler(async ({ input, context }) => {
      const change = await command('changes.submit', input, context, 'admin', (act) => edits.edit(input.edit, act));
      await send(context.host);
      publish([change.entityId]);
      return changes.find(change.id);
    }),
    list: api.changes.list.handler(({ input }) => {
      const order: ChangeOrder = `${input.sort?.column === 'state' ? 'state' : 'createdAt'}/${input.sort?.direction ?? 'descending'}`;
      return { ...changes.list(input.filter ?? {}, { startAt: input.startAt, limit: input.limit, order }), sums: [] };
    }),
    show: api.changes.show.handler(({ input }) => changes.find(input.id)),
    withdraw: api.changes.withdraw.handler(async ({ input, context }) => {
      const change = await command('changes.withdraw', input, context, 'finance', (act) => decisions.withdraw(input.id, input.reason, act));
      await send(context.host);
      publish([change.entityId]);
      return change;
    }),
    retry: api.changes.retry.handler(async ({ input, context }) => {
      const change = await command('changes.retry', input, context, 'admin', (act) => changes.retry(input.id, act));
      await send(context.host);
      publish([change.entityId]);
      return changes.find(change.id);
    }),
    conflicts: api.changes.conflicts.handler(({ input }) => {
      return { ...decisions.listConflicts(input.filter?.state, windowOf(input)), sums: [] };
    }),
    conflict: api.changes.conflict.handler(({ input }) => decisions.conflict(input.id)),
    resolve: api.changes.resolve.handler(async ({ input, context }) => {
      const conflict = await command('changes.resolve', input, context, 'admin', (act) => decisions.resolve(input.id, input.choices, input.reason, act));
      await send(context.host);
      publish([conflict.entityId]);
      return decisions.conflict(input.id);
    }),
    approvals: api.changes.approvals.handler(({ input, context }) => {
      const { rows, total } = decisions.listApprovals(input.filter?.state, windowOf(input), context.user);
      return { rows: rows.map((row) => viewed(row, context)), total, sums: [] };
    }),
    approval: api.changes.approval.handler(({ input, context }) => viewed(decisions.approval(input.id, context.user), context)),
    decide: api.changes.decide.handler(async ({ input, context }) => {
      const approval = await command('changes.decide', input, context, 'accountant', (act) => decisions.decide(input.id, input.decision, input.comment, act));
      await send(context.host);
      publish([approval.entityId]);
      return viewed(decisions.approval(input.id, context.user), context);
    }),
    follow: api.changes.follow.handler(({ signal }) => follow(signal)),
    status: api.changes.status.handler(({ context }) => {
      const { isConnected, isAlone, isFollowing, lastSuccessAt, errorCode, position, heldBackSince, fourEyes } = standing();
      const counts = changes.counts(context.user);
      return {
        ...counts, decidable: mayDecide(context) ? counts.decidable : 0, isConnected, isAlone, isOnline: isConnected && (isFollowing || (lastSuccessAt !== null && errorCode === null)), lastSyncAt: lastSuccessAt, lastErrorCode: errorCode,
        feedPosition: position, followsLive: isFollowing, fourEyes, heldBackSince: heldBackSince !== null && lastSuccessAt !== null && lastSuccessAt - heldBackSince >= heldBackForLongMs ? heldBackSince : null,
      };
    }),
  };
}

const mayDecide = ({ role }: ApiContext): boolean => role === 'accountant' || role === 'admin';

/** Who may not approve at all may not approve this either. */
function viewed<View extends { readonly isDecidable: boolean }>(view: View, context: ApiContext): View {
  return { ...view, isDecidable: view.isDecidable && mayDecide(context) };
}
