import { call } from '@orpc/server';
import type { ReportDeliveryView } from '../../shared/api/revenue-report.contract.ts';
import type { RevenueReports } from '../documents/revenue-reports.ts';
import type { ReportMailing } from '../mailing/report-mailing.ts';
import type { ChangeHub } from './change-hub.ts';
import { api, requireRole } from './implementer.ts';
import type { createRevenueHandlers } from './revenue-handlers.ts';

export interface RevenueReportHandlersDependencies {
  readonly reports: RevenueReports;
  readonly mailing: ReportMailing;
  readonly hub: ChangeHub;
  /** Answered on a reading thread where there is one: it looks at every balance transaction of the month. */
  readonly presentment: ReturnType<typeof createRevenueHandlers>['presentment'];
}

/** Everybody may read the report; who may send e-mail of this desk decides who gets it. */
export function createRevenueReportHandlers({ reports, mailing, hub, presentment }: RevenueReportHandlersDependencies) {
  const deliveries = (): ReportDeliveryView[] =>
    mailing.deliveries().map(({ id, month, sequence, state, subject, sha256, askedBy, handedOverAt, answeredAt, recipients, errorCode, errorMessage }) => ({
      id, month, sequence, state, subject, sha256, askedBy, handedOverAt, answeredAt, recipients: recipients.map((each) => ({ ...each })), errorCode, errorMessage,
    }));
  return {
    make: api.revenueReport.make.handler(async ({ input, context, signal }) => {
      const { months } = await call(presentment, { from: input.month, to: input.month }, { context, path: ['revenue', 'presentment'], ...(signal ? { signal } : {}) });
      const { fileName, bytes, asOf } = await reports.make(input.month, months);
      return { month: input.month, fileName, bytes: new Uint8Array(bytes), asOf };
    }),
    settings: api.revenueReport.settings.handler(() => {
      const { isSent, recipients } = mailing.readSettings();
      return { isSent, recipients: [...recipients], canSend: mailing.canSend(), deliveries: deliveries() };
    }),
    saveSettings: api.revenueReport.saveSettings.handler(({ input, context }) => {
      requireRole(context, 'accountant');
      return context.commands.once('revenueReport.saveSettings', input, () => {
        const saved = mailing.saveSettings({ isSent: input.isSent, recipients: input.recipients }, { actor: context.user, requestId: input.commandId });
        hub.publish({ entity: 'mail', ids: [] });
        return { isSent: saved.isSent, recipients: [...saved.recipients] };
      });
    }),
    sent: api.revenueReport.sent.handler(async ({ input }) => {
      const { fileName, bytes } = await mailing.sentFile(input.id);
      return { fileName, bytes: new Uint8Array(bytes) };
    }),
  };
}
