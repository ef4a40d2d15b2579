import type { EntryReversal } from '../ledger/entry-reversal.ts';
import { previewClosing } from '../ledger/close-preview.ts';
import type { PendingWithdrawal } from '../ledger/pending-withdrawal.ts';
import type { PeriodClose, PeriodView } from '../ledger/period-close.ts';
import { month } from '../../shared/calendar/local-date.ts';
import type { ReadableDatabase } from '../database/handles.ts';
import { listPendingEntries } from '../reporting/pending-entries.queries.ts';
import type { ChangeHub } from './change-hub.ts';
import { api, requireRole } from './implementer.ts';

export interface LedgerPeriodHandlersDependencies {
  readonly readable: ReadableDatabase;
  readonly periodClose: PeriodClose;
  readonly reversal: EntryReversal;
  readonly withdrawal: PendingWithdrawal;
  readonly hub: ChangeHub;
}

/** Everybody may see the months; accountants close them, ask and approve. The shared database checks roles and people again. */
export function createLedgerPeriodHandlers({ readable, periodClose, reversal, withdrawal, hub }: LedgerPeriodHandlersDependencies) {
  const publish = (): void => ['ledger', 'today', 'status'].forEach((entity) => hub.publish({ entity: entity as 'ledger' | 'today' | 'status', ids: [] }));
  const toWire = (view: PeriodView) => ({ ...view, checklist: view.checklist?.map((item) => ({ ...item, reasons: [...item.reasons] })) ?? null, history: view.history.map((step) => ({ ...step, accepted: [...step.accepted] })) });

  return {
    periods: api.ledger.periods.handler(() => {
      const { fourEyes, revaluation, periods } = periodClose.list();
      return { fourEyes, revaluation, periods: periods.map(toWire) };
    }),
    setRevaluation: api.ledger.setRevaluation.handler(({ input, context }) => {
      requireRole(context, 'accountant');
      return context.commands.once('ledger.setRevaluation', input, async () => {
        await periodClose.setRevaluation(input.isOn, { actor: context.user, requestId: input.commandId });
        publish();
        return { revaluation: periodClose.list().revaluation };
      });
    }),
    closePeriod: api.ledger.closePeriod.handler(({ input, context }) => {
      requireRole(context, 'accountant');
      return context.commands.once('ledger.closePeriod', input, async () => {
        const view = await periodClose.close(month(input.month), input.acceptedReasons, { actor: context.user, requestId: input.commandId });
        publish();
        return toWire(view);
      });
    }),
    closePreview: api.ledger.closePreview.handler(async ({ input }) => {
      const { months, stopsAt } = await previewClosing(periodClose, month(input.through), input.acceptedReasons);
      return { stopsAt, months: months.map((each) => ({ ...each, checklist: each.checklist.map((item) => ({ ...item, reasons: [...item.reasons] })) })) };
    }),
    requestReopen: api.ledger.requestReopen.handler(({ input, context }) => {
      requireRole(context, 'accountant');
      return context.commands.once('ledger.requestReopen', input, async () => {
        const view = await periodClose.requestReopen(month(input.month), input.reason, { actor: context.user, requestId: input.commandId });
        publish();
        return toWire(view);
      });
    }),
    approveReopen: api.ledger.approveReopen.handler(({ input, context }) => {
      requireRole(context, 'accountant');
      return context.commands.once('ledger.approveReopen', input, async () => {
        const view = await periodClose.approveReopen(month(input.month), { actor: context.user, requestId: input.commandId });
        publish();
        return toWire(view);
      });
    }),
    declineReopen: api.ledger.declineReopen.handler(({ input, context }) => {
      requireRole(context, 'accountant');
      return context.commands.once('ledger.declineReopen', input, async () => {
        const view = await periodClose.declineReopen(month(input.month), input.reason, { actor: context.user, requestId: input.commandId });
        publish();
        return toWire(view);
      });
    }),
    reverseEntry: api.ledger.reverseEntry.handler(({ input, context }) => {
      requireRole(context, 'accountant');
      return context.commands.once('ledger.reverseEntry', input, async () => {
        const outcome = await reversal.reverseByHand(input.id, input.reason, { actor: context.user, requestId: input.commandId });
        publish();
        return outcome;
      });
    }),
    withdrawPending: api.ledger.withdrawPending.handler(({ input, context }) => {
      requireRole(context, 'finance');
      return context.commands.once('ledger.withdrawPending', input, () => {
        withdrawal.withdraw(input.id, input.reason, { actor: context.user, requestId: input.commandId });
        publish();
        return { id: input.id };
      });
    }),
    pending: api.ledger.pending.handler(({ input }) => listPendingEntries(readable, input)),
  };
}
