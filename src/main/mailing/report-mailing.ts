/**
 * Sends the monthly report by e-mail, once a month from the desk where that is set. What is handed to the mail server is written down first: what a crash leaves
 * behind may have arrived, is said so, and is sent again only when a person asks (docs/adr/0029).
 */
import { z } from 'zod';
import type { Clock } from '../../shared/calendar/clock.ts';
import { NotFoundError, ProviderError, StateError, StorageError } from '../../shared/errors/errors.ts';
import type { ReadableDatabase, UnitOfWork } from '../database/handles.ts';
import { idFromKey } from '../platform/ids.ts';
import type { WorkControl } from '../platform/work-control.ts';
import { parseAddresses } from './mail-address.ts';
import { messageIdOf, type MailRecipient } from './mail-entry.ts';
import { mustBeSetUp, type MailSettingsStore } from './mail-settings.ts';
import type { AuditPort, DeliveryAnswer, MailTransport, ReportsForMail, SettingsPort } from './mailing.ports.ts';
import { findLastDelivery, findReportDelivery, insertDelivery, listDeliveries, settleDelivery, type ReportDelivery } from './report-deliveries.repository.ts';
import { reportMailText } from './report-mail-text.ts';

export interface ReportMailSettings {
  /** The report of a month that is over goes out by itself, from this desk. */
  readonly isSent: boolean;
  readonly recipients: readonly string[];
}

const storedSettings = z.object({ isSent: z.boolean(), recipients: z.array(z.string()) });
export const reportSettingsName = 'revenue_report_mail';
const report = 'revenue';
const shownDeliveries = 24;

export interface ReportMailingDependencies {
  readonly readable: ReadableDatabase;
  readonly unitOfWork: UnitOfWork;
  readonly preferences: SettingsPort;
  readonly reports: ReportsForMail;
  readonly settings: MailSettingsStore;
  readonly transport: MailTransport;
  /** null: none is kept for the server that is set. */
  password(): string | null;
  readonly audit: AuditPort;
  readonly clock: Clock;
}

export interface ReportOutcome {
  /** `kept-back`: the schedule found an e-mail of this month that was sent, refused for good, or may have arrived. */
  readonly outcome: 'sent' | 'kept-back';
  readonly month: string;
  readonly delivery: ReportDelivery;
}

export interface ReportMailing {
  readSettings(): ReportMailSettings;
  /** @throws ValidationError `mail-address-missing`, `mail-address-invalid`, `mail-too-many-addresses`. */
  saveSettings(settings: ReportMailSettings, act: { readonly actor: string; readonly requestId: string }): ReportMailSettings;
  /** It is set, and the desk can send. */
  isWanted(): boolean;
  canSend(): boolean;
  deliveries(): readonly ReportDelivery[];
  /** The file that was handed over. @throws NotFoundError `report-delivery-missing`, `report-file-unknown`; StorageError `report-file-missing`, `document-altered`. */
  sentFile(id: string): Promise<{ readonly fileName: string; readonly bytes: Uint8Array }>;
  /**
   * Makes the month's report and sends it to all who are set.
   * @param isAsked by a person: it goes out although it did before.
   * @throws ValidationError `mail-not-set-up`, `mail-address-missing`; ProviderError or PermissionError `smtp-…`; ProviderError `report-refused-for-now`; StateError `report-refused`, `report-in-doubt`.
   */
  send(request: { readonly month: string; readonly actor: string; readonly isAsked: boolean; readonly control: WorkControl }): Promise<ReportOutcome>;
}

/** What was saved of who gets the report. @param stored the preference as it stands. */
export function readReportMailSettings(stored: string | undefined): ReportMailSettings {
  try {
    return storedSettings.parse(JSON.parse(stored ?? 'null'));
  } catch {
    return { isSent: false, recipients: [] }; // none was ever saved, or another version wrote it
  }
}

export function createReportMailing(dependencies: ReportMailingDependencies): ReportMailing {
  const { readable, unitOfWork, preferences, reports, settings, transport, audit, clock } = dependencies;

  const readSettings = (): ReportMailSettings => readReportMailSettings(preferences.get(reportSettingsName));

  function settle(delivery: ReportDelivery, actor: string): ReportDelivery {
    unitOfWork.run('report.settle', (database) => {
      settleDelivery(database, delivery);
      audit.append(database, { entity: 'report', entityId: delivery.id, action: delivery.state, actor, diff: { month: delivery.month, sequence: delivery.sequence, attachment: delivery.sha256, code: delivery.errorCode } });
    });
    return delivery;
  }

  /** What was begun and never told about: it may have arrived. */
  function lastOf(month: string, actor: string): ReportDelivery | undefined {
    const last = findLastDelivery(readable, report, month);
    if (last?.state !== 'sending') return last;
    return settle({ ...last, state: 'in-doubt', errorCode: 'report-in-doubt', errorMessage: 'Daybook ended before the mail server answered.' }, actor);
  }

  async function send({ month, actor, isAsked, control }: Parameters<ReportMailing['send']>[0]): Promise<ReportOutcome> {
    const server = mustBeSetUp(settings);
    const last = lastOf(month, actor);
    if (last && !isAsked && last.errorCode !== 'report-refused-for-now') return { outcome: 'kept-back', month, delivery: last };
    const addresses = parseAddresses(readSettings().recipients.join(','));
    control.report({ done: 0, total: 2, note: 'Making the report' });
    const made = await reports.make(month);
    const sequence = (last?.sequence ?? 0) + 1;
    const id = idFromKey(`report-delivery/${report}/${month}/${sequence}`);
    const { subject, text } = reportMailText(made.report, server.fromName);
    control.report({ done: 1, total: 2, note: 'Sending the report' });
    const line = await transport.open(server, dependencies.password(), control.signal);
    try {
      const { location, sha256 } = await reports.keep(`${month}-${sequence}`, made.bytes);
      control.signal.throwIfAborted();
      const delivery: ReportDelivery = {
        id, report, month, sequence, state: 'sending', recipients: addresses.map((address): MailRecipient => ({ address, state: 'waiting', response: null })), subject, messageId: messageIdOf(id, server.fromAddress), location, sha256, askedBy: actor,
        handedOverAt: clock.now(), answeredAt: null, errorCode: null, errorMessage: null,
      };
      unitOfWork.run('report.hand-over', (database) => insertDelivery(database, delivery));
      const answer = await line.send({
        messageId: delivery.messageId, from: { name: server.fromName, address: server.fromAddress }, replyTo: server.replyTo, to: addresses, envelopeTo: addresses, subject, text, attachment: { fileName: made.fileName, bytes: made.bytes },
      });
      const settled = settle(outcomeOf(delivery, answer, clock.now()), actor);
      if (settled.state !== 'sent') throw errorOf(settled);
      control.report({ done: 2, total: 2, note: 'Sent' });
      return { outcome: 'sent', month, delivery: settled };
    } finally {
      line.close();
    }
  }

  async function sentFile(id: string): Promise<{ fileName: string; bytes: Uint8Array }> {
    const delivery = findReportDelivery(readable, id);
    if (!delivery) throw new NotFoundError('report-delivery-missing', 'No report was sent under this id.', { nextStep: 'Open it from the list of what was sent.' });
    if (delivery.location === '') throw new NotFoundError('report-file-unknown', 'Whether this report was sent is not known since a backup was put back, and neither is its file.', { nextStep: 'Make the report of the month anew; its figures may have changed since.' });
    const kept = await reports.open(delivery.location);
    if (!kept) throw new StorageError('report-file-missing', 'The file of this report is gone from the data folder.', { data: { location: delivery.location }, nextStep: 'Make the report of the month anew; its figures may have changed since.' });
    if (kept.sha256 !== delivery.sha256) throw new StorageError('document-altered', 'The file of this report is not the one that was sent.', { data: { location: delivery.location }, nextStep: 'Take the file from a backup of the data folder.' });
    return { fileName: `revenue-report-${delivery.month}.pdf`, bytes: kept.bytes };
  }

  return {
    readSettings, send, sentFile,
    saveSettings({ isSent, recipients }, { actor, requestId }) {
      const kept = { isSent, recipients: recipients.length === 0 && !isSent ? [] : parseAddresses(recipients.join(',')) };
      preferences.keep({ [reportSettingsName]: JSON.stringify(kept) });
      unitOfWork.run('report.settings', (database) => audit.append(database, { entity: 'report', entityId: report, action: 'settings', actor, requestId, diff: { isSent: String(isSent), recipients: kept.recipients.join(', ') } }));
      return kept;
    },
    isWanted: () => readSettings().isSent && settings.read() !== null,
    canSend: () => settings.read() !== null,
    deliveries: () => listDeliveries(readable, report, shownDeliveries),
  };
}

/** What the mail server's words mean: who has it, and whether it may be tried again. */
function outcomeOf(delivery: ReportDelivery, answer: DeliveryAnswer, answeredAt: number): ReportDelivery {
  if (answer.kind === 'unknown') return { ...delivery, state: 'in-doubt', answeredAt, errorCode: 'report-in-doubt', errorMessage: answer.message };
  const said = new Map(answer.recipients.map((each) => [each.address, each]));
  const recipients = delivery.recipients.map(({ address }): MailRecipient => {
    const word = said.get(address);
    return { address, state: word?.isAccepted ? 'accepted' : 'refused', response: word?.response.slice(0, 300) ?? null };
  });
  const complaint = recipients.filter((each) => each.state === 'refused').map((each) => `${each.address}: ${each.response ?? 'no answer'}`).join(' · ') || null;
  if (recipients.some((each) => each.state === 'accepted')) return { ...delivery, state: 'sent', recipients, answeredAt, errorCode: complaint === null ? null : 'mail-partly-refused', errorMessage: complaint };
  const isForNow = answer.recipients.some((each) => !each.isPermanent);
  return { ...delivery, state: 'failed', recipients, answeredAt, errorCode: isForNow ? 'report-refused-for-now' : 'report-refused', errorMessage: complaint };
}

function errorOf({ state, month, errorCode, errorMessage }: ReportDelivery): Error {
  const data = { month, answer: errorMessage };
  if (state === 'in-doubt') return new StateError('report-in-doubt', `The line to the mail server was lost while the report of ${month} was being sent: it may have arrived.`, { data, nextStep: 'Ask somebody who should have it; send it again if they do not.' });
  if (errorCode === 'report-refused-for-now') return new ProviderError('report-refused-for-now', `The mail server did not take the report of ${month} for now.`, { provider: 'smtp', isRetryable: true, data, nextStep: 'The schedule tries again within two hours; or send it again yourself.' });
  return new StateError('report-refused', `The mail server refused the report of ${month} for every address.`, { data, nextStep: 'Its answer says why; correct the addresses in Revenue, Report, and send it again.' });
}
