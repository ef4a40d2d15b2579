import { month as toMonth } from '../../shared/calendar/local-date.ts';
import type { PeriodClose } from '../ledger/period-close.ts';
import type { CloseView, ReconciliationClose, SignOff } from '../reconciliation/reconciliation-close.ts';
import type { EvidencePack } from '../documents/evidence-pack.ts';
import type { ChangeHub } from './change-hub.ts';
import { api, requireRole } from './implementer.ts';

export interface CloseEvidenceHandlersDependencies {
  readonly close: ReconciliationClose;
  readonly periodClose: Pick<PeriodClose, 'list'>;
  pack(month: ReturnType<typeof toMonth>): Promise<EvidencePack>;
  readonly hub: ChangeHub;
}

/** Everybody may see how a month stands; accountants sign. The evidence is finance's to take. */
export function createCloseEvidenceHandlers({ close, periodClose, pack, hub }: CloseEvidenceHandlersDependencies) {
  const publish = (): void => (['discrepancies', 'today', 'status'] as const).forEach((entity) => hub.publish({ entity, ids: [] }));
  const signOnWire = (signOff: SignOff) => ({ ...signOff, checks: signOff.checks.map((check) => ({ ...check, amounts: [...check.amounts] })) });

  function toWire(view: CloseView) {
    const period = periodClose.list().periods.find((each) => each.month === view.month);
    return {
      ...view, checks: view.checks.map((check) => ({ ...check, amounts: [...check.amounts] })), signOff: view.signOff && signOnWire(view.signOff), history: view.history.map(signOnWire),
      books: { state: period?.state ?? ('none' as const), checklist: period?.checklist?.map((item) => ({ ...item, reasons: [...item.reasons] })) ?? null },
    };
  }

  return {
    read: api.closeEvidence.read.handler(({ input }) => toWire(close.read(input.month))),
    months: api.closeEvidence.months.handler(() => {
      const signed = new Map(close.signed().filter((each) => each.action === 'sign-off').map((each) => [each.month, each]));
      return { months: periodClose.list().periods.toReversed().map(({ month, state }) => ({ month, state, signedBy: signed.get(month)?.actor ?? null, signedAt: signed.get(month)?.recordedAt ?? null })) };
    }),
    signOff: api.closeEvidence.signOff.handler(({ input, context }) => {
      requireRole(context, 'accountant');
      return context.commands.once('closeEvidence.signOff', input, () => {
        const view = close.signOff(input.month, input.note, Object.fromEntries(input.accepted.map(({ code, reason }) => [code, reason])), { actor: context.user, requestId: input.commandId });
        publish();
        return toWire(view);
      });
    }),
    withdraw: api.closeEvidence.withdraw.handler(({ input, context }) => {
      requireRole(context, 'accountant');
      return context.commands.once('closeEvidence.withdraw', input, () => {
        const view = close.withdraw(input.month, input.reason, { actor: context.user, requestId: input.commandId });
        publish();
        return toWire(view);
      });
    }),
    pack: api.closeEvidence.pack.handler(async ({ input, context }) => {
      requireRole(context, 'finance');
      const { fileName, bytes, files } = await pack(toMonth(input.month));
      return { fileName, bytes: new Uint8Array(bytes), files: [...files] };
    }),
  };
}
