/** A desk that sends invoices by e-mail: the real services on a ledger file of its own, a mail server on loopback, and PDFs that are a few bytes. */
import type { Clock } from '../../shared/calendar/clock.ts';
import { createAuditLog } from '../audit/audit-log.ts';
import { findPartnerInvoice } from '../billing/partner-invoice.repository.ts';
import { composeMailing, type Mailing } from '../composition/mailing.ts';
import type { SqliteDatabase } from '../database/sqlite-database.ts';
import type { PostgresConnection } from '../integrations/postgres/connection.ts';
import { newId } from '../platform/ids.ts';
import { silentLogger } from '../platform/logger.ts';
import { unattended } from '../platform/work-control.ts';

export interface MailDeskOptions {
  readonly database: SqliteDatabase;
  readonly port: number;
  readonly clock: Clock;
  readonly postgres?: PostgresConnection | null;
  readonly desk?: string;
  readonly login?: { readonly user: string; readonly password: string };
  /** Says the bytes of an invoice's PDF. */
  readonly pdf?: (number: string) => Promise<Uint8Array>;
}

export interface MailDesk extends Mailing {
  /** Puts invoices into the outbox. */
  queue(...invoiceIds: readonly string[]): Promise<void>;
  /** Sends what is due, as a person asks for it. */
  sendDue(): ReturnType<Mailing['dispatch']['sendDue']>;
}

export const pdfOf = (number: string): Uint8Array => new Uint8Array(Buffer.from(`%PDF-1.7 ${number}`));

export function openMailDesk({ database, port, clock, postgres = null, desk = 'desk', login, pdf }: MailDeskOptions): MailDesk {
  const mail = composeMailing({
    database, postgres, config: { user: 'amara', smtpPassword: login?.password ?? null }, desk, clock, logger: silentLogger, audit: createAuditLog({ clock }), invoicing: { find: (id) => findPartnerInvoice(database, id) },
    documents: { open: async (invoice) => ({ fileName: `${invoice.number}.pdf`, bytes: await (pdf ?? (async (number) => pdfOf(number)))(invoice.number ?? ''), location: null, isVerified: true }) },
  });
  mail.settings.save({ host: '127.0.0.1', port, security: 'none', user: login?.user ?? null, authorityFile: null, fromName: 'Meridian', fromAddress: 'billing@meridian.example', replyTo: null, allowsPlaintext: false });
  return {
    ...mail,
    async queue(...invoiceIds) {
      for (const invoiceId of invoiceIds) await mail.mailing.send({ invoiceId }, { actor: 'amara', requestId: newId() });
    },
    sendDue: () => mail.dispatch.sendDue({ actor: 'amara', isAsked: true, control: unattended }),
  };
}
