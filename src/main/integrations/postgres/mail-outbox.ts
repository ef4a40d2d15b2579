/** The e-mail outbox in the shared database, through its server functions (migrations/postgres/0022). */
import { z } from 'zod';
import { ConflictError, DaybookError, NotFoundError, StateError } from '../../../shared/errors/errors.ts';
import { mailStates, type MailEntry, type MailRequest } from '../../mailing/mail-entry.ts';
import { mailLanguages } from '../../mailing/mail-template.ts';
import type { MailOutbox } from '../../mailing/mailing.ports.ts';
import type { PostgresConnection } from './connection.ts';

const instant = z.number().nullable();
const storedMail = z
  .object({
    id: z.string(), invoice_id: z.string(), invoice_number: z.string(), sequence: z.number(), state: z.enum(mailStates), recipients: z.array(z.object({ address: z.string(), state: z.enum(['waiting', 'accepted', 'refused']), response: z.string().nullable() })),
    subject: z.string(), body: z.string(), language: z.enum(mailLanguages), attachment_name: z.string(), totals_fingerprint: z.string(), message_id: z.string(), attempts: z.number(), next_attempt_at: instant, fencing_number: z.number(), claimed_by: z.string().nullable(),
    lease_expires_at: instant, error_code: z.string().nullable(), error_message: z.string().nullable(), queued_by: z.string(), queued_at: z.number(), sent_at: instant, attachment_sha256: z.string().nullable(),
    events: z.array(z.object({ at: z.number(), actor: z.string(), action: z.string(), note: z.string().nullable() })), version: z.number(),
  })
  .transform((row): MailEntry => ({
    id: row.id, invoiceId: row.invoice_id, invoiceNumber: row.invoice_number, sequence: row.sequence, state: row.state, recipients: row.recipients, subject: row.subject, body: row.body, language: row.language, attachmentName: row.attachment_name,
    totalsFingerprint: row.totals_fingerprint, messageId: row.message_id, attempts: row.attempts, nextAttemptAt: row.next_attempt_at, fencingNumber: row.fencing_number, claimedBy: row.claimed_by, leaseExpiresAt: row.lease_expires_at, errorCode: row.error_code,
    errorMessage: row.error_message, queuedBy: row.queued_by, queuedAt: row.queued_at, sentAt: row.sent_at, attachmentSha256: row.attachment_sha256, events: row.events, version: row.version,
  }));
const queuedMail = z.object({ outcome: z.enum(['changed', 'unchanged']), mail: storedMail });

/** @param desk this desk's own name; the login is added by the server. */
export function createPostgresMailOutbox(postgres: PostgresConnection, desk: string): MailOutbox {
  async function call(text: string, values: readonly unknown[]): Promise<unknown> {
    try {
      const [row] = await postgres.query<{ answer: unknown }>(`SELECT ${text} AS answer`, values);
      return row?.answer ?? null;
    } catch (error) {
      throw toMailError(error);
    }
  }
  return {
    kind: 'shared',
    find: async (id) => storedMail.nullable().parse(await call('(SELECT daybook.mail_as_sent(m) FROM daybook.mail_outbox AS m WHERE m.id = $1)', [id])),
    queue: async (request, requestId) => queuedMail.parse(await call('daybook.queue_mail($1::jsonb, $2)', [JSON.stringify(columnsOf(request)), requestId])),
    claim: async (ttlMs) => storedMail.nullable().parse(await call('daybook.claim_mail($1, $2)', [desk, ttlMs])),
    handOver: async (mail, sha256) => storedMail.parse(await call('daybook.hand_over_mail($1, $2, $3)', [mail.id, mail.fencingNumber, sha256])),
    settle: async (mail, outcome) => storedMail.parse(await call('daybook.settle_mail($1, $2, $3::jsonb)', [mail.id, mail.fencingNumber, JSON.stringify(outcome)])),
    decide: async (id, decision, reason, requestId) => storedMail.parse(await call('daybook.decide_mail($1, $2, $3, $4)', [id, decision, reason, requestId])),
  };
}

function columnsOf(request: MailRequest): Record<string, unknown> {
  return {
    id: request.id, invoice_id: request.invoiceId, invoice_number: request.invoiceNumber, sequence: request.sequence, recipients: request.recipients.map((address) => ({ address })), subject: request.subject, body: request.body, language: request.language,
    attachment_name: request.attachmentName, totals_fingerprint: request.totalsFingerprint, message_id: request.messageId, note: request.note,
  };
}

/** An invoice's state after it was sent, as the shared database has it. */
export async function markInvoiceSent(postgres: PostgresConnection, id: string, requestId: string): Promise<{ readonly status: string; readonly version: number }> {
  const [row] = await postgres.query<{ answer: { status: string; version: number } }>('SELECT daybook.mark_invoice_sent($1, $2) AS answer', [id, requestId]);
  return z.object({ status: z.string(), version: z.number() }).parse(row?.answer);
}

/** The server functions' codes in the same kinds of error as the local twin throws. */
function toMailError(error: unknown): unknown {
  if (!(error instanceof DaybookError)) return error;
  const options = { cause: error, data: error.data };
  switch (error.code) {
    case 'mail-not-found':
    case 'invoice-not-found':
      return new NotFoundError(error.code, error.message, { ...options, nextStep: 'Sync the shared database, then look again.' });
    case 'mail-open':
    case 'mail-state':
    case 'mail-invoice-state':
      return new StateError(error.code, error.message, { ...options, nextStep: 'Sync the shared database, then look at it again.' });
    case 'mail-outdated':
    case 'mail-lease-lost':
      return new ConflictError(error.code, error.message, { ...options, nextStep: 'Sync the shared database, then look at it again.' });
    default:
      return error;
  }
}
