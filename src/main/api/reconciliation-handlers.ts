import { NotFoundError } from '../../shared/errors/errors.ts';
import type { TimeZone } from '../../shared/calendar/time-zone.ts';
import type { ReadableDatabase } from '../database/handles.ts';
import type { WorkOutcome } from '../reconciliation/discrepancy-step.ts';
import type { DiscrepancyWork } from '../reconciliation/discrepancy-work.ts';
import { listDiscrepancies, readDiscrepancy, readReconciliationSummary } from '../reporting/reconciliation.queries.ts';
import type { ChangeHub } from './change-hub.ts';
import { api, requireRole, type ApiContext } from './implementer.ts';

export interface ReconciliationHandlersDependencies {
  readonly database: ReadableDatabase;
  readonly timeZone: TimeZone;
  readonly work: DiscrepancyWork;
  readonly hub: ChangeHub;
}

export function createReconciliationHandlers({ database, timeZone, work, hub }: ReconciliationHandlersDependencies) {
  /** Finance works on differences; the act carries the session's user, never one the client names. */
  async function act<Input extends { commandId: string; id: string }>(procedure: string, input: Input, context: ApiContext, perform: (by: { id: string; actor: string; requestId: string }) => WorkOutcome): Promise<WorkOutcome> {
    requireRole(context, 'finance');
    const outcome = await context.commands.once(procedure, input, () => perform({ id: input.id, actor: context.user, requestId: input.commandId }));
    hub.publish({ entity: 'discrepancies', ids: [outcome.id] });
    hub.publish({ entity: 'today', ids: [] });
    hub.publish({ entity: 'status', ids: [] });
    return outcome;
  }

  return {
    summary: api.reconciliation.summary.handler(() => readReconciliationSummary(database)),
    list: api.reconciliation.list.handler(({ input }) => listDiscrepancies(database, input)),
    show: api.reconciliation.show.handler(({ input }) => {
      const found = readDiscrepancy(database, input.id, timeZone);
      if (!found) throw new NotFoundError('discrepancy-not-found', 'This difference is not known here.', { data: { id: input.id }, nextStep: 'Run the reconciliation again.' });
      return found;
    }),
    assign: api.reconciliation.assign.handler(({ input, context }) => act('reconciliation.assign', input, context, (by) => work.assign({ ...by, assignee: input.assignee }))),
    resolve: api.reconciliation.resolve.handler(({ input, context }) => act('reconciliation.resolve', input, context, (by) => work.resolve({ ...by, note: input.note }))),
    ignore: api.reconciliation.ignore.handler(({ input, context }) => act('reconciliation.ignore', input, context, (by) => work.ignore({ ...by, reason: input.reason }))),
    hold: api.reconciliation.hold.handler(({ input, context }) => act('reconciliation.hold', input, context, (by) => work.hold({ ...by, until: input.until, note: input.note }))),
    reopen: api.reconciliation.reopen.handler(({ input, context }) => act('reconciliation.reopen', input, context, (by) => work.reopen({ ...by, note: input.note }))),
  };
}
