/**
 * Sends what lies in the outbox and is due. Each e-mail is claimed under a lease, said to be handed over before the first word of it goes out, and settled with the mail server's answer; what a crash
 * leaves between the two is put before a person (docs/adr/0023).
 */
import { createHash } from 'node:crypto';
import type { Clock } from '../../shared/calendar/clock.ts';
import { DaybookError, PermissionError, ProviderError, StorageError } from '../../shared/errors/errors.ts';
import type { ReadableDatabase, UnitOfWork } from '../database/handles.ts';
import type { Logger } from '../platform/logger.ts';
import type { WorkControl } from '../platform/work-control.ts';
import { deskPauseAfter, longestWaitMs, type MailEntry, type MailOutcome } from './mail-entry.ts';
import { hasDueMail, listDueMail, listUnmarkedInvoices, saveMail } from './mail-outbox.repository.ts';
import { openAddresses, outcomeOf } from './mail-outcome.ts';
import { mustBeSetUp, type MailSettings, type MailSettingsStore } from './mail-settings.ts';
import type { AuditPort, InvoicesForMail, MailLine, MailOutbox, MailTransport } from './mailing.ports.ts';

export interface MailDispatchDependencies {
  readonly readable: ReadableDatabase;
  readonly unitOfWork: UnitOfWork;
  readonly outbox: MailOutbox;
  readonly invoices: InvoicesForMail;
  readonly settings: MailSettingsStore;
  readonly transport: MailTransport;
  /** null: none is kept for the server that is set. */
  password(): string | null;
  readonly audit: AuditPort;
  readonly clock: Clock;
  readonly logger: Logger;
  /** How long a claim holds; longer than the transport's limits together. */
  readonly leaseMs?: number;
}

export interface DispatchResult {
  readonly sent: number;
  /** To be tried again. */
  readonly waiting: number;
  readonly failed: number;
  readonly inDoubt: number;
  readonly cancelled: number;
  /** E-mails of this run, in its order. */
  readonly mails: readonly { readonly id: string; readonly number: string; readonly state: string; readonly errorCode: string | null; readonly errorMessage: string | null }[];
  /** This desk leaves its mail server alone until then, and sent nothing. */
  readonly pausedUntil: number | null;
}

export interface MailDispatch {
  /** @throws ProviderError or PermissionError `smtp-…` when the mail server cannot be used at all; ValidationError `mail-not-set-up`. Nothing is lost: e-mails wait. */
  sendDue(request: { readonly actor: string; /** A person asked: a pause of this desk does not hold. */ readonly isAsked: boolean; readonly control: WorkControl }): Promise<DispatchResult>;
  /** Something is due on this desk's copy, and the desk does not pause. */
  isDue(): boolean;
}

/** Connecting, login and one message have limits of their own below this (integrations/smtp). */
const defaultLeaseMs = 600_000;

export function createMailDispatch(dependencies: MailDispatchDependencies): MailDispatch {
  const { readable, unitOfWork, outbox, invoices, settings, transport, audit, clock } = dependencies;
  const leaseMs = dependencies.leaseMs ?? defaultLeaseMs;

  async function settle(mail: MailEntry, outcome: MailOutcome, actor: string): Promise<MailEntry> {
    const settled = await outbox.settle(mail, outcome);
    unitOfWork.run('mail.copy', (database) => {
      saveMail(database, settled);
      audit.append(database, { entity: 'mail', entityId: mail.id, action: outcome.state, actor, diff: { invoice: mail.invoiceNumber, attempt: settled.attempts, code: outcome.errorCode, note: outcome.note, attachment: settled.attachmentSha256 } });
    });
    return settled;
  }

  /** The mail server cannot be used: that is no fault of the e-mail, which waits, keeps its attempts, and may be sent by another desk at once. */
  async function putBack(mail: MailEntry, error: DaybookError, actor: string): Promise<void> {
    const failures = (settings.pause()?.failures ?? 0) + 1;
    const delayMs = deskPauseAfter(failures);
    const isTooLate = clock.now() - mail.queuedAt > longestWaitMs;
    await settle(mail, { state: isTooLate ? 'failed' : 'waiting', errorCode: error.code, errorMessage: error.message, note: error.message, delayMs: 0 }, actor);
    settings.setPause({ until: clock.now() + delayMs, failures, code: error.code, message: error.message });
  }

  /** A crash came between an e-mail and its invoice. */
  async function markUnmarked(actor: string): Promise<void> {
    for (const id of listUnmarkedInvoices(readable)) await invoices.markSent(id, actor);
  }

  /** What the outbox has nothing to do for, and this desk's copy takes for due: the copy was old, or the e-mail was asked for before this desk shared a ledger, and is not sent unasked. */
  async function correctCopy(): Promise<void> {
    if (outbox.kind === 'local') return;
    for (const mail of listDueMail(readable, clock.now())) {
      const standing = await outbox.find(mail.id);
      const note = 'It was asked for before this desk shared its ledger';
      unitOfWork.run('mail.copy', (database) => saveMail(database, standing ?? { ...mail, state: 'cancelled', nextAttemptAt: null, events: [...mail.events, { at: clock.now(), actor: 'daybook', action: 'mail-cancelled', note }], version: mail.version + 1 }));
    }
  }

  /** Before anything was handed over. undefined: it is not ours to send any more. */
  async function prepare(mail: MailEntry, actor: string): Promise<{ held: MailEntry; fileName: string; bytes: Uint8Array } | MailEntry | undefined> {
    try {
      const { bytes } = await invoices.pdf(mail.invoiceId);
      const held = await outbox.handOver(mail, createHash('sha256').update(bytes).digest('hex'));
      return { held, fileName: mail.attachmentName, bytes };
    } catch (error) {
      if (!(error instanceof DaybookError)) throw error;
      if (error.code === 'mail-lease-lost') return undefined;
      if (error.code === 'mail-invoice-state' || error.code === 'invoice-not-found') return settle(mail, { state: 'cancelled', errorCode: error.code, errorMessage: error.message, note: error.message }, actor);
      if (error instanceof StorageError) return settle(mail, { state: 'failed', errorCode: error.code, errorMessage: error.message, note: error.message }, actor);
      throw error;
    }
  }

  async function deliver(mail: MailEntry, line: MailLine, server: MailSettings, actor: string): Promise<MailEntry | undefined> {
    const prepared = await prepare(mail, actor);
    if (!prepared || !('held' in prepared)) return prepared;
    const { held, fileName, bytes } = prepared;
    const answer = await line.send({
      messageId: held.messageId, from: { name: server.fromName, address: server.fromAddress }, replyTo: server.replyTo, to: held.recipients.map((each) => each.address), envelopeTo: openAddresses(held), subject: held.subject, text: held.body, attachment: { fileName, bytes },
    });
    const settled = await settle(held, outcomeOf(held, answer), actor);
    if (settled.state === 'sent') await invoices.markSent(settled.invoiceId, actor);
    return settled;
  }

  async function sendDue({ actor, isAsked, control }: Parameters<MailDispatch['sendDue']>[0]): Promise<DispatchResult> {
    const server = mustBeSetUp(settings);
    const mails: MailEntry[] = [];
    await markUnmarked(actor);
    const pause = settings.pause();
    if (!isAsked && pause && pause.until > clock.now()) return resultOf(mails, pause.until);
    let line: MailLine | null = null;
    try {
      for (let mail = await outbox.claim(leaseMs); mail; mail = await outbox.claim(leaseMs)) {
        control.report({ done: mails.length, total: null, note: `Sending ${mail.invoiceNumber}` });
        try {
          control.signal.throwIfAborted();
          line ??= await transport.open(server, dependencies.password(), control.signal);
        } catch (error) {
          if (control.signal.aborted) await settle(mail, { state: 'waiting', errorCode: mail.errorCode, errorMessage: mail.errorMessage, note: 'Cancelled before it was handed over', delayMs: 0 }, actor);
          else if (isDeskTrouble(error)) await putBack(mail, error, actor);
          throw error;
        }
        const settled: MailEntry | undefined = await deliver(mail, line, server, actor);
        if (settled) mails.push(settled);
        if (settled?.state !== 'sent') {
          line.close(); // after a refusal some servers hang up: the next one gets a line of its own
          line = null;
        } else if (settings.pause()) settings.setPause(null);
      }
    } finally {
      line?.close();
    }
    await correctCopy();
    await markUnmarked(actor);
    return resultOf(mails, null);
  }

  return {
    sendDue,
    isDue() {
      const pause = settings.pause();
      return settings.read() !== null && !(pause && pause.until > clock.now()) && (hasDueMail(readable, clock.now()) || listUnmarkedInvoices(readable).length > 0);
    },
  };
}

function isDeskTrouble(error: unknown): error is DaybookError {
  return (error instanceof ProviderError || error instanceof PermissionError || (error instanceof DaybookError && error.code.startsWith('smtp-'))) && error.code.startsWith('smtp-');
}

function resultOf(mails: readonly MailEntry[], pausedUntil: number | null): DispatchResult {
  const count = (state: MailEntry['state']): number => mails.filter((mail) => mail.state === state).length;
  return {
    sent: count('sent'), waiting: count('waiting'), failed: count('failed'), inDoubt: count('in-doubt'), cancelled: count('cancelled'), pausedUntil,
    mails: mails.map((mail) => ({ id: mail.id, number: mail.invoiceNumber, state: mail.state, errorCode: mail.errorCode, errorMessage: mail.errorMessage })),
  };
}
