/**
 * E-mail, wired: the outbox of the shared database or its local twin, the invoices as billing and documents have them, the mail server.
 */
import type { Clock } from '../../shared/calendar/clock.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import { createSentMark } from '../billing/sent-mark.ts';
import type { PartnerInvoicing } from '../billing/partner-invoicing.ts';
import { wordsOf } from '../documents/document-words.ts';
import { bankLines } from '../documents/invoice-document.ts';
import { openMinorOf, type PartnerInvoice } from '../billing/partner-invoice.ts';
import { createPreferences } from '../database/preferences.ts';
import type { SqliteDatabase } from '../database/sqlite-database.ts';
import { fileNameFrom } from '../documents/document-folder.ts';
import type { InvoiceDocuments } from '../documents/invoice-documents.ts';
import type { PostgresConnection } from '../integrations/postgres/connection.ts';
import { createPostgresMailOutbox, markInvoiceSent } from '../integrations/postgres/mail-outbox.ts';
import { createSmtpTransport } from '../integrations/smtp/smtp-transport.ts';
import { createInvoiceMailing } from '../mailing/invoice-mailing.ts';
import { createLocalMailOutbox } from '../mailing/local-mail-outbox.ts';
import { createMailDispatch } from '../mailing/mail-dispatch.ts';
import { createMailSettingsStore } from '../mailing/mail-settings.ts';
import { createMailTexts } from '../mailing/mail-texts.ts';
import { createReportMailing } from '../mailing/report-mail.ts';
import type { InvoiceForMail, InvoicesForMail } from '../mailing/mailing.ports.ts';
import type { Config } from '../platform/config.ts';
import { newId } from '../platform/ids.ts';
import type { Logger } from '../platform/logger.ts';
import type { SecretStore } from '../platform/secrets.ts';
import { assertDeskOfItsOwn } from './desk-of-its-own.ts';

export interface MailingParts {
  readonly database: SqliteDatabase;
  readonly postgres: PostgresConnection | null;
  readonly config: Pick<Config, 'user' | 'smtpPassword'>;
  readonly desk: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly audit: AuditLog;
  readonly invoicing: Pick<PartnerInvoicing, 'find'>;
  readonly documents: Pick<InvoiceDocuments, 'open'>;
}

const germanSpeaking = new Set(['germany', 'deutschland', 'austria', 'österreich', 'liechtenstein']);

/** An invoice as its e-mail sees it: in the language of its document; where that was not kept yet, the country says it, the last line of the customer's address. */
export function forMail(invoice: PartnerInvoice): InvoiceForMail {
  const { customer, issuer, purchaseOrderNumber, document } = invoice.snapshot;
  const language = document?.language ?? (germanSpeaking.has(customer.address.at(-1)?.toLowerCase() ?? '') ? 'de' : 'en');
  return {
    id: invoice.id, number: invoice.number, status: invoice.status, customerName: customer.name, email: customer.email, language, billingMonth: invoice.month ?? invoice.issueDate?.slice(0, 7) ?? '',
    issueDate: invoice.issueDate, dueDate: invoice.dueDate, currency: invoice.currency, totalMinor: invoice.totalMinor, openMinor: openMinorOf(invoice), purchaseOrderNumber, paymentInstructions: [...(issuer.bank ? bankLines(issuer.bank, wordsOf(language).text) : []), ...issuer.paymentInstructions], senderName: issuer.name,
    totalsFingerprint: invoice.totalsFingerprint,
  };
}

export function composeMailing({ database, postgres, config, desk, clock, logger, audit, invoicing, documents }: MailingParts) {
  const { unitOfWork } = database;
  const invoices: InvoicesForMail = {
    find(id) {
      const invoice = invoicing.find(id);
      return invoice && forMail(invoice);
    },
    async pdf(id) {
      const invoice = invoicing.find(id);
      if (!invoice) throw new Error(`Invoice ${id} is gone.`);
      return documents.open(invoice);
    },
    markSent: createSentMark({ unitOfWork, audit, shared: postgres && ((id) => markInvoiceSent(postgres, id, newId())) }),
  };
  const settings = createMailSettingsStore(createPreferences(database, unitOfWork));
  const texts = createMailTexts({ readable: database, unitOfWork, audit, clock });
  const outbox = postgres ? createPostgresMailOutbox(postgres, desk) : createLocalMailOutbox({ unitOfWork, clock, user: config.user, desk, invoices, assertAlone: () => assertDeskOfItsOwn(database, postgres) });
  const transport = createSmtpTransport();
  return {
    settings, texts, transport, invoices,
    mailing: createInvoiceMailing({ readable: database, unitOfWork, outbox, invoices, settings, texts, audit, attachmentName: (number) => `${fileNameFrom(number)}.pdf` }),
    reports: createReportMailing({ settings, transport, password: () => config.smtpPassword }),
    dispatch: createMailDispatch({ readable: database, unitOfWork, outbox, invoices, settings, transport, password: () => config.smtpPassword, audit, clock, logger }),
  };
}
export type Mailing = ReturnType<typeof composeMailing>;

/** The environment's, else the store's as long as it was entered for the server that is set; null: there is none. */
export function smtpPasswordInForce(config: Pick<Config, 'smtpPassword'>, secrets: SecretStore, database: SqliteDatabase): string | null {
  if (config.smtpPassword !== null) return config.smtpPassword;
  const settings = createMailSettingsStore(createPreferences(database, database.unitOfWork));
  const server = settings.read();
  return server !== null && settings.isPasswordFor(server) ? secrets.get('smtp-password') : null;
}
