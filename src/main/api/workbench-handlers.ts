import type { RemedyView } from '../../shared/api/workbench.contract.ts';
import { NotFoundError } from '../../shared/errors/errors.ts';
import type { Clock } from '../../shared/calendar/clock.ts';
import type { TimeZone } from '../../shared/calendar/time-zone.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import type { ReadableDatabase, UnitOfWork } from '../database/handles.ts';
import type { ReportMailOutcome } from '../mailing/report-mail.ts';
import type { BankLines } from '../reconciliation/bank-lines.ports.ts';
import type { DiscrepancyAuthority } from '../reconciliation/discrepancy-authority.ports.ts';
import type { DiscrepancyBulk } from '../reconciliation/discrepancy-bulk.ts';
import type { DiscrepancySettlement } from '../reconciliation/discrepancy-settlement.ts';
import type { DiscrepancyWork } from '../reconciliation/discrepancy-work.ts';
import type { MissingMoneyFinding } from '../reporting/missing-money.queries.ts';
import type { ReconciliationReport } from '../reporting/reconciliation-report.queries.ts';
import { readWorkbenchDiscrepancy } from '../reporting/discrepancy-story.queries.ts';
import type { InboxStandpoint } from '../reporting/workbench-filter.ts';
import { groupInbox, listAssigneesAndAccounts, listInbox } from '../reporting/workbench.queries.ts';
import type { ChangeHub } from './change-hub.ts';
import { api, requireRole, type ApiContext, type Role } from './implementer.ts';

export interface WorkbenchHandlersDependencies {
  readonly readable: ReadableDatabase;
  readonly unitOfWork: UnitOfWork;
  readonly clock: Clock;
  readonly zone: TimeZone;
  readonly work: DiscrepancyWork;
  readonly bulk: DiscrepancyBulk;
  readonly settlement: DiscrepancySettlement;
  readonly authority: DiscrepancyAuthority;
  readonly bank: BankLines;
  /** `unbilledAsOf`: when it was worked out what nobody invoices; null: not yet. */
  missingMoney(): { readonly findings: readonly MissingMoneyFinding[]; readonly unbilledAsOf: number | null };
  report(): ReconciliationReport;
  /** How the newest run of the report went out; null: none did. */
  lastSent(): { readonly at: number; readonly mail: ReportMailOutcome } | null;
  readonly auditLog: Pick<AuditLog, 'append'>;
  functionalCurrency(): string;
  readonly hub: ChangeHub;
}

function remedyView(remedy: MissingMoneyFinding['remedy']): RemedyView {
  if (remedy.kind === 'send') return { ...remedy, invoices: [...remedy.invoices] };
  return remedy.kind === 'credit-note' ? { ...remedy, drafts: [...remedy.drafts] } : remedy;
}

interface By {
  readonly id: string;
  readonly actor: string;
  readonly requestId: string;
}

/** Finance works on differences; what posts is an accountant's, the policy an admin's. Each act carries the session's user, never one the client names. */
export function createWorkbenchHandlers(dependencies: WorkbenchHandlersDependencies) {
  const { readable, clock, zone, work, bulk, settlement, authority, bank, hub } = dependencies;
  const standpoint = (): InboxStandpoint => ({ zone, today: zone.dateOf(clock.now()), dueDays: authority.policy().dueDays });
  const publish = (ids: readonly string[], hasPosted = false): void => {
    hub.publish({ entity: 'discrepancies', ids: [...ids] });
    for (const entity of ['today', 'status', ...(hasPosted ? (['ledger'] as const) : [])] as const) hub.publish({ entity, ids: [] });
  };

  async function act<Input extends { commandId: string; id: string }, Result>(role: Role, procedure: string, input: Input, context: ApiContext, perform: (by: By) => Result | Promise<Result>): Promise<Result> {
    requireRole(context, role);
    const outcome = await context.commands.once(`workbench.${procedure}`, input, () => perform({ id: input.id, actor: context.user, requestId: input.commandId }));
    publish([input.id], role === 'accountant' || procedure === 'undo');
    return outcome;
  }

  return {
    inbox: api.workbench.inbox.handler(({ input }) => listInbox(readable, input, standpoint())),
    groups: api.workbench.groups.handler(({ input }) => ({ groups: groupInbox(readable, input, standpoint()) })),
    show: api.workbench.show.handler(({ input, context }) => {
      const found = readWorkbenchDiscrepancy(readable, input.id, standpoint(), bank, context.user);
      if (!found) throw new NotFoundError('discrepancy-not-found', 'This difference is not known here.', { data: { id: input.id }, nextStep: 'Run the reconciliation again.' });
      return { ...found, adjustment: settlement.advise(input.id, found.bankAccountCode) };
    }),
    assignees: api.workbench.assignees.handler(() => listAssigneesAndAccounts(readable)),
    comment: api.workbench.comment.handler(({ input, context }) => act('finance', 'comment', input, context, (by) => work.comment({ ...by, text: input.text }))),
    setDue: api.workbench.setDue.handler(({ input, context }) => act('finance', 'setDue', input, context, (by) => work.setDue({ ...by, dueOn: input.dueOn }))),
    markTiming: api.workbench.markTiming.handler(({ input, context }) => act('finance', 'markTiming', input, context, (by) => work.markTiming({ ...by, until: input.until, note: input.note }))),
    link: api.workbench.link.handler(({ input, context }) => act('finance', 'link', input, context, (by) => settlement.link({ ...by, target: input.target, note: input.note }))),
    refusePair: api.workbench.refusePair.handler(({ input, context }) => act('finance', 'refusePair', input, context, (by) => work.refuse({ ...by, reason: input.reason }))),
    settlementPreview: api.workbench.settlementPreview.handler(({ input }) => {
      const { order, functionalMinor, limitMinor, isAboveLimit } = settlement.preview(input.id, input.order ?? null);
      const currency = dependencies.functionalCurrency();
      return { debitAccount: order.debitAccount, creditAccount: order.creditAccount, amount: { amount: order.amountMinor, currency: order.currency }, functional: { amount: functionalMinor, currency }, limit: { amount: limitMinor, currency }, isAboveLimit, fourEyes: authority.fourEyes };
    }),
    adjust: api.workbench.adjust.handler(({ input, context }) => act('accountant', 'adjust', input, context, (by) => settlement.adjust({ ...by, order: input.order, reason: input.reason }))),
    writeOff: api.workbench.writeOff.handler(({ input, context }) => act('accountant', 'writeOff', input, context, (by) => settlement.writeOff({ ...by, reason: input.reason }))),
    decideAdjustment: api.workbench.decideAdjustment.handler(({ input, context }) => act('accountant', 'decideAdjustment', input, context, (by) => settlement.decide({ ...by, isApproved: input.isApproved, note: input.note }))),
    undo: api.workbench.undo.handler(async ({ input, context }) => {
      if (settlement.isUndoAccountants(input.id)) requireRole(context, 'accountant');
      const outcome = await act('finance', 'undo', input, context, (by) => settlement.undo(by));
      hub.publish({ entity: 'banking', ids: [] });
      return outcome;
    }),
    undoCommand: api.workbench.undoCommand.handler(async ({ input, context }) => {
      requireRole(context, 'finance');
      const { undone, left } = await context.commands.once('workbench.undoCommand', input, () => work.undoRequest({ actor: context.user, requestId: input.commandId, undoneRequestId: input.undoneCommandId }));
      publish(undone.map((each) => each.id));
      return { undone: [...undone], left };
    }),
    bulkPreview: api.workbench.bulkPreview.handler(({ input }) => {
      const preview = bulk.preview(input.ids, input.act);
      return { ...preview, sums: [...preview.sums], atRisk: [...preview.atRisk], byStatus: [...preview.byStatus], leftOut: [...preview.leftOut] };
    }),
    bulk: api.workbench.bulk.handler(async ({ input, context }) => {
      requireRole(context, 'finance');
      const { succeeded, failed } = await context.commands.once('workbench.bulk', input, () => bulk.run(input.ids, input.act, { actor: context.user, requestId: input.commandId }));
      publish(succeeded.map((each) => each.id).slice(0, 500));
      return { succeeded: [...succeeded], failed: [...failed] };
    }),
    missingMoney: api.workbench.missingMoney.handler(() => {
      const now = clock.now();
      const { findings, unbilledAsOf } = dependencies.missingMoney();
      return { asOf: now, unbilledAsOf, isBankRead: bank.hasStatements(), findings: findings.map((found) => ({ ...found, atRisk: [...found.atRisk], remedy: remedyView(found.remedy), items: found.items.map((item) => ({ ...item, remedy: item.remedy && remedyView(item.remedy) })) })) };
    }),
    report: api.workbench.report.handler(() => {
      const report = dependencies.report();
      const sent = dependencies.lastSent();
      return {
        report: {
          ...report, runs: [...report.runs], fresh: { ...report.fresh, atRisk: [...report.fresh.atRisk] }, open: { ...report.open, atRisk: [...report.open.atRisk] }, biggest: [...report.biggest], unrated: [...report.unrated], missingMoney: report.missingMoney.map((each) => ({ ...each, atRisk: [...each.atRisk] })),
          alerts: report.alerts.map((alert) => ({ ...alert, discrepancies: [...alert.discrepancies] })),
        },
        sent: sent && { at: sent.at, state: sent.mail.state, accepted: [...sent.mail.accepted], refused: [...sent.mail.refused] },
      };
    }),
    policy: api.workbench.policy.handler(() => ({ policy: authority.policy(), functionalCurrency: dependencies.functionalCurrency(), fourEyes: authority.fourEyes })),
    setPolicy: api.workbench.setPolicy.handler(async ({ input, context }) => {
      requireRole(context, 'admin');
      await context.commands.once('workbench.setPolicy', input, async () => {
        await authority.setPolicy(input.policy, input.commandId);
        dependencies.unitOfWork.run('reconciliation-policy.audit', (database) => dependencies.auditLog.append(database, { entity: 'ledger-setting', entityId: 'reconciliation_policy', action: 'set', actor: context.user, requestId: input.commandId, diff: { ...input.policy } }));
        return {};
      });
      for (const entity of ['settings', 'discrepancies', 'today'] as const) hub.publish({ entity, ids: [] });
      return { policy: authority.policy() };
    }),
  };
}
