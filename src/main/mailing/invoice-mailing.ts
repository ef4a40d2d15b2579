/**
 * Invoices by e-mail: what would be sent, putting it into the outbox, and what a person decides about it. Nothing here speaks to a mail server: that is mail-dispatch.ts.
 */
import { ConflictError, DaybookError, NotFoundError, StateError } from '../../shared/errors/errors.ts';
import type { ReadableDatabase, UnitOfWork } from '../database/handles.ts';
import { isMailAddress, parseAddresses } from './mail-address.ts';
import { mailId, messageIdOf, openStates, type MailDecision, type MailEntry } from './mail-entry.ts';
import { findMail, listMailOfInvoice, saveMail } from './mail-outbox.repository.ts';
import { mustBeSetUp, type MailSettingsStore } from './mail-settings.ts';
import type { MailLanguage } from './mail-template.ts';
import type { MailTexts } from './mail-texts.ts';
import type { AuditPort, InvoiceForMail, InvoicesForMail, MailOutbox } from './mailing.ports.ts';

export interface InvoiceMailingDependencies {
  readonly readable: ReadableDatabase;
  readonly unitOfWork: UnitOfWork;
  readonly outbox: MailOutbox;
  readonly invoices: InvoicesForMail;
  readonly settings: Pick<MailSettingsStore, 'read'>;
  readonly texts: MailTexts;
  readonly audit: AuditPort;
  /** The name of the file a PDF is attached as. */
  attachmentName(number: string): string;
}

export interface MailAct {
  readonly actor: string;
  readonly requestId: string;
}

export interface SendRequest {
  readonly invoiceId: string;
  /** In place of the customer snapshot's. */
  readonly recipients?: string | undefined;
  readonly language?: MailLanguage | undefined;
  /** It was sent before, and is to be sent once more. */
  readonly isAgain?: boolean | undefined;
}

export interface MailPreview {
  readonly invoiceId: string;
  readonly number: string | null;
  readonly customerName: string;
  readonly from: string | null;
  readonly recipients: readonly string[];
  readonly language: MailLanguage;
  readonly subject: string;
  readonly body: string;
  readonly attachmentName: string | null;
  /** When an e-mail of it was last sent. */
  readonly sentAt: number | null;
  /** Why it cannot be sent as it is. */
  readonly problem: { readonly code: string; readonly message: string; readonly nextStep: string | null } | null;
}

export interface InvoiceMailing {
  preview(request: SendRequest): MailPreview;
  /**
   * Puts it into the outbox, with the text as it is now.
   * @throws StateError `mail-invoice-state`, `mail-open`, `mail-already-sent`; ValidationError for addresses, texts and `mail-not-set-up`; ConflictError `mail-outdated`.
   */
  send(request: SendRequest, act: MailAct): Promise<MailEntry>;
  decide(id: string, decision: MailDecision, reason: string | null, act: MailAct): Promise<MailEntry>;
  find(id: string): MailEntry | undefined;
}

export function createInvoiceMailing(dependencies: InvoiceMailingDependencies): InvoiceMailing {
  const { readable, unitOfWork, outbox, invoices, settings, texts, audit } = dependencies;

  function mustFind(id: string): InvoiceForMail {
    const invoice = invoices.find(id);
    if (!invoice) throw new NotFoundError('invoice-not-found', 'There is no such partner invoice.', { data: { id }, nextStep: 'Check the number, or sync first.' });
    return invoice;
  }

  /** Everything that is sent, and everything that could stand in its way without asking anybody. */
  function written(invoice: InvoiceForMail, request: SendRequest) {
    const server = mustBeSetUp(settings);
    if (invoice.number === null || invoice.status === 'draft' || invoice.status === 'void') throw new StateError('mail-invoice-state', 'Only a finalised invoice is sent.', { data: { id: invoice.id, status: invoice.status }, nextStep: 'Finalise it first; one that was voided is not sent any more.' });
    const others = listMailOfInvoice(readable, invoice.id);
    if (others.some((other) => openStates.includes(other.state))) throw new StateError('mail-open', 'An e-mail of this invoice is under way already.', { nextStep: 'See the outbox.' });
    if (others.some((other) => other.state === 'sent') && !request.isAgain) throw alreadySent();
    const recipients = parseAddresses(request.recipients ?? invoice.email);
    const language = request.language ?? invoice.language;
    const sequence = others.length + 1;
    const id = mailId(invoice.id, sequence);
    return {
      id, invoiceId: invoice.id, invoiceNumber: invoice.number, sequence, recipients, language, ...texts.textFor(invoice, language), attachmentName: dependencies.attachmentName(invoice.number), totalsFingerprint: invoice.totalsFingerprint,
      messageId: messageIdOf(id, server.fromAddress), note: `To ${recipients.join(', ')}`,
    };
  }

  /** As much as can be shown of one that cannot be sent. */
  function shownAnyway(invoice: InvoiceForMail, request: SendRequest): Pick<MailPreview, 'recipients' | 'subject' | 'body'> {
    const addresses = (request.recipients ?? invoice.email ?? '').split(/[,;]/).map((part) => part.trim()).filter(isMailAddress);
    try {
      return { recipients: addresses, ...texts.textFor(invoice, request.language ?? invoice.language) };
    } catch (error) {
      if (!(error instanceof DaybookError)) throw error;
      return { recipients: addresses, subject: '', body: '' };
    }
  }

  function preview(request: SendRequest): MailPreview {
    const invoice = mustFind(request.invoiceId);
    const server = settings.read();
    const sentAt = listMailOfInvoice(readable, invoice.id).findLast((mail) => mail.sentAt !== null)?.sentAt ?? null;
    const common = {
      invoiceId: invoice.id, number: invoice.number, customerName: invoice.customerName, from: server && `${server.fromName} <${server.fromAddress}>`, language: request.language ?? invoice.language,
      attachmentName: invoice.number === null ? null : dependencies.attachmentName(invoice.number), sentAt,
    };
    try {
      const { recipients, subject, body } = written(invoice, request);
      return { ...common, recipients, subject, body, problem: null };
    } catch (error) {
      if (!(error instanceof DaybookError) || error.kind === 'invariant') throw error;
      return { ...common, ...shownAnyway(invoice, request), problem: { code: error.code, message: error.message, nextStep: error.nextStep ?? null } };
    }
  }

  async function send(request: SendRequest, act: MailAct): Promise<MailEntry> {
    const invoice = mustFind(request.invoiceId);
    const wanted = written(invoice, request);
    await invoices.pdf(invoice.id); // one that was altered is said now, and not in the night
    const { outcome, mail } = await outbox.queue(wanted, act.requestId);
    unitOfWork.run('mail.copy', (database) => {
      saveMail(database, mail);
      if (outcome === 'changed') audit.append(database, { entity: 'mail', entityId: mail.id, action: 'queue', actor: act.actor, requestId: act.requestId, diff: { invoice: mail.invoiceNumber, sequence: mail.sequence, recipients: wanted.recipients.join(', ') } });
    });
    if (outcome === 'unchanged' && !openStates.includes(mail.state)) throw mail.state === 'sent' ? alreadySent() : new ConflictError('mail-outdated', 'This invoice was sent from another desk meanwhile.', { nextStep: 'Look at it again.' });
    return mail;
  }

  async function decide(id: string, decision: MailDecision, reason: string | null, act: MailAct): Promise<MailEntry> {
    const mail = await outbox.decide(id, decision, reason, act.requestId);
    unitOfWork.run('mail.copy', (database) => {
      saveMail(database, mail);
      audit.append(database, { entity: 'mail', entityId: mail.id, action: decision, actor: act.actor, requestId: act.requestId, diff: { invoice: mail.invoiceNumber, state: mail.state, reason } });
    });
    if (decision === 'arrived') await invoices.markSent(mail.invoiceId, act.actor);
    return mail;
  }

  return { preview, send, decide, find: (id) => findMail(readable, id) };
}

const alreadySent = (): StateError => new StateError('mail-already-sent', 'This invoice was sent by e-mail already.', { nextStep: 'If it is to go out once more, say that it is sent again.' });
